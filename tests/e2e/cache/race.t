#!/bin/sh
# Files that change while a run reads or writes them, or in the very tick in which it ends.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'what a step makes anew in the run is read anew by the next' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: cp a b; echo gen >> ../ran, inputs: [a], outputs: [b]}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	echo two > a
	expect_ok git wf run demo
	expect_ran gen use gen use
	expect_file c two
'

test_case 'an input edited while the step runs is not remembered under its old content' '
	workflow demo <<-\EOT
	steps:
	  - {id: slow, run: cp a b; echo new > a; echo slow >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo old > a
	repeat_runs "it edits its own input"
	expect_tree_changes
	expect_ok git wf run demo
	expect_file b old
	expect_says "changed while the step ran"
	expect_ok git wf run demo
	expect_file b new
	expect_ran slow slow
'

test_case 'an input edited and put back while the step runs is no hit for the old content' '
	workflow demo <<-\EOT
	steps:
	  - {id: slow, run: echo other > a; cp a b; echo kept > a; echo slow >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo kept > a
	repeat_runs "it edits its own input"
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_ran slow slow
'

test_case 'an input of a glob that appears while the step runs is not taken for seen' '
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "cat src/* > all; sh ../meanwhile; echo list >> ../ran", inputs: ["src/*"], outputs: [all]}
	EOT
	mkdir src
	echo one > src/1
	echo "echo two > src/2" > ../meanwhile
	expect_tree_changes
	expect_ok git wf run demo
	expect_file all one
	: > ../meanwhile
	expect_ok git wf run demo
	expect_file all "one
two"
	expect_ran list list
'

test_case 'a formatter that rewrites its input runs once' '
	workflow demo <<-\EOT
	steps:
	  - {id: fmt, run: "tr a-z A-Z < a > ../t; cat ../t > a; echo fmt >> ../ran", inputs: [a], outputs: [a]}
	  - {id: use, run: cp a b; echo use >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo text > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_file b TEXT
	expect_ran fmt use
	expect_ok git wf run demo
	expect_ran
	echo more > a
	expect_ok git wf run demo
	expect_file b MORE
	expect_ran fmt use
'

test_case 'two formatters of one file in a row leave nothing to do' '
	workflow demo <<-\EOT
	steps:
	  - {id: upper, run: "tr a-z A-Z < a > ../t; cat ../t > a; echo upper >> ../ran", inputs: [a], outputs: [a]}
	  - {id: dots, needs: [upper], run: "tr - . < a > ../t; cat ../t > a; echo dots >> ../ran", inputs: [a], outputs: [a]}
	EOT
	echo x-y > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_file a X.Y
	expect_ok git wf run demo
	expect_file a X.Y
'

test_case 'an edit right after a run is never missed' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: [cp, a, b], inputs: [a], outputs: [b]}
	EOT
	expect_tree_changes
	i=100
	while [ $i -lt 150 ]; do
		echo $i > a
		git-wf run demo >/dev/null 2>&1
		[ "$(cat b)" = $i ] || fail "missed the edit to $i: $(cat b)"
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case 'an edit right after a run with nothing to do is never missed' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: [cp, a, b], inputs: [a], outputs: [b]}
	EOT
	expect_tree_changes
	i=100
	while [ $i -lt 130 ]; do
		echo $i > a
		git-wf run demo >/dev/null 2>&1
		git-wf run demo >/dev/null 2>&1
		[ "$(cat b)" = $i ] || fail "missed the edit to $i: $(cat b)"
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_done
