/*
 * Scripts that need no shell: the words of a program, and where its streams go.
 */
#include <stdlib.h>
#include <string.h>

#include "shtext_impl.h"

/* A walk over a script's characters and values, shared by the question and the answer. */
struct plain_reader {
	const struct text *text;
	const struct expr_env *env; /* NULL: values are not known */
	struct arena *arena;
	struct err *err;
	VEC(const char *) argv;
	struct strbuf word;
	char *first; /* of who only looks; owned */
	bool only_looks, in_word, is_value_in_first, has_equals_in_first;
	char quote;
	struct text_direct *direct; /* NULL: a stream that goes elsewhere needs a shell */
	bool wants_path;	    /* the word is that of direct's last stream */
};

/* Who only looks needs the first word, and how many there are. */
static void end_word(struct plain_reader *reader)
{
	const char *word = "";

	if (!reader->in_word)
		return;
	if (!reader->only_looks)
		word = arena_strndup(reader->arena, strbuf_str(&reader->word), reader->word.len);
	else if (reader->argv.n == 0)
		word = reader->first = strbuf_detach(&reader->word);
	if (reader->wants_path)
		reader->direct->streams[reader->direct->n_streams - 1].path = word;
	else
		vec_push(&reader->argv, word);
	reader->wants_path = false;
	strbuf_clear(&reader->word);
	reader->in_word = false;
}

/* Those that mean themselves everywhere, '=' aside. */
static bool is_plain_char(char c)
{
	static const uint64_t plain[2] = { UINT64_C(0x07fff82000000000),
					   UINT64_C(0x07fffffe87ffffff) };
	unsigned char byte = (unsigned char)c;

	return byte >= 0x80 || (plain[byte >> 6] >> (byte & 63) & 1);
}

/* False if it needs a shell. */
static bool read_char(struct plain_reader *reader, char c, bool is_last)
{
	if (!c)
		return false;
	if (reader->quote && c == reader->quote) {
		reader->quote = '\0';
	} else if (reader->quote) {
		if (reader->quote == '"' && strchr("$`\\", c))
			return false;
		strbuf_addch(&reader->word, c);
	} else if (c == ' ' || c == '\t') {
		end_word(reader);
	} else if (c == '\n') {
		end_word(reader);
		return is_last;
	} else if (c == '\'' || c == '"') {
		reader->quote = c;
		reader->in_word = true;
	} else if (is_plain_char(c) || (c == '=' && reader->in_word)) { /* zsh looks "=x" up */
		reader->has_equals_in_first |= c == '=' && reader->argv.n == 0;
		strbuf_addch(&reader->word, c);
		reader->in_word = true;
	} else {
		return false;
	}
	return true;
}

/* Words of plain characters are taken whole: that is nearly all there is. */
static size_t read_plain_run(struct plain_reader *reader, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_plain_char(s[n]))
		n++;
	if (n)
		strbuf_add(&reader->word, s, n);
	reader->in_word |= n > 0;
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 1 or 2 of "2>f", -1: there is none, -2: it is another one. Behind a value it may be part of a word. */
static int take_stream_number(struct plain_reader *reader, const char *s, size_t at)
{
	size_t n = 0;

	while (n < at && is_digit(s[at - n - 1]))
		n++;
	if (n == 0 || (n < at && s[at - n - 1] != ' ' && s[at - n - 1] != '\t'))
		return -1;
	if (n != 1 || n == at || (s[at - 1] != '1' && s[at - 1] != '2'))
		return -2;
	strbuf_clear(&reader->word);
	reader->in_word = false;
	return s[at - 1] - '0';
}

/* At '<' or '>'. How many characters it has, the word behind it aside; 0: it needs a shell. */
static size_t read_stream(struct plain_reader *reader, const char *s, size_t at, size_t len)
{
	struct text_stream stream = { .from = -1 };
	const char *sign = s + at;
	size_t left = len - at, n = 1;
	int fd = take_stream_number(reader, s, at);

	end_word(reader);
	if (!reader->direct || reader->argv.n == 0 || reader->wants_path ||
	    reader->direct->n_streams == TEXT_STREAMS_MAX || fd == -2 || (*sign == '<' && fd > 0))
		return 0;
	stream.fd = *sign == '<' ? 0 : fd < 0 ? 1 : fd;
	if (*sign == '>' && left > 1 && sign[1] == '>') {
		stream.appends = true;
		n = 2;
	} else if (*sign == '>' && left > 2 && sign[1] == '&') {
		if ((sign[2] != '1' && sign[2] != '2') || (left > 3 && !strchr(" \t\n", sign[3])))
			return 0;
		stream.from = sign[2] - '0';
		n = 3;
	}
	reader->wants_path = stream.from < 0;
	reader->direct->streams[reader->direct->n_streams++] = stream;
	return n;
}

static bool read_literal(struct plain_reader *reader, const char *s, size_t len, bool is_last_part)
{
	for (size_t i = 0, n; i < len; i++) {
		if (!reader->quote)
			i += read_plain_run(reader, s + i, len - i);
		if (i == len)
			break;
		if (!reader->quote && (s[i] == '<' || s[i] == '>')) {
			n = read_stream(reader, s, i, len);
			if (n == 0)
				return false;
			i += n - 1;
		} else if (!read_char(reader, s[i], is_last_part && i + 1 == len)) {
			return false;
		}
	}
	return true;
}

static int read_list(struct plain_reader *reader, const struct value *list,
		     const struct text_part *part)
{
	const char *text;

	if (part->place != TEXT_WORD && list->n != 1)
		return sh_fail_list(part, list->n, reader->err);
	for (size_t i = 0; i < list->n; i++) {
		if (text_of_value(&list->items[i], part->expr, reader->arena, &text, reader->err) <
		    0)
			return -1;
		if (part->place == TEXT_WORD)
			vec_push(&reader->argv, text);
		else
			strbuf_addstr(&reader->word, text);
	}
	reader->in_word = part->place != TEXT_WORD;
	return 0;
}

static int read_value(struct plain_reader *reader, const struct text_part *part)
{
	struct value value;
	const char *text;

	reader->is_value_in_first |= reader->argv.n == 0;
	reader->in_word = true;
	if (!reader->env)
		return 0;
	if (text_eval(part->expr, reader->env, reader->arena, &value, reader->err) < 0)
		return -1;
	if (value.kind == VALUE_LIST && part->place != TEXT_QUOTED)
		return read_list(reader, &value, part);
	if (text_of_value(&value, part->expr, reader->arena, &text, reader->err) < 0)
		return -1;
	strbuf_addstr(&reader->word, text);
	return 0;
}

/* 0, -1 with an error, or 1: it needs a shell. */
static int read_plain(struct plain_reader *reader)
{
	const struct text *text = reader->text;
	bool is_plain = true;

	if (text->n_parts == 0)
		is_plain = read_literal(reader, text->raw, strlen(text->raw), true);
	for (size_t i = 0; is_plain && i < text->n_parts; i++) {
		const struct text_part *part = &text->parts[i];

		if (part->expr && read_value(reader, part) < 0)
			return -1;
		if (!part->expr)
			is_plain = read_literal(reader, part->lit, part->len,
						i + 1 == text->n_parts);
	}
	end_word(reader);
	return is_plain && !reader->quote && !reader->wants_path ? 0 : 1;
}

static void release_reader(struct plain_reader *reader)
{
	vec_release(&reader->argv);
	strbuf_release(&reader->word);
	free(reader->first);
}

static bool is_program(const struct plain_reader *reader)
{
	const char *first = reader->argv.n ? reader->argv.v[0] : "";

	return !reader->is_value_in_first && !reader->has_equals_in_first && *first &&
	       !sh_is_builtin(first) && !sh_is_reserved(first);
}

static const char **words_of(const struct plain_reader *reader)
{
	const char **words = ARENA_ARRAY(reader->arena, const char *, reader->argv.n + 1);

	for (size_t i = 0; i < reader->argv.n; i++)
		words[i] = reader->argv.v[i];
	return words;
}

bool shtext_is_plain(const struct text *script)
{
	struct plain_reader reader = { .text = script, .only_looks = true };
	bool is_plain = script->raw && read_plain(&reader) == 0 && is_program(&reader);

	release_reader(&reader);
	return is_plain;
}

int shtext_render_argv(const struct text *text, const struct expr_env *env, struct arena *arena,
		       const char ***argv, size_t *argc, struct err *err)
{
	struct plain_reader reader = { .text = text, .env = env, .arena = arena, .err = err };
	int rc = text->raw ? read_plain(&reader) : 1;

	if (rc == 0 && !is_program(&reader))
		rc = 1;
	if (rc == 0) {
		*argc = reader.argv.n;
		*argv = words_of(&reader);
	}
	release_reader(&reader);
	return rc;
}

static bool have_paths(const struct text_direct *direct)
{
	for (size_t i = 0; i < direct->n_streams; i++) {
		if (direct->streams[i].from < 0 && !*direct->streams[i].path)
			return false;
	}
	return true;
}

bool shtext_render_direct(const struct text *text, const struct expr_env *env, struct arena *arena,
			  struct text_direct *direct)
{
	struct plain_reader reader = { .text = text, .env = env, .arena = arena, .direct = direct };
	bool is_direct;

	memset(direct, 0, sizeof *direct);
	is_direct = text->raw && read_plain(&reader) == 0 && is_program(&reader) &&
		    have_paths(direct);
	if (is_direct)
		direct->argv = words_of(&reader);
	release_reader(&reader);
	return is_direct;
}
