#!/bin/sh
# secret.NAME: what a program of the user prints, fetched when it is needed, seen nowhere.
. "${0%/*}/../lib.sh"

user_config() {
	mkdir -p "$HOME/.config/git-wf"
	cat >"$HOME/.config/git-wf/config.ini"
}

# No file below the worktree, the git directory or HOME's cache holds one of these texts.
expect_nowhere() {
	for text; do
		found=$(grep -rlF --exclude-dir=.config -e "$text" "$REPO" 2>/dev/null) || continue
		echo "# '$text' stands in: $found"
		return 1
	done
}

test_case 'it is fetched once, when the first step needs it, and masked everywhere' '
	user_config <<-\EOT
	[secret "token"]
	command = echo asked >> "$HOME/asked"; echo "s3cr3t/with+signs and more"
	EOT
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: before, run: "test ! -e \"$HOME/asked\""}
	  - {id: a, run: "echo got ${secret.token}; test \"${#T}\" = 26", env: {T: "${secret.token}"}}
	  - {id: c, run: ["sh", "-c", "echo \"$0\" >&2; echo \"$0\" > \"$WF_SUMMARY\"", "${secret.token}"]}
	  - {id: b, run: ["./${secret.token}"]}
	EOT
	commit_all
	repeat_runs "steps without inputs run again"
	expect_tree_changes
	expect_exit 1 git wf run demo --report junit:junit.xml --events events.ndjson
	grep -qF "got ***" cortex-brain/workflows/*/logs/*-a.1.log
	grep -qF "***" cortex-brain/workflows/*/logs/*-c.1.log
	[ "$(cat "$HOME/asked")" = asked ]
	expect_nowhere "s3cr3t"
	rm -f junit.xml events.ndjson
'

test_case 'no plan, no explanation and no dry run fetches it' '
	user_config <<-\EOT
	[secret "token"]
	command = echo asked >> "$HOME/asked"; echo "s3cr3t-of-mine"
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo got ${secret.token}"}
	EOT
	commit_all
	expect_ok git wf plan demo
	expect_ok git wf run -n demo
	[ ! -e "$HOME/asked" ]
	expect_ok git wf explain demo a
	expect_nowhere "s3cr3t"
'

test_case 'a remembered step counts it in its fingerprint, and keeps only a keyed digest' '
	user_config <<-\EOT
	[secret "token"]
	command = cat "$HOME/vault"
	EOT
	echo "s3cr3t-one" > "$HOME/vault"
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], run: "echo \"$T\" | wc -c >> ../ran", env: {T: "${secret.token}"}}
	EOT
	commit_all
	expect_ok git wf run demo
	expect_ok git wf run demo
	[ "$(wc -l < ../ran)" = 1 ]
	echo "s3cr3t-number-two" > "$HOME/vault"
	expect_ok git wf run demo
	[ "$(wc -l < ../ran)" = 2 ]
	expect_nowhere "s3cr3t-one" "s3cr3t-number-two"
'

test_case 'base64, percent-encoded, in JSON, line by line and split over writes it is masked too' '
	require python3
	user_config <<-\EOT
	[secret "token"]
	command = printf "top \"s3cr3t\" & key/42\nsecond line of it\n"
	EOT
	workflow demo <<-\EOT
	steps:
	  - id: a
	    env: {T: "${secret.token}"}
	    script:
	      with: [python3, -I]
	      code: |
	        import base64, json, os, sys, time, urllib.parse
	        t = os.environ["T"]
	        for i in range(3):
	            print("b64", base64.b64encode(b"x" * i + t.encode() + b"y" * i).decode())
	            print("url64", base64.urlsafe_b64encode(b"x" * i + t.encode()).decode())
	        print("quote", urllib.parse.quote(t, safe=""), urllib.parse.quote_plus(t))
	        print("lower", urllib.parse.quote(t, safe="").replace("%2F", "%2f").replace("%22", "%22").replace("%0A", "%0a"))
	        print("json", json.dumps({"key": t}))
	        for line in t.splitlines():
	            print("line", line)
	        sys.stdout.flush()
	        for c in t:
	            os.write(1, c.encode())
	            time.sleep(0.002)
	        print()
	EOT
	commit_all
	repeat_runs "no inputs"
	expect_ok git wf run demo
	expect_ok git wf log latest a
	expect_nowhere "s3cr3t" "second line" "czNjcjN0" "MzY3IzdC" "NlY29uZC" "key%2F" "key%2f"
	for text in s3cr3t "second line" czNjcjN0 key%2; do
		! grep -qF -e "$text" out || exit 1
	done
'

test_case 'an output that holds it is an error' '
	user_config <<-\EOT
	[secret "token"]
	command = echo s3cr3t-of-mine
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo \"x=$(echo \"$T\" | base64)\" >> \"$WF_OUTPUT\"", env: {T: "${secret.token}"}}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_out_contains "holds a secret"
	expect_nowhere "s3cr3t"
'

test_case 'a command that fails, says nothing or is not there is a clear error' '
	user_config <<-\EOT
	[secret "gone"]
	command = echo "the vault is sealed" >&2; exit 7
	[secret "empty"]
	command = true
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo ${secret.gone}", on_failure: continue}
	  - {id: b, run: "echo ${secret.empty}", on_failure: continue}
	  - {id: c, run: "echo ${secret.unknown}", on_failure: continue}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_out_contains "its command failed: exit 7: the vault is sealed"
	expect_out_contains "its command printed nothing"
	expect_out_contains "[secret \"unknown\"] command = "
'

test_case 'a resumed run fetches it again' '
	user_config <<-\EOT
	[secret "token"]
	command = echo asked >> "$HOME/asked"; echo "s3cr3t-of-mine"
	EOT
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo \"$T\"; test -e ../now", env: {T: "${secret.token}"}}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	touch ../now
	expect_ok git wf resume
	[ "$(wc -l < "$HOME/asked")" = 2 ]
	expect_nowhere "s3cr3t"
'

test_done
