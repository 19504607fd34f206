#!/bin/sh
# What a file holds decides, not when it was written.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'touching every file executes nothing, and the run after it is a plain one' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: cp a b; echo gen >> ../ran, inputs: [a], outputs: [b]}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran gen use
	touch -d "2001-01-01" a b
	touch c
	expect_ok git wf run demo
	expect_ran
	expect_ok git wf run demo
	expect_ran
	expect_out_contains "nothing to do"
'

test_case 'an input that changed is noticed, also with its old size and time' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	touch -d "2001-01-01" a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran copy
	echo two > a
	touch -d "2001-01-01" a
	expect_ok git wf run demo
	expect_ran copy
	expect_file b two
'

test_case 'a file replaced by another of the same size and time is noticed' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	echo two > other
	touch -d "2001-01-01" a other
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran copy
	mv other a
	expect_ok git wf run demo
	expect_ran copy
	expect_file b two
'

test_case 'content that comes back is a hit, and its output is restored' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	echo two > a
	expect_ok git wf run demo
	expect_ran copy copy
	echo one > a
	expect_ok git wf run demo
	expect_ran
	expect_file b one
'

test_case 'an output of the same content ends the change there' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: head -n 1 a > b; echo gen >> ../ran, inputs: [a], outputs: [b]}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	  - {id: last, run: cp c d; echo last >> ../ran, inputs: [c], outputs: [d]}
	EOT
	printf "one\nfirst\n" > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran gen use last
	printf "one\nsecond\n" > a
	expect_ok git wf run demo
	expect_ran gen
	printf "two\n" > a
	expect_ok git wf run demo
	expect_ran gen use last
	expect_file d two
'

test_case 'two inputs that trade their content are noticed' '
	workflow demo <<-\EOT
	steps:
	  - {id: join, run: cat x y > both; echo join >> ../ran, inputs: [x, y], outputs: [both]}
	EOT
	echo one > x
	echo two > y
	expect_tree_changes
	expect_ok git wf run demo
	mv x z && mv y x && mv z y
	expect_ok git wf run demo
	expect_ran join join
	expect_file both "two
one"
'

test_case 'a file that moves to another folder under its name is noticed' '
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "find src -type f | sort > found; echo list >> ../ran", inputs: ["src/**"], outputs: [found]}
	EOT
	mkdir -p src/one src/two
	echo text > src/one/file
	expect_tree_changes
	expect_ok git wf run demo
	mv src/one/file src/two/file
	expect_ok git wf run demo
	expect_ran list list
	expect_file found src/two/file
'

test_case 'text that moves from the end of one file to the start of the next is noticed' '
	workflow demo <<-\EOT
	steps:
	  - {id: sizes, run: "wc -c < x > n; echo sizes >> ../ran", inputs: [x, y], outputs: [n]}
	EOT
	printf ab > x
	printf c > y
	expect_tree_changes
	expect_ok git wf run demo
	printf a > x
	printf bc > y
	expect_ok git wf run demo
	expect_ran sizes sizes
	expect_file n 1
'

test_case 'an empty file and an absent one are not the same' '
	workflow demo <<-\EOT
	steps:
	  - {id: look, run: "if test -e maybe; then echo yes; else echo no; fi > answer; echo look >> ../ran", inputs: [maybe], outputs: [answer]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_file answer no
	: > maybe
	expect_ok git wf run demo
	expect_file answer yes
	rm maybe
	expect_ok git wf run demo
	expect_ran look look
	expect_file answer no
'

test_done
