/*
 * The checks of `git wf doctor`, each of which tells what it found.
 */
#ifndef CLI_DOCTOR_IMPL_H
#define CLI_DOCTOR_IMPL_H

#include "base/jsonw.h"
#include "cli/command.h"
#include "run/session.h"

enum doctor_health { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
	struct cli *cli;
	struct session *session;
	struct jsonw *json; /* NULL: text */
	unsigned n_failed;
};

/* `remedy` is shown unless all is well; it may be NULL then. */
void doctor_tell(struct doctor *doctor, enum doctor_health health, const char *what,
		 const char *remedy, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* All of them, in order. */
void doctor_check_all(struct doctor *doctor);
/* doctor_remotes.c */
void doctor_check_remotes(struct doctor *doctor);
/* doctor_hooks.c */
void doctor_check_hooks(struct doctor *doctor);

#endif
