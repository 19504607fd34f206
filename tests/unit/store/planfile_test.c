/*
 * The compiled plan: it holds while nothing changed, and for no kind of change longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/planfile.h"
#include "unit/store/scratch.h"

struct world {
	const struct scratch *scratch;
	struct statcache *stat;
	struct digest key;
	int64_t clock_ns;
	struct planfile_builder *builder;
};

static void begin(struct world *world, const struct scratch *scratch)
{
	const char *const words[] = { "1.0", "build", "-j2" };

	*world = (struct world){ .scratch = scratch, .key = planfile_key(words, 3) };
	world->stat = statcache_open(scratch_path(scratch, "wf"), NULL);
	assert_int_equal(statcache_prepare(world->stat, NULL), 0);
	world->clock_ns = statcache_clock_ns(world->stat);
	world->builder = planfile_builder_new();
}

static void end(struct world *world)
{
	planfile_builder_free(world->builder);
	statcache_close(world->stat);
}

static void add_file(struct world *world, const char *path)
{
	struct file_id id;
	struct digest digest;

	assert_int_equal(fs_stat(world->scratch->fd, path, &id, NULL), 0);
	assert_int_equal(
		statcache_digest(world->stat, world->scratch->fd, path, &id, &digest, NULL), 0);
	planfile_add_file(world->builder, path, &id, &digest);
}

static void add_dir(struct world *world, const char *path)
{
	struct file_id id;
	struct digest listing;

	assert_int_equal(fs_stat(world->scratch->fd, path, &id, NULL), 0);
	assert_int_equal(planfile_dir_digest(world->scratch->fd, path, &listing, NULL), 0);
	planfile_add_dir(world->builder, path, &id, &listing);
}

static void add_link(struct world *world, const char *path, const char *target)
{
	struct file_id id;
	struct digest digest = hash_bytes(statcache_secret(world->stat), target, strlen(target));

	assert_int_equal(fs_stat(world->scratch->fd, path, &id, NULL), 0);
	planfile_add_link(world->builder, path, &id, &digest);
}

static void write_plan(struct world *world)
{
	struct planfile_summary summary = { 12, 10, 2, 0 };

	assert_int_equal(planfile_write(world->builder, scratch_path(world->scratch, "plans"),
					&world->key, &summary, world->clock_ns, NULL),
			 0);
}

static enum planfile_answer look(const struct world *world, struct planfile_summary *summary,
				 struct planfile **planfile)
{
	enum planfile_answer answer = planfile_check(
		scratch_path(world->scratch, "plans"), &world->key, world->scratch->fd,
		scratch_path(world->scratch, "wf"), summary, planfile);

	if (*planfile && !planfile_settle(*planfile)) {
		planfile_free(*planfile);
		*planfile = NULL;
	}
	return answer;
}

static bool holds(const struct world *world)
{
	struct planfile_summary summary = { 0 };
	struct planfile *planfile;
	enum planfile_answer answer = look(world, &summary, &planfile);

	planfile_free(planfile);
	if (answer != PLANFILE_HOLDS)
		return false;
	assert_int_equal(summary.n_steps, 12);
	assert_int_equal(summary.n_cached, 10);
	assert_int_equal(summary.n_skipped, 2);
	return true;
}

static void set_up_world(struct world *world, const struct scratch *scratch, bool settled)
{
	scratch_write(scratch, "top", "one");
	mkdirat(scratch->fd, "src", 0755);
	scratch_write(scratch, "src/a", "aaa");
	scratch_write(scratch, "src/b", "bbb");
	scratch_write(scratch, "src/c", "ccc");
	scratch_write(scratch, "src/.d", "ddd");
	scratch_write(scratch, "src/e", "eee");
	assert_int_equal(symlinkat("a", scratch->fd, "src/link"), 0);
	setenv("WF_TEST_SET", "value", 1);
	unsetenv("WF_TEST_UNSET");
	if (settled)
		scratch_settle();
	begin(world, scratch);
	add_file(world, "top");
	add_file(world, "src/a");
	add_file(world, "src/b");
	add_file(world, "src/c");
	add_file(world, "src/.d");
	add_file(world, "src/e");
	add_file(world, "src/a");
	add_link(world, "src/link", "a");
	add_dir(world, "src");
	planfile_add_absent(world->builder, "nowhere/x");
	planfile_add_absent(world->builder, "src/none");
	planfile_add_absent(world->builder, "src/a/below-a-file");
	planfile_add_env(world->builder, "WF_TEST_SET", "value");
	planfile_add_env(world->builder, "WF_TEST_UNSET", NULL);
	write_plan(world);
}

static uint64_t plan_ino(const struct world *world)
{
	char hex[DIGEST_HEX_LEN + 1], name[64];
	struct file_id id;

	digest_to_hex(&world->key, hex);
	snprintf(name, sizeof name, "plans/%s", hex);
	assert_int_equal(fs_stat(world->scratch->fd, name, &id, NULL), 0);
	return id.ino;
}

static void holds_while_nothing_changes(void **state)
{
	struct world world;
	uint64_t ino;

	set_up_world(&world, *state, true);
	ino = plan_ino(&world);
	assert_true(holds(&world));
	assert_true(holds(&world));
	assert_int_equal(plan_ino(&world), ino); /* nothing was written */
	end(&world);
}

static void none_is_stale(void **state)
{
	struct world world;
	struct planfile_summary summary;
	struct planfile *planfile;

	begin(&world, *state);
	assert_false(holds(&world));
	assert_int_equal(planfile_check("/nonexistent", &world.key, world.scratch->fd,
					"/nonexistent", &summary, &planfile),
			 PLANFILE_STALE);
	assert_null(planfile);
	end(&world);
}

static void edit_in_place(const struct scratch *scratch)
{
	scratch_write(scratch, "src/b", "BBB");
}

static void grow(const struct scratch *scratch)
{
	scratch_write(scratch, "top", "one more");
}

static void set_back_in_time(const struct scratch *scratch)
{
	struct stat st;
	struct timespec times[2];

	fstatat(scratch->fd, "src/b", &st, 0);
	times[0] = times[1] = st.st_mtim;
	scratch_write(scratch, "src/b", "BBB");
	utimensat(scratch->fd, "src/b", times, 0);
}

static void make_executable(const struct scratch *scratch)
{
	assert_int_equal(fchmodat(scratch->fd, "top", 0755, 0), 0);
}

static void remove_file(const struct scratch *scratch)
{
	unlinkat(scratch->fd, "src/a", 0);
}

static void file_becomes_link(const struct scratch *scratch)
{
	unlinkat(scratch->fd, "src/b", 0);
	assert_int_equal(symlinkat("a", scratch->fd, "src/b"), 0);
}

static void retarget_link(const struct scratch *scratch)
{
	unlinkat(scratch->fd, "src/link", 0);
	assert_int_equal(symlinkat("b", scratch->fd, "src/link"), 0);
}

static void swap_two_files(const struct scratch *scratch)
{
	renameat(scratch->fd, "src/a", scratch->fd, "tmp");
	renameat(scratch->fd, "src/b", scratch->fd, "src/a");
	renameat(scratch->fd, "tmp", scratch->fd, "src/b");
}

static void new_file_in_dir(const struct scratch *scratch)
{
	scratch_write(scratch, "src/z", "");
}

static void absent_appears(const struct scratch *scratch)
{
	mkdirat(scratch->fd, "nowhere", 0755);
	scratch_write(scratch, "nowhere/x", "");
}

static void set_env(const struct scratch *scratch)
{
	(void)scratch;
	setenv("WF_TEST_UNSET", "", 1);
}

static void unset_env(const struct scratch *scratch)
{
	(void)scratch;
	unsetenv("WF_TEST_SET");
}

static void change_env(const struct scratch *scratch)
{
	(void)scratch;
	setenv("WF_TEST_SET", "valuf", 1);
}

static void lose_secret_and_touch(const struct scratch *scratch)
{
	unlinkat(scratch->fd, "wf/secret", 0);
	utimensat(scratch->fd, "top", NULL, 0);
}

typedef void (*change_fn)(const struct scratch *scratch);

static void every_change_is_seen(void **state)
{
	static const change_fn changes[] = {
		edit_in_place,	  grow,
		set_back_in_time, make_executable,
		remove_file,	  file_becomes_link,
		retarget_link,	  swap_two_files,
		new_file_in_dir,  absent_appears,
		set_env,	  unset_env,
		change_env,	  lose_secret_and_touch,
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(changes); i++) {
		void *own = NULL;
		struct world world;

		scratch_setup(&own);
		set_up_world(&world, own, i % 2 == 0);
		assert_true(holds(&world));
		changes[i / 2](own);
		if (holds(&world))
			fail_msg("change %zu was not seen", i / 2);
		assert_false(holds(&world));
		end(&world);
		scratch_teardown(&own);
	}
}

static void settle_and_check(struct world *world)
{
	uint64_t ino;

	scratch_settle();
	assert_true(holds(world)); /* reads and notes */
	ino = plan_ino(world);
	assert_true(holds(world)); /* plain */
	assert_int_equal(plan_ino(world), ino);
}

static void touched_files_are_compared_once(void **state)
{
	const struct scratch *scratch = *state;
	struct world world;
	uint64_t ino;

	set_up_world(&world, scratch, true);
	ino = plan_ino(&world);
	utimensat(scratch->fd, "src/a", NULL, 0);
	assert_true(holds(&world));
	assert_int_not_equal(plan_ino(&world), ino);
	settle_and_check(&world);

	/* by a new file of the same content, as editors and git do it */
	scratch_write(scratch, "src/new", "bbb");
	renameat(scratch->fd, "src/new", scratch->fd, "src/b");
	assert_true(holds(&world));
	settle_and_check(&world);
	assert_int_equal(fchmodat(scratch->fd, "top", 0600, 0), 0);
	assert_true(holds(&world));
	settle_and_check(&world);
	end(&world);
}

static void racy_facts_settle(void **state)
{
	struct world world;

	set_up_world(&world, *state, false);
	assert_true(holds(&world));
	settle_and_check(&world);
	end(&world);
}

static void no_edit_within_a_tick_is_missed(void **state)
{
	const struct scratch *scratch = *state;
	struct world world;
	char text[32];
	int i;

	for (i = 0; i < 300; i++) {
		snprintf(text, sizeof text, "text %04d", i);
		scratch_write(scratch, "a", text);
		begin(&world, scratch);
		add_file(&world, "a");
		write_plan(&world);
		if (i % 2)
			assert_true(holds(&world));
		text[0] = 'T';
		scratch_write(scratch, "a", text);
		assert_false(holds(&world));
		end(&world);
	}
}

/* A wrong digest shows what was read: the stat alone is believed only when it has settled. */
static void young_facts_are_read(void **state)
{
	const struct scratch *scratch = *state;
	struct digest wrong = { { 1 } };
	struct file_id id;
	struct world world;
	int settled;

	for (settled = 0; settled < 2; settled++) {
		scratch_write(scratch, "a", "text");
		if (settled)
			scratch_settle();
		begin(&world, scratch);
		assert_int_equal(fs_stat(scratch->fd, "a", &id, NULL), 0);
		planfile_add_file(world.builder, "a", &id, &wrong);
		write_plan(&world);
		assert_int_equal(holds(&world), settled);
		end(&world);
	}
}

static void a_damaged_plan_is_stale(void **state)
{
	struct world world;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	char hex[DIGEST_HEX_LEN + 1], name[64];
	size_t i;

	set_up_world(&world, *state, true);
	digest_to_hex(&world.key, hex);
	snprintf(name, sizeof name, "plans/%s", hex);
	scratch_read(*state, name, &file);
	for (i = 0; i < file.len; i++) {
		file.buf[i] ^= 1;
		scratch_write_n(*state, name, file.buf, file.len);
		file.buf[i] ^= 1;
		assert_false(holds(&world));
	}
	for (i = 0; i < file.len; i += 7) {
		scratch_write_n(*state, name, file.buf, i);
		assert_false(holds(&world));
	}
	scratch_write_n(*state, name, file.buf, file.len);
	assert_true(holds(&world));
	planfile_remove(scratch_path(*state, "plans"), &world.key);
	assert_false(holds(&world));
	end(&world);
}

/* Enough for two threads, in many directories; one change in either half. */
static void many_facts_are_checked(void **state)
{
	const struct scratch *scratch = *state;
	struct world world;
	char name[32];
	int i;

	begin(&world, scratch);
	for (i = 0; i < 5000; i++) {
		if (i % 100 == 0) {
			snprintf(name, sizeof name, "d%d", i / 100);
			mkdirat(scratch->fd, name, 0755);
		}
		snprintf(name, sizeof name, "d%d/f%d", i / 100, i);
		scratch_write(scratch, name, name);
		add_file(&world, name);
	}
	write_plan(&world);
	assert_true(holds(&world)); /* all racy: contents in two threads */
	settle_and_check(&world);
	scratch_write(scratch, "d3/f350", "d3/F350");
	assert_false(holds(&world));
	scratch_write(scratch, "d3/f350", "d3/f350");
	assert_true(holds(&world));
	unlinkat(scratch->fd, "d49/f4999", 0);
	assert_false(holds(&world));
	end(&world);
}

static void only_the_newest_plans_stay(void **state)
{
	struct world world;
	struct fs_dir dir;
	struct fs_entry entry;
	int i, n = 0;

	begin(&world, *state);
	for (i = 0; i < 50; i++) {
		world.key.bytes[0] = (uint8_t)i;
		write_plan(&world);
	}
	assert_int_equal(fs_dir_open(&dir, world.scratch->fd, "plans", NULL), 0);
	while (fs_dir_next(&dir, &entry, NULL) > 0)
		n++;
	fs_dir_close(&dir);
	assert_in_range(n, 32, 33);
	assert_true(holds(&world));
	end(&world);
}

static void words_of_a_key_do_not_run_together(void **state)
{
	const char *const ab[] = { "a", "b" }, *const joined[] = { "ab" };
	struct digest one = planfile_key(ab, 2), two = planfile_key(joined, 1);

	(void)state;
	assert_false(digest_equal(&one, &two));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

/* ---- Nodes of a plan that does not hold as a whole ---- */

static struct digest print_of(unsigned char byte)
{
	struct digest digest = { { byte } };

	return digest;
}

static void set_node(struct planfile_builder *builder, uint32_t node, const char *id)
{
	struct digest print = print_of((unsigned char)(node + 1));
	struct digest product = print_of((unsigned char)(node + 101));

	planfile_set_node(builder, node, id, &print, &product);
}

static bool was(const struct planfile *planfile, const char *id, unsigned char print,
		unsigned char product)
{
	struct digest one = print_of(print), other = print_of(product);

	return planfile_node_was(planfile, 0, id, &one, &other);
}

/* "a" rests on src/a and shared, "b" on src/b and shared, "c" on nothing; top belongs to none, and what
 * node 2 rests on never came to anything. */
static void set_up_nodes(struct world *world, const struct scratch *scratch)
{
	mkdirat(scratch->fd, "src", 0755);
	scratch_write(scratch, "top", "one");
	scratch_write(scratch, "shared", "two");
	scratch_write(scratch, "src/a", "aaa");
	scratch_write(scratch, "src/b", "bbb");
	scratch_write(scratch, "src/c", "ccc");
	setenv("WF_TEST_SET", "value", 1);
	scratch_settle();
	begin(world, scratch);
	planfile_add_env(world->builder, "WF_TEST_SET", "value");
	add_file(world, "top");
	planfile_begin_node(world->builder, 0);
	add_file(world, "shared");
	add_file(world, "src/a");
	planfile_end_node(world->builder);
	planfile_begin_node(world->builder, 1);
	add_file(world, "src/b");
	add_file(world, "shared");
	planfile_end_node(world->builder);
	planfile_begin_node(world->builder, 2);
	add_file(world, "src/c");
	planfile_end_node(world->builder);
	set_node(world->builder, 0, "a");
	set_node(world->builder, 1, "b");
	set_node(world->builder, 3, "c");
	write_plan(world);
}

/* The ids of the nodes that hold, or "none usable". */
static const char *nodes_that_hold(const struct world *world)
{
	static const char *const ids[] = { "a", "b", "-", "c", "beyond" };
	static char found[32];
	struct planfile_summary summary;
	struct planfile *planfile;
	struct digest print;

	assert_int_equal(look(world, &summary, &planfile), PLANFILE_STALE);
	if (!planfile)
		return "none usable";
	found[0] = '\0';
	for (uint32_t i = 0; i < 5; i++) {
		struct digest wanted = print_of((unsigned char)(i + 1));

		if (!planfile_node_holds(planfile, i, ids[i], &print))
			continue;
		assert_true(digest_equal(&print, &wanted));
		strcat(found, ids[i]);
	}
	assert_false(planfile_node_holds(planfile, 0, "b", &print));
	planfile_free(planfile);
	return found;
}

static void a_node_holds_while_its_facts_do(void **state)
{
	struct world world;

	set_up_nodes(&world, *state);
	assert_true(holds(&world));
	scratch_write(*state, "src/a", "AAA");
	assert_string_equal(nodes_that_hold(&world), "bc");
	scratch_write(*state, "src/a", "of another size");
	assert_string_equal(nodes_that_hold(&world), "bc");
	scratch_write(*state, "src/a", "aaa");
	assert_true(holds(&world));
	unlinkat(world.scratch->fd, "src/b", 0);
	assert_string_equal(nodes_that_hold(&world), "ac");
	end(&world);
}

static void a_shared_fact_is_of_both(void **state)
{
	struct world world;

	set_up_nodes(&world, *state);
	scratch_write(*state, "shared", "TWO");
	assert_string_equal(nodes_that_hold(&world), "c");
	end(&world);
}

static void what_is_of_no_node_is_of_all(void **state)
{
	struct world world;

	set_up_nodes(&world, *state);
	scratch_write(*state, "top", "ONE");
	assert_string_equal(nodes_that_hold(&world), "none usable");
	end(&world);
}

static void another_environment_leaves_no_node(void **state)
{
	struct world world;

	set_up_nodes(&world, *state);
	scratch_write(*state, "src/a", "AAA");
	setenv("WF_TEST_SET", "other", 1);
	assert_string_equal(nodes_that_hold(&world), "none usable");
	end(&world);
}

static void damaged_nodes_are_not_used(void **state)
{
	char hex[DIGEST_HEX_LEN + 1], name[64];
	struct world world;
	struct file_id id;
	int fd;

	set_up_nodes(&world, *state);
	digest_to_hex(&world.key, hex);
	snprintf(name, sizeof name, "plans/%s", hex);
	assert_int_equal(fs_stat(world.scratch->fd, name, &id, NULL), 0);
	fd = openat(world.scratch->fd, name, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff", 1, (off_t)id.size_bytes - 1), 1);
	close(fd);
	assert_true(holds(&world)); /* they are not looked at */
	scratch_write(*state, "src/a", "AAA");
	assert_string_equal(nodes_that_hold(&world), "none usable");
	end(&world);
}

/* Files of which each is a node's own: enough for who asks to be answered before all were looked at. */
static void set_up_many(struct world *world, const struct scratch *scratch, uint32_t n)
{
	char name[16];

	mkdirat(scratch->fd, "src", 0755);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s%u", i % 2 ? "src/" : "", i);
		scratch_write(scratch, name, "old");
	}
	scratch_settle();
	begin(world, scratch);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s%u", i % 2 ? "src/" : "", i);
		planfile_begin_node(world->builder, i);
		add_file(world, name);
		planfile_end_node(world->builder);
		set_node(world->builder, i, name);
	}
	write_plan(world);
}

static void what_moved_is_known_to_the_last(void **state)
{
	static const uint32_t sizes[] = { 300, 4400 };
	const struct scratch *scratch = *state;
	struct planfile_summary summary;
	struct planfile *planfile;
	struct digest print;
	char name[16];

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		uint32_t n = sizes[s], moved[] = { 4, 7, n / 2, n - 1 }, touched[] = { 2, n - 2 };
		struct world world;

		set_up_many(&world, scratch, n);
		for (size_t i = 0; i < ARRAY_SIZE(touched); i++) {
			snprintf(name, sizeof name, "%u", touched[i]);
			scratch_write(scratch, name, "old");
		}
		for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
			snprintf(name, sizeof name, "%s%u", moved[i] % 2 ? "src/" : "", moved[i]);
			scratch_write(scratch, name, i % 2 ? "new" : "longer");
		}
		assert_int_equal(look(&world, &summary, &planfile), PLANFILE_STALE);
		assert_non_null(planfile);
		for (uint32_t i = 0; i < n; i++) {
			bool has_moved = false;

			for (size_t k = 0; k < ARRAY_SIZE(moved); k++)
				has_moved |= moved[k] == i;
			snprintf(name, sizeof name, "%s%u", i % 2 ? "src/" : "", i);
			if (planfile_node_holds(planfile, i, name, &print) == has_moved)
				fail_msg("of %u files: %u", n, i);
		}
		planfile_free(planfile);
		end(&world);
	}
}

/* "a" in the plan of set_up_nodes() and in one that was made of it. */
static void a_node_was_what_it_was(void **state)
{
	struct planfile_summary summary;
	struct planfile *planfile;
	struct world world;

	set_up_nodes(&world, *state);
	for (int i = 0; i < 2; i++) {
		scratch_write(*state, "src/b", i ? "BBBB" : "BBB");
		scratch_settle();
		assert_int_equal(look(&world, &summary, &planfile), PLANFILE_STALE);
		assert_true(was(planfile, "a", 1, 101));
		assert_false(was(planfile, "a", 2, 101));
		assert_false(was(planfile, "a", 1, 102));
		assert_false(was(planfile, "b", 1, 101));
		planfile_builder_free(world.builder);
		world.builder = planfile_builder_new();
		planfile_keep_general(world.builder, planfile);
		planfile_keep_node(world.builder, planfile, 0);
		planfile_begin_node(world.builder, 1);
		add_file(&world, "src/b");
		planfile_end_node(world.builder);
		write_plan(&world);
		planfile_free(planfile);
	}
	planfile_builder_free(world.builder);
	world.builder = NULL;
	end(&world);
}

/* The next plan: "a" was judged anew, the others were kept. */
static void what_holds_is_kept(void **state)
{
	struct planfile_summary summary;
	struct planfile *planfile;
	struct world world;

	set_up_nodes(&world, *state);
	scratch_write(*state, "src/a", "AAA");
	scratch_settle();
	assert_int_equal(look(&world, &summary, &planfile), PLANFILE_STALE);
	planfile_builder_free(world.builder);
	world.builder = planfile_builder_new();
	world.clock_ns = statcache_clock_ns(world.stat);
	planfile_keep_general(world.builder, planfile);
	planfile_keep_node(world.builder, planfile, 1);
	planfile_keep_node(world.builder, planfile, 3);
	planfile_begin_node(world.builder, 0);
	add_file(&world, "src/a");
	add_file(&world, "shared");
	planfile_end_node(world.builder);
	set_node(world.builder, 0, "a");
	write_plan(&world);
	planfile_builder_free(world.builder);
	world.builder = NULL;
	planfile_free(planfile);

	assert_true(holds(&world));
	scratch_write(*state, "src/c", "it was no fact of these");
	assert_true(holds(&world));
	scratch_write(*state, "src/b", "BBB");
	assert_string_equal(nodes_that_hold(&world), "ac");
	scratch_write(*state, "shared", "TWO");
	assert_string_equal(nodes_that_hold(&world), "c");
	setenv("WF_TEST_SET", "other", 1);
	assert_string_equal(nodes_that_hold(&world), "none usable");
	setenv("WF_TEST_SET", "value", 1);
	scratch_write(*state, "top", "ONE");
	assert_string_equal(nodes_that_hold(&world), "none usable");
	end(&world);
}

/* What was young when it was read is no older for having been kept. */
static void what_is_kept_stays_racy(void **state)
{
	struct timespec ahead = { .tv_sec = time(NULL) + 3600 }, times[2] = { ahead, ahead };
	struct planfile_summary summary;
	struct planfile *planfile;
	struct world world;
	uint64_t ino;

	set_up_nodes(&world, *state);
	scratch_write(*state, "src/b", "BBB");
	utimensat(world.scratch->fd, "src/b", times, 0);
	planfile_begin_node(world.builder, 4);
	add_file(&world, "src/b");
	planfile_end_node(world.builder);
	set_node(world.builder, 4, "young");
	write_plan(&world);
	scratch_write(*state, "src/a", "AAA");
	assert_int_equal(look(&world, &summary, &planfile), PLANFILE_STALE);
	assert_non_null(planfile);
	planfile_builder_free(world.builder);
	world.builder = planfile_builder_new();
	planfile_keep_general(world.builder, planfile);
	planfile_keep_node(world.builder, planfile, 4);
	world.clock_ns += INT64_C(7200000000000); /* by it nothing is young */
	write_plan(&world);
	planfile_free(planfile);
	ino = plan_ino(&world);
	assert_true(holds(&world));
	assert_int_not_equal(plan_ino(&world), ino); /* the content was compared */
	end(&world);
}

/* "a" reads src/a and src/b and makes shared, "b" reads src/c and a directory mattered to it; "c" has
 * no inputs, of "d" they are not known. */
static void set_up_inputs(struct world *world, const struct scratch *scratch)
{
	set_up_nodes(world, scratch);
	planfile_builder_free(world->builder);
	world->builder = planfile_builder_new();
	planfile_begin_inputs(world->builder); /* of no node: nothing */
	planfile_end_inputs(world->builder);
	add_file(world, "top");
	planfile_begin_node(world->builder, 0);
	planfile_begin_inputs(world->builder);
	add_file(world, "src/a");
	add_file(world, "src/b");
	planfile_end_inputs(world->builder);
	add_file(world, "shared");
	planfile_begin_node(world->builder, 1);
	add_dir(world, "src");
	planfile_begin_inputs(world->builder);
	add_file(world, "src/c");
	planfile_end_inputs(world->builder);
	planfile_begin_node(world->builder, 2);
	planfile_begin_inputs(world->builder);
	planfile_end_inputs(world->builder);
	planfile_begin_node(world->builder, 3);
	add_file(world, "src/a");
	planfile_end_node(world->builder);
	set_node(world->builder, 0, "a");
	set_node(world->builder, 1, "b");
	set_node(world->builder, 2, "c");
	set_node(world->builder, 3, "d");
	write_plan(world);
}

/* "a:" with "=" for an input that is as it was, "!" for one that moved; and so on. */
static const char *inputs_known(const struct planfile *planfile)
{
	static const char *const ids[] = { "a", "b", "c", "d" };
	static char text[64];
	struct planfile_input input;
	size_t n;

	text[0] = '\0';
	for (uint32_t i = 0; i < 4; i++) {
		if (!planfile_inputs_are_known(planfile, i, ids[i], &n))
			continue;
		strcat(strcat(text, ids[i]), ":");
		for (size_t k = 0; k < n; k++) {
			assert_true(planfile_get_input(planfile, i, k, &input));
			strcat(text, input.has_moved ? "!" : "=");
		}
		assert_false(planfile_get_input(planfile, i, n, &input));
	}
	assert_false(planfile_inputs_are_known(planfile, 0, "b", &n));
	assert_false(planfile_inputs_are_known(planfile, 9, "a", &n));
	return text;
}

static void expect_inputs(const struct world *world, const char *expected)
{
	struct planfile_summary summary;
	struct planfile *planfile;

	assert_int_equal(look(world, &summary, &planfile), PLANFILE_STALE);
	assert_non_null(planfile);
	assert_string_equal(inputs_known(planfile), expected);
	planfile_free(planfile);
}

static void inputs_are_known_while_nothing_else_moves(void **state)
{
	struct world world;

	set_up_inputs(&world, *state);
	scratch_write(*state, "src/b", "BBB");
	expect_inputs(&world, "a:=!c:");
	scratch_write(*state, "src/a", "longer");
	expect_inputs(&world, "a:!!c:");
	scratch_write(*state, "shared", "TWO");
	expect_inputs(&world, "c:");
	end(&world);
}

/* As "a" is judged anew of which src/b moved, and the next plan is written. */
static void inputs_that_hold_are_kept(void **state)
{
	struct planfile_input input, other;
	struct planfile_summary summary;
	struct planfile *planfile;
	struct world world;

	set_up_inputs(&world, *state);
	scratch_write(*state, "src/b", "BBB");
	scratch_settle();
	assert_int_equal(look(&world, &summary, &planfile), PLANFILE_STALE);
	planfile_builder_free(world.builder);
	world.builder = planfile_builder_new();
	world.clock_ns = statcache_clock_ns(world.stat);
	planfile_keep_general(world.builder, planfile);
	assert_true(planfile_get_input(planfile, 0, 0, &input));
	assert_string_equal(input.path, "src/a");
	assert_false(planfile_keep_input(world.builder, planfile, 0, 0, &input)); /* of no node */
	planfile_begin_node(world.builder, 0);
	planfile_begin_inputs(world.builder);
	other = input;
	other.id.mtime_ns++;
	assert_false(planfile_keep_input(world.builder, planfile, 0, 0, &other));
	other = input;
	other.digest.bytes[0] ^= 1;
	assert_false(planfile_keep_input(world.builder, planfile, 0, 0, &other));
	assert_true(planfile_keep_input(world.builder, planfile, 0, 0, &input));
	assert_true(planfile_get_input(planfile, 0, 1, &other));
	assert_false(planfile_keep_input(world.builder, planfile, 0, 1, &other)); /* it moved */
	add_file(&world, "src/b");
	planfile_end_inputs(world.builder);
	add_file(&world, "shared");
	planfile_end_node(world.builder);
	set_node(world.builder, 0, "a");
	write_plan(&world);
	planfile_free(planfile);
	assert_true(holds(&world));
	scratch_write(*state, "src/a", "AAA");
	expect_inputs(&world, "a:!=");
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(holds_while_nothing_changes),
		CASE(none_is_stale),
		CASE(every_change_is_seen),
		CASE(touched_files_are_compared_once),
		CASE(racy_facts_settle),
		CASE(no_edit_within_a_tick_is_missed),
		CASE(young_facts_are_read),
		CASE(a_damaged_plan_is_stale),
		CASE(many_facts_are_checked),
		CASE(only_the_newest_plans_stay),
		CASE(words_of_a_key_do_not_run_together),
		CASE(a_node_holds_while_its_facts_do),
		CASE(a_shared_fact_is_of_both),
		CASE(what_is_of_no_node_is_of_all),
		CASE(another_environment_leaves_no_node),
		CASE(damaged_nodes_are_not_used),
		CASE(what_moved_is_known_to_the_last),
		CASE(a_node_was_what_it_was),
		CASE(what_holds_is_kept),
		CASE(what_is_kept_stays_racy),
		CASE(inputs_are_known_while_nothing_else_moves),
		CASE(inputs_that_hold_are_kept),
	};

	return cmocka_run_group_tests_name("store/planfile", tests, NULL, NULL);
}
