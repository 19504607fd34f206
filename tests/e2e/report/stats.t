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

json_of() { # EXPRESSION about d
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
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

# Five runs, one of them in two parts, so that each figure can be worked out on paper:
#
#	run          -j  took  work   cpu  ran cached restored  saved
#	r1            2  1000  1600   800    4      0        0      0
#	r2, failed    4  2000  3000  2400    3      1        0    500
#	r2, resumed   2  1000  1000   400    1      2        1    900
#	r3            4  4000  6000  3000    2      1        1    700
#	r4, failed    1   500   400   100    1      0        0      0
#	nothing           10                 0      4        0    900
test_case 'figures are those that come out on paper' '
	line() { # RUN STATUS JOBS TOOK WORK CPU RAN CACHED RESTORED SAVED RETRIES RESUMES
		echo "{\"run\":$1,\"workflow\":\"w\",\"head\":null,\"status\":\"$2\",\"started\":\"2026-11-20T21:32:01.042Z\",\"jobs\":$3,\"duration_ms\":$4,\"work_ms\":$5,\"cpu_ms\":$6,\"ran\":$7,\"cached\":$8,\"restored\":$9,\"saved_ms\":${10},\"retries\":${11},\"resumes\":${12},\"steps\":4}"
	}
	mkdir -p cortex-brain/workflows
	echo "*" >cortex-brain/.gitignore
	{
		line \"r1\" passed 2 1000 1600 800 4 0 0 0 0 0
		line \"r2\" failed 4 2000 3000 2400 3 1 0 500 2 0
		line \"r2\" passed 2 1000 1000 400 1 2 1 900 3 1
		line \"r3\" passed 4 4000 6000 3000 2 1 1 700 0 0
		line \"r4\" failed 1 500 400 100 1 0 0 0 1 0
		line null passed 0 10 0 0 0 4 0 900 0 0
	} >cortex-brain/workflows/history.ndjson
	expect_ok git wf stats --json
	# Passed: r1, r2 in the end, r3, the one with nothing to do; of 5.
	json "w[\"runs\"] == 5 and w[\"passed\"] == 4 and w[\"failed\"] == 1 and w[\"success_rate\"] == 0.8"
	# 500, 1000, 3000 (both parts), 4000: (500 + 1000 + 3000 + 4000) / 4; the 2nd; the 4th of 4.
	json "w[\"nothing_to_do\"] == 1 and w[\"mean_ms\"] == 2125 and w[\"p50_ms\"] == 1000 and w[\"p95_ms\"] == 4000"
	# Ran 4+3+1+2+1; did not have to 1+2+4+1 cached and 1+1 restored: 10 of 21.
	json "w[\"steps_ran\"] == 11 and w[\"steps_cached\"] == 8 and w[\"steps_restored\"] == 2"
	json "w[\"hit_rate\"] == 0.476 and w[\"saved_ms\"] == 500 + 900 + 700 + 900"
	# Retries of a run in parts are those that its last line tells: 3 + 1.
	json "w[\"retries\"] == 4"
	# Work 1600+3000+1000+6000+400 = 12000; wall 8500; slots 2000+8000+2000+16000+500 = 28500; cpu 6700.
	json "w[\"busy_slots\"] == 1.412 and w[\"parallel_efficiency\"] == 0.421 and w[\"utilisation\"] == 0.235"
	json "w[\"resumed\"] == 1 and w[\"recovered\"] == 1 and w[\"recovery_rate\"] == 1"
	expect_ok git wf stats w
	grep -v "^w:" "$CASE/out" >"$CASE/figures"
	mv "$CASE/figures" "$CASE/out"
	expect_out_is <<-\EOT
	  duration   mean 2.1s, half within 1.0s, 95% within 4.0s
	  cache      10 of 21 steps did not have to run (48%), which saved about 3.0s
	  parallel   1.4 steps at a time on average, 42% of what -j allowed
	  processors used to 24%
	  retries    4 (-v names the steps)
	  resumed    1 run, 1 of them passed in the end
	EOT
'

test_case 'a run that is given up later was not at work until then, and was not resumed' '
	workflow demo <<-\EOT
	steps: [{id: bad, run: exit 3}]
	EOT
	expect_exit 1 git wf run demo
	sleep 1.2
	expect_ok git wf resume --abort
	expect_ok git wf stats --json
	json "w[\"runs\"] == w[\"cancelled\"] == 1 and w[\"resumed\"] == 0 and w[\"recovery_rate\"] is None"
	json "w[\"mean_ms\"] < 1000"
	expect_ok git wf status --json latest
	json_of "d[\"duration_ms\"] < 1000"
'

test_case 'a run that was killed and went on is resumed, and recovered' '
	workflow demo <<-\EOT
	steps:
	  - {id: first, run: echo 1, inputs: [x]}
	  - {id: long, run: "echo $$ >pid; test -e go || sleep 30", inputs: [], needs: [first]}
	EOT
	echo 1 >x
	printf "go\npid\n" >>.git/info/exclude
	git-wf run demo >/dev/null 2>&1 &
	engine=$!
	wait_for 10 test -s pid
	kill_engine $engine
	wait $engine || :
	: >go
	expect_ok git wf resume
	expect_ok git wf stats --json
	json "w[\"runs\"] == w[\"resumed\"] == w[\"recovered\"] == 1 and w[\"recovery_rate\"] == 1"
	json "w[\"steps_ran\"] == 1 and w[\"steps_cached\"] == 1"
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
