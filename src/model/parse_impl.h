/*
 * What the parse_*.c files share. A mapping is read by walking its pairs: the key names a row of the
 * schema, the row's field says where the value goes and who reads it.
 */
#ifndef MODEL_PARSE_IMPL_H
#define MODEL_PARSE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "ext/yaml.h"
#include "model/schema.h"
#include "model/workflow.h"

struct reader;

/* Reads one value to `into`: the structure's address plus the field's offset. */
typedef void (*read_fn)(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into);

struct field {
	const char *key;
	size_t offset;
	read_fn read; /* NULL: the reader of the row's type */
};

struct field_table {
	size_t n;
	const struct field *fields;
};

/* A row with its field; NULL field: the row is not read yet. */
struct bound {
	const struct schema_row *row;
	const struct field *field;
};

/* A mapping of `retry` and `cache` being read, with the places of what can be wrong later. */
struct retry_draft {
	struct retry retry;
	struct span attempts_at, jitter_at;
};

struct cache_draft {
	bool failures;
};

/* An entry of `error_handlers`, or a mapping in `on_failure`. */
struct handler_draft {
	const struct yaml_node *node, *run, *action, *agent; /* one of the last three, or none */
	uint32_t attempts;
	uint8_t strategy; /* enum failure_strategy */
	const char *word; /* as it is written, or NULL */
	struct text message;
	const char **channels; /* `notify` */
	size_t n_channels;
	bool is_read;
	const struct step *command; /* of run, action or agent, once is_read */
};

/* One item of `on_success`, `on_failure` or `finally`. */
struct call_draft {
	uint8_t on;		       /* enum call_on */
	const char *name;	       /* or NULL: what is called stands there itself, as… */
	struct handler_draft *handler; /* …a mapping in `on_failure`… */
	uint32_t step;		       /* …or as this step; else WF_NONE */
	struct span span;
	bool is_inherited; /* of `defaults` */
	bool is_wrong;	   /* and told: many steps may inherit it */
};

struct call_list {
	struct call_draft *v; /* in the scratch arena */
	size_t n;
};

/* A step being read: what its other keys decide about stays a node until all are there. */
struct step_draft {
	struct step step;
	struct env_block env;
	struct foreach foreach;
	const struct yaml_node *id, *run, *ask, *approve, *script_at, *action_at;
	const struct yaml_node *allow_at, *max_lines_at;
	struct agent_call agent;
	const struct yaml_node *own_at; /* of an action with `finish` */
	/* The action that was met, one that is a mapping of its own: called when all keys are read. */
	void (*finish)(struct reader *reader, const struct yaml_node *map,
		       struct step_draft *draft);
	struct script script;
	struct question question;
	struct span cache_at, slots_at, unwritten_at;
	struct span max_parallel_at, stop_at,
		per_file_at; /* keys that only foreach gives a meaning */
	bool has_cache, has_env, has_foreach;
	struct group group;
	const struct yaml_node *steps, *with; /* of a group */
	const struct yaml_node *timeout;
	struct call_list calls;
};

struct reader {
	struct arena *arena; /* of the workflow */
	struct diags *diags;
	struct workflow *wf;
	struct strmap keys[AT_PLACES]; /* key → struct bound * */
	struct step_draft defaults;    /* what every step begins with */
	const struct yaml_node *steps, *finally;
	const struct yaml_node *requires, *ensures;			  /* of the workflow */
	const struct yaml_node *on_success, *on_failure, *error_handlers; /* of the workflow */
	struct call_list calls;		  /* what the end of the run calls */
	VEC(struct call_list) step_calls; /* by step */
	struct strmap handlers;		  /* error_handlers: name → struct handler_draft * */
	struct arena scratch;
};

/* Words that are compared in all, for "did you mean": the nearest of very many very often would take
 * seconds. */
enum { NEAREST_BUDGET = 200000 };

extern const struct field_table parse_workflow_fields, parse_step_fields, parse_defaults_fields,
	parse_param_fields, parse_retry_fields, parse_cache_fields, parse_foreach_fields,
	parse_rollback_fields, parse_checkpoint_fields, parse_concurrency_fields, parse_ask_fields,
	parse_script_fields, parse_limits_fields, parse_sandbox_fields, parse_gate_fields,
	parse_gate_file_fields, parse_gate_json_fields, parse_gate_matches_fields,
	parse_gate_baseline_fields, parse_handler_fields, parse_on_failure_fields,
	parse_agent_fields, parse_container_fields, parse_build_fields, parse_commit_fields,
	parse_on_fields, parse_hook_fields, parse_http_fields, parse_http_auth_fields,
	parse_http_body_fields, parse_http_expect_fields, parse_database_fields,
	parse_notify_fields, parse_notifications_fields, parse_notify_rule_fields,
	parse_open_fields, parse_window_fields;

/* ---- parse_own.c: actions that are a mapping of their own ---- */

typedef void parse_finish_fn(struct reader *reader, const struct yaml_node *map,
			     struct step_draft *draft);

struct own_action {
	enum action action;
	const char *key;	    /* of the step */
	const char *const *refused; /* keys of a step that mean nothing beside it; ends in NULL */
	bool is_remembered;	    /* `cache` holds as for a command; else it is false */
};

/* The reader of the key: `finish` decides about the step when its other keys are known. */
void parse_own_begin(struct step_draft *draft, const struct yaml_node *node,
		     parse_finish_fn *finish);
/* The reader of `run` in the mapping: its form alone. For `finish`: it becomes that of the step. False: there
 * is none. */
void parse_own_see_run(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into);
bool parse_own_run(struct reader *reader, struct step_draft *draft);
/* What every such action comes to: the others refused, the keys too, and what defaults say of them. */
void parse_own_finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft,
		      const struct own_action *own);

/* ---- parse_http.c, parse_http_body.c, parse_http_expect.c ---- */

void parse_http(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *step_draft);
void parse_http_body(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *http_action);
void parse_http_expect(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *http_action);
void parse_http_expect_default(struct reader *reader, struct http_action *http);

/* ---- parse_open.c ---- */

void parse_open(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *step_draft);

/* ---- parse_notify.c ---- */

void parse_notify(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);
void parse_notifications(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *notifications);
/* A step that tells these channels this. */
struct step parse_notify_step(struct reader *reader, struct span at, const char **channels,
			      size_t n_channels, const struct text *message);
/* "notify_failure" and its like: such a step. */
struct step parse_notify_named(struct reader *reader, const struct call_draft *draft);

/* ---- parse_commit.c ---- */

void parse_commit(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);

/* ---- parse_container.c ---- */

void parse_container(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *step_draft);

/* ---- parse_agent.c ---- */

void parse_agent(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *step_draft);
void parse_allow_paths(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *step_draft);
void parse_max_lines(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *step_draft);
/* What says something of an agent where there is none. */
/* The name and the path of its prompt. False: an error was told. */
bool parse_agent_name(struct reader *reader, const struct yaml_node *name,
		      struct agent_call *agent);
/* What `with` of the step says. */
void parse_agent_with(struct reader *reader, const struct step_draft *draft,
		      struct agent_call *agent);
void parse_agent_alone(struct reader *reader, const struct step_draft *draft);
/* An agent by its name alone. NULL where that is wrong. */
const struct step *parse_agent_command(struct reader *reader, const struct yaml_node *name);

/* ---- parse_database.c ---- */

void parse_database(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *step_draft);

/* ---- parse_window.c ---- */

void parse_window(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);

/* ---- parse_value.c ---- */

/* Reads each pair of a mapping at this place into the structure `base`. */
void parse_fields(struct reader *reader, enum schema_place place, const struct yaml_node *map,
		  void *base);
/* The reader of a row's type; TYPE_MAP, TYPE_OTHER and the like have none. */
void parse_by_type(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *into);

/* "'key' must be FORM, not KIND" */
struct diag *parse_wrong_type(struct reader *reader, const struct schema_row *row,
			      const struct yaml_node *node);
void parse_missing(struct reader *reader, const struct yaml_node *map, enum schema_place place,
		   const char *key);
void parse_not_yet(struct reader *reader, struct span at, const char *what);

/* Readers of what waits until all keys are there: into a const struct yaml_node *. A scalar; a command,
 * as text or as a list of words. */
void parse_keep_scalar(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into);
void parse_keep_run(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into);

bool parse_is_scalar(const struct yaml_node *node);
char *parse_copy(struct reader *reader, const struct yaml_node *scalar);
/* A text with `${…}`; -1 with an error in diags. */
int parse_text(struct reader *reader, const struct yaml_node *scalar, struct text *text);
/* A single text with `${…}` that is no list; copies raw even where it is wrong. */
const struct expr *parse_expr(struct reader *reader, const struct yaml_node *scalar);
/* -1 with an error in diags; the index of the word in row->choices. */
int parse_choice(struct reader *reader, const struct schema_row *row, const struct yaml_node *node);
/* A list, or one scalar, as an array of nodes without those that were refused. -1 with an error. */
int parse_list(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       const struct yaml_node **items, size_t *n);
/* One item of a list: false, with an error unless it was refused before, if it is no scalar. */
bool parse_item_ok(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *item);
/* A list of strings in the arena. */
void parse_strings(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, const char ***strings, size_t *n);
/* A list of texts with `${…}`, without those that are wrong. */
void parse_texts(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 struct text **texts, size_t *n_texts);
/* What the names in a mapping must be. */
struct name_rule {
	bool (*is_name)(const char *text);
	const char *fault; /* "no name of a trailer" */
	const char *hint;  /* or NULL */
};
/* False, with an error unless it was refused before: the name breaks the rule (NULL: there is none), or
 * the value is no scalar. `form` is what that must be. */
bool parse_pair_ok(struct reader *reader, const struct yaml_pair *pair,
		   const struct name_rule *rule, const char *form);
/* A mapping of names to texts with `${…}`, without those that are wrong. */
void parse_named_texts(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, const struct name_rule *rule,
		       struct env_var **texts, size_t *n);
/* [A-Za-z_][A-Za-z0-9_]* */
bool parse_is_name(const char *text);
/* The number of a plain or quoted scalar; false if it is none or not finite. */
bool parse_number(const char *text, double *number);

/* ---- parse_run.c ---- */

/* A command, also one that stands in a mapping of its own, becomes run, or argv, of the step. */
void parse_run(struct reader *reader, const struct yaml_node *run, struct step_draft *draft);
/* The command of something that is run like a step, with what `defaults` says of it. NULL where it is
 * wrong; `id` is what people see. */
const struct step *parse_command(struct reader *reader, const struct yaml_node *run,
				 const char *id);

/* ---- parse_step.c, parse_steps.c ---- */

/* What nobody said anything about. */
struct step parse_bare_step(enum action action, struct span at);
/* The part of a step that another key, or a default, has a say in. */
void parse_finish_step(struct reader *reader, const struct yaml_node *node,
		       struct step_draft *draft);
void parse_steps(struct reader *reader);

/* ---- the rest ---- */

void parse_env(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       void *env_block);
void parse_pass_env(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *env_block);
/* `is_input` allows '!'. -1 with an error in diags. */
int parse_path(struct reader *reader, const struct yaml_node *item, bool is_input,
	       struct path_spec *path);
void parse_paths(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 bool is_input, struct path_spec **paths, size_t *n);
void parse_add_path(struct reader *reader, struct path_spec **list, size_t *n,
		    const struct path_spec *path);
/* Of a key that names one path: it must not be empty, and be as in `dir`. */
void parse_check_path(struct reader *reader, const struct text *path, const char *key);
/* Reports what is wrong with a path that stands in `dir` or `depfile`. */
void parse_check_dir(struct reader *reader, const struct text *dir);
void parse_foreach(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *step_draft);
void parse_retry(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *retry_pointer);
void parse_cache(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *step_draft);
void parse_rollback(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *workflow);
/* ---- parse_on.c ---- */
void parse_on(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	      void *workflow);
void parse_concurrency(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *concurrency);
void parse_rate(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *workflow);
void parse_params(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *workflow);

/* ---- parse_ask.c ---- */

void parse_ask(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       void *step_draft);
void parse_approve(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *step_draft);
/* Of a step with one of the two: what else may stand there, what it does not inherit. */
void parse_ask_finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft);
void parse_mode(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *mode);
void parse_risk(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *risk);
/* Appends to *gates those of a list, or one; `key` is requires or ensures. */
void parse_gates(struct reader *reader, const struct yaml_node *node, const char *key,
		 const char *file, struct gates *gates);
/* The workflow's own gates become steps at the end of its list, which has room for them. */
void parse_workflow_gates(struct reader *reader, const char *file);
enum { GATE_STEPS = 2 }; /* room that is left for them */
/* One that checks these, before (ROLE_REQUIRES) or after (ROLE_ENSURES) the others beside it. */
void parse_init_gate_step(struct step *step, enum step_role role, const struct gates *gates);

/* ---- parse_handler.c, parse_call.c ---- */

void parse_on_success(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *step_draft);
void parse_on_failure(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *step_draft);
void parse_add_call(struct reader *reader, struct call_list *list, struct call_draft call);
/* A name that the end of the run calls. */
void parse_call_names(struct reader *reader, const struct yaml_node *node, enum call_on on);
void parse_error_handlers(struct reader *reader);
bool parse_handler_runs(const struct handler_draft *draft);
/* What it runs; NULL: nothing, or it is wrong. */
const struct step *parse_handler_command(struct reader *reader, struct handler_draft *draft);
/* One of those that say what is done before the failure counts. */
bool parse_is_mending(const char *word);
/* All steps are read: what they and the end of the run call becomes steps too. */
void parse_calls(struct reader *reader);

/* ---- parse_builtin.c ---- */

enum builtin_found {
	BUILTIN_NONE,
	BUILTIN_MADE,
	BUILTIN_WRONG, /* and told */
};
/* A name that every workflow has: what it does, but for what makes it a handler. */
enum builtin_found parse_builtin(struct reader *reader, struct call_draft *draft, bool is_of_a_step,
				 struct step *step);
const char *parse_builtin_name(size_t i); /* NULL after the last */

/* ---- parse.c ---- */

/* A reader of this workflow, its keys bound; reader_release() when done. */
void reader_init(struct reader *reader, struct arena *arena, struct workflow *wf,
		 struct diags *diags);
void reader_release(struct reader *reader);

/* A step has one action; `map` has this one, and says so of each other. */
void parse_refuse_other_actions(struct reader *reader, const struct yaml_node *map,
				const char *action);

/* ---- parse_program.c ---- */

void parse_script(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);
/* An action by its name alone. NULL where that is wrong. */
const struct step *parse_action_command(struct reader *reader, const struct yaml_node *name);
bool parse_is_action_name(const char *name); /* or that of an agent */
/* The variable of each value of `with`: "WF_WITH_NAME". */
const char **parse_with_variables(struct reader *reader, const struct with_value *with, size_t n);
/* A file that the step reads because of what it is. */
void parse_add_input(struct reader *reader, struct step *step, const struct text *path);
void parse_action(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);
/* Of a step with one of the two. What is executed becomes an input. */
void parse_program_finish(struct reader *reader, const struct yaml_node *map,
			  struct step_draft *draft);
/* `${params.x}` and the like in a text that no lexer of ours understands. False: there is one. */
bool parse_has_no_values(struct reader *reader, const struct text *text, const char *what);

/* ---- parse_sandbox.c ---- */

void parse_limits(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft);
void parse_sandbox(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *step_draft);

/* ---- parse_group.c ---- */

/* The values of a mapping `with`. */
void parse_with(struct reader *reader, const struct yaml_node *map, struct with_value **values,
		size_t *n);

/* `steps` or `uses`: the action is a group. */
bool parse_is_group(const struct step_draft *draft);
void parse_uses(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *step_draft);
void parse_wait_for(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *step_draft);
void parse_group_order(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *step_draft);
/* The keys of one that were read: what they decide about each other. */
void parse_finish_group(struct reader *reader, const struct yaml_node *node,
			struct step_draft *draft);

/* ---- check.c, check_texts.c, check_circle.c ---- */

/* Names, references and what else needs the whole workflow. */
void check_workflow(struct workflow *wf, struct arena *arena, struct diags *diags);
void check_references(struct workflow *wf, struct diags *diags);
void check_circles(const struct workflow *wf, struct diags *diags);
/* "did you mean 'x'?", unless there are so many words that it would take seconds; diag may be NULL. */
void check_hint_nearest(struct diags *diags, struct diag *diag, const struct strmap *names,
			const char *word);
/* The map's memory moves into the arena, so that nothing is left to free. */
void check_settle_map(struct arena *arena, struct strmap *map);
/* Is it a step of another workflow that is used here, and so not known yet? */
bool check_reaches_into(const struct workflow *wf, const struct step *from, const char *name);
/* The references of a step that is nothing but gates of `file`, which came later. */
void check_gates(struct workflow *wf, const struct step *step, const char *file,
		 struct diags *diags);

#endif
