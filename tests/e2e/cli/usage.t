#!/bin/sh
# Words on the command line: what is wrong with them is said, with the way out, and exits with 129.
. "${0%/*}/../lib.sh"

one_workflow() {
	workflow demo <<-\EOT
	params:
	  issue: {help: issue number or text, short: i}
	  dry_weight: {type: number, default: 1}
	  fast: {type: bool, default: false}
	  output: {default: out}
	  level: {choices: [low, high], default: low}
	steps:
	  - id: show
	    run: echo "<${params.issue}|${params.dry_weight}|${params.fast}|${params.output}|${params.level}>"
	    inputs: []
	  - {id: after, needs: [show], run: echo after, inputs: []}
	EOT
}

# WANT WORD...: what the step gets from these words
gets() {
	gets_want=$1
	shift
	expect_ok git wf run demo "$@"
	expect_ok git wf log latest show
	expect_equal "$(cat "$CASE/out")" "<$gets_want>"
}

test_case 'without a command there is an overview' '
	expect_ok git wf
	expect_out_matches "^  run  +run a workflow"
	cp "$CASE/out" "$CASE/plain"
	expect_ok git wf -h
	cmp "$CASE/plain" "$CASE/out"
'

test_case 'every command has usage with -h, which does nothing else' '
	for command in run resume plan explain list show validate status log history cache config doctor \
		completion help version; do
		expect_ok git wf $command -h
		expect_out_contains "usage: git wf $command"
		expect_out_contains "--color WHEN"
		expect_err_empty
	done
'

test_case 'a wrong command, option or workflow is told with the nearest right one' '
	one_workflow
	expect_exit 129 git wf lits
	expect_err_contains "did you mean '\''list'\''?"
	expect_exit 129 git wf list --jsno
	expect_err_contains "did you mean '\''--json'\''?"
	expect_exit 129 git wf run dmeo
	expect_err_contains "did you mean '\''demo'\''?"
	expect_exit 129 git wf run demo --isseu 4
	expect_err_contains "did you mean '\''--issue'\''?"
	expect_exit 129 git wf run demo --keep-goign
	expect_err_contains "did you mean '\''--keep-going'\''?"
	expect_exit 129 git wf run demo aftre
	expect_err_contains "did you mean '\''after'\''?"
'

test_case 'an abbreviation is no option' '
	expect_exit 129 git wf list --js
'

test_case 'options come after the command' '
	expect_exit 129 git wf -q list
	expect_err_contains "after the command"
'

test_case 'what is not there yet says so' '
	one_workflow
	expect_exit 129 git wf cache push
	expect_err_contains "not supported yet"
'

test_case 'parameters are options of run' '
	one_workflow
	gets "5|1|false|out|low" --issue 5
	gets "a b|1|false|out|low" "--issue=a b"
	gets "6|1|false|out|low" -i 6
	gets "7|1|false|out|low" -i7
	gets "|2.5|true|out|low" --dry-weight 2.5 --fast --issue=
	gets "|-3|false|out|low" --no-fast --dry_weight -3 --issue=
	gets "x|1|false|else|high" -p output=else -p level=high -p issue=x
	gets "--fast|1|false|out|low" --issue=--fast
'

test_case 'a bool takes no value: the next word is a step' '
	one_workflow
	expect_ok git wf run demo --issue 1 --fast show
	expect_out_lacks "✓ after"
'

test_case 'a value that begins with a dash has to be written with =' '
	one_workflow
	expect_exit 129 git wf run demo --issue --fast
	expect_err_contains "needs a value"
	expect_exit 129 git wf run demo --issue
	expect_err_contains "needs a value"
'

test_case 'an option of run wins over a parameter of that name' '
	one_workflow
	expect_exit 129 git wf run demo --issue 1 --output else
	expect_err_contains "stream|group|quiet"
'

test_case 'a value that does not fit is told with those that do' '
	one_workflow
	expect_exit 129 git wf run demo --issue 1 --level middle
	expect_err_contains low
	expect_err_contains high
	expect_exit 129 git wf run demo --issue 1 --dry-weight much
	expect_err_contains dry_weight
	expect_exit 129 git wf run demo -p nothing=1
	expect_err_contains nothing
	expect_exit 129 git wf run demo -p issue
	expect_err_contains NAME=VALUE
'

test_case 'parameters before the id are refused' '
	one_workflow
	expect_exit 129 git wf run --issue 5 demo
	expect_err_contains "behind the workflow"
'

test_case 'the environment gives what the command line does not' '
	one_workflow
	expect_ok env GIT_WF_PARAM_ISSUE=9 git wf run demo
	expect_ok git wf log latest show
	expect_out_contains "<9|1"
'

test_case '-C changes the directory, before or after the command' '
	one_workflow
	mkdir -p sub
	expect_ok git wf list -C sub
	expect_out_contains demo
	expect_ok git wf -C sub list
	expect_out_contains demo
	expect_exit 128 git wf list -C nowhere
	expect_err_contains nowhere
'

test_case 'outside a repository it is no mistake of usage' '
	expect_exit 128 git wf -C / list
	expect_err_contains "not in a git repository"
'

test_case 'an answer that cannot be written is an error' '
	[ -c /dev/full ] || skip_case "no /dev/full here"
	one_workflow
	for command in list "show demo" "plan demo --issue 1" version -h; do
		expect_got=0
		git wf $command >/dev/full 2>"$CASE/err" || expect_got=$?
		expect_equal "$expect_got" 128
		expect_err_contains "standard output"
	done
	expect_got=0
	git wf run demo --issue 1 >/dev/full 2>"$CASE/err" || expect_got=$?
	expect_equal "$expect_got" 128
	expect_got=0
	git wf run demo --issue 1 >/dev/full 2>"$CASE/err" || expect_got=$?
	expect_equal "$expect_got" 128
'

test_case 'a closed standard stream harms nothing' '
	one_workflow
	git-wf list <&- >"$CASE/out"
	expect_out_contains demo
	expect_got=0
	git-wf list >&- 2>"$CASE/err" || expect_got=$?
	expect_equal "$expect_got" 128
'

test_case 'where man has no page, or is not there, usage is shown' '
	mkdir "$CASE/man" "$CASE/bin"
	for program in git git-wf; do ln -s "$(command -v $program)" "$CASE/bin"; done
	export MANPATH="$CASE/man"
	for path in "$PATH" "$CASE/bin"; do
		expect_ok env PATH="$path" git-wf help run
		expect_out_contains "usage: git wf run"
		expect_ok env PATH="$path" git-wf create --help
		expect_out_contains "usage: git wf new"
		for words in "help workflow" "help dialect" --help; do
			expect_ok env PATH="$path" git-wf $words
			expect_out_contains "usage: git wf COMMAND"
		done
	done
	unset MANPATH
'

test_case 'in a narrow terminal nothing is broken within a word' '
	require python3
	cat >"$CASE/narrow.py" <<-\EOT
	import fcntl, os, pty, struct, sys, termios
	pid, fd = pty.fork()
	if pid == 0:
	    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
	    os.execvp(sys.argv[1], sys.argv[1:])
	try:
	    while data := os.read(fd, 65536):
	        os.write(1, data.replace(b"\r", b""))
	except OSError:
	    pass
	EOT
	for words in "-h" "fmt -h" "history -h"; do
		python3 "$CASE/narrow.py" git-wf $words >"$CASE/out"
		expect_out_contains "usage: git wf"
		! grep -E "^.{41}" "$CASE/out" || fail "$words: a line is wider than the terminal"
	done
'

test_case 'what a command wants is said alike' '
	for command in run plan explain graph show; do
		expect_exit 129 git wf $command
		expect_err_contains "'\''$command'\'' wants a workflow; '\''git wf list'\'' shows them"
	done
	expect_ok git wf list
	expect_err_contains "git wf help workflow"
	expect_exit 129 git wf status --json --porcelain
	expect_err_contains "choose one"
'

test_case 'color is asked for, never forced on a pipe' '
	workflow bad <<-\EOT
	steps: 3
	EOT
	expect_exit 129 git wf validate
	expect_out_lacks "$(printf "\033")"
	expect_exit 129 git wf validate --color always
	expect_out_contains "$(printf "\033")"
	expect_exit 129 env CLICOLOR_FORCE=1 git wf validate
	expect_out_contains "$(printf "\033")"
	expect_exit 129 env CLICOLOR_FORCE=1 NO_COLOR=1 git wf validate
	expect_out_lacks "$(printf "\033")"
	expect_exit 129 git wf validate --color=sometimes
	expect_err_contains "auto|always|never"
'

test_case 'a word that is no command: the workflow, the command it is a part of, the nearest one' '
	one_workflow
	expect_tree_changes
	expect_exit 129 git wf demo
	expect_err_contains "no command '"'demo'; 'git wf run demo'"' runs the workflow"
	expect_exit 129 git wf nosuch.yml
	expect_err_lacks "runs the workflow"
	expect_exit 129 git wf import
	expect_err_contains "did you mean '"'hooks import'"'?"
	expect_exit 129 git wf help gc
	expect_err_contains "did you mean '"'cache gc'"'?"
	expect_exit 129 git wf valdate
	expect_err_contains "did you mean '"'validate'"'?"
	expect_exit 129 git wf bounce
	expect_err_contains "lists them"
	cd /
	expect_exit 129 git wf demo
	expect_err_contains "lists them"
'

test_case 'run has no --json, and says what has it' '
	one_workflow
	expect_tree_changes
	expect_exit 129 git wf run demo --json
	expect_err_contains "--events -"
'

test_done
