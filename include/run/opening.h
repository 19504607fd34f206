/*
 * Something is shown to a person: a page in the browser, files in the editor. Without a terminal nothing
 * is started; what would have been opened is said.
 */
#ifndef RUN_OPENING_H
#define RUN_OPENING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "model/config.h"
#include "run/session.h"

/* What has been opened, or would be, is said in `out`. -1: nothing could show it. */
int opening_page(struct session *session, const char *url, bool has_terminal, struct strbuf *out,
		 struct err *err);
/* Paths relative to the root. */
int opening_files(struct session *session, const struct config *config, const char *const *paths,
		  size_t n, bool has_terminal, struct strbuf *out, struct err *err);
/* Those that differ from HEAD, or are new and not ignored, and match one of the globs; sorted. */
int opening_changed(struct session *session, const char *const *globs, size_t n_globs,
		    const char ***paths, size_t *n, struct err *err);

#endif
