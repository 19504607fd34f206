/*
 * See silent_impl.h.
 */
#include "silent_impl.h"

#include <string.h>
#include <unistd.h>

#include "ext/hash.h"
#include "store/newest.h"
#include "sys/fs.h"

#define PLACES	   "/wf/places"
#define MARK	   ".writes"
#define MARKS_KEPT 64

/* ---- The mark --------------------------------------------------------------------------------------- */

void silent_begin(struct silent *silent, const struct repo *repo, const struct session *loaded,
		  struct arena *arena)
{
	const char *text = loaded->wf_text ? loaded->wf_text : "";
	struct digest digest = hash_bytes(NULL, text, strlen(text));
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(&digest, hex);
	silent->mark = arena_printf(arena, "%s" PLACES "/%s" MARK, repo->git_dir, hex);
}

bool silent_writes(const struct silent *silent)
{
	return access(silent->mark, F_OK) == 0;
}

/* Without it the next hook finds out once more. */
static void remember(const struct silent *silent, const struct repo *repo, struct arena *arena)
{
	const char *dir = arena_join(arena, repo->git_dir, PLACES, "");

	if (fs_mkdir_p(AT_FDCWD, dir, 0700, NULL) != 0 ||
	    fs_replace(AT_FDCWD, silent->mark, 0600, "", 0, 0, NULL) != 0)
		return;
	newest_keep(dir, MARK, MARKS_KEPT);
}

/* ---- What stays ------------------------------------------------------------------------------------- */

/* It was told of by itself. */
static bool is_left(const struct publish_report *report, const char *path)
{
	for (size_t i = 0; i < report->n_items; i++)
		if (report->items[i].result == PUBLISH_LEFT && !strcmp(report->items[i].path, path))
			return true;
	return false;
}

/* What agreed before and does not now. */
static int find_edited(const struct silent *silent, const struct silent_request *request,
		       struct staging_changes *changes, struct arena *arena, struct err *err)
{
	const struct place_sight *before = &silent->before;
	struct place_request place = request->place;
	struct place_sight now;
	const char *why;
	size_t at = 0;

	place.kind = PLACE_IN_PLACE;
	place.takes_any = true;
	if (place_agrees(&place, &now, &why, arena, err) < 0)
		return -1;
	changes->edited = ARENA_ARRAY(arena, const char *, before->n + 1);
	for (size_t i = 0; i < before->n; i++) {
		while (at < now.n && strcmp(now.paths[at], before->paths[i]) < 0)
			at++;
		if ((at == now.n || strcmp(now.paths[at], before->paths[i]) != 0) &&
		    !is_left(&changes->back, before->paths[i]))
			changes->edited[changes->n_edited++] = before->paths[i];
	}
	return 0;
}

int silent_settle(struct silent *silent, const struct silent_request *request,
		  struct staging_changes *changes, struct arena *arena, struct err *err)
{
	const struct publish_back back = { .repo = request->place.repo,
					   .sight = &silent->before,
					   .made = request->made,
					   .folder = request->folder };

	if ((back.made->n || back.made->n_others) &&
	    (layout_make_runs_dir(request->runs_dir, err) != 0 ||
	     publish_back(&back, &changes->back, arena, err) != 0))
		return err_wrap(err, "cannot put back what steps changed where you work");
	if (changes->back.n_items)
		remember(silent, request->place.repo, arena);
	return find_edited(silent, request, changes, arena, err);
}
