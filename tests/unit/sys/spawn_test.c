/*
 * Starting real programs, and what is said when that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/fs.h"
#include "sys/spawn.h"

static char path_var[] = "PATH=/usr/bin:/bin", x_var[] = "X=1";
static char *const plain_env[] = { path_var, x_var, NULL };
static char dir_path[] = "/tmp/gwf-spawn-XXXXXX";
static int dir;

static int make_dir(void **state)
{
	int fd;

	(void)state;
	/* What the caller of the test left open is not ours to hand on. */
	for (fd = 3; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (!mkdtemp(dir_path))
		return -1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	close(dir);
	return fs_remove_tree(AT_FDCWD, dir_path, NULL);
}

/* Runs it to the end; its output goes to `out`. */
static int run(struct spawn_request *request, struct strbuf *out)
{
	struct err err = ERR_INIT;
	int fds[2], status;
	pid_t pid;

	strbuf_clear(out);
	assert_int_equal(spawn_pipe(fds, NULL), 0);
	request->stdout_fd = fds[1];
	if (!request->envp)
		request->envp = plain_env;
	if (spawn_start(request, &pid, &err) < 0)
		fail_msg("%s", err_msg(&err));
	close(fds[1]);
	assert_int_equal(fs_read_fd(fds[0], 1 << 20, out, NULL), 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void check_shell(const char *script, struct spawn_request *request, const char *expected)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct strbuf out = STRBUF_INIT;

	request->argv = argv;
	assert_int_equal(run(request, &out), 0);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_release(&out);
}

static void a_program_gets_what_was_asked(void **state)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;

	(void)state;
	request.dir = "/usr";
	check_shell("pwd; echo $X; cat; ls /proc/self/fd | tr '\\n' ' '", &request,
		    "/usr\n1\n0 1 2 3 ");
}

static void signals_are_back_to_normal(void **state)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	sigset_t all, old;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	check_shell("sed -n 's/^Sig\\(Blk\\|Ign\\):.*\\(.\\{7\\}\\)$/\\1 \\2/p' /proc/self/status",
		    &request, "Blk 0000000\nIgn 0000000\n");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

static void extra_fds_may_trade_places(void **state)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct spawn_fd extra[2];
	int a[2], b[2];

	(void)state;
	spawn_pipe(a, NULL);
	spawn_pipe(b, NULL);
	assert_int_equal(write(a[1], "A\n", 2), 2);
	assert_int_equal(write(b[1], "B\n", 2), 2);
	extra[0] = (struct spawn_fd){ a[0], 7 };
	extra[1] = (struct spawn_fd){ b[0], 8 };
	request.extra_fds = extra;
	request.n_extra_fds = 2;
	check_shell("read x <&7; read y <&8; echo $x$y", &request, "AB\n");
	assert_int_equal(write(a[1], "A\n", 2), 2);
	assert_int_equal(write(b[1], "B\n", 2), 2);
	/* the one's number is the other's target */
	assert_true(a[0] > 2 && b[0] > 2 && a[0] < 10 && b[0] < 10);
	extra[0] = (struct spawn_fd){ a[0], b[0] };
	extra[1] = (struct spawn_fd){ b[0], a[0] };
	{
		char script[64] = "read x <&_; read y <&_; echo $x$y";

		*strchr(script, '_') = (char)('0' + a[0]);
		*strchr(script, '_') = (char)('0' + b[0]);
		check_shell(script, &request, "BA\n");
	}
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}

static void a_group_of_its_own(void **state)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;

	(void)state;
	request.new_group = true;
	check_shell("test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = $$ && echo own", &request,
		    "own\n");
}

static void check_failure(const char *program, const char *cwd, int errnum, const char *message)
{
	const char *argv[] = { program, "x", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct err err = ERR_INIT;
	pid_t pid;

	request.argv = argv;
	request.envp = plain_env;
	request.dir = cwd;
	assert_int_equal(spawn_start(&request, &pid, &err), -1);
	assert_string_equal(err_msg(&err), message);
	assert_int_equal(err.errnum, errnum);
	err_release(&err);
}

static void failures_say_what_is_wrong(void **state)
{
	static const char script[] = "#!/no/such/sh -e\n", dos[] = "#!/bin/sh\r\necho\r\n";
	static const char binary[] = "\x01\x02\0\x03 no program";

	(void)state;
	fs_replace(dir, "script", 0755, script, strlen(script), 0, NULL);
	fs_replace(dir, "dos", 0755, dos, strlen(dos), 0, NULL);
	fs_replace(dir, "binary", 0755, binary, sizeof binary, 0, NULL);
	fs_replace(dir, "plain", 0644, script, strlen(script), 0, NULL);
	check_failure("no-such-program", NULL, ENOENT,
		      "program 'no-such-program' not found in PATH");
	check_failure("./none", dir_path, ENOENT, "program './none' not found");
	check_failure("true", "/no/such", ENOTDIR,
		      "cannot run in '/no/such': No such file or directory");
	check_failure("true", "/etc/passwd", ENOTDIR,
		      "cannot run in '/etc/passwd': it is no directory");
	check_failure("./script", dir_path, ENOEXEC,
		      "cannot run './script': its interpreter '/no/such/sh' not found");
	check_failure("./dos", dir_path, ENOEXEC,
		      "cannot run './dos': its first line ends with CR LF");
	check_failure("./binary", dir_path, ENOEXEC,
		      "cannot run './binary': it is no program for this machine");
	check_failure("./plain", dir_path, EACCES,
		      "cannot run './plain': no permission to execute it");
	check_failure("/tmp", NULL, EACCES, "cannot run '/tmp': it is a directory");
	check_failure("", NULL, 0, "no program to run");
}

static void a_script_without_an_interpreter_line_runs(void **state)
{
	const char *argv[] = { "./bare", "one two", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct strbuf out = STRBUF_INIT;

	(void)state;
	fs_replace(dir, "bare", 0755, "echo \"$1\"\n", 10, 0, NULL);
	request.argv = argv;
	request.dir = dir_path;
	assert_int_equal(run(&request, &out), 0);
	assert_string_equal(strbuf_str(&out), "one two\n");
	strbuf_release(&out);
}

static void programs_are_found_in_path(void **state)
{
	struct strbuf found = STRBUF_INIT;

	(void)state;
	fs_replace(dir, "mine", 0755, "echo\n", 5, 0, NULL);
	assert_int_equal(spawn_find_program("mine", "/none::/bin", dir_path, &found), 0);
	assert_string_equal(strbuf_str(&found), "./mine");
	assert_int_equal(spawn_find_program("sh", "/none:/bin", NULL, &found), 0);
	assert_string_equal(strbuf_str(&found), "/bin/sh");
	assert_int_equal(spawn_find_program("plain", dir_path, NULL, &found), 1);
	assert_int_equal(spawn_find_program("", "/bin", NULL, &found), 1);
	strbuf_release(&found);
}

static void put_tool(const char *name, const char *text)
{
	assert_int_equal(fs_replace(dir, name, 0755, text, strlen(text), 0, NULL), 0);
}

static void what_was_found_is_found_again(void **state)
{
	struct strbuf path = STRBUF_INIT, out = STRBUF_INIT;
	struct spawn_found found = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	const char *argv[] = { "tool", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	char *env[] = { NULL, NULL };

	(void)state;
	mkdirat(dir, "first", 0755);
	mkdirat(dir, "second", 0755);
	put_tool("second/tool", "#!/bin/sh\necho second\n");
	strbuf_addf(&path, "PATH=%s/first:%s/second", dir_path, dir_path);
	env[0] = path.buf;
	request.argv = argv;
	request.envp = env;
	request.found = &found;
	assert_int_equal(run(&request, &out), 0);
	put_tool("first/tool", "#!/bin/sh\necho first\n");
	assert_int_equal(run(&request, &out), 0);
	assert_string_equal(strbuf_str(&out), "second\n");
	spawn_found_forget(&found);
	assert_int_equal(run(&request, &out), 0);
	assert_string_equal(strbuf_str(&out), "first\n");
	/* What is not there any more was not found. */
	unlinkat(dir, "first/tool", 0);
	assert_int_equal(run(&request, &out), 0);
	assert_string_equal(strbuf_str(&out), "second\n");
	spawn_found_release(&found);
	strbuf_release(&path);
	strbuf_release(&out);
}

static void what_depends_on_the_directory_is_not_kept(void **state)
{
	static char relative[] = "PATH=/none:bin:/usr/bin:/bin",
		    empty[] = "PATH=", other[] = "PATH=/bin";
	struct spawn_found found = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	const char *argv[] = { "true", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;
	char *env[] = { relative, NULL };
	pid_t pid;

	(void)state;
	request.argv = argv;
	request.envp = env;
	request.found = &found;
	assert_int_equal(run(&request, &out), 0);
	assert_int_equal(found.file.len, 0);
	env[0] = other;
	assert_int_equal(run(&request, &out), 0);
	assert_string_equal(strbuf_str(&found.file), "/bin/true");
	/* Nor is it for another PATH or program. */
	env[0] = empty;
	assert_int_equal(spawn_start(&request, &pid, &err), -1);
	err_release(&err);
	env[0] = other;
	argv[0] = "false";
	assert_int_not_equal(run(&request, &out), 0);
	spawn_found_release(&found);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_gets_what_was_asked),
		cmocka_unit_test(signals_are_back_to_normal),
		cmocka_unit_test(extra_fds_may_trade_places),
		cmocka_unit_test(a_group_of_its_own),
		cmocka_unit_test(failures_say_what_is_wrong),
		cmocka_unit_test(a_script_without_an_interpreter_line_runs),
		cmocka_unit_test(programs_are_found_in_path),
		cmocka_unit_test(what_was_found_is_found_again),
		cmocka_unit_test(what_depends_on_the_directory_is_not_kept),
	};

	return cmocka_run_group_tests_name("sys/spawn", tests, make_dir, remove_dir);
}
