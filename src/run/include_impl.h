/*
 * Files that the session's workflow needs besides its own: workflows that it uses, with the values of their
 * parameters, and prompts.
 */
#ifndef RUN_INCLUDE_IMPL_H
#define RUN_INCLUDE_IMPL_H

#include "run/session.h"

struct included { /* once for all that need it */
	const char *path;
	struct file_id file; /* before it was read */
	char *text;	     /* with a NUL behind it */
	struct diags diags;
	bool is_prompt;
	const struct workflow *wf; /* NULL: it is none, or cannot be used */
};

/* NULL: it was not read yet. */
struct included *include_find(struct session *session, const char *path);
/* `path` stays. NULL with err. */
struct included *include_read(struct session *session, const char *path, size_t max_bytes,
			      struct err *err);

/* Puts what is used into session->wf. -1: what is wrong is in the diags of the files. */
int include_splice(struct session *session);
void include_release(struct session *session);
/* The files, as they were when they were read. */
void include_add_basis(struct session *session);

/* ---- with.c ---- */

/* Every value that needs no result of a step is computed and checked; a wrong one goes to the diags
 * of the file where it is given: -1. */
int with_check(struct session *session);
/* The parameter of a file that is used. ERR_VALUE, ERR_USAGE: there is none, or it is wrong. */
int with_get(struct session *session, const struct instance *at, const struct unit *unit,
	     const char *name, const struct param_value **value, struct err *err);
/* The instance that decides about the unit's values, for one who asks in `at`; NULL: they are the same
 * everywhere. */
const struct instance *with_home(const struct workflow *wf, const struct instance *at,
				 const struct unit *unit);

#endif
