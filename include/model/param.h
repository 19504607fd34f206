/*
 * Values for a workflow's parameters: checked against type, choices, range and pattern.
 */
#ifndef MODEL_PARAM_H
#define MODEL_PARAM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/value.h"
#include "model/workflow.h"

/* One word from the command line or the environment for one parameter. A list that is given more
 * than once grows; anything else is replaced. */
struct param_value {
	const struct param *param;
	const char *text; /* as given; NULL: not given */
	struct value value;
	bool is_default;
};

struct param_set {
	size_t n; /* one for each parameter of the workflow, in its order */
	struct param_value *values;
};

void param_set_init(struct param_set *set, const struct workflow *wf, struct arena *arena);
/* ERR_USAGE: "parameter 'priority' is 'x'; choose one of low, normal, high". */
int param_set_assign(struct param_set *set, const struct workflow *wf, const char *name,
		     const char *text, struct arena *arena, struct err *err);
/* Puts defaults in; ERR_USAGE naming every required one that has no value. */
int param_set_finish(struct param_set *set, struct arena *arena, struct err *err);
/* ERR_USAGE with what a value must be instead ("choose one of low, normal, high"), for `text` as the
 * whole value; a list is checked line by line. */
int param_check(const struct param *param, const char *text, struct err *err);
/* ERR_INVALID if it is no POSIX extended regular expression, or one that would cost too much. */
int param_check_pattern(const char *pattern, struct err *err);

const struct param_value *param_set_get(const struct param_set *set, const char *name, size_t len);

#endif
