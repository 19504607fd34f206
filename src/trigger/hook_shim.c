/*
 * The text of the shim. hooks/shim is a copy of it to be read; tests/lint compares them.
 */
#include <string.h>

#include "base/shword.h"
#include "trigger/hook_install.h"

static const char mark[] = "# git-wf hook shim";

/* clang-format off */
static const char head[] =
	"#!/bin/sh\n"
	"# git-wf hook shim: 'git wf hooks install' has put it here, 'git wf hooks uninstall' takes it away.\n"
	"# It calls the hook that was here before, then git-wf, with the same arguments and standard input.\n"
	"hook=${0##*/}\n"
	"old=$0.before-git-wf\n"
	"program=";

static const char body[] =
	"\n"
	"\n"
	"find_program() {\n"
	"	# A client with windows may have no PATH to speak of.\n"
	"	wf=$(command -v git-wf 2>/dev/null) && [ -x \"$wf\" ] && return\n"
	"	for wf in \"$program\" \"$HOME/.local/bin/git-wf\" \"$HOME/bin/git-wf\" /usr/local/bin/git-wf \\\n"
	"		/opt/homebrew/bin/git-wf /usr/bin/git-wf; do\n"
	"		[ -x \"$wf\" ] && return\n"
	"	done\n"
	"	echo \"git-wf: $hook: git-wf is not installed here, so nothing of .workflows/ was started.\" >&2\n"
	"	echo \"git-wf: install it, or take this hook away: rm '$0'\" >&2\n"
	"	case $hook in\n"
	"	post-*) exit 0 ;;\n"
	"	esac\n"
	"	exit 1\n"
	"}\n"
	"\n"
	"find_program\n"
	"if [ -n \"${GIT_WF_HOOK_PROBE-}\" ] || [ ! -x \"$old\" ]; then\n"
	"	exec \"$wf\" __hook \"$hook\" \"$@\"\n"
	"fi\n"
	"\n"
	"# Both read all of what git writes.\n"
	"copy=\n"
	"case $hook in\n"
	"pre-push | pre-receive | post-receive | post-rewrite | reference-transaction)\n"
	"	trap 'rm -f \"$copy\"' EXIT\n"
	"	trap 'exit 129' HUP\n"
	"	trap 'exit 130' INT\n"
	"	trap 'exit 143' TERM\n"
	"	copy=$(mktemp \"${TMPDIR:-/tmp}/git-wf-hook.XXXXXX\") && cat >\"$copy\" || exit 1 ;;\n"
	"esac\n"
	"\n"
	"call() {\n"
	"	if [ -n \"$copy\" ]; then\n"
	"		\"$@\" <\"$copy\"\n"
	"	else\n"
	"		\"$@\"\n"
	"	fi\n"
	"}\n"
	"\n"
	"status=0\n"
	"call \"$old\" \"$@\" || status=$?\n"
	"case $hook in\n"
	"post-*) ;;\n"
	"*) [ $status -eq 0 ] || exit $status ;;\n"
	"esac\n"
	"call \"$wf\" __hook \"$hook\" \"$@\" || status=$?\n"
	"exit $status\n";
/* clang-format on */

void hook_shim_write(const char *program, struct strbuf *out)
{
	strbuf_addstr(out, head);
	shword_add_quoted(out, program);
	strbuf_addstr(out, body);
}

bool hook_shim_is_ours(const char *text, size_t len)
{
	const char *second = memchr(text, '\n', len);

	return second && len - (size_t)(second + 1 - text) >= sizeof mark - 1 &&
	       memcmp(second + 1, mark, sizeof mark - 1) == 0;
}
