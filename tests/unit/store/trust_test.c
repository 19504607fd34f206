/*
 * Trust: what was agreed to is told from what is there now, another repository at the same place is not
 * meant, and a damaged record grants nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/trust.h"
#include "unit/store/scratch.h"

#define T0 INT64_C(1795210321042)

struct place {
	struct arena arena;
	struct layout layout;
	const char *dir;
};

static struct place make_place(const struct scratch *scratch)
{
	struct place place = { 0 };

	fs_mkdir_p(scratch->fd, ".workflows/actions/deep", 0700, NULL);
	fs_mkdir_p(scratch->fd, ".workflows/templates", 0700, NULL);
	fs_mkdir_p(scratch->fd, "git", 0700, NULL);
	scratch_write(scratch, ".workflows/w.yml", "steps: []\n");
	scratch_write(scratch, ".workflows/README", "not a workflow\n");
	scratch_write(scratch, ".workflows/templates/t.yml", "not one either\n");
	scratch_write(scratch, ".workflows/actions/do", "#!/bin/sh\n");
	scratch_write_n(scratch, ".workflows/actions/deep/data", "\0\xff", 2);
	place.layout.root_fd = scratch->fd;
	place.layout.root = scratch->path;
	place.layout.common_dir = arena_strdup(&place.arena, scratch_path(scratch, "git"));
	place.dir = arena_strdup(&place.arena, scratch_path(scratch, "state/trust"));
	return place;
}

static void grant(struct place *place, enum trust_trigger trigger)
{
	struct trust_files files = { 0 };

	assert_int_equal(trust_gather(place->layout.root_fd, &place->arena, &files, NULL), 0);
	assert_int_equal(trust_grant(place->dir, &place->layout, trigger, &files, T0, NULL), 0);
	trust_files_release(&files);
}

/* State and what is said, as "changed: …". */
static void expect(struct place *place, enum trust_trigger trigger, enum trust_state state,
		   const char *words)
{
	struct trust_files files = { 0 };
	struct trust_answer answer;
	struct strbuf said = STRBUF_INIT;

	assert_int_equal(trust_gather(place->layout.root_fd, &place->arena, &files, NULL), 0);
	assert_int_equal(trust_look(place->dir, &place->layout, trigger, &files, &place->arena,
				    &answer, NULL),
			 0);
	assert_int_equal(answer.state, state);
	trust_describe(&answer, trigger, &said);
	assert_string_equal(strbuf_str(&said), words);
	trust_answer_release(&answer);
	trust_files_release(&files);
	strbuf_release(&said);
}

static void what_counts_is_gathered(void **state)
{
	struct place place = make_place(*state);
	struct trust_files files = { 0 };

	assert_int_equal(trust_gather(place.layout.root_fd, &place.arena, &files, NULL), 0);
	assert_int_equal(files.list.n, 3);
	assert_string_equal(files.list.v[0].path, ".workflows/actions/deep/data");
	assert_null(files.list.v[0].text);
	assert_string_equal(files.list.v[1].path, ".workflows/actions/do");
	assert_string_equal(files.list.v[1].text, "#!/bin/sh\n");
	assert_string_equal(files.list.v[2].path, ".workflows/w.yml");
	trust_files_release(&files);
	arena_release(&place.arena);
}

static void one_trigger_is_not_another(void **state)
{
	struct place place = make_place(*state);

	expect(&place, TRUST_HOOKS, TRUST_NEVER, "this repository is not trusted for hooks");
	grant(&place, TRUST_HOOKS);
	expect(&place, TRUST_HOOKS, TRUST_SAME, "trusted for hooks");
	expect(&place, TRUST_SERVE, TRUST_NEVER, "this repository is not trusted for serve");
	assert_int_equal(trust_revoke(place.dir, &place.layout, TRUST_SERVE, NULL), 1);
	assert_int_equal(trust_revoke(place.dir, &place.layout, TRUST_HOOKS, NULL), 0);
	expect(&place, TRUST_HOOKS, TRUST_NEVER, "this repository is not trusted for hooks");
	arena_release(&place.arena);
}

static void every_change_is_told(void **state)
{
	const struct scratch *scratch = *state;
	struct place place = make_place(scratch);

	grant(&place, TRUST_HOOKS);
	scratch_write(scratch, ".workflows/README", "of no account\n");
	expect(&place, TRUST_HOOKS, TRUST_SAME, "trusted for hooks");
	scratch_write(scratch, ".workflows/w.yml", "steps: [x]\n");
	expect(&place, TRUST_HOOKS, TRUST_CHANGED,
	       "1 file changed since this was trusted for hooks: .workflows/w.yml");
	scratch_write(scratch, ".workflows/x.json", "{}");
	unlink(scratch_path(scratch, ".workflows/actions/do"));
	expect(&place, TRUST_HOOKS, TRUST_CHANGED,
	       "3 files changed since this was trusted for hooks: .workflows/actions/do (gone), "
	       ".workflows/w.yml, .workflows/x.json (new)");
	grant(&place, TRUST_HOOKS);
	expect(&place, TRUST_HOOKS, TRUST_SAME, "trusted for hooks");
	arena_release(&place.arena);
}

static void bytes_that_are_no_text_count(void **state)
{
	const struct scratch *scratch = *state;
	struct place place = make_place(scratch);

	grant(&place, TRUST_MCP);
	scratch_write_n(scratch, ".workflows/actions/deep/data", "\0\xfe", 2);
	expect(&place, TRUST_MCP, TRUST_CHANGED,
	       "1 file changed since this was trusted for mcp: .workflows/actions/deep/data");
	arena_release(&place.arena);
}

static void another_repository_at_the_place_is_not_meant(void **state)
{
	const struct scratch *scratch = *state;
	struct place place = make_place(scratch);

	grant(&place, TRUST_HOOKS);
	assert_int_equal(rename(place.layout.common_dir, scratch_path(scratch, "old")), 0);
	fs_mkdir_p(scratch->fd, "git", 0700, NULL);
	expect(&place, TRUST_HOOKS, TRUST_ANOTHER,
	       "it was another repository at this place that was trusted for hooks");
	arena_release(&place.arena);
}

static void count_bad(void *data, const char *path, const struct trust_record *record,
		      const char *why)
{
	(void)path;
	if (!record && strstr(why, "is damaged"))
		++*(unsigned *)data;
}

static void a_damaged_record_grants_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct place place = make_place(scratch);
	struct trust_record record;
	struct strbuf whole = STRBUF_INIT;
	struct fs_entry entry = { 0 };
	struct fs_dir dir;
	char name[128] = "";
	unsigned n_bad = 0;

	grant(&place, TRUST_HOOKS);
	assert_int_equal(fs_dir_open(&dir, AT_FDCWD, place.dir, NULL), 0);
	assert_true(fs_dir_next(&dir, &entry, NULL) > 0);
	snprintf(name, sizeof name, "state/trust/%s", entry.name);
	fs_dir_close(&dir);
	scratch_read(scratch, name, &whole);
	for (size_t len = 0; len + 2 < whole.len; len++) {
		struct err err = ERR_INIT;

		scratch_write_n(scratch, name, whole.buf, len);
		assert_int_equal(trust_read(place.dir, &place.layout, TRUST_HOOKS, &place.arena,
					    &record, &err),
				 -1);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_non_null(strstr(err_msg(&err), name));
		err_release(&err);
	}
	assert_int_equal(trust_each(place.dir, count_bad, &n_bad, NULL), 0);
	assert_int_equal(n_bad, 1);
	grant(&place, TRUST_HOOKS);
	expect(&place, TRUST_HOOKS, TRUST_SAME, "trusted for hooks");
	strbuf_release(&whole);
	arena_release(&place.arena);
}

static void who_comes_from_outside_is_pinned(void **state)
{
	struct trust_answer changed = { .state = TRUST_CHANGED }, same = { .state = TRUST_SAME };
	struct trust_answer never = { 0 }, another = { .state = TRUST_ANOTHER };

	(void)state;
	assert_int_equal(trust_mode_of(TRUST_HOOKS, "follow"), TRUST_FOLLOW);
	assert_int_equal(trust_mode_of(TRUST_HOOKS, "pin"), TRUST_PIN);
	assert_int_equal(trust_mode_of(TRUST_SERVE, "follow"), TRUST_PIN);
	assert_int_equal(trust_mode_of(TRUST_MCP, NULL), TRUST_PIN);
	assert_int_equal(trust_judge(&same, TRUST_PIN, false), TRUST_GO);
	assert_int_equal(trust_judge(&changed, TRUST_FOLLOW, false), TRUST_GO_CHANGED);
	assert_int_equal(trust_judge(&changed, TRUST_PIN, false), TRUST_REFUSE);
	assert_int_equal(trust_judge(&never, TRUST_FOLLOW, false), TRUST_REFUSE);
	assert_int_equal(trust_judge(&another, TRUST_FOLLOW, false), TRUST_REFUSE);
	assert_int_equal(trust_judge(&never, TRUST_PIN, true), TRUST_GO);
	assert_true(trust_is_forced("1"));
	assert_false(trust_is_forced("0") || trust_is_forced(NULL) || trust_is_forced(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
		TEST(what_counts_is_gathered),
		TEST(one_trigger_is_not_another),
		TEST(every_change_is_told),
		TEST(bytes_that_are_no_text_count),
		TEST(another_repository_at_the_place_is_not_meant),
		TEST(a_damaged_record_grants_nothing),
		cmocka_unit_test(who_comes_from_outside_is_pinned),
#undef TEST
	};

	return cmocka_run_group_tests_name("store/trust", tests, NULL, NULL);
}
