#!/bin/sh
# Random changes between runs: what is on disk after a run is what a run from nothing makes.
# WF_TEST_SEED and WF_TEST_ROUNDS choose others.
. "${0%/*}/../lib.sh"

seed=${WF_TEST_SEED:-1}
rounds=${WF_TEST_ROUNDS:-40}

the_workflow() {
	workflow demo <<-\EOT
	params: {word: {default: none}}
	steps:
	  - {id: up, foreach: {f: {glob: "src/*.txt"}}, run: "tr a-z A-Z < ${each.f} > build/${each.f}", inputs: ["${each.f}"], outputs: ["build/${each.f}"]}
	  - {id: split, run: "mkdir -p parts; rm -f parts/*; for w in $(cat list); do echo $w > parts/$w.p; done", inputs: [list], outputs: ["parts/*.p"]}
	  - {id: tree, run: "rm -rf tree; mkdir -p tree/sub; cp -P src/* tree/sub; for w in $(cat list); do ln -s sub/$w tree/$w; done; if test -x list; then echo x > tree/x; fi", inputs: [list, "src/**"], outputs: [tree/]}
	  - {id: log, run: "(cd tree && find . | sort) > \"$WF_OUT_LOG\"", inputs: ["tree/**"], outputs: ["artifact:log"]}
	  - {id: sum, run: "(cat \"$WF_IN_LOG\"; cat parts/*.p; find tree -type f | sort | xargs cat) > sum", inputs: ["artifact:log", "parts/*.p", "tree/**"], outputs: [sum]}
	  - {id: first, run: "head -n 3 sum > first", inputs: [sum], outputs: [first]}
	  - {id: last, run: "cat first > last; echo ${params.word} >> last; readlink link >> last", inputs: [first, link], outputs: [last]}
	EOT
}

# The same by hand, in a folder of its own.
reference() {
	rm -rf ../reference
	mkdir -p ../reference/build/src ../reference/parts ../reference/tree/sub
	cp -RP src list link ../reference
	(
		cd ../reference || exit
		for f in src/*.txt; do [ ! -e "$f" ] || tr a-z A-Z <"$f" >"build/$f"; done
		for w in $(cat list); do echo $w >parts/$w.p; done
		cp -P src/* tree/sub
		for w in $(cat list); do ln -s sub/$w tree/$w; done
		if test -x list; then echo x >tree/x; fi
		{ (cd tree && find . | sort); cat parts/*.p; find tree -type f | sort | xargs cat; } >sum
		head -n 3 sum >first
		cat first >last
		echo "$1" >>last
		readlink link >>last
	)
}

random() { # N: 0 … N-1 in $r
	state=$(((state * 1103515245 + 12345) % 2147483648))
	r=$((state / 65536 % $1))
}

pick_file() { random 4; file=src/$r.txt; }

change() {
	random 22
	case $r in
	0 | 1) pick_file; random 3; echo "text $r" >$file ;;
	2) pick_file; echo "other" >$file ;;
	3) random 5; echo "more $r" >src/new$r.c ;;
	4) random 5; rm -f src/new$r.c ;;
	5) touch src/* list ;;
	6) random 4; echo one two three four | cut -d" " -f1-$((r + 1)) >list ;;
	7) echo two three >list ;;
	8) chmod +x list ;;
	9) chmod -x list ;;
	10) rm -rf tree ;;
	11) rm -f parts/one.p sum ;;
	12) echo edited >sum ;;
	13) echo edited >last; rm -f first ;;
	14) echo alien >parts/alien.p ;;
	15) mkdir -p tree/sub && echo alien >tree/sub/alien ;;
	16) random 3; ln -sfn to$r link ;;
	17) mv src/0.txt src/t && mv src/1.txt src/0.txt && mv src/t src/1.txt ;;
	18) random 3; word=w$r ;;
	19) rm -rf .git/wf/objects ;;
	20) touch -d "2001-01-01" src/* list ;;
	21) pick_file; cp -p $file ../t; echo same >$file; cp -p ../t $file ;;
	esac
	echo "  change $r"
}

play() {
	the_workflow
	expect_tree_changes
	mkdir src
	for i in 0 1 2 3; do echo "text $i" >src/$i.txt; done
	echo one two >list
	ln -s to0 link
	state=$seed word=none round=0
	while [ $round -lt "$rounds" ]; do
		echo "round $round, seed $seed"
		git-wf run demo --word $word >"$CASE/out" 2>"$CASE/err" || fail "exit $?"
		reference $word
		for made in build parts tree sum first last; do
			diff -r --no-dereference ../reference/$made $made || fail "$made is not what it should be"
		done
		change
		random 2
		[ $r -eq 0 ] || change
		round=$((round + 1))
	done
	expect_ok git wf run demo --word $word
}

test_case 'forty random changes' 'play'

seed=$((seed + 1000))
test_case 'forty others' 'play'

test_done
