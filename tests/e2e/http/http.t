#!/bin/sh
# http: one request, against a server on loopback that misbehaves as it is told.
. "${0%/*}/../lib.sh"

wait_for_file() { # path
	for _ in $(seq 400); do
		[ -s "$1" ] && return
		sleep 0.05
	done
	fail "no $1"
}

# Starts it, sets $port; ended by stop_server.
start_server() { # [cert key]
	require python3
	python3 "$TEST_SOURCE/server.py" "$CASE/port" "$@" >/dev/null 2>&1 </dev/null &
	server=$!
	wait_for_file "$CASE/port"
	port=$(cat "$CASE/port")
	url=http://127.0.0.1:$port
	sed -i "s#URL#$url#g" .workflows/*.yml
	commit_all
}

stop_server() {
	kill "$server"
	wait "$server" 2>/dev/null || :
}

output() { # step name: of the last run
	git wf status latest --json | jq -r ".steps[] | select(.id == \"$1\") | .outputs[\"$2\"]"
}

test_case 'status, headers and body are outputs; expect looks into them' '
	require jq
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/ok"}}
	  - {id: b, run: "test ${steps.a.outputs.status} = 200 && test ${fromJSON(steps.a.outputs.body).n} = 3"}
	  - {id: c, run: "test ${fromJSON(steps.a.outputs.headers)[\"x-two\"]} = \"a, b\""}
	  - {id: d, http: {url: "URL/ok", expect: "status == 200 && json.ok && headers[\"content-type\"] == \"application/json\" && len(json.list) == 2"}}
	  - {id: e, http: {url: "URL/status/404", expect: [404, 5xx]}}
	  - {id: f, http: {url: "URL/empty", expect: {status: 204, if: "len(headers) > 1"}}}
	  - {id: g, http: {url: "URL/ok", method: HEAD}}
	EOT
	start_server
	repeat_runs "requests are made anew"
	expect_ok git wf run demo
	stop_server
	grep -q "HEAD /ok" "$CASE/port.log"
'

test_case 'an answer that is not expected fails the step and shows what it says' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/status/500"}, on_failure: continue}
	  - {id: b, http: {url: "URL/ok", expect: "json.n > 5"}, on_failure: continue}
	  - {id: c, http: {url: "URL/status/200", expect: "json.n > 5"}, on_failure: continue}
	EOT
	start_server
	expect_exit 1 git wf run demo
	stop_server
	expect_out_contains "this is 500^[[31m"
	expect_out_contains "the status 500 is not expected"
	expect_out_contains "the answer 200 is not as expected: json.n > 5"
	expect_out_contains "expect: the body of the answer is no JSON"
'

test_case 'bodies: text, JSON with values, a form, a file' '
	require jq
	printf "one\ntwo \377" > data.bin
	workflow demo <<-\EOT
	params: {who: {default: "a \"b\" & c=ü"}, n: {type: int, default: 7}}
	steps:
	  - {id: text, http: {url: "URL/echo", body: "hello ${params.who}"}}
	  - {id: json, http: {url: "URL/echo", method: PUT, body: {json: {who: "${params.who}", say: "to ${params.who}", n: "${params.n}", list: [1, true, null, "x"], deep: {a: {b: 2}}}}}}
	  - {id: form, http: {url: "URL/echo", body: {form: {who: "${params.who}", "a b": x}}}}
	  - {id: file, http: {url: "URL/echo", method: PUT, headers: {Content-Type: text/x}, body: {file: data.bin}}}
	  - {id: get, http: {url: "URL/echo/${params.who}?q=${params.who}"}}
	EOT
	start_server
	repeat_runs "requests are made anew"
	expect_ok git wf run demo
	stop_server
	[ "$(output text body | jq -r "\"\(.method) \(.headers[\"content-type\"]) \(.body | length)\"")" = "POST text/plain; charset=utf-8 18" ]
	output json body | jq -e ".method == \"PUT\" and .headers[\"content-type\"] == \"application/json\""
	output json body | jq -r .body | iconv -f utf-8 -t latin1 | jq -e ".say == \"to \" + .who and .n == 7 and .list == [1, true, null, \"x\"] and .deep.a.b == 2"
	[ "$(output form body | jq -r .body)" = "who=a%20%22b%22%20%26%20c%3D%C3%BC&a%20b=x" ]
	output file body | jq -e ".body == \"one\ntwo ÿ\" and .headers[\"content-type\"] == \"text/x\""
	[ "$(output get body | jq -r .path)" = "/echo/a%20%22b%22%20%26%20c%3D%C3%BC?q=a%20%22b%22%20%26%20c%3D%C3%BC" ]
'

test_case 'a password comes from secret or env, stands on no command line and in no file' '
	require jq
	mkdir -p "$HOME/.config/git-wf"
	printf "[secret \"token\"]\ncommand = echo t0k3n-of-mine\n" > "$HOME/.config/git-wf/config.ini"
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/echo", auth: {bearer: "${secret.token}"}, headers: {X-Who: me}}}
	  - {id: b, http: {url: "URL/basic", auth: {username: ann, password: "${env.PASS_OF_ANN}"}}}
	  - {id: c, run: "case $B in *\"***\"*) ;; *) exit 1; esac", env: {B: "${steps.b.outputs.body}"}}
	EOT
	start_server
	repeat_runs "requests are made anew"
	PASS_OF_ANN="pa55 word+of/ann" expect_ok git wf run demo
	stop_server
	output a body | jq -e ".headers.authorization == \"Bearer ***\" and .headers[\"x-who\"] == \"me\""
	! grep -rlE "t0k3n-of|pa55 word|cGE1NSB3b3Jk" . || exit 1
'

test_case 'a redirect leads no password elsewhere, a circle ends, https stays https' '
	require jq
	workflow demo <<-\EOT
	params: {other: {required: true}}
	steps:
	  - {id: a, http: {url: "URL/to?${params.other}", auth: {bearer: "${env.TOKEN_X}"}}}
	  - {id: post, http: {url: "URL/to?/echo/303", body: x}}
	  - {id: kept, http: {url: "URL/to/307?/echo/307", body: x}}
	  - {id: loop, http: {url: "URL/loop", redirects: 5}, on_failure: continue}
	  - {id: none, http: {url: "URL/loop", redirects: 0, expect: 302}}
	EOT
	sed -i "s#URL/to?\${params.other}#URL/to?OTHER#" .workflows/demo.yml
	start_server
	sed -i "s#OTHER#http://localhost:$port/echo#" .workflows/demo.yml
	commit_all
	TOKEN_X=some-token-here expect_exit 1 git wf run demo --other x
	stop_server
	output a body | jq -e ".headers.authorization == null"
	output post body | jq -e ".method == \"GET\""
	output kept body | jq -e ".method == \"POST\" and .body == \"x\""
	expect_out_contains "Maximum (5) redirects followed"
	[ "$(grep -c "GET /loop" "$CASE/port.log")" = 7 ]
'

test_case 'save: a gigabyte is streamed, half of a file is never left' '
	workflow demo <<-\EOT
	order: listed
	steps:
	  - {id: big, http: {url: "URL/gigabyte", save: out/big.bin}}
	  - {id: use, inputs: [out/big.bin], run: "test $(stat -c %s out/big.bin) = 1073741824; rm out/big.bin"}
	EOT
	cat > .workflows/fail.yml <<-\EOT
	steps:
	  - {id: half, http: {url: "URL/half", save: half.bin}, on_failure: continue}
	  - {id: stall, http: {url: "URL/stall", save: stall.bin}, timeout: 500ms, on_failure: continue}
	  - {id: wrong, http: {url: "URL/status/500", save: wrong.bin}, on_failure: continue}
	  - {id: reset, http: {url: "URL/reset", save: reset.bin}, on_failure: continue}
	  - {id: much, http: {url: "URL/gigabyte"}, on_failure: continue}
	EOT
	start_server
	expect_tree_changes
	repeat_runs "requests are made anew"
	expect_ok git wf run demo --events "$CASE/events"
	[ "$(jq "select(.type == \"step.end\" and .step == \"big\") | .max_rss_kib" "$CASE/events")" -lt 65536 ]
	expect_exit 1 git wf run fail
	stop_server
	expect_out_contains "timed out after 0.50s"
	expect_out_contains "the body has more than 1048576 bytes; "
	rm -rf out
	[ -z "$(git status --porcelain --ignored | grep -v cortex-brain)" ]
	[ "$(find . -name "*.bin*" -o -name "*.tmp*" | grep -vc "\.git/")" = 0 ]
'

test_case 'saved as an artifact, an empty answer, a binary one' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/binary", save: "artifact:the-data"}}
	  - {id: b, inputs: ["artifact:the-data"], run: "test $(wc -c < \"$WF_IN_THE_DATA\") = 256"}
	  - {id: c, http: {url: "URL/empty", save: empty.txt}}
	  - {id: d, inputs: [empty.txt], run: "test -e empty.txt && test ! -s empty.txt && rm empty.txt"}
	  - {id: e, http: {url: "URL/binary"}}
	EOT
	start_server
	expect_tree_changes
	repeat_runs "requests are made anew"
	expect_ok git wf run demo
	expect_ok git wf log latest e
	stop_server
	expect_out_contains "the body is no text"
'

test_case 'Retry-After is waited for, and a longer one than max_delay is not' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/later/1"}, retry: {attempts: 3, delay: 10ms}}
	  - {id: b, http: {url: "URL/date"}, retry: {attempts: 2}}
	  - {id: c, http: {url: "URL/later/3600"}, retry: {attempts: 2}, on_failure: continue}
	  - {id: d, http: {url: "URL/reset/x"}, retry: {attempts: 2, on: [2]}, on_failure: continue}
	EOT
	start_server
	expect_exit 1 git wf run demo
	stop_server
	expect_out_contains "the server asks to wait 3600 s"
	[ "$(grep -c "/later/3600" "$CASE/port.log")" = 1 ]
	[ "$(grep -c "/reset/x" "$CASE/port.log")" = 2 ]
	awk "/later\/1\$/ { t[n++] = \$1 } END { exit !(n == 2 && t[1] - t[0] >= 1) }" "$CASE/port.log"
'

test_case 'a cancelled run ends a request that stalls' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "URL/stall", save: x.bin}}
	EOT
	start_server
	git wf run demo > "$CASE/out" 2>&1 &
	run=$!
	for _ in $(seq 200); do grep -q stall "$CASE/port.log" 2>/dev/null && break; sleep 0.05; done
	kill -TERM "$run"
	wait "$run" || code=$?
	stop_server
	[ "$code" = 143 ]
	[ ! -e x.bin ] && [ -z "$(git status --porcelain)" ]
'

test_case 'values split no header and no request, and lead to no other host' '
	workflow demo <<-\EOT
	params: {x: {default: ""}}
	steps:
	  - {id: a, http: {url: "URL/ok", headers: {X-A: "${params.x}"}}}
	EOT
	cat > .workflows/urls.yml <<-\EOT
	params: {x: {default: ""}}
	steps:
	  - {id: a, http: {url: "${params.x}"}}
	EOT
	start_server
	expect_exit 1 git wf run demo -p "x=a
	X-Evil: 1"
	expect_says "header '"'X-A'"': its value has a line break in it"
	expect_exit 1 git wf run demo -p "x=$(printf "a\rX-Evil: 1")"
	for value in "file:///etc/passwd" "-o/tmp/x" "http://me:pw@127.0.0.1:$port/" "http://" "ftp://127.0.0.1/" \
		"http://127.0.0.1:$port/ HTTP/1.0"; do
		expect_exit 1 git wf run urls -p "x=$value"
	done
	[ ! -e "$CASE/port.log" ]
	repeat_runs "requests are made anew"
	expect_ok git wf run urls -p "x=$url/ok"
	stop_server
'

test_case 'a certificate that nobody vouches for is refused' '
	require openssl
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "https://localhost:PORT/ok"}}
	EOT
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$CASE/key.pem" -out "$CASE/cert.pem" -days 2 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	start_server "$CASE/cert.pem" "$CASE/key.pem"
	sed -i "s#PORT#$port#" .workflows/demo.yml
	commit_all
	repeat_runs "requests are made anew"
	expect_exit 1 git wf run demo
	expect_out_contains "certificate"
	SSL_CERT_FILE=$CASE/cert.pem expect_ok git wf run demo
	sed "s#/ok#/to?http://127.0.0.1:$port/ok#" .workflows/demo.yml > .workflows/down.yml
	commit_all
	SSL_CERT_FILE=$CASE/cert.pem expect_exit 1 git wf run down
	expect_out_matches "Protocol .http. (not supported or )?disabled|not supported or disabled"
	sed -i "s#localhost#127.0.0.1#" .workflows/demo.yml
	commit_all
	SSL_CERT_FILE=$CASE/cert.pem expect_exit 1 git wf run demo
	stop_server
'

test_done
