/*
 * One lstat a path; contents by way of the stat table.
 */
#include "entries_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "ext/hash.h"

static int add_target(struct session *session, const char *path, struct strbuf *material,
		      struct err *err)
{
	int fd = openat(session->layout.root_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct digest content;
	uint64_t size;
	int rc;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	rc = hash_fd(statcache_secret(session->stat), fd, &content, &size, err);
	close(fd);
	if (rc < 0)
		return err_wrap(err, "cannot read '%s'", path);
	strbuf_addch(material, '\0');
	strbuf_add(material, content.bytes, sizeof content.bytes);
	return 0;
}

int entries_link_material(struct session *session, const char *path, struct strbuf *material,
			  struct err *err)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t len = readlinkat(session->layout.root_fd, path, target, sizeof target);

	if (len < 0)
		return err_errno(err, "cannot read link '%s'", path);
	strbuf_add(material, target, (size_t)len);
	if (fstatat(session->layout.root_fd, path, &st, 0) < 0 || !S_ISREG(st.st_mode))
		return 0;
	session->is_volatile = true; /* a planfile would see the link, not its target */
	return add_target(session, path, material, err);
}

static int read_link(struct session *session, const char *path, struct seen_entry *out,
		     struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf material = STRBUF_INIT;

	if (entries_link_material(session, path, &material, err) < 0)
		return -1;
	out->entry.kind = ENTRY_LINK;
	out->entry.size_bytes = material.len;
	out->entry.digest = hash_bytes(statcache_secret(session->stat), strbuf_str(&material),
				       material.len);
	return 0;
}

static int read_regular(struct session *session, const char *path, struct seen_entry *out,
			struct err *err)
{
	out->entry.kind = out->id.mode & S_IXUSR ? ENTRY_EXEC : ENTRY_FILE;
	out->entry.size_bytes = out->id.size_bytes;
	return statcache_digest(session->stat, session->layout.root_fd, path, &out->id,
				&out->entry.digest, err);
}

int entries_read_as(struct session *session, const char *path, int answer, const struct file_id *id,
		    struct seen_entry *out, struct err *err)
{
	memset(out, 0, sizeof *out);
	out->entry.path = path;
	if (answer < 0)
		return -1;
	if (answer > 0) {
		out->entry.kind = ENTRY_ABSENT;
		return 0;
	}
	out->id = *id;
	if (S_ISREG(out->id.mode))
		return read_regular(session, path, out, err);
	if (S_ISLNK(out->id.mode))
		return read_link(session, path, out, err);
	out->entry.kind = S_ISDIR(out->id.mode) ? ENTRY_DIR : ENTRY_OTHER;
	return 0;
}

int entries_read(struct session *session, const char *path, struct seen_entry *out, struct err *err)
{
	struct file_id id;
	int answer = fs_stat(session->layout.root_fd, path, &id, err);

	return entries_read_as(session, path, answer, &id, out, err);
}

bool entries_is_same(const struct seen_entry *seen, int answer, const struct file_id *now)
{
	if (answer > 0 || seen->entry.kind == ENTRY_ABSENT)
		return answer > 0 && seen->entry.kind == ENTRY_ABSENT;
	return fs_same_id(now, &seen->id);
}

void entries_remember(struct session *session, const struct seen_entry *seen)
{
	struct planfile_builder *basis = session->basis;

	if (!basis)
		return;
	switch (seen->entry.kind) {
	case ENTRY_ABSENT: planfile_add_absent(basis, seen->entry.path); break;
	case ENTRY_FILE:
	case ENTRY_EXEC:
		planfile_add_file(basis, seen->entry.path, &seen->id, &seen->entry.digest);
		break;
	case ENTRY_LINK:
		planfile_add_link(basis, seen->entry.path, &seen->id, &seen->entry.digest);
		break;
	default: session->is_volatile = true;
	}
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct seen_entry *)a)->entry.path,
		      ((const struct seen_entry *)b)->entry.path);
}

/* And no doubles: as a listing gives them. */
static bool is_sorted(const struct seen_entries *entries)
{
	for (size_t i = 1; i < entries->list.n; i++) {
		if (compare_paths(&entries->list.v[i - 1], &entries->list.v[i]) >= 0)
			return false;
	}
	return true;
}

void entries_sort(struct seen_entries *entries)
{
	size_t kept = 0;

	if (is_sorted(entries))
		return;
	qsort(entries->list.v, entries->list.n, sizeof *entries->list.v, compare_paths);
	for (size_t i = 1; i < entries->list.n; i++) {
		if (strcmp(entries->list.v[i].entry.path, entries->list.v[kept].entry.path) != 0)
			entries->list.v[++kept] = entries->list.v[i];
	}
	entries->list.n = kept + 1;
}
