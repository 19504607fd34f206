/*
 * See asking_impl.h.
 */
#include "asking_impl.h"

#include <string.h>
#include <unistd.h>

#include "identity_impl.h"
#include "sys/tty.h"

static enum run_mode mode_of_word(const char *word)
{
	static const char *const words[] = {
		[MODE_AUTOPILOT] = "autopilot",
		[MODE_SUPERVISED] = "supervised",
		[MODE_HYBRID] = "hybrid",
	};

	for (size_t i = MODE_AUTOPILOT; word && i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (enum run_mode)i;
	return MODE_UNSET;
}

/* The command line, the user's settings, the workflow, the repository's settings. */
static enum run_mode choose_mode(const struct session *session,
				 const struct execute_options *options,
				 const struct ask_options *ask)
{
	if (options->mode)
		return mode_of_word(options->mode);
	if (options->is_interactive)
		return MODE_SUPERVISED;
	if (session->wf->mode && !ask->mode_is_users)
		return session->wf->mode;
	return mode_of_word(ask->mode_word);
}

static bool asks_ever(const struct session *session, enum run_mode mode)
{
	if (mode == MODE_SUPERVISED || mode == MODE_HYBRID)
		return true;
	for (size_t i = 0; i < session->wf->n_steps; i++)
		if (step_asks(&session->wf->steps[i]) ||
		    session->wf->steps[i].on_failure == ON_FAILURE_ESCALATE)
			return true;
	return false;
}

void asking_choose(struct cli *cli, struct session *session, const struct execute_options *options,
		   struct ask_options *ask)
{
	ask->mode = choose_mode(session, options, ask);
	ask->assume_yes = options->yes;
	if (!asks_ever(session, ask->mode))
		return;
	ask->who = identity_of_user(session, &session->arena);
	ask->in_fd = STDIN_FILENO;
	ask->out_fd = tty_is_terminal(STDERR_FILENO) ? STDERR_FILENO : STDOUT_FILENO;
	ask->has_terminal = tty_is_foreground(ask->in_fd) && tty_is_terminal(ask->out_fd);
	ask->use_color = tty_use_color(ask->out_fd, cli->color);
	ask->use_utf8 = tty_is_utf8();
}
