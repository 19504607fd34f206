/*
 * See trust_diff_impl.h. git compares the text that was trusted, which it gets on standard input, with
 * the file; its headers name neither as people know them and are replaced.
 */
#include "trust_diff_impl.h"

#include <string.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "git/cmd.h"

static void add_line(struct strbuf *out, bool use_color, const char *line, size_t len)
{
	enum view_color color = *line == '+'   ? VIEW_GOOD
				: *line == '-' ? VIEW_BAD
				: *line == '@' ? VIEW_DIM
					       : VIEW_PLAIN;
	CLEANUP(strbuf_release)
	struct strbuf shown = STRBUF_INIT;

	utf8_add_visible(&shown, line, len);
	view_add(out, use_color, color, "%s", strbuf_str(&shown));
	strbuf_addch(out, '\n');
}

static void add_header(struct cli *cli, const struct trust_answer *answer,
		       const struct trust_change *change, bool use_color)
{
	CLEANUP(strbuf_release)
	struct strbuf at = STRBUF_INIT;
	struct strbuf *out = &cli->out;

	instant_format(&at, answer->record.at_ms);
	if (change->before)
		view_add(out, use_color, VIEW_BOLD, "--- %s (as trusted at %s)\n",
			 change->before->path, strbuf_str(&at));
	else
		view_add(out, use_color, VIEW_BOLD, "--- /dev/null\n");
	view_add(out, use_color, VIEW_BOLD, "+++ %s\n",
		 change->now ? change->now->path : "/dev/null");
}

/* Everything from the first "@@" on. */
static void add_hunks(struct strbuf *out, bool use_color, const struct strbuf *diff)
{
	const char *at = strbuf_str(diff), *end = at + diff->len;
	bool inside = false;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = newline ? (size_t)(newline - at) : (size_t)(end - at);

		inside |= len > 1 && at[0] == '@' && at[1] == '@';
		if (inside)
			add_line(out, use_color, at, len);
		at += len + (newline != NULL);
	}
}

static int add_change(struct cli *cli, const struct session *session,
		      const struct trust_answer *answer, const struct trust_change *change,
		      struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf diff = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf before = STRBUF_INIT;
	bool use_color = cli_use_color(cli, STDOUT_FILENO);
	const char *args[] = { "diff",
			       "--no-index",
			       "--no-color",
			       "--no-ext-diff",
			       "--no-textconv",
			       "--",
			       change->before ? "-" : "/dev/null",
			       change->now ? change->now->path : "/dev/null",
			       NULL };
	struct git_cmd cmd = { .repo = &session->repo, .args = args };
	int exit_code;

	add_header(cli, answer, change, use_color);
	if ((change->before && !change->before->text) || (change->now && !change->now->text)) {
		strbuf_addstr(&cli->out, "not shown: no text, or too long\n");
		return 0;
	}
	if (change->before) {
		strbuf_add(&before, change->before->text, change->before->len);
		cmd.input = &before;
	}
	if (git_run(&cmd, &diff, &exit_code, err) < 0)
		return err_wrap(err, "cannot compare what was trusted");
	if (exit_code > 1)
		return err_set(err, ERR_SYSTEM, "cannot compare '%s': git diff exits with %d",
			       (change->now ? change->now : change->before)->path, exit_code);
	add_hunks(&cli->out, use_color, &diff);
	return 0;
}

int trust_diff_text(struct cli *cli, const struct session *session,
		    const struct trust_answer *answer, struct err *err)
{
	for (size_t i = 0; i < answer->changes.n; i++) {
		if (add_change(cli, session, answer, &answer->changes.v[i], err) < 0)
			return -1;
	}
	return 0;
}

void trust_diff_json(struct jsonw *w, enum trust_trigger trigger, const struct trust_answer *answer)
{
	static const char *const states[] = { "never", "another", "same", "changed" };

	jsonw_object(w);
	jsonw_kv_string(w, "trigger", trust_trigger_name(trigger));
	jsonw_kv_string(w, "state", states[answer->state]);
	jsonw_key(w, "changes");
	jsonw_array(w);
	for (size_t i = 0; i < answer->changes.n; i++) {
		const struct trust_change *change = &answer->changes.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "path", (change->now ? change->now : change->before)->path);
		jsonw_kv_string(w, "change",
				!change->before ? "new"
				: !change->now	? "gone"
						: "changed");
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
	jsonw_object_end(w);
}
