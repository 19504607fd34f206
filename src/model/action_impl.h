/*
 * What the rows of action.c have: a function each, in the file that reads the action.
 */
#ifndef MODEL_ACTION_IMPL_H
#define MODEL_ACTION_IMPL_H

#include "model/action.h"

typedef void action_visit_fn(const struct step *step, const struct action_visitor *visitor);

action_visit_fn action_visit_commit, action_visit_container, action_visit_agent, action_visit_http,
	action_visit_database, action_visit_notify, action_visit_open, action_visit_window;

#endif
