#!/bin/sh
# What happens to outputs between two runs.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a deleted output is restored without the step' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; chmod +x b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	rm b
	expect_ok git wf run demo
	expect_ran copy
	expect_file b one
	[ -x b ] || fail "b lost its executable bit"
'

test_case 'an output edited by hand is put right' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	  - {id: use, run: cp b c; echo use >> ../ran, inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran copy use
	echo two > b
	expect_ok git wf run demo
	expect_file b one
	expect_file c one
	expect_ran
'

test_case 'a record whose object is gone makes the step run' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	rm -r .git/wf/objects b
	expect_ok git wf run demo
	expect_file b one
	expect_ran copy copy
'

test_case 'an output whose object is gone but which is on disk is no reason to run' '
	workflow demo <<-\EOT
	steps:
	  - {id: copy, run: cp a b; echo copy >> ../ran, inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	rm -r .git/wf/objects
	touch b
	expect_ok git wf run demo
	expect_ran copy
'

test_case 'an output directory is whole again after files went, came and changed in it' '
	workflow demo <<-\EOT
	steps:
	  - {id: make, run: "mkdir -p d/sub; cp a d/1; cp a d/sub/2; echo make >> ../ran", inputs: [a], outputs: [d/]}
	  - {id: list, run: "(cd d && find . | sort) > list; echo list >> ../ran", inputs: ["d/**"], outputs: [list]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran make list
	rm -r d
	expect_ok git wf run demo
	expect_file d/1 one
	expect_file d/sub/2 one
	expect_ran
	echo edited > d/sub/2
	expect_ok git wf run demo
	expect_file d/sub/2 one
	expect_ran
'

test_case 'an output glob follows what the step makes' '
	workflow demo <<-\EOT
	steps:
	  - {id: split, run: "rm -f out/*.part; while read -r w; do echo x > out/$w.part; done < a; echo split >> ../ran", inputs: [a], outputs: ["out/*.part"]}
	  - {id: count, run: "ls out > n; echo count >> ../ran", inputs: ["out/*.part"], outputs: [n]}
	EOT
	mkdir out
	printf "one\ntwo\n" > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_lines 2 n
	expect_ran split count
	rm out/one.part
	expect_ok git wf run demo
	expect_file out/one.part x
	expect_ran
	echo three >> a
	expect_ok git wf run demo
	expect_lines 3 n
	expect_ran split count
'

test_case 'outputs that git ignores count all the same' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: cp a build/app; echo build >> ../ran, inputs: [a], outputs: [build/app]}
	  - {id: test, run: "grep . build/app; echo test >> ../ran", inputs: [build/app]}
	EOT
	echo build/ > .gitignore
	echo one > a
	commit_all
	expect_ok git wf run demo
	expect_ran build test
	rm -r build
	expect_ok git wf run demo
	expect_file build/app one
	echo two > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran build test
'

test_case 'a step without outputs is remembered as passed' '
	workflow demo <<-\EOT
	steps:
	  - {id: lint, run: "grep -q good a; echo lint >> ../ran", inputs: [a]}
	EOT
	echo good > a
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_ran lint
	echo bad > a
	expect_exit 1 git wf run demo
	echo good > a
	expect_ok git wf run demo
'

test_case 'an output that is missing after the step is a failure that names it' '
	workflow demo <<-\EOT
	steps:
	  - {id: lazy, run: "true", inputs: [a], outputs: [b]}
	EOT
	echo one > a
	expect_exit 1 git wf run demo
	expect_says "did not create its output"
	expect_says "b"
'

test_case 'an artifact of a cached step is there for the step that reads it' '
	workflow demo <<-\EOT
	steps:
	  - {id: make, run: "cp a \"$WF_OUT_TEST_LOG\"; echo make >> ../ran", inputs: [a], outputs: ["artifact:test-log"]}
	  - {id: read, run: "cat \"$WF_IN_TEST_LOG\" b > c; echo read >> ../ran", inputs: ["artifact:test-log", b], outputs: [c]}
	EOT
	echo one > a
	echo two > b
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran make read
	echo three > b
	expect_ok git wf run demo
	expect_ran read
	expect_file c "one
three"
	rm -r cortex-brain
	echo four > b
	expect_ok git wf run demo
	expect_ran read
	expect_file c "one
four"
'

test_case 'the values of a cached step are kept' '
	workflow demo <<-\EOT
	steps:
	  - {id: count, run: "echo n=$(cat a) >> \"$WF_OUTPUT\"; echo count >> ../ran", inputs: [a]}
	  - {id: use, run: "echo ${steps.count.outputs.n} > c; echo use >> ../ran", inputs: [b], outputs: [c]}
	EOT
	echo 1 > a
	echo b > b
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran count use
	echo c > b
	expect_ok git wf run demo
	expect_ran use
	expect_file c 1
	echo 2 > a
	expect_ok git wf run demo
	expect_ran count use
	expect_file c 2
'

test_case 'an edit of an output by hand is kept where the result of the step comes back' '
	workflow demo <<-\EOT
	params: {p: {default: a}}
	steps:
	  - {id: one, run: "mkdir -p d; echo ${params.p} > d/out; echo t > t", inputs: [], outputs: [d/out, t]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok git wf run demo --p b
	expect_ok git wf run demo --p a # what stood there is in the store
	expect_err_lacks "nowhere else"
	expect_no_file cortex-brain/workflows/*/replaced
	for n in 1 2; do
		echo "mine $n" >> d/out
		expect_ok git wf run demo
		expect_err_contains "'"'d/out'"' held what is nowhere else; it is kept below"
		expect_file d/out a
		expect_equal "$(cat cortex-brain/workflows/*/replaced/d/out | grep -c mine)" $n
	done
	echo "mine, staged" > t && git add t
	expect_ok git wf run demo
	expect_err_lacks "nowhere else"
	expect_file t t
	expect_equal "$(git show :t)" "mine, staged"
'

test_done
