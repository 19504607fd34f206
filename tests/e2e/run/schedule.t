#!/bin/sh
# What runs beside what. A step notes how many are at work when it starts.
. "${0%/*}/../lib.sh"

# busy NAME: notes "NAME n" where n steps (this one included) are at work.
busy_script() {
	write_script busy <<-\EOT
	#!/bin/sh
	mkdir -p ../at-work
	: > "../at-work/$1"
	sleep 0.05
	echo "$1 $(ls ../at-work | wc -l) $(ls ../at-work | tr "\n" ,)" >> ../log
	sleep "${2:-0.2}"
	rm "../at-work/$1"
	EOT
	echo busy >> .git/info/exclude
}
most() { sort -rnk2 ../log | head -n 1 | cut -d" " -f2; }

test_case '-j N: N at once and no more' '
	busy_script
	workflow demo <<-\EOT
	steps:
	  - {id: s, foreach: {v: [1, 2, 3, 4, 5, 6]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j3
	expect_equal "$(most)" 3
	rm ../log
	expect_ok git wf run demo -j1
	expect_equal "$(most)" 1
'

test_case 'max_parallel of the workflow and of a foreach' '
	busy_script
	workflow demo <<-\EOT
	max_parallel: 3
	steps:
	  - {id: a, foreach: {v: [a1, a2, a3, a4]}, max_parallel: 1, run: "./busy ${each.v}"}
	  - {id: b, foreach: {v: [b1, b2, b3, b4]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j8
	[ "$(most)" -le 3 ]
	! grep -E "a[0-9],(.*,)?a[0-9]," ../log
'

test_case 'a pool holds at most its number' '
	busy_script
	workflow demo <<-\EOT
	pools: {db: 2}
	steps:
	  - {id: p, foreach: {v: [p1, p2, p3, p4]}, pool: db, run: "./busy ${each.v}"}
	  - {id: q, foreach: {v: [q1, q2]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j8
	! grep -E "p[0-9],(.*,)?p[0-9],(.*,)?p[0-9]," ../log
	grep -E "p[0-9],(.*,)?p[0-9]," ../log
	grep q ../log
'

test_case 'slots count against -j' '
	busy_script
	workflow demo <<-\EOT
	steps:
	  - {id: big, foreach: {v: [b1, b2]}, slots: 3, run: "./busy ${each.v}"}
	  - {id: s, foreach: {v: [s1, s2, s3, s4]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	! grep -E "b1,b2," ../log
	! grep -E "b[0-9],s[0-9],s[0-9]" ../log
'

test_case 'an exclusive step is alone' '
	busy_script
	workflow demo <<-\EOT
	steps:
	  - {id: x, exclusive: true, run: ./busy x}
	  - {id: s, foreach: {v: [1, 2, 3, 4]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	grep -qx "x 1 x," ../log
	! grep -E "^[0-9] .*x," ../log
'

test_case 'order: listed runs one after the other' '
	busy_script
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: a, run: ./busy a 0.05}
	  - {id: b, run: ./busy b 0.05}
	  - {id: c, run: ./busy c 0.05}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	expect_equal "$(cut -d" " -f1,2 ../log | tr "\n" ,)" "a 1,b 1,c 1,"
'

test_case 'what a step waits for is done when it starts' '
	workflow demo <<-\EOT
	steps:
	  - {id: c, needs: [b], run: test -e ../b; touch ../c}
	  - {id: b, needs: [a], run: test -e ../a; touch ../b}
	  - {id: a, run: sleep 0.1; touch ../a}
	  - {id: d, needs: [a, c], run: test -e ../a; test -e ../c}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
'

test_case 'a make in a step shares our -j, and we share that of a make around us' '
	command -v make >/dev/null || skip_case "no make"
	busy_script
	# The recipes of both makes and the steps count together.
	printf "all: m1 m2 m3 m4\nm1 m2 m3 m4:\n\t@./busy %s\$@\n.PHONY: all m1 m2 m3 m4\n" \$\(P\) > inner.mk
	printf "all:\n\t+git-wf run demo\n" > outer.mk
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: make -f inner.mk P=one}
	  - {id: two, run: make -f inner.mk P=two}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	[ "$(most)" -le 4 ] || fail "$(most) at once of 4"
	[ "$(most)" -ge 3 ] || fail "only $(most) at once of 4"
	rm ../log
	expect_ok make -f outer.mk -j3
	[ "$(most)" -le 3 ] || fail "$(most) at once of 3"
	[ "$(most)" -ge 2 ] || fail "only $(most) at once of 3"
'

test_case 'a console step has the terminal to itself' '
	busy_script
	workflow demo <<-\EOT
	steps:
	  - {id: c, console: true, run: "./busy c; echo from the console"}
	  - {id: d, console: true, run: ./busy d}
	  - {id: s, foreach: {v: [1, 2]}, run: "./busy ${each.v}"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	expect_says "from the console"
	! grep "c,d," ../log
'

test_case 'some tokens, but too few for a step, are waited for without a busy loop' '
	printf "all: a b\na b:\n\t@sleep 2.5\n" >Makefile
	workflow demo <<-\EOT
	steps:
	  - {id: make, run: make all}
	  - {id: first, run: sleep 0.3}
	  - {id: big, needs: [first], slots: 4, run: echo big >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok sh -c "ulimit -t 1; git wf run demo -j4"
	grep -qx big ../ran
'

test_done
