#!/bin/sh
# rollback.cleanup: what runs when the tree was put back.
. "${0%/*}/../lib.sh"

flow() { # KEYS-OF-THE-FAILING-STEP
	workflow demo <<-EOT
	rollback: {cleanup: [tidy, sweep]}
	error_handlers:
	  tidy: {run: "cat file >> ../tidied; echo \$WF_STEP >> ../order"}
	steps:
	  - {id: change, run: echo new > file}
	  - {id: sweep, run: "echo \$WF_STEP >> ../order; test ! -e ../broken"}
	  - {id: check, needs: [change], run: test -e ../good$1}
	finally:
	  - {id: last, run: "echo last >> ../order; cat file >> ../seen"}
	EOT
	echo old > file
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}

test_case 'after a rollback that a failure wanted, when all else has ended' '
	flow ", on_failure: rollback"
	expect_exit 1 git wf run demo
	expect_file ../tidied old
	expect_file ../seen new
	expect_equal "$(tr "\n" " " < ../order)" "last workflow.cleanup.tidy workflow.cleanup.sweep "
	expect_file file old
	expect_out_contains "was rolled back (on_failure: rollback)"
	! grep -q "cannot take snapshot" "$CASE/out" "$CASE/err"
	: > ../good
	expect_ok git wf resume demo
	expect_file file new
	expect_equal "$(grep -c cleanup ../order)" 2
'

test_case 'not where nothing was rolled back' '
	flow ""
	expect_exit 1 git wf run demo
	: > ../good
	expect_ok git wf run demo
	expect_no_file ../tidied
	expect_equal "$(sort -u ../order)" last
'

test_case 'after git wf rollback, of a run that failed or passed; its status stays' '
	flow ""
	expect_exit 1 git wf run demo
	expect_ok git wf rollback demo
	expect_file ../tidied old
	expect_err_contains "workflow.cleanup.tidy passed"
	expect_ok git wf status demo
	expect_out_contains failed
	: > ../good
	expect_ok git wf resume demo
	expect_file file new
	expect_ok git wf rollback demo
	expect_equal "$(wc -l < ../tidied)" 2
	expect_ok git wf status demo
	expect_out_contains passed
	expect_ok git wf undo
	expect_file file new
	expect_equal "$(wc -l < ../tidied)" 2
'

test_case 'after resume --rollback-to, before it goes on' '
	flow ""
	expect_exit 1 git wf run demo
	: > ../good && : > ../order
	expect_ok git wf resume --rollback-to 1
	expect_file ../tidied old
	expect_err_contains "workflow.cleanup.tidy passed"
	expect_equal "$(tr "\n" " " < ../order)" "workflow.cleanup.tidy workflow.cleanup.sweep last "
	expect_file file new
'

test_case 'where it fails, resume --rollback-to does not go on; the next resume does' '
	flow ""
	expect_exit 1 git wf run demo
	: > ../good && : > ../broken
	expect_exit 1 git wf resume --rollback-to 1
	expect_says "it was not cleaned up after in full; '"'"'git wf resume "
	expect_file file old
	expect_ok git wf resume
	expect_file file new
	expect_equal "$(wc -l < ../tidied)" 1
'

test_case 'after one that was cut off, by whatever finishes it' '
	for finishing in run rollback; do
		flow ""
		rm -f ../good
		expect_exit 1 git wf run demo
		expect_ok git wf rollback
		rm ../tidied
		sed "s/\"what\":\"undo\"/\"what\":\"rollback\"/" .git/wf/undo.json > .git/wf/rollback.json
		: > ../good
		expect_ok git wf $finishing demo
		expect_says "finished"
		expect_lines 1 ../tidied
		expect_says "workflow.cleanup.tidy passed"
		git checkout -q file && rm -r cortex-brain
	done
'

test_case 'one that fails is told, and the rest runs' '
	flow ""
	: > ../broken
	expect_exit 1 git wf run demo
	expect_exit 1 git wf rollback demo
	expect_says "workflow.cleanup.sweep has failed"
	expect_file file old
	expect_file ../tidied old
'

test_case 'plan says when; a strategy is no name for it' '
	flow ""
	expect_ok git wf plan demo
	expect_out_contains "after a rollback"
	sed -i "s/tidy, sweep/abort/" .workflows/demo.yml
	expect_exit 129 git wf validate demo
	expect_says "is for the"
'

test_done
