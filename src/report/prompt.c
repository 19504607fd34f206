/*
 * See report/prompt.h.
 */
#include "report/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "event/wait.h"
#include "style_impl.h"

#define COMMAND_LINES 6 /* shown of a command before "s" is typed */
#define REASONS	      3

/* ---- How it looks ---- */

struct page {
	struct style style;
	struct strbuf *out;
};

static void add_wrapped(const struct page *page, enum role role, size_t indent, const char *text,
			size_t len)
{
	struct line line;

	line_init(&line, &page->style, 0);
	line.indent = indent;
	line_pad_to(&line, indent, 0);
	line_add_n(&line, role, text, len);
	line_finish(&line, page->out);
}

/* At most `max` lines of it as they were written. */
static void add_lines(const struct page *page, enum role role, size_t indent, const char *text,
		      size_t max)
{
	for (; *text && max; max--) {
		size_t len = strcspn(text, "\n");

		add_wrapped(page, role, indent, text, len);
		text += len + (text[len] == '\n');
	}
	if (*text)
		add_wrapped(page, ROLE_DIM, indent, "(s shows all of it)", 19);
}

static void add_head(const struct page *page, const struct prompt_view *view)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "? %s", view->step);
	if (!wait_is_step(view->kind))
		strbuf_addstr(&text, " is about to run");
	if (view->risk)
		strbuf_addf(&text, " (risk: %s)", view->risk);
	add_wrapped(page, ROLE_STRONG, 0, text.buf, text.len);
}

static void add_choices(const struct page *page, const struct prompt_view *view)
{
	unsigned number = 1;

	for (const char *at = view->choices; at && *at; number++) {
		size_t len = strcspn(at, "\n");
		struct line line;

		line_init(&line, &page->style, page->style.columns);
		line_addf(&line, ROLE_ACTIVE, "  %2u  ", number);
		line_add_n(&line, ROLE_PLAIN, at, len);
		line_finish(&line, page->out);
		at += len + (at[len] == '\n');
	}
}

static void add_reasons(const struct page *page, const struct prompt_view *view)
{
	size_t max = view->shows_all ? view->n_reasons : REASONS;

	for (size_t i = 0; i < view->n_reasons && i < max; i++)
		add_wrapped(page, ROLE_DIM, 2, view->reasons[i], strlen(view->reasons[i]));
	if (view->n_reasons > max) {
		struct line line;

		line_init(&line, &page->style, 0);
		line_addf(&line, ROLE_DIM, "  and %zu more (s shows them)", view->n_reasons - max);
		line_finish(&line, page->out);
	}
}

static void add_call(const struct page *page, const struct prompt_view *view)
{
	struct line line;
	bool is_narrow = page->style.columns < 60;

	line_init(&line, &page->style, 0);
	if (strcmp(view->kind, WAIT_PERMISSION) == 0)
		line_add(&line, ROLE_STRONG,
			 is_narrow ? "y/n/all/show/quit: "
				   : "yes, no (skip it), all, show, quit? [y/n/a/s/q] ");
	else if (strcmp(view->kind, WAIT_APPROVAL) == 0)
		line_add(&line, ROLE_STRONG, "yes or no? [y/n] ");
	else if (view->default_answer)
		line_addf(&line, ROLE_STRONG, "%s [%.40s]: ", view->choices ? "which" : "answer",
			  view->default_answer);
	else
		line_add(&line, ROLE_STRONG,
			 view->is_secret ? "answer (not shown): "
			 : view->choices ? "which: "
					 : "answer: ");
	strbuf_add(page->out, strbuf_str(&line.text), line.text.len);
	line_release(&line);
}

void prompt_compose(const struct prompt_view *view, size_t columns, bool use_color, bool use_utf8,
		    struct strbuf *out)
{
	struct page page = { { use_color, use_utf8, columns > 20 ? columns - 1 : 19 }, out };
	bool is_permission = !wait_is_step(view->kind);

	if (view->problem) {
		add_wrapped(&page, ROLE_WARN, 2, view->problem, strlen(view->problem));
	} else {
		add_head(&page, view);
		add_lines(&page, ROLE_PLAIN, is_permission ? 4 : 2, view->question,
			  is_permission && !view->shows_all ? COMMAND_LINES : (size_t)-1);
		if (is_permission)
			add_reasons(&page, view);
		add_choices(&page, view);
	}
	add_call(&page, view);
}

/* ---- What was typed ---- */

static bool is_word(const char *line, const char *word)
{
	return strcasecmp(line, word) == 0 || (strlen(line) == 1 && (*line | 0x20) == *word);
}

static void set_word(struct prompt_reply *reply, const char *word)
{
	reply->kind = REPLY_WORD;
	reply->word = word;
}

static void read_permission(const char *line, struct prompt_reply *reply)
{
	if (is_word(line, "yes"))
		set_word(reply, "approve");
	else if (is_word(line, "no"))
		set_word(reply, "skip");
	else if (is_word(line, "all"))
		reply->kind = REPLY_ALL;
	else if (is_word(line, "show"))
		reply->kind = REPLY_SHOW;
	else if (is_word(line, "quit") || is_word(line, "abort"))
		reply->kind = REPLY_ABORT;
	else
		reply->problem = "type yes, no, all, show or quit";
}

static void read_approval(const char *line, struct prompt_reply *reply)
{
	if (is_word(line, "yes"))
		set_word(reply, "approve");
	else if (is_word(line, "no"))
		set_word(reply, "reject");
	else
		reply->problem = "type yes or no";
}

/* Its number, or itself. */
static char *find_choice(const char *choices, const char *line)
{
	char *end;
	unsigned long wanted = strtoul(line, &end, 10), number = 1;
	char *by_number = NULL;

	for (const char *at = choices; *at; number++) {
		size_t len = strcspn(at, "\n");

		if (strlen(line) == len && memcmp(at, line, len) == 0) {
			free(by_number);
			return xstrndup(at, len);
		}
		if (!*end && number == wanted)
			by_number = xstrndup(at, len);
		at += len + (at[len] == '\n');
	}
	return by_number;
}

static void read_answer(const struct step_wait *wait, const char *line, struct prompt_reply *reply)
{
	if (!*line && wait->default_answer)
		reply->value = xstrdup(wait->default_answer);
	else if (*line)
		reply->value = wait->choices ? find_choice(wait->choices, line) : xstrdup(line);
	if (reply->value)
		set_word(reply, "answer");
	else
		reply->problem = wait->choices ? "type one of them, or its number"
					       : "an answer is needed";
}

void prompt_read_reply(const struct step_wait *wait, const char *line, struct prompt_reply *reply)
{
	char *trimmed = xstrdup(line), *begin = trimmed;
	size_t len = strlen(trimmed);

	*reply = (struct prompt_reply){ .kind = REPLY_AGAIN };
	while (len && (trimmed[len - 1] == '\r' || (!wait->is_secret && trimmed[len - 1] == ' ')))
		trimmed[--len] = '\0';
	while (!wait->is_secret && *begin == ' ')
		begin++;
	if (strcmp(wait->kind, WAIT_PERMISSION) == 0)
		read_permission(begin, reply);
	else if (strcmp(wait->kind, WAIT_APPROVAL) == 0)
		read_approval(begin, reply);
	else
		read_answer(wait, begin, reply);
	memset(trimmed, 0, strlen(trimmed));
	free(trimmed);
}

void prompt_reply_release(struct prompt_reply *reply)
{
	if (reply->value)
		memset(reply->value, 0, strlen(reply->value));
	free(reply->value);
	reply->value = NULL;
}
