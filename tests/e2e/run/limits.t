#!/bin/sh
# Values and places at the edge of what works.
. "${0%/*}/../lib.sh"

test_case 'a parameter that is no UTF-8 reaches the step as it is' '
	workflow demo <<-\EOT
	params: {word: {default: x}}
	steps:
	  - {id: s, run: "printf %s ${params.word} > shown"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	bad=$(printf "a\\377b\\001")
	status=0
	git-wf run demo --word "$bad" >../out 2>&1 || status=$?
	cat ../out
	case $status in
	0) expect_file shown "$bad" ;;
	129) grep -q "word" ../out ;;
	*) fail "exit $status" ;;
	esac
	for file in cortex-brain/workflows/demo-*/*.json cortex-brain/workflows/demo-*/*.ndjson; do
		[ ! -e "$file" ] || iconv -f UTF-8 -t UTF-8 "$file" >/dev/null || fail "$file is no UTF-8"
	done
'

test_case 'a value of more than 64 KiB is refused, one of less is not' '
	workflow demo <<-\EOT
	params: {word: {default: x}}
	steps:
	  - {id: s, run: "printf %s ${params.word} | wc -c > n"}
	EOT
	expect_tree_changes
	repeat_runs "not cached"
	git-wf run demo --word "$(head -c 60000 /dev/zero | tr "\0" x)" >../out 2>&1 || { cat ../out; exit 1; }
	expect_equal "$(tr -d " " <n)" 60000
	status=0
	git-wf run demo --word "$(head -c 70000 /dev/zero | tr "\0" x)" >../out 2>&1 || status=$?
	[ $status -eq 1 ] || [ $status -eq 129 ] || fail "exit $status"
	head -c 1000 ../out
'

test_case 'a command that is too long for the system fails the step' '
	{
		printf "steps:\n  - id: s\n    run: [\"true\", \""
		head -c 300000 /dev/zero | tr "\0" x
		printf "\"]\n"
	} | workflow demo
	status=0
	git-wf run demo >../out 2>&1 || status=$?
	tail -c 600 ../out
	expect_equal $status 1
'

test_case 'a script of 100 KB runs' '
	{
		printf "steps:\n  - id: s\n    run: |\n"
		i=0
		while [ $i -lt 4000 ]; do
			echo "      n=$i; : filler filler"
			i=$((i + 1))
		done
		echo "      echo \$n > n"
	} | workflow demo
	expect_tree_changes
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file n 3999
'

test_case 'where no state can be written the run says so and nothing runs' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: touch never}
	EOT
	echo in the way > cortex-brain
	expect_exit 128 git wf run demo
	expect_err_contains cortex-brain
	expect_no_file never
'

test_case 'a full disk under the state is no success' '
	mkdir ../small
	mount -t tmpfs -o size=256k none ../small 2>/dev/null || skip_case "no mount here"
	mkdir ../small/state
	ln -s ../small/state cortex-brain
	echo cortex-brain >> .git/info/exclude
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "head -c 1000000 /dev/zero | tr \"\\\\0\" x"}
	  - {id: t, needs: [s], run: "true"}
	EOT
	status=0
	timeout 20 git-wf run demo >../out 2>../err || status=$?
	umount ../small
	rm cortex-brain
	head -c 2000 ../err
	[ $status -ne 124 ] || fail "it hangs"
	if [ $status -eq 0 ]; then grep -q "log" ../err ../out || fail "no word about the log"; fi
	[ $status -le 128 ] || fail "exit $status"
'

test_case 'no more steps at once than there are file descriptors for' '
	{
		echo "steps:"
		i=0
		while [ $i -lt 20 ]; do
			echo "  - {id: s$i, run: sleep 0.1}"
			i=$((i + 1))
		done
	} | workflow demo
	repeat_runs "not cached"
	limited() { # FILES WORD...
		files=$1 status=0
		shift
		(ulimit -n "$files" && exec timeout 30 git-wf "$@") >../out 2>&1 || status=$?
	}
	limited 64 run demo -j20
	[ $status -eq 129 ] || fail "exit $status"
	grep -q -e "-j 20 needs more open files than there may be: at most -j 8, or raise" ../out
	limited 64 run demo -j8
	[ $status -eq 0 ] || { cat ../out; fail "exit $status"; }
	mkdir -p .workflows
	printf "[run]\njobs = 20\n" >.workflows/config.ini
	for files in 64 44; do
		limited $files run demo
		[ $status -eq 0 ] || { cat ../out; fail "exit $status"; }
	done
'

test_case 'stdin, stdout and stderr may all be closed' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo hello; touch ../done"}
	EOT
	status=0
	git-wf run demo <&- >&- 2>&- || status=$?
	expect_file ../done
	[ $status -eq 0 ] || [ $status -eq 128 ] || fail "exit $status"
	expect_equal "$(cat cortex-brain/workflows/demo-*/logs/*.log)" hello
	for file in cortex-brain/workflows/demo-*/journal.ndjson; do
		! grep -q "^hello" "$file" || fail "output in the journal"
	done
'

test_done
