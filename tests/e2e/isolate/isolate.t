#!/bin/sh
# run --isolate: on a copy of the files, in a worktree of its own.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# No worktree but the user's, and nothing of ours below the git directory.
expect_no_tree() {
	[ "$(git worktree list | wc -l)" = 1 ] || fail "a worktree is left: $(git worktree list)"
	[ ! -e .git/wf/trees ] || [ -z "$(ls .git/wf/trees)" ] || fail "left: $(ls .git/wf/trees)"
}

test_case 'steps see the files as they are now, and what they do to them stays there' '
	mkdir -p src gen; echo one > src/a; echo gone > src/gone; printf "/gen/\n/ignored\n" > .gitignore
	workflow demo <<-\EOT
	params: {who: {default: x}}
	steps:
	  - id: a
	    run: |
	      echo "$(cat src/a) $(cat src/new) ${params.who}" >> "$OUT"
	      [ ! -e src/gone ] && [ ! -e ignored ] && [ -x src/new ]
	      [ "$(git status --porcelain | tr "\n" ";")" = " M src/a; D src/gone;?? src/new;" ]
	      pwd >> "$OUT"
	      echo evil > src/a; echo evil > evil; git add -A; git -c core.hooksPath=/dev/null commit -qm evil
	  - {id: b, needs: [a], inputs: [src/a], outputs: [gen/b], run: "cp src/a gen/b"}
	EOT
	commit_all
	echo two > src/a; rm src/gone; echo new > src/new; chmod +x src/new; echo no > ignored
	head=$(git rev-parse HEAD) index=$(md5sum < .git/index)
	repeat_runs "not cached"
	OUT=$CASE/ran; export OUT
	expect_ok git wf run demo --who "you; touch evil" --isolate
	[ "$(sed -n 1p "$OUT")" = "two new you; touch evil" ] || fail "$(cat "$OUT")"
	case "$(sed -n 2p "$OUT")" in "$REPO"/.git/wf/trees/*) ;; *) fail "$(cat "$OUT")" ;; esac
	expect_file src/a two
	expect_no_file evil
	expect_no_file gen/b
	[ "$head" = "$(git rev-parse HEAD)" ] && [ "$index" = "$(md5sum < .git/index)" ] || fail "HEAD or the index moved"
	expect_no_tree
	expect_ok git wf log latest a
	expect_ok git wf status
	git reflog expire --expire=now --all; git gc -q --prune=now
'

test_case 'an edit of the same size, in the moment of the commit, comes along' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "cat src >> \"$OUT\""}]
	EOT
	echo one > src; touch -d "2026-01-01 12:00:00" src
	commit_all
	git config core.trustctime false
	echo two > src; touch -d "2026-01-01 12:00:00" src .git/index
	[ -n "$(GIT_OPTIONAL_LOCKS=0 git status --porcelain)" ] || fail "git does not see it either"
	touch -d "2026-01-01 12:00:00" .git/index
	OUT=$CASE/ran; export OUT
	repeat_runs "not cached"
	expect_ok git wf run demo --isolate
	expect_equal "$(head -n 1 "$OUT")" two
'

test_case 'an index that is a link: what is staged by --isolate is not staged for the user' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "cat src > \"$OUT\""}]
	EOT
	echo one > src
	commit_all
	mv .git/index ../index; ln -s ../../index .git/index
	echo two > src
	sha256sum ../index > "$CASE/sum"
	OUT=$CASE/ran; export OUT
	repeat_runs "not cached"
	expect_ok git wf run demo --isolate
	expect_equal "$(cat "$OUT")" two
	expect_ok sha256sum -c "$CASE/sum"
	expect_equal "$(readlink .git/index)" ../../index
	expect_equal "$(git diff --cached --name-only)" ""
'

test_case 'the cache is shared, both ways' '
	echo one > a; echo out > .gitignore
	workflow demo <<-\EOT
	steps: [{id: a, inputs: [a], outputs: [out], run: "echo ran >> $RAN; cp a out"}]
	EOT
	commit_all
	RAN=$CASE/ran; export RAN
	expect_ok git wf run demo --isolate
	expect_ran ran
	expect_no_file out
	expect_ok git wf run demo
	expect_ran
	expect_file out one
	echo two > a
	expect_ok git wf run demo
	expect_ran ran
	rm out
	expect_ok git wf run demo --isolate
	expect_ran
	expect_no_file out
	expect_no_tree
'

test_case 'a failure is 1, its log is kept; from a folder below it is the same' '
	mkdir -p sub; echo x > sub/x
	workflow demo <<-\EOT
	steps: [{id: a, run: "echo why; exit 7"}]
	EOT
	commit_all
	cd sub
	expect_exit 1 git wf run ../.workflows/demo.yml --isolate
	cd ..
	expect_out_contains "exit 7"
	expect_ok git wf log latest a
	expect_out_contains why
	expect_exit 129 git wf run demo --isolate --resume
	expect_no_tree
'

test_case 'a resume goes on in a new worktree: what is cached is there, what was only done runs again' '
	echo one > a; printf "out\nmade\n" > .gitignore
	workflow demo <<-\EOT
	steps:
	  - {id: kept, inputs: [a], outputs: [out], run: "echo kept >> $RAN; cp a out"}
	  - {id: done, run: "echo done >> $RAN; touch made"}
	  - {id: asked, needs: [done], approve: "Go on?"}
	  - {id: last, needs: [kept, asked], run: "echo last >> $RAN; cat out made; test -e $GO"}
	EOT
	commit_all
	RAN=$CASE/ran GO=$CASE/go; export RAN GO
	expect_exit 3 git wf run demo --isolate -j 1
	expect_ran kept done
	expect_ok git wf approve
	expect_exit 1 git wf resume -j 1
	expect_ran done last
	expect_out_contains "git wf resume"
	expect_no_tree
	: > "$GO"
	expect_ok git wf run demo --resume -j 1
	expect_ran done last
	expect_no_file out
	expect_no_file made
	expect_no_tree
	expect_exit 129 git wf resume --rollback-to 1
'

test_case 'no commit yet: said, and nothing is left' '
	rm -rf .git; git init -q .
	workflow demo <<-\EOT
	steps: [{id: a, run: "true"}]
	EOT
	expect_exit 129 git wf run demo --isolate
	expect_err_contains "no commit yet"
	expect_broken_repository
'

test_case 'TERM ends the run and removes the worktree' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "echo > $STARTED; sleep 63"}]
	EOT
	commit_all
	STARTED=$CASE/started; export STARTED
	git-wf run demo --isolate > "$CASE/out" 2>&1 &
	pid=$!
	while [ ! -e "$STARTED" ]; do sleep 0.05; done
	kill -TERM $pid
	status=0; wait $pid || status=$?
	expect_equal $status 143
	expect_no_tree
	git wf status > "$CASE/out" || :
'

test_case 'kill -9 leaves a worktree that the next run removes' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "echo > $STARTED; sleep 64"}]
	EOT
	workflow other <<-\EOT
	steps: [{id: a, run: echo other}]
	EOT
	commit_all
	STARTED=$CASE/started; export STARTED
	git-wf run demo --isolate > "$CASE/out" 2>&1 &
	pid=$!
	while [ ! -e "$STARTED" ]; do sleep 0.05; done
	child=$(cat /proc/$pid/task/$pid/children | tr -d " ")
	kill_engine $pid; wait $pid || :
	git wf run other > /dev/null
	[ -n "$(ls .git/wf/trees)" ] || fail "it was removed under a run that goes on"
	kill -9 "$child"
	while [ -e "/proc/$child" ]; do sleep 0.05; done
	repeat_runs "not cached"
	expect_ok git wf run other
	expect_no_tree
'

# What the disk has after a power cut may be any part of it; a worktree of the user may be called nearly so.
test_case 'what is left of a worktree without its lock goes too' '
	workflow demo <<-\EOT
	steps: [{id: a, run: echo a}]
	EOT
	commit_all
	git worktree add -q --detach "$CASE/wf-tree-mine"
	mkdir -p .git/worktrees/wf-tree-12-0123abcd .git/wf/trees/wf-tree-13-0123abcd/src
	: > .git/worktrees/wf-tree-12-0123abcd/index.lock
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_no_file .git/worktrees/wf-tree-12-0123abcd
	expect_no_file .git/wf/trees/wf-tree-13-0123abcd
	[ -e .git/worktrees/wf-tree-mine/HEAD ] && [ -e "$CASE/wf-tree-mine/.git" ] || fail "it was the user'\''s"
'

test_case 'the copy puts nothing among the objects of the repository' '
	workflow demo <<-\EOT
	steps: [{id: a, run: "cat tracked new; git status --porcelain"}]
	EOT
	echo one > tracked
	commit_all
	echo two > tracked; echo new > new
	find .git/objects -type f | sort > "$CASE/before"
	expect_ok git wf run demo --isolate
	find .git/objects -type f | sort | diff "$CASE/before" - || fail "objects were written"
	expect_ok git wf log latest a
	printf "two\nnew\n M tracked\n?? new\n" | expect_out_is
'

# A path that git would take for two.
test_case 'where objects have to go into the repository they are synced' '
	cd .. && mv repo "with:colon" && cd "with:colon"
	workflow demo <<-\EOT
	steps: [{id: a, run: "cat tracked new"}]
	EOT
	echo one > tracked
	commit_all
	echo two > tracked; echo new > new
	record_git
	expect_ok git-wf run demo --isolate
	grep " add -A" "$CASE/git-ran" | grep "core.fsync=committed,loose-object" | grep -vq "core.fsync=none" ||
		fail "not synced: $(grep " add -A" "$CASE/git-ran")"
	expect_ok git wf log latest a
	printf "two\nnew\n" | expect_out_is
	cd .. && mv "with:colon" repo
'

test_done
