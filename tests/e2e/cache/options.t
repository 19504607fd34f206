#!/bin/sh
# How a user has a say in what is remembered.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

two_steps() {
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: cp a b; echo gen >> ../ran, inputs: [a], outputs: [b]}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
}

test_case '--force runs every step, --force=STEP this one' '
	two_steps
	expect_ok git wf run demo
	expect_ran gen use
	expect_ok git wf run demo --force
	expect_ran gen use
	expect_ok git wf run demo --force=gen
	expect_ran gen
	expect_ok git wf run demo
	expect_ran
'

test_case '--no-cache uses nothing remembered and remembers nothing' '
	two_steps
	expect_ok git wf run demo --no-cache
	expect_ran gen use
	expect_ok git wf run demo
	expect_ran gen use
	expect_ok git wf run demo --no-cache
	expect_ran gen use
	expect_ok git wf run demo
	expect_ran
'

test_case 'cache: false runs each time, and what is below it only if its output changed' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: cp a b; echo gen >> ../ran, inputs: [a], outputs: [b], cache: false}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
	repeat_runs "cache: false"
	expect_ok git wf run demo
	expect_ran gen use
	expect_ok git wf run demo
	expect_ran gen
'

test_case 'a failure is forgotten, unless cache says failures' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: echo bad >> ../ran; exit 3, inputs: [a], cache: {failures: true}}
	EOT
	workflow plain <<-\EOT
	steps:
	  - {id: bad, run: echo bad >> ../ran; exit 3, inputs: [a]}
	EOT
	echo one > a
	expect_exit 1 git wf run plain
	expect_exit 1 git wf run plain
	expect_ran bad bad
	expect_exit 1 git wf run demo
	expect_ran bad
	expect_exit 1 git wf run demo
	expect_ran
	echo two > a
	expect_exit 1 git wf run demo
	expect_ran bad
	expect_exit 1 git wf run demo --force
	expect_ran bad
'

test_case 'a step without inputs is not cached, one with none to name is' '
	workflow demo <<-\EOT
	steps:
	  - {id: always, run: echo always >> ../ran}
	  - {id: once, run: echo once >> ../ran, inputs: []}
	EOT
	repeat_runs "always"
	expect_ok git wf run demo
	expect_ran always once
	expect_ok git wf run demo
	expect_ran always
'

test_case 'linked worktrees share what is remembered' '
	two_steps
	commit_all
	git worktree add -q ../second
	expect_ok git wf run demo
	expect_ran gen use
	cd ../second
	expect_ok git wf run demo
	expect_ran
	expect_file c one
	echo two > a
	expect_ok git wf run demo
	expect_ran gen use
	cd "$REPO"
	expect_file c one
	echo two > a
	expect_ok git wf run demo
	expect_ran
	expect_file c two
'

test_case 'several runs at once share one cache and are all right' '
	for n in 0 1 2 3 4; do
		workflow demo$n <<-EOT
		steps:
		  - {id: s, foreach: {i: [a, b, c, d]}, run: "echo $n \${each.i} > \"out.$n.\${each.i}\"", inputs: [], outputs: ["out.$n.\${each.i}"]}
		EOT
	done
	expect_tree_changes
	expect_ok git wf run demo0 # makes the cache: of several first runs only one can
	for n in 1 2 3 4; do
		git-wf run demo$n >../log.$n 2>&1 &
	done
	wait
	for n in 1 2 3 4; do
		expect_ok git wf run demo$n
		expect_out_contains "nothing to do"
		expect_file out.$n.d "$n d"
	done
'

test_case 'a second run of the same workflow in one worktree is busy, in another it is not' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo s >> ../ran; test ! -e ../slow || sleep 60"}
	EOT
	commit_all
	git worktree add -q ../second
	: > ../slow
	git-wf run demo >../log 2>&1 &
	pid=$!
	wait_for 10 test -e ../ran
	expect_exit 4 git wf run demo
	rm ../slow
	cd ../second
	expect_ok git wf run demo
	repeat_runs "not cached"
	expect_ran s s
	kill -INT $pid
	wait $pid || :
'

test_done
