#!/bin/sh
# Where a run can happen.
. "${0%/*}/../lib.sh"

copy_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_tree_changes
}

test_case 'in a folder below' '
	copy_workflow
	mkdir -p x/y
	cd x/y
	expect_ok git wf run demo
	expect_file ../../b one
'

test_case 'on a detached HEAD' '
	copy_workflow
	commit_all
	git checkout -q --detach
	expect_ok git wf run demo
	expect_file b one
'

test_case 'before the first commit' '
	git init -q ../new
	cd ../new
	REPO=$CASE/new
	copy_workflow
	expect_ok git wf run demo
	expect_file b one
'

test_case 'in a linked worktree, also when the main one is gone from its place' '
	copy_workflow
	commit_all
	git worktree add -q ../linked
	cd ../linked
	expect_ok git wf run demo
	expect_file b one
	expect_no_file "$REPO/b"
	[ -d cortex-brain ] && [ ! -e "$REPO/cortex-brain" ]
'

test_case 'in a path with spaces, quotes and a newline' "
	git init -q \"../a  \\\"b\\\" \\\$c
d\"
	cd \"../a  \\\"b\\\" \\\$c
d\"
	REPO=\$PWD
	copy_workflow
	expect_ok git wf run demo
	expect_file b one
	expect_ok git wf run demo
	expect_says 'nothing to do'
"

test_case 'in a path that is no UTF-8' '
	bad=$(printf "../\\377\\376")
	git init -q "$bad" || skip_case "no such names here"
	cd "$bad"
	REPO=$PWD
	copy_workflow
	expect_ok git wf run demo
	expect_file b one
	expect_ok git wf run demo --force
'

test_case 'outputs whose names are no UTF-8' '
	bad=$(printf "x\\377")
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "mkdir -p d; cp a \"d/$(cat name)\"", inputs: [a, name], outputs: [d/]}
	EOT
	printf %s "$bad" > name
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	rm -r d
	expect_ok git wf run demo
	expect_file "d/$bad" one
'

test_case 'with a workflow given as a path' '
	copy_workflow
	mkdir other
	mv .workflows/demo.yml other/mine.yml
	expect_ok git wf run other/mine.yml
	expect_file b one
	cd other
	expect_ok git wf run ./mine.yml
'

test_case 'not outside of a repository' '
	mkdir ../plain
	cd ../plain
	expect_exit 128 git-wf run demo
	expect_err_contains repository
'

test_case 'in a submodule' '
	copy_workflow
	commit_all
	git init -q ../outer
	cd ../outer
	git -c protocol.file.allow=always submodule --quiet add "$REPO" sub
	cd sub
	expect_ok git wf run demo
	expect_file b one
	[ -d cortex-brain ]
	[ ! -e ../cortex-brain ]
'

test_done
