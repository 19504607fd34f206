#!/bin/sh
# Every action against the values of `attacks`: none of them becomes code, an option, a statement, a header
# or a path.
. "${0%/*}/../lib.sh"

# One row: the run with it, and what came of it. `after` is the case's own look.
attack() { # WANT ENCODED
	value=$(printf '%bX' "$2")
	value=${value%X}
	rm -f "$CASE/got" "$CASE/started"
	status=0
	git-wf run attack -p "v=$value" >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
	echo "$1 $status: $2"
	[ -z "$(find "$CASE" -name 'hacked*' | head -n 1)" ] || fail "it became code: $2"
	case $1 in
	data)
		[ $status -eq 0 ] || fail "exit $status: $2"
		printf %s "$value" >"$CASE/want.bytes"
		cmp "$CASE/want.bytes" "$CASE/got" || fail "it did not arrive as it is: $2" ;;
	refused)
		[ $status -ne 0 ] && [ ! -e "$CASE/started" ] || fail "it was not refused: $2" ;;
	esac
	after || fail "it did something: $2"
	echo x >>"$TEST_ROOT/attacks.done"
}

after() { :; }

# All rows of an action, in the order of the file.
attack_all() { # ACTION
	sed -n "s/^$1	//p" "$TEST_SOURCE/attacks" >"$CASE/rows"
	[ -s "$CASE/rows" ] || fail "no rows"
	commit_all
	expect_tree_changes
	while IFS="	" read -r want encoded; do
		attack "$want" "$encoded"
	done <"$CASE/rows"
}

# A workflow with one step, from stdin, and the parameter.
one_step() {
	{
		echo "params: {v: {default: x}}"
		cat
	} | workflow attack
}

settings() {
	mkdir -p "$HOME/.config/git-wf"
	cat >"$HOME/.config/git-wf/config.ini"
}

test_case 'run: text' '
	one_step <<-\EOT
	steps: [{id: a, run: "printf %s ${params.v} > ../got"}]
	EOT
	attack_all run-text
'

test_case 'run: a list' '
	one_step <<-\EOT
	steps: [{id: a, run: [sh, -c, "printf %s \"$1\" > ../got", x, "${params.v}"]}]
	EOT
	attack_all run-list
'

test_case 'script' '
	one_step <<-\EOT
	steps: [{id: a, script: {with: sh, code: "printf %s \"$1\" > ../got", args: ["${params.v}"]}}]
	EOT
	attack_all script
'

test_case 'action' '
	write_script .workflows/actions/rec <<-\EOT
	#!/bin/sh
	printf %s "$WF_WITH_V" > ../got
	EOT
	one_step <<-\EOT
	steps: [{id: a, action: rec, with: {v: "${params.v}"}}]
	EOT
	attack_all action
'

test_case 'env' '
	one_step <<-\EOT
	steps: [{id: a, env: {V: "${params.v}"}, run: "printf %s \"$V\" > ../got"}]
	EOT
	attack_all env
'

# What the client is told, and the value that travels beside.
stand_in_engine() {
	mkdir -p "$CASE/bin"
	cat >"$CASE/bin/docker" <<-EOT
	#!/bin/sh
	: > "$CASE/started"
	for w; do printf '%s\\0' "\$w"; done > "$CASE/argv"
	printf %s "\$__wf_1" > "$CASE/got"
	EOT
	chmod +x "$CASE/bin/docker"
	printf '[container]\ncommand = %s\n' "$CASE/bin/docker" | settings
}

test_case 'container: run' '
	stand_in_engine
	one_step <<-\EOT
	steps: [{id: a, container: {image: debian, run: "echo ${params.v}"}}]
	EOT
	after() { ! grep -qaF -e "$(printf %s "$value" | tail -n 1)" "$CASE/argv"; }
	attack_all container-run
'

test_case 'container: image, mounts' '
	stand_in_engine
	one_step <<-\EOT
	steps: [{id: a, container: {image: "${params.v}", run: "true"}}]
	EOT
	attack_all container-image
	one_step <<-\EOT
	steps: [{id: a, container: {image: debian, run: "true", mounts: ["${params.v}:/mnt"]}}]
	EOT
	attack_all container-mount
'

test_case 'database' '
	require sqlite3
	mkdir db
	printf "db/\n" > .gitignore
	sqlite3 db/x.db "create table t (a text); create table kept (a); insert into kept values (1)"
	one_step <<-\EOT
	steps: [{id: a, database: {url: "sqlite:db/x.db", run: "delete from t; insert into t values (${params.v})"}}]
	EOT
	after() {
		sqlite3 db/x.db "select writefile('\''$CASE/back'\'', cast(a as blob)) from t" >/dev/null 2>&1 || :
		[ "$(sqlite3 db/x.db "select count(*) from kept")" = 1 ] && sqlite3 db/x.db "select * from t" >/dev/null
	}
	attack() {
		want=$1 encoded=$2
		value=$(printf "%bX" "$2")
		value=${value%X}
		status=0
		git-wf run attack -p "v=$value" >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
		echo "$want $status: $encoded"
		[ -z "$(find "$CASE" -name "hacked*" | head -n 1)" ] || fail "it became code: $encoded"
		after || fail "it did something: $encoded"
		if [ "$want" = data ]; then
			[ $status -eq 0 ] || fail "exit $status: $encoded"
			printf %s "$value" >"$CASE/want.bytes"
			cmp "$CASE/want.bytes" "$CASE/back" || fail "it did not arrive as it is: $encoded"
		else
			[ $status -ne 0 ] || fail "it was not refused: $encoded"
		fi
		echo x >>"$TEST_ROOT/attacks.done"
	}
	attack_all database
	one_step <<-\EOT
	steps: [{id: a, database: {url: "sqlite:${params.v}", run: "select 1"}}]
	EOT
	attack_all database-path
'

test_case 'window' '
	require tmux
	TMUX_TMPDIR=$CASE/sockets
	mkdir -p "$TMUX_TMPDIR"
	export TMUX_TMPDIR
	trap "set +e; tmux kill-server 2>/dev/null || :" EXIT
	one_step <<-\EOT
	steps: [{id: a, window: {target: w, run: "printf %s ${params.v} > ../got"}}]
	EOT
	attack_all window
	one_step <<-\EOT
	steps: [{id: a, window: {target: "${params.v}", run: "true"}}]
	EOT
	attack_all window-name
'

start_recorder() {
	require python3
	python3 "$TEST_SOURCE/recorder.py" "$CASE/port" "$CASE/started" >/dev/null 2>&1 </dev/null &
	recorder=$!
	trap 'kill $recorder 2>/dev/null || :' EXIT
	wait_for 10 test -s "$CASE/port"
	port=$(cat "$CASE/port")
}

test_case 'http' '
	start_recorder
	one_step <<-EOT
	steps: [{id: a, http: {url: "http://127.0.0.1:$port/", headers: {X-Sent: "\${params.v}"}}}]
	EOT
	attack_all http-header
	one_step <<-EOT
	steps: [{id: a, http: {url: "http://127.0.0.1:$port/p/\${params.v}", headers: {Accept: x}}}]
	EOT
	after() { [ ! -e "$CASE/started" ] || { ! grep -qia "^x-hacked" "$CASE/started" && head -n 1 "$CASE/started" | grep -qaE "^GET /p/[A-Za-z0-9%._~-]* HTTP"; }; }
	attack_all http-path
	one_step <<-EOT
	steps: [{id: a, http: {url: "http://127.0.0.1:$port/", body: {json: {v: "\${params.v}"}}}},
	  {id: b, needs: [a], script: {with: python3, code: "import json; open(\"../got\", \"w\", newline=\"\").write(json.load(open(\"../started.body\"))[\"v\"])"}}]
	EOT
	after() { :; }
	attack_all http-body
	kill $recorder
'

test_case 'notify' '
	write_script "$CASE/bin/told" <<-EOT
	#!/bin/sh
	printf %s "\$(cat)" > "$CASE/got"
	EOT
	printf "[notify \"c\"]\ntype = command\ncommand = %s\n" "$CASE/bin/told" | settings
	one_step <<-\EOT
	steps: [{id: a, notify: {channels: [c], message: "${params.v}"}}]
	EOT
	attack_all notify
'

test_case 'commit' '
	one_step <<-\EOT
	steps: [{id: a, run: "echo x >> made"}, {id: b, needs: [a], commit: {message: "${params.v}"}}]
	EOT
	before=
	after() {
		[ -z "$before" ] || git merge-base --is-ancestor "$before" HEAD || return 1
		before=$(git rev-parse HEAD)
		[ "$(git log -1 --format=%an)" = "A U Thor" ] && ! git log -1 --format=%B | grep -q root:
	}
	attack_all commit-message
	one_step <<-\EOT
	steps: [{id: a, run: "echo x >> made"}, {id: b, needs: [a], commit: {message: m, paths: ["${params.v}"]}}]
	EOT
	attack_all commit-paths
'

test_case 'open' '
	mkdir -p "$CASE/bin"
	printf "#!/bin/sh\n: > %s\n" "$CASE/started" > "$CASE/bin/show"
	chmod +x "$CASE/bin/show"
	BROWSER=$CASE/bin/show EDITOR=$CASE/bin/show
	export BROWSER EDITOR
	one_step <<-\EOT
	steps: [{id: a, open: "${params.v}"}]
	EOT
	attack_all open-path
	one_step <<-\EOT
	steps: [{id: a, open: "https://example.org/${params.v}"}]
	EOT
	attack_all open-url
'

test_case 'there were sixty and more' '
	rows=$(grep -c "^[a-z]" "$TEST_SOURCE/attacks")
	made=$(wc -l < "$TEST_ROOT/attacks.done")
	[ "$made" -ge 60 ] || fail "$made attacks"
	echo "$made of $rows" > "$TEST_ROOT/attacks.count"
'
# shellcheck disable=SC2154 # of lib.sh
[ ! -e "$TEST_ROOT/attacks.count" ] ||
	echo "# $(cat "$TEST_ROOT/attacks.count") attacks were made, $test_failed actions gave way"

test_done
