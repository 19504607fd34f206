/*
 * The inside of a listing session, shared by the walk and its fallback.
 */
#ifndef GIT_FILES_IMPL_H
#define GIT_FILES_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "excludes_impl.h"
#include "git/files.h"
#include "ignore_impl.h"
#include "index_impl.h"

enum dir_kind {
	DIR_WALKED,  /* what is in it is looked at */
	DIR_TRACKED, /* hidden by a rule: only what the index has below it */
	DIR_EMPTY,   /* a submodule, an embedded repository, no directory at all */
};

struct dir_node;

struct dir_child {
	uint64_t key;	      /* the first bytes of the name, for quick comparing */
	const char *path;     /* relative to the root */
	uint32_t name_at;     /* where the name begins in it */
	struct dir_node *dir; /* NULL: a file */
};

struct dir_node {
	const char *path; /* relative to the root, "" for it */
	size_t len;
	enum dir_kind kind;
	bool has_rules;	  /* its own .gitignore was looked for */
	bool is_loaded;	  /* everything below is known */
	bool is_recorded; /* its identity is in the basis */
	const struct ignore_list
		*rules;		    /* its own and those above; before has_rules: those above */
	struct index_range range;   /* the entries below it */
	struct dir_child *children; /* sorted so that all paths come out sorted */
	size_t n_children;
	const char **flat; /* every path below, once it was asked for */
	size_t n_flat;
};

struct git_files {
	const struct repo *repo;
	int root_fd;
	struct arena arena;
	bool is_open;
	bool is_listed_by_git;
	struct excludes excludes;
	struct index index;
	struct strmap starts; /* path → node, of what a load began at, and what is above it */
	VEC(struct git_files_dir) basis_dirs;
	VEC(const char *) basis_files;
	VEC(struct file_id) basis_ids;
	const char *index_path;	  /* NULL: the repository's */
	const struct index *lent; /* or NULL */
	bool keeps_hidden;
	VEC(const char *) hidden;
	const char **all; /* listed by git */
	size_t n_all;
};

/* The directory `path` with its rules and those above it; makes the way down to it. */
int files_find_start(struct git_files *files, const char *path, struct dir_node **node,
		     struct err *err);
/* Before the first load: the index as it was read already (borrowed). */
void files_lend_index(struct git_files *files, const struct index *index);
/* Reads the directory and all below it. */
int files_walk(struct git_files *files, struct dir_node *node, struct err *err);
/* Reads .gitignore of `node`, open as `dirfd`, or by its path (-1). */
int files_read_rules(struct git_files *files, struct dir_node *node, int dirfd, struct err *err);
/* A new node of a kind that is still to be judged. */
struct dir_node *files_new_dir(struct git_files *files, const struct dir_node *parent,
			       const char *path, size_t len);
/* What the rules and the index make of a directory that exists. */
void files_judge_dir(const struct git_files *files, const struct dir_node *parent,
		     struct dir_node *node);
/* Is it the top of another repository, which git leaves alone unless the index has files of it? */
bool files_is_embedded(struct git_files *files, const struct dir_node *node);
/* The index' entries below a hidden directory, as its children. */
void files_list_tracked(struct git_files *files, struct dir_node *node);

void files_record_dir(struct git_files *files, const char *path, const struct file_id *id);
void files_record_file(struct git_files *files, const char *path);
/* If that is wanted. */
void files_record_hidden(struct git_files *files, const char *path, size_t len, bool is_dir);

/* The whole list from `git ls-files`. */
int files_ask_git(struct git_files *files, struct err *err);
/* Is it a regular file or a symlink, with no symlink on the way to it? */
bool files_exists(const struct git_files *files, const char *path);

#endif
