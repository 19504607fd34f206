/*
 * Which files git stores otherwise than they are on the disk: attributes that convert line endings,
 * encodings, $Id$, or run a filter, and core.autocrlf; now, or when the file was put into the index. Most
 * repositories have none of it, and find that out without asking about each path.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

struct conversion {
	bool is_automatic; /* core.autocrlf: text unless said otherwise */
	bool has_attributes;
};

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, name);
}

static bool is_there(const char *path)
{
	return path && access(path, F_OK) == 0;
}

/* The files of attributes outside the tree that git reads without being told. */
static bool has_outer_attributes(const struct snapshot_work *work)
{
	static const char *const of_system[] = { "/etc/gitattributes",
						 "/usr/local/etc/gitattributes",
						 "/opt/homebrew/etc/gitattributes" };
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (is_there(arena_join(work->arena, work->request->repo->common_dir, "/info/attributes",
				"")))
		return true;
	if (xdg && *xdg ? is_there(arena_join(work->arena, xdg, "/git/attributes", ""))
	    : home	? is_there(arena_join(work->arena, home, "/.config/git/attributes", ""))
			: false)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(of_system); i++)
		if (is_there(of_system[i]))
			return true;
	return false;
}

static int read_settings(const struct snapshot_work *work, struct conversion *conversion,
			 struct err *err)
{
	static const char *const args[] = { "config", "-z", "--get-regexp",
					    "^core\\.(autocrlf|attributesfile)$", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int code;

	if (snapshot_git(work, NULL, args, NULL, &out, &code, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *value = strchr(out.buf + at, '\n');

		if (!strncmp(out.buf + at, "core.attributesfile", 19))
			conversion->has_attributes = true;
		else /* the last one wins; without "=" it is true */
			conversion->is_automatic = !value || (strcmp(value + 1, "false") != 0 &&
							      strcmp(value + 1, "0") != 0 &&
							      strcmp(value + 1, "no") != 0);
	}
	return 0;
}

static bool is_said(const char *value)
{
	return strcmp(value, "unspecified") != 0 && strcmp(value, "unset") != 0;
}

/* `text` and its old name `crlf`, of which a path may have none, both or "unset". */
static bool converts(const char *attribute, const char *value, bool is_automatic)
{
	if (!strcmp(attribute, "text") && is_automatic)
		return strcmp(value, "unset") != 0;
	return is_said(value);
}

/* The answer comes as PATH, ATTRIBUTE, VALUE, those of one path in a row. */
static void take_answers(const struct snapshot_work *work, const struct strbuf *out,
			 bool is_automatic, struct path_list *converted)
{
	const char *last = NULL;

	for (size_t at = 0; at < out->len;) {
		const char *path = out->buf + at;
		const char *attribute = path + strlen(path) + 1;
		const char *value = attribute + strlen(attribute) + 1;

		at = (size_t)(value + strlen(value) + 1 - out->buf);
		if (!converts(attribute, value, is_automatic) || (last && !strcmp(last, path)))
			continue;
		vec_push(&converted->list, arena_strdup(work->arena, path));
		last = path;
	}
}

enum attributes_of {
	OF_WORKTREE, /* and of the index, where a file of them is not in the worktree */
	OF_INDEX, /* files were put into it by these, and are not looked at again when an attribute goes */
	OF_FILES, /* of the worktree alone: untracked files are hashed without an index */
};

static int ask_attributes(const struct snapshot_work *work, enum attributes_of of,
			  bool is_automatic, struct path_list *converted, struct err *err)
{
	const char *const indexes[] = {
		[OF_WORKTREE] = NULL,
		[OF_INDEX] = arena_join(work->arena, work->dir, "/kept-index", ""),
		[OF_FILES] = arena_join(work->arena, work->dir, "/no-index", ""),
	};
	static const char *const names[] = { "text",   "crlf",	"eol",
					     "filter", "ident", "working-tree-encoding" };
	const char *args[ARRAY_SIZE(names) + 5] = { "check-attr", "-z", "--stdin" };
	const struct path_list all = { .list = { .v = (const char **)work->paths,
						 .n = work->n_paths } };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 3;

	if (of == OF_INDEX)
		args[n++] = "--cached";
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		args[n++] = names[i];
	snapshot_join_paths(&all, &text);
	if (snapshot_git(work, indexes[of], args, &text, &out, NULL, err) != 0)
		return -1;
	take_answers(work, &out, is_automatic, converted);
	return 0;
}

int snapshot_ask_attributes(const struct snapshot_work *work, struct path_list *converted,
			    struct err *err)
{
	struct conversion conversion = { 0 };

	if (read_settings(work, &conversion, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_paths && !conversion.has_attributes; i++)
		conversion.has_attributes = is_named(work->paths[i], ".gitattributes");
	conversion.has_attributes = conversion.has_attributes || has_outer_attributes(work);
	if (conversion.is_automatic || conversion.has_attributes) {
		if (ask_attributes(work, OF_WORKTREE, conversion.is_automatic, converted, err) != 0)
			return -1;
		if (work->has_gone_attributes &&
		    ask_attributes(work, OF_FILES, conversion.is_automatic, converted, err) != 0)
			return -1;
	}
	return work->has_tracked_attributes
		       ? ask_attributes(work, OF_INDEX, conversion.is_automatic, converted, err)
		       : 0;
}

/* ---- What was converted once -------------------------------------------------------------------- */

/* Paths that an earlier snapshot found converted: such a file is in the index as it was converted then, and
 * stays so without an attribute, for git does not look at it again. The tree that was looked at last and a
 * NUL, then "PATH\0" each. */
#define REMEMBERED "/converted"

/* What is not as large as its blob was converted; what the last snapshot has seen need not be looked at. Only
 * blobs of files that are there are asked for: others may have to be fetched. */
struct sizes {
	struct strbuf listed, paths, oids, answers;
};

static bool is_regular(const struct snapshot_work *work, const char *path, uint64_t *size_bytes)
{
	struct file_id id;

	if (fs_stat(work->root_fd, path, &id, NULL) != 0 || !S_ISREG(id.mode))
		return false;
	*size_bytes = id.size_bytes;
	return true;
}

/* ":OLDMODE NEWMODE OLDOID NEWOID LETTER\0PATH\0" becomes "NEWMODE NEWOID 0\tPATH\0". */
static void take_new_entries(const struct strbuf *changes, struct strbuf *listed)
{
	for (size_t at = 0; at < changes->len;) {
		const char *head = changes->buf + at, *path = head + strlen(head) + 1;
		const char *mode = strchr(head, ' ');
		const char *old_oid = mode ? strchr(mode + 1, ' ') : NULL;
		const char *oid = old_oid ? strchr(old_oid + 1, ' ') : NULL;

		at = (size_t)(path + strlen(path) + 1 - changes->buf);
		if (!oid || !strncmp(mode, " 000000", 7))
			continue;
		strbuf_add(listed, mode + 1, (size_t)(old_oid - mode - 1));
		strbuf_add(listed, oid, 1 + strcspn(oid + 1, " "));
		strbuf_addf(listed, " 0\t%s", path);
		strbuf_addch(listed, 0);
	}
}

/* The entries of the private index; of those that the last snapshot has looked at only what differs. */
static int list_entries(const struct snapshot_work *work, const char *checked,
			struct strbuf *listed, struct err *err)
{
	static const char *const list[] = { "ls-files", "-s", "-z", NULL };
	const char *const diff[] = { "diff-tree",   "-r",    "-z",	    "--raw", "--no-renames",
				     "--no-abbrev", checked, work->tracked, NULL };
	struct strbuf changes CLEANUP(strbuf_release) = STRBUF_INIT;
	int code = 1;

	if (checked && !strcmp(checked, work->tracked))
		return 0;
	if (checked && snapshot_git(work, NULL, diff, NULL, &changes, &code, err) != 0)
		return -1;
	if (code != 0) /* gc has taken that tree */
		return snapshot_git(work, NULL, list, NULL, listed, NULL, err);
	take_new_entries(&changes, listed);
	return 0;
}

static int ask_sizes(const struct snapshot_work *work, const char *checked, struct sizes *sizes,
		     struct err *err)
{
	static const char *const ask[] = { "cat-file", "--batch-check=%(objectsize)", "--buffer",
					   NULL };
	uint64_t size_bytes;

	if (list_entries(work, checked, &sizes->listed, err) != 0)
		return -1;
	for (size_t at = 0; at < sizes->listed.len; at += strlen(sizes->listed.buf + at) + 1) {
		const char *entry = sizes->listed.buf + at, *oid = strchr(entry, ' ');
		const char *tab = strchr(entry, '\t');

		if (!oid || !tab || !is_regular(work, tab + 1, &size_bytes))
			continue;
		strbuf_add(&sizes->paths, tab + 1, strlen(tab + 1) + 1);
		strbuf_add(&sizes->oids, oid + 1, strcspn(oid + 1, " "));
		strbuf_addch(&sizes->oids, '\n');
	}
	if (!sizes->oids.len)
		return 0;
	return snapshot_git(work, NULL, ask, &sizes->oids, &sizes->answers, NULL, err);
}

static void take_sizes(const struct snapshot_work *work, const struct sizes *sizes,
		       struct path_list *converted)
{
	const char *answer = strbuf_str(&sizes->answers);
	uint64_t size_bytes;

	for (size_t at = 0; at < sizes->paths.len; at += strlen(sizes->paths.buf + at) + 1) {
		const char *path = sizes->paths.buf + at;
		char *end;
		unsigned long long blob_size = strtoull(answer, &end, 10);

		answer = end + strcspn(end, "\n");
		answer += *answer == '\n';
		if (is_regular(work, path, &size_bytes) && size_bytes != blob_size)
			vec_push(&converted->list, arena_strdup(work->arena, path));
	}
}

static int find_by_size(const struct snapshot_work *work, const char *checked,
			struct path_list *converted, struct err *err)
{
	struct sizes sizes = { 0 };
	int status = ask_sizes(work, checked, &sizes, err);

	if (status == 0)
		take_sizes(work, &sizes, converted);
	strbuf_release(&sizes.listed);
	strbuf_release(&sizes.paths);
	strbuf_release(&sizes.oids);
	strbuf_release(&sizes.answers);
	return status;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_known(const struct snapshot_work *work, const char *path)
{
	return work->n_paths &&
	       bsearch(&path, work->paths, work->n_paths, sizeof *work->paths, compare_paths);
}

/* A list that cannot be read is made anew; one that cannot be written leaves the next snapshot as it was. */
static int remember(const struct snapshot_work *work, const struct strbuf *known,
		    const struct path_list *converted, struct err *err)
{
	const char *file = arena_join(work->arena, work->request->scratch, REMEMBERED, "");
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_add(&text, work->tracked, strlen(work->tracked) + 1);
	snapshot_join_paths(converted, &text);
	if (known->len == text.len && (!text.len || !memcmp(known->buf, text.buf, text.len)) &&
	    access(file, F_OK) == 0)
		return 0;
	return fs_replace(AT_FDCWD, file, 0600, strbuf_str(&text), text.len, 0, err);
}

static void sort_once(struct path_list *paths)
{
	size_t kept = 0;

	if (paths->list.n)
		qsort(paths->list.v, paths->list.n, sizeof *paths->list.v, compare_paths);
	for (size_t i = 0; i < paths->list.n; i++)
		if (!i || strcmp(paths->list.v[i], paths->list.v[i - 1]) != 0)
			paths->list.v[kept++] = paths->list.v[i];
	paths->list.n = kept;
}

static int find_all(const struct snapshot_work *work, struct strbuf *known,
		    struct path_list *converted, struct err *err)
{
	const char *file = arena_join(work->arena, work->request->scratch, REMEMBERED, "");
	const char *checked = NULL;
	size_t begin;

	if (fs_read_file(AT_FDCWD, file, SIZE_MAX, known, NULL) == 0 &&
	    known->len > strlen(known->buf))
		checked = known->buf;
	if (find_by_size(work, checked, converted, err) != 0)
		return -1;
	begin = checked ? strlen(checked) + 1 : known->len;
	strbuf_grow(known, 1);
	for (size_t at = begin; at < known->len; at += strlen(known->buf + at) + 1)
		if (is_known(work, known->buf + at))
			vec_push(&converted->list, arena_strdup(work->arena, known->buf + at));
	return 0;
}

int snapshot_find_converted(const struct snapshot_work *work, struct path_list *found,
			    struct path_list *converted, struct err *err)
{
	struct strbuf known CLEANUP(strbuf_release) = STRBUF_INIT;
	int status = find_all(work, &known, found, err);

	if (status == 0) {
		sort_once(found);
		status = remember(work, &known, found, err);
	}
	for (size_t i = 0; i < found->list.n; i++)
		vec_push(&converted->list, found->list.v[i]);
	return status;
}
