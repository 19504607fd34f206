#!/bin/sh
# After the engine was killed, or told to end.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

slow_steps() {
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: "echo two >> ../ran; test ! -e ../slow || sleep 60"}
	  - {id: three, needs: [two], run: echo three >> ../ran}
	EOT
	: > ../slow
}

in_background() { # COMMAND…: $pid
	"$@" >../background 2>&1 &
	pid=$!
	wait_for 10 grep -q two ../ran
}

test_case 'kill -9 in the middle: resume ends what still runs and goes on' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	expect_ran one two
	expect_ok git wf status demo
	expect_out_contains ": interrupted"
	expect_out_matches "^  two +interrupted"
	rm ../slow
	expect_ok git wf resume
	expect_ran two three
	! pgrep -f "^sleep 60$" >/dev/null || judge_processes say
'

test_case 'kill -9, and the next run is right without any resume' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	rm ../slow ../ran
	expect_ok git wf run demo
	expect_ran one two three
	repeat_runs "not cached"
'

test_case 'kill -9 again and again, in the run and in resumes' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	for i in 1 2 3; do
		rm ../ran
		in_background git-wf resume
		kill_engine $pid
		wait $pid || :
		expect_equal "$(cat ../ran)" two
	done
	rm ../slow ../ran
	expect_ok git wf resume
	expect_ran two three
'

test_case 'kill -9 in the middle of a cached step leaves no half output behind as a hit' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo half > b; echo two >> ../ran; test ! -e ../slow || sleep 60; echo whole > b", inputs: [a], outputs: [b]}
	EOT
	echo 1 > a
	: > ../slow
	expect_tree_changes
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	rm ../slow
	expect_ok git wf resume
	expect_file b whole
	expect_ok git wf run demo
	expect_file b whole
'

test_case 'what a killed engine left running is ended also if the next one was killed before it could' '
	workflow demo <<-\EOT
	steps:
	  - {id: s, run: "echo two >> ../ran; test ! -e ../slow || exec sleep 60", inputs: [], outputs: []}
	EOT
	: > ../slow
	repeat_runs "not cached"
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	# As far as the second one came: its name is before that of the first.
	sed -i "1i demo-20260101-000000-abcdef" .git/wf/turns/demo
	expect_lines 2 .git/wf/turns/demo
	rm ../slow
	expect_ok git wf run demo
	expect_err_contains "ended 1 process of a run whose engine was killed"
	expect_equal "$(cat .git/wf/turns/demo)" ""
'

test_case 'SIGINT: died of it, state is saved, the command to go on is printed' '
	slow_steps
	in_background git-wf run demo
	kill -INT $pid
	status=0
	wait $pid || status=$?
	expect_equal $status 130
	grep "git wf resume" ../background
	expect_ran one two
	rm ../slow
	expect_ok git wf resume
	expect_ran two three
'

test_case 'SIGTERM and SIGHUP end a run as well' '
	slow_steps
	for signal in TERM HUP; do
		in_background git-wf run demo
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		[ $status -eq 143 ] || [ $status -eq 129 ] || fail "exit $status"
		rm ../ran
	done
'

test_case 'finally runs after SIGINT' '
	workflow demo <<-\EOT
	steps:
	  - {id: two, run: "echo two >> ../ran; sleep 60"}
	finally:
	  - {id: clean, run: echo clean >> ../ran}
	  - {id: c, if: cancelled(), run: echo cancelled >> ../ran}
	EOT
	in_background git-wf run demo
	kill -INT $pid
	wait $pid || :
	expect_ran two clean cancelled
'

test_case 'a run that is at work cannot be resumed: exit 4' '
	slow_steps
	in_background git-wf run demo
	run=$(basename cortex-brain/workflows/demo-*)
	expect_exit 4 git wf resume "$run"
	expect_ran one two
	kill -INT $pid
	wait $pid || :
'

test_case 'two resumes at once: one goes on, the other is told' '
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	rm ../ran
	run=$(basename cortex-brain/workflows/demo-*)
	in_background git-wf resume "$run"
	expect_exit 4 git wf resume "$run"
	kill -INT $pid
	wait $pid || :
	expect_ran two
'

test_case 'a journal that was cut anywhere can be resumed' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "true"}
	  - {id: two, needs: [one], run: test ! -e ../broken}
	EOT
	: > ../broken
	expect_exit 1 git wf run demo
	journal=$(echo cortex-brain/workflows/demo-*/journal.ndjson)
	cp -R cortex-brain ../saved
	size=$(wc -c <"$journal")
	rm ../broken
	at=0
	while [ $at -le $size ]; do
		rm -rf cortex-brain && cp -R ../saved cortex-brain
		truncate -s $at "$journal"
		status=0
		git-wf resume "$(basename "$(dirname "$journal")")" >../out 2>../err || status=$?
		case $status in
		0) ;;
		*) cat ../out ../err; fail "exit $status with the journal cut at $at of $size" ;;
		esac
		at=$((at + 97))
	done
'

test_case 'a journal with a bad line or NULs at its end can be resumed' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: echo one >> ../ran}
	  - {id: two, needs: [one], run: test ! -e ../broken}
	EOT
	: > ../broken
	expect_exit 1 git wf run demo
	journal=$(echo cortex-brain/workflows/demo-*/journal.ndjson)
	cp -R cortex-brain ../saved
	rm ../broken
	head -c 500 /dev/zero >> "$journal"
	expect_ok git wf resume
	expect_ran one
	rm -rf cortex-brain && cp -R ../saved cortex-brain
	printf "{\"seq\":99,\"half" >> "$journal"
	expect_ok git wf resume
	expect_ran
	rm -rf cortex-brain && cp -R ../saved cortex-brain
	sed -i "2s/./x/" "$journal"
	expect_ok git wf resume
'

test_case 'a run that was killed before its first event is shown, and gone on with' '
	workflow demo <<-\EOT
	steps:
	  - {id: one, run: "echo one >> ../ran; test ! -e ../broken"}
	EOT
	repeat_runs "not cached"
	: > ../broken
	expect_exit 1 git wf run demo
	rm ../broken ../ran
	run=$(echo cortex-brain/workflows/demo-*)
	: > "$run/journal.ndjson"
	rm -rf "$run/results.json" "$run/checkpoints" "$run/logs/"*
	cp -R "$run" ../before
	expect_ok git wf status
	expect_out_matches "^demo +[0-9a-f]+ +interrupted .*(now|ago)"
	expect_out_lacks "years"
	expect_ok git wf resume
	expect_ran one
	# Nothing but a folder: not even what was to be run is known.
	rm -rf "$run" ../ran
	mv ../before "$run"
	rm "$run/workflow.json" "$run/journal.ndjson"
	expect_ok git wf status
	expect_exit 129 git wf resume
	expect_says "has to be started again"
	expect_ok git wf run demo
	expect_ran one
'

test_case 'a lock that outlives a killed engine for a moment does not hide its run' '
	command -v flock >/dev/null || skip_case "no flock here"
	slow_steps
	in_background git-wf run demo
	kill_engine $pid
	wait $pid || :
	rm ../slow
	# As a child does that was not executed yet when its engine was killed.
	flock "$(echo cortex-brain/workflows/demo-*/lock)" sh -c ": > ../held; exec sleep 0.1" &
	wait_for 5 test -e ../held
	expect_ok git wf resume
	expect_says "going on with run"
	wait
'

test_done
