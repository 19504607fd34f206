/*
 * Dependencies that a step finds out itself: the depfile of a compiler (`cc -MD`), read after the step;
 * the list of last time, read before it. The list is kept under the step's fingerprint without it.
 */
#ifndef RUN_DEPS_IMPL_H
#define RUN_DEPS_IMPL_H

#include "facts_impl.h"
#include "listing_impl.h"

/* Paths of a make rule "target: a b \<newline> c", unescaped; `dir`: what relative ones are relative
 * to. Those below the root come out relative to it; doubles and declared inputs are left out. */
int deps_parse(struct session *session, const char *text, size_t len, const char *dir,
	       struct arena *arena, struct path_list *out, struct err *err);

/* Fills gathered->deps from the list of last time, if there is one. */
int deps_read_known(struct session *session, const struct node *node, struct arena *arena,
		    struct gathered *gathered, struct err *err);
/* Fills it from the depfile that the step wrote. One that may have changed after the step had read it
 * becomes gathered->changed_dep. */
int deps_read_written(struct session *session, const struct node *node,
		      const struct path_list *paths, struct gathered *gathered, struct err *err);

/* Remembers gathered->deps under gathered->base. */
int deps_store(struct session *session, const struct node *node, const struct gathered *gathered,
	       struct err *err);

/* A dep that another step makes without an order between them is an error: "add needs: [x]". */
int deps_check_edges(struct session *session, const struct node *node,
		     const struct path_list *paths, struct err *err);

#endif
