/*
 * Facts to material, one line each, and material to a digest. Written with plain appends: a step with
 * ten thousand inputs is fingerprinted on every run.
 */
#include "plan/fingerprint.h"

#include <string.h>

#include "plan/material_impl.h"

static const char *const kind_names[] = {
	[ENTRY_ABSENT] = "absent", [ENTRY_FILE] = "file", [ENTRY_EXEC] = "exec",
	[ENTRY_LINK] = "link",	   [ENTRY_DIR] = "dir",	  [ENTRY_OTHER] = "other",
};

#define LINE_ROOM 32 /* for the words and blanks of a line about an entry */

/* What stands for a byte that would end a line, or a field. */
static const char line_escapes[256] = { ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r' };
static const char field_escapes[256] = {
	['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['='] = 'e', [' '] = 's'
};

/* Where there is room for twice its length. */
static char *put_escaped(char *to, const char *s, const char escapes[256])
{
	for (; *s; s++) {
		char escape = escapes[(unsigned char)*s];

		if (escape)
			*to++ = '\\';
		*to++ = escape ? escape : *s;
	}
	return to;
}

static void add_escaped(struct strbuf *out, const char *s, bool is_name)
{
	strbuf_grow(out, 2 * strlen(s));
	strbuf_setlen(out, (size_t)(put_escaped(out->buf + out->len, s,
						is_name ? field_escapes : line_escapes) -
				    out->buf));
}

static void add_text(struct strbuf *out, const char *kind, const char *value)
{
	strbuf_addstr(out, kind);
	strbuf_addch(out, ' ');
	add_escaped(out, value, false);
	strbuf_addch(out, '\n');
}

static void add_list(struct strbuf *out, const char *kind, const struct fact_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		add_text(out, kind, list->v[i]);
}

static void add_pairs(struct strbuf *out, const char *kind, const struct fact_pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->n; i++) {
		strbuf_addstr(out, kind);
		strbuf_addch(out, ' ');
		add_escaped(out, pairs->v[i].name, true);
		if (pairs->v[i].value) {
			strbuf_addch(out, '=');
			add_escaped(out, pairs->v[i].value, false);
		}
		strbuf_addch(out, '\n');
	}
}

static void add_entry(struct strbuf *out, const char *kind, const struct entry *entry)
{
	char *to;

	if (entry->kind >= ARRAY_SIZE(kind_names))
		BUG("entry kind %d", entry->kind);
	strbuf_grow(out, 2 * strlen(entry->path) + DIGEST_HEX_LEN + LINE_ROOM);
	to = stpcpy(out->buf + out->len, kind);
	*to++ = ' ';
	to = put_escaped(to, entry->path, field_escapes);
	*to++ = ' ';
	to = stpcpy(to, kind_names[entry->kind]);
	if (entry->kind != ENTRY_ABSENT) {
		*to++ = ' ';
		digest_to_hex(&entry->digest, to);
		to += DIGEST_HEX_LEN;
	}
	*to++ = '\n';
	strbuf_setlen(out, (size_t)(to - out->buf));
}

static void add_entries(struct strbuf *out, const char *kind, const struct fact_entries *entries)
{
	size_t i;

	for (i = 0; i < entries->n; i++)
		add_entry(out, kind, &entries->v[i]);
}

void fingerprint_material(const struct facts *facts, struct strbuf *material)
{
	strbuf_addf(material, "wf-material %d\n", FINGERPRINT_VERSION);
	add_text(material, "action", facts->action);
	add_list(material, "arg", &facts->argv);
	add_text(material, "dir", facts->dir && *facts->dir ? facts->dir : ".");
	if (facts->stdin_text)
		add_text(material, "stdin", facts->stdin_text);
	add_pairs(material, "env", &facts->env);
	add_pairs(material, "value", &facts->values);
	add_entries(material, "tool", &facts->tools);
	add_list(material, "glob", &facts->globs);
	add_entries(material, "input", &facts->inputs);
	add_pairs(material, "upstream", &facts->upstream);
	add_list(material, "output", &facts->outputs);
	if (facts->depfile)
		add_text(material, "depfile", facts->depfile);
	if (facts->platform)
		add_text(material, "platform", facts->platform);
	add_entries(material, "dep", &facts->deps);
}

struct digest fingerprint_digest(const struct hash_secret *secret, const char *material, size_t len)
{
	return hash_bytes(secret, material, len);
}

struct digest fingerprint_tree(const struct hash_secret *secret, const struct entry *entries,
			       size_t n)
{
	struct strbuf text = STRBUF_INIT;
	struct digest digest;
	size_t i;

	for (i = 0; i < n; i++)
		add_entry(&text, "entry", &entries[i]);
	digest = hash_bytes(secret, strbuf_str(&text), text.len);
	strbuf_release(&text);
	return digest;
}

/* --- reading it back, for the difference --- */

static char unescape(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 'r': return '\r';
	case 'e': return '=';
	case 's': return ' ';
	default: return c;
	}
}

const char *material_unescape(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_strndup(arena, text, len);
	char *from = copy, *to = copy;

	for (; *from; from++)
		*to++ = *from == '\\' && from[1] ? unescape(*++from) : *from;
	*to = '\0';
	return copy;
}
