/*
 * Why a program did not start. The kernel says "No such file or directory" for a missing directory, a
 * missing program and a missing interpreter alike; here it is looked up, after the failure only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawn_impl.h"

#define HEAD_BYTES 256 /* as much of a "#!" line as kernels read */

static void place_of(const char *file, const char *dir, struct strbuf *place)
{
	if (dir && *file != '/')
		strbuf_addf(place, "%s/", dir);
	strbuf_addstr(place, file);
}

/* The first bytes of the file, NUL-terminated; their number, 0 if it cannot be read. */
static size_t read_head(const char *file, const char *dir, char head[HEAD_BYTES + 1])
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	ssize_t got = 0;
	int fd;

	place_of(file, dir, &place);
	fd = open(strbuf_str(&place), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		got = read(fd, head, HEAD_BYTES);
		close(fd);
	}
	if (got < 0)
		got = 0;
	head[got] = '\0';
	return (size_t)got;
}

bool spawn_is_script(const char *file, const char *dir)
{
	char head[HEAD_BYTES + 1];
	size_t len = read_head(file, dir, head), line = strcspn(head, "\n");

	return strlen(head) == len || line < strlen(head);
}

/* "/bin/x" of "#! /bin/x -y", in place; NULL if it is no such line. */
static char *interpreter_of(char *head)
{
	char *name;

	if (strncmp(head, "#!", 2) != 0)
		return NULL;
	name = head + 2 + strspn(head + 2, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return *name ? name : NULL;
}

static int fail(struct err *err, enum err_kind kind, int cause)
{
	if (err && err->kind != ERR_NONE) {
		err->kind = kind;
		err->errnum = cause;
	}
	return -1;
}

static int explain_dir(const char *dir, struct err *err)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		err_errno(err, "cannot run in '%s'", dir);
	else if (!S_ISDIR(st.st_mode))
		err_set(err, ERR_SYSTEM, "cannot run in '%s': it is no directory", dir);
	else if (access(dir, X_OK) < 0)
		err_errno(err, "cannot run in '%s'", dir);
	else
		return 0;
	/* Not ENOENT: that would read as "program not found". */
	return fail(err, ERR_SYSTEM, ENOTDIR);
}

static int explain_missing(const char *program, const char *file, const char *dir, struct err *err)
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	char head[HEAD_BYTES + 1], *interpreter;
	struct stat st;

	if (!file) {
		err_set(err, ERR_NOT_FOUND, "program '%s' not found in PATH", program);
		return fail(err, ERR_NOT_FOUND, ENOENT);
	}
	place_of(file, dir, &place);
	if (stat(strbuf_str(&place), &st) < 0) {
		err_set(err, ERR_NOT_FOUND, "program '%s' not found", program);
		return fail(err, ERR_NOT_FOUND, ENOENT);
	}
	interpreter = read_head(file, dir, head) ? interpreter_of(head) : NULL;
	if (interpreter && strchr(interpreter, '\r'))
		err_set(err, ERR_SYSTEM, "cannot run '%s': its first line ends with CR LF", file);
	else if (interpreter)
		err_set(err, ERR_SYSTEM, "cannot run '%s': its interpreter '%s' not found", file,
			interpreter);
	else
		err_set(err, ERR_SYSTEM, "cannot run '%s': its loader not found", file);
	return fail(err, ERR_SYSTEM, ENOEXEC);
}

static int explain_refused(const char *file, const char *dir, struct err *err)
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	char head[HEAD_BYTES + 1], *interpreter = NULL;
	struct stat st;

	place_of(file, dir, &place);
	if (stat(strbuf_str(&place), &st) == 0 && S_ISDIR(st.st_mode))
		err_set(err, ERR_SYSTEM, "cannot run '%s': it is a directory", file);
	else if (access(strbuf_str(&place), X_OK) < 0)
		err_set(err, ERR_SYSTEM, "cannot run '%s': no permission to execute it", file);
	else if (read_head(file, dir, head) && (interpreter = interpreter_of(head)) != NULL)
		err_set(err, ERR_SYSTEM,
			"cannot run '%s': no permission to execute its "
			"interpreter '%s'",
			file, interpreter);
	else
		err_set(err, ERR_SYSTEM,
			"cannot run '%s': no permission (is its file system "
			"mounted noexec?)",
			file);
	return fail(err, ERR_SYSTEM, EACCES);
}

int spawn_explain(const struct spawn_request *request, const char *file, int cause, struct err *err)
{
	const char *program = request->argv[0];

	if (request->dir && explain_dir(request->dir, err) < 0)
		return -1;
	switch (cause) {
	case ENOENT:
	case ENOTDIR: return explain_missing(program, file, request->dir, err);
	case EACCES:
	case EPERM: return explain_refused(file, request->dir, err);
	case ENOEXEC:
		err_set(err, ERR_SYSTEM, "cannot run '%s': it is no program for this machine",
			file);
		return fail(err, ERR_SYSTEM, ENOEXEC);
	case E2BIG:
		err_set(err, ERR_SYSTEM, "cannot run '%s': arguments and environment too long",
			program);
		return fail(err, ERR_SYSTEM, E2BIG);
	default: errno = cause; return err_errno(err, "cannot run '%s'", program);
	}
}
