/*
 * The reader of git's index: all versions, both kinds of names, and anything but an index.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/index_impl.h"
#include "scratch.h"

static struct index read_index(const char *path, bool is_sha256)
{
	struct index index;

	assert_int_equal(index_read(&index, scratch_path(path), is_sha256), 0);
	return index;
}

/* The same names as git has, in the same order. */
static void expect_like_git(const char *repo, bool is_sha256)
{
	char path[200], line[300];
	struct index index;
	FILE *git;
	size_t n = 0;

	snprintf(path, sizeof path, "%s/.git/index", repo);
	index = read_index(path, is_sha256);
	scratch_run("git -C %s ls-files -z | tr '\\0' '\\n' | uniq >listed", repo);
	git = fopen(scratch_path("listed"), "r");
	while (fgets(line, sizeof line, git)) {
		line[strcspn(line, "\n")] = '\0';
		assert_true(n < index.entries.n);
		assert_string_equal(index.entries.v[n].name, line);
		assert_int_equal(index.entries.v[n].len, strlen(line));
		n++;
	}
	fclose(git);
	assert_int_equal(n, index.entries.n);
	index_release(&index);
}

static int make(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	scratch_run("git init -q r && cd r && mkdir -p a/b c a.b && for d in a a/b c a.b .; do "
		    "for f in 1 2 x.c 'z y' long-long-long-long-name; do : >\"$d/$f\"; done; done; "
		    "git add . && git commit -q -m one");
	return 0;
}

static void reads_every_version(void **state)
{
	(void)state;
	expect_like_git("r", false);
	scratch_run(
		"cd r && echo new >new && git add -N new && git update-index --skip-worktree c/1");
	expect_like_git("r", false); /* version 3 */
	scratch_run("cd r && git update-index --index-version 4");
	expect_like_git("r", false);
}

static void reads_sha256(void **state)
{
	(void)state;
	scratch_run("git init -q --object-format=sha256 s && cd s && cp -r ../r/a . && git add .");
	expect_like_git("s", true);
}

static void lists_unmerged_names_once(void **state)
{
	(void)state;
	scratch_run(
		"git clone -q r m && cd m && echo 1 >1 && git commit -qam x && git checkout -q -b "
		"o "
		"HEAD^ && echo 2 >1 && git commit -qam y && ! git merge -q main >/dev/null 2>&1");
	expect_like_git("m", false);
}

static void reads_long_names(void **state)
{
	(void)state;
	scratch_run("git init -q l && cd l && o=e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 && "
		    "n=$(printf '%%4200s' | tr ' ' x) && "
		    "printf '100644 %%s\\t%%s\\n100644 %%s\\t%%sy\\n' $o $n $o $n | "
		    "git update-index --index-info");
	struct index index = read_index("l/.git/index", false);
	assert_int_equal(index.entries.n, 2);
	assert_int_equal(index.entries.v[1].len, 4201);
	index_release(&index);
}

static void an_absent_index_is_empty(void **state)
{
	struct index index = read_index("nowhere", false);

	(void)state;
	assert_int_equal(index.entries.n, 0);
	index_release(&index);
}

static void leaves_others_to_git(void **state)
{
	struct index index;

	(void)state;
	scratch_run("git clone -q r split && git -C split update-index --split-index");
	assert_int_equal(index_read(&index, scratch_path("split/.git/index"), false), 1);
	index_release(&index);
	scratch_run("git clone -q r sparse && cd sparse && git sparse-checkout set --cone "
		    "--sparse-index c");
	assert_int_equal(index_read(&index, scratch_path("sparse/.git/index"), false), 1);
	index_release(&index);
	assert_int_equal(index_read(&index, scratch_path("r/.git/index"), true), 1);
	index_release(&index);
	assert_int_equal(index_read(&index, scratch_path("r"), true), 1); /* a directory */
	index_release(&index);
}

static void finds_entries(void **state)
{
	struct index index = read_index("m/.git/index", false);
	struct index_range all = { 0, index.entries.n }, below;

	(void)state;
	assert_non_null(index_find(&index, all, "a/b/x.c", 7));
	assert_null(index_find(&index, all, "a/b", 3));
	assert_null(index_find(&index, all, "zzz", 3));
	below = index_find_below(&index, all, "a", 1);
	assert_int_equal(below.end - below.begin, 10);
	assert_string_equal(index.entries.v[below.begin].name, "a/1");
	below = index_find_below(&index, below, "a/b", 3);
	assert_int_equal(below.end - below.begin, 5);
	below = index_find_below(&index, all, "a.", 2);
	assert_int_equal(below.end - below.begin, 0);
	index_release(&index);
}

static void write_bytes(const char *data, size_t len)
{
	FILE *file = fopen(scratch_path("damaged"), "w");

	assert_int_equal(fwrite(data, 1, len, file), len);
	fclose(file);
}

/* Whatever comes of it: no crash, and names that end. */
static void try_damaged(void)
{
	struct index index;

	if (index_read(&index, scratch_path("damaged"), false) == 0)
		for (size_t i = 0; i < index.entries.n; i++)
			assert_int_equal(strlen(index.entries.v[i].name), index.entries.v[i].len);
	index_release(&index);
}

static void damage(const char *path)
{
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	unsigned random = 1;

	assert_int_equal(fs_read_file(AT_FDCWD, scratch_path(path), 1 << 20, &data, NULL), 0);
	for (size_t len = 0; len < data.len; len += 7) {
		write_bytes(data.buf, len);
		try_damaged();
	}
	for (int round = 0; round < 1000; round++) {
		char *copy = malloc(data.len);

		memcpy(copy, data.buf, data.len);
		for (int n = 0; n < 1 + round % 4; n++) {
			random = random * 1103515245 + 12345;
			copy[(random >> 8) % (round % 3 ? data.len : 100)] =
				(char)(random >> (round % 2 ? 24 : 16));
		}
		write_bytes(copy, data.len);
		try_damaged();
		free(copy);
	}
}

static void survives_damage(void **state)
{
	(void)state;
	damage("m/.git/index");
	damage("r/.git/index"); /* version 4 by now */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_version),
		cmocka_unit_test(reads_sha256),
		cmocka_unit_test(lists_unmerged_names_once),
		cmocka_unit_test(reads_long_names),
		cmocka_unit_test(an_absent_index_is_empty),
		cmocka_unit_test(leaves_others_to_git),
		cmocka_unit_test(finds_entries),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("git/index", tests, make, scratch_teardown);
}
