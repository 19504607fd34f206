#!/bin/sh
# A file includes its own folder and lower floors only; folders of one floor do not see each other.
# Also: each third-party header has one door in src/ext (libgit2: src/git/lg2).
set -u

# The floor of each folder, as in src/README.md.
floors='
base 1
sys 2
ext 2
git 3
model 3
plan 4
event 5
store 6
report 7
step 7
run 8
trigger 9
template 9
cli 10
'

# The helper programs stand outside: they see base, sys and ext only (and step/helper.h, their
# protocol).
find src include -name '*.[ch]' | sort | while read -r file; do
	grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" |
		sed 's/^\([0-9]*\):[^"]*"\([^"]*\)".*/\1 \2/' | while read -r line header; do
		echo "$file $line $header"
	done
done | FLOORS="$floors" awk '
	BEGIN {
		n = split(ENVIRON["FLOORS"], words, /[ \n]+/)
		for (i = 1; i <= n; i++)
			if (words[i] != "") { floor[words[i]] = words[i + 1]; i++ }
	}
	{
		split($1, path, "/")
		from = path[2]
		if ($3 ~ /^[^\/]*_impl\.h$/) next # of the same folder, or it would not be found
		if (split($3, parts, "/") < 2) {
			printf "%s:%s: \"%s\" has no folder\n", $1, $2, $3; bad = 1; next
		}
		to = parts[1]
		if (from == "libexec") {
			if (to != "base" && to != "sys" && to != "ext" && to != "libexec" && $3 != "step/helper.h") {
				printf "%s:%s: a helper program includes %s\n", $1, $2, $3; bad = 1
			}
			next
		}
		if (!(from in floor)) { printf "%s: folder \"%s\" has no floor\n", $1, from; bad = 1; next }
		if (to == from) next
		if (!(to in floor)) { printf "%s:%s: %s: unknown folder\n", $1, $2, $3; bad = 1; next }
		if (floor[to] + 0 >= floor[from] + 0) {
			printf "%s:%s: %s (floor %d) includes %s (floor %d)\n", $1, $2, from, floor[from], $3, floor[to]
			bad = 1
		}
		if ($3 ~ /_impl\.h$/) { printf "%s:%s: private header of another folder: %s\n", $1, $2, $3; bad = 1 }
	}
	END { exit bad }'
status=$?

doors='
yaml.h src/ext/
jansson.h src/ext/
ini.h src/ext/
xxhash.h src/ext/
git2.h src/git/lg2/
'
doors_broken=$(echo "$doors" | while read -r header door; do
	[ -n "$header" ] || continue
	grep -rn "include <$header>" src include 2>/dev/null | grep -v "^$door" |
		sed "s,\$,: only files in $door may,"
done)
[ -z "$doors_broken" ] || { echo "$doors_broken"; status=1; }
exit $status
