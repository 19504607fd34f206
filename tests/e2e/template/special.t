#!/bin/sh
# What single templates promise beyond a run to their end.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

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

test_case 'in tmux a session has windows, which go with it, and an editor, which stays' '
	require tmux
	project
	expect_tree_changes
	repeat_runs
	printf "serve:\n\techo serving; sleep 1000\n" >>Makefile
	commit_all
	expect_ok git wf new dev-session
	TMUX_TMPDIR=$CASE/sockets EDITOR=$HOME/editor
	printf "#!/bin/sh\nexec sleep 1000\n" | write_script "$EDITOR"
	mkdir -p "$TMUX_TMPDIR"
	export TMUX_TMPDIR EDITOR
	trap "env -u TMUX tmux -L me kill-server" EXIT
	tmux -L me -f /dev/null new-session -d -s desk -n shell -x 100 -y 30 "exec cat"
	TMUX_PANE=$(tmux -L me display-message -p -t desk:shell "#{pane_id}")
	TMUX=$TMUX_TMPDIR/tmux-$(id -u)/me,$(tmux -L me display-message -p "#{pid}"),0
	export TMUX TMUX_PANE
	shows() { tmux -L me capture-pane -p -t "desk:$1" | grep -q "$2"; }
	git wf run dev-session --stay --every 1 >"$CASE/session" 2>&1 &
	wait_for 20 shows server serving
	wait_for 20 shows tests "the tests pass"
	expect_ok git wf answer latest session/end done
	wait $!
	expect_equal "$(tmux -L me list-windows -t desk -F "#{window_name}" | tr "\n" " ")" "shell editor "
'

test_case 'a deployment that does not work goes back to the one before' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new deployment
	sed -i "s/attempts: 5/attempts: 1/" .workflows/deployment.yml # nobody comes up late here
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

test_case 'what the agent broke it is told, and mends' '
	project
	expect_tree_changes
	repeat_runs
	printf "%b" "all:\ntest:\n\t! grep -q edited src/notes.txt || grep mended src/notes.txt\n" >Makefile
	write_script "$HOME/mends" <<-\EOT
	#!/bin/sh
	cat >"$HOME/prompt"
	if grep -q "make: \*\*\* .*test" "$HOME/prompt"; then
		echo mended >>src/notes.txt
	else
		echo edited >>src/notes.txt
	fi
	EOT
	expect_ok git wf new bug-fix
	commit_all
	GIT_WF_AGENT_COMMAND=$HOME/mends
	export GIT_WF_AGENT_COMMAND
	expect_ok git wf run bug-fix --issue 7
	expect_file src/notes.txt "first
edited
edited
mended"
	expect_out_contains "tests after: passed, attempts: 2"
'

test_case 'tidying up deletes what is ignored, and nothing that is kept' '
	project
	expect_tree_changes
	repeat_runs
	printf "*.o\n.env*\n/out/\n" >.gitignore
	expect_ok git wf new system-optimization
	commit_all
	mkdir -p mine out/deep
	touch .env mine/.env.local mine/b.o ./-f.o "two words.o" out/deep/x untracked
	git branch merged
	expect_ok git wf run system-optimization --yes
	expect_file out/deep/x
	git rev-parse -q --verify merged
	expect_ok git wf run system-optimization --clean --branches --yes
	expect_file .env
	expect_file mine/.env.local
	expect_file untracked
	for gone in mine/b.o ./-f.o "two words.o" out; do expect_no_file "$gone"; done
	! git rev-parse -q --verify merged
	expect_ok git wf status
	expect_ok git wf rollback
	git rev-parse -q --verify merged
'

test_case 'a change is reviewed beside the work at hand, and the team is told' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new code-review
	commit_all
	git checkout -q -b change
	echo wrong >src/notes.txt
	commit_all "change the notes"
	git init -q --bare "$CASE/origin"
	git remote add origin "$CASE/origin"
	git push -q origin main change:refs/pull/12/head
	git checkout -q main
	git branch -q -D change
	echo mine >src/notes.txt
	mkdir -p "$HOME/.config/git-wf"
	printf "[notify \"team\"]\ncommand = cat >%s/told\n" "$HOME" >"$HOME/.config/git-wf/config.ini"
	expect_exit 3 git wf run code-review --pr 12 --output stream
	expect_says "/review/src/notes.txt"
	expect_file_contains "$(ls -d cortex-brain/workflows/code-review-*)/review/src/notes.txt" wrong
	expect_out_contains ".workflows/agents/code-review.md:"
	expect_out_contains "asked to review a change, \`12\`"
	expect_exit 3 git wf answer latest review-by-hand "one word is wrong" --resume
	expect_out_contains "one word is wrong"
	expect_ok git wf answer latest verdict "request changes" --resume
	expect_file_contains "$HOME/told" "Review of 12: request changes; 1 files"
	expect_file src/notes.txt mine
	expect_equal "$(git worktree list | wc -l)" 1
'

test_case 'a person who does the work of an agent reads what that would' '
	project
	expect_tree_changes
	repeat_runs
	expect_ok git wf new bug-fix
	commit_all
	expect_exit 3 git wf run bug-fix --issue "it is *broken*"
	expect_out_contains "    .workflows/agents/bug-fix-reproduce.md:"
	expect_out_contains "    > it is *broken*"
	expect_exit 3 git wf answer latest reproduce-by-hand done --resume
	expect_out_contains "    .workflows/agents/bug-fix.md:"
	expect_out_contains "Fix this bug, of priority normal:"
	expect_ok git wf status latest
	expect_out_contains "Fix this bug, of priority normal:"
	expect_out_lacks bug-fix-reproduce.md
	expect_ok git wf answer latest fix-by-hand done --resume
'

test_case 'what is detected builds and tests: python, cmake' '
	require python3
	expect_tree_changes
	repeat_runs
	mkdir tests
	echo "[project]" >pyproject.toml
	echo "def one(): return 1" >mod.py
	printf "import unittest, mod\nclass T(unittest.TestCase):\n    def test_one(self): self.assertEqual(mod.one(), 1)\n" >tests/test_mod.py
	echo "__pycache__" >.gitignore
	expect_ok git wf new ci
	commit_all
	expect_ok git wf run ci
	echo "def one(): return 2" >mod.py
	expect_exit 1 git wf run ci
	expect_says "2 != 1"
	echo "def one() return 1" >mod.py
	expect_exit 1 git wf run ci --only build
	expect_says "SyntaxError"
	git rm -rqf . && rm -rf .workflows
	command -v cmake >/dev/null && command -v cc >/dev/null || return 0
	printf "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nenable_testing()\nadd_executable(x x.c)\nadd_test(runs x)\n" >CMakeLists.txt
	echo "int main(void) { return 0; }" >x.c
	echo /build/ >.gitignore
	expect_ok git wf new ci
	commit_all
	expect_ok git wf run ci
	expect_file build/x
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
