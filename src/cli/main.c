/*
 * git-wf: workflows of a repository, run as far as they are not up to date.
 *
 *	cli/       this folder: the words on the command line, and what is printed
 *	  main.c        from the first word to the exit status
 *	  command.c     the table of commands; cmd_NAME.c: one command each
 *	  option.c      reads options by their tables; usage.c: -h from the same
 *	  cli.c         one call of the program: answer, messages, exit status
 *	  target.c      a workflow and the part of it that is meant; target_params.c its parameters
 *	  settings.c    the layers of configuration
 *	  execute.c     plugs console, events and engine together for run and resume
 *	  events_sink.c every event as a line of JSON; debug_sink.c what is decided and why
 *	  preview.c     what would run, for plan, explain and resume
 *	  load.c        one workflow file, for commands that look at many
 *	  log.c, doctor.c   what those commands find out
 *	  trust_diff.c      what changed since it was trusted, as a diff
 *	  reports.c     the files of --report; isolate.c: the worktree of --isolate and --rev
 *	  asking.c      who can be asked in a run
 *	  rolling.c     what a rollback says; cleaning.c: what comes after it
 *	  hook_run.c, hook_order.c, hook_slots.c, hook_workflow.c, hook_skip.c, hook_trust.c, hook_tell.c
 *	                a hook, from git's call to the end
 *	  hooks_install.c, hooks_status.c   git wf hooks install, uninstall, import; status
 *	  plan_view.c, run_view.c, json_view.c   plans and runs as text and JSON
 *	  phrase.c      the table of phrases of git wf do; phrase_read.c, _words.c, _name.c read by it
 *	  completion_bash.c, _zsh.c, _fish.c     the scripts for the shells
 *	template/  workflow files to begin with, and what of a project is put into them
 *	trigger/   what git tells a hook, whom it concerns, the shims
 *	run/       session (what a command works with), facts, engine, preview, recover, noop, snap, rollback
 *	report/    console, summary
 *	step/      a step with all values in place
 *	store/     journal, cache, stat table, history, planfile, layout; FORMAT.md
 *	event/     what happens, as data; state (its fold); sched (what comes next); policy
 *	plan/      graph, expand, fingerprint, judge
 *	model/     document to workflow: schema, parse, check, expressions, shell text
 *	git/       which repository, which files, starting git
 *	ext/       the doors to libyaml, jansson, inih and xxHash
 *	sys/       files, locks, processes, the loop, clocks, terminal
 *	base/      strings, arenas, vectors, errors, diagnostics, JSON writing
 *
 * The figure and the rules are in src/README.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "manual_impl.h"
#include "unknown_impl.h"

/* A file that gets the number of a closed standard stream would be written to as if it were one. */
static int hold_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 0 ? O_RDWR : O_RDONLY) != fd)
			return -1;
	}
	return 0;
}

/* What may stand before the command: 0 with *argv at the command (or at the end), -1, or
 * CLI_ANSWERED. */
static int read_front(struct cli *cli, char ***argv, struct err *err)
{
	for (; **argv && ***argv == '-'; (*argv)++) {
		const char *word = **argv;

		if (!strcmp(word, "-h")) {
			usage_add_overview(cli_columns(), &cli->out);
			return CLI_ANSWERED;
		}
		if (!strcmp(word, "--help"))
			return manual_or_usage(cli, NULL);
		if (!strcmp(word, "--version")) {
			**argv = (char *)"version";
			return 0;
		}
		if (strcmp(word, "-C") != 0)
			return err_set(err, ERR_USAGE, "'%s': options come after the command",
				       word);
		if (!*++*argv)
			return err_set(err, ERR_USAGE, "'-C' needs a value: DIR");
		if (***argv && chdir(**argv) < 0)
			return err_errno(err, "cannot change to '%s'", **argv);
	}
	return 0;
}

static int run_command(struct cli *cli, char **argv, struct err *err)
{
	int rc = read_front(cli, &argv, err);

	if (rc != 0)
		return rc;
	if (!*argv) {
		usage_add_overview(cli_columns(), &cli->out);
		return EXIT_PASSED;
	}
	cli->command = command_find(*argv);
	if (!cli->command)
		return unknown_command(*argv, err);
	cli->argv = argv + 1;
	return cli->command->fn(cli, err);
}

/* Also the answer of a command that failed: what it found until then. */
static int finish(struct cli *cli, int status, struct err *err)
{
	struct err last = ERR_INIT;

	if (status == CLI_ANSWERED)
		status = EXIT_PASSED;
	if (status < 0) {
		status = (int)exit_of_err(err);
		if (err->kind != ERR_NONE)
			cli_warn("%s", err_msg(err));
	}
	if (cli_flush(cli, &last) < 0 ||
	    (close(STDOUT_FILENO) < 0 && errno != EBADF &&
	     err_errno(&last, "cannot write to standard output") < 0)) {
		cli_warn("%s", err_msg(&last));
		status = EXIT_FATAL;
	}
	err_release(&last);
	return status;
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	struct err err = ERR_INIT;
	int status;

	if (hold_standard_streams() < 0)
		return EXIT_FATAL;
	status = finish(&cli, run_command(&cli, argv + (argc > 0), &err), &err);
	err_release(&err);
	cli_release(&cli);
	return status;
}
