#!/bin/sh
# Parameters on the command line.
. "${0%/*}/../lib.sh"

show_workflow() {
	workflow demo <<-\EOT
	params:
	  word: {default: none, short: w, help: a word}
	  level: {default: low, choices: [low, normal, high]}
	  count: {type: int, default: 1, min: 1, max: 9}
	  fast: {type: bool, default: false}
	  some_name: {default: x, pattern: "[a-z]+"}
	  files: {type: list, default: []}
	  force: {default: none}
	steps:
	  - id: show
	    run: printf "%s|" ${params.word} ${params.level} ${params.count} ${params.fast} ${params.some_name} ${params.force} ${params.files} > shown
	EOT
	expect_tree_changes
	repeat_runs "not cached"
}

test_case 'defaults, --name VALUE, --name=VALUE and -p name=VALUE' '
	show_workflow
	expect_ok git wf run demo
	expect_file shown "none|low|1|false|x|none|"
	expect_ok git wf run demo --word one --level=high --count 3 --fast --some-name abc
	expect_file shown "one|high|3|true|abc|none|"
	expect_ok git wf run demo -p word=two -p force=now
	expect_file shown "two|low|1|false|x|now|"
	expect_ok git wf run demo -w three
	expect_file shown "three|low|1|false|x|none|"
'

test_case 'a value is one word whatever is in it' '
	show_workflow
	expect_ok git wf run demo --word "a  b"
	expect_file shown "a  b|low|1|false|x|none|"
	expect_ok git wf run demo --word "\$(touch never); \`touch never\` \"x\" *"
	expect_no_file never
	expect_file_contains shown "\$(touch never); \`touch never\` \"x\" *|"
	expect_ok git wf run demo --word=-n
	expect_file shown "-n|low|1|false|x|none|"
	expect_ok git wf run demo --word ""
	expect_file shown "|low|1|false|x|none|"
'

test_case 'wrong values are usage errors that name the parameter' '
	show_workflow
	expect_exit 129 git wf run demo --level huge
	expect_err_contains level
	expect_err_contains normal
	expect_exit 129 git wf run demo --count ten
	expect_err_contains count
	expect_exit 129 git wf run demo --count 10
	expect_err_contains count
	expect_exit 129 git wf run demo --some-name 7
	expect_err_contains some
	expect_exit 129 git wf run demo --wrod x
	expect_err_contains "--word"
	expect_no_file shown
'

test_case 'a required parameter that is missing is named before anything runs' '
	workflow demo <<-\EOT
	params: {issue: {required: true, help: the number}}
	steps:
	  - {id: s, run: "echo ${params.issue} > shown"}
	EOT
	expect_exit 129 git wf run demo
	expect_err_contains "missing parameter '\''issue'\''; give it as --issue VALUE or as GIT_WF_PARAM_ISSUE"
	expect_no_file shown
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo --issue 12
	expect_file shown 12
	expect_ok env GIT_WF_PARAM_ISSUE=13 git wf run demo
	expect_file shown 13
'

test_case 'a list is one word per item' '
	show_workflow
	expect_ok git wf run demo --files "a b" --files c
	expect_file_contains shown "none|a b|c|"
'

test_case 'a secret is in no file of the run and of the cache, and masked in logs' '
	workflow demo <<-\EOT
	params: {token: {required: true, secret: true}}
	steps:
	  - {id: env, run: "echo $TOKEN; echo x > b", env: {TOKEN: "${params.token}"}, inputs: [], outputs: [b]}
	  - {id: word, run: "printf %s ${params.token} | fold -w 3; echo; echo is ${params.token} >&2"}
	  - id: chunks
	    run: "printf hunter; sleep 0.2; printf 2secret; sleep 0.1; echo"
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo --token hunter2secret --output stream
	expect_out_lacks hunter2secret
	expect_err_lacks hunter2secret
	expect_ok env GIT_WF_PARAM_TOKEN=hunter2secret git wf run demo -v
	expect_out_lacks hunter2secret
	if grep -rl hunter2secret cortex-brain .git; then fail "the secret is on disk"; fi
'

test_case 'a secret in an argument, in stdin and in a part of a variable is not remembered as it is' '
	workflow demo <<-\EOT
	params: {token: {required: true, secret: true}}
	steps:
	  - {id: argv, run: [sh, -c, "echo 1 > a", "x", "${params.token}"], inputs: [], outputs: [a]}
	  - {id: in, run: "wc -c > b", stdin: "key=${params.token}", inputs: [], outputs: [b]}
	  - {id: part, run: "echo 1 > c", env: {URL: "https://u:${params.token}@host/"}, inputs: [], outputs: [c]}
	  - {id: own, run: "echo 1 > d", pass_env: [MY_KEY], secrets: [MY_KEY], inputs: [], outputs: [d]}
	EOT
	expect_tree_changes
	MY_KEY=opensesame1
	export MY_KEY
	expect_ok git wf run demo --token hunter2secret
	expect_ok git wf explain demo --token hunter3secret
	expect_out_lacks hunter2secret
	expect_out_lacks hunter3secret
	if grep -rlE "hunter2secret|opensesame1" cortex-brain .git; then fail "the secret is on disk"; fi
	expect_ok git wf run demo --token hunter2secret
	repeat_runs "MY_KEY is not set there"
'

test_case 'an output that holds a secret fails the step' '
	workflow demo <<-\EOT
	params: {token: {required: true, secret: true}}
	steps:
	  - {id: s, env: {T: "${params.token}"}, run: "echo \"url=x/$T/y\" >> \"$WF_OUTPUT\""}
	EOT
	expect_exit 1 git wf run demo --token hunter2secret
	expect_says "holds a secret"
	if grep -rl hunter2secret cortex-brain .git; then fail "the secret is on disk"; fi
'

test_case 'a secret that a step hands to a workflow, or has in a variable of its own, is masked in its log' '
	repeat_runs "not cached"
	workflow inner <<-\EOT
	params: {token: {secret: true}, late: {secret: true}}
	steps:
	  - {id: s, run: "echo early ${params.token}"}
	  - {id: t, run: "echo late ${params.late}"}
	EOT
	workflow demo <<-\EOT
	params: {key: {default: "hunter"}}
	steps:
	  - {id: make, run: "echo v=lateword >> \"$WF_OUTPUT\""}
	  - {id: used, uses: inner, with: {token: "${params.key}-zwei", late: "${steps.make.outputs.v}"}}
	  - {id: own, run: "echo own $MINE", env: {MINE: "x${params.key}y"}, secrets: [MINE]}
	EOT
	expect_ok git wf run demo
	cat cortex-brain/workflows/demo-*/logs/* >../all
	expect_file_contains ../all "early ***"
	expect_file_contains ../all "late ***"
	expect_file_contains ../all "own ***"
	! grep -rE "hunter-zwei|xhuntery" cortex-brain/workflows/demo-*/logs || fail "a secret is in a log"
	! grep -r "late lateword" cortex-brain/workflows/demo-*/logs || fail "a late secret is in a log"
'

test_case 'a summary and a progress line have secrets masked' '
	workflow demo <<-\EOT
	params: {token: {required: true, secret: true}}
	steps:
	  - {id: s, env: {T: "${params.token}"}, run: "echo \"with $T\" >> \"$WF_SUMMARY\"; echo \"10% at $T\" >> \"$WF_PROGRESS\"; sleep 0.6"}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo --token hunter2secret --events "$CASE/events"
	expect_says "with ***"
	grep -F "at ***" "$CASE/events"
	if grep -rl hunter2secret "$CASE/events" "$CASE/out" cortex-brain .git; then fail "the secret is there"; fi
'

test_case 'a secret is hashed: another one runs the step again' '
	workflow demo <<-\EOT
	params: {token: {default: a1b2c3, secret: true}}
	steps:
	  - {id: s, run: "echo \"$TOKEN\" | wc -c > b; echo ran >> ../ran", env: {TOKEN: "${params.token}"}, inputs: [], outputs: [b]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo --token swordfish
	expect_ok git wf run demo --token swordfish
	expect_lines 1 ../ran
	expect_ok git wf run demo --token othersecret
	expect_lines 2 ../ran
'

test_case 'a parameter that has the name of an option is shown as it is given' '
	workflow demo <<-\EOT
	params: {jobs: {type: int, default: 3}, dry_run: {type: bool, default: false}, depth: {type: int, default: 1}}
	steps: [{id: a, run: "echo ${params.jobs} ${params.dry_run} ${params.depth} > said", inputs: []}]
	EOT
	expect_tree_changes
	expect_ok git wf show demo
	expect_out_matches "^  -p jobs=INT "
	expect_out_matches "^  -p dry_run=BOOL "
	expect_out_matches "^      --depth INT "
	expect_ok git wf __complete params demo
	expect_out_is <<-\EOT
	--depth=
	EOT
	expect_ok git wf validate
	expect_out_contains "demo.yml:1:10: advice: '"'git wf run' has an option of the name 'jobs'"'"
	expect_out_contains "give the parameter as -p dry_run=VALUE"
	expect_ok git wf run demo -p jobs=7 -p dry_run=true --depth 2
	expect_file said "7 true 2"
	expect_exit 129 git wf run demo depth=3
	expect_err_contains "there is no step '"'depth=3'"'; for the parameter write -p '"'depth=3'"'"
	workflow needy <<-\EOT
	params: {jobs: {type: int, required: true}}
	steps:
	  - {id: one, run: "true"}
	EOT
	expect_exit 129 git wf run needy
	expect_err_contains "missing parameter '"'jobs'"'; give it as -p jobs=VALUE or as GIT_WF_PARAM_JOBS"
'

test_done
