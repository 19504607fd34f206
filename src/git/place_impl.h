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

#define MODE_SUBMODULE	  0160000
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

/* What is known of a shadow that was used before. */
enum place_trust {
	TRUST_NONE,    /* other files may stand where the index says nothing of it */
	TRUST_INDEX,   /* used: files may be changed, added, removed, but stat tells */
	TRUST_TRACKED, /* it holds a tree, maybe with other files beside it */
	TRUST_CLEAN,   /* it holds a tree and nothing else */
	TRUST_TREE,    /* and that is the one that is wanted */
};

/* From what it holds (`from`: which tree, from TRUST_TRACKED on) to what is wanted. */
int place_bring(const struct place *place, enum place_trust trust, const char *from,
		struct arena *arena, struct err *err);

/* Is that path shared or kept? */
bool place_is_beside(const struct place *place, const char *path);

/* NULL: nothing can be told of it. */
struct place_ready *place_ready_new(const struct place *place);
void place_ready_free(struct place_ready *ready); /* or NULL */
const struct index *place_ready_index(const struct place_ready *ready);
/* Of a file about which the times in the index do not tell: is it as it was then? */
bool place_ready_had(const struct place_ready *ready, const char *path, const struct file_id *id);
/* Whether place_collect() found no tracked file changed. */
void place_ready_set_unchanged(struct place_ready *ready, bool is_unchanged);
bool place_ready_is_unchanged(const struct place_ready *ready);
/* Is something there that is not tracked, beside what is shared or kept? */
bool place_ready_has_others(const struct place *place);

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
