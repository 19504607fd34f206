#!/bin/sh
# What counts besides content: the command, the environment, modes, links, tools.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

test_case 'the order of arguments counts' '
	printf "%s\n" "steps:" "  - {id: s, run: [sh, -c, \"echo \$0\$1 > b; echo s >> ../ran\", x, y], inputs: [], outputs: [b]}" |
		workflow demo
	expect_tree_changes
	expect_ok git wf run demo
	expect_file b xy
	sed "s/x, y/y, x/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	expect_file b yx
	expect_ran s s
'

test_case 'arguments that join to the same text are not the same' '
	printf "%s\n" "steps:" "  - {id: s, run: [sh, -c, \"echo \$#: > b; echo s >> ../ran\", sh, ab, c], inputs: [], outputs: [b]}" |
		workflow demo
	expect_tree_changes
	expect_ok git wf run demo
	sed "s/ab, c/a, bc/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	sed "s/a, bc/abc/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	expect_file b 1:
	expect_ran s s s
'

test_case 'a variable that is unset, empty or set are three different things' '
	workflow demo <<-\EOT
	pass_env: [COLOUR]
	steps:
	  - {id: s, run: "echo \"${COLOUR-unset}\" > b; echo s >> ../ran", inputs: [], outputs: [b]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_file b unset
	COLOUR= expect_ok env COLOUR= git wf run demo
	expect_file b ""
	expect_ok env COLOUR=red git wf run demo
	expect_file b red
	expect_ran s s s
	expect_ok env COLOUR= git wf run demo
	expect_file b ""
	expect_ok git wf run demo
	expect_file b unset
	expect_ran
'

test_case 'a variable nobody declared does not count, a declared one does' '
	workflow demo <<-\EOT
	env: {LEVEL: "1"}
	steps:
	  - {id: s, run: "echo $LEVEL > b; echo s >> ../ran", inputs: [], outputs: [b]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_ok env OTHER=x git wf run demo
	expect_ran s
	sed "s/\"1\"/\"2\"/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	expect_file b 2
	expect_ran s
'

test_case 'a parameter counts where it is used, and only there' '
	workflow demo <<-\EOT
	params:
	  word: {default: one}
	steps:
	  - {id: used, run: "echo ${params.word} > b; echo used >> ../ran", inputs: [], outputs: [b]}
	  - {id: not, run: "echo x > c; echo not >> ../ran", inputs: [], outputs: [c]}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran used not
	expect_ok git wf run demo --word two
	expect_file b two
	expect_ran used
	expect_ok git wf run demo
	expect_file b one
	expect_ran
'

test_case 'the executable bit of an input counts' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "if test -x a; then echo yes; else echo no; fi > b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	echo x > a
	expect_tree_changes
	expect_ok git wf run demo
	chmod +x a
	expect_ok git wf run demo
	expect_file b yes
	expect_ran s s
'

test_case 'the text of a symbolic link counts, and what it leads to' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "readlink a > b; cat a >> b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	echo one > x
	echo one > y
	ln -s x a
	expect_tree_changes
	expect_ok git wf run demo
	ln -sfn y a
	expect_ok git wf run demo
	expect_file b "y
one"
	echo two > y
	expect_ok git wf run demo
	expect_file b "y
two"
	expect_ran s s s
'

test_case 'a link that becomes a file of the same content is noticed' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "if test -h a; then echo link; else echo file; fi > b; echo s >> ../ran", inputs: [a], outputs: [b]}
	EOT
	echo one > x
	ln -s x a
	expect_tree_changes
	expect_ok git wf run demo
	rm a && cp x a
	expect_ok git wf run demo
	expect_file b file
	expect_ran s s
'

test_case 'the content of a tool counts, and which one PATH finds' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "mytool > b; echo s >> ../ran", inputs: [], outputs: [b], tools: [mytool]}
	EOT
	printf "#!/bin/sh\necho 1\n" | write_script ../p/mytool
	printf "#!/bin/sh\necho 3\n" | write_script ../q/mytool
	PATH=$CASE/p:$CASE/q:$PATH
	repeat_runs "PATH is not the same there"
	expect_tree_changes
	expect_ok git wf run demo
	expect_file b 1
	printf "#!/bin/sh\necho 2\n" | write_script ../p/mytool
	expect_ok git wf run demo
	expect_file b 2
	PATH=$CASE/q:$PATH
	expect_ok git wf run demo
	expect_file b 3
	expect_ran s s s
'

test_case 'the shell, the folder and the outputs of a step count' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "basename \"$PWD\" > \"$WF_ROOT/b\"; echo s >> \"$WF_ROOT/../ran\"", dir: one, inputs: [], outputs: [b]}
	EOT
	mkdir one two
	expect_tree_changes
	expect_ok git wf run demo
	sed "s/dir: one/dir: two/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	expect_file b two
	sed "s/dir: two/dir: two, shell: [sh, -c]/" .workflows/demo.yml > t && mv t .workflows/demo.yml
	expect_ok git wf run demo
	expect_ran s s s
'

test_case 'two steps of the same text in two workflows share no wrong result' '
	workflow one <<-\EOT
	steps:
	  - {id: s, run: "cat a > out; echo s >> ../ran", inputs: [a], outputs: [out]}
	EOT
	workflow two <<-\EOT
	steps:
	  - {id: s, run: "cat b > out; echo s >> ../ran", inputs: [b], outputs: [out]}
	EOT
	echo 1 > a
	echo 2 > b
	expect_tree_changes
	expect_ok git wf run one
	expect_ok git wf run two
	expect_file out 2
	expect_ok git wf run one
	expect_file out 1
	expect_ran s s
'

test_done
