/*
 * What the rollback_*.c files share: the notes.
 */
#ifndef RUN_ROLLBACK_IMPL_H
#define RUN_ROLLBACK_IMPL_H

#include "run/rollback.h"

#define PENDING_NOTE "rollback.json"
#define UNDO_NOTE    "undo.json"

/* Below <git dir>/wf/; on the disk when they return. */
int rollback_note_write(const struct session *session, const char *name,
			const struct rollback_note *note, struct err *err);
int rollback_note_remove(const struct session *session, const char *name, struct err *err);
/* 1, 0: it is not there, -1. */
int rollback_note_read(const struct session *session, const char *name, struct arena *arena,
		       struct rollback_note *note, struct err *err);

#endif
