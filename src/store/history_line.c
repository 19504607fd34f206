/*
 * One line a run:
 *
 *	{"run":"build-20261120-213201-3f9c5a","workflow":"build","head":"9c1f…","status":"passed",
 *	 "started":"2026-11-20T21:32:01.042Z","duration_ms":8412,"work_ms":9100,…,"steps":12,"ran":3,"cached":9,…}
 *
 * Ten thousand of them are read for one answer, so lines as we write them (flat, plain ASCII, nothing
 * escaped) are taken apart here, all others by the JSON parser.
 */
#include "store/history_impl.h"

#include <stdbool.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "ext/json.h"

static const struct {
	const char *key;
	size_t offset;
} counts[] = {
	{ "steps", offsetof(struct history_entry, n_steps) },
	{ "ran", offsetof(struct history_entry, n_ran) },
	{ "cached", offsetof(struct history_entry, n_cached) },
	{ "restored", offsetof(struct history_entry, n_restored) },
	{ "failed", offsetof(struct history_entry, n_failed) },
	{ "skipped", offsetof(struct history_entry, n_skipped) },
	{ "retries", offsetof(struct history_entry, n_retries) },
	{ "jobs", offsetof(struct history_entry, jobs) },
	{ "resumes", offsetof(struct history_entry, n_resumes) },
};

static const struct {
	const char *key;
	size_t offset;
} times[] = {
	{ "duration_ms", offsetof(struct history_entry, duration_ms) },
	{ "work_ms", offsetof(struct history_entry, work_ms) },
	{ "cpu_ms", offsetof(struct history_entry, cpu_ms) },
	{ "saved_ms", offsetof(struct history_entry, saved_ms) },
};

void history_line_write(const struct history_entry *entry, struct strbuf *out)
{
	struct strbuf instant CLEANUP(strbuf_release) = STRBUF_INIT;
	struct jsonw w = { .out = out };
	size_t i;

	instant_format(&instant, entry->started_ms);
	jsonw_object(&w);
	jsonw_kv_string(&w, "run", entry->run);
	jsonw_kv_string(&w, "workflow", entry->workflow);
	jsonw_kv_string(&w, "head", entry->head);
	jsonw_kv_string(&w, "status", run_status_name(entry->status));
	jsonw_kv_string(&w, "started", instant.buf);
	for (i = 0; i < ARRAY_SIZE(times); i++)
		jsonw_kv_uint(&w, times[i].key,
			      *(const uint64_t *)((const char *)entry + times[i].offset));
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		jsonw_kv_uint(&w, counts[i].key,
			      *(const uint32_t *)((const char *)entry + counts[i].offset));
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

/* ---- The plain form ---- */

struct members {
	const char *run, *workflow, *head, *status, *started;
};

static int set_text(struct members *members, const char *key, const char *text)
{
	const char **at = strcmp(key, "run") == 0	 ? &members->run
			  : strcmp(key, "workflow") == 0 ? &members->workflow
			  : strcmp(key, "head") == 0	 ? &members->head
			  : strcmp(key, "status") == 0	 ? &members->status
			  : strcmp(key, "started") == 0	 ? &members->started
							 : NULL;

	if (at)
		*at = text;
	return 0;
}

static void set_number(struct history_entry *entry, const char *key, int64_t number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++)
		if (strcmp(key, times[i].key) == 0 && number > 0)
			*(uint64_t *)((char *)entry + times[i].offset) = (uint64_t)number;
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (strcmp(key, counts[i].key) == 0 && number >= 0 && number <= UINT32_MAX)
			*(uint32_t *)((char *)entry + counts[i].offset) = (uint32_t)number;
}

/* The text behind an opening quote, ended in place; *at goes behind the closing one. */
static char *take_text(char **at, const char *end)
{
	char *text = *at, *p = text;

	while (p < end && *p != '"' && *p != '\\' && *p >= ' ' && *p < 127)
		p++;
	if (p == end || *p != '"')
		return NULL;
	*p = '\0';
	*at = p + 1;
	return text;
}

static int take_value(char **at, const char *end, const char *key, struct members *members,
		      struct history_entry *entry)
{
	int64_t number = 0;
	char *p = *at;

	if (*p == '"') {
		char *text;

		++*at;
		text = take_text(at, end);
		return text ? set_text(members, key, text) : -1;
	}
	if (end - p > 4 && memcmp(p, "null", 4) == 0) {
		*at = p + 4;
		return 0;
	}
	while (p < end && *p >= '0' && *p <= '9' && p - *at < 18)
		number = number * 10 + (*p++ - '0');
	if (p == *at)
		return -1;
	*at = p;
	set_number(entry, key, number);
	return 0;
}

/* 0; -1: not as we write it, whatever else it may be. */
static int take_plain(char *line, size_t len, struct members *members, struct history_entry *entry)
{
	char *p = line + 1, *end = line + len, *key;

	if (len < 2 || line[0] != '{' || line[len - 1] != '}')
		return -1;
	for (;;) {
		if (*p++ != '"' || !(key = take_text(&p, end)) || p + 1 >= end || *p++ != ':' ||
		    take_value(&p, end, key, members, entry) < 0 || p >= end)
			return -1;
		if (*p == '}')
			return p + 1 == end ? 0 : -1;
		if (*p++ != ',')
			return -1;
	}
}

/* ---- Any form ---- */

static int take_json(const char *line, size_t len, struct arena *arena, struct members *members,
		     struct history_entry *entry)
{
	const struct json *json = json_parse(arena, line, len, NULL);
	size_t i;

	if (!json || json->kind != JSON_OBJECT)
		return -1;
	members->run = json_get_string(json, "run", NULL);
	members->workflow = json_get_string(json, "workflow", NULL);
	members->head = json_get_string(json, "head", NULL);
	members->status = json_get_string(json, "status", NULL);
	members->started = json_get_string(json, "started", NULL);
	for (i = 0; i < ARRAY_SIZE(times); i++)
		set_number(entry, times[i].key, json_get_int(json, times[i].key, 0));
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		set_number(entry, counts[i].key, json_get_int(json, counts[i].key, 0));
	return 0;
}

static bool is_plain(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (line[i] == '\\' || line[i] < ' ' || line[i] == 127)
			return false;
	return len > 1 && line[0] == '{' && line[1] == '"';
}

/* Taking apart ended texts in place, where a quote had been; a plain line has no other NUL. */
static void mend(char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!line[i])
			line[i] = '"';
}

int history_line_read(char *line, size_t len, struct arena *arena, struct history_entry *entry)
{
	struct members members = { 0 };
	int result = -1;

	*entry = (struct history_entry){ 0 };
	if (is_plain(line, len) && (result = take_plain(line, len, &members, entry)) < 0)
		mend(line, len);
	if (result < 0) {
		members = (struct members){ 0 };
		result = take_json(line, len, arena, &members, entry);
	}
	if (result < 0 || !members.workflow || !members.status || !members.started ||
	    run_status_from_name(members.status, &entry->status) < 0 ||
	    instant_parse(members.started, &entry->started_ms) < 0)
		return -1;
	entry->run = members.run;
	entry->workflow = members.workflow;
	entry->head = members.head;
	return 0;
}
