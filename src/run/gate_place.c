/*
 * Gates about the machine and the files that are there: programs, variables, files, permissions, disk
 * and memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/size.h"
#include "base/strbuf.h"
#include "gate_impl.h"
#include "sys/fs.h"

/* Whatever is missing is named, not only the first. */
static void add_missing(struct strbuf *list, const char *name, const char *how)
{
	strbuf_addf(list, "%s%s%s", list->len ? ", " : "", how, name);
}

static int report_missing(struct gate_check *check, const struct strbuf *list)
{
	return list->len ? gate_found(check, "%s", list->buf) : 0;
}

/* ---- Programs and variables ---- */

static bool is_program(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       faccessat(dirfd, path, X_OK, AT_EACCESS) == 0;
}

static bool is_on_path(struct gate_check *check, const char *name)
{
	const char *path = env_get(&check->session->env, "PATH");
	int root = check->session->layout.root_fd;

	if (strchr(name, '/'))
		return is_program(root, name);
	for (path = path ? path : "/usr/bin:/bin"; *path;) {
		size_t len = strcspn(path, ":");
		const char *file = len ? arena_printf(check->arena, "%.*s/%s", (int)len, path, name)
				       : name;

		if (is_program(root, file))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

int gate_commands(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf missing = STRBUF_INIT;

	for (size_t i = 0; i < check->gate->n_words; i++) {
		const char *name = gate_render(check, &check->gate->words[i], err);

		if (!name)
			return -1;
		if (!is_on_path(check, name))
			add_missing(&missing, name, "no ");
	}
	return report_missing(check, &missing);
}

int gate_env(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf missing = STRBUF_INIT;

	for (size_t i = 0; i < check->gate->n_words; i++) {
		const char *name = gate_render(check, &check->gate->words[i], err), *value;

		if (!name)
			return -1;
		value = env_get(&check->session->env, name);
		if (!value || !*value)
			add_missing(&missing, name, value ? "empty " : "unset ");
	}
	return report_missing(check, &missing);
}

/* ---- Files ---- */

static int mode_of(uint8_t access)
{
	return (access & ACCESS_READ ? R_OK : 0) | (access & ACCESS_WRITE ? W_OK : 0) |
	       (access & ACCESS_EXECUTE ? X_OK : 0);
}

static bool ends_in_slash(const char *path)
{
	size_t len = strlen(path);

	return len && path[len - 1] == '/';
}

/* What is wrong with it, as it is said before its name; NULL: nothing. */
static const char *fault_of(struct gate_check *check, const struct gate_path *wanted,
			    const char *path)
{
	int root = check->session->layout.root_fd;
	struct stat st;

	if (fstatat(root, path, &st, 0) < 0)
		return errno == ENOENT || errno == ENOTDIR ? "no " : "cannot look at ";
	if (ends_in_slash(wanted->path.raw) && !S_ISDIR(st.st_mode))
		return "no directory ";
	if (wanted->has_mode && (st.st_mode & 0777) != wanted->mode)
		return arena_printf(check->arena, "mode %04o of ", (unsigned)(st.st_mode & 0777));
	if (wanted->access && faccessat(root, path, mode_of(wanted->access), AT_EACCESS) < 0)
		return "no access to ";
	return NULL;
}

int gate_files(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf missing = STRBUF_INIT;

	for (size_t i = 0; i < check->gate->n_paths; i++) {
		const struct gate_path *wanted = &check->gate->paths[i];
		const char *path = gate_render_path(check, &wanted->path, err), *fault;

		if (!path)
			return -1;
		fault = fault_of(check, wanted, path);
		if (fault)
			add_missing(&missing, path, fault);
	}
	return report_missing(check, &missing);
}

int gate_permissions(struct gate_check *check, struct err *err)
{
	return gate_files(check, err);
}

/* ---- Disk and memory ---- */

static int compare_size(struct gate_check *check, uint64_t bytes)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (bytes >= check->gate->size_bytes)
		return 0;
	size_format(&text, bytes);
	return gate_found(check, "%s", strbuf_str(&text));
}

int gate_disk(struct gate_check *check, struct err *err)
{
	struct statvfs fs;

	if (fstatvfs(check->session->layout.root_fd, &fs) < 0)
		return err_errno(err, "cannot ask for the free space");
	return compare_size(check, (uint64_t)fs.f_bavail * fs.f_frsize);
}

int gate_memory(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *line;
	long pages;

	if (fs_read_file(AT_FDCWD, "/proc/meminfo", 1 << 16, &text, NULL) == 0 &&
	    (line = strstr(strbuf_str(&text), "MemAvailable:")))
		return compare_size(check, strtoull(line + 13, NULL, 10) * 1024);
	pages = sysconf(_SC_PHYS_PAGES);
	if (pages < 0)
		return err_set(err, ERR_SYSTEM, "the available memory is not known here");
	return compare_size(check, (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE));
}
