/*
 * The values that stand in no file: secret parameters, and the environment variables that a step
 * lists in `secrets`.
 */
#ifndef RUN_SECRETS_IMPL_H
#define RUN_SECRETS_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/facts.h"
#include "run/session.h"

/* The longest first, none empty; in the session's arena, computed once. */
const char *const *secrets_of(struct session *session, size_t *n);
/* One more, which was not known from the start: typed, or handed over. Whoever keeps what secrets_of() gave asks again. */
void secrets_add(struct session *session, const char *value);
/* Does one stand in it? */
bool secrets_hold(struct session *session, const char *text);
/* What stands for a text with a secret in it: "secret:" and its keyed digest. */
const char *secrets_keyed(struct session *session, struct arena *arena, const char *text);
/* Every text of the facts that holds a secret becomes its keyed digest. */
void secrets_hide(struct session *session, struct arena *arena, struct facts *facts);

#endif
