#!/bin/sh
# One step for many values.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a list: each value as it is written' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {v: [1.10, 010, "a b", yes, ""]}, run: "echo \"<${each.v}>\" >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j1
	expect_ran "<1.10>" "<010>" "<a b>" "<yes>" "<>"
'

test_case 'several names make a matrix' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {a: [1, 2], b: [x, y]}, run: "echo ${each.a}${each.b} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran 1x 1y 2x 2y
'

test_case 'a glob: one item per file, and each is cached for itself' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {f: {glob: "src/*.txt"}}, run: "wc -l < ${each.f} > ${each.f}.n; echo ${each.f} >> ../ran", inputs: ["${each.f}"], outputs: ["${each.f}.n"]}
	EOT
	mkdir src
	for f in a b c; do echo $f > src/$f.txt; done
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran src/a.txt src/b.txt src/c.txt
	echo more >> src/b.txt
	echo d > src/d.txt
	rm src/a.txt
	expect_ok git wf run demo
	expect_ran src/b.txt src/d.txt
'

test_case 'an output is named after the parts of the item that it is made of' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    foreach: {f: {glob: "src/**/*.in"}}
	    per_file: true
	    outputs: ["out/${dirname(each.f)}/${basename(each.f, \".in\")}.up"]
	    run: mkdir -p out/${dirname(each.f)}; tr a-z A-Z < ${each.f} > "out/${dirname(each.f)}/${basename(each.f, ".in")}.up"
	  - {id: all, inputs: ["out/**/*.up"], outputs: [all], run: cat out/src/*.up out/src/*/*.up > all}
	EOT
	mkdir -p "src/a b"
	echo one > src/x.in
	echo two > "src/a b/y;z.in"
	expect_tree_changes
	expect_ok git wf run demo
	expect_file all "$(printf "ONE\nTWO")"
	rm -r out
	expect_ok git wf run demo
	expect_says "restored"
	expect_file "out/src/a b/y;z.up" TWO
'

test_case 'lines of what another step wrote' '
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "printf \"x\nlong name\n\nlast\" "}
	  - {id: s, foreach: {l: {lines: steps.list.stdout}}, run: "echo \"[${each.l}]\" >> ../ran"}
	  - {id: after, needs: [s], run: echo after >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran "[x]" "[long name]" "[last]" after
'

test_case 'an empty list passes' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {f: {glob: "none/*"}}, run: echo never >> ../ran}
	  - {id: after, needs: [s], run: "echo ${steps.s.status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran passed
'

test_case 'all items run though one fails, unless stop_on_failure' '
	workflow demo <<-\EOT
	params: {stop: {type: bool, default: false}}
	steps:
	  - {id: s, foreach: {v: [1, 2, 3]}, max_parallel: 1, run: "echo ${each.v} >> ../ran; test ${each.v} != 2"}
	  - {id: after, needs: [s], run: echo after >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran 1 2 3
	sed "s/max_parallel: 1/max_parallel: 1, stop_on_failure: true/" .workflows/demo.yml > ../t
	cp ../t .workflows/stop.yml
	expect_exit 1 git wf run stop
	expect_ran 1 2
'

test_case 'outputs of one item can be read, and an item can be picked' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {v: [a, b]}, run: "echo name=${each.v} >> \"$WF_OUTPUT\"; echo ${each.v} >> ../ran"}
	  - {id: after, run: "echo ${steps.s[1].outputs.name}! >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran a b b!
	expect_ok git wf run demo "s[b]"
	expect_ran b
'

test_done
