/*
 * What trees cannot hold: the index as it is, permissions, empty directories, where branches stand, and
 * what git remembers of a merge in progress.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/cmd.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define MAX_STATE_SIZE (64u << 20)
#define LINK_SIGNATURE "link" /* the index extension that names the shared part of a split index */

struct notes {
	const struct snapshot_work *work;
	struct path_list names; /* in the tree */
	struct strbuf files;	/* for `git hash-object --stdin-paths` */
};

static void note_file(struct notes *notes, const char *name, const char *path)
{
	vec_push(&notes->names.list, arena_strdup(notes->work->arena, name));
	snapshot_add_quoted(&notes->files, path);
}

static int note_text(struct notes *notes, const char *name, const struct strbuf *text,
		     struct err *err)
{
	const char *path = arena_printf(notes->work->arena, "%s/note-%s", notes->work->dir, name);

	note_file(notes, name, path);
	return fs_replace(AT_FDCWD, path, 0600, text->buf, text->len, 0, err);
}

/* ---- The index ---------------------------------------------------------------------------------- */

/* The file that a split index is the rest of: its name is in the extension. */
static int note_shared_index(struct notes *notes, const char *kept, struct err *err)
{
	const struct repo *repo = notes->work->request->repo;
	struct strbuf index CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *at, *end;

	if (fs_read_file(AT_FDCWD, kept, SIZE_MAX, &index, err) != 0)
		return -1;
	at = strbuf_str(&index);
	end = at + index.len;
	while ((at = memmem(at, (size_t)(end - at), LINK_SIGNATURE, 4)) && at + 8 + 32 <= end) {
		for (size_t size = 20; size <= 32; size += 12) {
			struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
			const char *path;

			strbuf_addstr(&name, "sharedindex.");
			for (size_t i = 0; i < size; i++)
				strbuf_addf(&name, "%02x", (unsigned char)at[8 + i]);
			path = arena_join(notes->work->arena, repo->git_dir, "/", name.buf);
			if (access(path, F_OK) == 0)
				note_file(notes, name.buf, path);
		}
		at += 4;
	}
	return 0;
}

/* git looks again at files that are not older than their index: so its time is part of it. */
static int note_index_time(struct notes *notes, const char *kept, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct file_id id;

	if (fs_stat(AT_FDCWD, kept, &id, err) != 0)
		return -1;
	strbuf_addf(&text, "%" PRId64 "\n", id.mtime_ns);
	return note_text(notes, "index-time", &text, err);
}

static int note_index(struct notes *notes, struct err *err)
{
	const struct snapshot_work *work = notes->work;
	const char *kept = arena_join(work->arena, work->dir, "/kept-index", "");

	if (!work->has_index)
		return 0;
	note_file(notes, "index", kept);
	if (work->may_be_split && note_shared_index(notes, kept, err) != 0)
		return -1;
	return note_index_time(notes, kept, err);
}

/* ---- The worktree ------------------------------------------------------------------------------- */

/* One that could not be looked at is asked again, for the error. */
static int add_modes(const struct snapshot_work *work, struct strbuf *text, struct err *err)
{
	for (size_t i = 0; i < work->n_paths; i++) {
		struct file_id id = work->ids[i];
		int answer = work->answers[i];
		unsigned mode;

		if (answer < 0)
			answer = fs_stat(work->root_fd, work->paths[i], &id, err);
		if (answer < 0)
			return -1;
		mode = id.mode & 07777;
		if (answer > 0 || !S_ISREG(id.mode) || mode == 0644 || mode == 0755)
			continue;
		strbuf_addf(text, "%o %s", mode, work->paths[i]);
		strbuf_addch(text, 0);
	}
	return 0;
}

static int note_modes(struct notes *notes, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	int status = add_modes(notes->work, &text, err);

	return status == 0 && text.len ? note_text(notes, "modes", &text, err) : status;
}

static int note_directories(struct notes *notes, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	snapshot_join_paths(&notes->work->directories, &text);
	return text.len ? note_text(notes, "directories", &text, err) : 0;
}

static int note_hidden(struct notes *notes, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	snapshot_join_paths(&notes->work->hidden, &text);
	return text.len ? note_text(notes, "hidden", &text, err) : 0;
}

static int note_folders(struct notes *notes, struct err *err)
{
	const struct folder_list *folders = &notes->work->folders;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < folders->list.n; i++) {
		if (folders->list.v[i].perm == 0755)
			continue;
		strbuf_addf(&text, "%o %s", (unsigned)folders->list.v[i].perm,
			    folders->list.v[i].path);
		strbuf_addch(&text, 0);
	}
	return text.len ? note_text(notes, "folders", &text, err) : 0;
}

/* ---- Branches and operations in progress ----------------------------------------------------------- */

static int note_refs(struct notes *notes, struct err *err)
{
	static const char *const args[] = { "for-each-ref", "--format=%(objectname) %(refname)",
					    "refs/heads", NULL };
	const struct snapshot_work *work = notes->work;
	const char *head = arena_join(work->arena, work->request->repo->git_dir, "/HEAD", "");
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addstr(&text, "HEAD ");
	if (fs_read_file(AT_FDCWD, head, 4096, &text, err) != 0 ||
	    snapshot_git(work, NULL, args, NULL, &text, NULL, err) != 0)
		return -1;
	return note_text(notes, "refs", &text, err);
}

static int note_operations(struct notes *notes, struct err *err)
{
	static const char *const names[] = { "MERGE_HEAD",  "MERGE_MSG",  "MERGE_MODE",
					     "MERGE_RR",    "SQUASH_MSG", "CHERRY_PICK_HEAD",
					     "REVERT_HEAD", "AUTO_MERGE", "ORIG_HEAD" };
	const struct snapshot_work *work = notes->work;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = arena_join(work->arena, work->request->repo->git_dir, "/",
					      names[i]);
		struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
		struct err why CLEANUP(err_release) = ERR_INIT;

		if (fs_read_file(AT_FDCWD, path, MAX_STATE_SIZE, &text, &why) != 0) {
			if (why.kind == ERR_NOT_FOUND)
				continue;
			return err_copy(err, &why);
		}
		if (note_text(notes, names[i], &text, err) != 0)
			return -1;
	}
	return 0;
}

/* "MODE OID STAGE\tPATH" of each unmerged entry: its content has no tree to be in. */
static int note_stages(const struct notes *notes, struct strbuf *lines, struct err *err)
{
	static const char *const args[] = { "ls-files", "-u", "-z", NULL };
	const char *kept = arena_join(notes->work->arena, notes->work->dir, "/kept-index", "");
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	unsigned number = 0;

	if (!notes->work->has_index || !notes->work->may_have_unmerged)
		return 0;
	if (snapshot_git(notes->work, kept, args, NULL, &out, NULL, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *oid = strchr(out.buf + at, ' ');
		bool is_gitlink = !strncmp(out.buf + at, "160000", 6);

		if (oid && !is_gitlink)
			strbuf_addf(lines, "100644 blob %.*s\tstage-%u\n",
				    (int)strcspn(oid + 1, " "), oid + 1, ++number);
	}
	return 0;
}

/* ---- All of it ---------------------------------------------------------------------------------- */

static int hash_files(struct notes *notes, struct strbuf *lines, struct err *err)
{
	static const char *const args[] = { "hash-object", "-w", "--no-filters", "--stdin-paths",
					    NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	char *line, *rest = NULL;
	size_t i = 0;

	if (snapshot_git(notes->work, NULL, args, &notes->files, &out, NULL, err) != 0)
		return -1;
	strbuf_grow(&out, 1);
	for (line = strtok_r(out.buf, "\n", &rest); line && i < notes->names.list.n;
	     line = strtok_r(NULL, "\n", &rest))
		strbuf_addf(lines, "100644 blob %s\t%s\n", line, notes->names.list.v[i++]);
	return i == notes->names.list.n
		       ? 0
		       : err_set(err, ERR_SYSTEM, "git hash-object printed too little");
}

int snapshot_note(const struct snapshot_work *work, struct strbuf *lines, struct err *err)
{
	struct notes notes = { .work = work };
	int status = -1;

	if (note_index(&notes, err) == 0 && note_modes(&notes, err) == 0 &&
	    note_directories(&notes, err) == 0 && note_folders(&notes, err) == 0 &&
	    note_hidden(&notes, err) == 0 && note_refs(&notes, err) == 0 &&
	    note_operations(&notes, err) == 0 && note_stages(&notes, lines, err) == 0)
		status = hash_files(&notes, lines, err);
	vec_release(&notes.names.list);
	strbuf_release(&notes.files);
	return status;
}
