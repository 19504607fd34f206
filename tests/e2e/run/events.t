#!/bin/sh
# What a run tells and leaves: events, journal, results, history.
. "${0%/*}/../lib.sh"

command -v python3 >/dev/null || { echo "1..0 # SKIP needs python3"; exit 0; }

mixed_workflow() {
	workflow demo <<-\EOT
	params: {word: {default: x}}
	steps:
	  - {id: good, run: "echo \"out \\\"1\\\"\"; echo n=5 >> \"$WF_OUTPUT\""}
	  - {id: skip, if: "false", run: "true"}
	  - {id: bad, needs: [good], run: "exit 3", retry: {attempts: 2}}
	  - {id: below, needs: [bad], run: "true"}
	finally:
	  - {id: clean, run: "true"}
	EOT
}

test_case 'every line of the events and of the journal is JSON, with seq in a row' '
	mixed_workflow
	expect_exit 1 git wf run demo --events "$CASE/events"
	cat "$CASE/events" cortex-brain/workflows/demo-*/journal.ndjson > ../all
	python3 - cortex-brain/workflows/demo-*/journal.ndjson <<-\EOT
	import json, sys
	lines = [json.loads(line) for line in open(sys.argv[1])]
	assert [line["seq"] for line in lines] == list(range(lines[0]["seq"], lines[0]["seq"] + len(lines)))
	types = [line["type"] for line in lines]
	assert types[0] == "run.start" and types[-1] == "run.end", types
	ends = {line["step"]: line["status"] for line in lines if line["type"] == "step.end"}
	assert ends == {"good": "passed", "skip": "skipped", "bad": "failed", "below": "skipped", "clean": "passed"}, ends
	assert types.count("step.try") == 1 and types.count("step.start") == 4, types
	EOT
	python3 -c "import json, sys; [json.loads(l) for l in open(sys.argv[1])]" ../all
'

test_case 'results.json is there at every end, good and bad' '
	mixed_workflow
	expect_exit 1 git wf run demo
	python3 - cortex-brain/workflows/demo-*/results.json <<-\EOT
	import json, sys
	results = json.load(open(sys.argv[1]))
	assert results["status"] == "failed", results
	EOT
	printf "steps:\n  - {id: s, run: \"true\"}\n" | workflow ok
	repeat_runs "not cached"
	expect_ok git wf run ok
	python3 -c "import json, sys; assert json.load(open(sys.argv[1]))[\"status\"] == \"passed\"" cortex-brain/workflows/ok-*/results.json
'

test_case 'one line of history for each run, also for one with nothing to do' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: cp a b, inputs: [a], outputs: [b]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_lines 3 cortex-brain/workflows/history.ndjson
	expect_equal "$(ls -d cortex-brain/workflows/demo-* | wc -l | tr -d " ")" 1
	python3 -c "import json; [json.loads(l) for l in open(\"cortex-brain/workflows/history.ndjson\")]"
'

test_case 'state is for nobody else to read, and git does not see it' '
	mixed_workflow
	expect_exit 1 git wf run demo
	expect_equal "$(git status --porcelain cortex-brain)" ""
	find cortex-brain/workflows/demo-* -type f -perm /077 | grep . && fail "files that others can read"
	find cortex-brain/workflows/demo-* -type d -perm /077 | grep . && fail "folders that others can read"
	git add -A
	git stash -q -u && git stash drop -q
	[ -d cortex-brain/workflows ] || fail "stash -u took the state away"
	expect_stash
'

test_case 'the events on stdout are all that is there' '
	mixed_workflow
	expect_exit 1 git wf run demo --events -
	python3 -c "import json, sys; [json.loads(l) for l in open(sys.argv[1])]" "$CASE/out"
'

test_done
