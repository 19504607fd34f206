/*
 * See reports_impl.h.
 */
#include "reports_impl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "execute_impl.h"
#include "isolate_impl.h"
#include "run/touched.h"
#include "sys/fs.h"

#define FORMATS "junit, jsonl, trace or markdown"

bool reports_format_of(const char *name, size_t len, enum report_format *format)
{
	static const struct {
		const char *name;
		enum report_format format;
	} formats[] = {
		{ "junit", REPORT_JUNIT },
		{ "jsonl", REPORT_FORMATS },
		{ "trace", REPORT_TRACE },
		{ "markdown", REPORT_MARKDOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strlen(formats[i].name) == len && !strncmp(formats[i].name, name, len)) {
			*format = formats[i].format;
			return true;
		}
	}
	return false;
}

static const char *github_page(void)
{
	const char *actions = getenv("GITHUB_ACTIONS"), *page = getenv("GITHUB_STEP_SUMMARY");

	return actions && !strcmp(actions, "true") && page && *page ? page : NULL;
}

bool reports_are_wanted(const struct option_values *words)
{
	return words->list.n || github_page();
}

/* ---- The words ---- */

/* Where the file's name ends: a comma belongs to it, unless another report follows. */
static size_t file_length(const char *file)
{
	const char *comma = file;
	enum report_format unused;

	while ((comma = strchr(comma, ','))) {
		size_t len = strcspn(comma + 1, ":");

		if (comma[1 + len] && reports_format_of(comma + 1, len, &unused))
			return (size_t)(comma - file);
		comma++;
	}
	return strlen(file);
}

/* A folder that is not there or not ours is better known before an hour of work than after it. */
static int check_writable(const char *path, struct arena *arena, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *dir = !slash	  ? "."
			  : slash == path ? "/"
					  : arena_strndup(arena, path, (size_t)(slash - path));
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "cannot write the report '%s': it is a directory",
			       path);
	if (access(dir, W_OK | X_OK) < 0)
		return err_errno(err, "cannot write the report '%s'", path);
	return 0;
}

static int open_file(struct reports *reports, struct report_file *file, struct arena *arena,
		     struct err *err)
{
	if (!strcmp(file->path, "-")) {
		if (reports->uses_stdout)
			return err_set(err, ERR_USAGE, "only one report can go to standard output");
		reports->uses_stdout = true;
	} else if (!file->appends) {
		file->path = isolate_file(file->path, arena);
		if (check_writable(file->path, arena, err) < 0)
			return -1;
	}
	if (file->format == REPORT_FORMATS && events_sink_open(&file->lines, file->path, err) < 0)
		return -1;
	vec_push(&reports->files, *file);
	return 0;
}

static int open_word(struct reports *reports, const char *word, struct arena *arena,
		     struct err *err)
{
	do {
		size_t len = strcspn(word, ":"), path_len;
		struct report_file file = { 0 };

		if (!reports_format_of(word, len, &file.format))
			return err_set(err, ERR_USAGE, "unknown report '%.*s'; it is " FORMATS,
				       (int)len, word);
		path_len = word[len] ? file_length(word + len + 1) : 0;
		if (!path_len)
			return err_set(err, ERR_USAGE,
				       "'--report %.*s' lacks a file: write %.*s:FILE", (int)len,
				       word, (int)len, word);
		file.path = arena_strndup(arena, word + len + 1, path_len);
		if (open_file(reports, &file, arena, err) < 0)
			return -1;
		word += len + 1 + path_len;
	} while (*word++ == ',');
	return 0;
}

int reports_open(struct reports *reports, const struct option_values *words, struct arena *arena,
		 struct err *err)
{
	struct report_file page = { .format = REPORT_MARKDOWN,
				    .path = github_page(),
				    .appends = true };

	report_init(&reports->report);
	reports->sink = report_sink(&reports->report);
	reports->is_open = true;
	for (size_t i = 0; i < words->list.n; i++) {
		if (open_word(reports, words->list.v[i], arena, err) < 0)
			return -1;
	}
	return page.path ? open_file(reports, &page, arena, err) : 0;
}

void reports_add_sinks(struct reports *reports, struct sink **sinks, size_t *n)
{
	if (reports->files.n)
		sinks[(*n)++] = &reports->sink;
	for (size_t i = 0; i < reports->files.n; i++) {
		if (reports->files.v[i].lines.on_event)
			sinks[(*n)++] = &reports->files.v[i].lines;
	}
}

/* ---- The files ---- */

static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int append(const char *path, const struct strbuf *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), rc;

	if (fd < 0)
		return err_errno(err, "cannot open it");
	rc = fs_write_all(fd, text->buf, text->len, err);
	return fs_close(fd, rc < 0 ? NULL : err) < 0 ? -1 : rc;
}

/* /dev/stdout, a pipe, a link somewhere else: what is no plain file of its own is written to. */
static bool is_plain_or_new(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 || S_ISREG(st.st_mode);
}

static int write_file(const struct report_file *file, const struct report *report,
		      const char *logs_dir, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	int rc;

	report_render(report, file->format, logs_dir, &text);
	if (!strcmp(file->path, "-"))
		rc = fs_write_all(STDOUT_FILENO, text.buf, text.len, err);
	else if (file->appends || !is_plain_or_new(file->path))
		rc = append(file->path, &text, err);
	else
		rc = fs_replace(AT_FDCWD, file->path, usual_mode(), text.buf, text.len, 0, err);
	return rc < 0 ? err_wrap(err, "cannot write the report '%s'", file->path) : 0;
}

void reports_add_changes(struct report *report, const struct session *session)
{
	static const char *const words[] = { [TOUCHED_CREATED] = "created",
					     [TOUCHED_MODIFIED] = "modified",
					     [TOUCHED_DELETED] = "deleted",
					     [TOUCHED_MADE] = "made" };
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct touched_file *files;
	size_t n;

	/* Its snapshots may have expired: then nobody knows any more. */
	if (touched_list(session, &report->state, &arena, &files, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		report_add_change(report, files[i].path, words[files[i].how]);
}

/* The one format that tells of them. */
static bool wants_changes(const struct reports *reports)
{
	for (size_t i = 0; i < reports->files.n; i++)
		if (reports->files.v[i].format == REPORT_MARKDOWN)
			return true;
	return false;
}

/* The whole run where there is a journal of it: a run that was resumed began before we did. */
static struct report *whole_report(struct reports *reports, const char *run_dir,
				   struct report *read)
{
	if (run_dir && report_read(read, run_dir, NULL) == 0 && read->state.steps.n)
		return read;
	return &reports->report;
}

static void keep_first(struct err *err, struct err *next)
{
	if (err->kind == ERR_NONE)
		err_copy(err, next);
	err_release(next);
}

int reports_write(struct reports *reports, const struct session *session,
		  const struct run_outcome *outcome, bool has_begun, struct err *err)
{
	struct arena arena = { 0 };
	struct err failure = ERR_INIT, first = ERR_INIT;
	struct report read;
	struct report *report;
	const char *dir = NULL;

	/* The usual case: the journal need not be read again. */
	if (!reports->files.n)
		return 0;
	if (outcome->run_id)
		dir = layout_run_dir(&session->layout, &arena, outcome->run_id);
	report_init(&read);
	report = whole_report(reports, dir, &read);
	if (has_begun && wants_changes(reports))
		reports_add_changes(report, session);
	for (size_t i = 0; i < reports->files.n && has_begun; i++) {
		const struct report_file *file = &reports->files.v[i];

		if (file->format != REPORT_FORMATS &&
		    write_file(file, report, dir ? arena_printf(&arena, "%s/logs", dir) : NULL,
			       &failure) < 0)
			keep_first(&first, &failure);
	}
	for (size_t i = 0; i < reports->files.n; i++) {
		struct sink *lines = &reports->files.v[i].lines;

		if (lines->on_event && events_sink_finish(lines, &failure) < 0)
			keep_first(&first, &failure);
		lines->on_event = NULL;
	}
	report_release(&read);
	arena_release(&arena);
	if (first.kind == ERR_NONE)
		return 0;
	err_copy(err, &first);
	err_release(&first);
	return -1;
}

void reports_release(struct reports *reports)
{
	for (size_t i = 0; i < reports->files.n; i++) {
		if (reports->files.v[i].lines.on_event)
			events_sink_finish(&reports->files.v[i].lines, NULL);
	}
	if (reports->is_open)
		report_release(&reports->report);
	vec_release(&reports->files);
}
