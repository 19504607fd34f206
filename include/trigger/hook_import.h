/*
 * Workflows from what other hook managers are told: .pre-commit-config.yaml (hooks of the repository
 * itself), lefthook.yml, the scripts of .husky/. Each hook of theirs becomes a workflow of its own, as
 * each has its own files and kinds; what cannot be taken over is said, and nothing is left out silently.
 */
#ifndef TRIGGER_HOOK_IMPORT_H
#define TRIGGER_HOOK_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum import_word {
	IMPORT_WROTE, /* `what`: a path below .workflows/; `why`: what it came from */
	IMPORT_LEFT,  /* `what` of the source was not taken over: `why` */
};

typedef void import_tell_fn(void *data, enum import_word word, const char *what, const char *why);

/* `source`: a file or folder from the top, or NULL: each that is there. *n_written: workflows; none of
 * those that are there is replaced. ERR_USAGE: there is nothing to import, or it cannot be read. */
int hook_import(int root_fd, const char *source, struct arena *arena, import_tell_fn *tell,
		void *data, size_t *n_written, struct err *err);

#endif
