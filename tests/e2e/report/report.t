#!/bin/sh
# Reports of a run: files for CI servers, pages for people, made when it ends.
. "${0%/*}/../lib.sh"

flaky() {
	workflow demo <<-\EOT
	params: {token: {secret: true, default: hunter2}}
	steps:
	  - {id: shaky, run: "test -e again || { : >again; exit 3; }", inputs: [x], retry: {attempts: 2, delay: 1ms}}
	  - {id: bad, run: "printf '\\033[31m<%s>\\001&\\n' ${params.token}; exit 7", inputs: [x], needs: [shaky]}
	  - {id: after, run: echo 1, inputs: [x], needs: [bad]}
	EOT
	echo 1 >x
	printf 'again\n*.xml\n*.json\n*.jsonl\n*.md\npage\n' >>.git/info/exclude
}

# Does the expression hold for the cases (by name) of the JUnit file, and the suite?
junit() { # FILE EXPRESSION
	require python3
	python3 -c "
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suite = root.find('testsuite')
cases = {c.get('name'): c for c in suite.iter('testcase')}
assert root.tag == 'testsuites' and len(cases) == int(suite.get('tests')), (root.tag, cases)
for kind in 'failure', 'error':
	assert len(list(suite.iter(kind))) == int(suite.get(kind + 's')), kind
assert $2, tree.tostring(root)" "$1"
}

json() { # FILE EXPRESSION
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
assert $2, d" "$1"
}

test_case 'every format at once, without a secret' '
	flaky
	expect_exit 1 git wf run demo --report junit:j.xml,trace:t.json --report markdown:r.md,jsonl:e.jsonl
	junit j.xml "cases[\"bad\"].find(\"failure\").get(\"message\") == \"exit 7\""
	junit j.xml "\"<***>\" in cases[\"bad\"].find(\"failure\").text"
	junit j.xml "cases[\"shaky\"].find(\"flakyFailure\").get(\"message\") == \"attempt 1: exit 3\""
	junit j.xml "cases[\"after\"].find(\"skipped\") is not None"
	json t.json "sorted(e[\"name\"] for e in d[\"traceEvents\"] if e[\"ph\"] == \"X\") == [\"bad\", \"shaky\", \"shaky\"]"
	json t.json "all(e[\"ts\"] >= 0 and e[\"dur\"] >= 0 for e in d[\"traceEvents\"] if e[\"ph\"] == \"X\")"
	expect_file_contains r.md "### demo failed"
	expect_file_contains r.md "| bad | exit 7 |"
	expect_file_contains r.md "<***>"
	expect_file_contains e.jsonl "\"type\":\"run.end\""
	! grep -r hunter2 j.xml t.json r.md e.jsonl || fail "a secret is in a report"
'

test_case 'a run has one duration, whoever tells of it' '
	workflow demo <<-\EOT
	steps: [{id: a, run: sleep 0.3}]
	EOT
	printf "*.xml\n*.md\n*.jsonl\n" >>.git/info/exclude
	repeat_runs
	expect_ok git wf run demo --report junit:j.xml,markdown:r.md,jsonl:e.jsonl
	ms=$(sed -n "s/.*\"type\":\"run.end\".*\"duration_ms\":\([0-9]*\).*/\1/p" e.jsonl)
	expect_file_contains cortex-brain/workflows/history.ndjson "\"duration_ms\":$ms,"
	# The others have it from the times of events, which are whole milliseconds.
	require python3
	python3 -c "
import json, glob, sys, xml.etree.ElementTree as tree
ms = int(sys.argv[1])
suite = tree.parse(\"j.xml\").getroot()
results = json.load(open(glob.glob(\"cortex-brain/workflows/*/results.json\")[0]))
assert abs(float(suite.get(\"time\")) * 1000 - ms) <= 1, (suite.attrib, ms)
assert abs(results[\"duration_ms\"] - ms) <= 1, (results, ms)" "$ms"
'

test_case 'a run with nothing to do has reports too' '
	workflow demo <<-\EOT
	steps: [{id: a, run: echo 1, inputs: [x]}]
	EOT
	echo 1 >x
	echo "*.xml" >>.git/info/exclude
	expect_ok git wf run demo
	expect_ok git wf run demo --report junit:j.xml
	junit j.xml "len(cases) == 1 and suite.get(\"failures\") == \"0\""
	expect_out_contains "nothing to do"
'

test_case 'one report can go to standard output' '
	flaky
	: >again
	expect_exit 1 git wf run demo --report junit:-
	junit "$CASE/out" "len(cases) == 3"
	expect_err_contains "Failed after"
	expect_exit 129 git wf run demo --report junit:- --report markdown:-
	expect_exit 129 git wf run demo --report junit:- --events -
'

test_case 'after a resume the report tells of the whole run' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo 1}
	  - {id: two, run: test -e go, needs: [one]}
	EOT
	echo go >>.git/info/exclude
	echo "*.xml" >>.git/info/exclude
	expect_exit 1 git wf run demo
	: >go
	expect_ok git wf resume --report junit:j.xml
	junit j.xml "set(cases) == {\"one\", \"two\"} and suite.get(\"failures\") == \"0\""
'

test_case 'a report that cannot be written is known before anything runs' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "touch ran"}]
	EOT
	expect_exit 128 git wf run demo --report junit:none/j.xml
	expect_err_contains "none/j.xml"
	expect_exit 129 git wf run demo --report junit:.workflows
	expect_err_contains "is a directory"
	expect_exit 129 git wf run demo --report pdf:x
	expect_err_contains "unknown report"
	expect_exit 129 git wf run demo --report junit
	expect_err_contains "junit:FILE"
	expect_no_file ran
'

test_case 'a name may hold commas and colons' '
	workflow demo <<-\EOT
	steps: [{id: a, run: echo 1, inputs: []}]
	EOT
	printf "a*\nb*\n" >>.git/info/exclude
	expect_ok git wf run demo --report "junit:a,b:c.xml,trace:b"
	junit a,b:c.xml "len(cases) == 1"
	json b "d[\"otherData\"][\"workflow\"] == \"demo\""
'

test_case 'GitHub Actions gets the page of the job' '
	flaky
	echo "from before" >page
	GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$PWD/page expect_exit 1 git wf run demo
	expect_file_contains page "from before"
	expect_file_contains page "### demo failed"
	GITHUB_STEP_SUMMARY=$PWD/page expect_exit 1 git wf run demo
	expect_equal "$(grep -c "### demo" page)" 1
'

test_case 'report tells of a past run' '
	flaky
	expect_exit 1 git wf run demo
	expect_ok git wf report
	expect_out_contains "### demo failed"
	expect_ok git wf report demo --format junit
	junit "$CASE/out" "cases[\"bad\"].find(\"failure\").get(\"message\") == \"exit 7\""
	expect_ok git wf report latest --format trace
	json "$CASE/out" "d[\"otherData\"][\"status\"] == \"failed\""
	expect_ok git wf report --format jsonl
	expect_out_contains "\"type\":\"run.end\""
	expect_exit 129 git wf report --format pdf
	expect_exit 129 git wf report nothing
'

test_case 'GitLab folds what failed in sections' '
	flaky
	: >again
	GITLAB_CI=true expect_exit 1 git wf run demo
	expect_out_matches "section_start:[0-9]+:git_wf_[0-9a-f]+_1.*end of the output of bad"
	expect_out_matches "section_end:[0-9]+:git_wf_[0-9a-f]+_1"
	expect_ok git wf report
'

test_done
