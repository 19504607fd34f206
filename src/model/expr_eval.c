/*
 * Runs a parsed expression. What it knows of the world it asks the caller's look-up.
 */
#include "expr_impl.h"

#include <string.h>

static int eval_node(const struct eval *eval, const struct expr_node *node, struct value *out,
		     struct err *err);

/* What the look-up did not cover is a member of the value it gave. */
static int eval_ref(const struct eval *eval, const struct expr_ref *ref, struct value *out,
		    struct err *err)
{
	unsigned used = 0;

	if (!eval->env || !eval->env->lookup)
		return err_set(err, ERR_VALUE, "'%s' cannot be used here",
			       ref->ns == NS_LOCAL ? ref->path[0] : expr_ns_names[ref->ns]);
	if (eval->env->lookup(eval->env->data, ref, out, &used, err) < 0)
		return -1;
	for (; used < ref->n_path; used++) {
		struct value base = *out, key = value_string(ref->path[used]);

		if (expr_member(&base, &key, out, err) < 0)
			return -1;
	}
	return 0;
}

static int eval_args(const struct eval *eval, const struct expr_node *node, struct value **args,
		     struct err *err)
{
	*args = ARENA_ARRAY(eval->arena, struct value, node->n + 1);
	for (size_t i = 0; i < node->n; i++) {
		if (eval_node(eval, node->args[i], &(*args)[i], err) < 0)
			return -1;
	}
	return 0;
}

static int eval_binary(const struct eval *eval, const struct expr_node *node, struct value *out,
		       struct err *err)
{
	struct value left, right;

	if (eval_node(eval, node->args[0], &left, err) < 0)
		return -1;
	if ((node->op == TOKEN_AND && !value_is_true(&left)) ||
	    (node->op == TOKEN_OR && value_is_true(&left))) {
		*out = left;
		return 0;
	}
	if (node->op == TOKEN_AND || node->op == TOKEN_OR)
		return eval_node(eval, node->args[1], out, err);
	if (eval_node(eval, node->args[1], &right, err) < 0)
		return -1;
	return expr_binary(eval->arena, node->op, &left, &right, out, err);
}

static int eval_choice(const struct eval *eval, const struct expr_node *node, struct value *out,
		       struct err *err)
{
	struct value condition;

	if (eval_node(eval, node->args[0], &condition, err) < 0)
		return -1;
	return eval_node(eval, node->args[value_is_true(&condition) ? 1 : 2], out, err);
}

static int eval_unary(const struct eval *eval, const struct expr_node *node, struct value *out,
		      struct err *err)
{
	struct value operand;

	if (eval_node(eval, node->args[0], &operand, err) < 0)
		return -1;
	if (node->kind == NODE_NEGATE)
		return expr_negate(&operand, out, err);
	*out = value_bool(!value_is_true(&operand));
	return 0;
}

static int eval_many(const struct eval *eval, const struct expr_node *node, struct value *out,
		     struct err *err)
{
	struct value *args;

	if (eval_args(eval, node, &args, err) < 0)
		return -1;
	if (node->kind == NODE_CALL)
		return node->func->fn(eval, node->func, args, node->n, out, err);
	if (node->kind == NODE_INDEX)
		return expr_member(&args[0], &args[1], out, err);
	*out = (struct value){ .kind = VALUE_LIST, .n = node->n, .items = args };
	return 0;
}

/* The parser bounds how deep this goes: by nesting, and by length for a chain of operators. */
static int eval_node(const struct eval *eval, const struct expr_node *node, struct value *out,
		     struct err *err)
{
	switch (node->kind) {
	case NODE_LITERAL: *out = node->literal; return 0;
	case NODE_REF: return eval_ref(eval, node->ref, out, err);
	case NODE_NOT:
	case NODE_NEGATE: return eval_unary(eval, node, out, err);
	case NODE_BINARY: return eval_binary(eval, node, out, err);
	case NODE_CHOOSE: return eval_choice(eval, node, out, err);
	case NODE_INDEX:
	case NODE_CALL:
	case NODE_LIST: return eval_many(eval, node, out, err);
	}
	BUG("node %d", (int)node->kind);
}

int expr_eval(const struct expr *expr, const struct expr_env *env, struct arena *arena,
	      struct value *out, struct err *err)
{
	struct eval eval = { .env = env, .arena = arena };

	*out = value_null();
	return eval_node(&eval, expr->root, out, err);
}
