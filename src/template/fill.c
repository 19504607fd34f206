/*
 * See template/fill.h.
 */
#include "template/fill.h"

#include <string.h>

#include "base/jsonw.h"

#define MARK	 "# detect: "
#define OPTIONAL ", or nothing"

void fill_release(struct fill *fill)
{
	vec_release(&fill->notes);
}

/* The commands of project.c: none of them means something else to YAML. */
static void add_yaml(struct strbuf *out, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./_-=&";
	struct jsonw w = { .out = out };

	if (*text >= 'a' && *text <= 'z' && !text[strspn(text, plain)])
		strbuf_addstr(out, text);
	else
		jsonw_string(&w, text);
}

/* ---- Marks ---- */

struct mark {
	const char *head; /* up to the value, "    run: " */
	size_t head_len;
	const char *value; /* as it is without us */
	size_t value_len;
	const char *word, *folder; /* "test"; "backend" or NULL */
	size_t word_len, folder_len;
	bool may_be_nothing;
};

/* Splits "    run: make  # detect: build in backend, or nothing". */
static int read_mark(const char *line, size_t len, const char *at, struct mark *mark)
{
	const char *colon = memchr(line, ':', (size_t)(at - line));
	const char *end = line + len, *space;
	size_t optional = strlen(OPTIONAL);

	if (!colon || colon[1] != ' ')
		return -1;
	*mark = (struct mark){ .head = line, .head_len = (size_t)(colon + 2 - line) };
	mark->value = colon + 2;
	mark->value_len = (size_t)(at - mark->value);
	while (mark->value_len && mark->value[mark->value_len - 1] == ' ')
		mark->value_len--;
	mark->word = at + strlen(MARK);
	if ((size_t)(end - mark->word) > optional && !memcmp(end - optional, OPTIONAL, optional)) {
		mark->may_be_nothing = true;
		end -= optional;
	}
	space = memchr(mark->word, ' ', (size_t)(end - mark->word));
	mark->word_len = (size_t)((space ? space : end) - mark->word);
	if (space && end - space > 4 && !memcmp(space, " in ", 4))
		mark->folder = space + 4;
	else if (space && mark->word_len == 6 && !memcmp(mark->word, "folder", 6))
		mark->folder = space + 1;
	mark->folder_len = mark->folder ? (size_t)(end - mark->folder) : 0;
	return mark->folder || !space ? 0 : -1;
}

static void add_command(struct fill *fill, const struct mark *mark, const struct fill_note *note,
			struct strbuf *out)
{
	const char *task = project_task_name(note->task);

	strbuf_add(out, mark->head, mark->head_len);
	if (note->command)
		add_yaml(out, note->command);
	else if (mark->may_be_nothing)
		strbuf_addf(out, "\"true\"  # no command was found for '%s': write it here", task);
	else
		strbuf_addf(out,
			    "\"echo 'write the command for %s into .workflows/%s.yml' >&2; false\"",
			    task, fill->id);
}

static int fill_mark(struct fill *fill, const struct mark *mark, uint32_t line, struct strbuf *out,
		     struct err *err)
{
	struct fill_note note = { .line = line, .may_be_nothing = mark->may_be_nothing };
	struct project project;

	if (mark->folder)
		note.folder = project_find_part(fill->root_fd, mark->folder, mark->folder_len);
	if (mark->word_len == 6 && !memcmp(mark->word, "folder", 6)) {
		strbuf_add(out, mark->head, mark->head_len);
		if (note.folder)
			strbuf_addstr(out, note.folder);
		else
			strbuf_add(out, mark->value, mark->value_len);
		return 0;
	}
	if (project_find_task(mark->word, mark->word_len, &note.task) < 0)
		return err_set(err, ERR_INVALID, "line %u: there is no '%.*s' to detect", line,
			       (int)mark->word_len, mark->word);
	memset(&project, 0, sizeof project);
	if ((!mark->folder || note.folder) &&
	    project_look(fill->root_fd, note.folder ? note.folder : ".", fill->arena, &project,
			 err) < 0)
		return -1;
	note.command = project.commands[note.task];
	note.file = project.files[note.task];
	add_command(fill, mark, &note, out);
	vec_push(&fill->notes, note);
	return 0;
}

int fill_marks(struct fill *fill, const char *text, struct strbuf *out, struct err *err)
{
	uint32_t number = 0;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *at = memmem(line, len, MARK, strlen(MARK));
		struct mark mark;

		number++;
		if (!at)
			strbuf_add(out, line, len);
		else if (read_mark(line, len, at, &mark) < 0)
			return err_set(err, ERR_INVALID, "line %u: this is no mark: '%.*s'", number,
				       (int)(line + len - at), at);
		else if (fill_mark(fill, &mark, number, out, err) < 0)
			return -1;
		if (line[len])
			strbuf_addch(out, '\n');
		line += len + (line[len] == '\n');
	}
	return 0;
}

/* ---- Parameters ---- */

/* Where `key: ` and its value stand in a flow mapping of one line; 0: nowhere. */
static size_t find_key(const char *line, size_t len, const char *key, size_t *value_len)
{
	const char *at = memmem(line, len, key, strlen(key));
	size_t from, end;

	if (!at || at == line || (at[-1] != '{' && at[-1] != ' '))
		return 0;
	from = (size_t)(at - line) + strlen(key);
	end = from;
	if (line[from] == '"')
		for (end++; end < len && line[end] != '"'; end++)
			end += line[end] == '\\';
	while (end < len && line[end] != ',' && line[end] != '}')
		end++;
	*value_len = end - from;
	return end < len ? (size_t)(at - line) : 0;
}

static const char *line_at(const char *text, uint32_t line)
{
	for (; text && line > 1; line--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* What is a number or a truth is written as one; whether it is, the reader of workflows says. */
static bool is_plain(const struct param *param, const char *value)
{
	return (param->type == PARAM_BOOL || param->type == PARAM_INT ||
		param->type == PARAM_NUMBER) &&
	       *value && !value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-")];
}

int fill_default(const struct param *param, const char *value, struct strbuf *text, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf filled = STRBUF_INIT;
	struct jsonw w = { .out = &filled };
	const char *line = line_at(strbuf_str(text), param->span.line);
	size_t len = line ? strcspn(line, "\n") : 0, value_len = 0, from, key_len;

	key_len = strlen("required: ");
	from = find_key(line ? line : "", len, "required: ", &value_len);
	if (!from) {
		key_len = strlen("default: ");
		from = find_key(line ? line : "", len, "default: ", &value_len);
	}
	if (!from)
		return err_set(err, ERR_USAGE,
			       "the template has no place for a value of '%s'; give it when you "
			       "run the workflow",
			       param->name);
	strbuf_add(&filled, text->buf, (size_t)(line - text->buf) + from);
	strbuf_addstr(&filled, "default: ");
	if (is_plain(param, value))
		strbuf_addstr(&filled, value);
	else
		jsonw_string(&w, value);
	from += key_len + value_len;
	strbuf_addstr(&filled, line + from);
	strbuf_clear(text);
	strbuf_add(text, filled.buf, filled.len);
	return 0;
}
