#!/bin/sh
# Why something runs: explain names what changed, and plan, explain and run agree.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

prepare() {
	workflow demo <<-\EOT
	params: {word: {default: one}}
	pass_env: [COLOUR]
	steps:
	  - {id: s, run: "cat src/* > b; echo ${params.word} >> b; echo s >> ../ran", inputs: ["src/*"], outputs: [b], tools: [mytool]}
	EOT
	mkdir src
	echo 1 > src/a
	printf "#!/bin/sh\n" | write_script ../p/mytool
	PATH=$CASE/p:$PATH
	export PATH
	repeat_runs "PATH is not the same there"
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran s
	expect_ok git wf plan demo --check
}

# What explain says has TEXT, plan --check says that something is to do, and run does it.
expect_because() { # TEXT COMMAND-PREFIX…
	because=$1
	shift
	expect_ok "$@" git-wf explain demo s
	expect_out_contains "$because"
	expect_exit 1 "$@" git-wf plan demo --check
	expect_ok "$@" git-wf run demo
	expect_ran s
	expect_exit 0 "$@" git-wf plan demo --check
}

test_case 'a changed, a new and a deleted input' '
	prepare
	echo 2 > src/a
	expect_because src/a env
	echo 3 > src/b
	expect_because src/b env
	rm src/a
	expect_because src/a env
'

test_case 'a variable of the environment' '
	prepare
	expect_because COLOUR env COLOUR=red
'

test_case 'a tool' '
	prepare
	printf "#!/bin/sh\n# new\n" | write_script ../p/mytool
	expect_because mytool env
'

test_case 'the command, and the outputs that are declared' '
	prepare
	sed "s/cat src/cat -u src/" .workflows/demo.yml > ../t
	cmp -s ../t .workflows/demo.yml && fail "the edit did nothing"
	cp ../t .workflows/demo.yml
	expect_because "command" env
	sed "s/outputs: .b./outputs: [b, \"c*\"]/" .workflows/demo.yml > ../t && cp ../t .workflows/demo.yml
	expect_because "outputs" env
'

test_case 'a value' '
	prepare
	expect_ok git wf explain demo s --word two
	expect_out_contains "params.word"
	expect_ok git wf run demo --word two
	expect_ran s
	expect_ok git wf plan demo --check --word two
'

test_case 'an output that is gone, and is not in the cache either' '
	prepare
	rm b
	expect_ok git wf explain demo s
	expect_out_contains "output missing: b"
	expect_out_contains "restore"
	rm -r .git/wf/objects
	expect_because "output missing: b" env
'

test_case 'a file that is no output of this result' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "rm -rf d; mkdir d; cp a d/a; echo s >> ../ran", inputs: [a], outputs: [d/]}
	EOT
	echo 1 > a
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran s
	echo alien > d/alien
	expect_because "d/alien" env
	expect_no_file d/alien
'

history() { # a step with inputs that git knows
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "cat src/* > b; echo s >> ../ran", inputs: ["src/*"], outputs: [b], secrets: [TOKEN]}
	EOT
	mkdir src
	printf "one\ntwo\nthree\n" >src/a
	printf "a\000b" >src/bin
	echo b >.gitignore
	commit_all first
	expect_ok git wf run demo
}

test_case 'of a file that changed: the first hunk, and the commit that did it' '
	history
	sed -i s/two/2/ src/a
	expect_ok git wf explain demo
	expect_out_contains "-two"
	expect_out_contains "+2"
	expect_out_contains "not committed yet"
	commit_all "spell it in digits"
	expect_ok git wf explain demo
	expect_out_matches "in [0-9a-f]{7,} of A U Thor: spell it in digits$"
	echo four >>src/a
	commit_all "one more"
	expect_ok git wf explain demo
	expect_out_matches "spell it in digits, and 1 later$"
	expect_ok git wf explain demo --json
	expect_out_contains "\"subject\": \"spell it in digits\""
	expect_out_contains "\"uncommitted\": false"
	echo one >src/a
	expect_ok git wf run demo
	expect_ok git wf plan demo --check
	repeat_runs "it is not the point here"
'

test_case 'no hunk of what is binary or looks like a secret; nothing of what git does not know' '
	history
	printf "a\000c" >src/bin
	expect_ok git wf explain demo
	expect_out_contains "binary"
	git checkout -q src/bin
	TOKEN=hunter2hunter2
	export TOKEN
	echo "token is hunter2hunter2" >>src/a
	expect_ok git wf explain demo
	expect_out_lacks hunter2
	expect_out_contains "looks as if a secret"
	git checkout -q src/a
	echo "-----BEGIN RSA PRIVATE KEY-----" >>src/a
	expect_ok git wf explain demo
	expect_out_lacks "BEGIN RSA"
	git checkout -q src/a
	echo new >src/untracked
	expect_tree_changes
	repeat_runs "a file changes"
	expect_ok git wf run demo
	echo newer >src/untracked
	expect_ok git wf explain demo
	expect_out_contains "input changed: src/untracked"
	expect_out_lacks "@@"
'

test_done
