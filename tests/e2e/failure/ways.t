#!/bin/sh
# What a failed run says: what failed, what was rolled back, and commands that do what stands beside them.
. "${0%/*}/../lib.sh"

flow() { # RUN KEYS
	workflow demo <<-EOT
	rollback: {}
	steps:
	  - {id: one, run: echo one > one}
	  - {id: two, needs: [one], foreach: {x: ["a b", c]}, run: "$1"${2:-}}
	  - {id: three, needs: [two], run: echo three > three}
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
# The commands of the last report, one a line.
ways() { sed -n "s/^  \(git wf [^ ].*[^ ]\)  .*/\1/p" "$CASE/out" | sed "s/ *$//"; }
way() { # BEGINNING
	ways >"$CASE/ways"
	found=$(grep -e "$1" "$CASE/ways" | head -n 1)
	[ -n "$found" ] || { cat "$CASE/ways"; fail "there is no way like: $1"; }
	echo "$found"
}
run_way() { # STATUS BEGINNING
	line=$(way "$2")
	expect_exit "$1" sh -c "$line"
}

test_case 'each printed command does what it says: log, resume, rollback, undo' '
	flow "echo lost in \${each.x}; echo x >> two; [ -e ../mended ]"
	expect_exit 1 git wf run demo
	expect_out_contains "lost in a b"
	expect_out_contains ".workflows/demo.yml:4"
	expect_out_contains "Nothing was rolled back"
	cp "$CASE/out" "$CASE/report"
	ways > "$CASE/all"
	expect_equal "$(grep -c . "$CASE/all")" 6
	run_way 0 "^git wf log .*a b"
	expect_out_contains "lost in a b"
	cp "$CASE/report" "$CASE/out"
	run_way 1 "^git wf resume [0-9a-f]*$"
	cp "$CASE/report" "$CASE/out"
	run_way 0 "^git wf rollback"
	expect_no_file one
	expect_equal "$(git status --porcelain)" ""
	expect_ok git wf undo
	expect_file one
	: > ../mended
	cp "$CASE/report" "$CASE/out"
	run_way 0 "^git wf resume [0-9a-f]*$"
	expect_file three
'

test_case 'the one that goes on without what failed' '
	flow "echo x >> two; exit 3"
	expect_exit 1 git wf run demo
	run_way 0 "^git wf resume .*--skip"
	expect_file three
	expect_ok git wf status demo
	expect_out_contains "passed"
'

test_case 'the one that ends it for good' '
	flow "exit 3"
	expect_exit 1 git wf run demo
	cp "$CASE/out" "$CASE/report"
	run_way 0 "^git wf resume .*--abort"
	cp "$CASE/report" "$CASE/out"
	run_way 129 "^git wf resume [0-9a-f]*$"
	expect_says "ended for good"
'

test_case 'after an automatic rollback it says so, and how to take that back' '
	flow "echo x >> two; exit 3" ", on_failure: rollback"
	expect_exit 1 git wf run demo
	expect_out_contains "2 paths were rolled back (on_failure: rollback)"
	expect_no_file one
	run_way 0 "^git wf undo"
	expect_file one
	expect_file two
'

test_case 'a handler that failed is nothing to skip' '
	workflow demo <<-\EOT
	steps: [{id: a, run: echo a, on_success: [broken]}]
	error_handlers: {broken: {run: exit 4}}
	EOT
	expect_exit 1 git wf run demo
	ways > "$CASE/all"
	! grep -q -e --skip "$CASE/all" || fail "there is"
	repeat_runs "not cached"
'

test_done
