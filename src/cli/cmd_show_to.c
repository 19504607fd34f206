/*
 * git wf __open: what the engine starts for a step with `open`: "page URL", "file PATH" or "changed
 * GLOB…".
 */
#include <string.h>
#include <unistd.h>

#include "commands_impl.h"
#include "run/opening.h"
#include "settings_impl.h"
#include "sys/tty.h"
#include "target_impl.h"

static int show_files(struct cli *cli, struct session *session, const char *const *paths, size_t n,
		      bool has_terminal, struct err *err)
{
	struct config config = { 0 };
	int rc = settings_load(&config, session, err);

	if (rc == 0)
		rc = opening_files(session, &config, paths, n, has_terminal, &cli->out, err);
	config_release(&config);
	return rc;
}

static int show(struct cli *cli, struct session *session, const void *data UNUSED, struct err *err)
{
	bool has_terminal = tty_is_terminal(STDIN_FILENO) && tty_is_terminal(STDOUT_FILENO);
	const char *kind = cli_word(cli, 0);
	size_t n;
	const char *const *words = cli_words(cli, 1, &n);
	const char **paths;
	int rc;

	if (strcmp(kind, "page") == 0) {
		rc = opening_page(session, words[0], has_terminal, &cli->out, err);
	} else if (strcmp(kind, "file") == 0) {
		rc = show_files(cli, session, words, n, has_terminal, err);
	} else {
		rc = opening_changed(session, words, n, &paths, &n, err);
		if (rc == 0)
			rc = show_files(cli, session, paths, n, has_terminal, err);
	}
	return rc < 0 ? -1 : EXIT_PASSED;
}

int cmd_show_to(struct cli *cli, struct err *err)
{
	return target_session(cli, NULL, 2, SIZE_MAX, show, err);
}
