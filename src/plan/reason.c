/*
 * Verdicts and reasons in words.
 */
#include <string.h>

#include "base/utf8.h"
#include "plan/judge.h"

#define SHOWN_MAX ((size_t)60) /* bytes of a value */

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_RUN] = "run",	       [VERDICT_CACHED] = "cached",
		[VERDICT_RESTORE] = "restore", [VERDICT_SKIP] = "skip",
		[VERDICT_PENDING] = "pending",
	};

	if ((unsigned)verdict >= ARRAY_SIZE(names))
		BUG("verdict %d", (int)verdict);
	return names[verdict];
}

static const char *const texts[] = {
	[REASON_NEVER_RAN] = "no earlier result",
	[REASON_ALWAYS_RUNS] = "always runs: no inputs declared, or cache: false",
	[REASON_FORCED] = "forced",
	[REASON_COMMAND_CHANGED] = "command changed",
	[REASON_ENV_CHANGED] = "environment changed",
	[REASON_VALUE_CHANGED] = "value changed",
	[REASON_TOOL_CHANGED] = "tool changed",
	[REASON_INPUT_CHANGED] = "input changed",
	[REASON_INPUT_ADDED] = "input added",
	[REASON_INPUT_REMOVED] = "input removed",
	[REASON_UPSTREAM_CHANGED] = "outputs changed of",
	[REASON_DEFINITION_CHANGED] = "definition changed",
	[REASON_OUTPUT_MISSING] = "output missing",
	[REASON_OUTPUT_CHANGED] = "output changed",
	[REASON_OBJECT_MISSING] = "no longer in the cache",
	[REASON_NO_CACHE] = "the cache is off",
	[REASON_UPSTREAM_WILL_RUN] = "depends on what runs before",
	[REASON_UPSTREAM_FAILED] = "did not pass before it",
	[REASON_CONDITION_FALSE] = "condition is false",
	[REASON_NOT_SELECTED] = "not selected",
	[REASON_FAILED_BEFORE] = "failed the last time",
	[REASON_UP_TO_DATE] = "up to date",
	[REASON_SKIPPED_BY_HAND] = "skipped by hand",
	[REASON_ASKS] = "a person is asked",
	[REASON_ANSWERED] = "answered by",
	[REASON_GATES] = "checked in each run",
	[REASON_DONE_BY_HAND] = "finished by hand",
	[REASON_LOST_RACE] = "not needed, up to date is",
	[REASON_END_UNKNOWN] = "the engine died while it ran; whether it has finished is unknown",
	[REASON_ESCALATED] = "it has failed, and a person is asked",
	[REASON_REJECTED] = "it has failed, and that was not accepted",
	[REASON_ROLLED_BACK] = "it was rolled back",
	[REASON_NOT_AGAIN] =
		"it has passed in this run; its result is lost, or what is above it changed",
};

/* One line, nothing that harms a terminal, cut where it is long. */
static void add_value(struct strbuf *out, const char *value)
{
	size_t len = strlen(value), shown = len;

	if (!len) {
		strbuf_addstr(out, "''");
		return;
	}
	if (len > SHOWN_MAX) {
		shown = SHOWN_MAX;
		while (shown && ((unsigned char)value[shown] & 0xC0) == 0x80)
			shown--;
	}
	utf8_add_visible(out, value, shown);
	if (shown < len)
		strbuf_addstr(out, "…");
}

static void add_sides(struct strbuf *out, const struct reason *reason)
{
	/* The script of a step has lines; both sides of it are for a longer view. */
	if (reason->kind == REASON_COMMAND_CHANGED &&
	    (strchr(reason->before ? reason->before : "", '\n') ||
	     strchr(reason->after ? reason->after : "", '\n')))
		return;
	strbuf_addstr(out, " (");
	if (reason->before)
		add_value(out, reason->before);
	else
		strbuf_addstr(out, "unset");
	strbuf_addstr(out, " → ");
	if (reason->after)
		add_value(out, reason->after);
	else
		strbuf_addstr(out, "unset");
	strbuf_addch(out, ')');
}

static void add_member(struct strbuf *out, const struct reason *reason)
{
	strbuf_addstr(out, reason->after ? " (added " : " (removed ");
	add_value(out, reason->after ? reason->after : reason->before);
	strbuf_addch(out, ')');
}

void reason_render(const struct reason *reason, struct strbuf *out)
{
	bool has_sides = reason->before || reason->after;

	if ((unsigned)reason->kind >= ARRAY_SIZE(texts))
		BUG("reason %d", (int)reason->kind);
	strbuf_addstr(out, texts[reason->kind]);
	if (reason->subject) {
		strbuf_addstr(out, ": ");
		utf8_add_visible(out, reason->subject, strlen(reason->subject));
	}
	if (!has_sides)
		return;
	if (reason->kind == REASON_DEFINITION_CHANGED && !(reason->before && reason->after))
		add_member(out, reason);
	else
		add_sides(out, reason);
}
