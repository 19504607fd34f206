# A PostgreSQL of the test's own: a cluster in a folder, on a socket there, run by nobody in particular (it
# refuses root), stopped when the file ends.
# shellcheck shell=sh

pg_as() { # COMMAND…
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$PG" "$@"
	else
		"$@"
	fi
}

start_postgres() {
	PG=$TEST_ROOT/pg
	PG_WHY=
	pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
	pg_bin=${pg_bin:-$(dirname "$(command -v initdb || echo /none/initdb)")}
	if [ ! -x "$pg_bin/initdb" ] || ! command -v psql >/dev/null 2>&1; then
		PG_WHY="no PostgreSQL here"
		return 0
	fi
	mkdir "$PG" && chmod 755 "$TEST_ROOT"
	[ "$(id -u)" -ne 0 ] || chown nobody "$PG"
	echo "s'e:c/r@e t" >"$PG/password"
	chmod 644 "$PG/password"
	pg_as "$pg_bin/initdb" -D "$PG/data" -U wf --auth=scram-sha-256 --pwfile="$PG/password" -E UTF8 \
		--no-sync >"$TEST_ROOT/pg.log" 2>&1 || PG_WHY="initdb fails here"
	[ -z "$PG_WHY" ] || return 0
	pg_as "$pg_bin/pg_ctl" -D "$PG/data" -w -t 30 -l "$PG/log" \
		-o "-c listen_addresses= -c unix_socket_directories=$PG -c fsync=off" start \
		>>"$TEST_ROOT/pg.log" 2>&1 || PG_WHY="PostgreSQL does not start here"
	# shellcheck disable=SC2034 # for the cases
	PG_URL="postgres://wf:s%27e%3Ac%2Fr%40e%20t@/postgres?host=$(echo "$PG" | sed 's,/,%2F,g')"
	trap 'stop_postgres; test_cleanup' EXIT
}

stop_postgres() {
	[ ! -s "$PG/data/postmaster.pid" ] ||
		pg_as "$pg_bin/pg_ctl" -D "$PG/data" -w -m immediate stop >/dev/null 2>&1
}

use_postgres() {
	[ -z "$PG_WHY" ] || skip_case "$PG_WHY"
	PGPASSWORD="s'e:c/r@e t"
	export PGPASSWORD
	sql "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
	unset PGPASSWORD
	DATABASE_URL=$PG_URL
	export DATABASE_URL
}

sql() { # TEXT: what psql says, without us
	PGPASSWORD="s'e:c/r@e t" psql -X -q -A -t -h "$PG" -U wf -d postgres -v ON_ERROR_STOP=1 -c "$1" 2>&1
}
