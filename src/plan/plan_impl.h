/*
 * The making of a plan, shared by its stages: expand (steps to nodes), paths (texts to paths), links
 * (needs and references), outputs and files (who writes what somebody reads), order (edges to a
 * graph without cycles), conflicts, select, critical path.
 */
#ifndef PLAN_PLAN_IMPL_H
#define PLAN_PLAN_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "plan/plan.h"

struct glob;

/* An edge before the edges are sorted by the node that waits. */
struct draft_edge {
	uint32_t to, from;
	uint8_t kind; /* enum edge_kind */
	bool is_inherited;
};

/* What in a file is known only after some step: its vars, and params of one that is used. */
struct late {
	const bool *vars, *params;
};

struct build {
	struct plan *plan;
	const struct plan_host *host;
	struct diags *diags; /* NULL in plan_expand(): mistakes go to err then */
	struct err *err;
	struct arena scratch;
	bool steps_are_known; /* what steps.X says can be asked for */
	bool failed;
	struct output_index *index;
	uint32_t *main_node;	 /* as in the plan */
	uint32_t *order;	 /* every node after what it depends on */
	const struct late *late; /* by unit */
	VEC(struct draft_edge) edges;
};

/* A mistake of the file, at its place; in plan_expand() an ERR_VALUE. Returns -1. */
int build_fail(struct build *build, const struct step *step, struct span at, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* Of the file that the step stands in. */
struct diags *build_diags(const struct build *build, const struct step *step);
void build_edge(struct build *build, uint32_t to, uint32_t from, enum edge_kind kind);

/* --- expand.c --- */

/* Nodes for every step; numbers them, fills plan.main_node and index. */
int expand_steps(struct build *build);
/* The items of one foreach as new nodes at the end of the plan. */
int expand_late(struct build *build, struct node *group);

/* --- foreach.c: the values of the variables of a foreach --- */

struct items {
	size_t n;
	struct binding *each; /* n times the number of variables */
};

int foreach_items(struct build *build, const struct node *main, const struct output_index *index,
		  struct items *items);
bool foreach_is_late(const struct build *build, const struct step *step);
bool foreach_has_globs(const struct foreach *foreach);

/* --- paths.c --- */

/* Renders inputs and outputs of a node. A value that is not known yet becomes `*`. */
int paths_render(struct build *build, struct node *node);
int paths_render_spec(struct build *build, const struct path_spec *spec, const struct node *node,
		      struct node_path *path, bool *is_late);
/* Text without `${…}` in it, or rendered into the arena of the plan. */
int text_value(struct build *build, const struct text *text, const struct node *node,
	       const char **value);
bool text_is_late(const struct build *build, const struct step *step, const struct text *text,
		  bool each_is_late);
bool expr_is_late(const struct build *build, const struct step *step, const struct expr *expr,
		  bool each_is_late);
/* Which vars refer to steps, also through other vars, and which params are given such a value. */
const struct late *late_find(const struct workflow *wf, struct arena *arena);

/* --- links.c --- */

/* Edges from `needs`, references and `order: listed`, for all nodes, or from `first` on. */
void links_draw(struct build *build, uint32_t first);
/* Those of the groups they stand in, after all others have been drawn. */
void links_inherit(struct build *build, uint32_t first);

/* --- outputs.c: who writes which path --- */

struct output {
	const char *path; /* of an artifact: ARTIFACT_PREFIX and its name */
	struct node *node;
	uint32_t next;	   /* index + 1 of another with the same path (trees: the same prefix) */
	uint8_t kind;	   /* PATH_LITERAL, PATH_GLOB or PATH_DIR */
	bool is_formatted; /* the same node has it as input too */
};

/* No path of a worktree begins like this, so artifacts can stand among the paths. */
#define ARTIFACT_PREFIX "\x01/"

struct output_index {
	VEC(struct output) outputs;
	struct strmap literals; /* path → index + 1 of the first */
	struct strmap trees; /* globs and directories: literal prefix → index + 1 of the first */
	uint32_t *sorted;    /* literals by path; NULL: not asked for yet */
	size_t n_sorted;
	uint32_t *sorted_trees; /* entries of `trees` by prefix */
	struct strmap queries;	/* text of a glob → struct query * */
	struct arena arena;
};

struct query {
	struct glob *glob;  /* NULL: everything below a directory */
	VEC(uint32_t) hits; /* outputs that it may match */
};

struct output_index *output_index_new(void);
void output_index_free(struct output_index *index);
/* The outputs of a node; its arena is that of the plan. */
void output_index_add(struct output_index *index, struct node *node, struct arena *arena);
/* Index + 1 of the first that writes exactly this path, 0: none. */
uint32_t output_index_literal(const struct output_index *index, const char *path);
typedef void (*output_fn)(void *data, uint32_t output);
/* The globs and directories that contain this literal path. */
void output_index_containers(struct output_index *index, const char *path, output_fn fn,
			     void *data);
/* Outputs of all kinds that a glob or a directory may match; valid until outputs are added. */
const struct query *output_index_query(struct output_index *index, const struct node_path *path);
/* `path` with an artifact's prefix where it is one. */
struct node_path output_index_path(const struct node_path *path, struct arena *arena);

/* --- overlap.c --- */

/* True if some path may be meant by both. Excludes do not count. */
bool paths_overlap(const struct node_path *a, const struct node_path *b, struct arena *arena);

/* --- files.c --- */

/* Edges from those who write what nodes from `first` on read. */
void files_draw(struct build *build, uint32_t first);

/* --- conflicts.c --- */

/* Pairs of nodes that may write one path with no order between them; the graph is settled. */
void conflicts_find(struct build *build, const uint32_t *rank);

/* --- order.c --- */

/* Drafts become the deps of the nodes. */
void edges_settle(struct build *build);
/* Every node after what it depends on; `rank` is the inverse. -1 and diags where there are cycles. */
int order_all(struct build *build, uint32_t **order, uint32_t **rank);
/* True if `later` waits for `earlier`, directly or through others. */
struct reach;
struct reach *reach_new(const struct plan *plan, const uint32_t *rank, struct arena *arena);
bool reach_is_ordered(struct reach *reach, uint32_t a, uint32_t b);

/* --- advise.c --- */

void advise_missing_order(struct build *build, const uint32_t *rank);
void advise_lists(struct build *build);
void advise_folders(struct build *build);
void advise_gates(struct build *build);

/* --- succession.c --- */

/* True: there are new edges, and another order. */
bool succession_draw(struct build *build, const uint32_t *rank);

/* --- select.c --- */

int selection_apply(struct build *build, const struct selection *selection);
/* For the items of a foreach that was expanded late. */
int selection_extend(struct build *build, struct node *group);

/* ---- critical.c ---- */

/* An item of a foreach of which one runs at a time. */
bool critical_is_row(const struct node *item);

#endif
