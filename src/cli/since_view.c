/*
 * How a file changed since a step read it: the first hunk and the commit.
 */
#include <string.h>

#include "base/utf8.h"
#include "run/since.h"
#include "views_impl.h"

enum { SUBJECT_MAX = 60 }; /* bytes */

static bool find(struct since_view *view, const struct preview_item *item,
		 const struct reason *reason, struct since *since)
{
	if (!view->left || reason->kind != REASON_INPUT_CHANGED || !reason->subject)
		return false;
	view->left--;
	return since_find(view->session, item->previous, reason->subject, &view->session->arena,
			  since);
}

static void add_hunk(const char *hunk, bool use_color, struct strbuf *out)
{
	while (*hunk) {
		size_t len = strcspn(hunk, "\n");
		enum view_color color = *hunk == '+'   ? VIEW_GOOD
					: *hunk == '-' ? VIEW_BAD
						       : VIEW_DIM;
		CLEANUP(strbuf_release)
		struct strbuf line = STRBUF_INIT;

		utf8_add_visible(&line, hunk, len);
		strbuf_addstr(out, "      ");
		view_add(out, use_color, color, "%s", strbuf_str(&line));
		strbuf_addch(out, '\n');
		hunk += len + (hunk[len] == '\n');
	}
}

static void add_commit(const struct since *since, bool use_color, struct strbuf *out)
{
	if (!since->commit && !since->is_uncommitted)
		return;
	strbuf_addstr(out, "      ");
	if (since->commit) {
		size_t len = strlen(since->subject);

		strbuf_addstr(out, "in ");
		view_add(out, use_color, VIEW_BOLD, "%s", since->commit);
		strbuf_addstr(out, " of ");
		utf8_add_visible(out, since->author, strlen(since->author));
		strbuf_addstr(out, ": ");
		utf8_add_visible(out, since->subject, len > SUBJECT_MAX ? SUBJECT_MAX : len);
		if (since->n_later)
			strbuf_addf(out, ", and %zu later", since->n_later);
	}
	if (since->is_uncommitted)
		strbuf_addstr(out, since->commit ? ", and not committed yet" : "not committed yet");
	strbuf_addch(out, '\n');
}

void since_view_add(struct since_view *view, const struct preview_item *item,
		    const struct reason *reason, bool use_color, struct strbuf *out)
{
	struct since since;

	if (!find(view, item, reason, &since))
		return;
	if (since.hunk)
		add_hunk(since.hunk, use_color, out);
	if (since.hidden || since.has_more)
		strbuf_addf(out, "      %s\n", since.hidden ? since.hidden : "…");
	add_commit(&since, use_color, out);
}

void since_view_json(struct since_view *view, const struct preview_item *item,
		     const struct reason *reason, struct jsonw *w)
{
	struct since since = { 0 };
	bool is_known = find(view, item, reason, &since);

	jsonw_kv_string(w, "hunk", since.hunk);
	jsonw_key(w, "commit");
	if (!is_known || !since.commit) {
		jsonw_null(w);
	} else {
		jsonw_object(w);
		jsonw_kv_string(w, "id", since.commit);
		jsonw_kv_string(w, "author", since.author);
		jsonw_kv_string(w, "subject", since.subject);
		jsonw_kv_uint(w, "later", since.n_later);
		jsonw_object_end(w);
	}
	jsonw_key(w, "uncommitted");
	if (is_known)
		jsonw_bool(w, since.is_uncommitted);
	else
		jsonw_null(w);
}
