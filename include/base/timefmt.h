/*
 * Durations and instants as people write and read them. No clock here: instants come in.
 */
#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* "90s", "5m", "1h30m", "500ms", "2d", "1.5s"; a bare number counts in `bare_unit_ms` (0: refused).
 * Returns 0, or -1 for anything else, also for what overflows. */
int duration_parse_ms(const char *text, uint64_t bare_unit_ms, uint64_t *duration_ms);

/* For people: "0.04s", "2.1s", "48s", "3m12s", "1h05m". */
void duration_format(struct strbuf *out, uint64_t duration_ms);

/* RFC 3339 in UTC with milliseconds: "2026-11-20T21:32:01.042Z". */
void instant_format(struct strbuf *out, int64_t unix_ms);
int instant_parse(const char *text, int64_t *unix_ms);
/* "20261120-213201", UTC: the middle of a run's id. */
void instant_format_compact(struct strbuf *out, int64_t unix_ms);
/* For people: "just now", "5 minutes ago", "3 days ago". */
void instant_format_ago(struct strbuf *out, int64_t unix_ms, int64_t now_unix_ms);

#endif
