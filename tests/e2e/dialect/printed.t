#!/bin/sh
# A logical output that nobody writes is what its task printed.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# No task of it knows of $WF_OUTPUT.
printing() {
	workflow demo <<-\EOT
	tasks:
	  - id: bundle
	    command: "printf 'one\n\ntwo\n'; echo noise >&2; echo bundle >> ../ran"
	    outputs: [app_bundle]
	  - id: publish
	    command: |
	      echo "publish $(cat "$WF_IN_APP_BUNDLE" | od -An -c | tr -d ' ')" >> ../ran
	      echo "value ${tasks.bundle.outputs.app_bundle}" | tr '\n' / >> ../ran
	      test -e ../ok
	    inputs: [app_bundle]
	    outputs: [report]
	EOT
}

test_case 'the next task finds it as a file and as a value, without the last line feed' '
	printing
	: > ../ok
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo
	expect_ran bundle "publish one\\n\\ntwo" "value one//two/"
	for name in app_bundle report; do
		jq -r ".steps[].outputs.$name // empty" cortex-brain/workflows/demo-*/results.json
	done > ../values
	printf "one\n\ntwo\n\n" | cmp - ../values
	test -z "$(ls cortex-brain/workflows/demo-*/io)"
'

test_case 'the canonical form does the same' '
	printing
	: > ../ok
	expect_tree_changes
	repeat_runs "nothing is remembered"
	expect_ok git wf fmt demo
	grep -q "unwritten: stdout" .workflows/demo.yml
	expect_ok git wf run demo
	expect_ran bundle "publish one\\n\\ntwo" "value one//two/"
'

test_case 'a resumed run keeps it' '
	printing
	expect_exit 1 git wf run demo
	expect_ran bundle "publish one\\n\\ntwo" "value one//two/"
	rm -r cortex-brain/workflows/demo-*/artifacts
	: > ../ok
	repeat_runs "nothing is remembered"
	expect_ok git wf resume
	expect_ran "publish one\\n\\ntwo" "value one//two/"
'

test_case 'the cache keeps it: what comes after runs with the same' '
	workflow demo <<-\EOT
	tasks:
	  - {id: bundle, command: "cat in.txt; echo bundle >> ../ran", inputs: [in.txt], outputs: [b], cache: true}
	  - {id: publish, command: "echo $(cat $WF_IN_B) ${tasks.bundle.outputs.b} >> ../ran", inputs: [b]}
	EOT
	echo a > in.txt
	repeat_runs "only what is not remembered"
	expect_ok git wf run demo
	expect_ran bundle "a a"
	expect_ok git wf run demo
	expect_out_contains cached
	expect_ran "a a"
	echo b > in.txt
	expect_ok git wf run demo
	expect_ran bundle "b b"
'

test_case 'what a task writes itself counts, whichever way' '
	workflow demo <<-\EOT
	tasks:
	  - {id: file, command: "echo talk; echo file > $WF_OUT_A", outputs: [a]}
	  - {id: value, command: "echo talk; echo b=value >> $WF_OUTPUT", outputs: [b, c]}
	  - {id: use, command: "cat $WF_IN_A $WF_IN_B >> ../ran; echo /$(cat $WF_IN_C) >> ../ran", inputs: [a, b, c]}
	EOT
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo
	expect_ran file value/talk
'

test_case 'all of it, however long; secrets are masked' '
	workflow demo <<-\EOT
	pass_env: [TOKEN]
	tasks:
	  - {id: long, command: "seq 100000; echo $TOKEN", secrets: [TOKEN], outputs: [numbers]}
	  - {id: use, command: "wc -l < $WF_IN_NUMBERS >> ../ran; tail -n 1 $WF_IN_NUMBERS >> ../ran", inputs: [numbers]}
	EOT
	TOKEN=topsecret123
	export TOKEN
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo
	expect_ran 100000 "***"
	! grep -rq topsecret123 cortex-brain
'

test_case 'of tries that failed nothing counts' '
	workflow demo <<-\EOT
	tasks:
	  - {id: a, command: "echo try $WF_ATTEMPT; test $WF_ATTEMPT = 2", retry_count: 1, outputs: [x]}
	  - {id: b, command: "cat $WF_IN_X >> ../ran", inputs: [x]}
	EOT
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo
	expect_ran "try 2"
'

test_case 'what an agent says is its logical output' '
	workflow demo <<-\EOT
	tasks:
	  - {id: plan, command: "@make-a-plan", outputs: [plan]}
	  - {id: follow, command: "cat $WF_IN_PLAN >> ../ran", depends_on: [plan], inputs: [plan]}
	EOT
	mkdir -p "$HOME/.config/git-wf"
	printf "[agent]\ncommand = cat >/dev/null; echo first this\n" > "$HOME/.config/git-wf/config.ini"
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo
	expect_ran "first this"
'

test_case 'a workflow of our own is as strict as ever, unless it says otherwise' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo talk, outputs: ["artifact:x"]}
	EOT
	expect_exit 1 git wf run demo
	expect_says "did not create its output"
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: echo talk, inputs: [], outputs: ["artifact:x"], unwritten: stdout}
	  - {id: b, run: "cat $WF_IN_X >> ../ran", inputs: ["artifact:x"]}
	EOT
	expect_ok git wf run demo
	expect_ran talk
'

test_case 'one word from elsewhere in a file of our own is a warning, at every run' '
	workflow mixed <<-\EOT
	steps:
	  - {id: a, run: "false; echo passed"}
	  - {id: b, run: echo hi, working_directory: .}
	EOT
	repeat_runs "nothing of the dialect is cached"
	expect_ok git wf validate mixed
	expect_out_contains "mixed.yml:3:27: warning: '"'working_directory'"' is of another vocabulary, and so the whole file is read"
	expect_out_contains "write '"'dir'"'"
	expect_ok git wf run mixed
	expect_err_contains "is of another vocabulary"
	sed -i "s/run:/command:/" .workflows/mixed.yml
	expect_ok git wf run mixed
	expect_err_lacks "is of another vocabulary"
	git wf fmt mixed
	expect_ok git wf run mixed
	expect_err_lacks "is of another vocabulary"
'

test_done
