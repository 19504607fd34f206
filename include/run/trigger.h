/*
 * What started a run, where it was no person: the hook, what git told it, and the files it is about.
 * Given to a session before its plan is made; borrowed until it is closed.
 */
#ifndef RUN_TRIGGER_H
#define RUN_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "model/hook.h"
#include "model/value.h"

struct trigger {
	enum hook_kind hook;
	struct value event;	  /* a map: event.NAME */
	const char *const *files; /* what it is about, as far as the workflow wants it; sorted */
	size_t n_files;
	const char *const *changed; /* every path that differs, deleted ones too: changed() */
	size_t n_changed;
	const char *range;	  /* "A..B", or NULL: git.range */
	const char *message_file; /* absolute, or NULL */
	struct digest identity;	  /* trigger_identify() */
};

/* The digest of all of it but the message, which may change while steps run. */
struct digest trigger_identify(const struct trigger *trigger);

#endif
