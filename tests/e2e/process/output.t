#!/bin/sh
# What steps write: much of it, strange bytes, and pipes that stay open.
. "${0%/*}/../lib.sh"

the_log() { echo cortex-brain/workflows/demo-*/logs/*.log; }

test_case 'a flood: the log is what was written, and the engine stays small' '
	[ -r /proc/self/status ] || skip_case "no /proc"
	workflow demo <<-\EOT
	steps:
	  - {id: flood, run: "sh ../flood; grep VmHWM /proc/$PPID/status > ../peak"}
	EOT
	echo "yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef | head -c 100000000" > ../flood
	repeat_runs "not cached, and long"
	git-wf run demo >/dev/null 2>&1
	expect_equal "$(sh ../flood | cksum)" "$(cksum <"$(the_log)")"
	peak=$(tr -dc 0-9 <../peak)
	[ "$peak" -le 32768 ] || fail "$peak KiB"
'

test_case 'a flood is shown whole as well' '
	workflow demo <<-\EOT
	steps:
	  - {id: flood, run: "seq 1 200000"}
	EOT
	repeat_runs "not cached, and long"
	git-wf run demo --output stream >../out1 2>../err1
	expect_equal "$(cat ../out1 ../err1 | grep -v "run demo-" | grep -cE "[0-9]{6}\$")" 100001
'

test_case 'one line of 20 MB' '
	workflow demo <<-\EOT
	steps:
	  - {id: line, run: "head -c 20000000 /dev/zero | tr \"\\\\0\" x; grep VmHWM /proc/$PPID/status > ../peak"}
	EOT
	repeat_runs "not cached, and long"
	git-wf run demo --output stream >../out1 2>../err1
	expect_equal "$(wc -c <"$(the_log)")" 20000000
	[ ! -r /proc/self/status ] || [ "$(tr -dc 0-9 <../peak)" -le 65536 ] || fail "$(cat ../peak)"
'

test_case 'NULs, escapes and bytes that are no UTF-8 stay in the log and not on the terminal' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: cat bytes; exit 1}
	EOT
	printf "nul\000 bell\007 esc\033[2J bad\377\376 utf\303\251\r\nend" > bytes
	expect_exit 1 git wf run demo
	cmp bytes "$(the_log)"
	for stream in out err; do
		! grep -qF "$(printf "\033")" "$CASE/$stream" || fail "an escape on $stream"
		! grep -qF "$(printf "\007")" "$CASE/$stream" || fail "a bell on $stream"
	done
	expect_says "^["
'

test_case 'a step that closes its output early is not over before it ends' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "exec >&- 2>&-; sleep 0.5; touch ../late"}
	  - {id: t, needs: [s], run: test -e ../late}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
'

test_case 'a grandchild that holds the pipe does not hold up the run' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo before; sleep 300 & echo after"}
	  - {id: t, needs: [s], run: "true"}
	EOT
	repeat_runs "not cached"
	start=$(date +%s)
	expect_ok git wf run demo
	[ $(($(date +%s) - start)) -le 8 ] || fail "it waited"
	grep -q after cortex-brain/workflows/demo-*/logs/0-s.1.log
'

test_case 'output that comes late through a grandchild is still in the log' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "(sleep 0.15; echo late) & echo early"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	grep -q late "$(the_log)"
'

test_case 'stdout and stderr of a step are in the log in the order they were written' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(tr "\n" , <"$(the_log)")" out1,err1,out2,err2,out3,err3,out4,err4,out5,err5,
'

test_case 'output that cannot be written is an error' '
	[ -c /dev/full ] || skip_case "no /dev/full"
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: echo hello}
	EOT
	status=0
	git-wf run demo >/dev/full 2>../err1 || status=$?
	cat ../err1
	expect_equal $status 128
'

test_case 'a reader that goes away does not leave the run hanging' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: seq 1 300000}
	  - {id: t, needs: [s], run: "true"}
	EOT
	(git-wf run demo --output stream 2>/dev/null || echo $? > ../status) | head -n 3 >/dev/null
	wait_for 20 test -s ../status
'

test_case 'a step inherits no file descriptor of ours' '
	[ -d /proc/self/fd ] || skip_case "no /proc"
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "ls -l /proc/self/fd > ../fds"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	cat ../fds
	# Its three, what ls itself opens (the folder, and the redirection), and the jobserver.
	! grep -E "cortex-brain|\.git/|journal|socket|eventpoll" ../fds
'

test_done
