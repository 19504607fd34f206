/*
 * What changed since a repository was trusted, as text and as JSON.
 */
#ifndef CLI_TRUST_DIFF_IMPL_H
#define CLI_TRUST_DIFF_IMPL_H

#include "cli/command.h"
#include "run/session.h"
#include "store/trust.h"
#include "views_impl.h"

/* A unified diff of every file that changed, made by git. */
int trust_diff_text(struct cli *cli, const struct session *session,
		    const struct trust_answer *answer, struct err *err);
/* {"trigger":…,"state":…,"changes":[{"path":…,"change":"new"},…]} */
void trust_diff_json(struct jsonw *w, enum trust_trigger trigger,
		     const struct trust_answer *answer);

#endif
