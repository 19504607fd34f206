# The e2e harness: POSIX sh, TAP, the real binary, real repositories. A test file is
#
#	. "${0%/*}/../lib.sh"
#
#	test_case 'a step that fails ends the run with 1' '
#		workflow demo <<-\EOT
#		steps:
#		  - {id: bad, run: exit 7}
#		EOT
#		expect_exit 1 git wf run demo
#		expect_out_contains "exit 7"
#	'
#
#	test_done
#
# The body of a case is run with `set -e` in a subshell, in a fresh repository ($REPO, the working
# directory) with one commit, a private HOME, and no GIT_* of the caller. Its first failing command
# fails the case. After it the judge looks: no process of ours alive, no lock or temporary file, no
# stash, `git fsck` clean, the tree as it was before each `git wf` (unless expect_tree_changes), and
# the last successful `git wf run` executes nothing when it is repeated (unless repeat_runs).
#
# A case can be picked: `WF_TEST_ONLY=3 sh tests/e2e/run/x.t`; `WF_TEST_KEEP=1` keeps the folders.
# shellcheck shell=sh

set -u

# ---- A place of our own -----------------------------------------------------------------------

test_file=${0##*/}
TEST_SOURCE=$(cd "${0%/*}" && pwd)
TEST_LIB_DIR=$TEST_SOURCE
while [ ! -e "$TEST_LIB_DIR/lib.sh" ]; do TEST_LIB_DIR=${TEST_LIB_DIR%/*}; done
TEST_TOP=$(cd "$TEST_LIB_DIR/../.." && pwd)
WF_TEST_BUILD=${WF_TEST_BUILD:-$TEST_TOP/build}
test_only=${WF_TEST_ONLY:-}
test_keep=${WF_TEST_KEEP:-}
test_counts=${WF_TEST_COUNTS:+$WF_TEST_COUNTS/$(echo "${TEST_SOURCE##*/}/$test_file" | tr / .)}

[ -x "$WF_TEST_BUILD/git-wf" ] || { echo "1..0 # SKIP no $WF_TEST_BUILD/git-wf"
	[ -z "$test_counts" ] || echo 0 1 >"$test_counts"
	exit 0; }

for test_name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p'); do
	case $test_name in
	GIT_* | WF_* | CI | GITHUB_* | GITLAB_* | XDG_* | NO_COLOR | CLICOLOR* | LOG_LEVEL | MAKE* | MFLAGS | \
		COLUMNS | LINES | EDITOR | VISUAL | PAGER | LESS | INVOCATION_ID)
		[ "$test_name" = WF_TEST_BUILD ] || unset "$test_name" ;;
	esac
done

TEST_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/wf-e2e.XXXXXX") || exit 1
TEST_ROOT=$(cd "$TEST_ROOT" && pwd -P)
PATH=$WF_TEST_BUILD:$PATH
TERM=dumb TZ=UTC LC_ALL=C.UTF-8
GIT_CONFIG_NOSYSTEM=1
export PATH TERM TZ LC_ALL GIT_CONFIG_NOSYSTEM WF_TEST_BUILD

test_count=0
test_passed=0
test_failed=0
test_skipped=0

test_cleanup() {
	# What a failed case left behind must not live longer than its file.
	judge_processes kill
	cd / && [ -n "$test_keep" ] || rm -rf "$TEST_ROOT" 2>/dev/null ||
		{ chmod -R u+rwX "$TEST_ROOT"; rm -rf "$TEST_ROOT"; }
}
trap test_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What every case gets a copy of: a repository, a HOME, a place for what is temporary and one for the judge.
test_template() {
	mkdir -p "$TEST_ROOT/template/home" "$TEST_ROOT/template/tmp" "$TEST_ROOT/template/judge"
	cat >"$TEST_ROOT/template/home/.gitconfig" <<-\EOT
	[user]
		name = A U Thor
		email = author@example.com
	[init]
		defaultBranch = main
	[commit]
		gpgSign = false
	[gc]
		auto = 0
	[maintenance]
		auto = false
	[advice]
		detachedHead = false
	EOT
	HOME=$TEST_ROOT/template/home git init -q "$TEST_ROOT/template/repo" &&
		rm -f "$TEST_ROOT"/template/repo/.git/hooks/*.sample &&
		HOME=$TEST_ROOT/template/home git -C "$TEST_ROOT/template/repo" commit -q --allow-empty -m start
}
test_template || { echo "Bail out! cannot make a repository"; exit 1; }

# ---- Cases ------------------------------------------------------------------------------------

# SENTENCE BODY
test_case() {
	test_count=$((test_count + 1))
	[ -z "$test_only" ] || [ "$test_only" = "$test_count" ] || return 0
	CASE=$TEST_ROOT/$test_count
	REPO=$CASE/repo HOME=$CASE/home TMPDIR=$CASE/tmp
	JUDGE=$CASE/judge WF_TEST_MARK=$CASE
	export HOME TMPDIR WF_TEST_MARK REPO
	cp -R "$TEST_ROOT/template" "$CASE"
	(
		set -e
		cd "$REPO"
		eval "$2"
	) >"$CASE/transcript" 2>&1 </dev/null
	test_status=$?
	if [ -e "$JUDGE/skip" ]; then
		test_passed=$((test_passed + 1))
		test_skipped=$((test_skipped + 1))
		echo "ok $test_count - $1 # SKIP $(cat "$JUDGE/skip")"
		return 0
	fi
	[ "$test_status" -ne 0 ] || { judge >>"$CASE/transcript" 2>&1 </dev/null || test_status=1; }
	if [ "$test_status" -eq 0 ]; then
		test_passed=$((test_passed + 1))
		echo "ok $test_count - $1"
	else
		test_failed=$((test_failed + 1))
		echo "not ok $test_count - $1"
		tail -n 50 "$CASE/transcript" | sed 's/^/# /'
		for test_stream in out err; do
			[ ! -s "$CASE/$test_stream" ] || { echo "# last $test_stream:"
				tail -n 30 "$CASE/$test_stream" | sed 's/^/#    /'; }
		done
	fi
	[ "$test_status" -eq 0 ] || judge_processes kill
	[ -n "$test_keep" ] || rm -rf "$CASE" 2>/dev/null || { chmod -R u+rwX "$CASE"; rm -rf "$CASE"; }
}

test_done() {
	echo "1..$test_count"
	[ -z "$test_counts" ] ||
		echo "$test_passed $test_failed $test_skipped" >"$test_counts"
	[ "$test_failed" -eq 0 ]
	exit
}

# Inside a case: it cannot be tested here.
skip_case() { # REASON
	echo "$*" >"$JUDGE/skip"
	exit 0
}

require() { # PROGRAM…
	for require_program; do
		command -v "$require_program" >/dev/null 2>&1 || skip_case "no $require_program here"
	done
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# ---- Making things ----------------------------------------------------------------------------

# The text on stdin becomes .workflows/ID.yml, with the leading tabs of `<<-` gone.
workflow() { # ID
	mkdir -p .workflows
	cat >".workflows/$1.yml"
}

commit_all() { # [MESSAGE]
	git add -A
	git commit -q --allow-empty -m "${1:-more}"
}

# An executable file from stdin.
write_script() { # PATH
	mkdir -p "$(dirname "$1")"
	cat >"$1"
	chmod +x "$1"
}

# From here on what each git is started with stands in ../git-ran.
record_git() {
	mkdir "$CASE/bin"
	write_script "$CASE/bin/git" <<-EOT
	#!/bin/sh
	echo "\$*" >> "$CASE/git-ran"
	exec "$(command -v git)" "\$@"
	EOT
	PATH=$CASE/bin:$PATH
}

# ---- Expectations -----------------------------------------------------------------------------

# Runs the command with its output in $CASE/out and $CASE/err.
expect_exit() { # STATUS COMMAND…
	expect_status=$1
	shift
	echo "\$ $*" >&2
	tree_before=
	case "$1 ${2:-}" in
	"git wf" | git-wf\ *) [ -e "$JUDGE/tree-changes" ] || tree_before=$(tree_state) ;;
	esac
	expect_got=0
	"$@" >"$CASE/out" 2>"$CASE/err" || expect_got=$?
	[ "$expect_got" -eq "$expect_status" ] ||
		fail "exit $expect_got instead of $expect_status: $*"
	if [ -n "$tree_before" ]; then
		tree_after=$(tree_state)
		if [ "$tree_before" != "$tree_after" ]; then
			echo "before:"; echo "$tree_before"; echo "after:"; echo "$tree_after"
			fail "the tree changed (expect_tree_changes?): $*"
		fi
	fi
	[ "$expect_status" -ne 0 ] || judge_remember "$@"
}

expect_ok() { # COMMAND…
	expect_exit 0 "$@"
}

# TEXT is looked for as it stands, in the output of the last expect_exit.
expect_out_contains() { grep -qF -e "$1" "$CASE/out" || fail "stdout lacks: $1"; }
expect_err_contains() { grep -qF -e "$1" "$CASE/err" || fail "stderr lacks: $1"; }
expect_out_lacks() { ! grep -qF -e "$1" "$CASE/out" || fail "stdout has: $1"; }
expect_err_lacks() { ! grep -qF -e "$1" "$CASE/err" || fail "stderr has: $1"; }
expect_says() { # either stream
	cat "$CASE/out" "$CASE/err" | grep -qF -e "$1" || fail "neither stream has: $1"
}
expect_out_matches() { grep -qE -e "$1" "$CASE/out" || fail "stdout has no line like: $1"; }
expect_err_matches() { grep -qE -e "$1" "$CASE/err" || fail "stderr has no line like: $1"; }
expect_out_empty() { [ ! -s "$CASE/out" ] || fail "stdout is not empty"; }
expect_err_empty() { [ ! -s "$CASE/err" ] || fail "stderr is not empty"; }

# The whole of stdout is what stands on stdin.
expect_out_is() {
	cat >"$CASE/want"
	diff -u "$CASE/want" "$CASE/out" >&2 || fail "stdout is not as expected"
}

expect_file() { # PATH [CONTENT]
	[ -e "$1" ] || fail "no file '$1'"
	[ $# -lt 2 ] || [ "$(cat "$1")" = "$2" ] || fail "'$1' holds '$(cat "$1")' instead of '$2'"
}
expect_no_file() { ! [ -e "$1" ] || fail "'$1' exists"; }
expect_file_contains() { grep -qF -e "$2" "$1" || fail "'$1' lacks: $2"; }
expect_lines() { # NUMBER PATH
	expect_n=$(wc -l <"$2")
	[ "$expect_n" -eq "$1" ] || fail "'$2' has $expect_n lines instead of $1"
}
expect_equal() { # GOT WANT
	[ "$1" = "$2" ] || fail "'$1' instead of '$2'"
}

# Waits until the command succeeds; at most SECONDS.
wait_for() { # SECONDS COMMAND…
	wait_tries=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		wait_tries=$((wait_tries - 1))
		[ "$wait_tries" -gt 0 ] || fail "waited in vain for: $*"
		sleep 0.05
	done
}

# ---- What a case tells the judge --------------------------------------------------------------

expect_tree_changes() { : >"$JUDGE/tree-changes"; } # outputs, fixes, rollbacks
repeat_runs() { : >"$JUDGE/repeat-runs"; }          # WHY: steps that are not cached
expect_stash() { : >"$JUDGE/stash"; }
expect_left() { echo "$1" >>"$JUDGE/left"; } # a name that the search for leftovers passes over
kill_engine() { # PID; what it was writing stays until gc
	expect_left .tmp
	kill -KILL "$1"
}
expect_broken_repository() { : >"$JUDGE/no-fsck"; }

# ---- The judge --------------------------------------------------------------------------------

# Names, modes and content of everything that is not ignored. It stands around every `git wf`: each program
# that it starts is started thousands of times.
tree_state() {
	git --no-optional-locks -C "$REPO" status --porcelain=v2 --branch --no-ahead-behind -uall 2>&1 || { echo none; return 0; }
	(
		cd "$REPO" &&
			git ls-files -z -m -o --exclude-standard 2>/dev/null | xargs -0r cksum 2>/dev/null
	) || :
}

# The last `git wf run` that passed, as words that the judge can repeat.
judge_remember() {
	case "$1 ${2:-} ${3:-}" in
	"git wf run") shift 3 ;;
	"git-wf run "*) shift 2 ;;
	*) return 0 ;;
	esac
	for remember_word; do
		case $remember_word in
		-n | --dry-run | --resume | --force | --force=* | --no-cache | --isolate | --events | -C)
			rm -f "$JUDGE/repeat"
			return 0 ;;
		esac
	done
	pwd >"$JUDGE/repeat.dir"
	for remember_word; do
		case $remember_word in
		*\'*) remember_word=$(printf '%s\n' "$remember_word" | sed "s/'/'\\\\''/g") ;;
		esac
		printf "'%s' " "$remember_word"
	done >"$JUDGE/repeat"
}

judge() {
	judge_verdict=0
	judge_repeat || judge_verdict=1
	judge_processes say || judge_verdict=1
	judge_leftovers || judge_verdict=1
	judge_repository || judge_verdict=1
	return $judge_verdict
}

judge_repeat() {
	[ -e "$JUDGE/repeat" ] && [ ! -e "$JUDGE/repeat-runs" ] || return 0
	(
		cd "$(cat "$JUDGE/repeat.dir")" || exit
		eval "git wf run $(cat "$JUDGE/repeat") --events \"\$JUDGE/events\"" >"$CASE/out" 2>"$CASE/err"
	) || { echo "JUDGE: the repeated run failed"; return 1; }
	if grep -q '"type":"step.start"' "$JUDGE/events" 2>/dev/null; then
		echo "JUDGE: the repeated run executed steps (repeat_runs?):"
		grep '"type":"step.start"' "$JUDGE/events"
		return 1
	fi
}

# A process is ours if the mark of this case is in its environment. What has been told to end gets a
# second to do so.
judge_processes() { # say|kill
	[ -d /proc/self ] && [ -n "${WF_TEST_MARK:-}" ] || return 0
	judge_tries=10 judge_mark=$WF_TEST_MARK
	while [ $judge_tries -gt 0 ]; do
		judge_tries=$((judge_tries - 1))
		# Under another mark, or the search would find itself.
		judge_pids=$(WF_TEST_MARK=judge grep -lsz "^WF_TEST_MARK=$judge_mark\$" /proc/[0-9]*/environ) || :
		[ -n "$judge_pids" ] || return 0
		judge_pids=$(echo "$judge_pids" | sed 's,/proc/\([0-9]*\)/.*,\1,')
		# shellcheck disable=SC2086 # a list of numbers
		[ "$1" != kill ] || kill -KILL $judge_pids 2>/dev/null
		sleep 0.1
	done
	[ "$1" = say ] || return 0
	echo "JUDGE: still alive after the end:"
	for judge_pid in $judge_pids; do
		echo "  $judge_pid $(tr '\0' ' ' <"/proc/$judge_pid/cmdline" 2>/dev/null)"
	done
	return 1
}

judge_leftovers() {
	judge_found=$(find "$REPO" "$HOME" "$TMPDIR" \( -name '*.tmp.*' -o -name '*.tmp' -o -name 'index.lock' \
		-o -name 'next-index-*.lock' -o -name 'HEAD.lock' -o -path '*/.git/refs/*.lock' -o -path "$TMPDIR/*" \) 2>/dev/null)
	[ -n "$judge_found" ] || return 0
	while IFS= read -r judge_pattern; do
		judge_found=$(echo "$judge_found" | grep -vF -e "$judge_pattern")
	done <<-EOT
	$(cat "$JUDGE/left" 2>/dev/null || echo '#')
	EOT
	judge_found=$(echo "$judge_found" | sed '/^$/d')
	[ -n "$judge_found" ] || return 0
	echo "JUDGE: left behind:"
	echo "$judge_found"
	return 1
}

judge_repository() {
	[ ! -e "$JUDGE/no-fsck" ] && [ -e "$REPO/.git" ] || return 0
	if [ ! -e "$JUDGE/stash" ] && git -C "$REPO" rev-parse -q --verify refs/stash >/dev/null; then
		echo "JUDGE: there is a stash"
		return 1
	fi
	git -C "$REPO" fsck --no-dangling --no-progress >"$JUDGE/fsck" 2>&1 && [ ! -s "$JUDGE/fsck" ] && return 0
	# An unborn branch is no damage.
	grep -v '^notice:' "$JUDGE/fsck" >"$JUDGE/fsck.rest" || return 0
	echo "JUDGE: git fsck:"
	cat "$JUDGE/fsck.rest"
	return 1
}
