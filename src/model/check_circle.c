/*
 * Variables that depend on themselves, by way of others or at once.
 */
#include <string.h>

#include "parse_impl.h"

/* A variable's way through the others: a second visit of one that is still open is a circle. */
struct var_walk {
	const struct workflow *wf;
	struct diags *diags;
	enum { NEW, OPEN, DONE } * states;
	size_t at;
	bool found;
};

static void visit_var(struct var_walk *walk, size_t at);

static void visit_ref(void *data, const struct expr_ref *ref)
{
	struct var_walk *walk = data;
	const struct workflow *wf = walk->wf;
	size_t from = walk->at;

	if (ref->ns != NS_VARS || !ref->n_path)
		return;
	for (size_t i = 0; i < wf->n_vars; i++) {
		if (strcmp(wf->vars[i].name, ref->path[0]) != 0)
			continue;
		if (walk->states[i] == OPEN && !walk->found) {
			diag_error(walk->diags, ref->span, "variable '%s' depends on itself",
				   wf->vars[i].name);
			walk->found = true;
		}
		if (walk->states[i] == NEW)
			visit_var(walk, i);
		walk->at = from;
	}
}

static void visit_var(struct var_walk *walk, size_t at)
{
	walk->states[at] = OPEN;
	walk->at = at;
	if (walk->wf->vars[at].expr)
		expr_each_ref(walk->wf->vars[at].expr, visit_ref, walk);
	walk->states[at] = DONE;
}

void check_circles(const struct workflow *wf, struct diags *diags)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };
	struct var_walk walk = { .wf = wf, .diags = diags };

	walk.states = arena_alloc(&scratch, (wf->n_vars + 1) * sizeof *walk.states);
	for (size_t i = 0; i < wf->n_vars; i++)
		if (walk.states[i] == NEW)
			visit_var(&walk, i);
}
