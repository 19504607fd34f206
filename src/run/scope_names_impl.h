/*
 * What stands behind a name, for the scope alone.
 */
#ifndef RUN_SCOPE_NAMES_IMPL_H
#define RUN_SCOPE_NAMES_IMPL_H

#include "scope_impl.h"

struct var_value;

struct scope {
	struct session *session;
	struct expr_env env;
	struct scope_place at;
	struct arena *seen_arena;
	VEC(struct var_value **) vars; /* by instance, by unit; each evaluated once */
	bool is_cancelled;
};

/* The file whose names are meant. */
const struct unit *scope_unit(const struct scope *scope);
/* *used: how many words of the path it took; the rest is inside the value. ERR_VALUE where there is no such
 * name. */
int scope_find(struct scope *scope, const struct expr_ref *ref, struct value *out, unsigned *used,
	       struct err *err);

#endif
