/*
 * One call of the client: its SQL from a file without a name, its rows counted on their way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "database_impl.h"
#include "sys/fs.h"
#include "sys/spawn.h"

/* CSV: a new line within quotes ends no row. mysql writes "\n" for those. */
struct counter {
	bool is_csv, is_quoted, is_in_row;
	size_t n;
};

static void count(struct counter *counter, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' && counter->is_csv)
			counter->is_quoted = !counter->is_quoted;
		counter->is_in_row = data[i] != '\n' || counter->is_quoted;
		counter->n += !counter->is_in_row;
	}
}

static int pass_on(int fd, struct strbuf *rows, struct counter *counter, struct err *err)
{
	char data[16384];

	for (;;) {
		ssize_t n = read(fd, data, sizeof data);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read what the client says");
		if (n == 0)
			break;
		count(counter, data, (size_t)n);
		if (rows)
			strbuf_add(rows, data, (size_t)n);
		else if (fs_write_all(STDOUT_FILENO, data, (size_t)n, err) < 0)
			return -1;
	}
	counter->n += counter->is_in_row;
	return 0;
}

static int call(struct client *client, int in, struct strbuf *rows, struct counter *counter,
		struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int fds[2], rc, status;
	pid_t pid;

	if (spawn_pipe(fds, err) < 0)
		return -1;
	request.argv = client->argv;
	request.envp = env_block(&client->env);
	request.stdin_fd = in;
	request.stdout_fd = fds[1];
	request.stderr_fd = STDERR_FILENO;
	rc = spawn_start(&request, &pid, err);
	close(fds[1]);
	if (rc == 0)
		rc = pass_on(fds[0], rows, counter, err);
	close(fds[0]);
	return rc < 0 || spawn_wait(pid, &status, err) < 0 ? -1 : spawn_exit_code(status);
}

static const char *const begins[] = {
	[SQL_SQLITE] = "BEGIN IMMEDIATE; ",
	[SQL_POSTGRES] = "BEGIN; ",
	[SQL_MYSQL] = "START TRANSACTION; ",
};

int client_run(struct client *client, const char *sql, bool atomic, struct strbuf *rows, size_t *n,
	       struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct counter counter = { .is_csv = client->dialect != SQL_MYSQL };
	int in, rc;

	/* On one line before it: the lines in messages stay its own. */
	strbuf_addf(&text, "%s%s%s", client->prologue, atomic ? begins[client->dialect] : "", sql);
	strbuf_addstr(&text, atomic ? "\n;\nCOMMIT;\n" : "\n;\n");
	in = fs_open_text(text.buf, text.len);
	if (in < 0)
		return err_errno(err, "cannot hold the SQL");
	rc = call(client, in, rows, &counter, err);
	close(in);
	*n = counter.n;
	return rc;
}

void client_add_name(struct strbuf *sql, const char *name)
{
	if (strpbrk(name, "'\\"))
		BUG("'%s' is no plain name", name);
	strbuf_addf(sql, "'%s'", name);
}
