/*
 * The parser of expressions in two files: expr_parse.c (operators, calls, the whole) and
 * expr_names.c (what a name refers to).
 */
#ifndef MODEL_EXPR_PARSE_IMPL_H
#define MODEL_EXPR_PARSE_IMPL_H

#include "expr_impl.h"

struct parser {
	struct lexer lexer;
	struct token token; /* the one to look at */
	const struct expr_locals *locals;
	VEC(const struct expr_ref *) refs;
	unsigned depth;
	bool uses_status_call;
};

void parser_advance(struct parser *parser);
/* The token must be that one, and is read; else an error that says what must stand there. */
bool parser_expect(struct parser *parser, enum token_kind kind, const char *what);
bool parser_word_is(const struct token *token, const char *word);
struct expr_node *parser_new_node(struct parser *parser, enum node_kind kind, size_t start,
				  size_t end);
void parser_set_args(struct parser *parser, struct expr_node *node, size_t n,
		     const struct expr_node *const *args);
/* An expression whose operators bind at least as tightly as that; 0: any. NULL after an error. */
struct expr_node *parser_parse_level(struct parser *parser, int min_level);

/* expr_names.c */
void parser_fail_unknown_name(struct parser *parser, const struct token *name);
bool parser_is_local(const struct parser *parser, const char *name);
/* Behind the name of a namespace: its members. */
struct expr_node *parser_parse_ref(struct parser *parser, const struct token *name,
				   enum expr_ns ns);
/* The members of any value; ref is that of the node where it is one, else NULL. */
struct expr_node *parser_parse_members(struct parser *parser, struct expr_node *node,
				       struct expr_ref *ref, size_t start);

#endif
