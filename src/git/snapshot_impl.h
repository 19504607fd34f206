/*
 * The inside of making a snapshot: a private folder, a private index, and what the steps hand on.
 */
#ifndef GIT_SNAPSHOT_IMPL_H
#define GIT_SNAPSHOT_IMPL_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "git/snapshot.h"
#include "index_impl.h"
#include "objects_impl.h"
#include "sys/behind.h"
#include "sys/fs.h"

struct path_list {
	VEC(const char *) list;
};

struct change_list {
	VEC(struct snapshot_change) list;
};

/* Fills in the permissions of the changes, and adds those of files whose permissions alone differ. */
int snapshot_diff_modes(const struct repo *repo, const char *before, const char *after,
			struct arena *arena, struct change_list *changes, struct err *err);

struct snapshot_folder {
	const char *path;
	uint32_t perm;
};

struct folder_list {
	VEC(struct snapshot_folder) list;
};

/* What is stored is what is there, whatever the user's settings say: nobody's time or flag is trusted, no
 * conversion refused; and it is on the disk. */
#define SNAPSHOT_GIT_SETTINGS                                                     \
	"core.splitIndex=false", "core.ignoreStat=false", "core.trustctime=true", \
		"core.checkStat=default", "core.safecrlf=false", "index.sparse=false"

/* One attempt. Strings live in `arena`. */
struct snapshot_work {
	const struct snapshot_request *request;
	struct arena *arena;
	const char *dir;   /* ours alone, removed at the end */
	const char *index; /* the private index, in dir */
	int root_fd;
	const char *const *paths; /* every file that counts, sorted; without `include` */
	size_t n_paths;
	struct file_id *ids; /* of paths, by fs_stat_many() */
	signed char *answers;
	struct path_list directories; /* with none of these below them */
	struct folder_list folders;   /* every directory that was read, with its permissions */
	struct path_list hidden;      /* there, and not covered: files, "dir/" */
	struct path_list untracked;   /* of paths */
	struct path_list raw_paths;   /* of paths: not in the trees as they are on the disk */
	struct path_list overlooked;  /* of raw_paths: git takes them for unchanged */
	struct path_list attributed;  /* of paths: snapshot_ask_attributes() */
	struct path_list unreadable;
	const char *tracked;	     /* the tree with tracked files as they are */
	bool has_index;		     /* the user has one */
	bool may_be_split;	     /* that one, for all we know */
	bool has_tracked_attributes; /* a .gitattributes is in it */
	bool has_gone_attributes;    /* and one of them is no file of the worktree */
	bool is_retry;
	int objects_fd; /* where git keeps them */
	/* Where they lie unsynced until snapshot_sync_objects(), or NULL. */
	const char *own_objects;
	const char *objects_env[2]; /* that tells git so */
	bool may_have_unmerged;	    /* entries in the index, for all we know */
};

struct snapshot_trees {
	const char *base; /* commit: HEAD, or one of nothing */
	const char *staged, *tracked, *untracked, *content;
	const char *staged_commit, *untracked_commit; /* NULL: not yet */
};

/* snapshot_gc.c: whether somebody removes objects meanwhile. */
struct snapshot_gc {
	bool is_at_work;
	struct file_id objects, packs;
};
void snapshot_watch_gc(struct snapshot_gc *gc, const struct repo *repo, struct arena *arena);
bool snapshot_may_lack(const struct snapshot_gc *begin, const struct repo *repo,
		       struct arena *arena);
/* As snapshot_is_whole() of both commits, but for what `base` has: that is in a history of its own. */
int snapshot_is_whole_beside(const struct repo *repo, const char *raw, const char *tree,
			     const char *base, struct err *err);
/* Until it has ended; not for ever. */
void snapshot_await_gc(const struct repo *repo, struct arena *arena);

/* Runs git on the private index (or on `index`), durable. `input`, `out`: or NULL. With exit_code NULL
 * only exit 0 is a success. */
int snapshot_git(const struct snapshot_work *work, const char *index, const char *const *args,
		 const struct strbuf *input, struct strbuf *out, int *exit_code, struct err *err);
/* The same for a command that prints one object id; into the arena. */
int snapshot_git_oid(const struct snapshot_work *work, const char *index, const char *const *args,
		     const struct strbuf *input, const char **oid, struct err *err);
/* A line as git's --stdin-paths reads a path that could be taken for something else. */
void snapshot_add_quoted(struct strbuf *text, const char *path);
/* Each path with a NUL behind it, as git's -z reads them. */
void snapshot_join_paths(const struct path_list *paths, struct strbuf *text);

/* snapshot_changes.c: adds to raw_paths what git takes for unchanged, and may not be. */
void snapshot_find_overlooked(struct snapshot_work *work, const struct index *index);
/* Can snapshot_list_changes() tell? */
bool snapshot_can_tell_changes(const struct index *index);
/* "PATH\0" of each entry that git has to look at: it changed, or may have. False: of all. */
bool snapshot_list_changes(const struct snapshot_work *work, const struct index *index,
			   struct strbuf *changes);

/* snapshot_tracked.c: what is staged and what is tracked, each in a thread of its own meanwhile. Zeroed: not
 * begun. */
struct snapshot_tracked {
	struct snapshot_work sides[3]; /* what each sees: arena and raw_paths are its own */
	struct arena arenas[3];
	struct behind behind[3]; /* what is staged, what is tracked, and the commit of the first */
	struct snapshot_trees commit;
	const char *known;     /* the tree that the index says it has, or NULL */
	struct strbuf changes; /* "PATH\0" of what may have changed */
	bool has_changes;      /* they are told: else git looks at each file */
	const char *staged;    /* NULL: the index has none as it is */
	const char *tracked;
	int status; /* of `tracked` */
	struct err err;
	bool is_begun, is_going_on;
};
int snapshot_tracked_begin(struct snapshot_tracked *tracked, const struct snapshot_work *work,
			   const char *known, struct err *err);
/* With what is tracked: tracked->changes, or where those cannot be told all files. */
void snapshot_tracked_go_on(struct snapshot_tracked *tracked);
/* Fills in work->tracked, what has to be added to raw_paths, and of `trees` what there is: staged is NULL
 * where the index has unmerged entries. Harmless if nothing was begun. */
int snapshot_tracked_wait(struct snapshot_tracked *tracked, struct snapshot_work *work,
			  struct snapshot_trees *trees, struct err *err);
int snapshot_write_tree(const struct snapshot_work *work, const char *index, const char **tree,
			struct err *err);

/* Begins what is tracked, and fills in what there is: paths, directories, folders, hidden, untracked, and of
 * raw_paths those that git was told not to look at. Git may have to unfold the private index for it. */
int snapshot_look(struct snapshot_work *work, struct snapshot_tracked *tracked, struct err *err);
/* Takes what cannot be read out of the list, to be named. */
int snapshot_drop_unreadable(struct snapshot_work *work, struct path_list *paths, struct err *err);

/* Which paths git does not keep as they are on the disk. First those of which attributes and core.autocrlf
 * say so; then, when work->tracked is there, all: appended to `converted`. */
int snapshot_ask_attributes(const struct snapshot_work *work, struct path_list *found,
			    struct err *err);
int snapshot_find_converted(const struct snapshot_work *work, struct path_list *found,
			    struct path_list *converted, struct err *err);

/* Puts the bytes of these paths as they are into an index. */
int snapshot_hash_raw(const struct snapshot_work *work, const char *index,
		      const struct path_list *paths, struct err *err);

/* Puts the bytes of raw_paths and of what `include` names into the private index. */
int snapshot_overlay_raw(const struct snapshot_work *work, struct err *err);
/* Its index is worth keeping for the next snapshot once the trees were written from it: it may name
 * objects that gc has removed since, which git says only then; a retry begins without it. */
void snapshot_keep_raw(const struct snapshot_work *work);

/* The files beside the trees: for snapshot_mktree(), a line for each. */
int snapshot_note(const struct snapshot_work *work, struct strbuf *lines, struct err *err);

/* A tree of lines as `git mktree` takes them, on the disk before it has its name. */
int snapshot_mktree(const struct snapshot_work *work, const struct strbuf *lines, const char **oid,
		    struct err *err);

/* The trees beside those of tracked files, and the commits. `notes`: of snapshot_note(). */
int snapshot_write_trees(struct snapshot_work *work, struct snapshot_trees *trees,
			 const struct strbuf *notes, struct snapshot *snapshot, struct err *err);
/* Fills in base and staged_commit, which need no more than what is staged. */
int snapshot_commit_staged(const struct snapshot_work *work, struct snapshot_trees *trees,
			   struct err *err);
/* Fills in all of `snapshot` that follows from the trees. */
int snapshot_write_commits(const struct snapshot_work *work, struct snapshot_trees *trees,
			   const struct strbuf *notes, struct snapshot *snapshot, struct err *err);

/* snapshot_objects.c: to be asked for when work->dir is there. */
int snapshot_objects_begin(struct snapshot_work *work, struct err *err);
/* All objects have their places, on the disk. -1 with *is_lost: it is not known what is there, and to try
 * again would not tell. */
int snapshot_sync_objects(struct snapshot_work *work, bool *is_lost, struct err *err);
/* A name in the scratch folder: kept for objects by another boot, and of no use in this. */
bool snapshot_objects_are_left_over(const char *name);
/* Both refs, when all objects are on the disk; then they are, too. */
int snapshot_write_refs(const struct snapshot_work *work, const struct snapshot *snapshot,
			struct err *err);

#endif
