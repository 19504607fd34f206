#!/bin/sh
# Proves that what is installed works from where it is, and that uninstall leaves nothing: once
# below a DESTDIR, once in a prefix of its own.
set -eu

make=${MAKE:-make}
top=$(mktemp -d "${TMPDIR:-/tmp}/wf-install.XXXXXX")
trap 'rm -rf "$top"' EXIT

fail() {
	echo "check-install: $*" >&2
	exit 1
}

# nothing_left DIRECTORY
nothing_left() {
	left=$(find "$1" -mindepth 1)
	[ -z "$left" ] || fail "left after uninstall: $left"
}

mkdir "$top/destdir" "$top/prefix"

"$make" --no-print-directory install DESTDIR="$top/destdir" PREFIX=/usr >/dev/null
[ -x "$top/destdir/usr/bin/git-wf" ] || fail "no usr/bin/git-wf below DESTDIR"
# What was there before stays.
mkdir -p "$top/destdir/usr/share/man/man1"
: >"$top/destdir/usr/share/man/man1/other.1"
"$make" --no-print-directory uninstall DESTDIR="$top/destdir" PREFIX=/usr >/dev/null
[ -e "$top/destdir/usr/share/man/man1/other.1" ] || fail "uninstall removed another's file"
rm "$top/destdir/usr/share/man/man1/other.1"
rmdir -p "$top/destdir/usr/share/man/man1" 2>/dev/null || :
[ ! -d "$top/destdir" ] || { rmdir "$top/destdir/usr" 2>/dev/null || :; nothing_left "$top/destdir"; }

"$make" --no-print-directory install PREFIX="$top/prefix" >/dev/null
PATH=$top/prefix/bin:$PATH
MANPATH=$top/prefix/share/man
export PATH MANPATH
mkdir "$top/home"
HOME=$top/home
export HOME
cd "$top/home"
git wf version >/dev/null || fail "'git wf version' failed"
git wf new --list | grep -q '^bug-fix ' || fail "'git wf new --list' shows no templates"
[ "$(command -v git-wf)" = "$top/prefix/bin/git-wf" ] || fail "another git-wf is found"
if command -v man >/dev/null 2>&1; then
	GIT_PAGER=cat MANPAGER=cat PAGER=cat git wf --help >"$top/help" 2>&1 </dev/null ||
		fail "'git wf --help' failed: $(cat "$top/help")"
	GIT_PAGER=cat MANPAGER=cat PAGER=cat git help wf </dev/null 2>&1 | grep -q '^ *git-wf - run' ||
		fail "'git help wf' does not show the manual"
	for page in run explain fmt workflow; do
		MANPAGER=cat PAGER=cat git wf help "$page" </dev/null 2>&1 | grep -q "git-wf-$page - " ||
			fail "'git wf help $page' does not show its page"
	done
else
	[ -s "$MANPATH/man1/git-wf.1" ] || fail "no manual page"
fi
cd "$OLDPWD"
"$make" --no-print-directory uninstall PREFIX="$top/prefix" >/dev/null
nothing_left "$top/prefix"
echo "check-install: passed"
