/*
 * Figures about past runs as answers: a line or a paragraph for each workflow, and JSON.
 */
#ifndef CLI_STATS_VIEW_IMPL_H
#define CLI_STATS_VIEW_IMPL_H

#include "report/stats.h"
#include "views_impl.h"

/* One line a workflow. */
void stats_view_table(const struct stats *stats, struct strbuf *out);
/* A paragraph; `with_steps`: journals were read, so flaky steps are known. */
void stats_view_text(const struct stats_workflow *workflow, int64_t now_ms, bool with_steps,
		     struct strbuf *out);
void stats_view_json(const struct stats *stats, bool with_steps, struct strbuf *out);

#endif
