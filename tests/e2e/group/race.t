#!/bin/sh
# wait_for, the time of a group, and failures that end only a group.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'any: the first that passes wins, the others are cancelled and leave nothing half written' '
	workflow demo <<-\EOT
	steps:
	  - id: mirror
	    wait_for: any
	    steps:
	      - {id: bad, run: "echo bad >> ../ran; exit 4"}
	      - {id: slow, inputs: [], outputs: [slow.out], run: "echo half > slow.out; : > ../written; sleep 60; echo slow >> ../ran"}
	      - {id: good, inputs: [], outputs: [good.out], run: "while [ ! -e ../written ]; do sleep 0.02; done; echo good > good.out; echo good >> ../ran"}
	  - {id: last, needs: [mirror], inputs: [], run: "echo ${steps.mirror.status} ${steps['"'mirror/good'"'].status} >> ../ran"}
	EOT
	expect_tree_changes
	expect_ok git wf run demo -j 4
	expect_ran bad good "passed passed"
	expect_file good.out good
	expect_no_file slow.out
	expect_out_contains "was first"
	expect_ok git wf plan demo --check
	expect_ok git wf run demo -j 1
	expect_ran
	expect_ok git wf run demo -j 1
	expect_out_contains "nothing to do"
	expect_ran
'

test_case 'any: fails when nobody passes; what was there before and is untouched stays' '
	echo old > kept.out
	workflow demo <<-\EOT
	steps:
	  - {id: g, wait_for: any, steps: [{id: a, run: exit 1}, {id: b, outputs: [kept.out], run: exit 2}]}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran
	expect_file kept.out old
'

test_case 'first: the first that ends decides, also by a failure' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    wait_for: first
	    steps:
	      - {id: bad, run: "exit 4"}
	      - {id: deep, steps: [{id: slow, run: "sleep 60; echo slow >> ../ran"}, {id: next, needs: [slow], run: echo next >> ../ran}]}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	finally:
	  - {id: f, if: failure(), run: echo failure >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j 4
	expect_ran failure
	workflow demo <<-\EOT
	steps:
	  - id: g
	    wait_for: first
	    steps:
	      - {id: quick, run: "echo quick >> ../ran"}
	      - {id: deep, steps: [{id: slow, run: "sleep 60; echo slow >> ../ran"}, {id: next, needs: [slow], run: echo next >> ../ran}]}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	finally:
	  - {id: f, if: failure(), run: echo failure >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j 4
	expect_ran quick last
'

decided() {
	grep -qs '"step":"g/good".*"status":"passed"' cortex-brain/workflows/*/journal.ndjson
}

test_case 'a race that was decided stays so when the engine is killed' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    wait_for: any
	    steps:
	      - {id: slow, outputs: [slow.out], run: "trap \"\" TERM; echo half > slow.out; : > ../written; sleep 2; [ -e ../go ] || echo slow >> ../ran"}
	      - {id: good, run: "while [ ! -e ../written ]; do sleep 0.02; done; echo good >> ../ran"}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	EOT
	expect_tree_changes
	git-wf run demo -j 4 >../killed 2>&1 &
	pid=$!
	wait_for 10 decided
	kill_engine $pid
	wait $pid || :
	: > ../go
	expect_ran good
	repeat_runs "not cached"
	expect_ok git wf resume -j 4
	expect_ran last
	expect_no_file slow.out
'

test_case 'the time of a group is that of all its steps together' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    timeout: 300ms
	    order: listed
	    steps:
	      - {id: a, run: sleep 0.1}
	      - {id: b, run: "sleep 60; echo b >> ../ran"}
	      - {id: c, run: "echo c >> ../ran"}
	  - {id: other, run: echo other >> ../ran}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j 4
	expect_ran other
	expect_says "timed out after 0.30s"
'

test_case 'on_failure: continue of a group: a failure in it ends the group alone' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    on_failure: continue
	    steps:
	      - {id: a, run: exit 1}
	      - {id: b, run: echo b >> ../ran}
	  - {id: below, needs: [g], run: echo below >> ../ran}
	  - {id: other, run: echo other >> ../ran}
	  - {id: h, if: "failure() || true", needs: [g], steps: [{id: x, run: "echo ${steps.g.status} >> ../ran"}]}
	EOT
	expect_exit 1 git wf run demo -j 1
	expect_ran other failed
'

test_case 'a race that a failure has decided is run anew by a resume' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    wait_for: first
	    steps:
	      - {id: quick, run: "echo quick >> ../ran; [ -e ../go ]; while [ ! -e ../other ]; do sleep 0.02; done"}
	      - {id: other, run: "[ ! -e ../go ] || : > ../other; sleep 60; echo other >> ../ran"}
	  - {id: last, needs: [g], run: echo last >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j 4
	expect_ran quick
	: > ../go
	repeat_runs "not cached"
	expect_ok git wf resume -j 4
	expect_ran quick last
	expect_out_contains "was first"
'

test_done
