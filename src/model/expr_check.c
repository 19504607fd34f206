/*
 * Questions to an expression that need no values.
 */
#include "expr_impl.h"

#include <string.h>

#include "base/strmap.h"

void expr_each_ref(const struct expr *expr, expr_ref_fn fn, void *data)
{
	for (size_t i = 0; i < expr->n_refs; i++)
		fn(data, expr->refs[i]);
}

bool expr_uses_status_call(const struct expr *expr)
{
	return expr->uses_status_call;
}

const char *expr_source(const struct expr *expr)
{
	return expr->source;
}

static const char *const statuses[] = { "pending", "ready",   "running",   "waiting", "passed",
					"failed",  "skipped", "cancelled", "unknown" };
static const char *const verdicts[] = { "run", "cached", "restore", "skip", "pending" };

struct words {
	const char *field;
	const char *const *list;
	size_t n;
};

static const struct words status_words = { "status", statuses, ARRAY_SIZE(statuses) };
static const struct words verdict_words = { "verdict", verdicts, ARRAY_SIZE(verdicts) };

/* The words that the value of a reference to a step's status or verdict can have, or NULL. */
static const struct words *words_of(const struct expr_node *node)
{
	const struct expr_ref *ref = node->ref;
	const char *field;

	if (node->kind != NODE_REF || ref->ns != NS_STEPS)
		return NULL;
	if (ref->n_path != (ref->n_path > 1 && ref->path_is_index[1] ? 3 : 2))
		return NULL;
	field = ref->path[ref->n_path - 1];
	if (strcmp(field, status_words.field) == 0)
		return &status_words;
	return strcmp(field, verdict_words.field) == 0 ? &verdict_words : NULL;
}

/* Other orchestrators' words for ours. */
static const char *other_word(const char *word)
{
	static const char *const passed[] = { "success", "succeeded", "completed",
					      "ok",	 "done",      "pass" };
	static const char *const failed[] = { "failure", "error", "errored", "fail" };

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		if (strcmp(word, passed[i]) == 0)
			return "passed";
	}
	for (size_t i = 0; i < ARRAY_SIZE(failed); i++) {
		if (strcmp(word, failed[i]) == 0)
			return "failed";
	}
	return NULL;
}

static void check_word(const struct words *words, const struct expr_node *node, struct diags *diags)
{
	const char *word = node->literal.text, *near;
	struct diag *diag;

	if (node->kind != NODE_LITERAL || node->literal.kind == VALUE_NULL)
		return;
	if (node->literal.kind != VALUE_STRING) {
		diag_error(diags, node->span, "a %s is a word, not %s", words->field,
			   value_kind_name(node->literal.kind));
		return;
	}
	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->list[i], word) == 0)
			return;
	}
	diag = diag_error(diags, node->span, "a %s is never '%s'", words->field, word);
	near = other_word(word);
	if (!near || words == &verdict_words)
		near = nearest_word(word, words->list, words->n);
	if (near)
		diag_hint(diags, diag, "did you mean '%s'?", near);
}

static void check_words(const struct words *words, const struct expr_node *node,
			struct diags *diags)
{
	if (node->kind != NODE_LIST) {
		check_word(words, node, diags);
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		check_word(words, node->args[i], diags);
}

static void check_node(const struct expr_node *node, struct diags *diags)
{
	if (node->kind == NODE_BINARY && node->op != TOKEN_AND && node->op != TOKEN_OR) {
		const struct words *left = words_of(node->args[0]),
				   *right = words_of(node->args[1]);

		if (left)
			check_words(left, node->args[1], diags);
		if (right)
			check_words(right, node->args[0], diags);
	}
	for (size_t i = 0; i < node->n; i++)
		check_node(node->args[i], diags);
}

void expr_check_status_words(const struct expr *expr, struct diags *diags)
{
	check_node(expr->root, diags);
}
