# Counting what was executed. A step says `echo NAME >> ../ran`, a file beside the repository, so
# that neither git nor the engine sees it.
# shellcheck shell=sh

# The steps executed since this was asked last are these, in any order.
expect_ran() { # NAME…
	ran_want=$(for ran_name; do echo "$ran_name"; done | sort | tr '\n' ' ')
	ran_got=$(sort "$CASE/ran" 2>/dev/null | tr '\n' ' ')
	rm -f "$CASE/ran"
	[ "$ran_got" = "$ran_want" ] || fail "executed: '$ran_got' instead of '$ran_want'"
}
