#!/bin/sh
# sandbox: what a step may write, read and reach, tried for real.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

# Without Landlock there is nothing to see.
[ -z "$test_only" ] && printf 'confine write\0' >"$TEST_ROOT/policy" &&
	! "$WF_TEST_BUILD/libexec/git-wf/git-wf--exec" "$TEST_ROOT/policy" true 2>/dev/null &&
	{ echo "1..0 # SKIP no Landlock here"; exit 0; }

test_case 'outputs: only what is declared can be written, and the run goes by what was written' '
	mkdir -p src out; echo keep > src/a; echo old > out/old; echo /out/ > .gitignore
	workflow demo <<-\EOT
	steps:
	  - id: a
	    inputs: [src/a]
	    outputs: [out/app, gen/, "artifact:note"]
	    sandbox: outputs
	    shell: [sh, -c]
	    run: |
	      echo evil > src/a; echo evil > new; echo evil > out/old; rm -f out/old; echo x > ../outside
	      mv src/a src/b; ln -s x src/l; mkdir src/d; truncate -s 0 src/a; echo x > "$HOME/x"
	      cat src/a > out/app && echo g > gen/g && mv gen/g gen/h && echo n > "$WF_OUT_NOTE" &&
	      echo v=1 >> "$WF_OUTPUT" && f=$(mktemp) && echo t > "$f" && echo > /dev/null
	EOT
	printf "/out/\n/gen/\n" > .gitignore
	commit_all
	expect_ok git wf run demo
	expect_file src/a keep
	expect_file out/old old
	expect_file out/app keep
	expect_file gen/h g
	[ ! -e new ] && [ ! -e ../outside ] && [ ! -e src/b ] && [ ! -e src/d ] && [ ! -e "$HOME/x" ] ||
		fail "something was written"
	[ -z "$(find cortex-brain -name "*.tmp" -o -name "*.policy")" ] || fail "something was left"
	rm out/app
	expect_ok git wf run demo
	expect_out_contains restored
'

test_case 'a compiler works in it; what was allowed is told when a step fails' '
	require cc
	mkdir src; echo "int main(void) { return 0; }" > src/a.c; printf "/out/\n" > .gitignore
	workflow demo <<-\EOT
	defaults: {sandbox: outputs}
	steps:
	  - {id: cc, inputs: [src/a.c], outputs: [out/a, out/a.o], run: "cc -c -o out/a.o src/a.c && cc -o out/a out/a.o"}
	  - {id: bad, needs: [cc], outputs: [out/x], run: "echo y > out/y"}
	EOT
	commit_all
	expect_exit 1 git wf run demo
	./out/a
	expect_says "sandbox: outputs; it may write out/x, \$TMPDIR"
	expect_no_file out/x
	sed -i "s/needs: .cc.,/sandbox: none, needs: [cc],/; s/out.y/out\/x/" .workflows/demo.yml
	repeat_runs "not cached"
	expect_ok git wf run demo
'

test_case 'a declared output that is not made is missing, sandbox or not' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, inputs: [], outputs: [made, also], sandbox: outputs, run: "echo x > made"}
	EOT
	printf "made\nalso\n" > .gitignore
	expect_exit 1 git wf run demo
	expect_out_contains also
	expect_no_file also
'

test_case 'strict: inputs, tools and the system can be read, nothing else, and there is no network' '
	require python3
	mkdir src; echo in > src/in; echo secret > src/other; echo "print(open(\"src/in\").read().strip())" > t.py
	workflow demo <<-\EOT
	steps:
	  - id: a
	    inputs: [src/in]
	    sandbox: strict
	    script: {with: python3, file: t.py}
	  - {id: b, inputs: [src/in], sandbox: strict, run: cat src/other}
	  - {id: c, inputs: [src/in], sandbox: strict, run: ls src}
	  - {id: d, inputs: [src/in], sandbox: strict, run: cat "$WF_ROOT/.git/HEAD"}
	  - id: e
	    inputs: [src/in]
	    sandbox: strict
	    script:
	      with: python3
	      code: |
	        import socket, sys
	        for family, kind in ((2, 1), (2, 2), (10, 1), (10, 2), (1, 1), (16, 3), (17, 3)):
	            try: socket.socket(family, kind)
	            except OSError: continue
	            sys.exit("a socket of family %d" % family)
	        try: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
	        except OSError: pass
	        else: sys.exit("a pair of datagrams")
	        socket.socketpair()
	  - {id: f, inputs: ["src/"], sandbox: strict, run: test "$(ls src)" = "$(printf "in\nother")"}
	EOT
	commit_all
	expect_exit 1 git wf run demo -k
	expect_exit 1 git wf run demo --only b
	expect_says "Permission denied"
	expect_says "it may read src/in, and the system"
	expect_exit 1 git wf run demo --only c
	expect_exit 1 git wf run demo --only d
	expect_ok git wf run demo --only a --only e --only f
'

test_case 'network: none alone leaves files as they are, and connects nowhere' '
	require python3
	workflow demo <<-\EOT
	steps:
	  - id: server
	    script:
	      with: python3
	      code: |
	        import socket, subprocess, sys
	        s = socket.create_server(("127.0.0.1", 0))
	        open("../port", "w").write(str(s.getsockname()[1]))
	  - id: a
	    needs: [server]
	    sandbox: {network: none}
	    shell: [bash, -c]
	    run: "echo free > ../free; if : < /dev/tcp/127.0.0.1/$(cat ../port); then exit 9; fi; python3 -c \"import socket; socket.socket()\" && exit 9; exit 0"
	EOT
	commit_all
	require bash
	repeat_runs "not cached"
	expect_ok git wf run demo
	expect_file ../free free
'

test_case 'the sandbox counts in the fingerprint; limits do not' '
	workflow demo <<-\EOT
	steps: [{id: a, inputs: [], run: echo a}]
	EOT
	commit_all
	expect_ok git wf run demo
	sed -i "s/inputs/limits: {files: 100}, inputs/" .workflows/demo.yml
	expect_ok git wf run demo
	expect_out_contains "nothing to do"
	sed -i "s/inputs/sandbox: outputs, inputs/" .workflows/demo.yml
	expect_exit 0 git wf explain demo a
	expect_out_contains sandbox
	expect_ok git wf run demo
	expect_out_lacks "nothing to do"
'

test_case 'a root glob, which would allow everything, is refused' '
	workflow demo <<-\EOT
	steps: [{id: a, outputs: ["*.o"], sandbox: outputs, run: echo ran >> ../ran}]
	EOT
	expect_exit 1 git wf run demo
	expect_says "would allow to write the whole tree"
	expect_ran
'

test_case 'without the helper such a step does not start at all' '
	mkdir "$CASE/bin"; cp "$WF_TEST_BUILD/git-wf" "$CASE/bin/"
	workflow demo <<-\EOT
	steps:
	  - {id: free, run: echo free >> ../ran}
	  - {id: a, needs: [free], sandbox: outputs, run: echo ran >> ../ran}
	EOT
	expect_exit 1 "$CASE/bin/git-wf" run demo
	expect_says "the helper program git-wf--exec is missing"
	expect_ran free
'

test_case 'a timeout ends all that a confined step started' '
	workflow demo <<-\EOT
	steps: [{id: a, sandbox: strict, timeout: 300ms, run: "sleep 61 & setsid sleep 62 & wait"}]
	EOT
	expect_exit 1 git wf run demo
	expect_says "timed out"
'

test_done
