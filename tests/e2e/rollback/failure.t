#!/bin/sh
# on_failure: rollback: how far a failed run goes back by itself, what it says, and how it goes on.
. "${0%/*}/../lib.sh"

steps() { # STRATEGY [KEYS OF THE LAST]
	workflow demo <<-EOT
	rollback: {strategy: $1, checkpoints: [{after: two}]}
	steps:
	  - {id: one, run: echo one >> text, outputs: [text]}
	  - {id: two, needs: [one], run: echo two >> text}
	  - {id: three, needs: [two], run: echo three >> text}
	  - {id: four, needs: [three], run: "echo four >> text; rm gone; echo new > new; test -e ../fixed", ${2:-on_failure: rollback}}
	EOT
	echo zero > text
	echo bye > gone
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
text() { tr "\n" " " < text; }

test_case 'run: all of it' '
	steps run
	expect_exit 1 git wf run demo
	expect_equal "$(text)" "zero "
	expect_file gone bye
	expect_no_file new
	expect_equal "$(git status --porcelain)" ""
	expect_says "3 paths were rolled back (on_failure: rollback)"
	expect_says "git wf undo"
	expect_says "'\''gone'\'' was put back too; no step declares it"
'

test_case 'step: the one that failed' '
	steps step
	expect_exit 1 git wf run demo
	expect_equal "$(text)" "zero one two three "
	expect_file gone bye
'

test_case 'checkpoint: all since the last one' '
	steps checkpoint
	expect_exit 1 git wf run demo
	expect_equal "$(text)" "zero one two "
	expect_file gone bye
'

test_case 'it is run where the workflow says nothing else' '
	steps run
	sed -i 1d .workflows/demo.yml; commit_all
	expect_exit 1 git wf run demo
	expect_equal "$(text)" "zero "
'

test_case 'undo brings back what the failed run left, rollback what is before it' '
	steps checkpoint
	expect_exit 1 git wf run demo
	expect_ok git wf undo
	expect_equal "$(text)" "zero one two three four "
	expect_no_file gone
	expect_ok git wf undo
	expect_equal "$(text)" "zero one two "
	expect_ok git wf rollback
	expect_equal "$(text)" "zero "
'

test_case 'a resume goes on from there' '
	steps step
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf resume
	expect_file new new
	expect_no_file gone
	expect_ok git wf rollback demo
	expect_file gone bye
	expect_equal "$(text)" "zero "
'

test_case 'a failure without the word is not rolled back, and says how' '
	steps run "on_failure: abort"
	expect_exit 1 git wf run demo
	expect_says "Nothing was rolled back (on_failure: abort)"
	expect_says "git wf rollback "
	expect_equal "$(text)" "zero one two three four "
'

test_case 'resume --rollback-to' '
	steps step "on_failure: abort"
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf resume --rollback-to three
	expect_err_contains "rolled back run"
	expect_file new new
	expect_exit 129 git wf resume --rollback-to five
'

test_case 'what somebody changes while it runs stays, if a handler of the step does it after the last snapshot' '
	steps run "on_failure: [rollback, mark]"
	printf "error_handlers: {mark: {run: echo handled > ../handled}}\n" >> .workflows/demo.yml
	commit_all
	expect_exit 1 git wf run demo
	expect_file ../handled handled
	expect_equal "$(text)" "zero "
'

test_case 'killed in the middle of it, the next command finishes it' '
	steps run
	expect_left .tmp # of whoever was killed while it wrote
	expect_left /tree.lock # the same, of git; gc removes it when it is old
	for n in 100 150 200 250 300 350 400; do
		timeout -s KILL "0.$n" git-wf run demo >/dev/null 2>&1 || :
		git wf rollback demo >/dev/null 2>&1 || :
		git wf rollback demo >/dev/null 2>&1 || :
		expect_equal "$(text)" "zero "
		expect_equal "$(git status --porcelain)" ""
		rm -rf cortex-brain
	done
	expect_no_file .git/wf/rollback.json
'

test_case 'a strategy that takes no snapshots contradicts it' '
	steps none
	expect_exit 129 git wf run demo
	expect_err_contains "takes no snapshots"
'

test_done
