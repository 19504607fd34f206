# A project that templates find something in, for the tests of templates.
# shellcheck shell=sh disable=SC2154

# A project with all there is to detect, and a past.
project() {
	mkdir -p backend client data src
	printf '%b' 'all:\ntest:\n\t@echo tested\nlint format:\n\t@:\n' \
		'bench:\n\t@echo size=`wc -c <src/notes.txt`\n' >Makefile
	printf 'all:\ntest:\n' >backend/Makefile
	printf 'all:\ntest:\n' >client/Makefile
	printf 'first\n' >src/notes.txt
	printf '{"a": 1}\n' >data/one.json
	printf '{}\n' >credentials.json
	printf 'a\r\nb' >data/two.txt
	write_script "$HOME/agent" <<-'EOT'
	#!/bin/sh
	cat >"$HOME/prompt"
	echo edited >>src/notes.txt
	echo new >src/new.txt
	echo "agent: done"
	[ ! -e "$HOME/agent-fails" ]
	EOT
	commit_all project
	git branch topic
	git worktree prune
}

# The worktree less what git ignores.
files_of_tree() {
	git status --porcelain -uall
	git ls-files -z -co --exclude-standard | xargs -0 cksum
}
