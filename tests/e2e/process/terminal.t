#!/bin/sh
# Ctrl-C and Ctrl-Z on a terminal, through git.
. "${0%/*}/../lib.sh"

command -v python3 >/dev/null || { echo "1..0 # SKIP needs python3"; exit 0; }
export TERM=xterm

on_terminal() { # STATUS SCRIPT COMMAND…
	want=$1
	shift
	got=0
	timeout 40 python3 "$TEST_SOURCE/on_terminal.py" "$@" >"$CASE/screen" || got=$?
	[ "$got" -eq "$want" ] || { cat -v "$CASE/screen"; fail "exit $got instead of $want"; }
}

slow_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: quick, run: "true"}
	  - {id: slow, needs: [quick], run: "trap \"echo term >> ../ended; exit 1\" TERM; echo started; touch ../started; sleep 300 & wait"}
	  - {id: never, needs: [slow], run: touch ../never}
	EOT
}

test_case 'one Ctrl-C through git wf: TERM, saved, the way on is shown' '
	slow_workflow
	start=$(date +%s)
	on_terminal 130 "wait:slow sleep:0.5 key:C-c" git wf run demo
	[ $(($(date +%s) - start)) -le 5 ] || fail "it took too long"
	expect_file ../ended term
	expect_no_file ../never
	grep -q "git wf resume" ../screen
'

test_case 'a step that ignores TERM: the second Ctrl-C kills' '
	workflow demo <<-\EOT
	steps:
	  - {id: slow, run: "trap \"\" TERM INT; echo started; while :; do sleep 300; done"}
	EOT
	start=$(date +%s)
	on_terminal 130 "wait:slow sleep:0.5 key:C-c sleep:0.8 key:C-c" git wf run demo
	[ $(($(date +%s) - start)) -le 4 ] || fail "it took too long"
'

test_case 'Ctrl-C straight to the program' '
	slow_workflow
	on_terminal 130 "wait:slow sleep:0.5 key:C-c" git-wf run demo
	expect_file ../ended term
	expect_no_file ../never
'

test_case 'on a terminal the last line is whole and the cursor is given back' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: sleep 0.3}
	  - {id: b, run: echo hello}
	EOT
	on_terminal 0 "" git wf run demo
	grep -q Passed ../screen
	hidden=$(grep -o "$(printf "\033")\[?25l" ../screen | wc -l)
	shown=$(grep -o "$(printf "\033")\[?25h" ../screen | wc -l)
	[ "$shown" -ge "$hidden" ] || fail "the cursor stays hidden"
'

test_case 'a console step reads what is typed' '
	workflow demo <<-\EOT
	steps:
	  - {id: ask, console: true, run: "echo ready; read -r answer; echo $answer > ../answer"}
	EOT
	on_terminal 0 "wait:ready sleep:0.2 text:yes key:Enter" git wf run demo
	expect_file ../answer yes
'

test_case 'Ctrl-C while a console step has the terminal ends the run' '
	workflow demo <<-\EOT
	steps:
	  - {id: edit, console: true, run: "echo ready; sleep 300"}
	  - {id: never, needs: [edit], run: touch ../never}
	EOT
	got=0
	timeout 40 python3 "$TEST_SOURCE/on_terminal.py" "wait:ready sleep:0.3 key:C-c" git wf run demo >"$CASE/screen" || got=$?
	cat -v "$CASE/screen"
	[ $got -eq 130 ] || [ $got -eq 1 ] || fail "exit $got"
	expect_no_file ../never
'

test_case 'the terminal goes away: the run ends and is saved' '
	slow_workflow
	python3 - <<-\EOT
	import os, pty, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.execvp("git", ["git", "wf", "run", "demo"])
	while not os.path.exists("../started"):
	    time.sleep(0.05)
	os.close(fd)
	for i in range(100):
	    if os.waitpid(pid, os.WNOHANG)[0]:
	        break
	    time.sleep(0.1)
	else:
	    os.kill(pid, 9)
	    raise SystemExit("still there after 10 s")
	EOT
	expect_no_file ../never
	wait_for 7 test -e ../ended
'

test_case 'a step that reads the terminal from the background: what it lacks is said, once' '
	workflow demo <<-\EOT
	steps:
	  - {id: ask, run: "read -r answer </dev/tty; echo $answer"}
	EOT
	on_terminal 130 "wait:console: sleep:0.6 key:C-c" git wf run demo
	[ "$(grep -c "\"type\":\"note\".*console: true" cortex-brain/workflows/demo-*/journal.ndjson)" -eq 1 ]
'

test_done
