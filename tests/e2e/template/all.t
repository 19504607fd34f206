#!/bin/sh
# Each template: written, read, planned, run to its end with a scripted agent, run by hand, and taken back
# where the agent fails. A row is the template, whether it has an agent edit files (or only read them, or
# explain what was found, or none), what its summary says, and its arguments.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

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

# Who is asked is shown the prompt, whole, with its values in place.
expect_asked_as_agent() { # TEMPLATE
	prompt=$(sed -n 's|^    \(\.workflows/agents/.*\.md\):$|\1|p' "$CASE/out" | head -n 1)
	[ -f "$prompt" ] || fail "$1: no prompt is shown"
	grep -vF "\${" "$prompt" | while read -r line; do
		grep -qF -e "$line" "$CASE/out" || fail "$1: the question lacks '$line'"
	done
	! grep -F "\${" "$CASE/out" || fail "$1: a value is not filled in"
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
	expect_asked_as_agent "$template"
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
	[ "$creative" = explains ] ||
		test_case "$template without an agent asks a person" "run_by_hand $template $arguments"
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
security-audit;explains;# Security audit of;
system-optimization;no;| branches | 2 | 1 |;--branches
web-app;no;| lint | build;--url ""
EOT

test_case 'every template is in the table of these tests' '
	for template in "$TEST_TOP"/.workflows/templates/*; do
		name=$(basename "$template" .yml)
		grep -q "^$name;" "$TEST_SOURCE/all.t" || fail "$name is not tested"
	done
'

test_done
