/*
 * What of a compiled plan holds where not all of it does: the nodes whose facts did not move, as long
 * as the facts that all of them rest on hold.
 */
#include "store/planfile_impl.h"

#include <string.h>

#include "base/xalloc.h"

bool plan_nodes_open(struct planfile *planfile)
{
	const struct plan_head *head = planfile->view.head;

	if (planfile->has_nodes)
		return true;
	if (!head->n_nodes || !plan_view_nodes_are_good(&planfile->view))
		return false;
	for (uint32_t i = 0; i < head->n_facts; i++) {
		if (planfile->moved[i] && planfile->view.facts[i].is_general)
			return false;
	}
	planfile->kept = xcalloc(head->n_facts + 1, sizeof *planfile->kept);
	planfile->has_nodes = true;
	return true;
}

static const struct plan_node *find_node(const struct planfile *planfile, uint32_t index,
					 const char *id)
{
	const struct plan_view *view = &planfile->view;
	const struct plan_node *node = &view->nodes[index];

	return index < view->head->n_nodes && node->id != PLAN_NONE &&
			       strcmp(view->texts + node->id, id) == 0
		       ? node
		       : NULL;
}

/* Of its facts [first, end). */
static bool none_moved(const struct planfile *planfile, const struct plan_node *node,
		       uint32_t first, uint32_t end)
{
	const uint32_t *refs = planfile->view.refs + node->first;

	for (uint32_t i = first; i < end; i++) {
		if (planfile->moved[refs[i]])
			return false;
	}
	return true;
}

bool planfile_node_holds(const struct planfile *planfile, uint32_t index, const char *id,
			 struct digest *fingerprint)
{
	const struct plan_node *node = find_node(planfile, index, id);

	if (!node || !none_moved(planfile, node, 0, node->n_refs))
		return false;
	*fingerprint = node->fingerprint;
	return true;
}

bool planfile_node_was(const struct planfile *planfile, uint32_t index, const char *id,
		       const struct digest *fingerprint, const struct digest *product)
{
	const struct plan_node *node = find_node(planfile, index, id);

	return node && digest_equal(&node->fingerprint, fingerprint) &&
	       digest_equal(&node->product, product);
}

/* ---- Inputs ---- */

/* Facts of its [first, end) that are no files came of a search, whose next result would be unknown. */
static bool are_files(const struct planfile *planfile, const struct plan_node *node, uint32_t first,
		      uint32_t end)
{
	const struct plan_view *view = &planfile->view;

	for (uint32_t i = first; i < end; i++) {
		if (view->facts[view->refs[node->first + i]].kind != PLAN_FILE)
			return false;
	}
	return true;
}

bool planfile_inputs_are_known(const struct planfile *planfile, uint32_t index, const char *id,
			       size_t *n)
{
	const struct plan_node *node = find_node(planfile, index, id);
	uint32_t end;

	if (!node || node->n_inputs == PLAN_NONE)
		return false;
	end = node->first_input + node->n_inputs;
	*n = node->n_inputs;
	return none_moved(planfile, node, 0, node->first_input) &&
	       none_moved(planfile, node, end, node->n_refs) &&
	       are_files(planfile, node, 0, node->n_refs);
}

uint32_t plan_input_fact(const struct planfile *planfile, uint32_t index, size_t i)
{
	const struct plan_node *node = &planfile->view.nodes[index];

	return planfile->view.refs[node->first + node->first_input + i];
}

bool planfile_get_input(const struct planfile *planfile, uint32_t index, size_t i,
			struct planfile_input *input)
{
	const struct plan_view *view = &planfile->view;
	const struct plan_fact *fact;

	if (index >= view->head->n_nodes || view->nodes[index].n_inputs == PLAN_NONE ||
	    i >= view->nodes[index].n_inputs)
		return false;
	fact = &view->facts[plan_input_fact(planfile, index, i)];
	*input = (struct planfile_input){
		.path = view->texts + fact->path,
		.id = plan_fact_id(fact),
		.digest = fact->digest,
		.has_moved = planfile->moved[fact - view->facts] || fact->is_racy,
	};
	return true;
}
