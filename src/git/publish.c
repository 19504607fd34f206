/*
 * The order of publishing, and what is left of one that was killed. See git/publish.h.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish_impl.h"

#define LOCK_WAIT_MS 30000

static void report_all(const struct publish_work *work, struct publish_report *report)
{
	report->items = ARENA_ARRAY(work->arena, struct publish_item, work->n + 1);
	report->n_items = work->n;
	for (size_t i = 0; i < work->n; i++) {
		const struct publish_step *step = &work->steps[i];

		report->items[i] = (struct publish_item){ step->fix->path, step->result, step->why,
							  step->kept };
		report->n_left += step->result == PUBLISH_LEFT;
	}
}

/* Everything is decided, and made ready, before the first byte of the user's changes. The files come
 * before the index: a try that is cut off in between does the same once more, for what is staged is still
 * what was tested; the other way round, the files would have the fixes undone. */
static int publish_all(struct publish_work *work, struct err *err)
{
	const struct publish_request *request = work->request;

	if (!request->leaves_worktree && publish_plan(work, err) != 0)
		return -1;
	if (!request->leaves_index && publish_index_prepare(work, err) != 0)
		return -1;
	if (!request->leaves_worktree && publish_swap(work, err) != 0)
		return -1;
	if (!request->leaves_index && publish_index_put(work, err) != 0)
		return -1;
	return 0;
}

static int open_folders(struct publish_work *work, struct err *err)
{
	const struct publish_request *request = work->request;

	if (fs_mkdir_p(AT_FDCWD, request->folder, 0700, err) != 0)
		return -1;
	work->folder_fd = open(request->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	work->root_fd = open(work->repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->folder_fd < 0 || work->root_fd < 0)
		return err_errno(err, "cannot open what is to be fixed");
	return 0;
}

static void close_all(struct publish_work *work)
{
	const int fds[] = { work->root_fd, work->folder_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (size_t i = 0; i < work->n; i++) {
		image_release(&work->steps[i].ours);
		image_release(&work->steps[i].wanted);
	}
}

static void note_kept(const char *path, const char *where, void *data)
{
	struct publish_work *work = data;

	for (size_t i = 0; i < work->n; i++)
		if (!strcmp(work->steps[i].fix->path, path))
			work->steps[i].kept = arena_strdup(work->arena, where);
}

static int publish_locked(struct publish_work *work, struct publish_report *report, struct err *err)
{
	int status;

	if (publish_recover_locked(work->repo, work->request->folder, NULL, NULL, err) != 0)
		return -1;
	status = open_folders(work, err);
	if (status == 0)
		status = publish_all(work, err);
	close_all(work);
	publish_recover_locked(work->repo, work->request->folder, note_kept, work, NULL);
	if (status == 0)
		report_all(work, report);
	return status;
}

int publish_run(const struct publish_request *request, struct publish_report *report,
		struct arena *arena, struct err *err)
{
	struct publish_work work = { .request = request,
				     .repo = request->repo,
				     .arena = arena,
				     .root_fd = -1,
				     .folder_fd = -1,
				     .n = request->fixes->n };
	struct lock lock = LOCK_NOT_HELD;
	int status;

	*report = (struct publish_report){ 0 };
	work.steps = ARENA_ARRAY(arena, struct publish_step, work.n + 1);
	for (size_t i = 0; i < work.n; i++)
		work.steps[i].fix = &request->fixes->list[i];
	if (!work.n)
		return 0;
	if (fs_mkdir_p(AT_FDCWD, request->folder, 0700, err) != 0)
		return -1;
	status = lock_wait(&lock, AT_FDCWD, arena_join(arena, request->folder, ".lock", ""),
			   LOCK_EXCLUSIVE, LOCK_WAIT_MS, err);
	work.lock_fd = lock.fd;
	if (status == 0)
		status = publish_locked(&work, report, err);
	lock_release(&lock);
	return status == 0 ? 0 : err_wrap(err, "cannot hand the fixes over");
}
