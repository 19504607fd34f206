/*
 * Between check_ref.c, which knows what one reference may be, and check_texts.c, which knows where they are.
 */
#ifndef MODEL_CHECK_REF_IMPL_H
#define MODEL_CHECK_REF_IMPL_H

#include "parse_impl.h"

/* What a value is used for. */
enum ref_use {
	USE_STEP,
	USE_OUTPUT,
	USE_FOREACH,
	USE_ENV,
	USE_VAR,
	USE_REQUIRES,
	USE_GROUP,
	USE_RULE,
	USE_COUNT
};

struct ref_checker {
	struct workflow *wf;
	struct diags *diags;
	const struct step *step; /* NULL at the top of the file */
	enum ref_use use;
	bool sees_itself; /* `ensures`: what the step came to */
	bool sees_error;  /* `on_failure`: how it failed */
};

/* Called with a ref_checker for each reference of an expression. */
void check_ref(void *data, const struct expr_ref *ref);

#endif
