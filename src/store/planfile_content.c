/*
 * The slow half of a check: contents of files, texts of links, listings of directories.
 */
#include "store/planfile_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/parallel.h"

#define TWO_THREADS_FROM 256 /* contents */
#define MOVED_MAX	 32  /* of a half: what moved is read once more by who asks for it */

#ifndef O_NOATIME
#define O_NOATIME 0
#endif

/* ---- Listings ---- */

struct name_type {
	const char *name;
	unsigned char type;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name_type *)a)->name, ((const struct name_type *)b)->name);
}

static struct digest digest_of_names(struct name_type *names, size_t n)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t i;

	if (n)
		qsort(names, n, sizeof *names, compare_names);
	for (i = 0; i < n; i++) {
		strbuf_addch(&text, (char)names[i].type);
		strbuf_add(&text, names[i].name, strlen(names[i].name) + 1);
	}
	return hash_bytes(NULL, strbuf_str(&text), text.len);
}

int planfile_dir_digest(int root_fd, const char *path, struct digest *listing, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	VEC(struct name_type) names = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	int result = fs_dir_open(&dir, root_fd, path, err);

	if (result > 0)
		return err_set(err, ERR_NOT_FOUND, "no directory '%s'", path);
	if (result < 0)
		return -1;
	while ((result = fs_dir_next(&dir, &entry, err)) > 0) {
		struct name_type name = { arena_strdup(&arena, entry.name), entry.type };

		vec_push(&names, name);
	}
	fs_dir_close(&dir);
	if (result == 0)
		*listing = digest_of_names(names.v, names.n);
	vec_release(&names);
	return result;
}

/* ---- Contents ---- */

/* By its fd: the names of ten thousand files are looked up once each. */
static int file_digest(int root_fd, const char *path, const struct hash_secret *secret,
		       struct digest *digest, struct file_id *id)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(root_fd, path, flags | O_NOATIME), result;
	struct file_id before;
	uint64_t size_bytes;

	if (fd < 0 && errno == EPERM)
		fd = openat(root_fd, path, flags);
	if (fd < 0)
		return -1;
	result = fs_stat_fd(fd, &before, NULL);
	if (result == 0 && !S_ISREG(before.mode))
		result = -1;
	if (result == 0)
		result = hash_fd(secret, fd, digest, &size_bytes, NULL);
	if (result == 0)
		result = fs_stat_fd(fd, id, NULL);
	close(fd);
	return result == 0 && fs_same_id(&before, id) ? 0 : -1;
}

static int link_digest(int root_fd, const char *path, const struct hash_secret *secret,
		       struct digest *digest)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(root_fd, path, target, sizeof target);

	if (len < 0 || (size_t)len == sizeof target)
		return -1;
	*digest = hash_bytes(secret, target, (size_t)len);
	return 0;
}

static int path_digest(const struct plan_fact *fact, int root_fd, const char *path,
		       const struct hash_secret *secret, struct digest *digest, struct file_id *id)
{
	struct file_id before;
	int result = fs_stat(root_fd, path, &before, NULL);

	if (result != 0 || (before.mode & S_IFMT) != (fact->mode & S_IFMT))
		return -1;
	if (fact->kind == PLAN_LINK)
		result = link_digest(root_fd, path, secret, digest);
	else
		result = planfile_dir_digest(root_fd, path, digest, NULL);
	if (result == 0)
		result = fs_stat(root_fd, path, id, NULL);
	return result == 0 && fs_same_id(&before, id) ? 0 : -1;
}

static bool still_holds(struct plan_fact *fact, int root_fd, const char *path,
			const struct hash_secret *secret, int64_t clock_ns)
{
	struct file_id id;
	struct digest digest;
	int result = fact->kind == PLAN_FILE
			     ? file_digest(root_fd, path, secret, &digest, &id)
			     : path_digest(fact, root_fd, path, secret, &digest, &id);

	if (result != 0 || !digest_equal(&digest, &fact->digest))
		return false;
	plan_fact_set_id(fact, &id, clock_ns);
	return true;
}

struct comparison {
	const struct plan_view *view;
	int root_fd;
	const struct hash_secret *secret;
	const uint32_t *suspects;
	int64_t clock_ns;
	uint8_t *moved;
	unsigned n_moved[2]; /* a word for each half, read after both are done */
};

static void compare_range(void *data, unsigned half, size_t first, size_t end)
{
	struct comparison *work = data;
	size_t i;

	for (i = first; i < end && work->n_moved[half] < MOVED_MAX; i++) {
		struct plan_fact *fact = &work->view->facts[work->suspects[i]];

		if (still_holds(fact, work->root_fd, work->view->texts + fact->path, work->secret,
				work->clock_ns))
			continue;
		work->moved[work->suspects[i]] = 1;
		work->n_moved[half]++;
	}
}

bool plan_compare_contents(const struct plan_view *view, int root_fd,
			   const struct hash_secret *secret, const uint32_t *suspects, size_t n,
			   int64_t clock_ns, uint8_t *moved)
{
	struct comparison work = {
		.view = view,
		.root_fd = root_fd,
		.secret = secret,
		.suspects = suspects,
		.clock_ns = clock_ns,
		.moved = moved,
	};

	parallel_halves(n, TWO_THREADS_FROM, compare_range, &work);
	return work.n_moved[0] < MOVED_MAX && work.n_moved[1] < MOVED_MAX;
}
