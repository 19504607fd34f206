#!/bin/sh
# Commands that only look: list, show, validate, plan, explain, version, help, completion, config,
# doctor.
. "${0%/*}/../lib.sh"

two_workflows() {
	workflow build <<-\EOT
	name: Build it
	description: Compile and link
	params:
	  flavor: {choices: [debug, release], default: debug, help: how, short: m}
	  token: {secret: true, default: hidden}
	steps:
	  - {id: compile, run: "cp main.c main.o && : ${params.flavor}", inputs: [main.c], outputs: [main.o]}
	  - {id: link, name: Link it, run: cp main.o app, inputs: [main.o], outputs: [app]}
	finally:
	  - {id: tidy, run: "true"}
	EOT
	workflow other <<-\EOT
	steps:
	  - {id: one, run: echo 1}
	EOT
	echo one >main.c
	printf "main.o\napp\n" >>.git/info/exclude
}

# Is it JSON, and does the expression hold for it as d?
json() {
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
assert d[\"schema\"] == 1, d
assert $1, d" "$CASE/out"
}

nothing_written() {
	expect_no_file .git/wf
	expect_no_file cortex-brain
}

test_case 'list shows every workflow, and which are broken' '
	expect_ok git wf list
	expect_out_empty
	two_workflows
	expect_ok git wf list
	expect_out_matches "^build +Compile and link"
	expect_out_matches "^other"
	echo "steps: 3" >.workflows/zbad.yml
	expect_ok git wf list
	expect_out_matches "^zbad +1 mistake in .workflows/zbad.yml"
	expect_ok git wf list --json
	json "[w[\"id\"] for w in d[\"workflows\"]] == [\"build\", \"other\", \"zbad\"]"
	json "[w[\"valid\"] for w in d[\"workflows\"]] == [True, True, False]"
	nothing_written
'

test_case 'show tells the parameters as options, and no secret' '
	two_workflows
	expect_ok git wf show build
	expect_out_contains "Build it"
	expect_out_matches "^  -m, --flavor debug\|release +how \(default: debug\)"
	expect_out_matches "^  link +Link it"
	expect_out_contains finally
	expect_out_lacks hidden
	expect_ok git wf show build --json
	json "[s[\"id\"] for s in d[\"steps\"]] == [\"compile\", \"link\", \"tidy\"]"
	json "d[\"steps\"][1][\"inputs\"] == [\"main.o\"]"
	json "d[\"params\"][1][\"secret\"] and d[\"params\"][1][\"default\"] is None"
	expect_exit 129 git wf show
'

test_case 'show tells how a list is given' '
	workflow demo <<-\EOT
	params: {tag: {type: list, default: [a, b], help: which}}
	steps: [{id: s, run: echo, inputs: []}]
	EOT
	expect_ok git wf show demo
	expect_out_contains "--tag ITEM"
	expect_out_contains "which (may be said again) (default: a, b)"
	expect_ok git wf run demo --tag x --tag "y z"
	expect_out_contains "tag=\"x\" tag=\"y z\""
'

test_case 'show tells what a step does that is no command' '
	workflow demo <<-\EOT
	steps:
	  - {id: plain, run: "true"}
	  - {id: page, http: {url: "https://example.org/${params.x}"}}
	  - {id: box, name: In a box, container: {image: "alpine:3", run: "true"}}
	  - {id: image, container: {build: {context: ctx}, tags: [x]}}
	  - {id: db, database: {url: "postgres://me:secret@db/x", migrations: db/steps}}
	  - {id: win, window: {target: "tmux:main", run: "true"}}
	  - {id: save, needs: [plain], commit: {message: x, paths: ["src/**"]}}
	  - {id: think, agent: planner}
	  - {id: all, open: "https://example.org/____________________________________________________________________________"}
	params: {x: {default: ""}}
	EOT
	mkdir .workflows/agents
	echo think >.workflows/agents/planner.md
	expect_ok git-wf show demo
	expect_out_contains "  page                GET https://example.org/\${params.x}"
	expect_out_contains "  box                 In a box; in alpine:3"
	expect_out_contains "  image               makes an image of ctx"
	expect_out_contains "  db                  database, brought up to date by db/steps"
	expect_out_contains "  win                 in a window of tmux:main"
	expect_out_contains "  save                commits src/**; needs plain"
	expect_out_contains "  think               agent planner"
	expect_out_contains "  all                 opens https://example.org/____________________________________________________________…"
'

test_case 'validate finds all mistakes of all files' '
	two_workflows
	expect_ok git wf validate
	expect_out_contains "2 workflows, no errors"
	workflow bad <<-\EOT
	steps:
	  - {id: a, run: echo 1, inptus: [x]}
	  - {id: b, run: echo 2, needs: [aa]}
	EOT
	workflow ring <<-\EOT
	steps:
	  - {id: a, run: echo 1, needs: [b]}
	  - {id: b, run: echo 2, needs: [a]}
	EOT
	expect_exit 129 git wf validate
	expect_out_contains ".workflows/bad.yml:2:"
	expect_out_contains ".workflows/bad.yml:3:"
	expect_out_contains "wait for each other"
	expect_out_contains "4 workflows"
	expect_exit 129 git wf validate --json
	json "d[\"errors\"] >= 3 and len(d[\"files\"]) == 4"
	expect_ok git wf validate build other
	expect_ok git wf validate .workflows/build.yml
	expect_exit 129 git wf validate nothing
	nothing_written
'

test_case 'agents, actions, scripts and workflows that are not there are told at once' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, agent: nobody}
	  - {id: b, action: nothing}
	  - {id: c, script: {with: sh, file: nowhere.sh}}
	EOT
	workflow caller <<-\EOT
	steps:
	  - {id: a, agent: nobody}
	  - {id: b, uses: none}
	EOT
	expect_exit 129 git-wf run demo
	expect_err_contains "2:20: error: no agent '\''nobody'\''"
	expect_err_contains "3:21: error: no action '\''nothing'\''"
	expect_err_contains "4:38: error: no script '\''nowhere.sh'\''"
	expect_exit 129 git-wf run caller
	expect_err_contains "no agent '\''nobody'\''"
	expect_err_contains "no workflow '\''none'\''"
'

test_case 'a workflow whose parameters are required can be validated' '
	workflow needy <<-\EOT
	params:
	  n: {required: true, type: int, min: 3}
	  word: {required: true, pattern: "[a-z]+"}
	  what: {required: true, choices: [x, y]}
	steps:
	  - {id: a, run: "echo ${params.n} ${params.word}", outputs: ["${params.what}"], inputs: []}
	EOT
	expect_ok git wf validate
'

test_case 'run of a broken workflow shows its mistakes and exits with 129' '
	workflow bad <<-\EOT
	steps:
	  - {id: a, rnu: echo 1}
	EOT
	expect_exit 129 git wf run bad
	expect_err_contains ".workflows/bad.yml:2:"
	expect_out_empty
'

test_case 'plan tells what would run and why, and writes nothing' '
	two_workflows
	expect_ok git wf plan build
	expect_out_matches "^  run +compile +no earlier result"
	expect_out_matches "^  pending +link"
	expect_exit 1 git wf plan build --check
	nothing_written
	expect_ok git wf run build -n
	nothing_written
	repeat_runs "finally always runs"
	expect_ok git wf run build --only compile --only link
	expect_ok git wf plan build --check --only compile --only link
	expect_out_contains "nothing to do"
	expect_exit 1 git wf plan build --check --only compile --flavor release
	expect_out_matches "compile +value changed: params.flavor \(debug . release\)"
	expect_ok git wf plan build --json
	json "d[\"workflow\"] == \"build\" and not d[\"up_to_date\"]"
	json "{s[\"id\"]: s[\"verdict\"] for s in d[\"steps\"]}[\"link\"] == \"cached\""
'

test_case 'many cached steps in a row become one line of the plan' '
	mkdir .workflows
	{ echo "steps:"; for i in 1 2 3 4 5 6; do echo "  - {id: s$i, run: echo $i, inputs: []}"; done
	echo "  - {id: last, run: cat x, inputs: [x]}"; } >.workflows/many.yml
	echo x >x
	expect_ok git wf run many
	echo y >x
	expect_ok git wf plan many
	expect_out_matches "^  cached +6 steps"
	expect_out_matches "^  run +last +input changed: x"
	expect_ok git wf plan many -v
	expect_out_matches "^  cached +s3"
	echo x >x # as it was in the run
'

test_case 'explain shows both sides of what changed' '
	two_workflows
	repeat_runs "finally always runs"
	expect_ok git wf run build
	expect_ok git wf explain build compile --flavor release
	expect_out_contains "value changed: params.flavor"
	expect_out_contains "- debug"
	expect_out_contains "+ release"
	expect_out_lacks link
	expect_ok git wf explain build --json compile --flavor release
	json "[s[\"id\"] for s in d[\"steps\"]] == [\"compile\"]"
	json "d[\"steps\"][0][\"reasons\"][0][\"kind\"] == \"value-changed\""
	json "d[\"steps\"][0][\"reasons\"][0][\"after\"] == \"release\""
	expect_ok git wf explain build
	expect_out_lacks compile
	expect_out_contains "2 steps up to date"
	expect_ok git wf explain build -v
	expect_out_contains "compile: cached"
	expect_exit 129 git wf explain build complie
	expect_err_contains "did you mean '\''compile'\''?"
'

test_case 'version, and what it is built with' '
	expect_ok git wf version
	expect_out_matches "^git-wf [0-9]"
	expect_ok git-wf --version
	expect_out_matches "^git-wf [0-9]"
	expect_ok git wf version -v
	expect_out_matches "^libyaml [0-9]+\.[0-9]"
	expect_out_matches "^jansson [0-9]+\.[0-9]"
	expect_out_matches "^xxHash [0-9]+\.[0-9]+\.[0-9]"
	expect_ok git wf version --json
	json "d[\"version\"] and d[\"libraries\"][\"libyaml\"]"
'

test_case 'completion is syntax that the shells accept' '
	for shell in bash zsh fish; do
		expect_ok git wf completion $shell
		expect_out_contains validate
		! command -v $shell || $shell -n "$CASE/out"
	done
	expect_exit 129 git wf completion tcsh
'

test_case 'bash completes commands, workflows, parameters, steps and values' '
	require bash
	two_workflows
	git wf completion bash >"$CASE/completion"
	cat >"$CASE/try" <<-\EOT
	. "$CASE/completion"
	try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); __git_wf_main; echo "${COMPREPLY[*]}"; }
	try git-wf va
	try git-wf run b
	try git-wf run build --fla
	try git-wf run build li
	try git-wf run build --output = q
	EOT
	expect_ok env CASE="$CASE" bash "$CASE/try"
	expect_out_matches "^validate"
	expect_out_matches "^build"
	expect_out_matches "^--flavor="
	expect_out_matches "^link"
	expect_out_matches "^quiet"
'

test_case 'config shows the nearest layer of each setting' '
	mkdir -p .workflows "$HOME/.config/git-wf"
	printf "[run]\njobs = 3\n[workflow]\ntimeout_seconds = 60\n" >.workflows/config.ini
	expect_ok git wf config
	expect_out_matches "^run.jobs +3 +.workflows/config.ini"
	printf "[run]\njobs = 5\n" >"$HOME/.config/git-wf/config.ini"
	expect_ok git wf config
	expect_out_matches "^run.jobs +5 +the user"
	expect_ok env GIT_WF_RUN_JOBS=7 git wf config
	expect_out_matches "^run.jobs +7 +the environment"
	expect_ok git wf config --json
	json "[s for s in d[\"settings\"] if s[\"key\"] == \"run.jobs\"][0][\"value\"] == \"5\""
	echo "[run" >.workflows/config.ini
	expect_exit 129 git wf config
	expect_err_contains ".workflows/config.ini:1"
'

test_case 'doctor warns of a remote that would get the snapshots' '
	git remote add other ../other
	expect_ok git wf doctor
	expect_out_lacks "refs/wf"
	git config remote.other.push "+refs/*:refs/*"
	expect_ok git wf doctor
	expect_out_contains "remote.other.push"
	git config --unset remote.other.push
	git config remote.other.mirror true
	expect_ok git wf doctor
	expect_out_contains "would push snapshots"
'

test_case 'doctor finds a healthy place healthy, and a broken workflow not' '
	two_workflows
	expect_ok git wf doctor
	expect_out_matches "^ok +git +version"
	expect_out_matches "^ok +workflows +2"
	expect_out_lacks fail
	nothing_written
	expect_ok git wf doctor --json
	json "all(c[\"result\"] != \"fail\" for c in d[\"checks\"])"
	echo "steps: 3" >.workflows/bad.yml
	expect_exit 1 git wf doctor
	expect_out_contains "git wf validate"
'

test_case 'plan foresees the end by the longest path and -j, not by the sum' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: sleep 0.6, inputs: [x]}
	  - {id: b, run: sleep 0.3, inputs: [x], needs: [a]}
	  - {id: c, run: sleep 0.4, inputs: [x]}
	  - {id: d, run: sleep 0.1, inputs: [y]}
	EOT
	echo 1 >x
	echo 1 >y
	expect_ok git wf plan demo --json
	json "d[\"eta_ms\"] == d[\"critical_path_ms\"] == 0"
	repeat_runs # its inputs change
	expect_ok git wf run demo
	echo 2 >x
	expect_ok git wf plan demo -j1 --json
	json "1300 <= d[\"eta_ms\"] < 2000 and 900 <= d[\"critical_path_ms\"] < 1300"
	expect_ok git wf plan demo -j2 --json
	json "900 <= d[\"eta_ms\"] < 1300"
	expect_ok git wf plan demo -j1
	expect_out_matches "; about 1[.][3-9]s"
'

test_done
