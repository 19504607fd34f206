/*
 * git wf __notify: what the engine starts to have people told something. The message is a JSON object on
 * standard input, the channels are its words; without one all that the user has. What could not be told
 * is a line each, and then the exit status is 1.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands_impl.h"
#include "ext/json.h"
#include "run/delivering.h"
#include "settings_impl.h"
#include "sys/fs.h"
#include "target_impl.h"

#define MESSAGE_MAX ((size_t)1 << 20)

static int read_message(struct cli *cli, struct message *message, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const struct json *json;

	if (fs_read_fd(STDIN_FILENO, MESSAGE_MAX, &text, err) < 0)
		return -1;
	json = json_parse(&cli->arena, strbuf_str(&text), text.len, err);
	if (!json)
		return err_wrap(err, "the message");
	*message = (struct message){
		.title = json_get_string(json, "title", NULL),
		.text = json_get_string(json, "message", ""),
		.status = json_get_string(json, "status", NULL),
		.workflow = getenv("WF_WORKFLOW"),
		.run = getenv("WF_RUN_ID"),
		.step = getenv("WF_STEP"),
	};
	if (!message->title)
		message->title = message->workflow ? message->workflow : "git wf";
	return 0;
}

static int tell(struct cli *cli, struct session *session, const struct config *config,
		const char *const *channels, size_t n, const struct message *message)
{
	size_t n_failed = 0;

	for (size_t i = 0; i < n; i++) {
		struct err err CLEANUP(err_release) = ERR_INIT;

		if (delivering_send(session, config, channels[i], message, &err) == 0) {
			strbuf_addf(&cli->out, "told %s\n", channels[i]);
			continue;
		}
		strbuf_addf(&cli->out, "channel '%s' was not told: %s\n", channels[i],
			    err_msg(&err));
		n_failed++;
	}
	if (!n)
		strbuf_addstr(
			&cli->out,
			"nobody was told: your config.ini has no section [notify \"NAME\"]\n");
	return n_failed || !n ? EXIT_NOT_PASSED : EXIT_PASSED;
}

static int notify(struct cli *cli, struct session *session, const void *data UNUSED,
		  struct err *err)
{
	struct config config = { 0 };
	size_t n;
	const char *const *channels = cli_words(cli, 0, &n);
	struct message message;
	int rc = read_message(cli, &message, err);

	if (rc == 0)
		rc = settings_load(&config, session, err);
	if (rc == 0 && !n)
		channels = delivering_channels(session, &config, &n);
	if (rc == 0)
		rc = tell(cli, session, &config, channels, n, &message);
	config_release(&config);
	return rc;
}

int cmd_tell(struct cli *cli, struct err *err)
{
	return target_session(cli, NULL, 0, SIZE_MAX, notify, err);
}
