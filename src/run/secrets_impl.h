/*
 * The values that stand in no file: secret parameters, the environment variables that a step lists in
 * `secrets`, answers to secret questions, and what the user's programs print for `secret.NAME`. They are
 * known in the forms that programs give them (secret_forms.c).
 */
#ifndef RUN_SECRETS_IMPL_H
#define RUN_SECRETS_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#include "plan/facts.h"
#include "run/session.h"

/* In all their forms, the longest first, none empty; in the session's arena, computed once. */
const char *const *secrets_of(struct session *session, size_t *n);
/* One more, which was not known from the start: typed, or handed over. Whoever keeps what secrets_of() gave
 * asks again. */
void secrets_add(struct session *session, const char *value);
/* Does one stand in it? */
bool secrets_hold(struct session *session, const char *text);
/* The text with *** in the place of each; itself where there is none. */
const char *secrets_mask(struct session *session, struct arena *arena, const char *text);
/* What stands for a text with a secret in it: "secret:" and its keyed digest. */
const char *secrets_keyed(struct session *session, struct arena *arena, const char *text);
/* Every text of the facts that holds a secret becomes its keyed digest. */
void secrets_hide(struct session *session, struct arena *arena, struct facts *facts);

/* `secret.NAME`: by the program of the user's [secret "NAME"], started when it is first asked for, once
 * a session. Known to all of the above before this returns. */
int secret_fetch(struct session *session, const char *name, const char **value, struct err *err);

/* Calls fn with each form of the value, which is the first. */
typedef void secret_form_fn(void *data, const char *form);
void secret_forms(struct arena *arena, const char *value, secret_form_fn *fn, void *data);

#endif
