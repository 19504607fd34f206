/*
 * git wf help: the manual, or usage where there is no man(1).
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands_impl.h"
#include "manual_impl.h"
#include "sys/spawn.h"

/* git-wf-workflow(5), git-wf-dialect(5) */
static bool is_format(const char *word)
{
	return strcmp(word, "workflow") == 0 || strcmp(word, "dialect") == 0;
}

const char *manual_page(struct arena *arena, const char *word)
{
	const struct command *command = word ? command_find(word) : NULL;

	if (command && command->group != GROUP_HIDDEN)
		return arena_join(arena, "git-wf-", command->name, "");
	return word && is_format(word) ? arena_join(arena, "git-wf-", word, "") : "git-wf";
}

bool manual_is_there(const char *page)
{
	const char *const argv[] = { "man", "-w", page, NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int status = -1;
	pid_t pid;

	request.argv = argv;
	request.envp = environ;
	if (spawn_start(&request, &pid, NULL) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	return status == 0;
}

int manual_open(const char *page, struct err *err)
{
	if (!manual_is_there(page))
		return err_set(err, ERR_SYSTEM,
			       "man(1) finds no '%s'; 'git wf COMMAND -h' shows the options", page);
	execlp("man", "man", page, (char *)NULL);
	return err_errno(err, "cannot start 'man %s'", page);
}

int cmd_help(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 1, err);
	const char *word = cli_word(cli, 0);
	const struct command *command = word ? command_find(word) : NULL;

	if (rc != 0)
		return rc;
	if (word && !command && !is_format(word)) {
		const char *nearest = command_nearest(word);

		return err_set(err, ERR_USAGE,
			       nearest ? "no command '%s'; did you mean '%s'?"
				       : "no command '%s'%s",
			       word, nearest ? nearest : "");
	}
	manual_open(manual_page(&cli->arena, word), NULL);
	if (command)
		usage_add_command(command, cli_columns(), &cli->out);
	else
		usage_add_overview(cli_columns(), &cli->out);
	return EXIT_PASSED;
}
