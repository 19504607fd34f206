#!/bin/sh
# run.sh DIRECTORY: every fuzz target in DIRECTORY over its corpus, as TAP. The wrong documents of
# tests/bad are read, too.
set -u
here=$(dirname "$0")
n=0
for target in "$1"/*_fuzz; do
	[ -x "$target" ] || continue
	n=$((n + 1))
	name=$(basename "$target" _fuzz)
	set -- "$here/corpus/$name"/*
	case $name in
	yaml) set -- "$@" "$here"/../bad/*.yml ;;
	json) set -- "$@" "$here"/../bad/*.json ;;
	esac
	if "$target" "$@"; then
		echo "ok $n - the corpus of $name"
	else
		echo "not ok $n - the corpus of $name"
	fi
done
echo "1..$n"
