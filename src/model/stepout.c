/*
 * What a step hands on, read from the file that it wrote:
 *
 *	percent=82.5
 *	notes<<END
 *	first line
 *
 *	last line
 *	END
 */
#include "model/stepout.h"

#include <string.h>

#include "base/strmap.h"
#include "base/vec.h"

enum { NAME_LEN_MAX = 128, SHOWN_LEN_MAX = 60 };

struct reader {
	struct arena *arena;
	const char *text;
	size_t len, pos;
	unsigned line_number;
	VEC(struct stepout_pair) pairs;
	struct strmap index; /* name → index in pairs + 1 */
};

struct line {
	const char *text;
	size_t len;
};

/* Without its line feed. */
static bool next_line(struct reader *reader, struct line *line)
{
	const char *start = reader->text + reader->pos, *end;

	if (reader->pos >= reader->len)
		return false;
	end = memchr(start, '\n', reader->len - reader->pos);
	line->text = start;
	line->len = end ? (size_t)(end - start) : reader->len - reader->pos;
	reader->pos += line->len + (end != NULL);
	reader->line_number++;
	return true;
}

static bool is_name_char(char c, bool is_first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
		return true;
	return (c >= '0' && c <= '9') || (c == '-' && !is_first);
}

static size_t name_len(const struct line *line)
{
	size_t len = 0;

	while (len < line->len && is_name_char(line->text[len], len == 0))
		len++;
	return len;
}

static void put(struct reader *reader, const char *name, const char *value)
{
	size_t index = (size_t)strmap_get(&reader->index, name);

	if (index > 0) {
		reader->pairs.v[index - 1].value = value;
		return;
	}
	vec_push(&reader->pairs, ((struct stepout_pair){ name, value }));
	strmap_put(&reader->index, name, (void *)reader->pairs.n);
}

static bool is_end(const struct line *line, const struct line *end)
{
	return line->len == end->len && memcmp(line->text, end->text, end->len) == 0;
}

/* Everything up to the line that is END; the last line feed goes. */
static int read_block(struct reader *reader, const char *name, struct line end, struct err *err)
{
	size_t start = reader->pos, len;
	unsigned first_number = reader->line_number;
	struct line line;

	while (next_line(reader, &line)) {
		if (!is_end(&line, &end))
			continue;
		len = (size_t)(line.text - (reader->text + start));
		put(reader, name,
		    arena_strndup(reader->arena, reader->text + start, len - (len > 0)));
		return 0;
	}
	return err_set(err, ERR_VALUE, "line %u of the outputs: '%s<<%.*s' has no line '%.*s'",
		       first_number, name, (int)(end.len < SHOWN_LEN_MAX ? end.len : SHOWN_LEN_MAX),
		       end.text, (int)(end.len < SHOWN_LEN_MAX ? end.len : SHOWN_LEN_MAX),
		       end.text);
}

static int read_pair(struct reader *reader, struct line line, struct err *err)
{
	size_t len = name_len(&line);
	const char *name, *rest = line.text + len;
	size_t rest_len = line.len - len;

	if (len > 0 && len <= NAME_LEN_MAX) {
		name = arena_strndup(reader->arena, line.text, len);
		if (rest_len >= 1 && rest[0] == '=') {
			put(reader, name, arena_strndup(reader->arena, rest + 1, rest_len - 1));
			return 0;
		}
		if (rest_len > 2 && rest[0] == '<' && rest[1] == '<')
			return read_block(reader, name, (struct line){ rest + 2, rest_len - 2 },
					  err);
	}
	return err_set(err, ERR_VALUE,
		       "line %u of the outputs is neither NAME=value nor NAME<<END: '%.*s'",
		       reader->line_number,
		       (int)(line.len < SHOWN_LEN_MAX ? line.len : SHOWN_LEN_MAX), line.text);
}

static int read_all(struct reader *reader, struct err *err)
{
	struct line line;

	while (next_line(reader, &line)) {
		if (read_pair(reader, line, err) < 0)
			return -1;
	}
	return 0;
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

int stepout_parse(struct arena *arena, const char *text, size_t len, struct stepout *out,
		  struct err *err)
{
	struct reader reader = { .arena = arena, .text = text, .len = len };
	const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
	int rc;

	*out = (struct stepout){ 0 };
	if (nul)
		return err_set(err, ERR_VALUE, "line %u of the outputs has a NUL byte",
			       line_of(text, nul));
	rc = read_all(&reader, err);
	if (rc == 0 && reader.pairs.n > 0) {
		out->n = reader.pairs.n;
		out->pairs = arena_memdup(arena, reader.pairs.v, out->n * sizeof *out->pairs);
	}
	vec_release(&reader.pairs);
	strmap_release(&reader.index);
	return rc;
}

const char *stepout_get(const struct stepout *out, const char *name)
{
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->pairs[i].name, name) == 0)
			return out->pairs[i].value;
	return NULL;
}

int stepout_parse_progress(const char *line, unsigned *percent, const char **message)
{
	unsigned number = 0;
	const char *s = line;

	for (; *s >= '0' && *s <= '9' && number <= 100; s++)
		number = number * 10 + (unsigned)(*s - '0');
	if (s == line || number > 100 || *s != '%' || (s[1] && s[1] != ' ' && s[1] != '\n'))
		return -1;
	*percent = number;
	*message = s[1] == ' ' ? s + 2 : s + 1;
	return 0;
}
