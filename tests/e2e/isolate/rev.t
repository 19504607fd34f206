#!/bin/sh
# run --rev: on each commit of a range, in a worktree of its own.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

three_commits() {
	workflow demo <<-\EOT
	steps: [{id: a, inputs: [a], outputs: [out], run: "cat a >> $RAN; cp a out; ! grep bad a"}]
	EOT
	echo out > .gitignore
	RAN=$CASE/ran; export RAN
	echo base > a; commit_all base; git tag base
	echo good > a; commit_all "a good one"
	echo bad > a; commit_all "a bad one"
	echo fine > a; commit_all "a fine one"
}

test_case 'one line a commit, oldest first; 1 if one failed; nothing of the user is touched' '
	three_commits
	echo mine > a; echo untracked > u; index=$(md5sum < .git/index)
	repeat_runs "a commit fails each time"
	expect_exit 1 git wf run demo --rev base..HEAD
	expect_ran good bad fine
	[ "$(grep -cE "^(passed|failed)  [0-9a-f]+ a (good|bad|fine) one  " "$CASE/out")" = 3 ] || fail "$(cat "$CASE/out")"
	[ "$(grep -E "^(passed|failed)  " "$CASE/out" | cut -c1-6 | tr "\n" " ")" = "passed failed passed " ] || fail order
	expect_out_contains "exit 1"
	expect_file a mine
	expect_file u untracked
	[ "$index" = "$(md5sum < .git/index)" ] || fail "the index was written"
	[ "$(git worktree list | wc -l)" = 1 ] || fail "a worktree is left"
	expect_exit 1 git wf run demo --rev base..HEAD
	expect_ran bad
	expect_ok git wf run demo --rev HEAD
	expect_ran
	expect_lines 1 "$CASE/out"
	expect_ok git wf run demo --rev base
	expect_ran base
'

test_case 'what is no range, or has no workflow, is said' '
	three_commits
	expect_exit 128 git wf run demo --rev nowhere..HEAD
	expect_err_contains "nowhere"
	expect_exit 129 git wf run demo --rev HEAD..HEAD
	expect_err_contains "names no commit"
	expect_exit 1 git wf run demo --rev base~1
	expect_out_contains "no workflow"
	expect_exit 129 git wf run demo --rev HEAD --events -
	expect_ran
'

test_case 'each commit gets its own workflow, and nothing of the commit before it' '
	three_commits
	workflow demo <<-\EOT
	steps: [{id: a, run: "ls >> $RAN; touch litter; mkdir -p out.d; touch out.d/x"}]
	EOT
	echo "litter" >> .gitignore
	rm a; commit_all "one"; echo z > z; commit_all "two"
	repeat_runs "not cached"
	expect_ok git wf run demo --rev HEAD~2..HEAD
	expect_ran z
'

test_case 'each commit has its own file of events and of a report, where the caller stands' '
	three_commits
	mkdir sub; cd sub
	expect_tree_changes
	expect_exit 1 git wf run demo --rev base..HEAD --events events.jsonl --report junit:junit.xml,markdown:page
	for commit in $(git log --format=%h base..HEAD); do
		expect_file_contains "events.$commit.jsonl" "\"type\":\"run.end\""
		expect_file_contains "junit.$commit.xml" "<testsuite"
		expect_file_contains "page.$commit" demo
	done
	expect_file_contains "junit.$(git rev-parse --short HEAD~1).xml" "<failure"
	expect_no_file events.jsonl
	cd ..
'

test_done
