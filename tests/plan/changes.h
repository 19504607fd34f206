/*
 * The words of @state and @change, each a function on the world.
 */
#ifndef TESTS_PLAN_CHANGES_H
#define TESTS_PLAN_CHANGES_H

#include <stdio.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "plan/world.h"

struct story {
	const char *file;
	struct world world;
	struct strbuf workflow, answer;
	size_t n_expects;
	bool failed;
};

/* --- small things --- */

static inline char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t len = strcspn(word, " ");

	if (!len)
		return NULL;
	*rest = word + len;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static inline void complain(struct story *story, const char *what, const char *line)
{
	printf("# %s: %s: %s\n", story->file, what, line);
	story->failed = true;
}

/* "\n" as two characters becomes a line feed. */
static inline const char *unescape(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;
	const char *from;

	for (from = copy; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

/* --- what there is, and what happens --- */

struct change {
	struct story *story;
	struct world *world;
	const char *first, *text; /* the word behind the verb, and all behind that */
};

static inline void do_file(struct change *change)
{
	const char *equals = strstr(change->text, "= ");

	world_write(change->world, change->first, equals ? equals + 2 : "first");
}

static inline void do_edit(struct change *change)
{
	const char *equals = strstr(change->text, "= ");

	world_write(change->world, change->first, equals ? equals + 2 : "edited");
}

static inline void do_remove(struct change *change)
{
	world_file(change->world, change->first)->content = NULL;
}

static inline void do_swap(struct change *change)
{
	struct file *a = world_file(change->world, change->first);
	struct file *b = world_file(change->world, change->text), old = *a;

	*a = *b;
	*b = old;
}

static inline void do_exec(struct change *change)
{
	struct file *file = world_file(change->world, change->first);

	file->is_exec = !file->is_exec;
}

static inline void do_lose(struct change *change)
{
	size_t i, o;

	for (i = 0; i < change->world->last.n; i++) {
		const struct record *record = change->world->last.entries[i].value;

		for (o = 0; record && o < record->n_outputs; o++)
			if (!strcmp(record->outputs[o].path, change->first))
				strmap_put(&change->world->store,
					   world_hex(change->world, &record->outputs[o].digest),
					   NULL);
	}
}

static inline void do_forget(struct change *change)
{
	size_t i;

	for (i = 0; i < change->world->records.n; i++) {
		struct record *record = change->world->records.entries[i].value;

		if (record && !strcmp(record->step, change->first))
			change->world->records.entries[i].value = NULL;
	}
	if (strmap_get(&change->world->last, change->first))
		strmap_put(&change->world->last, change->first, NULL);
}

static inline void put_pair(struct change *change, struct strmap *map)
{
	char *name = arena_strdup(&change->world->arena, change->first),
	     *equals = strchr(name, '=');
	const char *value = equals ? equals + 1 : "";

	if (equals)
		*equals = '\0';
	if (*change->text)
		value = arena_printf(&change->world->arena, "%s %s", value, change->text);
	strmap_put(map, name, (void *)(uintptr_t)value);
}

static inline void do_param(struct change *change)
{
	put_pair(change, &change->world->params);
}

static inline void do_env(struct change *change)
{
	put_pair(change, &change->world->env);
}

static inline void do_unset(struct change *change)
{
	strmap_put(&change->world->env, change->first, NULL);
}

static inline void do_takes(struct change *change)
{
	world_behaviour(change->world, change->first)->takes_ms = strtoull(change->text, NULL, 10);
}

static inline void do_timed(struct change *change)
{
	strmap_put(&change->world->timings, change->first,
		   (void *)(uintptr_t)strtoull(change->text, NULL, 10));
}

static inline void do_fails(struct change *change)
{
	int code = *change->text ? atoi(change->text) : 1;

	world_behaviour(change->world, change->first)->exit_code = code;
}

static inline void do_passes(struct change *change)
{
	world_behaviour(change->world, change->first)->exit_code = 0;
}

static inline void do_prints(struct change *change)
{
	world_behaviour(change->world, change->first)->prints = unescape(&change->world->arena,
									 change->text);
}

static inline void do_sets(struct change *change)
{
	struct behaviour *behaviour = world_behaviour(change->world, change->first);
	char *name = arena_strdup(&change->world->arena, change->text), *equals = strchr(name, '=');

	if (!equals)
		return;
	*equals = '\0';
	behaviour->sets.n = 0;
	vec_push(&behaviour->sets, ((struct stepout_pair){ name, equals + 1 }));
}

static inline void do_writes(struct change *change)
{
	struct behaviour *behaviour = world_behaviour(change->world, change->first);
	const char *equals = strstr(change->text, " = ");
	size_t len = equals ? (size_t)(equals - change->text) : strlen(change->text), i;
	const char *path = arena_strndup(&change->world->arena, change->text, len);

	for (i = 0; i < behaviour->writes.n; i++)
		if (!strcmp(behaviour->writes.v[i].path, path))
			break;
	if (i == behaviour->writes.n) {
		vec_push(&behaviour->writes, ((struct node_path){ path, PATH_LITERAL }));
		vec_push(&behaviour->contents, "");
	}
	behaviour->contents.v[i] = equals ? equals + 3 : "written";
}

static inline void do_replace(struct change *change)
{
	const char *whole = arena_printf(&change->world->arena, "%s%s%s", change->first,
					 *change->text ? " " : "", change->text);
	const char *arrow = strstr(whole, " => ");
	struct strbuf *text = &change->story->workflow, out = STRBUF_INIT;
	char *old = arrow ? xstrndup(whole, (size_t)(arrow - whole)) : xstrdup(whole);
	const char *at = strstr(strbuf_str(text), old);

	if (!at || !arrow) {
		complain(change->story, "nothing to replace", whole);
	} else {
		strbuf_add(&out, text->buf, (size_t)(at - text->buf));
		strbuf_addstr(&out, unescape(&change->world->arena, arrow + 4));
		strbuf_addstr(&out, at + strlen(old));
		strbuf_release(text);
		*text = out;
	}
	free(old);
}

static const struct verb {
	const char *name;
	void (*apply)(struct change *change);
} verbs[] = {
	{ "file", do_file },	   { "edit", do_edit },	    { "remove", do_remove },
	{ "move", do_swap },	   { "swap", do_swap },	    { "exec", do_exec },
	{ "lose", do_lose },	   { "forget", do_forget }, { "param", do_param },
	{ "env", do_env },	   { "unset", do_unset },   { "takes", do_takes },
	{ "timed", do_timed },	   { "fails", do_fails },   { "passes", do_passes },
	{ "prints", do_prints },   { "sets", do_sets },	    { "writes", do_writes },
	{ "replace", do_replace },
};

#endif
