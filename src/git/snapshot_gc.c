/*
 * What is in no commit yet may be removed by a `git gc` or `git prune` that runs meanwhile: they spare what is
 * young unless they are told not to. Whoever finds that one was at work looks whether all is there.
 */
#include <fcntl.h>
#include <string.h>

#include "snapshot_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define NAP_MS	      100
#define PATIENCE_MS   10000
#define MAX_FILE_SIZE ((size_t)1 << 20)

/* git's own, in the background, spares what is younger than two weeks. */
static bool is_automatic(const char *pid, struct arena *arena)
{
	struct strbuf words CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *path = arena_printf(arena, "/proc/%.*s/cmdline", (int)strspn(pid, "0123456789"),
					pid);

	if (fs_read_file(AT_FDCWD, path, MAX_FILE_SIZE, &words, NULL) != 0)
		return false;
	for (size_t at = 0; at < words.len; at += strlen(words.buf + at) + 1)
		if (!strcmp(words.buf + at, "--auto"))
			return true;
	return false;
}

/* gc.pid holds "PID HOST" for as long as it is at work. */
static bool is_collecting(const struct repo *repo, struct arena *arena)
{
	struct strbuf pid CLEANUP(strbuf_release) = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, arena_join(arena, repo->common_dir, "/gc.pid", ""),
			 MAX_FILE_SIZE, &pid, NULL) != 0)
		return false;
	return !is_automatic(strbuf_str(&pid), arena);
}

static void look_at(const struct repo *repo, const char *path, struct arena *arena,
		    struct file_id *id)
{
	memset(id, 0, sizeof *id);
	fs_stat(AT_FDCWD, arena_join(arena, repo->common_dir, path, ""), id, NULL);
}

/* It packs, and removes folders that became empty; we make folders only where there are few objects. */
void snapshot_watch_gc(struct snapshot_gc *gc, const struct repo *repo, struct arena *arena)
{
	gc->is_at_work = is_collecting(repo, arena);
	look_at(repo, "/objects", arena, &gc->objects);
	look_at(repo, "/objects/pack", arena, &gc->packs);
}

bool snapshot_may_lack(const struct snapshot_gc *begin, const struct repo *repo,
		       struct arena *arena)
{
	struct snapshot_gc now;

	snapshot_watch_gc(&now, repo, arena);
	return begin->is_at_work || now.is_at_work || !fs_same_id(&begin->objects, &now.objects) ||
	       !fs_same_id(&begin->packs, &now.packs);
}

void snapshot_await_gc(const struct repo *repo, struct arena *arena)
{
	for (unsigned ms = 0; ms < PATIENCE_MS && is_collecting(repo, arena); ms += NAP_MS)
		clock_sleep_ms(NAP_MS);
}
