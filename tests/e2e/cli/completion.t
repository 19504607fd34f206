#!/bin/sh
# Completion in the real shells: a line and tabs are typed at each, for `git-wf` and for `git wf`.
. "${0%/*}/../lib.sh"

# A workflow, and a run of it that failed and waits.
repository() {
	workflow build <<-\EOT
	name: Build it
	params:
	  flavor: {choices: [debug, release], default: debug, help: "how: [fast] or not"}
	  jobs_wanted: {default: "1"}
	  fast: {type: bool, default: false}
	steps:
	  - {id: compile, run: "cp main.c main.o", inputs: [main.c], outputs: [main.o]}
	  - {id: unit, foreach: {k: [a, b]}, run: ": ${each.k}", inputs: []}
	  - {id: publish, approve: Shall it go out?, needs: [compile]}
	  - {id: broken, run: exit 3}
	EOT
	workflow other <<-\EOT
	steps: [{id: one, run: "echo 1"}]
	EOT
	mkdir .workflows/templates
	cp .workflows/other.yml .workflows/templates/own-template.yml
	echo one >main.c
	printf "main.o\n" >>.git/info/exclude
	expect_exit 3 git wf run build -k
	run=$(basename cortex-brain/workflows/build-*) run=${run##*-}
	expect_equal "${#run}" 6
}

# The shell's own completion of git has to find ours, as it does after an installation.
setup() { # SHELL
	require python3 "$1"
	mkdir -p "$CASE/shell"
	case $1 in
	bash)
		git_completion=/usr/share/bash-completion/completions/git
		{
			echo "PS1=\"READY> \" PS2="
			echo "bind \"set completion-query-items 0\"; bind \"set page-completions off\"; bind \"set bell-style none\""
			echo "bind \"set enable-bracketed-paste off\""
			[ ! -e $git_completion ] || echo ". $git_completion"
			git wf completion bash
		} >"$CASE/shell/rc" ;;
	zsh)
		git wf completion zsh >"$CASE/shell/_git-wf"
		{
			echo "PS1=\"READY> \" LISTMAX=0"
			echo "unsetopt zle_bracketed_paste prompt_sp prompt_cr beep; unset zle_bracketed_paste"
			echo "fpath=(\"$CASE/shell\" \$fpath)"
			echo "autoload -Uz compinit && compinit -u -d \"$CASE/shell/dump\""
		} >"$CASE/shell/.zshrc"
		: >"$CASE/shell/rc" ;;
	fish) git wf completion fish >"$CASE/shell/rc" ;;
	esac
	shell=$1
}

# Typed so, the shell shows each WORD: remembered here, and looked for by shown.
shows() { # LINE WORD...
	echo "$1" >>"$CASE/lines"
	line=$1
	shift
	for word; do printf "%s\t%s\n" "$line" "$word"; done >>"$CASE/wanted"
}

shown() {
	python3 "$TEST_SOURCE/type_at.py" $shell "$CASE/shell/rc" <"$CASE/lines" >"$CASE/out" 2>"$CASE/err" ||
		fail "$shell: $(cat "$CASE/err")"
	while IFS="	" read -r line word; do
		awk -v line="== $line" "/^== /{ on = \$0 == line; next } on" "$CASE/out" | grep -qF -e "$word" ||
			fail "$shell: \"$line\" does not complete to: $word"
	done <"$CASE/wanted"
}

# The same for each shell; PROGRAM: "git-wf" or "git wf".
everything() { # PROGRAM
	shows "$1 vali" validate
	shows "$1 rol" rollback
	shows "$1 un" undo
	shows "$1 snap" snapshots
	shows "$1 run " build other
	shows "$1 run o" other
	shows "$1 run build " compile unit publish broken
	shows "$1 run build --cust" --custom-gates
	shows "$1 run build --iso" --isolate
	shows "$1 run build --mo" --mode
	shows "$1 run build --mode " autopilot supervised hybrid
	shows "$1 run build --re" --rev --report --resume
	shows "$1 run build --flav" --flavor=
	shows "$1 run build --jobs-w" --jobs-wanted=
	shows "$1 run build --fas" --fast
	shows "$1 run build --flavor=" debug release
	shows "$1 run build --from " compile broken
	shows "$1 run build -p " flavor= jobs_wanted=
	shows "$1 graph build --format " mermaid ascii
	shows "$1 rollback --t" --to
	shows "$1 rollback --to " compile
	shows "$1 resume --rollback" --rollback-to
	shows "$1 resume --skip " broken publish
	shows "$1 resume " $run
	shows "$1 log $run " compile broken "unit"
	shows "$1 approve " publish $run
	shows "$1 status " $run
	shows "$1 report --format " markdown junit
	shows "$1 completion " bash zsh fish
	shows "$1 help resu" resume
	shows "$1 new mine -t " own-template
	shows "$1 create mine -t " own-template
	shows "$1 generate --temp" --template
	shown
}

test_case 'bash completes git-wf' '
	repository
	setup bash
	everything git-wf
'

test_case 'bash completes git wf' '
	[ -e /usr/share/bash-completion/completions/git ] || skip_case "bash has no completion of git here"
	repository
	setup bash
	everything "git wf"
'

test_case 'zsh completes git-wf' '
	repository
	setup zsh
	everything git-wf
'

test_case 'zsh completes git wf' '
	repository
	setup zsh
	everything "git wf"
'

test_case 'fish completes git-wf' '
	repository
	setup fish
	everything git-wf
'

# The git.fish of 3.6.0 asks for "git-git-wf", later ones for "git-wf".
test_case 'fish completes git wf' '
	repository
	setup fish
	fish --no-config -c "source $CASE/shell/rc; complete -C \"git wf run \"" | grep -q "^build" ||
		skip_case "this fish does not ask programs named git-NAME"
	everything "git wf"
'

test_case 'a step whose name the shell would take apart is quoted' '
	workflow odd <<-\EOT
	steps: [{id: t, foreach: {k: ["a b", "c;d"]}, run: "exit 1", inputs: []}]
	EOT
	expect_exit 1 git wf run odd
	setup bash
	shows "git-wf log odd t\\[c" "t\\[c\\;d\\]"
	shown
'

test_done
