#!/bin/sh
# A run that goes on after a rollback: what was taken back is done again, or brought back from the cache.
. "${0%/*}/../lib.sh"

# Every byte, mode and link of the tree.
exact() {
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -printf "%p %y %m %l\n" | sort
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

# Four steps of which each writes something, none of it declared; the last fails until told.
steps() { # STRATEGY [KEYS OF EACH]
	workflow demo <<-EOT
	rollback: {strategy: $1}
	steps:
	  - {id: one, run: echo one >> text${2:+, $2}}
	  - {id: two, needs: [one], run: "echo two >> text; mkdir -p d/e; echo new > d/e/new; chmod +x plain"${2:+, $2}}
	  - {id: three, needs: [two], run: "echo three >> text; rm gone; ln -s text link"${2:+, $2}}
	  - {id: four, needs: [three], run: "test -e ../fixed; echo four >> text"}
	EOT
	echo zero > text
	echo bye > gone
	echo plain > plain
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
# The tree that a run has made that nothing interrupted.
expect_whole() {
	(
		rm -rf ../straight && git clone -q . ../straight && cd ../straight || exit 1
		git wf run demo >/dev/null 2>&1 || fail "the straight run"
		exact > ../expected
	)
	exact | diff -u ../expected - >&2 || fail "the tree is not that of a straight run"
}

test_case 'what was rolled back runs again, whatever it declares' '
	steps step
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback --to one
	expect_no_file link
	expect_ok git wf resume
	expect_out_contains "1 cached"
	expect_out_lacks "2 cached"
	expect_whole
'

test_case 'the whole run rolled back is the whole run again' '
	steps run
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback
	expect_ok git wf resume
	expect_out_lacks "cached"
	expect_whole
'

test_case 'resume --rollback-to' '
	steps step
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf resume --rollback-to one
	expect_whole
'

test_case 'a run rolled back by itself' '
	steps run
	sed -i "s/four >> text\"}/four >> text\", on_failure: rollback}/" .workflows/demo.yml
	commit_all
	expect_exit 1 git wf run demo
	expect_file text zero
	: > ../fixed
	expect_ok git wf resume
	expect_whole
'

test_case 'what was undone is there, and does not run again; undone and redone it does' '
	steps step
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback --to one
	expect_ok git wf undo
	expect_ok git wf resume --dry-run
	expect_says "3 cached"
	expect_ok git wf undo
	expect_ok git wf resume
	expect_whole
'

test_case 'a remembered result comes back from the store, if all that was put back is declared' '
	workflow demo <<-\EOT
	rollback: {strategy: step}
	steps:
	  - {id: one, run: "cp in a; echo one >> ../ran", inputs: [in], outputs: [a]}
	  - {id: two, run: "cp a b; echo two >> ../ran", inputs: [a], outputs: [b]}
	  - {id: three, needs: [two], run: "test -e ../fixed; cp b c"}
	EOT
	echo x > in
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback --to one
	expect_no_file b
	expect_ok git wf resume
	expect_file b x
	expect_file c x
	expect_equal "$(tr "\n" " " < ../ran)" "one two "
'

test_case 'a step that remembers its result and wrote what it does not declare runs again' '
	steps step "inputs: [plain]"
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback --to one
	expect_ok git wf resume
	expect_whole
'

test_case 'one that is not idempotent waits for a word' '
	steps step
	sed -i "s/link\"}/link\", idempotent: false}/" .workflows/demo.yml
	commit_all
	expect_exit 1 git wf run demo
	: > ../fixed
	expect_ok git wf rollback --to two
	expect_exit 1 git wf resume
	expect_says "not idempotent"
	expect_ok git wf resume --retry three
	expect_whole
'

test_case 'a second rollback, a second resume' '
	steps step
	expect_exit 1 git wf run demo
	expect_ok git wf rollback --to two
	expect_exit 1 git wf resume
	: > ../fixed
	expect_ok git wf rollback --to one
	expect_ok git wf resume
	expect_whole
'

test_done
