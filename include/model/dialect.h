/*
 * Documents in the vocabulary of other orchestrators ("the dialect"): `tasks`, `command`,
 * `depends_on` and the rest of the table in model/dialect/words.c. The tree of such a document becomes
 * the tree of one in the canonical spelling, before anything else looks at it; each node keeps the place
 * in the author's file. A document without a word of it is never touched.
 */
#ifndef MODEL_DIALECT_H
#define MODEL_DIALECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"

struct yaml_node;

/* What a name means depends on what is there. NULL in its place: no file is there. */
struct dialect_world {
	bool (*has_file)(void *data, const char *path); /* from the repository's root */
	void *data;
};

/* Is there a key that only the dialect has? */
bool dialect_is_spoken(const struct yaml_node *root);

/* The canonical tree, which lives in the arena and shares what did not change with `root`. What is not
 * understood is an error in diags, or stays as it is for the check against the schema. `keeps_columns`:
 * expressions that became shorter are filled up with blanks, so that a place in them is that of the
 * author's file; without it they are as a person would write them. */
const struct yaml_node *dialect_translate(struct arena *arena, const char *id,
					  const struct yaml_node *root,
					  const struct dialect_world *world, bool keeps_columns,
					  struct diags *diags);

/* The scdoc text of the table of spellings. */
void dialect_write_manual(struct strbuf *out);

#endif
