#!/bin/sh
# What a person says of single steps when a run goes on; steps that must not simply run again.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# one → two → three → four; two fails while ../broken exists
steps() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: "echo two >> ../ran; test ! -e ../broken; echo 2 > ../two", outputs: []}
	  - {id: three, needs: [two], run: "echo three >> ../ran"}
	  - {id: four, needs: [three], run: "echo four >> ../ran; test ! -e ../broken4"}
	EOT
	: > ../broken
	repeat_runs "not cached"
}

test_case '--skip leaves a step out, what needs it goes on, and it stays so' '
	steps
	: > ../broken4
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume --skip two
	expect_says "skipped by hand"
	expect_ran one two three four
	rm ../broken4
	expect_ok git wf resume
	expect_ran four
	git wf status demo --json | grep -q "\"by_hand\": \"skip\""
	expect_file_contains cortex-brain/workflows/demo-*/journal.ndjson "\"type\":\"step.hand\",\"step\":\"two\",\"word\":\"skip\""
'

test_case '--done takes a step as finished, with the outputs that are there' '
	workflow demo <<-\EOT
	steps:
	  - {id: make, run: "echo make >> ../ran; exit 1", outputs: [made]}
	  - {id: use, run: "echo use$(cat made) >> ../ran", inputs: [made]}
	EOT
	echo /made > .gitignore; commit_all
	repeat_runs "it fails"
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume --done make
	expect_says "did not create its output"
	expect_ran make
	echo 7 > made
	expect_ok git wf resume --done make
	expect_ran use7
'

test_case '--retry STEP runs it whatever is known, --retry all that did not pass; a run behind it is one' '
	steps
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume --retry one
	expect_ran one two one two
	run=$(basename cortex-brain/workflows/demo-*)
	expect_exit 1 git wf resume --retry
	expect_ran two
	expect_exit 1 git wf resume --retry "${run##*-}"
	expect_ran two
	rm ../broken
	expect_ok git wf resume "${run##*-}" --retry=one -q
	expect_ran one two three four
'

test_case '--from STEP runs it and all below it again' '
	steps
	rm ../broken; : > ../broken4
	expect_exit 1 git wf run demo
	expect_ran one two three four
	expect_exit 1 git wf resume --from two
	expect_ran two three four
	expect_exit 1 git wf resume
	expect_ran four
'

test_case 'a step that is not there is an error with the nearest name, and nothing runs' '
	steps
	expect_exit 1 git wf run demo
	expect_ran one two
	expect_exit 129 git wf resume --skip tow
	expect_err_contains "workflow '\''demo'\'' has no step '\''tow'\''; did you mean '\''two'\''?"
	expect_exit 129 git wf resume --done threee -q
	expect_ran
'

test_case '--abort ends a run for good' '
	steps
	expect_exit 1 git wf run demo
	expect_ok git wf resume --abort
	expect_exit 129 git wf resume latest
	expect_says "ended for good"
	git wf resume && fail "it was resumed" || :
	git wf status demo | grep -q cancelled
	expect_ran one two
'

# deploy is not idempotent and waits while ../slow exists
once() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - id: deploy
	    needs: [one]
	    idempotent: false
	    run: "echo deploy >> ../ran; while test -e ../slow; do sleep 0.05; done"
	  - {id: after, needs: [deploy], run: echo after >> ../ran}
	EOT
	: > ../slow
	repeat_runs "not cached"
}

killed() {
	once
	git-wf run demo >../background 2>&1 &
	pid=$!
	wait_for 10 grep -q deploy ../ran
	kill_engine $pid
	wait $pid || :
}

test_case 'not idempotent, and the engine killed: unknown, and the run stops with the ways on' '
	killed
	git wf status demo | grep -q "deploy.*unknown"
	git wf status demo | grep -q "go on with: git wf resume [0-9a-f]* --retry deploy, or --done"
	expect_exit 1 git wf resume
	expect_says "--retry deploy"
	expect_says "--done deploy"
	expect_out_matches "^  git wf resume [0-9a-f]+ --retry deploy +run again what may have run"
	expect_out_matches "^  git wf resume [0-9a-f]+ --done deploy +take it as finished"
	expect_out_lacks "retry from here"
	expect_exit 1 git wf resume
	expect_ran one deploy
	git wf status demo --json | grep -q "\"status\": \"unknown\""
	rm ../slow
	expect_ok git wf resume --retry deploy
	expect_ran deploy after
'

test_case 'not idempotent and unknown: a person says that it was done' '
	killed
	expect_ok git wf resume --done deploy
	expect_ran one deploy after
'

test_case 'not idempotent, but its end is known: it runs again as any other' '
	once
	sed "s/while.*done/exit 1/" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume
	expect_ran one deploy deploy
'

test_done
