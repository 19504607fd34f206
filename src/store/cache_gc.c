/*
 * What leaves the cache: records by age, objects by age and size, the longest unused first. A record
 * whose objects are gone stays: it still says that nothing changed, and why the step ran.
 */
#include "store/cache_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"

#define DEFAULT_BYTES  (UINT64_C(5) << 30)
#define DEFAULT_AGE_MS (UINT64_C(30) * 86400000)
/* An object may be there before the record that speaks for it. */
#define YOUNG_MS INT64_C(3600000)

/* ---- Which objects are spoken for ---- */

struct digest_set { /* open addressing; the zero digest is never in it */
	struct digest *slots;
	size_t n_slots, n;
};

static size_t set_slot(const struct digest_set *set, const struct digest *digest)
{
	uint64_t hash;
	size_t slot;

	memcpy(&hash, digest->bytes, sizeof hash);
	slot = hash & (set->n_slots - 1);
	while (!digest_is_zero(&set->slots[slot]) && !digest_equal(&set->slots[slot], digest))
		slot = (slot + 1) & (set->n_slots - 1);
	return slot;
}

static bool set_has(const struct digest_set *set, const struct digest *digest)
{
	return set->n && !digest_is_zero(&set->slots[set_slot(set, digest)]);
}

static bool set_add(struct digest_set *set, const struct digest *digest)
{
	struct digest_set old = *set;
	size_t i, slot;

	if (set->n * 2 >= set->n_slots) {
		set->n_slots = old.n_slots ? old.n_slots * 2 : 256;
		set->slots = xcalloc(set->n_slots, sizeof *set->slots);
		for (i = 0; i < old.n_slots; i++)
			if (!digest_is_zero(&old.slots[i]))
				set->slots[set_slot(set, &old.slots[i])] = old.slots[i];
		free(old.slots);
	}
	slot = set_slot(set, digest);
	if (!digest_is_zero(&set->slots[slot]))
		return false;
	set->slots[slot] = *digest;
	set->n++;
	return true;
}

/* ---- Records in the order of their last use ---- */

struct candidate {
	uint32_t index;
	int64_t used_ms;
	bool is_pinned; /* a run that is spared made it */
};

struct collection {
	struct cache *cache;
	const struct cache_gc_options *options;
	int64_t now_ms;
	VEC(struct candidate) candidates;
	bool *keep; /* of each row of the records */
	struct digest_set live;
	struct cache_gc_result *result;
	uint64_t max_bytes, used_bytes;
};

static int compare_use(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->is_pinned != y->is_pinned)
		return x->is_pinned ? -1 : 1;
	if (x->used_ms != y->used_ms)
		return x->used_ms > y->used_ms ? -1 : 1;
	return x->index > y->index ? -1 : x->index < y->index;
}

static bool is_one_of(const char *const *runs, size_t n_runs, const char *run)
{
	size_t i;

	for (i = 0; run && i < n_runs; i++)
		if (strcmp(runs[i], run) == 0)
			return true;
	return false;
}

/* Bound to a run that has ended for good, and not the last word about its step. */
static bool is_over(const struct collection *gc, uint32_t index, const struct record *record)
{
	const struct cache_gc_options *options = gc->options;

	if (!record->is_bound ||
	    slab_find2(&gc->cache->records, gc->cache->records.rows.v[index].key2) == index)
		return false;
	return !slab_is_of_use(&gc->cache->records, index) ||
	       is_one_of(options->ended_runs, options->n_ended_runs, record->run);
}

static void find_candidates(struct collection *gc)
{
	struct slab *records = &gc->cache->records;
	uint64_t max_age_ms = gc->options->max_age_ms ? gc->options->max_age_ms : DEFAULT_AGE_MS;
	uint32_t i;

	for (i = 0; i < records->rows.n; i++) {
		struct arena arena CLEANUP(arena_release) = { 0 };
		const struct slab_row *row = &records->rows.v[i];
		struct candidate candidate = { .index = i, .used_ms = row->stamp_ms };
		struct record record = { 0 };

		/* The last record of a fingerprint is the one that is found; earlier ones are waste. */
		if (slab_find(records, &row->key) != i ||
		    !cache_read_record(gc->cache, i, &arena, &record) || is_over(gc, i, &record))
			continue;
		candidate.is_pinned = is_one_of(gc->options->keep_runs, gc->options->n_keep_runs,
						record.run);
		if (candidate.is_pinned || gc->now_ms - row->stamp_ms <= (int64_t)max_age_ms)
			vec_push(&gc->candidates, candidate);
	}
	if (gc->candidates.n)
		qsort(gc->candidates.v, gc->candidates.n, sizeof *gc->candidates.v, compare_use);
}

static uint64_t new_bytes(const struct collection *gc, const struct record *record)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < record->n_outputs; i++)
		if (!set_has(&gc->live, &record->outputs[i].digest))
			bytes += record->outputs[i].size_bytes;
	return bytes;
}

/* The first that does not fit ends it: what was used longer ago must not stay in its stead. */
static void choose(struct collection *gc)
{
	bool is_full = false;
	size_t i, j;

	for (i = 0; i < gc->candidates.n; i++) {
		struct arena arena CLEANUP(arena_release) = { 0 };
		const struct candidate *candidate = &gc->candidates.v[i];
		struct record record = { 0 };
		uint64_t bytes;

		gc->keep[candidate->index] = true;
		if (!cache_read_record(gc->cache, candidate->index, &arena, &record))
			continue;
		bytes = new_bytes(gc, &record);
		is_full = is_full || gc->used_bytes + bytes > gc->max_bytes;
		if (is_full && !candidate->is_pinned)
			continue;
		gc->used_bytes += bytes;
		for (j = 0; j < record.n_outputs; j++)
			set_add(&gc->live, &record.outputs[j].digest);
	}
}

/* ---- Sweeping ---- */

static bool stays(const struct collection *gc, const struct digest *digest, int64_t made_ms)
{
	return set_has(&gc->live, digest) || gc->now_ms - made_ms < YOUNG_MS;
}

static void count(struct cache_gc_result *result, bool is_kept, uint64_t bytes)
{
	if (is_kept) {
		result->n_kept++;
		result->kept_bytes += bytes;
	} else {
		result->n_removed++;
		result->removed_bytes += bytes;
	}
}

static int sweep_file(void *data, int dirfd, const char *path, const struct digest *digest,
		      uint64_t size_bytes, int64_t mtime_ms)
{
	struct collection *gc = data;
	bool is_kept = stays(gc, digest, mtime_ms);

	if (!is_kept && !gc->options->dry_run && unlinkat(dirfd, path, 0) < 0 && errno != ENOENT)
		is_kept = true;
	count(gc->result, is_kept, size_bytes);
	return 0;
}

/* Compacts a slab if something of it goes. */
static int sweep_slab(struct collection *gc, struct slab *slab, const bool *keep, struct err *err)
{
	bool has_waste = false;
	size_t i;

	for (i = 0; i < slab->rows.n; i++) {
		has_waste = has_waste || !keep[i];
		count(gc->result, keep[i], slab->rows.v[i].len);
	}
	if (!has_waste || gc->options->dry_run)
		return 0;
	return slab_compact(slab, keep, err);
}

static int sweep_pack(struct collection *gc, struct err *err)
{
	struct slab *pack = &gc->cache->objects;
	bool *keep CLEANUP(xfree_ptr)
	= xcalloc(pack->rows.n + 1, sizeof *keep);
	uint32_t i;

	for (i = 0; i < pack->rows.n; i++) {
		const struct slab_row *row = &pack->rows.v[i];

		keep[i] = slab_find(pack, &row->key) == i && stays(gc, &row->key, row->stamp_ms);
	}
	return sweep_slab(gc, pack, keep, err);
}

static int collect(struct collection *gc, struct err *err)
{
	slab_refresh(&gc->cache->records);
	slab_refresh(&gc->cache->objects);
	gc->keep = xcalloc(gc->cache->records.rows.n + 1, sizeof *gc->keep);
	find_candidates(gc);
	choose(gc);
	if (cache_check(gc->cache, err) < 0) /* what was not read would go */
		return -1;
	if (object_file_each(gc->cache, sweep_file, gc, err) < 0 || sweep_pack(gc, err) < 0)
		return -1;
	return sweep_slab(gc, &gc->cache->records, gc->keep, err);
}

int cache_gc(struct cache *cache, const struct cache_gc_options *options, int64_t now_unix_ms,
	     struct cache_gc_result *result, struct err *err)
{
	struct collection gc = {
		.cache = cache,
		.options = options,
		.now_ms = now_unix_ms,
		.result = result,
		.max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_BYTES,
	};
	struct lock lock = LOCK_NOT_HELD;
	int status;

	*result = (struct cache_gc_result){ 0 };
	if (cache->dirfd < 0)
		return 0;
	if (cache_flush(cache, err) < 0 || cache_lock(cache, &lock, 0, err) < 0)
		return -1;
	cache_load(cache);
	status = collect(&gc, err);
	lock_release(&lock);
	vec_release(&gc.candidates);
	free(gc.keep);
	free(gc.live.slots);
	return status < 0 ? err_wrap(err, "cannot clean the cache") : 0;
}
