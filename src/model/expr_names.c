/*
 * Names in expressions: namespaces, their members, and what to say about those that are unknown.
 */
#include <string.h>

#include "base/strmap.h"
#include "expr_parse_impl.h"

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

enum expr_ns expr_ns_find(const char *name, size_t len)
{
	for (size_t i = 0; i < NS_LOCAL; i++) {
		if (strlen(expr_ns_names[i]) == len && memcmp(expr_ns_names[i], name, len) == 0)
			return (enum expr_ns)i;
	}
	return NS_COUNT;
}

/* What people coming from elsewhere write. */
static const char *other_name(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} others[] = {
		{ "tasks", "steps.ID" },	   { "jobs", "steps.ID" },
		{ "needs", "steps.ID" },	   { "args", "params.NAME" },
		{ "secrets", "secret.NAME" },	   { "job", "run.NAME" },
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

void parser_fail_unknown_name(struct parser *parser, const struct token *name)
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
	else if (name->start == 0 && parser->token.kind == TOKEN_END)
		diag_hint(diags, diag,
			  "a text has quotes of its own: \"'%s'\"; a parameter is params.%s", word,
			  word);
	else
		diag_hint(diags, diag, "a word is quoted: '%s'; a parameter is params.%s", word,
			  word);
}

/* Fields of `steps.ID`, behind an index too. */
static const char *const step_fields[] = { "status",   "verdict", "exit_code", "duration",
					   "attempts", "stdout",  "outputs" };
static const char *const git_fields[] = { "branch", "sha",    "tag",  "dirty",
					  "staged", "pushed", "range" };

/* What others call the end of a step. */
static bool is_result(const char *word)
{
	return !strcmp(word, "outcome") || !strcmp(word, "conclusion") || !strcmp(word, "result");
}

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
	if (fields == step_fields && is_result(word))
		diag_hint(parser->lexer.diags, diag,
			  "write status, which is 'passed', 'failed', 'skipped' and so on");
	else if (near)
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
	struct expr_node *node = parser_new_node(parser, NODE_INDEX, start, end);
	const struct expr_node *args[] = { base, key };

	parser_set_args(parser, node, 2, args);
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
		key = parser_new_node(parser, NODE_LITERAL, name.start, name.end);
		key->literal = name.value;
		chain->node = index_by(parser, chain->node, key, chain->start, name.end);
	}
	parser_advance(parser);
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

	parser_advance(parser);
	first = parser->token;
	key = parser_parse_level(parser, 0);
	if (!key || !parser_expect(parser, TOKEN_CLOSE_BRACKET, "']'"))
		return false;
	chain->last_name = key->kind == NODE_LITERAL ? key->literal.text : NULL;
	if (is_constant_key(key, &first) &&
	    extend_ref(parser, chain->node, chain->ref, &first, first.kind == TOKEN_NUMBER))
		return true;
	chain->node = index_by(parser, chain->node, key, chain->start, parser->token.start);
	return true;
}

struct expr_node *parser_parse_members(struct parser *parser, struct expr_node *node,
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

struct expr_node *parser_parse_ref(struct parser *parser, const struct token *name, enum expr_ns ns)
{
	struct expr_ref *ref = ARENA_NEW(parser->lexer.arena, struct expr_ref);
	struct expr_node *node = parser_new_node(parser, NODE_REF, name->start, name->end);

	ref->ns = ns;
	if (ns == NS_LOCAL)
		ref->path[ref->n_path++] = name->value.text;
	node->ref = ref;
	vec_push(&parser->refs, ref);
	return parser_parse_members(parser, node, ref, name->start);
}

bool parser_is_local(const struct parser *parser, const char *name)
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
