/*
 * Everything a command about one workflow works with: the repository, where state lives, the loaded
 * workflow with its parameters, the caches, and the plan. Opened in steps, each of which needs the
 * one before; nothing is written to disk by any of them.
 */
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bitset.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "event/status.h"
#include "git/discover.h"
#include "git/files.h"
#include "model/config.h"
#include "model/dialect.h"
#include "model/param.h"
#include "model/workflow.h"
#include "plan/judge.h"
#include "plan/plan.h"
#include "store/cache.h"
#include "store/layout.h"
#include "store/planfile.h"
#include "store/statcache.h"
#include "sys/env.h"

struct scope;
struct listing;
struct included;
struct unit_params;
struct run_state;
struct step_failure;
struct trigger;
struct metrics;
struct run_ending;

/* What is known of a node in this run (or, at plan time, from the cache). */
struct node_result {
	enum step_status status;
	enum verdict verdict;
	bool is_known;	    /* outputs and values below are valid */
	bool did_execute;   /* in this invocation */
	bool was_recalled;  /* not selected: the cache was asked for it */
	bool is_uncertain;  /* plan time: it will run, so what it makes is not known */
	bool skipped_by_if; /* SKIPPED, but not because of a failure */
	uint8_t door;	    /* of a group: run/door_impl.h */
	uint32_t shut_by;   /* the node for whose failure it is shut, or WF_NONE */
	bool is_mending;    /* it has failed, and `error` in its own texts tells of that */
	bool is_unmoved;    /* run/unmoved.c: nothing moved since the last run, nor above it */
	int exit_code;
	uint32_t attempts;
	uint64_t duration_ms;
	const char *stdout_tail;	    /* or NULL */
	const struct step_failure *failure; /* run/failure.c; NULL: it has not failed */
	size_t n_outputs;
	const struct entry *outputs;
	struct stepout values;
	/* As the how manieth node of the run it handed values on; 0: it did not. */
	uint64_t handed_on;
};

struct session {
	struct arena arena;
	struct repo repo;
	const struct repo *user; /* whose HEAD and branch count: `repo`, or of session_open_in() */
	struct layout layout;
	struct env env; /* the caller's, less git's repository variables and GIT_WF_* */

	const struct workflow *wf;
	const char *wf_path;	 /* of the file, relative to the root or absolute */
	struct file_id wf_file;	 /* before it was read */
	struct diags diags;	 /* of that file */
	char *wf_text;		 /* its bytes, for diags */
	struct diags gate_diags; /* of the file of session_add_gates() */
	char *gate_text;
	const struct trigger *trigger; /* what started it; NULL: a person */
	const char *group;	/* run/turn_name.c: of `concurrency`, with its values; or NULL */
	const char *platform;	/* once asked: "Linux x86_64" */
	struct strbuf document; /* run/document.c: parsed, to be kept */
	struct param_set params;
	VEC(struct included *) included;	/* run/include.c: files that its steps use */
	VEC(struct unit_params **) unit_params; /* run/with.c: by instance, by unit */

	struct statcache *stat;
	struct cache *cache;
	struct git_files *files;
	struct scope *scope;
	struct listing *listing;

	struct plan *plan;
	VEC(struct node_result) results; /* by node index */
	const char *run_id;		 /* once there is one */
	VEC(struct digest) bound;	 /* fingerprints of records that count in this run only */
	struct bitset stdout_readers;	 /* by step: an expression reads its stdout */
	struct strmap inside;		 /* run/inside.c: folders that are in the worktree */
	const char *const *secrets;	 /* run/secrets.c; once has_secrets */
	size_t n_secrets;
	bool has_secrets;
	struct strmap fetched; /* run/secret_fetch.c: name → value */
	/* The settings of all layers, for those that few runs need; NULL: there are none. */
	int (*settings)(const struct session *session, struct config *config, struct err *err);
	const char *agent_command; /* of the user's settings; NULL: none */
	bool is_private;	   /* --no-cache: results count in this run only */
	bool is_isolated;	   /* the worktree goes when the run ends, or this part of it */

	struct planfile_builder *basis;	 /* the facts this session rests on; NULL: not gathered */
	struct planfile *planfile;	 /* of the last run: what of it still holds; or NULL */
	uint64_t planfile_ms;		 /* monotonic: when that was looked at */
	int64_t basis_clock_ns;		 /* the file system's, before the first of them was read */
	bool is_volatile;		 /* something was read that no planfile can hold */
	struct answers *answers;	 /* run/answers.c; NULL: nobody was asked before */
	struct by_hand *by_hand;	 /* run/by_hand.c; NULL: no word of a person */
	uint64_t n_handed_on;		 /* nodes that handed values on, so far */
	size_t n_failures;		 /* so far */
	struct metrics *metrics;	 /* run/metrics.c; NULL: nobody has asked */
	uint64_t begun_ms;		 /* monotonic: this part of the run; 0: none runs */
	uint64_t past_ms;		 /* at work before that */
	const struct run_ending *ending; /* run/notifying.c: how it ends, when it does; or NULL */
	struct run_state *final_state;	 /* of the last engine_run(), or NULL */
};

int session_open(struct session *session, struct err *err);
/* In a copy of the user's files that stands elsewhere: steps run there, what is kept of runs stays where
 * the user's are, HEAD and branch are the user's. Both repositories must outlive the session. */
int session_open_in(struct session *session, const struct repo *repo, const struct repo *user,
		    const char *runs_dir, struct err *err);
/* What started it, before the plan is made: borrowed. Such a run waits for its turn. */
void session_set_trigger(struct session *session, const struct trigger *trigger);
void session_close(struct session *session);

/* The files of the workflow and their mistakes: its own first, then those that its steps use. */
size_t session_n_files(const struct session *session);
struct diags *session_diags(struct session *session, size_t i);
bool session_is_prompt(const struct session *session, size_t i); /* not a workflow */
size_t session_n_errors(struct session *session);

/* ID, or a path where the word holds '/' or ends in .yml, .yaml, .json. Mistakes of the file: -1 with
 * session_n_errors() > 0 and err unset; no such workflow: ERR_NOT_FOUND with the nearest. */
int session_load(struct session *session, const char *word, struct err *err);
/* After it, before session_plan(): steps of the file itself wait for each other by what they say, and not
 * because they are listed in this order. */
void session_lift_order(struct session *session);
/* After it, before session_plan(): the gates of a file as well, named from where the caller stands.
 * Mistakes in it: -1 with session->gate_diags.n_errors > 0 and err unset. */
int session_add_gates(struct session *session, const char *file, struct err *err);
/* What names of a document in the dialect mean in this worktree. Borrows the session. */
struct dialect_world session_world(const struct session *session);
/* Where `word` leads, without reading it: a path in the arena, relative to the root if it is below. */
int session_find_workflow(struct session *session, const char *word, const char **path,
			  const char **id, struct err *err);
/* Ids and paths of every workflow of the repository, sorted. */
struct workflow_file {
	const char *id, *path;
};
int session_list_workflows(struct session *session, const struct workflow_file **files, size_t *n,
			   struct err *err);

/* name=text; then session_finish_params() fills in GIT_WF_PARAM_<NAME> and defaults. */
int session_set_param(struct session *session, const char *name, const char *text, struct err *err);
int session_finish_params(struct session *session, struct err *err);
/* "GIT_WF_PARAM_<NAME>" */
const char *session_param_variable(struct session *session, const char *param);

/* Harmless if they are open. */
int session_open_caches(struct session *session, struct err *err);
/* Before session_load(): what planning asks of the caches is read while the document is. What cannot be
 * opened is session_plan()'s to tell. */
void session_look_ahead(struct session *session);
/* Opens the caches and builds the plan. */
int session_plan(struct session *session, const struct selection *selection, struct err *err);

struct node_result *session_result(struct session *session, uint32_t node);
/* Room for results of nodes that were appended to the plan. */
void session_grow(struct session *session);

#endif
