#!/bin/sh
# More files than one command line takes: every one of them is handed on, once.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

# N files in the index and the worktree, with names of about LEN bytes.
many_files() { # N LEN TEXT
	long=$(printf "%0$2d" 0 | tr 0 n)
	mkdir many
	awk -v n="$1" -v long="$long" -v text="$3" 'BEGIN { for (i = 0; i < n; i++) {
		file = "many/" i "-" long; print text > file; close(file) } }'
	git add many
}

test_case 'a command line is cut where the system would not take it' '
	workflow format <<-EOT
	on: {pre-commit: {files: "many/**"}}
	steps:
	  - {id: up, run: "printf %s\\\\\\\\n \${git.staged} >> $CASE/handed; echo x >> $CASE/calls; sed -i s/bad/good/ \${git.staged}"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	ulimit -s 512 # the system takes 128 KiB then
	many_files 900 200 bad
	! sh -c "/bin/true many/*" 2> /dev/null || skip_case "the stack does not limit command lines here"
	expect_ok git commit -qm one
	expect_equal "$(git ls-files many | sort)" "$(sort "$CASE/handed")"
	[ "$(wc -l < "$CASE/calls")" -ge 2 ] || fail "in one command"
	expect_equal "$(git ls-tree -r HEAD many | cut -c1-52 | sort -u | cut -d" " -f3)" "$(echo good | git hash-object --stdin)"
	expect_equal "$(git status --porcelain)" ""
	expect_equal "$(find many -type f -exec cat {} + | sort -u)" good
'

test_case 'a part that fails ends the hook, and nothing is committed' '
	workflow check <<-EOT
	on: {pre-commit: {files: "many/**"}}
	steps:
	  - {id: look, run: "echo x >> $CASE/calls; ! grep -l bad \${git.staged}"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	ulimit -s 512
	many_files 900 200 ok
	last=$(ls many | tail -n 1)
	echo bad > "many/$last" && git add many
	expect_exit 1 git commit -qm one
	expect_says "$last"
	expect_equal "$(git log -1 --format=%s)" workflows
'

test_case 'a list in an argument of a program is one argument: too long is said with the way out' '
	workflow check <<-\EOT
	on: {pre-commit: {files: "many/**"}}
	steps:
	  - {id: look, run: [ls, "${git.staged}"]}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	many_files 400 200 ok
	expect_exit 1 git commit -qm one
	expect_says "at most 65536"
'

test_case '100,000 staged paths: each is handed on once, and a second commit of them is nothing to do' '
	workflow check <<-EOT
	on: {pre-commit: {files: "many/**", isolation: in-place}}
	steps:
	  - {id: look, run: "printf %s\\\\\\\\n \${git.staged} >> $CASE/handed", inputs: []}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	blob=$(echo ok | git hash-object -w --stdin)
	seq -f "100644 $blob 0	many/%.0f" 100000 | git update-index --index-info
	expect_ok git commit -qm one
	expect_lines 100000 "$CASE/handed"
	expect_equal "$(sort -u "$CASE/handed" | wc -l)" 100000
	git reset -q --soft HEAD~1
	expect_ok git commit -qm again
	expect_lines 100000 "$CASE/handed"
	expect_equal "$(git ls-tree -r --name-only HEAD many | wc -l)" 100000
'

test_done
