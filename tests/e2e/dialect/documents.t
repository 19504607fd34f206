#!/bin/sh
# Documents in the vocabulary of other orchestrators, as people bring them, in YAML and in JSON: each is
# found to be right, runs to the end, and its canonical form plans and does the same.
. "${0%/*}/../lib.sh"

# What the documents take for granted on any machine: programs that say that they were called.
stand_ins() { # NAME…
	for stand_in; do
		write_script "$CASE/bin/$stand_in" <<-EOT
		#!/bin/sh
		echo "$stand_in \$*" >> "$CASE/called"
		EOT
	done
	PATH=$CASE/bin:$PATH
	export PATH
}
action() { # NAME, its text on stdin
	write_script ".workflows/actions/$1"
}
# Messages of the channel end up in a file.
team() {
	mkdir -p "$HOME/.config/git-wf"
	printf "[notify \"team\"]\ncommand = echo \"\$WF_NOTIFY_TITLE|\$(cat)\" >> \"%s/told\"\n" "$CASE" \
		>"$HOME/.config/git-wf/config.ini"
}
document() { # NAME ENDING
	mkdir -p .workflows
	cp "$TEST_SOURCE/documents/$1.$2" .workflows/
	commit_all
	expect_tree_changes
	repeat_runs "nothing is remembered"
}
# The plan without what is no part of it: how long it may take, which handler comes first.
plan_of() { # NAME PARAM…
	git wf plan "$@" | sed "1s/; about.*//" | sort
}
# Right, runs, and so does its form.
check_document() { # NAME PARAM…
	name=$1
	shift
	expect_ok git wf validate "$name"
	expect_out_contains "no errors"
	plan_of "$name" "$@" >"$CASE/plan"
	expect_ok git wf run "$name" "$@"
	git checkout -q . && git clean -qfd -e cortex-brain
	expect_ok git wf fmt "$name"
	expect_ok git wf fmt --check "$name"
	! grep -qE "tasks|depends_on|command\"?:|condition\"?:|===" .workflows/"$name".*
	plan_of "$name" "$@" >"$CASE/plan.formed"
	diff "$CASE/plan" "$CASE/plan.formed"
	expect_ok git wf run "$name" "$@"
}

for ending in yml json; do

test_case "a basic deployment ($ending)" '
	stand_ins npm
	for name in collect-logs smoke-test restore-previous; do
		echo "#!/bin/sh
echo $name >> \"$CASE/called\"" | action "$name"
	done
	write_script tools/deploy <<-EOT
	#!/bin/sh
	echo "deploy \$1 \$NODE_ENV" >> "$CASE/called"
	EOT
	team
	document basic '$ending'
	check_document basic
	expect_lines 2 "$CASE/told"
	expect_file_contains "$CASE/told" "Basic deployment"
	for time in once again; do
		cat <<-EOT
		deploy staging production
		npm install
		npm run build
		npm run lint
		npm test
		smoke-test
		EOT
	done | sort >"$CASE/wanted"
	sort "$CASE/called" | diff "$CASE/wanted" -
'

test_case "one task of every type ($ending)" '
	require python3 sqlite3
	stand_ins node
	write_script "$CASE/bin/docker" <<-EOT
	#!/bin/sh
	echo "docker \$*" >> "$CASE/called"
	for word; do
		case \$before in --iidfile) echo sha256:1234 > "\$word" ;; esac
		case \$word in --iidfile=*) echo sha256:1234 > "\${word#*=}" ;; esac
		before=\$word
	done
	EOT
	mkdir db
	echo "create table t (x); insert into t values (42);" > db/001_t.sql
	mkdir -p "$HOME/.config/git-wf"
	printf "[container]\ncommand = docker\n" >"$HOME/.config/git-wf/config.ini"
	mkdir -p docker tools
	echo "FROM scratch" > docker/Dockerfile
	echo "console.log(1)" > tools/count.js
	cat > tools/transform.py <<-\EOT
	import json, os, sys
	os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
	json.dump(open(sys.argv[1]).read().split(), open(sys.argv[2], "w"))
	EOT
	cat > "$CASE/server.py" <<-\EOT
	import http.server, sys
	class Handler(http.server.BaseHTTPRequestHandler):
	    def log_message(self, *args):
	        pass
	    def do_GET(self):
	        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
	        with open(sys.argv[1] + ".log", "a") as log:
	            print(self.command, self.path, self.headers.get("Authorization"), body.decode(), file=log)
	        self.send_response(200)
	        self.send_header("Content-Length", "2")
	        self.end_headers()
	        self.wfile.write(b"ok")
	    do_POST = do_GET
	server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
	with open(sys.argv[1] + ".new", "w") as port:
	    port.write(str(server.server_port))
	import os
	os.rename(sys.argv[1] + ".new", sys.argv[1])
	server.serve_forever()
	EOT
	python3 "$CASE/server.py" "$CASE/port" >/dev/null 2>&1 </dev/null &
	server=$!
	wait_for 10 test -e "$CASE/port"
	HTTP_PORT=$(cat "$CASE/port") HTTP_PASSWORD=secret
	export HTTP_PORT HTTP_PASSWORD
	document types '$ending'
	check_document types
	kill "$server"
	wait "$server" 2>/dev/null || :
	expect_file out/list.json "[\"one\"]"
	expect_file many many
	expect_no_file few
	expect_file items "alpha
beta"
	grep -q "^docker .*build.*app:1" "$CASE/called"
	expect_equal "$(sqlite3 app.db "select x from t")" 42
	grep -q "^node .*tools/count.js" "$CASE/called"
	cat >"$CASE/wanted" <<-\EOT
	GET /health None 
	POST /echo Basic ZGVwbG95OnNlY3JldA== {"files":"2","ok":true}
	GET /health None 
	POST /echo Basic ZGVwbG95OnNlY3JldA== {"files":"2","ok":true}
	EOT
	diff "$CASE/wanted" "$CASE/port.log"
'

test_case "logical names, five strategies, an agent for what nobody wrote ($ending)" '
	action plan-feature <<-\EOT
	#!/bin/sh -eu
	echo "the plan for $WF_WITH_FEATURE_SPEC" > "$WF_OUT_PLAN"
	EOT
	action implement <<-\EOT
	#!/bin/sh -eu
	cat "$WF_IN_PLAN" README > "$WF_OUT_PATCH"
	test -e fixed
	EOT
	action fix <<-\EOT
	#!/bin/sh -eu
	echo fixed > fixed
	EOT
	for name in verify log-it publish; do
		printf "#!/bin/sh\necho %s >> \"%s/called\"\n" "$name" "$CASE" | action "$name"
	done
	write_script tools/style <<-EOT
	#!/bin/sh
	echo style >> "$CASE/called"
	exit 1
	EOT
	mkdir -p "$HOME/.config/git-wf"
	printf "[agent]\ncommand = %s/agent\n" "$CASE" >"$HOME/.config/git-wf/config.ini"
	write_script "$CASE/agent" <<-EOT
	#!/bin/sh -eu
	cat > "$CASE/prompt"
	echo noted > "\$WF_OUT_REVIEW_NOTES"
	EOT
	echo readme > README
	document custom '$ending'
	expect_ok git wf validate custom
	expect_exit 129 git wf run custom
	expect_err_contains feature_spec
	expect_exit 1 git wf run custom --feature_spec login
	grep -q "^# Review" "$CASE/prompt"
	grep -q "^Do: review" "$CASE/prompt"
	grep -q "^Inputs: patch, plan" "$CASE/prompt"
	grep -q "^Outputs: review_notes" "$CASE/prompt"
	sort "$CASE/called" | tr "\n" " " | grep -q "^log-it style verify $"
	expect_file fixed fixed
'

test_case "groups, conditions, checkpoints and config ($ending)" '
	team
	document full '$ending'
	expect_exit 129 git wf validate full
	expect_out_contains notify-owner
	echo "#!/bin/sh" | action notify-owner
	commit_all
	check_document full
	expect_file_contains "$CASE/told" "Release took long"
	! grep -q "it failed" "$CASE/told"
	expect_file out/more more
	expect_file out/published published
	expect_no_file out/sorry
	expect_file out/package "docs
e2e
more
unit"
'

done

test_case 'an agent that nobody configured is said before anything runs, with both remedies' '
	workflow demo <<-\EOT
	tasks:
	  - {id: first, command: echo first >> ../ran}
	  - {id: second, command: "@think"}
	EOT
	commit_all
	expect_ok git wf validate demo
	expect_exit 129 git wf run demo
	expect_err_contains .workflows/actions/think
	expect_err_contains .workflows/agents/think.md
	expect_err_contains "[agent]"
	expect_no_file ../ran
'

test_case 'a run is held by nothing that the document does not say: --parallel lifts the order of the file' '
	workflow demo <<-\EOT
	tasks:
	  - {id: a, command: "until test -e ../b; do sleep 0.02; done; echo a > ../a"}
	  - {id: b, command: "echo b > ../b"}
	EOT
	commit_all
	repeat_runs "nothing is remembered"
	expect_ok git wf run demo --parallel --timeout 20s
	expect_file ../a a
'

test_done
