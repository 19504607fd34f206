/*
 * What `git wf new` changes in the text of a template. Two things, each within one line:
 *
 *	    run: make test  # detect: test              the project's own command for the task
 *	    run: make lint  # detect: lint, or nothing  the same; where none is known, nothing is done
 *	    run: make       # detect: build in backend  that of a folder of the project
 *	    dir: backend    # detect: folder backend    that folder
 *	  issue: {required: true, help: …}              a parameter that was given a value
 *
 * What stands before the mark is the value where nobody fills it in: a template is a valid workflow.
 */
#ifndef TEMPLATE_FILL_H
#define TEMPLATE_FILL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "model/workflow.h"
#include "template/project.h"

struct fill_note { /* of a mark, in their order */
	enum project_task task;
	uint32_t line;	     /* from 1 */
	const char *folder;  /* of the project, or NULL: the top */
	const char *command; /* NULL: none is known */
	const char *file;    /* that told it */
	bool may_be_nothing;
};

struct fill {
	int root_fd;
	const char
		*id; /* of the workflow that is written: for what is said where nothing is known */
	struct arena *arena;
	VEC(struct fill_note) notes; /* fill_release() */
};

void fill_release(struct fill *fill);

/* Appends `text` with every mark taken care of. A mark that nobody knows: ERR_INVALID with its line. */
int fill_marks(struct fill *fill, const char *text, struct strbuf *out, struct err *err);

/* Makes `value` the default of a parameter of `wf`, which was read from `text`. ERR_USAGE where the
 * parameter does not stand in one line as above. */
int fill_default(const struct param *param, const char *value, struct strbuf *text,
		 struct err *err);

#endif
