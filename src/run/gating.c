/*
 * The gates of a step that has to run: before it, and after each of its tries. One after the other;
 * those that look only are told at once, one with `run` has a process that is started and ended as
 * those of steps are. All of them are checked, also after one that failed: a person wants to know all
 * that is missing.
 *
 * Kinds may ask git, so nothing is checked in a callback of the loop: an execution whose gates are to go
 * on stands in engine->gating until the engine's next turn.
 */
#include <string.h>
#include <sys/wait.h>

#include "engine_impl.h"

#include "gate_impl.h"
#include "scope_impl.h"

static const struct gates *gates_of(const struct execution *execution)
{
	const struct step *step = execution->node->step;

	return execution->gating.is_after ? &step->ensures : &step->requires;
}

static void wait_for_turn(struct execution *execution)
{
	vec_push(&execution->engine->gating, execution);
}

void gating_begin(struct execution *execution, bool is_after)
{
	struct gating *gating = &execution->gating;

	gating->is_active = true;
	gating->is_after = is_after;
	gating->at = 0;
	gating->fault = NULL;
	gating->has_warned = false;
	wait_for_turn(execution);
}

/* ---- What was found ---- */

void gating_tell(struct engine *engine, const struct node *node, const struct gate *gate,
		 const struct gate_finding *finding)
{
	struct event event = event_of(engine, EV_GATE, node);

	event.gate = gate->name;
	event.status = finding->holds ? STEP_PASSED : STEP_FAILED;
	event.is_warning = gate_only_warns(gate, engine->options->gates);
	event.expected = finding->expected;
	event.found = finding->found;
	event.value = finding->value;
	event.text = finding->message;
	emit(engine, &event);
}

static void take_finding(struct execution *execution, const struct gate *gate,
			 const struct gate_finding *finding)
{
	struct engine *engine = execution->engine;
	struct gating *gating = &execution->gating;

	gating_tell(engine, execution->node, gate, finding);
	if (finding->holds)
		return;
	if (gate_only_warns(gate, engine->options->gates))
		gating->has_warned = true;
	else if (!gating->fault)
		gating->fault = gate_sentence(gate, finding, &engine->session->arena);
}

/* ---- One with a process ---- */

/* The step's own files wait until the gate's process has ended. */
static void put_aside(struct execution *execution)
{
	struct gating *gating = &execution->gating;

	gating->kept = (struct attempt_files){
		execution->log_name,	 execution->cookie,	   execution->output_path,
		execution->summary_path, execution->progress_path,
	};
}

static void take_back(struct execution *execution)
{
	const struct attempt_files *kept = &execution->gating.kept;

	execution->log_name = kept->log_name;
	execution->cookie = kept->cookie;
	execution->output_path = kept->output_path;
	execution->summary_path = kept->summary_path;
	execution->progress_path = kept->progress_path;
	execution->gating.command = NULL;
	execution->gating.run = NULL;
}

struct gate_place {
	const struct execution *execution;
	const struct step *run;
};

static const struct expr_env *enter_for(void *data, const struct step *where)
{
	const struct gate_place *place = data;
	const struct node *node = place->execution->node;
	bool is_own = where == place->run;

	return scope_enter(place->execution->engine->session->scope, is_own ? node->step : where,
			   is_own ? node->each : NULL, is_own ? node->n_each : 0, node);
}

/* It runs where its step runs, with what that has in its environment. */
static const struct command *render(struct execution *execution, const struct gate *gate,
				    struct step *run, struct err *err)
{
	const struct node *node = execution->node;
	struct session *session = execution->engine->session;
	struct command *command = ARENA_NEW(&execution->arena, struct command);
	struct gate_place place = { execution, run };
	struct command_scope scope = { session->wf, &place, enter_for };

	*run = *gate->run;
	run->unit = node->step->unit;
	run->parent = node->step->parent;
	if (node->step->env)
		run->env = node->step->env;
	if (node->step->dir.raw)
		run->dir = node->step->dir;
	if (command_render(&scope, run, &execution->arena, command, err) < 0)
		return NULL;
	return command;
}

static void start_process(struct execution *execution, const struct gate *gate)
{
	struct gating *gating = &execution->gating;
	struct engine *engine = execution->engine;
	struct step *run = ARENA_NEW(&execution->arena, struct step);
	const struct command *command;
	struct gate_finding finding;
	struct err err = ERR_INIT;

	if (emit_open_folder(engine) < 0)
		return;
	put_aside(execution);
	command = render(execution, gate, run, &err);
	gating->command = command;
	gating->run = run;
	if (command && attempt_launch(execution, run->timeout_ms))
		return;
	if (command) {
		err_set(&err, ERR_SYSTEM, "%s", err_msg(&execution->start_err));
		err_release(&execution->start_err);
	}
	take_back(execution);
	gate_describe(engine->session, execution->node, gate, &engine->session->arena, &finding);
	finding.found = arena_strdup(&engine->session->arena, err_msg(&err));
	err_release(&err);
	take_finding(execution, gate, &finding);
	gating->at++;
	wait_for_turn(execution);
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

static const char *how_it_ended(struct execution *execution)
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

bool gating_has_process(const struct execution *execution)
{
	return execution->gating.command != NULL;
}

void gating_process_ended(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct gating *gating = &execution->gating;
	const struct gate *gate = &gates_of(execution)->v[gating->at];
	struct gate_finding finding;

	gate_describe(engine->session, execution->node, gate, &engine->session->arena, &finding);
	finding.holds = !execution->timed_out && !execution->was_cancelled &&
			WIFEXITED(execution->status) && WEXITSTATUS(execution->status) == 0;
	if (!finding.holds)
		finding.found = how_it_ended(execution);
	else
		finding.message = NULL;
	attempt_clear(execution);
	take_back(execution);
	execution->timed_out = false;
	if (!execution->was_cancelled)
		take_finding(execution, gate, &finding);
	gating->at++;
	wait_for_turn(execution);
}

/* ---- One after the other ---- */

static bool is_cancelled(struct execution *execution)
{
	const struct engine *engine = execution->engine;

	if (engine->is_abandoned || groups_is_over_for(execution->engine, execution->node) ||
	    (engine->is_cancelled && !execution->node->is_finally))
		execution->was_cancelled = true;
	return execution->was_cancelled;
}

static void go_on(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct gating *gating = &execution->gating;
	const struct gates *gates = gates_of(execution);

	for (; gating->at < gates->n && !is_cancelled(execution); gating->at++) {
		const struct gate *gate = &gates->v[gating->at];
		struct gate_finding finding;

		if (gate_has_process(gate)) {
			start_process(execution, gate);
			return;
		}
		gate_look(engine->session, execution->node, gate, &engine->session->arena,
			  &finding);
		take_finding(execution, gate, &finding);
	}
	gating->is_active = false;
	if (gating->is_after)
		attempt_ensured(execution, gating->fault);
	else
		attempt_required(execution, gating->fault);
}

bool gating_turn(struct engine *engine)
{
	bool any = engine->gating.n > 0;

	while (engine->gating.n && !engine->is_fatal) {
		struct execution *execution = vec_pop(&engine->gating);

		go_on(execution);
	}
	return any;
}

const char *gating_look(struct engine *engine, const struct node *node)
{
	const struct gates *gates = &node->step->requires;
	const char *fault = NULL;

	for (size_t i = 0; i < gates->n; i++) {
		struct gate_finding finding;

		gate_look(engine->session, node, &gates->v[i], &engine->session->arena, &finding);
		gating_tell(engine, node, &gates->v[i], &finding);
		if (!finding.holds && !fault &&
		    !gate_only_warns(&gates->v[i], engine->options->gates))
			fault = gate_sentence(&gates->v[i], &finding, &engine->session->arena);
	}
	return fault;
}
