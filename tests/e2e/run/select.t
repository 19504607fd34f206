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

test_done
