/*
 * `notify`: the program itself, in a process of its own, which knows the user's channels.
 */
#include "base/jsonw.h"
#include "base/strbuf.h"
#include "command_impl.h"

int command_render_notify(const struct step *step, const struct expr_env *env, struct arena *arena,
			  struct command *command, struct err *err)
{
	const struct notify_action *notify = step->notify;
	const struct notifications *all = &step->unit->wf->notify;
	bool has_own = notify->n_channels > 0;
	const char **channels = has_own ? notify->channels : all->channels;
	size_t n = has_own ? notify->n_channels : all->n_channels;
	const char *message = command_render_text(&notify->message, env, arena, err);
	CLEANUP(strbuf_release)
	struct strbuf request = STRBUF_INIT;
	struct jsonw w = { .out = &request };

	command->action = "notify";
	if (!message)
		return err_wrap(err, "message");
	command->argv = ARENA_ARRAY(arena, const char *, n + 4);
	command->argv[command->argc++] = COMMAND_ITSELF;
	command->argv[command->argc++] = "__notify";
	command->argv[command->argc++] = "--";
	for (size_t i = 0; i < n; i++)
		command->argv[command->argc++] = channels[i];
	jsonw_object(&w);
	jsonw_kv_string(&w, "message", message);
	jsonw_object_end(&w);
	command->stdin_text = arena_strndup(arena, request.buf, request.len);
	return 0;
}
