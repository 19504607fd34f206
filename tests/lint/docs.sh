#!/bin/sh
# The manual pages and the program's own usage name the same commands and options.
set -u
program=${BUILD:-build}/git-wf
page=src/cli/man/git-wf.1.scd
[ -x "$program" ] && [ -e "$page" ] || { echo "skip: no program or no manual page yet"; exit 0; }
"$program" -h >/dev/null 2>&1 || { echo "skip: the program has no -h yet"; exit 0; }

status=0
# scdoc quotes with a backslash what would be markup.
text=$(cat src/cli/man/*.scd | tr -d '\\')

# usage_words COMMAND...: the long options that its -h shows
usage_words() {
	"$program" "$@" -h 2>/dev/null | grep -oE '(^|[^A-Za-z0-9-])--[a-z][a-z-]*' | grep -oE -e '--[a-z-]+' | sort -u
}

commands=$("$program" -h 2>/dev/null | sed -n 's/^ \{2,\}\([a-z][a-z]*\)\( .*\|$\)/\1/p' | sort -u)
for command in $commands; do
	echo "$text" | grep -qE "(^|[^a-z])$command([^a-z]|\$)" ||
		{ echo "$page: lacks the command '$command'"; status=1; }
	for option in $(usage_words "$command"); do
		echo "$text" | grep -qF -e "$option" ||
			{ echo "manual pages: lack '$option' of '$command'"; status=1; }
	done
done
known=$({ usage_words; for command in $commands; do usage_words "$command"; done; } | sort -u)
# Options that the page shows of ours: bold at the start of a line.
for option in $(cat src/cli/man/git-wf*.1.scd | tr -d '\\' | grep -oE '^\*?-[^_]*' | grep -oE -e '--[a-z][a-z-]*' | sort -u); do
	echo "$known" | grep -qxF -e "$option" ||
		{ echo "manual page: '$option' is in no usage"; status=1; }
done
exit $status
