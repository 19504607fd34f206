#!/bin/sh
# Hooks that git finds in its settings (hook.NAME.command, hook.NAME.event: 2.54 and later): the way to be
# called where the folder of hooks is that of other repositories too.
. "${0%/*}/../lib.sh"

one='
	workflow check <<-\EOT
	on: pre-commit
	steps:
	  - {id: a, run: "echo ran >> \"$RAN\""}
	EOT
	export XDG_STATE_HOME="$CASE/state" RAN="$CASE/ran"
	expect_tree_changes
'

# In front of a git that has no such hooks, one that lists them as 2.54 does, and starts them by hand.
new_git() {
	git hook list -z pre-commit >/dev/null 2>&1 && return
	[ $? -eq 129 ] || return 0
	write_script "$CASE/bin/git" <<-EOT
	#!/bin/sh
	n=0 list=
	for word; do
		[ "\$word" != hook ] || break
		n=\$((n + 1))
	done
	for word; do
		case \$last/\$word in hook/list | hook/run) list=\$word ;; esac
		last=\$word
	done
	[ -n "\$list" ] || exec $(command -v git) "\$@"
	for word; do # the settings in front of it
		shift
		[ \$n -le 0 ] || set -- "\$@" "\$word"
		n=\$((n - 1))
	done
	exec $(command -v git) "\$@" -c "alias.stand-in=!$CASE/bin/hooks" stand-in \$list "\$last"
	EOT
	write_script "$CASE/bin/hooks" <<-EOT
	#!/bin/sh
	git=$(command -v git)
	found=1
	for name in \$(\$git config --get-regexp '^hook\\..*\\.event\$' " *\$2\$" | sed 's/^hook\\.\\(.*\\)\\.event .*/\\1/'); do
		[ "\$(\$git config --type=bool "hook.\$name.enabled")" != false ] || continue
		found=0
		case \$1 in
		list) printf "local\\t%s\\0" "\$name" ;;
		run) sh -c "\$(\$git config "hook.\$name.command")" || exit ;;
		esac
	done
	[ \$1 = run ] || exit \$found
	exec \$git hook run --ignore-missing "\$2"
	EOT
	PATH=$CASE/bin:$PATH
}

has_new_git() { git hook list -z pre-commit >/dev/null 2>&1 || [ $? -ne 129 ]; }

test_case 'a folder of hooks that is shared: git is told by the settings of this repository, and forgets it, byte for byte' "$one"'
	new_git
	git config --global core.hooksPath "$CASE/mine"
	cp .git/config "$CASE/before"
	expect_ok git-wf hooks install
	expect_says "by the settings of this repository"
	expect_no_file "$CASE/mine"
	[ -x .git/wf/hooks/pre-commit ] || fail "no shim"
	git add -A
	expect_equal "$(git config --local hook.git-wf-pre-commit.event)" pre-commit
	expect_equal "$(sh -c "echo $(git config --local hook.git-wf-pre-commit.command)")" ".git/wf/hooks/pre-commit"
	! grep -q "$CASE" .git/config || fail "a path of this worktree"
	expect_ok git-wf hooks status
	expect_out_contains "pre-commit           installed  starts check"
	cp .git/config "$CASE/set"
	expect_ok git-wf hooks install
	cmp .git/config "$CASE/set"
	git hook run pre-commit
	expect_lines 1 "$RAN"
	expect_ok git-wf hooks uninstall
	cmp .git/config "$CASE/before"
	expect_no_file .git/wf/hooks
	expect_ok git-wf hooks status
	expect_out_contains "pre-commit           missing"
'

test_case 'with a folder of its own again the shim is there, and starts once' "$one"'
	new_git
	git config --global core.hooksPath "$CASE/mine"
	expect_ok git-wf hooks install
	git config --global --unset core.hooksPath
	expect_ok git-wf hooks status
	expect_out_contains "pre-commit           missing"
	expect_ok git-wf hooks install
	[ -x .git/hooks/pre-commit ] || fail "no shim"
	expect_equal "$(git config --local --get-regexp "^hook" || :)" ""
	git add -A && git commit -qm one
	expect_lines 1 "$RAN"
	expect_ok git-wf hooks uninstall
	expect_no_file .git/hooks/pre-commit
'

test_case 'hooks of others in the settings are told, and not called by doctor' "$one"'
	new_git
	git config hook.linter.command "echo linter >> \"$CASE/linter\""
	git config hook.linter.event pre-commit
	git config hook.off.command "echo off >> \"$CASE/linter\""
	git config hook.off.event pre-commit
	git config hook.off.enabled false
	expect_ok git-wf hooks install
	expect_ok git-wf hooks status
	expect_out_contains "pre-commit           installed  starts check, beside the settings'"'"' '"'linter'"'"
	expect_out_lacks "off"
	expect_ok git-wf hooks status --json
	expect_equal "$(jq -c ".in_settings, .hooks[0].others" "$CASE/out" | tr "\n" " ")" "false [\"linter\"] "
	git-wf doctor > "$CASE/out" || :
	expect_out_contains "fire in this worktree: pre-commit"
	expect_no_file "$CASE/linter"
'

test_case 'a git that starts no such hooks: that is said, and a shared folder is refused' "$one"'
	! has_new_git || skip_case "this git starts hooks of its settings"
	git config hook.linter.command true
	git config hook.linter.event pre-commit
	expect_ok git-wf hooks install
	expect_ok git-wf hooks status
	expect_err_contains "2.54 and later do"
	expect_out_lacks linter
	git config --global core.hooksPath "$CASE/mine"
	expect_exit 129 git-wf hooks install
	expect_err_contains "core.hooksPath is set for all repositories of yours"
'

test_case 'git itself starts what is in its settings: at a commit, in a linked worktree, found by doctor' "$one"'
	has_new_git || skip_case "no git of 2.54 or later here"
	git config --global core.hooksPath "$CASE/mine"
	git config hook.watch.command "echo watched >> \"$CASE/watched\""
	git config hook.watch.event post-index-change
	git config --add hook.watch.event reference-transaction
	expect_ok git-wf hooks install
	git add -A && git commit -qm one
	expect_lines 1 "$RAN"
	git worktree add -q ../linked
	(cd ../linked && echo y > y && git add y && git commit -qm two)
	expect_lines 2 "$RAN"
	git-wf doctor > "$CASE/out" || :
	grep "hooks " "$CASE/out"
	expect_out_lacks "not installed"
	expect_out_lacks "git calls and git-wf is not reached"
	rm -f "$CASE/watched"
	git-wf hooks run pre-commit --all-files
	expect_no_file "$CASE/watched"
	git worktree remove --force ../linked
'

test_done
