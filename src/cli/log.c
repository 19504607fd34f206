/*
 * See log_impl.h.
 */
#include "log_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "sys/fs.h"

static bool parse_name(struct arena *arena, const char *name, struct log_file *file)
{
	const char *dash = strchr(name, '-'), *end = strrchr(name, '.'), *dot = end;
	char *rest;

	if (!dash || !end || strcmp(end, ".log") != 0)
		return false;
	while (dot > dash && *--dot != '.')
		;
	if (dot <= dash)
		return false;
	file->name = arena_strdup(arena, name);
	file->node = strtoul(name, &rest, 10);
	file->attempt = strtoul(dot + 1, NULL, 10);
	file->step = arena_strndup(arena, dash + 1, (size_t)(dot - dash - 1));
	file->shown = 0;
	return rest == dash;
}

/* Does this word of the command line name that file's step: itself, or the foreach that it is of? */
static bool is_step(const char *in_name, const char *word)
{
	size_t i;

	for (i = 0; word[i] && i < 100; i++) {
		bool is_plain = (word[i] >= 'a' && word[i] <= 'z') ||
				(word[i] >= 'A' && word[i] <= 'Z') ||
				(word[i] >= '0' && word[i] <= '9') || strchr("_-.", word[i]);

		if (in_name[i] != (is_plain ? word[i] : '_'))
			return false;
	}
	return !in_name[i];
}

static bool is_item_of(const struct run_state *state, const char *in_name, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < state->steps.n; i++) {
		const char *id = state->steps.v[i]->id;

		if (!strncmp(id, word, len) && id[len] == '[' && is_step(in_name, id))
			return true;
	}
	return false;
}

static int compare_files(const void *a, const void *b)
{
	const struct log_file *fa = a, *fb = b;

	if (fa->node != fb->node)
		return fa->node < fb->node ? -1 : 1;
	return fa->attempt < fb->attempt ? -1 : fa->attempt > fb->attempt;
}

static bool is_known(const struct log_view *view, const char *name)
{
	for (size_t i = 0; i < view->files.n; i++) {
		if (!strcmp(view->files.v[i].name, name))
			return true;
	}
	return false;
}

static int find_files(struct log_view *view, const struct run_state *state, struct err *err)
{
	struct fs_dir dir = { 0 };
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, view->dir_fd, ".", err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		struct log_file file;

		if (is_known(view, entry.name) || !parse_name(&view->cli->arena, entry.name, &file))
			continue;
		if (!view->step || is_step(file.step, view->step) ||
		    is_item_of(state, file.step, view->step))
			vec_push(&view->files, file);
	}
	fs_dir_close(&dir);
	if (view->files.n)
		qsort(view->files.v, view->files.n, sizeof *view->files.v, compare_files);
	return rc;
}

/* The id as the run knows it. */
static const char *title(const struct run_state *state, const struct log_file *file)
{
	for (size_t i = 0; i < state->steps.n; i++) {
		if (is_step(file->step, state->steps.v[i]->id))
			return state->steps.v[i]->id;
	}
	return file->step;
}

static void add_header(struct log_view *view, const struct run_state *state,
		       const struct log_file *file)
{
	struct strbuf *out = &view->cli->out;
	const char *id = title(state, file);

	if ((view->files.n == 1 && view->step) || view->last == file->name)
		return;
	if (view->last)
		strbuf_addch(out, '\n');
	strbuf_addstr(out, "==> ");
	utf8_add_visible(out, id, strlen(id));
	if (file->attempt > 1)
		strbuf_addf(out, " (attempt %lu)", file->attempt);
	strbuf_addstr(out, " <==\n");
	view->last = file->name;
}

/* Bytes as they were written for a pipe; for a terminal only those that cannot harm it. */
static void add_text(struct log_view *view, const char *text, size_t len)
{
	static const char *const kept = "\n\t";

	if (!tty_is_terminal(STDOUT_FILENO)) {
		strbuf_add(&view->cli->out, text, len);
		return;
	}
	while (len) {
		size_t n = 0;

		while (n < len && !strchr(kept, text[n]))
			n++;
		utf8_add_visible(&view->cli->out, text, n);
		if (n < len)
			strbuf_addch(&view->cli->out, text[n++]);
		text += n;
		len -= n;
	}
}

static int show_file(struct log_view *view, const struct run_state *state, struct log_file *file,
		     struct err *err)
{
	int fd = openat(view->dir_fd, file->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = 0;
	int rc = 0;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", file->name);
	while (rc == 0 && (n = pread(fd, view->chunk, sizeof view->chunk, file->shown)) > 0) {
		add_header(view, state, file);
		add_text(view, view->chunk, (size_t)n);
		file->shown += n;
		rc = cli_flush(view->cli, err);
	}
	if (n < 0)
		rc = err_errno(err, "cannot read '%s'", file->name);
	close(fd);
	return rc;
}

int log_show_new(struct log_view *view, const struct run_state *state, struct err *err)
{
	if (find_files(view, state, err) < 0)
		return -1;
	for (size_t i = 0; i < view->files.n; i++) {
		if (show_file(view, state, &view->files.v[i], err) < 0)
			return -1;
	}
	return 0;
}
