#!/bin/sh
# Runs every lint; each prints its complaints and, alone on a line, "skip: why" where it cannot look.
set -u
cd "$(dirname "$0")/../.." || exit 1

passed=0
failed=0
for lint in tests/lint/*.sh; do
	[ "$lint" != tests/lint/run.sh ] || continue
	name=${lint#tests/lint/}
	if output=$(BUILD=${BUILD:-build} CC=${CC:-cc} sh "$lint" 2>&1); then
		passed=$((passed + 1))
		[ -z "$output" ] || printf '%s\n' "$output" | sed "s/^skip: /skip: $name: /"
	else
		failed=$((failed + 1))
		printf '%s\n' "$output" | sed "s/^/${name%.sh}: /"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
