#!/bin/sh
# Where the order of steps comes from, seen from outside.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# The steps ran in this order.
expect_order() { # NAME…
	order_want=$*
	order_got=$(tr '\n' ' ' <../ran | sed 's/ $//')
	rm -f ../ran
	[ "$order_got" = "$order_want" ] || fail "order '$order_got' instead of '$order_want'"
}

test_case 'an input that another step makes is an edge, whatever the order of the text' '
	workflow demo <<-\EOT
	steps:
	  - {id: c, run: "cat b > c; echo c >> ../ran", inputs: [b], outputs: [c]}
	  - {id: b, run: "cat a > b; echo b >> ../ran", inputs: [a], outputs: [b]}
	  - {id: a, run: "sleep 0.1; echo x > a; echo a >> ../ran", inputs: [], outputs: [a]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo -j4
	expect_order a b c
'

test_case 'a glob of inputs is an edge to every step whose output it matches' '
	workflow demo <<-\EOT
	steps:
	  - {id: all, run: "cat gen/*.c > all; echo all >> ../ran", inputs: ["gen/*.c"], outputs: [all]}
	  - {id: one, run: "sleep 0.1; echo 1 > gen/one.c; echo one >> ../ran", inputs: [], outputs: [gen/one.c]}
	  - {id: two, needs: [one], run: "echo 2 > gen/two.c; echo two >> ../ran", inputs: [], outputs: [gen/two.c]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo -j4
	expect_order one two all
	expect_lines 2 all
'

test_case 'a value of another step is an edge' '
	workflow demo <<-\EOT
	steps:
	  - {id: use, run: "echo use${steps.make.outputs.n} >> ../ran"}
	  - {id: make, run: "sleep 0.1; echo n=5 >> \"$WF_OUTPUT\"; echo make >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	expect_order make use5
'

test_case 'a cycle is an error that names its way, and nothing runs' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, needs: [c], run: echo a >> ../ran}
	  - {id: b, needs: [a], run: echo b >> ../ran}
	  - {id: c, needs: [b], run: echo c >> ../ran}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "a"
	expect_err_contains "→"
	expect_ran
'

test_case 'two steps that write one path without an order are an error' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a > out, outputs: [out]}
	  - {id: b, run: echo b > out, outputs: [out]}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains out
	expect_no_file out
'

test_case 'needs of a step that is not there is an error with the nearest name' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: "true"}
	  - {id: test, needs: [biuld], run: "true"}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "build"
	expect_err_contains "demo.yml:3:"
'

test_case 'a thousand steps in a row, and a thousand side by side' '
	{
		echo "steps:"
		i=1
		while [ $i -le 1000 ]; do
			echo "  - {id: w$i, run: [\"true\"], inputs: []}"
			i=$((i + 1))
		done
	} | workflow wide
	{
		echo "order: listed"
		echo "steps:"
		i=1
		while [ $i -le 1000 ]; do
			echo "  - {id: r$i, run: [\"true\"], inputs: []}"
			i=$((i + 1))
		done
	} | workflow row
	expect_ok git wf run wide -q -j4
	expect_ok git wf run row -q -j4
	expect_ok git wf run wide
	expect_out_contains "1000 steps"
'

test_case 'plan says what run does' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "cp x a; echo a >> ../ran", inputs: [x], outputs: [a]}
	  - {id: b, run: "cp a b; echo b >> ../ran", inputs: [a], outputs: [b]}
	  - {id: c, run: "cp y c; echo c >> ../ran", inputs: [y], outputs: [c]}
	EOT
	echo 1 > x
	echo 1 > y
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran a b c
	expect_ok git wf plan demo --check
	echo 2 > y
	rm b
	expect_exit 1 git wf plan demo --check
	expect_out_matches "run +c"
	expect_out_matches "restore +b"
	expect_out_matches "cached +a"
	expect_ran
	expect_ok git wf run demo
	expect_ran c
'

test_done
