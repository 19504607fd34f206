/*
 * See hook_run_impl.h. What a hook is about is made fast first (trigger/hook_target.h); the definitions
 * are those of the tree that is tested, and steps run where its files are (run/staging.h).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook_call_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/tty.h"
#include "trigger/receipt.h"

#define INPUT_MAX      ((size_t)64 << 20) /* bytes */
#define DEFINITION_MAX ((size_t)32 << 20) /* of a workflow */

/* ---- Where the definitions are ---- */

static int stand_begin(struct hook_stand *stand, struct err *err)
{
	struct hook_call *call = stand->call;
	const struct staging_request request = { &call->session.repo, &stand->target->frozen,
						 call->session.layout.runs_dir };

	stand->defined = &call->session.repo;
	if (stand->target->has_tree) {
		stand->staging = staging_new(&request);
		if (staging_definitions(stand->staging, &stand->defined, err) < 0)
			return -1;
	}
	stand->root_fd = open(stand->defined->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return stand->root_fd < 0 ? err_errno(err, "cannot open '%s'", stand->defined->root) : 0;
}

static void stand_end(struct hook_stand *stand)
{
	if (stand->root_fd >= 0)
		close(stand->root_fd);
	staging_free(stand->staging);
}

/* ---- One target ---- */

static void show_diags(void *data, struct diags *diags)
{
	cli_show_mistakes(data, diags);
}

/* git itself commits nothing empty, unless it is a merge or the like, or was told to, of which a hook does
 * not know. It looks before the hook. */
static int refuse_empty(struct hook_stand *stand, struct err *err)
{
	struct hook_call *call = stand->call;
	int leaves_nothing;

	if (call->request->kind != HOOK_PRE_COMMIT || call->request->by_hand.is_by_hand ||
	    hook_operations(&call->session.repo, &call->cli->arena))
		return 0;
	leaves_nothing = staging_leaves_nothing(stand->staging, err);
	if (leaves_nothing <= 0)
		return leaves_nothing;
	call->n_failed++;
	cli_warn("nothing is left to commit: what was fixed has undone all that was staged; the "
		 "same "
		 "again goes on with --amend or --allow-empty");
	return 0;
}

/* What was fixed comes to the user. */
static int publish(struct hook_stand *stand, bool passes, struct err *err)
{
	struct publish_report report;

	if (!stand->staging)
		return 0;
	if (passes && refuse_empty(stand, err) < 0)
		return -1;
	if (staging_finish(stand->staging, passes, &report, err) < 0)
		return -1;
	hook_tell_left(stand->call, &report);
	if (!passes && !report.n_items && staging_has_fixes(stand->staging))
		cli_say(stand->call->cli,
			"what was fixed is left out, as not all passed: your files are "
			"as you have them");
	return 0;
}

/* Of what has passed in full; a receipt that cannot be written is no reason to stop git. */
static void leave_receipts(struct hook_stand *stand, const struct hook_workflows *workflows)
{
	struct hook_call *call = stand->call;
	const struct layout *layout = &call->session.layout;
	const char *hook = hook_name(call->request->kind), *tree;
	struct err err = ERR_INIT;
	int rc = 0;

	if (!stand->staging || call->n_skips || call->request->by_hand.files ||
	    (hook_traits(call->request->kind) & HOOK_SERVER))
		return;
	tree = staging_tree(stand->staging);
	for (size_t i = 0; i < workflows->list.n && rc == 0; i++)
		if (workflows->list.v[i].has_passed)
			rc = receipt_keep(layout, tree, workflows->list.v[i].id, hook,
					  clock_realtime_ms(), &err);
	if (rc == 0 && call->request->kind == HOOK_PRE_PUSH && !call->request->by_hand.is_by_hand)
		rc = receipt_publish(&call->session.repo, layout, tree, &err);
	if (rc < 0)
		cli_warn("%s", err_msg(&err));
	err_release(&err);
}

/* Definitions are those of the tree that is tested: nothing in it, and something beside it, is hardly meant. */
static void tell_left_out(const struct hook_stand *stand)
{
	struct hook_call *call = stand->call;
	struct hook_workflows beside = { 0 };
	struct err err = ERR_INIT;

	if (!stand->target->has_tree || !call->session.repo.root)
		return;
	if (hook_workflows_read(&beside, call->session.layout.root_fd, call->request->kind,
				&call->cli->arena, NULL, NULL, &err) == 0)
		for (size_t i = 0; i < beside.list.n; i++)
			cli_warn("'%s' does not run: it is not in what %s is about; 'git add' puts "
				 "it there",
				 beside.list.v[i].path, hook_name(call->request->kind));
	hook_workflows_release(&beside);
	err_release(&err);
}

static bool is_another(int root_fd, int other_fd, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf other = STRBUF_INIT;
	struct err none = ERR_INIT;
	bool is = fs_read_file(root_fd, path, DEFINITION_MAX, &text, &none) == 0 &&
		  fs_read_file(other_fd, path, DEFINITION_MAX, &other, &none) == 0 &&
		  (text.len != other.len ||
		   memcmp(strbuf_str(&text), strbuf_str(&other), text.len) != 0);

	err_release(&none);
	return is;
}

/* Who has mended the workflow that failed wonders why it fails again. */
static void tell_not_staged(const struct hook_stand *stand, const struct hook_workflows *workflows)
{
	const struct hook_call *call = stand->call;

	if (!(hook_traits(call->request->kind) & HOOK_STAGED) || !call->session.repo.root)
		return;
	for (size_t i = 0; i < workflows->list.n; i++) {
		const struct hook_workflow *workflow = &workflows->list.v[i];

		if (!workflow->has_passed && !workflow->passed_over &&
		    is_another(stand->root_fd, call->session.layout.root_fd, workflow->path))
			cli_warn("'%s' ran as it is in this commit, not as it is where you work",
				 workflow->path);
	}
}

static int run_in_stand(struct hook_stand *stand, size_t *n_started, struct err *err)
{
	struct hook_call *call = stand->call;
	struct hook_workflows workflows = { 0 };
	bool is_from_outside = hook_traits(call->request->kind) & HOOK_SERVER;
	size_t n_failed = call->n_failed, n_ran = 0;
	int trusted = 1, rc;

	rc = hook_workflows_read(&workflows, stand->root_fd, call->request->kind, &call->cli->arena,
				 show_diags, call->cli, err);
	call->n_failed += workflows.n_wrong;
	if (workflows.n_wrong)
		cli_warn("%s: a file of .workflows/ has mistakes", hook_name(call->request->kind));
	if (rc == 0 && !workflows.list.n && !workflows.n_wrong)
		tell_left_out(stand);
	if (rc == 0 && workflows.list.n && !call->request->by_hand.is_by_hand)
		trusted = hook_trust_ask(call->cli, &call->session, stand->root_fd, is_from_outside,
					 err);
	if (trusted < 0)
		rc = -1;
	call->n_failed += trusted == 0;
	if (rc == 0 && trusted)
		rc = hook_workflows_select(&workflows, &call->session.repo, stand->root_fd,
					   stand->target, &call->cli->arena, err);
	if (rc == 0 && trusted)
		n_ran = hook_start_all(stand, &workflows);
	if (trusted && call->n_failed > n_failed)
		tell_not_staged(stand, &workflows);
	if (n_ran)
		rc = publish(stand, call->n_failed == n_failed, err);
	if (n_ran && rc == 0)
		leave_receipts(stand, &workflows);
	*n_started += n_ran;
	hook_workflows_release(&workflows);
	return rc;
}

static int run_target(struct hook_call *call, const struct hook_target *target, size_t *n_started,
		      struct err *err)
{
	struct hook_stand stand = { .call = call, .target = target, .root_fd = -1 };
	int rc = stand_begin(&stand, err);

	if (rc == 0)
		rc = run_in_stand(&stand, n_started, err);
	stand_end(&stand);
	return rc;
}

static void tell_kept(const char *path, const char *where, void *data UNUSED)
{
	cli_warn("an edit of '%s' was cut off from its place; it is kept as '%s'", path, where);
}

/* ---- The whole ---- */

static int read_input(struct hook_call *call, struct strbuf *input, struct err *err)
{
	const struct hook_request *request = call->request;

	if (request->input) {
		strbuf_add(input, request->input, request->input_len);
		return 0;
	}
	if (!(hook_traits(request->kind) & HOOK_READS) || tty_is_terminal(STDIN_FILENO))
		return 0;
	return fs_read_fd(STDIN_FILENO, INPUT_MAX, input, err) < 0
		       ? err_wrap(err, "cannot read what git says")
		       : 0;
}

static const char *folder(struct arena *arena)
{
	char *cwd = getcwd(NULL, 0);
	const char *copy = arena_strdup(arena, cwd ? cwd : ".");

	free(cwd);
	return copy;
}

static int run_all(struct hook_call *call, const struct strbuf *input, struct err *err)
{
	const struct hook_request *request = call->request;
	struct arena *arena = &call->cli->arena;
	struct hook_targets targets;
	size_t n_started = 0;

	if (hook_event_read(&call->event, request->kind, request->args, request->n_args,
			    strbuf_str(input), input->len, folder(arena), arena, err) < 0 ||
	    hook_targets_find(&targets, &call->session.repo, &call->event, &request->by_hand, arena,
			      err) < 0)
		return -1;
	for (size_t i = 0; i < targets.n; i++) {
		const struct hook_target *target = &targets.list[i];

		if (!target->has_tree && !call->session.repo.root)
			continue; /* a bare repository has no files but those that are pushed */
		if (run_target(call, target, &n_started, err) < 0)
			return -1;
	}
	if (n_started)
		hook_tell_unknown_skips(call);
	if (request->by_hand.is_by_hand && !n_started && !call->n_failed)
		cli_say(call->cli, "nothing to do for %s%s", hook_name(request->kind),
			call->cli->common.verbose ? "" : " (-v tells why)");
	return call->n_failed ? EXIT_NOT_PASSED : EXIT_PASSED;
}

int hook_run(struct cli *cli, const struct hook_request *request, struct err *err)
{
	struct hook_call call = { .cli = cli, .request = request };
	CLEANUP(strbuf_release)
	struct strbuf input = STRBUF_INIT;
	int rc;

	if (getenv("WF_IN_COMMIT") && !request->by_hand.is_by_hand)
		return EXIT_PASSED;
	rc = target_open(&call.session, err);
	if (rc == 0 && hook_is_nested(&call)) {
		rc = EXIT_PASSED;
	} else if (rc == 0) {
		hook_read_skips(&call);
		rc = staging_recover(&call.session.repo, call.session.layout.runs_dir, tell_kept,
				     NULL, err);
		if (rc == 0)
			rc = read_input(&call, &input, err);
		if (rc == 0)
			rc = run_all(&call, &input, err);
	}
	session_close(&call.session);
	return rc;
}
