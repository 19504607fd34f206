/*
 * See isolate_impl.h. The run is one of a process of its own, which gets the worktree by GIT_DIR and
 * GIT_WORK_TREE and writes down what happens where the user's runs are. What it is started with has the
 * worktree's lock: it is not taken away under it, should this process be killed.
 */
#include "isolate_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/timefmt.h"
#include "git/cmd.h"
#include "git/worktree.h"
#include "run/turn.h"
#include "sys/clock.h"
#include "sys/env.h"
#include "sys/fs.h"
#include "sys/loop.h"
#include "sys/self.h"
#include "sys/spawn.h"
#include "target_impl.h"

/* What the child is told by its environment. */
#define RUNS_DIR  "GIT_WF_RUNS_DIR"
#define AT_COMMIT "GIT_WF_AT_COMMIT"

#define LOCK_FD 9 /* in the child; make's jobserver is below */

struct isolation {
	struct cli *cli;
	const char *const *own; /* words instead of those of this command, or NULL */
	const char *word; /* as the child gets it: it stands where we do, but in another tree */
	const char *given;
	const char *commit;	/* --rev: the short name of the one that it is run on; else NULL */
	struct session session; /* the user's worktree */
	struct worktree tree;
	bool resumes;
	bool is_quiet; /* the child's output is kept for who wants it */
	int output_fd;
	int signal; /* the child, and so we, ended by it */
};

bool isolate_is_inside(void)
{
	return getenv(RUNS_DIR) != NULL;
}

const char *isolate_file(const char *path, struct arena *arena)
{
	const char *commit = getenv(AT_COMMIT), *slash, *dot;

	if (!commit || !isolate_is_inside())
		return path;
	slash = strrchr(path, '/');
	dot = strrchr(slash ? slash + 1 : path, '.');
	if (!dot || dot == path || dot[-1] == '/')
		return arena_printf(arena, "%s.%s", path, commit);
	return arena_printf(arena, "%.*s.%s%s", (int)(dot - path), path, commit, dot);
}

void isolate_enter(void)
{
	if (isolate_is_inside())
		fcntl(LOCK_FD, F_SETFD, FD_CLOEXEC);
}

/* ---- The child ---- */

/* The words of this command without those that brought us here; -C was followed already. */
static const char **child_words(const struct isolation *isolation)
{
	const char *const *argv = isolation->own ? isolation->own
						 : (const char *const *)isolation->cli->argv;
	const char *given = isolation->given;
	const char **words;
	size_t n = 0, all = 0;

	while (argv[all])
		all++;
	words = ARENA_ARRAY(&isolation->cli->arena, const char *, all + 4);
	words[n++] = "git-wf";
	words[n++] = isolation->resumes ? "resume" : "run";
	if (isolation->is_quiet)
		words[n++] = "-q";
	for (size_t i = 0; i < all; i++) {
		if (strcmp(argv[i], "--isolate") == 0 || strncmp(argv[i], "--rev=", 6) == 0)
			continue;
		if (strcmp(argv[i], "--rev") == 0 || strcmp(argv[i], "-C") == 0) {
			i++;
			continue;
		}
		if (strncmp(argv[i], "-C", 2) == 0)
			continue;
		words[n++] = given && strcmp(argv[i], given) == 0 ? isolation->word : argv[i];
	}
	return words;
}

static int start(struct isolation *isolation, pid_t *pid, struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	const struct spawn_fd lock = { isolation->tree.lock.fd, LOCK_FD };
	const char **words = child_words(isolation);
	struct env env = { 0 };
	int rc;

	words[0] = self_path(&isolation->cli->arena, err);
	if (!words[0])
		return -1;
	/* env_init() would take GIT_WF_* away, which are the settings of this run. */
	for (char **variable = environ; *variable; variable++)
		vec_push(&env.vars, *variable);
	env_set(&env, "GIT_DIR", isolation->tree.repo.git_dir);
	env_set(&env, "GIT_WORK_TREE", isolation->tree.repo.root);
	env_unset(&env, "GIT_INDEX_FILE");
	env_set(&env, RUNS_DIR, isolation->session.layout.runs_dir);
	if (isolation->commit)
		env_set(&env, AT_COMMIT, isolation->commit);
	request.argv = words;
	request.envp = env_block(&env);
	request.stdin_fd = isolation->is_quiet ? -1 : STDIN_FILENO;
	request.stdout_fd = isolation->is_quiet ? isolation->output_fd : STDOUT_FILENO;
	request.stderr_fd = isolation->is_quiet ? isolation->output_fd : STDERR_FILENO;
	request.extra_fds = &lock;
	request.n_extra_fds = 1;
	rc = spawn_start(&request, pid, err);
	env_release(&env);
	return rc;
}

/* Its end. The terminal's signals reach it too; those that somebody sent to us are handed on. */
static int wait_for_child(struct isolation *isolation, pid_t pid, const sigset_t *signals,
			  int *exit_code, struct err *err)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		siginfo_t info;
		int signo = sigwaitinfo(signals, &info);

		if (signo > 0 && signo != SIGCHLD && info.si_code <= 0)
			kill(pid, signo);
	}
	if (ended < 0)
		return err_errno(err, "cannot wait for the run");
	isolation->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FATAL;
	return 0;
}

static int run_child(struct isolation *isolation, const sigset_t *signals, int *exit_code,
		     struct err *err)
{
	pid_t pid;

	if (cli_flush(isolation->cli, err) < 0 || start(isolation, &pid, err) < 0)
		return -1;
	return wait_for_child(isolation, pid, signals, exit_code, err);
}

/* ---- Commits, one after the other ---- */

static int list_commits(struct isolation *isolation, const char *revs, struct strbuf *out,
			struct err *err)
{
	bool is_range = strstr(revs, "..") != NULL;
	const char *const range[] = {
		"rev-list", "--reverse", "--end-of-options", revs, "--", NULL
	};
	const char *const one[] = { "rev-list", "--no-walk", "--end-of-options", revs, "--", NULL };
	struct git_cmd cmd = { .repo = &isolation->session.repo, .args = is_range ? range : one };

	if (git_run(&cmd, out, NULL, err) < 0)
		return err_wrap(err, "--rev %s", revs);
	if (!out->len)
		return err_set(err, ERR_USAGE, "'--rev %s' names no commit", revs);
	return 0;
}

static const char *subject_of(struct isolation *isolation, const char *commit)
{
	const char *const args[] = { "log",  "-1", "--no-show-signature", "--format=%h %s",
				     commit, NULL };
	const struct git_cmd cmd = { .repo = &isolation->session.repo, .args = args };
	const char *line;

	return git_run_line(&cmd, &isolation->cli->arena, &line, NULL) == 0 ? line : commit;
}

/* "passed  1a2b3c4 subject  0.4s"; what a run wrote that did not pass comes after it. */
static int tell_commit(struct isolation *isolation, const char *subject, int exit_code,
		       uint64_t duration_ms, struct err *err)
{
	struct strbuf *out = &isolation->cli->out;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (exit_code != EXIT_PASSED || !isolation->cli->common.quiet) {
		strbuf_addf(out, "%s  %s  ", exit_code == EXIT_PASSED ? "passed" : "failed",
			    subject);
		duration_format(out, duration_ms);
		strbuf_addch(out, '\n');
	}
	if (exit_code != EXIT_PASSED) {
		if (lseek(isolation->output_fd, 0, SEEK_SET) < 0 ||
		    fs_read_fd(isolation->output_fd, 1u << 20, &text, err) < 0)
			return err_wrap(err, "cannot read what the run wrote");
		strbuf_add(out, strbuf_str(&text), text.len);
	}
	return cli_flush(isolation->cli, err);
}

static int run_commit(struct isolation *isolation, const char *commit, const sigset_t *signals,
		      bool *has_failed, struct err *err)
{
	uint64_t began_ns = clock_monotonic_ns();
	const char *subject = subject_of(isolation, commit);
	int exit_code;

	isolation->commit = arena_strndup(&isolation->cli->arena, subject, strcspn(subject, " "));
	if (worktree_move(&isolation->tree, commit, err) < 0)
		return -1;
	if (ftruncate(isolation->output_fd, 0) < 0 || lseek(isolation->output_fd, 0, SEEK_SET) < 0)
		return err_errno(err, "cannot empty a temporary file");
	if (run_child(isolation, signals, &exit_code, err) < 0)
		return -1;
	*has_failed |= exit_code != EXIT_PASSED;
	return tell_commit(isolation, subject, exit_code,
			   (clock_monotonic_ns() - began_ns) / 1000000, err);
}

static int run_commits(struct isolation *isolation, const char *commits, const sigset_t *signals,
		       struct err *err)
{
	FILE *output = tmpfile();
	bool has_failed = false;
	int rc = output ? 0 : err_errno(err, "cannot make a temporary file");

	isolation->is_quiet = true;
	isolation->output_fd = output ? fileno(output) : -1;
	for (const char *at = commits; rc == 0 && *at && !isolation->signal;) {
		size_t len = strcspn(at, "\n");

		rc = run_commit(isolation, arena_strndup(&isolation->cli->arena, at, len), signals,
				&has_failed, err);
		at += len + (at[len] == '\n');
	}
	if (output)
		fclose(output);
	return rc < 0 ? -1 : has_failed ? EXIT_NOT_PASSED : EXIT_PASSED;
}

/* ---- The whole ---- */

static int run_here(struct isolation *isolation, const sigset_t *signals, struct err *err)
{
	int exit_code;

	if (worktree_take_current(&isolation->tree, &isolation->session.repo,
				  &isolation->cli->arena, err) < 0 ||
	    run_child(isolation, signals, &exit_code, err) < 0)
		return -1;
	return exit_code;
}

static int run_in_tree(struct isolation *isolation, const char *revs, const sigset_t *signals,
		       struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf commits = STRBUF_INIT;
	struct session *session = &isolation->session;
	const char *first = "HEAD", *head, *branch;
	int rc;

	if (!session->repo.root)
		return err_set(err, ERR_SYSTEM,
			       "a bare repository has no files to run workflows on");
	if (repo_head(&session->repo, &isolation->cli->arena, &head, &branch, err) < 0 ||
	    worktree_remove_left(session->repo.common_dir, turn_end_left, err) < 0)
		return -1;
	if (!*head)
		return err_set(err, ERR_USAGE, "there is no commit yet for a worktree to stand at");
	if (revs && list_commits(isolation, revs, &commits, err) < 0)
		return -1;
	if (revs)
		first = arena_strndup(&isolation->cli->arena, strbuf_str(&commits),
				      strcspn(strbuf_str(&commits), "\n"));
	if (worktree_add(&isolation->tree, &session->repo, first, &isolation->cli->arena, err) < 0)
		return -1;
	rc = revs ? run_commits(isolation, strbuf_str(&commits), signals, err)
		  : run_here(isolation, signals, err);
	turn_end_left(isolation->tree.repo.git_dir); /* should the run have been killed */
	if (worktree_remove(&isolation->tree, rc < 0 ? NULL : err) < 0 && rc >= 0)
		return err_wrap(err, "cannot remove the worktree of the run");
	return rc;
}

/* A path is given from where the caller stands, which is a place of the other tree now. */
static const char *word_from_top(const struct isolation *isolation, const char *word)
{
	const char *prefix = isolation->session.repo.prefix;
	bool is_path = strchr(word, '/') || strchr(word, '.');

	return is_path && *word != '/' && *prefix
		       ? arena_join(&isolation->cli->arena, prefix, "/", word)
		       : word;
}

static int isolate(struct isolation *isolation, const char *revs, struct err *err)
{
	sigset_t signals, before;
	int rc = target_open(&isolation->session, err);

	/* Until the worktree is gone we are to stay. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	if (rc == 0) {
		if (isolation->given)
			isolation->word = word_from_top(isolation, isolation->given);
		rc = run_in_tree(isolation, revs, &signals, err);
	}
	session_close(&isolation->session);
	if (isolation->signal)
		loop_die_of_signal(isolation->signal);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int isolate_run(struct cli *cli, const char *word, const char *revs, struct err *err)
{
	struct isolation isolation = {
		.cli = cli, .given = word, .output_fd = -1, .tree = { .lock = LOCK_NOT_HELD }
	};

	return isolate(&isolation, revs, err);
}

int isolate_resume(struct cli *cli, const char *run, struct err *err)
{
	const char *const own[] = { run, NULL };
	struct isolation isolation = { .cli = cli,
				       .own = run ? own : NULL,
				       .resumes = true,
				       .output_fd = -1,
				       .tree = { .lock = LOCK_NOT_HELD } };

	return isolate(&isolation, NULL, err);
}

bool isolate_was(const struct run_origin *origin)
{
	for (size_t i = 0; i < origin->n_words; i++)
		if (strcmp(origin->words[i], "--isolate") == 0)
			return true;
	return false;
}
