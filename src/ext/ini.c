/*
 * The only file that knows inih. Its fixed buffers cut long lines and names without a word, and it
 * tells no line numbers: so lines are handed to it by our own reader, which counts, refuses what
 * would be cut, and keeps the whole line for values that are longer than inih's buffer.
 */
#include "ext/ini.h"

#include <ini.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/strmap.h"

enum { MAX_LINE = 8192, MAX_SECTION = 48 };

struct reader {
	struct diags *diags;
	ini_key_fn key;
	void *data;
	const char *at, *end; /* what was not read yet */
	const char *line;     /* the line that inih has, without indentation and line break */
	size_t line_len;
	uint32_t line_no;
	uint16_t indent;
	bool is_cut; /* inih has only the beginning */
	size_t n_errors_before;
	struct strmap seen; /* "section\nname\nkey" */
	struct arena arena;
};

static struct span line_span(const struct reader *reader, size_t len)
{
	return (struct span){ reader->line_no, (uint16_t)(reader->indent + 1),
			      (uint16_t)(len > 200 ? 200 : len) };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Refuses what inih would cut or misread; the line is then passed over. */
static bool is_refused(struct reader *reader)
{
	struct diag *diag;

	if (reader->line_len > MAX_LINE) {
		diag_error(reader->diags, line_span(reader, 1), "a line of more than %d bytes",
			   MAX_LINE);
		return true;
	}
	if (memchr(reader->line, '\0', reader->line_len)) {
		diag_error(reader->diags, line_span(reader, 1), "a NUL character in the line");
		return true;
	}
	if (!reader->line_len || strchr("#;", reader->line[0]))
		return false;
	if (reader->line[0] == '[') {
		if (!memchr(reader->line, ']', reader->line_len))
			diag_error(reader->diags, line_span(reader, reader->line_len),
				   "a section without its ']'");
		else if (reader->line_len > MAX_SECTION)
			diag_error(reader->diags, line_span(reader, reader->line_len),
				   "a section's line of more than %d bytes", MAX_SECTION);
		else
			return false;
		return true;
	}
	if (memchr(reader->line, '=', reader->line_len) ||
	    memchr(reader->line, ':', reader->line_len))
		return false;
	diag = diag_error(reader->diags, line_span(reader, reader->line_len),
			  "expected 'key = value'");
	diag_hint(reader->diags, diag, "a comment begins with '#'");
	return true;
}

static void next_line(struct reader *reader)
{
	const char *eol = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	const char *stop = eol ? eol : reader->end;

	reader->line = reader->at;
	reader->at = eol ? eol + 1 : reader->end;
	reader->line_no++;
	if (reader->line_no == 1 && stop - reader->line >= 3 &&
	    memcmp(reader->line, "\xef\xbb\xbf", 3) == 0)
		reader->line += 3;
	reader->indent = 0;
	while (reader->line < stop && is_blank(*reader->line)) {
		reader->line++;
		reader->indent += reader->indent < 1000;
	}
	while (stop > reader->line && (is_blank(stop[-1]) || stop[-1] == '\r'))
		stop--;
	reader->line_len = (size_t)(stop - reader->line);
}

/* As fgets(). The indentation is gone, so that no line continues the one before it. */
static char *read_line(char *buf, int size, void *data)
{
	struct reader *reader = data;
	size_t len;

	if (reader->at == reader->end)
		return NULL;
	next_line(reader);
	len = is_refused(reader) ? 0 : reader->line_len;
	reader->is_cut = len > (size_t)size - 1;
	if (reader->is_cut)
		len = (size_t)size - 1;
	memcpy(buf, reader->line, len);
	buf[len] = '\0';
	return buf;
}

/* The value of a line that was too long for inih, by inih's rules. */
static const char *whole_value(struct reader *reader)
{
	const char *end = reader->line + reader->line_len, *at = reader->line, *stop;

	while (at < end && *at != '=' && *at != ':')
		at++;
	if (at < end)
		at++;
	while (at < end && is_blank(*at))
		at++;
	for (stop = at; stop < end; stop++)
		if (*stop == ';' && stop > at && is_blank(stop[-1]))
			break;
	while (stop > at && is_blank(stop[-1]))
		stop--;
	return arena_strndup(&reader->arena, at, (size_t)(stop - at));
}

/* `secret "my name"` → "secret" and "my name". -1: neither form. */
static int split_section(const char *text, struct strbuf *section, struct strbuf *name)
{
	const char *at = text;

	while (*at && !is_blank(*at) && *at != '"')
		strbuf_addch(section, *at++);
	while (is_blank(*at))
		at++;
	if (!*at)
		return 0;
	if (*at++ != '"')
		return -1;
	while (*at && *at != '"') {
		if (*at == '\\' && at[1])
			at++;
		strbuf_addch(name, *at++);
	}
	if (*at++ != '"')
		return -1;
	while (is_blank(*at))
		at++;
	return *at ? -1 : 0;
}

static bool is_duplicate(struct reader *reader, const char *section, const char *name,
			 const char *key)
{
	struct strbuf id = STRBUF_INIT;
	bool found;

	strbuf_addf(&id, "%s\n%s\n%s", section, name, key);
	found = strmap_get(&reader->seen, strbuf_str(&id)) != NULL;
	if (!found)
		strmap_put(&reader->seen, arena_strdup(&reader->arena, strbuf_str(&id)), reader);
	strbuf_release(&id);
	return found;
}

/* inih calls it for each key; 0 would mean an error of ours, which diags has already. */
static int take_key(void *data, const char *text, const char *key, const char *value)
{
	struct reader *reader = data;
	struct strbuf section CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
	struct span at = line_span(reader, strlen(key));

	if (!*text)
		diag_error(reader->diags, at, "the key '%s' stands before the first [section]",
			   key);
	else if (split_section(text, &section, &name) < 0)
		diag_error(reader->diags, at,
			   "the section above is neither [word] nor [word \"name\"]");
	else if (!*key)
		diag_error(reader->diags, at, "a key is empty");
	else if (is_duplicate(reader, strbuf_str(&section), strbuf_str(&name), key))
		diag_error(reader->diags, at, "the key '%s' is there twice", key);
	else
		reader->key(reader->data, strbuf_str(&section), strbuf_str(&name), key,
			    reader->is_cut ? whole_value(reader) : value, at);
	return 1;
}

int ini_read(struct diags *diags, ini_key_fn key, void *data)
{
	struct reader reader = { .diags = diags, .key = key, .data = data };
	int line;

	reader.at = diags->text ? diags->text : "";
	reader.end = reader.at + diags->text_len;
	reader.n_errors_before = diags->n_errors;
	line = ini_parse_stream(read_line, &reader, take_key, &reader);
	if (line && diags->n_errors == reader.n_errors_before)
		diag_error(diags, (struct span){ line > 0 ? (uint32_t)line : 0, 1, 0 },
			   "this line cannot be read");
	strmap_release(&reader.seen);
	arena_release(&reader.arena);
	return diags->n_errors > reader.n_errors_before ? -1 : 0;
}
