#!/bin/sh
# limits: what a step may take, exceeded for real.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'memory: more than that cannot be had' '
	require python3
	workflow demo <<-\EOT
	steps:
	  - {id: little, limits: {memory: 200M}, run: [python3, -c, "x = bytearray(20 << 20)"]}
	  - {id: much, needs: [little], limits: {memory: 200M}, run: [python3, -c, "x = bytearray(300 << 20)"]}
	EOT
	expect_exit 1 git wf run demo
	expect_says MemoryError
	expect_says "limits: memory 200.0 MiB for "
	expect_exit 1 git wf run demo --only much
	repeat_runs "not cached"
	expect_ok git wf run demo --only little
'

test_case 'cpu_time: who takes more is ended' '
	workflow demo <<-\EOT
	steps: [{id: a, limits: {cpu_time: 1s}, run: "while :; do :; done"}]
	EOT
	expect_exit 1 git wf run demo
	expect_says XCPU
'

test_case 'files: so many can be open' '
	require python3
	workflow demo <<-\EOT
	steps:
	  - {id: a, limits: {files: 20}, run: [python3, -c, "l = [open(\"/dev/null\") for i in range(50)]"]}
	EOT
	expect_exit 1 git wf run demo
	expect_says "Too many open files"
	expect_says "limits: files 20 for each process"
'

test_case 'processes: counted for the step alone; root, who has no such limit, is told' '
	helper=$WF_TEST_BUILD/libexec/git-wf/git-wf--exec
	printf "processes 5\0" > "$CASE/policy"
	cat > "$CASE/storm" <<-\EOT
	i=0
	while [ $i -lt 20 ]; do sleep 0.3 & i=$((i + 1)); done 2> /dev/null
	wait
	EOT
	chmod 644 "$CASE/policy" "$CASE/storm"
	if [ "$(id -u)" = 0 ]; then
		workflow demo <<-\EOT
		steps: [{id: a, limits: {processes: 5}, run: echo ran >> ../ran}]
		EOT
		expect_exit 1 git wf run demo
		expect_says "processes cannot be limited: the kernel lets root start as many as it likes"
		expect_ran
		require setpriv
		chmod 755 "$TEST_ROOT" "$CASE"
		as="setpriv --reuid 65533 --regid 65533 --clear-groups"
	else
		as=
	fi
	$as "$helper" "$CASE/policy" true 2> /dev/null || skip_case "no user namespaces here"
	! $as "$helper" "$CASE/policy" sh "$CASE/storm" 2> "$CASE/err" || fail "no limit was felt"
	$as "$helper" "$CASE/policy" sh -c ": | : | :"
'

# A group of ours that this machine lets us make; skips where there is none.
own_group() { # CONTROLLER
	own=$(sed -n "s/^0:://p" /proc/self/cgroup)
	mount=$(awk "{ if (index(\$0, \" - cgroup2 \")) { print \$5; exit } }" /proc/self/mountinfo)
	[ -n "$own" ] && [ -n "$mount" ] || skip_case "no cgroup v2 here"
	at=$mount$own
	while ! { [ -w "$at/cgroup.procs" ] && grep -qw "$1" "$at/cgroup.subtree_control"; }; do
		[ "$at" != "$mount" ] && [ "$at" != "$mount/" ] || skip_case "no cgroup v2 that hands $1 on"
		at=${at%/*}
	done
}

test_case 'where control groups can be made all processes of a step are counted, also those of root' '
	own_group pids
	workflow demo <<-\EOT
	steps: [{id: a, limits: {processes: 5}, run: "i=0; while [ \$i -lt 20 ]; do sleep 0.3 & i=\$((i + 1)); done; wait"}]
	EOT
	expect_exit 1 git wf run demo
	expect_says "limits: processes 5, of which there were as many"
	[ -z "$(ls -d "$at"/git-wf.* 2>/dev/null)" ] || fail "a group is left"
'

test_case 'where a control group cannot be entered nothing is started' '
	printf "cgroup $CASE/none\0" > "$CASE/policy"
	expect_exit 125 "$WF_TEST_BUILD/libexec/git-wf/git-wf--exec" "$CASE/policy" touch "$CASE/started"
	mkdir "$CASE/group"
	printf "cgroup $CASE/group\0" > "$CASE/policy"
	expect_ok "$WF_TEST_BUILD/libexec/git-wf/git-wf--exec" "$CASE/policy" touch "$CASE/started"
	expect_file "$CASE/group/cgroup.procs" 0
'

test_case 'a policy that is broken or cut off starts nothing' '
	helper=$WF_TEST_BUILD/libexec/git-wf/git-wf--exec
	for policy in "" "memory 1" "memory x\0" "memory 0\0" "confine some\0" "network all\0" "speed 1\0" \
		"confine write\0write /no/such/place\0"; do
		printf "$policy" > "$CASE/policy"
		expect_exit 125 "$helper" "$CASE/policy" touch "$CASE/started"
		expect_err_contains "git-wf: "
	done
	expect_exit 125 "$helper" "$CASE/none" touch "$CASE/started"
	expect_exit 125 "$helper"
	printf "files 100\0" > "$CASE/policy"
	expect_exit 127 "$helper" "$CASE/policy" no-such-program
	expect_exit 126 "$helper" "$CASE/policy" "$CASE"
	expect_no_file "$CASE/started"
'

test_done
