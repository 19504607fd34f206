#!/bin/sh
# The tour of README.md: its commands, in order, answer what it shows.
. "${0%/*}/../lib.sh"

# Times, run ids and commits are others each time.
normal() {
	sed -E 's/[0-9.]+(ms|s)\b/TIME/g; s/-[0-9]{8}-[0-9]{6}-[0-9a-f]{6}/-RUN/g; s/resume [0-9a-f]{6}/resume RUN/
		/^Parallel efficiency/d'
}

# The lines of its blocks.
tour() {
	awk '/^<!-- tour/ { on = 1 } /^<!-- end of tour/ { on = 0 } /^```/ { block = on && /console/; next } block' \
		"$TEST_TOP/README.md"
}

# A script of the commands (lines that begin with "$ ", and the here-document of one), which says a mark
# before each, and what must be said after each mark.
split_tour() { # SCRIPT WANT
	awk -v script="$1" -v want="$2" '
		/^[$] / { here = /<<.EOF/; print "echo \"# " ++n "\"" >script; print substr($0, 3) >script
			print "# " n >want; next }
		here { print >script; if ($0 == "EOF") here = 0; next }
		{ print >want }'
}

test_case 'the tour of the README' '
	require cc tar
	tour | split_tour "$CASE/script" "$CASE/want"
	[ "$(grep -c "^# " "$CASE/want")" -ge 15 ] || fail "README.md has no tour"
	mkdir "$CASE/tour"
	(cd "$CASE/tour" && set +e && . "$CASE/script") >"$CASE/got" 2>&1 || :
	normal <"$CASE/want" >"$CASE/want.normal"
	normal <"$CASE/got" >"$CASE/got.normal"
	diff -u "$CASE/want.normal" "$CASE/got.normal" >&2 || fail "the tour went another way"
'

test_done
