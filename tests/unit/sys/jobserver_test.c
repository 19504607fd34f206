/*
 * The jobserver, also against the make of this machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/env.h"
#include "sys/fs.h"
#include "sys/jobserver.h"

static void check_counts(struct jobserver *server, struct jobserver *client)
{
	struct pollfd polled = { .fd = jobserver_fd(client), .events = POLLIN };
	char a, b, c;

	assert_int_equal(poll(&polled, 1, 0), 1);
	assert_int_equal(jobserver_try_acquire(server, &a, NULL), 1);
	assert_int_equal(jobserver_try_acquire(client, &b, NULL), 1);
	assert_int_equal(jobserver_try_acquire(server, &c, NULL), 0);
	assert_int_equal(jobserver_try_acquire(client, &c, NULL), 0);
	assert_int_equal(poll(&polled, 1, 0), 0);
	assert_int_equal(jobserver_release(client, b, NULL), 0);
	assert_int_equal(jobserver_try_acquire(server, &c, NULL), 1);
	assert_int_equal(jobserver_release(server, a, NULL), 0);
	assert_int_equal(jobserver_release(server, c, NULL), 0);
}

static void both_sides_share(void **state)
{
	enum jobserver_style styles[] = { JOBSERVER_PIPE, JOBSERVER_FIFO };
	struct jobserver *server, *client;
	struct strbuf flags = STRBUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		server = jobserver_serve(3, styles[i], NULL);
		assert_non_null(server);
		strbuf_clear(&flags);
		jobserver_makeflags(server, NULL, &flags);
		client = jobserver_join(strbuf_str(&flags), NULL);
		assert_non_null(client);
		assert_true(jobserver_is_server(server) && !jobserver_is_server(client));
		check_counts(server, client);
		jobserver_free(client);
		jobserver_free(server);
	}
	strbuf_release(&flags);
}

static void the_shared_pipe_stays_blocking(void **state)
{
	struct jobserver *server = jobserver_serve(2, JOBSERVER_PIPE, NULL);
	const struct spawn_fd *fds;

	(void)state;
	assert_int_equal(jobserver_extra_fds(server, &fds), 2);
	assert_int_equal(fcntl(fds[0].from, F_GETFL) & O_NONBLOCK, 0);
	assert_true(fcntl(fds[0].from, F_GETFD) & FD_CLOEXEC);
	jobserver_free(server);
}

static void lost_tokens_come_back(void **state)
{
	struct jobserver *server = jobserver_serve(5, JOBSERVER_PIPE, NULL);
	const struct spawn_fd *fds;
	char stolen[2], token;
	int i;

	(void)state;
	jobserver_extra_fds(server, &fds);
	assert_int_equal(read(fds[0].from, stolen, 2), 2);
	assert_int_equal(jobserver_try_acquire(server, &token, NULL), 1);
	assert_int_equal(jobserver_recover(server), 2);
	assert_int_equal(jobserver_recover(server), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(jobserver_try_acquire(server, &token, NULL), 1);
	assert_int_equal(jobserver_try_acquire(server, &token, NULL), 0);
	jobserver_free(server);
}

static void a_held_token_goes_back_at_the_end(void **state)
{
	struct jobserver *server = jobserver_serve(2, JOBSERVER_FIFO, NULL), *client;
	struct strbuf flags = STRBUF_INIT;
	char token;

	(void)state;
	jobserver_makeflags(server, "", &flags);
	client = jobserver_join(strbuf_str(&flags), NULL);
	assert_int_equal(jobserver_try_acquire(client, &token, NULL), 1);
	jobserver_free(client);
	assert_int_equal(jobserver_try_acquire(server, &token, NULL), 1);
	jobserver_free(server);
	strbuf_release(&flags);
}

static void offers_that_cannot_be_used_are_told_apart(void **state)
{
	static const char *const none[] = { NULL, "", "k", " -j4", "ks -- X=--jobserver-auth=3,4" };
	static const char *const bad[] = {
		" -j --jobserver-auth=-2,-2", "--jobserver-fds=990,991",
		"--jobserver-auth=0,99",      "--jobserver-auth=fifo:/no/such",
		"--jobserver-auth=x",	      "--jobserver-auth=fifo:/dev/null"
	};
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof none / sizeof *none; i++) {
		assert_null(jobserver_join(none[i], &err));
		assert_int_equal(err.kind, ERR_NONE);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_null(jobserver_join(bad[i], &err));
		assert_int_equal(err.kind, ERR_INVALID);
		err_release(&err);
	}
}

static void check_flags(struct jobserver *server, const char *existing, const char *before,
			const char *after)
{
	struct strbuf flags = STRBUF_INIT;

	jobserver_makeflags(server, existing, &flags);
	assert_int_equal(strncmp(flags.buf, before, strlen(before)), 0);
	assert_int_equal(strncmp(flags.buf + strlen(before), " -j4 --jobserver-", 17), 0);
	assert_true(flags.len >= strlen(after));
	assert_string_equal(flags.buf + flags.len - strlen(after), after);
	strbuf_release(&flags);
}

static void the_users_flags_stay(void **state)
{
	struct jobserver *server = jobserver_serve(4, JOBSERVER_PIPE, NULL);

	(void)state;
	check_flags(server, "ks", "ks", "");
	check_flags(server, "-j8 -k", "-k", "");
	check_flags(server, "-j 8 --jobs 3 --jobs=9 -k", "-k", "");
	check_flags(server, " -j2 --jobserver-auth=3,4 -- CC=gcc\\ -m32", "", " -- CC=gcc\\ -m32");
	jobserver_free(server);
}

/* Three jobs that each wait until all three run: they end only if make starts them side by side. */
static void make_runs_jobs_side_by_side(void **state)
{
	static const char makefile[] =
		"all: a b c\n"
		"a b c:\n"
		"\t@touch $@.on; i=0; while [ ! -e a.on ] || [ ! -e b.on ] || [ ! -e c.on ]; do "
		"\\\n"
		"\tsleep 0.02; i=$$((i+1)); [ $$i -lt 200 ] || exit 1; done\n";
	char dir_path[] = "/tmp/gwf-make-XXXXXX";
	const char *argv[] = { "make", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct jobserver *server = jobserver_serve(3, JOBSERVER_PIPE, NULL);
	struct strbuf flags = STRBUF_INIT, found = STRBUF_INIT;
	struct env env = { 0 };
	int status = -1;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir_path));
	env_set(&env, "PATH", "/usr/local/bin:/usr/bin:/bin");
	if (spawn_find_program("make", env_get(&env, "PATH"), NULL, &found) == 0) {
		jobserver_makeflags(server, NULL, &flags);
		env_set(&env, "MAKEFLAGS", strbuf_str(&flags));
		strbuf_clear(&found);
		strbuf_addf(&found, "%s/Makefile", dir_path);
		fs_replace(AT_FDCWD, found.buf, 0600, makefile, strlen(makefile), 0, NULL);
		request.argv = argv;
		request.envp = env_block(&env);
		request.dir = dir_path;
		request.stderr_fd = 2;
		request.n_extra_fds = jobserver_extra_fds(server, &request.extra_fds);
		assert_int_equal(spawn_start(&request, &pid, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(jobserver_recover(server), 0);
	}
	fs_remove_tree(AT_FDCWD, dir_path, NULL);
	jobserver_free(server);
	env_release(&env);
	strbuf_release(&flags);
	strbuf_release(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_share),
		cmocka_unit_test(the_shared_pipe_stays_blocking),
		cmocka_unit_test(lost_tokens_come_back),
		cmocka_unit_test(a_held_token_goes_back_at_the_end),
		cmocka_unit_test(offers_that_cannot_be_used_are_told_apart),
		cmocka_unit_test(the_users_flags_stay),
		cmocka_unit_test(make_runs_jobs_side_by_side),
	};

	return cmocka_run_group_tests_name("sys/jobserver", tests, NULL, NULL);
}
