/*
 * git-wf--database: migrations first, then what is to be run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "database_impl.h"
#include "step/helper.h"
#include "sys/fs.h"

#define REQUEST_MAX ((size_t)64 << 20)

struct task {
	const char *folder; /* of migrations, or NULL */
	bool is_atomic;
	struct strbuf request;
	const char *sql; /* in the request; "" for nothing */
	struct migrations files, pending;
	size_t rows, applied;
};

static int read_words(struct task *task, char **words, struct err *err)
{
	for (; *words; words++) {
		if (strncmp(*words, "migrations=", 11) == 0)
			task->folder = *words + 11;
		else if (strcmp(*words, "atomic") == 0)
			task->is_atomic = true;
		else
			return err_set(err, ERR_USAGE, "'%.60s' is no word of a database", *words);
	}
	return 0;
}

/* The URL, a new line, the SQL. */
static int read_request(struct task *task, struct err *err)
{
	char *newline;

	if (fs_read_fd(STDIN_FILENO, REQUEST_MAX, &task->request, err) < 0)
		return -1;
	newline = strchr(strbuf_str(&task->request), '\n');
	if (!newline)
		return err_set(err, ERR_USAGE, "only a step of a run asks for databases");
	*newline = '\0';
	task->sql = newline + 1;
	return 0;
}

static int plan(struct task *task, struct client *client, const char *root, struct err *err)
{
	const char *folder = arena_join(&client->arena, root, "/", task->folder);

	if (files_read(&task->files, folder, &client->arena, err) < 0 ||
	    files_check(&task->files, client->dialect, err) < 0)
		return -1;
	return migrate_plan(client, &task->files, &task->pending, err);
}

/* All of it as one transaction. */
static int run_at_once(struct task *task, struct client *client, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf sql = STRBUF_INIT;
	int rc;

	for (size_t i = 0; i < task->pending.list.n; i++) {
		fprintf(stderr, "migration %s\n", task->pending.list.v[i].name);
		migrate_add(client, &task->pending.list.v[i], &sql);
	}
	strbuf_addstr(&sql, task->sql);
	rc = client_run(client, strbuf_str(&sql), true, NULL, &task->rows, err);
	if (rc == 0)
		task->applied = task->pending.list.n;
	else if (rc > 0)
		fprintf(stderr, "git-wf: database: all of it is taken back\n");
	return rc;
}

static int run_each(struct task *task, struct client *client, struct err *err)
{
	int rc = migrate_each(client, &task->pending, &task->applied, err);

	if (rc == 0 && *task->sql)
		rc = client_run(client, task->sql, false, NULL, &task->rows, err);
	return rc;
}

static int hand_on(const struct task *task, struct arena *arena, struct err *err)
{
	const char *output = getenv("WF_OUTPUT");
	const char *lines = arena_printf(arena, "rows=%zu\napplied=%zu\n", task->rows,
					 task->applied);

	return output ? fs_append_text(output, 0600, lines, strlen(lines), err) : 0;
}

/* The exit status, or -1. */
static int work(struct task *task, struct client *client, char **words, struct err *err)
{
	const char *root = getenv("WF_ROOT");
	int rc;

	if (!root)
		return err_set(err, ERR_USAGE, "only a step of a run asks for databases");
	if (read_words(task, words, err) < 0 || read_request(task, err) < 0 ||
	    client_init(client, strbuf_str(&task->request), root, err) < 0)
		return -1;
	if (task->folder && plan(task, client, root, err) < 0)
		return -1;
	rc = task->is_atomic ? run_at_once(task, client, err) : run_each(task, client, err);
	if (rc == 0 && task->pending.list.n)
		rc = migrate_verify(client, &task->pending, err);
	return rc == 0 ? hand_on(task, &client->arena, err) : rc;
}

int main(int argc UNUSED, char **argv)
{
	struct task task = { .folder = NULL };
	struct client client = { .argv = NULL };
	struct err err = ERR_INIT;
	int rc = work(&task, &client, argv + 1, &err);

	if (rc < 0) {
		fprintf(stderr, "git-wf: database: %s\n", err_msg(&err));
		rc = HELPER_DATABASE_REFUSED;
	}
	vec_release(&task.files.list);
	vec_release(&task.pending.list);
	strbuf_release(&task.request);
	client_release(&client);
	err_release(&err);
	return rc;
}
