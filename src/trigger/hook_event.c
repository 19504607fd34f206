/*
 * See trigger/hook_event.h; githooks(5) says what each hook gets.
 */
#include "trigger/hook_event.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* What the arguments of a hook are called; a hook that needs them says how many. */
static const struct arg_names {
	size_t n_needed;
	const char *names[3]; /* NULL: event.args only */
	const char *usage;
} arg_names[HOOK_KINDS] = {
	[HOOK_PREPARE_COMMIT_MSG] = { 1, { NULL, "source", "commit" }, "FILE [SOURCE [COMMIT]]" },
	[HOOK_COMMIT_MSG] = { 1, { NULL }, "FILE" },
	[HOOK_APPLYPATCH_MSG] = { 1, { NULL }, "FILE" },
	[HOOK_SENDEMAIL_VALIDATE] = { 1, { NULL }, "FILE [HEADERS]" },
	[HOOK_P4_PREPARE_CHANGELIST] = { 1, { NULL }, "FILE" },
	[HOOK_P4_CHANGELIST] = { 1, { NULL }, "FILE" },
	[HOOK_PRE_REBASE] = { 0, { "upstream", "branch" }, NULL },
	[HOOK_POST_CHECKOUT] = { 0, { "from", "to", "is_branch" }, NULL },
	[HOOK_POST_MERGE] = { 0, { "squash" }, NULL },
	[HOOK_POST_REWRITE] = { 0, { "by" }, NULL },
	[HOOK_PRE_PUSH] = { 0, { "remote", "url" }, NULL },
	[HOOK_UPDATE] = { 3, { NULL }, "REF FROM TO" },
	[HOOK_REFERENCE_TRANSACTION] = { 1, { "state" }, "STATE" },
};

/* 000…0 is how git says that there is nothing. */
static const char *oid_or_null(const char *oid)
{
	return oid[strspn(oid, "0")] ? oid : NULL;
}

/* ---- Lines ---- */

enum { WORDS_MAX = 4 };

struct line_form { /* which word of a line is what; -1: none */
	size_t n_words;
	signed char local, from, to, ref;
};

static const struct line_form forms[HOOK_KINDS] = {
	[HOOK_PRE_PUSH] = { 4, 0, 3, 1, 2 },
	[HOOK_PRE_RECEIVE] = { 3, -1, 0, 1, 2 },
	[HOOK_POST_RECEIVE] = { 3, -1, 0, 1, 2 },
	[HOOK_REFERENCE_TRANSACTION] = { 3, -1, 0, 1, 2 },
	[HOOK_POST_REWRITE] = { 2, -1, 0, 1, -1 },
};

/* The last word takes the rest of the line: post-rewrite has more to say one day. */
static size_t split(const char *line, size_t len, struct arena *arena, size_t want,
		    const char *words[WORDS_MAX])
{
	const char *end = line + len;
	size_t n = 0;

	while (n < want && line < end) {
		size_t word = 0;

		while (line + word < end && line[word] != ' ')
			word++;
		words[n++] = arena_strndup(arena, line, word);
		line += word + (line + word < end);
	}
	return n;
}

static int read_line(const struct line_form *form, const char *line, size_t len,
		     struct arena *arena, struct hook_ref *ref, struct err *err)
{
	const char *words[WORDS_MAX];

	if (split(line, len, arena, form->n_words, words) < form->n_words)
		return err_set(err, ERR_USAGE,
			       "its standard input has a line that git does not write: '%.*s'",
			       len < 80 ? (int)len : 80, line);
	ref->ref = form->ref < 0 ? NULL : words[(int)form->ref];
	ref->local = form->local < 0 ? NULL : words[(int)form->local];
	ref->from = oid_or_null(words[(int)form->from]);
	ref->to = oid_or_null(words[(int)form->to]);
	return 0;
}

static int read_lines(struct hook_event *event, struct arena *arena, struct err *err)
{
	const struct line_form *form = &forms[event->kind];
	VEC(struct hook_ref) refs = { 0 };
	const char *at = event->input, *end = at + event->input_len;
	int rc = 0;

	while (rc == 0 && form->n_words && at && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);
		struct hook_ref ref = { 0 };

		if (len) {
			rc = read_line(form, at, len, arena, &ref, err);
			vec_push(&refs, ref);
		}
		at += len + (stop != NULL);
	}
	if (refs.n)
		event->refs = arena_memdup(arena, refs.v, refs.n * sizeof *refs.v);
	event->n_refs = refs.n;
	vec_release(&refs);
	return rc;
}

int hook_event_read(struct hook_event *event, enum hook_kind kind, const char *const *args,
		    size_t n_args, const char *input, size_t input_len, const char *dir,
		    struct arena *arena, struct err *err)
{
	const struct arg_names *names = &arg_names[kind];

	*event = (struct hook_event){ kind, args, n_args, input, input_len, NULL, NULL, 0 };
	if (n_args < names->n_needed)
		return err_set(err, ERR_USAGE, "hook %s is called with %s", hook_name(kind),
			       names->usage);
	if (hook_traits(kind) & HOOK_MESSAGE)
		event->message_file = *args[0] == '/' ? args[0]
						      : arena_join(arena, dir, "/", args[0]);
	if (kind == HOOK_UPDATE) {
		struct hook_ref *ref = ARENA_NEW(arena, struct hook_ref);

		*ref = (struct hook_ref){ args[0], NULL, oid_or_null(args[1]),
					  oid_or_null(args[2]) };
		event->refs = ref;
		event->n_refs = 1;
		return 0;
	}
	return read_lines(event, arena, err);
}

/* ---- As values ---- */

struct map {
	struct arena *arena;
	const char **keys;
	struct value *items;
	size_t n;
};

enum { MAP_MAX = 16 };

static struct map map_new(struct arena *arena)
{
	return (struct map){ arena, ARENA_ARRAY(arena, const char *, MAP_MAX),
			     ARENA_ARRAY(arena, struct value, MAP_MAX), 0 };
}

static void map_put(struct map *map, const char *key, struct value value)
{
	if (map->n == MAP_MAX)
		BUG("too many members");
	map->keys[map->n] = key;
	map->items[map->n++] = value;
}

static struct value map_value(const struct map *map)
{
	return (struct value){
		.kind = VALUE_MAP, .n = map->n, .items = map->items, .keys = map->keys
	};
}

static struct value strings(const char *const *list, size_t n, struct arena *arena)
{
	struct value *items = ARENA_ARRAY(arena, struct value, n + 1);

	for (size_t i = 0; i < n; i++)
		items[i] = value_string(list[i]);
	return (struct value){ .kind = VALUE_LIST, .n = n, .items = items };
}

static struct value refs_value(const struct hook_event *event, struct arena *arena)
{
	struct value *items = ARENA_ARRAY(arena, struct value, event->n_refs + 1);

	for (size_t i = 0; i < event->n_refs; i++) {
		const struct hook_ref *ref = &event->refs[i];
		struct map map = map_new(arena);

		if (ref->ref)
			map_put(&map, "ref", value_string(ref->ref));
		if (ref->local)
			map_put(&map, "local", value_string(ref->local));
		map_put(&map, "from", value_string(ref->from));
		map_put(&map, "to", value_string(ref->to));
		items[i] = map_value(&map);
	}
	return (struct value){ .kind = VALUE_LIST, .n = event->n_refs, .items = items };
}

/* GIT_PUSH_OPTION_COUNT and GIT_PUSH_OPTION_<n> */
static struct value push_options(struct arena *arena)
{
	const char *count = getenv("GIT_PUSH_OPTION_COUNT");
	size_t n = count ? strtoul(count, NULL, 10) : 0;
	const char **options;

	n = n > 1000 ? 1000 : n;
	options = ARENA_ARRAY(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		options[i] = getenv(arena_printf(arena, "GIT_PUSH_OPTION_%zu", i));
	return strings(options, n, arena);
}

static void put_args(struct map *map, const struct hook_event *event)
{
	const struct arg_names *names = &arg_names[event->kind];

	for (size_t i = 0; i < ARRAY_SIZE(names->names) && i < event->n_args; i++) {
		const char *name = names->names[i], *arg = event->args[i];

		if (!name)
			continue;
		if (!strcmp(name, "is_branch") || !strcmp(name, "squash"))
			map_put(map, name, value_bool(!strcmp(arg, "1")));
		else if (!strcmp(name, "from") || !strcmp(name, "to"))
			map_put(map, name, value_string(oid_or_null(arg)));
		else
			map_put(map, name, value_string(arg));
	}
}

struct value hook_event_value(const struct hook_event *event, const struct hook_ref *tested,
			      const char *const *files, size_t n_files, struct arena *arena)
{
	struct map map = map_new(arena);

	map_put(&map, "hook", value_string(hook_name(event->kind)));
	map_put(&map, "args", strings(event->args, event->n_args, arena));
	map_put(&map, "files", strings(files, n_files, arena));
	put_args(&map, event);
	if (event->message_file)
		map_put(&map, "file", value_string(event->message_file));
	if (event->kind == HOOK_POST_REWRITE)
		map_put(&map, "rewritten", refs_value(event, arena));
	else if (event->n_refs)
		map_put(&map, "refs", refs_value(event, arena));
	if (tested) {
		map_put(&map, "ref", value_string(tested->ref));
		map_put(&map, "from", value_string(tested->from));
		map_put(&map, "to", value_string(tested->to));
	}
	if (event->kind == HOOK_PRE_RECEIVE || event->kind == HOOK_POST_RECEIVE)
		map_put(&map, "options", push_options(arena));
	return map_value(&map);
}
