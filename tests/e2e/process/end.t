#!/bin/sh
# However a run ends, no process of it survives.
. "${0%/*}/../lib.sh"
. "${0%/*}/escape.sh"

[ -d /proc/self ] && command -v setsid >/dev/null && command -v python3 >/dev/null ||
	{ echo "1..0 # SKIP needs /proc, setsid and python3"; exit 0; }

start=0
elapsed() { echo $(($(date +%s) - start)); }

test_case 'after steps that passed and left processes behind' '
	nasty_script
	nasty_workflow "true" | workflow demo
	repeat_runs "not cached"
	start=$(date +%s)
	expect_ok git wf run demo -j10
	[ "$(elapsed)" -le 8 ] || fail "took $(elapsed) s"
	expect_no_survivor
'

test_case 'after steps that failed, or took too long' '
	nasty_script
	nasty_workflow "exit 3" | workflow demo
	nasty_workflow "sleep 300" | sed "1d; s/id: /id: slow-/; s/\"}/\", timeout: 1s}/" >> .workflows/demo.yml
	start=$(date +%s)
	expect_exit 1 git wf run demo -j20 -k
	expect_says "timed out"
	[ "$(elapsed)" -le 14 ] || fail "took $(elapsed) s"
	expect_no_survivor
'

test_case 'after one SIGINT, within the grace' '
	nasty_script
	nasty_workflow "sleep 300" | workflow demo
	git-wf run demo -j10 >../out1 2>&1 &
	pid=$!
	wait_for 10 test -e ../pids/ignore
	sleep 0.3
	start=$(date +%s)
	kill -INT $pid
	status=0
	wait $pid || status=$?
	expect_equal $status 130
	[ "$(elapsed)" -le 7 ] || fail "took $(elapsed) s"
	expect_no_survivor
'

test_case 'after two SIGINTs, at once' '
	nasty_script
	nasty_workflow "sleep 300" | workflow demo
	git-wf run demo -j10 >../out1 2>&1 &
	pid=$!
	wait_for 10 test -e ../pids/ignore
	sleep 0.3
	start=$(date +%s)
	# Two presses: what the parent sends is taken for what git forwards.
	sh -c "kill -INT $pid"
	sleep 0.6
	sh -c "kill -INT $pid"
	status=0
	wait $pid || status=$?
	expect_equal $status 130
	[ "$(elapsed)" -le 3 ] || fail "took $(elapsed) s"
	expect_no_survivor
'

test_case 'after kill -9 of the engine, by the next command' '
	nasty_script
	nasty_workflow "test ! -e ../slow || sleep 300" | sed "/noenv/d" | workflow demo
	: > ../slow
	git-wf run demo -j10 >../out1 2>&1 &
	pid=$!
	wait_for 10 test -e ../pids/ignore
	sleep 0.3
	kill_engine $pid
	wait $pid || :
	rm ../slow
	all_kinds= nasty_workflow | workflow demo
	printf "  - {id: one, run: \"true\"}\n" >> .workflows/demo.yml
	start=$(date +%s)
	git-wf run demo >../out2 2>&1 || { cat ../out2; exit 1; }
	[ "$(elapsed)" -le 7 ] || fail "took $(elapsed) s"
	expect_no_survivor
'

test_case 'what the caller had running before is left alone' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: sleep 300 &}
	EOT
	repeat_runs "not cached"
	sh -c "sleep 300 & echo \$! > ../foreign; exec git-wf run demo" || fail "exit $?"
	kill -0 "$(cat ../foreign)" || fail "it was killed"
	kill "$(cat ../foreign)"
	expect_no_survivor
'

test_done
