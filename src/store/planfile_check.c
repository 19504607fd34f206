/*
 * The speed path: one lstat a fact, grouped by directory; contents only where the stat moved.
 */
#include "store/planfile_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "store/boot_impl.h"
#include "store/secret_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/parallel.h"

#define TWO_THREADS_FROM 4000 /* lstats: below that a thread costs what it saves */
#define DIR_FD_FROM	 4    /* facts of a directory for which opening it pays */
/* A daily long way round notes the use of the records, which gc goes by. */
#define GOOD_FOR_MS INT64_C(86400000)

/* ---- Mapping ---- */

static void *map_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	void *bytes = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= (off_t)sizeof(struct plan_head)) {
		*len = (size_t)st.st_size;
		bytes = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return bytes == MAP_FAILED ? NULL : bytes;
}

/* In one go what is read in any case; the nodes behind it are not needed while the plan holds. */
static void load_front(void *bytes, size_t len)
{
#ifdef MADV_POPULATE_READ
	const struct plan_head *head = bytes;
	uint64_t front = head->front_bytes;

	madvise(bytes, front < len ? (size_t)front : len, MADV_POPULATE_READ);
#else
	(void)bytes;
	(void)len;
#endif
}

/* ---- Stats ---- */

struct stats {
	const struct plan_view *view;
	int root_fd;
	uint8_t *moved;	   /* by fact */
	bool any_moved[2]; /* by half */
	VEC(uint32_t) suspects[2];
};

static int64_t stat_ns(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

static bool is_same(const struct plan_fact *fact, const struct stat *st)
{
	return fact->ino == (uint64_t)st->st_ino && fact->dev == (uint64_t)st->st_dev &&
	       fact->mode == (uint32_t)st->st_mode && fact->mtime_ns == stat_ns(&st->st_mtim) &&
	       fact->ctime_ns == stat_ns(&st->st_ctim) && fact->size_bytes == (uint64_t)st->st_size;
}

/* Could the content still be the same? */
static bool is_possible(const struct plan_fact *fact, const struct stat *st)
{
	if ((fact->mode & S_IFMT) != (st->st_mode & S_IFMT))
		return false;
	if (fact->kind != PLAN_FILE)
		return true;
	return fact->size_bytes == (uint64_t)st->st_size &&
	       (fact->mode & S_IXUSR) == (st->st_mode & S_IXUSR);
}

/* 0: holds; 1: its content must be compared; -1: it does not hold. */
static int check_fact(const struct plan_fact *fact, int dirfd, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fact->kind == PLAN_ABSENT && (errno == ENOENT || errno == ENOTDIR) ? 0 : -1;
	if (fact->kind == PLAN_ABSENT)
		return -1;
	if (is_same(fact, &st))
		return fact->is_racy;
	return is_possible(fact, &st) ? 1 : -1;
}

static void check_group(struct stats *work, unsigned half, const struct plan_group *group,
			size_t first, size_t end)
{
	const char *texts = work->view->texts;
	int dirfd = -1;
	size_t i;

	if (end - first >= DIR_FD_FROM && texts[group->dir])
		dirfd = openat(work->root_fd, texts + group->dir,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = first; i < end; i++) {
		const struct plan_fact *fact = &work->view->facts[i];
		const char *path = texts + fact->path;
		int result = dirfd < 0 ? check_fact(fact, work->root_fd, path)
				       : check_fact(fact, dirfd, path + fact->name);

		work->any_moved[half] |= result < 0;
		if (result < 0)
			work->moved[i] = 1;
		else if (result > 0)
			vec_push(&work->suspects[half], (uint32_t)i);
	}
	if (dirfd >= 0)
		close(dirfd);
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void check_range(void *data, unsigned half, size_t first, size_t end)
{
	struct stats *work = data;
	uint32_t g;

	for (g = 0; g < work->view->head->n_groups; g++) {
		const struct plan_group *group = &work->view->groups[g];
		size_t from = max_size(first, group->first), to = group->first + group->n;

		if (to > end)
			to = end;
		if (from >= to)
			continue;
		check_group(work, half, group, from, to);
	}
}

/* ---- Environment ---- */

static bool env_holds(const struct plan_view *view)
{
	uint32_t i;

	for (i = 0; i < view->head->n_env; i++) {
		const struct plan_env *env = &view->env[i];
		const char *value = getenv(view->texts + env->name);
		struct digest digest;

		if (!value != !env->is_set)
			return false;
		if (!value)
			continue;
		digest = plan_env_digest(view->head->salt, value);
		if (!digest_equal(&digest, &env->digest))
			return false;
	}
	return true;
}

/* ---- Contents ---- */

/* The clock of the file system before anything is read: the birth of the file that will take our
 * place. Where none can be made the contents count all the same, but are not noted. */
static int open_successor(struct fs_temp *temp, const char *path, int64_t *clock_ns)
{
	struct file_id id;

	*clock_ns = 0;
	if (fs_temp_open(temp, AT_FDCWD, path, 0600, NULL) < 0)
		return -1;
	if (fs_stat_fd(temp->fd, &id, NULL) == 0)
		*clock_ns = id.mtime_ns;
	return 0;
}

static void write_successor(struct fs_temp *temp, const struct plan_view *view)
{
	plan_view_seal(view);
	if (fs_write_all(temp->fd, view->head, (size_t)view->head->file_bytes, NULL) == 0)
		fs_temp_commit(temp, 0, NULL);
	else
		fs_temp_abort(temp);
}

/* False: nothing can be said. What moved is marked; the view is that of a copy then. */
static bool look_at_contents(struct planfile *planfile, int root_fd, const char *path,
			     const char *cache_dir, const struct stats *work)
{
	struct hash_secret secret;
	struct fs_temp temp;
	int64_t clock_ns;
	bool is_known, has_temp, any_moved = work->any_moved[0] || work->any_moved[1];
	size_t n = work->suspects[0].n;

	planfile->copy = xmemdup(planfile->bytes, planfile->len);
	if (secret_read(cache_dir, &secret) != 0 ||
	    plan_view_open(planfile->copy, planfile->len, &planfile->view) < 0)
		return false;
	has_temp = open_successor(&temp, path, &clock_ns) == 0;
	is_known = plan_compare_contents(&planfile->view, root_fd, &secret, work->suspects[0].v, n,
					 clock_ns, planfile->moved);
	for (size_t i = 0; i < n; i++)
		any_moved |= planfile->moved[work->suspects[0].v[i]];
	if (has_temp && is_known && !any_moved)
		write_successor(&temp, &planfile->view);
	else if (has_temp)
		fs_temp_abort(&temp);
	return is_known;
}

/* False: nothing can be said. */
static bool look_at_facts(struct planfile *planfile, int root_fd, const char *path,
			  const char *cache_dir)
{
	struct stats work = { .view = &planfile->view,
			      .root_fd = root_fd,
			      .moved = planfile->moved };
	bool is_known = true;
	size_t i;

	parallel_halves(planfile->view.head->n_facts, TWO_THREADS_FROM, check_range, &work);
	for (i = 0; i < work.suspects[1].n; i++)
		vec_push(&work.suspects[0], work.suspects[1].v[i]);
	if (work.suspects[0].n)
		is_known = look_at_contents(planfile, root_fd, path, cache_dir, &work);
	vec_release(&work.suspects[0]);
	vec_release(&work.suspects[1]);
	return is_known;
}

static bool is_fresh(const struct plan_head *head)
{
	int64_t now_ms = clock_realtime_ms(), then_ms = head->written_unix_ms; /* any number */

	return then_ms > now_ms - GOOD_FOR_MS && then_ms < now_ms + GOOD_FOR_MS &&
	       head->boot == boot_number();
}

static struct planfile *open_planfile(const char *path)
{
	struct planfile *planfile = xcalloc(1, sizeof *planfile);

	planfile->bytes = map_file(path, &planfile->len);
	if (planfile->bytes) {
		load_front(planfile->bytes, planfile->len);
		if (plan_view_open(planfile->bytes, planfile->len, &planfile->view) == 0)
			return planfile;
	}
	planfile_free(planfile);
	return NULL;
}

void planfile_free(struct planfile *planfile)
{
	if (!planfile)
		return;
	if (planfile->bytes)
		munmap(planfile->bytes, planfile->len);
	free(planfile->copy);
	free(planfile->moved);
	free(planfile->kept);
	free(planfile);
}

enum planfile_answer planfile_check(const char *plans_dir, const struct digest *key, int root_fd,
				    const char *cache_dir, struct planfile_summary *summary,
				    struct planfile **out)
{
	char *path CLEANUP(xfree_ptr)
	= plan_path(plans_dir, key);
	struct planfile *planfile = open_planfile(path);

	*out = NULL;
	if (!planfile)
		return PLANFILE_STALE;
	planfile->moved = xcalloc(planfile->view.head->n_facts + 1, 1);
	if (is_fresh(planfile->view.head) && env_holds(&planfile->view) &&
	    look_at_facts(planfile, root_fd, path, cache_dir)) {
		if (!memchr(planfile->moved, 1, planfile->view.head->n_facts)) {
			*summary = planfile->view.head->summary;
			planfile_free(planfile);
			return PLANFILE_HOLDS;
		}
		if (plan_nodes_open(planfile)) {
			*out = planfile;
			return PLANFILE_STALE;
		}
	}
	planfile_free(planfile);
	return PLANFILE_STALE;
}
