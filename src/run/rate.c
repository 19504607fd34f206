/*
 * `rate: N/DURATION`: how often a workflow may run, by what its history says. What had nothing to do did
 * not run, and a run that was resumed counts once.
 */
#include <string.h>

#include "turn_impl.h"

#include "base/timefmt.h"
#include "store/history.h"

struct count {
	const struct workflow *wf;
	struct arena arena;
	struct strmap seen;
	int64_t since_ms, oldest_ms; /* the start of the Nth, so far */
};

static int count_entry(void *data, const struct history_entry *entry)
{
	struct count *count = data;

	if (!entry->run || strcmp(entry->workflow, count->wf->id) != 0 ||
	    entry->started_ms < count->since_ms || strmap_get(&count->seen, entry->run))
		return 0;
	strmap_put(&count->seen, arena_strdup(&count->arena, entry->run), count);
	count->oldest_ms = entry->started_ms;
	return count->seen.n >= count->wf->rate_runs;
}

static int refuse(const struct workflow *wf, int64_t free_ms, int64_t now_ms, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf window = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf wait = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf at = STRBUF_INIT;

	duration_format(&window, wf->rate_window_ms);
	duration_format(&wait, free_ms > now_ms ? (uint64_t)(free_ms - now_ms) : 0);
	instant_format(&at, free_ms);
	return err_set(err, ERR_BUSY, "'%s' may run %u time%s in %s; it may again in %s, at %s",
		       wf->id, wf->rate_runs, wf->rate_runs == 1 ? "" : "s", window.buf, wait.buf,
		       at.buf);
}

int rate_check(struct session *session, int64_t now_ms, struct err *err)
{
	const struct workflow *wf = session->wf;
	struct count count = { .wf = wf, .since_ms = now_ms - (int64_t)wf->rate_window_ms };
	int rc;

	if (!wf->rate_runs)
		return 0;
	rc = history_read(session->layout.runs_dir, count_entry, &count, err);
	if (rc >= 0 && count.seen.n >= wf->rate_runs)
		rc = refuse(wf, count.oldest_ms + (int64_t)wf->rate_window_ms, now_ms, err);
	strmap_release(&count.seen);
	arena_release(&count.arena);
	return rc < 0 ? -1 : 0;
}
