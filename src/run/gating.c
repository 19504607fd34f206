/*
 * The gates of a step that has to run: before it, and after each of its tries. One after the other;
 * those that look only are told at once, one with `run` has a process that is started and ended as
 * those of steps are. All of them are checked, also after one that failed: a person wants to know all
 * that is missing.
 *
 * Kinds may ask git, so nothing is checked in a callback of the loop: an execution whose gates are to go
 * on stands in engine->gating until the engine's next turn.
 */

#include "engine_impl.h"

#include "gate_impl.h"

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

static const char *label_of(struct execution *execution)
{
	const struct gating *gating = &execution->gating;

	return arena_printf(&execution->arena, "%s%zu", gating->is_after ? "ensures" : "requires",
			    gating->at + 1);
}

static void start_process(struct execution *execution, const struct gate *gate)
{
	struct gating *gating = &execution->gating;
	struct engine *engine = execution->engine;
	struct gate_finding finding;
	struct err err = ERR_INIT;

	if (emit_open_folder(engine) < 0 ||
	    side_start(execution, gate->run, label_of(execution), &err) == 0)
		return;
	gate_describe(engine->session, execution->node, gate, &engine->session->arena, &finding);
	finding.found = arena_strdup(&engine->session->arena, err_msg(&err));
	err_release(&err);
	take_finding(execution, gate, &finding);
	gating->at++;
	wait_for_turn(execution);
}

void gating_process_ended(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct gating *gating = &execution->gating;
	const struct gate *gate = &gates_of(execution)->v[gating->at];
	struct gate_finding finding;

	gate_describe(engine->session, execution->node, gate, &engine->session->arena, &finding);
	finding.holds = side_has_passed(execution);
	if (!finding.holds)
		finding.found = side_describe_end(execution);
	else
		finding.message = NULL;
	side_end(execution);
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
