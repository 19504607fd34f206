/*
 * For the tests of actions whose helper gets words: what comes of a step, its values included.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "step/command.h"

struct place {
	struct expr_env env;
	const char *value; /* of every reference */
};

static int look_up(void *data, const struct expr_ref *ref, struct value *value, unsigned *used,
		   struct err *err)
{
	const struct place *place = data;

	(void)err;
	*value = value_string(place->value);
	*used = (unsigned)ref->n_path;
	return 0;
}

static const struct expr_env *enter(void *data, const struct step *step)
{
	struct place *place = data;

	(void)step;
	place->env = (struct expr_env){ .lookup = look_up, .data = place };
	return &place->env;
}

/* The words with a blank between them, or the error. */
static char *render(const char *action, const char *value)
{
	struct arena arena = { 0 };
	struct strbuf text = STRBUF_INIT;
	struct diags diags = { .file = "w.yml" };
	struct place place = { .value = value };
	struct command command;
	struct err err = ERR_INIT;
	const struct workflow *wf;

	strbuf_addf(&text, "params: {x: {}}\nsteps:\n  - id: a\n    env: {E: \"1\"}\n    %s\n",
		    action);
	diags.text = strbuf_str(&text);
	diags.text_len = text.len;
	wf = workflow_load(&arena, "w", &diags);
	assert_non_null(wf);
	struct command_scope scope = { wf, &place, enter };
	int rc = command_render(&scope, &wf->steps[0], &arena, &command, &err);

	strbuf_clear(&text);
	if (rc < 0)
		strbuf_addstr(&text, err_msg(&err));
	for (size_t i = 0; rc == 0 && i < command.argc; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", command.argv[i]);
	if (rc == 0 && strncmp(command.argv[0], "git-wf--", 8) == 0) {
		assert_true(command.env_is_carried);
		assert_int_equal(command.placed, WORD_IS_HELPER);
	}
	if (rc == 0)
		assert_null(command.argv[command.argc]);
	err_release(&err);
	diags_release(&diags);
	arena_release(&arena);
	return text.buf;
}

static void expect_words(const char *action, const char *value, const char *want)
{
	char *got = render(action, value);

	assert_string_equal(got, want);
	free(got);
}

static void expect_refused(const char *action, const char *value, const char *part)
{
	char *got = render(action, value);

	if (!strstr(got, part))
		fail_msg("'%s' lacks '%s'", got, part);
	free(got);
}
