#!/bin/sh
# Every kind of file and change through a hook that fixes: commit, index and worktree, byte for byte.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

test_case 'line endings: a file with CRLF in the worktree stays so, fixed and merged' '
	printf "*.txt text eol=crlf\n" > .gitattributes
	formatter "files: \"*.txt\""
	commit_all
	printf "bad\r\n2\r\n3\r\n4\r\n" > f.txt
	git add f.txt
	printf "bad\r\n2\r\n3\r\nfour\r\n" > f.txt
	expect_ok git commit -qm one
	expect_state <<-\EOT
	.gitattributes head=*.txttexteol=crlf\n index=*.txttexteol=crlf\n tree=*.txttexteol=crlf\n
	f.txt head=good\n2\n3\n4\n index=good\n2\n3\n4\n tree=good\r\n2\r\n3\r\nfour\r\n
	EOT
'

test_case 'autocrlf, and a file that is committed with CRLF' '
	formatter "files: \"*.txt\""
	printf "ok\r\n" > raw.txt
	git add raw.txt && git commit -qm raw --no-verify
	git config core.autocrlf true
	printf "bad\r\n2\r\n" > f.txt
	git add f.txt
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f.txt head=good\n2\n index=good\n2\n tree=good\r\n2\r\n
	raw.txt head=ok\r\n index=ok\r\n tree=ok\r\n
	EOT
'

test_case 'a binary file: fixed as staged; with an edit that is not staged the file stays' '
	formatter
	printf "bad\0\377x" > b
	printf "bad\0\377y" > c
	git add b c
	printf "bad\0\377edited" > c
	expect_ok git commit -qm one
	expect_state <<-\EOT
	b head=good\0377x index=good\0377x tree=good\0377x
	c head=good\0377y index=good\0377y tree=bad\0377edited
	EOT
'

test_case 'only the executable bit: staged by the user, or set by a fixer' '
	workflow format <<-\EOT
	on: {pre-commit: {files: "*.sh"}}
	steps:
	  - {id: up, run: "chmod +x ${git.staged}"}
	EOT
	printf "x\n" > a.sh
	printf "y\n" > b.sh
	git add . && git commit -qm workflows
	hook pre-commit
	chmod +x a.sh
	git add a.sh
	expect_ok git commit -qm one
	printf "more\n" >> b.sh
	git add b.sh
	printf "unstaged\n" >> b.sh
	expect_ok git commit -qm two
	expect_state <<-\EOT
	a.sh head=100755:x\n index=100755:x\n tree=100755:x\n
	b.sh head=100755:y\nmore\n index=100755:y\nmore\n tree=100755:y\nmore\nunstaged\n
	EOT
'

test_case 'links are no files to write through' '
	formatter
	echo ok > target
	commit_all
	ln -s target l
	ln -s bad dangling
	git add l dangling
	expect_ok git commit -qm one
	expect_equal "$(git ls-files -s l | cut -c1-6)" 120000
	expect_state <<-\EOT
	dangling head=120000:bad index=120000:bad tree=120000:bad
	l head=120000:target index=120000:target tree=120000:target
	target head=ok\n index=ok\n tree=ok\n
	EOT
' 

test_case 'an index that is a link stays one, and is the one that is fixed' '
	formatter
	mkdir ../kept; mv .git/index ../kept/index; ln -s ../../kept/index .git/index
	printf "bad\n2\n3\n4\n" > f
	git add f
	echo more >> f
	expect_ok git commit -qm one
	expect_equal "$(readlink .git/index)" ../../kept/index
	expect_state <<-\EOT
	f head=good\n2\n3\n4\n index=good\n2\n3\n4\n tree=good\n2\n3\n4\nmore\n
	EOT
'

test_case 'what is deleted, renamed, and what changes places with a folder' '
	formatter
	echo ok > gone
	echo "ok 1" > old
	echo ok > was-file
	mkdir was-folder && echo ok > was-folder/f
	commit_all
	git rm -q gone
	git mv old new
	echo "bad 1" > new
	rm was-file && mkdir was-file && echo bad > was-file/f
	rm -r was-folder && echo bad > was-folder
	git add -A
	expect_ok git commit -qm one
	expect_state <<-\EOT
	new head=good1\n index=good1\n tree=good1\n
	was-file/f head=good\n index=good\n tree=good\n
	was-folder head=good\n index=good\n tree=good\n
	EOT
	expect_equal "$(git status --porcelain)" ""
'

test_case 'names that are no UTF-8, have line ends, quotes, blanks, dashes in front, or look like patterns' '
	formatter
	mkdir "a b"
	for name in "-rf" "--" "a b/c d" "$(printf "new\nline")" "$(printf "latin\351")" "quo\"te" "apo'"'"'s" "back\\slash" "star*" "[x]" ":top" "~" "\$HOME"; do
		printf "bad\n" > "./$name"
	done
	git add .
	expect_ok git commit -qm one
	expect_state <<-\EOT
	$HOME head=good\n index=good\n tree=good\n
	-- head=good\n index=good\n tree=good\n
	-rf head=good\n index=good\n tree=good\n
	:top head=good\n index=good\n tree=good\n
	[x] head=good\n index=good\n tree=good\n
	ab/cd head=good\n index=good\n tree=good\n
	apo'"'"'s head=good\n index=good\n tree=good\n
	back\slash head=good\n index=good\n tree=good\n
	latin351 head=good\n index=good\n tree=good\n
	new\nline head=good\n index=good\n tree=good\n
	quo"te head=good\n index=good\n tree=good\n
	star* head=good\n index=good\n tree=good\n
	~ head=good\n index=good\n tree=good\n
	EOT
	expect_equal "$(git status --porcelain)" ""
'

test_case 'per file: each by itself, whatever it is called' '
	workflow check <<-\EOT
	on: {pre-commit: {}}
	steps:
	  - id: look
	    foreach: {file: {lines: git.staged}}
	    per_file: true
	    run: ["grep", "-q", "ok", "${each.file}"]
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	for name in "-rf" "$(printf "new\nline")" "$(printf "latin\351")" "quo\"te" "star*" ; do
		printf "ok\n" > "./$name"
	done
	git add . && git rm -q --cached -- -rf
	expect_ok git commit -qm one
	expect_equal "$(git status --porcelain)" "?? -rf"
	printf "no\n" > "star*"
	git add "star*"
	expect_exit 1 git commit -qm two
	expect_says "star*"
'

test_case 'in an export a checker sees the files it declares, whatever they are called, and no others' '
	workflow look <<-EOT
	on: {pre-commit: {isolation: export}}
	steps:
	  - {id: look, run: "ls | wc -l > $CASE/seen; cat -- \${git.staged} | sort | uniq -c > $CASE/read", inputs: ["\${git.staged}"]}
	EOT
	echo x > other && git add . && git commit -qm workflows && hook pre-commit
	new=$(printf "x\ny")
	for n in plain "with blank" "*" "$new"; do printf "staged\n" > "./$n"; done
	git add .
	printf "mine\n" > plain
	expect_ok git commit -qm one
	expect_equal "$(cat "$CASE/seen")" 5
	expect_equal "$(tr -s " " < "$CASE/read")" " 4 staged"
'

test_case 'a checker finds its settings as they are staged, though it does not declare them' '
	workflow lint <<-EOT
	on: {pre-commit: {files: ["**/*.js"]}}
	steps:
	  - id: lint
	    inputs: ["\${git.staged}"]
	    run: |
	      forbid=none; [ ! -f .lintrc ] || . ./.lintrc
	      ! grep -n "\$forbid" \${git.staged}
	  - {id: each, foreach: {f: {lines: git.staged}}, per_file: true, run: "test -f .lintrc && test -f \${each.f}"}
	EOT
	echo "forbid=console" > .lintrc
	git add . && git commit -qm workflows && hook pre-commit
	echo "console.log(1)" > b.js && git add b.js && echo "// mine" >> b.js && echo "forbid=mine" > .lintrc
	expect_exit 1 git commit -qm one
	expect_err_contains "console.log(1)"
	echo "mine" > b.js && git add b.js && echo "// console" >> b.js
	expect_ok git commit -qm two
'

test_done
