#!/bin/sh
# git wf cancel, pause, skip: words to a run, with its engine alive and without.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# one, then two waits while ../slow exists, then three; clean at the end
slow_steps() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: "echo two >> ../ran; while test -e ../slow; do sleep 0.05; done"}
	  - {id: three, needs: [two], run: echo three >> ../ran}
	  - {id: four, needs: [three], run: echo four >> ../ran}
	finally:
	  - {id: clean, run: echo clean >> ../ran}
	EOT
	: > ../slow
	repeat_runs "not cached"
}

in_background() { # $pid
	"$@" >../background 2>&1 &
	pid=$!
	wait_for 10 grep -q two ../ran
}

ended() { # STATUS
	status=0
	wait $pid || status=$?
	[ $status -eq "$1" ] || { cat ../background; fail "exit $status instead of $1"; }
}

run_dir() { echo cortex-brain/workflows/demo-*; }

test_case 'cancel ends what runs, and the run can be resumed' '
	slow_steps
	in_background git-wf run demo
	expect_ok git wf cancel
	expect_err_contains "has heard it"
	ended 1
	expect_file_contains ../background "git wf cancel, by"
	expect_ran one two clean
	git wf status demo | grep -q "; 2 of 5 steps done, 3 cancelled"
	expect_equal "$(ls "$(run_dir)/inbox")" ""
	expect_exit 129 git wf cancel latest
	expect_err_contains "was cancelled already"
	rm ../slow
	expect_ok git wf resume
	expect_ran two three four clean
'

test_case 'pause lets what runs end, starts nothing more, exits 3; resume goes on' '
	slow_steps
	in_background git-wf run demo
	expect_ok git wf pause demo
	wait_for 5 grep -q pausing "$(run_dir)/journal.ndjson"
	git wf status demo | grep -q running
	rm ../slow
	ended 3
	expect_file_contains ../background "Paused after"
	expect_file_contains ../background "git wf resume"
	expect_ran one two
	git wf status demo --porcelain | grep -q "paused"
	grep -q "\"kind\":\"pause\"" "$(run_dir)"/checkpoints/*
	expect_exit 129 git wf pause latest
	expect_ok git wf resume
	expect_ran three four clean
'

test_case 'a pause that comes too late changes nothing' '
	slow_steps
	sed "/three\|four\|finally\|clean/d" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	in_background git-wf run demo
	expect_ok git wf pause
	rm ../slow
	ended 0
'

test_case 'skip leaves a step out that is still to come' '
	slow_steps
	in_background git-wf run demo
	expect_ok git wf skip latest three
	expect_exit 129 git wf skip latest thre
	expect_err_contains "did you mean '\''three'\''?"
	expect_ok git wf skip latest two
	wait_for 5 grep -q "started already" "$(run_dir)/journal.ndjson"
	rm ../slow
	ended 0
	expect_ran one two four clean
	git wf status demo | grep -q "three.*skipped"
'

test_case 'without an engine the word goes into the journal' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	expect_ok git wf skip demo three
	git wf status demo | grep -q interrupted
	expect_ok git wf pause
	git wf status demo | grep -q paused
	expect_ok git wf cancel
	git wf status demo | grep -q cancelled
	expect_file_contains "$(run_dir)/results.json" "\"status\":\"cancelled\""
	judge_processes say
	rm ../slow ../ran
	expect_ok git wf resume
	expect_ran two four clean
'

test_case 'what cannot be read in the inbox is moved aside and told' '
	slow_steps
	in_background git-wf run demo
	mkdir -p "$(run_dir)/inbox"
	echo "{" > "$(run_dir)/inbox/1.json"
	echo "{\"verb\":\"dance\"}" > "$(run_dir)/inbox/2.json"
	wait_for 5 test -e "$(run_dir)/inbox/1.json.bad"
	wait_for 5 grep -q dance "$(run_dir)/journal.ndjson"
	rm ../slow
	ended 0
	expect_file_contains ../background "moved aside"
	expect_file_contains ../background "nobody knows what '\''dance'\''"
'

test_case 'a word from before a resume does not end it' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	rm ../slow ../ran
	mkdir -p "$(run_dir)/inbox"
	echo "{\"verb\":\"cancel\"}" > "$(run_dir)/inbox/1.json"
	expect_ok git wf resume
	expect_says "when the run had ended already"
'

test_case 'where nothing runs there is nothing to cancel' '
	expect_exit 129 git wf cancel
	expect_err_contains "there is no run to cancel"
'

test_done
