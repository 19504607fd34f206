#!/bin/sh
# Outputs that stand in the way, inputs that are no files.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a folder where a file is to be restored is no wrong hit' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "rm -rf b; cp a b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	rm b
	mkdir -p b/c
	status=0
	git-wf run demo >../out 2>&1 || status=$?
	cat ../out
	[ $status -ne 0 ] || expect_file b 1
	[ $status -lt 128 ] || fail "exit $status"
	rm -rf b
	expect_ok git wf run demo
	expect_file b 1
'

test_case 'a file where a folder of outputs is to be restored' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "rm -rf d; mkdir -p d; cp a d/x; echo s >> ../ran", inputs: [a], outputs: [d/]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	rm -r d
	echo file > d
	status=0
	git-wf run demo >../out 2>&1 || status=$?
	cat ../out
	[ $status -ne 0 ] || expect_file d/x 1
	[ $status -lt 128 ] || fail "exit $status"
	rm -rf d
	expect_ok git wf run demo
	expect_file d/x 1
'

test_case 'a link in the place of an output is not written through' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "rm -f b; cp a b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	echo precious > ../elsewhere
	ln -sf ../elsewhere b
	expect_ok git wf run demo
	expect_file b 1
	expect_file ../elsewhere precious
'

test_case 'a path through a link out of the tree is refused' '
	mkdir ../outside
	echo 1 > ../outside/a
	ln -s ../outside way
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo x > way/b", inputs: [way/a], outputs: [way/b]}
	EOT
	status=0
	git-wf run demo >../out 2>&1 || status=$?
	cat ../out
	[ $status -ne 0 ] || fail "it was taken"
	expect_no_file ../outside/b
'

test_case 'a restored output is no hard link into the cache' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "head -c 300000 /dev/zero > b; echo s >> ../ran", inputs: [], outputs: [b]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	rm b
	expect_ok git wf run demo
	expect_equal "$(stat -c %h b)" 1
	echo changed > b
	expect_ok git wf run demo
	expect_equal "$(wc -c <b)" 300000
	expect_ran s
'

test_case 'a FIFO, a socket or a device among the inputs does not hang the run' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo s >> ../ran", inputs: ["src/**", pipe]}
	EOT
	mkdir src
	mkfifo src/pipe pipe
	echo 1 > src/a
	repeat_runs "a FIFO has no content to remember"
	status=0
	timeout 10 git-wf run demo >../out 2>&1 || status=$?
	cat ../out
	[ $status -ne 124 ] || fail "it hangs"
'

test_case 'a file that cannot be read is an error that names it' '
	[ "$(id -u)" -ne 0 ] || skip_case "root reads everything"
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "true", inputs: [a]}
	EOT
	echo 1 > a
	chmod 0 a
	expect_exit 1 git wf run demo
	expect_says "a"
'

test_case 'a symbolic link that leads nowhere is an input like others' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "readlink a > b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	ln -s nowhere a
	expect_tree_changes
	expect_ok git wf run demo
	ln -sfn elsewhere a
	expect_ok git wf run demo
	expect_file b elsewhere
	expect_ran s s
'

test_case 'a link among the outputs is restored as the link that it was' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "mkdir -p d; cp a d/one; ln -sfn one d/link; ln -sfn nowhere d/dangling; echo s >> ../ran", inputs: [a], outputs: [d/]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	rm -r d
	expect_ok git wf run demo
	expect_equal "$(readlink d/link)" one
	expect_equal "$(readlink d/dangling)" nowhere
	expect_file d/link 1
	expect_ran s
'

test_done
