#!/bin/sh
# open: a page in the browser, files in the editor; without a terminal a word about it, and no more.
. "${0%/*}/../lib.sh"

on_terminal() { # SCRIPT COMMAND…
	require python3
	timeout 60 python3 "$TEST_SOURCE/../process/on_terminal.py" "$@" >"$CASE/screen"
}

# Programs that say how they were called.
stand_ins() {
	mkdir -p "$CASE/bin"
	for name; do
		printf '#!/bin/sh\nfor a; do printf "%s <%%s>\\n" "$a"; done >> "%s"; [ -t 0 ] && echo terminal >> "%s"; exit 0\n' \
			"$name" "$CASE/opened" "$CASE/opened" >"$CASE/bin/$name"
		chmod +x "$CASE/bin/$name"
	done
	PATH=$CASE/bin:$PATH
}

test_case 'without a terminal nothing is started, and the run goes on' '
	stand_ins browse edit xdg-open
	export BROWSER=browse EDITOR=edit
	echo two >> notes.txt
	workflow demo <<-\EOT
	params: {q: {default: "a&b c"}}
	steps:
	  - {id: page, open: "https://example.org/find?q=${params.q}"}
	  - {id: file, open: notes.txt}
	  - {id: changed, open: {changed: ["*.txt"]}}
	EOT
	expect_tree_changes
	repeat_runs "it is shown anew"
	expect_ok git wf run demo
	expect_ok git wf log latest page
	expect_out_contains "no terminal here; would open https://example.org/find?q=a%26b%20c"
	expect_ok git wf log latest file
	expect_out_contains "no terminal here; would open notes.txt"
	expect_ok git wf log latest changed
	expect_out_contains "no terminal here; would open notes.txt"
	[ ! -e "$CASE/opened" ]
'

test_case 'on a terminal: $BROWSER, and the editor of git, which has the terminal' '
	stand_ins browse edit
	export BROWSER="not-there:browse --new %s" EDITOR="edit -n"
	echo two >> notes.txt
	echo new > "new file.txt"
	echo no > other.c
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: page, open: "https://example.org/;touch%20evil?$(id)"}
	  - {id: changed, open: {changed: ["*.txt"]}}
	  - {id: file, open: other.c}
	EOT
	expect_tree_changes
	repeat_runs "it is shown anew"
	on_terminal "wait:Passed" git wf run demo
	cat "$CASE/opened"
	cat > "$CASE/wanted" <<-EOT
	browse <--new>
	browse <https://example.org/;touch%20evil?\$(id)>
	terminal
	edit <-n>
	edit <$REPO/new file.txt>
	edit <$REPO/notes.txt>
	terminal
	edit <-n>
	edit <$REPO/other.c>
	terminal
	EOT
	cmp "$CASE/wanted" "$CASE/opened"
'

test_case 'the editor of the settings comes first; a repository cannot name one' '
	stand_ins edit mine
	export EDITOR=edit
	mkdir -p "$HOME/.config/git-wf" .workflows
	printf "[workflow]\neditor = mine\n" > "$HOME/.config/git-wf/config.ini"
	printf "[workflow]\neditor = touch ../evil\n" > .workflows/config.ini
	echo x > notes.txt
	workflow demo <<-\EOT
	steps:
	  - {id: file, open: notes.txt}
	EOT
	expect_tree_changes
	repeat_runs "it is shown anew"
	on_terminal "wait:Passed" git wf run demo
	grep -q "mine <" "$CASE/opened"
	[ ! -e ../evil ]
'

test_case 'an editor that fails fails the step; values lead nowhere else' '
	printf "#!/bin/sh\nexit 5\n" > "$HOME/fails"
	chmod +x "$HOME/fails"
	export EDITOR="$HOME/fails"
	echo x > notes.txt
	workflow demo <<-\EOT
	params: {x: {default: notes.txt}}
	steps:
	  - {id: file, open: "${params.x}"}
	EOT
	expect_tree_changes
	on_terminal "wait:Failed" git wf run demo && exit 1
	grep -q "has failed" "$CASE/screen"
	for value in ../x /etc/passwd file:///etc/passwd "javascript:alert(1)" .git/config; do
		expect_exit 1 git wf run demo -p "x=$value"
	done
'

test_done
