/*
 * After a step passed: what it made is looked at, kept and remembered. After a verdict RESTORE: what it
 * made comes back.
 */
#ifndef RUN_OUTCOME_IMPL_H
#define RUN_OUTCOME_IMPL_H

#include "decide_impl.h"
#include "listing_impl.h"

/* What the step's process left behind for us to read. */
struct outcome_files {
	const char *output_path; /* $WF_OUTPUT, absolute; NULL: it wrote none */
	/* All it printed, absolute; NULL: nothing, or `unwritten: stdout` is not said. */
	const char *printed_path;
	const char *printed_fault; /* why not all of it is there, or NULL */
	bool is_final;		   /* of a failure: the step itself said so, by its exit code */
	int exit_code;
	uint32_t attempts;
	uint64_t duration_ms;
	int64_t ended_ms;	 /* Unix time */
	const char *stdout_tail; /* or NULL */
};

/* What a step has made, until it is remembered or not. */
struct outcome_made {
	struct seen_entries entries;
	struct path_list deps;
};

void outcome_made_release(struct outcome_made *made);

/* A missing declared output, a bad $WF_OUTPUT line, an unreadable depfile: ERR_VALUE, the step failed.
 * The result of the node is filled. */
int outcome_take(struct session *session, const struct node *node, struct judged *judged,
		 const struct outcome_files *files, struct arena *arena, struct outcome_made *made,
		 struct err *err);
/* What a restore is about to replace, and neither the store nor git has, is copied to replaced/PATH in the
 * run's folder. Adds to `kept`. */
struct replaced {
	size_t n;
	const char *first; /* path, in the session's arena */
};
int replaced_keep(struct session *session, const struct judged *judged, struct replaced *kept,
		  struct err *err);
/* Of a try that failed: how long the other side asks to wait, by its $WF_OUTPUT; 0: it does not say. */
uint64_t outcome_retry_after_ms(struct session *session, const struct node *node,
				const char *output_path);
/* What only keeps the result from being remembered (an input changed meanwhile, a full disk) goes to
 * `note` (an arena string) and is no failure. */
void outcome_remember(struct session *session, const struct node *node, struct judged *judged,
		      const struct outcome_files *files, const struct outcome_made *made,
		      struct arena *arena, const char **note);

/* A step that a person finished: what it declares is taken as it is on disk, and remembered in this run
 * only. ERR_VALUE: something is missing. */
int outcome_by_hand(struct session *session, const struct node *node, struct err *err);

/* A failure that `cache: {failures: true}` wants remembered. */
void outcome_failed(struct session *session, const struct node *node, struct judged *judged,
		    const struct outcome_files *files, struct arena *arena, const char **note);

/* Brings the outputs of judged->record back. 1: something was gone after all, the step has to run. */
int outcome_restore(struct session *session, const struct node *node, struct judged *judged,
		    struct err *err);

/* The result of a node that needed no execution, from its record. */
void outcome_use_record(struct session *session, const struct node *node,
			const struct judged *judged);

/* Writes an artifact into this run's folder for a step that reads it, if it is not there yet. */
int outcome_bring_artifact(struct session *session, const struct node *node, const char *name,
			   struct err *err);

#endif
