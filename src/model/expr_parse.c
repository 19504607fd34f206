/*
 * Expressions by precedence climbing. Names are resolved here: an unknown namespace, function or
 * field of a step is an error with its place before anything runs.
 */
#include "expr_impl.h"

#include <string.h>

#include "base/strmap.h"

const char *const expr_ns_names[NS_COUNT] = {
	[NS_PARAMS] = "params",
	[NS_ENV] = "env",
	[NS_VARS] = "vars",
	[NS_EACH] = "each",
	[NS_EVENT] = "event",
	[NS_STEPS] = "steps",
	[NS_WORKFLOW] = "workflow",
	[NS_RUN] = "run",
	[NS_ERROR] = "error",
	[NS_METRICS] = "metrics",
	[NS_GIT] = "git",
	[NS_SECRET] = "secret",
	[NS_LOCAL] = "",
};

struct parser {
	struct lexer lexer;
	struct token token; /* the one to look at */
	const struct expr_locals *locals;
	VEC(const struct expr_ref *) refs;
	unsigned depth;
	bool uses_status_call;
};

static struct expr_node *parse_level(struct parser *parser, int min_level);

static void advance(struct parser *parser)
{
	parser->token = lexer_next(&parser->lexer);
}

static struct diag *fail(struct parser *parser, const struct token *token, const char *msg)
{
	return lexer_error(&parser->lexer, token->start, token->end, "%s", msg);
}

static bool token_is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && strcmp(token->value.text, word) == 0;
}

/* The token cannot stand here: says what it is and what was looked for. */
static void fail_unexpected(struct parser *parser, const char *expected)
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
	if (token_is_word(token, "and"))
		diag_hint(parser->lexer.diags, diag, "write '&&'");
	else if (token_is_word(token, "or"))
		diag_hint(parser->lexer.diags, diag, "write '||'");
	else if (token_is_word(token, "not"))
		diag_hint(parser->lexer.diags, diag, "write '!', or 'x not in y'");
	else if (token_is_word(token, "is"))
		diag_hint(parser->lexer.diags, diag, "write '=='");
}

static bool expect(struct parser *parser, enum token_kind kind, const char *what)
{
	if (parser->token.kind != kind) {
		fail_unexpected(parser, what);
		return false;
	}
	advance(parser);
	return true;
}

static struct expr_node *new_node(struct parser *parser, enum node_kind kind, size_t start,
				  size_t end)
{
	struct expr_node *node = ARENA_NEW(parser->lexer.arena, struct expr_node);

	node->kind = kind;
	node->span = lexer_span(&parser->lexer, start, end);
	return node;
}

static void set_args(struct parser *parser, struct expr_node *node, size_t n,
		     const struct expr_node *const *args)
{
	node->n = n;
	node->args = ARENA_ARRAY(parser->lexer.arena, const struct expr_node *, n + 1);
	for (size_t i = 0; i < n; i++)
		node->args[i] = args[i];
}

enum expr_ns expr_ns_find(const char *name, size_t len)
{
	for (size_t i = 0; i < NS_LOCAL; i++) {
		if (strlen(expr_ns_names[i]) == len && memcmp(expr_ns_names[i], name, len) == 0)
			return (enum expr_ns)i;
	}
	return NS_COUNT;
}

/* ---- names ---- */

/* What people coming from elsewhere write. */
static const char *other_name(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} others[] = {
		{ "tasks", "steps.ID" },	   { "jobs", "steps.ID" },
		{ "outputs", "steps.ID.outputs" }, { "inputs", "params.NAME" },
		{ "parameters", "params.NAME" },   { "item", "each.NAME" },
		{ "matrix", "each.NAME" },	   { "github", "git.branch, git.sha, event.NAME" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (strcmp(others[i].theirs, name) == 0)
			return others[i].ours;
	}
	return NULL;
}

static void fail_unknown_name(struct parser *parser, const struct token *name)
{
	struct diags *diags = parser->lexer.diags;
	const char *word = name->value.text, *other = other_name(word);
	const char *near = nearest_word(word, expr_ns_names, NS_LOCAL);
	struct diag *diag = lexer_error(&parser->lexer, name->start, name->end, "unknown name '%s'",
					word);

	if (other)
		diag_hint(diags, diag, "write %s", other);
	else if (parser->token.kind == TOKEN_DOT && near)
		diag_hint(diags, diag, "did you mean '%s'?", near);
	else if (parser->token.kind == TOKEN_DOT)
		diag_hint(
			diags, diag,
			"a name begins with params, env, vars, each, event, steps, workflow, run, "
			"error, metrics, git or secret");
	else
		diag_hint(diags, diag, "a word is quoted: '%s'; a parameter is params.%s", word,
			  word);
}

/* Fields of `steps.ID`, behind an index too. */
static const char *const step_fields[] = { "status",   "verdict", "exit_code", "duration",
					   "attempts", "stdout",  "outputs" };
static const char *const git_fields[] = { "branch", "sha",    "tag",  "dirty",
					  "staged", "pushed", "range" };

static void check_field(struct parser *parser, const struct token *token, const char *what,
			const char *const *fields, size_t n)
{
	const char *word = token->value.text, *near = nearest_word(word, fields, n);
	struct diag *diag;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(fields[i], word) == 0)
			return;
	}
	diag = lexer_error(&parser->lexer, token->start, token->end, "%s has no '%s'", what, word);
	if (near)
		diag_hint(parser->lexer.diags, diag, "did you mean '%s'?", near);
	else if (fields == step_fields)
		diag_hint(parser->lexer.diags, diag, "what the step handed on is outputs.%s", word);
}

static void check_member(struct parser *parser, const struct expr_ref *ref,
			 const struct token *token)
{
	size_t last = ref->n_path - 1u;

	if (ref->path_is_index[last])
		return;
	if (ref->ns == NS_GIT && last == 0)
		check_field(parser, token, "git", git_fields, ARRAY_SIZE(git_fields));
	if (ref->ns == NS_STEPS && (last == 1 || (last == 2 && ref->path_is_index[1])))
		check_field(parser, token, "a step", step_fields, ARRAY_SIZE(step_fields));
}

/* Adds a constant member to a reference, if it has room for it. */
static bool extend_ref(struct parser *parser, struct expr_node *node, struct expr_ref *ref,
		       const struct token *token, bool is_index)
{
	if (!ref || node->kind != NODE_REF || ref->n_path == EXPR_PATH_MAX)
		return false;
	ref->path_is_index[ref->n_path] = is_index;
	ref->path[ref->n_path++] = token->value.text;
	check_member(parser, ref, token);
	return true;
}

static struct expr_node *index_by(struct parser *parser, struct expr_node *base,
				  const struct expr_node *key, size_t start, size_t end)
{
	struct expr_node *node = new_node(parser, NODE_INDEX, start, end);
	const struct expr_node *args[] = { base, key };

	set_args(parser, node, 2, args);
	return node;
}

static bool name_may_hold_dash(const struct expr_node *node, const struct expr_ref *ref,
			       const char *last_name)
{
	if (last_name && strcmp(last_name, "outputs") == 0)
		return true;
	return ref && node->kind == NODE_REF && ref->n_path == 0 &&
	       (ref->ns == NS_STEPS || ref->ns == NS_PARAMS);
}

struct chain { /* x.a['b'][0] as far as it is read */
	struct expr_node *node;
	struct expr_ref *ref; /* of node, or NULL */
	const char *last_name;
	size_t start;
};

static bool parse_dot(struct parser *parser, struct chain *chain)
{
	struct token name = lexer_next_member(
		&parser->lexer, name_may_hold_dash(chain->node, chain->ref, chain->last_name));
	struct expr_node *key;

	if (name.kind == TOKEN_BAD)
		return false;
	chain->last_name = name.value.text;
	if (!extend_ref(parser, chain->node, chain->ref, &name, false)) {
		key = new_node(parser, NODE_LITERAL, name.start, name.end);
		key->literal = name.value;
		chain->node = index_by(parser, chain->node, key, chain->start, name.end);
	}
	advance(parser);
	return true;
}

/* A literal 'name' or a whole number, written as itself. */
static bool is_constant_key(const struct expr_node *key, const struct token *first)
{
	if (key->kind != NODE_LITERAL)
		return false;
	if (first->kind == TOKEN_STRING)
		return true;
	return first->kind == TOKEN_NUMBER && first->value.text &&
	       strspn(first->value.text, "0123456789") == first->value.len;
}

/* [0] and ['name'] belong to a reference; any other index is computed when it runs. */
static bool parse_bracket(struct parser *parser, struct chain *chain)
{
	struct token first;
	struct expr_node *key;

	advance(parser);
	first = parser->token;
	key = parse_level(parser, 0);
	if (!key || !expect(parser, TOKEN_CLOSE_BRACKET, "']'"))
		return false;
	chain->last_name = key->kind == NODE_LITERAL ? key->literal.text : NULL;
	if (is_constant_key(key, &first) &&
	    extend_ref(parser, chain->node, chain->ref, &first, first.kind == TOKEN_NUMBER))
		return true;
	chain->node = index_by(parser, chain->node, key, chain->start, parser->token.start);
	return true;
}

static struct expr_node *parse_members(struct parser *parser, struct expr_node *node,
				       struct expr_ref *ref, size_t start)
{
	struct chain chain = { .node = node, .ref = ref, .start = start };
	size_t end = parser->token.start;

	while (parser->token.kind == TOKEN_DOT || parser->token.kind == TOKEN_OPEN_BRACKET) {
		bool is_dot = parser->token.kind == TOKEN_DOT;

		if (!(is_dot ? parse_dot(parser, &chain) : parse_bracket(parser, &chain)))
			return NULL;
		end = parser->token.start;
	}
	while (end > start && memchr(" \t\r\n", parser->lexer.text[end - 1], 4))
		end--;
	chain.node->span = lexer_span(&parser->lexer, start, end);
	if (ref)
		ref->span = lexer_span(&parser->lexer, start, end);
	return chain.node;
}

static struct expr_node *parse_ref(struct parser *parser, const struct token *name, enum expr_ns ns)
{
	struct expr_ref *ref = ARENA_NEW(parser->lexer.arena, struct expr_ref);
	struct expr_node *node = new_node(parser, NODE_REF, name->start, name->end);

	ref->ns = ns;
	if (ns == NS_LOCAL)
		ref->path[ref->n_path++] = name->value.text;
	node->ref = ref;
	vec_push(&parser->refs, ref);
	return parse_members(parser, node, ref, name->start);
}

static bool is_local(const struct parser *parser, const char *name)
{
	const struct expr_locals *locals = parser->locals;

	if (!locals)
		return false;
	for (size_t i = 0; i < locals->n; i++) {
		if (strcmp(locals->names[i], name) == 0)
			return true;
	}
	return locals->any;
}

/* ---- calls and lists ---- */

/* Items up to the closing token, which is read too. */
static bool parse_items(struct parser *parser, struct expr_node *node, enum token_kind close,
			const char *close_name)
{
	VEC(const struct expr_node *) items = { 0 };
	bool is_good = true;

	while (is_good && parser->token.kind != close) {
		const struct expr_node *item = parse_level(parser, 0);

		if (item)
			vec_push(&items, item);
		is_good = item != NULL;
		if (!is_good || parser->token.kind != TOKEN_COMMA)
			break;
		advance(parser);
	}
	if (is_good)
		set_args(parser, node, items.n, items.v);
	vec_release(&items);
	return is_good && expect(parser, close, close_name);
}

static void check_arity(struct parser *parser, const struct expr_node *node,
			const struct token *name)
{
	const struct expr_func *func = node->func;

	if (node->n >= func->min_args && node->n <= func->max_args)
		return;
	lexer_error(&parser->lexer, name->start, name->end, "%s() takes %s%u argument%s, not %zu",
		    func->name, func->min_args < func->max_args ? "at least " : "", func->min_args,
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
	struct expr_node *node = new_node(parser, NODE_CALL, name->start, name->end);
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
	advance(parser);
	if (!parse_items(parser, node, TOKEN_CLOSE_PAREN, "',' or ')'"))
		return NULL;
	check_arity(parser, node, name);
	check_pattern(parser, node);
	return parser->lexer.failed ? NULL : node;
}

static struct expr_node *parse_list(struct parser *parser, const struct token *open)
{
	struct expr_node *node = new_node(parser, NODE_LIST, open->start, open->end);

	return parse_items(parser, node, TOKEN_CLOSE_BRACKET, "',' or ']'") ? node : NULL;
}

/* ---- operands ---- */

static struct expr_node *new_literal(struct parser *parser, const struct token *token,
				     struct value value)
{
	struct expr_node *node = new_node(parser, NODE_LITERAL, token->start, token->end);

	node->literal = value;
	return node;
}

static struct expr_node *parse_name(struct parser *parser, const struct token *name)
{
	enum expr_ns ns = expr_ns_find(name->value.text, name->value.len);

	if (parser->token.kind == TOKEN_OPEN_PAREN)
		return parse_call(parser, name);
	if (is_local(parser, name->value.text) && ns == NS_COUNT)
		return parse_ref(parser, name, NS_LOCAL);
	if (token_is_word(name, "true") || token_is_word(name, "false"))
		return new_literal(parser, name, value_bool(name->value.text[0] == 't'));
	if (token_is_word(name, "null"))
		return new_literal(parser, name, value_null());
	if (ns != NS_COUNT)
		return parse_ref(parser, name, ns);
	if (token_is_word(name, "not"))
		diag_hint(parser->lexer.diags,
			  fail(parser, name, "'not' stands only in 'x not in y'"), "write '!'");
	else
		fail_unknown_name(parser, name);
	return NULL;
}

/* "( … )" and "${ … }": the same. */
static struct expr_node *parse_parens(struct parser *parser, const struct token *open)
{
	bool is_dollar = open->kind == TOKEN_OPEN_DOLLAR;
	struct expr_node *node = parse_level(parser, 0);

	if (!node || !expect(parser, is_dollar ? TOKEN_CLOSE_BRACE : TOKEN_CLOSE_PAREN,
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
	case TOKEN_STRING: advance(parser); return new_literal(parser, &token, token.value);
	case TOKEN_NAME: advance(parser); return parse_name(parser, &token);
	case TOKEN_OPEN_PAREN:
	case TOKEN_OPEN_DOLLAR: advance(parser); return parse_parens(parser, &token);
	case TOKEN_OPEN_BRACKET: advance(parser); return parse_list(parser, &token);
	default: fail_unexpected(parser, "a value"); return NULL;
	}
}

/* Members of what is no reference: fromJSON(x).name, (a)[0]. */
static struct expr_node *parse_postfix(struct parser *parser)
{
	size_t start = parser->token.start;
	struct expr_node *node = parse_operand(parser);

	if (!node || (parser->token.kind != TOKEN_DOT && parser->token.kind != TOKEN_OPEN_BRACKET))
		return node;
	return parse_members(parser, node, NULL, start);
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
	advance(parser);
	operand = parse_unary(parser);
	parser->depth--;
	if (operand) {
		node = new_node(parser, token.kind == TOKEN_NOT ? NODE_NOT : NODE_NEGATE,
				token.start, token.end);
		set_args(parser, node, 1, &operand);
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

	if (token_is_word(&parser->token, "in")) {
		parser->token.kind = TOKEN_IN;
	} else if (token_is_word(&parser->token, "not")) {
		next = lexer_next(&parser->lexer);
		if (token_is_word(&next, "in"))
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

	advance(parser);
	args[1] = parse_level(parser, 0);
	if (!args[1] || !expect(parser, TOKEN_COLON, "':'"))
		return NULL;
	args[2] = parse_level(parser, LEVEL_CHOOSE);
	if (!args[2])
		return NULL;
	node = new_node(parser, NODE_CHOOSE, start, end);
	set_args(parser, node, 3, args);
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
	advance(parser);
	args[1] = parse_level(parser, level + 1);
	if (!args[1])
		return NULL;
	node = new_node(parser, NODE_BINARY, op.start, op.end);
	node->op = op.kind;
	set_args(parser, node, 2, args);
	return node;
}

static struct expr_node *parse_level(struct parser *parser, int min_level)
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
	advance(&parser);
	root = parse_level(&parser, 0);
	if (root && parser.token.kind != TOKEN_END)
		fail_unexpected(&parser, "an operator");
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
