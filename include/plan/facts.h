/*
 * Everything about one step that its result may depend on, gathered outside (run/facts.c) when the
 * step is ready; const afterwards.
 */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "plan/record.h"

struct fact_pair {
	const char *name;
	const char *value; /* NULL: unset. A secret's value is its keyed digest. */
};

struct fact_list {
	size_t n;
	const char **v;
};

struct fact_pairs {
	size_t n;
	struct fact_pair *v;
};

struct fact_entries {
	size_t n;
	struct entry *v; /* sorted by path, no doubles */
};

struct facts {
	const char *action;	/* "shell", "exec" */
	struct fact_list argv;	/* in order; for a shell: its words, then the script as rendered */
	const char *dir;	/* "" for the root */
	const char *stdin_text; /* or NULL */
	struct fact_pairs env;	/* declared env, pass_env, PATH */
	struct fact_pairs values; /* every value that ${…} put in: "__wf_1", "params.issue", … */
	struct fact_list globs;	  /* input patterns as text, with '!' */
	struct fact_entries inputs;
	struct fact_entries tools;
	struct fact_pairs upstream; /* step → digest of its output tree (hex) */
	struct fact_list outputs;   /* declared, as text */
	const char *platform;	    /* "linux x86_64" */
	const char *depfile;	    /* declared, or NULL */
	struct fact_entries deps;   /* what the depfile named; lines "dep PATH KIND DIGEST", last */
};

#endif
