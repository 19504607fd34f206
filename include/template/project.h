/*
 * How a project is built, tested and so on, by the files that lie in it. Nothing is run to find out.
 */
#ifndef TEMPLATE_PROJECT_H
#define TEMPLATE_PROJECT_H

#include "base/arena.h"
#include "base/err.h"

enum project_task {
	PROJECT_DEPS,	/* fetches what it is built from */
	PROJECT_BUILD,	/* builds it, or checks that it could be */
	PROJECT_TEST,	/* its tests */
	PROJECT_LINT,	/* looks at the sources, changes nothing */
	PROJECT_FORMAT, /* forms the sources anew */
	PROJECT_BENCH,	/* prints figures */
	PROJECT_AUDIT,	/* asks whether a dependency is known to be unsafe */
	PROJECT_SERVE,	/* runs it until it is ended */
	PROJECT_TASKS
};

struct project {
	const char *commands[PROJECT_TASKS]; /* for sh; NULL: none is known */
	const char *files[PROJECT_TASKS];    /* the file that told, as "Cargo.toml" */
};

/* "build"; -1: no such task. */
int project_find_task(const char *word, size_t len, enum project_task *task);
const char *project_task_name(enum project_task task);

/* Looks at folder `dir` ("." for the top) below root_fd. A file that cannot be understood tells nothing. */
int project_look(int root_fd, const char *dir, struct arena *arena, struct project *project,
		 struct err *err);

/* The first folder there is of those that are usual for `part` ("frontend", "backend"), or NULL. */
const char *project_find_part(int root_fd, const char *part, size_t len);

#endif
