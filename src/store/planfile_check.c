/*
 * The speed path: one lstat a fact, grouped by directory; contents only where the stat moved. As soon
 * as one thing is known to have moved there is something to do: who asked is told so, and goes on while
 * the rest is looked at in a thread.
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
#include "sys/behind.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/parallel.h"

#define TWO_THREADS_FROM 1500 /* lstats: below that a thread costs what it saves */
#define REST_FROM	 256  /* lstats that are left for a thread */
#define TRIED_MAX	 4 /* contents that are compared on the way to know whether one moved… */
#define TRIED_BYTES	 65536 /* …of so many bytes at most: they are read twice */
#define DIR_FD_FROM	 4     /* facts of a directory for which opening it pays */
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
		bytes = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
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

struct part { /* of the facts: [next, end) */
	struct plan_look *look;
	size_t next, end;
	bool may_leave;	    /* before the end, when one has moved */
	unsigned n_may_try; /* contents, to know whether one has */
	bool any_moved;
	VEC(uint32_t) suspects;
};

struct plan_look {
	struct planfile *planfile;
	int root_fd;
	char *path, *cache_dir;
	struct part
		parts[3]; /* here; where there are many in two threads; what is left of the first */
	struct behind half, rest;
	bool is_known; /* once all is done: everything that moved is marked */
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

/* True: the content of a suspect is another one. */
static bool is_another(struct part *part, uint32_t index)
{
	struct planfile *planfile = part->look->planfile;
	const struct plan_fact *fact = &planfile->view.facts[index];
	struct hash_secret secret;

	if (!part->n_may_try || fact->kind != PLAN_FILE || fact->size_bytes > TRIED_BYTES ||
	    secret_read(part->look->cache_dir, &secret) != 0)
		return false;
	part->n_may_try--;
	plan_compare_contents(&planfile->view, part->look->root_fd, &secret, &index, 1, 0,
			      planfile->moved);
	return planfile->moved[index];
}

/* False: it has moved. */
static bool take_fact(struct part *part, uint32_t index, int dirfd)
{
	struct planfile *planfile = part->look->planfile;
	const struct plan_fact *fact = &planfile->view.facts[index];
	const char *path = planfile->view.texts + fact->path;
	int result = dirfd < 0 ? check_fact(fact, part->look->root_fd, path)
			       : check_fact(fact, dirfd, path + fact->name);

	if (result < 0)
		planfile->moved[index] = 1;
	else if (result > 0 && !is_another(part, index))
		vec_push(&part->suspects, index);
	part->any_moved |= planfile->moved[index];
	return !planfile->moved[index];
}

/* False: it was left, for something moved. */
static bool check_group(struct part *part, const struct plan_group *group, size_t end)
{
	const struct plan_look *look = part->look;
	const char *dir = look->planfile->view.texts + group->dir;
	int dirfd = -1;
	bool is_whole = true;

	if (end - part->next >= DIR_FD_FROM && *dir)
		dirfd = openat(look->root_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (is_whole && part->next < end)
		is_whole = take_fact(part, (uint32_t)part->next++, dirfd) || !part->may_leave;
	if (dirfd >= 0)
		close(dirfd);
	return is_whole;
}

/* Groups are in the order of their facts. */
static void check_part(void *data)
{
	struct part *part = data;
	const struct plan_view *view = &part->look->planfile->view;
	uint32_t g;

	for (g = 0; g < view->head->n_groups && part->next < part->end; g++) {
		const struct plan_group *group = &view->groups[g];
		size_t end = (size_t)group->first + group->n;

		if (end <= part->next)
			continue;
		if (!check_group(part, group, end < part->end ? end : part->end))
			break;
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

/* False: nothing can be said. What moved is marked; what did not has its new identity. */
static bool look_at_contents(struct plan_look *look, const uint32_t *suspects, size_t n,
			     bool any_moved)
{
	struct planfile *planfile = look->planfile;
	struct hash_secret secret;
	struct fs_temp temp;
	int64_t clock_ns;
	bool is_known, has_temp;

	if (secret_read(look->cache_dir, &secret) != 0)
		return false;
	has_temp = open_successor(&temp, look->path, &clock_ns) == 0;
	is_known = plan_compare_contents(&planfile->view, look->root_fd, &secret, suspects, n,
					 clock_ns, planfile->moved);
	for (size_t i = 0; i < n; i++)
		any_moved |= planfile->moved[suspects[i]];
	if (has_temp && is_known && !any_moved)
		write_successor(&temp, &planfile->view);
	else if (has_temp)
		fs_temp_abort(&temp);
	return is_known;
}

/* When all stats are known, also those of the threads. */
static void finish_look(struct plan_look *look)
{
	struct part *all = &look->parts[0];

	behind_wait(&look->half);
	for (size_t i = 1; i < ARRAY_SIZE(look->parts); i++) {
		for (size_t k = 0; k < look->parts[i].suspects.n; k++)
			vec_push(&all->suspects, look->parts[i].suspects.v[k]);
		all->any_moved |= look->parts[i].any_moved;
	}
	look->is_known = true;
	if (all->suspects.n)
		look->is_known = look_at_contents(look, all->suspects.v, all->suspects.n,
						  all->any_moved);
}

static void look_at_rest(void *data)
{
	struct plan_look *look = data;

	check_part(&look->parts[2]);
	finish_look(look);
}

/* True: all of it was looked at. */
static bool look_at_facts(struct plan_look *look)
{
	size_t n = look->planfile->view.head->n_facts, half = n;
	bool has_two = n >= REST_FROM && parallel_has_two_cpus();
	struct part *here = &look->parts[0], *rest = &look->parts[2];

	if (has_two && n >= TWO_THREADS_FROM) {
		half = n / 2;
		look->parts[1] = (struct part){ .look = look, .next = half, .end = n };
		behind_start_apart(&look->half, check_part, &look->parts[1]);
	}
	*here = (struct part){ .look = look,
			       .end = half,
			       .may_leave = has_two,
			       .n_may_try = has_two ? TRIED_MAX : 0 };
	check_part(here);
	*rest = (struct part){ .look = look, .next = here->next, .end = half };
	if (here->any_moved && has_two && n - here->next >= REST_FROM) {
		behind_start_apart(&look->rest, look_at_rest, look);
		return false;
	}
	look_at_rest(look);
	return true;
}

static void look_free(struct plan_look *look)
{
	if (!look)
		return;
	behind_wait(&look->rest);
	behind_wait(&look->half);
	for (size_t i = 0; i < ARRAY_SIZE(look->parts); i++)
		vec_release(&look->parts[i].suspects);
	free(look->path);
	free(look->cache_dir);
	free(look);
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
	look_free(planfile->look);
	if (planfile->bytes)
		munmap(planfile->bytes, planfile->len);
	free(planfile->moved);
	free(planfile->kept);
	free(planfile);
}

static struct plan_look *look_new(struct planfile *planfile, int root_fd, const char *path,
				  const char *cache_dir)
{
	struct plan_look *look = xcalloc(1, sizeof *look);

	look->planfile = planfile;
	look->root_fd = root_fd;
	look->path = xstrdup(path);
	look->cache_dir = xstrdup(cache_dir);
	return look;
}

bool planfile_settle(struct planfile *planfile)
{
	behind_wait(&planfile->look->rest);
	return planfile->look->is_known && plan_nodes_open(planfile);
}

static bool none_moved(const struct planfile *planfile)
{
	return planfile->look->is_known &&
	       !memchr(planfile->moved, 1, planfile->view.head->n_facts);
}

enum planfile_answer planfile_check(const char *plans_dir, const struct digest *key, int root_fd,
				    const char *cache_dir, struct planfile_summary *summary,
				    struct planfile **out)
{
	char *path CLEANUP(xfree_ptr)
	= plan_path(plans_dir, key);
	struct planfile *planfile = open_planfile(path);
	bool is_done;

	*out = NULL;
	if (!planfile)
		return PLANFILE_STALE;
	if (!is_fresh(planfile->view.head) || !env_holds(&planfile->view)) {
		planfile_free(planfile);
		return PLANFILE_STALE;
	}
	planfile->moved = xcalloc(planfile->view.head->n_facts + 1, 1);
	planfile->look = look_new(planfile, root_fd, path, cache_dir);
	is_done = look_at_facts(planfile->look);
	if (is_done && none_moved(planfile)) {
		*summary = planfile->view.head->summary;
		planfile_free(planfile);
		return PLANFILE_HOLDS;
	}
	*out = planfile;
	return PLANFILE_STALE;
}
