#!/bin/sh
# agent: what the user's agent gets to read, what it may change, and what becomes of it.
. "${0%/*}/../lib.sh"

# The agent is a script of the user's: it keeps what it reads, and does what the case says.
agent() {
	mkdir -p "$HOME/.config/git-wf"
	printf "[agent]\ncommand = %s/agent here\n" "$CASE" >"$HOME/.config/git-wf/config.ini"
	write_script "$CASE/agent" <<-EOT
	#!/bin/sh -eu
	cat > "$CASE/read.\$WF_ATTEMPT"
	echo "agent: \$1 \$WF_STEP"
	echo talks >&2
	$1
	EOT
}
prompt() { # NAME
	mkdir -p .workflows/agents
	cat >".workflows/agents/$1.md"
}
# A step with these keys, after one that changes a file of its own.
flow() { # KEYS
	prompt improve <<-\EOT
	Improve the code.
	EOT
	workflow demo <<-EOT
	steps:
	  - {id: before, run: echo before > before}
	  - {id: improve, needs: [before], agent: improve$1}
	EOT
	mkdir -p src docs
	seq 1 20 > src/a
	echo readme > README.md
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
transcript() { cat cortex-brain/workflows/demo-*/logs/*improve*.log; }

test_case 'prompt with its values, with, and inputs on standard input; its transcript is the log' '
	agent "echo done > made; echo answer=42 >> \"\$WF_OUTPUT\""
	prompt fix <<-\EOT
	Fix ${params.issue}, as `$${HOME}` says.
	EOT
	workflow demo <<-\EOT
	params: {issue: {default: "#12"}}
	steps:
	  - id: fix
	    agent: fix
	    with: {style: terse, rules: [one, two]}
	    inputs: ["src/*", gone]
	    outputs: [made]
	  - {id: use, needs: [fix], run: "echo ${steps.fix.outputs.answer} > ../answer"}
	EOT
	mkdir src
	echo "int a;" > src/a.c
	printf "\`\`\`\`\n" > src/b.md
	head -c 70000 /dev/zero | tr "\\0" x > src/large
	printf "\\0" > src/none
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(cat ../answer)" 42
	cat > "$CASE/want" <<-\EOT
	Fix #12, as `${HOME}` says.

	# Values

	- style: terse
	- rules:
	    one
	    two

	# File: gone

	(it is not there)

	# File: src/a.c

	```
	int a;
	```

	# File: src/b.md

	`````
	````
	`````

	# File: src/large

	(70000 bytes, not shown: read it there)

	# File: src/none

	(no text, not shown)
	EOT
	diff -u "$CASE/want" "$CASE/read.1" || fail "it reads something else"
	expect_equal "$(cat cortex-brain/workflows/demo-*/logs/*fix*.log)" "agent: here fix
talks"
	expect_ok git wf rollback demo
	expect_no_file made
'

test_case 'no agent: nothing is run, and the setting is named; where the step is not reached it does not matter' '
	flow ""
	expect_exit 129 git wf run demo
	expect_says "none is configured"
	expect_says "[agent]"
	expect_no_file before
	expect_ok git wf run demo --until before
	expect_ok git wf plan demo
	sed -i "s/agent: improve/if: params.on, &/; 1iparams: {on: {type: bool, default: false}}" .workflows/demo.yml
	expect_ok git wf run demo
	expect_exit 1 git wf run demo --on
	expect_says "none is configured"
'

test_case 'an agent of the repository is none' '
	flow ""
	printf "[agent]\ncommand = echo evil > evil\n" > .workflows/config.ini
	commit_all
	expect_exit 129 git wf run demo
	expect_says "agent.command"
	expect_no_file evil
	expect_ok env GIT_WF_AGENT_COMMAND="cat > good" git wf run demo
	expect_file good "Improve the code."
'

test_case 'a prompt that is not there, or refers to nothing, is a mistake with its place' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, agent: improv}
	  - {id: b, agent: refers}
	EOT
	echo x | prompt improve
	printf "one\ntwo \${steps.nothing.stdout}\n" | prompt refers
	expect_exit 129 git wf validate demo
	expect_says "demo.yml:2:20: error: no agent '\''improv'\''"
	expect_says "did you mean '\''improve'\''?"
	expect_says "agents/refers.md:2:7: error: no step '\''nothing'\''"
'

test_case 'what a prompt refers to comes before' '
	agent :
	flow ", if: true"
	sed -i "s/needs: .before., //" .workflows/demo.yml
	echo "Look at \${steps.before.exit_code}" > .workflows/agents/improve.md
	expect_ok git wf graph demo --format json
	grep -q "\"before\"" "$CASE/out"
	expect_ok git wf run demo
	expect_file_contains "$CASE/read.1" "Look at 0"
'

test_case 'what it may change stays' '
	agent "sed -i s/^1\$/one/ src/a; echo x > src/new; rm docs/old"
	mkdir docs; echo old > docs/old
	flow ", allow_paths: [src, \"docs/**\"], max_lines: 4"
	expect_ok git wf run demo
	expect_equal "$(git status --porcelain | tr "\n" " ")" " D docs/old  M src/a ?? before ?? src/new "
	expect_file_contains "$CASE/read.1" "no more than 4 lines"
	expect_file_contains "$CASE/read.1" "- \`docs/**\`"
	expect_ok git wf rollback demo
	expect_equal "$(git status --porcelain)" ""
'

test_case 'a change of anything else is put back with all that it did, and that step alone' '
	agent "sed -i s/^1\$/one/ src/a; echo mine >> README.md; echo x > src/new; rm before"
	flow ", allow_paths: [src]"
	expect_exit 1 git wf run demo
	expect_says "README.md"
	expect_says "it changed what it may not"
	expect_equal "$(git status --porcelain)" "?? before"
	expect_equal "$(transcript)" "agent: here improve
talks"
	expect_ok git wf undo
	expect_file_contains README.md mine
	expect_ok git wf undo
	expect_equal "$(git status --porcelain)" "?? before"
	agent "echo better > src/a"
	expect_ok git wf resume demo
	expect_file src/a better
	expect_ok git wf rollback demo
	expect_equal "$(git status --porcelain)" ""
'

test_case 'more lines than it may, also in what it calls binary' '
	agent "sed -i s/^1\$/one/ src/a"
	flow ", max_lines: 1"
	expect_exit 1 git wf run demo
	expect_says "it changed 2 lines, and may change 1"
	expect_equal "$(git status --porcelain)" "?? before"
	agent "echo \"* -diff\" > .gitattributes; sed -i s/1/one/ src/a"
	expect_exit 1 git wf resume demo
	expect_says "it changed 23 lines, and may change 1"
	expect_equal "$(git status --porcelain)" "?? before"
'

test_case 'excluded paths, outputs, and nothing at all' '
	agent "echo x > src/secret"
	flow ", allow_paths: [src, \"!src/secret\"]"
	expect_exit 1 git wf run demo
	expect_says "src/secret"
	sed -i "s/allow_paths: .*]}/allow_paths: [], outputs: [src\/secret]}/" .workflows/demo.yml
	expect_ok git wf run demo
	agent "echo y > src/a; echo x > src/secret"
	expect_exit 1 git wf run demo
	expect_says "it may not: '\''src/a'\''"
'

test_case 'what fails or is tried again is held to it, too' '
	agent "echo x >> README.md; exit 3"
	flow ", allow_paths: [src], retry: {attempts: 2}"
	expect_exit 1 git wf run demo
	expect_equal "$(cat README.md)" readme
	expect_file "$CASE/read.2"
	agent "if [ \$WF_ATTEMPT = 1 ]; then echo x >> README.md; else echo x > src/a; fi"
	expect_ok git wf resume demo
	expect_equal "$(cat README.md)" readme
	expect_file src/a x
	expect_ok git wf rollback demo
	expect_equal "$(git status --porcelain)" ""
'

test_case 'a timeout and Ctrl-C are held to it' '
	agent "echo x >> README.md; : > ../began; exec sleep 60"
	flow ", allow_paths: [src], timeout: 300ms"
	expect_exit 1 git wf run demo
	expect_says "timed out"
	expect_equal "$(cat README.md)" readme
	sed -i "s/, timeout: 300ms//" .workflows/demo.yml
	rm ../began
	git wf run demo > "$CASE/out" 2>&1 &
	wait_for 10 test -e ../began
	kill -INT $!
	wait $! || true
	expect_equal "$(cat README.md)" readme
	expect_equal "$(git status --porcelain)" " M .workflows/demo.yml
?? before"
'

test_case 'killed while it was at work: a resume begins it again, and a rollback takes it all back' '
	agent "echo x > src/half; : > ../began; [ ! -e ../first ] || exec sleep 60"
	flow ", allow_paths: [src]"
	: > ../first
	git-wf run demo > "$CASE/out" 2>&1 &
	wait_for 10 test -e ../began
	kill -KILL $!
	wait $! || true
	rm ../first
	agent "echo x > README.md"
	expect_exit 1 git wf resume demo
	expect_equal "$(cat README.md)" readme
	agent "echo whole > src/whole"
	expect_ok git wf resume demo
	expect_file src/whole whole
	expect_file src/half
	expect_ok git wf rollback demo
	expect_equal "$(git status --porcelain)" ""
'

test_case 'of a foreach each item is held to it; so is one in a workflow that is used' '
	agent "echo \$WF_STEP >> src/log; [ \$WF_STEP != \"each[b]\" ] || echo x > other"
	flow ""
	workflow inner <<-\EOT
	params: {what: {default: it}}
	steps: [{id: go, agent: inner, allow_paths: ["src/${params.what}"]}]
	EOT
	echo "Do \${params.what}." | prompt inner
	workflow outer <<-\EOT
	steps:
	  - {id: each, foreach: {x: [a, b]}, agent: improve, allow_paths: [src], on_failure: continue}
	  - {id: used, uses: inner, with: {what: log}}
	EOT
	commit_all
	expect_exit 1 git wf run outer -j4
	expect_says "each[b]"
	expect_no_file other
	expect_equal "$(sort src/log | tr "\n" " ")" "each[a] used/go "
	expect_ok git wf rollback outer
	expect_equal "$(git status --porcelain)" ""
'

test_case 'limits and a sandbox are for agents, too' '
	agent "echo x > src/a; echo x > README.md || echo refused"
	sed -i "s,$CASE/read,\$TMPDIR/read," "$CASE/agent"
	flow ", allow_paths: [src], sandbox: outputs, limits: {files: 64}"
	expect_ok git wf run demo || skip_case "no Landlock here"
	expect_file src/a x
	expect_equal "$(cat README.md)" readme
	transcript | grep -q refused || fail "it was let"
'

test_case 'fix_and_retry with an agent, which reads the failure and the inputs' '
	agent "echo fixed > fixed"
	echo "Mend \${error.step}." | prompt mend
	workflow demo <<-\EOT
	steps:
	  - id: build
	    run: echo no such thing; test -s fixed
	    inputs: [fixed]
	    on_failure: {strategy: fix_and_retry, agent: mend, attempts: 2}
	EOT
	: > fixed
	commit_all
	expect_tree_changes
	repeat_runs "inputs changed"
	expect_ok git wf run demo
	expect_says "fix 1 of 2 (mend)"
	expect_file_contains "$CASE/read.1" "Mend build."
	expect_file_contains "$CASE/read.1" "Step \`build\` has failed: exit"
	expect_file_contains "$CASE/read.1" "no such thing"
	expect_file_contains "$CASE/read.1" "# File: fixed"
'

test_case 'an agent by its name, in a mapping, and in error_handlers, after a failure' '
	agent "echo \$WF_STEP >> ../called; cp \"$CASE/read.1\" \"$CASE/last\""
	echo "Say why." | prompt explain
	workflow demo <<-\EOT
	error_handlers:
	  inform: {agent: explain}
	steps:
	  - {id: a, run: exit 7, on_failure: [explain, inform, continue]}
	  - {id: b, run: exit 8, on_failure: {strategy: continue, agent: explain}}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_equal "$(sort ../called | tr "\n" " ")" "a.on_failure.explain a.on_failure.inform b.on_failure "
	expect_file_contains "$CASE/last" "has failed: exit code"
	sed -i "s/explain, inform/explian/" .workflows/demo.yml
	expect_exit 129 git wf run demo
	expect_says "no built-in, no action and no agent"
'

test_case 'fix_and_retry of an agent that went too far' '
	agent "test -e allowed || echo x >> README.md; echo x > src/a"
	flow ", allow_paths: [src], on_failure: {strategy: fix_and_retry, run: \": > allowed\"}"
	expect_ok git wf run demo
	expect_equal "$(git status --porcelain | tr "\n" " ")" " M src/a ?? allowed ?? before "
	expect_ok git wf rollback demo
	expect_equal "$(git status --porcelain)" ""
'

test_case 'a workflow with an agent has snapshots; without them there is no policy' '
	agent "echo x >> README.md"
	flow ", allow_paths: [src]"
	expect_exit 1 env GIT_WF_WORKFLOW_ENABLE_ROLLBACK=false git wf run demo
	expect_says "snapshots are switched off"
	expect_equal "$(cat README.md)" readme
	sed -i "1irollback: {strategy: none}" .workflows/demo.yml
	expect_exit 129 git wf run demo
	expect_says "takes no snapshots, and '\''improve'\'' has '\''allow_paths'\''"
'

test_case 'update_documentation: documents only, with a prompt of its own or that of the repository' '
	workflow demo <<-\EOT
	on_success: update_documentation
	steps: [{id: a, run: echo a > a}]
	EOT
	echo readme > README.md
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	agent "echo more >> README.md"
	expect_ok git wf run demo
	expect_file_contains "$CASE/read.1" "documentation"
	expect_file_contains README.md more
	echo "Note it." | prompt update_documentation
	agent "echo x > src.c"
	expect_exit 1 git wf run demo
	expect_file_contains "$CASE/read.1" "Note it."
	expect_says "it may not: '\''src.c'\''"
	expect_no_file src.c
'

test_case 'a workflow may ask whether there is an agent' '
	echo x | prompt improve
	workflow demo <<-\EOT
	steps:
	  - {id: a, if: run.has_agent, agent: improve}
	  - {id: b, if: "!run.has_agent", run: ": > ../without"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf plan demo
	expect_ok git wf run demo
	expect_file ../without
	rm ../without
	agent ": > ../with"
	expect_ok git wf run demo
	expect_file ../with
	expect_no_file ../without
'

test_done
