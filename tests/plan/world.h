/*
 * The world of a case: files, what steps do when they run, and what is remembered of them. All of it
 * in memory; nothing is ever taken out of the arena.
 */
#ifndef TESTS_PLAN_WORLD_H
#define TESTS_PLAN_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/glob.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "ext/hash.h"
#include "plan/plan.h"
#include "plan/record.h"

struct file {
	const char *content; /* NULL: not there */
	bool is_exec;
};

/* What a step does when it runs; keyed by the id of the node, else of the step. */
struct behaviour {
	uint64_t takes_ms; /* 0: 100 */
	int exit_code;
	const char *prints;
	VEC(struct stepout_pair) sets;
	VEC(struct node_path) writes; /* path and, in the place of a kind, nothing */
	VEC(const char *) contents;
};

struct world {
	struct arena arena;
	struct strmap files;	  /* path → struct file * */
	struct strmap behaviours; /* id → struct behaviour * */
	struct strmap timings;	  /* id → behaviour: what earlier runs took */
	struct strmap params, env;
	struct strmap records; /* hex of a fingerprint → struct record * */
	struct strmap last;    /* id → struct record * */
	struct strmap store;   /* hex of a content → content */
};

static inline struct file *world_file(struct world *world, const char *path)
{
	struct file *file = strmap_get(&world->files, path);

	if (!file) {
		file = ARENA_NEW(&world->arena, struct file);
		strmap_put(&world->files, arena_strdup(&world->arena, path), file);
	}
	return file;
}

static inline void world_write(struct world *world, const char *path, const char *content)
{
	world_file(world, path)->content = arena_strdup(&world->arena, content);
}

static inline struct behaviour *world_behaviour(struct world *world, const char *id)
{
	struct behaviour *behaviour = strmap_get(&world->behaviours, id);

	if (!behaviour) {
		behaviour = ARENA_NEW(&world->arena, struct behaviour);
		strmap_put(&world->behaviours, arena_strdup(&world->arena, id), behaviour);
	}
	return behaviour;
}

static inline struct behaviour *world_behaviour_of(const struct world *world,
						   const struct node *node)
{
	static struct behaviour nothing_special;
	struct behaviour *behaviour = strmap_get(&world->behaviours, node->id);

	if (!behaviour)
		behaviour = strmap_get(&world->behaviours, node->step->id);
	return behaviour ? behaviour : &nothing_special;
}

static inline const char *world_hex(struct world *world, const struct digest *digest)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(digest, hex);
	return arena_strdup(&world->arena, hex);
}

static inline struct entry world_entry(struct world *world, const char *path)
{
	const struct file *file = strmap_get(&world->files, path);
	struct entry entry = { .path = path, .kind = ENTRY_ABSENT };

	if (!file || !file->content)
		return entry;
	entry.kind = file->is_exec ? ENTRY_EXEC : ENTRY_FILE;
	entry.size_bytes = strlen(file->content);
	entry.digest = hash_bytes(NULL, file->content, strlen(file->content));
	return entry;
}

struct path_set {
	VEC(const char *) list;
};

static inline int path_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static inline void path_set_sort(struct path_set *set)
{
	size_t i, n = 0;

	if (!set->list.n)
		return;
	qsort(set->list.v, set->list.n, sizeof *set->list.v, path_compare);
	for (i = 1; i < set->list.n; i++)
		if (strcmp(set->list.v[i], set->list.v[n]) != 0)
			set->list.v[++n] = set->list.v[i];
	set->list.n = n + 1;
}

static inline bool path_is_meant(struct arena *arena, const struct node_path *spec,
				 const char *path)
{
	size_t len = strlen(spec->path);

	switch (spec->kind) {
	case PATH_DIR: return !strncmp(path, spec->path, len) && path[len] == '/';
	case PATH_LITERAL: return !strcmp(path, spec->path);
	case PATH_ARTIFACT: return !strncmp(path, "artifact:", 9) && !strcmp(path + 9, spec->path);
	default:
		return strncmp(path, "artifact:", 9) != 0 &&
		       glob_match(glob_compile(arena, spec->path), path);
	}
}

static inline bool path_is_excluded(struct arena *arena, const struct node_path *specs, size_t n,
				    const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (specs[i].kind == PATH_EXCLUDE && path_is_meant(arena, &specs[i], path))
			return true;
	return false;
}

/* Files that are there and meant; literal paths also when they are absent. */
static inline void world_list(struct world *world, const struct node_path *specs, size_t n,
			      struct path_set *set)
{
	size_t i, f;

	for (i = 0; i < n; i++) {
		if (specs[i].kind == PATH_EXCLUDE)
			continue;
		if (specs[i].kind == PATH_LITERAL)
			vec_push(&set->list, specs[i].path);
		for (f = 0; f < world->files.n; f++) {
			const char *path = world->files.entries[f].key;

			if (((struct file *)world->files.entries[f].value)->content &&
			    path_is_meant(&world->arena, &specs[i], path) &&
			    (specs[i].kind == PATH_LITERAL ||
			     !path_is_excluded(&world->arena, specs, n, path)))
				vec_push(&set->list, path);
		}
	}
	path_set_sort(set);
}

static inline void behaviours_release(struct strmap *map)
{
	size_t i;

	for (i = 0; i < map->n; i++) {
		struct behaviour *behaviour = map->entries[i].value;

		vec_release(&behaviour->sets);
		vec_release(&behaviour->writes);
		vec_release(&behaviour->contents);
	}
	strmap_release(map);
}

static inline void world_release(struct world *world)
{
	behaviours_release(&world->behaviours);
	strmap_release(&world->timings);
	strmap_release(&world->files);
	strmap_release(&world->params);
	strmap_release(&world->env);
	strmap_release(&world->records);
	strmap_release(&world->last);
	strmap_release(&world->store);
	arena_release(&world->arena);
}

#endif
