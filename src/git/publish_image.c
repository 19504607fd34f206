/*
 * What is at a name, as a value. See publish_impl.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "ext/hash.h"
#include "publish_impl.h"

#define MAX_LINK 65536

int publish_open_above(int top_fd, const char *path, bool makes, const char **name)
{
	const char *slash = strrchr(path, '/'), *above_name;
	char *dir CLEANUP(xfree_ptr)
	= NULL;
	struct err why CLEANUP(err_release) = ERR_INIT;
	int fd, above;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return fcntl(top_fd, F_DUPFD_CLOEXEC, 0);
	dir = xstrndup(path, (size_t)(slash - path));
	fd = fs_open_beneath(top_fd, dir, O_RDONLY | O_DIRECTORY, 0, &why);
	if (fd >= 0 || why.kind != ERR_NOT_FOUND || !makes)
		return fd;
	above = publish_open_above(top_fd, dir, true, &above_name);
	if (above < 0)
		return -1;
	if (mkdirat(above, above_name, 0777) == 0 || errno == EEXIST)
		fd = openat(above, above_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(above);
	return fd;
}

static int read_link(struct image *image, int dirfd, const char *name, struct err *err)
{
	ssize_t n;

	strbuf_grow(&image->bytes, MAX_LINK);
	n = readlinkat(dirfd, name, image->bytes.buf, MAX_LINK);
	if (n < 0)
		return err_errno(err, "cannot read the link '%s'", name);
	strbuf_setlen(&image->bytes, (size_t)n);
	return 0;
}

/* The file that is looked at is the one that is read. */
static int read_file(struct image *image, int dirfd, const char *name, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), status;

	if (fd < 0)
		return err_errno(err, "cannot read '%s'", name);
	status = fs_stat_fd(fd, &image->id, err);
	if (status == 0)
		status = fs_read_fd(fd, SIZE_MAX, &image->bytes, err);
	close(fd);
	image->perm = image->id.mode & 07777;
	return status;
}

int image_read(struct image *image, int dirfd, const char *path, struct err *err)
{
	const char *name;
	int fd = publish_open_above(dirfd, path, false, &name), status;

	*image = (struct image){ 0 };
	if (fd < 0)
		return 0;
	status = fs_stat(fd, name, &image->id, err);
	if (status == 0) {
		image->kind = S_ISREG(image->id.mode)	? IMAGE_FILE
			      : S_ISLNK(image->id.mode) ? IMAGE_LINK
							: IMAGE_OTHER;
		if (image->kind == IMAGE_FILE)
			status = read_file(image, fd, name, err);
		else if (image->kind == IMAGE_LINK)
			status = read_link(image, fd, name, err);
	}
	close(fd);
	return status < 0 ? -1 : 0;
}

void image_release(struct image *image)
{
	strbuf_release(&image->bytes);
	*image = (struct image){ 0 };
}

bool image_is_same(const struct image *a, const struct image *b)
{
	return a->kind == b->kind && a->bytes.len == b->bytes.len &&
	       (!a->bytes.len || !memcmp(a->bytes.buf, b->bytes.buf, a->bytes.len)) &&
	       (a->kind != IMAGE_FILE || a->perm == b->perm);
}

struct digest image_digest(const struct image *image)
{
	struct hash_stream *stream = hash_stream_new(NULL);
	const unsigned char kind = (unsigned char)image->kind;
	struct digest digest;

	hash_stream_add(stream, &kind, 1);
	hash_stream_add(stream, strbuf_str(&image->bytes), image->bytes.len);
	digest = hash_stream_digest(stream);
	hash_stream_free(stream);
	return digest;
}

int image_write(const struct image *image, int dirfd, const char *name, struct err *err)
{
	int fd, status;

	if (image->kind == IMAGE_LINK)
		return symlinkat(strbuf_str(&image->bytes), dirfd, name) == 0
			       ? 0
			       : err_errno(err, "cannot make '%s'", name);
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "cannot make '%s'", name);
	status = fs_write_all(fd, strbuf_str(&image->bytes), image->bytes.len, err);
	if (status == 0 && fchmod(fd, image->perm) != 0)
		status = err_errno(err, "cannot set the permissions of '%s'", name);
	return fs_close(fd, status == 0 ? err : NULL) == 0 ? status : -1;
}
