/*
 * The parsed document of a large workflow file, kept between runs.
 */
#ifndef RUN_DOCUMENT_IMPL_H
#define RUN_DOCUMENT_IMPL_H

#include "run/session.h"

/* The workflow of session->diags.text; NULL: what is wrong is in session->diags. */
const struct workflow *document_load(struct session *session, const char *id);

/* Keeps the document if it had to be parsed: at the end of a run, for commands that only look write
 * nothing. That it cannot be kept is no matter. */
void document_keep(struct session *session);

#endif
