/*
 * What texts with and without a shell share: growing a list of parts, reading one `${…}`, the text
 * of a value.
 */
#ifndef MODEL_TEXT_IMPL_H
#define MODEL_TEXT_IMPL_H

#include "base/vec.h"
#include "model/text.h"

struct text_builder {
	struct arena *arena;
	struct diags *diags;
	const char *raw;
	size_t len;
	struct span at;
	size_t lit_start; /* what was not added yet begins here */
	VEC(struct text_part) parts;
	bool failed;
	/* Where text_span() was last: reading goes forward, and a long text is not counted from its
	 * beginning each time. */
	size_t known_pos, known_lines, known_cols;
};

/* The place of raw[start, end) in the document. */
struct span text_span(struct text_builder *builder, size_t start, size_t end);

/* Reads the `${…}` at pos. Returns the position behind its '}' (or the end of the text); *expr is
 * NULL if it is wrong, which diags knows then. */
size_t text_read_expr(struct text_builder *builder, size_t pos, const struct expr **expr);

/* A text that cannot be handed to any process: reported, true. */
bool text_refuse_nul(struct text_builder *builder, const char *raw);

/* Adds raw[lit_start, end) as it is; the next literal starts at `next`. */
void text_add_literal(struct text_builder *builder, size_t end, size_t next);
void text_add_expr(struct text_builder *builder, const struct expr *expr, enum text_place place);

/* The last literal goes in, the parts go to the arena. -1 if anything failed. */
int text_finish(struct text_builder *builder, struct text *text);

/* The text of a value, checked for size and NUL; NUL-terminated in the arena. */
int text_of_value(const struct value *value, const struct expr *expr, struct arena *arena,
		  const char **text, struct err *err);
/* Evaluates with the expression in the message of a failure. */
int text_eval(const struct expr *expr, const struct expr_env *env, struct arena *arena,
	      struct value *value, struct err *err);

#endif
