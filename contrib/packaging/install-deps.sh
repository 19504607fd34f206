#!/bin/sh
# install-deps.sh [test]
# Installs what the build and the tests need and is not there yet, or with "test" what a few tests are
# skipped without: the programs that read what we write. Says nothing when nothing is missing. Knows
# apt-get (Debian, Ubuntu) and Homebrew; elsewhere it prints the list and fails.
set -u

# kind name debian-package homebrew-package; kind: pkg = pkg-config module, cmd = on PATH, py = of python3
needs='
cmd cc gcc -
cmd pkg-config pkg-config pkg-config
cmd git git git
pkg yaml-0.1 libyaml-dev libyaml
pkg jansson libjansson-dev jansson
pkg inih libinih-dev inih
pkg libxxhash libxxhash-dev xxhash
pkg libgit2 libgit2-dev libgit2
pkg libcurl libcurl4-openssl-dev curl
pkg cmocka libcmocka-dev cmocka
cmd scdoc scdoc scdoc
cmd prove perl perl
cmd python3 python3 python3
cmd jq jq jq
cmd gcovr gcovr gcovr
cmd shellcheck shellcheck shellcheck
'

test_needs='
cmd dot graphviz graphviz
cmd mandoc mandoc mandoc
cmd xmllint libxml2-utils libxml2
cmd cmark-gfm cmark-gfm cmark-gfm
py junitparser python3-junitparser -
cmd tmux tmux tmux
cmd nginx nginx-light nginx
cmd openssl openssl openssl
cmd zsh zsh zsh
cmd fish fish fish
cmd podman podman podman
cmd sqlite3 sqlite3 sqlite
cmd psql postgresql postgresql
cmd runc runc runc
cmd busybox busybox-static -
'
again='make deps'
[ "${1:-}" != test ] || needs=$test_needs again='make deps-test'

have() { # kind name
	case $1 in
	cmd) command -v "$2" >/dev/null 2>&1 ;;
	pkg) pkg-config --exists "$2" 2>/dev/null ;;
	py) /usr/bin/python3 -c "import $2" 2>/dev/null || python3 -c "import $2" 2>/dev/null ;;
	esac
}

missing() { # column of the package's name: 1 name itself, 2 Debian, 3 Homebrew
	echo "$needs" | while read -r kind name debian brew; do
		[ -n "$kind" ] || continue
		have "$kind" "$name" && continue
		case $1 in
		1) echo "$name" ;;
		2) echo "$debian" ;;
		3) [ "$brew" = - ] || echo "$brew" ;;
		esac
	done | sort -u | tr '\n' ' '
}

give_up() {
	echo "missing: $(missing 1)" >&2
	echo "$1; install these and run '$again' again" >&2
	exit 1
}

[ -n "$(missing 1)" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
	packages=$(missing 2)
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 || give_up "not root, and there is no sudo (apt: $packages)"
		sudo='sudo -n'
		[ -t 0 ] && sudo=sudo
	fi
	echo "installing: $packages"
	apt() {
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null >/dev/null
	}
	# The lists of a fresh image are empty or old: refresh them when the first try fails.
	# shellcheck disable=SC2086 # a list of names
	apt install -y -q --no-install-recommends $packages 2>/dev/null ||
		{ apt update -q && apt install -y -q --no-install-recommends $packages; } ||
		give_up "apt-get failed"
elif command -v brew >/dev/null 2>&1; then
	packages=$(missing 3)
	echo "installing: $packages"
	# shellcheck disable=SC2086 # a list of names
	brew install --quiet $packages || give_up "brew failed"
else
	give_up "no apt-get and no brew here"
fi

[ -z "$(missing 1)" ] || give_up "some are still not found after the installation"
