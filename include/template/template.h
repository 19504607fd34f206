/*
 * Templates: workflow files to begin with. They lie in .workflows/templates of the repository, then in
 * share/git-wf/templates beside the program; the nearer one of a name counts. A template is
 *
 *	NAME.yml                a workflow, or
 *	NAME/workflow.yml       one with what belongs to it:
 *	NAME/agents/X.md        prompts, for .workflows/agents
 *	NAME/actions/X          programs, for .workflows/actions
 */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "template/fill.h"

struct template
{
	const char *name;
	bool is_own;	  /* of the repository */
	int dirfd;	  /* borrowed, or AT_FDCWD; the paths below are relative to it */
	const char *path; /* of the workflow */
	const char *dir;  /* of what belongs to it, or NULL */
};

struct template_list {
	VEC(struct template) list; /* by name */
};

void template_list_release(struct template_list *templates);

/* All of them. What is in `templates` lives in the arena. */
int template_find_all(int root_fd, struct arena *arena, struct template_list *templates,
		      struct err *err);
/* That one, also by an older name ("ci-cd"). ERR_NOT_FOUND with the nearest, or with all. */
int template_find(int root_fd, const char *name, struct arena *arena, struct template *template,
		  struct err *err);
int template_read(const struct template *template, struct strbuf *text, struct err *err);

/* ---- write.c ---- */

struct template_value { /* --NAME VALUE; VALUE NULL: a bool that is meant to be true */
	const char *name, *value;
};

struct template_request {
	int root_fd;
	const struct template *template;
	const char *id, *path; /* of the workflow that is written; path relative to the root */
	const struct template_value *values;
	size_t n_values;
};

struct template_result {
	struct fill fill;
	struct strbuf text; /* of the workflow */
	struct diags diags; /* its mistakes: then nothing was written */
	const struct workflow *wf;
	VEC(const char *) wrote, kept; /* paths; kept: was there already as another, and stays */
};

void template_result_release(struct template_result *result);

/* Writes the workflow, and what belongs to it and is not there yet. A workflow of that id or path that is
 * there: ERR_USAGE. Mistakes in what would be written: -1 with result->diags, err unset. After a failure
 * nothing of it is left. */
int template_write(const struct template_request *request, struct arena *arena,
		   struct template_result *result, struct err *err);
/* Takes back what template_write() wrote. */
void template_take_back(const struct template_request *request,
			const struct template_result *result);

#endif
