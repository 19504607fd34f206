/*
 * See run/turn.h.
 */
#include "run/turn.h"

#include <string.h>

#include "turn_impl.h"

#include "store/inbox.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define LOOK_EACH_MS 50

bool turn_may_wait(const struct session *session)
{
	return session->wf->concurrency.wait || session->wf->concurrency.cancel_in_progress;
}

/* The path of a lock that is held, or NULL. */
static const char *find_busy(struct session *session, struct err *err)
{
	const char *paths[] = { turn_path(session), turn_group_path(session) };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (paths[i] && lock_probe(AT_FDCWD, paths[i], err) > 0)
			return paths[i];
	}
	return NULL;
}

static int ask_to_end(struct session *session, const char *run, struct err *err)
{
	const struct inbox_word word = { .verb = "cancel",
					 .by = "a newer run of its workflow or group" };
	const char *path;

	return inbox_put(layout_run_dir(&session->layout, &session->arena, run), &word,
			 clock_realtime_ms(), &session->arena, &path, err);
}

int turn_wait(struct session *session, turn_tell_fn *tell, void *data, struct err *err)
{
	const char *told = NULL, *busy, *group = session->group;
	bool waited = false;
	struct err probe_err = ERR_INIT;

	while ((busy = find_busy(session, &probe_err))) {
		const char *holder = turn_holder(session, busy);

		waited = true;
		if (holder && (!told || strcmp(told, holder) != 0)) {
			told = holder;
			tell(data, holder, strcmp(busy, turn_path(session)) ? group : NULL);
			if (session->wf->concurrency.cancel_in_progress &&
			    ask_to_end(session, holder, err) < 0)
				return -1;
		}
		clock_sleep_ms(LOOK_EACH_MS);
	}
	err_release(&probe_err); /* what cannot be looked at is no reason to wait */
	return waited;
}
