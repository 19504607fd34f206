#!/bin/sh
# Gates: what a workflow or a step requires and ensures.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'nothing runs where what the workflow requires does not hold, and all of it is told' '
	workflow demo <<-\EOT
	requires:
	  - commands: [sh, no-such-program]
	  - env: [NO_SUCH_VARIABLE]
	    message: set it first
	  - files: [README, .workflows/]
	steps:
	  - {id: s, run: echo s >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran
	expect_out_contains "no no-such-program"
	expect_out_contains "set it first"
	expect_out_contains "no README"
	expect_out_contains "3 failed"
	grep -h "\"type\":\"gate\"" cortex-brain/workflows/*/journal.ndjson >../gates
	expect_lines 3 ../gates
'

test_case 'gates that look hold without a run where all is cached' '
	workflow demo <<-\EOT
	requires:
	  - commands: [sh]
	  - files: [{path: .workflows/demo.yml, access: r}]
	  - branch: [ma*]
	  - disk: 1M
	  - memory: 1M
	  - permissions: {.workflows/demo.yml: r}
	ensures:
	  - if: steps.s.status == "passed"
	steps:
	  - {id: s, run: echo s >> ../ran, inputs: []}
	EOT
	expect_ok git wf run demo
	expect_ran s
	expect_ok git wf run demo
	expect_out_contains "nothing to do (1 step, cached)"
	expect_ok git wf plan demo --check
	expect_equal "$(ls cortex-brain/workflows | grep -c demo)" 1
'

test_case 'level: warning, --strict, --lenient' '
	workflow demo <<-\EOT
	requires: [{files: [absent], level: warning}]
	steps:
	  - {id: s, run: echo s >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_out_contains "warning"
	expect_ran s
	expect_exit 1 git wf run demo --strict
	expect_ran
	sed -i "s/, level: warning//" .workflows/demo.yml
	expect_exit 1 git wf run demo
	expect_ok git wf run demo --lenient
	expect_ran s
	expect_exit 129 git wf run demo --lenient --strict
'

test_case 'a step runs only if what it requires holds; plan says so before' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: echo s >> ../ran, requires: {files: [here]}}
	EOT
	repeat_runs "not cached"
	expect_ok git wf plan demo
	expect_out_contains "1 gate would fail"
	expect_out_contains "would fail: requires[1] files: no here"
	expect_exit 1 git wf run demo
	expect_ran
	touch here
	expect_ok git wf plan demo
	expect_out_lacks "would fail"
	expect_ok git wf run demo
	expect_ran s
'

test_case 'what a step ensures decides about its result, and whether it is remembered' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    run: echo s >> ../ran; echo "n=$(cat n)" >> "$WF_OUTPUT"; cp n out
	    inputs: [n]
	    outputs: [out]
	    ensures: [{if: steps.s.outputs.n > 3}, {run: "test -s out"}]
	  - {id: below, needs: [s], run: echo below >> ../ran}
	EOT
	expect_tree_changes
	echo 3 >n
	expect_exit 1 git wf run demo
	expect_ran s
	expect_out_contains "steps.s.outputs.n is 3"
	expect_exit 1 git wf run demo
	expect_ran s
	echo 4 >n
	expect_ok git wf run demo
	expect_ran s below
	expect_ok git wf run demo
	expect_ran below
	sed -i "s/n > 3/n > 4/" .workflows/demo.yml
	expect_exit 1 git wf run demo
	expect_ran s
	repeat_runs "not cached"
'

test_case 'a try that does not ensure what it should is one of the tries' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    run: echo s >> ../ran
	    retry: {attempts: 3}
	    ensures: [{run: "test $(wc -l < ../ran) -ge 2"}]
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran s s
'

test_case 'each item of a foreach has its own result' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    foreach: {n: [1, 2]}
	    run: echo "n=${each.n}" >> "$WF_OUTPUT"
	    ensures: [{if: steps.s.outputs.n == each.n}]
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
'

test_case 'a gate with run: its time limit, its end, its log' '
	workflow demo <<-\EOT
	steps:
	  - id: slow
	    run: echo slow >> ../ran
	    requires: [{run: "echo waiting; sleep 60 & wait", timeout: 200ms}]
	EOT
	expect_exit 1 git wf run demo
	expect_ran
	expect_out_contains "timed out: waiting"
	grep -q waiting cortex-brain/workflows/demo-*/logs/*requires1*
'

test_case 'the ensures of the workflow: after the last step, not for a part of it' '
	workflow demo <<-\EOT
	ensures: [{run: "echo ensured >> ../ran; test -e never"}]
	steps:
	  - {id: a, run: echo a >> ../ran}
	  - {id: b, needs: [a], run: echo b >> ../ran}
	finally:
	  - {id: clean, run: echo clean >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo
	expect_ran a b ensured clean
	expect_ok git wf run demo a
	expect_ran a clean
'

test_case 'clean, matches, json by a schema' '
	workflow demo <<-\EOT
	requires:
	  - clean: true
	  - matches: {file: notes, pattern: "^version [0-9]+$"}
	  - json: {file: data.json, schema: schema.json}
	steps:
	  - {id: s, run: "true"}
	EOT
	cat >schema.json <<-\EOT
	{"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/n"}}},
	 "$defs": {"n": {"type": "integer", "minimum": 1}}}
	EOT
	printf "title\nversion 7\n" >notes
	echo "{\"a\": [1, 2]}" >data.json
	commit_all
	repeat_runs "not cached"
	expect_ok git wf run demo
	echo "{\"a\": [1, 0]}" >data.json
	echo "version seven" >notes
	expect_exit 1 git wf run demo
	expect_out_contains "changes in data.json, notes"
	expect_out_contains "no such line in notes"
	expect_out_contains "/a/1: must be at least 1, is 0"
	echo "{\"format\": \"date\"}" >schema.json
	expect_exit 1 git wf run demo
	expect_out_contains "keyword '\''format'\'' is not supported"
'

test_case 'a number against those of earlier runs' '
	workflow demo <<-\EOT
	params: {n: {type: number, required: true}}
	ensures: [{baseline: {value: params.n, worse_by: "10%"}}]
	steps:
	  - {id: s, run: "true"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo --n 100
	expect_ok git wf run demo --n 91
	expect_exit 1 git wf run demo --n 80
	expect_out_contains "the median of the last 2 runs that passed is 95.5"
	expect_ok git wf run demo --n 80 --lenient
	expect_exit 1 git wf run demo --n 80
'

test_case 'secrets in what is staged, and in all files' '
	workflow demo <<-\EOT
	requires: [{no_secrets: staged}]
	steps:
	  - {id: s, run: "true"}
	EOT
	commit_all
	repeat_runs "not cached"
	expect_ok git wf run demo
	printf "fine\nkey = AKIA%s\n" ABCDEFGHIJKLMNOP >conf
	expect_ok git wf run demo
	git add conf
	expect_exit 1 git wf run demo
	expect_out_contains "an AWS access key in conf:2"
	expect_out_lacks ABCDEFGHIJKLMNOP
	sed -i "s/\$/ # secrets: allow/" conf
	git add conf
	expect_ok git wf run demo
	sed -i "s/staged/all/" .workflows/demo.yml
	printf "password: \"%s\"\n" "q8Zr2LmX9vTk4Wp7" >deploy.conf
	expect_exit 1 git wf run demo
	expect_out_contains "a secret in plain text in deploy.conf:1"
	echo "deploy.*" >.workflows/secrets-allow
	expect_ok git wf run demo
'

test_case '--custom-gates: gates of a file, and its mistakes with its name' '
	workflow demo <<-\EOT
	requires: [{commands: [sh]}]
	steps:
	  - {id: s, run: echo s >> ../ran}
	EOT
	cat >mine.yml <<-\EOT
	requires: [{files: [absent]}]
	EOT
	expect_exit 1 git wf run demo --custom-gates mine.yml
	expect_out_contains "requires[2] files"
	expect_ran
	echo "- {flies: [absent]}" >mine.yml
	expect_exit 129 git wf run demo --custom-gates mine.yml
	expect_err_contains "mine.yml:1:4: error: unknown key"
	expect_err_contains "did you mean"
	expect_exit 129 git wf run demo --custom-gates nowhere.yml
	expect_err_contains nowhere.yml
'

test_case 'resume after a kill in a gate: it is checked again, what passed stays' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a >> ../ran}
	  - id: b
	    needs: [a]
	    run: echo b >> ../ran
	    requires: [{run: "echo gate >> ../ran; test -e ../go || { touch ../in; sleep 60; }"}]
	EOT
	git-wf run demo >../first 2>&1 &
	engine=$!
	wait_for 10 test -e ../in
	kill_engine $engine
	wait $engine 2>/dev/null || :
	touch ../go
	repeat_runs "not cached"
	expect_ok git wf resume
	expect_ran a gate gate b
'

test_case 'a cancelled run ends the process of a gate' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    run: echo s >> ../ran
	    ensures: [{run: "touch ../in; sleep 60"}]
	EOT
	git wf run demo >../first 2>&1 &
	engine=$!
	wait_for 10 test -e ../in
	kill -TERM $engine
	wait $engine && fail "it passed" || expect_equal $? 143
	expect_ran s
	grep -q cancelled ../first
'

test_case 'a run that takes longer than expected says so' '
	workflow demo <<-\EOT
	expected_duration: 10ms
	steps:
	  - {id: s, run: sleep 0.1}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo --report markdown:../run.md
	expect_out_contains "It took longer than the expected"
	expect_file_contains ../run.md "It took longer than the expected 0"
	expect_ok git wf status latest --json
	expect_out_contains "\"expected_ms\": 10"
	expect_out_contains "\"took_longer\": true"
'

# Of each step that is named: how often the journal says that it ended, and how.
expect_ends() { # STEP STATUS…
	while [ $# -gt 0 ]; do
		cat cortex-brain/workflows/*/journal.ndjson | grep "\"step.end\".*\"step\":\"$1\"" >"$CASE/ends" || :
		expect_lines 1 "$CASE/ends"
		grep -q "\"status\":\"$2\"" "$CASE/ends" || fail "$1 is not $2: $(cat "$CASE/ends")"
		shift 2
	done
}

test_case 'a race that is decided while gates of others in it are due' '
	workflow demo <<-\EOT
	steps:
	  - id: race
	    wait_for: first
	    steps:
	      - {id: a, requires: [{files: [nope]}], run: echo a >> ../ran}
	      - {id: b, requires: [{files: [nope]}], run: echo b >> ../ran}
	      - {id: c, requires: [{files: [nope]}], run: echo c >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j4
	expect_ran
	[ "$(grep -c "\"step.end\"" cortex-brain/workflows/*/journal.ndjson)" -eq 3 ] || fail "some ended twice, or never"
	[ "$(grep -c "\"step.end\".*\"failed\"" cortex-brain/workflows/*/journal.ndjson)" -eq 1 ]
'

test_case 'nothing starts any more when something failed while its gates were checked' '
	workflow demo <<-\EOT
	steps:
	  - id: late
	    requires: [{run: "touch ../in; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.03; done"}]
	    run: echo late >> ../ran
	  - {id: bad, run: "until test -e ../in; do sleep 0.01; done; exit 1"}
	EOT
	expect_exit 1 git wf run demo -j4
	expect_ran
	expect_ends bad failed late skipped
'

test_case 'a run goes on with the custom gates that it was started with, from anywhere' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "test -e ../go"}
	EOT
	mkdir sub
	echo "ensures: [{files: [absent], message: it has to be there}]" > sub/gates.yml
	cd sub
	expect_exit 1 git wf run demo --custom-gates gates.yml
	cd ..
	: > ../go
	expect_exit 1 git wf resume
	expect_out_contains "it has to be there"
	rm sub/gates.yml
	expect_exit 129 git wf resume
	expect_err_contains "cannot read the gates"
'

test_case 'a group: what it requires comes before its steps, what it ensures after them' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - id: g
	    needs: [one]
	    env: {WHERE: ../ran}
	    requires: [{run: "echo requires >> \"$WHERE\""}, {files: [here]}]
	    ensures: [{run: "echo ensures >> ../ran"}, {if: "steps.a.outputs.n > 3"}]
	    on_failure: [told]
	    steps:
	      - {id: a, run: "echo a >> ../ran; echo n=$N >> \"$WF_OUTPUT\"", env: {N: "${env.N}"}}
	      - {id: in, steps: [{id: b, needs: [a], run: echo b >> ../ran}]}
	  - {id: last, needs: [g], run: "echo last ${steps.g.status} >> ../ran"}
	  - {id: told, run: "echo told ${error.step} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo -j 1
	expect_ran one requires "told g.requires"
	expect_out_contains "no here"
	: > here
	N=3 expect_exit 1 git wf run demo -j 1
	expect_ran one requires a b ensures "told g.ensures"
	N=4 expect_ok git wf run demo -j 1
	expect_ran one requires a b ensures "last passed"
	expect_ok git wf show demo
	expect_out_contains "g.requires"
	expect_ok git wf run demo one
	expect_ran one
'

test_case 'a group that is not to run checks nothing; one that may fail fails alone' '
	workflow demo <<-\EOT
	steps:
	  - {id: off, if: "false", requires: [{run: echo off >> ../ran}], steps: [{id: a, run: echo a >> ../ran}]}
	  - {id: soft, on_failure: continue, requires: [{files: [absent]}], steps: [{id: a, run: echo a >> ../ran}]}
	  - {id: last, run: "echo last >> ../ran"}
	  - {id: warn, needs: [last], ensures: [{files: [absent], level: warning}], steps: [{id: a, run: echo warn >> ../ran}]}
	EOT
	expect_exit 1 git wf run demo -j 1
	expect_ran last warn
'

test_case 'a step with uses: its gates are those of the file it stands in, around those of the other' '
	workflow lib <<-\EOT
	params: {x: {required: true}}
	requires: [{run: "echo inner ${params.x} >> ../ran"}]
	ensures: [{run: "echo inner after >> ../ran"}]
	steps: [{id: a, run: echo a >> ../ran}]
	EOT
	workflow demo <<-\EOT
	params: {y: {default: outer}}
	steps:
	  - {id: u, uses: lib, with: {x: 1}, requires: [{run: "echo ${params.y} >> ../ran"}], ensures: [{run: "echo ${params.y} after >> ../ran"}, {files: [made]}]}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo -j 4
	expect_ran outer "inner 1" a "inner after" "outer after"
	expect_out_contains "no made"
	: > made
	expect_ok git wf resume
	expect_ran outer "inner 1" "inner after" "outer after"
'

test_case 'a race: what it requires before it, what it ensures when it is decided, not if nobody won' '
	workflow demo <<-\EOT
	params: {go: {default: "0"}}
	steps:
	  - id: g
	    wait_for: any
	    requires: [{run: "echo first >> ../ran"}]
	    ensures: [{run: "echo after >> ../ran; test -e ../good"}]
	    steps:
	      - {id: slow, run: "sleep 60; echo slow >> ../ran"}
	      - {id: quick, run: "echo quick >> ../ran; exit ${params.go}"}
	      - {id: bad, run: exit 1}
	  - {id: last, needs: [g], run: "echo last ${steps.g.status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo -j 4
	expect_ran first quick after
	: > ../good
	expect_ok git wf run demo -j 4
	expect_ran first quick after "last passed"
	sed -i /slow/d .workflows/demo.yml
	expect_exit 1 git wf run demo --go 3 -j 4
	expect_ran first quick
'

test_case 'a question: nobody is asked where what it requires does not hold, and an answer may be refused' '
	workflow demo <<-\EOT
	steps:
	  - id: q
	    ask: {question: How many?}
	    requires: [{files: [here]}, {run: "echo requires >> ../ran"}]
	    ensures: [{if: "steps.q.outputs.answer > 3", message: too few}, {run: "echo ensures >> ../ran"}]
	  - {id: a, needs: [q], approve: "Go on?", ensures: [{files: [there]}]}
	  - {id: last, needs: [a], run: "echo ${steps.q.outputs.answer} >> ../ran"}
	EOT
	repeat_runs "asks"
	expect_exit 1 git wf run demo
	expect_ran requires
	expect_out_contains "no here"
	: > here
	expect_exit 3 git wf resume
	expect_ran requires
	expect_ok git wf answer latest q 2
	expect_exit 1 git wf resume
	expect_ran ensures
	expect_out_contains "too few"
	expect_exit 3 git wf resume
	expect_ran requires
	expect_ok git wf answer latest q 4
	expect_exit 3 git wf resume
	expect_ran ensures
	expect_ok git wf approve
	expect_exit 1 git wf resume
	expect_ran
	: > there
	expect_ok git wf resume --yes
	expect_ran 4
'

test_done
