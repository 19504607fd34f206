#!/bin/sh
# `git wf new`: a workflow from a template.
. "${0%/*}/../lib.sh"

test_case 'new writes a workflow that runs, with the commands of the project' '
	printf "all:\n\t:\ntest:\n\techo tested\n" >Makefile
	commit_all
	expect_tree_changes
	repeat_runs
	expect_ok git wf new ci
	expect_out_contains "wrote .workflows/ci.yml"
	expect_out_contains "test: make test (Makefile)"
	expect_out_contains "next: git wf run ci"
	expect_file_contains .workflows/ci.yml "run: make test"
	expect_ok git wf validate
	expect_out_contains "1 workflow, no errors"
	expect_ok git wf run ci --output stream
	expect_says tested
'

test_case 'what is there is not written over' '
	expect_tree_changes
	workflow ci <<-\EOT
	steps: [{id: a, run: "true"}]
	EOT
	cp .workflows/ci.yml before
	expect_exit 129 git wf new ci
	expect_err_contains "is there already"
	cmp before .workflows/ci.yml
	mv .workflows/ci.yml .workflows/other.yaml
	expect_exit 129 git wf new other --template ci
	expect_err_contains ".workflows/other.yaml"
	expect_no_file .workflows/other.yml
'

test_case 'words of the command line' '
	expect_tree_changes
	expect_ok git wf new --list
	expect_out_matches "^ci  +[A-Z]"
	expect_ok git wf new --list --json
	expect_out_contains "\"name\": \"ci\""
	(cd / && git wf new --list) >"$CASE/out"
	expect_out_contains "ci "
	expect_ok git wf __complete templates
	expect_out_contains feature-implementation
	expect_exit 129 git wf new
	expect_exit 129 git wf new a/b --template ci
	expect_exit 129 git wf new x --template cii
	expect_err_contains "did you mean"
	expect_exit 129 git wf new x --template ci --colour red
	expect_err_contains "no parameter"
	expect_exit 129 git wf new x --template ci more
	expect_no_file .workflows
	expect_ok git wf create x --template ci
	expect_ok git wf generate y --template ci-cd
	mkdir sub && cd sub
	expect_ok git wf new z --template ci -o flows/z.yml
	expect_out_contains "wrote sub/flows/z.yml"
'

test_case 'a value becomes the default of its parameter' '
	expect_tree_changes
	mkdir -p .workflows/templates
	cat >.workflows/templates/own.yml <<-\EOT
	params:
	  who: {required: true, help: "a name, or two"}
	  level: {default: low, choices: [low, high]}
	  loud: {type: bool, default: false}
	steps:
	  - {id: say, run: "echo ${params.who} ${params.level} ${params.loud}", inputs: []}
	EOT
	expect_ok git wf new --list
	expect_out_contains "(of this repository)"
	expect_ok git wf new plain --template own
	expect_out_contains "next: git wf run plain --who WHO"
	expect_ok git wf new mine --template own --who "a \"b\" \${params.level}" --level=high --loud
	expect_ok git wf run mine --output stream
	expect_says "a \"b\" \${params.level} high true"
	expect_exit 129 git wf new bad --template own --level lowest
	expect_err_contains "lowest"
	expect_no_file .workflows/bad.yml
'

test_case 'prompts and programs come along, and what is there stays' '
	expect_tree_changes
	mkdir -p .workflows/templates/own/actions .workflows/templates/own/agents .workflows/agents
	echo "do it" >.workflows/templates/own/agents/one.md
	echo "do it" >.workflows/templates/own/agents/two.md
	echo mine >.workflows/agents/two.md
	printf "#!/bin/sh\necho acted\n" >.workflows/templates/own/actions/act
	echo "steps: [{id: a, action: act}]" >.workflows/templates/own/workflow.yml
	repeat_runs
	expect_ok git wf new own
	expect_file .workflows/agents/one.md "do it"
	expect_file .workflows/agents/two.md mine
	expect_err_contains "stays as it is"
	expect_ok git wf new again --template own
	expect_err_contains two.md
	expect_err_lacks one.md
	expect_ok git wf run own --output stream
	expect_says acted
'

test_case 'a template with mistakes writes nothing' '
	expect_tree_changes
	mkdir -p .workflows/templates/own/actions
	echo "steps: [{id: a, runs: x}]" >.workflows/templates/wrong.yml
	expect_exit 129 git wf new wrong
	expect_err_contains "unknown key"
	echo "steps: [{id: a, run: x # detect: nonsense" >.workflows/templates/wrong.yml
	expect_exit 129 git wf new wrong
	expect_err_contains "line 1"
	printf "#!/bin/sh\n" >.workflows/templates/own/actions/act
	echo "steps: [{id: a, action: none}]" >.workflows/templates/own/workflow.yml
	expect_exit 129 git wf new own
	expect_no_file .workflows/wrong.yml
	expect_no_file .workflows/own.yml
	expect_no_file .workflows/actions/act
'

test_case 'where no command is known it is said' '
	expect_tree_changes
	expect_ok git wf new ci
	expect_err_contains "no command was found for '\''test'\'': the step fails until you write one"
	expect_err_contains "no command was found for '\''lint'\'': the step does nothing yet"
	expect_exit 1 git wf run ci
	expect_says "write the command for test into .workflows/ci.yml"
'

test_done
