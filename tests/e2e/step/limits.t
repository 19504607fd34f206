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
