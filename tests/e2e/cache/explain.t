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

test_done
