#!/bin/sh
# Each header compiles alone, twice in one file, and its guard is FOLDER_NAME_H.
set -u
status=0
compiler=${CC:-cc}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wf-lint.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT

for header in $(find include src -name '*.h' | sort); do
	path=${header#include/}
	path=${path#src/}
	guard=$(echo "$path" | tr 'a-z/.-' 'A-Z___')
	first=$(grep -m 1 '^#ifndef ' "$header" | awk '{ print $2 }')
	[ "$first" = "$guard" ] || { echo "$header: guard '$first' instead of '$guard'"; status=1; }
	case $header in
	src/git/lg2/*) continue ;; # wants libgit2's own header
	esac
	echo "#include \"$path\"
#include \"$path\"" >"$scratch/$(echo "$path" | tr / .).c"
done
# One compiler for many files: starting it is what takes the time.
# shellcheck disable=SC2086 # a list of flags
find "$scratch" -name '*.c' | sort | xargs -n 16 -P 2 $compiler -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc \
	-Wall -Wextra -Werror -fsyntax-only || status=1
exit $status
