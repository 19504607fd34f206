#!/bin/sh
# demo.sh PROGRAM: git wf builds git-wf, in a clone that is gone afterwards, and shows what it does when
# something changes.
set -eu

program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
source=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wf-demo.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
for name in $(env | sed -n 's/^\(GIT_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
PATH=$(dirname "$program"):$PATH
HOME=$scratch/home
export PATH HOME
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p "$HOME"

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi

say() {
	printf '\n%s── %s%s\n' "$bold" "$*" "$plain"
}

# Shows the command, then runs it.
try() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@"
}

# The same, where each of some two hundred steps has a line.
try_end() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@" >"$scratch/output" || { cat "$scratch/output"; exit 1; }
	echo '…'
	grep -v '^→' "$scratch/output" | tail -n 8
}

# The same, where only what will not come from the cache is of interest.
try_brief() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@" | grep -v '^  cached'
}

# A clone of what is committed; of a source archive without history, a copy.
if git -C "$source" rev-parse -q --verify HEAD >/dev/null 2>&1; then
	git clone -q "$source" "$scratch/git-wf"
else
	mkdir "$scratch/git-wf"
	(cd "$source" && tar cf - --exclude ./build --exclude ./.git .) | tar xf - -C "$scratch/git-wf"
	git -C "$scratch/git-wf" init -q
fi
cd "$scratch/git-wf"

say "Build git-wf from its sources: compile, archive, link, unit tests (.workflows/build.yml)"
try_end git wf run build

say "Once more: nothing to do, and that is known at once"
try git wf run build

say "A header is edited: exactly what includes it would run, and why"
sed -i.orig 's/^#define CAPTURE_TAIL_MAX 65536/#define CAPTURE_TAIL_MAX 65535/' src/run/capture_impl.h
rm -f src/run/capture_impl.h.orig
try_brief git wf plan build link
try git wf explain build 'compile[src/run/capture.c]'
try_end git wf run build link

say "A comment is edited: compiled again, the same object comes out, so nothing is linked or tested"
echo '/* a comment */' >>src/base/size.c
try git wf run build link

say "All objects and the program are deleted: they come back without a compiler"
rm -rf build/wf/obj build/wf/git-wf
try git wf run build link
try build/wf/git-wf version
