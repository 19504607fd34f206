/*
 * The block of lines at the bottom of a terminal: drawn, replaced and taken away in one write each.
 * Between writes the cursor rests in the first column below the block.
 */
#ifndef REPORT_LIVE_IMPL_H
#define REPORT_LIVE_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "style_impl.h"

struct live {
	struct strbuf drawn; /* the text of the block that stands there */
	VEC(size_t) widths;  /* columns of each of its lines */
	size_t columns;	     /* of the terminal when it was drawn */
};

void live_release(struct live *live);
/* Whatever stands above the cursor is not ours any more. */
void live_forget(struct live *live);
static inline bool live_is_drawn(const struct live *live)
{
	return live->widths.n > 0;
}

/* What to write so that `text` (whole lines, may be empty) scrolls away above a block of these lines,
 * none of which may be as wide as the terminal. Nothing if it stands there already. */
void live_update(struct live *live, const struct strbuf *text, const struct line *lines, size_t n,
		 size_t columns, struct strbuf *out);

#endif
