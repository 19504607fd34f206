#!/bin/sh
# cortex.config.json: what of it is read.
. "${0%/*}/../lib.sh"

flow() {
	workflow demo <<-\EOT
	tasks:
	  - {id: a, command: sleep 60}
	EOT
	cat >cortex.config.json
	commit_all
}

test_case 'its member workflow is read, and config.ini wins over it' '
	flow <<-\EOT
	{"workflow": {"timeout_seconds": 1, "checkpoint_frequency": "per_step"}, "other": {"a": 1}}
	EOT
	expect_ok git wf config
	expect_out_matches "workflow.timeout_seconds.*1"
	expect_out_matches "workflow.checkpoint_frequency.*per_step"
	expect_err_empty
	expect_exit 1 git wf run demo
	expect_says "the run timed out"
	printf "[workflow]\ntimeout_seconds = 2\n" >.workflows/config.ini
	expect_ok git wf config
	expect_out_matches "workflow.timeout_seconds.*2"
'

test_case 'a key that is none, and what names programs, is told and left alone' '
	flow <<-\EOT
	{"workflow": {"timeout_second": 1}, "agent": {"command": "touch ../evil"}, "notify": {}}
	EOT
	expect_ok git wf config
	expect_err_contains "workflow.timeout_second"
	expect_err_contains "did you mean"
	expect_err_contains "agent"
	expect_err_contains "your own config.ini"
	expect_out_lacks evil
'

test_case 'a value that is wrong is an error with the name of the file' '
	flow <<-\EOT
	{"workflow": {"enable_rollback": "perhaps"}}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains cortex.config.json
	expect_err_contains enable_rollback
'

test_done
