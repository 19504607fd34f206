#!/bin/sh
# commit: what the run changed becomes a commit, and nothing of the user's does.
. "${0%/*}/../lib.sh"

flow() { # RUN [COMMIT-KEYS]
	workflow demo <<-EOT
	steps:
	  - {id: change, run: "$1"}
	  - {id: save, needs: [change], commit: {message: "save \${params.what}"${2:+, $2}}}
	params: {what: {default: it}}
	EOT
	seq 1 20 > lines
	echo old > file
	echo bye > gone
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}
last() { git log -1 --format="$1"; }
committed() { git show --name-only --format= HEAD | tr "\n" " "; }

test_case 'files that were changed, made, removed and made executable, with trailers and the identity' '
	flow "echo new > file; echo x > made; rm gone; chmod +x lines"
	expect_ok git wf run demo
	expect_equal "$(committed)" "file gone lines made "
	expect_equal "$(last %s)" "save it"
	expect_equal "$(last %an)" "A U Thor"
	git log -1 --format=%B | grep -q "^Wf-Run: demo-" || fail "no Wf-Run"
	git log -1 --format=%B | grep -qx "Wf-Workflow: demo" || fail "no Wf-Workflow"
	git log -1 --format=%B | grep -qx "Wf-Step: save" || fail "no Wf-Step"
	expect_equal "$(git status --porcelain)" ""
	git ls-tree HEAD lines | grep -q ^100755 || fail "not executable"
'

test_case 'what the user has staged, changed and not tracked stays as it is' '
	flow "echo new > file; sed -i s/^10\$/ten/ lines"
	sed -i "s/^1\$/mine/" lines; git add lines; sed -i "s/^20\$/unstaged/" lines
	echo staged > staged; git add staged
	echo untracked > untracked
	echo more >> gone
	expect_ok git wf run demo
	expect_equal "$(committed)" "file lines "
	expect_equal "$(git show HEAD:lines | sed -n "1p;10p;20p" | tr "\n" " ")" "1 ten 20 "
	expect_equal "$(git show :lines | sed -n "1p;10p;20p" | tr "\n" " ")" "mine ten 20 "
	expect_equal "$(sed -n "1p;10p;20p" lines | tr "\n" " ")" "mine ten unstaged "
	expect_equal "$(git status --porcelain)" " M gone
MM lines
A  staged
?? untracked"
'

test_case 'changes in the same lines are refused, and nothing is committed' '
	flow "sed -i s/^mine\$/both/ lines"
	sed -i "s/^5\$/mine/" lines
	before=$(git rev-parse HEAD)
	expect_exit 1 git wf run demo
	expect_says "overlaps with changes of yours"
	expect_says lines
	expect_equal "$(git rev-parse HEAD)" "$before"
	expect_equal "$(sed -n 5p lines)" both
'

test_case 'nothing changed: it says so, and passes' '
	flow "true"
	before=$(git rev-parse HEAD)
	expect_ok git wf run demo
	expect_ok git wf log demo save
	expect_out_contains "nothing changed"
	expect_equal "$(git rev-parse HEAD)" "$before"
'

test_case 'paths, more trailers, values, and the output' '
	workflow demo <<-\EOT
	params: {who: {default: Ann}}
	steps:
	  - {id: change, run: "echo new > file; mkdir -p src; echo x > src/a; echo y > src/b"}
	  - {id: save, needs: [change], commit: {message: "src of ${params.who}", paths: ["src/**"], trailers: {Reviewed-by: "${params.who}"}}}
	  - {id: rest, needs: [save], commit: {message: rest}}
	  - {id: told, needs: [rest], run: "echo ${steps.save.outputs.commit} > ../told"}
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo --who Bob
	expect_equal "$(git show --name-only --format= HEAD~1 | tr "\n" " ")" "src/a src/b "
	git log -1 --format=%B HEAD~1 | grep -qx "Reviewed-by: Bob" || fail "no trailer"
	expect_file ../told "$(git rev-parse HEAD~1)"
	expect_equal "$(committed)" "file "
'

test_case 'a second commit has what came after the first, also in the lines that the first had changed' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "sed -i s/^3$/A/ lines"}
	  - {id: save, needs: [a], commit: {message: one}}
	  - {id: b, needs: [save], run: "sed -i s/^A$/B/ lines"}
	  - {id: again, needs: [b], commit: {message: two}}
	EOT
	seq 1 20 > lines
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	sed -i "s/^20\$/mine/" lines
	expect_ok git wf run demo
	expect_equal "$(git show HEAD~1:lines | sed -n 3p)" A
	expect_equal "$(git show HEAD:lines | sed -n "3p;20p" | tr "\n" " ")" "B 20 "
	expect_equal "$(git status --porcelain)" " M lines"
'

test_case 'hooks run, with WF_IN_COMMIT; one that refuses fails the step' '
	flow "echo new > file"
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	echo "hook $WF_IN_COMMIT"
	echo hooked > by-hook; git add by-hook
	test ! -e ../refuse
	EOT
	write_script .git/hooks/commit-msg <<-\EOT
	#!/bin/sh
	echo "From-hook: yes" >> "$1"
	EOT
	write_script .git/hooks/post-commit <<-\EOT
	#!/bin/sh
	git rev-parse HEAD > ../posted
	EOT
	: > ../refuse
	expect_exit 1 git wf run demo
	expect_says "pre-commit"
	expect_ok git wf log demo save
	expect_out_contains "hook 1"
	rm ../refuse
	expect_ok git wf resume
	expect_equal "$(committed)" "by-hook file "
	git log -1 --format=%B | grep -qx "From-hook: yes" || fail "commit-msg did not run"
	expect_file ../posted "$(git rev-parse HEAD)"
'

test_case 'what the user changes between a failure and a resume is no part of it' '
	flow "echo new > file; test -e ../go"
	expect_exit 1 git wf run demo
	: > ../go
	echo mine >> gone; echo own > own
	expect_ok git wf resume
	expect_equal "$(committed)" "file "
	expect_equal "$(git status --porcelain)" " M gone
?? own"
'

test_case 'rollback takes the commit back, undo brings it again' '
	flow "echo new > file"
	before=$(git rev-parse HEAD)
	expect_ok git wf run demo
	made=$(git rev-parse HEAD)
	expect_ok git wf rollback
	expect_equal "$(git rev-parse HEAD)" "$before"
	expect_file file old
	expect_ok git wf undo
	expect_equal "$(git rev-parse HEAD)" "$made"
'

test_case 'signed, if the user signs' '
	require ssh-keygen
	flow "echo new > file"
	ssh-keygen -q -t ed25519 -N "" -f ../key
	git config gpg.format ssh
	git config user.signingKey "$CASE/key"
	git config commit.gpgSign true
	expect_ok git wf run demo
	git cat-file commit HEAD | grep -q "BEGIN SSH SIGNATURE" || fail "not signed"
'

test_case 'without a commit yet, with a detached HEAD, in a linked worktree' '
	flow "echo new > file"
	git worktree add -q ../other
	(cd ../other && expect_ok git wf run demo && expect_equal "$(committed)" "file ")
	git checkout -q --detach
	expect_ok git wf run demo
	expect_equal "$(committed)" "file "
	git checkout -q --orphan fresh
	git rm -q --cached -r . && rm -f file
	expect_ok git wf run demo
	expect_equal "$(git ls-tree --name-only HEAD)" "file"
'

test_case 'refused in a merge, and with a strategy that takes no snapshots' '
	flow "echo new > file"
	git rev-parse HEAD > .git/MERGE_HEAD
	expect_exit 1 git wf run demo
	expect_says "in progress"
	rm .git/MERGE_HEAD
	sed -i "1i rollback: {strategy: none}" .workflows/demo.yml
	expect_exit 129 git wf run demo
	expect_err_contains "takes no snapshots"
'

test_case 'what mended it, or came before another try, is committed, too' '
	flow "echo new > file"
	sed -i "s/id: save,/&on_failure: {strategy: fix_and_retry, run: echo fixed > file; echo x > made},/" .workflows/demo.yml
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	git show :file | grep -q fixed
	EOT
	commit_all() { git add -A; git commit -qnm more; }
	commit_all
	expect_ok git wf run demo
	expect_equal "$(committed)" "file made "
	expect_equal "$(git show HEAD:file)" fixed
	expect_equal "$(git status --porcelain)" ""
	expect_ok git wf rollback demo
	expect_equal "$(cat file)" old
	# The same of a plain retry, which a hook has prepared.
	sed -i "s/on_failure: [^}]*}/retry: {attempts: 2}/" .workflows/demo.yml
	write_script .git/hooks/pre-commit <<-\EOT
	#!/bin/sh
	git show :file | grep -q fixed || { echo fixed > file; exit 1; }
	EOT
	git add -A; git commit -qnm again
	expect_ok git wf run demo
	expect_equal "$(git show HEAD:file)" fixed
'

test_case 'our own hooks do nothing in it' '
	flow "echo new > file"
	workflow check <<-\EOT
	on: pre-commit
	steps: [{id: a, run: "echo ran >> \"$RAN\""}]
	EOT
	export XDG_STATE_HOME="$CASE/state" RAN="$CASE/ran"
	expect_ok git wf hooks install
	commit_all
	expect_equal "$(cat "$RAN")" ran
	expect_ok git wf run demo
	expect_equal "$(committed)" "file "
	expect_equal "$(cat "$RAN")" ran
'

test_case 'commit_changes, as what the end of a step or of the run calls' '
	workflow demo <<-\EOT
	name: Change the file
	on_success: [commit_changes]
	steps:
	  - {id: a, run: echo a > a, on_success: commit_changes}
	  - {id: b, needs: [a], run: echo b > b}
	EOT
	echo mine > mine
	git add .workflows; git commit -qm more
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(git log -2 --format=%s)" "Change the file
Change the file"
	expect_equal "$(committed)" "b "
	git log -1 --format=%B | grep -qx "Wf-Step: workflow.on_success.commit_changes" || fail "no Wf-Step"
	expect_equal "$(git status --porcelain)" "?? mine"
'

test_case 'log --commits' '
	flow "echo new > file"
	expect_ok git wf run demo
	git commit -q --allow-empty -m "by hand"
	expect_ok git wf log --commits
	expect_out_contains "save it"
	expect_out_contains "$(git rev-parse --short HEAD~1)"
	expect_out_lacks "by hand"
	expect_ok git wf log --commits demo
	expect_out_contains "save it"
'

# git itself would not: after a power cut HEAD could lead to objects that are not there.
test_case 'the commit is on the disk before HEAD is moved' '
	flow "echo new > file"
	mkdir -p .git/wf/scratch/commit-1
	record_git
	expect_ok git-wf run demo
	expect_equal "$(last %s)" "save it"
	for command in write-tree commit-tree update-ref update-index; do
		grep -v index.sparse "$CASE/git-ran" | grep " $command" > "$CASE/of-commit" # not those of snapshots
		[ -s "$CASE/of-commit" ] || fail "no $command"
		! grep -v "core.fsync=all" "$CASE/of-commit" || fail "$command is not synced"
	done
	expect_no_file .git/wf/scratch/commit-1
'

test_done
