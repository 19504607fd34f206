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

# What stands in names, messages and outputs has a meaning in each of the formats.
nasty() {
	workflow demo <<-\EOT
	steps:
	  - {id: t, foreach: {k: ["a,b:c%", "<x>&\"q", "p|q*r", "two  _b_"]}, run: "printf 'out %s\\n```\\n]]>\\n' ${each.k}; exit 1", inputs: []}
	  - {id: gated, run: "true", ensures: [{if: "1 > 2", message: "not | two <b> &amp; ]]>"}]}
	  - {id: sum, run: "printf '## Hello\\n\\n* one\\n' >$WF_SUMMARY"}
	EOT
	printf "*.xml\n*.md\n*.json\n*.jsonl\n*.html\n" >>.git/info/exclude
}

test_case 'junitparser, which CI tools are built on, reads the JUnit file' '
	for python in python3 /usr/bin/python3; do
		$python -c "import junitparser" 2>/dev/null && break
		python=
	done
	[ "$python" ] || skip_case "no junitparser here (make deps-test)"
	nasty
	expect_exit 1 git wf run demo -k --report junit:j.xml
	$python -c "
from junitparser import JUnitXml, Failure
suites = JUnitXml.fromfile(\"j.xml\")
cases = {case.name: case for suite in suites for case in suite}
assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (6, 5, 0, 0), suites.tostring()
assert set(cases) == {\"t[a,b:c%]\", \"t[<x>&\\\"q]\", \"t[p|q*r]\", \"t[two  _b_]\", \"gated\", \"sum\"}, cases
assert all(case.classname == \"demo.t\" for name, case in cases.items() if name[0] == \"t\")
failure = cases[\"t[<x>&\\\"q]\"].result[0]
assert isinstance(failure, Failure) and failure.message == \"exit 1\" and failure.type == \"exit\"
assert failure.text == \"out <x>&\\\"q\\n\`\`\`\\n]]>\\n\", repr(failure.text)
assert cases[\"gated\"].result[0].type == \"failed\"
assert cases[\"gated\"].result[0].message == \"ensures[1] if: not | two <b> &amp; ]]>\"
assert not cases[\"sum\"].result"
'

test_case 'GitHub Markdown shows the page as it is meant' '
	require cmark-gfm xmllint
	nasty
	expect_exit 1 git wf run demo -k --report markdown:r.md
	cmark-gfm -e table -e strikethrough -e autolink --unsafe r.md >r.html
	cell() { xmllint --html --xpath "string($1)" r.html 2>/dev/null; }
	expect_equal "$(xmllint --html --xpath "count((//table)[1]/tbody/tr)" r.html 2>/dev/null)" 6
	expect_equal "$(xmllint --html --xpath "count((//table)[1]/tbody/tr/td)" r.html 2>/dev/null)" 24
	names=$(xmllint --html --xpath "(//table)[1]/tbody/tr/td[2]/text()" r.html 2>/dev/null)
	echo "$names" | grep -qF "t[p|q*r]" || fail "$names"
	echo "$names" | grep -qF "t[two  _b_]" || fail "$names"
	expect_equal "$(cell "(//table)[2]/tbody/tr/td[5]")" "not | two <b> &amp; ]]>: it is false"
	expect_equal "$(xmllint --html --xpath "count(//details)" r.html 2>/dev/null)" 4
	expect_equal "$(cell "(//details)[1]//pre")" "out a,b:c%
\`\`\`
]]>"
	expect_equal "$(cell "//h2")" Hello
'

# What Perfetto and chrome://tracing ask of a file: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
test_case 'the trace has the members that its readers need' '
	nasty
	expect_exit 1 git wf run demo -k -j2 --report trace:t.json
	json t.json "isinstance(d[\"traceEvents\"], list) and d[\"displayTimeUnit\"] in (\"ms\", \"ns\")"
	json t.json "all(isinstance(e[\"name\"], str) and e[\"ph\"] in (\"X\", \"i\", \"M\") and isinstance(e[\"pid\"], int) and isinstance(e[\"tid\"], int) for e in d[\"traceEvents\"])"
	json t.json "all(isinstance(e[k], int) and e[k] >= 0 for e in d[\"traceEvents\"] if e[\"ph\"] == \"X\" for k in (\"ts\", \"dur\"))"
	# What stands in one lane does not overlap.
	json t.json "all(a[\"tid\"] != b[\"tid\"] or a[\"ts\"] + a[\"dur\"] <= b[\"ts\"] or b[\"ts\"] + b[\"dur\"] <= a[\"ts\"] for x in [[e for e in d[\"traceEvents\"] if e[\"ph\"] == \"X\"]] for i, a in enumerate(x) for b in x[:i])"
	json t.json "{e[\"tid\"] for e in d[\"traceEvents\"] if e[\"ph\"] == \"X\"} <= {e[\"tid\"] for e in d[\"traceEvents\"] if e[\"name\"] == \"thread_name\"}"
'

test_case 'jq reads the lines of events, each by itself' '
	require jq
	nasty
	expect_exit 1 git wf run demo -k --report jsonl:e.jsonl --events ev.jsonl
	cmp e.jsonl ev.jsonl
	expect_equal "$(jq -s "map(.seq) == (map(.seq) | sort | unique)" e.jsonl)" true
	expect_equal "$(jq -r "select(.type == \"step.end\" and .step == \"t[p|q*r]\") | .exit_code" e.jsonl)" 1
	expect_equal "$(jq -r "select(.type == \"run.end\") | .status" e.jsonl)" failed
'

# https://docs.github.com/actions/reference/workflow-commands: ::NAME KEY=VALUE,…::MESSAGE; values quote
# % CR LF : and comma, messages % CR LF.
test_case 'GitHub gets its commands letter by letter' '
	nasty
	export GITHUB_ACTIONS=true
	expect_exit 1 git wf run demo -k -j1
	unset GITHUB_ACTIONS
	grep -A4 "^::group::end of the output of t.a,b:c%.$" "$CASE/out" >"$CASE/group"
	cat >"$CASE/want" <<-\EOT
	::group::end of the output of t[a,b:c%]
	    out a,b:c%
	    ```
	    ]]>
	::endgroup::
	EOT
	diff "$CASE/want" "$CASE/group" >&2
	grep "^::error" "$CASE/out" >"$CASE/errors"
	cat >"$CASE/want" <<-\EOT
	::error file=.workflows/demo.yml,line=2,title=t[a%2Cb%3Ac%25]::exit 1
	::error file=.workflows/demo.yml,line=2,title=t[<x>&"q]::exit 1
	::error file=.workflows/demo.yml,line=2,title=t[p|q*r]::exit 1
	::error file=.workflows/demo.yml,line=2,title=t[two  _b_]::exit 1
	::error file=.workflows/demo.yml,line=3,title=gated::ensures[1] if: not | two <b> &amp; ]]>
	EOT
	sort "$CASE/want" >"$CASE/want.sorted"
	sort "$CASE/errors" | diff "$CASE/want.sorted" - >&2
	expect_equal "$(grep -c "^::group::" "$CASE/out")" "$(grep -c "^::endgroup::$" "$CASE/out")"
'

# https://docs.gitlab.com/ci/jobs/job_logs: ESC [0K section_start:UNIX:NAME CR ESC [0K HEADER; a name has
# letters, digits and _ . - only.
test_case 'GitLab gets its sections letter by letter' '
	nasty
	export GITLAB_CI=true
	expect_exit 1 git wf run demo -k -j1
	unset GITLAB_CI
	require python3
	python3 -c "
import re, sys, time
text = open(sys.argv[1], \"rb\").read()
sections = re.findall(rb\"^\\x1b\\[0Ksection_start:(\\d{10}):([a-zA-Z0-9_.-]+)\\r\\x1b\\[0K(.+)\\n(?:.*\\n)*?\\x1b\\[0Ksection_end:(\\d{10}):\\2\\r\\x1b\\[0K\\n\", text, re.M)
assert len(sections) == 4, text
assert len({s[1] for s in sections}) == 4, sections
assert all(int(s[0]) <= int(s[3]) and abs(int(s[0]) - time.time()) < 600 for s in sections)
assert sections[0][2] == b\"end of the output of t[a,b:c%]\", sections" "$CASE/out"
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

test_case 'what became of files: from the snapshots, or what steps are remembered to have made' '
	workflow demo <<-\EOT
	rollback: {}
	steps:
	  - {id: a, run: "echo x > new; echo x >> old; rm gone; echo x > short"}
	  - {id: b, needs: [a], run: "rm short"}
	EOT
	echo old > old
	echo gone > gone
	commit_all
	echo mine > mine
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo --report "markdown:$CASE/page"
	expect_file_contains "$CASE/page" "Files: 1 created, 1 modified, 1 deleted"
	expect_ok git wf report demo
	expect_out_contains "- gone deleted"
	expect_out_contains "- new created"
	expect_out_contains "- old modified"
	expect_out_lacks short
	expect_out_lacks mine
	expect_ok git wf rollback demo
	expect_ok git wf report demo
	expect_out_lacks "Files:"
	workflow make <<-\EOT
	steps:
	  - {id: a, inputs: [old], outputs: [made/x], run: cp old made/x}
	EOT
	expect_ok git wf run make
	expect_ok git wf report make
	expect_out_contains "Files: 1 made"
	expect_out_contains "- made/x made"
'

test_done
