#!/bin/sh
# The first things anybody does: run a workflow, run it again, break it.
. "${0%/*}/../lib.sh"

test_case 'a workflow runs its steps in order and passes' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo 1 >> log, outputs: [log]}
	  - {id: two, needs: [one], run: echo 2 >> second}
	EOT
	expect_tree_changes
	repeat_runs "steps without inputs are not cached"
	expect_ok git wf run demo
	expect_file log 1
	expect_file second 2
'

test_case 'a run with nothing to do executes nothing' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b && echo ran >> runs, inputs: [a], outputs: [b]}
	EOT
	echo runs >> .git/info/exclude
	echo content > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_file b content
	expect_lines 1 runs
'

test_case 'a step that fails ends the run with 1 and stops what depends on it' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: exit 7}
	  - {id: after, needs: [bad], run: touch never}
	EOT
	expect_exit 1 git wf run demo
	expect_no_file never
'

test_case 'an unknown workflow is a usage error that names it' '
	expect_exit 129 git wf run nowhere
	expect_err_contains nowhere
'

test_case 'a program that a step installs is the one that those after it run' '
	mkdir first second
	echo "first/ second/ out/" | tr " " "\n" >>.git/info/exclude
	printf "#!/bin/sh\n[ \$1 != install ] || exec cp second/newer first/tool\necho \$1 old >out/\$1\n" >second/tool
	printf "#!/bin/sh\necho \$1 new >out/\$1\n" >second/newer
	chmod +x second/*
	workflow demo <<-\EOT
	steps:
	  - {id: before, foreach: {x: [a, b, c, d, e, f]}, run: "tool before-${each.x}", outputs: ["out/before-${each.x}"]}
	  - {id: install, needs: [before], run: tool install, outputs: [first/tool]}
	  - {id: after, needs: [install], foreach: {x: [a, b, c, d, e, f]}, run: "tool after-${each.x}", outputs: ["out/after-${each.x}"]}
	EOT
	expect_tree_changes
	expect_ok env PATH="$PWD/first:$PWD/second:$PATH" git wf run demo -j2
	for x in a b c d e f; do
		expect_file out/before-$x "before-$x old"
		expect_file out/after-$x "after-$x new"
	done
'

test_done
