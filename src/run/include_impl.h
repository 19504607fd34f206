/*
 * Workflows that the session's workflow uses: their files, and the values of their parameters.
 */
#ifndef RUN_INCLUDE_IMPL_H
#define RUN_INCLUDE_IMPL_H

#include "run/session.h"

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
