#!/bin/sh
# Two runs at once.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'two workflows that write different files do not wait for each other' '
	workflow one <<-\EOT
	steps:
	  - {id: s, run: "touch ../one; test ! -e ../slow || sleep 60", inputs: [], outputs: []}
	EOT
	workflow two <<-\EOT
	steps:
	  - {id: s, run: "echo two > two", inputs: [], outputs: [two]}
	EOT
	: > ../slow
	git-wf run one >../log 2>&1 &
	pid=$!
	wait_for 10 test -e ../one
	expect_tree_changes
	expect_ok git wf run two
	expect_file two two
	kill -INT $pid
	wait $pid || :
'

test_case 'a run with nothing to do is not held up by one at work' '
	workflow one <<-\EOT
	steps:
	  - {id: s, run: "cp a b; touch ../one; test ! -e ../slow || sleep 60", inputs: [a], outputs: [b]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run one
	rm ../one
	: > ../slow
	git-wf run one --force >../log 2>&1 &
	pid=$!
	wait_for 10 test -e ../one
	expect_ok git wf run one
	expect_out_contains "nothing to do"
	kill -INT $pid
	wait $pid || :
'

test_case 'twenty runs of twenty workflows at once all pass' '
	i=1
	while [ $i -le 20 ]; do
		printf "%s\n" "steps:" "  - {id: s, run: echo $i > out$i, inputs: [], outputs: [out$i]}" | workflow w$i
		i=$((i + 1))
	done
	expect_tree_changes
	i=1
	pids=
	while [ $i -le 20 ]; do
		git-wf run w$i >../log$i 2>&1 &
		pids="$pids $!"
		i=$((i + 1))
	done
	for pid in $pids; do wait $pid || fail "one failed: $(cat ../log*)"; done
	i=1
	while [ $i -le 20 ]; do
		expect_file out$i $i
		i=$((i + 1))
	done
	expect_equal "$(wc -l <cortex-brain/workflows/history.ndjson)" 20
'

test_done
