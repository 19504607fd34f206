#!/bin/sh
# Folders that are links, repositories in repositories, and what git keeps about files.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# A step with these inputs, which writes all it can read below src.
reader() { # INPUTS
	workflow demo <<-EOT
	steps:
	  - {id: s, run: "find -L src -type f -not -path \"*/.git*\" | sort | xargs cat > all; echo s >> ../ran", inputs: $1, outputs: [all]}
	EOT
	expect_tree_changes
}

test_case 'a folder as an input counts with all that is in it' '
	reader "[src]"
	mkdir -p src/sub
	echo 1 > src/sub/a
	expect_ok git wf run demo
	echo 2 > src/sub/a
	expect_ok git wf run demo
	expect_file all 2
	echo 3 > src/sub/b
	expect_ok git wf run demo
	expect_lines 2 all
	rm src/sub/a
	expect_ok git wf run demo
	expect_file all 3
	expect_ran s s s s
'

test_case 'a link to a folder as an input counts with all that is in it' '
	reader "[src]"
	mkdir -p real/sub
	ln -s real src
	echo 1 > real/sub/a
	expect_ok git wf run demo
	echo 2 > real/sub/a
	expect_ok git wf run demo
	expect_file all 2
	echo 3 > real/sub/b
	expect_ok git wf run demo
	expect_lines 2 all
	expect_ran s s s
'

test_case 'a link that leads to itself is told, as an input and as a way to an output' '
	reader "[\"src/**\"]"
	ln -s src src
	expect_exit 1 git wf run demo
	expect_says "where '\''src'\'' leads"
	workflow demo <<-\EOT
	steps: [{id: s, run: "echo x > src/out/x", outputs: [src/out/x]}]
	EOT
	expect_exit 1 git wf run demo
	expect_says "where '\''src/out'\'' leads"
	expect_ran
'

test_case 'a file behind a link to a folder' '
	reader "[src/a]"
	mkdir real
	ln -s real src
	echo 1 > real/a
	expect_ok git wf run demo
	echo 2 > real/a
	expect_ok git wf run demo
	expect_file all 2
	mkdir other
	echo 3 > other/a
	ln -sfn other src
	expect_ok git wf run demo
	expect_file all 3
	expect_ran s s s
'

test_case 'files of a submodule count' '
	reader "[\"src/**\"]"
	git init -q ../module
	(cd ../module && echo 1 > a && git add a && git commit -q -m a)
	git -c protocol.file.allow=always submodule --quiet add "$CASE/module" src
	git commit -q -m module
	expect_ok git wf run demo
	expect_file all 1
	echo 2 > src/a
	expect_ok git wf run demo
	expect_file all 2
	echo 3 > src/b
	expect_ok git wf run demo
	expect_lines 2 all
'

# What git ignores counts where .gitmodules says that a submodule is there.
test_case 'a folder becomes a submodule, and is none any more' '
	reader "[\"src/**\"]"
	mkdir -p src/module
	echo 1 > src/a
	echo 2 > src/module/b
	echo /module/ > src/.gitignore
	printf "[submodule \"m\"]\n\tpath = elsewhere\n" > .gitmodules
	expect_ok git wf run demo
	expect_ran s
	printf "[submodule \"m\"]\n\tpath = src/module\n" > .gitmodules
	expect_ok git wf run demo
	expect_ran s
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	printf "[submodule \"m\"]\n\tpath = elsewhere\n" > .gitmodules
	echo 3 > src/module/b
	expect_ok git wf run demo
	expect_ran
'

test_case 'a tracked file that is deleted, and one that is assumed unchanged' '
	reader "[\"src/*\"]"
	mkdir src
	echo 1 > src/a
	echo 2 > src/b
	commit_all
	expect_ok git wf run demo
	git update-index --assume-unchanged src/a
	echo 3 > src/a
	expect_ok git wf run demo
	expect_file all "3
2"
	rm src/b
	expect_ok git wf run demo
	expect_file all 3
	git update-index --skip-worktree src/a
	echo 4 > src/a
	expect_ok git wf run demo
	expect_file all 4
	git update-index --no-assume-unchanged --no-skip-worktree src/a
'

for how in "index.version 4" "core.splitIndex true" "core.untrackedCache true" "feature.manyFiles true"; do
	test_case "git config $how changes nothing" "
	git config $how
	"'
	reader "[\"src/**\"]"
	mkdir -p src/sub
	for f in a sub/b sub/c; do echo $f > src/$f; done
	echo "*.log" > .gitignore
	git add .
	git commit -q -m files
	git update-index --really-refresh
	expect_ok git wf run demo
	expect_lines 3 all
	echo x > src/x.log
	expect_ok git wf run demo
	expect_ran s
	git add -f src/x.log
	expect_ok git wf run demo
	expect_lines 4 all
	rm src/sub/b
	expect_ok git wf run demo
	expect_lines 3 all
'
done

test_case 'a repository with SHA-256, and one with a reftable if git has it' '
	git init -q --object-format=sha256 ../sha256 2>/dev/null || skip_case "git is too old"
	REPO=$CASE/sha256
	cd ../sha256
	reader "[\"src/**\"]"
	mkdir src
	echo 1 > src/a
	commit_all
	expect_ok git wf run demo
	echo 2 > src/a
	expect_ok git wf run demo
	expect_file all 2
'

test_case 'a sparse checkout: what is there counts' '
	reader "[\"src/**\"]"
	mkdir -p src/in src/out
	echo 1 > src/in/a
	echo 2 > src/out/b
	commit_all
	git sparse-checkout set --cone --sparse-index .workflows src/in 2>/dev/null || skip_case "git is too old"
	expect_ok git wf run demo
	expect_file all 1
	echo 3 > src/in/c
	expect_ok git wf run demo
	expect_lines 2 all
	git sparse-checkout disable
	expect_ok git wf run demo
	expect_lines 3 all
'

test_case 'the ignore file of the user counts, and its change' '
	reader "[\"src/**\"]"
	mkdir -p src "$HOME/.config/git"
	echo 1 > src/a
	echo 2 > src/b.tmpx
	echo "*.tmpx" > "$HOME/.config/git/ignore"
	expect_ok git wf run demo
	expect_ran s
	echo 3 > src/b.tmpx
	expect_ok git wf run demo
	expect_ran
	: > "$HOME/.config/git/ignore"
	expect_ok git wf run demo
	expect_ran s
	echo "*.tmpx" > ../mine
	git config core.excludesFile "$CASE/mine"
	expect_ok git wf run demo
	echo 4 > src/b.tmpx
	rm -f ../ran
	expect_ok git wf run demo
	expect_ran
'

test_case 'a merge in progress, with conflicts in the index' '
	reader "[\"src/**\"]"
	mkdir src
	echo base > src/a
	commit_all
	git checkout -q -b side
	echo side > src/a
	commit_all
	git checkout -q main
	echo main > src/a
	commit_all
	git merge -q side >/dev/null 2>&1 && fail "no conflict"
	expect_ok git wf run demo
	expect_file_contains all "<<<<<<<"
	echo solved > src/a
	expect_ok git wf run demo
	expect_file all solved
'

test_done
