#!/bin/sh
# if, skipped steps, and what stands below them.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a false if skips the step, and what needs it still runs' '
	workflow demo <<-\EOT
	params: {how: {default: no}}
	steps:
	  - {id: maybe, if: "params.how == '"'yes'"'", run: echo maybe >> ../ran}
	  - {id: below, needs: [maybe], run: "echo below >> ../ran; echo ${steps.maybe.status} > status"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran below
	expect_file status skipped
	expect_ok git wf run demo --how yes
	expect_ran maybe below
	expect_file status passed
'

test_case 'below a failed step: always(), failure() and success()' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: exit 1}
	  - {id: a, needs: [bad], if: always(), run: echo always >> ../ran}
	  - {id: f, needs: [bad], if: failure(), run: echo failure >> ../ran}
	  - {id: s, needs: [bad], if: success(), run: echo success >> ../ran}
	  - {id: n, needs: [bad], if: "true", run: echo none >> ../ran}
	EOT
	expect_exit 1 git wf run demo -k
	expect_ran always failure
'

test_case 'an if can read what another step wrote' '
	workflow demo <<-\EOT
	steps:
	  - {id: count, run: "echo n=12 >> \"$WF_OUTPUT\""}
	  - {id: much, if: steps.count.outputs.n > 10, run: echo much >> ../ran}
	  - {id: more, if: steps.count.outputs.n > 100, run: echo more >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran much
'

test_case 'an if that cannot be answered fails the step and says why' '
	workflow demo <<-\EOT
	steps:
	  - {id: word, run: "echo n=many >> \"$WF_OUTPUT\""}
	  - {id: s, if: steps.word.outputs.n > 10, run: echo s >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran
	expect_says many
'

test_case 'metrics: figures about the runs before this one, and about this one' '
	workflow demo <<-\EOT
	vars: {past: metrics.runs}
	expected_duration: 1h
	steps:
	  - {id: s, run: "sleep 0.02; test -e ../good"}
	finally:
	  - {id: f, run: "echo \"${metrics.runs}|${vars.past}|${metrics.success_rate}|${metrics.hit_rate}|${metrics.retries}|${metrics.expected}\" >> ../ran"}
	  - {id: long, if: "metrics.duration >= metrics.expected", run: echo long >> ../ran}
	  - {id: rare, if: "metrics.success_rate != null && metrics.success_rate < 80%", run: echo rare >> ../ran}
	  - {id: times, if: "metrics.p95 != null && metrics.mean > 0.01 && metrics.p50 <= metrics.p95 && metrics.duration > 0.01", run: echo times >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo -j 1
	expect_ran "0|0|||0|3600"
	: > ../good
	expect_ok git wf run demo -j 1
	expect_ran "1|1|0|0|0|3600" rare times
	expect_ok git wf run demo -j 1
	expect_ran "2|2|50|0|0|3600" rare times
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo ${metrics.succes_rate}"}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "did you mean '"'success_rate'"'?"
'

test_done
