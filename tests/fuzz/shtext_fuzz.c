/*
 * Input: a shell text. What is accepted must be rendered without any of the value in it, and a script
 * that needs no shell must give words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "\x01needle\x02";

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	(void)data, (void)err;
	*used = ref->n_path;
	*out = value_string(secret);
	return 0;
}

static void render(const struct text *text, struct arena *arena)
{
	struct expr_env env = { .lookup = look_up };
	struct text_vars vars = { .arena = arena };
	struct strbuf script = STRBUF_INIT;
	struct err err = ERR_INIT;
	const char **argv;
	size_t argc;

	if (shtext_render(text, &env, &script, &vars, &err) == 0 && !strstr(text->raw, secret) &&
	    strstr(strbuf_str(&script), secret))
		abort();
	err_release(&err);
	if (shtext_is_plain(text) &&
	    shtext_render_argv(text, &env, arena, &argv, &argc, &err) == 0 &&
	    (argc == 0 || argv[argc]))
		abort();
	err_release(&err);
	strbuf_release(&script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .text = (const char *)data, .text_len = size };
	struct text text;

	if (shtext_parse(&arena, (const char *)data, size, (struct span){ 1, 1, 0 }, &text,
			 &diags) == 0)
		render(&text, &arena);
	else if (diags.n_errors == 0)
		abort();
	if (text_parse(&arena, (const char *)data, size, (struct span){ 1, 1, 0 }, &text, &diags) <
		    0 &&
	    diags.n_errors == 0)
		abort();
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
