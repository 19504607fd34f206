#!/bin/sh
# Snapshots: when a run takes them, what is in them, what becomes of them.
. "${0%/*}/../lib.sh"

three_steps() { # [KEYS]
	workflow demo <<-EOT
	${1:-}
	steps:
	  - {id: one, run: echo one >> text}
	  - {id: two, needs: [one], run: "echo two >> text; echo new > new"}
	  - {id: three, needs: [two], run: rm -f gone}
	EOT
	echo zero > text
	echo bye > gone
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
}

snapshots() { # the moments of all, in their order
	git wf snapshots --json | sed -n "s/.*\"when\": \"\([^\"]*\)\".*/\1/p" | tr "\n" , | sed "s/,\$//"
}
ref_of() { # NUMBER
	git for-each-ref --format="%(refname)" "refs/wf/*/$1/raw" | sed "s,/raw\$,,"
}
index_state() { # all of the index but what git may look up again
	git ls-files -s -v
}

test_case 'none without a word about rollback, none with strategy none, none where they are off' '
	three_steps
	expect_ok git wf run demo
	three_steps "rollback: {strategy: none}"
	expect_ok git wf run demo
	three_steps "rollback: {}"
	GIT_WF_WORKFLOW_ENABLE_ROLLBACK=false expect_ok git wf run demo
	expect_equal "$(git for-each-ref refs/wf)" ""
'

test_case 'run: one before the first step, one after the last' '
	three_steps "rollback: {strategy: run}"
	expect_ok git wf run demo
	expect_equal "$(snapshots)" "begin,end"
'

test_case 'run is what rollback means alone' '
	three_steps "rollback: {}"
	expect_ok git wf run demo
	expect_equal "$(snapshots)" "begin,end"
'

test_case 'step: one after each step as well, and steps run alone' '
	workflow demo <<-\EOT
	rollback: {strategy: step}
	steps:
	  - {id: a, run: test ! -e ../b; echo > ../a; sleep 0.1; rm ../a}
	  - {id: b, run: test ! -e ../a; echo > ../b; sleep 0.1; rm ../b}
	EOT
	repeat_runs "not cached"
	expect_ok git wf run demo -j4
	expect_equal "$(snapshots)" "begin,after a,after b"
'

test_case 'declared checkpoints have their own, and know its number' '
	three_steps "rollback: {checkpoints: [{after: one}, {before: three}]}"
	expect_ok git wf run demo
	expect_equal "$(snapshots)" "begin,after one,before three,end"
	file=$(grep -l "\"kind\":\"declared\"" cortex-brain/workflows/demo-*/checkpoints/*-one.json)
	expect_file_contains "$file" "\"number\":2,\"when\":\"after\",\"step\":\"one\""
	expect_equal "$(grep -c "\"number\":3" "$file")" 0
'

test_case 'it is in the journal before the step that follows begins' '
	three_steps "rollback: {strategy: run}"
	sed -i "s,echo one,cp ../repo/cortex-brain/workflows/demo-*/journal.ndjson ../seen; &," .workflows/demo.yml
	expect_ok git wf run demo
	expect_file_contains ../seen "\"type\":\"snapshot\",\"word\":\"begin\",\"number\":1"
'

test_case 'none for a run that has nothing to do' '
	workflow demo <<-\EOT
	rollback: {strategy: step}
	steps: [{id: a, run: "true", inputs: []}]
	EOT
	expect_ok git wf run demo
	refs=$(git for-each-ref refs/wf)
	expect_ok git wf run demo
	expect_ok git wf run demo --events ../events
	expect_equal "$(git for-each-ref refs/wf)" "$refs"
'

test_case 'neither index nor tree nor HEAD moves; staged, unstaged, untracked and intent-to-add are in it' '
	three_steps "rollback: {strategy: run}"
	sed -i "s/run: .*/run: exit 1}/; /id: two/d; /id: three/d" .workflows/demo.yml
	commit_all
	echo staged >> text; git add text; echo unstaged >> text
	echo loose > loose; echo intent > intent; git add -N intent
	cp .git/index ../index
	expect_exit 1 git wf run demo
	cmp .git/index ../index
	ref=$(ref_of 1)
	expect_equal "$(git show "$ref/raw:tree/text")" "$(cat text)"
	expect_equal "$(git show "$ref/raw:tree/loose")" loose
	expect_equal "$(git show "$ref/raw:tree/intent")" intent
	git show "$ref/raw:index" | cmp - ../index
	expect_equal "$(git show "$ref/tree^2:text" | tail -n 1)" staged
'

test_case 'git stash apply takes one' '
	three_steps "rollback: {strategy: run}"
	echo staged >> text; git add text; echo unstaged >> text; echo loose > loose
	before=$(git status --porcelain)
	git wf run demo
	ref=$(ref_of 1)
	git reset -q --hard; git clean -fdq
	git stash apply -q --index "$ref/tree"
	expect_equal "$(git status --porcelain)" "$before"
	expect_file text "zero
staged
unstaged"
'

test_case 'beside a foreign index.lock' '
	three_steps "rollback: {strategy: run}"
	: > .git/index.lock
	expect_ok git wf run demo
	rm .git/index.lock
	expect_equal "$(snapshots)" "begin,end"
'

test_case 'on a branch without a commit' '
	rm -rf .git; git init -q
	workflow demo <<-\EOT
	rollback: {}
	steps: [{id: a, run: echo > made}]
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(snapshots)" "begin,end"
'

test_case 'include takes ignored paths too' '
	three_steps "rollback: {include: [\"local/*.conf\"]}"
	echo local/ > .gitignore; mkdir local; echo 1 > local/a.conf; echo 2 > local/b.other
	commit_all
	expect_ok git wf run demo
	expect_equal "$(git ls-tree -r --name-only "$(ref_of 1)/raw:tree" local)" local/a.conf
'

test_case 'nothing starts where one cannot be taken' '
	three_steps "rollback: {}"
	mkdir -p .git/wf; : > .git/wf/scratch
	expect_exit 128 git wf run demo
	expect_err_contains "nothing was started"
	expect_file text zero
'

test_case 'show and diff tell what changed' '
	three_steps "rollback: {strategy: step}"
	expect_ok git wf run demo
	expect_ok git wf snapshots diff demo/1 demo/4
	expect_out_is <<-\EOT
	D  gone
	A  new
	M  text
	EOT
	expect_ok git wf snapshots show latest/2
	expect_out_contains "after one"
	expect_out_contains "M  text"
	expect_exit 129 git wf snapshots show demo/9
	expect_err_contains "there is no snapshot"
	rm -rf cortex-brain
	expect_ok git wf snapshots demo-202
	expect_lines 4 "$CASE/out"
'

# Makes them of the year 2023.
age() { # REF…
	for aged_ref; do
		aged=$(git cat-file commit "$aged_ref" | sed "s/> [0-9]* +/> 1700000000 +/" | git hash-object -t commit -w --stdin)
		git update-ref "$aged_ref" "$aged"
	done
}

test_case 'they go after 14 days, by cache gc' '
	three_steps "rollback: {}"
	expect_ok git wf run demo
	old=$(ref_of 1)
	age "$old/tree" "$old/raw"
	git update-ref "$old/kept/main" HEAD
	git update-ref "$old/kept/more/of-it" HEAD
	expect_ok git wf cache gc -n
	expect_out_contains "snapshots  1"
	expect_ok git wf cache gc
	expect_equal "$(snapshots)" "end"
	expect_equal "$(git for-each-ref "$old")" ""
'

test_case 'another one that removes the same is in nobody'\''s way' '
	three_steps "rollback: {}"
	expect_ok git wf run demo
	old=$(ref_of 1)
	age "$old/tree" "$old/raw"
	git=$(command -v git)
	mkdir ../bin
	write_script ../bin/git <<-EOT
	#!/bin/sh
	case "\$*" in
	*update-ref*--stdin*) test -e ../was-there || { : > ../was-there; $git update-ref -d "$old/tree"; } ;;
	esac
	exec $git "\$@"
	EOT
	PATH=$(cd .. && pwd)/bin:$PATH expect_ok git-wf cache gc
	expect_file ../was-there
	expect_equal "$(git for-each-ref "$old")" ""
'

test_case 'a lock of a git that was killed keeps its snapshot for an hour, and nothing else' '
	three_steps "rollback: {strategy: step}"
	expect_ok git wf run demo
	age "$(ref_of 1)/tree" "$(ref_of 1)/raw" "$(ref_of 2)/tree" "$(ref_of 2)/raw"
	lock=.git/$(git for-each-ref --format="%(refname)" "refs/wf/*/1/tree").lock
	: > "$lock"
	expect_ok git wf cache gc
	expect_equal "$(snapshots)" "begin,after two,after three"
	touch -d "2 hours ago" "$lock"
	expect_ok git wf cache gc
	expect_equal "$(snapshots)" "after two,after three"
'

# As git leaves none behind when it packs them while we look: here for good, so that it is met.
test_case 'a folder of objects that is listed and not there' '
	three_steps "rollback: {strategy: run}"
	ln -s nowhere .git/objects/zz
	expect_ok git wf run demo
	expect_equal "$(snapshots)" "begin,end"
	rm .git/objects/zz
'

test_case 'what a killed one left is cleared away' '
	three_steps "rollback: {}"
	mkdir -p .git/wf/scratch/snapshot-abc123
	: > .git/wf/scratch/snapshot-abc123/index
	mkdir -p .git/wf/scratch/objects-00000000-0000-4000-8000-000000000001/ea
	expect_ok git wf run demo
	expect_no_file .git/wf/scratch/snapshot-abc123
	expect_no_file .git/wf/scratch/objects-00000000-0000-4000-8000-000000000001
'

# A git that hangs as it writes a tree while ../hang is there: for ever, or until it is gone.
hanging_git() { # COMMAND
	git=$(command -v git)
	mkdir ../bin
	write_script ../bin/git <<-EOT
	#!/bin/sh
	case "\$*" in
	*write-tree*) test -e ../hang && : > ../waits && $1 ;;
	esac
	exec $git "\$@"
	EOT
	PATH=$(cd .. && pwd)/bin:$PATH
}

# Runs demo and sends that once its git hangs; ../ended: how it ended.
end_it_there() { # SIGNAL
	rm -f ../waits ../ended
	(
		status=0
		sh -c "echo \$\$ >../pid; exec git-wf run demo" >../background 2>&1 || status=$?
		echo $status >../ended
	) &
	wait_for 10 test -e ../waits
	kill -s "$1" "$(cat ../pid)"
	wait_for 5 test -e ../ended
}

test_case 'a run that is ended while one is taken waits for nobody' '
	three_steps "rollback: {}"
	hanging_git "exec sleep 60"
	echo edit >> text # a tree is to be written, whatever the clock says
	: > ../hang
	for signal in TERM HUP; do
		end_it_there $signal
		[ "$(cat ../ended)" -gt 128 ] || fail "exit $(cat ../ended)"
		expect_equal "$(git for-each-ref refs/wf)" ""
		expect_equal "$(ls .git/wf/scratch | grep -c snapshot-)" 1
	done
	rm ../hang
	expect_ok git wf resume
	expect_equal "$(ls .git/wf/scratch | grep -c snapshot-)" 0
'

test_case 'a run that is ended while its last one is taken waits for nobody, and can be rolled back' '
	three_steps "rollback: {}"
	sed -i "s,rm -f gone,rm -f gone; touch ../hang," .workflows/demo.yml
	git commit -qam hang
	hanging_git "exec sleep 60"
	end_it_there TERM
	expect_equal "$(cat ../ended)" 143
	rm ../hang
	expect_ok git wf resume
	expect_lines 3 text
	expect_ok git wf rollback
	expect_lines 1 text
	expect_file gone bye
	expect_no_file new
'

test_case 'nor does one go back on its own that failed before' '
	for cleanup in "" "cleanup: [tidy]"; do
		workflow demo <<-EOT
		rollback: {$cleanup}
		error_handlers:
		  tidy: {run: touch ../tidied}
		steps:
		  - {id: a, run: "echo new > file; touch ../hang; exit 1", on_failure: rollback}
		EOT
		echo old > file
		commit_all
		expect_tree_changes
		repeat_runs "it fails"
		[ -e ../bin ] || hanging_git "exec sleep 60"
		end_it_there TERM
		expect_equal "$(cat ../ended)" 143
		rm ../hang
		expect_file file new
		expect_no_file ../tidied
	done
'

test_case 'the time of a run is not that of its last one' '
	three_steps "rollback: {}
timeout: 1s"
	sed -i "s,rm -f gone,rm -f gone; touch ../hang," .workflows/demo.yml
	git commit -qam hang
	hanging_git "sleep 2; rm -f ../hang"
	expect_ok git wf run demo
	expect_ok git wf snapshots
	expect_out_contains end
'

test_case 'where nothing but finally can run any more that has its snapshot, and it ends' '
	workflow demo <<-\EOT
	rollback: {}
	requires: [{run: "false"}]
	steps:
	  - {id: one, run: echo one >> text}
	finally:
	  - {id: two, run: echo two >> text}
	EOT
	expect_tree_changes
	repeat_runs "it fails"
	expect_exit 1 timeout 20 git wf run demo
	expect_file text two
	expect_equal "$(snapshots)" begin,end
'

test_case 'beside git gc --prune=now: what is taken is whole' '
	three_steps "rollback: {}"
	for i in $(seq 40); do echo "$i" > "f$i"; done
	commit_all
	for n in $(seq 8); do
		for i in $(seq 20); do echo "$n $i" > "f$i"; done
		{ sleep "0.0$n"; git gc -q --prune=now; } &
		git-wf __snapshot gc "$n" begin "" >/dev/null
		wait
	done
	git for-each-ref --format="%(refname)" refs/wf > ../refs
	expect_lines 16 ../refs
	while read -r ref; do git rev-list --objects "$ref" >/dev/null || fail "$ref lacks something"; done < ../refs
'

test_case 'many at once: all succeed, nothing moves' '
	three_steps "rollback: {}"
	echo more >> text; git add text; echo loose > loose
	cp .git/index ../index
	many=${WF_TEST_MANY:-50}
	for i in $(seq "$many"); do
		git-wf __snapshot "many-$i" 1 begin "" > "../answer-$i" 2>&1 &
	done
	wait
	expect_equal "$(cat ../answer-* | grep -c "\"raw\":")" "$many"
	expect_equal "$(git for-each-ref "refs/wf/many-*/1/raw" | wc -l)" "$many"
	cmp .git/index ../index
	expect_equal "$(git status --porcelain)" "M  text
?? loose"
	expect_equal "$(ls .git/wf/scratch | grep -c snapshot-)" 0
'

test_case 'back to a checkpoint by the name of its file; one without a snapshot says which is before it' '
	three_steps "rollback: {checkpoints: [{after: one}, {before: three}]}"
	expect_ok git wf run demo
	file=$(ls cortex-brain/workflows/demo-*/checkpoints | grep -e "-one.json")
	last=$(ls cortex-brain/workflows/demo-*/checkpoints | sort -n | tail -n 1)
	expect_ok git wf rollback demo --to "${file%.json}"
	expect_file text "zero
one"
	expect_ok git wf undo
	expect_ok git wf rollback demo --to "$last"
	expect_exit 129 git wf rollback demo --to "999-one.json"
	expect_says "has no snapshot for"
'

test_case 'a resume tells of a snapshot that is gone, and a rollback to it what is left' '
	three_steps "rollback: {checkpoints: [{after: one}]}"
	sed -i "s/id: three, needs: .two., run: .*/id: three, needs: [two], run: test -e ..\/mended}/" .workflows/demo.yml
	commit_all
	expect_exit 1 git wf run demo
	ref=$(git for-each-ref --format="%(refname)" refs/wf | grep "/2/raw")
	git update-ref -d "$ref"
	git update-ref -d "${ref%raw}tree"
	: > ../mended
	expect_ok git wf resume demo
	expect_says "snapshot 2 (after one) is not kept any more"
	expect_says "git wf snapshots"
	git prune --expire=now
	expect_exit 129 git wf rollback demo --to one
	expect_says "is not there any more"
'

test_case 'every byte of an untracked file, where the attributes that kept git from converting it have gone' '
	git config core.autocrlf true
	printf "* -text\n" > .gitattributes
	workflow demo <<-\EOT
	rollback: {strategy: run}
	steps:
	  - {id: one, run: "rm -rf .gitattributes place; printf \"a\\r\\nb\\r\\n\" > place; sed -n l place"}
	EOT
	mkdir place && printf "x\r\n" > place/file
	commit_all
	git update-index --assume-unchanged .gitattributes
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(git cat-file blob "$(ref_of 2)/raw:tree/place" | od -An -c | tr -d " ")" "a\\r\\nb\\r\\n"
	expect_ok git wf rollback
	expect_equal "$(od -An -c place/file | tr -d " ")" "x\\r\\n"
	expect_file .gitattributes "* -text"
	expect_ok git wf undo
	expect_equal "$(od -An -c place | tr -d " ")" "a\\r\\nb\\r\\n"
	expect_no_file .gitattributes
'

test_case 'a file that was written again within a second, and has its size and time again, is seen though git does not' '
	workflow demo <<-\EOT
	rollback: {strategy: run}
	steps:
	  - {id: one, run: "touch -d 2020-01-01 f; git update-index -q --refresh; printf new > f; touch -d 2020-01-01 f"}
	EOT
	printf old > f
	commit_all
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_equal "$(git cat-file blob "$(ref_of 2)/raw:tree/f")" new
	expect_ok git wf rollback
	expect_file f old
	expect_ok git wf undo
	expect_file f new
	git config core.trustctime false
	touch -d 2020-01-01 f && commit_all
	sleep 1.1 # another second: git looks at the time of the content alone
	workflow late <<-\EOT
	rollback: {strategy: run}
	steps: [{id: one, run: "printf NEW > f; touch -d 2020-01-01 f"}]
	EOT
	expect_ok git wf run late
	expect_ok git wf rollback
	expect_file f new
'

test_done
