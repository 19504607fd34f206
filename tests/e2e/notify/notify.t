#!/bin/sh
# notify: people are told, by every kind of channel, and nothing fails for it.
. "${0%/*}/../lib.sh"

wait_for_file() { # path
	for _ in $(seq 400); do
		[ -s "$1" ] && return
		sleep 0.05
	done
	fail "no $1"
}

# Starts it, sets $port; ended by stop_listener. What it heard is $CASE/heard.1, .2, …
start_listener() { # [smtp]
	require python3
	require jq
	python3 "$TEST_SOURCE/listener.py" "$CASE/heard" "$@" >/dev/null 2>&1 </dev/null &
	listener=$!
	wait_for_file "$CASE/heard"
	port=$(cat "$CASE/heard")
	url=http://127.0.0.1:$port
}

stop_listener() {
	kill "$listener"
	wait "$listener" 2>/dev/null || :
}

user_config() {
	mkdir -p "$HOME/.config/git-wf"
	sed "s#HERE#${url:-}#; s#PORT#${port:-}#" >"$HOME/.config/git-wf/config.ini"
}

test_case 'a message reaches Slack, Teams, Discord and a webhook in their own forms' '
	start_listener
	user_config <<-\EOT
	[notify "chat"]
	type = slack
	url_env = CHAT_URL
	[notify "cards"]
	type = teams
	url = HERE/teams
	[notify "games"]
	type = discord
	url_secret = games
	[notify "any"]
	url = HERE/any
	[secret "games"]
	command = echo "$GAMES_URL"
	EOT
	workflow demo <<-\EOT
	params: {who: {default: "<!channel> & @everyone \"x\""}}
	order: listed
	steps:
	  - {id: a, notify: {channels: [chat], message: "hello ${params.who}"}}
	  - {id: b, notify: {channels: cards, message: "hello ${params.who}"}}
	  - {id: c, notify: {channels: [games], message: "hello ${params.who}"}}
	  - {id: d, notify: {channels: [any], message: "hello ${params.who}"}}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	CHAT_URL=$url/chat-s3cr3t GAMES_URL=$url/games-s3cr3t expect_ok git wf run demo
	stop_listener
	expect_says "4 steps run"
	jq -e ".text == \"*demo*\nhello &lt;!channel&gt; &amp; @everyone \\\"x\\\"\"" "$CASE/heard.1"
	jq -e ".attachments[0].content.body[1].text == \"hello <!channel> & @everyone \\\"x\\\"\"" "$CASE/heard.2"
	jq -e ".allowed_mentions.parse == [] and (.content | contains(\"hello <!channel>\"))" "$CASE/heard.3"
	jq -e ".message == \"hello <!channel> & @everyone \\\"x\\\"\" and .workflow == \"demo\" and .step == \"d\" and (.run | startswith(\"demo-\"))" "$CASE/heard.4"
	grep -q "application/json /chat-s3cr3t" "$CASE/heard.1.head"
	! grep -rl s3cr3t . || exit 1
'

test_case 'mail by SMTP: addresses, a password, a subject that is one line' '
	start_listener smtp
	user_config <<-\EOT
	[notify "mail"]
	url = smtp://127.0.0.1:PORT
	from = wf@example.org
	to = ann@example.org, bob@example.org
	username = wf
	password_env = MAIL_PASSWORD
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, notify: {channels: [mail], message: "Überraschung\n.\nRCPT TO:<eve@example.org>\n${params.more}"}}
	params: {more: {default: "and more"}}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	MAIL_PASSWORD=pa55-of-mine expect_ok git wf run demo
	expect_ok git wf log latest a
	expect_out_contains "told mail"
	stop_listener
	grep -q "RCPT TO:<ann@example.org>" "$CASE/heard.1.head"
	grep -q "RCPT TO:<bob@example.org>" "$CASE/heard.1.head"
	! grep -q eve "$CASE/heard.1.head" || exit 1
	python3 - "$CASE/heard.1" <<-\EOT
	import email, email.header, email.policy, sys
	mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
	assert mail["Subject"] == "demo", mail["Subject"]
	assert mail["To"] == "ann@example.org, bob@example.org"
	text = mail.get_content()
	assert text.startswith("Überraschung\n.\nRCPT TO:<eve@example.org>\nand more"), text
	assert "git wf log demo-" in text
	EOT
	! grep -rl pa55-of-mine . || exit 1
'

test_case 'sendmail, the desktop and a command are started with the message as it is' '
	mkdir "$CASE/bin"
	printf "#!/bin/sh\necho \"\$@\" > \"$CASE/sendmail.args\"; cat > \"$CASE/mail\"\n" > "$CASE/bin/sendmail"
	printf "#!/bin/sh\nfor a; do printf \"<%%s>\\\\n\" \"\$a\"; done > \"$CASE/desktop\"\n" > "$CASE/bin/notify-send"
	chmod +x "$CASE/bin/sendmail" "$CASE/bin/notify-send"
	user_config <<-\EOT
	[notify "mail"]
	type = sendmail
	from = wf@example.org
	to = ann@example.org
	[notify "desktop"]
	type = desktop
	[notify "own"]
	command = cat > "$CASE_DIR/own"; echo "$WF_NOTIFY_TITLE" >> "$CASE_DIR/own"
	EOT
	workflow demo <<-\EOT
	params: {text: {default: "$(touch ../evil) `id` -o <b>bold</b>"}}
	steps:
	  - {id: a, notify: "${params.text}"}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	PATH=$CASE/bin:$PATH CASE_DIR=$CASE expect_ok git wf run demo
	grep -q "^-i -t$" "$CASE/sendmail.args"
	grep -q "^To: ann@example.org$" "$CASE/mail"
	[ "$(tail -n 1 "$CASE/desktop")" = "<\$(touch ../evil) \`id\` -o &lt;b&gt;bold&lt;/b&gt;>" ]
	[ "$(head -n 1 "$CASE/own")" = "\$(touch ../evil) \`id\` -o <b>bold</b>" ]
	[ "$(tail -n 1 "$CASE/own")" = demo ]
	[ ! -e ../evil ]
'

test_case 'a channel that does not work is a warning, whatever is wrong with it' '
	start_listener
	user_config <<-\EOT
	[notify "gone"]
	url = HERE/fail/404-of-s3cr3t
	[notify "closed"]
	url = http://127.0.0.1:9/x
	[notify "half"]
	type = smtp
	url = smtp://127.0.0.1:9
	[notify "unset"]
	url_env = NOT_SET_AT_ALL
	[notify "fails"]
	command = echo "no way" >&2; exit 3
	EOT
	sed -i "s#fail/404-of-s3cr3t#fail/404#" "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	notify: {on: [success]}
	steps:
	  - {id: a, notify: {channels: [gone, closed, half, unset, fails, unknown], message: hello}}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	expect_ok git wf run demo
	stop_listener
	expect_says "channel '"'unknown'"' was not told"
	expect_ok git wf log latest a
	expect_out_contains "'"'gone'"' was not told: exit 1: the status 404 is not expected"
	expect_out_contains "'"'closed'"' was not told: exit 2"
	expect_out_contains "'"'half'"' was not told: [notify \"half\"] says no '"'from'"'"
	expect_out_contains "environment variable '"'NOT_SET_AT_ALL'"' is not set"
	expect_out_contains "'"'fails'"' was not told: exit 3: no way"
	expect_out_contains "[notify \"unknown\"]"
'

test_case 'the end of a run is told, and what rules say of it' '
	user_config <<-\EOT
	[notify "team"]
	command = echo "$WF_NOTIFY_TITLE|$(cat)" >> "$HOME/told"
	[notify "ops"]
	command = echo "ops|$(cat)" >> "$HOME/told"
	EOT
	workflow demo <<-\EOT
	name: A demo
	params: {code: {default: 0}}
	notify:
	  channels: [team]
	  on: [success, failure]
	  rules:
	    - {name: broken, if: "run.status == '"'failed'"' && error.exit_code == 7", channels: [ops], message: "${error.step} says ${error.exit_code}"}
	    - {name: slow, if: run.duration > 1h}
	    - {name: often, if: metrics.success_rate < 60%, message: "only ${metrics.success_rate} %"}
	    - {name: wrong, if: "error.exit_code < 5"}
	steps:
	  - {id: a, run: "exit ${params.code}"}
	EOT
	commit_all
	repeat_runs "no inputs"
	expect_ok git wf run demo
	expect_says "a rule of '"'notify'"' ('"'wrong'"') does not work"
	expect_exit 1 git wf run demo -p code=7
	expect_exit 1 git wf run demo -p code=4
	cat "$HOME/told"
	[ "$(sed -n 1p "$HOME/told" | sed "s/after .*:/after X:/")" = "demo: passed|A demo passed after X: 1 step" ]
	[ "$(sed -n 2p "$HOME/told" | sed "s/after .*:/after X:/")" = "demo: failed|A demo failed after X: 1 step, 1 failed" ]
	[ "$(sed -n 3p "$HOME/told")" = "a: exit code 7" ]
	[ "$(sed -n 4p "$HOME/told")" = "ops|a says 7" ]
	grep -q "only 50 %" "$HOME/told"
'

test_case 'nothing is told of a run that has nothing to do, and a paused one waits' '
	user_config <<-\EOT
	[notify "team"]
	command = echo "$WF_NOTIFY_STATUS" >> "$HOME/told"
	EOT
	workflow demo <<-\EOT
	notify: {channels: [team], on: [success, waiting]}
	steps:
	  - {id: a, run: "true", inputs: []}
	EOT
	cat > .workflows/ask.yml <<-\EOT
	notify: {channels: [team], on: [success, waiting]}
	steps:
	  - {id: a, approve: really?}
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ok git wf run demo
	[ "$(cat "$HOME/told")" = passed ]
	expect_exit 3 git wf run ask
	[ "$(tail -n 1 "$HOME/told")" = waiting ]
	repeat_runs "it was asked"
'

test_case 'handlers tell: error_handlers with notify, and the names that are built in' '
	user_config <<-\EOT
	[notify "ops"]
	command = echo "ops|$(cat)" >> "$HOME/told"
	[notify "team"]
	command = echo "team|$(cat)" >> "$HOME/told"
	EOT
	workflow demo <<-\EOT
	name: Demo
	notify: {channels: [team]}
	error_handlers:
	  page: {notify: [ops], message: "look at ${error.step}"}
	  mend: {run: "true", notify: ops}
	steps:
	  - {id: a, run: "exit 3", on_failure: [page, mend, notify_team, continue]}
	  - {id: b, run: "true", on_success: [notify_success]}
	on_failure: [notify_failure]
	finally: [notify_completion]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	sort "$HOME/told" > "$CASE/told"
	cat "$CASE/told"
	cat > "$CASE/wanted" <<-\EOT
	ops|Demo has failed in '"'a'"': exit code 3
	ops|look at a
	team|Demo has ended
	team|Demo has failed in '"'a'"': exit code 3
	team|Demo has failed in '"'a'"': exit code 3
	team|Demo has passed
	EOT
	cmp "$CASE/wanted" "$CASE/told"
'

test_case 'a channel gets no more messages than its rate allows' '
	user_config <<-\EOT
	[notify "team"]
	command = echo x >> "$HOME/told"
	rate = 2/1h
	EOT
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: a, foreach: {n: [1, 2, 3, 4]}, notify: "n"}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	expect_ok git wf run demo
	[ "$(wc -l < "$HOME/told")" = 2 ]
	expect_says "it has had 2 messages in 3600 s, which is its '"'rate'"'"
	cp -r . ../copy
	git worktree add -q ../other
	(cd ../other && git wf run demo >/dev/null 2>&1)
	[ "$(wc -l < "$HOME/told")" = 2 ]
	git worktree remove --force ../other
	git branch -D other
'

test_case 'no message holds a secret, whatever it quotes' '
	user_config <<-\EOT
	[notify "team"]
	command = cat >> "$HOME/told"
	[secret "token"]
	command = printf "s3cr3t \"of mine"
	EOT
	workflow demo <<-\EOT
	notify: {channels: [team], on: [failure], rules: [{if: "true", message: "rule ${secret.token}"}]}
	steps:
	  - {id: a, notify: "token ${secret.token}"}
	  - {id: b, needs: [a], run: "./${secret.token}"}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	grep -q "token \*\*\*" "$HOME/told"
	grep -q "rule \*\*\*" "$HOME/told"
	! grep -q s3cr3t "$HOME/told" || exit 1
'

test_case 'a repository cannot name a channel' '
	mkdir -p .workflows
	printf "[notify \"team\"]\ncommand = touch ../evil\n" > .workflows/config.ini
	workflow demo <<-\EOT
	steps:
	  - {id: a, notify: hello}
	EOT
	commit_all
	repeat_runs "messages are sent anew"
	expect_ok git wf run demo
	[ ! -e ../evil ]
	expect_says "nobody was told"
'

test_done
