#!/bin/sh
# Formatters of one hook at once, each on a copy of its own: what they made together, byte for byte.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

# Whatever the machine has.
three_at_once() {
	mkdir -p .workflows
	printf '[run]\njobs = 3\n' > .workflows/config.ini
}

# A formatter by a sed script; it waits for MEET of them to be at work. Lines on stdin: more steps.
fixer() { # NAME SCRIPT [MEET] [KEYS OF THE HOOK]
	workflow "$1" <<-EOT
	on: {pre-commit: {${4:-}}}
	steps:
	  - id: up
	    run: |
	      touch $CASE/at-$1; echo $1 >> $CASE/ran
	      n=0; until [ \$(ls $CASE | grep -c '^at-') -ge ${3:-1} ]; do
	        n=\$((n + 1)); [ \$n -lt 400 ] || { echo nobody else is at work; exit 9; }; sleep 0.02; done
	      echo this is $1
	      sed -i '$2' \${git.staged}
	EOT
}

test_case 'formatters of one priority are at work at the same time, and the fixes of all are committed' '
	fixer a "1s/bad/A/" 3
	fixer b "9s/bad/B/" 3
	fixer c "5s/bad/C/" 3
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n3\n4\nbad\n6\n7\n8\nbad\n10\n11\n12\n" > f
	printf "x\n2\n3\n4\n5\n6\n7\n8\nbad\n" > g
	git add f g
	printf "bad\n2\n3\n4\nbad\n6\n7\n8\nbad\n10\n11\nmine\n" > f
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=A\n2\n3\n4\nC\n6\n7\n8\nB\n10\n11\n12\n index=A\n2\n3\n4\nC\n6\n7\n8\nB\n10\n11\n12\n tree=A\n2\n3\n4\nC\n6\n7\n8\nB\n10\n11\nmine\n
	g head=x\n2\n3\n4\n5\n6\n7\n8\nB\n index=x\n2\n3\n4\n5\n6\n7\n8\nB\n tree=x\n2\n3\n4\n5\n6\n7\n8\nB\n
	EOT
	expect_lines 3 "$CASE/ran"
	expect_no_locks
	rm "$CASE"/at-*
	git reset -q --soft HEAD~1
	expect_ok git commit -qm again
	expect_equal "$(git status --porcelain)" " M f"
'

test_case 'the same lines: the later one runs once more on what there is by then, and that is said' '
	fixer a "1s/bad/bad, A/" 2
	fixer b "1s/\$/, B/" 2
	fixer z "9s/9/nine/" 2
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	seq 9 > f && sed -i 1s/1/bad/ f && git add f
	expect_ok git commit -qm one
	expect_says "workflow '"'b'"' changed '"'f'"' where one before it did"
	expect_equal "$(sort "$CASE/ran" | tr "\n" " ")" "a b b z "
	expect_state <<-\EOT
	f head=bad,A,B\n2\n3\n4\n5\n6\n7\n8\nnine\n index=bad,A,B\n2\n3\n4\n5\n6\n7\n8\nnine\n tree=bad,A,B\n2\n3\n4\n5\n6\n7\n8\nnine\n
	EOT
	expect_no_locks
'

test_case 'checks of the same priority see what formatters fixed; a higher number comes after both' '
	workflow check <<-EOT
	on: {pre-commit: {}}
	steps: [{id: look, inputs: [f], run: "echo check >> $CASE/ran; grep -x A f && grep -x B f"}]
	EOT
	fixer a "1s/bad/A/" 2
	fixer zz "9s/bad/B/" 2
	fixer last "s/A/last/" 1 "priority: 1"
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n3\n4\n5\n6\n7\n8\nbad\n" > f && git add f
	expect_ok git commit -qm one
	expect_equal "$(tail -2 "$CASE/ran" | tr "\n" " ")" "check last "
	expect_state <<-\EOT
	f head=last\n2\n3\n4\n5\n6\n7\n8\nB\n index=last\n2\n3\n4\n5\n6\n7\n8\nB\n tree=last\n2\n3\n4\n5\n6\n7\n8\nB\n
	EOT
'

test_case 'one that fails: the others are heard, each in its turn, and nothing is changed' '
	fixer a "1s/bad/A/" 3
	fixer b "9s/bad/B/; no such command" 3
	fixer c "9s/bad/C/" 3
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n3\n4\n5\n6\n7\n8\nbad\n" > f && git add f && echo mine >> f
	expect_exit 1 git commit -qm one
	expect_says "workflow '"'b'"' did not pass"
	expect_says "what was fixed is left out, as not all passed"
	cat "$CASE/out" "$CASE/err" | grep -o "workflow .[abc]. fixed\|.b. did not pass" > "$CASE/said"
	expect_equal "$(tr "\n" "," < "$CASE/said")" "workflow '"'a'"' fixed,'"'b'"' did not pass,workflow '"'c'"' fixed,"
	expect_state <<-\EOT
	f head=- index=bad\n2\n3\n4\n5\n6\n7\n8\nbad\n tree=bad\n2\n3\n4\n5\n6\n7\n8\nbad\nmine\n
	EOT
	expect_no_locks
'

test_case 'fix: fail and fix: off beside others' '
	fixer a "1s/bad/A/" 3 "fix: fail"
	fixer b "5s/bad/B/" 3 "fix: off"
	fixer c "9s/bad/C/" 3
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n3\n4\nbad\n6\n7\n8\nbad\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n2\n3\n4\nbad\n6\n7\n8\nbad\n tree=A\n2\n3\n4\nbad\n6\n7\n8\nC\n
	EOT
'

test_case 'with -j1 they go one after the other; WF_SKIP reaches into each' '
	for name in a b; do
		workflow $name <<-EOT
		on: {pre-commit: {}}
		steps:
		  - {id: up, run: "ls $CASE | grep -c at- >> $CASE/ran || :; touch $CASE/at-$name; sleep 0.1; rm $CASE/at-$name; sed -i s/bad$name/good/ \${git.staged}"}
		  - {id: off$name, run: "false"}
		EOT
	done
	three_at_once && git add . && git commit -qm workflows --no-verify
	printf "bada\nbadb\n" > f && git add f
	expect_tree_changes
	expect_ok env WF_SKIP=offa,offb,unknown git-wf hooks run -j1 pre-commit
	expect_says "is called '"'unknown'"'"
	! grep "is called .off" "$CASE/err" || fail "a name that is known is said to be unknown"
	expect_equal "$(tr "\n" " " < "$CASE/ran")" "0 0 "
	expect_equal "$(git show :f | tr "\n" " ")" "good good "
'

test_case 'there are no more copies of the files than are used at once' '
	for name in a b c d e; do
		workflow $name <<-EOT
		on: {pre-commit: {}}
		steps: [{id: up, run: "pwd >> $CASE/ran; echo $name >> $name; : \${git.staged}"}]
		EOT
		echo $name > $name
	done
	printf "[run]\njobs = 2\n" > .workflows/config.ini
	hook pre-commit
	git add .
	expect_ok git commit -qm one
	expect_lines 5 "$CASE/ran"
	expect_equal "$(sed "s|.*/places/||" "$CASE/ran" | sort -u | tr "\n" " ")" "shadow-0/tree shadow-1/tree "
	expect_equal "$(cat a b c d e | tr "\n" " ")" "a a b b c c d d e e "
	expect_equal "$(git status --porcelain)" ""
'

test_case 'Ctrl-C and kill -9 while several are at work: no process stays, nothing has changed' '
	for name in a b; do
		workflow $name <<-EOT
		on: {pre-commit: {}}
		steps:
		  - {id: up, run: "sed -i s/bad/good/ \${git.staged}; echo \$PPID > $CASE/at-$name; [ ! -e $CASE/slow ] || sleep 30"}
		EOT
	done
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n" > f && git add f && printf "mine\n" >> f
	for how in INT KILL; do
		rm -f "$CASE"/at-*; touch "$CASE/slow"
		setsid git commit -qm one > "$CASE/out" 2> "$CASE/err" &
		commit=$!
		wait_for 10 test -s "$CASE/at-a" -a -s "$CASE/at-b"
		first=$(ps -o ppid= -p "$(cat "$CASE/at-a")")
		expect_equal "$(ps -o ppid= -p "$(cat "$CASE/at-b")")" "$first"
		if [ $how = INT ]; then kill -INT -$commit; else kill_engine $first; fi
		! wait $commit || fail "it was committed"
		wait_for 10 sh -c "! kill -0 $(cat "$CASE/at-a") && ! kill -0 $(cat "$CASE/at-b")"
		expect_state <<-\EOT
		f head=- index=bad\n2\n tree=bad\n2\nmine\n
		EOT
		expect_no_locks
	done
	rm "$CASE/slow"
	expect_ok git commit -qm one
	expect_state <<-\EOT
	f head=good\n2\n index=good\n2\n tree=good\n2\nmine\n
	EOT
'

test_case 'within one workflow: those that may change the files of the hook go one after the other, all of them' '
	workflow format <<-EOT
	on: {pre-commit: {}}
	steps:
	  - {id: z, run: "echo z >> $CASE/ran; cat f > $CASE/z; n=0; until [ -e $CASE/looked ] || [ \$n -gt 400 ]; do n=\$((n + 1)); sleep 0.02; done; sed s/bad/good/ $CASE/z > f; : \${git.staged}"}
	  - {id: look, run: "echo look >> $CASE/ran; touch $CASE/looked", inputs: ["\${git.staged}"]}
	  - {id: a, run: "echo a >> $CASE/ran; sed -i s/2/two/ \${git.staged}"}
	  - {id: m, script: {with: sh, code: "echo m >> $CASE/ran; xargs -0 sed -i s/3/three/ < \$WF_FILES"}, needs: [q]}
	  - {id: q, run: "echo q >> $CASE/ran; sed -i s/4/four/ \${git.staged}"}
	EOT
	three_at_once && git add . && git commit -qm workflows --no-verify
	hook pre-commit
	printf "bad\n2\n3\n4\n" > f && git add f
	expect_ok git commit -qm one
	expect_equal "$(grep -v look "$CASE/ran" | tr "\n" " ")" "z a q m "
	expect_equal "$(sed "/^a/q" "$CASE/ran" | grep -c look)" 1
	expect_state <<-\EOT
	f head=good\ntwo\nthree\nfour\n index=good\ntwo\nthree\nfour\n tree=good\ntwo\nthree\nfour\n
	EOT
'

test_done
