/*
 * A process beside the step's own: of a gate that is checked, of what mends a failure. It is started and
 * ended as those of steps are, where its step runs and with what that has in its environment, but its
 * log and files are its own; those of the step wait until it has ended.
 */
#include <sys/wait.h>

#include "engine_impl.h"

#include "scope_impl.h"

static void put_aside(struct execution *execution)
{
	execution->side.kept = (struct attempt_files){
		execution->log_name,	 execution->cookie,	   execution->output_path,
		execution->summary_path, execution->progress_path,
	};
}

static void take_back(struct execution *execution)
{
	const struct attempt_files *kept = &execution->side.kept;

	execution->log_name = kept->log_name;
	execution->cookie = kept->cookie;
	execution->output_path = kept->output_path;
	execution->summary_path = kept->summary_path;
	execution->progress_path = kept->progress_path;
	execution->side.command = NULL;
	execution->side.step = NULL;
}

struct side_place {
	const struct execution *execution;
	const struct step *step;
};

static const struct expr_env *enter_for(void *data, const struct step *where)
{
	const struct side_place *place = data;
	const struct node *node = place->execution->node;
	bool is_own = where == place->step;

	return scope_enter_around(place->execution->engine->session->scope,
				  is_own ? node->step : where, node);
}

static const struct command *render(struct execution *execution, const struct step *what,
				    struct step *step, struct err *err)
{
	const struct node *node = execution->node;
	struct session *session = execution->engine->session;
	struct command *command = ARENA_NEW(&execution->arena, struct command);
	struct side_place place = { execution, step };
	struct command_scope scope = { session->wf, &place, enter_for };

	*step = *what;
	step->unit = node->step->unit;
	step->parent = node->step->parent;
	if (node->step->env)
		step->env = node->step->env;
	if (node->step->dir.raw)
		step->dir = node->step->dir;
	if (command_render(&scope, step, &execution->arena, command, err) < 0)
		return NULL;
	return command;
}

int side_start(struct execution *execution, const struct step *what, const char *label,
	       struct err *err)
{
	struct step *step = ARENA_NEW(&execution->arena, struct step);
	const struct command *command;

	put_aside(execution);
	command = render(execution, what, step, err);
	execution->side.command = command;
	execution->side.step = step;
	execution->side.label = label;
	if (command && attempt_launch(execution, step->timeout_ms))
		return 0;
	if (command) {
		err_set(err, ERR_SYSTEM, "%s", err_msg(&execution->start_err));
		err_release(&execution->start_err);
	}
	take_back(execution);
	return -1;
}

bool side_is_at_work(const struct execution *execution)
{
	return execution->side.command != NULL;
}

void side_end(struct execution *execution)
{
	attempt_clear(execution);
	take_back(execution);
	execution->timed_out = false;
}

/* The end of what it wrote says more than its exit code. */
static const char *last_line(struct execution *execution)
{
	size_t len;
	const char *tail = capture_tail(&execution->out, &len);
	size_t end = len, from;

	while (end && (tail[end - 1] == '\n' || tail[end - 1] == '\r' || tail[end - 1] == ' '))
		end--;
	for (from = end; from && tail[from - 1] != '\n' && end - from < 200;)
		from--;
	return arena_strndup(&execution->engine->session->arena, tail + from, end - from);
}

bool side_has_passed(const struct execution *execution)
{
	return !execution->timed_out && !execution->was_cancelled && WIFEXITED(execution->status) &&
	       WEXITSTATUS(execution->status) == 0;
}

const char *side_describe_end(struct execution *execution)
{
	struct arena *arena = &execution->engine->session->arena;
	const char *line = last_line(execution);
	const char *how = execution->timed_out ? "timed out"
			  : WIFSIGNALED(execution->status)
				  ? arena_printf(arena, "killed by signal %d",
						 WTERMSIG(execution->status))
				  : arena_printf(arena, "exit %d", WEXITSTATUS(execution->status));

	return *line ? arena_printf(arena, "%s: %s", how, line) : how;
}
