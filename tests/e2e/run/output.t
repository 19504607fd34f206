#!/bin/sh
# What a step hands on: WF_OUTPUT, WF_SUMMARY, WF_PROGRESS, and what it writes.
. "${0%/*}/../lib.sh"

test_case 'values of several lines and the last of a name' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    run: |
	      echo a=1 >> "$WF_OUTPUT"
	      echo a=2=3 >> "$WF_OUTPUT"
	      printf "text<<END\none\n\ntwo\nEND\n" >> "$WF_OUTPUT"
	      echo empty= >> "$WF_OUTPUT"
	  - id: show
	    run: printf "[%s]" ${steps.s.outputs.a} ${steps.s.outputs.text} ${steps.s.outputs.empty} > shown
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file shown "[2=3][one

two][]"
'

test_case 'any other line in WF_OUTPUT fails the step' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo no value here >> \"$WF_OUTPUT\""}
	EOT
	expect_exit 1 git wf run demo
	expect_says WF_OUTPUT
'

test_case 'stdout of a step is a value' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo out; echo err >&2"}
	  - {id: show, run: "printf %s ${steps.s.stdout} > shown; echo ${steps.s.exit_code} >> shown"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file_contains shown out
	! grep err shown
'

test_case 'a summary reaches the report' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo 12 tests, none failed >> \"$WF_SUMMARY\""}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_says "12 tests, none failed"
'

test_case 'progress is an event' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo 40% half way >> \"$WF_PROGRESS\"; sleep 0.7"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo --events "$CASE/events"
	grep -q "\"percent\":40" "$CASE/events"
'

test_case 'the environment that a step sees' '
	workflow demo <<-\EOT
	env: {ALL: "1", BOTH: workflow}
	steps:
	  - {id: s, env: {OWN: "2", BOTH: step}, run: "env > seen; pwd > where; echo $WF_STEP $WF_WORKFLOW $WF_ATTEMPT > who"}
	  - {id: d, dir: sub/dir, run: "pwd > \"$WF_ROOT/below\""}
	EOT
	mkdir -p sub/dir
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok env GIT_DIR="$REPO/.git" GIT_WF_X=1 MINE=3 git wf run demo
	for line in ALL=1 BOTH=step OWN=2 MINE=3 "WF_ROOT=$REPO"; do grep -qx "$line" seen || fail "no $line"; done
	! grep -E "^(GIT_DIR|GIT_WF_X)=" seen
	expect_file where "$REPO"
	expect_file below "$REPO/sub/dir"
	expect_file who "s demo 1"
'

test_case 'env clear starts from nearly nothing' '
	workflow demo <<-\EOT
	env: {clear: true, ONE: "1"}
	pass_env: [PASSED]
	steps:
	  - {id: s, run: env > seen}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok env MINE=3 PASSED=4 git wf run demo
	! grep ^MINE= seen
	grep ^PATH= seen
	grep ^PASSED=4 seen
	grep ^ONE=1 seen
'

test_case 'stdin is empty unless it is given' '
	workflow demo <<-\EOT
	params: {text: {default: "a  b"}}
	steps:
	  - {id: none, run: cat > none}
	  - {id: some, run: cat > some, stdin: "given ${params.text}\n"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	echo never | git-wf run demo
	expect_file none ""
	expect_file some "given a  b"
'

test_case 'a log has the bytes as they were written' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: cat data}
	EOT
	head -c 300000 /dev/urandom > data
	printf "\000\r\n\033[31mred\377" >> data
	repeat_runs "not cached"
	expect_ok git wf run demo
	cmp data cortex-brain/workflows/demo-*/logs/*.log
'

test_case 'other shells, argv and scripts of several lines' '
	command -v bash >/dev/null || skip_case "no bash"
	workflow demo <<-\EOT
	steps:
	  - {id: bash, shell: [bash, -c], run: "a=(1 2 3); echo ${#a[@]} > bash"}
	  - {id: argv, run: [sh, -c, "printf %s \"$1\" > argv", sh, "a  $HOME;"]}
	  - id: lines
	    run: |
	      cd sub
	      false || echo one > lines
	      echo two >> lines
	EOT
	mkdir sub
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file bash 3
	expect_file argv "a  \$HOME;"
	expect_file sub/lines "one
two"
'

test_case 'the shell stops at the first line that fails, and at an unset variable' '
	workflow demo <<-\EOT
	steps:
	  - id: s
	    run: |
	      false
	      touch never
	EOT
	expect_exit 1 git wf run demo
	expect_no_file never
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "touch \"never$NO_SUCH_VARIABLE\""}
	EOT
	expect_exit 1 git wf run demo
	expect_no_file never
'

test_done
