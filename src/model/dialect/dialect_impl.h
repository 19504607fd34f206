/*
 * What the files of the dialect share: tree.c (building nodes), text.c (expressions and `${…}`), survey.c
 * (who is who in the document), words.c (the table), walk.c (a mapping by the table), and one file a
 * concept: names.c (inputs, outputs, needs), command.c, calls.c (handlers), types.c and flow.c (`type`),
 * top.c (trigger, rollback, groups), tell.c (notifications and alerts).
 */
#ifndef MODEL_DIALECT_DIALECT_IMPL_H
#define MODEL_DIALECT_DIALECT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strmap.h"
#include "base/vec.h"
#include "ext/yaml.h"
#include "model/dialect.h"
#include "model/schema.h"

struct tree_map { /* in the arena */
	struct yaml_pair *v;
	uint32_t n, alloc;
};

struct tree_list {
	struct yaml_node *v;
	uint32_t n, alloc;
};

/* A task of the document, wherever it stands. */
struct seat {
	const char *path;  /* what it is called from the top of the canonical file: "group/id" */
	const char *group; /* path of the group around it, or "" */
	const struct yaml_node *node;
	const char *called_by; /* id of the task whose end calls it, "" for the run; or NULL */
	const char *branch_of; /* id of the conditional that names it, or NULL… */
	const struct yaml_node *branch_if; /* …with its condition… */
	bool is_else;			   /* …or the contrary */
	bool is_bare;			   /* the condition is one of `conditions` */
	bool is_moved;			   /* it is named in a group, and stands there */
	bool is_parallel;		   /* in a group of parallel_groups */
	const char *pool;		   /* the name of that, or NULL */
	const struct yaml_node
		*after; /* names of the group of parallel_groups before it, or NULL */
};

/* The task that is translated. */
struct task {
	struct task *outer;
	const struct yaml_node *node;
	const char *id;		    /* "" where it has none */
	const char *path;	    /* as in its seat */
	struct tree_map from;	    /* its keys, those of `config` among them */
	bool *is_taken;		    /* by index in from */
	struct tree_map env, with;  /* what its logical inputs add */
	struct tree_list names_out; /* its logical outputs */
	bool in_loop;
};

struct dialect {
	struct arena *arena;
	struct diags *diags;
	const struct dialect_world *world; /* or NULL */
	const char *id;			   /* of the workflow */
	const struct yaml_node *root;	   /* the author's */
	const struct yaml_node *tasks;	   /* its list, or NULL */
	struct task *task;		   /* NULL: at the top */
	struct strmap seats;		   /* id → struct seat * */
	struct strmap artifacts;	   /* bare names in outputs → anything */
	struct strmap params;		   /* declared, or found to be needed → anything */
	struct tree_map new_params, new_handlers, pools, notify;
	struct tree_list conditions; /* steps that stand for `conditions` */
	struct tree_map defaults;
	bool keeps_columns;
	bool is_listed;	     /* no dependency anywhere */
	bool in_alert;	     /* durations are in ms */
	bool bare_is_output; /* a bare name in an expression is what a step of the run handed on */
};

struct word;
typedef void word_fn(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		     struct tree_map *out);

/* A spelling. `ours` NULL: of the canonical vocabulary, but read here in another way. */
struct word {
	enum schema_place place;
	const char *theirs, *ours;
	word_fn *read;
	const char *doc; /* what it is read as, for the manual */
};

/* ---- tree.c ---- */

struct yaml_node tree_plain(enum yaml_kind kind, struct span at, const char *text);
/* The same scalar with another text. */
struct yaml_node tree_retext(const struct yaml_node *scalar, const char *text);
struct yaml_node tree_of_map(const struct tree_map *map, struct span at, bool is_flow);
struct yaml_node tree_of_list(const struct tree_list *list, struct span at, bool is_flow);
/* A key twice, by two spellings, is an error. */
void tree_put(struct dialect *d, struct tree_map *map, const struct yaml_node *key,
	      const char *name, struct yaml_node value);
/* A key that stands nowhere in the author's file: `at` is what it comes from. */
void tree_add(struct dialect *d, struct tree_map *map, struct span at, const char *name,
	      struct yaml_node value);
void tree_append(struct dialect *d, struct tree_list *list, struct yaml_node node);
struct yaml_node *tree_get(const struct tree_map *map, const char *name);
bool tree_is_scalar(const struct yaml_node *node);
bool tree_is(const struct yaml_node *scalar, const char *text);
/* "all|any|first": the first of them. */
struct yaml_node tree_first(struct dialect *d, const struct yaml_node *node);
/* The pairs of `more` that are not there yet go into the mapping `key` of `out`. */
void tree_merge(struct dialect *d, struct tree_map *out, const char *key,
		const struct tree_map *more);
/* A list, or a scalar for a list of one. */
const struct yaml_node *tree_items(const struct yaml_node *node, size_t *n);
/* A list of what `read` makes of each item. */
typedef struct yaml_node item_fn(struct dialect *d, const struct yaml_node *item);
struct yaml_node tree_each(struct dialect *d, const struct yaml_node *list, bool is_flow,
			   item_fn *read);
/* "'key' must be FORM, not KIND" */
void tree_wrong(struct dialect *d, const struct yaml_node *node, const char *key, const char *form);
/* Keys of the mapping that are none of these, the last of which is NULL, are errors. `where` is for people:
 * "a group". */
void tree_check_keys(struct dialect *d, const struct yaml_node *map, const char *const *keys,
		     const char *where);

/* ---- text.c ---- */

struct yaml_node text_expr(struct dialect *d, const struct yaml_node *scalar);
struct yaml_node text_values(struct dialect *d, const struct yaml_node *scalar);
/* All of it, with the `${…}` of every text in it. */
struct yaml_node text_copy(struct dialect *d, const struct yaml_node *node);

/* ---- survey.c ---- */

void survey(struct dialect *d);
struct seat *survey_seat(const struct dialect *d, const char *id);
/* Of the task that an item of a list names, or NULL. */
struct seat *survey_named(const struct dialect *d, const struct yaml_node *item);
/* What the task is called from where the one that is translated stands. */
const char *survey_name(struct dialect *d, const char *id);
/* A key of a task, or of its `config`. */
const struct yaml_node *survey_get(const struct yaml_node *task, const char *key);
/* The type of a task, the first of several, or "shell". */
const char *survey_type(struct dialect *d, const struct yaml_node *task);
/* Does it say itself what it waits for? */
bool survey_has_needs(const struct yaml_node *task);
/* Letters, digits, '_' and '-': no path, no glob. */
bool survey_is_bare(const char *name);

/* ---- words.c ---- */

const struct word *words_find(enum schema_place place, const char *key);
/* What it is called in the canonical vocabulary. */
const char *words_key(const struct word *word);

/* ---- walk.c ---- */

struct yaml_node walk_map(struct dialect *d, enum schema_place place, const struct yaml_node *map);
void walk_pair(struct dialect *d, enum schema_place place, const struct yaml_pair *pair,
	       struct tree_map *out);
word_fn walk_rename, walk_expr, walk_seconds, walk_ms, walk_gates, walk_config, walk_retry_count,
	walk_attempts, walk_defaults, walk_choice, walk_drop_true;

/* ---- names.c ---- */

word_fn names_needs, names_inputs, names_outputs;
void names_add_inputs(struct dialect *d, const struct yaml_node *list, struct tree_list *paths);
void names_add_outputs(struct dialect *d, const struct yaml_node *list, struct tree_list *paths);
/* What nobody writes that has a name only is what the task prints. */
void names_unwritten(struct dialect *d, struct span at, struct tree_map *out);

/* ---- command.c ---- */

word_fn command_read;
bool command_has_file(const struct dialect *d, const char *path);
/* Is there an action, an agent, of that name? */
bool command_has_action(const struct dialect *d, const char *name);
bool command_has_agent(const struct dialect *d, const char *name);
/* `@x`, for a task or a handler. False: it is something else. */
bool command_is_call(const struct yaml_node *scalar);

/* ---- calls.c ---- */

word_fn calls_names, calls_on_failure, calls_handlers, calls_action, calls_cleanup;
/* Names for a list of calls; commands among them become handlers. */
struct yaml_node calls_list(struct dialect *d, const struct yaml_node *node);

/* ---- task.c ---- */

struct yaml_node task_translate(struct dialect *d, const struct yaml_node *node, const char *group);
/* The key, which is read with that. NULL: it is not there, or was taken before. */
const struct yaml_pair *task_take(struct task *task, const char *key);
word_fn task_list, task_nested;

/* ---- types.c, flow.c ---- */

typedef void type_fn(struct dialect *d, struct task *task, const struct yaml_node *type,
		     struct tree_map *out);

struct type_row {
	const char *name;
	type_fn *read;
	const char *doc;
};

extern const struct type_row types_rows[];
extern const size_t types_n_rows;
type_fn flow_conditional, flow_parallel, flow_loop;
/* "!(…)" of an expression. */
struct yaml_node flow_contrary(struct dialect *d, const struct yaml_node *cond);
/* A list of one word. */
struct yaml_node flow_word(struct dialect *d, struct span at, const char *word);

/* ---- top.c ---- */

word_fn top_id, top_trigger, top_groups, top_checkpoints, top_parallel;
/* What is known when all else is translated: order, defaults, params, pools. */
void top_finish(struct dialect *d, struct tree_map *out);

/* ---- conditions.c ---- */

word_fn conditions_read;
/* Before anything is translated: what they say of tasks that they name. */
void conditions_note(struct dialect *d);

/* ---- tell.c ---- */

word_fn tell_notifications, tell_alerts, tell_notify, tell_handler;
/* `action: notify_team` of a handler: the channels of the document are told. False: there are none, or
 * it is something else. */
bool tell_action(struct dialect *d, const struct yaml_pair *pair, struct tree_map *out);

#endif
