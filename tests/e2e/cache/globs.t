#!/bin/sh
# Which files a glob of inputs means, and that a change of the answer is noticed.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# The step writes the list of what is below src.
list_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "find src -type f | sort > list; echo list >> ../ran", inputs: ["src/**"], outputs: [list]}
	EOT
	expect_tree_changes
}

test_case 'a new, a renamed and a deleted file are noticed' '
	list_workflow
	mkdir -p src/sub
	echo 1 > src/one
	expect_ok git wf run demo
	expect_ran list
	echo 2 > src/sub/two
	expect_ok git wf run demo
	expect_ran list
	expect_lines 2 list
	mv src/sub/two src/sub/three
	expect_ok git wf run demo
	expect_ran list
	expect_file_contains list three
	rm src/one
	expect_ok git wf run demo
	expect_ran list
	expect_file list src/sub/three
	expect_ok git wf run demo
	expect_ran
'

test_case 'a file in a folder that was empty or not there is noticed' '
	list_workflow
	mkdir -p src/empty/deep
	echo 1 > src/one
	expect_ok git wf run demo
	expect_ok git wf run demo
	echo 2 > src/empty/deep/two
	expect_ok git wf run demo
	expect_lines 2 list
	mkdir -p src/new/folder
	echo 3 > src/new/folder/three
	expect_ok git wf run demo
	expect_lines 3 list
	expect_ran list list list
'

test_case 'a glob that found nothing notices the first file' '
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "ls > list; echo list >> ../ran", inputs: ["gen/*.c"], outputs: [list]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	mkdir gen
	expect_ok git wf run demo
	expect_ran list
	echo 1 > gen/a.c
	expect_ok git wf run demo
	expect_ran list
'

test_case 'ignored files are no inputs, until .gitignore changes or git add -f' '
	list_workflow
	mkdir src
	echo 1 > src/one
	echo 2 > src/two.log
	echo "*.log" > .gitignore
	expect_ok git wf run demo
	expect_ran list
	echo 3 > src/two.log
	echo 4 > src/three.log
	expect_ok git wf run demo
	expect_ran
	git add -f src/two.log
	expect_ok git wf run demo
	expect_ran list
	echo 5 > src/two.log
	expect_ok git wf run demo
	expect_ran list
	: > .gitignore
	expect_ok git wf run demo
	expect_ran list
'

test_case 'info/exclude and a .gitignore below count too' '
	list_workflow
	mkdir -p src/sub
	echo 1 > src/one
	echo 2 > src/sub/two
	expect_ok git wf run demo
	expect_ran list
	echo two > src/sub/.gitignore
	expect_ok git wf run demo
	expect_ran list
	echo 3 > src/sub/two
	expect_ok git wf run demo
	expect_ran
	echo one >> .git/info/exclude
	expect_ok git wf run demo
	expect_ran list
'

test_case 'a file that becomes a folder, and back' '
	list_workflow
	mkdir src
	echo 1 > src/x
	expect_ok git wf run demo
	rm src/x
	mkdir src/x
	echo 1 > src/x/y
	expect_ok git wf run demo
	expect_file list src/x/y
	rm -r src/x
	echo 1 > src/x
	expect_ok git wf run demo
	expect_file list src/x
'

test_case 'an input that is excluded does not count' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "cat src/a > b; echo s >> ../ran", inputs: ["src/*", "!src/*.txt"], outputs: [b]}
	EOT
	mkdir src
	echo 1 > src/a
	echo 1 > src/n.txt
	expect_tree_changes
	expect_ok git wf run demo
	echo 2 > src/n.txt
	expect_ok git wf run demo
	expect_ran s
'

test_case 'a glob takes what another step makes, ignored or not' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: "cp a src/gen.c; echo gen >> ../ran", inputs: [a], outputs: [src/gen.c]}
	  - {id: all, run: "cat src/*.c > b; echo all >> ../ran", inputs: ["src/*.c"], outputs: [b]}
	EOT
	mkdir src
	echo main > src/main.c
	echo one > a
	echo gen.c > .gitignore
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran gen all
	echo two > a
	expect_ok git wf run demo
	expect_ran gen all
	expect_file b "two
main"
'

test_case 'names with spaces, newlines and bytes that are no UTF-8 are files like others' '
	list_workflow
	mkdir "src"
	printf 1 > "src/a b"
	printf 1 > "src/c
d"
	printf 1 > "src/$(printf "\\377\\376")"
	printf 1 > "src/[x]*"
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_ran list
	printf 2 > "src/$(printf "\\377\\376")"
	expect_ok git wf run demo
	expect_ran list
	printf 2 > "src/c
d"
	expect_ok git wf run demo
	expect_ran list
'

test_done
