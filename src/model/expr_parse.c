/*
 * Expressions by precedence climbing. Names are resolved here: an unknown namespace, function or
 * field of a step is an error with its place before anything runs.
 */
#include <string.h>

#include "base/strmap.h"
#include "expr_parse_impl.h"

void parser_advance(struct parser *parser)
{
	parser->token = lexer_next(&parser->lexer);
}

static struct diag *fail(struct parser *parser, const struct token *token, const char *msg)
{
	return lexer_error(&parser->lexer, token->start, token->end, "%s", msg);
}

bool parser_word_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && strcmp(token->value.text, word) == 0;
}

/* The token cannot stand here: says what it is and what was looked for. */
static void parser_fail_unexpected(struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token;
	struct diag *diag;

	if (token->kind == TOKEN_BAD)
		return;
	if (token->kind == TOKEN_END) {
		lexer_error(&parser->lexer, token->start, token->end,
			    "the expression ends where %s must follow", expected);
		return;
	}
	diag = lexer_error(&parser->lexer, token->start, token->end, "'%.*s' where %s must stand",
			   (int)(token->end - token->start), parser->lexer.text + token->start,
			   expected);
	if (parser_word_is(token, "and"))
		diag_hint(parser->lexer.diags, diag, "write '&&'");
	else if (parser_word_is(token, "or"))
		diag_hint(parser->lexer.diags, diag, "write '||'");
	else if (parser_word_is(token, "not"))
		diag_hint(parser->lexer.diags, diag, "write '!', or 'x not in y'");
	else if (parser_word_is(token, "is"))
		diag_hint(parser->lexer.diags, diag, "write '=='");
}

bool parser_expect(struct parser *parser, enum token_kind kind, const char *what)
{
	if (parser->token.kind != kind) {
		parser_fail_unexpected(parser, what);
		return false;
	}
	parser_advance(parser);
	return true;
}

struct expr_node *parser_new_node(struct parser *parser, enum node_kind kind, size_t start,
				  size_t end)
{
	struct expr_node *node = ARENA_NEW(parser->lexer.arena, struct expr_node);

	node->kind = kind;
	node->span = lexer_span(&parser->lexer, start, end);
	return node;
}

void parser_set_args(struct parser *parser, struct expr_node *node, size_t n,
		     const struct expr_node *const *args)
{
	node->n = n;
	node->args = ARENA_ARRAY(parser->lexer.arena, const struct expr_node *, n + 1);
	for (size_t i = 0; i < n; i++)
		node->args[i] = args[i];
}

/* ---- calls and lists ---- */

/* Items up to the closing token, which is read too. */
static bool parse_items(struct parser *parser, struct expr_node *node, enum token_kind close,
			const char *close_name)
{
	VEC(const struct expr_node *) items = { 0 };
	bool is_good = true;

	while (is_good && parser->token.kind != close) {
		const struct expr_node *item = parser_parse_level(parser, 0);

		if (item)
			vec_push(&items, item);
		is_good = item != NULL;
		if (!is_good || parser->token.kind != TOKEN_COMMA)
			break;
		parser_advance(parser);
	}
	if (is_good)
		parser_set_args(parser, node, items.n, items.v);
	vec_release(&items);
	return is_good && parser_expect(parser, close, close_name);
}

static void check_arity(struct parser *parser, const struct expr_node *node,
			const struct token *name)
{
	const struct expr_func *func = node->func;

	if (node->n >= func->min_args && node->n <= func->max_args)
		return;
	if (func->min_args < func->max_args)
		lexer_error(&parser->lexer, name->start, name->end,
			    "%s() takes %u or %u arguments, not %zu", func->name, func->min_args,
			    func->max_args, node->n);
	else
		lexer_error(&parser->lexer, name->start, name->end,
			    "%s() takes %u argument%s, not %zu", func->name, func->min_args,
			    func->min_args == 1 ? "" : "s", node->n);
}

/* A pattern that is written out is checked before anything runs. */
static void check_pattern(struct parser *parser, const struct expr_node *node)
{
	struct err err = ERR_INIT;

	if (parser->lexer.failed || strcmp(node->func->name, "matches") != 0)
		return;
	if (node->args[1]->kind != NODE_LITERAL || node->args[1]->literal.kind != VALUE_STRING)
		return;
	if (expr_pattern_check(node->args[1]->literal.text, &err) < 0 && !parser->lexer.failed) {
		parser->lexer.failed = true;
		diag_error(parser->lexer.diags, node->args[1]->span, "%s", err_msg(&err));
	}
	err_release(&err);
}

static struct expr_node *parse_call(struct parser *parser, const struct token *name)
{
	struct expr_node *node = parser_new_node(parser, NODE_CALL, name->start, name->end);
	const char *word = name->value.text, *near;

	node->func = expr_func_find(word, name->value.len);
	if (!node->func) {
		near = expr_func_nearest(word);
		diag_hint(parser->lexer.diags,
			  lexer_error(&parser->lexer, name->start, name->end,
				      "unknown function '%s'", word),
			  near ? "did you mean '%s'?" : "git-wf-workflow(5) lists them", near);
		return NULL;
	}
	parser->uses_status_call |= node->func->is_status_call;
	parser_advance(parser);
	if (!parse_items(parser, node, TOKEN_CLOSE_PAREN, "',' or ')'"))
		return NULL;
	check_arity(parser, node, name);
	check_pattern(parser, node);
	return parser->lexer.failed ? NULL : node;
}

static struct expr_node *parse_list(struct parser *parser, const struct token *open)
{
	struct expr_node *node = parser_new_node(parser, NODE_LIST, open->start, open->end);

	return parse_items(parser, node, TOKEN_CLOSE_BRACKET, "',' or ']'") ? node : NULL;
}

/* ---- operands ---- */

static struct expr_node *new_literal(struct parser *parser, const struct token *token,
				     struct value value)
{
	struct expr_node *node = parser_new_node(parser, NODE_LITERAL, token->start, token->end);

	node->literal = value;
	return node;
}

static struct expr_node *parse_name(struct parser *parser, const struct token *name)
{
	enum expr_ns ns = expr_ns_find(name->value.text, name->value.len);

	if (parser->token.kind == TOKEN_OPEN_PAREN)
		return parse_call(parser, name);
	if (parser_is_local(parser, name->value.text) && ns == NS_COUNT)
		return parser_parse_ref(parser, name, NS_LOCAL);
	if (parser_word_is(name, "true") || parser_word_is(name, "false"))
		return new_literal(parser, name, value_bool(name->value.text[0] == 't'));
	if (parser_word_is(name, "null"))
		return new_literal(parser, name, value_null());
	if (ns != NS_COUNT)
		return parser_parse_ref(parser, name, ns);
	if (parser_word_is(name, "not"))
		diag_hint(parser->lexer.diags,
			  fail(parser, name, "'not' stands only in 'x not in y'"), "write '!'");
	else
		parser_fail_unknown_name(parser, name);
	return NULL;
}

/* "( … )" and "${ … }": the same. */
static struct expr_node *parse_parens(struct parser *parser, const struct token *open)
{
	bool is_dollar = open->kind == TOKEN_OPEN_DOLLAR;
	struct expr_node *node = parser_parse_level(parser, 0);

	if (!node || !parser_expect(parser, is_dollar ? TOKEN_CLOSE_BRACE : TOKEN_CLOSE_PAREN,
				    is_dollar ? "'}'" : "')'"))
		return NULL;
	node->in_parens = true;
	return node;
}

static struct expr_node *parse_operand(struct parser *parser)
{
	struct token token = parser->token;

	switch (token.kind) {
	case TOKEN_NUMBER:
	case TOKEN_STRING: parser_advance(parser); return new_literal(parser, &token, token.value);
	case TOKEN_NAME: parser_advance(parser); return parse_name(parser, &token);
	case TOKEN_OPEN_PAREN:
	case TOKEN_OPEN_DOLLAR: parser_advance(parser); return parse_parens(parser, &token);
	case TOKEN_OPEN_BRACKET: parser_advance(parser); return parse_list(parser, &token);
	default: parser_fail_unexpected(parser, "a value"); return NULL;
	}
}

/* Members of what is no reference: fromJSON(x).name, (a)[0]. */
static struct expr_node *parse_postfix(struct parser *parser)
{
	size_t start = parser->token.start;
	struct expr_node *node = parse_operand(parser);

	if (!node || (parser->token.kind != TOKEN_DOT && parser->token.kind != TOKEN_OPEN_BRACKET))
		return node;
	return parser_parse_members(parser, node, NULL, start);
}

static struct expr_node *parse_unary(struct parser *parser)
{
	struct token token = parser->token;
	const struct expr_node *operand;
	struct expr_node *node = NULL;

	if (token.kind != TOKEN_NOT && token.kind != TOKEN_MINUS)
		return parse_postfix(parser);
	if (++parser->depth > EXPR_DEPTH_MAX) {
		fail(parser, &token, "the expression is nested too deeply");
		return NULL;
	}
	parser_advance(parser);
	operand = parse_unary(parser);
	parser->depth--;
	if (operand) {
		node = parser_new_node(parser, token.kind == TOKEN_NOT ? NODE_NOT : NODE_NEGATE,
				       token.start, token.end);
		parser_set_args(parser, node, 1, &operand);
	}
	return node;
}

/* ---- operators ---- */

enum level {
	LEVEL_CHOOSE = 1,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_EQUAL,
	LEVEL_ORDER,
	LEVEL_ADD,
	LEVEL_MULTIPLY
};

/* How tightly an operator binds; 0: not one. */
static int level_of(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_QUESTION: return LEVEL_CHOOSE;
	case TOKEN_OR: return LEVEL_OR;
	case TOKEN_AND: return LEVEL_AND;
	case TOKEN_EQ:
	case TOKEN_NE: return LEVEL_EQUAL;
	case TOKEN_LT:
	case TOKEN_LE:
	case TOKEN_GT:
	case TOKEN_GE:
	case TOKEN_IN:
	case TOKEN_NOT_IN: return LEVEL_ORDER;
	case TOKEN_PLUS:
	case TOKEN_MINUS: return LEVEL_ADD;
	case TOKEN_TIMES:
	case TOKEN_DIVIDE:
	case TOKEN_MODULO: return LEVEL_MULTIPLY;
	default: return 0;
	}
}

/* Where an operator may stand the names `in` and `not in` are operators. */
static void read_word_operator(struct parser *parser)
{
	struct lexer saved = parser->lexer;
	struct token next;

	if (parser_word_is(&parser->token, "in")) {
		parser->token.kind = TOKEN_IN;
	} else if (parser_word_is(&parser->token, "not")) {
		next = lexer_next(&parser->lexer);
		if (parser_word_is(&next, "in"))
			parser->token.kind = TOKEN_NOT_IN;
		else if (next.kind != TOKEN_BAD)
			parser->lexer = saved;
	}
}

static struct expr_node *parse_choice(struct parser *parser, const struct expr_node *condition)
{
	const struct expr_node *args[3] = { condition };
	size_t start = parser->token.start, end = parser->token.end;
	struct expr_node *node;

	parser_advance(parser);
	args[1] = parser_parse_level(parser, 0);
	if (!args[1] || !parser_expect(parser, TOKEN_COLON, "':'"))
		return NULL;
	args[2] = parser_parse_level(parser, LEVEL_CHOOSE);
	if (!args[2])
		return NULL;
	node = parser_new_node(parser, NODE_CHOOSE, start, end);
	parser_set_args(parser, node, 3, args);
	return node;
}

static bool is_comparison(const struct expr_node *node)
{
	int level = node->kind == NODE_BINARY ? level_of(node->op) : 0;

	return !node->in_parens && (level == LEVEL_EQUAL || level == LEVEL_ORDER);
}

static struct expr_node *parse_binary(struct parser *parser, const struct expr_node *left)
{
	struct token op = parser->token;
	const struct expr_node *args[2] = { left };
	struct expr_node *node;
	int level = level_of(op.kind);

	if (is_comparison(left) && (level == LEVEL_EQUAL || level == LEVEL_ORDER)) {
		diag_hint(parser->lexer.diags, fail(parser, &op, "comparisons cannot be chained"),
			  "join them with '&&', or use parentheses");
		return NULL;
	}
	if (op.kind == TOKEN_IN && left->kind == NODE_NOT && !left->in_parens) {
		diag_hint(parser->lexer.diags,
			  fail(parser, &op, "'!' belongs to the name before 'in'"),
			  "write 'x not in y'");
		return NULL;
	}
	parser_advance(parser);
	args[1] = parser_parse_level(parser, level + 1);
	if (!args[1])
		return NULL;
	node = parser_new_node(parser, NODE_BINARY, op.start, op.end);
	node->op = op.kind;
	parser_set_args(parser, node, 2, args);
	return node;
}

struct expr_node *parser_parse_level(struct parser *parser, int min_level)
{
	struct expr_node *node = NULL;
	int level;

	if (++parser->depth > EXPR_DEPTH_MAX) {
		fail(parser, &parser->token, "the expression is nested too deeply");
		return NULL;
	}
	node = parse_unary(parser);
	while (node) {
		read_word_operator(parser);
		level = level_of(parser->token.kind);
		if (level == 0 || level < min_level)
			break;
		node = level == LEVEL_CHOOSE ? parse_choice(parser, node)
					     : parse_binary(parser, node);
	}
	parser->depth--;
	return node;
}

/* ---- the whole ---- */

static struct expr *finish(struct parser *parser, const struct expr_node *root)
{
	struct expr *expr = ARENA_NEW(parser->lexer.arena, struct expr);

	expr->source = parser->lexer.text;
	expr->root = root;
	expr->uses_status_call = parser->uses_status_call;
	expr->n_refs = parser->refs.n;
	if (parser->refs.n > 0)
		expr->refs = arena_memdup(parser->lexer.arena, parser->refs.v,
					  parser->refs.n * sizeof *parser->refs.v);
	return expr;
}

struct expr *expr_parse_with(struct arena *arena, const char *text, size_t len, struct span at,
			     const struct expr_locals *locals, struct diags *diags)
{
	struct parser parser = { .locals = locals };
	const struct expr_node *root;
	struct expr *expr = NULL;

	if (len > EXPR_LEN_MAX) {
		diag_error(diags, at, "an expression has at most %d bytes, this one has %zu",
			   EXPR_LEN_MAX, len);
		return NULL;
	}
	parser.lexer = (struct lexer){ .arena = arena,
				       .text = value_string_copy(arena, text, len).text,
				       .len = len,
				       .at = at,
				       .diags = diags };
	parser_advance(&parser);
	root = parser_parse_level(&parser, 0);
	if (root && parser.token.kind != TOKEN_END)
		parser_fail_unexpected(&parser, "an operator");
	if (root && !parser.lexer.failed)
		expr = finish(&parser, root);
	vec_release(&parser.refs);
	return expr;
}

struct expr *expr_parse(struct arena *arena, const char *text, size_t len, struct span at,
			struct diags *diags)
{
	return expr_parse_with(arena, text, len, at, NULL, diags);
}
