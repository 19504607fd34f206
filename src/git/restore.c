/*
 * The order of a restore, and its report.
 */
#include "git/restore.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "restore_impl.h"
#include "sys/fs.h"

void restore_add_item(struct restore_work *work, const char *name, enum restore_result result,
		      const char *why)
{
	struct restore_item item = { .name = name, .result = result, .why = why };

	vec_push(&work->items, item);
}

static int find_changes(struct restore_work *work, struct err *err)
{
	const struct restore_request *request = work->request;
	size_t kept = 0;

	if (snapshot_diff(request->repo, request->before, request->after, work->arena,
			  &work->changes, &work->n_changes, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_changes; i++)
		if (!request->is_wanted || request->is_wanted(work->changes[i].path, request->data))
			work->changes[kept++] = work->changes[i];
	work->n_changes = kept;
	return 0;
}

static int open_folder(struct restore_work *work, struct err *err)
{
	const struct restore_request *request = work->request;

	work->root_fd = open(request->repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->root_fd < 0)
		return err_errno(err, "cannot open '%s'", request->repo->root);
	return fs_mkdir_p(AT_FDCWD, request->folder, 0700, err);
}

static int open_notes(struct restore_work *work, struct err *err)
{
	const struct restore_request *request = work->request;

	if (raw_notes_open(&work->before, request->repo, request->before, work->arena, err) != 0)
		return -1;
	return raw_notes_open(&work->after, request->repo, request->after, work->arena, err);
}

static void close_folder(struct restore_work *work)
{
	const int fds[] = { work->root_fd, work->wanted_fd, work->removed_fd, work->expected_fd,
			    work->reference_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int run_all(struct restore_work *work, struct restore_report *report, struct err *err)
{
	if (open_folder(work, err) != 0 || open_notes(work, err) != 0 ||
	    restore_read_folders(work, err) != 0 || find_changes(work, err) != 0 ||
	    restore_stage(work, err) != 0)
		return -1;
	restore_paths(work);
	report->n_paths = work->items.n;
	/* Of some paths only: what is not a path stays. */
	if (!work->request->is_wanted &&
	    (restore_operations(work, err) != 0 || restore_refs(work, err) != 0 ||
	     restore_index(work, err) != 0))
		return -1;
	if (restore_look_again(work, err) != 0)
		return -1;
		/* Renames are on the disk before anybody is told that it was done. */
#ifdef __linux__
	if (syncfs(work->root_fd) != 0)
		return err_errno(err, "cannot write the tree to the disk");
#else
	sync();
#endif
	return 0;
}

int restore_run(const struct restore_request *request, struct restore_report *report,
		struct arena *arena, struct err *err)
{
	struct restore_work work = { .request = request,
				     .arena = arena,
				     .root_fd = -1,
				     .wanted_fd = -1,
				     .removed_fd = -1,
				     .expected_fd = -1,
				     .reference_fd = -1 };
	int status;

	*report = (struct restore_report){ 0 };
	status = run_all(&work, report, err);
	report->n_items = work.items.n;
	report->items = arena_memdup(arena, work.items.v, work.items.n * sizeof *work.items.v);
	for (size_t i = 0; i < report->n_items; i++)
		report->n_left += report->items[i].result == RESTORE_LEFT;
	vec_release(&work.items);
	raw_notes_release(&work.before);
	raw_notes_release(&work.after);
	restore_release_folders(&work);
	close_folder(&work);
	return status;
}

int restore_forget(const char *folder, struct err *err)
{
	return fs_remove_tree(AT_FDCWD, folder, err);
}
