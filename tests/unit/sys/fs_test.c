/*
 * Files, with a real directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fs.h"

static int root = -1;
static char root_path[] = "/tmp/gwf-fs-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root_path))
		return -1;
	root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int remove_root(void **state)
{
	(void)state;
	close(root);
	return fs_remove_tree(AT_FDCWD, root_path, NULL);
}

static size_t count_entries(const char *path)
{
	struct fs_entry entry;
	struct fs_dir dir;
	size_t count = 0;

	assert_int_equal(fs_dir_open(&dir, root, path, NULL), 0);
	while (fs_dir_next(&dir, &entry, NULL) == 1)
		count++;
	fs_dir_close(&dir);
	return count;
}

static void check_content(const char *path, const char *expected)
{
	struct strbuf text = STRBUF_INIT;

	assert_int_equal(fs_read_file(root, path, 1 << 20, &text, NULL), 0);
	assert_string_equal(strbuf_str(&text), expected);
	strbuf_release(&text);
}

static void a_file_is_replaced_as_a_whole(void **state)
{
	struct file_id before, after;

	(void)state;
	assert_int_equal(fs_mkdir_p(root, "a/b/c", 0700, NULL), 0);
	assert_int_equal(fs_mkdir_p(root, "a/b/c", 0700, NULL), 0);
	assert_int_equal(fs_replace(root, "a/f", 0600, "old", 3, FS_DURABLE, NULL), 0);
	assert_int_equal(fs_stat(root, "a/f", &before, NULL), 0);
	assert_int_equal(fs_replace(root, "a/f", 0640, "newer", 5, 0, NULL), 0);
	assert_int_equal(fs_stat(root, "a/f", &after, NULL), 0);
	check_content("a/f", "newer");
	assert_int_equal(after.mode & 0777, 0640);
	assert_int_equal(after.size_bytes, 5);
	assert_false(fs_same_id(&before, &after));
	assert_int_equal(count_entries("a"), 2); /* no temporary file */
}

static void an_aborted_file_leaves_nothing(void **state)
{
	struct fs_temp temp = { 0 };

	(void)state;
	fs_temp_abort(&temp);
	fs_mkdir_p(root, "abort", 0700, NULL);
	assert_int_equal(fs_temp_open(&temp, root, "abort/f", 0600, NULL), 0);
	assert_int_equal(fs_write_all(temp.fd, "x", 1, NULL), 0);
	assert_int_equal(count_entries("abort"), 1);
	fs_temp_abort(&temp);
	assert_int_equal(count_entries("abort"), 0);
	assert_int_equal(fs_temp_open(&temp, root, "no/f", 0600, NULL), -1);
}

static void what_is_absent_is_told_apart(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct file_id id;
	struct fs_dir dir;

	(void)state;
	fs_replace(root, "file", 0600, "", 0, 0, NULL);
	assert_int_equal(fs_stat(root, "none", &id, NULL), 1);
	assert_int_equal(fs_stat(root, "file/below", &id, NULL), 1);
	assert_int_equal(fs_dir_open(&dir, root, "none", NULL), 1);
	assert_int_equal(fs_read_file(root, "none", 10, &text, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_release(&err);
	assert_int_equal(fs_mkdir_p(root, "file/below", 0700, &err), -1);
	err_release(&err);
	assert_int_equal(fs_read_file(root, ".", 10, &text, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_string_equal(err_msg(&err), "cannot read '.': Is a directory");
	err_release(&err);
	strbuf_release(&text);
}

/* Runs of one directory, of none that is there, of a file in its place, and single ones. */
static void many_stats_are_what_each_one_says(void **state)
{
	static const char *const names[] = { "many/a",	     "many/b", "none/a", "single",
					     "many/x/a",     "many",   "/",	 "/usr",
					     "single/below", "" };
	enum { N = 5000, RUN = 20 };
	static const char *paths[N];
	static struct file_id ids[N];
	static signed char answers[N];
	struct file_id id;
	size_t i;

	(void)state;
	assert_int_equal(fs_mkdir_p(root, "many/x", 0700, NULL), 0);
	fs_replace(root, "many/a", 0600, "a", 1, 0, NULL);
	fs_replace(root, "many/x/a", 0600, "xa", 2, 0, NULL);
	fs_replace(root, "single", 0600, "", 0, 0, NULL);
	for (i = 0; i < N; i++)
		paths[i] = names[(i / RUN + (i % RUN == 3)) % ARRAY_SIZE(names)];
	fs_stat_many(root, paths, N, ids, answers);
	for (i = 0; i < N; i++) {
		assert_int_equal(answers[i], fs_stat(root, paths[i], &id, NULL));
		if (answers[i] == 0)
			assert_true(fs_same_id(&ids[i], &id));
	}
	fs_stat_many(root, NULL, 0, NULL, NULL);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	fs_replace(root, "large", 0600, "12345", 5, 0, NULL);
	assert_int_equal(fs_read_file(root, "large", 5, &text, NULL), 0);
	strbuf_clear(&text);
	assert_int_equal(fs_read_file(root, "large", 4, &text, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	assert_string_equal(err_msg(&err), "'large' is larger than 4 bytes");
	err_release(&err);
	strbuf_clear(&text);
	/* Its size reads as 0. */
	assert_int_equal(fs_read_file(AT_FDCWD, "/proc/self/status", 1 << 20, &text, NULL), 0);
	assert_true(text.len > 100);
	strbuf_release(&text);
}

static void nothing_outside_is_opened(void **state)
{
	static const char *const bad[] = { "in/link/f", "in/../file2", "../x", "/etc/passwd",
					   "in/out",	"..",	       "in/.." };
	struct err err = ERR_INIT;
	size_t i;
	int fd;

	(void)state;
	fs_mkdir_p(root, "in/real", 0700, NULL);
	fs_replace(root, "in/real/f", 0600, "x", 1, 0, NULL);
	fs_replace(root, "file2", 0600, "x", 1, 0, NULL);
	assert_int_equal(symlinkat("real", root, "in/link"), 0);
	assert_int_equal(symlinkat("/etc/passwd", root, "in/out"), 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		fd = fs_open_beneath(root, bad[i], O_RDONLY, 0, &err);
		if (fd >= 0)
			fail_msg("'%s' was opened", bad[i]);
		assert_int_equal(err.kind, ERR_INVALID);
		err_release(&err);
	}
	fd = fs_open_beneath(root, "in/real/f", O_RDONLY, 0, NULL);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = fs_open_beneath(root, "in/real/..f", O_WRONLY | O_CREAT, 0600, NULL);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fs_open_beneath(root, "in/none", O_RDONLY, 0, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_release(&err);
}

static void copies_keep_content_and_permissions(void **state)
{
	static char data[300000];
	struct err err = ERR_INIT;
	struct file_id id;
	char target[16] = "";

	(void)state;
	memset(data, 'd', sizeof data - 1);
	fs_replace(root, "from", 0750, data, sizeof data - 1, 0, NULL);
	assert_int_equal(fs_copy(root, "from", root, "to", 0, NULL), 0);
	check_content("to", data);
	fs_stat(root, "to", &id, NULL);
	assert_int_equal(id.mode & 0777, 0750);
	assert_int_equal(symlinkat("from", root, "link"), 0);
	assert_int_equal(fs_copy(root, "link", root, "to", FS_DURABLE, NULL), 0);
	assert_int_equal(readlinkat(root, "to", target, sizeof target), 4);
	assert_string_equal(target, "from");
	assert_int_equal(fs_copy(root, "none", root, "to", 0, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_release(&err);
	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(fs_copy(root, "fifo", root, "to2", 0, &err), -1);
	err_release(&err);
}

static void a_copy_follows_and_keeps_the_time_where_it_is_told_to(void **state)
{
	static const struct timespec then[] = { { .tv_sec = 1000 },
						{ .tv_sec = 2000, .tv_nsec = 12345 } };
	struct stat st;

	(void)state;
	assert_int_equal(fs_replace(root, "aged", 0640, "old", 3, 0, NULL), 0);
	assert_int_equal(utimensat(root, "aged", then, 0), 0);
	assert_int_equal(symlinkat("aged", root, "leads"), 0);
	assert_int_equal(fs_copy(root, "leads", root, "taken", FS_FOLLOW | FS_KEEP_TIME, NULL), 0);
	check_content("taken", "old");
	assert_int_equal(fstatat(root, "taken", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_mtim.tv_sec, then[1].tv_sec);
	assert_int_equal(st.st_mtim.tv_nsec, then[1].tv_nsec);
	assert_int_equal(fs_copy(root, "leads", root, "taken", FS_FOLLOW, NULL), 0);
	assert_int_equal(fstatat(root, "taken", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_not_equal(st.st_mtim.tv_sec, then[1].tv_sec);
}

static void trees_are_removed_without_following_links(void **state)
{
	char path[64] = "deep";
	int i, dir, next;

	(void)state;
	fs_mkdir_p(root, "gone/x/y", 0700, NULL);
	fs_replace(root, "keep", 0600, "k", 1, 0, NULL);
	fs_mkdir_p(root, "keepdir/sub", 0700, NULL);
	assert_int_equal(symlinkat("../keepdir", root, "gone/link"), 0);
	assert_int_equal(symlinkat("../keep", root, "gone/x/link"), 0);
	assert_int_equal(fchmodat(root, "gone/x", 0, 0), 0);
	/* deeper than any path may be long, and than there are file descriptors */
	fs_mkdir_p(root, path, 0700, NULL);
	dir = openat(root, path, O_RDONLY | O_DIRECTORY);
	for (i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(dir, "dddd", 0700), 0);
		next = openat(dir, "dddd", O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	close(dir);
	assert_int_equal(renameat(root, "deep", root, "gone/deep"), 0);
	for (i = 0; i < 2000; i++) {
		snprintf(path, sizeof path, "gone/f%d", i);
		fs_replace(root, path, 0600, "", 0, 0, NULL);
	}
	assert_int_equal(fs_remove_tree(root, "gone", NULL), 0);
	assert_int_equal(fs_remove_tree(root, "gone", NULL), 0);
	assert_int_equal(faccessat(root, "gone", F_OK, 0), -1);
	check_content("keep", "k");
	assert_int_equal(count_entries("keepdir"), 1);
	assert_int_equal(fs_remove_tree(root, "keep", NULL), 0);
}

static void names_are_listed_in_order(void **state)
{
	static const char *const files[] = { "n/b.json", "n/a.json",	   "n/.json", "n/json",
					     "n/c.txt",	 "n/.hidden.json", "n/B.json" };
	struct fs_names names = { 0 };

	(void)state;
	assert_int_equal(fs_list_names(root, "n", ".json", &names, NULL), 0);
	assert_int_equal(names.list.n, 0);
	assert_int_equal(fs_mkdir_p(root, "n", 0700, NULL), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_int_equal(fs_replace(root, files[i], 0600, "", 0, 0, NULL), 0);
	assert_int_equal(fs_list_names(root, "n", ".json", &names, NULL), 0);
	assert_int_equal(names.list.n, 3);
	assert_string_equal(names.list.v[0], "B.json");
	assert_string_equal(names.list.v[1], "a.json");
	assert_string_equal(names.list.v[2], "b.json");
	fs_names_release(&names);
}

static void a_text_is_handed_over_without_a_name(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct stat st;
	int fd = fs_open_text("a\0b", 3);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(fs_read_fd(fd, 10, &text, NULL), 0);
	assert_int_equal(text.len, 3);
	assert_memory_equal(text.buf, "a\0b", 3);
	strbuf_release(&text);
	close(fd);
}

static void a_text_comes_after_what_is_there(void **state)
{
	struct err err = ERR_INIT;
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "%s/output", root_path);
	assert_int_equal(fs_append_text(path, 0600, "a=1\n", 4, NULL), 0);
	assert_int_equal(fs_append_text(path, 0600, "b=2\n", 4, NULL), 0);
	check_content("output", "a=1\nb=2\n");
	snprintf(path, sizeof path, "%s/none/output", root_path);
	assert_int_equal(fs_append_text(path, 0600, "", 0, &err), -1);
	assert_non_null(strstr(err_msg(&err), "/none/output"));
	err_release(&err);
}

static void the_file_system_has_a_clock(void **state)
{
	int fd = openat(root, "clock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int64_t first = 0, second = 0;

	(void)state;
	assert_int_equal(fs_touch_clock(fd, &first, NULL), 0);
	usleep(30000);
	assert_int_equal(fs_touch_clock(fd, &second, NULL), 0);
	assert_true(second > first);
	close(fd);
}

/* Each directly after a look, a thousand of them. */
static void exact_times_show_each_change(void **state)
{
	struct file_id before, after;
	uint64_t dev = 0;
	int fd;

	(void)state;
	assert_false(fs_times_are_exact("/none/at/all", &dev));
	if (!fs_times_are_exact(root_path, &dev))
		skip();
	fd = openat(root, "exact", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fs_stat_fd(fd, &before, NULL), 0);
	assert_true(before.dev == dev);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(pwrite(fd, i % 2 ? "a" : "b", 1, 0), 1);
		assert_int_equal(fs_stat_fd(fd, &after, NULL), 0);
		assert_true(after.mtime_ns > before.mtime_ns);
		assert_true(after.ctime_ns > before.ctime_ns);
		before = after;
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_as_a_whole),
		cmocka_unit_test(an_aborted_file_leaves_nothing),
		cmocka_unit_test(what_is_absent_is_told_apart),
		cmocka_unit_test(many_stats_are_what_each_one_says),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(nothing_outside_is_opened),
		cmocka_unit_test(copies_keep_content_and_permissions),
		cmocka_unit_test(a_copy_follows_and_keeps_the_time_where_it_is_told_to),
		cmocka_unit_test(trees_are_removed_without_following_links),
		cmocka_unit_test(names_are_listed_in_order),
		cmocka_unit_test(a_text_is_handed_over_without_a_name),
		cmocka_unit_test(a_text_comes_after_what_is_there),
		cmocka_unit_test(the_file_system_has_a_clock),
		cmocka_unit_test(exact_times_show_each_change),
	};

	return cmocka_run_group_tests_name("sys/fs", tests, make_root, remove_root);
}
