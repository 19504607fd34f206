/*
 * What the parts of run/ share of a session.
 */
#ifndef RUN_SESSION_IMPL_H
#define RUN_SESSION_IMPL_H

#include "plan/plan.h"
#include "run/session.h"

/* The answers plan_build() and plan_expand() get. */
struct plan_host session_host(struct session *session);

#endif
