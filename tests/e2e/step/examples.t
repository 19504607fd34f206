#!/bin/sh
# contrib/examples/actions: what stands there is right, and does what it says as far as that can be seen here.
. "${0%/*}/../lib.sh"

test_case 'all of them are right' '
	mkdir .workflows
	cp "$TEST_TOP"/contrib/examples/actions/*.yml .workflows/
	expect_tree_changes
	expect_ok git wf validate
'

test_case 'the one about requests makes a release' '
	require python3
	python3 "$TEST_LIB_DIR/http/server.py" "$CASE/port" >/dev/null 2>&1 </dev/null &
	server=$!
	for _ in $(seq 400); do [ -s "$CASE/port" ] && break; sleep 0.05; done
	mkdir -p .workflows build "$HOME/.config/git-wf"
	sed "s/expect: {status: 201, if: json.id > 0}/expect: json.method == '"'POST'"'/; s/fromJSON(steps.release.outputs.body).id/steps.release.outputs.status/" \
		"$TEST_TOP/contrib/examples/actions/http.yml" >.workflows/http.yml
	printf "[secret \"api\"]\ncommand = echo t0k3n-of-mine\n" >"$HOME/.config/git-wf/config.ini"
	echo data >build/data.tgz
	commit_all
	git tag v1
	expect_tree_changes
	repeat_runs "requests are made anew"
	expect_ok git wf run http --api "http://127.0.0.1:$(cat "$CASE/port")/echo" --repo some/one
	kill "$server"
	wait "$server" 2>/dev/null || :
	grep -q "POST /echo/repos/some%2Fone/releases" "$CASE/port.log"
	grep -q "PUT /echo/repos/some%2Fone/releases/200/data.tgz" "$CASE/port.log"
'

test_done
