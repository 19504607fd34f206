/*
 * The inside of publishing: what is at a name as a value, what is going to happen to each path, and the
 * notes that let a killed publishing be finished.
 */
#ifndef GIT_PUBLISH_IMPL_H
#define GIT_PUBLISH_IMPL_H

#include "base/digest.h"
#include "base/strbuf.h"
#include "freeze_impl.h"
#include "git/publish.h"

enum image_kind { IMAGE_ABSENT, IMAGE_FILE, IMAGE_LINK, IMAGE_OTHER };

/* What is at a name: the bytes of a file, the text of a link. */
struct image {
	enum image_kind kind;
	struct strbuf bytes;
	mode_t perm; /* of a file */
	struct file_id id;
};

/* `path` is beneath the directory, through no link; else nothing is there. */
int image_read(struct image *image, int dirfd, const char *path, struct err *err);
void image_release(struct image *image);
bool image_is_same(const struct image *a, const struct image *b); /* kind, bytes, permissions */
struct digest image_digest(const struct image *image);
/* At a name that is free. */
int image_write(const struct image *image, int dirfd, const char *name, struct err *err);

/* What is going to happen to the worktree's file. */
struct publish_step {
	const struct fix *fix;
	struct image ours, wanted; /* as it is; as it is going to be */
	const char *name;	   /* in the folder: of what is made, and then of what came out */
	bool is_done;		   /* there is nothing to do */
	enum publish_result result;
	const char *why, *kept; /* of the report */
};

#define PUBLISH_TARGETS_MAX 2

struct publish_target {
	const char *path;  /* of the index */
	const char *copy;  /* with the fixes, on the file system of the index */
	bool is_apart;	   /* that is not the folder's: the copy is publish_copy_apart() */
	struct file_id id; /* before it was copied */
	bool is_held;	   /* git holds the lock: the path is that of the lock */
};

struct publish_work {
	const struct publish_request *request;
	const struct repo *repo; /* the user's */
	struct arena *arena;
	int root_fd, folder_fd, lock_fd;
	bool is_synced;		    /* all that is on this file system */
	struct publish_step *steps; /* one for each fix */
	size_t n;
	struct publish_target targets[PUBLISH_TARGETS_MAX];
	size_t n_targets;
};

/* Our folder beside the repository's index, where that is on another file system than the files. */
const char *publish_folder_apart(const struct repo *repo, struct arena *arena);
const char *publish_copy_apart(const struct repo *repo, size_t target, struct arena *arena);

void publish_leave(struct publish_step *step, const char *why);

/* Copies of the indexes with the fixes, if what was tested still holds; then they take their places. */
int publish_index_prepare(struct publish_work *work, struct err *err);
int publish_index_put(struct publish_work *work, struct err *err);
/* Decides about every path: reads, compares, merges. Writes nothing of the user's. */
int publish_plan(struct publish_work *work, struct err *err);
/* Does it. */
int publish_swap(struct publish_work *work, struct err *err);

/* publish_recover() by whom holds the lock. */
int publish_recover_locked(const struct repo *repo, const char *folder,
			   void (*kept)(const char *path, const char *where, void *data),
			   void *data, struct err *err);

/* The directory above `path`, beneath `top_fd` through no link, made if missing when `makes`; *name is
 * the last part. -1 without an error where there is none. */
int publish_open_above(int top_fd, const char *path, bool makes, const char **name);

#endif
