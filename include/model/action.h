/*
 * The kinds of action, as far as whoever reads or shows a workflow asks: one row each, in action.c. What
 * a kind means when it runs is a row of step/command.c.
 */
#ifndef MODEL_ACTION_H
#define MODEL_ACTION_H

#include "model/workflow.h"

/* Is called with each of them; `expr` may be NULL in what is visited. */
struct action_visitor {
	void *data;
	void (*text)(void *data, const struct text *text);
	void (*expr)(void *data, const struct expr *expr);
};

struct action_kind {
	const char *key; /* as it stands in the step: "commit" */
	/* Every text and expression of the mapping behind the key; NULL: refs.c knows them. */
	void (*visit)(const struct step *step, const struct action_visitor *visitor);
};

const struct action_kind *action_kind(const struct step *step);
/* Harmless for a kind without `visit`. */
void action_visit(const struct step *step, const struct action_visitor *visitor);

/* Of several, one after the other. */
void action_visit_texts(const struct action_visitor *visitor, const struct text *texts, size_t n);

#endif
