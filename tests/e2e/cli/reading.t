#!/bin/sh
# Commands that only look write nothing: not a byte, not a time.
. "${0%/*}/../lib.sh"

# Every path of the repository with its git directory and of HOME: kind, size, both times.
listing() {
	find "$REPO" "$HOME" -printf '%p %y %m %s %T@ %C@ %i\n' | LC_ALL=C sort
}

expect_untouched() { # COMMAND…
	listing >"$CASE/before"
	"$@" >"$CASE/out" 2>"$CASE/err" </dev/null || :
	listing >"$CASE/after"
	diff "$CASE/before" "$CASE/after" >&2 || fail "it wrote: $*"
}

look_at_all() {
	expect_untouched git-wf list
	expect_untouched git-wf validate
	expect_untouched git-wf plan demo
	expect_untouched git-wf plan demo --json
	expect_untouched git-wf run -n demo
	expect_untouched git-wf run -n demo --force
	expect_untouched git-wf explain demo two
	expect_untouched git-wf show demo
	expect_untouched git-wf status
	expect_untouched git-wf status --json
	expect_untouched git-wf history
	expect_untouched git-wf log
	expect_untouched git-wf doctor
	expect_untouched git-wf cache info
	expect_untouched git-wf config
}

demo_workflow() {
	workflow demo <<-\EOT
	vars: {dirty: git.dirty}
	steps:
	  - {id: one, inputs: ["src/**"], outputs: [out/one], run: cat src/a > out/one}
	  - {id: two, inputs: [out/one], tools: [cat], outputs: [out/], run: "cat out/one > out/two"}
	  - {id: three, if: changed("src/*") || vars.dirty, run: "true"}
	  - {id: each, foreach: {f: {glob: "src/*"}}, inputs: ["${each.f}"], run: "cat ${each.f}"}
	  - {id: lines, foreach: {l: {lines: steps.two.outputs.list}}, run: "true ${each.l}"}
	EOT
	mkdir src
	echo a > src/a
	echo b > src/b
	echo out > .gitignore
	commit_all
	# The index is older than the files: whoever refreshes it writes.
	sleep 0.05
	touch src/a
}

test_case 'before there was a run' '
	demo_workflow
	look_at_all
	expect_no_file .git/wf
	expect_no_file cortex-brain
'

test_case 'after a run, with everything up to date' '
	demo_workflow
	expect_ok git-wf run demo
	touch src/a
	look_at_all
	repeat_runs "not cached"
'

test_case 'after a run, with something to do' '
	demo_workflow
	expect_ok git-wf run demo
	echo other > src/a
	look_at_all
	repeat_runs "not cached"
'

test_case 'after a run that failed' '
	demo_workflow
	echo "  - {id: bad, run: exit 1}" >> .workflows/demo.yml
	expect_exit 1 git-wf run demo
	look_at_all
'

test_case 'after an engine was killed' '
	demo_workflow
	echo "  - {id: slow, run: \"echo slow > ../slow; sleep 60\"}" >> .workflows/demo.yml
	git-wf run demo > ../background 2>&1 &
	pid=$!
	wait_for 10 test -e ../slow
	kill_engine $pid
	wait $pid || :
	look_at_all
	judge_processes kill
'

test_done
