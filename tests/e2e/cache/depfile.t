#!/bin/sh
# Inputs that the compiler names: depfiles.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

compile_workflow() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "sh cc one.c one.o; echo one >> ../ran", inputs: [one.c, cc], outputs: [one.o], depfile: one.o.d}
	  - {id: two, run: "sh cc two.c two.o; echo two >> ../ran", inputs: [two.c, cc], outputs: [two.o], depfile: two.o.d}
	  - {id: link, run: "cat one.o two.o > app; echo link >> ../ran", inputs: [one.o, two.o], outputs: [app]}
	EOT
	# A compiler: the headers are the words after `include`.
	cat >cc <<-\EOT
	headers=$(sed -n "s/^include //p" "$1")
	cat "$1" $headers > "$2"
	echo "$2: $1 $headers" > "$2.d"
	EOT
	printf "include a.h\n" > one.c
	printf "include b.h\n" > two.c
	echo a > a.h
	echo b > b.h
	expect_tree_changes
}

test_case 'an edited header runs exactly what includes it, and explain names it' '
	compile_workflow
	expect_ok git wf run demo
	expect_ran one two link
	echo changed > b.h
	expect_ok git wf explain demo two
	expect_out_contains b.h
	expect_ok git wf run demo
	expect_ran two link
	expect_file_contains app changed
	expect_ok git wf run demo
	expect_ran
'

test_case 'a header that is deleted or included anew is noticed' '
	compile_workflow
	expect_ok git wf run demo
	expect_ran one two link
	printf "include a.h b.h\n" > one.c
	expect_ok git wf run demo
	expect_ran one link
	echo changed > b.h
	expect_ok git wf run demo
	expect_ran one two link
	printf "include a.h\n" > one.c
	expect_ok git wf run demo
	expect_ran link
	grep -c changed one.o && fail "one.o is not the old one"
	echo again > b.h
	expect_ok git wf run demo
	expect_ran two link
'

test_case 'a depfile that was deleted is no reason to run, and what it said still counts' '
	compile_workflow
	expect_ok git wf run demo
	expect_ran one two link
	rm one.o.d two.o.d
	expect_ok git wf run demo
	expect_ran
	echo changed > b.h
	expect_ok git wf run demo
	expect_ran two link
'

test_case 'a header that another step makes without an edge is an error with the way out' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: echo gen > gen.h, outputs: [gen.h]}
	  - {id: use, run: "sleep 0.3; cat gen.h > o; echo \"o: gen.h\" > o.d", inputs: [a], outputs: [o], depfile: o.d}
	EOT
	echo a > a
	expect_tree_changes
	expect_exit 1 git wf run demo -j2
	expect_says "add needs: [gen]"
'

test_case 'a header outside of the tree counts' '
	workflow demo <<-\EOT
	steps:
	  - {id: use, run: "cat ../sys.h > o; echo \"o: $(cd ..; pwd)/sys.h\" > o.d; echo use >> ../ran", inputs: [], outputs: [o], depfile: o.d}
	EOT
	echo 1 > ../sys.h
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran use
	echo 2 > ../sys.h
	expect_ok git wf run demo
	expect_ran use
	expect_file o 2
'

test_case 'a depfile that is missing or nonsense fails the step' '
	workflow demo <<-\EOT
	params: {how: {default: none}}
	steps:
	  - {id: s, run: "echo x > o; sh \"$WF_ROOT/how-${params.how}\"", inputs: [], outputs: [o], depfile: o.d}
	EOT
	: > how-none
	echo "printf \"no rule here\" > o.d" > how-bad
	expect_tree_changes
	expect_exit 1 git wf run demo
	expect_says "o.d"
	expect_exit 1 git wf run demo --how bad
	expect_says "o.d"
'

test_case 'a header edited while its step runs: the result is used, not remembered' '
	workflow demo <<-\EOT
	steps:
	  - id: one
	    run: "cat a.h > one.o; echo \"one.o: a.h\" > one.d; echo one >> ../ran; test ! -e ../edit || { rm ../edit; echo new > a.h; }"
	    inputs: []
	    outputs: [one.o]
	    depfile: one.d
	EOT
	echo old > a.h
	: > ../edit
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran one
	expect_says "changed while the step ran"
	expect_ok git wf run demo
	expect_ran one
	expect_file one.o new
'

test_case 'a header that a step before has just made counts as it is' '
	workflow demo <<-\EOT
	steps:
	  - {id: gen, inputs: [], run: "mkdir -p gen; echo 1 > gen/a.h; echo 2 > b.h", outputs: [gen/, b.h]}
	  - {id: use, needs: [gen], inputs: [], run: "cat gen/a.h b.h > o; echo \"o:gen/a.h b.h\" > o.d; echo use >> ../ran", outputs: [o], depfile: o.d}
	EOT
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran use
	expect_ok git wf run demo
	expect_ran
	rm -rf .git/wf/plans
	expect_ok git wf run demo
	expect_ran
'

test_case 'a tool that is replaced while its step runs is not what it ran with' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, inputs: [], tools: [./cc], run: "./cc; echo one >> ../ran; test ! -e ../edit || { rm ../edit; echo exit 0 >> cc; }"}
	EOT
	printf "#!/bin/sh\n" > cc
	chmod +x cc
	: > ../edit
	expect_tree_changes
	expect_ok git wf run demo
	expect_ran one
	printf "#!/bin/sh\n" > cc
	expect_ok git wf run demo
	expect_ran one
'

test_done
