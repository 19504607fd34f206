#!/bin/sh
# A part of a workflow.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# a → b → c → d, and e for itself
chain() {
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a >> ../ran}
	  - {id: b, needs: [a], run: echo b >> ../ran}
	  - {id: c, needs: [b], run: echo c >> ../ran}
	  - {id: d, needs: [c], run: echo d >> ../ran}
	  - {id: e, run: echo e >> ../ran}
	EOT
	repeat_runs "not cached"
}

test_case 'a step: up to and with it' '
	chain
	expect_ok git wf run demo b
	expect_ran a b
	expect_ok git wf run demo b e
	expect_ran a b e
'

test_case '--from, --until, --only' '
	chain
	expect_ok git wf run demo --from c
	expect_ran c d
	expect_ok git wf run demo --until c
	expect_ran a b c
	expect_ok git wf run demo --from b --until c
	expect_ran b c
	expect_ok git wf run demo --only b
	expect_ran b
	expect_ok git wf run demo --only b --only e
	expect_ran b e
'

test_case 'a step that is not there is a usage error with the nearest name' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: echo build >> ../ran}
	EOT
	expect_exit 129 git wf run demo biuld
	expect_err_contains build
	expect_exit 129 git wf run demo --only nothing
	expect_exit 129 git wf run demo --force=nothing
	expect_ran
'

test_case '--dry-run runs nothing and writes nothing' '
	chain
	expect_ok git wf run demo --dry-run
	expect_out_contains "a"
	expect_ran
	[ ! -e cortex-brain ] || expect_equal "$(ls cortex-brain/workflows)" ""
'

test_case 'what takes no part in the run is remembered: values and artifacts' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo n=7 >> \"$WF_OUTPUT\"; echo x > \"$WF_OUT_ART\"; echo a >> ../ran", inputs: [], outputs: ["artifact:art"]}
	  - {id: b, run: "(echo ${steps.a.outputs.n}; cat \"$WF_IN_ART\") > b; echo b >> ../ran", inputs: ["artifact:art"], outputs: [b]}
	  - {id: c, needs: [b], run: "echo c >> ../ran"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran a b c
	expect_ok git wf run demo --from b
	expect_ran c
	rm b
	rm -rf cortex-brain
	expect_ok git wf run demo --only b --force=b
	expect_ran b
	expect_file b "7
x"
'

test_case 'a value of a step that takes no part and is not remembered is an error, not empty' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo n=7 >> \"$WF_OUTPUT\"; echo a >> ../ran"}
	  - {id: b, run: "echo <${steps.a.outputs.n}> >> ../ran"}
	EOT
	expect_exit 1 git wf run demo --only b
	expect_says "not part of this run"
	expect_ran
'

test_done
