#!/bin/sh
# foreach on a group and on a step with uses: each item has all steps for itself.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'each item has the steps of the group, with its value, its results and its order' '
	workflow demo <<-\EOT
	steps:
	  - id: build
	    foreach: {arch: [arm, x86]}
	    env: {ARCH: "${each.arch}"}
	    steps:
	      - {id: make, run: "echo \"made $ARCH ${each.arch}\" >> ../ran; echo name=app-$ARCH >> \"$WF_OUTPUT\""}
	      - {id: test, needs: [make], run: "echo \"test ${steps.make.outputs.name} ${steps.make.status}\" >> ../ran"}
	  - {id: last, needs: [build], run: "echo last ${steps.build.status} ${steps.build[1].status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf plan demo
	expect_out_contains "build[arm]/make"
	expect_out_contains "build[x86]/test"
	expect_ok git wf run demo -j 1
	sort ../ran > ../sorted; rm ../ran
	printf "%s\n" "last passed passed" "made arm arm" "made x86 x86" "test app-arm passed" "test app-x86 passed" > ../want
	diff ../want ../sorted
	expect_ok git wf graph demo
	expect_out_matches "build +2 items"
	expect_ok git wf graph demo -v
	expect_out_matches "build.x86./test .*<- build.x86./make"
	expect_ok git wf run demo "build[x86]/make" -j 1
	expect_ran "made x86 x86"
	expect_ok git wf log latest "build[x86]/make"
'

test_case 'it is incremental item by item, and a second run does nothing' '
	mkdir src; echo 1 > src/a; echo 1 > src/b; echo "out/" > .gitignore
	workflow demo <<-\EOT
	steps:
	  - id: each
	    foreach: {file: {glob: "src/*"}}
	    steps:
	      - {id: copy, inputs: ["${each.file}"], outputs: ["out/${each.file}"], run: "echo copy ${each.file} >> ../ran; cp \"${each.file}\" \"out/${each.file}\""}
	      - {id: check, inputs: ["out/${each.file}"], run: "echo check ${each.file} >> ../ran"}
	EOT
	mkdir -p out/src
	expect_ok git wf run demo -j 1
	sort ../ran | tr "\n" "," > ../sorted; rm ../ran
	expect_file ../sorted "check src/a,check src/b,copy src/a,copy src/b,"
	expect_ok git wf run demo -j 1
	expect_ran
	expect_out_contains "nothing to do"
	echo 2 > src/b
	expect_ok git wf run demo -j 1
	expect_ran "copy src/b" "check src/b"
	echo 1 > src/c
	expect_ok git wf run demo -j 1
	expect_ran "copy src/c" "check src/c"
	expect_ok git wf plan demo --check
'

test_case 'a failure ends its item; the others go on, what is below and resume know' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    foreach: {x: [a, b, c]}
	    on_failure: [told]
	    steps:
	      - {id: one, run: "echo one ${each.x} >> ../ran; [ ${each.x} != b ] || [ -e ../go ]"}
	      - {id: two, needs: [one], run: "echo two ${each.x} >> ../ran"}
	  - {id: told, run: "echo told ${error.step} >> ../ran"}
	  - {id: last, needs: [g], run: "echo last >> ../ran"}
	EOT
	expect_exit 1 git wf run demo -j 1
	grep -q "two a" ../ran && grep -q "two c" ../ran && ! grep -q "two b" ../ran && ! grep -q last ../ran
	grep -qx "told g.b./one" ../ran
	rm ../ran; : > ../go
	expect_ok git wf resume -j 1
	expect_ran "one b" "two b" last
'

test_case 'stop_on_failure ends the other items, max_parallel is for items' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    foreach: {x: [a, b, c]}
	    max_parallel: 1
	    stop_on_failure: true
	    steps:
	      - {id: one, run: "echo one ${each.x} >> ../ran"}
	      - {id: two, needs: [one], run: "echo two ${each.x} >> ../ran; [ ${each.x} != b ]"}
	EOT
	expect_exit 1 git wf run demo -j 4
	expect_ran "one a" "two a" "one b" "two b"
	expect_out_contains "did not pass"
'

test_case 'values that are known only when another step has run; foreach within foreach' '
	workflow demo <<-\EOT
	steps:
	  - {id: list, run: "printf \"names<<E\\nx\\ny\\nE\\n\" >> \"$WF_OUTPUT\""}
	  - id: g
	    foreach: {x: {lines: steps.list.outputs.names}}
	    order: listed
	    steps:
	      - {id: more, run: "printf \"k<<E\\n${each.x}1\\n${each.x}2\\nE\\n\" >> \"$WF_OUTPUT\""}
	      - id: in
	        foreach: {y: {lines: steps.more.outputs.k}}
	        steps: [{id: a, run: "echo ${each.x} ${each.y} >> ../ran"}]
	      - {id: flat, foreach: {z: ["${each.x}-", q]}, run: "echo flat ${each.x} ${each.z} >> ../ran"}
	      - {id: end, run: "echo end ${each.x} ${steps.in.status} ${steps.flat.status} >> ../ran"}
	  - {id: last, needs: [g], run: "echo last ${steps.g[0].status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf plan demo
	expect_ok git wf run demo -j 1
	sort ../ran > ../sorted; rm ../ran
	printf "%s\n" "end x passed passed" "end y passed passed" "flat x q" "flat x x-" "flat y q" "flat y y-" \
		"last passed" "x x1" "x x2" "y y1" "y y2" > ../want
	diff ../want ../sorted
	expect_ok git wf status demo
	expect_out_contains "g[y]/in[y2]/a"
	expect_ok git wf run demo "g[y]/more" -j 1
	expect_ran
'

test_case 'a workflow for each item, with its own parameters, variables, gates and clean-up' '
	workflow lib <<-\EOT
	params: {to: {required: true}, n: {type: int, default: 1}}
	vars: {twice: params.n * 2}
	requires: [{run: "echo \"gate ${params.to}\" >> ../ran"}]
	steps:
	  - {id: a, run: "echo \"a ${params.to} ${vars.twice}\" >> ../ran"}
	  - {id: b, needs: [a], run: "echo \"b ${steps.a.status} ${params.to}\" >> ../ran", on_success: [h]}
	  - {id: h, run: "echo \"h ${params.to}\" >> ../ran"}
	finally:
	  - {id: f, run: "echo \"f ${params.to}\" >> ../ran"}
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: use, foreach: {t: [p, q]}, max_parallel: 1, uses: lib, with: {to: "to-${each.t}", n: 3}}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j 1
	expect_ran "gate to-p" "a to-p 6" "b passed to-p" "h to-p" "gate to-q" "a to-q 6" "b passed to-q" "h to-q" "f to-p" "f to-q"
	expect_ok git wf run demo "use[q]/a" -j 1
	expect_out_contains "use[q]/a"
	rm ../ran
	sed -i "s/to-\${each.t}/\${each.u}/" .workflows/demo.yml
	expect_exit 129 git wf run demo
	expect_err_contains "has no"
'

test_case 'gates, races and questions in items' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    foreach: {x: [a, b]}
	    wait_for: any
	    requires: [{run: "echo before ${each.x} >> ../ran"}]
	    ensures: [{run: "echo after ${each.x} >> ../ran"}]
	    steps:
	      - {id: quick, run: "true"}
	      - {id: slow, run: "sleep 60"}
	  - id: q
	    foreach: {x: [a, b]}
	    needs: [g]
	    steps:
	      - {id: ask, ask: {question: "How is ${each.x}?"}}
	      - {id: told, if: "steps.ask.outputs.answer == \"good\"", run: "echo ${each.x} is good >> ../ran"}
	EOT
	repeat_runs "asks"
	expect_exit 3 git wf run demo -j 4
	sort ../ran | tr "\n" "," > ../sorted; rm ../ran
	expect_file ../sorted "after a,after b,before a,before b,"
	expect_ok git wf answer latest "q[a]/ask" good
	expect_ok git wf answer latest "q[b]/ask" bad
	expect_ok git wf resume -j 1
	sort ../ran | tr "\n" "," > ../sorted; rm ../ran
	expect_file ../sorted "a is good,after a,after b,before a,before b,"
'

test_case 'what is wrong is said' '
	workflow demo <<-\EOT
	steps:
	  - {id: g, foreach: {x: [a]}, steps: [{id: a, run: "echo ${each.y}"}, {id: b, run: "true"}]}
	  - {id: h, run: "echo ${steps['"'g/a'"'].stdout}"}
	  - {id: i, run: "echo ${steps.g[0].stdout}"}
	  - {id: k, stop_on_failure: true, steps: [{id: a, run: "true"}]}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "has no '"'y'"'"
	expect_err_contains "each item of the '"'foreach'"' around it has a"
	expect_err_contains "an item of '"'g'"' is a group"
	expect_err_contains "'"'stop_on_failure'"' needs '"'foreach'"'"
'

test_done
