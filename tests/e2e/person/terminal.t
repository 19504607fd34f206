#!/bin/sh
# Questions at a terminal.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

command -v python3 >/dev/null || { echo "1..0 # SKIP needs python3"; exit 0; }
export TERM=xterm

on_terminal() { # STATUS SCRIPT COMMAND…
	want=$1
	shift
	got=0
	timeout 40 python3 "$TEST_LIB_DIR/process/on_terminal.py" "$@" >"$CASE/screen" || got=$?
	[ "$got" -eq "$want" ] || { cat -v "$CASE/screen"; fail "exit $got instead of $want"; }
}

release() {
	workflow release <<-\EOT
	steps:
	  - {id: where, ask: {question: "Where to?", choices: [staging, production], default: staging}}
	  - {id: sure, approve: "Deploy to ${steps.where.outputs.answer}?"}
	  - {id: deploy, needs: [sure], run: "echo to-${steps.where.outputs.answer} >> ../ran"}
	EOT
	repeat_runs "people are asked"
}

test_case 'a choice by its number, a yes; both written down with who said it' '
	release
	on_terminal 0 "wait:which text:2 key:Enter wait:[y/n] text:y key:Enter" git wf run release
	expect_ran to-production
	expect_file_contains cortex-brain/workflows/*/journal.ndjson "\"word\":\"answer\",\"answer\":\"production\",\"by\":\"A U Thor <author@example.com>\""
'

test_case 'Enter takes the default; what means nothing is asked again; a no fails' '
	release
	on_terminal 1 "wait:which text:nowhere key:Enter wait:number key:Enter wait:[y/n] text:maybe key:Enter wait:type text:no key:Enter" git wf run release
	expect_ran
	grep -q "Deploy to staging?" ../screen
	grep -q "rejected by A U Thor" ../screen
'

test_case 'Ctrl-C ends the run, and it can be resumed' '
	release
	on_terminal 130 "wait:which sleep:0.2 key:C-c" git wf run release
	git wf status release | grep -q cancelled
	on_terminal 0 "wait:which key:Enter wait:[y/n] text:yes key:Enter" git wf resume
	expect_ran to-staging
'

test_case 'Ctrl-D leaves the question to others: a pause, and 3' '
	release
	on_terminal 3 "wait:which key:C-d" git wf run release
	grep -q "git wf answer" ../screen
	expect_exit 3 git wf answer staging --resume
	expect_ok git wf approve --resume
	expect_ran to-staging
'

test_case 'answered from elsewhere while the terminal asks' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	  - {id: after, needs: [sure], run: echo after >> ../ran}
	EOT
	repeat_runs "people are asked"
	(wait_for 10 grep -rq step.wait cortex-brain; git wf approve >../said 2>&1) &
	on_terminal 0 "wait:[y/n]" git wf run demo
	wait $!
	expect_file_contains ../said "has heard it"
	expect_ran after
'

test_case 'other steps go on meanwhile, and write nothing into the question' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	  - {id: noisy, live: true, run: "while ! test -e ../go; do sleep 0.05; done; echo NOISE; : > ../gone"}
	EOT
	repeat_runs "people are asked"
	(wait_for 10 grep -rq step.wait cortex-brain; sleep 0.3; : > ../go) &
	on_terminal 0 "wait:[y/n] sleep:1.2 text:y key:Enter" git wf run demo
	wait $!
	expect_file ../gone
	# The noise stands behind the answer.
	python3 - ../screen <<-\EOT
	import re, sys
	text = open(sys.argv[1], "rb").read()
	answered = re.search(rb"\[y/n\] (\x1b\[[0-9;]*m)*y\r\n", text)
	assert answered and answered.end() <= text.index(b"NOISE"), text
	EOT
'

test_case 'a secret is not shown, and in no file' '
	workflow demo <<-\EOT
	steps:
	  - {id: key, ask: {question: "Key?", secret: true}}
	  - {id: use, live: true, run: "echo key ${steps.key.outputs.answer}; echo ${steps.key.outputs.answer} > ../got"}
	EOT
	repeat_runs "people are asked"
	on_terminal 0 "wait:shown sleep:0.2 text:s3cr3t-w0rd key:Enter" git wf run demo
	expect_file ../got s3cr3t-w0rd
	! grep -q s3cr3t-w0rd ../screen || fail "it is on the screen"
	! grep -rq s3cr3t-w0rd cortex-brain .git || fail "it is in a file"
	grep -q "key \*\*\*" ../screen
'

test_case 'supervised: yes, no, show, all' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: echo two >> ../ran, risk: high}
	  - {id: three, needs: [two], run: echo three >> ../ran}
	  - {id: four, needs: [three], run: echo four >> ../ran}
	EOT
	repeat_runs "people are asked"
	on_terminal 0 "wait:one text:y key:Enter wait:high text:n key:Enter wait:three text:s key:Enter sleep:0.2 text:a key:Enter" git wf run demo --mode supervised
	expect_ran one three four
	grep -q "risk: high" ../screen
	git wf status demo | grep -q "two *skipped"
'

test_case 'supervised: quit ends the run' '
	workflow demo <<-\EOT
	steps: [{id: one, run: echo one >> ../ran}]
	finally: [{id: clean, run: "true"}]
	EOT
	repeat_runs "people are asked"
	on_terminal 1 "wait:about text:q key:Enter wait:clean text:y key:Enter" git wf run demo --interactive-mode
	expect_ran
	git wf status demo | grep -q cancelled
'

test_case 'a console step and a question take turns at the terminal' '
	workflow demo <<-\EOT
	steps:
	  - {id: edit, console: true, run: "echo ready; read -r line; echo got-$line >> ../ran"}
	  - {id: sure, approve: "Sure?"}
	EOT
	repeat_runs "people are asked"
	on_terminal 0 "wait:ready sleep:0.4 text:hello key:Enter wait:[y/n] text:y key:Enter" git wf run demo -j2
	expect_ran got-hello
'

test_case 'a failure that a person decides about: asked where they are, below what was printed' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: "echo the disk is full; test -e ../mended", on_failure: escalate}
	EOT
	repeat_runs "people are asked"
	on_terminal 1 "wait:which text:retry key:Enter sleep:0.7 text:reject key:Enter" git wf run demo
	[ "$(grep -c "the disk is full" ../screen)" -eq 2 ] || { cat -v ../screen; fail "what was printed"; }
	grep -q "rejected by A U Thor" ../screen
	touch ../mended
	on_terminal 0 "" git wf run demo
'

test_case 'forty columns are enough' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Do you really want to deploy all of the many services to all of the many machines at once?"}
	EOT
	repeat_runs "people are asked"
	on_terminal 0 "wait:[y/n] text:y key:Enter" sh -c "stty columns 40; exec git wf run demo"
	python3 - ../screen <<-\EOT
	import re, sys
	text = re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", open(sys.argv[1]).read())
	shown = [l for l in text.replace("\r", "").split("\n") if "deploy" in l or "machines" in l]
	assert len(shown) > 1 and all(len(l) <= 40 for l in shown), shown
	EOT
'

test_case 'a narrow terminal: mistakes, what comes next and the status are broken where a word ends' '
	workflow demo <<-\EOT
	steps:
	  - {id: integration-tests-of-it, run: exit 3}
	EOT
	expect_tree_changes
	on_terminal 1 "" sh -c "stty columns 40; exec git wf run demo"
	tr -d "\r" < ../screen | grep -q "^What next:" || { cat -v ../screen; fail "not broken at a word"; }
	tr -d "\r" < ../screen | sed "s/$(printf "\033")[^m]*m//g" | grep -qx "      end it for good" || { cat -v ../screen; fail "what next"; }
	on_terminal 0 "" sh -c "stty columns 40; exec git wf status latest"
	tr -d "\r" < ../screen | sed "s/$(printf "\033")[^m]*m//g" > ../plain
	grep -qx "  integration-tests-of-it" ../plain || { cat -v ../screen; fail "status"; }
	grep -qE "^    failed +[0-9.]+s  exit 3" ../plain
	on_terminal 0 "" sh -c "stty columns 40; exec git wf status"
	tr -d "\r" < ../screen | sed "s/$(printf "\033")[^m]*m//g" >> ../plain
	grep -qx "WORKFLOW             RUN    STATUS" ../plain || { cat -v ../screen; fail "table"; }
	! grep -E "^.{41}" ../plain || fail "too long"
	workflow bad <<-\EOT
	steps:
	  - {id: second, run: "echo ${params.environment_name} and something else", timeout: 10x}
	EOT
	on_terminal 129 "" sh -c "stty columns 40; exec git wf validate bad"
	tr -d "\r" < ../screen | sed "s/$(printf "\033")[^m]*m//g" > ../plain
	! grep -E "^.{41}" ../plain || fail "too long"
	grep -qF "timeout: 10x}" ../plain
	grep -qx " *| *^~~" ../plain
	rm .workflows/bad.yml
'

test_case 'in the background nobody is asked' '
	release
	on_terminal 0 "" sh -c "set -m; git wf run release & wait \$!; test \$? -eq 3"
	grep -q "git wf answer" ../screen
'

test_done
