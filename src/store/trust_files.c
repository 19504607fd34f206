/*
 * What a trigger could start: the workflows, and what they may call by name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "store/trust_impl.h"

#include "base/utf8.h"
#include "model/workflow.h"
#include "sys/fs.h"

#define FOLDER	  ".workflows"
#define TEXT_MAX  ((size_t)256 << 10)
#define FILE_MAX  ((size_t)32 << 20) /* what a workflow may have */
#define DEPTH_MAX 16		     /* of folders below actions */

void trust_files_release(struct trust_files *files)
{
	vec_release(&files->list);
}

/* Only what comes back from JSON as it was. */
static bool is_text(const char *bytes, size_t len)
{
	return len <= TEXT_MAX && utf8_is_text(bytes, len);
}

void trust_add(struct trust_files *files, struct arena *arena, const char *path, const void *bytes,
	       size_t len)
{
	struct trust_file file = { .path = arena_strdup(arena, path),
				   .digest = sha256_bytes(bytes, len) };

	if (is_text(bytes, len)) {
		file.text = arena_strndup(arena, bytes, len);
		file.len = len;
	}
	vec_push(&files->list, file);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct trust_file *)a)->path, ((const struct trust_file *)b)->path);
}

void trust_sort(struct trust_files *files)
{
	if (files->list.n)
		qsort(files->list.v, files->list.n, sizeof *files->list.v, compare_paths);
}

/* ---- In the worktree ---- */

struct walk {
	int root_fd;
	struct arena *arena;
	struct trust_files *files;
};

static int add_file(struct walk *walk, const char *path, struct err *err)
{
	struct strbuf bytes CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err why = ERR_INIT;
	int rc = fs_read_file(walk->root_fd, path, FILE_MAX, &bytes, &why);

	if (rc == 0)
		trust_add(walk->files, walk->arena, path, strbuf_str(&bytes), bytes.len);
	else if (why.kind == ERR_NOT_FOUND || why.errnum == EISDIR) /* gone, or a link to no file */
		rc = 0;
	else
		rc = err_set(err, why.kind, "cannot read '%s': %s", path, err_msg(&why));
	err_release(&why);
	return rc;
}

static int add_folder(struct walk *walk, const char *path, int depth, struct err *err);

static int add_entry(struct walk *walk, const char *path, const struct fs_entry *entry, int depth,
		     struct err *err)
{
	const char *below = arena_printf(walk->arena, "%s/%s", path, entry->name);

	if (entry->type == DT_DIR)
		return depth > 0 ? add_folder(walk, below, depth - 1, err) : 0;
	if (entry->type != DT_REG && entry->type != DT_LNK)
		return 0;
	return depth || workflow_stem_length(entry->name) ? add_file(walk, below, err) : 0;
}

/* depth 0: the folder of the workflows, whose folders are others' matter. */
static int add_folder(struct walk *walk, const char *path, int depth, struct err *err)
{
	struct fs_entry entry;
	struct fs_dir dir;
	int rc = fs_dir_open(&dir, walk->root_fd, path, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		if (add_entry(walk, path, &entry, depth, err) < 0) {
			rc = -1;
			break;
		}
	}
	fs_dir_close(&dir);
	return rc;
}

int trust_gather(int root_fd, struct arena *arena, struct trust_files *files, struct err *err)
{
	struct walk walk = { root_fd, arena, files };

	if (add_folder(&walk, FOLDER, 0, err) < 0 ||
	    add_folder(&walk, FOLDER "/actions", DEPTH_MAX, err) < 0 ||
	    add_folder(&walk, FOLDER "/agents", DEPTH_MAX, err) < 0)
		return err_wrap(err, "cannot look at what is to be trusted");
	trust_sort(files);
	return 0;
}
