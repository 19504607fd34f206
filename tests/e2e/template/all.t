#!/bin/sh
# Each template: written, read, planned, run to its end with a scripted agent, run by hand, and taken back
# where the agent fails. A row is the template, whether it has an agent edit files (or read only, or none), what
# its summary says, and its arguments.
. "${0%/*}/../lib.sh"

# A project with all there is to detect, and a past.
project() {
	mkdir -p backend client data src
	printf '%b' 'all:\ntest:\n\t@echo tested\nlint format:\n\t@:\n' \
		'bench:\n\t@echo size=`wc -c <src/notes.txt`\n' >Makefile
	printf 'all:\ntest:\n' >backend/Makefile
	printf 'all:\ntest:\n' >client/Makefile
	printf 'first\n' >src/notes.txt
	printf '{"a": 1}\n' >data/one.json
	printf 'a\r\nb' >data/two.txt
	write_script "$HOME/agent" <<-'EOT'
	#!/bin/sh
	cat >"$HOME/prompt"
	echo edited >>src/notes.txt
	echo new >src/new.txt
	echo "agent: done"
	[ ! -e "$HOME/agent-fails" ]
	EOT
	commit_all project
	git branch topic
	git worktree prune
}

# The worktree less what git ignores.
files_of_tree() {
	git status --porcelain -uall
	git ls-files -z -co --exclude-standard | xargs -0 cksum
}

expect_prompt() { # TEMPLATE: no value is left open
	[ -s "$HOME/prompt" ] || fail "$1: the agent got no prompt"
	! grep -F "\${" "$HOME/prompt" || fail "$1: a value is not filled in"
}

new_template() { # TEMPLATE
	expect_ok git wf new "$1"
	expect_out_contains "next: git wf run $1"
	expect_ok git wf validate "$1"
	expect_out_lacks advice
	expect_out_lacks warning
	commit_all templates
}

run_with_agent() { # TEMPLATE CREATIVE SUMMARY ARGUMENTS…
	template=$1 creative=$2 summary=$3
	shift 3
	project
	expect_tree_changes
	repeat_runs
	GIT_WF_AGENT_COMMAND=$HOME/agent
	export GIT_WF_AGENT_COMMAND
	new_template "$template"
	expect_ok git wf plan "$template" "$@"
	expect_ok git wf run "$template" "$@" --yes
	expect_out_matches "^Passed after"
	expect_out_contains "$summary"
	[ "$creative" = no ] || expect_prompt "$template"
	[ "$creative" != edits ] || expect_file_contains src/notes.txt edited
}

run_by_hand() { # TEMPLATE ARGUMENTS…
	template=$1
	shift
	project
	expect_tree_changes
	repeat_runs
	new_template "$template"
	# Nobody is there: the run waits, and says for what.
	expect_exit 3 git wf run "$template" "$@"
	expect_says "git wf answer"
	expect_ok git wf cancel
	expect_ok git wf run "$template" "$@" --yes
}

run_and_fail() { # TEMPLATE ARGUMENTS…
	template=$1
	shift
	project
	expect_tree_changes
	GIT_WF_AGENT_COMMAND=$HOME/agent
	export GIT_WF_AGENT_COMMAND
	new_template "$template"
	: >"$HOME/agent-fails"
	files_of_tree >"$CASE/before"
	expect_exit 1 git wf run "$template" "$@"
	files_of_tree >"$CASE/after"
	diff "$CASE/before" "$CASE/after" || fail "the tree is not as it was"
	[ -s "$HOME/prompt" ] || fail "the agent was not called"
}

while IFS=';' read -r template creative summary arguments; do
	test_case "$template runs to its end" "run_with_agent $template $creative '$summary' $arguments"
	[ "$creative" != no ] || continue
	test_case "$template without an agent asks a person" "run_by_hand $template $arguments"
	[ "$creative" = edits ] || continue
	test_case "$template is taken back where the agent fails" "run_and_fail $template $arguments"
done <<'EOT'
api-integration;edits;client: passed;--service Stripe --operations charge --operations refund --migrate-from PayPal
bug-fix;edits;committed: passed;--issue "Login fails, on mobile" --priority high --commit
ci;no;| test | passed |;--audit
code-review;reads;tests: passed;--pr topic
deployment;no;to **production**;--environment production
dev-session;no;Session of main: build passed;--every 1 --stay
feature-implementation;edits;**dark mode**;--spec "dark mode" --review
full-stack;no;| frontend | passed |;
migration;no;| passed | passed | passed | passed |;
onboarding;no;**Welcome**, A U Thor;
performance;edits;| before |;--target "the notes" --metric size --better higher
pre-commit;no;hygiene passed;
refactor;edits;tests: passed;--target src/notes.txt --pattern "one word a line"
security-audit;no;# Security audit of;
system-optimization;no;| branches | 2 | 1 |;--branches
web-app;no;| lint | build;--url ""
EOT

test_case 'a session tests at each change, and ends from another terminal' '
	project
	expect_tree_changes
	repeat_runs
	printf "serve:\n\techo serving; sleep 1000\n" >>Makefile
	commit_all
	expect_ok git wf new dev-session
	# Nobody is there who could end it.
	expect_ok git wf run dev-session
	expect_says "session"
	git wf run dev-session --stay --every 1 --output stream >"$CASE/session" 2>&1 &
	wait_for 20 grep -q "the tests pass" "$CASE/session"
	wait_for 20 grep -q "serving" "$CASE/session"
	sed -i "s/@echo tested/@exit 1/" Makefile
	wait_for 20 grep -q "the tests fail" "$CASE/session"
	expect_ok git wf answer latest session/end done
	wait
	expect_file_contains "$CASE/session" "Passed after"
'

test_case 'every template is in the table of these tests' '
	for template in "$TEST_TOP"/.workflows/templates/*; do
		name=$(basename "$template" .yml)
		grep -q "^$name;" "$TEST_SOURCE/all.t" || fail "$name is not tested"
	done
'

test_case 'a deployment that does not work goes back to the one before' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new deployment
	commit_all
	expect_ok git wf run deployment
	top=$HOME/.local/state/deployed/repo/staging
	first=$(readlink "$top/current")
	[ -e "$top/current/src/notes.txt" ]
	echo second >src/notes.txt
	sed -i "s/^check)/check) exit 1/" .workflows/actions/deploy
	sleep 1
	commit_all
	expect_exit 1 git wf run deployment
	expect_equal "$(readlink "$top/current")" "$first"
'

test_case 'a migration that is not valid leaves the data as it was' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new migration
	commit_all
	cp -R data "$CASE/data"
	echo "exit 1" >>.workflows/actions/migrate-check
	expect_exit 1 git wf run migration
	diff -r data "$CASE/data"
	[ ! -e data.migrated ]
	git checkout -q .workflows
	expect_ok git wf run migration
	expect_file data/two.txt "a
b"
	ls .git/migration-backups/*.tar.gz
'

test_case 'a change for the worse is taken back' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new performance
	commit_all
	GIT_WF_AGENT_COMMAND=$HOME/agent
	export GIT_WF_AGENT_COMMAND
	expect_exit 1 git wf run performance --target notes --metric size --better lower
	expect_says "size got worse"
	expect_file src/notes.txt first
'

test_case 'a server that answers is up, and ends with the step' '
	require python3 curl
	project
	expect_tree_changes
	repeat_runs
	port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
	printf "serve:\n\tpython3 -m http.server $port --bind 127.0.0.1\n" >>Makefile
	commit_all
	expect_ok git wf new web-app
	expect_ok git wf run web-app --url "http://127.0.0.1:$port/"
	! curl -fsS "http://127.0.0.1:$port/"
	sed -i "s/^serve:/served:/" Makefile
	expect_exit 1 git wf run web-app --url "http://127.0.0.1:$port/"
	expect_says "it has ended"
'

test_case 'secrets that were committed are found in the past' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new security-audit
	printf "token = ghp_%s\n" abcdefghijklmnopqrstuvwxyz0123456789 >key.txt
	commit_all secret
	git rm -q key.txt
	commit_all gone
	expect_exit 1 git wf run security-audit --yes
	expect_out_contains ": key.txt"
	expect_ok git wf run security-audit --yes --fail-on nothing
	expect_ok git wf run security-audit --history 0
'

test_done
