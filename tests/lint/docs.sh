#!/bin/sh
# Each command has a manual page, which tells what the command's own usage tells: the summary, the
# words, every option, and none that there is not. git-wf(1) names every command.
set -u
program=${BUILD:-build}/git-wf
dir=src/cli/man
[ -x "$program" ] && [ -e "$dir/git-wf.1.scd" ] || { echo "skip: no program or no manual page yet"; exit 0; }
"$program" -h >/dev/null 2>&1 || { echo "skip: the program has no -h yet"; exit 0; }

status=0
wrong() { echo "$1"; status=1; }

# A page as scdoc gets it, less what quotes and marks.
page_text() { # PAGE
	awk -v dir="$dir" '/^; INCLUDE / { while ((getline line < (dir "/" $3)) > 0) print line; next } { print }' \
		"$1" | tr -d '\\'
}

# usage_options COMMAND: the long options that its -h shows before those of all commands
usage_options() {
	"$program" "$@" -h | sed '/^Everywhere:/,$d' | sed -n 's/^  \(-., \|    \)\(--[a-z][a-z-]*\).*/\2/p' | sort -u
}

# Options that a page describes: bold at the start of a line.
page_options() { sed -n '/^\*-/p' | grep -oE -e '\*--[a-z][a-z-]*' | tr -d '*' | sort -u; }

overview=$(page_text "$dir/git-wf.1.scd")
common=$("$program" version -h | sed '1,/^Everywhere:/d' | grep -oE -e '--[a-z][a-z-]*' | sort -u)
for option in $common; do
	echo "$overview" | page_options | grep -qxF -e "$option" ||
		wrong "$dir/git-wf.1.scd: lacks '$option'"
done
commands=$("$program" -h | sed -n 's/^ \{2,\}\([a-z][a-z]*\) .*/\1/p' | sort -u)
for command in $commands; do
	page=$dir/git-wf-$command.1.scd
	echo "$overview" | grep -qxF "*$command*" || wrong "$dir/git-wf.1.scd: lacks the command '$command'"
	[ -e "$page" ] || { wrong "$page: there is none; write it, as its neighbours are"; continue; }
	text=$(page_text "$page")
	usage=$("$program" "$command" -h)
	summary=$(echo "$usage" | sed -n '3{s/\.$//;s/^\(.\)\(.*\)/\L\1\E\2/;p}')
	echo "$text" | grep -qxF "git-wf-$command - $summary" ||
		wrong "$page: NAME is not 'git-wf-$command - $summary'"
	words=$(echo "$usage" | sed -n '1s/^usage: //p')
	echo "$text" | tr -d '*_+' | grep -qxF -e "$(echo "$words" | tr -d '*_')" ||
		wrong "$page: SYNOPSIS is not '$words'"
	usage_options "$command" >"${BUILD:-build}/docs.usage"
	echo "$text" | page_options >"${BUILD:-build}/docs.page"
	for option in $(comm -23 "${BUILD:-build}/docs.usage" "${BUILD:-build}/docs.page"); do
		wrong "$page: lacks '$option'"
	done
	for option in $(comm -13 "${BUILD:-build}/docs.usage" "${BUILD:-build}/docs.page"); do
		wrong "$page: '$option' is in no usage of '$command'"
	done
	# A link to a page that is not there leads nowhere.
	for other in $(echo "$text" | grep -oE 'git-wf(-[a-z]+)?\*\([15]\)' | sed 's/\*(\(.\))/.\1/' | sort -u); do
		[ -e "$dir/$other.scd" ] || wrong "$page: there is no page $other"
	done
done
for page in "$dir"/git-wf-*.1.scd; do
	command=${page##*/git-wf-}
	echo "$commands" | grep -qxF "${command%.1.scd}" || wrong "$page: there is no such command"
done
rm -f "${BUILD:-build}/docs.usage" "${BUILD:-build}/docs.page"

# The pages as man(1) reads them, where there is who can tell. scdoc writes a paragraph after each heading.
if command -v mandoc >/dev/null 2>&1; then
	for page in "${BUILD:-build}"/man/*.[15]; do
		mandoc -T lint -W warning "$page" | grep -v 'skipping paragraph macro: PP' && status=1
	done
fi
exit $status
