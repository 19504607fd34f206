#!/bin/sh
# Changes in the very moment in which a run ends, of everything that a run looks at. Each is tried
# often, since it is a race with the clock of the file system.
. "${0%/*}/../lib.sh"

quiet_run() { git-wf run demo >"$CASE/out" 2>"$CASE/err" || { cat "$CASE/out" "$CASE/err"; fail "exit $?"; }; }

test_case 'a new file in a folder of a glob, and a deleted one' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "ls src > n", inputs: ["src/*"], outputs: [n]}
	EOT
	expect_tree_changes
	mkdir src
	i=100
	while [ $i -lt 130 ]; do
		echo x > src/$i
		quiet_run
		expect_lines $((i - 99)) n
		i=$((i + 1))
	done
	while [ $i -gt 100 ]; do
		i=$((i - 1))
		rm src/$i
		quiet_run
		expect_lines $((i - 100)) n
	done
	expect_ok git wf run demo
'

test_case 'a renamed file of the same content' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "ls src > n", inputs: ["src/*"], outputs: [n]}
	EOT
	expect_tree_changes
	mkdir src
	echo x > src/100
	i=100
	while [ $i -lt 130 ]; do
		quiet_run
		expect_file n $i
		mv src/$i src/$((i + 1))
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case 'the workflow itself' '
	expect_tree_changes
	i=100
	while [ $i -lt 130 ]; do
		printf "%s\n" "steps:" "  - {id: s, run: echo $i > n, inputs: [], outputs: [n]}" | workflow demo
		quiet_run
		expect_file n $i
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case '.gitignore' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "cat src/a > n", inputs: ["src/*"], outputs: [n]}
	EOT
	expect_tree_changes
	mkdir src
	echo 99 > src/a
	i=100
	while [ $i -lt 130 ]; do
		echo "/src/a" > .gitignore
		quiet_run
		echo $i > src/a
		echo "/src/b" > .gitignore
		quiet_run
		expect_file n $i
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case 'an output edited by hand' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo 100 > n", inputs: [], outputs: [n]}
	EOT
	expect_tree_changes
	i=101
	while [ $i -lt 131 ]; do
		quiet_run
		expect_file n 100
		echo $i > n
		i=$((i + 1))
	done
	expect_ok git wf run demo
	expect_file n 100
'

test_case 'the executable bit and a link' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "if test -x a; then echo x; else echo -; fi > n; readlink l >> n", inputs: [a, l], outputs: [n]}
	EOT
	expect_tree_changes
	echo a > a
	i=100
	while [ $i -lt 120 ]; do
		chmod +x a
		ln -sfn $i l
		quiet_run
		expect_file n "x
$i"
		chmod -x a
		quiet_run
		expect_file n "-
$i"
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case 'two folders that trade places' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "cat src/a/f > n", inputs: ["src/**"], outputs: [n]}
	EOT
	expect_tree_changes
	mkdir -p src/a src/b
	echo 1 > src/a/f
	echo 2 > src/b/f
	touch -d "2001-01-01" src/a/f src/b/f
	want=1
	i=0
	while [ $i -lt 20 ]; do
		quiet_run
		expect_file n $want
		mv src/a src/c && mv src/b src/a && mv src/c src/b
		want=$((3 - want))
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_case 'a file put back by mv with its old time' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "cat a > n", inputs: [a], outputs: [n]}
	EOT
	expect_tree_changes
	echo 1 > one
	echo 2 > two
	touch -d "2001-01-01" one two
	i=0
	while [ $i -lt 20 ]; do
		cp -p one a && quiet_run && expect_file n 1
		cp -p two ../t && mv ../t a && quiet_run && expect_file n 2
		i=$((i + 1))
	done
	expect_ok git wf run demo
'

test_done
