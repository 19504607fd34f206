/*
 * Gathers the facts of one node as it is about to be judged: the command with its values, its inputs,
 * tools and what its upstream made. The only I/O is lstat, and reading what the stat table does not
 * know.
 */
#ifndef RUN_FACTS_IMPL_H
#define RUN_FACTS_IMPL_H

#include "base/strbuf.h"
#include "entries_impl.h"
#include "listing_impl.h"
#include "plan/facts.h"
#include "run/session.h"
#include "step/command.h"

struct gathered {
	struct command command;
	struct facts facts;
	struct seen_entries inputs; /* declared ones, sorted */
	struct seen_entries tools;
	struct seen_entries deps;  /* from the depfile of last time */
	struct digest fingerprint; /* of material */
	struct digest base;	   /* the same without deps: under it the list of deps is kept */
	struct strbuf material;
	bool is_bound;	  /* the run is in it: what comes of it counts in this run only */
	bool has_deps;	  /* a list of deps was known */
	int64_t clock_ns; /* with a depfile: of the file system, before the step was started */
	const char *changed_dep; /* one that is not as the step may have read it, or NULL */
};

/* Everything is allocated in `arena`, the material apart. -1: a value cannot be used (ERR_VALUE) or the
 * disk cannot be read. */
int facts_gather(struct session *session, const struct node *node, struct arena *arena,
		 struct gathered *out, struct err *err);
void facts_release(struct gathered *gathered);

/* After the step: inputs that the step itself writes are read again, and so are deps. Then the
 * material and fingerprints are made anew. `deps`: paths from the depfile just written, or NULL. */
int facts_refresh(struct session *session, const struct node *node, const struct path_list *deps,
		  struct arena *arena, struct gathered *gathered, struct err *err);

/* 1 if no input, tool or dep changed while the step ran (what it writes itself aside), else 0; *path:
 * which. Deps are known after facts_refresh() only. */
int facts_inputs_held(struct session *session, const struct node *node,
		      const struct gathered *gathered, const char **path, struct err *err);

/* Does the node write this path itself? */
bool facts_is_own_output(const struct node *node, const char *path);

/* Among its outputs? */
bool facts_is_declared_output(const struct node *node, const char *path);

/* ---- inputs.c ---- */

/* Declared inputs with their patterns resolved, sorted, no doubles. */
int inputs_gather(struct session *session, const struct node *node, struct arena *arena,
		  struct seen_entries *inputs, struct err *err);
/* The programs of `tools`, found on PATH, links resolved. */
int inputs_gather_tools(struct session *session, struct arena *arena, struct gathered *out,
			struct err *err);

/* Under which the list of deps is remembered. */
const char *facts_deps_step(struct arena *arena, const struct node *node);

#endif
