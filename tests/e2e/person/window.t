#!/bin/sh
# Questions in a window, by the program of the user's settings.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

release() {
	workflow release <<-\EOT
	steps:
	  - {id: where, ask: {question: "Where to?", choices: [staging, production]}}
	  - {id: sure, approve: "Deploy to ${steps.where.outputs.answer}?"}
	  - {id: deploy, needs: [sure], run: "echo to-${steps.where.outputs.answer} >> ../ran"}
	EOT
	repeat_runs "people are asked"
	mkdir -p "$HOME/.config/git-wf"
	printf "[prompt]\ncommand = %s\n" "$1" > "$HOME/.config/git-wf/config.ini"
	PATH=$CASE/bin:$PATH
}

test_case 'zenity is told what is asked, and heard' '
	release zenity
	write_script ../bin/zenity <<-\EOT
	#!/bin/sh
	printf "%s|" "$@" >> "$HOME/asked"; echo >> "$HOME/asked"
	case $1 in --list) echo production ;; esac
	EOT
	expect_ok git wf run release
	expect_ran to-production
	expect_file "$HOME/asked" "--list|--title|release: where|--text|Where to?|--hide-header|--column||--|staging|production|
--question|--title|release: sure|--text|Deploy to production?|--no-markup|--ok-label|Yes|--cancel-label|Later|--extra-button|No|"
'

test_case 'what zenity would take for markup or an escape is shown as it was written; a secret is asked for by its question' '
	release zenity
	workflow release <<-\EOT
	steps:
	  - {id: a, ask: {question: "A <b> & C:\\\\new?", choices: [x, y]}}
	  - {id: b, needs: [a], ask: {question: "C:\\\\new?"}}
	  - {id: c, needs: [b], ask: {question: "Password?", secret: true}}
	EOT
	repeat_runs "people are asked"
	write_script ../bin/zenity <<-\EOT
	#!/bin/sh
	case $4 in --text) echo "$1 $5 $6" >> "$HOME/asked" ;; esac
	echo x
	EOT
	expect_ok git wf run release
	expect_file "$HOME/asked" "--list A &lt;b> &amp; C:\\\\new? --hide-header
--entry C:\\\\new? 
--entry Password? --hide-text"
'

test_case 'No is a no; a window that is closed leaves the question to others' '
	release my-asker
	write_script ../bin/my-asker <<-\EOT
	#!/bin/sh
	case $1 in answer) echo staging ;; *) cat "$HOME/say"; exit 1 ;; esac
	EOT
	: > "$HOME/say"
	expect_exit 3 git wf run release
	echo No > "$HOME/say"
	expect_exit 1 git wf resume
	expect_says "rejected by A U Thor"
	expect_ran
'

test_case 'a program that is not there is noted, and the question waits' '
	release no-such-program
	expect_exit 3 git wf run release
	expect_says "no-such-program"
'

test_case 'the file of the repository cannot name it' '
	release zenity
	rm "$HOME/.config/git-wf/config.ini"
	printf "[prompt]\ncommand = touch\n" > .workflows/config.ini
	expect_exit 3 git wf run release
	expect_err_contains "is not read from this file"
	expect_no_file answer
'

test_case 'answered from elsewhere: the window goes away' '
	release my-asker
	write_script ../bin/my-asker <<-\EOT
	#!/bin/sh
	: > "$HOME/open"
	exec sleep 300
	EOT
	git-wf run release >../background 2>&1 </dev/null &
	pid=$!
	wait_for 10 test -e "$HOME/open"
	rm "$HOME/open"
	expect_ok git wf answer where staging
	wait_for 10 test -e "$HOME/open"
	expect_ok git wf approve
	wait $pid
	expect_ran to-staging
'

test_done
