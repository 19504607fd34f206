#!/bin/sh
# What no compiler says: length of files, banned functions, comment style, openings, stray words.
set -u
status=0
complain() {
	echo "$*"
	status=1
}

sources=$(find src include -name '*.[ch]' | sort)
tests=$(find tests -name '*.[ch]' | sort)
[ -n "$sources" ] || exit 0

for file in $sources; do
	n=$(wc -l <"$file")
	limit=500
	case $file in *.h) limit=250 ;; esac
	[ "$n" -le "$limit" ] || echo "note: $file has $n lines (more than $limit)"
	case $(head -n 1 "$file") in
	'/*'*) ;;
	*) complain "$file:1: does not open with a comment that says what it is for" ;;
	esac
done

# Functions that cannot be used right, go through a shell, or keep state behind the caller's back.
banned='strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|system|popen|mktemp|tmpnam|tempnam|alloca|atoi|atol|atof|asctime|ctime|gmtime|localtime|rand|srand|usleep|signal|vfork|setjmp|longjmp|putenv'
found=$(grep -nE "(^|[^A-Za-z0-9_.>\"])($banned)[[:space:]]*\(" $sources |
	grep -vE '^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)')
[ -z "$found" ] || complain "banned functions:
$found"

# A string may hold "//" (an address), a comment may not begin with it.
found=$(grep -nE '(^|[[:space:];{}])//' $sources $tests | grep -vE '"[^"]*//|/?\*.*//')
[ -z "$found" ] || complain "'//' comments:
$found"

found=$(grep -nE '^ {4,}[^ *]' $sources $tests)
[ -z "$found" ] || complain "indented with spaces:
$found"

found=$(grep -nE '[[:space:]]+$' $sources $tests)
[ -z "$found" ] || complain "space at the end of a line:
$found"

found=$(grep -nE '^typedef (struct|enum|union)[^(]*$' $sources | grep -v 'src/git/lg2/')
[ -z "$found" ] || complain "a typedef that is not of a function:
$found"
exit $status
