/*
 * From the tree that a shadow holds to another. Where it is known to hold that tree, only the paths that
 * differ are checked out: to git's read-tree each entry of the index is work.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "place_impl.h"

#define MAX_PATCHED 100 /* paths: git compares each entry of its index with each */

/* ---- All of it ------------------------------------------------------------------------------------------ */

/* What stands in for a name in a pattern of ignore rules. */
static const char *as_pattern(const char *path, struct arena *arena)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addstr(&text, "/");
	for (const char *c = path; *c; c++) {
		if (strchr("\\*?[ ", *c))
			strbuf_addch(&text, '\\');
		strbuf_addch(&text, *c);
	}
	while (text.len > 1 && text.buf[text.len - 1] == '/')
		strbuf_setlen(&text, text.len - 1);
	return arena_strdup(arena, strbuf_str(&text));
}

static int clean(const struct place *place, struct arena *arena, struct err *err)
{
	size_t n = 0, room = 2 * place->n_beside + 3;
	const char **args = ARENA_ARRAY(arena, const char *, room);

	args[n++] = "clean";
	args[n++] = "-ffdxq";
	for (size_t i = 0; i < place->n_beside; i++) {
		args[n++] = "-e";
		args[n++] = as_pattern(place->beside[i], arena);
	}
	return place_git(place, args, NULL, NULL, err);
}

static int read_tree(const struct place *place, struct err *err)
{
	const char *args[] = { "read-tree", "--reset", "-u", place->frozen->tree, NULL };

	return place_git(place, args, NULL, NULL, err);
}

/* ---- What differs --------------------------------------------------------------------------------------- */

static bool is_above(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	return !strncmp(folder, path, len) && path[len] == '/';
}

/* Files alone, none of them where a folder was or is to be, and none that another one may be where names
 * are the same in capitals: that one would be removed after this was written. */
static bool is_plain(const struct fixes *fixes)
{
	for (size_t i = 0; i < fixes->n; i++) {
		const struct fix *fix = &fixes->list[i];

		if (fix->old_mode == MODE_SUBMODULE || fix->mode == MODE_SUBMODULE)
			return false;
		for (size_t k = 0; k < fixes->n; k++)
			if (is_above(fix->path, fixes->list[k].path) ||
			    (k != i && !strcasecmp(fix->path, fixes->list[k].path)))
				return false;
	}
	return true;
}

static int check_out(const struct place *place, const struct fixes *fixes, struct err *err)
{
	const char *args[] = { "checkout",
			       "-q",
			       "--no-overlay",
			       "--pathspec-from-file=-",
			       "--pathspec-file-nul",
			       place->frozen->tree,
			       NULL };
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < fixes->n; i++) {
		strbuf_addf(&names, ":(top,literal)%s", fixes->list[i].path);
		strbuf_addch(&names, '\0');
	}
	return names.len ? place_git(place, args, &names, NULL, err) : 0;
}

/* 1: not that way. A sparse checkout is for read-tree to judge. */
static int patch(const struct place *place, const char *from, struct arena *arena)
{
	const char *sparse = arena_join(arena, place->repo.git_dir, "/info/sparse-checkout", "");
	struct fixes fixes;

	if (access(sparse, F_OK) == 0 ||
	    place_compare(place->user, from, place->frozen->tree, &fixes, arena, NULL) != 0 ||
	    fixes.n > MAX_PATCHED || !is_plain(&fixes))
		return 1;
	return check_out(place, &fixes, NULL) == 0 ? 0 : 1;
}

/* ---- Which way ------------------------------------------------------------------------------------------ */

/* Untracked files go first, as long as the index knows which they are. */
int place_bring(const struct place *place, enum place_trust trust, const char *from,
		struct arena *arena, struct err *err)
{
	if (trust == TRUST_NONE)
		unlink(place->index);
	if ((trust == TRUST_INDEX || trust == TRUST_TRACKED) && clean(place, arena, err) != 0)
		return -1;
	if (trust >= TRUST_TRACKED && patch(place, from, arena) == 0)
		return 0;
	if (read_tree(place, err) != 0)
		return -1;
	return trust == TRUST_NONE ? clean(place, arena, err) : 0;
}
