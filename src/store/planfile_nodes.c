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

bool planfile_node_holds(const struct planfile *planfile, uint32_t index, const char *id,
			 struct digest *fingerprint)
{
	const struct plan_view *view = &planfile->view;
	const struct plan_node *node = &view->nodes[index];

	if (index >= view->head->n_nodes || node->id == PLAN_NONE ||
	    strcmp(view->texts + node->id, id) != 0)
		return false;
	for (uint32_t i = 0; i < node->n_refs; i++) {
		if (planfile->moved[view->refs[node->first + i]])
			return false;
	}
	*fingerprint = node->fingerprint;
	return true;
}
