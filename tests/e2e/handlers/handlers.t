#!/bin/sh
# What a success or a failure calls: handlers of steps and of the run.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a failure calls its handlers, then those of the run, then finally, each told what failed' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	error_handlers:
	  tell: {run: "echo tell-${error.exit_code} >> ../ran", message: "broke: ${error.message}"}
	on_failure: [tell, {id: inline, run: "echo inline-${error.step} >> ../ran"}]
	on_success: [report]
	steps:
	  - id: build
	    run: "echo first; echo second; exit 3"
	    on_failure: [report, tell]
	    on_success: [tell]
	  - id: report
	    env: {OUT: "${error.output}"}
	    run: echo "report-$(echo "$OUT" | tr "\n" +)" >> ../ran
	  - {id: after, needs: [build], run: echo after >> ../ran}
	finally:
	  - {id: clean, run: "echo clean-${error.step} >> ../ran"}
	EOT
	expect_exit 1 git wf run demo
	expect_equal "$(tr "\n" " " <../ran)" \
		"report-first+second++ tell-3 tell-3 inline-build clean-build "
	expect_err_contains "build.on_failure.tell: broke: exit code 3"
	expect_ok git wf status latest
	expect_out_contains "build.on_failure.report"
	expect_out_lacks "on_success"
	rm ../ran
'

test_case 'a success calls, but one that is only remembered does not' '
	workflow demo <<-\EOT
	on_success: [all]
	on_failure: [never]
	error_handlers:
	  all: {run: echo all >> ../ran}
	  never: {run: echo never >> ../ran}
	steps:
	  - {id: a, run: echo a >> ../ran, inputs: [in], on_success: one, on_failure: never}
	  - {id: one, run: "echo one-${default(error.step, 0)} >> ../ran"}
	EOT
	echo 1 >in
	expect_ok git wf run demo
	expect_ran a one-0 all
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	expect_ran
	echo 2 >in
	expect_ok git wf run demo
	expect_ran a one-0 all
	expect_tree_changes
'

test_case 'on_failure: continue among names, and a failed handler, end nothing and are told' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	error_handlers: {broken: {run: exit 7}}
	steps:
	  - {id: a, run: exit 1, on_failure: [continue, broken, ok]}
	  - {id: b, run: sleep 0.1; echo b >> ../ran}
	  - {id: c, needs: [b], run: echo c >> ../ran}
	  - {id: ok, run: echo ok >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran b c ok
	expect_out_matches "a +.*exit 1"
	expect_out_matches "a.on_failure.broken +.*exit 7"
	expect_out_contains "on_failure: continue"
'

test_case 'a mapping: strategy, run, attempts, message' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	steps:
	  - id: a
	    run: exit 4
	    on_failure:
	      strategy: continue
	      run: "echo try-${error.exit_code} >> ../ran; test $WF_ATTEMPT = 3"
	      attempts: 3
	      message: "mind ${error.step}"
	  - {id: b, run: echo b >> ../ran}
	EOT
	expect_exit 1 git wf run demo
	expect_ran try-4 try-4 try-4 b
	expect_err_contains "mind a"
	expect_out_matches "a.on_failure +.*attempt 3/3"
'

test_case 'an entry with the name of a strategy goes with that strategy; defaults are inherited' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	defaults: {on_failure: [continue, tell]}
	error_handlers:
	  continue: {run: "echo went-on-${error.step} >> ../ran"}
	steps:
	  - {id: a, run: exit 1}
	  - {id: b, run: exit 1, on_failure: continue}
	  - {id: tell, run: "echo tell-${error.step} >> ../ran"}
	EOT
	expect_exit 1 git wf run demo
	expect_ran went-on-a tell-a went-on-b
'

test_case 'a foreach and a group call as a whole, a used workflow calls for its own end' '
	repeat_runs "it fails"
	workflow inner <<-\EOT
	on_failure: [note]
	error_handlers: {note: {run: "echo inner-${error.step} >> ../ran"}}
	steps:
	  - {id: x, run: exit 1}
	EOT
	workflow demo <<-\EOT
	error_handlers: {note: {run: "echo ${error.step} >> ../ran"}}
	steps:
	  - {id: each, foreach: {n: [1, 2]}, run: "test ${each.n} = 1", on_failure: [continue, note]}
	  - id: group
	    on_failure: [continue, note]
	    steps:
	      - {id: in, run: exit 1}
	  - {id: used, uses: inner, on_failure: continue}
	EOT
	expect_exit 1 git wf run demo
	expect_ran "each[2]" group/in inner-used/x
'

test_case 'handlers wait for no retry of others, and retries come before handlers' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	steps:
	  - id: a
	    run: echo a >> ../ran; exit 1
	    retry: {attempts: 3}
	    on_failure: [seen]
	  - {id: seen, run: "echo seen-${error.attempts} >> ../ran"}
	EOT
	expect_exit 1 git wf run demo
	expect_ran a a a seen-3
'

test_case 'a crash in a handler: the run that goes on calls what is owed, and only that' '
	repeat_runs "handlers are not cached"
	expect_left .tmp
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo a >> ../ran, on_success: [first, second]}
	  - {id: first, run: echo first >> ../ran}
	  - id: second
	    run: |
	      test -e ../once || { touch ../once; kill -KILL $PPID; sleep 10; }
	      echo second >> ../ran
	EOT
	git-wf run demo >../killed 2>&1 || :
	expect_ran a first
	expect_ok git wf resume latest
	expect_ran second
	expect_ok git wf status latest
	expect_out_contains passed
'

test_case 'a crash in what the end of the run calls' '
	repeat_runs "handlers are not cached"
	expect_left .tmp
	workflow demo <<-\EOT
	on_success: [first, second]
	error_handlers:
	  first: {run: echo first >> ../ran}
	  second: {run: "test -e ../once || { touch ../once; kill -KILL $PPID; sleep 10; }; echo second >> ../ran"}
	steps:
	  - {id: a, run: echo a >> ../ran}
	EOT
	git-wf run demo >../killed 2>&1 || :
	expect_ran a first
	expect_ok git wf resume latest
	expect_ran second
'

test_case 'a crash in a handler of a failure: the failed step is tried again, its handlers follow its end' '
	repeat_runs "handlers are not cached"
	expect_left .tmp
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo a >> ../ran; test -e ../once", on_failure: [h], on_success: [good]}
	  - {id: h, run: "touch ../once; kill -KILL $PPID; sleep 10"}
	  - {id: good, run: echo good >> ../ran}
	EOT
	git-wf run demo >../killed 2>&1 || :
	expect_ran a
	expect_ok git wf resume latest
	expect_ran a good
	expect_ok git wf status latest --json
	expect_out_contains "not called any more"
'

test_case 'a person is asked what becomes of the run' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: exit 1, on_failure: [request_user_input]}
	  - {id: b, run: echo b >> ../ran}
	EOT
	expect_exit 3 git wf run demo </dev/null
	expect_ran b
	expect_says "has failed: exit code 1. Shall the run go on?"
'

test_case 'a cancelled run calls no handlers; finally runs' '
	repeat_runs "it is cancelled"
	workflow demo <<-\EOT
	on_failure: [h]
	steps:
	  - {id: a, run: "touch ../started; sleep 30", on_failure: [h], on_success: [h]}
	  - {id: h, run: echo h >> ../ran}
	finally:
	  - {id: clean, run: echo clean >> ../ran}
	EOT
	git-wf run demo >../out 2>&1 &
	pid=$!
	wait_for 10 test -e ../started
	kill -INT $pid
	wait $pid || :
	expect_ran clean
'

test_case 'a name that is nothing else is an action; a wrong one is told with what it might be' '
	repeat_runs "it fails"
	mkdir -p .workflows/actions
	printf "#!/bin/sh\\necho page-\$WF_STEP >>../ran\\n" >.workflows/actions/page
	chmod +x .workflows/actions/page
	workflow demo <<-\EOT
	error_handlers:
	  try: {action: page, attempts: 2}
	steps:
	  - {id: a, run: exit 1, on_failure: [continue, page, try]}
	  - {id: b, run: exit 1, on_failure: {action: page}}
	EOT
	expect_exit 1 git wf run demo
	expect_ran page-a.on_failure.page page-a.on_failure.try page-b.on_failure
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: exit 1, on_failure: [contine, nothing-like-it]}
	EOT
	expect_exit 129 git wf validate demo
	expect_says "is no handler, no step, no built-in, no action and no agent"
	expect_says "hint: did you mean"
	expect_says "error_handlers: {nothing-like-it: {run: COMMAND}}"
'

test_case 'show, JUnit and JSON know them' '
	repeat_runs "it fails"
	workflow demo <<-\EOT
	error_handlers: {tell: {run: "true"}}
	steps:
	  - {id: a, run: exit 1, on_failure: [tell]}
	EOT
	expect_ok git wf show demo
	expect_out_contains "a.on_failure.tell"
	expect_ok git wf show demo --json
	expect_out_contains "\"on\": \"failure\""
	expect_exit 1 git wf run demo --report junit:../junit.xml
	expect_file_contains ../junit.xml "a.on_failure.tell"
	expect_ok git wf status latest --json
	expect_out_contains "\"called_by\": \"a\""
	expect_ok git wf plan demo
	expect_out_matches "handler +a.on_failure.tell +if .a. fails"
	expect_ok git wf plan demo --json
	expect_out_contains "\"caller\": \"a\""
	expect_ok git wf graph demo
	expect_out_contains "1 step in 1 wave"
	expect_out_matches "^    a.on_failure.tell .*<- a .call.$"
	expect_ok git wf graph demo --format mermaid
	expect_out_matches "n0 -.->.call. n1"
'

test_case 'a handler may be a group or have a foreach: called as a whole, or not at all' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "test -e ../good", on_failure: [clean, each], on_success: [clean]}
	  - {id: b, run: "true", on_failure: [clean]}
	  - id: clean
	    requires: [{run: "echo gate >> ../ran"}]
	    order: listed
	    steps:
	      - {id: one, run: "echo one ${error.step} >> ../ran"}
	      - {id: two, needs: [one], run: "echo two ${steps.one.status} >> ../ran"}
	  - {id: each, foreach: {x: [p, q]}, run: "echo ${each.x} >> ../ran"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf plan demo
	expect_out_matches "handler +a.on_failure.clean +if .a. fails"
	expect_ok git wf show demo
	expect_out_contains "a.on_success.clean/two"
	expect_exit 1 git wf run demo -j 1
	expect_ran gate "one a" "two passed" p q
	: > ../good
	expect_ok git wf run demo -j 1
	expect_ran gate "one " "two passed"
'

test_case 'groups at the end of the run, and of a workflow that is used; a failure in one ends it alone' '
	workflow lib <<-\EOT
	on_success: [done]
	steps:
	  - {id: s, run: "echo s >> ../ran"}
	  - {id: done, steps: [{id: x, run: "echo lib >> ../ran; exit 1"}, {id: y, needs: [x], run: "echo never >> ../ran"}]}
	EOT
	workflow demo <<-\EOT
	on_failure:
	  - {id: told, steps: [{id: m, run: "echo told ${error.step} >> ../ran"}]}
	finally: [last]
	steps:
	  - {id: use, uses: lib}
	  - {id: next, needs: [use], run: "echo next >> ../ran"}
	  - {id: last, steps: [{id: z, run: "echo last >> ../ran"}]}
	EOT
	expect_exit 1 git wf run demo -j 1
	sort ../ran > ../sorted; rm ../ran
	! grep -q never ../sorted
	for line in s lib next last; do grep -qx "$line" ../sorted || fail "no $line"; done
	grep -q "^told" ../sorted
'

test_done
