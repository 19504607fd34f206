/*
 * What the documents share: texts of others as they may stand in them.
 */
#ifndef REPORT_REPORT_IMPL_H
#define REPORT_REPORT_IMPL_H

#include "report/report.h"

void junit_render(const struct report *report, const char *logs_dir, struct strbuf *out);
void markdown_render(const struct report *report, const char *logs_dir, struct strbuf *out);
void trace_render(const struct report *report, struct strbuf *out);

/* A foreach whose items are steps of their own says nothing, unless it failed without one of them. */
bool report_is_mute(const struct report *report, const struct step_state *step);
/* "exit 2", "timed out", "signal 9", with the reason where there is one. */
void report_add_cause(const struct step_state *step, struct strbuf *out);

/* ---- excerpt.c ---- */

/* The last `max_bytes` of a log, from the beginning of a line: valid UTF-8 without control characters
 * but line feed and tab, escape sequences gone, of a line that was written over only the last form.
 * Nothing where the log cannot be read. */
void excerpt_read(const char *logs_dir, const char *log, size_t max_bytes, struct strbuf *out);
/* The same of a text. */
void excerpt_clean(const char *text, size_t len, struct strbuf *out);

#endif
