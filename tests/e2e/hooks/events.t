#!/bin/sh
# What each hook tells its workflows, and which of them it starts.
. "${0%/*}/../lib.sh"

begin='
	export XDG_STATE_HOME="$CASE/state" RAN="$CASE/ran"
	: >"$RAN"
	expect_tree_changes
'
told() { expect_equal "$(cat "$RAN")" "$1"; : >"$RAN"; }

test_case 'the files of a commit: WF_FILES, git.staged, event.files, changed()' "$begin"'
	workflow check <<-\EOT
	on: {pre-commit: {files: ["**/*.txt", "!gen/**"]}}
	steps:
	  - id: a
	    needs: [b, c]
	    run: |
	      { tr "\0" "," <"${WF_FILES:-/dev/null}"; echo " ${WF_HOOK-}"; printf "[%s]" ${git.staged}; echo
	        echo ${event.kind} ${event.hook} ${len(event.files)} ${len(git.pushed)} "${git.range}"; } >>"$RAN"
	  - {id: b, if: "changed('"'gone.txt'"')", run: "echo gone >>$RAN"}
	  - {id: c, if: "changed('"'*.md'"')", run: "echo md >>$RAN"}
	EOT
	git wf hooks install
	mkdir d gen; echo 1 >gone.txt; echo 1 >a.md; git add -A; git commit -qnm one
	git rm -q gone.txt
	echo 1 >"d/a b.txt"; echo 1 >"-x.txt"; echo 1 >gen/g.txt; printf 1 >"d/\$(date)\"*.txt"; echo not staged >u.txt
	git add -- d gen ./-x.txt
	git commit -qm two
	told "gone
-x.txt,d/\$(date)\"*.txt,d/a b.txt, pre-commit
[./-x.txt][d/\$(date)\"*.txt][d/a b.txt]
hook pre-commit 3 0 "
	echo 2 >a.md; git add a.md
	git commit -qm three
	told ""
	git rm -q d/a\ b.txt; git commit -qm four
	told ""
	git wf run check >/dev/null
	expect_file_contains "$RAN" "manual"
'

test_case 'what a hook refused is for git to start anew: no resume leads on' "$begin"'
	workflow check <<-\EOT
	on: {pre-commit: {files: ["*.txt"]}}
	steps: [{id: a, run: "! grep -q bad ${git.staged} && echo ${git.staged} >>$RAN"}]
	EOT
	git wf hooks install
	git add -A; git commit -qm one
	echo bad >a.txt; echo b >b.md; git add -A
	expect_exit 1 git commit -qm two
	expect_err_contains "Nothing was rolled back (on_failure: abort)."
	expect_err_lacks "What next"
	expect_exit 129 git wf resume
	expect_err_contains "is of the hook pre-commit: git starts it anew"
	expect_ok git wf status check
	expect_out_lacks "git wf resume"
	expect_exit 129 git wf resume check
	expect_err_contains "is of the hook pre-commit: git starts it anew, and so does '"'git wf hooks run pre-commit'"'"
	expect_exit 0 git wf resume check --abort
	WF_SKIP=check git commit -qm two
	echo bad again >a.txt; git add a.txt
	sed -i "s/! grep -q/! grep/" .workflows/check.yml; git add -A
	expect_exit 1 git commit -qm three
	expect_err_contains "git wf log"
	expect_err_lacks "git wf resume"
	echo good >a.txt; git add a.txt
	expect_exit 0 git commit -qm two
	told "a.txt"
'

test_case 'a definition that was mended and not staged is still the old one, and that is said' "$begin"'
	workflow check <<-\EOT
	on: pre-commit
	steps: [{id: a, run: "false"}]
	EOT
	git wf hooks install
	git add -A
	expect_exit 1 git commit -qm one
	expect_err_lacks "where you work"
	sed -i "s/false/true/" .workflows/check.yml
	expect_exit 1 git commit -qm one
	expect_err_contains "'"'.workflows/check.yml'"' ran as it is in this commit, not as it is where you work"
	git add -A
	expect_exit 0 git commit -qm one
'

test_case 'what a hook that stops nothing began is resumed' "$begin"'
	workflow after <<-\EOT
	on: post-commit
	steps: [{id: a, run: "echo a >>$RAN; test -e ../ok"}]
	EOT
	git wf hooks install
	git add -A
	expect_exit 0 git commit -qm one
	expect_err_contains "git wf resume"
	touch ../ok
	expect_exit 0 git wf resume
	told "a
a"
'

test_case 'types' "$begin"'
	workflow py <<-\EOT
	on: {pre-commit: {types: [python, text]}}
	steps: [{id: a, run: "echo ${event.files} >>$RAN"}]
	EOT
	git wf hooks install
	echo x >a.py; printf "#!/usr/bin/env python3\nx" >tool; printf "#!/bin/sh\nx" >other; printf "a\0b" >bin.py; ln -s a.py link.py
	git add -A; rm tool a.py; echo "#!/bin/sh" >tool
	git commit -qm one
	told "a.py tool"
'

test_case 'branches and skip_in' "$begin"'
	workflow release <<-\EOT
	on: {pre-commit: {branches: ["release/*"], skip_in: [merge, rebase, cherry-pick]}}
	steps: [{id: a, run: "echo \"ran ${git.branch}\" >>$RAN"}]
	EOT
	git add -A; git commit -qm one
	git wf hooks install
	git commit -qm two --allow-empty
	told ""
	git checkout -qb release/1
	echo r >f; git add f; git commit -qm r
	told "ran release/1"
	git checkout -q main; echo m >f; git add f; git commit -qm m
	git checkout -q release/1
	git merge main >/dev/null 2>&1 || :
	echo both >f; git add f; git commit -qm merged
	told ""
	git checkout -q main; echo 3 >g; git add g; git commit -qm g; git checkout -q release/1
	echo other >g; git add g; git commit -qm og
	told "ran release/1"
	git cherry-pick main >/dev/null 2>&1 || :
	echo picked >g; git add g; git commit -qm picked
	told ""
	git checkout -q --detach; git commit -qm detached --allow-empty
	told ""
'

test_case 'messages: the file is absolute, and its content counts; from a linked worktree too' "$begin"'
	workflow msg <<-\EOT
	on: [commit-msg, prepare-commit-msg]
	steps:
	  - {id: a, run: "printf \"%s\\n\" ${event.hook} ${event.source} >>$RAN"}
	  - id: b
	    needs: [a]
	    inputs: []
	    if: event.hook == '"'commit-msg'"'
	    run: "echo looked >>$RAN; case $WF_MSG_FILE in /*) ;; *) exit 9 ;; esac; grep -q ^fix: \"$WF_MSG_FILE\" && grep -q bug \"${event.file}\""
	EOT
	git wf hooks install
	git add -A
	expect_exit 0 git commit -qm "fix: bug"
	told "prepare-commit-msg
message
commit-msg

looked"
	expect_exit 1 git commit -qm "nothing" --allow-empty
	expect_exit 0 git commit -qm "fix: bug" --allow-empty
	expect_exit 1 git commit -qm "nothing bug" --allow-empty
	git worktree add -q "$CASE/second"
	cd "$CASE/second"
	expect_exit 0 git commit -qm "fix: bug and y" --allow-empty
	expect_exit 1 git commit -qm "fix: y" --allow-empty
	cd "$REPO"; git worktree remove --force "$CASE/second"; git branch -qD second
'

test_case 'pre-push: every line, the pushed trees, no deletions' "$begin"'
	workflow push <<-\EOT
	on: {pre-push: {branches: [main, "topic*"]}}
	steps:
	  - id: a
	    run: |
	      echo "$(cat f) ${event.ref} $(echo ${git.pushed}) ${event.remote} $(git rev-parse HEAD) ${git.range}" >>"$RAN"
	EOT
	echo 1 >f; git add -A; git commit -qm one
	git init -q --bare "$CASE/there.git"; git remote add there "$CASE/there.git"
	git push -q there main
	git wf hooks install
	old=$(git rev-parse HEAD)
	git checkout -qb topic; echo 2 >f; git add f; git commit -qm two
	git branch topic-same; git branch private
	git checkout -q main; echo 3 >g; git add g; git commit -qm three
	echo dirty >f; echo untracked >u
	git push -q there main topic topic-same
	expect_equal "$(sort "$RAN")" "$(printf "%s\n" \
		"1 refs/heads/main g there $(git rev-parse main) $old..$(git rev-parse main)" \
		"2 refs/heads/topic f there $(git rev-parse topic) $old..$(git rev-parse topic)" | sort)"
	: >"$RAN"
	git push -q there :topic
	git push -q there private
	told ""
	git tag -a -m tag v1 topic; git push -q there v1
	told ""
	expect_file f dirty
	expect_file u untracked
	sed -i "s/echo /exit 3; echo /" .workflows/push.yml; git add .workflows; git commit -qm four; git branch -q topic5
	expect_exit 1 git push -q there topic5
	[ -z "$(git ls-remote there topic5)" ]
'

test_case 'the others are told what githooks(5) says' "$begin"'
	workflow all <<-\EOT
	on: [post-commit, pre-rebase, post-rewrite, post-checkout, post-merge, pre-merge-commit, reference-transaction]
	steps:
	  - {id: c, if: "event.hook == '"'post-commit'"'", run: "echo commit ${event.files} >>$RAN"}
	  - {id: o, if: "event.hook == '"'post-checkout'"' && event.is_branch", run: "echo checkout ${event.from == event.to} >>$RAN"}
	  - {id: m, if: "event.hook == '"'post-merge'"'", run: "echo merge ${event.squash} ${event.files} >>$RAN"}
	  - {id: p, if: "event.hook == '"'pre-merge-commit'"'", run: "echo merging ${git.staged} >>$RAN"}
	  - {id: r, if: "event.hook == '"'pre-rebase'"'", run: "echo rebase ${event.upstream} >>$RAN"}
	  - {id: w, if: "event.hook == '"'post-rewrite'"'", run: "echo ${event.by} ${len(event.rewritten)} ${event.rewritten[0].from != event.rewritten[0].to} >>$RAN"}
	  - {id: t, if: "event.hook == '"'reference-transaction'"' && event.state == '"'committed'"' && event.refs[0].ref == '"'refs/tags/t'"'", run: "echo tag ${event.refs[0].from} >>$RAN"}
	EOT
	git add -A; git commit -qm one
	git wf hooks install
	echo 1 >f; git add f; git commit -qm two
	told "commit f"
	git commit -q --amend -m two-b
	told "commit f
amend 1 true"
	git checkout -qb side HEAD^; echo 2 >g; git add g; git commit -qm side
	told "checkout false
commit g"
	git checkout -q main; git merge -q --no-ff -m merge side
	told "checkout false
merging g
merge false g"
	git checkout -q side; : >"$RAN"; git rebase -q main~1 2>/dev/null
	expect_file_contains "$RAN" "rebase main~1"
	: >"$RAN"; git tag t
	told "tag "
'

test_case 'priority: the lower goes first, and after a failure the higher are not started; required: false' "$begin"'
	for n in 1 2 3; do
		workflow "w$n" <<-EOT
		on: {pre-commit: {priority: $((4 - n))}}
		steps: [{id: a, run: "echo $n >>\$RAN; [ \"\${FAIL-}\" != $n ]"}]
		EOT
	done
	workflow same <<-\EOT
	on: {pre-commit: {priority: 2}}
	steps: [{id: a, run: "echo same >>$RAN"}]
	EOT
	workflow soft <<-\EOT
	on: {pre-commit: {priority: 9, required: false}}
	steps: [{id: a, run: "echo soft >>$RAN; exit 1"}]
	EOT
	git wf hooks install; git add -A
	expect_exit 0 git commit -qm one
	expect_err_contains "it is not required, so git goes on"
	told "3
same
2
1
soft"
	FAIL=2 expect_exit 1 git commit -qm two --allow-empty
	expect_err_contains "'"'w1'"' is not started: one that goes before it has failed"
	told "3
same
2"
'

test_case 'WF_SKIP leaves out steps and workflows; WF_IN_COMMIT all' "$begin"'
	workflow one <<-\EOT
	on: pre-commit
	steps:
	  - {id: a, run: "echo a >>$RAN"}
	  - {id: b, needs: [a], run: "echo b >>$RAN"}
	EOT
	workflow two <<-\EOT
	on: pre-commit
	steps: [{id: a, run: "echo two >>$RAN"}]
	EOT
	git wf hooks install; git add -A
	WF_SKIP=one.a,none expect_exit 0 git commit -qm one
	expect_err_contains "WF_SKIP: no step or workflow of this hook is called '"'none'"'"
	told "b
two"
	WF_SKIP=two expect_exit 0 git commit -qm two --allow-empty
	told "a
b"
	WF_SKIP=a expect_exit 0 git commit -qm three --allow-empty
	told "b"
	WF_IN_COMMIT=1 expect_exit 0 git commit -qm four --allow-empty
	told ""
'

test_case 'a step that commits does not start the hook again; in another repository it does' "$begin"'
	git init -q "$CASE/other"
	workflow nest <<-\EOT
	on: [pre-commit, post-checkout]
	steps:
	  - {id: a, if: "event.hook == '"'pre-commit'"'", run: "echo commit >>$RAN; git -C \"$CASE/other\" commit -q --allow-empty -m x; git commit-tree -m x HEAD^{tree} >/dev/null; git hook run pre-commit; git checkout -q HEAD"}
	  - {id: b, if: "event.hook == '"'post-checkout'"'", run: "echo checkout >>$RAN"}
	EOT
	export CASE
	git wf hooks install; git add -A
	write_script "$CASE/other/.git/hooks/pre-commit" <<-\EOT
	#!/bin/sh
	echo other >>"$RAN"
	EOT
	git commit -qm one
	told "commit
other"
'

test_case 'by hand: --all-files, --files, --from-ref and --to-ref; nothing is trusted or installed for it' "$begin"'
	workflow check <<-\EOT
	on: {pre-commit: {files: ["*.txt", "d/*.txt"]}, pre-push: }
	steps: [{id: a, run: "echo $(cat a.txt) ${event.files} >>$RAN"}]
	EOT
	mkdir d; echo 1 >a.txt; echo 1 >d/b.txt; echo 1 >c.md; git add -A; git commit -qm one
	echo 2 >a.txt; git add -A; git commit -qm two
	echo 3 >a.txt; git add a.txt; echo 4 >a.txt
	expect_ok git wf hooks run pre-commit
	told "3 a.txt"
	expect_ok git wf hooks run pre-commit --all-files
	told "3 a.txt d/b.txt"
	cd d
	expect_ok git wf hooks run pre-commit --files b.txt ../c.md
	cd ..
	told "3 d/b.txt"
	expect_ok git wf hooks run pre-commit --from-ref HEAD~1 --to-ref HEAD
	told "2 a.txt"
	expect_ok git wf hooks run pre-push --to-ref HEAD~1
	grep -q "^1 " "$RAN"; : >"$RAN"
	expect_exit 129 git wf hooks run pre-comit
	expect_exit 129 git wf hooks run
	expect_exit 129 git wf hooks run pre-commit --from-ref nowhere
	expect_exit 129 git wf hooks run commit-msg
	expect_err_contains "hook commit-msg is called with FILE"
	expect_exit 0 git wf hooks run post-merge
	expect_err_contains "nothing to do for post-merge"
	expect_file a.txt 4
	expect_equal "$(git show :a.txt)" 3
	[ ! -e "$CASE/state" ]
'

test_case 'what asks fails where nobody is, with the command to call' "$begin"'
	workflow ask <<-\EOT
	on: pre-commit
	steps: [{id: a, approve: really?}, {id: b, needs: [a], run: "echo ran >>$RAN"}]
	EOT
	git wf hooks install; git add -A
	expect_exit 1 git commit -qm one
	expect_err_contains "git wf hooks run pre-commit"
	told ""
'

test_case 'a workflow with mistakes fails the hook that it mentions, and no other' "$begin"'
	workflow wrong <<-\EOT
	on: pre-commit
	steps: [{id: a, rum: x}]
	EOT
	git wf hooks install pre-commit post-commit; git add -A
	expect_exit 1 git commit -qm one
	expect_err_contains ".workflows/wrong.yml:2:17: error: unknown key '"'rum'"'"
	expect_err_contains "git-wf: pre-commit: a file of .workflows/ has mistakes"
	git commit -qnm one
'

test_case 'pre-receive and update: what is pushed is tested, with nothing written to references; a change is refused until trusted' "$begin"'
	workflow guard <<-\EOT
	on: {pre-receive: , update: {branches: [main]}, post-receive: }
	steps:
	  - {id: a, run: "echo \"${event.hook} $(cat f) ${event.ref} ${event.from == null} ${event.files}\" >>$RAN; [ \"$(cat f)\" != bad ]"}
	EOT
	echo 1 >f; git add -A; git commit -qm one
	git clone -q --bare . "$CASE/there.git"
	git -C "$CASE/there.git" wf hooks install >"$CASE/out"
	expect_equal "$(cut -d " " -f 1 "$CASE/out" | tr "\n" " ")" "pre-receive update post-receive "
	git remote add there "$CASE/there.git"
	echo 2 >f; git add f; git commit -qm two
	git push -q there main
	told "pre-receive 2 refs/heads/main false f
update 2 refs/heads/main false f
post-receive 2 refs/heads/main false f"
	git branch side; git push -q there side
	told "pre-receive 2 refs/heads/side true 
post-receive 2 refs/heads/side true "
	before=$(git -C "$CASE/there.git" for-each-ref)
	echo bad >f; git add f; git commit -qm bad
	expect_exit 1 git push -q there main
	expect_err_contains "pre-receive hook declined"
	expect_equal "$(git -C "$CASE/there.git" for-each-ref)" "$before"
	: >"$RAN"
	echo 3 >f; sed -i "s/echo/echo evil; echo/" .workflows/guard.yml; git add -A; git commit -qm evil
	expect_exit 1 git push -q there main
	expect_err_contains "changed since this was trusted for hooks: .workflows/guard.yml"
	told ""
	expect_equal "$(git -C "$CASE/there.git" for-each-ref)" "$before"
	git -C "$CASE/there.git" fsck --no-dangling 2>&1 | grep -v "^notice" && fail fsck || :
'

test_case 'every hook that git has where people work starts what it is to start' "$begin"'
	hooks="pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-rewrite post-checkout
		post-merge pre-push applypatch-msg pre-applypatch post-applypatch sendemail-validate p4-pre-submit
		p4-prepare-changelist p4-changelist p4-post-changelist pre-auto-gc post-index-change reference-transaction"
	workflow all <<-EOT
	on: [$(echo $hooks | tr " " ,)]
	steps:
	  - {id: a, run: "echo \$WF_HOOK \${WF_MSG_FILE:+\$(cat \$WF_MSG_FILE)} >> \$RAN", env: {RAN: "$CASE/all"}}
	EOT
	git add -A && git commit -qm workflows
	git wf hooks install
	echo text > ../message
	head=$(git rev-parse HEAD)
	for hook in $hooks; do
		case $hook in
		*-msg | sendemail-validate | p4*-changelist) [ $hook = p4-post-changelist ] || set -- "$CASE/message" ;;
		reference-transaction) set -- committed ;;
		pre-push) set -- far url ;;
		*) set -- ;;
		esac
		rm -f "$CASE/all"
		if [ $hook = pre-push ]; then
			echo "refs/heads/main $head refs/heads/main 0000000000000000000000000000000000000000" | .git/hooks/$hook "$@"
		else
			.git/hooks/$hook "$@" < /dev/null
		fi
		case $hook in
		*-msg | sendemail-validate | p4-prepare-changelist | p4-changelist) expect_file "$CASE/all" "$hook text" ;;
		*) expect_file "$CASE/all" "$hook" ;;
		esac
	done
'

test_done
