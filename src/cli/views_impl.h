/*
 * Plans and runs as answers: text for people, JSON and lines for programs.
 */
#ifndef CLI_VIEWS_IMPL_H
#define CLI_VIEWS_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jsonw.h"
#include "base/strbuf.h"
#include "event/state.h"
#include "run/preview.h"

/* ---- since_view.c ---- */

/* Each file costs a few processes of git: after `left` of them no more is asked. */
struct since_view {
	struct session *session;
	unsigned left;
};

enum { SINCE_VIEW_FILES = 20 };

/* What is known of how the file of a reason changed; nothing, where nothing is. */
void since_view_add(struct since_view *view, const struct preview_item *item,
		    const struct reason *reason, bool use_color, struct strbuf *out);
/* The members "hunk", "commit" and "uncommitted" of a reason. */
void since_view_json(struct since_view *view, const struct preview_item *item,
		     const struct reason *reason, struct jsonw *w);

/* ---- plan_view.c ---- */

/* One line a step, its first reason; many cached ones in a row are folded unless `is_verbose`. */
void plan_view_text(const struct workflow *wf, const struct preview *preview, bool is_verbose,
		    bool use_color, struct strbuf *out);
/* Every reason of one step, with both sides of what changed; of files, by `view`, what changed in
 * them first and the commit that did. */
void plan_view_explain(struct since_view *view, const struct preview_item *item, bool use_color,
		       struct strbuf *out);
bool plan_view_is_cached(const struct preview_item *item);
/* {"schema":1,"workflow":…,"counts":{…},"eta_ms":…,"critical_path_ms":…,"steps":[{"id":…,"verdict":…,"reasons":[…]},…]}.
 * `wanted` (or NULL) chooses among the steps. With `view` (or NULL), reasons tell of files as
 * plan_view_explain() does. */
typedef bool plan_view_filter(void *data, const struct preview_item *item);
void plan_view_json(const struct workflow *wf, const struct preview *preview,
		    struct since_view *view, plan_view_filter *wanted, void *data,
		    struct strbuf *out);
/* Is there anything to do at all? */
bool plan_view_is_up_to_date(const struct preview *preview);

/* ---- run_view.c ---- */

struct run_view {
	int64_t now_ms; /* Unix time */
	bool is_verbose, use_color;
	bool is_of_git;	 /* recover_is_of_git(): nobody resumes it */
	size_t terminal; /* its columns; 0: there is none */
};

void run_view_text(const struct run_view *view, const struct run_state *state, struct strbuf *out);
/* The table of many runs: its header, and a line of it. */
void run_view_header(const struct run_view *view, struct strbuf *out);
void run_view_row(const struct run_view *view, const struct run_state *state, struct strbuf *out);
/* "KEY<tab>VALUE…" lines that stay as they are from version to version; see git-wf(1). */
void run_view_porcelain(const struct run_state *state, struct strbuf *out);

/* Pretty JSON for answers: {"schema":1, … the caller goes on behind it. */
void json_view_begin(struct jsonw *w, struct strbuf *out);
void json_view_end(struct jsonw *w);
void json_view_instant(struct jsonw *w, const char *key, int64_t unix_ms); /* 0: null */
const char *json_view_call(const struct call *call);			   /* "on" of a handler */

/* SGR around a word, where color is used. */
enum view_color { VIEW_PLAIN, VIEW_GOOD, VIEW_BAD, VIEW_WARN, VIEW_DIM, VIEW_BOLD };
void view_add(struct strbuf *out, bool use_color, enum view_color color, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

#endif
