#!/bin/sh
# What is left when the power fails, or somebody removed it: the next command works with no clean-up.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

steps() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "echo one >> ../ran; echo 1 > made", inputs: [in], outputs: [made]}
	  - {id: two, needs: [one], run: echo two >> ../ran, idempotent: false}
	  - {id: three, needs: [two], run: "echo three >> ../ran; test ! -e ../broken"}
	EOT
	echo /made > .gitignore; echo 1 > in; commit_all
	: > ../broken
	repeat_runs "not cached"
}

test_case 'a run whose workflow.json was not on the disk is not resumed, and blocks nothing' '
	steps
	expect_exit 1 git wf run demo
	rm ../broken
	head -c 20 /dev/zero > torn
	cp torn cortex-brain/workflows/demo-*/workflow.json; rm torn
	git wf resume > ../said 2>&1 && exit 1
	grep -q "was not on the disk yet" ../said
	expect_ran one two three
	expect_ok git wf run demo --resume
	expect_ran two three
	expect_ok git wf status
	git wf resume > ../said 2>&1 && exit 1
	grep -q "no run was interrupted or failed" ../said
'

test_case 'what has passed and must not run twice does not, though its record is lost' '
	steps
	expect_exit 1 git wf run demo
	rm -rf ../broken .git/wf/records* .git/wf/objects made
	expect_exit 1 git wf resume
	expect_says "has passed in this run"
	expect_ran one two three one
	expect_ok git wf resume --done two
	expect_ran three
'

test_case 'folders that were empty are made again' '
	steps
	expect_exit 1 git wf run demo
	rm -rf ../broken cortex-brain/workflows/demo-*/logs cortex-brain/workflows/demo-*/artifacts
	expect_ok git wf resume
	expect_ran one two three three
'

test_done
