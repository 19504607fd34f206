/*
 * git wf completion SHELL: the script that makes a shell complete `git wf`.
 */
#include <string.h>

#include "commands_impl.h"
#include "completion_impl.h"

static const struct {
	const char *shell;
	void (*write)(struct strbuf *out);
} shells[] = {
	{ "bash", completion_write_bash },
	{ "zsh", completion_write_zsh },
	{ "fish", completion_write_fish },
};

int cmd_completion(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 1, 1, err);
	const char *word = cli_word(cli, 0);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].shell, word))
			continue;
		shells[i].write(&cli->out);
		return EXIT_PASSED;
	}
	return err_set(err, ERR_USAGE, "no completion for '%s': there are bash, zsh and fish",
		       word);
}
