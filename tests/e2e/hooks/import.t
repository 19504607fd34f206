#!/bin/sh
# Workflows from what other hook managers are told.
. "${0%/*}/../lib.sh"

begin='
	export XDG_STATE_HOME="$CASE/state" RAN="$CASE/ran"
	: >"$RAN"
	expect_tree_changes
'

test_case 'pre-commit: local hooks, with their files, types, stages and arguments; the rest is told' "$begin"'
	cat >.pre-commit-config.yaml <<-\EOT
	default_stages: [pre-commit]
	exclude: ^vendor/
	repos:
	- repo: https://github.com/psf/black
	  rev: 24.1.0
	  hooks:
	  - id: black
	- repo: local
	  hooks:
	  - id: look
	    name: look at python
	    entry: tools/look --strict
	    language: script
	    types: [python]
	    args: ["--why=it'"'"'s so", -q]
	  - id: c-files
	    name: c
	    entry: echo c
	    language: system
	    files: ^src/.*\.(c|h)$
	  - id: both
	    name: both
	    entry: echo both >>"$RAN"
	    language: system
	    pass_filenames: false
	    stages: [commit, push]
	  - id: odd
	    name: odd
	    entry: x
	    language: system
	    files: (?i)a[0-9]+
	  - id: made
	    name: made
	    entry: x
	    language: python
	EOT
	write_script tools/look <<-\EOT
	#!/bin/sh
	printf "<%s>" "$@" >>"$RAN"
	EOT
	expect_exit 5 git wf hooks import
	expect_out_contains "wrote .workflows/look.yml: hook '"'look'"' of .pre-commit-config.yaml"
	expect_out_contains "left out hook '"'black'"' of .pre-commit-config.yaml: its command is in https://github.com/psf/black"
	expect_out_contains "left out hook '"'odd'"'"
	expect_out_contains "left out hook '"'made'"' of .pre-commit-config.yaml: pre-commit makes an environment for '"'language: python'"'"
	expect_file_contains .workflows/c-files.yml "files: [\"src/**/*.{c,h}\", \"!vendor/**\"]"
	expect_ok git wf validate
	git wf hooks install; mkdir vendor src
	echo x >a.py; echo x >"b c.py"; echo x >vendor/v.py; echo x >src/x.h; git add -A
	git commit -qm one
	expect_file_contains "$RAN" "<--strict><--why=it'"'"'s so><-q><a.py><b c.py>"
	expect_file_contains "$RAN" both
	expect_exit 5 git wf hooks import .pre-commit-config.yaml
	expect_out_contains "'"'.workflows/look.yml'"' is there already"
	expect_out_lacks "wrote "
'

test_case 'lefthook: commands and jobs' "$begin"'
	cat >lefthook.yml <<-\EOT
	pre-commit:
	  parallel: true
	  skip: merge
	  commands:
	    lint:
	      glob: "*.{js,ts}"
	      exclude: "gen/**"
	      run: echo lint {staged_files} >>"$RAN"
	      env: {A: "1"}
	    sometimes:
	      skip: {ref: main}
	      run: x
	  scripts:
	    hello.sh: {runner: bash}
	commit-msg:
	  jobs:
	    - name: message
	      run: grep -q fix {1}
	EOT
	expect_exit 5 git wf hooks import
	expect_out_contains "wrote .workflows/pre-commit-lint.yml"
	expect_out_contains "wrote .workflows/commit-msg-message.yml"
	expect_out_contains "left out pre-commit '"'sometimes'"' of lefthook.yml"
	expect_out_contains "left out script '"'hello.sh'"' of lefthook.yml"
	git wf hooks install
	mkdir -p a gen; echo x >a/b.ts; echo x >gen/c.ts; git add -A
	expect_exit 1 git commit -qm nothing
	expect_exit 0 git commit -qm fix
	expect_file_contains "$RAN" "lint a/b.ts"
'

test_case 'lefthook: root is the folder where it runs, and what its files are named from' "$begin"'
	cat >lefthook.yml <<-\EOT
	pre-commit:
	  commands:
	    lint:
	      root: "./web/"
	      glob: "*.{js,ts}"
	      exclude: "**/gen/*"
	      run: echo lint "$(basename "$PWD")" {staged_files} >>"$RAN"
	    all:
	      root: web
	      run: echo all {staged_files} >>"$RAN"
	    here:
	      root: .
	      run: echo here {staged_files} >>"$RAN"
	EOT
	expect_exit 0 git wf hooks import
	expect_ok git wf validate
	expect_out_lacks advice
	git wf hooks install
	mkdir -p web/src web/gen; echo x >web/src/a.js; echo x >"web/b c.ts"; echo x >web/gen/g.js
	echo x >web/d.css; echo x >top.js; git add web top.js .workflows
	expect_exit 0 git commit -qm one
	expect_file_contains "$RAN" "lint web b c.ts src/a.js"
	expect_file_contains "$RAN" "all b c.ts d.css gen/g.js src/a.js"
	expect_file_contains "$RAN" " top.js web/b c.ts web/d.css"
	echo y >>top.js; git add top.js; : >"$RAN"
	expect_exit 0 git commit -qm two
	expect_equal "$(cat "$RAN")" "here top.js"
	git rm -q top.js web/d.css; : >"$RAN"
	expect_exit 0 git commit -qm three
	expect_equal "$(cat "$RAN")" ""
'

test_case 'husky: scripts' "$begin"'
	mkdir .husky; echo "{}" >package.json
	printf "%s\n" "#!/bin/sh" ". \"\$(dirname -- \"\$0\")/_/husky.sh\"" "" "if true; then" "  echo husky >>\"\$RAN\"" "fi" >.husky/pre-commit
	echo "grep -q fix \"\$1\"" >.husky/commit-msg
	expect_exit 0 git wf hooks import
	expect_file_contains .workflows/pre-commit.yml "share: [\"node_modules\"]"
	! grep husky.sh .workflows/pre-commit.yml
	git wf hooks install; git add -A
	expect_exit 1 git commit -qm nothing
	expect_exit 0 git commit -qm "fix it"
	expect_file_contains "$RAN" husky
'

test_case 'nothing to import, or broken' "$begin"'
	expect_exit 129 git wf hooks import
	expect_err_contains "there is no .pre-commit-config.yaml, lefthook.yml or .husky/ here"
	echo "a: [" >lefthook.yml
	expect_exit 129 git wf hooks import
	expect_err_contains "cannot read '"'lefthook.yml'"'"
	expect_no_file .workflows
'

test_done
