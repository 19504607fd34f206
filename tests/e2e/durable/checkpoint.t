#!/bin/sh
# Checkpoints of a run: when they are written, what is in them, what a damaged one costs.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

four_steps() { # [KEYS]
	workflow demo <<-EOT
	${1:-}
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: echo two >> ../ran}
	  - {id: three, needs: [two], foreach: {x: [a, b]}, run: "echo three >> ../ran; test ! -e ../broken"}
	  - {id: four, needs: [three], run: echo four >> ../ran}
	EOT
	repeat_runs "not cached"
}

run_dir() { echo cortex-brain/workflows/demo-*; }

# KIND: steps of the checkpoints of that kind, in their order
of_kind() {
	for file in $(ls "$(run_dir)/checkpoints" | sort -n); do
		sed -n "s/^{\"schema\":1,\"kind\":\"$1\",.*\"current_step\":\"\([^\"]*\)\".*/\1/p" \
			"$(run_dir)/checkpoints/$file"
	done | tr "\n" " " | sed "s/ \$//"
}

test_case 'one at the end, sealed, with the whole state' '
	four_steps
	expect_ok git wf run demo
	expect_equal "$(of_kind end)" four
	file=$(ls -d "$(run_dir)"/checkpoints/*-four.json | tail -n 1)
	expect_file_contains "$file" "\"status\":\"passed\""
	expect_file_contains "$file" "\"id\":\"three[b]\""
	expect_equal "$(stat -c %a "$file")" 600
'

test_case 'declared ones are written after a step passed, before one starts; of a foreach once' '
	four_steps "rollback: {checkpoints: [{after: one}, {before: three}, {after: three}]}"
	GIT_WF_WORKFLOW_CHECKPOINT_FREQUENCY=declared expect_ok git wf run demo
	expect_equal "$(of_kind declared)" "one three[a] three"
	expect_equal "$(of_kind automatic)" ""
'

test_case 'before and after a group: before the first of its steps, after all of them' '
	workflow demo <<-\EOT
	rollback: {strategy: none, checkpoints: [{before: g}, {before: g/inner}, {after: g}]}
	steps:
	  - {id: one, run: "true"}
	  - {id: g, needs: [one], order: listed, steps: [{id: a, run: "true"}, {id: inner, steps: [{id: b, run: "true"}]}]}
	  - {id: four, needs: [g], run: "true"}
	EOT
	repeat_runs "not cached"
	GIT_WF_WORKFLOW_CHECKPOINT_FREQUENCY=declared expect_ok git wf run demo
	expect_equal "$(of_kind declared)" "g g/inner g"
'

test_case 'before a group with a snapshot of its own' '
	workflow demo <<-\EOT
	rollback: {checkpoints: [{before: g}]}
	steps:
	  - {id: one, run: "echo one > made"}
	  - {id: g, needs: [one], steps: [{id: a, run: "echo g > made; exit 1"}]}
	EOT
	expect_tree_changes
	expect_exit 1 git wf run demo
	expect_equal "$(of_kind declared)" g
	expect_file made g
	expect_ok git wf rollback --to before:g
	expect_file made one
'

test_case 'by itself it writes one of what took longer than 100 ms, while the next step runs' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: sleep 0.3}
	  - {id: two, needs: [one], run: while ! ls cortex-brain/workflows/demo-*/checkpoints/*-one.json; do sleep 0.05; done, timeout: 20s}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(of_kind automatic)" one
	expect_equal "$(of_kind end)" two
'

test_case '--checkpoint writes one after every step' '
	four_steps
	expect_ok git wf run demo --checkpoint -j1
	expect_equal "$(of_kind automatic)" "one two three[a] three[b] four"
'

test_case 'per_wave: when all that could start together has ended' '
	four_steps
	GIT_WF_WORKFLOW_CHECKPOINT_FREQUENCY=per_wave expect_ok git wf run demo -j1
	expect_equal "$(of_kind automatic)" "one two three four"
'

test_case 'none where they are off, and none where there is nothing to do' '
	four_steps
	GIT_WF_WORKFLOW_CHECKPOINT_FREQUENCY=off expect_ok git wf run demo --checkpoint
	expect_ok test -d "$(run_dir)/checkpoints"
	rm -r cortex-brain
	GIT_WF_WORKFLOW_ENABLE_CHECKPOINTS=false expect_ok git wf run demo
	expect_no_file "$(run_dir)/checkpoints"
	workflow still <<-\EOT
	rollback: {checkpoints: [{after: a}]}
	steps: [{id: a, run: "true", inputs: []}]
	EOT
	expect_ok git wf run still
	rm -r cortex-brain
	expect_ok git wf run still
	expect_no_file cortex-brain/workflows/still-*
'

test_case 'status is the same with checkpoints and without' '
	four_steps
	: > ../broken
	expect_exit 1 git wf run demo --checkpoint
	expect_exit 1 git wf resume
	git wf status demo --json > ../with
	mv "$(run_dir)/checkpoints" ../aside
	git wf status demo --json > ../without
	mv ../aside "$(run_dir)/checkpoints"
	cmp ../with ../without
	expect_file_contains ../with "\"resumes\": 1"
'

test_case 'resume names a damaged checkpoint and goes on from the one before' '
	four_steps
	: > ../broken
	expect_exit 1 git wf run demo
	file=$(ls -d "$(run_dir)"/checkpoints/* | sort -V | tail -n 1)
	sed -i "s/failed/passed/" "$file"
	rm ../broken ../ran
	expect_ok git wf resume
	expect_says "checkpoint '\''${file##*/}'\'' is damaged"
	expect_ran three three four
'

test_case 'a step that a checkpoint names must be there, and only one key' '
	workflow bad <<-\EOT
	rollback: {checkpoints: [{after: onne}, {after: one, before: one}], include: [/x]}
	steps: [{id: one, run: "true"}]
	EOT
	expect_exit 129 git wf validate bad
	expect_says "no step '\''onne'\''"
	expect_says "did you mean '\''one'\''?"
	expect_says "must be {after: ID} or {before: ID}"
	expect_says "'\''/x'\'' is no path or glob"
'

test_done
