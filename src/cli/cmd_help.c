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
#include "unknown_impl.h"

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

int manual_or_usage(struct cli *cli, const char *word)
{
	const struct command *command = word ? command_find(word) : NULL;
	const char *page = manual_page(&cli->arena, word);

	if (manual_is_there(page))
		execlp("man", "man", page, (char *)NULL);
	if (command)
		usage_add_command(command, cli_columns(), &cli->out);
	else
		usage_add_overview(cli_columns(), &cli->out);
	return CLI_ANSWERED;
}

int cmd_help(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 1, err);
	const char *word = cli_word(cli, 0);

	if (rc != 0)
		return rc;
	if (word && !command_find(word) && !is_format(word))
		return unknown_command(word, err);
	return manual_or_usage(cli, word);
}
