#!/bin/sh
# Shell scripts parse, and shellcheck has nothing to say about them.
set -u
scripts=$(find tests contrib hooks .ci .workflows -type f 2>/dev/null | sort | while read -r file; do
	case $file in
	*.sh | *.t | tests/suite) echo "$file" ;;
	tests/bad/* | tests/fuzz/* | *.case) ;;
	*) head -n 1 "$file" 2>/dev/null | tr -d '\0' | grep -qE '^#!.*[/ ](ba)?sh' && echo "$file" ;;
	esac
done)
status=0
for script in $scripts; do
	case $(head -n 1 "$script") in
	*bash*) bash -n "$script" || status=1 ;;
	*) sh -n "$script" || status=1 ;;
	esac
done
command -v shellcheck >/dev/null 2>&1 || { echo "skip: no shellcheck"; exit $status; }
# Cases of .t files are text for eval: what stands in them, shellcheck cannot see.
# shellcheck disable=SC2086 # a list of names
shellcheck -S warning -e SC2034,SC1091,SC2016 $scripts || status=1
exit $status
