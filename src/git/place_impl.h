/*
 * The inside of places: one file for each kind, and one that looks.
 */
#ifndef GIT_PLACE_IMPL_H
#define GIT_PLACE_IMPL_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "freeze_impl.h"
#include "git/place.h"
#include "index_impl.h"

#define PLACE_DEFINITIONS ".workflows/" /* in every place, as in the tree that is tested */

struct place_names {
	VEC(const char *) list;
};

/* git in the place, with settings that keep its index readable by us. */
int place_git(const struct place *place, const char *const *args, const struct strbuf *input,
	      struct strbuf *out, struct err *err);

/* HEAD, commondir, gitdir and the worktree's .git say what they have to; folders are made. */
int place_write_git_dir(const struct place *place, struct arena *arena, struct err *err);

/* The place's folder, empty. */
int place_wipe(const struct place *place, struct arena *arena, struct err *err);

int place_stage_export(struct place *place, const struct place_request *request,
		       struct arena *arena, struct err *err);
int place_stage_shadow(struct place *place, const struct place_request *request,
		       struct arena *arena, struct err *err);
void place_end_shadow(struct place *place, bool is_used);

bool place_reaches(const struct place_reach *reach, const char *path);

/* Looks at these paths of the place, sorted or not. They live in the arena afterwards. */
void place_see(struct place_sight *sight, int root_fd, const struct place_names *paths,
	       signed char *answers, struct arena *arena);

/* "a\0b\0" into the arena's strings. */
void place_split_names(const struct strbuf *text, struct place_names *names, struct arena *arena);
void place_join_names(const struct place_names *names, struct strbuf *text);

/* For `git update-index -z --index-info`. */
void place_write_info(const struct fixes *fixes, struct strbuf *info);

#endif
