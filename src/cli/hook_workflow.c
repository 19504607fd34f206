/*
 * One workflow of a hook: where it runs, how it ends, what it fixed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "hook_call_impl.h"
#include "report/summary.h"
#include "run/noop.h"
#include "run/trigger.h"
#include "settings_impl.h"
#include "store/history.h"
#include "sys/clock.h"

#define RUN_ISOLATED (-4) /* once more, not in place */

static void describe(struct hook_call *call, const struct hook_target *target,
		     const struct hook_workflow *workflow, struct trigger *trigger)
{
	*trigger = (struct trigger){
		.hook = call->request->kind,
		.event = hook_event_value(&call->event, workflow->tested, workflow->files,
					  workflow->n_files, &call->cli->arena),
		.files = workflow->files,
		.n_files = workflow->n_files,
		.changed = target->changed,
		.n_changed = target->n_changed,
		.range = target->range,
		.message_file = call->event.message_file,
	};
	trigger->identity = trigger_identify(trigger);
}

static struct digest key_of(struct hook_call *call, const struct session *session,
			    const struct hook_workflow *workflow, const struct trigger *trigger)
{
	struct arena *arena = &call->cli->arena;
	const char *words[] = { "hook", NULL, NULL, settings_identity(session, arena) };
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(&trigger->identity, hex);
	words[1] = hex;
	words[2] = getenv("WF_SKIP");
	words[2] = words[2] ? words[2] : "";
	return noop_key(session, workflow->path, words, ARRAY_SIZE(words));
}

/* A session with the workflow loaded, in this copy of the files. */
static int load(struct hook_call *call, struct session *session, const struct repo *repo,
		const struct hook_workflow *workflow, const struct trigger *trigger,
		struct err *err)
{
	int rc = session_open_in(session, repo, &call->session.repo, call->session.layout.runs_dir,
				 err);

	session->settings = call->session.settings;
	session->repo.prefix = ""; /* a path of the tree, wherever the caller stands */
	if (rc == 0)
		rc = session_load(session, workflow->path, err);
	if (target_show_diags(call->cli, session) < 0 || rc < 0)
		return -1;
	session_set_trigger(session, trigger);
	env_set(&session->env, "WF_IN_HOOK", call->nesting);
	return 0;
}

static int run_whole(struct hook_call *call, struct session *session, const struct digest *key,
		     struct err *err)
{
	const struct hook_request *request = call->request;
	struct selection selection = { 0 };
	struct run_options run = { 0 };
	int rc;

	if (target_require_params(session, false, err) < 0 ||
	    session_finish_params(session, err) < 0)
		return -1;
	rc = session_plan(session, &selection, err);
	if (target_show_diags(call->cli, session) < 0 || rc < 0 ||
	    target_run_options(session, &request->target, &run, err) < 0)
		return -1;
	hook_skip_steps(call, session, &run);
	run.ask.by_hand = arena_printf(&session->arena, "git wf hooks run %s",
				       hook_name(request->kind));
	if (!request->target.no_cache && !request->target.force.list.n)
		run.noop_key = key;
	return execute_run(call->cli, session, &request->execute, &run, err);
}

static void answer_nothing_to_do(struct hook_call *call, const struct session *session,
				 const struct hook_workflow *workflow,
				 const struct planfile_summary *summary, int64_t started_ms)
{
	struct history_entry entry = {
		.workflow = workflow->id,
		.status = RUN_PASSED,
		.started_ms = started_ms,
		.duration_ms = (uint64_t)(clock_realtime_ms() - started_ms),
		.n_steps = summary->n_steps,
		.n_cached = summary->n_cached,
		.n_skipped = summary->n_skipped,
		.saved_ms = summary->saved_ms,
	};
	struct err err = ERR_INIT;

	if (history_append(session->layout.runs_dir, &entry, &err) < 0)
		cli_warn("%s", err_msg(&err));
	err_release(&err);
	if (!call->cli->common.quiet)
		summary_nothing_to_do(&call->cli->out, workflow->id, summary->n_cached,
				      summary->n_skipped);
}

/* Of a loaded session: the exit status, -1, or EXECUTE_AGAIN. */
static int run_loaded(struct hook_call *call, struct session *session,
		      const struct hook_workflow *workflow, const struct trigger *trigger,
		      struct err *err)
{
	int64_t started_ms = clock_realtime_ms();
	struct digest key = key_of(call, session, workflow, trigger);
	struct planfile_summary summary;

	if (call->request->target.no_cache || call->request->target.force.list.n ||
	    call->request->execute.events || !noop_holds(session, &key, &summary))
		return run_whole(call, session, &key, err);
	answer_nothing_to_do(call, session, workflow, &summary, started_ms);
	return EXIT_PASSED;
}

static int run_in_worktree(struct hook_stand *stand, const struct hook_workflow *workflow,
			   const struct trigger *trigger, struct err *err)
{
	struct session session;
	int rc = load(stand->call, &session, stand->defined, workflow, trigger, err);

	if (rc == 0)
		rc = run_loaded(stand->call, &session, workflow, trigger, err);
	session_close(&session);
	return rc;
}

/* In a place of its own, and what it fixed there. `loaded`: from the definition. */
static int run_staged(struct hook_stand *stand, const struct hook_workflow *workflow,
		      const struct trigger *trigger, struct session *loaded, bool isolated,
		      struct err *err)
{
	struct hook_call *call = stand->call;
	struct staging_changes changes;
	struct session session, *ran = loaded;
	enum staging_end end;
	struct staged staged;
	int rc;

	if (staging_enter(stand->staging, loaded, &workflow->trigger, trigger, isolated, &staged,
			  err) < 0)
		return -1;
	if (call->cli->common.verbose && staged.why)
		cli_say(call->cli, "'%s' runs on a copy of the files: %s", workflow->id,
			staged.why);
	rc = 0;
	if (strcmp(staged.repo->root, loaded->repo.root) != 0) {
		ran = &session;
		rc = load(call, ran, staged.repo, workflow, trigger, err);
	}
	if (rc == 0)
		rc = run_loaded(call, ran, workflow, trigger, err);
	if (staging_leave(stand->staging, rc < 0 ? NULL : ran, &end, &changes,
			  rc < 0 ? NULL : err) < 0)
		rc = -1;
	else
		hook_tell_changes(call, workflow, end, &changes);
	if (ran == &session)
		session_close(&session);
	if (rc >= 0 && end == STAGING_DISTURBED) {
		cli_say(call->cli, "'%s' was edited meanwhile: once more, on a copy of the files",
			changes.disturbed);
		return RUN_ISOLATED;
	}
	return rc == EXIT_PASSED && end == STAGING_REFUSED ? EXIT_NOT_PASSED : rc;
}

static int run_in_place(struct hook_stand *stand, const struct hook_workflow *workflow,
			const struct trigger *trigger, bool isolated, struct err *err)
{
	struct session loaded;
	int rc = load(stand->call, &loaded, stand->defined, workflow, trigger, err);

	if (rc == 0)
		rc = run_staged(stand, workflow, trigger, &loaded, isolated, err);
	session_close(&loaded);
	return rc;
}

/* The exit status of its run, or -1. */
static int run_workflow(struct hook_stand *stand, const struct hook_workflow *workflow,
			struct err *err)
{
	struct trigger trigger;
	bool isolated = false;
	int rc;

	describe(stand->call, stand->target, workflow, &trigger);
	do {
		rc = stand->staging ? run_in_place(stand, workflow, &trigger, isolated, err)
				    : run_in_worktree(stand, workflow, &trigger, err);
		isolated |= rc == RUN_ISOLATED;
	} while (rc == EXECUTE_AGAIN || rc == RUN_ISOLATED);
	return rc;
}

/* What is wrong with one workflow does not keep the others from being started. */
bool hook_workflow_passes(struct hook_stand *stand, struct hook_workflow *workflow)
{
	struct hook_call *call = stand->call;
	const char *hook = hook_name(call->request->kind);
	struct err err = ERR_INIT;
	int rc = run_workflow(stand, workflow, &err);

	if (err.kind)
		cli_warn("%s: workflow '%s': %s", hook, workflow->id, err_msg(&err));
	else if (rc != EXIT_PASSED)
		cli_warn("%s: workflow '%s' did not pass", hook, workflow->id);
	err_release(&err);
	workflow->has_passed = rc == EXIT_PASSED;
	if (rc != EXIT_PASSED && workflow->trigger.is_optional) {
		cli_warn("%s: it is not required, so git goes on", hook);
		return true;
	}
	return rc == EXIT_PASSED;
}
