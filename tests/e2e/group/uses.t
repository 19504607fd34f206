#!/bin/sh
# Workflows that use others.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'the steps of the other workflow see their own file, and the values of with' '
	workflow lib <<-\EOT
	params: {what: {required: true}, n: {type: int, default: 3}, mode: {default: slow}}
	vars: {twice: params.n * 2}
	env: {WHO: "${params.what}", KEPT: lib}
	defaults: {dir: sub}
	pools: {p: 1}
	steps:
	  - {id: a, pool: p, run: "echo a ${params.what} ${vars.twice} $WHO $KEPT ${OUTER-none} ${workflow.id} $(ls) >> ../../ran; echo o=${params.mode} >> \"$WF_OUTPUT\""}
	  - {id: b, needs: [a], run: "echo b ${steps.a.outputs.o} >> ../../ran"}
	finally:
	  - {id: clean, dir: ., run: echo clean >> ../ran}
	EOT
	workflow demo <<-\EOT
	env: {OUTER: outer}
	params: {level: {default: high}}
	steps:
	  - {id: early, run: "echo m=fast >> \"$WF_OUTPUT\""}
	  - id: use
	    uses: lib
	    env: {KEPT: "over ${params.level}"}
	    with: {what: "app-${params.level}", n: 5, mode: "${steps.early.outputs.m}"}
	  - {id: last, needs: [use], run: "echo last ${steps['"'use/a'"'].outputs.o} ${steps.use.status} >> ../ran"}
	EOT
	mkdir sub && echo x > sub/file
	commit_all
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran "a app-high 10 app-high over high none lib file" "b fast" "last fast passed" clean
	expect_out_contains "use/a"
	expect_ok git wf status
	expect_ok git wf log latest use/a
'

test_case 'a change of the other file is noticed, and nothing else is run again' '
	workflow lib <<-\EOT
	params: {to: {required: true}}
	steps:
	  - {id: a, inputs: [in], outputs: ["${params.to}"], run: "cp in \"${params.to}\"; echo a >> ../ran"}
	  - {id: b, inputs: ["${params.to}"], run: echo b >> ../ran}
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: one, uses: lib, with: {to: one.out}}
	  - {id: two, uses: lib, with: {to: two.out}}
	EOT
	echo 1 > in
	expect_tree_changes
	expect_ok git wf run demo -j 1
	expect_ran a b a b
	expect_ok git wf run demo
	expect_ran
	expect_out_contains "nothing to do"
	sed -i "s/echo b/echo  b/" .workflows/lib.yml
	expect_ok git wf run demo -j 1
	expect_ran b b
	expect_ok git wf plan demo --check
'

test_case 'mistakes are told in the file where they are' '
	workflow lib <<-\EOT
	params: {what: {required: true}, n: {type: int, max: 9}, c: {choices: [x, y]}}
	steps: [{id: a, run: "echo ${params.what} ${params.n} ${params.c}"}]
	EOT
	workflow demo <<-\EOT
	params: {v: {default: z}}
	steps:
	  - {id: one, uses: lib}
	  - {id: two, uses: lib, with: {waht: 1, n: 10, what: x}}
	  - {id: three, uses: lbi}
	  - {id: four, needs: [one/b], uses: lib, with: {what: 1}}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains ".workflows/demo.yml:3:21: error: workflow '"'lib'"' requires the parameter '"'what'"'"
	expect_err_contains ".workflows/demo.yml:4:"
	expect_err_contains "did you mean '"'what'"'?"
	expect_err_contains "no workflow '"'lbi'"'"
	workflow demo <<-\EOT
	params: {v: {default: z}}
	steps:
	  - {id: one, uses: lib, with: {what: a, c: "${params.v}"}}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains ".workflows/demo.yml:3:"
	expect_err_contains "choose one of x, y"
	echo "  - {id: b, nedes: [a], run: x}" >> .workflows/lib.yml
	expect_exit 129 git wf run demo --v x
	expect_err_contains ".workflows/lib.yml:"
	expect_err_contains ".workflows/demo.yml:3:"
	expect_exit 129 git wf validate
'

test_case 'workflows that use each other are shown as a circle with their places' '
	workflow a <<-\EOT
	steps: [{id: s, uses: b}]
	EOT
	workflow b <<-\EOT
	steps:
	  - {id: t, uses: c}
	EOT
	workflow c <<-\EOT
	steps:
	  - {id: x, run: x}
	  - {id: u, uses: a}
	EOT
	expect_exit 129 git wf run a
	expect_err_contains "a → b → c → a"
	expect_err_contains ".workflows/a.yml:1, .workflows/b.yml:2, .workflows/c.yml:3"
'

test_case 'a value that is wrong only when it is known fails the step that reads it' '
	workflow lib <<-\EOT
	params: {n: {type: int}}
	steps: [{id: a, run: "echo ${params.n} >> ../ran"}]
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: early, run: "echo n=many >> \"$WF_OUTPUT\""}
	  - {id: use, uses: lib, with: {n: "${steps.early.outputs.n}"}}
	EOT
	expect_exit 1 git wf run demo
	expect_ran
	expect_says "many"
	expect_says ".workflows/lib.yml:2"
'

test_case 'a foreach over a list that is handed over, and a workflow used by a used one' '
	workflow inner <<-\EOT
	params: {names: {type: list}}
	steps:
	  - {id: each, foreach: {n: {lines: params.names}}, run: "echo ${each.n} >> ../ran"}
	EOT
	workflow middle <<-\EOT
	params: {who: {type: list}}
	steps: [{id: in, uses: inner, with: {names: "${params.who}"}}]
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: early, run: "printf \"n<<E\\nx\\ny\\nE\\n\" >> \"$WF_OUTPUT\""}
	  - {id: late, uses: middle, with: {who: "${steps.early.outputs.n}"}}
	  - {id: now, uses: middle, with: {who: [p, q]}, needs: [late]}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j 1
	expect_ran x y p q
'

test_case 'the gates of a workflow that is used are those of its part' '
	workflow lib <<-\EOT
	requires: [{files: [there]}]
	ensures: [{files: [made]}]
	steps:
	  - {id: a, run: echo a >> ../ran}
	  - {id: b, needs: [a], run: echo b >> ../ran}
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: use, uses: lib}
	  - {id: other, run: echo other >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo other
	expect_ran other
	expect_exit 1 git wf run demo --from use/b
	expect_ran
	expect_out_contains "no there"
	: > there
	expect_ok git wf run demo use/a
	expect_ran a
	expect_exit 1 git wf run demo use
	expect_ran a b
	expect_out_contains "no made"
'

test_done
