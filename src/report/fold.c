/*
 * Steps that need no line of their own: where many in a row are cached or skipped, their number says
 * all. They are held back until something else has to be said.
 */
#include <string.h>

#include "console_impl.h"
#include "lines_impl.h"

#define SHOWN_MAX 3 /* so many are shown one by one */

static void add_passed(struct console *c, uint32_t n_cached, uint32_t n_restored)
{
	struct line line;

	line_init(&line, &c->style, 0);
	line_add_glyph(&line, ROLE_GOOD, GLYPH_PASSED);
	line_addf(&line, ROLE_PLAIN, " %u step%s ", n_cached + n_restored,
		  n_cached + n_restored == 1 ? "" : "s");
	line_add(&line, ROLE_DIM, n_cached ? "cached" : "restored");
	if (n_cached && n_restored)
		line_addf(&line, ROLE_DIM, ", %u of them restored", n_restored);
	line_finish(&line, &c->pending);
}

static void note_reason(struct console *c, const char *reason)
{
	if (c->folds[FOLD_SKIPPED] == 1)
		strbuf_addstr(&c->fold_reason, reason ? reason : "");
	else if (!reason || strcmp(strbuf_str(&c->fold_reason), reason) != 0)
		strbuf_clear(&c->fold_reason);
}

static void add_not_run(struct console *c, uint32_t n, const char *word, const char *why)
{
	struct line line;

	line_init(&line, &c->style, 0);
	line_add_glyph(&line, ROLE_DIM, GLYPH_SKIPPED);
	line_addf(&line, ROLE_PLAIN, " %u step%s ", n, n == 1 ? "" : "s");
	line_add(&line, ROLE_DIM, word);
	if (*why)
		line_addf(&line, ROLE_DIM, ": %s", why);
	line_finish(&line, &c->pending);
}

static uint32_t count_all(const struct console *c)
{
	uint32_t n = 0;

	for (int fold = 0; fold < FOLDS; fold++)
		n += c->folds[fold];
	return n;
}

void fold_write(struct console *c)
{
	lines_headline(c);
	if (count_all(c) <= SHOWN_MAX || c->options.verbosity == CONSOLE_VERBOSE) {
		strbuf_add(&c->pending, strbuf_str(&c->folded), c->folded.len);
	} else {
		if (c->folds[FOLD_CACHED] + c->folds[FOLD_RESTORED])
			add_passed(c, c->folds[FOLD_CACHED], c->folds[FOLD_RESTORED]);
		if (c->folds[FOLD_SKIPPED])
			add_not_run(c, c->folds[FOLD_SKIPPED], "skipped",
				    strbuf_str(&c->fold_reason));
		if (c->folds[FOLD_CANCELLED])
			add_not_run(c, c->folds[FOLD_CANCELLED], "not started", "");
	}
	fold_clear(c);
}

void fold_clear(struct console *c)
{
	strbuf_clear(&c->folded);
	strbuf_clear(&c->fold_reason);
	memset(c->folds, 0, sizeof c->folds);
}

void fold_add(struct console *c, const struct step_state *step, enum fold fold)
{
	static const char *const words[FOLDS] = { "cached", "restored", "skipped", "not started" };
	bool is_verbose = c->options.verbosity == CONSOLE_VERBOSE;
	bool is_skip = fold == FOLD_SKIPPED, passed = fold < FOLD_SKIPPED;
	struct line line;

	c->folds[fold]++;
	if (is_skip)
		note_reason(c, step->reason);
	if (count_all(c) > SHOWN_MAX && !is_verbose)
		return;
	if (!c->id_columns)
		c->id_columns = lines_measure_ids(c);
	lines_begin(c, &line, passed ? ROLE_GOOD : ROLE_DIM, passed ? GLYPH_PASSED : GLYPH_SKIPPED,
		    step->id);
	line_add(&line, ROLE_DIM, words[fold]);
	if (step->reason && (is_verbose || is_skip))
		line_addf(&line, ROLE_DIM, ": %s", step->reason);
	line_finish(&line, &c->folded);
	if (is_verbose)
		fold_write(c);
}
