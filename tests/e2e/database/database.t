#!/bin/sh
# database: a real sqlite3 and a real PostgreSQL. Values are data, whatever is in them; migrations are made
# once, in order, each wholly or not at all.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"
. "${0%/*}/postgres.sh"

start_postgres

# What every dialect must do the same way; $1 begins the database, $2 asks it.
both() { # SENTENCE BODY: with $URL and ask SQL
	test_case "$1 (sqlite)" "
		require sqlite3
		URL=sqlite:data/x.db
		mkdir data
		printf 'data/*.db*\n' > .gitignore
		ask() { sqlite3 data/x.db \"\$1\"; }
		$2"
	test_case "$1 (PostgreSQL)" "
		use_postgres
		URL=\"\\\${env.DATABASE_URL}\"
		ask() { sql \"\$1\"; }
		$2"
}

both 'rows come out, are counted, and hand values on' '
	workflow demo <<-EOT
	steps:
	  - id: fill
	    database: {url: "$URL", run: "create table t (a text, b integer); insert into t values (\${params.x}, \${params.n})"}
	  - id: ask
	    needs: [fill]
	    database: {url: "$URL", run: "select a, b - \${params.n} from t where a = \${params.x} or a in (\${params.l}) order by 1"}
	  - {id: use, needs: [ask], run: "printf %s \"\${steps.ask.outputs.rows} \${steps.ask.stdout}\" >> ../ran"}
	params: {x: {default: "it'\''s; a \"b\""}, n: {type: int, default: -3}, l: {type: list, default: [p, q]}}
	EOT
	commit_all
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	expect_ran "1 \"it'\''s; a \"\"b\"\"\",0"
	expect_equal "$(ask "select a from t")" "it'\''s; a \"b\""
'

both 'migrations are made once, in order, each with its digest' '
	mkdir db
	echo "create table t (a integer);" > db/001_first.sql
	echo "insert into t (a) values (10)" > db/010_third.sql
	printf "alter table t add column b integer;\n-- no semicolon at the end\ninsert into t values (2, 2)" > db/2_second.sql
	echo "not a migration" > db/README
	workflow demo <<-EOT
	steps: [{id: a, database: {url: "$URL", migrations: db, run: "select count(*) from t"}},
	  {id: b, needs: [a], run: "printf %s \"\${steps.a.outputs.applied} \${steps.a.outputs.rows} \${steps.a.stdout}\" >> ../ran"}]
	EOT
	commit_all
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	expect_ran "3 1 2"
	expect_equal "$(ask "select digest from wf_migrations where name = '\''001_first.sql'\''")" "$(sha256sum db/001_first.sql | cut -d" " -f1)"
	expect_ok git wf run demo
	expect_ran "0 1 2"
	echo "insert into t (a) values (11)" > db/011_fourth.sql
	expect_ok git wf run demo
	expect_ran "1 1 3"
'

both 'a file that has changed, is gone, or came too late is an error, and nothing is made' '
	mkdir db
	echo "create table t (a integer);" > db/001_first.sql
	echo "create table u (a integer);" > db/003_third.sql
	workflow demo <<-EOT
	steps: [{id: a, database: {url: "$URL", migrations: db}}]
	EOT
	commit_all
	expect_tree_changes
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	echo "drop table t" > db/004_fourth.sql
	echo "-- changed" >> db/001_first.sql
	expect_exit 1 git wf run demo
	expect_says "001_first.sql'\'' was made, and its file has changed since"
	git checkout -q db/001_first.sql
	mv db/003_third.sql ../
	expect_exit 1 git wf run demo
	expect_says "003_third.sql'\'' was made, and its file is gone"
	mv ../003_third.sql db/
	echo "select 1" > db/002_second.sql
	expect_exit 1 git wf run demo
	expect_says "002_second.sql'\'' comes before '\''003_third.sql'\''"
	rm db/002_second.sql
	for bad in "commit; select 1" "select '\''x" "/* x"; do
		echo "$bad" > db/004_fourth.sql
		expect_exit 1 git wf run demo
	done
	expect_equal "$(ask "select count(*) from wf_migrations")" 2
	expect_equal "$(ask "select count(*) from t")" 0
'

both 'a migration that fails leaves nothing of itself, and what came before it stays' '
	mkdir db
	echo "create table t (a integer);" > db/001_first.sql
	printf "insert into t values (1);\ncreate table u (a integer);\ninsert into nowhere values (1);\n" > db/002_second.sql
	workflow demo <<-EOT
	steps: [{id: a, database: {url: "$URL", migrations: db}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says nowhere
	expect_says "migration 002_second.sql failed"
	expect_equal "$(ask "select name from wf_migrations")" 001_first.sql
	expect_equal "$(ask "select count(*) from t")" 0
	printf "insert into t values (1);\n" > db/002_second.sql
	expect_tree_changes
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	expect_equal "$(ask "select count(*) from t")" 1
'

both 'rollback_on_failure takes back all migrations and what was run' '
	mkdir db
	echo "create table t (a integer);" > db/001_first.sql
	echo "insert into t values (1)" > db/002_second.sql
	workflow demo <<-EOT
	params: {last: {default: nowhere, pattern: "[a-z]+"}}
	steps: [{id: a, database: {url: "$URL", migrations: db, rollback_on_failure: true, run: "insert into t values (7); select 1/(case when \${params.last} = '\''t'\'' then 1 end), nowhere.x from t where \${params.last} = '\''t'\''"}}]
	EOT
	commit_all
	expect_exit 1 git wf run demo
	expect_says "all of it is taken back"
	expect_equal "$(ask "select count(*) from wf_migrations")" 0
	! ask "select * from t" >/dev/null 2>&1 || ! ask "select * from t" | grep -qv "does not exist" || fail "t is there"
	sed -i "s/, nowhere.x//" .workflows/demo.yml
	expect_tree_changes
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	expect_equal "$(ask "select count(*) from t")" 2
'

both 'two runs at once make each migration once' '
	mkdir db
	for n in 1 2 3; do echo "create table t$n (a integer);" > db/00$n.sql; done
	for w in one two; do
		printf "steps: [{id: a, database: {url: \"%s\", migrations: db}}]\n" "$URL" | workflow $w
	done
	commit_all
	git-wf run one > "$CASE/one" 2>&1 & one=$!
	git-wf run two > "$CASE/two" 2>&1 & two=$!
	wait $one || :
	wait $two || :
	expect_equal "$(ask "select count(*) from wf_migrations")" 3
'

test_case 'the password is in no list of processes, no log and no state' '
	use_postgres
	workflow demo <<-\EOT
	steps: [{id: a, database: {url: "${env.DATABASE_URL}", run: "select pg_sleep(60)"}, timeout: 20s}]
	EOT
	commit_all
	git-wf run demo >"$CASE/out" 2>&1 &
	pid=$!
	wait_for 10 pgrep -f "psql .*-f -"
	! grep -qa "c/r@e\|c%2Fr" $(grep -lsz "^WF_TEST_MARK=$CASE\$" /proc/[0-9]*/environ | sed s/environ/cmdline/) || fail "password in a command line"
	wait_for 10 sh -c "[ \"\$(PGPASSWORD=\"s'\''e:c/r@e t\" psql -X -A -t -h $PG -U wf -d postgres -c \"select count(*) from pg_stat_activity where query like '\''%pg_sleep(60)%'\'' and state = '\''active'\'' and pid <> pg_backend_pid()\")\" = 1 ]"
	kill -TERM $pid
	wait $pid || :
	! grep -rqa "c/r@e\|c%2Fr" cortex-brain || fail "password in the state"
	# What nobody waits for any more the server ends too.
	wait_for 10 sh -c "[ \"\$(PGPASSWORD=\"s'\''e:c/r@e t\" psql -X -A -t -h $PG -U wf -d postgres -c \"select count(*) from pg_stat_activity where query like '\''%pg_sleep(60)%'\'' and pid <> pg_backend_pid()\")\" = 0 ]"
'

test_case 'mysql gets exactly these words, and a literal that no sql_mode can read otherwise' '
	mkdir -p "$CASE/bin"
	printf "#!/bin/sh\nfor w; do printf \"<%%s>\" \"\$w\"; done > %s\necho \"[\$MYSQL_PWD]\" >> %s\ncat >> %s\nprintf \"a\\\\tb\\\\nc\\\\td\\\\n\"\n" "$CASE/argv" "$CASE/argv" "$CASE/argv" > "$CASE/bin/mysql"
	chmod +x "$CASE/bin/mysql"
	PATH=$CASE/bin:$PATH
	workflow demo <<-\EOT
	params: {db: {default: "a/b?c"}, v: {default: "x'\''\\"}}
	steps:
	  - {id: a, database: {url: "mysql://me:p%40ss@db.example:3307/${params.db}?ssl-mode=REQUIRED", run: "select ${params.v}, ${git.branch}"}}
	  - {id: b, needs: [a], run: "echo ${steps.a.outputs.rows} >> ../ran"}
	EOT
	commit_all
	repeat_runs "a database is asked each time"
	expect_ok git wf run demo
	expect_ran 2
	sed "s/SET SESSION[^;]*; //" "$CASE/argv" > "$CASE/out"
	expect_out_is <<-\EOT
	<--batch><--skip-column-names><--default-character-set=utf8mb4><--host=db.example><--port=3307><--user=me><--ssl-mode=REQUIRED><--database=a/b?c>[p@ss]
	select _utf8mb4 X'\''78275C'\'', '\''main'\''
	;
	EOT
'

test_case 'a value stands where a literal may stand, and nowhere else; a path stays in the tree' '
	require sqlite3
	workflow demo <<-\EOT
	params: {x: {default: y}, db: {default: x.db}}
	steps: [{id: a, database: {url: "sqlite:${params.db}", run: "select 1"}}]
	EOT
	printf "x.db\n" > .gitignore
	commit_all
	for sql in "select '\''\${params.x}'\''" "select E\${params.x}" "select 1 -- \${params.x}" "select :\${params.x}" \
		".shell echo \${params.x}" "select \\\"\${params.x}\\\"" "/* \${params.x} */ select 1" "select \`\${params.x}\`"; do
		printf "params: {x: {default: y}}\nsteps: [{id: a, database: {url: \"sqlite:x.db\", run: \"%s\"}}]\n" "$sql" | workflow wrong
		expect_exit 129 git wf validate .workflows/wrong.yml
		expect_says "cannot stand"
	done
	rm .workflows/wrong.yml
	for db in ../x.db /tmp/x.db .git/x.db; do
		expect_exit 1 git wf run demo --db "$db"
		expect_says "path '\''$db"
	done
	ln -s / out
	expect_exit 1 git wf run demo --db out/tmp/wf-x.db
	expect_says "by a link"
	rm out
	repeat_runs "a database is asked each time"
	expect_tree_changes
	# Neither an option, nor a URI, nor in memory.
	for db in -version file:x.db?mode=memory :memory:; do
		expect_exit 0 git wf run demo "--db=$db"
		rm -- "./$db" 2>/dev/null || :
	done
'

test_done
