/*
 * Which paths the patterns of a step mean now: inputs from what git would see plus what steps make,
 * outputs from what is on disk.
 */
#ifndef RUN_LISTING_IMPL_H
#define RUN_LISTING_IMPL_H

#include "base/vec.h"
#include "plan/plan.h"
#include "run/session.h"

struct listing;

struct path_list {
	VEC(const char *) paths;
};

struct listing *listing_new(struct session *session);
void listing_free(struct listing *listing);

/* The plan is there (or grew): outputs of its steps count from now on. */
void listing_set_plan(struct listing *listing, const struct plan *plan);

/* Appends what `specs` match, excludes applied, unsorted, maybe with doubles. `self`: its own
 * outputs are not added (NULL: nobody's). Literal paths come as they are; artifacts do not. */
int listing_inputs(struct listing *listing, const struct node_path *specs, size_t n,
		   const struct node *self, struct arena *arena, struct path_list *out,
		   struct err *err);

/* Every path below a directory as inputs see it. */
int listing_below(struct listing *listing, const char *dir, const struct node *self,
		  struct arena *arena, struct path_list *out, struct err *err);

/* Appends the files on disk that one output spec means; ignore rules do not apply. */
int listing_outputs(struct listing *listing, const struct node_path *spec, struct arena *arena,
		    struct path_list *out, struct err *err);

/* Did anything rest on what .gitmodules says? *id: that it had when it was read. */
bool listing_has_read_submodules(const struct listing *listing, struct file_id *id);

/* Is the path, of a pattern in the outputs of `self`, an output of another node too? */
bool listing_is_made_elsewhere(struct listing *listing, const struct node *self, const char *path);

/* The node that lists this very path in its outputs, or WF_NONE. */
uint32_t listing_maker(struct listing *listing, const char *path);

#endif
