#!/bin/sh
# Runs that exclude each other, wait for each other or end each other; how often a workflow may run.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# ID KEYS: a workflow whose step waits while ../slow exists
slow() {
	workflow "$1" <<-EOT
	$2
	steps:
	  - {id: $1, run: "echo $1 >> ../ran; while test -e ../slow; do sleep 0.05; done; echo $1-end >> ../ran"}
	EOT
	: > ../slow
	repeat_runs "not cached"
}

in_background() { # ID: $pid
	git-wf run "$1" >"../background.$1" 2>&1 &
	pid=$!
	wait_for 10 grep -q "^$1\$" ../ran
}

test_case 'one group, two workflows: the second is told, exit 4, and leaves nothing' '
	slow a "concurrency: {group: deploy}"
	slow b "concurrency: {group: deploy}"
	in_background a
	expect_exit 4 git wf run b
	expect_err_contains "of the group '\''deploy'\'' is at work"
	expect_exit 4 git wf run a
	rm ../slow
	wait $pid
	expect_ok git wf run b
	expect_ran a a-end b b-end
	expect_equal "$(ls -d cortex-brain/workflows/b-* | wc -l)" 1
'

test_case 'wait: the second waits for its turn and says for whom' '
	slow a "concurrency: {group: deploy}"
	slow b "concurrency: {group: deploy, wait: true}"
	in_background a
	git-wf run b >../background.b 2>&1 &
	second=$!
	wait_for 5 grep -q "waiting for run .* of the group .deploy." ../background.b
	rm ../slow
	wait $pid
	wait $second
	expect_ran a a-end b b-end
'

test_case 'wait: what the other run made is seen' '
	workflow a <<-\EOT
	concurrency: {wait: true}
	steps:
	  - {id: a, run: "echo a >> ../ran; sleep 1; echo 1 > made", inputs: [], outputs: [made]}
	EOT
	echo /made > .gitignore; commit_all
	in_background a
	expect_ok git wf run a
	wait $pid
	expect_ran a
'

test_case 'cancel_in_progress: the first is cancelled, then the second runs' '
	slow a "concurrency: {cancel_in_progress: true}"
	in_background a
	git-wf run a >../background.b 2>&1 &
	second=$!
	status=0; wait $pid || status=$?
	expect_equal $status 1
	expect_file_contains ../background.a "a newer run"
	wait_for 5 sh -c "test \$(grep -c ^a ../ran) -ge 2"
	rm ../slow
	wait $second
	expect_ran a a a-end
'

test_case 'rate: one run more is refused with the time, one with nothing to do is not' '
	workflow a <<-\EOT
	rate: 2/1h
	steps: [{id: a, run: echo a >> ../ran}]
	EOT
	repeat_runs "not cached"
	expect_ok git wf run a
	expect_ok git wf run a
	expect_exit 4 git wf run a
	expect_err_contains "may run 2 times in 1h00m; it may again in"
	expect_equal "$(ls -d cortex-brain/workflows/a-* | wc -l)" 2
	expect_ran a a
	workflow b <<-\EOT
	rate: 1/1h
	steps: [{id: b, run: echo b >> ../ran, inputs: [x]}]
	EOT
	expect_ok git wf run b
	expect_ok git wf run b
	echo 1 > x
	expect_exit 4 git wf run b
	sed -i s,1/1h,1/1s, .workflows/b.yml
	sleep 1
	expect_tree_changes
	expect_ok git wf run b
	expect_ran b b
'

test_case 'mistakes of the keys are named' '
	workflow bad <<-\EOT
	concurrency: {group: "a/b", wait: maybe, weight: 1}
	rate: 10 per hour
	steps: [{id: a, run: "true"}]
	EOT
	expect_exit 129 git wf validate bad
	expect_says "a group has a name of letters"
	expect_says "'\''wait'\'' must be true or false"
	expect_says "unknown key '\''weight'\''"
	expect_says "such as 10/1h"
'

test_case 'a group with values: one value excludes, another does not, and the message shows it' '
	slow a "params: {env: {default: test}}
concurrency: {group: \"deploy-\${params.env}\"}"
	slow b "vars: {where: env.WHERE}
concurrency: {group: \"deploy-\${vars.where}\"}"
	in_background a
	expect_exit 4 env WHERE=test git wf run b
	expect_err_contains "of the group '\''deploy-test'\'' is at work"
	rm ../slow
	wait $pid
	: > ../slow
	git-wf run a -p env=live >../background.a 2>&1 &
	pid=$!
	wait_for 10 sh -c "test \$(grep -c ^a\$ ../ran) -eq 2"
	rm ../slow
	WHERE=test expect_ok git wf run b
	wait $pid
'

test_case 'a group of the branch: what no file may be called is no hindrance, nor is the past forgotten' '
	workflow a <<-\EOT
	concurrency: {group: "on ${git.branch}"}
	steps: [{id: a, run: "echo a >> ../ran; ls .git/wf/turns >> ../turns", inputs: []}]
	EOT
	git checkout -q -b feature/x
	expect_ok git wf run a
	expect_file_contains ../turns "group.on%20feature%2Fx"
	expect_ok git wf run a
	expect_says "nothing to do"
	expect_ran a
'

test_case 'a group: names that are unknown, too late, secret or come to nothing are errors with their place' '
	workflow bad <<-\EOT
	params: {key: {secret: true, default: x}}
	concurrency: {group: "${params.no}${run.id}${params.key}${steps.a.stdout}"}
	steps: [{id: a, run: "true"}]
	EOT
	expect_exit 129 git wf run bad
	expect_says "bad.yml:2:25: error: no parameter '\''no'\''"
	expect_says "known before the run is"
	expect_says "no place for a secret"
	workflow bad <<-\EOT
	concurrency: {group: "${env.NOT_THERE}"}
	steps: [{id: a, run: "true"}]
	EOT
	expect_exit 129 git wf run bad
	expect_says "bad.yml:1:23: error: the name of the group is empty"
	NOT_THERE=$(printf "%0101d" 1) expect_exit 129 git wf run bad
	expect_says "the name of the group is too long"
'

test_done
