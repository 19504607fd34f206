/*
 * Input: an expression. It is parsed, checked and run over values of every kind; an error must be
 * reported once and a number must be finite.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	static const char json[] =
		"{\"a\": [1, \"2\", null, {\"b\": true}], \"n\": -0.5, \"s\": \"7\"}";

	*used = 0;
	if (ref->ns == NS_ERROR)
		return err_set(err, ERR_VALUE, "unknown name");
	if (ref->ns == NS_ENV)
		*used = ref->n_path;
	if (ref->ns != NS_ENV)
		return value_from_json(data, json, strlen(json), out, err);
	*out = value_string("text");
	return 0;
}

static int call(void *data, enum expr_call which, const char *arg, bool *out, struct err *err)
{
	(void)data, (void)err;
	*out = arg ? *arg : which == CALL_SUCCESS;
	return 0;
}

static void count_ref(void *data, const struct expr_ref *ref)
{
	*(size_t *)data += ref->n_path;
}

static void run(const struct expr *expr, struct arena *arena)
{
	struct expr_env env = { arena, look_up, call };
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct value value;

	if (expr_eval(expr, &env, arena, &value, &err) == 0) {
		if (value.kind == VALUE_NUMBER && !(value.number - value.number == 0))
			abort();
		value_to_text(&value, &out);
		value_to_json(&value, &out);
	} else if (!err.kind) {
		abort();
	}
	err_release(&err);
	strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .text = (const char *)data, .text_len = size };
	struct expr_locals locals = { .any = size % 2 };
	struct expr *expr = expr_parse_with(&arena, (const char *)data, size,
					    (struct span){ 1, 1, 0 }, &locals, &diags);
	size_t n = 0;

	if ((expr == NULL) != (diags.n_errors == 1))
		abort();
	if (expr) {
		expr_each_ref(expr, count_ref, &n);
		run(expr, &arena);
		expr_check_status_words(expr, &diags);
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
