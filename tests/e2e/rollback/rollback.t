#!/bin/sh
# git wf rollback and undo: what goes back, what is left, and the way there and back again.
. "${0%/*}/../lib.sh"

three_steps() { # [KEYS]
	keys="rollback: {}"
	[ $# -eq 0 ] || keys=$1
	workflow demo <<-EOT
	$keys
	steps:
	  - {id: one, run: echo one >> text, outputs: [text]}
	  - {id: two, needs: [one], run: "echo two >> text; echo new > new; git add new; chmod +x plain"}
	  - {id: three, needs: [two], run: "rm gone; ln -sf text link; mkdir -p deep/er; echo x > deep/er/file; test ! -e ../broken"}
	EOT
	echo zero > text
	echo bye > gone
	echo plain > plain
	commit_all
	echo staged >> gone; git add gone; echo unstaged >> gone
	echo mine > untracked
	expect_tree_changes
	repeat_runs "not cached"
}

# Every byte, mode and link of the tree, and the index: what a rollback has to bring back.
exact() {
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -printf "%p %y %m %l\n" | sort
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
	git ls-files -s -v
	git rev-parse HEAD
	git for-each-ref refs/heads
}
remember() { exact > "../$1"; }
expect_as() { exact | diff -u "../$1" - >&2 || fail "it is not as it was: $1"; }
run_dir() { echo cortex-brain/workflows/demo-*; }

test_case 'the whole run goes back, byte for byte, with modes, links and the index; undo brings it back, and undo again' '
	three_steps
	remember before
	expect_ok git wf run demo
	remember after
	expect_ok git wf rollback
	expect_as before
	expect_out_contains "6 paths put back"
	expect_err_contains "git restore --source=refs/wf/"
	expect_ok git wf undo
	expect_as after
	expect_ok git wf undo
	expect_as before
	expect_ok git wf undo
	expect_as after
	expect_ok git wf rollback demo
	expect_as before
	expect_exit 129 git wf rollback demo
	expect_err_contains "rolled back already"
'

# The filter sees the tree when all is put back, and the folder of it is not yet removed.
test_case 'the folder of a rollback that was killed at its very end is not taken for one of the next' '
	three_steps
	git config filter.keep.clean "mkdir -p ../kept; cp -r cortex-brain/workflows/*/rollback ../kept 2>/dev/null; cat"
	echo "text filter=keep" > .git/info/attributes
	remember before
	expect_ok git wf run demo
	remember after
	expect_ok git wf rollback
	test -e ../kept/rollback/0 || fail "the filter saw no folder"
	cp -r ../kept/rollback "$(run_dir)"
	rm -r ../kept
	expect_ok git wf undo
	expect_as after
	cp -r ../kept/rollback "$(run_dir)"
	expect_ok git wf undo
	expect_as before
'

test_case 'what no step declares is put back too, and listed; --declared-only leaves it' '
	three_steps
	remember before
	expect_ok git wf run demo
	expect_ok git wf rollback
	expect_out_contains "not declared"
	expect_out_contains "  deep/er/file"
	expect_out_lacks "  text"
	expect_as before
	expect_ok git wf undo
	git ls-files -s -v > ../index
	expect_ok git wf rollback --declared-only
	git ls-files -s -v | diff -u ../index - >&2 || fail "the index was touched"
	expect_file text zero
	expect_file deep/er/file x
'

test_case 'what somebody changed since is left, and listed; exit 5' '
	three_steps
	expect_ok git wf run demo
	echo edit >> text
	echo other > mine
	expect_exit 5 git wf rollback
	expect_out_contains "left as you have it"
	expect_out_contains "  text: "
	expect_file text "zero
one
two
edit"
	expect_file mine other
	expect_no_file new
	expect_ok git wf undo
	expect_file new new
'

test_case '--to a step: as it was right after it' '
	three_steps "rollback: {strategy: step}"
	expect_ok git wf run demo
	expect_ok git wf rollback --to two
	expect_file gone "bye
staged
unstaged"
	expect_file new new
	expect_no_file deep
	expect_ok git wf rollback --to one
	expect_no_file new
	expect_file text "zero
one"
	expect_exit 129 git wf rollback --to two
	expect_err_contains "no snapshot for '\''two'\''"
	expect_ok git wf undo
	expect_ok git wf rollback --to after:one
	expect_ok git wf rollback
	expect_file text zero
'

test_case '--to a checkpoint' '
	three_steps "rollback: {checkpoints: [{before: three}]}"
	expect_ok git wf run demo
	expect_ok git wf rollback --to before:three
	expect_file new new
	expect_no_file deep
	expect_ok git wf rollback --to 1
	expect_no_file new
'

test_case 'what lies between a failure and a resume is not touched' '
	three_steps
	: > ../broken
	expect_exit 1 git wf run demo
	rm ../broken
	echo between >> plain; echo mine > between
	git checkout -q -- gone
	expect_ok git wf resume
	expect_exit 5 git wf rollback
	expect_out_contains "  plain: "
	expect_file plain "plain
between"
	expect_file between mine
	expect_file text zero
'

test_case 'after an engine that was killed in a step' '
	workflow demo <<-\EOT
	rollback: {}
	steps: [{id: a, run: "echo half > half; kill -9 $PPID; sleep 60"}]
	EOT
	commit_all
	expect_tree_changes
	git-wf run demo || :
	expect_file half half
	expect_ok git wf rollback
	expect_no_file half
	expect_ok git wf undo
	expect_file half half
'

test_case 'commits and branches of the run go back, if nobody moved them since, and stay under refs/wf' '
	workflow demo <<-\EOT
	rollback: {}
	steps: [{id: a, run: "echo x > x; git add x; git commit -qm made; git branch more"}]
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "a second commit is empty"
	remember before
	expect_ok git wf run demo
	made=$(git rev-parse HEAD)
	expect_ok git wf rollback
	expect_as before
	expect_equal "$(git for-each-ref --format="%(objectname) %(refname)" refs/wf | sed -n "s,^$made .*/kept/,,p" | tr "\n" " ")" "main more "
	expect_ok git wf undo
	expect_equal "$(git rev-parse HEAD)" "$made"
	git commit -q --allow-empty -m mine
	expect_exit 5 git wf rollback
	expect_out_contains "refs/heads/main: it was moved since"
'

test_case 'with the folder of the run gone, undo still works' '
	three_steps
	expect_ok git wf run demo
	remember after
	expect_ok git wf rollback
	git clean -fdxq -- cortex-brain
	expect_no_file cortex-brain
	expect_ok git wf undo
	expect_as after
	expect_ok git wf status
'

test_case 'refused while a run is at work' '
	workflow demo <<-\EOT
	rollback: {}
	steps: [{id: a, run: ": > ../begun; while [ ! -e ../end ]; do sleep 0.05; done"}]
	EOT
	git-wf run demo > ../out 2>&1 &
	wait_for 10 test -e ../begun
	expect_exit 4 git wf rollback demo
	: > ../end
	wait
	repeat_runs "not cached"
'

test_case 'one that was killed anywhere is finished by whatever comes next' '
	three_steps
	remember before
	expect_ok git wf run demo
	for n in 5 40 80 120 160 200 240; do
		(ulimit -t 60; timeout -s KILL "0.0$n" git-wf rollback demo >/dev/null 2>&1) || :
		git wf rollback demo >/dev/null 2>&1 || :
		expect_as before
		git wf undo >/dev/null
	done
	git wf rollback demo >/dev/null
	expect_as before
	expect_no_file .git/wf/rollback.json
	expect_no_file "$(run_dir)/rollback"
'

test_case 'a run first finishes one that was cut off' '
	three_steps
	remember before
	expect_ok git wf run demo
	expect_ok git wf rollback
	note=$(sed "s/\"what\":\"undo\"/\"what\":\"rollback\"/" .git/wf/undo.json)
	git for-each-ref --format="%(objectname) %(refname)" refs/wf > ../refs
	pre=$(sed -n "s,\(.*\) refs/wf/.*/3/raw,\1,p" ../refs)
	tree=$(sed -n "s,\(.*\) refs/wf/.*/3/tree,\1,p" ../refs)
	echo "$note" | sed "s/\"pre\":0,\"pre_raw\":null,\"pre_tree\":null/\"pre\":3,\"pre_raw\":\"$pre\",\"pre_tree\":\"$tree\"/" > .git/wf/rollback.json
	sed -i "s/run: echo one.*/run: exit 7}/" .workflows/demo.yml
	expect_exit 1 git wf run demo
	expect_err_contains "finished the rollback that was cut off"
	expect_no_file .git/wf/rollback.json
	expect_file new new
'

test_case 'beside a foreign index.lock: the tree goes back, the index and the lock stay' '
	three_steps
	expect_ok git wf run demo
	: > .git/index.lock
	cp .git/index ../index
	expect_exit 5 git wf rollback
	expect_out_contains "another git holds index.lock"
	expect_file .git/index.lock
	cmp .git/index ../index
	expect_file text zero
	rm .git/index.lock
	expect_ok git wf undo
	expect_file new new
'

test_case 'nothing to roll back, nothing to undo, no such run' '
	expect_exit 129 git wf rollback
	expect_err_contains "no run to roll back"
	expect_exit 129 git wf undo
	expect_err_contains "nothing was rolled back"
	three_steps "rollback: {strategy: none}"
	expect_ok git wf run demo
	expect_exit 129 git wf rollback demo
	expect_err_contains "took no snapshots"
'

test_case 'it is in the journal and in the status' '
	three_steps
	expect_ok git wf run demo
	expect_ok git wf rollback
	expect_file_contains "$(run_dir)/journal.ndjson" "\"type\":\"rollback.start\",\"word\":\"rollback\""
	expect_file_contains "$(run_dir)/journal.ndjson" "\"type\":\"rollback.end\",\"word\":\"rollback\""
	expect_ok git wf status demo
	expect_out_contains "rolled back"
	expect_ok git wf undo
	expect_ok git wf status demo --json
	expect_out_contains "\"what\": \"undo\""
'

test_done
