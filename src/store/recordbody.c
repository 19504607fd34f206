/*
 * Order of the fields: version, exit code, workflow, step, run, stdout_tail, material, outputs
 * (path, kind, size, digest), values (name, value).
 */
#include "store/recordbody_impl.h"

#include <string.h>

#define BODY_VERSION 1
#define NO_TEXT	     UINT64_MAX

/* ---- Writing ---- */

static void put_number(struct strbuf *out, uint64_t number)
{
	strbuf_add(out, &number, sizeof number);
}

static void put_bytes(struct strbuf *out, const char *text, size_t len)
{
	put_number(out, text ? len : NO_TEXT);
	if (text) {
		strbuf_add(out, text, len);
		strbuf_addch(out, '\0');
	}
}

static void put_text(struct strbuf *out, const char *text)
{
	put_bytes(out, text, text ? strlen(text) : 0);
}

static void put_entry(struct strbuf *out, const struct entry *entry)
{
	put_text(out, entry->path);
	put_number(out, entry->kind);
	put_number(out, entry->size_bytes);
	strbuf_add(out, entry->digest.bytes, sizeof entry->digest.bytes);
}

void recordbody_write(const struct record *record, struct strbuf *out)
{
	size_t i;

	put_number(out, BODY_VERSION);
	put_number(out, (uint64_t)(int64_t)record->exit_code);
	put_text(out, record->workflow);
	put_text(out, record->step);
	put_text(out, record->run);
	put_text(out, record->stdout_tail);
	put_bytes(out, record->material, record->material_len);
	put_number(out, record->n_outputs);
	for (i = 0; i < record->n_outputs; i++)
		put_entry(out, &record->outputs[i]);
	put_number(out, record->values.n);
	for (i = 0; i < record->values.n; i++) {
		put_text(out, record->values.pairs[i].name);
		put_text(out, record->values.pairs[i].value);
	}
}

/* ---- Reading: `at` goes to NULL at the first thing that cannot be, and stays there ---- */

struct reader {
	const char *at, *end;
};

static const char *take(struct reader *in, size_t len)
{
	const char *at = in->at;

	if (!at || (size_t)(in->end - at) < len)
		return in->at = NULL;
	in->at += len;
	return at;
}

static uint64_t take_number(struct reader *in)
{
	const char *at = take(in, sizeof(uint64_t));
	uint64_t number = 0;

	if (at)
		memcpy(&number, at, sizeof number);
	return number;
}

static const char *take_text(struct reader *in, size_t *len)
{
	uint64_t n = take_number(in);
	const char *text;

	*len = 0;
	if (!in->at || n == NO_TEXT)
		return NULL;
	text = n < SIZE_MAX ? take(in, (size_t)n + 1) : (in->at = NULL);
	if (text && text[n] != '\0')
		text = in->at = NULL;
	*len = text ? (size_t)n : 0;
	return text;
}

/* Texts stay where they are in the body. */
static const char *take_name(struct reader *in)
{
	size_t len;
	const char *name = take_text(in, &len);

	if (!name)
		in->at = NULL;
	return name;
}

/* How many of at least `size` bytes each there can be. */
static size_t take_count(struct reader *in, size_t size)
{
	uint64_t n = take_number(in);

	if (!in->at || n > (size_t)(in->end - in->at) / size) {
		in->at = NULL;
		return 0;
	}
	return (size_t)n;
}

static void take_entry(struct reader *in, struct entry *entry)
{
	const char *digest;

	entry->path = take_name(in);
	entry->kind = (uint8_t)take_number(in);
	entry->size_bytes = take_number(in);
	digest = take(in, sizeof entry->digest.bytes);
	if (digest)
		memcpy(entry->digest.bytes, digest, sizeof entry->digest.bytes);
	if (entry->kind > ENTRY_OTHER)
		in->at = NULL;
}

static void take_outputs(struct reader *in, struct arena *arena, struct record *record)
{
	size_t i, n = take_count(in, 41);
	struct entry *entries = ARENA_ARRAY(arena, struct entry, n);

	for (i = 0; i < n && in->at; i++)
		take_entry(in, &entries[i]);
	record->outputs = entries;
	record->n_outputs = n;
}

static void take_values(struct reader *in, struct arena *arena, struct record *record)
{
	size_t i, n = take_count(in, 18);

	record->values.pairs = ARENA_ARRAY(arena, struct stepout_pair, n);
	record->values.n = n;
	for (i = 0; i < n && in->at; i++) {
		record->values.pairs[i].name = take_name(in);
		record->values.pairs[i].value = take_name(in);
	}
}

int recordbody_read(const char *data, size_t len, struct arena *arena, struct record *record)
{
	struct reader in = { .at = data, .end = data + len };
	size_t unused;

	if (take_number(&in) != BODY_VERSION)
		return -1;
	record->exit_code = (int)(int64_t)take_number(&in);
	record->workflow = take_name(&in);
	record->step = take_name(&in);
	record->run = take_text(&in, &unused);
	record->stdout_tail = take_text(&in, &unused);
	record->material = take_text(&in, &record->material_len);
	take_outputs(&in, arena, record);
	take_values(&in, arena, record);
	return in.at == in.end ? 0 : -1;
}
