/*
 * git wf fmt: workflow files in their canonical form.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands_impl.h"
#include "ext/json.h"
#include "load_impl.h"
#include "model/format.h"
#include "sys/fs.h"
#include "target_impl.h"

enum { STDIN_MAX = 32 << 20 }; /* bytes */

struct fmt_options {
	bool check;
};

static const struct option_row rows[] = {
	{ 0, "check", OPTION_FLAG, offsetof(struct fmt_options, check), NULL, NULL,
	  "change nothing; exit with 1 and name the files that would change", 0 },
};

const struct option_table cmd_fmt_options = { rows, ARRAY_SIZE(rows) };

struct fmt {
	struct cli *cli;
	struct session *session;
	bool check;
	size_t n_files, n_changed, n_wrong;
};

/* Mistakes are told as validate tells them; such a file is left alone. */
static bool is_valid(struct fmt *fmt, struct loaded *loaded)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (loaded->wf)
		return true;
	fmt->n_wrong++;
	diags_render(&loaded->diags, DIAG_ERROR, cli_use_color(fmt->cli, STDERR_FILENO),
		     (size_t)cli_columns_of(STDERR_FILENO), &text);
	cli_warn("%s is not changed, it has mistakes:\n%s", loaded->diags.file, strbuf_str(&text));
	return false;
}

static bool is_same_text(const struct strbuf *a, const struct strbuf *b)
{
	return a->len == b->len && memcmp(strbuf_str(a), strbuf_str(b), a->len) == 0;
}

/* Permissions are those of before, whatever the umask says. */
static int replace(const char *path, mode_t mode, const struct strbuf *text, struct err *err)
{
	struct fs_temp temp = { 0 };

	if (fs_temp_open(&temp, AT_FDCWD, path, mode & 07777, err) < 0)
		return -1;
	if (fchmod(temp.fd, mode & 07777) < 0)
		err_errno(err, "cannot set the permissions of '%s'", path);
	else if (fs_write_all(temp.fd, text->buf, text->len, err) == 0)
		return fs_temp_commit(&temp, 0, err);
	fs_temp_abort(&temp);
	return -1;
}

/* Of a link the file it leads to is replaced, so that it stays a link. */
static int write_back(int root_fd, const char *path, const struct strbuf *text, struct err *err)
{
	struct strbuf below CLEANUP(strbuf_release) = STRBUF_INIT;
	struct stat status;
	char *target;
	int rc;

	if (fstatat(root_fd, path, &status, 0) < 0)
		return err_errno(err, "cannot look at '%s'", path);
	strbuf_addf(&below, "/proc/self/fd/%d/%s", root_fd, path);
	target = realpath(*path == '/' ? path : strbuf_str(&below), NULL);
	if (!target)
		return err_errno(err, "cannot resolve '%s'", path);
	rc = replace(target, status.st_mode, text, err);
	free(target);
	return rc;
}

static int take_form(struct fmt *fmt, const char *path, const struct strbuf *old,
		     const struct strbuf *text, struct err *err)
{
	if (is_same_text(old, text))
		return 0;
	fmt->n_changed++;
	if (!fmt->cli->common.quiet)
		strbuf_addf(&fmt->cli->out, "%s\n", path);
	if (fmt->check)
		return 0;
	return write_back(fmt->session->layout.root_fd, path, text, err);
}

static int fmt_file(struct fmt *fmt, const struct workflow_file *file, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct dialect_world world = session_world(fmt->session);
	struct loaded loaded;
	int rc = load_workflow(&loaded, fmt->session, file->id, file->path, err);

	fmt->n_files++;
	if (rc == 0 && is_valid(fmt, &loaded)) {
		rc = format_document(&loaded.diags, workflow_is_json(file->path), &world, &text,
				     err);
		if (rc < 0)
			err_wrap(err, "cannot format '%s'", file->path);
		else
			rc = take_form(fmt, file->path, &loaded.text, &text, err);
	}
	load_release(&loaded);
	return rc;
}

static int fmt_files(struct fmt *fmt, struct err *err)
{
	const struct workflow_file *files;
	size_t n;

	if (load_list(fmt->cli, fmt->session, &files, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (fmt_file(fmt, &files[i], err) < 0)
			return -1;
	if (fmt->n_wrong)
		return EXIT_WRONG;
	return fmt->check && fmt->n_changed ? EXIT_NOT_PASSED : EXIT_PASSED;
}

/* Standard input has no name to tell by. */
static bool is_json_text(const struct strbuf *text)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct err err CLEANUP(err_release) = ERR_INIT;

	return json_parse(&arena, strbuf_str(text), text->len, &err) != NULL;
}

static int fmt_stdin(struct fmt *fmt, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct loaded loaded = { 0 };
	bool is_json;
	int rc = fs_read_fd(STDIN_FILENO, STDIN_MAX, &loaded.text, err);

	if (rc < 0) {
		load_release(&loaded);
		return err_wrap(err, "cannot read standard input");
	}
	is_json = is_json_text(&loaded.text);
	diags_begin(&loaded.diags, is_json ? "standard-input.json" : "standard input",
		    &loaded.text);
	loaded.wf = workflow_load(&loaded.arena, "stdin", &loaded.diags);
	if (!is_valid(fmt, &loaded))
		rc = EXIT_WRONG;
	else if (format_document(&loaded.diags, is_json, NULL, &text, err) < 0)
		rc = err_wrap(err, "cannot format standard input");
	else if (fmt->check)
		rc = is_same_text(&loaded.text, &text) ? EXIT_PASSED : EXIT_NOT_PASSED;
	else
		strbuf_add(&fmt->cli->out, text.buf, text.len);
	load_release(&loaded);
	return rc;
}

static bool is_stdin(const struct cli *cli)
{
	return cli->words.list.n == 1 && strcmp(cli_word(cli, 0), "-") == 0;
}

int cmd_fmt(struct cli *cli, struct err *err)
{
	struct fmt_options options = { 0 };
	struct session session;
	struct fmt fmt = { .cli = cli, .session = &session };
	int rc = cli_parse_words(cli, &options, 0, SIZE_MAX, err);

	if (rc != 0)
		return rc;
	fmt.check = options.check;
	if (is_stdin(cli))
		return fmt_stdin(&fmt, err);
	rc = target_open(&session, err);
	if (rc == 0)
		rc = fmt_files(&fmt, err);
	session_close(&session);
	return rc;
}
