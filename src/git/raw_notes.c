/*
 * Reading what a snapshot keeps beside its trees.
 */
#include "raw_notes_impl.h"

#include <string.h>

#include "git/cmd.h"

/* "MODE TYPE OID\tNAME\0" */
static void take_entry(struct raw_notes *notes, const char *entry, struct arena *arena)
{
	const char *tab = strchr(entry, '\t');
	const char *type = strchr(entry, ' ');
	const char *oid = type ? strchr(type + 1, ' ') : NULL;

	if (tab && oid && oid < tab && !strncmp(type, " blob ", 6))
		strmap_put(&notes->oids, arena_strdup(arena, tab + 1),
			   arena_strndup(arena, oid + 1, (size_t)(tab - oid - 1)));
}

int raw_notes_open(struct raw_notes *notes, const struct repo *repo, const char *raw,
		   struct arena *arena, struct err *err)
{
	const char *const args[] = { "ls-tree", "-z", "--full-tree", raw, NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	*notes = (struct raw_notes){ .repo = repo };
	if (git_run(&cmd, &out, NULL, err) != 0)
		return err_wrap(err, "cannot read snapshot '%s'", raw);
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		take_entry(notes, out.buf + at, arena);
	return 0;
}

void raw_notes_release(struct raw_notes *notes)
{
	strmap_release(&notes->oids);
}

const char *raw_notes_find(const struct raw_notes *notes, const char *name)
{
	return strmap_get(&notes->oids, name);
}

int raw_notes_read(const struct raw_notes *notes, const char *name, struct strbuf *text,
		   struct err *err)
{
	const char *const args[] = { "cat-file", "blob", raw_notes_find(notes, name), NULL };
	struct git_cmd cmd = { .repo = notes->repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!args[2])
		return 1;
	if (git_run(&cmd, &out, NULL, err) != 0)
		return err_wrap(err, "cannot read '%s' of a snapshot", name);
	strbuf_add(text, out.buf, out.len);
	return 0;
}
