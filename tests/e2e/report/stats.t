#!/bin/sh
# Figures about past runs.
. "${0%/*}/../lib.sh"

json() { # EXPRESSION about d, and w: the first workflow
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
w = d['workflows'][0] if d['workflows'] else None
assert d['schema'] == 1
assert $1, d" "$CASE/out"
}

test_case 'nothing has run yet' '
	expect_ok git wf stats
	expect_out_empty
	expect_err_contains "nothing has run here yet"
	expect_ok git wf stats --json
	json "d[\"workflows\"] == []"
	expect_no_file cortex-brain
'

test_case 'runs, cache, recovery' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: sleep 0.2, inputs: [x]}
	  - {id: two, run: test -e go, inputs: [y], needs: [one]}
	EOT
	echo 1 >x
	echo 1 >y
	echo go >>.git/info/exclude
	expect_exit 1 git wf run demo
	: >go
	expect_ok git wf resume
	expect_ok git wf run demo
	expect_ok git wf stats
	expect_out_contains "demo: 2 runs, 2 passed (100%); 1 had nothing to do"
	expect_out_contains "1 run, 1 of them passed in the end"
	expect_out_contains "which saved about"
	expect_ok git wf stats demo --json
	json "w[\"runs\"] == 2 and w[\"resumed\"] == w[\"recovered\"] == 1"
	json "w[\"saved_ms\"] >= 200 and w[\"p50_ms\"] >= 200 and w[\"steps\"] is None"
	json "0 < w[\"parallel_efficiency\"] <= 1 and w[\"busy_slots\"] > 0"
'

test_case 'flaky steps are named with -v' '
	workflow demo <<-\EOT
	steps:
	  - {id: shaky, run: "test -e go", inputs: [x]}
	  - {id: tried, run: "test -e again || { : >again; exit 1; }", inputs: [x], retry: {attempts: 2, delay: 1ms}}
	  - {id: steady, run: "true", inputs: [x]}
	EOT
	echo 1 >x
	printf "go\nagain\n" >>.git/info/exclude
	expect_exit 1 git wf run demo -k
	: >go
	expect_ok git wf run demo
	expect_ok git wf stats
	expect_out_contains "-v names the steps"
	expect_ok git wf stats -v
	expect_out_contains "shaky: 1 of 2 runs failed, passed and failed with nothing changed"
	expect_out_contains "tried: 0 of 1 runs failed, 1 passed only when tried again"
	expect_out_lacks steady
	expect_ok git wf stats -v --json
	json "{s[\"id\"]: s[\"flaky\"] for s in w[\"steps\"]} == {\"shaky\": True, \"tried\": True, \"steady\": False}"
'

test_case 'several workflows have a line each, ten thousand runs are read at once' '
	workflow one <<-\EOT
	steps: [{id: a, run: echo 1}]
	EOT
	repeat_runs
	expect_ok git wf run one
	i=0
	while [ $i -lt 10000 ]; do
		echo "{\"run\":\"two-20261120-213201-$i\",\"workflow\":\"two\",\"head\":null,\"status\":\"passed\",\"started\":\"2026-11-20T21:32:01.042Z\",\"duration_ms\":$i,\"steps\":1,\"ran\":1}"
		i=$((i + 1))
	done >>cortex-brain/workflows/history.ndjson
	expect_ok timeout 5 git wf stats
	expect_out_matches "^one +1 +100%"
	expect_out_matches "^two +10000 +100%"
	expect_ok git wf stats two --json
	json "w[\"runs\"] == 10000 and w[\"p95_ms\"] == 9499 and w[\"parallel_efficiency\"] is None"
	expect_ok git wf stats three
	expect_err_contains "has not run here yet"
'

test_done
