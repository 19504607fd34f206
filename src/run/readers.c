/*
 * See readers_impl.h.
 */
#include "readers_impl.h"

#include <string.h>

struct search {
	const struct workflow *wf;
	struct bitset *steps;
	const struct step *from;
};

static void note(void *data, const struct expr_ref *ref)
{
	struct search *search = data;
	const struct step *step;

	if (ref->ns != NS_STEPS || ref->n_path < 2)
		return;
	step = workflow_step_from(search->wf, search->from, ref->path[0]);
	for (unsigned i = 1; step && i < ref->n_path; i++) {
		if (strcmp(ref->path[i], "stdout") == 0)
			bitset_set(search->steps, step->index);
	}
}

/* What a step ensures may be about its own output. */
static void note_step(struct search *search, const struct step *step)
{
	search->from = step;
	if (step->unwritten_is_stdout)
		bitset_set(search->steps, step->index);
	step_each_ref(step, note, search);
	for (size_t i = 0; i < step->ensures.n; i++)
		gate_each_ref(&step->ensures.v[i], note, search);
}

void readers_of_stdout(const struct workflow *wf, struct bitset *steps)
{
	struct search search = { wf, steps, NULL };

	bitset_init(steps, wf->n_steps);
	for (size_t i = 0; i < wf->n_vars; i++)
		expr_each_ref(wf->vars[i].expr, note, &search);
	for (size_t i = 0; i < wf->n_steps; i++)
		note_step(&search, &wf->steps[i]);
}
