/*
 * A cache that is there and cannot be read for once: nobody takes it for one that has nothing, and
 * nothing of it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/cache.h"
#include "store/statcache.h"
#include "sys/clock.h"
#include "unit/store/scratch.h"

/* ---- Calls that fail ------------------------------------------------------------------------- */

static long calls_left; /* until one fails; 0: none will */
static bool has_failed;

static bool fails_now(void)
{
	if (!calls_left || --calls_left)
		return false;
	has_failed = true;
	errno = EIO;
	return true;
}

/* Before those of libc. */
ssize_t pread(int fd, void *data, size_t len, off_t offset)
{
	ssize_t (*real)(int, void *, size_t, off_t);

	*(void **)&real = dlsym(RTLD_NEXT, "pread");
	return fails_now() ? -1 : real(fd, data, len, offset);
}

int fstatat(int dirfd, const char *restrict path, struct stat *restrict st, int flags)
{
	int (*real)(int, const char *, struct stat *, int);

	*(void **)&real = dlsym(RTLD_NEXT, "fstatat");
	return fails_now() ? -1 : real(dirfd, path, st, flags);
}

/* ---- A cache --------------------------------------------------------------------------------- */

static const char *const names[] = { "one", "two", "three" };

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
	calls_left = 0;
	cache_close(fix->cache);
	statcache_close(fix->stat);
	arena_release(&fix->arena);
}

static struct digest content_of(const struct fixture *fix, const char *name)
{
	return hash_bytes(statcache_secret(fix->stat), name, strlen(name));
}

static int add(struct fixture *fix, const char *name)
{
	struct digest content = content_of(fix, name);
	struct entry output = {
		.path = name, .kind = ENTRY_FILE, .digest = content, .size_bytes = strlen(name)
	};
	struct record record = {
		.fingerprint = hash_bytes(NULL, name, strlen(name)),
		.workflow = "build",
		.step = name,
		.run = "build-20261120-213201-3f9c5a",
		.finished_unix_ms = now_ms,
		.material = "wf-material 1\n",
		.material_len = 14,
		.outputs = &output,
		.n_outputs = 1,
	};

	return cache_put_bytes(fix->cache, &content, name, strlen(name), NULL) < 0 ||
			       cache_add_record(fix->cache, &record, NULL) < 0
		       ? -1
		       : 0;
}

static bool has(struct fixture *fix, const char *name)
{
	struct digest fingerprint = hash_bytes(NULL, name, strlen(name));

	return cache_find(fix->cache, &fingerprint, &fix->arena) != NULL;
}

static void fill(const struct scratch *scratch)
{
	struct fixture fix;

	open_all(scratch, &fix);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(add(&fix, names[i]), 0);
	assert_int_equal(cache_flush(fix.cache, NULL), 0);
	close_all(&fix);
}

static void expect_all(const struct scratch *scratch, long at)
{
	struct fixture fix;

	open_all(scratch, &fix);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct digest content = content_of(&fix, names[i]);
		struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

		if (!has(&fix, names[i]))
			fail_msg("'%s' is gone after call %ld failed", names[i], at);
		if (cache_get_bytes(fix.cache, &content, strlen(names[i]), &out, NULL) != 0)
			fail_msg("the content of '%s' is gone after call %ld failed", names[i], at);
	}
	close_all(&fix);
}

/* Does it once for each call that can fail. */
static void with_each_failure(const struct scratch *scratch, void (*work)(struct fixture *fix))
{
	fill(scratch);
	for (long at = 1; at < 10000; at++) {
		struct fixture fix;

		open_all(scratch, &fix);
		has_failed = false;
		calls_left = at;
		work(&fix);
		close_all(&fix);
		if (!has_failed)
			return;
		expect_all(scratch, at);
	}
	fail_msg("it never comes to an end");
}

/* ---- What is done with it -------------------------------------------------------------------- */

static void look(struct fixture *fix)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool is_there = has(fix, names[i]);

		if (cache_check(fix->cache, NULL) == 0)
			assert_true(is_there);
		else
			assert_true(has(fix, names[i])); /* it fails only once */
	}
}

static void looking_tells(void **state)
{
	with_each_failure(*state, look);
}

static void get(struct fixture *fix)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct digest content = content_of(fix, names[i]);
		struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
		struct err err CLEANUP(err_release) = ERR_INIT;
		int rc = cache_get_bytes(fix->cache, &content, strlen(names[i]), &out, &err);

		assert_int_not_equal(rc, 1);
		assert_int_equal(rc, err.kind == ERR_NONE ? 0 : -1);
	}
}

static void getting_tells(void **state)
{
	with_each_failure(*state, get);
}

static void write_more(struct fixture *fix)
{
	has(fix, "one");
	add(fix, "four");
	cache_flush(fix->cache, NULL);
}

static void writing_loses_nothing(void **state)
{
	with_each_failure(*state, write_more);
}

static void verify(struct fixture *fix)
{
	uint64_t n_checked, n_bad;

	cache_verify(fix->cache, &n_checked, &n_bad, NULL);
	assert_int_equal(n_bad, 0);
}

static void verifying_loses_nothing(void **state)
{
	with_each_failure(*state, verify);
}

static void collect(struct fixture *fix)
{
	struct cache_gc_options options = { 0 };
	struct cache_gc_result result;

	cache_gc(fix->cache, &options, now_ms, &result, NULL);
}

static void collecting_loses_nothing(void **state)
{
	with_each_failure(*state, collect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(looking_tells, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(getting_tells, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(writing_loses_nothing, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(verifying_loses_nothing, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(collecting_loses_nothing, scratch_setup,
						scratch_teardown),
	};

	now_ms = clock_realtime_ms();
	return cmocka_run_group_tests_name("store/cache_failing", tests, NULL, NULL);
}
