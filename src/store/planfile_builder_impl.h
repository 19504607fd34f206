/*
 * What planfile_build.c gathers and planfile_write.c writes.
 */
#ifndef STORE_PLANFILE_BUILDER_IMPL_H
#define STORE_PLANFILE_BUILDER_IMPL_H

#include "base/arena.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "store/planfile_impl.h"

struct gathered_fact {
	const char *path;
	struct file_id id;
	struct digest digest;
	uint32_t name, group;
	uint8_t kind;
	bool is_kept, is_racy; /* of an earlier plan, where it was found to be so */
	bool is_general;
};

struct gathered_ref {
	uint32_t fact, next; /* of the same node, + 1 */
};

struct gathered_node {
	const char *id; /* NULL: it was not said to be up to date */
	struct digest fingerprint, product;
	uint32_t first, last; /* refs, + 1 */
	uint32_t n_refs, first_input, n_inputs;
	bool has_inputs, has_inputs_twice;
};

struct gathered_env {
	const char *name, *value;
};

struct planfile_builder {
	struct arena arena;
	struct strmap by_path; /* last fact of a path, index + 1 */
	struct strmap by_dir;  /* group, index + 1 */
	struct strmap by_name; /* environment */
	VEC(struct gathered_fact) facts;
	VEC(const char *) dirs; /* of the groups */
	VEC(struct gathered_env) env;
	VEC(struct gathered_node) nodes; /* by index in the plan */
	VEC(struct gathered_ref) refs;
	uint32_t node; /* whose facts are added, + 1 */
	size_t texts_bytes;
};

#endif
