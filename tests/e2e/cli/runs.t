#!/bin/sh
# Commands about runs: status, log, history, resume, cache; and the ways a run is shown.
. "${0%/*}/../lib.sh"

json() {
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
assert d[\"schema\"] == 1, d
assert $1, d" "$CASE/out"
}

failing() {
	workflow demo <<-\EOT
	params:
	  how: {default: bad}
	  token: {secret: true, default: ""}
	steps:
	  - {id: first, run: echo hello from first, inputs: []}
	  - id: check
	    needs: [first]
	    retry: {attempts: 2, delay: 1ms}
	    run: "echo trying ${params.how} with ${params.token}; test ${params.how} = good"
	    inputs: []
	  - {id: last, needs: [check], run: echo last, inputs: []}
	EOT
}

has_begun() {
	grep -q begin cortex-brain/workflows/slow-*/logs/*
}

test_case 'status and history without any run say so' '
	expect_ok git wf status
	expect_out_empty
	expect_ok git wf history
	expect_out_empty
	expect_ok git wf status --json
	json "d[\"runs\"] == []"
	expect_exit 1 git wf status --exit-code
	expect_exit 129 git wf resume
	expect_exit 129 git wf log
	failing
	expect_exit 129 git wf status demo
	expect_err_contains "has not run here yet"
	expect_exit 1 git wf status demo --exit-code
	expect_exit 129 git wf status demmo --exit-code
'

test_case 'status tells how a run stands, by every name of it' '
	failing
	expect_exit 1 git wf run demo
	expect_ok git wf status
	expect_out_matches "^demo +[0-9a-f]{6} +failed +3/3"
	short=$(sed -n "s/^demo *\([0-9a-f]*\).*/\1/p" "$CASE/out")
	run=$(ls cortex-brain/workflows | grep ^demo-)
	for name in "$short" demo latest "$run" "${run%??}"; do
		expect_ok git wf status "$name"
		expect_out_contains "$run: failed"
		expect_out_matches "check +failed .* exit 1 .*attempt 2/2"
		expect_out_contains "git wf resume $short"
	done
	expect_ok git wf status --execution-id "$short"
	expect_exit 1 git wf status demo --exit-code
	expect_exit 1 git wf status --exit-code
	expect_exit 129 git wf status nothing
'

test_case 'status in lines and in JSON' '
	failing
	expect_exit 1 git wf run demo
	expect_ok git wf status demo --porcelain
	expect_out_matches "^run	demo-[-0-9a-f]*	demo	failed	[0-9]+	[0-9]+	3	3$"
	expect_out_matches "^step	first	passed	run	0	1	[0-9]+$"
	expect_out_matches "^step	check	failed	run	1	2	[0-9]+$"
	expect_out_matches "^step	last	skipped	skip	"
	expect_ok git wf status demo --json
	json "d[\"status\"] == \"failed\" and d[\"counts\"][\"failed\"] == 1"
	expect_ok git wf status --json
	json "d[\"runs\"][0][\"workflow\"] == \"demo\""
'

test_case 'every member of an answer and of an event is in the manual' '
	require python3
	failing
	expect_exit 1 git wf run demo --events ../events
	for command in status "status demo" history list "show demo" validate "plan demo" \
		"explain demo" "cache info" "cache gc" "cache verify" config version \
		"hooks status" "new --list" stats snapshots; do
		expect_ok git wf $command --json
		cat "$CASE/out" >>../answers
	done
	python3 - "$TEST_TOP"/src/cli/man/git-wf*.1.scd <<-\EOT
		import json, re, sys
		keys = set()
		def walk(value, own=True):
		    for key in value if isinstance(value, dict) and own else ():
		        keys.add(key)
		    items = value.items() if isinstance(value, dict) else enumerate(value) \
		        if isinstance(value, list) else ()
		    for key, item in items:
		        walk(item, key not in ("outputs", "libraries"))
		text, decoder = open("../answers").read(), json.JSONDecoder()
		while text.strip():
		    value, end = decoder.raw_decode(text.lstrip())
		    text = text.lstrip()[end:]
		    walk(value)
		for line in open("../events"):
		    walk(json.loads(line))
		words = set(re.findall(r"[*_]([a-z][a-z0-9_]*?)[*_](?![a-z])", "".join(map(lambda f: open(f).read(), sys.argv[1:]))))
		assert keys - words == set(), sorted(keys - words)
	EOT
	rm ../answers ../events
'

test_case 'log shows what steps wrote, of every attempt' '
	failing
	expect_exit 1 git wf run demo --token s3cret
	expect_ok git wf log demo first
	expect_out_is <<-\EOT
	hello from first
	EOT
	expect_ok git wf log
	expect_out_contains "==> first <=="
	expect_out_contains "==> check (attempt 2) <=="
	expect_out_contains "trying bad"
	expect_out_lacks s3cret
	expect_exit 129 git wf log demo chekc
	expect_err_contains "did you mean '\''check'\''?"
'

test_case 'log of a foreach has all its items, or one' '
	workflow each <<-\EOT
	steps:
	  - {id: t, foreach: {x: [a, "b c"]}, run: "echo item ${each.x}", inputs: []}
	EOT
	expect_ok git wf run each
	expect_ok git wf log each t
	expect_out_contains "item a"
	expect_out_contains "item b c"
	expect_ok git wf log each "t[b c]"
	expect_out_is <<-\EOT
	item b c
	EOT
'

test_case 'log -f goes on until the run ends' '
	workflow slow <<-\EOT
	steps:
	  - id: s
	    run: "echo begin; while [ ! -e go ]; do sleep 0.05; done; echo end"
	EOT
	echo go >>.git/info/exclude
	git wf run slow >/dev/null &
	wait_for 5 has_begun
	git wf log slow s -f >"$CASE/followed" &
	wait_for 5 grep -q begin "$CASE/followed"
	touch go
	wait
	expect_equal "$(cat "$CASE/followed")" "begin
end"
'

test_case 'resume says what will run and goes on with the run' '
	failing
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume
	expect_out_matches "^  run +check"
	expect_ok git wf resume -n
	expect_out_matches "^  pending +last"
	expect_ok git wf resume demo -p how=good
	expect_ok git wf status demo
	expect_out_contains ": passed"
	expect_out_matches "first +passed +cached"
	expect_out_contains "resumed 2 times"
	expect_exit 129 git wf resume
	expect_exit 129 git wf resume demo
	expect_err_contains "has passed"
'

test_case 'resume keeps the parameters and the selection of the run' '
	failing
	expect_exit 1 git wf run demo --how worse --only check
	sed -i "s/= good/!= good/" .workflows/demo.yml
	expect_ok git wf resume
	expect_ok git wf log demo check
	expect_out_contains "trying worse"
	expect_ok git wf status demo
	expect_out_lacks last
'

test_case 'a value that resume was given is the value of the run from then on' '
	workflow demo <<-\EOT
	params: {how: {default: bad}, tag: {type: list, default: [a]}}
	steps:
	  - {id: s, run: "echo ${params.how} ${params.tag} >> ../shown; test -e ../go"}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo --tag x --tag y
	expect_exit 1 git wf resume -p how=better
	expect_exit 1 git wf resume --tag z
	: >../go
	expect_ok git wf resume
	expect_file ../shown "bad x y
better x y
better z
better z"
	rm ../go ../shown
'

test_case 'a secret is asked for again' '
	workflow s <<-\EOT
	params:
	  token: {secret: true, required: true}
	steps:
	  - {id: a, run: "test ${params.token} = right", inputs: []}
	EOT
	expect_exit 1 git wf run s --token wrong-one
	! grep -rq wrong-one cortex-brain .git/wf
	expect_exit 129 git wf resume
	expect_err_contains GIT_WF_PARAM_TOKEN
	expect_ok env GIT_WF_PARAM_TOKEN=right git wf resume
'

test_case 'run --resume goes on with the last run, or begins one' '
	failing
	expect_exit 1 git wf run demo --resume
	expect_ok git wf run demo --resume --how good
	expect_equal "$(ls cortex-brain/workflows | grep -c ^demo-)" 1
'

test_case 'a run that is alive is left alone' '
	workflow slow <<-\EOT
	steps:
	  - {id: s, run: "echo begin; while [ ! -e go ]; do sleep 0.05; done"}
	EOT
	echo go >>.git/info/exclude
	git wf run slow >/dev/null &
	wait_for 5 has_begun
	expect_exit 4 git wf resume slow
	expect_exit 4 git wf run slow
	expect_out_empty
	expect_err_contains "is at work in this worktree"
	expect_ok git wf status slow
	expect_out_contains ": running"
	expect_exit 1 git wf status slow --exit-code
	touch go
	wait
'

test_case 'a run that a signal ends dies of it, saves its state and says how to go on' '
	workflow slow <<-\EOT
	steps:
	  - {id: s, run: "echo begin; sleep 30"}
	EOT
	git-wf run slow >"$CASE/run" 2>&1 &
	pid=$!
	wait_for 5 has_begun
	kill -TERM $pid
	got=0
	wait $pid || got=$?
	expect_equal "$got" 143
	expect_file_contains "$CASE/run" "git wf resume"
	expect_ok git wf status slow
	expect_out_contains ": cancelled"
'

test_case 'history has every run, also those that had nothing to do' '
	failing
	expect_exit 1 git wf run demo
	expect_ok git wf run demo --how good
	expect_ok git wf run demo --how good
	expect_ok git wf history
	expect_lines 4 "$CASE/out"
	expect_ok git wf history -n 1
	expect_lines 2 "$CASE/out"
	expect_out_matches "^demo +- +passed"
	expect_ok git wf history nothing
	expect_out_empty
	expect_ok git wf history --json
	json "[r[\"status\"] for r in d[\"runs\"]] == [\"passed\", \"passed\", \"failed\"]"
'

test_case 'a run with nothing to do says one line, and with -q none' '
	failing
	expect_ok git wf run demo --how good
	expect_ok git wf run demo --how good
	expect_out_is <<-\EOT
	demo: nothing to do (3 steps, all cached)
	EOT
	expect_ok git wf run demo --how good -q
	expect_out_empty
	expect_equal "$(ls cortex-brain/workflows | grep -c ^demo-)" 1
'

test_case 'a change of the settings is seen by a run with nothing to do' '
	failing
	expect_ok git wf run demo --how good
	expect_ok git wf run demo --how good
	expect_out_contains "nothing to do"
	printf "[cache]\nenabled = false\n" >.workflows/config.ini
	repeat_runs "the cache is off"
	expect_ok git wf run demo --how good
	expect_out_contains "3 steps run"
'

test_case '--events writes every event, also of a run with nothing to do' '
	failing
	expect_ok git wf run demo --how good --events "$CASE/events"
	grep -q "\"type\":\"run.start\"" "$CASE/events"
	expect_equal "$(grep -c "\"type\":\"step.end\"" "$CASE/events")" 3
	expect_ok git wf run demo --how good --events "$CASE/events"
	expect_equal "$(grep -c "\"type\":\"step.start\"" "$CASE/events")" 0
	grep -q "\"type\":\"run.end\"" "$CASE/events"
	expect_ok git wf run demo --how good --events -
	expect_out_contains "\"type\":\"run.end\""
	! grep -qv "^{" "$CASE/out"
	expect_exit 128 git wf run demo --how good --events /nowhere/at/all
'

test_case '--force runs what is up to date: everything, or one step' '
	failing
	expect_ok git wf run demo --how good
	expect_ok git wf run demo --how good --force=first
	expect_out_contains "1 step run"
	expect_ok git wf run demo --how good --force
	expect_out_contains "3 steps run"
'

test_case 'GIT_WF_LOG=debug tells what the engine decides and why' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "true", inputs: []}
	  - {id: two, run: "false", needs: [one]}
	EOT
	expect_exit 1 env GIT_WF_LOG=debug git wf run demo
	expect_err_matches "^debug: .* step.judged one: run: no earlier result"
	expect_err_matches "^debug: .* step.end two: failed .run."
	expect_exit 1 env LOG_LEVEL=DEBUG git wf run demo
	expect_err_matches "^debug: .* step.end one: passed .cached."
	expect_exit 1 git wf run demo
	expect_err_empty
'

test_case 'under GitHub Actions a failure is an annotation of its definition' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "echo out; exit 3"}
	EOT
	expect_exit 1 env GITHUB_ACTIONS=true git wf run demo
	expect_out_matches "^::error file=.workflows/demo.yml,line=2,title=one::exit 3$"
	expect_exit 1 git wf run demo
	expect_out_lacks ::error
'

test_case '--timeout ends the run and fails it' '
	workflow slow <<-\EOT
	steps:
	  - {id: s, run: sleep 30}
	EOT
	expect_exit 1 git wf run slow --timeout 300ms
	expect_exit 129 git wf run slow --timeout soon
'

test_case '--output decides what is shown of what steps write' '
	workflow talk <<-\EOT
	steps:
	  - {id: t, run: echo said it}
	EOT
	repeat_runs "it is never cached"
	expect_ok git wf run talk --output stream
	expect_out_contains "said it"
	expect_ok git wf run talk
	expect_out_lacks "said it"
'

test_case 'the cache is shown, tended and cleared' '
	workflow make <<-\EOT
	steps:
	  - {id: m, run: echo x > out, inputs: [], outputs: [out]}
	EOT
	echo out >>.git/info/exclude
	expect_ok git wf cache info
	expect_no_file .git/wf
	repeat_runs "the cache is cleared in between"
	expect_ok git wf run make
	expect_ok git wf cache info --json
	json "d[\"records\"] == 1 and d[\"objects\"] == 1"
	expect_ok git wf cache verify
	expect_out_matches "^bad +0"
	expect_ok git wf cache gc --dry-run
	expect_ok git wf cache gc
	expect_ok git wf run make
	expect_out_contains "nothing to do"
	expect_ok git wf cache clear
	expect_ok git wf cache info --json
	json "d[\"records\"] == 0 and d[\"objects\"] == 0"
	expect_exit 129 git wf cache claer
	expect_err_contains "did you mean '\''clear'\''?"
'

test_case 'what counted in one run only goes when that run has ended' '
	repeat_runs "its steps are never cached"
	workflow talk <<-\EOT
	steps:
	  - {id: say, run: echo x}
	  - {id: last, needs: [say], run: "test ! -e ../stop"}
	EOT
	expect_ok git wf run talk
	expect_ok git wf run talk
	touch ../stop
	expect_exit 1 git wf run talk
	failed=$(git wf status talk --porcelain | head -n 1 | cut -f 2)
	rm ../stop
	expect_ok git wf run talk
	expect_ok git wf cache gc
	expect_ok git wf cache info --json
	json "d[\"records\"] == 3" # one more of say, for the resume
	expect_ok git wf resume "$failed"
	[ "$(cat cortex-brain/workflows/talk-*/journal.ndjson | grep "step\.start" | grep -c "\"step\":\"say\"")" -eq 4 ] ||
		fail "say ran again"
	expect_ok git wf cache gc
	expect_ok git wf cache info --json
	json "d[\"records\"] == 2"
	expect_ok git wf explain talk say
	expect_out_lacks "never ran"
'

test_case 'log of a step that wrote nothing tells why it did not start' '
	workflow demo <<-\EOT
	steps:
	  - {id: gone, run: [nosuchprogram, x]}
	  - {id: after, needs: [gone], run: "true"}
	  - {id: quiet, run: "exit 3"}
	EOT
	expect_exit 1 git wf run demo --keep-going
	expect_ok git wf log latest gone
	expect_err_contains "nothing was written: program '"'nosuchprogram'"' not found in PATH"
	expect_ok git wf log latest after
	expect_err_contains "nothing was written: did not pass before it: gone"
	expect_ok git wf log latest quiet
	expect_err_matches "nothing was written$"
'

test_done
