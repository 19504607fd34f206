#!/bin/sh
# However git wf is started, it finds what it remembered.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'git wf, git-wf and an alias share what is remembered' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	git config alias.go "!git wf run demo"
	git config alias.flow "wf run"
	expect_tree_changes
	expect_ok git-wf run demo
	expect_ran copy
	expect_ok git wf run demo
	expect_ok git go
	expect_ok git flow demo
	expect_ok git-wf run demo
	expect_ran
	expect_out_contains "nothing to do"
'

test_case 'from a folder below, and with -C, the paths are the same' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	mkdir -p sub/folder
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran copy
	cd sub/folder
	expect_ok git wf run demo
	cd /
	expect_ok git wf run demo -C "$REPO/sub"
	expect_ok git -C "$REPO" wf run demo
	cd "$REPO"
	expect_ran
'

test_done
