#!/bin/sh
# on_failure: fix_and_retry: what mends a failure, how often, and what is left when it does not.
. "${0%/*}/../lib.sh"

# A step that passes once "fixed" has N lines; the fixer adds one.
flow() { # N KEYS
	workflow demo <<-EOT
	steps:
	  - id: build
	    run: "echo try >> ../tries; [ \$(wc -l < fixed) -ge $1 ]"
	    on_failure: {strategy: fix_and_retry, $2}
	EOT
	: > fixed
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
run_dir() { echo cortex-brain/workflows/demo-*; }

test_case 'it is fixed, tried again, and passes; each fix has a snapshot before it' '
	flow 2 "run: echo x >> fixed, attempts: 3"
	expect_ok git wf run demo
	expect_equal "$(wc -l < ../tries)" 3
	expect_equal "$(wc -l < fixed)" 2
	expect_says "fix 1 of 3"
	expect_says "fix 2 of 3"
	expect_equal "$(git wf snapshots demo | grep -c "fix build")" 2
	expect_ok git wf rollback demo --to fix:build
	expect_equal "$(wc -l < fixed)" 1
	expect_ok git wf rollback demo
	expect_equal "$(wc -l < fixed)" 0
'

test_case 'after so many fixes it fails, and says what was tried' '
	flow 9 "run: echo x >> fixed, attempts: 2"
	expect_exit 1 git wf run demo
	expect_equal "$(wc -l < fixed)" 2
	expect_says "(on_failure: fix_and_retry)"
	expect_ok git wf status demo --json
	expect_out_contains "\"fixes\": 2"
'

test_case 'retries first, and all of them again after a fix' '
	flow 1 "run: echo x >> fixed"
	echo "    retry: {attempts: 2}" >> .workflows/demo.yml
	sed -i "s/-ge 1 ]/-ge 1 ] \&\& [ \$WF_ATTEMPT -ge 4 ]/" .workflows/demo.yml
	commit_all
	expect_ok git wf run demo
	expect_equal "$(wc -l < ../tries)" 4
'

test_case 'the fixer is told what failed, by values and by its environment' '
	workflow demo <<-\EOT
	steps:
	  - id: build
	    run: echo lost; test -e told
	    on_failure:
	      strategy: fix_and_retry
	      run: |
	        printf "%s %s\n" ${error.step} "$WF_ERROR_EXIT_CODE" > told
	        grep lost "$WF_ERROR_LOG" >> told
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file told "build 1
lost"
'

test_case 'an action fixes; a handler of that name configures the strategy' '
	workflow demo <<-\EOT
	error_handlers:
	  fix_and_retry: {action: mend, attempts: 2, message: "mending ${error.step}: ${error.message}"}
	steps:
	  - {id: build, run: test -e fixed, on_failure: fix_and_retry}
	EOT
	write_script .workflows/actions/mend <<-\EOT
	#!/bin/sh
	echo "$WF_STEP" > fixed
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file fixed build
	expect_says "mending build: exit code 1"
'

test_case 'a fixer that fails is tried again, and then the step has failed' '
	flow 1 "run: \"echo no >> ../fixes; exit 3\", attempts: 2"
	expect_exit 1 git wf run demo
	expect_equal "$(wc -l < ../fixes)" 2
	expect_equal "$(wc -l < ../tries)" 1
	expect_says "fix 2 of 2 failed: exit 3"
'

test_case 'a step that reads what was fixed remembers its result' '
	workflow demo <<-\EOT
	rollback: {strategy: none}
	steps:
	  - id: build
	    run: grep -q good in && cp in out
	    inputs: [in]
	    outputs: [out]
	    on_failure: {strategy: fix_and_retry, run: echo good > in}
	EOT
	echo bad > in
	commit_all
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_says "nothing to do"
'

test_case 'killed in a fix: the next resume has what is left of them' '
	flow 9 "run: \"echo x >> fixed; [ -e ../go ] || kill -9 \$PPID; sleep 0.1\", attempts: 2"
	git-wf run demo >/dev/null 2>&1 || :
	: > ../go
	expect_exit 1 git wf resume
	expect_equal "$(wc -l < fixed)" 2
	expect_says "fix 2 of 2"
'

test_case 'handlers come after it; what else fails meanwhile ends it' '
	flow 9 "run: echo x >> fixed"
	sed -i "s/on_failure: .*/on_failure: [fix_and_retry, mark]/" .workflows/demo.yml
	cat >> .workflows/demo.yml <<-\EOT
	error_handlers:
	  fix_and_retry: {run: echo x >> fixed}
	  mark: {run: "echo ${error.step} > ../marked"}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_file ../marked build
	expect_equal "$(wc -l < fixed)" 1
'

test_case 'items of a foreach are mended one by one' '
	workflow demo <<-\EOT
	steps:
	  - id: build
	    foreach: {x: [a, b, c]}
	    run: test -e fixed-${each.x}
	    on_failure: {strategy: fix_and_retry, run: "echo > fixed-${each.x}"}
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ok test -e fixed-b
'

test_case 'Ctrl-C while it is fixed ends the run' '
	flow 1 "run: \": > ../begun; sleep 30\""
	git-wf run demo > ../out 2>&1 &
	pid=$!
	wait_for 20 test -e ../begun
	kill -INT $pid
	wait $pid && fail "it passed" || :
	expect_ok git wf status demo
	expect_out_contains cancelled
'

test_case 'without anything that fixes it is a mistake of the file' '
	workflow demo <<-\EOT
	steps:
	  - {id: build, run: "false", on_failure: fix_and_retry}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "does not say what fixes"
	expect_err_contains "error_handlers"
	workflow demo <<-\EOT
	steps:
	  - {id: really, approve: sure?, on_failure: {strategy: fix_and_retry, run: "true"}}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "is for a step that runs something"
'

test_done
