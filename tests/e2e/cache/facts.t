#!/bin/sh
# What a result rests on besides its files.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'a variable of the workflow is the same fact for whoever asks for it first' '
	workflow demo <<-\EOT
	params: {level: {default: low}}
	vars: {flags: "params.level + \"!\""}
	steps:
	  - {id: a, inputs: [], run: "echo a ${vars.flags} >> ../ran; true"}
	  - {id: b, inputs: [], run: "echo b ${vars.flags} >> ../ran; true"}
	EOT
	expect_ok git wf run demo -j1
	expect_ran "a low!" "b low!"
	expect_ok git wf run demo b
	expect_ran
	expect_ok git wf run demo a
	expect_ran
'

test_case 'the name of the step counts where the command asks for it' '
	workflow demo <<-\EOT
	steps:
	  - {id: unit, inputs: [], run: "echo $WF_STEP >> ../ran"}
	  - {id: integration, needs: [unit], inputs: [], run: "echo $WF_STEP >> ../ran"}
	EOT
	expect_ok git wf run demo
	expect_ran unit integration
'

test_case 'whether a step starts with an empty environment is part of it' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], run: "echo a >> ../ran"}
	EOT
	expect_ok git wf run demo
	expect_ran a
	sed -i "s/inputs/env: {clear: true}, inputs/" .workflows/demo.yml
	expect_ok git wf run demo
	expect_ran a
'

test_case 'an expression that begins to read the output of a step gets it' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], run: "echo a >> ../ran; echo hello"}
	EOT
	expect_ok git wf run demo
	expect_ran a
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], run: "echo a >> ../ran; echo hello"}
	  - {id: b, run: "echo b $(echo ${steps.a.stdout}) >> ../ran"}
	EOT
	expect_ok git wf run demo
	expect_ran a "b hello"
	repeat_runs "b is not cached"
'

test_case 'a condition on the verdict of another step is not answered by the last run' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], run: "echo a >> ../ran"}
	  - {id: b, inputs: [], if: "steps.a.verdict == \"cached\"", run: "echo b >> ../ran"}
	EOT
	expect_ok git wf run demo
	expect_ran a
	expect_ok git wf run demo
	expect_ran b
'

test_case 'a tool that appears earlier on PATH, or whose link leads elsewhere, is another tool' '
	write_script ../late/tool <<-\EOT
	#!/bin/sh
	echo late >> ../ran
	EOT
	write_script ../late/other <<-\EOT
	#!/bin/sh
	echo other >> ../ran
	EOT
	mkdir ../early ../links
	ln -s ../late/tool ../links/tool
	PATH=$CASE/early:$CASE/links:$PATH
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], tools: [tool], run: tool}
	EOT
	expect_ok git wf run demo
	expect_ran late
	expect_ok git wf run demo
	expect_ran
	ln -sf ../late/other ../links/tool
	expect_ok git wf run demo
	expect_ran other
	cp ../late/tool ../early/tool
	echo "# early" >> ../early/tool
	expect_ok git wf run demo
	expect_ran late
	expect_ok git wf run demo
	expect_ran
	expect_out_contains "nothing to do"
	repeat_runs "the judge has another PATH"
'

test_case 'a folder of PATH may be relative; where the caller stands is no matter' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], tools: [tool], run: "tool"}
	EOT
	mkdir sub tools
	printf "#!/bin/sh\necho a >>../ran\n" > tools/tool
	chmod +x tools/tool
	commit_all
	PATH=tools:$PATH
	expect_ok git-wf run demo
	expect_ran a
	cd sub
	expect_ok git-wf run demo
	cd ..
	expect_ran
	echo "# other" >> tools/tool
	cd sub
	expect_ok git-wf run demo
	cd ..
	expect_ran a
	repeat_runs "the judge has another PATH"
'

test_case 'changed() passes nothing of the history on to git but a commit' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, if: changed("*.c"), run: "true"}
	EOT
	expect_ok git wf run demo
	sed -i "s/\"head\":\"[0-9a-f]*\"/\"head\":\"--output=pwned\"/" cortex-brain/workflows/history.ndjson
	grep -q pwned cortex-brain/workflows/history.ndjson || skip_case "the history has no such member"
	git wf plan demo > ../out 2>&1 || :
	expect_no_file pwned
	repeat_runs "not cached"
'

test_case 'changed() sees commits, edits, new and deleted files since the last passed run' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, if: "changed(\"src/*.c\")", run: echo a >> ../ran}
	EOT
	mkdir src
	echo 1 > src/one.c
	echo 1 > "src/zwei ä.c"
	commit_all
	expect_ok git-wf run demo
	expect_ran a
	expect_ok git-wf run demo
	expect_ran
	touch src/one.c
	expect_ok git-wf run demo
	expect_ran
	echo 2 > "src/zwei ä.c"
	expect_ok git-wf run demo
	expect_ran a
	commit_all
	expect_ok git-wf run demo
	expect_ran a
	echo new > src/new.c
	expect_ok git-wf run demo
	expect_ran a
	rm src/new.c
	rm src/one.c
	expect_ok git-wf run demo
	expect_ran a
	git checkout -q src/one.c
	echo other > other
	expect_ok git-wf run demo
	expect_ran
'

test_done
