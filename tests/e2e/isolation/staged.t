#!/bin/sh
# What a fixer does to commit, index and worktree: every byte of the three.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

test_case 'a staged file is committed fixed, and the worktree has the fix' '
	formatter
	printf "bad 1\nx\n" > f
	git add f
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good1\nx\n index=good1\nx\n tree=good1\nx\n
	EOT
	expect_equal "$(git status --porcelain)" ""
	expect_no_locks
'

test_case 'a partially staged file: the edits that are not staged stay, outside of the commit' '
	formatter
	printf "bad\n2\n3\n4\n5\n6\n7\n" > f
	git add f
	printf "bad\n2\n3\n4\n5\n6\nseven\n" > f
	echo bad > other
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good\n2\n3\n4\n5\n6\n7\n index=good\n2\n3\n4\n5\n6\n7\n tree=good\n2\n3\n4\n5\n6\nseven\n
	other head=- index=- tree=bad\n
	EOT
'

test_case 'a fix in lines with edits that are not staged: the file stays as it is, and that is said' '
	formatter
	printf "bad\n2\n3\n" > f
	git add f
	printf "bad, and mine\n2\n3\n" > f
	expect_ok git commit -qm one
	expect_says "f"
	expect_says "not staged"
	expect_state <<-\EOT
	f head=good\n2\n3\n index=good\n2\n3\n tree=bad,andmine\n2\n3\n
	EOT
'

test_case 'an edit while the hook runs is neither lost nor committed' '
	workflow format <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ \${git.staged}; echo edited >> $REPO/f; echo new > $REPO/g"}
	EOT
	git add .workflows && git commit -qm workflows
	hook pre-commit
	printf "bad\n2\n3\n4\n5\n" > f
	git add f
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good\n2\n3\n4\n5\n index=good\n2\n3\n4\n5\n tree=good\n2\n3\n4\n5\nedited\n
	g head=- index=- tree=new\n
	EOT
'

test_case 'something staged while the hook runs is not committed untested' '
	workflow format <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ \${git.staged}; echo g > $REPO/g; git -C $REPO add g"}
	EOT
	git add .workflows && git commit -qm workflows
	hook pre-commit
	printf "bad\n" > f
	git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=bad\n
	g head=- index=g\n tree=g\n
	EOT
	expect_no_locks
'

test_case 'commit -a' '
	formatter
	printf "ok\n2\n" > f
	printf "ok\n" > g
	commit_all
	printf "bad\n2\n" > f
	printf "bad\n" > untracked
	rm g
	expect_ok git commit -qam one
	expect_state <<-\EOT
	f head=good\n2\n index=good\n2\n tree=good\n2\n
	untracked head=- index=- tree=bad\n
	EOT
	expect_no_locks
'

test_case 'commit -- PATH: what else is staged stays staged, and is not committed' '
	formatter
	printf "ok\n" > f
	printf "ok\n" > g
	commit_all
	printf "bad f\n" > f
	printf "bad g\n" > g
	git add g
	expect_ok git commit -qm one -- f
	expect_state <<-\EOT
	f head=goodf\n index=goodf\n tree=goodf\n
	g head=ok\n index=badg\n tree=badg\n
	EOT
	expect_equal "$(git status --porcelain)" "M  g"
	expect_no_locks
'

test_case 'commit -i PATH, --only of a new file, and --amend' '
	formatter
	printf "ok\n" > f
	printf "ok\n" > g
	commit_all
	printf "bad f\n" > f
	printf "bad g\n" > g
	git add g
	expect_ok git commit -qm one -i f
	expect_state <<-\EOT
	f head=goodf\n index=goodf\n tree=goodf\n
	g head=goodg\n index=goodg\n tree=goodg\n
	EOT
	printf "bad h\n" > h
	git add h
	expect_ok git commit -qm two --only h
	printf "bad i\n" > i
	git add i
	expect_ok git commit -q --amend -m "two, amended"
	expect_state <<-\EOT
	f head=goodf\n index=goodf\n tree=goodf\n
	g head=goodg\n index=goodg\n tree=goodg\n
	h head=goodh\n index=goodh\n tree=goodh\n
	i head=goodi\n index=goodi\n tree=goodi\n
	EOT
	expect_equal "$(git log --format=%s | head -2 | tr "\n" ,)" "two, amended,one,"
	expect_no_locks
'

test_case 'add -N: what is only intended to be added is neither tested nor committed, and stays so' '
	formatter
	printf "bad f\n" > f
	printf "bad n\n" > n
	git add f
	git add -N n
	expect_ok git commit -qm one
	expect_equal "$(git status --porcelain)" " A n"
	expect_state <<-\EOT
	f head=goodf\n index=goodf\n tree=goodf\n
	n head=- index= tree=badn\n
	EOT
	expect_no_locks
'

test_case 'the first commit of a repository' '
	rm -rf .git && git init -q .
	workflow format <<-\EOT
	on: {pre-commit: {files: "*.txt"}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ ${git.staged}"}
	EOT
	hook pre-commit
	printf "bad\n" > f.txt
	git add .
	printf "bad\nmore\n" > f.txt
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f.txt head=good\n index=good\n tree=bad\nmore\n
	EOT
	expect_no_locks
'

test_case 'fix: fail puts the fixes into the worktree, and commits nothing' '
	formatter "fix: fail"
	printf "bad\n2\n3\n4\n" > f
	git add f
	printf "bad\n2\n3\nfour\n" > f
	expect_exit 1 git commit -qm one
	expect_says f
	expect_state <<-\EOT
	f head=- index=bad\n2\n3\n4\n tree=good\n2\n3\nfour\n
	EOT
	expect_no_locks
'

test_case 'fix: off throws them away, and the commit does not pass' '
	formatter "fix: off"
	printf "bad\n" > f
	git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=bad\n
	EOT
'

test_case 'a check that fails changes nothing, also not what was fixed before it' '
	workflow format <<-\EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ ${git.staged}"}
	  - {id: no, needs: [up], run: "false"}
	EOT
	git add .workflows && git commit -qm workflows
	hook pre-commit
	printf "bad\n" > f
	git add f
	echo bad >> f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=bad\nbad\n
	EOT
	expect_no_locks
'

test_case 'new files only if declared; other tracked files are left alone, and that is said' '
	echo tracked > t
	workflow format <<-\EOT
	on: {pre-commit: {files: "*.in"}}
	steps:
	  - id: gen
	    run: "tr a-z A-Z < a.in > a.out; echo x > undeclared; echo changed > t"
	    outputs: [a.out]
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	echo text > a.in
	git add a.in
	expect_ok git commit -qm one
	expect_says "t"
	expect_state <<-\EOT
	a.in head=text\n index=text\n tree=text\n
	a.out head=TEXT\n index=TEXT\n tree=TEXT\n
	t head=tracked\n index=tracked\n tree=tracked\n
	EOT
'

test_case 'fixes that undo all that was staged leave nothing to commit: no empty commit' '
	formatter
	printf "good\n" > f && git add f && git commit -qm good
	before=$(git rev-parse HEAD)
	for how in "" -a "-- f"; do
		printf "bad\n" > f
		[ -n "$how" ] || git add f
		expect_exit 1 git commit -qm undone $how
		expect_err_contains "nothing is left to commit: what was fixed has undone all that was staged"
		expect_equal "$(git rev-parse HEAD)" "$before"
		expect_equal "$(git status --porcelain)" ""
	done
	printf "bad\n" > f && git add f
	expect_exit 1 git commit -q --amend -m better
	expect_err_contains "the same again goes on with --amend or --allow-empty"
	expect_ok git commit -q --amend -m better
	printf "bad\n" > f && printf "more\n" > g && git add f g
	expect_ok git commit -qm "something is left"
	git checkout -qb side HEAD~1 && printf "side\n" > s && git add s && git commit -qm side
	git checkout -q - && git merge -q --no-commit --no-ff -s ours side
	printf "bad\n" > f && git add f
	expect_ok git commit -qm "a merge may be empty"
	expect_equal "$(git rev-list --parents -n 1 HEAD | wc -w)" 3
'

test_done
