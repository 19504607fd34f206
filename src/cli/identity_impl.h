/*
 * Who is at the keyboard.
 */
#ifndef CLI_IDENTITY_IMPL_H
#define CLI_IDENTITY_IMPL_H

#include "base/arena.h"
#include "run/session.h"

/* "Ann <ann@example.org>" as git knows the user, else the name of the account. */
const char *identity_of_user(const struct session *session, struct arena *arena);

#endif
