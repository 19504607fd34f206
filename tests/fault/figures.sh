#!/bin/sh
# Keeps README.md true to the figures of the sweeps (figures.py says what they are):
#
#	figures.sh check FILE	fails, with the reasons, if the figures are not good
#	figures.sh keep FILE	the same, then they become the committed ones, and README.md's table is made
#	figures.sh readme	README.md with the table of the committed figures, on standard output
set -u
here=$(dirname "$0")
committed=$here/figures.json
readme=$here/../../README.md

make_readme() {
	jq -r -f "$here/figures.jq" "$committed" >"$1/table" || return 1
	awk -v table="$1/table" '
		/^<!-- figures/ { print; while ((getline line < table) > 0) print line; inside = 1 }
		/^<!-- end of figures/ { inside = 0 }
		!inside' "$readme"
}

command -v jq >/dev/null || { echo "missing: jq ('make deps' installs what is needed)" >&2; exit 1; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
check | keep)
	if ! jq -e --argjson check true -f "$here/figures.jq" "$2" >/dev/null 2>"$scratch/why"; then
		echo "figures that are not good: $(jq -r '.[1]?' <"$scratch/why" 2>/dev/null)" >&2
		exit 1
	fi
	[ "$1" = keep ] || exit 0
	jq 'map_values(del(.first_losses))' "$2" >"$scratch/figures" && cp "$scratch/figures" "$committed" || exit 1
	make_readme "$scratch" >"$scratch/readme" && cp "$scratch/readme" "$readme"
	;;
readme) make_readme "$scratch" ;;
*) echo "usage: figures.sh check FILE | keep FILE | readme" >&2; exit 2 ;;
esac
