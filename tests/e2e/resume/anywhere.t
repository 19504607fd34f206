#!/bin/sh
# kill -9 at any instant: the next run is right, with no cleaning up in between.
. "${0%/*}/../lib.sh"

chain_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "cat in > a; head -c 100000 /dev/zero >> a", inputs: [in], outputs: [a]}
	  - {id: b, foreach: {n: [1, 2, 3, 4]}, run: "(echo ${each.n}; head -n 1 a) > \"b/${each.n}\"", inputs: [a], outputs: ["b/${each.n}"]}
	  - {id: c, run: "rm -rf c; mkdir c; for f in b/*; do cp $f c/; done", inputs: ["b/*"], outputs: [c/]}
	  - {id: d, needs: [c], run: "cat c/* > ../d; echo n=1 >> \"$WF_OUTPUT\""}
	  - {id: e, run: "echo ${steps.d.outputs.n} > e; cat c/* >> e", inputs: ["c/*"], outputs: [e]}
	EOT
	mkdir b
	expect_tree_changes
	repeat_runs "d is not cached"
	expect_left .tmp # of whoever was killed while it wrote
}

check() { # WORD
	want=$(for n in 1 2 3 4; do echo $n; echo "$1"; done)
	[ "$(cat e)" = "1
$want" ] || fail "e is '$(cat e)'"
	[ "$(cat ../d)" = "$want" ] || fail "d is '$(cat ../d)'"
	[ "$(wc -c <a)" -eq $((${#1} + 1 + 100000)) ] || fail "a is not whole"
	expect_equal "$(ls b c | tr "\n" " ")" "b: 1 2 3 4  c: 1 2 3 4 "
}

# Milliseconds after the start, up to a little more than a run takes.
kill_after() { # MS COMMAND…
	kill_ms=$1
	shift
	"$@" >../killed 2>&1 &
	pid=$!
	sleep "$(printf "0.%03d" "$kill_ms")"
	kill -KILL $pid 2>/dev/null || :
	wait $pid || :
}

test_case 'a run that was killed, then a run' '
	chain_workflow
	ms=1
	while [ $ms -lt 90 ]; do
		echo "in $ms" > in
		echo "at $ms"
		kill_after $ms git-wf run demo
		git-wf run demo >../out 2>&1 || { cat ../out; fail "exit $? after a kill at $ms ms"; }
		check "in $ms"
		ms=$((ms + 5))
	done
'

test_case 'a run that was killed, then a resume or a run' '
	chain_workflow
	ms=2
	while [ $ms -lt 90 ]; do
		echo "in $ms" > in
		echo "at $ms"
		kill_after $ms git-wf run demo
		git-wf run demo --resume >../out 2>&1 || { cat ../out; fail "exit $? after a kill at $ms ms"; }
		check "in $ms"
		ms=$((ms + 7))
	done
'

test_case 'two killed in a row, the second while it cleans up after the first' '
	chain_workflow
	ms=3
	while [ $ms -lt 90 ]; do
		echo "in $ms" > in
		echo "at $ms"
		kill_after $ms git-wf run demo
		kill_after $((ms / 3)) git-wf run demo
		git-wf run demo >../out 2>&1 || { cat ../out; fail "exit $? after a kill at $ms ms"; }
		check "in $ms"
		ms=$((ms + 9))
	done
'

test_case 'SIGTERM at any instant' '
	chain_workflow
	ms=1
	while [ $ms -lt 90 ]; do
		echo "in $ms" > in
		echo "at $ms"
		git-wf run demo >../killed 2>&1 &
		pid=$!
		sleep "$(printf "0.%03d" $ms)"
		kill -TERM $pid 2>/dev/null || :
		status=0
		wait $pid || status=$?
		case $status in
		0 | 143) ;;
		*) cat ../killed; fail "exit $status" ;;
		esac
		git-wf run demo --resume >../out 2>&1 || { cat ../out; fail "exit $? after SIGTERM at $ms ms"; }
		check "in $ms"
		ms=$((ms + 11))
	done
'

test_done
