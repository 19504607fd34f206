/*
 * The parts of the expression language: tokens, nodes, functions.
 * expr_lex.c → expr_parse.c → (expr_check.c) → expr_eval.c with expr_ops.c and expr_func.c.
 */
#ifndef MODEL_EXPR_IMPL_H
#define MODEL_EXPR_IMPL_H

#include "base/vec.h"
#include "model/expr.h"

enum { EXPR_LEN_MAX = 4096, EXPR_DEPTH_MAX = 64, EXPR_PATH_MAX = 6 };

enum token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_NAME,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
	TOKEN_MODULO,
	TOKEN_QUESTION,
	TOKEN_COLON,
	TOKEN_OPEN_PAREN,
	TOKEN_CLOSE_PAREN,
	TOKEN_OPEN_BRACKET,
	TOKEN_CLOSE_BRACKET,
	TOKEN_OPEN_DOLLAR, /* ${ */
	TOKEN_CLOSE_BRACE,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_IN,     /* made by the parser from names */
	TOKEN_NOT_IN, /* likewise */
	TOKEN_BAD     /* reported already */
};

struct token {
	enum token_kind kind;
	size_t start, end;  /* bytes of the source */
	struct value value; /* NUMBER, STRING: the value; NAME: the name as a string */
};

struct lexer {
	struct arena *arena;
	const char *text;
	size_t len, pos;
	struct span at; /* of text[0] */
	struct diags *diags;
	bool failed; /* one error an expression is enough */
};

/* The token at or behind pos; pos moves behind it. */
struct token lexer_next(struct lexer *lexer);
/* After a dot: the name of a member; with has_dash a '-' belongs to it. */
struct token lexer_next_member(struct lexer *lexer, bool has_dash);
bool lexer_is_name_start(char c);
bool lexer_is_name_char(char c);

/* Reports the first mistake only. The diag is NULL for any other. */
struct diag *lexer_error(struct lexer *lexer, size_t start, size_t end, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
struct span lexer_span(const struct lexer *lexer, size_t start, size_t end);

enum node_kind {
	NODE_LITERAL,
	NODE_REF,
	NODE_INDEX, /* args[0] [ args[1] ] */
	NODE_CALL,
	NODE_NOT,
	NODE_NEGATE,
	NODE_BINARY, /* op */
	NODE_CHOOSE, /* args[0] ? args[1] : args[2] */
	NODE_LIST
};

struct expr_func;

struct expr_node {
	enum node_kind kind;
	enum token_kind op;
	bool in_parens;
	struct span span;
	struct value literal;
	const struct expr_ref *ref;
	const struct expr_func *func;
	size_t n;
	const struct expr_node **args;
};

struct expr {
	const char *source;
	const struct expr_node *root;
	size_t n_refs;
	const struct expr_ref **refs;
	bool uses_status_call;
};

struct eval {
	const struct expr_env *env;
	struct arena *arena;
};

typedef int (*expr_func_fn)(const struct eval *eval, const struct expr_func *func,
			    const struct value *args, size_t n, struct value *out, struct err *err);

struct expr_func {
	const char *name;
	uint8_t min_args, max_args;
	bool is_status_call;
	expr_func_fn fn;
	enum expr_call call; /* for those that the caller answers */
};

/* --- arguments of functions --- */

int expr_wrong_argument(const struct expr_func *func, const char *needed, const struct value *given,
			struct err *err);
/* Strings and numbers as text; anything else is a mistake. */
int expr_to_text(const struct eval *eval, const struct expr_func *func, const struct value *value,
		 struct value *text, struct err *err);
/* The same for what takes strings of C. */
int expr_to_c_text(const struct eval *eval, const struct expr_func *func, const struct value *value,
		   struct value *text, struct err *err);

/* --- expr_path.c --- */

/* basename() and dirname(), as POSIX has them; the suffix goes where something is left of the name. */
int expr_part_of_path(const struct eval *eval, const struct expr_func *func,
		      const struct value *args, size_t n, struct value *out, struct err *err);
/* relative(): a path, or each of a list, as it is seen from a folder; both are from the root. */
int expr_relative_path(const struct eval *eval, const struct expr_func *func,
		       const struct value *args, size_t n, struct value *out, struct err *err);

const struct expr_func *expr_func_find(const char *name, size_t len);
const char *expr_func_nearest(const char *name);
/* A pattern that is no POSIX ERE, or one that could take for ever. */
int expr_pattern_check(const char *pattern, struct err *err);

/* `left op right` for all but `&&` and `||`. */
int expr_binary(struct arena *arena, enum token_kind op, const struct value *left,
		const struct value *right, struct value *out, struct err *err);
int expr_negate(const struct value *value, struct value *out, struct err *err);
int expr_member(const struct value *base, const struct value *key, struct value *out,
		struct err *err);
int expr_is_in(const struct value *needle, const struct value *haystack, bool *out,
	       struct err *err);
/* The number that text is, if all of it is a decimal number. */
bool expr_text_to_number(const char *text, size_t len, double *number);

#endif
