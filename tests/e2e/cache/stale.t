#!/bin/sh
# Files that an earlier result left and the one that is wanted does not have.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# One part per word of `a`; what counts the parts sees what the glob finds.
split_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: split, run: "mkdir -p out; rm -f out/*; for w in $(cat a); do echo $w > out/$w.part; done; echo split >> ../ran", inputs: [a], outputs: ["out/*.part"]}
	  - {id: count, run: "ls out > n; echo count >> ../ran", inputs: ["out/*.part"], outputs: [n]}
	EOT
	expect_tree_changes
}

test_case 'going back to fewer outputs of a glob' '
	split_workflow
	echo one two > a
	expect_ok git wf run demo
	expect_lines 2 n
	echo one two three > a
	expect_ok git wf run demo
	expect_lines 3 n
	echo one two > a
	expect_ok git wf run demo
	expect_lines 2 n
	expect_no_file out/three.part
'

test_case 'going back to fewer files in a folder of outputs' '
	workflow demo <<-\EOT
	steps:
	  - {id: split, run: "rm -rf out; mkdir -p out/sub; for w in $(cat a); do echo $w > out/sub/$w; done; echo split >> ../ran", inputs: [a], outputs: [out/]}
	  - {id: count, run: "ls out/sub > n; echo count >> ../ran", inputs: ["out/**"], outputs: [n]}
	EOT
	expect_tree_changes
	echo one two > a
	expect_ok git wf run demo
	echo one two three > a
	expect_ok git wf run demo
	expect_lines 3 n
	echo one two > a
	expect_ok git wf run demo
	expect_lines 2 n
	expect_no_file out/sub/three
'

test_case 'a file that somebody put among the outputs' '
	split_workflow
	echo one two > a
	expect_ok git wf run demo
	expect_ran split count
	echo alien > out/alien.part
	expect_ok git wf run demo
	expect_lines 2 n
	expect_no_file out/alien.part
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
'

test_case 'a file beside the outputs is nobody its business' '
	split_workflow
	echo one two > a
	expect_ok git wf run demo
	expect_ran split count
	echo mine > out/notes.txt
	expect_ok git wf run demo
	expect_ran
	expect_file out/notes.txt mine
'

test_done
