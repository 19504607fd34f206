#!/bin/sh
# ask and approve where nobody sits at a terminal: the run pauses, and people answer from elsewhere.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

release() {
	workflow release <<-\EOT
	steps:
	  - {id: build, run: echo build >> ../ran}
	  - {id: where, ask: {question: "Where to?", choices: [staging, production]}}
	  - {id: sure, needs: [build], approve: "Deploy to ${steps.where.outputs.answer}?"}
	  - id: deploy
	    needs: [sure]
	    run: echo "deploy-${steps.where.outputs.answer}" >> ../ran
	  - {id: docs, run: echo docs >> ../ran}
	EOT
	repeat_runs "people are asked"
}

run_dir() { echo cortex-brain/workflows/*-*; }

test_case 'what does not depend on the question runs, then 3 and the commands' '
	release
	expect_exit 3 git wf run release
	expect_ran build docs
	run=$(basename "$(run_dir)"); run=${run##*-}
	expect_out_contains "Where to?"
	expect_out_contains "git wf answer $run where TEXT"
	expect_out_contains "git wf resume $run"
	git wf status release > ../status
	expect_file_contains ../status "waiting"
	expect_file_contains ../status "git wf answer $run"
	git wf status release --json | grep -q "\"waiting\": 1"
	grep -q "\"kind\":\"pause\"" "$(run_dir)"/checkpoints/*
'

test_case 'with agent the prompt of that stands below the question, with its values, here and in status' '
	workflow demo <<-\EOT
	params: {issue: {default: "7"}}
	steps:
	  - id: fix
	    ask: {question: "Fix it.", agent: fixer, default: done}
	    with: {size: small, where: "${params.issue}"}
	EOT
	expect_exit 129 git wf validate demo
	expect_says "demo.yml:4:39: error: no agent"
	mkdir -p .workflows/agents
	printf "Fix \${params.issu}.\n" > .workflows/agents/fixer.md
	expect_exit 129 git wf validate demo
	expect_says "fixer.md:1:7: error"
	printf "Fix \${params.issue}.\n\nNothing else.\n" > .workflows/agents/fixer.md
	commit_all
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	cat > ../want <<-\EOT
	    .workflows/agents/fixer.md:

	    Fix 7.

	    Nothing else.

	    # Values

	    - size: small
	    - where: 7
	EOT
	sed -n "/fixer.md:/,/where:/p" "$CASE/out" | diff ../want -
	expect_ok git wf status latest
	sed -n "/fixer.md:/,/where:/p" "$CASE/out" | diff ../want -
	expect_ok git wf answer latest fix yes --resume
'

test_case 'answer, approve, resume: to the end, and who said so is written down' '
	release
	expect_exit 3 git wf run release
	expect_exit 129 git wf answer nowhere
	expect_err_contains "none of the answers: staging, production"
	expect_exit 129 git wf approve
	expect_err_contains "wants a text"
	expect_ok git wf answer production
	expect_err_contains "goes on with the run"
	expect_exit 3 git wf resume
	expect_out_contains "Deploy to production?"
	expect_ok git wf approve --resume
	expect_ran build docs deploy-production
	git wf status release --json > ../json
	expect_file_contains ../json "\"by\": \"A U Thor <author@example.com>\""
	expect_file_contains "$(run_dir)/journal.ndjson" "\"type\":\"step.answer\",\"step\":\"sure\",\"word\":\"approve\""
	git wf report release > ../report.md
	expect_file_contains ../report.md "approve by A U Thor"
'

test_case 'a no fails the step, and the next resume asks again' '
	release
	expect_exit 3 git wf run release
	expect_ok git wf answer where staging
	expect_exit 3 git wf resume
	expect_exit 1 git wf reject latest sure "not on a Friday" --resume
	expect_says "rejected by A U Thor <author@example.com>: not on a Friday"
	expect_ran build docs
	expect_exit 3 git wf resume
	expect_exit 0 git wf approve --resume
	expect_ran deploy-staging
'

test_case 'skip leaves the question out, what needs it goes on' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	  - {id: after, needs: [sure], run: echo after >> ../ran}
	EOT
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	expect_ok git wf skip
	expect_err_contains "goes on with the run"
	expect_ok git wf resume
	expect_ran after
	git wf status demo --json | grep -q "\"status\": \"skipped\""
'

test_case 'the second answer is told whose the first was' '
	release
	expect_exit 3 git wf run release
	expect_ok git wf answer where staging
	expect_exit 1 git wf answer where production
	expect_err_contains "was answered already, by A U Thor"
	expect_exit 3 git wf resume -q
	grep -q "Deploy to staging" "$(run_dir)/journal.ndjson"
'

test_case 'two at the same time: one counts, the other is told' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	EOT
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	git wf approve demo sure > ../a 2>&1 & one=$!
	git wf reject demo sure > ../b 2>&1 & two=$!
	a=0; b=0
	wait $one || a=$?
	wait $two || b=$?
	case $a$b in
	01 | 10) ;;
	*) cat ../a ../b; fail "exits $a and $b" ;;
	esac
	expect_equal "$(grep -c step.answer "$(run_dir)/journal.ndjson")" 1
	cat ../a ../b | grep -q "already, by A U Thor"
'

# approve waits while build is at work
busy() {
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	  - {id: busy, run: "while test -e ../slow; do sleep 0.05; done"}
	  - {id: after, needs: [sure], run: "echo after >> ../ran; rm -f ../slow"}
	EOT
	: > ../slow
	repeat_runs "people are asked"
	git-wf run demo > ../background 2>&1 </dev/null &
	pid=$!
	wait_for 10 grep -rq step.wait cortex-brain
}

test_case 'an engine that is alive hears it at once' '
	busy
	git wf status demo | grep -q "sure *waiting"
	expect_ok git wf approve
	expect_err_contains "has heard it"
	wait $pid || fail "exit $?"
	expect_ran after
	expect_equal "$(ls "$(run_dir)/inbox")" ""
	expect_file_contains ../background "yes, by A U Thor"
	expect_exit 1 git wf approve demo sure
'

test_case 'a no to an engine that is alive' '
	busy
	expect_ok git wf reject
	rm ../slow
	got=0; wait $pid || got=$?
	expect_equal $got 1
	expect_file_contains ../background "rejected by A U Thor"
	expect_ran
'

test_case 'skip to an engine that is alive' '
	busy
	expect_ok git wf skip demo sure
	wait $pid || fail "exit $?"
	expect_ran after
'

test_case 'kill -9 while it waits: the question stays, and can be answered' '
	busy
	kill_engine $pid
	wait $pid || :
	git wf status demo | grep -q "sure *waiting"
	expect_ok git wf approve
	rm -f ../slow
	expect_ok git wf resume
	expect_ran after
	grep -c step.wait "$(run_dir)/journal.ndjson" | grep -qx 1
'

test_case 'an answer is for what was asked: other inputs are asked about anew' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Deploy this?", inputs: [what]}
	  - {id: after, needs: [sure], run: echo after >> ../ran}
	EOT
	echo 1 > what; commit_all
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	expect_ok git wf approve
	echo 2 > what
	expect_exit 3 git wf resume
	expect_ran
	expect_ok git wf approve --resume
	expect_ran after
'

test_case 'a failure elsewhere: the run has failed and nobody is asked any more' '
	workflow demo <<-\EOT
	steps:
	  - {id: sure, approve: "Sure?"}
	  - {id: bad, run: sleep 0.2; exit 1}
	EOT
	expect_exit 1 git wf run demo
	expect_exit 129 git wf approve
	expect_err_contains "no run waits"
'

test_case 'timeout: the default counts, without one the step fails; the run stays for it' '
	workflow demo <<-\EOT
	steps:
	  - {id: where, ask: {question: "Where?", default: staging, timeout: 200ms}}
	  - {id: after, run: "echo ${steps.where.outputs.answer} >> ../ran"}
	EOT
	repeat_runs "people are asked"
	expect_ok git wf run demo
	expect_ran staging
	workflow demo <<-\EOT
	steps:
	  - {id: where, ask: {question: "Where?", timeout: 200ms}}
	EOT
	expect_exit 1 git wf run demo
	expect_says "nobody answered within 0.20s"
'

test_case 'waiting for a person does not count for the timeout of the run' '
	workflow demo <<-\EOT
	timeout: 1s
	steps:
	  - {id: where, ask: {question: "Where?", default: x, timeout: 1500ms}}
	  - {id: after, needs: [where], run: echo after >> ../ran}
	EOT
	repeat_runs "people are asked"
	expect_ok git wf run demo
	expect_ran after
'

test_case 'steps and if are steered by the answer' '
	workflow demo <<-\EOT
	steps:
	  - {id: where, ask: {question: "Where?", choices: [a, b], default: b}}
	  - {id: to-a, if: "steps.where.outputs.answer == '"'a'"'", run: echo a >> ../ran}
	  - {id: to-b, if: "steps.where.outputs.answer == '"'b'"'", run: echo b >> ../ran}
	EOT
	repeat_runs "people are asked"
	expect_ok git wf run demo --yes
	expect_ran b
	GIT_WF_ANSWER_WHERE=a expect_ok git wf run demo
	expect_ran a
	GIT_WF_ANSWER_WHERE=c expect_exit 3 git wf run demo
	expect_says "none of the answers"
'

test_case 'a secret answer: masked, in no file, asked again by resume' '
	workflow demo <<-\EOT
	steps:
	  - {id: key, ask: {question: "Key?", secret: true}}
	  - {id: use, run: "echo key is ${steps.key.outputs.answer} | tee ../seen", live: true}
	EOT
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	expect_exit 129 git wf answer key s3cr3t-w0rd
	expect_err_contains "GIT_WF_ANSWER_"
	GIT_WF_ANSWER_KEY=s3cr3t-w0rd expect_ok git wf resume
	expect_file ../seen "key is s3cr3t-w0rd"
	expect_out_contains "key is ***"
	! grep -rq s3cr3t-w0rd cortex-brain .git || fail "it is in a file: $(grep -rl s3cr3t-w0rd cortex-brain .git)"
'

test_case 'several wait: say which' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, approve: "One?"}
	  - {id: two, approve: "Two?"}
	EOT
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo
	expect_exit 129 git wf approve
	expect_err_contains "several steps wait"
	expect_exit 129 git wf approve demo on
	expect_err_contains "did you mean '"'one'"'"
	expect_ok git wf approve one
	expect_ok git wf approve --resume
'

test_case 'supervised without a terminal: each step waits for its yes' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: echo two >> ../ran, risk: high}
	EOT
	repeat_runs "people are asked"
	expect_exit 3 git wf run demo --mode supervised
	expect_ran
	expect_exit 3 git wf approve --resume
	expect_ran one
	expect_ok git wf approve --resume
	expect_ran two
	expect_exit 3 git wf run demo --mode=hybrid
	expect_ran one
	expect_ok git wf reject --resume
	expect_ran
	expect_ok git wf run demo --interactive-mode --yes
	expect_ran one two
	printf "[run]\nmode = hybrid\n" > .workflows/config.ini
	expect_exit 3 git wf run demo
	expect_ok git wf run demo --mode autopilot
'

test_done
