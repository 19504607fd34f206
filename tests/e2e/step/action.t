#!/bin/sh
# action: an executable of .workflows/actions, with values in its environment.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'with reaches the action as variables; a value is never code' '
	write_script .workflows/actions/greet <<-\EOT
	#!/bin/sh
	printf "%s|%s|%s\n" "$WF_WITH_WHO" "$WF_WITH_DRY_RUN" "$WF_WITH_LIST" >> ../ran
	pwd >> ../ran
	echo said=yes >> "$WF_OUTPUT"
	EOT
	mkdir sub; touch sub/x
	workflow demo <<-\EOT
	params: {who: {default: "$(touch evil) ; x"}}
	steps:
	  - id: a
	    inputs: []
	    action: greet
	    with: {who: "${params.who}", dry-run: true, list: [a, "${params.who}"]}
	  - {id: b, inputs: [], needs: [a], run: "echo ${steps.a.outputs.said} >> ../ran"}
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ran "\$(touch evil) ; x|true|a" "\$(touch evil) ; x" "$REPO" yes
	expect_no_file evil
	expect_ok git wf run demo
	expect_ran
	expect_ok git wf run demo --who me
	expect_ran "me|true|a" me "$REPO"
'

test_case 'its content counts, and so does its exec bit' '
	write_script .workflows/actions/do.sh <<-\EOT
	#!/bin/sh
	echo one >> "$WF_ROOT/../ran"
	EOT
	mkdir sub; touch sub/x
	workflow demo <<-\EOT
	steps: [{id: a, inputs: [], dir: sub, action: do.sh}]
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ran one
	sed -i s/one/two/ .workflows/actions/do.sh
	expect_ok git wf run demo
	expect_ran two
	expect_ok git wf run demo
	expect_ran
	chmod -x .workflows/actions/do.sh
	expect_exit 129 git wf run demo
	expect_err_contains "demo.yml:1:47: error: action '"'do.sh'"' is not executable"
	expect_err_contains "chmod +x .workflows/actions/do.sh"
	chmod +x .workflows/actions/do.sh
'

test_case 'one that is not there is an error with its line and the nearest name' '
	write_script .workflows/actions/deploy <<-\EOT
	#!/bin/sh
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a >> ../ran}
	  - {id: b, action: deply}
	EOT
	expect_exit 129 git wf validate demo
	expect_out_contains "demo.yml:3:21: error: no action '"'deply'"'"
	expect_out_contains "did you mean '"'deploy'"'?"
	expect_exit 129 git wf run demo
	expect_ran
	expect_exit 129 git wf plan demo
'

test_case 'a workflow that is used brings its own mistakes' '
	workflow other <<-\EOT
	steps: [{id: a, action: nowhere}]
	EOT
	workflow demo <<-\EOT
	steps: [{id: u, uses: other}]
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "other.yml:1:25: error: no action '"'nowhere'"'"
'

test_done
