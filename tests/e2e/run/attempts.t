#!/bin/sh
# What one attempt leaves for the next: nothing.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a step that wants more slots than there are runs alone' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, slots: 8, run: echo a >> ../ran}
	  - {id: b, slots: 8, run: echo b >> ../ran}
	  - {id: c, run: echo c >> ../ran}
	EOT
	expect_ok timeout 20 git-wf run demo -j2
	expect_ran a b c
	repeat_runs "not cached"
'

test_case 'a parent make that has no token to give is no reason to wait for ever' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, slots: 3, run: echo a >> ../ran}
	EOT
	mkfifo ../tokens
	exec 7<>../tokens
	MAKEFLAGS=" -j --jobserver-auth=fifo:$CASE/tokens" expect_ok timeout 20 git-wf run demo
	expect_ran a
	repeat_runs "not cached"
'

test_case 'a fifo in the place of a file the step is to write does not hold up the run' '
	workflow demo <<-\EOT
	steps:
	  - id: a
	    run: |
	      mkfifo "$WF_OUTPUT" "$WF_SUMMARY" "$WF_PROGRESS"
	      sleep 0.4
	EOT
	expect_ok timeout 20 git-wf run demo
	repeat_runs "not cached"
'

test_case 'an artifact of the attempt before is no artifact of this one' '
	workflow demo <<-\EOT
	steps:
	  - id: a
	    retry: {attempts: 2, delay: 1ms}
	    run: |
	      test "$WF_ATTEMPT" = 2 || { echo half > "$WF_OUT_REPORT"; exit 1; }
	    outputs: ["artifact:report"]
	EOT
	expect_exit 1 git-wf run demo
	expect_says "did not create its output"
'

test_case 'a directory for outputs is there, also after a step that removed it' '
	expect_tree_changes
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a > out/a, outputs: [out/a]}
	  - {id: clean, needs: [a], run: rm -rf out}
	  - {id: b, needs: [clean], run: echo b > out/b, outputs: [out/b]}
	EOT
	expect_ok git-wf run demo
	expect_file out/b b
	repeat_runs "not cached"
'

test_case 'a failure that somebody else brought about is not remembered' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], cache: {failures: true}, run: "echo a >> ../ran; test ! -e ../slow || sleep 60"}
	EOT
	: > ../slow
	git-wf run demo > ../background 2>&1 &
	pid=$!
	wait_for 10 test -e ../ran
	kill -TERM $pid
	wait $pid || :
	expect_ran a
	rm ../slow
	expect_ok git-wf run demo
	expect_ran a
'

test_case 'a missing output is told for each attempt' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, retry: {attempts: 2, delay: 1ms}, run: "true", outputs: [gone]}
	EOT
	expect_exit 1 git-wf run demo --events ../events
	expect_equal "$(grep -c "did not create its output" ../events)" 2
'

test_case 'what finally does is tried again like anything else after a failure' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: exit 3}
	finally:
	  - {id: tidy, retry: {attempts: 2, delay: 1ms}, run: "echo tidy >> ../ran; test $WF_ATTEMPT = 2"}
	EOT
	expect_exit 1 git-wf run demo
	expect_ran tidy tidy
'

test_case 'the second press does not wait for a retry of finally' '
	workflow demo <<-\EOT
	steps:
	  - {id: slow, run: "echo slow >> ../ran; sleep 60"}
	finally:
	  - {id: tidy, retry: {attempts: 2, delay: 60s}, run: "echo tidy >> ../ran; exit 1"}
	EOT
	git-wf run demo > ../background 2>&1 &
	pid=$!
	wait_for 10 grep -q slow ../ran
	kill -TERM $pid
	wait_for 10 grep -q tidy ../ran
	sleep 0.6
	sh -c "kill -TERM $pid"
	start=$(date +%s) got=0
	wait $pid || got=$?
	[ $(($(date +%s) - start)) -lt 30 ] || fail "it waited"
	expect_equal "$got" 143
'

test_done
