#!/bin/sh
# A small change: what nothing moved in is not judged anew, and that must never show. `plan` judges
# everything anew: what it says is what `run` does.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# Two chains and a lone one: a → b → c, d → e, and f.
chains() {
	workflow demo <<-\EOT
	pass_env: [COLOUR]
	steps:
	  - {id: a, run: "echo a >> ../ran; cp in1 a1", inputs: [in1], outputs: [a1]}
	  - {id: b, run: "echo b >> ../ran; head -n 1 a1 > b1", inputs: [a1], outputs: [b1]}
	  - {id: c, run: "echo c >> ../ran; cp b1 c1", inputs: [b1], outputs: [c1]}
	  - {id: d, run: "echo d >> ../ran; cat src/* > d1; echo v=$(cat d1) >> \"$WF_OUTPUT\"", inputs: ["src/*"], outputs: [d1]}
	  - {id: e, run: "echo e >> ../ran; echo ${steps.d.outputs.v} > e1", inputs: [], outputs: [e1]}
	  - {id: f, run: "echo f >> ../ran; cat in2 > f1", inputs: [in2], outputs: [f1], needs: [d]}
	EOT
	expect_tree_changes
	mkdir -p src
	echo 1 > in1
	echo 2 > in2
	echo s > src/s
	expect_ok git wf run demo
	expect_ran a b c d e f
	expect_ok git wf run demo
	expect_ran
}

# `plan` and `run` agree, and the next run has nothing to do.
expect_runs() { # STEP…
	expect_ok git-wf plan demo
	sed -n "s/^  run  *\([a-z0-9]*\) .*/\1/p" "$CASE/out" >"$CASE/planned"
	expect_ok git wf run demo
	for planned in $(cat "$CASE/planned"); do
		grep -qx "$planned" "$CASE/ran" || fail "'$planned' was to run"
	done
	expect_ran "$@"
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	expect_ran
}

test_case 'one input, and all below it that changes' '
	chains
	echo one > in1
	expect_runs a b c
	expect_file c1 one
	echo two > in2
	expect_runs f
	echo t > src/s
	expect_runs d e f
	expect_file e1 t
'

test_case 'below a step whose output stays the same nothing runs' '
	chains
	echo more >> in1
	expect_runs a b
	expect_file c1 1
	echo three > in1
	expect_runs a b c
'

# What x hands on has changed though its fingerprint has not: y must not count as unmoved below it.
test_case 'a step came to the same fingerprint, but to another value in between' '
	workflow demo <<-\EOT
	steps:
	  - {id: w, run: "echo w >> ../ran; echo same > w1", inputs: [in0], outputs: [w1]}
	  - {id: x, run: "echo x >> ../ran; echo v=$(cat ../hidden) >> \"$WF_OUTPUT\"", inputs: [w1]}
	  - {id: y, run: "echo y >> ../ran; echo ${steps.x.outputs.v} > y1", inputs: [], outputs: [y1]}
	  - {id: z, run: "echo z >> ../ran; echo z > z1", inputs: [y1], outputs: [z1]}
	EOT
	expect_tree_changes
	echo 0 > in0
	echo 1 > ../hidden
	expect_ok git wf run demo
	expect_ran w x y z
	echo 1 > in0
	expect_ok git wf run demo
	expect_ran w
	echo 2 > ../hidden
	expect_ok git wf run demo --only x --force
	expect_ran x
	echo 2 > in0
	expect_ok git wf run demo
	expect_ran w y z
	expect_file y1 2
'

test_case 'an output of another step, deleted and edited' '
	chains
	echo one > in1
	rm f1 c1
	expect_runs a b c
	expect_file f1 2
	echo two > in2
	echo edited > b1
	expect_runs f
	expect_file b1 one
	echo three > in2
	rm d1
	expect_runs f
	expect_file d1 s
'

test_case 'the environment changes together with an input' '
	chains
	echo one > in1
	COLOUR=red
	export COLOUR
	expect_runs a b c d e f
	unset COLOUR
	expect_runs a b c
	COLOUR=
	export COLOUR
	expect_runs a b c d e f
'

test_case 'the settings change together with an input' '
	chains
	echo one > in1
	printf "[cache]\nenabled = true\n[run]\njobs = 1\n" > .workflows/config.ini
	expect_runs a b c
'

test_case 'the workflow changes together with an input' '
	chains
	echo one > in1
	sed "s/cat in2 > f1/cat in2 in2 > f1/" .workflows/demo.yml > ../w && cp ../w .workflows/demo.yml
	expect_runs a b c f
'

test_case 'a pattern gains and loses a file' '
	chains
	echo one > in1
	echo u > src/u
	expect_runs a b c d e f
	expect_lines 2 d1
	echo two > in1
	rm src/s
	expect_runs a b c d e f
	expect_file d1 u
'

test_case 'a new file of a pattern, after runs that did not look at it' '
	chains
	for i in 10 11 12; do
		echo $i > in1
		expect_runs a b c
	done
	echo v > src/v
	expect_runs d e f
	echo w > .gitignore
	expect_runs
	echo w > src/w
	expect_runs
'

test_case 'files of a pattern, edited and with other rights' '
	chains
	echo t > src/t
	expect_runs d e f
	echo T > src/t
	expect_runs d e f
	expect_lines 2 d1
	echo longer > src/s
	echo U > src/t
	expect_runs d e f
	echo "longer
U" > ../wanted
	cmp d1 ../wanted || fail "d1 is of other files"
	chmod +x src/t
	expect_runs d
	rm src/t
	ln -s s src/t
	expect_runs d e f
	echo x > src/s
	expect_runs d e f
	expect_lines 2 d1
'

test_case 'a step that edits what it reads' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo a >> ../ran; for f in src/*; do tr a-z A-Z < $f > t && cat t > $f; done; rm t; touch done", inputs: ["src/*"], outputs: ["src/*", done]}
	EOT
	expect_tree_changes
	mkdir src
	echo x > src/x
	echo y > src/y
	expect_ok git wf run demo
	expect_ran a
	echo z > src/y
	expect_runs a
	expect_file src/y Z
	expect_runs
	echo w > src/x
	expect_runs a
	expect_file src/x W
'

test_case 'a file of ignore rules that is an input, too' '
	chains
	echo one > in1
	echo u > src/u
	sed "s/inputs: .in2./inputs: [in2, .gitignore]/" .workflows/demo.yml > ../w && cp ../w .workflows/demo.yml
	echo "*.o" > .gitignore
	expect_runs a b c d e f
	printf "*.o\nsrc/u\n" > .gitignore
	expect_lines 2 d1
	expect_runs f
	expect_file d1 s
'

test_case 'an input that another step edits unsaid' '
	chains
	sed "s/echo a >>/echo 3 > in2; echo a >>/" .workflows/demo.yml > ../w && cp ../w .workflows/demo.yml
	expect_ok git wf run demo
	expect_ok git wf run demo
	rm -f ../ran
	echo 2 > in2
	echo one > in1
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	expect_file f1 3
'

test_case 'edits in the tick in which a run ends' '
	chains
	i=100
	while [ $i -lt 130 ]; do
		echo $i > in1
		[ $((i % 3)) -ne 0 ] || echo $i > in2
		git-wf run demo >"$CASE/out" 2>"$CASE/err" || fail "exit $?"
		expect_file c1 $i
		[ $((i % 3)) -ne 0 ] || expect_file f1 $i
		i=$((i + 1))
	done
	rm -f ../ran
	expect_runs
'

test_case 'after a run that failed' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo a >> ../ran; test $(cat in1) -lt 5; cp in1 a1", inputs: [in1], outputs: [a1]}
	  - {id: b, run: "echo b >> ../ran; cp a1 b1", inputs: [a1], outputs: [b1]}
	  - {id: c, run: "echo c >> ../ran; cp in2 c1", inputs: [in2], outputs: [c1]}
	EOT
	expect_tree_changes
	echo 1 > in1
	echo 1 > in2
	expect_ok git wf run demo
	expect_ran a b c
	echo 7 > in1
	echo 7 > in2
	expect_exit 1 git wf run demo -k
	expect_ran a c
	expect_exit 1 git wf run demo -k
	expect_ran a
	echo 2 > in1
	expect_runs a b
	echo 1 > in1
	echo 1 > in2
	expect_runs
	expect_file b1 1
	expect_file c1 1
'

test_case 'what is no longer in the cache runs' '
	chains
	echo one > in1
	rm .git/wf/records*
	expect_runs a b c d e f
'

test_case 'an artifact that is no longer in the cache is made again' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo a >> ../ran; cp in1 \"$WF_OUT_A\"", inputs: [in1], outputs: ["artifact:a"]}
	  - {id: b, run: "echo b >> ../ran; cat \"$WF_IN_A\" in2 > b1", inputs: ["artifact:a", in2], outputs: [b1]}
	EOT
	expect_tree_changes
	echo 1 > in1
	echo 1 > in2
	expect_ok git wf run demo
	expect_ran a b
	echo 2 > in2
	expect_runs b
	rm -r .git/wf/objects
	echo 3 > in2
	expect_runs a b
'

test_case 'a value of git' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "echo a >> ../ran; echo ${git.branch} > a1", inputs: [], outputs: [a1]}
	  - {id: b, run: "echo b >> ../ran; cp in1 b1", inputs: [in1], outputs: [b1]}
	EOT
	expect_tree_changes
	echo 1 > in1
	expect_ok git wf run demo
	expect_ran a b
	git checkout -q -b other
	echo 2 > in1
	expect_ok git wf run demo
	expect_ran a b
	expect_file a1 other
'

test_case 'a foreach over files, and one over what a step says' '
	workflow demo <<-\EOT
	steps:
	  - {id: u, foreach: {f: {glob: "src/*"}}, run: "echo u >> ../ran; cp ${each.f} o/${each.f}", inputs: ["${each.f}"], outputs: ["o/${each.f}"]}
	  - {id: l, run: "echo l >> ../ran; cat list; cat more > l1", inputs: [list, more], outputs: [l1]}
	  - {id: v, foreach: {w: {lines: "${steps.l.stdout}"}}, run: "echo v >> ../ran; echo ${each.w} > w${each.w}", inputs: [], outputs: ["w${each.w}"]}
	  - {id: z, needs: [u, v], run: "echo z >> ../ran; cp in1 z1", inputs: [in1], outputs: [z1]}
	EOT
	expect_tree_changes
	mkdir -p src o/src
	echo 1 > src/p; echo 2 > src/q
	printf "k\nm\n" > list
	echo x > more; echo 1 > in1
	expect_ok git wf run demo
	expect_ran u u l v v z
	echo 3 > src/p
	expect_runs u z
	echo 2 > in1
	expect_runs z
	printf "k\nn\n" > list
	expect_runs l v z
	expect_file wn n
	echo y > more
	expect_runs l
	echo 4 > src/r
	expect_runs u z
'

# Twelve steps, each of its own input and of some above: what `plan` says will run, did run; and of what
# it says is cached nothing did.
random() { # N: 0 … N-1 in $r
	state=$(((state * 1103515245 + 12345) % 2147483648))
	r=$((state / 65536 % $1))
}

random_graph() {
	echo "steps:"
	i=0
	while [ $i -lt 12 ]; do
		deps="" j=0
		while [ $j -lt $i ]; do
			random 4
			[ $r -ne 0 ] || deps="$deps o$j"
			j=$((j + 1))
		done
		random 3
		lines=$((r + 1))
		inputs=$(echo i$i $deps | tr " " ",")
		echo "  - {id: s$i, run: \"echo s$i >> ../ran; cat i$i $deps | head -n $lines > o$i\", inputs: [$inputs], outputs: [o$i]}"
		i=$((i + 1))
	done
}

random_change() {
	random 12
	n=$r
	random 7
	case $r in
	0 | 1 | 2) random 9; echo $r > i$n ;;
	3) echo same >> i$n ;;
	4) rm -f o$n ;;
	5) echo edited > o$n ;;
	6) touch i$n o$n ;;
	esac
}

play() {
	expect_tree_changes
	state=${WF_TEST_SEED:-7}
	random_graph | workflow demo
	for i in 0 1 2 3 4 5 6 7 8 9 10 11; do echo $i > i$i; done
	expect_ok git wf run demo
	rm -f ../ran
	round=0
	while [ $round -lt 30 ]; do
		random_change
		random 2
		[ $r -eq 0 ] || random_change
		git-wf plan demo >"$CASE/plan" || fail "plan: exit $?"
		git-wf run demo >"$CASE/out" 2>"$CASE/err" || fail "run: exit $?"
		touch ../ran
		sort -u ../ran >../unique
		[ "$(wc -l <../unique)" -eq "$(wc -l <../ran)" ] || fail "one ran twice"
		sed -n "s/^  run  *\(s[0-9]*\) .*/\1/p" "$CASE/plan" | while read -r step; do
			grep -qx $step ../ran || fail "round $round: $step did not run"
		done
		sed -n "s/^  cached  *\(s[0-9]*\) .*/\1/p" "$CASE/plan" | while read -r step; do
			! grep -qx $step ../ran || fail "round $round: $step ran"
		done
		rm -f ../ran
		git-wf plan demo --check >"$CASE/plan" || fail "round $round: something is left to do"
		round=$((round + 1))
	done
	expect_ok git wf run demo
}

test_case 'thirty random changes of a graph' 'play'

test_done
