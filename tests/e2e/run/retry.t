#!/bin/sh
# Attempts, delays, time limits.
. "${0%/*}/../lib.sh"

test_case 'attempts counts all tries, and WF_ATTEMPT says which it is' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo $WF_ATTEMPT >> ../tries; test $WF_ATTEMPT -ge 3", retry: {attempts: 3}}
	  - {id: after, needs: [s], run: "echo ${steps.s.attempts} > n"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file ../tries "1
2
3"
	expect_file n 3
'

test_case 'when all tries failed, the step failed' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo $WF_ATTEMPT >> ../tries; exit 9", retry: {attempts: 3, delay: 10ms}}
	EOT
	expect_exit 1 git wf run demo
	expect_lines 3 ../tries
	expect_says "exit 9"
'

test_case 'retry.on names the exit codes worth another try' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo x >> ../tries; if test $WF_ATTEMPT = 1; then exit 75; else exit 2; fi", retry: {attempts: 5, on: [75]}}
	EOT
	expect_exit 1 git wf run demo
	expect_lines 2 ../tries
'

test_case 'delays grow as backoff says, up to max_delay' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "date +%s%N >> ../tries; exit 1", retry: {attempts: 5, delay: 50ms, backoff: exponential, max_delay: 200ms}}
	EOT
	expect_exit 1 git wf run demo
	expect_lines 5 ../tries
	# 50, 100, 200, 200
	awk "NR == 1 { start = \$1 } { last = \$1 } END { ms = (last - start) / 1e6; print ms; exit ms < 545 || ms > 3000 }" ../tries
'

test_case 'each try has a fresh WF_OUTPUT' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "test ! -s \"$WF_OUTPUT\"; echo n=$WF_ATTEMPT >> \"$WF_OUTPUT\"; test $WF_ATTEMPT = 2", retry: {attempts: 2}}
	  - {id: after, run: "echo ${steps.s.outputs.n} > n"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file n 2
'

test_case 'a step that takes too long is ended, and can be tried again' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo x >> ../tries; if test $WF_ATTEMPT = 1; then sleep 60; fi", timeout: 300ms, retry: {attempts: 2, on: [timeout]}}
	EOT
	repeat_runs "not cached"
	start=$(date +%s)
	expect_ok git wf run demo
	expect_lines 2 ../tries
	[ $(($(date +%s) - start)) -le 4 ] || fail "it took too long"
'

test_case 'a step that took too long says so' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: sleep 60, timeout: 200ms}
	EOT
	expect_exit 1 git wf run demo
	expect_says "timed out after 0.20s"
'

test_case 'the timeout of the run ends it, and finally runs' '
	workflow demo <<-\EOT
	timeout: 400ms
	steps:
	  - {id: one, run: sleep 60}
	  - {id: two, needs: [one], run: touch never}
	finally:
	  - {id: clean, run: touch cleaned}
	EOT
	expect_tree_changes
	expect_exit 1 git wf run demo
	expect_no_file never
	expect_file cleaned
	expect_exit 1 git wf run demo --timeout 200ms
'

test_done
