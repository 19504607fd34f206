/*
 * Asking at the terminal, one question at a time. As long as one is open nothing else writes there. The
 * terminal does the editing: an answer is a line. Nobody is held up by it: steps go on meanwhile, and
 * the answer may as well come from elsewhere, which closes the question.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/xalloc.h"
#include "event/wait.h"
#include "report/prompt.h"
#include "sys/fs.h"
#include "sys/tty.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)

struct prompt {
	struct engine *engine;
	struct execution *execution; /* NULL: none is open */
	struct strbuf line;
	bool is_hidden; /* what is typed is not shown */
	bool shows_all;
	struct termios before;
};

bool prompt_is_open(const struct engine *engine)
{
	return engine->prompt && engine->prompt->execution;
}

/* ---- What is shown ---- */

static void write_out(const struct prompt *prompt, const char *text, size_t len)
{
	fs_write_all(prompt->engine->options->ask.out_fd, text, len, NULL);
}

static const char **reasons_of(struct execution *execution, size_t *n)
{
	const struct reasons *reasons = &execution->judged.decision.reasons;
	const char **texts = ARENA_ARRAY(&execution->arena, const char *, reasons->list.n + 1);

	for (*n = 0; *n < reasons->list.n; ++*n) {
		struct strbuf text = STRBUF_INIT;

		reason_render(&reasons->list.v[*n], &text);
		texts[*n] = arena_strdup(&execution->arena, strbuf_str(&text));
		strbuf_release(&text);
	}
	return texts;
}

static void show(struct prompt *prompt, const char *problem)
{
	static const char *const risks[] = { NULL, "medium", "high" };
	struct execution *execution = prompt->execution;
	const struct ask_options *ask = &prompt->engine->options->ask;
	const struct step_state *state = state_step(&prompt->engine->state, execution->node->id);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct prompt_view view = {
		.step = execution->node->id,
		.kind = execution->wait_kind,
		.question = state->wait->question,
		.choices = state->wait->choices,
		.default_answer = state->wait->default_answer,
		.is_secret = state->wait->is_secret,
		.risk = risks[execution->node->step->risk],
		.problem = problem,
		.shows_all = prompt->shows_all,
	};
	int columns, rows;

	view.reasons = reasons_of(execution, &view.n_reasons);
	tty_size(ask->out_fd, &columns, &rows);
	prompt_compose(&view, (size_t)columns, ask->use_color, ask->use_utf8, &text);
	write_out(prompt, text.buf, text.len);
}

/* ---- The terminal ---- */

static void hide_typing(struct prompt *prompt)
{
	int fd = prompt->engine->options->ask.in_fd;
	struct termios quiet;

	if (!prompt->is_hidden || tcgetattr(fd, &prompt->before) < 0)
		return;
	quiet = prompt->before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(fd, TCSANOW, &quiet);
}

static void show_typing(struct prompt *prompt)
{
	if (prompt->is_hidden)
		tcsetattr(prompt->engine->options->ask.in_fd, TCSANOW, &prompt->before);
}

/* The console holds its lines back as long as a question is open. */
static void tell_sinks(struct engine *engine, bool is_open)
{
	struct event event = event_of(engine, EV_PROMPT, NULL);

	event.is_once = is_open;
	emit(engine, &event);
}

static void close_prompt(struct prompt *prompt)
{
	loop_remove_fd(prompt->engine->loop, prompt->engine->options->ask.in_fd);
	show_typing(prompt);
	if (prompt->line.buf)
		memset(prompt->line.buf, 0, prompt->line.len);
	strbuf_clear(&prompt->line);
	prompt->execution = NULL;
	tell_sinks(prompt->engine, false);
}

void prompt_close(struct engine *engine, const struct execution *execution)
{
	static const char elsewhere[] = "\n";

	if (!prompt_is_open(engine) || (execution && engine->prompt->execution != execution))
		return;
	write_out(engine->prompt, elsewhere, sizeof elsewhere - 1);
	close_prompt(engine->prompt);
}

void prompt_redraw(struct engine *engine)
{
	if (!prompt_is_open(engine))
		return;
	hide_typing(engine->prompt);
	show(engine->prompt, NULL);
}

void prompt_release(struct engine *engine)
{
	if (!engine->prompt)
		return;
	if (prompt_is_open(engine))
		prompt_close(engine, NULL);
	strbuf_release(&engine->prompt->line);
	free(engine->prompt);
	engine->prompt = NULL;
}

/* ---- What is typed ---- */

/* It was typed here: the next line of the screen is ours already. */
static void answer(struct prompt *prompt, const char *word, const char *value)
{
	struct execution *execution = prompt->execution;
	const struct ask_options *ask = &prompt->engine->options->ask;
	struct err err = ERR_INIT;
	char *kept = value ? xstrdup(value) : NULL;

	close_prompt(prompt);
	if (waits_answer(execution, word, kept, ask->who ? ask->who : "somebody", NULL, &err) < 0)
		prompt_open(prompt->engine, execution); /* and asks again */
	if (kept)
		memset(kept, 0, strlen(kept));
	free(kept);
	err_release(&err);
}

static void permit_all(struct prompt *prompt)
{
	struct engine *engine = prompt->engine;

	engine->is_permitted = true;
	answer(prompt, "approve", NULL);
	for (size_t i = engine->waits.n; i-- > 0;) {
		if (!wait_is_step(engine->waits.v[i]->wait_kind))
			waits_answer(engine->waits.v[i], "approve", NULL,
				     engine->options->ask.who ? engine->options->ask.who
							      : "somebody",
				     NULL, NULL);
	}
}

static void abort_run(struct prompt *prompt)
{
	struct engine *engine = prompt->engine;

	close_prompt(prompt);
	stop_begin(engine, true, 0, "a person at the terminal");
}

static void take_line(struct prompt *prompt, const char *line)
{
	struct execution *execution = prompt->execution;
	const struct step_state *state = state_step(&prompt->engine->state, execution->node->id);
	struct prompt_reply reply;

	prompt_read_reply(state->wait, line, &reply);
	switch (reply.kind) {
	case REPLY_WORD: answer(prompt, reply.word, reply.value); break;
	case REPLY_ALL: permit_all(prompt); break;
	case REPLY_ABORT: abort_run(prompt); break;
	case REPLY_SHOW:
		prompt->shows_all = true;
		show(prompt, NULL);
		break;
	case REPLY_AGAIN: show(prompt, reply.problem); break;
	}
	prompt_reply_release(&reply);
}

/* The end of the terminal: the question waits, for whoever is asked elsewhere. */
static void give_up(struct prompt *prompt)
{
	prompt->execution->prompt_is_gone = true;
	prompt_close(prompt->engine, NULL);
}

static void on_input(struct loop *loop UNUSED, int fd, short revents UNUSED, void *data)
{
	struct prompt *prompt = data;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof bytes);
	char *feed;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0 || prompt->line.len + (size_t)n > LINE_MAX_BYTES) {
		give_up(prompt);
		return;
	}
	strbuf_add(&prompt->line, bytes, (size_t)n);
	memset(bytes, 0, sizeof bytes);
	feed = memchr(prompt->line.buf, '\n', prompt->line.len);
	if (!feed)
		return;
	*feed = '\0'; /* one line is one answer: what was typed behind it is dropped */
	{
		char *line = xstrdup(prompt->line.buf);

		strbuf_clear(&prompt->line);
		take_line(prompt, line);
		memset(line, 0, strlen(line));
		free(line);
	}
}

void prompt_open(struct engine *engine, struct execution *execution)
{
	struct prompt *prompt = engine->prompt;
	const struct question *question = execution->node->step->question;
	int fd = engine->options->ask.in_fd;

	if (!prompt) {
		prompt = engine->prompt = xcalloc(1, sizeof *prompt);
		prompt->engine = engine;
	}
	prompt->execution = execution;
	prompt->is_hidden = question && question->is_secret;
	prompt->shows_all = false;
	tell_sinks(engine, true);
	/* What was typed before it could be read is no answer to it. */
	tcflush(fd, TCIFLUSH);
	hide_typing(prompt);
	show(prompt, NULL);
	loop_add_fd(engine->loop, fd, POLLIN, on_input, prompt);
}
