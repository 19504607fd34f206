/*
 * Output on its way: masks, also over the borders of reads; the tail; the log; ends in the middle of
 * callbacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/capture_impl.h"
#include "sys/fs.h"
#include "sys/spawn.h"

static const char *const two[] = { "secret-long", "sec" };
static const struct masks masks = { 2, two, 11 };

struct rig {
	struct loop *loop;
	struct capture_log log;
	struct capture capture;
	struct strbuf seen;
	char dir[32];
	int write_end;
	int n_ends;
};

static void on_data(void *owner, const char *data, size_t len)
{
	struct rig *rig = owner;

	strbuf_add(&rig->seen, data, len);
}

static void on_end(void *owner, struct capture *capture)
{
	struct rig *rig = owner;

	rig->n_ends++;
	/* As the engine does: nothing may touch it after this. */
	capture_release(capture);
	memset(capture, 0xa5, sizeof *capture);
}

static void rig_open(struct rig *rig, const struct masks *with, bool keeps_tail)
{
	struct err err = ERR_INIT;
	int fds[2];

	memset(rig, 0, sizeof *rig);
	strcpy(rig->dir, "/tmp/wf-capture.XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	rig->loop = loop_new(&err);
	assert_non_null(rig->loop);
	assert_int_equal(spawn_pipe(fds, &err), 0);
	rig->log = (struct capture_log){ .name = "x.log", .fd = -1 };
	rig->log.dirfd = open(rig->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rig->capture.log = &rig->log;
	rig->capture.masks = with;
	rig->capture.keeps_tail = keeps_tail;
	rig->capture.owner = rig;
	rig->capture.on_data = on_data;
	rig->capture.on_end = on_end;
	capture_start(&rig->capture, rig->loop, fds[0]);
	rig->write_end = fds[1];
}

static void rig_close(struct rig *rig)
{
	if (!rig->n_ends)
		capture_release(&rig->capture);
	capture_log_close(&rig->log);
	err_release(&rig->log.err);
	close(rig->log.dirfd);
	loop_free(rig->loop);
	strbuf_release(&rig->seen);
	fs_remove_tree(AT_FDCWD, rig->dir, NULL);
}

static void put(struct rig *rig, const char *text)
{
	struct err err = ERR_INIT;

	assert_int_equal(fs_write_all(rig->write_end, text, strlen(text), &err), 0);
	assert_int_equal(loop_run_once(rig->loop, 1000, &err), 0);
}

static void end(struct rig *rig)
{
	struct err err = ERR_INIT;

	close(rig->write_end);
	while (!rig->n_ends)
		assert_int_equal(loop_run_once(rig->loop, 1000, &err), 0);
}

static void test_mask_text(void **state)
{
	struct strbuf out = STRBUF_INIT;
	const char text[] = "a secret-long b sec c secret-lo";

	(void)state;
	assert_int_equal(capture_mask(&masks, text, strlen(text), false, &out), 9);
	assert_string_equal(strbuf_str(&out), "a *** b *** c ");
	strbuf_clear(&out);
	assert_int_equal(capture_mask(&masks, text, strlen(text), true, &out), 0);
	assert_string_equal(strbuf_str(&out), "a *** b *** c ***ret-lo");
	strbuf_release(&out);
}

static void test_mask_each_split(void **state)
{
	const char text[] = "x secret-long y sec-secret-longsecse z";

	(void)state;
	for (size_t cut = 1; cut < strlen(text); cut++) {
		struct rig rig;
		char *head = strndup(text, cut);

		rig_open(&rig, &masks, false);
		put(&rig, head);
		put(&rig, text + cut);
		end(&rig);
		assert_string_equal(strbuf_str(&rig.seen), "x *** y ***-******se z");
		rig_close(&rig);
		free(head);
	}
}

static void test_end_writes_what_was_held(void **state)
{
	struct strbuf log = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct rig rig;

	(void)state;
	rig_open(&rig, &masks, false);
	put(&rig, "almost a secret-lon");
	assert_string_equal(strbuf_str(&rig.seen), "almost a ");
	end(&rig);
	assert_string_equal(strbuf_str(&rig.seen), "almost a ***ret-lon");
	assert_int_equal(fs_read_file(rig.log.dirfd, "x.log", 100, &log, &err), 0);
	assert_string_equal(strbuf_str(&log), "almost a ***ret-lon");
	strbuf_release(&log);
	rig_close(&rig);
}

static void test_tail_is_bounded(void **state)
{
	char *block = malloc(CAPTURE_TAIL_MAX + 1);
	struct rig rig;
	size_t len;
	const char *tail;

	(void)state;
	memset(block, 'a', CAPTURE_TAIL_MAX);
	block[CAPTURE_TAIL_MAX] = '\0';
	rig_open(&rig, NULL, true);
	for (int i = 0; i < 8; i++) {
		put(&rig, block);
		capture_drain(&rig.capture);
		assert_true(rig.capture.tail.len <= 3 * CAPTURE_TAIL_MAX);
	}
	put(&rig, "the end");
	tail = capture_tail(&rig.capture, &len);
	assert_int_equal(len, CAPTURE_TAIL_MAX);
	assert_memory_equal(tail + len - 7, "the end", 7);
	end(&rig);
	rig_close(&rig);
	free(block);
}

static void test_nothing_makes_no_log(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, &masks, true);
	end(&rig);
	assert_int_equal(rig.n_ends, 1);
	assert_int_equal(rig.log.fd, -1);
	assert_int_equal(faccessat(rig.log.dirfd, "x.log", F_OK, 0), -1);
	rig_close(&rig);
}

static void test_log_that_cannot_be_made(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL, false);
	rig.log.name = "not/there.log";
	put(&rig, "one ");
	put(&rig, "two");
	assert_true(rig.log.is_broken);
	assert_non_null(strstr(err_msg(&rig.log.err), "not/there.log"));
	assert_string_equal(strbuf_str(&rig.seen),
			    "one two"); /* those who watch see it all the same */
	end(&rig);
	rig_close(&rig);
}

static void test_end_while_draining(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL, true);
	assert_int_equal(write(rig.write_end, "x", 1), 1);
	close(rig.write_end);
	capture_drain(&rig.capture); /* one byte, then it may or may not see the end */
	while (!rig.n_ends)
		assert_int_equal(loop_run_once(rig.loop, 1000, NULL), 0);
	assert_int_equal(rig.n_ends, 1);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask_text),
		cmocka_unit_test(test_mask_each_split),
		cmocka_unit_test(test_end_writes_what_was_held),
		cmocka_unit_test(test_tail_is_bounded),
		cmocka_unit_test(test_nothing_makes_no_log),
		cmocka_unit_test(test_log_that_cannot_be_made),
		cmocka_unit_test(test_end_while_draining),
	};

	return cmocka_run_group_tests_name("run/capture", tests, NULL, NULL);
}
