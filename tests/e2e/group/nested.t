#!/bin/sh
# Steps in groups: what the group says counts for each of them.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'what needs a group waits for all of it, what is in it for what it needs' '
	workflow demo <<-\EOT
	steps:
	  - {id: first, run: echo first >> ../ran}
	  - id: g
	    needs: [first]
	    order: listed
	    steps:
	      - {id: a, run: "sleep 0.1; echo a >> ../ran"}
	      - {id: deep, steps: [{id: b, run: echo b >> ../ran}]}
	  - {id: last, needs: [g], run: "echo last ${steps.g.status} ${steps['"'g/deep/b'"'].status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j 4
	expect_ran first a b "last passed passed"
	expect_out_contains "g/deep/b"
'

test_case 'a false if of a group skips all of it, and what needs it runs' '
	workflow demo <<-\EOT
	params: {how: {default: no}}
	steps:
	  - id: g
	    if: "params.how == '"'yes'"'"
	    steps:
	      - {id: a, run: echo a >> ../ran}
	      - {id: b, if: always(), run: echo b >> ../ran}
	      - {id: h, steps: [{id: c, foreach: {n: [1]}, run: echo c >> ../ran}]}
	  - {id: last, needs: [g], run: "echo ${steps.g.status} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran skipped
	expect_ok git wf run demo --how yes -j 1
	expect_ran a b c passed
'

test_case 'below a failed step a group is skipped, unless its if says otherwise' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: exit 3}
	  - {id: g, needs: [bad], steps: [{id: a, if: always(), run: echo a >> ../ran}]}
	  - {id: h, needs: [bad], if: failure(), steps: [{id: b, run: echo b >> ../ran}]}
	  - {id: below, needs: [g], run: echo below >> ../ran}
	  - {id: after, needs: [h], run: echo after >> ../ran}
	EOT
	expect_exit 1 git wf run demo -k
	expect_ran b after
	expect_exit 0 git wf plan demo
'

test_case 'env, dir and shell of a group are those of its steps, which may differ' '
	mkdir -p sub && echo keep > sub/keep
	workflow demo <<-\EOT
	env: {A: file, B: file, C: file}
	steps:
	  - id: g
	    env: {B: "group ${params.p}", C: group}
	    dir: sub
	    steps:
	      - {id: a, env: {C: step}, run: "echo $A $B $C $(ls) >> ../../ran"}
	      - {id: b, dir: ., run: "test -d sub; echo root >> ../ran"}
	params: {p: {default: x}}
	EOT
	commit_all
	repeat_runs "not cached"
	expect_ok git wf run demo -j 1
	expect_ran "file group x step keep" root
'

test_case 'steps in groups are cached like others, and resume goes on inside' '
	workflow demo <<-\EOT
	steps:
	  - id: g
	    steps:
	      - {id: a, inputs: [], run: echo a >> ../ran}
	      - {id: b, needs: [a], run: "echo b >> ../ran; test -e ../fixed"}
	      - {id: c, needs: [b], run: echo c >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_exit 1 git wf run demo
	expect_ran a b
	: > ../fixed
	expect_ok git wf resume
	expect_ran b c
	expect_ok git wf run demo --force g
	expect_ran a b c
	expect_ok git wf run demo --only g/c
	expect_ran c
	expect_ok git wf run demo g/b
	expect_ran b
'

test_done
