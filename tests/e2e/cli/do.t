#!/bin/sh
# `git wf do`: a phrase, the command that it means, and its end.
. "${0%/*}/../lib.sh"

test_case 'a phrase runs what it means and says what that is' '
	repeat_runs
	expect_tree_changes
	workflow bug-fix <<-\EOT
	name: Mend what is broken
	params: {issue: {required: true}}
	steps:
	  - {id: say, run: "echo issue ${params.issue} >&2; exit 7"}
	EOT
	commit_all
	expect_exit 1 git wf do fix the bug "Login fails; on mobile"
	expect_err_contains "git-wf: git wf run bug-fix '\''--issue=Login fails; on mobile'\''"
	expect_says "issue Login fails; on mobile"
	expect_exit 0 git wf do "what happened?"
	expect_err_contains "git wf status"
	expect_out_contains "failed"
	expect_ok git wf do why did it fail
	expect_out_contains "issue Login fails"
	rm -f .workflows/bug-fix.yml
	workflow tests <<-\EOT
	steps: [{id: a, run: echo tested}]
	EOT
	expect_exit 0 git wf do run the tests --quiet
	expect_out_empty
	expect_err_lacks "git wf run"
'

test_case 'with -n it is only printed' '
	workflow bug-fix <<-\EOT
	params: {issue: {required: true}}
	steps: [{id: say, run: touch made}]
	EOT
	commit_all
	expect_ok git wf do -n fix the bug 42
	expect_out_is <<-\EOT
	git wf run bug-fix --issue=42
	EOT
	expect_no_file made
	expect_ok git wf do --list
	expect_out_contains "resume interrupted workflow"
'

test_case 'nothing is guessed' '
	for id in test-unit test-all; do
		workflow $id <<-\EOT
		steps: [{id: a, run: touch made}]
		EOT
	done
	commit_all
	expect_tree_changes
	expect_exit 129 git wf do run the tests
	expect_err_contains "'\''test-all'\'' or '\''test-unit'\''"
	expect_exit 129 git wf do sing a song
	expect_err_contains "no phrase that is known"
	expect_exit 129 git wf do what hapened
	expect_err_contains "did you mean '\''what happened'\''"
	rm -r .workflows
	expect_exit 129 git wf do run the tests
	expect_err_contains "git wf new ci"
	expect_exit 129 git wf do execute moon landing
	expect_err_contains "no workflow is called '\''moon landing'\''"
	expect_exit 129 git wf do
	expect_no_file made
'

test_done
