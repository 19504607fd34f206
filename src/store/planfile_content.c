/*
 * The slow half of a check: contents of files, texts of links, listings of directories.
 */
#include "store/planfile_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "sys/fs.h"

#define TWO_THREADS_FROM 256 /* contents */
#define THREAD_STACK	 ((size_t)1 << 20)

#ifndef O_NOATIME
#define O_NOATIME 0
#endif

/* ---- Two threads ---- */

struct half {
	plan_range_fn fn;
	void *data;
	size_t first, end;
};

static void *run_half(void *data)
{
	const struct half *half = data;

	half->fn(half->data, 1, half->first, half->end);
	return NULL;
}

static bool has_two_cpus(void)
{
#ifdef __linux__
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
#else
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
#endif
}

static bool start_thread(pthread_t *thread, struct half *half)
{
	pthread_attr_t attr;
	bool is_started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	is_started = pthread_attr_setstacksize(&attr, THREAD_STACK) == 0 &&
		     pthread_create(thread, &attr, run_half, half) == 0;
	pthread_attr_destroy(&attr);
	return is_started;
}

void plan_in_parallel(size_t n, size_t min_for_two, plan_range_fn fn, void *data)
{
	struct half half = { .fn = fn, .data = data, .first = n / 2, .end = n };
	pthread_t thread;

	if (n < min_for_two || !has_two_cpus() || !start_thread(&thread, &half)) {
		fn(data, 0, 0, n);
		return;
	}
	fn(data, 0, 0, half.first);
	pthread_join(thread, NULL);
}

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

static int file_digest(int root_fd, const char *path, const struct hash_secret *secret,
		       struct digest *digest)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(root_fd, path, flags | O_NOATIME), result;
	uint64_t size_bytes;

	if (fd < 0 && errno == EPERM)
		fd = openat(root_fd, path, flags);
	if (fd < 0)
		return -1;
	result = hash_fd(secret, fd, digest, &size_bytes, NULL);
	close(fd);
	return result;
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

static int content_digest(const struct plan_fact *fact, int root_fd, const char *path,
			  const struct hash_secret *secret, struct digest *digest)
{
	switch (fact->kind) {
	case PLAN_FILE: return file_digest(root_fd, path, secret, digest);
	case PLAN_LINK: return link_digest(root_fd, path, secret, digest);
	case PLAN_DIR: return planfile_dir_digest(root_fd, path, digest, NULL);
	default: return -1;
	}
}

static bool still_holds(struct plan_fact *fact, int root_fd, const char *path,
			const struct hash_secret *secret, int64_t clock_ns)
{
	struct file_id before, after;
	struct digest digest;

	if (fs_stat(root_fd, path, &before, NULL) != 0 ||
	    (before.mode & S_IFMT) != (fact->mode & S_IFMT) ||
	    content_digest(fact, root_fd, path, secret, &digest) < 0 ||
	    !digest_equal(&digest, &fact->digest) || fs_stat(root_fd, path, &after, NULL) != 0 ||
	    !fs_same_id(&before, &after))
		return false;
	plan_fact_set_id(fact, &after, clock_ns);
	return true;
}

struct comparison {
	const struct plan_view *view;
	int root_fd;
	const struct hash_secret *secret;
	const uint32_t *suspects;
	int64_t clock_ns;
	bool differs[2]; /* a word for each half, read after both are done */
};

static void compare_range(void *data, unsigned half, size_t first, size_t end)
{
	struct comparison *work = data;
	size_t i;

	for (i = first; i < end && !work->differs[half]; i++) {
		struct plan_fact *fact = &work->view->facts[work->suspects[i]];

		work->differs[half] = !still_holds(fact, work->root_fd,
						   work->view->texts + fact->path, work->secret,
						   work->clock_ns);
	}
}

bool plan_compare_contents(const struct plan_view *view, int root_fd,
			   const struct hash_secret *secret, const uint32_t *suspects, size_t n,
			   int64_t clock_ns)
{
	struct comparison work = {
		.view = view,
		.root_fd = root_fd,
		.secret = secret,
		.suspects = suspects,
		.clock_ns = clock_ns,
	};

	plan_in_parallel(n, TWO_THREADS_FROM, compare_range, &work);
	return !work.differs[0] && !work.differs[1];
}
