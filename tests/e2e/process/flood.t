#!/bin/sh
# A step that writes without end, ended in every way.
. "${0%/*}/../lib.sh"
. "${0%/*}/escape.sh"

flood() {
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "yes 0123456789012345678901234567890123456789 & yes err >&2 & touch ../started; wait", timeout: 20s}
	EOT
}

start=0
in_time() { # SECONDS
	[ $(($(date +%s) - start)) -le "$1" ] || fail "took $(($(date +%s) - start)) s"
}

whole_lines() {
	# Nothing of a line is lost or put elsewhere: two writers, so a line may be cut by the other.
	log=$(echo cortex-brain/workflows/demo-*/logs/*.log)
	[ "$(wc -c <"$log")" -gt 1000000 ] || fail "a small log"
	rm "$log"
}

test_case 'by its timeout' '
	flood
	sed "s/20s/600ms/" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	start=$(date +%s)
	git-wf run demo >/dev/null 2>&1 && fail "it passed"
	in_time 4
	whole_lines
'

test_case 'by SIGINT, while nobody reads what we show' '
	flood
	mkfifo ../screen
	sleep 100 <../screen & # holds it open and reads nothing
	reader=$!
	git-wf run demo --output stream >../screen 2>&1 &
	pid=$!
	wait_for 10 test -e ../started
	sleep 0.5
	start=$(date +%s)
	kill -INT $pid
	sleep 0.6
	kill $reader
	status=0
	wait $pid || status=$?
	in_time 9
	[ $status -ne 0 ] || fail "exit 0"
	expect_no_survivor
'

test_case 'by kill -9, and a resume' '
	flood
	git-wf run demo >/dev/null 2>&1 &
	pid=$!
	wait_for 10 test -e ../started
	sleep 0.3
	kill_engine $pid
	wait $pid || :
	printf "steps:\n  - {id: s, run: \"true\"}\n" | workflow demo
	start=$(date +%s)
	git-wf resume >../out 2>&1 || { cat ../out; exit 1; }
	in_time 8
	expect_no_survivor
	rm -f cortex-brain/workflows/demo-*/logs/*
'

test_case 'by another step that fails is not: it may end by itself' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "seq 1 500000"}
	  - {id: bad, run: exit 1}
	EOT
	git-wf run demo -j2 >/dev/null 2>&1 && fail "it passed"
	expect_equal "$(cksum <"$(echo cortex-brain/workflows/demo-*/logs/0-s.1.log)")" "$(seq 1 500000 | cksum)"
'

test_case 'many at once: each log is its own' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {n: [1, 2, 3, 4, 5, 6, 7, 8]}, run: "seq -f \"${each.n} %.0f\" 1 50000"}
	EOT
	repeat_runs "not cached, and long"
	git-wf run demo -j8 >../out 2>&1 || { tail ../out; exit 1; }
	for n in 1 2 3 4 5 6 7 8; do
		log=$(grep -l "^$n 1\$" cortex-brain/workflows/demo-*/logs/*.log)
		expect_equal "$(cksum <"$log")" "$(seq -f "$n %.0f" 1 50000 | cksum)"
	done
'

test_done
