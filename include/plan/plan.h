/*
 * The graph of one run: steps with their foreach items spread out, paths resolved, edges drawn,
 * selection applied. What each will do is decided by judge(), here or when it is ready.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bitset.h"
#include "base/diag.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "model/expr.h"
#include "model/workflow.h"

struct binding { /* ${each.name} */
	const char *name;
	const char *value;
};

struct node_path {
	const char *
		path; /* rendered: "src/a.c", "src/[a-z]*.c", "build" of `build/`, an artifact's name */
	uint8_t kind; /* enum path_kind */
};

enum edge_kind { EDGE_NEEDS, EDGE_FILE, EDGE_REFERENCE, EDGE_ORDER, EDGE_ITEM, EDGE_CALL };

struct edge {
	uint32_t from;	   /* node that must be done first */
	uint8_t kind;	   /* enum edge_kind */
	bool is_inherited; /* waited for, whatever it comes to: what the group around it waits for, the
			    * group says what a failure means; all that a handler waits for */
};

enum node_kind {
	NODE_STEP,    /* a step, or one item of a foreach: executes */
	NODE_FOREACH, /* the foreach itself: done when its items are; executes nothing */
	NODE_GROUP,   /* a step with others in it: done when they are; executes nothing */
};

/* One item of a foreach over a group: each step in it is a node of its own here, and names of steps
 * mean those. */
struct instance {
	uint32_t number;	      /* among those of the plan, from 1 on */
	const struct instance *outer; /* that its foreach stands in, or NULL */
	const struct node *item;      /* the NODE_GROUP: "deploy[eu]" */
	uint32_t *nodes; /* by step: the node here; WF_NONE: it is not in this foreach */
};

struct node {
	uint32_t index; /* in plan.nodes */
	uint8_t kind;
	bool is_selected; /* takes part in this run */
	bool is_expanded; /* NODE_FOREACH: its items exist; NODE_GROUP: always */
	bool is_finally;
	bool has_late_paths; /* a path holds a result of another step: see plan_resolve() */
	const struct step *step;
	const char *id;		      /* "test", "test[unit]", "test[unit,gcc]" */
	uint32_t group;		      /* the NODE_FOREACH of an item, or WF_NONE */
	uint32_t parent;	      /* the NODE_GROUP it stands in (items too), or WF_NONE */
	uint32_t first_item, n_items; /* NODE_FOREACH; n_items of a NODE_GROUP too */
	uint32_t *
		children; /* NODE_GROUP: the nodes directly in it; NODE_FOREACH of groups: its items */
	const struct instance *instance; /* that its step stands in, or NULL */
	const struct instance *inner;	 /* an item that is a group: its own; else NULL */
	struct binding *each;		 /* its own, then those of the foreaches around it */
	size_t n_each;
	struct node_path *inputs, *outputs;
	size_t n_inputs, n_outputs;
	VEC(struct edge) deps; /* in the plan's arena: never push or release */
	uint64_t duration_ms;  /* expected, from records; 0: unknown */
	uint64_t critical_ms;  /* from the start of this node to the end of the run, expected */
	bool comes_first;      /* before all others, see plan_put_first() */
};

struct output_index;

struct plan {
	const struct workflow *wf; /* borrowed: the plan points into it */
	struct arena arena;
	VEC(struct node *) nodes; /* in the order of the file; items of dynamic foreaches last */
	struct strmap by_id;	  /* id → struct node * */
	uint32_t *
		main_node; /* of each step: its node, or that of its foreach; WF_NONE: in instances */
	uint32_t n_instances;
	struct output_index *index;	/* what is written where, while a foreach is not expanded */
	VEC(const char *) wanted_items; /* selected items of foreaches that are not expanded yet */
};

/* What plan may ask of the world; answers are facts, so that planning stays a pure function. */
struct plan_host {
	void *data;
	/* The paths that `globs` (rendered) match now, sorted. */
	int (*list)(void *data, const struct node_path *globs, size_t n_globs, struct arena *arena,
		    const char ***paths, size_t *n_paths, struct err *err);
	/* The names an expression of this node's step sees, with its `each` and `instance`; the node has
	 * no number yet. Valid until the next call. */
	const struct expr_env *(*scope)(void *data, const struct node *node);
	/* Expected duration of the node with this id, 0 if never recorded. May be NULL. */
	uint64_t (*duration_ms)(void *data, const char *node_id);
};

/* STEP and until widen each other, from narrows them; only stands alone. Ids of steps or of items.
 * `finally` takes part always, except with only. */
struct selection {
	const char **steps; /* STEP…: these and what they need */
	size_t n_steps;
	const char *from;  /* this and what comes after it */
	const char *until; /* this and what it needs */
	const char **only; /* exactly these */
	size_t n_only;
};

/* Expands, draws edges, finds cycles (shown as ids with their lines) and writers of one path without
 * an order, applies the selection, computes critical paths. Mistakes of the file go to diags (with
 * advice where neighbours neither wait for each other nor declare inputs); a value that cannot be
 * rendered or an unknown step in the selection goes to err. NULL on either. */
struct plan *plan_build(const struct workflow *wf, const struct plan_host *host,
			const struct selection *selection, struct diags *diags, struct err *err);
void plan_free(struct plan *plan);

/* The items of a dynamic foreach, once what they depend on is done: appends their nodes, with an
 * edge from each to the group. A lines variable is evaluated through host->scope. */
int plan_expand(struct plan *plan, struct node *foreach, const struct plan_host *host,
		struct err *err);

/* Renders the paths of a node whose has_late_paths is set, once what it depends on is done. Until
 * then each unknown value stands as `*` in a glob. */
int plan_resolve(struct plan *plan, struct node *node, const struct plan_host *host,
		 struct err *err);

const struct node *plan_node(const struct plan *plan, const char *id);
/* The node that a step is for those in this instance (NULL: for those in none): where it is in a
 * foreach that they are not in, that foreach. */
const struct node *plan_node_of(const struct plan *plan, const struct instance *from,
				const struct step *step);
/* The foreach or group that it is in directly, or NULL. */
const struct node *plan_around(const struct plan *plan, const struct node *node);
/* An item of a foreach, or a node directly in a group; i < n_items. */
const struct node *plan_item(const struct plan *plan, const struct node *group, uint32_t i);
/* Is this id the node's own, that of its foreach, or of a group that it stands in? */
bool plan_is_meant(const struct plan *plan, const struct node *node, const char *id);
/* Does it stand in this group or foreach, also through others? */
bool plan_is_in(const struct plan *plan, const struct node *node, uint32_t group);
/* Could a node write something that this path means? Items that a foreach does not have yet count by the
 * folder that is known of their outputs. */
bool plan_may_write(const struct plan *plan, const struct node_path *path, struct arena *scratch);

/* Nodes in an order in which each comes after what it depends on (selected ones only). */
void plan_topological(const struct plan *plan, struct arena *arena, uint32_t **order, size_t *n);
/* Wave of each node: 0 for those that can start at once, … For display. */
void plan_waves(const struct plan *plan, struct arena *arena, uint32_t **waves);
/* Recomputes critical_ms of every node from duration_ms. An unknown duration counts as the mean of
 * the known ones, or 1 ms. */
void plan_critical_path(struct plan *plan);
/* What is likely to run stands in front, so that its processes are at work while the rest is judged: of
 * `likely` (by index) each node, all that come after them, and what those need. */
void plan_put_first(struct plan *plan, const struct bitset *likely);

#endif
