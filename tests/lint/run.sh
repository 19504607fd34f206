#!/bin/sh
# Runs every lint, JOBS at once; each prints its complaints and, alone on a line, "skip: why" where it cannot look.
set -u
cd "$(dirname "$0")/../.." || exit 1

BUILD=${BUILD:-build} CC=${CC:-cc}
said=$(mktemp -d) || exit 1
export BUILD CC said
trap 'rm -rf "$said"' EXIT
# What a lint says goes to a file of its name; that it passed, to one beside it.
# shellcheck disable=SC2016 # the inner shell's
find tests/lint -name '*.sh' ! -name run.sh | sort | xargs -n 1 -P "${JOBS:-2}" sh -c '
	name=${0##*/}
	if sh "$0" >"$said/$name" 2>&1 </dev/null; then : >"$said/$name.passed"; fi'

passed=0
failed=0
for lint in tests/lint/*.sh; do
	name=${lint##*/}
	[ "$name" != run.sh ] || continue
	if [ -e "$said/$name.passed" ]; then
		passed=$((passed + 1))
		sed "s/^skip: /skip: $name: /" "$said/$name"
	else
		failed=$((failed + 1))
		sed "s/^/${name%.sh}: /" "$said/$name"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
