#!/bin/sh
# Hooks in every kind of repository and at every kind of commit.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

test_case 'a merge: what it brings and what is resolved is fixed' '
	formatter
	printf "1\n2\n3\n" > f && commit_all base
	git checkout -q -b side
	printf "bad side\n2\n3\n" > f && git commit -qam side --no-verify
	git checkout -q main
	printf "1\n2\nmain\n" > f && git commit -qam main --no-verify
	expect_exit 0 git merge -q --no-commit side
	expect_ok git commit -qm merged
	expect_equal "$(git rev-list --parents -1 HEAD | wc -w)" 3
	expect_state <<-\EOT
	f head=goodside\n2\nmain\n index=goodside\n2\nmain\n tree=goodside\n2\nmain\n
	EOT
	expect_no_locks
'

test_case 'a conflict that is resolved' '
	formatter
	printf "1\n" > f && commit_all base
	git checkout -q -b side
	printf "side\n" > f && git commit -qam side --no-verify
	git checkout -q main
	printf "main\n" > f && git commit -qam main --no-verify
	expect_exit 1 git merge -q side
	printf "bad\n" > f && git add f
	expect_ok git commit -qm merged
	expect_state <<-\EOT
	f head=good\n index=good\n tree=good\n
	EOT
'

test_case 'cherry-pick and rebase with an edit on the way' '
	formatter
	printf "1\n" > f && commit_all base
	git checkout -q -b side
	printf "side\n" > g && git add g && git commit -qm side --no-verify
	printf "side 2\n" > h && git add h && git commit -qm "side 2" --no-verify
	git checkout -q main
	printf "2\n" > f && git commit -qam main --no-verify
	expect_ok git cherry-pick side~1
	git checkout -q side
	expect_ok env GIT_SEQUENCE_EDITOR="sed -i 1s/pick/edit/" git rebase -q -i main~1
	printf "bad\n" > g && git add g
	expect_ok git commit -q --amend --no-edit
	expect_ok git rebase --continue
	expect_state <<-\EOT
	f head=2\n index=2\n tree=2\n
	g head=good\n index=good\n tree=good\n
	h head=side2\n index=side2\n tree=side2\n
	EOT
	expect_equal "$(git status --porcelain)" ""
'

test_case 'in a linked worktree, from a folder below' '
	formatter
	git worktree add -q ../linked
	cd ../linked
	mkdir sub && cd sub
	printf "bad\n2\n3\n" > f
	git add f
	printf "bad\n2\n3\nmine\n" > f
	expect_ok git commit -qm one
	cd ..
	expect_state <<-\EOT
	sub/f head=good\n2\n3\n index=good\n2\n3\n tree=good\n2\n3\nmine\n
	EOT
	cd "$REPO"
	expect_equal "$(git status --porcelain)" ""
	git worktree remove --force ../linked
'

test_case 'two worktrees at once, and two hooks of one worktree at once' '
	workflow slow <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ \${git.staged}; touch $CASE/at-\$\$; test \$(ls $CASE | grep -c at-) -gt 1 || sleep 0.4"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	git worktree add -q ../linked
	printf "bad here\n" > f && git add f
	(cd ../linked && printf "bad there\n" > f && git add f && git commit -qm there) > "$CASE/there" 2>&1 &
	git commit -qm here
	wait $! || fail "$(cat "$CASE/there")"
	expect_state <<-\EOT
	f head=goodhere\n index=goodhere\n tree=goodhere\n
	EOT
	(cd ../linked && expect_state <<-\EOT
	f head=goodthere\n index=goodthere\n tree=goodthere\n
	EOT
	expect_no_locks)
	printf "bad again\n" > f && git add f
	git-wf hooks run pre-commit > "$CASE/there" 2>&1 &
	git commit -qm again || :
	wait $! || :
	git commit -qm "again, at last" || :
	expect_state <<-\EOT
	f head=goodagain\n index=goodagain\n tree=goodagain\n
	EOT
	expect_no_locks
	git worktree remove --force ../linked
'

test_case 'a submodule: what stands in it is not touched, and a moved one is committed as staged' '
	git init -q ../lib && (cd ../lib && echo one > l && git add l && git commit -qm one)
	git -c protocol.file.allow=always submodule --quiet add "$CASE/lib" lib 2>/dev/null
	formatter
	commit_all
	(cd lib && echo two > l && git commit -qam two)
	printf "bad\n" > f
	git add f lib
	echo edited >> lib/l
	expect_ok git commit -qm one
	modules="[submodule\"lib\"]\\n\\tpath=lib\\n\\turl=$CASE/lib\\n"
	expect_state <<-EOT
	.gitmodules head=$modules index=$modules tree=$modules
	f head=good\n index=good\n tree=good\n
	lib head=160000 index=160000 tree=dir
	EOT
	expect_equal "$(git rev-parse HEAD:lib)" "$(git -C lib rev-parse HEAD)"
	expect_equal "$(git rev-parse :lib)" "$(git -C lib rev-parse HEAD)"
	(cd lib && expect_state <<-\EOT
	l head=two\n index=two\n tree=two\nedited\n
	EOT
	expect_no_locks)
'

test_case 'a sparse checkout stays sparse' '
	formatter
	mkdir in out && echo in > in/f && echo out > out/f && commit_all
	git sparse-checkout set in 2>/dev/null
	expect_no_file out/f
	printf "bad\n2\n" > in/f && git add in/f
	printf "mine\n" >> in/f
	expect_ok git commit -qm one
	expect_state <<-\EOT
	in/f head=good\n2\n index=good\n2\n tree=good\n2\nmine\n
	out/f head=out\n index=out\n tree=-
	EOT
	expect_equal "$(git ls-files -t | tr "\n" ,)" "S .workflows/format.yml,H in/f,S out/f,"
	expect_equal "$(git status --porcelain)" " M in/f"
	expect_no_locks
'

test_case 'Ctrl-C while the hook runs: nothing is committed, nothing has changed' '
	workflow slow <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "sed -i s/bad/good/ \${git.staged}; touch $CASE/begun; sleep 20"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	printf "bad\n2\n" > f && git add f && printf "mine\n" >> f
	setsid git commit -qm one > "$CASE/out" 2> "$CASE/err" &
	commit=$!
	wait_for 10 test -e "$CASE/begun"
	kill -INT -$commit
	! wait $commit || fail "it was committed"
	expect_state <<-\EOT
	f head=- index=bad\n2\n tree=bad\n2\nmine\n
	EOT
	expect_no_locks
	sed -i "s/; sleep 20//" .workflows/slow.yml && git commit -qm faster --no-verify .workflows/slow.yml
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good\n2\n index=good\n2\n tree=good\n2\nmine\n
	EOT
'

test_case 'poisoned GIT_ variables reach neither steps nor what we do' '
	workflow format <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: up, run: "env > $CASE/env; sed -i s/bad/good/ \${git.staged}; git rev-parse --show-toplevel > $CASE/top"}
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	printf "bad\n2\n" > f && git add f && echo mine >> f
	git init -q ../evil
	expect_ok env GIT_LITERAL_PATHSPECS=1 GIT_ICASE_PATHSPECS=0 GIT_EXTERNAL_DIFF=/bin/false \
		GIT_DIFF_OPTS=--unified=0 GIT_TRACE2_DST_DEBUG=1 GIT_OBJECT_DIRECTORY_X="$CASE/evil" \
		GIT_CEILING_DIRECTORIES=/ GIT_PAGER=/bin/false GIT_EDITOR=/bin/false git commit -qm one
	expect_equal "$(git show HEAD:f)" "good
2"
	expect_equal "$(cat f)" "good
2
mine"
	! grep -E "^GIT_(INDEX_FILE|DIR|WORK_TREE|PREFIX|COMMON_DIR)=" "$CASE/env" || fail "a repository variable in the environment of a step"
	! grep -q "$CASE/evil" "$CASE/top"
'

test_case 'a step that runs git in another repository, or here, moves nothing of the user' '
	git init -q ../other
	workflow odd <<-EOT
	on: {pre-commit: {}}
	steps:
	  - id: up
	    run: |
	      sed -i s/bad/good/ \${git.staged}
	      cd $CASE/other && echo x > x && git add x && git commit -qm other
	EOT
	workflow here <<-\EOT
	on: {pre-commit: {priority: 1}}
	steps:
	  - id: git
	    run: |
	      : ${git.staged}
	      git add -A && git commit -qm "in the copy" --no-verify && git stash list && git checkout -q -b branch-of-the-copy
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	printf "bad\n" > f && git add f
	expect_ok git commit -qm one
	expect_equal "$(git -C ../other log --format=%s)" other
	expect_equal "$(git log -1 --format=%s)" one
	expect_equal "$(git symbolic-ref HEAD)" refs/heads/main
	expect_state <<-\EOT
	f head=good\n index=good\n tree=good\n
	EOT
	expect_equal "$(git status --porcelain)" ""
'

test_case 'the definition is that of the commit, not that of the worktree' '
	formatter
	printf "bad\n" > f && git add f
	sed -i "s/good/worse/" .workflows/format.yml
	expect_ok git commit -qm one
	expect_equal "$(git show HEAD:f)$(cat f)" goodgood
	git add .workflows && printf "bad\n" > f && git add f
	expect_ok git commit -qm two
	expect_equal "$(git show HEAD:f)$(cat f)" worseworse
'

test_case 'a file beside the definitions that nobody added keeps no check from running' '
	workflow check <<-EOT
	on: {pre-commit: {}}
	steps:
	  - id: look
	    foreach: {file: {lines: git.staged}}
	    per_file: true
	    run: [grep, -q, good, "\${each.file}"]
	EOT
	git add . && git commit -qm workflows
	hook pre-commit
	echo "a note" > .workflows/notes.txt
	echo good > f && git add f
	expect_ok git commit -qm one
	echo bad > f && git add f
	expect_exit 1 git commit -qm two
'

test_case 'runs are kept under the worktree of the user, and status knows of them' '
	formatter
	printf "bad\n" > f && git add f && echo mine >> f
	expect_ok git commit -qm one
	expect_ok git wf status format
	expect_says passed
	[ -d cortex-brain/workflows ] || fail "no runs"
	expect_equal "$(find .git/wf/places -name cortex-brain | wc -l)" 0
'

test_case 'a push tests the commits that are pushed, not the worktree' '
	git init -q --bare ../far.git
	git remote add far ../far.git
	workflow check <<-\EOT
	on: {pre-push: {}}
	steps:
	  - {id: look, run: "! grep -r bad f"}
	EOT
	printf "ok\n" > f && commit_all
	hook pre-push
	printf "bad\n" > f
	expect_ok git push -q far main
	git commit -qam bad
	printf "ok\n" > f
	expect_exit 1 git push -q far main
	expect_equal "$(git -C ../far.git log -1 --format=%s main)" more
	expect_ok git push -q far HEAD~1:refs/heads/other
	expect_ok git push -q far :other
'

test_case 'what a commit has tested is not tested again by the push' '
	git init -q --bare ../far.git
	git remote add far ../far.git
	workflow check <<-EOT
	on: {pre-commit: {files: "*.txt"}, pre-push: {files: "*.txt"}}
	steps:
	  - id: look
	    run: "echo ran >> $CASE/ran; grep -q ok a.txt"
	    inputs: ["*.txt"]
	EOT
	git add . && git commit -qm workflows
	hook pre-commit pre-push
	printf "ok\n" > a.txt && git add a.txt && printf "ok, edited\n" > a.txt
	expect_ok git commit -qm one
	expect_lines 1 "$CASE/ran"
	expect_ok git push -q far main
	expect_lines 1 "$CASE/ran"
	git stash -q
	expect_ok git wf run check
	expect_lines 1 "$CASE/ran"
	git stash drop -q
'

test_case 'a file whose content has passed is not checked again: another commit, branch, worktree, hook' '
	git init -q --bare ../far.git
	git remote add far ../far.git
	workflow check <<-EOT
	on: {pre-commit: {}, pre-push: {}}
	steps:
	  - id: look
	    foreach: {file: {lines: "len(git.staged) > 0 ? git.staged : git.pushed"}}
	    per_file: true
	    run: "echo \${each.file} >> $CASE/ran; ! grep -q ^bad \${each.file}"
	EOT
	git add . && git commit -qm workflows
	hook pre-commit pre-push
	for n in 1 2 3; do echo "ok $n" > $n; done
	git add .
	expect_ok git commit -qm one
	expect_lines 3 "$CASE/ran"
	git reset -q --soft HEAD~1
	echo "ok, changed" > 2 && git add 2
	expect_ok git commit -qm two
	expect_lines 4 "$CASE/ran"
	expect_equal "$(tail -1 "$CASE/ran")" 2
	git worktree add -q ../linked HEAD~1
	(cd ../linked && for n in 1 3; do echo "ok $n" > $n; done && git add . && git commit -qm linked)
	expect_lines 4 "$CASE/ran"
	git worktree remove --force ../linked
	expect_ok git push -q far main
	expect_lines 5 "$CASE/ran"
	expect_equal "$(tail -1 "$CASE/ran")" .workflows/check.yml
'

test_case 'the repository is on another file system than its files: it is fixed all the same' '
	for elsewhere in /dev/shm /tmp; do
		[ "$(stat -c %d "$elsewhere" 2>/dev/null || stat -c %d .)" = "$(stat -c %d .)" ] || break
		elsewhere=
	done
	[ -n "$elsewhere" ] || skip_case "there is one file system only"
	formatter
	printf "ok\n" > f && commit_all base
	far=$(mktemp -d "$elsewhere/wf-far.XXXXXX")
	mv .git "$far/git" && echo "gitdir: $far/git" > .git && git-wf trust hooks >/dev/null 2>&1
	printf "bad\n" > f && git add f
	git commit -qm one >"$CASE/out" 2>"$CASE/err" && passed=1 || passed=0
	cp "$CASE/err" ../said
	left=$(find "$far/git" -name "*.wf*" -o -name index.lock)
	rm .git && mv "$far/git" .git && rmdir "$far"
	expect_equal "$passed" 1
	expect_equal "$left" ""
	expect_equal "$(git show HEAD:f)" good
	expect_file f good
	git diff --cached --quiet && git diff --quiet
'

test_done
