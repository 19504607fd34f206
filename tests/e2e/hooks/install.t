#!/bin/sh
# Hooks of git: put into place, chained to what was there, taken away.
. "${0%/*}/../lib.sh"

one='
	workflow check <<-\EOT
	on: pre-commit
	steps:
	  - {id: a, run: "echo ran >> \"$RAN\""}
	EOT
	export XDG_STATE_HOME="$CASE/state" RAN="$CASE/ran"
	expect_tree_changes
'

# One that starts no hooks of its settings: 2.54 and later do.
old_git() { git hook list pre-commit >/dev/null 2>&1; [ $? -eq 129 ]; }

# Names, modes, times and bytes of everything in the folder of hooks.
hooks_state() { (cd "${1:-.git/hooks}" && find . -printf "%p %y %m %l %T@ %s\n" | sort | grep -v "^\. " && find . -type f | sort | xargs cksum); }

test_case 'a commit starts what it is to start, and fails with it' "$one"'
	expect_ok git wf hooks install
	expect_out_contains "pre-commit           installed, starts check"
	echo x >x && git add -A && git commit -qm one
	expect_file "$RAN" ran
	sed -i "s/echo ran.*/false\"}/" .workflows/check.yml
	git add -A
	expect_exit 1 git commit -qm two
	expect_err_contains "workflow '"'check'"' did not pass"
	[ "$(git rev-list --count HEAD)" = 2 ]
	git commit -qnm two
'

test_case 'a workflow that is not in what is committed does not run, and that is said' "$one"'
	expect_ok git wf hooks install
	echo x >x && git add x
	expect_ok git commit -qm one
	expect_no_file "$RAN"
	expect_err_contains "'"'.workflows/check.yml'"' does not run: it is not in what pre-commit is about"
	echo y >x && git add -A
	expect_ok git commit -qm two
	expect_file "$RAN" ran
	expect_err_lacks "does not run"
	rm .workflows/check.yml
	echo z >x && git add -A
	expect_ok git commit -qm three
	expect_err_lacks "does not run"
'

test_case 'the hook that was there goes first, with the same words and input; uninstall puts it back, byte for byte' "$one"'
	workflow push <<-\EOT
	on: pre-push
	steps:
	  - {id: a, run: "echo pushed >> \"$RAN\""}
	EOT
	mkdir -p .git/hooks
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	echo "old $#" >>"$RAN"
	EOT
	write_script .git/hooks/pre-push <<-\EOT
	#!/bin/sh
	echo "old $* $(cut -d " " -f 1,3)" >>"$RAN"
	EOT
	ln -s pre-commit .git/hooks/commit-msg
	echo sample >.git/hooks/pre-rebase.sample
	chmod 741 .git/hooks/pre-commit
	before=$(hooks_state)
	expect_ok git wf hooks install
	expect_out_contains "pre-push             installed, starts push, after the hook that was there"
	expect_ok git wf hooks install
	expect_out_contains "pre-push             is installed, starts push, after"
	git add -A && git commit -qm one
	git init -q --bare "$CASE/there.git"
	git push -q "$CASE/there.git" HEAD:refs/heads/new
	expect_equal "$(tr "\n" ";" <"$RAN")" "old 0;ran;old $CASE/there.git $CASE/there.git HEAD refs/heads/new;pushed;"
	expect_ok git wf hooks uninstall
	expect_equal "$(hooks_state)" "$before"
	expect_ok git wf hooks uninstall
	expect_err_contains "no hook of git-wf"
	[ -z "$(find "$CASE/state" -type f)" ] || fail "it is still trusted"
'

test_case 'an old hook that refuses is the end of it' "$one"'
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	exit 3
	EOT
	git wf hooks install
	git add -A
	expect_exit 1 git commit -qm one
	expect_no_file "$RAN"
'

test_case 'without the program it is loud, and a commit fails; after the fact it only says so' "$one"'
	workflow later <<-\EOT
	on: post-commit
	steps: [{id: a, run: "true"}]
	EOT
	git wf hooks install
	git add -A
	sed -i "s,^program=.*,program=/nowhere/git-wf," .git/hooks/pre-commit .git/hooks/post-commit
	PATH=/usr/bin:/bin expect_exit 1 git commit -qm one
	expect_err_contains "git-wf: pre-commit: git-wf is not installed here"
	rm .git/hooks/pre-commit
	PATH=/usr/bin:/bin expect_exit 0 git commit -qm one
	expect_err_contains "git-wf: post-commit: git-wf is not installed here"
'

test_case 'a client without PATH finds the program where it was' "$one"'
	git wf hooks install
	git add -A
	PATH=/usr/bin:/bin expect_exit 0 git commit -qm one
	expect_file "$RAN" ran
	! grep -qF "$REPO" .git/hooks/pre-commit || case $WF_TEST_BUILD in "$REPO"*) ;; *) fail "the shim names the worktree" ;; esac
'

test_case 'core.hooksPath: inside the repository there, for all repositories refused' "$one"'
	git config core.hooksPath .githooks
	expect_ok git wf hooks install
	[ -x .githooks/pre-commit ]
	expect_no_file .git/hooks/pre-commit
	git add -A && git commit -qm one
	expect_file "$RAN" ran
	expect_ok git wf hooks uninstall
	expect_no_file .githooks/pre-commit
	old_git || exit 0
	git config core.hooksPath "$CASE/elsewhere"
	expect_exit 129 git wf hooks install
	expect_err_contains "not of this repository alone"
	git config --unset core.hooksPath
	git config --global core.hooksPath "$CASE/mine"
	expect_exit 129 git wf hooks install
	expect_err_contains "core.hooksPath is set for all repositories of yours"
	expect_no_file "$CASE/mine"
	expect_no_file .git/hooks/pre-commit
'

test_case 'linked worktrees share the shims, and each has its own state' "$one"'
	git wf hooks install
	git add -A && git commit -qm one
	git worktree add -q "$CASE/second"
	cd "$CASE/second"
	echo x >x && git add x && git commit -qm two
	expect_lines 2 "$RAN"
	[ -d "$CASE/second/cortex-brain/workflows" ]
	[ "$(ls "$CASE/second/cortex-brain/workflows" | grep -c "^check-")" = 1 ]
	expect_exit 0 git wf hooks status
	expect_out_contains "pre-commit           installed  starts check"
	cd "$REPO"
	git worktree remove --force "$CASE/second"
	git branch -qD second
'

test_case 'status and named hooks' "$one"'
	expect_ok git wf hooks status
	expect_out_contains "pre-commit           missing    starts check"
	expect_err_contains "hooks install"
	expect_ok git wf hooks install post-merge
	expect_out_contains "post-merge           installed"
	git wf hooks status --json >"$CASE/status.json"
	expect_equal "$(jq -r ".hooks[] | .hook + \" \" + .state" <"$CASE/status.json" | tr "\n" ";")" \
		"pre-commit installed;post-merge installed;"
	expect_ok git wf hooks uninstall post-merge
	expect_no_file .git/hooks/post-merge
	[ -x .git/hooks/pre-commit ]
	expect_exit 129 git wf hooks install pre-comit
	expect_err_contains "did you mean '"'pre-commit'"'?"
	expect_exit 129 git wf hooks instal
	expect_err_contains "did you mean '"'install'"'?"
	rm .workflows/check.yml; git wf hooks uninstall
	expect_exit 129 git wf hooks install
	expect_err_contains "no workflow here is started by a hook"
'

test_case 'somebody else took the place of the shim: nothing of theirs is lost' "$one"'
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	exit 0
	EOT
	git wf hooks install
	echo "#!/bin/sh" >.git/hooks/pre-commit
	expect_exit 129 git wf hooks install
	expect_err_contains "somebody has put another hook in the place"
	expect_exit 129 git wf hooks uninstall
	[ -e .git/hooks/pre-commit ] && [ -e .git/hooks/pre-commit.before-git-wf ]
'

test_case 'follow says what changed, once; pin refuses with the diff; revoked is refused' "$one"'
	git wf hooks install
	git add -A && git commit -qm one
	sed -i "s/id: a/id: b/" .workflows/check.yml
	git add -A
	expect_exit 0 git commit -qm two
	expect_err_contains "1 file changed since this was trusted for hooks: .workflows/check.yml"
	expect_exit 0 git commit -qm three --allow-empty
	expect_err_lacks "changed since"
	sed -i "s/id: b/id: c/" .workflows/check.yml
	git add -A
	GIT_WF_TRUST_HOOKS=pin expect_exit 1 git commit -qm four
	expect_err_contains "git wf trust hooks"
	expect_says "+  - {id: c,"
	expect_lines 3 "$RAN"
	git wf trust hooks
	GIT_WF_TRUST_HOOKS=pin expect_exit 0 git commit -qm four
	git wf trust --revoke
	expect_exit 1 git commit -qm five --allow-empty
	expect_err_contains "not trusted for hooks; nothing was started"
	GIT_WF_TRUST=1 expect_exit 0 git commit -qm five --allow-empty
'

test_case 'a hook that a change wants is installed with it, and that is said' "$one"'
	git wf hooks install
	git add -A && git commit -qm one
	workflow later <<-\EOT
	on: [post-commit, pre-receive]
	steps: [{id: a, run: "echo later >>$RAN"}]
	EOT
	git add -A
	expect_exit 0 git commit -qm two
	expect_err_contains "the hook post-commit is installed now: it starts later"
	expect_no_file .git/hooks/pre-receive
	git commit -qm three --allow-empty
	expect_file_contains "$RAN" later
	GIT_WF_TRUST_HOOKS=pin expect_exit 0 git commit -qm four --allow-empty
'

test_case 'doctor proves that each hook is reached, without calling the old one' "$one"'
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	echo old >>"$RAN"
	EOT
	git wf doctor >"$CASE/out" || :
	expect_out_contains "wanted by workflows and not installed: pre-commit"
	git wf hooks install
	git wf doctor >"$CASE/out" || :
	expect_out_contains "fire in this worktree: pre-commit"
	expect_no_file "$RAN"
	sed -i "2a exit 0" .git/hooks/pre-commit
	expect_exit 1 git wf doctor
	expect_out_contains "git-wf is not reached: pre-commit"
	chmod -x .git/hooks/pre-commit
	expect_exit 1 git wf doctor
	git wf hooks install
	git config --global core.hooksPath "$CASE/mine"
	if old_git; then
		expect_exit 1 git wf doctor
		expect_out_contains "core.hooksPath is set"
	fi
	git config --global --unset core.hooksPath
	git worktree add -q "$CASE/second"
	cd "$CASE/second"; mkdir .workflows; cp "$REPO/.workflows/check.yml" .workflows/
	git wf doctor >"$CASE/out" || :
	expect_out_contains "fire in this worktree: pre-commit"
	cd "$REPO"; git worktree remove --force "$CASE/second"; git branch -qD second
'

test_done
