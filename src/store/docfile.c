/*
 * "<plans dir>/<hex of the key>.doc", written to a temporary file and renamed.
 */
#include "store/docfile.h"

#include <unistd.h>

#include "base/xalloc.h"
#include "store/newest.h"
#include "sys/fs.h"

#define DOCS_KEPT     8
#define SUFFIX	      ".doc"
#define DOC_MAX_BYTES ((size_t)512 << 20)

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

int docfile_write(const char *plans_dir, const struct digest *key, const struct strbuf *bytes,
		  struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(plans_dir, key);

	if (fs_mkdir_p(AT_FDCWD, plans_dir, 0700, err) < 0 ||
	    fs_replace(AT_FDCWD, path, 0600, strbuf_str(bytes), bytes->len, 0, err) < 0)
		return -1;
	newest_keep(plans_dir, SUFFIX, DOCS_KEPT);
	return 0;
}
