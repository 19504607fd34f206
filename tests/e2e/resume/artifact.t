#!/bin/sh
# What a resumed run finds in its folder from before.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'an artifact is that of the result that counts now, not the file that lies there' '
	workflow demo <<-\EOT
	steps:
	  - {id: make, inputs: [in], outputs: ["artifact:report"], run: "cat in > $WF_OUT_REPORT"}
	  - {id: use, inputs: ["artifact:report"], run: "cat $WF_IN_REPORT >> ../ran; test -e ../ok"}
	EOT
	echo one > in
	expect_exit 1 git-wf run demo
	expect_ran one
	echo two > in
	expect_exit 1 git-wf run demo
	expect_ran two
	echo one > in
	: > ../ok
	expect_ok git-wf resume
	expect_ran one
'

test_case 'what a killed engine left of $WF_OUTPUT is not of the next attempt, and its log stays' '
	workflow demo <<-\EOT
	steps:
	  - id: make
	    run: |
	      echo "n=$(date +%N)" >> "$WF_OUTPUT"
	      test -e ../ok || { echo "broken line" >> "$WF_OUTPUT"; echo first try; echo make > ../ran; sleep 60; }
	      echo second try
	EOT
	git-wf run demo > ../background 2>&1 &
	pid=$!
	wait_for 10 test -e ../ran
	sleep 0.2
	kill_engine $pid
	wait $pid || :
	: > ../ok
	expect_ok git-wf resume
	grep -q "first try" cortex-brain/workflows/demo-*/logs/*.log || fail "the first log is gone"
	grep -q "second try" cortex-brain/workflows/demo-*/logs/*.2.log || fail "no second log"
'

test_done
