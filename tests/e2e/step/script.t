#!/bin/sh
# script: an interpreter with a file of the tree, or with text of the workflow.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'the file is an input: a change of it runs the step again, and nothing else does' '
	mkdir tools
	echo "echo \"one \$1 \$0\" >> ../ran" > tools/x.sh
	workflow demo <<-\EOT
	params: {who: {default: you}}
	steps:
	  - {id: a, inputs: [], script: {with: sh, file: ./tools/x.sh, args: ["hello ${params.who}; ls"]}}
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ran "one hello you; ls tools/x.sh"
	expect_ok git wf run demo
	expect_ran
	echo "echo two >> ../ran" > tools/x.sh
	expect_ok git wf run demo
	expect_ran two
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	expect_ran
'

test_case 'with dir the path stays relative to the root, also through a link' '
	mkdir -p sub/deep tools
	ln -s sub/deep link
	echo "pwd >> \"\$WF_ROOT/../ran\"; exit 0" > tools/x.sh
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: a, inputs: [], dir: sub, script: {with: [sh, -e], file: tools/x.sh}}
	  - {id: b, inputs: [], dir: link, script: {with: [sh, -e], file: tools/x.sh}}
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ran "$REPO/sub" "$REPO/sub/deep"
'

test_case 'code reaches the interpreter byte by byte, and is gone afterwards' '
	require python3
	workflow demo <<-\EOT
	steps:
	  - id: a
	    inputs: []
	    env: {WHO: "${run.id}"}
	    script:
	      with: [python3, -I]
	      args: ["a b", "$(x)"]
	      code: |
	        import sys, os
	        open("../ran", "a").write("%s|%s|${x}|$PATH\n" % (sys.argv[1], sys.argv[2]))
	        raise SystemExit(0 if os.environ["WHO"] else 1)
	EOT
	commit_all
	repeat_runs "the id of a run is another one each time"
	expect_ok git wf run demo
	expect_ran "a b|\$(x)|\${x}|\$PATH"
	[ -z "$(find cortex-brain -name "*.script")" ] || fail "the script was left"
'

test_case 'code counts in the fingerprint, outputs and retry are as for run' '
	workflow demo <<-\EOT
	steps:
	  - id: a
	    inputs: []
	    outputs: [made]
	    retry: {attempts: 2}
	    script: {with: sh, code: "echo one >> ../ran; echo v=1 >> $WF_OUTPUT; [ $WF_ATTEMPT = 2 ] && echo x > made"}
	  - {id: b, inputs: [made], run: "echo b ${steps.a.outputs.v} >> ../ran"}
	EOT
	printf "made\n" > .gitignore
	commit_all
	expect_ok git wf run demo
	expect_ran one one "b 1"
	sed -i s/one/two/g .workflows/demo.yml
	expect_ok git wf run demo
	expect_ran two two
	expect_ok git wf explain demo a
'

test_case 'a script that is not there is said before anything runs' '
	workflow demo <<-\EOT
	steps:
	  - {id: first, run: echo first >> ../ran}
	  - {id: a, script: {with: sh, file: tools/none.sh}}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "demo.yml:3:38: error: no script '"'tools/none.sh'"'"
	expect_ran
	expect_exit 129 git wf validate demo
	expect_out_contains "no script"
'

test_case 'a script may be made by a step before' '
	workflow demo <<-\EOT
	steps:
	  - {id: make, inputs: [], outputs: [gen.sh], run: "echo \"echo ran >> ../ran\" > gen.sh"}
	  - {id: a, inputs: [], script: {with: sh, file: gen.sh}}
	EOT
	echo gen.sh > .gitignore
	commit_all
	expect_ok git wf run demo -j 4
	expect_ran ran
'

test_case 'no interpreter of that name: 127, and what is missing' '
	workflow demo <<-\EOT
	steps: [{id: a, script: {with: no-such-python, code: "x"}}]
	EOT
	expect_exit 1 git wf run demo
	expect_out_contains "no-such-python"
'

test_done
