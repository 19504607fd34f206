/*
 * See merge_impl.h.
 */
#include "merge_impl.h"

#include "sys/fs.h"

static const char *const names[MERGE_SIDES] = { "/ours", "/base", "/theirs" };

static int write_side(const char *path, const struct strbuf *text, struct err *err)
{
	return fs_replace(AT_FDCWD, path, 0600, strbuf_str(text), text->len, 0, err);
}

int merge_texts(const struct git_cmd *like, const char *folder,
		const struct strbuf *const texts[MERGE_SIDES], struct strbuf *merged,
		struct err *err)
{
	const char *args[] = { "merge-file", "-p", "-q", NULL, NULL, NULL, NULL };
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct git_cmd cmd = *like;
	int exit_code;

	for (int side = 0; side < MERGE_SIDES; side++) {
		args[3 + side] = arena_join(&arena, folder, names[side], "");
		if (write_side(args[3 + side], texts[side], err) < 0)
			return -1;
	}
	cmd.args = args;
	if (git_run(&cmd, merged, &exit_code, err) < 0)
		return -1;
	return exit_code == 0;
}

static int read_blob(const struct git_cmd *like, const char *oid, struct strbuf *text,
		     struct err *err)
{
	const char *const args[] = { "cat-file", "blob", oid, NULL };
	struct git_cmd cmd = *like;

	cmd.args = args;
	return git_run(&cmd, text, NULL, err);
}

static int write_blob(const struct git_cmd *like, const struct strbuf *text, const char **oid,
		      struct arena *arena, struct err *err)
{
	static const char *const args[] = { "hash-object", "-w", "--stdin", NULL };
	struct git_cmd cmd = *like;

	cmd.args = args;
	cmd.input = text;
	return git_run_line(&cmd, arena, oid, err);
}

int merge_blobs(const struct git_cmd *like, const char *folder, const char *const oids[MERGE_SIDES],
		const char **oid, struct arena *arena, struct err *err)
{
	struct strbuf sides[MERGE_SIDES] = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	const struct strbuf *const texts[MERGE_SIDES] = { &sides[0], &sides[1], &sides[2] };
	struct strbuf merged CLEANUP(strbuf_release) = STRBUF_INIT;
	int rc = 0;

	for (int side = 0; side < MERGE_SIDES && rc == 0; side++)
		rc = read_blob(like, oids[side], &sides[side], err);
	if (rc == 0)
		rc = merge_texts(like, folder, texts, &merged, err);
	if (rc > 0 && write_blob(like, &merged, oid, arena, err) < 0)
		rc = -1;
	for (int side = 0; side < MERGE_SIDES; side++)
		strbuf_release(&sides[side]);
	return rc;
}
