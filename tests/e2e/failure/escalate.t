#!/bin/sh
# on_failure: escalate: a failure waits for a person, as long as that takes, and each answer does what it says.
. "${0%/*}/../lib.sh"

flow() { # [KEYS]
	workflow demo <<-EOT
	steps:
	  - {id: build, run: "echo try >> ../tries; test -e ../mended; echo made > made", on_failure: ${1:-escalate}}
	  - {id: after, needs: [build], run: echo after > after}
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
tries() { wc -l < ../tries; }

test_case 'without anybody here it waits: exit 3, and the ways on are told' '
	flow
	expect_exit 3 git wf run demo
	expect_says "it has failed (exit 1): what now?"
	for word in "answer .* build retry" "approve .* build" "skip .* build" "reject .* build"; do
		grep -q "git wf $word" "$CASE/out" || fail "it does not tell of $word"
	done
	expect_ok git wf status demo
	expect_out_contains "retry|approve|skip|reject"
	expect_exit 3 git wf resume
	expect_equal "$(tries)" 1
	expect_ok git wf resume --abort
'

test_case 'retry' '
	flow
	expect_exit 3 git wf run demo
	: > ../mended
	expect_ok git wf answer demo build retry
	expect_ok git wf resume
	expect_file made made
	expect_file after after
	expect_equal "$(tries)" 2
'

test_case 'resume --retry says the same' '
	flow
	expect_exit 3 git wf run demo
	: > ../mended
	expect_ok git wf resume --retry build
	expect_file made made
'

test_case 'approve: it counts as done' '
	flow
	expect_exit 3 git wf run demo
	expect_ok git wf approve --resume demo build
	expect_no_file made
	expect_file after after
	expect_equal "$(tries)" 1
'

test_case 'skip: what needs it goes on' '
	flow
	expect_exit 3 git wf run demo
	expect_ok git wf skip demo build
	expect_ok git wf resume
	expect_says "skipped"
	expect_file after after
'

test_case 'reject: it has failed, and the run with it; a resume tries it again' '
	flow
	expect_exit 3 git wf run demo
	expect_ok git wf reject demo build
	expect_exit 1 git wf resume
	expect_equal "$(tries)" 1
	expect_says "rejected"
	expect_no_file after
	: > ../mended
	expect_ok git wf resume
	expect_file after after
'

test_case 'a word from another terminal while the run is at work' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: "test -e ../mended; echo made > made", on_failure: escalate}
	  - {id: other, run: ": > ../begun; while [ ! -e ../end ]; do sleep 0.05; done"}
	EOT
	commit_all
	repeat_runs "not cached"
	git-wf run -j2 demo > ../out 2>&1 &
	wait_for 20 grep -q "what now" ../out
	: > ../mended
	expect_tree_changes
	expect_ok git wf answer demo build retry
	wait_for 20 test -e made
	: > ../end
	wait
	grep -q "Passed" ../out || fail "it did not pass"
'

test_case 'approved from another terminal' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: "false", on_failure: escalate}
	  - {id: other, run: "while [ ! -e ../end ]; do sleep 0.05; done"}
	  - {id: after, needs: [build], run: ": > ../after"}
	EOT
	commit_all
	repeat_runs "not cached"
	git-wf run -j2 demo > ../out 2>&1 &
	wait_for 20 grep -q "what now" ../out
	expect_ok git wf approve demo build
	wait_for 20 test -e ../after
	: > ../end
	wait
	grep -q "Passed" ../out || fail "it did not pass"
'

test_case 'killed while it waits, it asks again' '
	flow
	git-wf run demo > ../out 2>&1 || :
	sed -i "/run.end/,\$d" cortex-brain/workflows/demo-*/journal.ndjson
	rm -rf cortex-brain/workflows/demo-*/checkpoints
	expect_exit 3 git wf resume
	expect_equal "$(tries)" 1
'

test_case 'retries come first; the message is the question' '
	flow "{strategy: escalate, message: \"\${error.step} is broken after \${error.attempts}\"}"
	echo "defaults: {retry: {attempts: 2}}" >> .workflows/demo.yml
	commit_all
	expect_exit 3 git wf run demo
	expect_says "build is broken after 2"
	expect_equal "$(tries)" 2
'

test_case 'another answer is none' '
	flow
	expect_exit 3 git wf run demo
	expect_exit 129 git wf answer demo build maybe
	expect_err_contains "none of the answers: retry, approve, skip, reject"
'

test_done
