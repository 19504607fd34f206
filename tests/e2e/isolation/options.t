#!/bin/sh
# What a workflow says of the place that it runs in: share, keep, isolation.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

test_case 'share: what is not tracked leads to that of the user, and stays theirs' '
	printf "/modules/\n/deps/\n" > .gitignore
	mkdir -p modules deps/in && echo one > modules/m && echo two > deps/in/d
	workflow check <<-EOT
	on: {pre-commit: {share: [modules/, deps/in, absent]}}
	steps:
	  - {id: look, run: "cat modules/m deps/in/d > $CASE/seen; [ ! -e absent ]; [ ! -e own ]; pwd > $CASE/where; sed -i s/bad/good/ \${git.staged}"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	printf "bad\n2\n" > f && git add f && printf "mine\n" >> f && echo x > own
	expect_ok git commit -qm one
	expect_file "$CASE/seen" "one
two"
	[ "$(cat "$CASE/where")" != "$REPO" ] || fail "it ran where the user works"
	expect_state <<-\EOT
	.gitignore head=/modules/\n/deps/\n index=/modules/\n/deps/\n tree=/modules/\n/deps/\n
	f head=good\n2\n index=good\n2\n tree=good\n2\nmine\n
	own head=- index=- tree=x\n
	EOT
	echo three > modules/m
	printf "bad\n3\n" > g && git add g
	expect_ok git commit -qm two
	expect_file "$CASE/seen" "three
two"
	expect_equal "$(cat modules/m deps/in/d | tr "\n" ,)" "three,two,"
'

test_case 'share: what is part of the tree cannot be shared, and that is said' '
	workflow check <<-\EOT
	on: {pre-commit: {share: [d]}}
	steps:
	  - {id: look, run: "true"}
	EOT
	mkdir d && echo x > d/x
	git add . && git commit -qm workflows
	hook pre-commit
	printf "bad\n" > f && git add f && echo mine >> f
	expect_exit 1 git commit -qm one
	expect_says "is to be shared, but it is part of the tree"
	expect_state <<-\EOT
	d/x head=x\n index=x\n tree=x\n
	f head=- index=bad\n tree=bad\nmine\n
	EOT
'

test_case 'keep: what steps leave there stays for the next commit, and is nobody else'"'"'s; all else goes' '
	printf "/build/\n/other/\n" > .gitignore
	workflow check <<-EOT
	on: {pre-commit: {keep: [build]}}
	steps:
	  - {id: make, run: "mkdir -p build other; ls build other > $CASE/seen; echo x >> build/made; echo y > other/made; : \${git.staged}"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	for n in 1 2 3; do
		printf "$n\n" > f && git add f && echo mine >> f
		expect_ok git commit -qm "$n"
		expect_no_file build
		expect_no_file other
	done
	expect_file "$CASE/seen" "build:
made

other:"
	expect_equal "$(find .git/wf/places -path "*/tree/build/made" -exec cat {} + | wc -l)" 3
	expect_state <<-\EOT
	.gitignore head=/build/\n/other/\n index=/build/\n/other/\n tree=/build/\n/other/\n
	f head=3\n index=3\n tree=3\nmine\n
	EOT
'

test_case 'isolation: shadow, export and in-place are what they say' '
	for kind in shadow export in-place; do
		workflow "w-$kind" <<-EOT
		on: {pre-commit: {isolation: $kind, files: "*.txt"}}
		steps:
		  - {id: look, run: "pwd > $CASE/$kind; ls > $CASE/$kind.ls; git rev-parse --show-toplevel > $CASE/$kind.top"}
		EOT
	done
	echo x > other && git add . && git commit -qm workflows
	hook pre-commit
	echo y > f.txt && git add f.txt
	expect_ok git commit -qm one
	expect_equal "$(cat "$CASE/in-place")" "$REPO"
	for kind in shadow export; do
		expect_equal "$(cat "$CASE/$kind")" "$REPO/.git/wf/places/$kind-0/tree"
		expect_equal "$(cat "$CASE/$kind.top")" "$REPO/.git/wf/places/$kind-0/tree"
	done
	expect_equal "$(tr "\n" " " < "$CASE/shadow.ls")" "f.txt other "
	expect_equal "$(tr "\n" " " < "$CASE/export.ls")" "f.txt "
'

test_case 'a step that says nothing and writes a tracked file is found, and what it did is as if on a copy' '
	for fix in off fail stage; do
		workflow odd <<-EOT
		on: {pre-commit: {fix: $fix}}
		steps:
		  - {id: odd, run: "pwd >> $CASE/where; sed -i s/bad/good/ f"}
		EOT
		git add . && git commit -qm workflows --no-verify
		hook pre-commit
		printf "bad\n" > f && git add f
		[ $fix = stage ] || expect_exit 1 git commit -qm one
		[ $fix != stage ] || expect_ok git commit -qm one
		expect_says "was edited meanwhile"
		expect_equal "$(tr "\n" " " < "$CASE/where")" "$REPO $REPO/.git/wf/places/shadow-0/tree "
		rm "$CASE/where"
		state >> "$CASE/states"
		[ $fix = stage ] || git rm -qf f
	done
	expect_equal "$(sed s/100644://g "$CASE/states")" "f head=- index=bad\\n tree=bad\\n
f head=- index=bad\\n tree=good\\n
f head=good\\n index=good\\n tree=good\\n"
'

test_case 'in a shadow such a step touches nothing of the user; what it fixed counts like any other' '
	workflow odd <<-\EOT
	on: {pre-commit: {}}
	steps:
	  - {id: odd, run: "sed -i s/bad/good/ f"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	sed -i "s/{}/{isolation: shadow, fix: off}/" .workflows/odd.yml && git add .
	printf "bad\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=bad\n
	EOT
	sed -i "s/, fix: off//" .workflows/odd.yml && git add .
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good\n index=good\n tree=good\n
	EOT
'

test_done
