/*
 * Input: what a step wrote to $WF_OUTPUT. An error, or names and values that are the same when they are
 * written as blocks and read again; and every line as a line of $WF_PROGRESS.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/stepout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need_same(struct arena *arena, const struct stepout *out)
{
	struct strbuf text = STRBUF_INIT;
	struct stepout again;

	for (size_t i = 0; i < out->n; i++)
		strbuf_addf(&text, "%s<<the end\n%s%sthe end\n", out->pairs[i].name,
			    out->pairs[i].value, *out->pairs[i].value ? "\n" : "");
	if (stepout_parse(arena, strbuf_str(&text), text.len, &again, NULL) < 0 ||
	    again.n != out->n)
		abort();
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(again.pairs[i].name, out->pairs[i].name) != 0 ||
		    strcmp(again.pairs[i].value, out->pairs[i].value) != 0)
			abort();
	strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *line = arena_strndup(&arena, (const char *)data, size);
	struct stepout out;
	struct err err = ERR_INIT;
	unsigned percent;
	const char *message;

	if (stepout_parse(&arena, (const char *)data, size, &out, &err) == 0) {
		if (!strstr(line, "the end"))
			need_same(&arena, &out);
	} else if (!err.kind) {
		abort();
	}
	if (stepout_parse_progress(line, &percent, &message) == 0 && percent > 100)
		abort();
	err_release(&err);
	arena_release(&arena);
	return 0;
}
