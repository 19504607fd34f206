/*
 * Records and objects: what is put in comes out or is a miss, whoever else writes, whatever broke.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "store/cache.h"
#include "store/statcache.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "unit/store/scratch.h"

#define DAY_MS INT64_C(86400000)

static int64_t now_ms; /* the use of a record is noted when that is a day old */

struct fixture {
	struct statcache *stat;
	struct cache *cache;
	struct arena arena;
};

static void open_all(const struct scratch *scratch, struct fixture *fix)
{
	*fix = (struct fixture){ .stat = statcache_open(scratch_path(scratch, "wf"), NULL) };
	assert_int_equal(statcache_prepare(fix->stat, NULL), 0);
	fix->cache = cache_open(scratch_path(scratch, "wf"), statcache_secret(fix->stat), NULL);
	assert_non_null(fix->cache);
}

static void close_all(struct fixture *fix)
{
	cache_close(fix->cache);
	statcache_close(fix->stat);
	arena_release(&fix->arena);
}

static struct digest print_of(const char *text)
{
	return hash_bytes(NULL, text, strlen(text));
}

static struct record plain_record(const char *name)
{
	struct record record = {
		.fingerprint = print_of(name),
		.workflow = "build",
		.step = name,
		.run = "build-20261120-213201-3f9c5a",
		.duration_ms = 42,
		.finished_unix_ms = now_ms,
		.material = "wf-material 1\n",
		.material_len = 14,
	};

	return record;
}

static void add(struct fixture *fix, const char *name)
{
	struct record record = plain_record(name);

	assert_int_equal(cache_add_record(fix->cache, &record, NULL), 0);
}

static const struct record *find(struct fixture *fix, const char *name)
{
	struct digest fingerprint = print_of(name);

	return cache_find(fix->cache, &fingerprint, &fix->arena);
}

/* ---- Records ---- */

static void an_empty_cache_has_nothing_and_makes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct hash_secret secret = { { 1 } };
	struct fixture fix = { .cache = cache_open(scratch_path(scratch, "none/wf"), &secret,
						   NULL) };
	struct cache_info info;
	struct file_id id;

	assert_null(find(&fix, "x"));
	assert_null(cache_find_last(fix.cache, "build", "x", &fix.arena));
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "x"), 0);
	assert_int_equal(cache_info(fix.cache, &info, NULL), 0);
	assert_int_equal(info.n_records, 0);
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	close_all(&fix);
	assert_int_equal(fs_stat(scratch->fd, "none", &id, NULL), 1);
}

static void check_whole(const struct record *found)
{
	assert_non_null(found);
	assert_true(found->failed);
	assert_int_equal(found->exit_code, -1);
	assert_int_equal(found->duration_ms, 1234);
	assert_int_equal(found->finished_unix_ms, now_ms);
	assert_string_equal(found->workflow, "build");
	assert_string_equal(found->step, "test[unit]");
	assert_null(found->run);
	assert_string_equal(found->stdout_tail, "");
	assert_int_equal(found->material_len, 4);
	assert_memory_equal(found->material, "a\0b\n", 4);
	assert_int_equal(found->n_outputs, 2);
	assert_string_equal(found->outputs[1].path, "out/b");
	assert_int_equal(found->outputs[1].kind, ENTRY_EXEC);
	assert_int_equal(found->outputs[1].size_bytes, 77);
	assert_int_equal(found->outputs[1].digest.bytes[15], 9);
	assert_int_equal(found->values.n, 1);
	assert_string_equal(found->values.pairs[0].name, "version");
	assert_string_equal(found->values.pairs[0].value, "1.0\n2");
}

static void a_record_comes_back_whole(void **state)
{
	struct entry outputs[] = {
		{ .path = "out/a", .kind = ENTRY_FILE },
		{ .path = "out/b",
		  .kind = ENTRY_EXEC,
		  .size_bytes = 77,
		  .digest = { { [15] = 9 } } },
	};
	struct stepout_pair pair = { "version", "1.0\n2" };
	struct record record = {
		.fingerprint = print_of("x"),
		.workflow = "build",
		.step = "test[unit]",
		.failed = true,
		.exit_code = -1,
		.duration_ms = 1234,
		.finished_unix_ms = now_ms,
		.n_outputs = 2,
		.outputs = outputs,
		.values = { 1, &pair },
		.stdout_tail = "",
		.material = "a\0b\n",
		.material_len = 4,
	};
	struct fixture fix;

	open_all(*state, &fix);
	assert_int_equal(cache_add_record(fix.cache, &record, NULL), 0);
	check_whole(find(&fix, "x")); /* before it is written */
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	check_whole(find(&fix, "x"));
	close_all(&fix);
	open_all(*state, &fix);
	check_whole(find(&fix, "x"));
	check_whole(cache_find_last(fix.cache, "build", "test[unit]", &fix.arena));
	assert_null(cache_find_last(fix.cache, "other", "test[unit]", &fix.arena));
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "test[unit]"), 1234);
	close_all(&fix);
}

/* Forwards, backwards, with gaps, and what another engine adds meanwhile. */
static void records_are_found_in_any_order(void **state)
{
	static const int strides[] = { 1, -1, 7, 501 };
	struct fixture fix, other;
	char name[32];

	open_all(*state, &fix);
	open_all(*state, &other);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "s%d", i);
		add(&fix, name);
	}
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	close_all(&fix);
	open_all(*state, &fix);
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		for (int i = 0; i < 1000; i++) {
			const struct record *record;

			snprintf(name, sizeof name, "s%d", (i * strides[k] % 1000 + 1000) % 1000);
			record = find(&fix, name);
			assert_non_null(record);
			assert_string_equal(record->step, name);
		}
	}
	assert_non_null(find(&fix, "s998"));
	assert_non_null(find(&fix, "s999"));
	add(&other, "theirs");
	assert_int_equal(cache_flush(other.cache, NULL), 0);
	add(&fix, "ours");
	assert_int_equal(cache_flush(fix.cache, NULL), 0); /* takes up what others appended */
	assert_string_equal(find(&fix, "theirs")->step, "theirs");
	assert_string_equal(find(&fix, "ours")->step, "ours");
	close_all(&fix);
	close_all(&other);
}

static void the_last_record_of_a_step_counts(void **state)
{
	struct record record = plain_record("x");
	struct fixture fix;

	open_all(*state, &fix);
	add(&fix, "x");
	record.fingerprint = print_of("other");
	record.duration_ms = 43;
	assert_int_equal(cache_add_record(fix.cache, &record, NULL), 0);
	close_all(&fix);
	open_all(*state, &fix);
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "x"), 43);
	assert_int_equal(find(&fix, "x")->duration_ms, 42);
	close_all(&fix);
}

static void name_of(char *name, size_t size, int writer, int i)
{
	snprintf(name, size, "step-%d-%d", writer, i);
}

static void many_engines_append_at_once(void **state)
{
	struct fixture fix;
	pid_t pids[3];
	char name[32];
	int i, j, status;

	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		open_all(*state, &fix);
		for (j = 0; j < 200; j++) {
			name_of(name, sizeof name, i, j);
			add(&fix, name);
			if (j % 3 == 0)
				assert_int_equal(cache_flush(fix.cache, NULL), 0);
		}
		close_all(&fix);
		_exit(0);
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	open_all(*state, &fix);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 200; j++) {
			const struct record *found;

			name_of(name, sizeof name, i, j);
			found = find(&fix, name);
			assert_non_null(found);
			assert_string_equal(found->step, name);
		}
	}
	close_all(&fix);
}

/* The index cut anywhere: the rows before stay, and appending goes on behind them. */
static void a_torn_index_loses_only_its_tail(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;
	struct fixture fix;
	size_t len;

	open_all(scratch, &fix);
	add(&fix, "a");
	add(&fix, "b");
	close_all(&fix);
	scratch_read(scratch, "wf/records.idx", &whole);
	for (len = 0; len <= whole.len; len++) {
		bool has_a, has_b;

		scratch_write_n(scratch, "wf/records.idx", whole.buf, len);
		open_all(scratch, &fix);
		has_a = find(&fix, "a");
		has_b = find(&fix, "b");
		assert_true(has_a || !has_b);
		assert_true(has_b == (len == whole.len));
		add(&fix, "c");
		close_all(&fix);
		open_all(scratch, &fix);
		assert_true(has_a == (find(&fix, "a") != NULL));
		assert_non_null(find(&fix, "c"));
		close_all(&fix);
		if (len < 32) {
			/* Without a head it was made anew, with new data: back to the start. */
			struct cache_info info;

			open_all(scratch, &fix);
			assert_int_equal(cache_info(fix.cache, &info, NULL), 0);
			assert_int_equal(info.n_records, 1);
			assert_int_equal(cache_clear(fix.cache, NULL), 0);
			add(&fix, "a");
			add(&fix, "b");
			close_all(&fix);
			scratch_read(scratch, "wf/records.idx", &whole);
		}
	}
}

static void flip(const struct scratch *scratch, const char *name, struct strbuf *bytes, size_t at)
{
	bytes->buf[at] ^= 0x10;
	scratch_write_n(scratch, name, bytes->buf, bytes->len);
	bytes->buf[at] ^= 0x10;
}

static void find_data_file(const struct scratch *scratch, const char *folder, char *name,
			   size_t size)
{
	struct fs_dir dir;
	struct fs_entry entry;

	*name = '\0';
	assert_int_equal(fs_dir_open(&dir, scratch->fd, folder, NULL), 0);
	while (fs_dir_next(&dir, &entry, NULL) > 0)
		if (strstr(entry.name, ".dat"))
			snprintf(name, size, "%s/%s", folder, entry.name);
	fs_dir_close(&dir);
	assert_true(*name);
}

static void put_behind(const struct scratch *scratch, const char *name, const char *text)
{
	int fd = openat(scratch->fd, name, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, text, strlen(text), NULL), 0);
	close(fd);
}

/* We know where our last append ended; others append, and are killed while they do. */
static void appends_of_others_lie_between_ours(void **state)
{
	const struct scratch *scratch = *state;
	struct fixture ours, theirs;
	char data[80];

	open_all(scratch, &ours);
	add(&ours, "a");
	assert_int_equal(cache_flush(ours.cache, NULL), 0);
	open_all(scratch, &theirs);
	add(&theirs, "b");
	close_all(&theirs);
	add(&ours, "c");
	assert_int_equal(cache_flush(ours.cache, NULL), 0);
	find_data_file(scratch, "wf", data, sizeof data);
	put_behind(scratch, data, "a blob of which no row speaks, and longer than any of the rest");
	put_behind(scratch, "wf/records.idx", "half a row");
	add(&ours, "d");
	assert_int_equal(cache_flush(ours.cache, NULL), 0);
	add(&ours, "e");
	close_all(&ours);
	open_all(scratch, &theirs);
	for (const char *name = "abcde"; *name; name++) {
		const char one[] = { *name, '\0' };

		assert_non_null(find(&theirs, one));
	}
	close_all(&theirs);
}

static void a_flipped_bit_is_a_miss(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf index CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	char data_name[128];
	struct fixture fix;
	size_t i;

	open_all(scratch, &fix);
	add(&fix, "a");
	close_all(&fix);
	find_data_file(scratch, "wf", data_name, sizeof data_name);
	scratch_read(scratch, "wf/records.idx", &index);
	scratch_read(scratch, data_name, &data);
	for (i = 0; i < index.len; i++) {
		flip(scratch, "wf/records.idx", &index, i);
		open_all(scratch, &fix);
		assert_null(find(&fix, "a"));
		close_all(&fix);
	}
	scratch_write_n(scratch, "wf/records.idx", index.buf, index.len);
	for (i = 0; i < data.len; i++) {
		flip(scratch, data_name, &data, i);
		open_all(scratch, &fix);
		assert_null(find(&fix, "a"));
		close_all(&fix);
	}
	scratch_write_n(scratch, data_name, data.buf, data.len);
	open_all(scratch, &fix);
	assert_non_null(find(&fix, "a"));
	close_all(&fix);
}

static int cut_in_half(const struct scratch *scratch, const char *name)
{
	struct file_id id;

	assert_int_equal(fs_stat(scratch->fd, name, &id, NULL), 0);
	return truncate(scratch_path(scratch, name), (off_t)(id.size_bytes / 2));
}

static void data_that_never_arrived_is_a_miss(void **state)
{
	const struct scratch *scratch = *state;
	char data_name[128];
	struct fixture fix;

	open_all(scratch, &fix);
	add(&fix, "a");
	close_all(&fix);
	find_data_file(scratch, "wf", data_name, sizeof data_name);
	scratch_write(scratch, data_name, "");
	open_all(scratch, &fix);
	assert_null(find(&fix, "a"));
	add(&fix, "b");
	close_all(&fix);
	assert_int_equal(unlinkat(scratch->fd, data_name, 0), 0);
	open_all(scratch, &fix);
	assert_null(find(&fix, "b"));
	add(&fix, "c");
	close_all(&fix);
	open_all(scratch, &fix);
	assert_non_null(find(&fix, "c"));
	close_all(&fix);
}

/* However many are asked for: nobody looks behind the end of the data. */
static void what_lies_behind_the_data_is_a_miss(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	const struct scratch *scratch = *state;
	char data_name[128];
	struct fixture fix;

	open_all(scratch, &fix);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add(&fix, names[i]);
	close_all(&fix);
	find_data_file(scratch, "wf", data_name, sizeof data_name);
	assert_int_equal(cut_in_half(scratch, data_name), 0);
	open_all(scratch, &fix);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(find(&fix, names[i]) != NULL, i < 3);
	close_all(&fix);
}

static void another_secret_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct hash_secret other = { { 7 } };
	struct fixture fix;
	struct cache *cache;
	struct record record = plain_record("a");
	struct err err = ERR_INIT;

	open_all(scratch, &fix);
	cache = cache_open(scratch_path(scratch, "wf"), &other, NULL);
	assert_int_equal(cache_add_record(cache, &record, NULL), 0);
	assert_int_equal(cache_flush(cache, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	cache_close(cache);
	assert_null(find(&fix, "a"));
	close_all(&fix);
}

/* ---- Objects ---- */

static void fill(const struct scratch *scratch, const char *name, size_t size, char seed)
{
	char *content = malloc(size + 1);
	size_t i;

	for (i = 0; i < size; i++)
		content[i] = (char)(seed + i * 7 + i / 251);
	scratch_write_n(scratch, name, content, size);
	free(content);
}

static struct digest digest_of(struct fixture *fix, const struct scratch *scratch, const char *name,
			       uint64_t *size)
{
	struct file_id id;
	struct digest digest;

	assert_int_equal(fs_stat(scratch->fd, name, &id, NULL), 0);
	assert_int_equal(statcache_digest(fix->stat, scratch->fd, name, &id, &digest, NULL), 0);
	*size = id.size_bytes;
	return digest;
}

static const size_t sizes[] = { 0, 1, 32767, 32768, 32769, 300000 };

static void objects_come_back(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf before CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf after CLEANUP(strbuf_release) = STRBUF_INIT;
	struct fixture fix;
	struct digest digest;
	struct file_id id;
	uint64_t size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(scratch, "a", sizes[i], (char)i);
		open_all(scratch, &fix);
		digest = digest_of(&fix, scratch, "a", &size);
		assert_false(cache_has_object(fix.cache, &digest, size));
		assert_int_equal(
			cache_get_object(fix.cache, scratch->fd, "b", &digest, size, false, NULL),
			1);
		assert_int_equal(cache_put_object(fix.cache, scratch->fd, "a", &digest, size, NULL),
				 0);
		assert_true(cache_has_object(fix.cache, &digest, size));
		assert_int_equal(
			cache_get_object(fix.cache, scratch->fd, "now", &digest, size, false, NULL),
			0);
		close_all(&fix);
		open_all(scratch, &fix);
		assert_true(cache_has_object(fix.cache, &digest, size));
		assert_false(cache_has_object(fix.cache, &digest, size + 1));
		assert_int_equal(cache_get_object(fix.cache, scratch->fd, "deep/er/b", &digest,
						  size, true, NULL),
				 0);
		close_all(&fix);
		scratch_read(scratch, "a", &before);
		scratch_read(scratch, "deep/er/b", &after);
		assert_int_equal(before.len, after.len);
		if (before.len)
			assert_memory_equal(before.buf, after.buf, before.len);
		assert_int_equal(fs_stat(scratch->fd, "deep/er/b", &id, NULL), 0);
		assert_int_equal(id.mode & 0100, 0100);
		assert_int_equal(fs_stat(scratch->fd, "now", &id, NULL), 0);
		assert_int_equal(id.mode & 0111, 0);
	}
}

static void a_content_that_changed_is_not_stored(void **state)
{
	const struct scratch *scratch = *state;
	struct fixture fix;
	struct digest digest;
	uint64_t size;
	size_t i;

	for (i = 1; i < ARRAY_SIZE(sizes); i++) {
		struct err err = ERR_INIT;

		fill(scratch, "a", sizes[i], 1);
		open_all(scratch, &fix);
		digest = digest_of(&fix, scratch, "a", &size);
		fill(scratch, "a", sizes[i], 2);
		assert_int_equal(cache_put_object(fix.cache, scratch->fd, "a", &digest, size, &err),
				 -1);
		assert_int_equal(err.kind, ERR_BUSY);
		assert_false(cache_has_object(fix.cache, &digest, size));
		err_release(&err);
		close_all(&fix);
	}
}

static void a_bad_object_is_a_miss_and_goes(void **state)
{
	const struct scratch *scratch = *state;
	struct fixture fix;
	struct digest small, large;
	uint64_t small_size, large_size, n_checked, n_bad;
	char name[128], hex[DIGEST_HEX_LEN + 1];
	struct file_id id;

	fill(scratch, "small", 100, 1);
	fill(scratch, "large", 100000, 2);
	open_all(scratch, &fix);
	small = digest_of(&fix, scratch, "small", &small_size);
	large = digest_of(&fix, scratch, "large", &large_size);
	assert_int_equal(cache_put_object(fix.cache, scratch->fd, "small", &small, 100, NULL), 0);
	assert_int_equal(cache_put_object(fix.cache, scratch->fd, "large", &large, 100000, NULL),
			 0);
	close_all(&fix);

	find_data_file(scratch, "wf/objects", name, sizeof name);
	fill(scratch, name, 100, 9);
	digest_to_hex(&large, hex);
	snprintf(name, sizeof name, "wf/objects/%.2s/%s", hex, hex + 2);
	fill(scratch, name, 100000, 9);
	open_all(scratch, &fix);
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "x", &small, 100, 0, NULL), 1);
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "x", &large, 100000, 0, NULL), 1);
	assert_int_equal(fs_stat(scratch->fd, "x", &id, NULL), 1);
	assert_false(cache_has_object(fix.cache, &small, 100));
	assert_false(cache_has_object(fix.cache, &large, 100000));
	assert_int_equal(cache_put_object(fix.cache, scratch->fd, "small", &small, 100, NULL), 0);
	assert_int_equal(cache_put_object(fix.cache, scratch->fd, "large", &large, 100000, NULL),
			 0);
	close_all(&fix);

	open_all(scratch, &fix);
	assert_int_equal(cache_verify(fix.cache, &n_checked, &n_bad, NULL), 0);
	assert_int_equal(n_checked, 2);
	assert_int_equal(n_bad, 0);
	fill(scratch, name, 100000, 8);
	assert_int_equal(cache_verify(fix.cache, &n_checked, &n_bad, NULL), 0);
	assert_int_equal(n_bad, 1);
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "x", &small, 100, 0, NULL), 0);
	close_all(&fix);
}

static void restoring_where_it_cannot_be_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct fixture fix;
	struct digest digest;
	struct err err = ERR_INIT;
	uint64_t size;

	fill(scratch, "a", 10, 1);
	open_all(scratch, &fix);
	digest = digest_of(&fix, scratch, "a", &size);
	assert_int_equal(cache_put_object(fix.cache, scratch->fd, "a", &digest, size, NULL), 0);
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "a/b", &digest, size, 0, &err),
			 -1);
	err_release(&err);
	assert_int_equal(mkdirat(scratch->fd, "dir", 0700), 0);
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "dir", &digest, size, 0, &err),
			 -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	err_release(&err);
	close_all(&fix);
}

/* ---- Cleaning up ---- */

/* One record with one output of `size` bytes, last used at `used_ms`. */
static struct digest store_step(struct fixture *fix, const struct scratch *scratch,
				const char *name, size_t size, int64_t used_ms)
{
	struct record record = plain_record(name);
	struct entry output = { .path = name, .kind = ENTRY_FILE };

	fill(scratch, name, size, name[0]);
	output.digest = digest_of(fix, scratch, name, &output.size_bytes);
	assert_int_equal(
		cache_put_object(fix->cache, scratch->fd, name, &output.digest, size, NULL), 0);
	record.outputs = &output;
	record.n_outputs = 1;
	record.run = name;
	record.finished_unix_ms = used_ms;
	assert_int_equal(cache_add_record(fix->cache, &record, NULL), 0);
	return output.digest;
}

static void gc_takes_the_longest_unused_first(void **state)
{
	const struct scratch *scratch = *state;
	const char *const keep[] = { "d" };
	struct cache_gc_options options = {
		.max_bytes = 150000, .dry_run = true, .keep_runs = keep, .n_keep_runs = 1
	};
	struct cache_gc_result result;
	struct fixture fix;
	struct digest a, b, c, d;
	int64_t later_ms;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	later_ms = (int64_t)now.tv_sec * 1000 + 10 * DAY_MS;
	open_all(scratch, &fix);
	a = store_step(&fix, scratch, "a", 100000, later_ms - 3 * DAY_MS);
	b = store_step(&fix, scratch, "b", 30000, later_ms - 4 * DAY_MS);
	c = store_step(&fix, scratch, "c", 30000, later_ms - 5 * DAY_MS);
	d = store_step(&fix, scratch, "d", 10, later_ms - 99 * DAY_MS);
	store_step(&fix, scratch, "e", 20, later_ms - 99 * DAY_MS);
	assert_int_equal(cache_flush(fix.cache, NULL), 0);

	assert_int_equal(cache_gc(fix.cache, &options, later_ms, &result, NULL), 0);
	assert_true(result.n_removed > 0);
	assert_true(cache_has_object(fix.cache, &c, 30000)); /* it was only a rehearsal */
	options.dry_run = false;
	assert_int_equal(cache_gc(fix.cache, &options, later_ms, &result, NULL), 0);
	assert_true(cache_has_object(fix.cache, &a, 100000));
	assert_true(cache_has_object(fix.cache, &b, 30000));
	assert_false(cache_has_object(fix.cache, &c, 30000));
	assert_true(cache_has_object(fix.cache, &d, 10)); /* of a run that is spared */
	assert_non_null(find(&fix, "c"));		  /* its record says why */
	assert_non_null(find(&fix, "d"));
	assert_null(find(&fix, "e")); /* too old */
	assert_int_equal(cache_get_object(fix.cache, scratch->fd, "x", &b, 30000, 0, NULL), 0);
	assert_int_equal(cache_gc(fix.cache, &options, later_ms, &result, NULL), 0);
	assert_int_equal(result.n_removed, 0);
	close_all(&fix);
}

static void what_is_used_counts_as_young(void **state)
{
	const struct scratch *scratch = *state;
	struct cache_gc_options options = { 0 };
	struct cache_gc_result result;
	struct fixture fix;

	open_all(scratch, &fix);
	store_step(&fix, scratch, "a", 10, now_ms - 29 * DAY_MS);
	store_step(&fix, scratch, "b", 10, now_ms - 29 * DAY_MS);
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	assert_non_null(find(&fix, "a"));
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	close_all(&fix);
	open_all(scratch, &fix);
	assert_int_equal(cache_gc(fix.cache, &options, now_ms + 2 * DAY_MS, &result, NULL), 0);
	assert_non_null(find(&fix, "a"));
	assert_null(find(&fix, "b"));
	close_all(&fix);
}

static void others_go_on_after_gc_and_clear(void **state)
{
	const struct scratch *scratch = *state;
	struct cache_gc_options options = { 0 };
	struct cache_gc_result result;
	struct fixture one, two;
	uint64_t n_checked, n_bad;

	open_all(scratch, &one);
	store_step(&one, scratch, "a", 10, now_ms - 99 * DAY_MS);
	store_step(&one, scratch, "b", 10, now_ms);
	assert_int_equal(cache_flush(one.cache, NULL), 0);
	open_all(scratch, &two);
	assert_non_null(find(&two, "b"));
	add(&two, "waiting");
	assert_int_equal(cache_gc(one.cache, &options, now_ms, &result, NULL), 0);
	add(&two, "c");
	assert_int_equal(cache_flush(two.cache, NULL), 0);
	assert_non_null(find(&two, "waiting"));
	assert_non_null(find(&two, "b"));
	assert_null(find(&two, "a"));
	assert_int_equal(cache_clear(one.cache, NULL), 0);
	add(&two, "d");
	close_all(&two);
	add(&one, "e");
	close_all(&one);
	open_all(scratch, &one);
	assert_null(find(&one, "b"));
	assert_non_null(find(&one, "d"));
	assert_non_null(find(&one, "e"));
	assert_int_equal(cache_verify(one.cache, &n_checked, &n_bad, NULL), 0);
	assert_int_equal(n_bad, 0);
	close_all(&one);
}

/* A step that is never cached leaves a record each time it runs, always of the same fingerprint. */
static void what_is_written_again_and_again_does_not_pile_up(void **state)
{
	const struct scratch *scratch = *state;
	struct fixture writer, reader;
	struct strbuf index CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	char data_name[128];
	uint64_t n_checked, n_bad;

	open_all(scratch, &reader);
	open_all(scratch, &writer);
	add(&writer, "once");
	add(&reader, "waiting");
	for (int i = 0; i < 5000; i++) {
		struct record record = plain_record("again");

		record.duration_ms = (uint64_t)i;
		assert_int_equal(cache_add_record(writer.cache, &record, NULL), 0);
		if (i % 7 == 0)
			assert_int_equal(cache_flush(writer.cache, NULL), 0);
	}
	close_all(&writer);
	assert_int_equal(cache_flush(reader.cache, NULL), 0);
	assert_int_equal(find(&reader, "again")->duration_ms, 4999);
	close_all(&reader);
	find_data_file(scratch, "wf", data_name, sizeof data_name);
	scratch_read(scratch, "wf/records.idx", &index);
	scratch_read(scratch, data_name, &data);
	assert_true(index.len + data.len < 1024 * 300);
	open_all(scratch, &reader);
	assert_non_null(find(&reader, "once"));
	assert_non_null(find(&reader, "waiting"));
	assert_int_equal(cache_last_duration_ms(reader.cache, "build", "again"), 4999);
	assert_int_equal(cache_verify(reader.cache, &n_checked, &n_bad, NULL), 0);
	assert_int_equal(n_bad, 0);
	close_all(&reader);
}

/* Two steps may have one fingerprint: each has a last record of its own. */
static void the_last_record_of_each_step_outlives_the_waste(void **state)
{
	struct record record = plain_record("first");
	struct fixture fix;

	open_all(*state, &fix);
	assert_int_equal(cache_add_record(fix.cache, &record, NULL), 0);
	record.step = "second";
	for (int i = 0; i < 3000; i++) {
		record.duration_ms = 1000 + (uint64_t)i;
		assert_int_equal(cache_add_record(fix.cache, &record, NULL), 0);
		assert_int_equal(cache_flush(fix.cache, NULL), 0);
	}
	close_all(&fix);
	open_all(*state, &fix);
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "first"), 42);
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "second"), 3999);
	close_all(&fix);
}

static struct digest add_bound(struct fixture *fix, const char *run, uint64_t duration_ms)
{
	struct record record = plain_record("bound");

	record.fingerprint = print_of(run);
	record.run = run;
	record.is_bound = true;
	record.duration_ms = duration_ms;
	assert_int_equal(cache_add_record(fix->cache, &record, NULL), 0);
	assert_int_equal(cache_flush(fix->cache, NULL), 0);
	return record.fingerprint;
}

/* Two steps in two turns: one passes each time, one run of the other may still go on. */
static void what_counted_in_runs_that_ended_does_not_pile_up(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf index CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	struct cache_info info;
	char data_name[128], run[32];
	struct fixture fix;

	open_all(scratch, &fix);
	add(&fix, "once");
	add_bound(&fix, "goes on", 7);
	for (int i = 0; i < 4000; i++) {
		struct digest fingerprint;

		snprintf(run, sizeof run, "run %d", i);
		fingerprint = add_bound(&fix, run, (uint64_t)i);
		cache_spend(fix.cache, &fingerprint);
		assert_int_equal(cache_flush(fix.cache, NULL), 0);
		if (i % 500 == 0) { /* what was said is on the disk */
			close_all(&fix);
			open_all(scratch, &fix);
		}
	}
	close_all(&fix);
	find_data_file(scratch, "wf", data_name, sizeof data_name);
	scratch_read(scratch, "wf/records.idx", &index);
	scratch_read(scratch, data_name, &data);
	assert_true(index.len + data.len < 1024 * 300);
	open_all(scratch, &fix);
	assert_non_null(find(&fix, "once"));
	assert_true(find(&fix, "goes on")->is_bound);
	assert_int_equal(cache_last_duration_ms(fix.cache, "build", "bound"), 3999);
	assert_int_equal(cache_info(fix.cache, &info, NULL), 0);
	assert_int_equal(info.n_records, 3);
	close_all(&fix);
}

/* Steps that are never cached leave one record each, and that does not make every append look for waste
 * or lose one. */
static void the_last_word_about_each_step_stays_though_it_is_spent(void **state)
{
	struct fixture fix;
	char step[32];

	open_all(*state, &fix);
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 1500; i++) {
			struct record record = plain_record("x");

			snprintf(step, sizeof step, "run %d step %d", turn, i);
			record.fingerprint = print_of(step);
			snprintf(step, sizeof step, "step %d", i);
			record.step = step;
			record.is_bound = true;
			record.duration_ms = 10000 * ((uint64_t)turn + 1) + (uint64_t)i;
			assert_int_equal(cache_add_record(fix.cache, &record, NULL), 0);
			if (i % 2)
				assert_int_equal(cache_flush(fix.cache, NULL), 0);
			cache_spend(fix.cache, &record.fingerprint);
		}
	}
	close_all(&fix);
	open_all(*state, &fix);
	for (int i = 0; i < 1500; i++) {
		snprintf(step, sizeof step, "step %d", i);
		assert_int_equal(cache_last_duration_ms(fix.cache, "build", step), 20000 + i);
	}
	close_all(&fix);
}

static void gc_takes_what_counted_in_runs_that_ended(void **state)
{
	const char *const ended[] = { "passed", "aborted", "last" };
	struct cache_gc_options options = { .ended_runs = ended,
					    .n_ended_runs = ARRAY_SIZE(ended) };
	struct cache_gc_result result;
	struct digest spent;
	struct fixture fix;

	open_all(*state, &fix);
	spent = add_bound(&fix, "spent", 1);
	add_bound(&fix, "passed", 1);
	add_bound(&fix, "aborted", 1);
	add_bound(&fix, "of another worktree", 1);
	add_bound(&fix, "last", 1);
	cache_spend(fix.cache, &spent);
	assert_int_equal(cache_gc(fix.cache, &options, now_ms, &result, NULL), 0);
	assert_null(find(&fix, "spent"));
	assert_null(find(&fix, "passed"));
	assert_null(find(&fix, "aborted"));
	assert_non_null(find(&fix, "of another worktree"));
	assert_non_null(find(&fix, "last"));
	assert_int_equal(result.n_removed, 3);
	close_all(&fix);
}

static void a_busy_cache_is_not_cleaned(void **state)
{
	const struct scratch *scratch = *state;
	struct cache_gc_options options = { 0 };
	struct cache_gc_result result;
	struct fixture fix;
	struct lock lock;
	struct err err = ERR_INIT;

	open_all(scratch, &fix);
	assert_int_equal(lock_try(&lock, scratch->fd, "wf/lock", LOCK_EXCLUSIVE, NULL), 0);
	assert_int_equal(cache_gc(fix.cache, &options, now_ms, &result, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	lock_release(&lock);
	err_release(&err);
	close_all(&fix);
}

/* What is restored comes by way of the spool, and nothing stays there. */
static void objects_come_through_the_spool(void **state)
{
	const struct scratch *scratch = *state;
	char spool[128];
	struct strbuf before CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf after CLEANUP(strbuf_release) = STRBUF_INIT;
	struct fixture fix;
	struct digest digest;
	uint64_t size;
	size_t i;

	snprintf(spool, sizeof spool, "%s/spool", scratch->path);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(scratch, "a", sizes[i], (char)i);
		scratch_write_n(scratch, "spool", "left by a kill", 14);
		open_all(scratch, &fix);
		cache_set_spool(fix.cache, spool);
		digest = digest_of(&fix, scratch, "a", &size);
		assert_int_equal(cache_put_object(fix.cache, scratch->fd, "a", &digest, size, NULL),
				 0);
		assert_int_equal(cache_get_object(fix.cache, scratch->fd, "new/folder/b", &digest,
						  size, true, NULL),
				 0);
		close_all(&fix);
		scratch_read(scratch, "a", &before);
		scratch_read(scratch, "new/folder/b", &after);
		assert_int_equal(before.len, after.len);
		assert_memory_equal(strbuf_str(&before), strbuf_str(&after), before.len);
		assert_int_equal(access(scratch_path(scratch, "new/folder/b"), X_OK), 0);
		assert_int_not_equal(access(spool, F_OK), 0);
	}
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_cache_has_nothing_and_makes_nothing),
		CASE(a_record_comes_back_whole),
		CASE(records_are_found_in_any_order),
		CASE(the_last_record_of_a_step_counts),
		CASE(many_engines_append_at_once),
		CASE(a_torn_index_loses_only_its_tail),
		CASE(appends_of_others_lie_between_ours),
		CASE(a_flipped_bit_is_a_miss),
		CASE(data_that_never_arrived_is_a_miss),
		CASE(what_lies_behind_the_data_is_a_miss),
		CASE(another_secret_is_refused),
		CASE(objects_come_back),
		CASE(a_content_that_changed_is_not_stored),
		CASE(a_bad_object_is_a_miss_and_goes),
		CASE(restoring_where_it_cannot_be_is_an_error),
		CASE(gc_takes_the_longest_unused_first),
		CASE(what_is_used_counts_as_young),
		CASE(others_go_on_after_gc_and_clear),
		CASE(what_is_written_again_and_again_does_not_pile_up),
		CASE(the_last_record_of_each_step_outlives_the_waste),
		CASE(what_counted_in_runs_that_ended_does_not_pile_up),
		CASE(the_last_word_about_each_step_stays_though_it_is_spent),
		CASE(gc_takes_what_counted_in_runs_that_ended),
		CASE(a_busy_cache_is_not_cleaned),
		CASE(objects_come_through_the_spool),
	};

	now_ms = clock_realtime_ms();
	return cmocka_run_group_tests_name("store/cache", tests, NULL, NULL);
}
