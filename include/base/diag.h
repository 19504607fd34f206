/*
 * Mistakes in files that people write: collected, sorted by place, all shown at once with the source
 * line, a caret and a hint.
 *
 *	.workflows/build.yml:12:5: error: unknown key 'input'
 *	   12 |     input: [a.c]
 *	      |     ^~~~~
 *	      hint: did you mean 'inputs'?
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/strbuf.h"
#include "base/vec.h"

/* A place in a document; line and col count from 1, col in characters, len in characters
 * (0: one). A zeroed span means "the document as a whole". */
struct span {
	uint32_t line;
	uint16_t col, len;
};

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_ADVICE };

struct diag {
	enum diag_level level;
	struct span span;
	const char *msg;
	const char *hint; /* or NULL */
};

/* Every diagnostic of one document. Owns its messages; borrows name and text. */
struct diags {
	const char *file; /* as the user knows it */
	const char *text; /* the whole document, for the source lines */
	size_t text_len;
	size_t n_errors;
	VEC(struct diag) list;
	struct arena arena;
};

/* All of `text` is what they will be about; it has to outlive them, unchanged. */
void diags_begin(struct diags *diags, const char *file, const struct strbuf *text);
void diags_release(struct diags *diags);

/* The diagnostic just added is returned for diag_hint(). At most 100 errors are kept. */
struct diag *diag_error(struct diags *diags, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
struct diag *diag_warning(struct diags *diags, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
struct diag *diag_advice(struct diags *diags, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* diag may be NULL. */
void diag_hint(struct diags *diags, struct diag *diag, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Sorts by place and renders those of `max_level` and worse (DIAG_ERROR: errors only). `color`
 * adds SGR sequences; `columns` is how wide the terminal is (0: none): lines are broken, or shown in part,
 * to fit. Control characters of the source come out in caret form. */
void diags_render(struct diags *diags, enum diag_level max_level, bool color, size_t columns,
		  struct strbuf *out);

/* "FILE:LINE:COL" */
void diag_place(const struct diags *diags, struct span at, struct strbuf *out);

#endif
