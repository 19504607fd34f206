#!/bin/sh
# A command whose streams go to files: what a shell does with them, with or without one.
. "${0%/*}/../lib.sh"

# talk WORDS...: on both streams, and what it was given
prepare() {
	write_script talk <<-\EOT
	#!/bin/sh
	echo "out $*"
	echo "err $*" >&2
	cat
	EOT
	expect_tree_changes
	repeat_runs "steps without inputs are not cached"
}


test_case 'files are made, appended to and read as by a shell, with its permissions' '
	prepare
	echo from a file > in
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "./talk a > out"}
	  - {id: b, needs: [a], run: "./talk b >> out < in"}
	  - {id: c, needs: [b], run: "./talk c > '\''two words'\'' 2>&1"}
	  - {id: d, needs: [c], run: "./talk d 2>&1 > only"}
	  - {id: e, needs: [d], run: "./talk e > /dev/null 2>err"}
	EOT
	umask 027
	expect_ok git wf run demo
	printf "out a\nout b\nfrom a file\n" | cmp - out || fail "out: $(cat out)"
	printf "out c\nerr c\n" | cmp - "two words" || fail "both: $(cat "two words")"
	expect_file only "out d"
	expect_file err "err e"
	expect_equal "$(stat -c %a out)" 640
	grep -q "^err d$" cortex-brain/workflows/*/logs/*-d.1.log || fail "stderr of d is not in its log"
'

test_case 'what was there is gone before the program looks' '
	prepare
	echo a long line that was there > out
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "wc -c out > out"}
	EOT
	expect_ok git wf run demo
	expect_file out "0 out"
'

test_case 'names count from the folder of the step, values are part of them' '
	prepare
	mkdir -p sub
	workflow demo <<-\EOT
	params: {name: {type: string, default: "a b"}}
	steps:
	  - {id: a, dir: sub, run: "../talk x > ${params.name}.txt"}
	EOT
	expect_ok git wf run demo
	expect_file "sub/a b.txt" "out x"
'

test_case 'what cannot be opened is told as a shell tells it' '
	prepare
	mkdir folder
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "./talk a > nowhere/out"}
	  - {id: b, run: "./talk b > folder"}
	  - {id: c, run: "./talk c < absent"}
	EOT
	expect_exit 1 git wf run demo --keep-going
	grep -q "nowhere/out" cortex-brain/workflows/*/logs/*-a.1.log || fail "a"
	grep -q "folder" cortex-brain/workflows/*/logs/*-b.1.log || fail "b"
	grep -q "absent" cortex-brain/workflows/*/logs/*-c.1.log || fail "c"
'

test_case 'a pipe with a reader and one without hold nobody up' '
	prepare
	mkfifo pipe
	workflow demo <<-\EOT
	steps:
	  - {id: write, run: "./talk through > pipe"}
	  - {id: read, run: "cat < pipe > got"}
	  - {id: other, run: "./talk other > free"}
	EOT
	expect_ok git wf run demo -j3
	expect_file got "out through"
	expect_file free "out other"
'

test_case '/dev/stdout and a link to it are those of the step' '
	prepare
	ln -s /dev/stdout link
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "./talk a > /dev/stdout"}
	  - {id: b, run: "./talk b > link"}
	EOT
	git wf run demo > console || fail "the run failed"
	for step in a b; do
		grep -q "^out $step$" cortex-brain/workflows/*/logs/*-$step.1.log ||
			fail "$step: stdout went elsewhere"
	done
'

test_case 'a program that is not there fails as in a shell, and the file is made' '
	prepare
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "no-such-program > out"}
	EOT
	expect_exit 1 git wf run demo
	expect_says "no-such-program"
	expect_file out ""
'

test_case 'no shell is started for it' '
	prepare
	write_script parent <<-\EOT
	#!/bin/sh
	tr "\\0" " " < /proc/$PPID/cmdline
	EOT
	[ -r /proc/$$/cmdline ] || return 0
	workflow demo <<-\EOT
	steps:
	  - {id: direct, run: ./parent > direct}
	  - {id: shell, run: "./parent > shell; :"}
	EOT
	expect_ok git wf run demo
	expect_file_contains direct "wf run demo"
	expect_file_contains shell "sh -eu -c"
'

test_done
