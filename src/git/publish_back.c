/*
 * Files of the user's that steps wrote to where they stand, and were not to. Who changed a file nobody can
 * tell from looking at it: but the steps have run on a copy since, and what they change there they do
 * change. Each such file is brought from what they make of it to what it was.
 */
#include <string.h>
#include <unistd.h>

#include "base/sorted.h"
#include "publish_impl.h"

struct way_back {
	const struct publish_back *request;
	struct fixes fixes; /* from what steps make of a file to what it was */
	mode_t *perms;	    /* of what it was */
};

static void add(struct way_back *way, int root_fd, const struct fix *made)
{
	const struct place_sight *sight = way->request->sight;
	size_t at = sorted_find(sight->paths, sight->n, made->path);
	struct file_id now = { 0 };

	if (at == sight->n || !made->old_mode ||
	    (fs_stat(root_fd, made->path, &now, NULL) == 0 && fs_same_id(&now, &sight->ids[at])))
		return;
	way->perms[way->fixes.n] = sight->ids[at].mode & 07777;
	way->fixes.list[way->fixes.n++] = (struct fix){ made->path, made->mode, made->old_mode,
							made->oid, made->old_oid };
}

static int find_way(struct way_back *way, struct arena *arena, struct err *err)
{
	const struct fixes *made = way->request->made;
	const char *root = way->request->repo->root;
	int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return err_errno(err, "cannot open '%s'", root);
	way->fixes.list = ARENA_ARRAY(arena, struct fix, made->n + made->n_others + 1);
	way->perms = ARENA_ARRAY(arena, mode_t, made->n + made->n_others + 1);
	for (size_t i = 0; i < made->n; i++)
		add(way, root_fd, &made->list[i]);
	for (size_t i = 0; i < made->n_others; i++)
		add(way, root_fd, &made->others[i]);
	close(root_fd);
	return 0;
}

int publish_back(const struct publish_back *back, struct publish_report *report,
		 struct arena *arena, struct err *err)
{
	struct way_back way = { .request = back };
	struct publish_request request = { .repo = back->repo,
					   .fixes = &way.fixes,
					   .folder = back->folder,
					   .leaves_index = true };

	*report = (struct publish_report){ 0 };
	if (find_way(&way, arena, err) != 0)
		return -1;
	request.back = way.perms;
	return publish_run(&request, report, arena, err);
}
