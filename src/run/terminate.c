/*
 * Ending what an attempt started: its group, and what left the group.
 */
#include <signal.h>

#include "engine_impl.h"

static void on_kill_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	attempt_kill(data);
}

static void signal_all(struct execution *execution, int signo)
{
	if (!execution->pid)
		return;
	tree_signal_group(execution->pid, signo, NULL);
	tree_signal_list(&execution->escaped, signo);
}

/* What it started and is in no group of its: below it while it lives, then among our orphans. */
static void find_escaped(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const char *cookie;

	tree_list_release(&execution->escaped);
	if (!execution->is_reaped) {
		tree_find_below(execution->pid, &execution->escaped);
		return;
	}
	cookie = arena_join(&execution->arena, "WF_COOKIE=", execution->cookie, "");
	tree_find_escaped(loop_child_pids(engine->loop), loop_child_count(engine->loop), cookie,
			  &execution->escaped);
}

bool attempt_has_left_something(struct execution *execution)
{
	tree_drop_ended(&execution->escaped);
	return execution->escaped.processes.n > 0 ||
	       tree_signal_group(execution->pid, 0, NULL) == 0;
}

void attempt_terminate(struct execution *execution)
{
	struct engine *engine = execution->engine;
	uint64_t grace = engine->options->grace_ms ? engine->options->grace_ms : GRACE_MS;

	if (!execution->pid || loop_timer_is_running(&execution->kill))
		return;
	find_escaped(execution);
	signal_all(execution, SIGTERM);
	signal_all(execution, SIGCONT); /* a stopped process hears TERM only then */
	loop_start_timer(engine->loop, &execution->kill, grace, on_kill_due, execution);
}

void attempt_kill(struct execution *execution)
{
	if (!execution->pid)
		return;
	find_escaped(execution);
	signal_all(execution, SIGKILL);
}
