#!/bin/sh
# container: a real podman. What runs sees the repository, the environment of its step and nothing else; it
# ends where the step ends, however that comes.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"
. "${0%/*}/podman.sh"

make_podman

# The engine gets SIGNAL when what runs in the container has made the file `up`.
signal_while_up() {
	git-wf run demo >"$CASE/out" 2>&1 &
	pid=$!
	wait_for 20 test -e up
	kill -"$1" $pid
	wait $pid || :
}

test_case 'it runs where the step runs, as the user, with the files of the tree and the outputs of a step' '
	use_podman
	mkdir sub
	: > sub/kept
	workflow demo <<-\EOT
	params: {who: {default: "a  b; touch hacked"}}
	steps:
	  - id: a
	    inputs: [sub/kept]
	    outputs: [made.txt, "artifact:log"]
	    dir: sub
	    container:
	      image: wfbox
	      run: |
	        printf "%s|%s|%s\n" ${params.who} "$(pwd)" "$(id -u):$(id -g)"
	        echo text > ../made.txt
	        echo log > "$WF_OUT_LOG"
	        echo "answer=42" >> "$WF_OUTPUT"
	  - {id: b, needs: [a], inputs: [made.txt], run: "echo got ${steps.a.outputs.answer} >> ../ran"}
	EOT
	printf "made.txt\n" > .gitignore
	commit_all
	expect_ok git wf run demo --output stream
	expect_says "a  b; touch hacked|$REPO/sub|$(id -u):$(id -g)"
	expect_file made.txt text
	expect_no_file sub/hacked
	expect_equal "$(stat -c %u made.txt)" "$(id -u)"
	expect_ran "got 42"
	expect_no_containers
'

test_case 'its environment is that of the step; nothing of the caller leaks, no value is on a command line' '
	use_podman
	mv "$TEST_ROOT/bin/podman" "$TEST_ROOT/bin/podman.real"
	printf "#!/bin/sh\nprintf \"%%s\\\\n\" \"\$@\" >> %s\nexec %s.real \"\$@\"\n" "$CASE/argv" "$TEST_ROOT/bin/podman" > "$TEST_ROOT/bin/podman"
	chmod +x "$TEST_ROOT/bin/podman"
	workflow demo <<-\EOT
	env: {OF_FILE: "1"}
	steps:
	  - id: a
	    env: {TOKEN: "hush hush", PATH: "/bin:/odd", HOME: /tmp}
	    pass_env: [PASSED]
	    secrets: [TOKEN]
	    container: {image: wfbox, run: "env; [ ${#TOKEN} = 9 ]; [ $PASSED = yes ]"}
	EOT
	commit_all
	repeat_runs "no inputs"
	LEAK=out PASSED=yes expect_ok git wf run demo --output stream
	mv "$TEST_ROOT/bin/podman.real" "$TEST_ROOT/bin/podman"
	expect_says OF_FILE=1
	expect_says PATH=/bin:/odd
	expect_says HOME=/tmp
	expect_out_lacks LEAK
	expect_out_lacks WF_TEST_MARK
	expect_out_lacks WF_COOKIE
	expect_out_lacks "hush hush"
	expect_file_contains "$CASE/argv" TOKEN
	! grep -q hush "$CASE/argv" || fail "a value of env on the command line"
'

test_case 'exit codes pass through, mounts are where they are said to be, a list is a program' '
	use_podman
	mkdir data
	echo x > data/f
	workflow demo <<-\EOT
	steps:
	  - id: mounts
	    container:
	      image: wfbox
	      mounts: ["data:/d:ro", "data:/w"]
	      run: "cat /d/f; echo y > /w/g; ! touch /d/h 2>/dev/null"
	  - {id: list, container: {image: wfbox, run: [sh, -c, "echo list $0; exit 7", "$HOME;"]}}
	EOT
	printf "g\n" > .gitignore
	commit_all
	expect_exit 1 git wf run demo -k --output stream
	expect_says "exit 7"
	expect_file data/g y
	expect_no_file data/h
	expect_says "list \$HOME;"
	expect_no_containers
'

test_case 'a result is remembered as that of a command; another image runs it again' '
	use_podman
	workflow demo <<-\EOT
	steps: [{id: a, inputs: [], container: {image: wfbox, run: "echo ran"}}]
	EOT
	commit_all
	expect_ok git wf run demo --output stream
	expect_says ran
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	sed -i "s/wfbox/localhost\/wfbox/" .workflows/demo.yml
	expect_ok git wf run demo --output stream
	expect_says ran
'

test_case 'a timeout ends the container itself, also one that does not listen' '
	use_podman
	workflow demo <<-\EOT
	steps:
	  - id: a
	    timeout: 1s
	    container: {image: wfbox, run: "trap \"\" TERM; while :; do sleep 1; done"}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "timed out"
	expect_no_containers
'

# With -e a `sleep` that is told to end, too, must not end the shell before its trap comes.
test_case 'told to end, what runs can tidy up; cancelling a run ends its containers' '
	use_podman
	workflow demo <<-\EOT
	steps:
	  - id: a
	    container: {image: wfbox, run: "trap \"touch tidied; exit 9\" TERM; touch up; while :; do sleep 0.1 || :; done"}
	EOT
	printf "up\ntidied\n" > .gitignore
	commit_all
	signal_while_up TERM
	expect_file tidied
	expect_no_containers
'

test_case 'a client that dies of the signal, as podman does before it knows that all is up, does not cost the time to tidy up' '
	use_podman
	mv "$TEST_ROOT/bin/podman" "$TEST_ROOT/bin/podman.real"
	cat > "$TEST_ROOT/bin/podman" <<-EOT
	#!/bin/sh
	[ "\$1" = run ] || exec $TEST_ROOT/bin/podman.real "\$@"
	trap "exit 143" TERM
	$TEST_ROOT/bin/podman.real "\$@" &
	wait
	EOT
	chmod +x "$TEST_ROOT/bin/podman"
	workflow demo <<-\EOT
	steps:
	  - id: a
	    container: {image: wfbox, run: "trap \"sleep 0.7; touch tidied; exit 9\" TERM; touch up; while :; do sleep 0.1 || :; done"}
	EOT
	printf "up\ntidied\n" > .gitignore
	commit_all
	signal_while_up TERM
	mv "$TEST_ROOT/bin/podman.real" "$TEST_ROOT/bin/podman"
	expect_file tidied
	expect_no_containers
'

test_case 'who kills the engine leaves a container; resume finds it and ends it' '
	use_podman
	workflow demo <<-\EOT
	steps:
	  - id: a
	    container: {image: wfbox, run: "[ ! -e go ] || exit 0; touch up; while :; do sleep 0.1; done"}
	EOT
	printf "up\ngo\n" > .gitignore
	commit_all
	signal_while_up KILL
	touch go
	repeat_runs "no inputs"
	expect_ok git wf resume
	wait_for 10 no_containers
'

test_case 'who kills the helper too leaves nothing: its guard removes the container' '
	use_podman
	workflow demo <<-\EOT
	steps:
	  - {id: a, container: {image: wfbox, run: "echo $WF_STEP > up; while :; do sleep 0.1; done"}}
	EOT
	printf "up\n" > .gitignore
	commit_all
	git-wf run demo >"$CASE/out" 2>&1 &
	pid=$!
	wait_for 20 test -s up
	helper=$(for p in $(grep -lsz "^WF_COOKIE=demo-" /proc/[0-9]*/environ | cut -d/ -f3); do
		case $(readlink "/proc/$p/exe") in *git-wf--container) echo "$p" ;; esac; done | head -n 1)
	[ -n "$helper" ] || fail "no helper"
	kill -KILL "$helper"
	wait $pid || :
	wait_for 10 no_containers
'

test_case 'an image is built, named, and used at once' '
	use_podman
	mkdir ctx
	printf "FROM wfbox\nARG WHAT=none\nLABEL what=\$WHAT\nCOPY word /word\n" > ctx/Dockerfile
	echo built > ctx/word
	workflow demo <<-\EOT
	steps:
	  - id: make
	    container: {build: ctx, tags: ["wfmade:${workflow.id}"], args: {WHAT: "a \"b\""}, run: "cat /word"}
	  - {id: use, needs: [make], container: {image: "${steps.make.outputs.image}", run: [cat, /word]}}
	EOT
	commit_all
	repeat_runs "no inputs"
	expect_ok git wf run demo --output stream
	expect_equal "$("$TEST_ROOT/bin/podman" image inspect --format "{{.Labels.what}}" wfmade:demo)" "a \"b\""
	expect_says built
	expect_no_containers
	"$TEST_ROOT/bin/podman" rmi --force wfmade:demo >/dev/null
'

test_case 'docker gets exactly these words' '
	mkdir -p "$CASE/bin" ctx
	printf "#!/bin/sh\nfor w; do printf \"<%%s>\" \"\$w\"; done >> %s\nif [ \$1 = build ]; then echo sha256:1 > \"\$3\"; fi\n" "$CASE/argv" > "$CASE/bin/docker"
	chmod +x "$CASE/bin/docker"
	mkdir -p "$HOME/.config/git-wf"
	printf "[container]\ncommand = %s\n" "$CASE/bin/docker" > "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	steps:
	  - {id: a, env: {A: "1 2"}, container: {image: "debian:12", run: "echo ${git.branch}"}}
	  - {id: b, needs: [a], container: {build: {context: ctx, file: Dockerfile.x}, tags: [t:1], args: {X: "-y z"}}}
	EOT
	: > ctx/f
	commit_all
	repeat_runs "no inputs"
	expect_ok git wf run demo
	run=$(ls cortex-brain/workflows | head -n 1)
	sed "s/<--env><WF_[^>]*>//g" "$CASE/argv" > "$CASE/out"
	printf "%s" "<run><--rm><--interactive><--name><git-wf-$run-0.1><--label><git-wf.run=$run><--security-opt><label=disable><--user><$(id -u):$(id -g)><--workdir><$REPO><--mount><type=bind,source=$REPO,target=$REPO><--env><__wf_1><--env><A><--entrypoint><sh><debian:12><-eu><-c><echo \"\${__wf_1}\">" "<build><--iidfile><$REPO/cortex-brain/workflows/$run/io/1.1.container.image><--file><$REPO/Dockerfile.x><--tag><t:1><--build-arg><X=-y z><$REPO/ctx>" | expect_out_is
'

test_case 'what cannot be said safely is an error before anything starts' '
	mkdir -p "$CASE/bin" "$HOME/.config/git-wf"
	printf "#!/bin/sh\ntouch %s\n" "$CASE/started" > "$CASE/bin/docker"
	chmod +x "$CASE/bin/docker"
	printf "[container]\ncommand = %s\n" "$CASE/bin/docker" > "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	params: {image: {default: debian}, src: {default: .}, dst: {default: /x}, ctx: {default: .}}
	steps:
	  - id: a
	    container: {image: "${params.image}", run: "true", mounts: ["${params.src}:${params.dst}"]}
	EOT
	commit_all
	expect_exit 1 git wf run demo "--image=--privileged"
	expect_says "is no name of an image"
	expect_exit 1 git wf run demo --src ../..
	expect_says "leads out of the repository"
	expect_exit 1 git wf run demo --src /etc
	expect_says "is absolute"
	expect_exit 1 git wf run demo --dst "/x,readonly=false"
	expect_says "a comma"
	expect_exit 1 git wf run demo --dst "x"
	expect_says "no absolute path"
	expect_no_file "$CASE/started"
	printf "[container]\ncommand = nowhere\n" > "$HOME/.config/git-wf/config.ini"
	expect_exit 1 git wf run demo --output stream
	expect_says "container.command: no program"
'

test_done
