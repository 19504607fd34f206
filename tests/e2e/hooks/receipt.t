#!/bin/sh
# Receipts: that something passed, for a very tree.
. "${0%/*}/../lib.sh"

begin='
	export XDG_STATE_HOME="$CASE/state"
	expect_tree_changes
	workflow check <<-\EOT
	on: [pre-commit, pre-push]
	steps: [{id: a, run: "test ! -e bad"}]
	EOT
	git wf hooks install; git add -A; git commit -qm one
'

test_case 'a commit has one, one that passed by the hook has none; a revision is asked for' "$begin"'
	expect_exit 0 git wf status --require check
	expect_out_contains "passed in pre-commit, 20"
	echo x >x; git add x; git commit -qnm two
	expect_exit 1 git wf status --require check
	expect_err_contains "'"'check'"' has not passed for the tree of HEAD"
	expect_exit 0 git wf status --require check --rev HEAD~1
	expect_exit 1 git wf status --require other --rev HEAD~1
	expect_exit 129 git wf status --require check --rev nowhere
	expect_exit 129 git wf status --rev HEAD
	git rm -q x; git commit -qnm three
	expect_exit 0 git wf status --require check
	git wf status --require check --json >"$CASE/json"
	expect_equal "$(jq -r "[.passed, .receipts[0].hook, .receipts[0].note] | join(\" \")" <"$CASE/json")" "true pre-commit false"
	WF_SKIP=a git commit -qm four --allow-empty; echo y >y; git add y; WF_SKIP=a git commit -qm five
	expect_exit 1 git wf status --require check
'

test_case 'a push makes notes of them, which others can fetch; only allowed signers count where they are asked' "$begin"'
	require ssh-keygen
	ssh-keygen -q -t ed25519 -N "" -f "$CASE/key" && ssh-keygen -q -t ed25519 -N "" -f "$CASE/other"
	git config commit.gpgsign true; git config gpg.format ssh; git config user.signingkey "$CASE/key.pub"
	git init -q --bare "$CASE/there.git"; git remote add there "$CASE/there.git"
	echo x >x; git add x; git commit -qm two
	git push -q there main
	git push -q there refs/notes/wf
	[ "$(git notes --ref=wf list | wc -l)" = 1 ]
	[ "$(git notes --ref=wf list | cut -d " " -f 2)" = "$(git rev-parse "HEAD^{tree}")" ]
	git clone -q "$CASE/there.git" "$CASE/ci"; cd "$CASE/ci"
	expect_exit 1 git wf status --require check
	git fetch -q origin refs/notes/wf:refs/notes/wf
	expect_exit 0 git wf status --require check
	expect_out_contains "by A U Thor <author@example.com>"
	echo "me@example.com $(cat "$CASE/key.pub")" >"$CASE/allowed"
	echo "you@example.com $(cat "$CASE/other.pub")" >"$CASE/others"
	expect_exit 0 git wf status --require check --allowed-signers "$CASE/allowed"
	expect_out_contains "signed by me@example.com"
	expect_exit 1 git wf status --require check --allowed-signers "$CASE/others"
	expect_out_contains "not accepted: passed in"
	note=$(git notes --ref=wf show "HEAD^{tree}" | sed "s/pre-push/pre-lunch/")
	git notes --ref=wf add -f -m "$note" "HEAD^{tree}"
	expect_exit 1 git wf status --require check --allowed-signers "$CASE/allowed"
	expect_out_contains "not accepted: passed in pre-lunch"
	cd "$REPO"
	git -C "$REPO" push -q there main
	[ "$(git notes --ref=wf show "HEAD^{tree}" | grep -c payload)" = 1 ]
'

test_done
