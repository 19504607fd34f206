/*
 * A workflow as its author wrote it: checked, every field with its place where it can be wrong later,
 * nothing expanded. Built by workflow_parse(), const ever after. Everything lives in one arena.
 * The keys and their meaning are the rows of model/schema.h.
 */
#ifndef MODEL_WORKFLOW_H
#define MODEL_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strmap.h"
#include "model/expr.h"
#include "model/gate.h"
#include "model/hook.h"
#include "model/text.h"

struct dialect_world;
struct yaml_node;

enum { WF_NONE = UINT32_MAX }; /* "no index" */

enum param_type { PARAM_STRING, PARAM_INT, PARAM_NUMBER, PARAM_BOOL, PARAM_PATH, PARAM_LIST };

struct param {
	const char *name; /* [a-z][a-z0-9_]* */
	struct span span;
	enum param_type type;
	bool required, secret, has_min, has_max;
	char short_option;	   /* 'i' for -i, or 0 */
	double min, max;	   /* numbers: the value; strings: not used */
	const char *default_value; /* as written, or NULL; a list one item a line */
	const char **choices;
	size_t n_choices;
	const char *pattern; /* POSIX ERE, matched against the whole value, or NULL */
	const char *help;
};

struct name_ref { /* a step, pool or handler named elsewhere in the file */
	const char *name;
	struct span span;
	uint32_t index; /* of the step, where it names one; else WF_NONE */
};

struct var {
	const char *name;
	struct span span;
	const struct expr *expr;
};

struct env_var {
	const char *name;
	struct text value;
};

struct env_block {
	struct env_var *vars;
	size_t n_vars;
	const char **pass; /* pass_env: names */
	size_t n_pass;
	bool clear; /* start from PATH HOME USER TERM TMPDIR LANG */
};

enum path_kind { PATH_LITERAL, PATH_GLOB, PATH_EXCLUDE, PATH_DIR, PATH_ARTIFACT };

struct path_spec {
	struct text text; /* without '!', "artifact:" and the slash at the end of a `dir/` */
	uint8_t kind;	  /* enum path_kind; LITERAL may turn out a glob only by what is written */
};

enum backoff { BACKOFF_FIXED, BACKOFF_LINEAR, BACKOFF_EXPONENTIAL };

struct retry {
	uint32_t attempts;		 /* all tries, at least 1 */
	uint64_t delay_ms, max_delay_ms; /* max 0: 5 minutes */
	enum backoff backoff;
	double jitter;	  /* 0..1: up to this part of the delay is added at random */
	const int *codes; /* retry only on these exit codes… */
	size_t n_codes;
	bool on_timeout; /* …or on a timeout; neither given: on every failure */
};

enum foreach_kind { FOREACH_LIST, FOREACH_GLOB, FOREACH_LINES };

struct foreach_var {
	const char *name; /* ${each.NAME} */
	struct span span;
	enum foreach_kind kind;
	struct text *items; /* LIST: values as written */
	size_t n_items;
	struct path_spec *globs; /* GLOB, with excludes */
	size_t n_globs;
	const struct expr *lines; /* LINES: one item a line (or a list) of its value */
};

struct foreach {
	struct foreach_var *vars; /* several: a matrix, the last varies fastest */
	size_t n_vars;
	struct span span;
	uint32_t max_parallel; /* 0: no limit of its own */
	bool stop_on_failure, per_file;
	bool is_dynamic; /* an item needs the result of another step */
};

enum action {
	ACTION_SHELL,	  /* run: text */
	ACTION_EXEC,	  /* run: [argv] */
	ACTION_GROUP,	  /* steps: […] or uses: ID; executes nothing itself */
	ACTION_ASK,	  /* ask: {question, …} */
	ACTION_APPROVE,	  /* approve: text */
	ACTION_SCRIPT,	  /* script: {with, file or code, args} */
	ACTION_CALL,	  /* action: NAME */
	ACTION_COMMIT,	  /* commit: {message, …} */
	ACTION_AGENT,	  /* agent: NAME */
	ACTION_CONTAINER, /* container: {image, run, …} */
	ACTION_DATABASE,  /* database: {url, …} */
	ACTION_WINDOW,	  /* window: {target, run, …} */
	ACTION_GATES,	  /* checks its gates, and no more */
	ACTION_MESSAGE,	  /* of a handler: says its message, and no more */
	ACTION_HTTP,	  /* http: {url, …} */
	ACTION_NOTIFY,	  /* notify: {message, …} */
	ACTION_OPEN,	  /* open: URL or path */
};

enum wait_for {
	WAIT_FOR_ALL,
	WAIT_FOR_ANY,	/* until the first passes; the others are cancelled */
	WAIT_FOR_FIRST, /* until the first ends, however it does */
};

struct with_value { /* for a parameter of the workflow that is used */
	const char *name;
	struct span span, value_span;
	struct text *items; /* one, or those of a list */
	size_t n_items;
};

struct script {
	struct text *with; /* the interpreter and its options */
	size_t n_with;
	struct text file; /* raw NULL: it is `code` */
	const char *code; /* as written, or NULL */
	struct text *args;
	size_t n_args;
};

/* The executable .workflows/actions/NAME; what `with` says is in its environment. */
#define ACTIONS_DIR ".workflows/actions"
struct action_call {
	const char *name; /* [A-Za-z0-9_][A-Za-z0-9_.-]* */
	struct span span;
	bool is_guess;	     /* a name that means nothing else in the file */
	const char *nearest; /* is_guess: what may have been meant, or NULL */
	struct with_value *with;
	const char **variables; /* of each: "WF_WITH_NAME" */
	size_t n_with;
};

/* The prompt .workflows/agents/NAME.md, for the user's agent. Where it may change only some paths, or only
 * so much, anything else is put back and the step fails. */
#define AGENTS_DIR    ".workflows/agents"
#define AGENTS_SUFFIX ".md"
struct agent_call {
	const char *name; /* [A-Za-z0-9_][A-Za-z0-9_.-]* */
	struct span span;
	const char *path; /* of the prompt, relative to the root; NULL: it stands in the workflow */
	const char *built_in; /* the prompt where there is no such file, or NULL */
	struct text prompt;   /* its text; raw NULL: it was not read yet. run/agents.c */
	struct with_value *with;
	const char **variables; /* of each: "WF_WITH_NAME" */
	size_t n_with;
	struct path_spec *allowed; /* besides the step's outputs; has_allowed: nothing else */
	size_t n_allowed;
	bool has_allowed;
	uint32_t max_lines; /* added and deleted; 0: any number */
};

/* What the run has changed becomes a commit. */
struct commit_action {
	struct text message;
	struct text *paths; /* globs; none: all */
	size_t n_paths;
	struct env_var *trailers;
	size_t n_trailers;
};

struct container_mount {
	struct text source, target;
	bool is_read_only;
};

/* podman or docker. What runs in it is run, or argv, of the step. */
struct container_action {
	struct text image;   /* raw NULL: what is built */
	struct text context; /* folder of the build; raw NULL: nothing is built */
	struct text file;    /* raw NULL: the one in the context */
	struct text *tags;
	size_t n_tags;
	struct env_var *args;
	size_t n_args;
	struct container_mount *mounts;
	size_t n_mounts;
	bool has_run;
};

/* A message to people. */
struct notify_action {
	const char **channels; /* of the user's settings; none: those of the file */
	size_t n_channels;
	struct text message;
};

struct notify_rule {
	const char *name; /* or NULL */
	struct span span;
	const struct expr *cond;
	const char **channels;
	size_t n_channels;
	struct text message; /* raw NULL: what is said of any run */
};

/* A page, a file, or what has changed, for a person to look at. */
struct open_action {
	struct text target;   /* raw NULL: … */
	struct text *changed; /* …globs of files that have changed */
	size_t n_changed;
};

struct notifications { /* of the end of a run */
	const char **channels;
	size_t n_channels;
	bool is_there, on_success, on_failure, on_waiting;
	struct notify_rule *rules;
	size_t n_rules;
};

struct status_range {
	uint16_t from, to;
};

enum http_body { HTTP_BODY_NONE, HTTP_BODY_TEXT, HTTP_BODY_JSON, HTTP_BODY_FORM, HTTP_BODY_FILE };

/* A piece of JSON as it is sent: as it stands there, else a string with values in it. */
struct json_piece {
	const char *literal; /* or NULL */
	struct text text;    /* one that is nothing but a value gives that value */
};

/* One request. */
struct http_action {
	const char *method;
	struct text url;
	struct env_var *headers;
	size_t n_headers;
	struct text username, password; /* raw NULL: none… */
	struct text bearer;
	uint8_t body_kind; /* enum http_body */
	struct text body;  /* TEXT, FILE */
	struct json_piece *json;
	size_t n_json;
	struct env_var *form;
	size_t n_form;
	struct status_range *statuses; /* those that are right */
	size_t n_statuses;
	const struct expr *condition; /* NULL: none; may use status, headers, json */
	bool sees_status, needs_json; /* the condition */
	uint32_t redirects;
	struct path_spec save; /* raw NULL: none; it is the last of the step's outputs, too */
};

/* A terminal window. What runs in it is run, or argv, of the step. */
struct window_action {
	struct text target;
	bool waits, restores;
	uint64_t verify_ms;
};

/* The client of a database. */
struct database_action {
	struct text url;
	struct text run;	/* raw NULL: none */
	struct text migrations; /* folder; raw NULL: none */
	bool is_atomic;		/* rollback_on_failure */
};

enum sandbox_files { SANDBOX_NONE, SANDBOX_OUTPUTS, SANDBOX_STRICT };

struct sandbox {
	uint8_t files; /* enum sandbox_files */
	bool no_network;
};

struct limits { /* 0: none */
	uint64_t memory_bytes, cpu_ms;
	uint32_t files, processes;
};

/* What a step with `steps` or `uses` is about. */
struct group {
	uint8_t wait_for;      /* enum wait_for */
	bool order_listed;     /* `order: listed` */
	uint32_t max_parallel; /* steps of it at once; 0: no limit of its own */
	uint32_t *children;    /* indices of the steps directly in it, in their order */
	size_t n_children;
	struct name_ref uses; /* name NULL: nested steps */
	struct with_value *with;
	size_t n_with;
	const struct unit *unit; /* what `uses` brought in; NULL: nothing yet, or nested steps */
};

/* What `ask` and `approve` say to a person. An approval is a question whose only answers are yes and
 * no. */
struct question {
	struct text text;
	struct text *choices; /* none: any text is an answer */
	size_t n_choices;
	struct text default_answer; /* raw NULL: none */
	struct agent_call *agent;   /* whose prompt is shown below the text, or NULL */
	bool is_secret;
	uint64_t timeout_ms; /* then the default counts, else the step fails; 0: waits for ever */
};

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH };

/* How much is asked before steps run. */
enum run_mode {
	MODE_UNSET,
	MODE_AUTOPILOT,	 /* nothing */
	MODE_SUPERVISED, /* before each step */
	MODE_HYBRID,	 /* before steps of high risk */
};

enum tristate { TRI_UNSET = 0, TRI_FALSE, TRI_TRUE };

enum failure_strategy {
	ON_FAILURE_ABORT,
	ON_FAILURE_CONTINUE,
	ON_FAILURE_ROLLBACK,
	ON_FAILURE_FIX,	     /* something mends it, then it is tried again */
	ON_FAILURE_ESCALATE, /* a person says what becomes of it */
	FAILURE_STRATEGIES
};

/* What `fix_and_retry` and `escalate` say beside their name. */
struct mending {
	const struct step
		*fixer;	     /* what mends: a step without an id of the workflow; NULL: nothing */
	uint32_t attempts;   /* how often it may */
	struct text message; /* said then, or asked; raw NULL: nothing */
};

/* What a rollback undoes. In the order of the schema's words. */
enum rollback_strategy {
	ROLLBACK_NONE,	     /* nothing, and no snapshot is taken */
	ROLLBACK_STEP,	     /* the step that failed */
	ROLLBACK_CHECKPOINT, /* all since the last checkpoint */
	ROLLBACK_RUN,	     /* the whole run */
};

struct rollback {
	bool is_there, has_strategy;
	struct span strategy_at;
	uint8_t strategy;     /* enum rollback_strategy, if has_strategy */
	const char **include; /* globs of ignored paths that snapshots take as well */
	size_t n_include;
};

/* What a step is to the workflow. */
enum step_role {
	ROLE_STEP,
	ROLE_HANDLER, /* it, or the group it is in, runs only if its caller's end, or that of the run,
			* calls it */
	ROLE_REQUIRES, /* the gates of its file: before all steps of that… */
	ROLE_ENSURES,  /* …and after all but those of `finally` */
};

/* What calls a handler. */
enum call_on {
	CALL_ON_FAILURE,
	CALL_ON_SUCCESS,
	CALL_ALWAYS,	  /* a name in `finally` */
	CALL_ON_ROLLBACK, /* one in `rollback.cleanup`: the tree was put back, and all else has ended */
};

/* What makes a step a handler. Each name in a list is a step of its own, "build.on_failure.report", so
 * that its end has a place in the journal, and a resume knows what is left to do. */
struct call {
	uint8_t on;	     /* enum call_on */
	uint32_t caller;     /* index of the step whose end calls; WF_NONE: the end of the run */
	struct text message; /* said when it is called; raw NULL: nothing */
};

struct step {
	const char *id;		   /* in a group with the group's: "deploy/test/unit" */
	struct span span;	   /* of the id */
	struct span action_span;   /* of `run` */
	uint32_t index;		   /* in workflow.steps */
	uint32_t parent;	   /* the group it stands in, or WF_NONE */
	uint32_t before;	   /* the one listed before it in the same list, or WF_NONE */
	const struct call *called; /* of a handler: what calls it; else NULL */
	const struct call *within; /* the same of all that is in one that is a group, too */
	const struct unit *unit;   /* the file it stands in */
	const struct group *group; /* ACTION_GROUP, else NULL */
	uint8_t action;		   /* enum action */
	uint8_t role;		   /* enum step_role */
	uint8_t on_failure;	   /* enum failure_strategy */
	uint8_t cache;		   /* enum tristate, as written or inherited */
	bool is_finally;	   /* listed under `finally` */
	bool is_once;		   /* `idempotent: false` */
	bool is_parallel;   /* beside those before and after it in the list that are so, too */
	bool in_succession; /* not at once with others that are; set by who started the run */
	bool cache_failures, has_inputs, exclusive, console, live;
	bool unwritten_is_stdout; /* `unwritten: stdout` */
	bool has_default_shell;	  /* nobody chose one: `run` may go without */
	const char *name, *description;
	const struct expr *cond; /* `if`, or NULL */

	struct text run;	  /* ACTION_SHELL */
	const char *const *shell; /* argv before the script; NULL-terminated */
	bool shell_is_posix;	  /* run was parsed by the sh lexer */
	struct text *argv;	  /* ACTION_EXEC */
	size_t n_argv;
	const struct script *script;	    /* ACTION_SCRIPT, else NULL */
	const struct action_call *call;	    /* ACTION_CALL, else NULL */
	const struct commit_action *commit; /* ACTION_COMMIT, else NULL */
	const struct agent_call *agent;	    /* ACTION_AGENT, else NULL */
	const struct http_action *http;	    /* ACTION_HTTP, else NULL */
	const struct notify_action *notify; /* ACTION_NOTIFY, else NULL */
	const struct open_action *open;	    /* ACTION_OPEN, else NULL */
	union {				    /* by the action; there may be very many steps */
		const struct container_action *container; /* ACTION_CONTAINER */
		const struct database_action *database;	  /* ACTION_DATABASE */
		const struct window_action *window;	  /* ACTION_WINDOW */
	};
	struct text dir;	/* raw NULL: the repository's root */
	struct text stdin_text; /* raw NULL: /dev/null */

	struct name_ref *needs;
	size_t n_needs;
	struct path_spec *inputs, *outputs;
	size_t n_inputs, n_outputs;
	struct text depfile; /* raw NULL: none */
	struct text *tools;
	size_t n_tools;
	const struct env_block *env; /* or NULL */
	const char **secrets;	     /* names of environment variables whose values are masked */
	size_t n_secrets;

	uint64_t timeout_ms;	       /* 0: none */
	const struct retry *retry;     /* or NULL: one try */
	const struct foreach *foreach; /* or NULL */
	struct gates requires, ensures;
	const struct mending *mending;	 /* ON_FAILURE_FIX, ON_FAILURE_ESCALATE; else NULL */
	struct name_ref pool;		 /* name NULL: none */
	const struct question *question; /* ACTION_ASK, ACTION_APPROVE; else NULL */
	const struct limits *limits;	 /* or NULL */
	struct sandbox sandbox;
	uint8_t risk;	/* enum risk */
	uint32_t slots; /* of -j; at least 1 */
};

struct pool {
	const char *name;
	struct span span;
	uint32_t limit;
};

struct declared_checkpoint {
	struct name_ref step;
	bool is_before; /* the step is started; else: after it passed */
};

struct concurrency {
	struct text group; /* raw NULL: none; without values [A-Za-z0-9_.-]+ */
	bool wait, cancel_in_progress;
};

/* One file's part of a workflow: what the names in its steps mean. The first is that of the workflow
 * itself, each other one was brought in by a step with `uses`, and comes after the one it is in. */
struct unit {
	uint32_t index;		  /* in workflow.units */
	uint32_t user;		  /* index of the step that uses it; WF_NONE: the workflow itself */
	const struct unit *outer; /* of that step; NULL: the workflow itself */
	const struct workflow *wf; /* the file alone: its params, vars, env */
	const char *prefix;	   /* "" or "deploy/": before the ids of its steps */
	struct diags *diags;	   /* of the file; the loader's */
};

struct workflow {
	const char *id;	  /* the file's stem */
	const char *file; /* as the user knows it, for messages */
	const char *name, *description, *version;
	struct param *params;
	size_t n_params;
	struct var *vars;
	size_t n_vars;
	struct env_block env;
	bool order_listed;	    /* `order: listed` */
	struct hook_trigger *hooks; /* `on`: each kind once */
	size_t n_hooks;
	struct step
		*steps; /* the graph, then those of `finally`, then handlers, then what stands for
			     * its gates */
	size_t n_steps;
	size_t n_graph_steps; /* steps[0, n_graph_steps) */
	struct pool *pools;
	size_t n_pools;
	struct rollback rollback;
	struct declared_checkpoint *checkpoints; /* rollback.checkpoints */
	size_t n_checkpoints;
	struct concurrency concurrency;
	struct notifications notify;
	uint32_t rate_runs;	 /* at most so many… 0: no limit */
	uint64_t rate_window_ms; /* …in this time */
	uint64_t timeout_ms;	 /* 0: none */
	uint64_t expected_ms;	 /* `expected_duration`; 0: none */
	uint32_t max_parallel;	 /* 0: only -j limits */
	struct unit **units;	 /* at least one: this file's own */
	size_t n_units;
	uint8_t mode;		   /* enum run_mode */
	struct strmap step_ids;	   /* id → struct step * */
	struct strmap handler_ids; /* as written, of the steps of the file that are handlers */
	struct strmap param_names; /* name → struct param * */
};

/* Reads a parsed document, applies `defaults`, checks everything that needs no other file. All
 * mistakes go to diags. NULL if there was an error. The document may be freed afterwards: what is
 * kept is copied into the arena. */
struct workflow *workflow_parse(struct arena *arena, const char *id, const struct yaml_node *root,
				struct diags *diags);

/* The same of a document that may be in the dialect (model/dialect.h), where names mean what there is in
 * this world; NULL: nothing is. */
struct workflow *workflow_parse_in(struct arena *arena, const char *id,
				   const struct yaml_node *root, const struct dialect_world *world,
				   struct diags *diags);

/* text → yaml_parse → workflow_parse, with a document arena that goes at once. diags->file,
 * diags->text are the caller's. `.json` in the file's name chooses JSON rules. */
struct workflow *workflow_load(struct arena *arena, const char *id, struct diags *diags);
struct workflow *workflow_load_in(struct arena *arena, const char *id,
				  const struct dialect_world *world, struct diags *diags);
bool workflow_is_json(const char *file); /* by its name */

/* An agent that may not change everything: what it did is compared with a snapshot. */
bool step_is_restrained(const struct step *step);
/* Those that its author wrote. */
size_t workflow_count_steps(const struct workflow *wf);
/* Is `name` the step itself, as it is called beside it? */
bool step_is_called(const struct step *step, const char *name);

/* Adds the gates of a file of its own: {requires, ensures}, or a list, which is `requires`. Mistakes
 * go to diags, which has that file's name and text; -1 if there was an error. */
int workflow_add_gates(struct workflow *wf, struct arena *arena, struct diags *diags);

/* The references of a prompt, the text of `diags`, that an agent of the step gets: the step's own, or the
 * one that mends it. */
void workflow_check_prompt(struct workflow *wf, const struct step *step, bool is_fixer,
			   const struct text *prompt, struct diags *diags);

const struct step *workflow_step(const struct workflow *wf, const char *id);
/* The step that `name` means in `from` (NULL: at the top): one beside it, else one beside a group
 * around it, up to the top of the file that it stands in. "group/step" reaches into a group. */
const struct step *workflow_step_from(const struct workflow *wf, const struct step *from,
				      const char *name);
/* "abort", "rollback", …: a word of `on_failure` for what becomes of the run. */
bool workflow_is_strategy(const char *word);
/* Does it stand in this group, also through other groups? */
bool step_is_in(const struct workflow *wf, const struct step *step, const struct step *group);
/* Has the list that it stands in `order: listed`? */
bool step_is_listed(const struct workflow *wf, const struct step *step);
/* Has the workflow a step with `uses` that is not spliced in? */
bool workflow_uses_others(const struct workflow *wf);

/* Asks for the workflow with this id, checked. NULL: it cannot be used, and err says why; what is
 * wrong in it the loader tells. *diags: of its file, as long as the workflow. */
typedef const struct workflow *workflow_load_fn(void *data, const char *id, struct diags **diags,
						struct err *err);

/* The workflow with all others that its steps use spliced in. `diags`: of its own file. What is wrong
 * about `uses` and `with` goes to the diags of the file where they stand; then NULL. */
const struct workflow *workflow_splice(struct arena *arena, const struct workflow *wf,
				       struct diags *diags, workflow_load_fn *load, void *data);
const struct param *workflow_param(const struct workflow *wf, const char *name);
/* NULL: this hook does not start it. */
const struct hook_trigger *workflow_hook(const struct workflow *wf, enum hook_kind kind);

/* As written, else by what the workflow has that may need one. */
enum rollback_strategy workflow_rollback(const struct workflow *wf);

/* True if a result of this step may be remembered: `cache`, else "has inputs". */
bool step_is_cacheable(const struct step *step);

/* The step is a person's to do: there is no process. */
bool step_asks(const struct step *step);

/* Every reference in any of its expressions and texts, but those of `ensures` to the step itself. */
void step_each_ref(const struct step *step, expr_ref_fn fn, void *data);

/* [A-Za-z0-9_][A-Za-z0-9_-]* */
bool workflow_id_is_valid(const char *id);

/* A file's name is the id and one of these. */
enum { WORKFLOW_ENDINGS = 3 };
extern const char *const workflow_endings[WORKFLOW_ENDINGS];
/* How much of the name is the id; 0: it has none of the endings, or nothing before it. */
size_t workflow_stem_length(const char *name);

#endif
