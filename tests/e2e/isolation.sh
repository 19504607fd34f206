# What the tests of hooks share: a hook that is called by git, and every byte of commit, index and
# worktree as text.
# shellcheck shell=sh

# git's hook, as `git wf hooks install` has it but for chaining.
hook() { # NAME…
	mkdir -p "$(git rev-parse --git-path hooks)"
	for hook_name; do
		printf '#!/bin/sh\nexec git-wf __hook %s "$@"\n' "$hook_name" >"$(git rev-parse --git-path hooks)/$hook_name"
		chmod +x "$(git rev-parse --git-path hooks)/$hook_name"
	done
	git-wf trust hooks >/dev/null 2>&1 || :
}

# A formatter: 'bad' becomes 'good' in what is staged. The lines of the steps may follow.
formatter() { # [KEYS OF THE HOOK]
	workflow format <<-EOT
	on: {pre-commit: {${1:-}}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ -- \${git.staged}"}
	EOT
	git add .workflows
	git commit -qm workflows --no-verify
	hook pre-commit
}

# Without line ends; whatever cannot be shown is shown in octal.
as_line() { LC_ALL=C od -An -v -c | tr -d '\n' | sed 's/   //g; s/  \([0-9][0-9][0-9]\)/\\\1/g; s/  \\/\\/g; s/ //g'; }

# "PATH head=MODE:TEXT index=MODE:TEXT tree=MODE:TEXT" of every path of the three but the workflows.
state() {
	{
		git ls-tree -rz --name-only HEAD 2>/dev/null
		git ls-files -z
		git ls-files -zo --exclude-standard
	} | tr '\0\n' '\n\001' | LC_ALL=C sort -u | LC_ALL=C grep -av '^\.workflows/' | while IFS= read -r path; do
		path=$(printf '%s|' "$path" | tr '\001' '\n')
		path=${path%|}
		printf '%s head=' "$(printf %s "$path" | as_line)"
		state_of "$(git --literal-pathspecs ls-tree HEAD -- "$path" 2>/dev/null | cut -d' ' -f1)" git cat-file blob "HEAD:$path"
		printf ' index='
		state_of "$(git --literal-pathspecs ls-files -s -- "$path" | cut -d' ' -f1)" git cat-file blob ":$path"
		printf ' tree='
		if [ -L "./$path" ]; then
			printf '120000:%s' "$(readlink "./$path")"
		elif [ -f "./$path" ]; then
			state_of "$([ -x "./$path" ] && echo 100755 || echo 100644)" cat "./$path"
		elif [ -d "./$path" ]; then
			printf dir
		else
			printf -- -
		fi
		echo
	done
}
state_of() { # MODE COMMAND…
	state_mode=$1
	shift
	[ -n "$state_mode" ] || { printf -- -; return 0; }
	[ "$state_mode" != 160000 ] || { printf 160000; return 0; }
	printf '%s:%s' "$state_mode" "$("$@" | as_line)"
}

# The whole of it is what stands on stdin, 100644: left out.
expect_state() {
	cat >"$CASE/want"
	state | sed 's/100644://g' >"$CASE/got"
	diff -u "$CASE/want" "$CASE/got" >&2 || fail "commit, index or worktree are not as expected"
}

# Nothing of ours is left that git would trip over, and no edit was put aside.
expect_no_locks() {
	[ -z "$(find "$(git rev-parse --git-common-dir)" -name '*.lock' -size 0 ! -path '*/wf/*' 2>/dev/null)" ] || fail "a lock is left"
	[ ! -e cortex-brain/workflows/.publish ] || fail "something is left of what was published"
}
