/*
 * Whether a hook may start what the tree says: asked each time, as nobody typed anything.
 */
#include <stdlib.h>

#include "hook_run_impl.h"
#include "settings_impl.h"
#include "store/trust.h"
#include "sys/clock.h"
#include "trust_diff_impl.h"

static int read_mode(struct session *session, bool is_from_outside, enum trust_mode *mode,
		     struct err *err)
{
	struct config config = { 0 };
	int rc = settings_load(&config, session, err);

	if (rc == 0)
		*mode = is_from_outside ? TRUST_PIN
					: trust_mode_of(TRUST_HOOKS, config_string(&config, "trust",
										   "", "hooks"));
	config_release(&config);
	return rc;
}

static int refuse(struct cli *cli, struct session *session, const struct trust_answer *answer,
		  struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	trust_describe(answer, TRUST_HOOKS, &text);
	strbuf_addstr(&text, "; nothing was started. ");
	trust_remedy(answer, TRUST_HOOKS, &text);
	cli_warn("%s", strbuf_str(&text));
	if (answer->state == TRUST_CHANGED && trust_diff_text(cli, session, answer, err) < 0)
		return -1;
	return 0;
}

/* It is told once: what was told is what is trusted from then on. */
static void follow(struct cli *cli, struct session *session, const char *dir,
		   const struct trust_answer *answer, const struct trust_files *files, int root_fd)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;

	trust_describe(answer, TRUST_HOOKS, &text);
	cli_say(cli, "%s", strbuf_str(&text));
	if (trust_grant(dir, &session->layout, TRUST_HOOKS, files, clock_realtime_ms(), &err) < 0)
		cli_warn("%s", err_msg(&err));
	else
		hooks_add_missing(cli, session, root_fd);
	err_release(&err);
}

static int ask(struct cli *cli, struct session *session, const char *dir,
	       const struct trust_files *files, int root_fd, bool is_from_outside, struct err *err)
{
	CLEANUP(trust_answer_release)
	struct trust_answer answer = { 0 };
	enum trust_mode mode = TRUST_FOLLOW;

	if (trust_look(dir, &session->layout, TRUST_HOOKS, files, &cli->arena, &answer, err) < 0)
		return -1;
	if (answer.state != TRUST_SAME && read_mode(session, is_from_outside, &mode, err) < 0)
		return -1;
	switch (trust_judge(&answer, mode, trust_is_forced(getenv("GIT_WF_TRUST")))) {
	case TRUST_GO: return 1;
	case TRUST_GO_CHANGED: follow(cli, session, dir, &answer, files, root_fd); return 1;
	case TRUST_REFUSE: break;
	}
	return refuse(cli, session, &answer, err);
}

int hook_trust_ask(struct cli *cli, struct session *session, int root_fd, bool is_from_outside,
		   struct err *err)
{
	CLEANUP(trust_files_release)
	struct trust_files files = { 0 };
	const char *dir = trust_dir(&cli->arena);

	if (!dir)
		return err_set(
			err, ERR_SYSTEM,
			"neither XDG_STATE_HOME nor HOME is set: there is no place for trust");
	if (trust_gather(root_fd, &cli->arena, &files, err) < 0)
		return -1;
	return ask(cli, session, dir, &files, root_fd, is_from_outside, err);
}
