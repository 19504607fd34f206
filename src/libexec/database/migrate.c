/*
 * The table of what was made, and making the rest.
 */
#include <stdio.h>
#include <string.h>

#include "base/compat.h"
#include "database_impl.h"

#define TABLE "wf_migrations"

static const char create[] = "CREATE TABLE IF NOT EXISTS " TABLE
			     " (name VARCHAR(255) NOT NULL PRIMARY KEY, digest CHAR(64) NOT NULL, "
			     "applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);";

static const char *quiet(const struct client *client)
{
	return client->dialect == SQL_POSTGRES ? "SET client_min_messages = warning; " : "";
}

static const struct migration *find(const struct migrations *in, const char *name)
{
	for (size_t i = 0; i < in->list.n; i++)
		if (strcmp(in->list.v[i].name, name) == 0)
			return &in->list.v[i];
	return NULL;
}

/* "name,digest" a line; mysql has a tab there. */
static int parse_rows(struct client *client, char *at, struct migrations *rows, struct err *err)
{
	while (*at) {
		char *end = strpbrk(at, "\r\n"), *comma;
		struct migration row = { 0 };

		if (end)
			*end = '\0';
		comma = strpbrk(at, ",\t");
		if (comma) {
			*comma = '\0';
			row.name = arena_strdup(&client->arena, at);
			row.digest = arena_strdup(&client->arena, comma + 1);
			vec_push(&rows->list, row);
		} else if (*at) {
			return err_set(err, ERR_INVALID, "table " TABLE " is not one of ours");
		}
		at = end ? end + 1 : at + strlen(at);
	}
	return 0;
}

static int read_table(struct client *client, bool makes_it, struct migrations *rows,
		      struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf sql = STRBUF_INIT;
	size_t n;
	int rc;

	strbuf_addf(&sql, "%s%s SELECT name, digest FROM " TABLE " ORDER BY name;", quiet(client),
		    makes_it ? create : "");
	rc = client_run(client, sql.buf, false, &out, &n, err);
	if (rc > 0)
		return err_set(err, ERR_SYSTEM, "cannot read table " TABLE ": exit status %d", rc);
	return rc < 0 || !out.len ? rc : parse_rows(client, out.buf, rows, err);
}

/* ---- Do they fit? ---- */

static int check_made(const struct migrations *made, const struct migrations *files,
		      struct err *err)
{
	for (size_t i = 0; i < made->list.n; i++) {
		const struct migration *row = &made->list.v[i], *file = find(files, row->name);

		if (!file)
			return err_set(err, ERR_INVALID,
				       "'%s' was made, and its file is gone: bring it back",
				       row->name);
		if (strcmp(file->digest, row->digest) != 0)
			return err_set(
				err, ERR_INVALID,
				"'%s' was made, and its file has changed since: put it back, "
				"and write another migration",
				row->name);
	}
	return 0;
}

int migrate_plan(struct client *client, const struct migrations *files, struct migrations *pending,
		 struct err *err)
{
	struct migrations made = { 0 };
	int rc = read_table(client, true, &made, err);

	if (rc == 0)
		rc = check_made(&made, files, err);
	for (size_t i = 0; rc == 0 && i < files->list.n; i++) {
		const struct migration *file = &files->list.v[i];

		if (!find(&made, file->name))
			vec_push(&pending->list, *file);
		else if (pending->list.n)
			rc = err_set(err, ERR_INVALID,
				     "'%s' comes before '%s', which was made already: give it a "
				     "number behind that",
				     vec_last(&pending->list)->name, file->name);
	}
	vec_release(&made.list);
	return rc;
}

int migrate_verify(struct client *client, const struct migrations *pending, struct err *err)
{
	struct migrations made = { 0 };
	int rc = read_table(client, false, &made, err);

	for (size_t i = 0; rc == 0 && i < pending->list.n; i++) {
		const struct migration *row = find(&made, pending->list.v[i].name);

		if (!row || strcmp(row->digest, pending->list.v[i].digest) != 0)
			rc = err_set(err, ERR_INVALID, "'%s' did not come to its end",
				     pending->list.v[i].name);
	}
	vec_release(&made.list);
	return rc;
}

/* ---- Making them ---- */

void migrate_add(const struct client *client, const struct migration *migration, struct strbuf *sql)
{
	/* Two at once: one waits here, and then finds the row. */
	if (client->dialect == SQL_POSTGRES)
		strbuf_addstr(sql, "LOCK TABLE " TABLE " IN EXCLUSIVE MODE; ");
	strbuf_add(sql, migration->text, migration->len);
	strbuf_addstr(sql, "\n;\nINSERT INTO " TABLE " (name, digest) VALUES (");
	client_add_name(sql, migration->name);
	strbuf_addstr(sql, ", ");
	client_add_name(sql, migration->digest);
	strbuf_addstr(sql, ");\n");
}

int migrate_each(struct client *client, const struct migrations *pending, size_t *applied,
		 struct err *err)
{
	for (size_t i = 0; i < pending->list.n; i++) {
		CLEANUP(strbuf_release)
		struct strbuf sql = STRBUF_INIT;
		size_t n;
		int rc;

		fprintf(stderr, "migration %s\n", pending->list.v[i].name);
		migrate_add(client, &pending->list.v[i], &sql);
		rc = client_run(client, sql.buf, true, NULL, &n, err);
		if (rc > 0)
			fprintf(stderr, "git-wf: migration %s failed, and is taken back\n",
				pending->list.v[i].name);
		if (rc != 0)
			return rc;
		++*applied;
	}
	return 0;
}
