/*
 * What the answers share: the frame of JSON, colored words.
 */
#include <stdarg.h>

#include "base/timefmt.h"
#include "model/workflow.h"
#include "views_impl.h"

void json_view_begin(struct jsonw *w, struct strbuf *out)
{
	*w = (struct jsonw){ .out = out, .indent = 2 };
	jsonw_object(w);
	jsonw_kv_int(w, "schema", 1);
}

void json_view_end(struct jsonw *w)
{
	jsonw_object_end(w);
	strbuf_addch(w->out, '\n');
}

void json_view_instant(struct jsonw *w, const char *key, int64_t unix_ms)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (unix_ms)
		instant_format(&text, unix_ms);
	jsonw_kv_string(w, key, unix_ms ? strbuf_str(&text) : NULL);
}

const char *json_view_call(const struct call *call)
{
	static const char *const names[] = { [CALL_ON_FAILURE] = "failure",
					     [CALL_ON_SUCCESS] = "success",
					     [CALL_ALWAYS] = "end",
					     [CALL_ON_ROLLBACK] = "rollback" };

	return names[call->on];
}

void view_add(struct strbuf *out, bool use_color, enum view_color color, const char *fmt, ...)
{
	static const char *const begin[] = {
		[VIEW_PLAIN] = "",	  [VIEW_GOOD] = "\033[32m", [VIEW_BAD] = "\033[31m",
		[VIEW_WARN] = "\033[33m", [VIEW_DIM] = "\033[2m",   [VIEW_BOLD] = "\033[1m",
	};
	va_list ap;

	if (use_color)
		strbuf_addstr(out, begin[color]);
	va_start(ap, fmt);
	strbuf_vaddf(out, fmt, ap);
	va_end(ap);
	if (use_color && color != VIEW_PLAIN)
		strbuf_addstr(out, "\033[m");
}
