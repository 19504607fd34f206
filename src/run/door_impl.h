/*
 * Whether what is in a group may run: its `if`, and what it needs. Asked once, when the first of its
 * steps is judged; the answer then counts for all of them.
 */
#ifndef RUN_DOOR_IMPL_H
#define RUN_DOOR_IMPL_H

#include "run/session.h"

enum door { DOOR_UNKNOWN, DOOR_OPEN, DOOR_SHUT };

struct door_answer {
	bool is_open;
	struct reason reason; /* of one that is shut */
	uint32_t shut_by;     /* the node for whose failure, or WF_NONE */
};

/* Of all groups around a node, the outermost first; what they wait for is done. -1: an `if` cannot be
 * evaluated. */
int door_ask(struct session *session, const struct node *node, struct door_answer *answer,
	     struct err *err);

#endif
