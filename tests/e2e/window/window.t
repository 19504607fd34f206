#!/bin/sh
# window: a real tmux, with a server of the case's own.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# A tmux that a person could sit in: its server, and what lies in its socket's folder, end with the case.
begin_tmux() {
	require tmux
	TMUX_TMPDIR=$CASE/sockets
	mkdir -p "$TMUX_TMPDIR"
	export TMUX_TMPDIR
	trap 'set +e; env -u TMUX tmux -L me kill-server 2>/dev/null; env -u TMUX tmux kill-server 2>/dev/null || :' EXIT
}

# A session "desk" with windows "editor" and "build", the first in front; we are in it.
sit_down() {
	begin_tmux
	tmux -L me -f /dev/null new-session -d -s desk -n editor -x 100 -y 30 "exec cat"
	tmux -L me new-window -d -t desk: -n build "exec cat"
	TMUX_PANE=$(tmux -L me display-message -p -t desk:editor "#{pane_id}")
	TMUX=$TMUX_TMPDIR/tmux-$(id -u)/me,$(tmux -L me display-message -p "#{pid}"),0
	export TMUX TMUX_PANE
}

front() { tmux -L me list-windows -t desk -F "#{window_active} #{window_name}" | sed -n "s/^1 //p"; }
windows() { tmux -L me list-windows -t desk -F "#{window_name}" | tr '\n' ' '; }

test_case 'where nobody sits in tmux a session of the run has the window; exit status and screen come back' '
	begin_tmux
	mkdir sub
	: > sub/f
	workflow demo <<-\EOT
	params: {w: {default: "a  b; touch hacked; $(touch hacked)"}}
	steps:
	  - id: a
	    dir: sub
	    env: {TOKEN: "hush"}
	    secrets: [TOKEN]
	    window:
	      target: my build
	      run: |
	        echo shown ${params.w} $TOKEN; pwd; [ -t 0 ] && echo a terminal
	        echo "v=1" >> "$WF_OUTPUT"; tmux display-message -p "at #{session_name}/#{window_name}"
	  - {id: b, needs: [a], window: {target: other, run: [sh, -c, "exit 7"]}, on_failure: continue}
	  - {id: c, needs: [a], run: "echo ${steps.a.outputs.v} >> ../ran"}
	EOT
	commit_all
	expect_exit 1 git wf run demo --output stream
	expect_says "shown a  b; touch hacked; \$(touch hacked) ***"
	expect_says "$REPO/sub"
	expect_says "a terminal"
	expect_says "at git-wf-demo-"
	expect_says "/my build"
	expect_says "exit 7"
	expect_ran 1
	expect_no_file sub/hacked
	! tmux list-sessions 2>/dev/null || fail "a session is left"
	[ -z "$(find cortex-brain -name "*.window")" ] || fail "a socket is left"
'

test_case 'in a session it opens there, in front, and brings back what was in front' '
	sit_down
	workflow demo <<-\EOT
	steps: [{id: a, window: {target: logs, run: "tmux display-message -p \"#{session_name}:#{window_name}:#{window_active}\" > ../seen; exit 3"}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "exit 3"
	expect_file ../seen "desk:logs:1"
	expect_equal "$(front)" editor
	expect_equal "$(windows)" "editor build "
'

test_case 'a window of that name is split; with restore: false, and where a person has gone elsewhere, nothing is brought back' '
	sit_down
	workflow demo <<-\EOT
	steps:
	  - {id: a, window: {target: build, restore: false, run: "tmux list-panes -F x | wc -l > ../seen"}}
	  - {id: b, needs: [a], window: {target: x, run: "tmux new-window -n mine \"exec cat\""}}
	EOT
	commit_all
	repeat_runs "a window is opened each time"
	expect_ok git wf run demo
	expect_equal "$(cat ../seen | tr -d " ")" 2
	expect_equal "$(front)" mine
	expect_equal "$(windows)" "editor build mine "
'

test_case 'without wait it passes when the command has begun, which goes on' '
	sit_down
	workflow demo <<-\EOT
	steps:
	  - {id: a, window: {target: server, wait: false, run: "echo up > ../up; cat ../fifo > ../got"}}
	EOT
	mkfifo ../fifo
	commit_all
	repeat_runs "a window is opened each time"
	expect_ok git wf run demo
	wait_for 5 test -s ../up
	expect_equal "$(windows)" "editor build server "
	expect_equal "$(front)" editor
	echo x > ../fifo
	wait_for 5 test -s ../got
	wait_for 5 sh -c "! tmux -L me list-windows -t desk -F \"#{window_name}\" | grep -q server"
'

test_case 'a timeout, a cancelled run and a killed step end what runs in the window' '
	sit_down
	workflow demo <<-\EOT
	params: {t: {default: 500ms}}
	steps: [{id: a, window: {target: w, run: "echo $$ > ../pid; while :; do sleep 0.1; done"}, timeout: 700ms}]
	EOT
	workflow long <<-\EOT
	steps: [{id: a, window: {target: w, run: "echo $$ > ../pid; trap \"touch ../tidied; exit\" TERM; while :; do sleep 0.1; done"}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "timed out"
	wait_for 5 sh -c "! kill -0 $(cat ../pid)"
	rm ../pid
	for signal in TERM KILL; do
		git-wf run long >"$CASE/out" 2>&1 &
		pid=$!
		wait_for 5 test -s ../pid
		child=$(cat ../pid)
		if [ $signal = TERM ]; then
			kill -TERM $pid
		else
			for p in $(grep -lsz "^WF_COOKIE=long-" /proc/[0-9]*/environ | cut -d/ -f3); do
				case $(readlink "/proc/$p/exe") in *git-wf--window) tr "\0" " " < /proc/$p/cmdline | grep -q inside || kill -KILL "$p" ;; esac
			done
		fi
		wait $pid || :
		wait_for 5 sh -c "! kill -0 $child"
		wait_for 5 test -e ../tidied
		wait_for 5 sh -c "! tmux -L me list-windows -t desk -F \"#{window_name}\" | grep -qx w"
		rm ../pid ../tidied
	done
'

test_case 'who closes the window fails the step; a program that is not there is 127; one that does not come up fails in time' '
	sit_down
	workflow demo <<-\EOT
	steps:
	  - {id: a, window: {target: w, run: "tmux kill-pane -t $TMUX_PANE; sleep 5"}}
	  - {id: b, window: {target: v, run: [no-such-program]}}
	EOT
	commit_all
	expect_exit 1 git wf run demo -k
	expect_says "the window was closed before"
	expect_says "exit 127"
	mkdir -p "$HOME/.config/git-wf"
	printf "[window]\ncommand = true\n" > "$HOME/.config/git-wf/config.ini"
	sed -i "s/target: w, run/target: w, verify_timeout: 300ms, run/" .workflows/demo.yml
	expect_tree_changes
	expect_exit 1 git wf run demo -k
	expect_says "did not come up in time"
'

test_case 'a program of the user opens windows in place of tmux' '
	mkdir -p "$CASE/bin" "$HOME/.config/git-wf"
	cat > "$CASE/bin/term" <<-\EOT
	#!/bin/sh
	echo "$1 $2" >> "$CASE/calls"
	[ "$1" = open ] || exit 0
	shift 2
	"$@" </dev/null >/dev/null 2>&1 &
	echo front-7
	EOT
	chmod +x "$CASE/bin/term"
	export CASE
	printf "[window]\ncommand = %s\n" "$CASE/bin/term" > "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	steps: [{id: a, window: {target: "a b", run: "echo there > ../there; exit 4"}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "exit 4"
	expect_file ../there there
	expect_equal "$(cat "$CASE/calls" | tr "\n" ,)" "open a b,restore front-7,"
'

test_case 'iTerm2 is told by arguments, never by a script with values in it' '
	mkdir -p "$CASE/bin" "$HOME/.config/git-wf"
	cat > "$CASE/bin/osascript" <<-\EOT
	#!/bin/sh
	cat >> "$CASE/script"
	printf "<%s>" "$1" "$2" >> "$CASE/words"
	[ $# -gt 2 ] || exit 0
	sh -c "$3" </dev/null >/dev/null 2>&1 &
	echo "session-1"
	EOT
	chmod +x "$CASE/bin/osascript"
	export CASE
	PATH=$CASE/bin:$PATH
	printf "[window]\ncommand = %s\n" "$TEST_TOP/contrib/iterm2/git-wf-iterm2" > "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	params: {n: {default: "it; $(touch hacked)"}}
	steps: [{id: a, window: {target: "${params.n}", run: "exit 4"}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "exit 4"
	expect_equal "$(cat "$CASE/words")" "<-><it; \$(touch hacked)><-><session-1>"
	! grep -q hacked "$CASE/script" || fail "a value in the script"
	expect_no_file hacked
'

test_case 'a name cannot be a format, an option or a target' '
	sit_down
	workflow demo <<-\EOT
	params: {n: {default: x}}
	steps: [{id: a, window: {target: "${params.n}", run: "true"}}]
	EOT
	commit_all
	for n in "#(touch hacked)" "-x" "a:b" "" "a
	b" "\$(touch hacked)#{x}"; do
		expect_exit 1 git wf run demo "--n=$n"
		expect_says "is no name of a window"
	done
	expect_no_file hacked
	repeat_runs "a window is opened each time"
	expect_ok git wf run demo "--n=\$(touch hacked); \`touch hacked\`"
	expect_no_file hacked
'

test_done
