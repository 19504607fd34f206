/*
 * Slots and jobserver tokens: the first slot in use is free, each further one needs a token, so that
 * all makes below us and our own steps never run more than -j jobs together. Within a turn a token goes
 * from what has ended to what is started; what is left is put back at its end.
 */
#include <poll.h>
#include <stdlib.h>

#include "engine_impl.h"

#define TOO_FEW_MS 20 /* between looks whether there are more tokens than were too few */

int tokens_init(struct engine *engine, struct err *err)
{
	const struct run_options *options = engine->options;
	struct err join_err = ERR_INIT;

	if (!options->jobs_given)
		engine->jobserver = jobserver_join(env_get(&engine->session->env, "MAKEFLAGS"),
						   &join_err);
	if (join_err.kind != ERR_NONE)
		emit_note(engine, NULL, "%s", err_msg(&join_err));
	err_release(&join_err);
	if (!engine->jobserver)
		engine->jobserver = jobserver_serve(options->jobs, JOBSERVER_PIPE, err);
	return engine->jobserver ? 0 : -1;
}

static void on_token(struct loop *loop, int fd, short revents UNUSED, void *data)
{
	struct engine *engine = data;

	loop_remove_fd(loop, fd);
	engine->waits_for_token = false;
}

static void on_look_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct engine *engine = data;

	engine->waits_for_token = false;
}

/* Where there are some, but too few, to be told of those would wake us at once and for nothing. */
static void wait_for_token(struct engine *engine, bool too_few)
{
	engine->waits_for_token = true;
	if (too_few)
		loop_start_timer(engine->loop, &engine->token_timer, TOO_FEW_MS, on_look_due,
				 engine);
	else
		loop_add_fd(engine->loop, jobserver_fd(engine->jobserver), POLLIN, on_token,
			    engine);
}

static void stop_waiting(struct engine *engine)
{
	if (!engine->waits_for_token)
		return;
	loop_stop_timer(engine->loop, &engine->token_timer);
	loop_remove_fd(engine->loop, jobserver_fd(engine->jobserver));
	engine->waits_for_token = false;
}

static void put_back(struct engine *engine, size_t keep)
{
	struct err err = ERR_INIT;

	while (engine->tokens.n > keep) {
		if (jobserver_release(engine->jobserver, vec_pop(&engine->tokens), &err) < 0)
			engine_fail(engine, &err);
	}
}

bool tokens_take(struct engine *engine, uint32_t slots)
{
	size_t had = engine->tokens.n, wanted = engine->slots_used + slots - 1;
	struct err err = ERR_INIT;

	while (engine->tokens.n < wanted) {
		char token;
		int rc = jobserver_try_acquire(engine->jobserver, &token, &err);

		if (rc < 0)
			engine_fail(engine, &err);
		/* Alone it may start with what there is: a step can ask for more than all there are. */
		if (rc == 0 && engine->slots_used == 0)
			break;
		if (rc <= 0) {
			bool too_few = engine->tokens.n > had;

			put_back(engine, had);
			wait_for_token(engine, too_few);
			return false;
		}
		vec_push(&engine->tokens, token);
	}
	engine->slots_used += slots;
	return true;
}

void tokens_give(struct engine *engine, uint32_t slots)
{
	engine->slots_used -= slots;
	stop_waiting(engine);
}

void tokens_settle(struct engine *engine)
{
	put_back(engine, engine->slots_used ? engine->slots_used - 1 : 0);
}

void tokens_release(struct engine *engine)
{
	if (engine->jobserver) {
		put_back(engine, 0);
		jobserver_free(engine->jobserver);
	}
	vec_release(&engine->tokens);
}
