#!/bin/sh
# What a failure does to the rest.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'nothing new is started after a failure, what runs may end' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: sleep 0.2; exit 1}
	  - {id: long, run: sleep 0.5; echo long >> ../ran}
	  - {id: below, needs: [long], run: echo below >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j2
	expect_ran long
'

test_case '--keep-going does what does not need the failed step' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: echo bad >> ../ran; exit 1}
	  - {id: below, needs: [bad], run: echo below >> ../ran}
	  - {id: far, needs: [below], run: echo far >> ../ran}
	  - {id: other, run: sleep 0.2; echo other >> ../ran}
	  - {id: next, needs: [other], run: echo next >> ../ran}
	EOT
	expect_exit 1 git wf run demo -k
	expect_ran bad other next
'

test_case 'on_failure: continue goes on with what does not need the step, and the run failed' '
	workflow demo <<-\EOT
	steps:
	  - {id: bad, run: echo bad >> ../ran; exit 1, on_failure: continue}
	  - {id: below, needs: [bad], run: echo below >> ../ran}
	  - {id: other, run: sleep 0.2; echo other >> ../ran}
	EOT
	expect_exit 1 git wf run demo -j1
	expect_ran bad other
'

test_case 'finally runs after success and after failure, and sees which it was' '
	workflow demo <<-\EOT
	params: {code: {default: "0"}}
	steps:
	  - {id: s, run: "exit ${params.code}"}
	finally:
	  - {id: always, run: echo always >> ../ran}
	  - {id: good, if: success(), run: echo good >> ../ran}
	  - {id: bad, if: failure(), run: echo bad >> ../ran}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_ran always good
	expect_exit 1 git wf run demo --code 3
	expect_ran always bad
'

test_case 'a failure in finally fails the run' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "true"}
	finally:
	  - {id: clean, run: exit 4}
	EOT
	expect_exit 1 git wf run demo
	expect_says clean
'

test_case 'a program that is not there, or is no program, fails the step and names it' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: [no-such-program, x]}
	EOT
	expect_exit 1 git wf run demo
	expect_says no-such-program
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: [./notes]}
	EOT
	echo hello > notes
	expect_exit 1 git wf run demo
	expect_says notes
'

test_case 'a step that dies of a signal says which' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "kill -SEGV $$"}
	EOT
	expect_exit 1 git wf run demo
	expect_says SIGSEGV
'

test_case 'a failed step shows the end of its output and where it is defined' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo the reason; exit 1"}
	EOT
	expect_exit 1 git wf run demo
	expect_says "the reason"
	expect_says ".workflows/demo.yml:2"
	expect_says "git wf resume"
'

test_done
