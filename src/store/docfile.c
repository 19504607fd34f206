/*
 * "<plans dir>/<hex of the key>.doc", written to a temporary file and renamed.
 */
#include "store/docfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "sys/fs.h"

#define DOCS_KEPT      8
#define SUFFIX	       ".doc"
#define DOC_MAX_BYTES  ((size_t)512 << 20)
#define DOC_NAME_BYTES (DIGEST_HEX_LEN + sizeof SUFFIX)

static char *path_of(const char *plans_dir, const struct digest *key)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(key, hex);
	return xasprintf("%s/%s" SUFFIX, plans_dir, hex);
}

int docfile_read(const char *plans_dir, const struct digest *key, struct strbuf *bytes)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(plans_dir, key);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int result;

	if (fd < 0)
		return 1;
	strbuf_clear(bytes);
	result = fs_read_fd(fd, DOC_MAX_BYTES, bytes, NULL);
	close(fd);
	return result < 0 ? 1 : 0;
}

struct old_doc {
	char name[DOC_NAME_BYTES];
	int64_t mtime_ns;
};

static int compare_age(const void *a, const void *b)
{
	const struct old_doc *x = a, *y = b;

	return x->mtime_ns > y->mtime_ns ? -1 : x->mtime_ns < y->mtime_ns;
}

static bool is_doc(const char *name)
{
	return strlen(name) == DOC_NAME_BYTES - 1 && strcmp(name + DIGEST_HEX_LEN, SUFFIX) == 0;
}

static void remove_old(const char *plans_dir)
{
	VEC(struct old_doc) docs = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	struct file_id id;

	if (fs_dir_open(&dir, AT_FDCWD, plans_dir, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		struct old_doc doc;

		if (!is_doc(entry.name) || fs_stat(fs_dir_fd(&dir), entry.name, &id, NULL) != 0 ||
		    !S_ISREG(id.mode))
			continue;
		memcpy(doc.name, entry.name, sizeof doc.name);
		doc.mtime_ns = id.mtime_ns;
		vec_push(&docs, doc);
	}
	if (docs.n > DOCS_KEPT)
		qsort(docs.v, docs.n, sizeof *docs.v, compare_age);
	for (size_t i = DOCS_KEPT; i < docs.n; i++)
		unlinkat(fs_dir_fd(&dir), docs.v[i].name, 0);
	fs_dir_close(&dir);
	vec_release(&docs);
}

int docfile_write(const char *plans_dir, const struct digest *key, const struct strbuf *bytes,
		  struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(plans_dir, key);

	if (fs_mkdir_p(AT_FDCWD, plans_dir, 0700, err) < 0 ||
	    fs_replace(AT_FDCWD, path, 0600, strbuf_str(bytes), bytes->len, 0, err) < 0)
		return -1;
	remove_old(plans_dir);
	return 0;
}
