/*
 * The expression language of `if`, `vars`, gates and `${…}`: parsed once with exact places, its
 * references known without running it, evaluated against a caller's look-up. See
 * git-wf-workflow(5), "Expressions". Length is bounded to 4,096 bytes and depth to 64.
 *
 * `&&` and `||` give one of their operands, as in JavaScript, and evaluate the second only when it
 * counts. A string and a number: `==`, `<`, `+` … take the string as a number if all of it is a
 * decimal number, else it is an error. A member that a map does not have is null; a member of
 * anything but a map, and an index outside a list, is an error.
 */
#ifndef MODEL_EXPR_H
#define MODEL_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "model/value.h"

struct expr; /* const after parsing; lives in the arena */

enum expr_ns {
	NS_PARAMS,
	NS_ENV,
	NS_VARS,
	NS_EACH,
	NS_EVENT,
	NS_STEPS,
	NS_WORKFLOW,
	NS_RUN,
	NS_ERROR,
	NS_METRICS,
	NS_GIT,
	NS_SECRET,
	NS_LOCAL, /* a bare name that expr_parse_with() was told of: path[0] is the name */
	NS_COUNT
};

extern const char *const expr_ns_names[NS_COUNT]; /* "" for NS_LOCAL */

/* One `steps.build.outputs.percent`: the namespace and up to 6 constant members behind it. What
 * follows a computed index (x[expr]) is applied by the evaluator to the value looked up. */
struct expr_ref {
	enum expr_ns ns;
	uint8_t n_path;
	bool path_is_index[6]; /* written [0]: path[i] is "0" */
	const char *path[6];
	struct span span;
};

/* Functions that need the world outside: the caller answers. */
enum expr_call { CALL_SUCCESS, CALL_FAILURE, CALL_CANCELLED, CALL_EXISTS, CALL_CHANGED };

struct expr_env {
	void *data;
	/* The value of the longest known prefix of ref->path; *used gets how many members of the path
	 * it covers (the evaluator walks the rest through lists and maps). -1: unknown name (err filled). */
	int (*lookup)(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		      struct err *err);
	/* `arg` is NULL for those without an argument. */
	int (*call)(void *data, enum expr_call call, const char *arg, bool *out, struct err *err);
};

/* Parses text[0, len), which stands at `at` in the document (col of its first byte; lines inside a
 * block scalar are counted). NULL with an error in diags. */
struct expr *expr_parse(struct arena *arena, const char *text, size_t len, struct span at,
			struct diags *diags);

/* Names that may stand alone ("status >= 500" in the `expect` of a request). */
struct expr_locals {
	size_t n;
	const char *const *names;
	bool any; /* every name that is no namespace */
};

struct expr *expr_parse_with(struct arena *arena, const char *text, size_t len, struct span at,
			     const struct expr_locals *locals, struct diags *diags);

/* The number of bytes of the expression at text, up to the '}' that ends its `${…}`: strings and
 * `${…}` inside it are skipped. len if there is no such '}'. */
size_t expr_extent(const char *text, size_t len);

/* The namespace with that name, or NS_COUNT. */
enum expr_ns expr_ns_find(const char *name, size_t len);
bool expr_is_function(const char *name, size_t len);

int expr_eval(const struct expr *expr, const struct expr_env *env, struct arena *arena,
	      struct value *out, struct err *err);

/* Every reference in it, in order of appearance; for edges, fingerprints and checks. */
typedef void (*expr_ref_fn)(void *data, const struct expr_ref *ref);
void expr_each_ref(const struct expr *expr, expr_ref_fn fn, void *data);

bool expr_uses_status_call(const struct expr *expr); /* success() failure() always() cancelled() */
/* Comparisons of `.status` and `.verdict` with words they never have; errors into diags. */
void expr_check_status_words(const struct expr *expr, struct diags *diags);
const char *expr_source(const struct expr *expr); /* as written */

#endif
