/*
 * git-wf--database: what a step with `database` starts. It hands SQL to sqlite3, psql or mysql, and keeps
 * the table of the migrations that were made.
 */
#ifndef LIBEXEC_DATABASE_DATABASE_IMPL_H
#define LIBEXEC_DATABASE_DATABASE_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sqllex.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "sys/env.h"

struct client {
	struct arena arena;
	enum sql_dialect dialect;
	const char *const *argv; /* NULL-terminated */
	struct env env;
	const char *prologue; /* SQL before all else; no new line in it, so that lines stay */
};

/* One file of the folder, or one row of the table. */
struct migration {
	const char *name;
	unsigned long long number;
	const char *digest; /* SHA-256, in hexadecimal */
	const char *text;   /* of a file */
	size_t len;
};

struct migrations {
	VEC(struct migration) list; /* in order */
};

/* The client's command line and environment. The URL is not shown in a message. */
int client_init(struct client *client, const char *url, const char *root, struct err *err);
void client_release(struct client *client);
/* Has the text done, as one transaction where `atomic` says so. Rows go to `rows` or, NULL, to standard
 * output; *n counts them. The exit status, or -1. */
int client_run(struct client *client, const char *sql, bool atomic, struct strbuf *rows, size_t *n,
	       struct err *err);
/* Appends a literal of the text, which has no quote and no backslash in it. */
void client_add_name(struct strbuf *sql, const char *name);

/* The files NUMBER_name.sql of the folder. -1: one is not as it must be. */
int files_read(struct migrations *files, const char *folder, struct arena *arena, struct err *err);

/* Is each of them one transaction, as the client will read it? */
int files_check(const struct migrations *files, enum sql_dialect dialect, struct err *err);

/* Those that are to be made, in order; the files must fit what was made before. */
int migrate_plan(struct client *client, const struct migrations *files, struct migrations *pending,
		 struct err *err);
/* The SQL of one of them: its text, and its row. */
void migrate_add(const struct client *client, const struct migration *migration,
		 struct strbuf *sql);
/* One transaction each. The exit status, or -1. *applied counts them. */
int migrate_each(struct client *client, const struct migrations *pending, size_t *applied,
		 struct err *err);
/* Is each of them in the table now? A text that is not closed may have swallowed what came after it. */
int migrate_verify(struct client *client, const struct migrations *pending, struct err *err);

#endif
