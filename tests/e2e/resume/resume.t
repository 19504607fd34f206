#!/bin/sh
# Going on with a run that did not pass.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# one → two → three; two fails while ../broken exists
three_steps() {
	workflow demo <<-\EOT
	params: {word: {default: none}}
	steps:
	  - {id: one, run: "echo one >> ../ran; echo n=7 >> \"$WF_OUTPUT\""}
	  - {id: two, needs: [one], run: "echo two >> ../ran; test ! -e ../broken"}
	  - {id: three, needs: [two], run: "echo three${steps.one.outputs.n}${params.word} >> ../ran"}
	EOT
	: > ../broken
	repeat_runs "not cached"
}

test_case 'what passed does not run again, though it is not cached' '
	three_steps
	expect_exit 1 git wf run demo
	expect_ran one two
	rm ../broken
	expect_ok git wf resume
	expect_ran two three7none
	expect_equal "$(ls cortex-brain/workflows | wc -l)" 2 # the run and the history
'

test_case 'a run can be resumed until it passes, and then not again' '
	three_steps
	expect_exit 1 git wf run demo
	expect_exit 1 git wf resume
	expect_exit 1 git wf resume
	expect_ran one two two two
	rm ../broken
	expect_ok git wf resume
	expect_ran two three7none
	status=0
	git wf resume >../out 2>&1 || status=$?
	[ $status -ne 0 ] || fail "a run that passed was resumed"
	expect_ran
'

test_case 'parameters are those of the run' '
	three_steps
	expect_exit 1 git wf run demo --word "a b"
	rm ../broken
	expect_ok git wf resume
	expect_ran one two two "three7a b"
'

test_case 'a run is named by its last group, a prefix, its workflow or latest' '
	three_steps
	expect_exit 1 git wf run demo
	run=$(basename cortex-brain/workflows/demo-*)
	expect_exit 1 git wf resume "${run##*-}"
	expect_exit 1 git wf resume "${run%-*}"
	expect_exit 1 git wf resume "$run"
	expect_exit 1 git wf resume demo
	expect_exit 1 git wf resume latest
	expect_ran one two two two two two two
	expect_exit 129 git wf resume no-such-run
	expect_ran
'

test_case 'run --resume goes on, or begins where there is nothing to go on with' '
	three_steps
	expect_exit 1 git wf run demo
	rm ../broken
	expect_ok git wf run demo --resume
	expect_ran one two two three7none
	expect_ok git wf run demo --resume
	expect_ran one two three7none
'

test_case 'the current definition counts: an edited step runs, with what is below it' '
	three_steps
	expect_exit 1 git wf run demo
	expect_ran one two
	sed "s/n=7/n=8/" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	rm ../broken
	expect_tree_changes
	expect_ok git wf resume
	expect_ran one two three8none
'

test_case 'the current definition counts: a step that was broken is repaired' '
	three_steps
	expect_exit 1 git wf run demo
	expect_ran one two
	sed "s/test ! -e/test -e/" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	expect_ok git wf resume
	expect_ran two three7none
'

test_case 'a cached step whose input changed meanwhile runs again' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "cp a b; echo one >> ../ran", inputs: [a], outputs: [b]}
	  - {id: two, needs: [one], run: "echo two >> ../ran; test ! -e ../broken"}
	EOT
	: > ../broken
	echo 1 > a
	expect_tree_changes
	repeat_runs "not cached"
	expect_exit 1 git wf run demo
	expect_ran one two
	rm ../broken
	echo 2 > a
	expect_ok git wf resume
	expect_ran one two
	expect_file b 2
'

test_case 'a secret parameter is asked for again: it comes from the environment' '
	workflow demo <<-\EOT
	params: {token: {required: true, secret: true}}
	steps:
	  - {id: s, run: "printf %s ${params.token} | wc -c >> ../ran; test ! -e ../broken"}
	EOT
	: > ../broken
	expect_exit 1 git wf run demo --token abcdefg
	rm ../broken
	expect_exit 129 git wf resume
	expect_err_contains token
	expect_ok env GIT_WF_PARAM_TOKEN=abcdefg git wf resume
	expect_lines 2 ../ran
'

test_case 'finally runs again at the end of what was resumed' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "test ! -e ../broken"}
	finally:
	  - {id: clean, run: echo clean >> ../ran}
	EOT
	: > ../broken
	expect_exit 1 git wf run demo
	expect_ran clean
	rm ../broken
	expect_ok git wf resume
	expect_ran clean
'

test_case 'items of a foreach that passed do not run again' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {v: [a, b, c]}, run: "echo ${each.v} >> ../ran; test ${each.v} != b || test ! -e ../broken"}
	  - {id: after, needs: [s], run: echo after >> ../ran}
	EOT
	: > ../broken
	expect_exit 1 git wf run demo
	expect_ran a b c
	rm ../broken
	expect_ok git wf resume
	expect_ran b after
'

test_case 'a --no-cache run can be resumed as well' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "cp a b; echo one >> ../ran", inputs: [a], outputs: [b]}
	  - {id: two, needs: [one], run: "echo two >> ../ran; test ! -e ../broken"}
	EOT
	: > ../broken
	echo 1 > a
	expect_tree_changes
	expect_exit 1 git wf run demo --no-cache
	rm ../broken
	expect_ok git wf resume
	expect_ran one two two
'

test_case 'what has passed since, with the same parameters, is settled unless it is named' '
	three_steps
	expect_exit 1 git wf run demo --word a
	expect_exit 1 git wf run demo --word b
	failed=$(git wf status demo --porcelain | head -n 1 | cut -f 2)
	rm ../broken
	expect_ok git wf run demo --word b
	expect_ran one two one two one two three7b
	expect_ok git wf resume # that of a, which did not pass
	expect_ran two three7a
	expect_exit 129 git wf resume
	expect_err_contains "no run was interrupted or failed and has not passed since"
	expect_ok git wf run demo --resume --word b
	expect_ran one two three7b
	expect_ok git wf resume "$failed"
	expect_ran two three7b
'

test_case 'a hook that passed for the files of a commit settles nothing of what a person started' '
	workflow check <<-\EOT
	on: {pre-commit: {files: ["*.txt"]}}
	steps:
	  - {id: look, run: "echo look >> ../ran; test ! -e ../broken"}
	EOT
	repeat_runs "not cached"
	git wf hooks install
	git add -A && git commit -qnm workflows
	: > ../broken
	expect_exit 1 git wf run check
	rm ../broken
	echo x > a.txt && git add a.txt
	expect_ok git commit -qm one
	expect_ran look look
	expect_ok git wf resume
	expect_ran look
'

test_case 'a part of a workflow that passed settles nothing of the whole' '
	three_steps
	expect_exit 1 git wf run demo
	rm ../broken
	expect_ok git wf run demo one
	expect_ok git wf resume
	expect_ran one two one two three7none
'

test_done
