/*
 * git wf hooks install, uninstall, import: which hooks git calls, and what they start.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "hook_run_impl.h"
#include "hooks_impl.h"
#include "model/workflow.h"
#include "run/staging.h"
#include "store/trust.h"
#include "sys/clock.h"
#include "sys/self.h"
#include "sys/spawn.h"
#include "trigger/hook_import.h"
#include "trigger/hook_select.h"

/* ---- What there is ---- */

int hooks_find(const char *word, enum hook_kind *kind, struct err *err)
{
	const char *nearest;

	if (hook_find(word, strlen(word), kind) == 0)
		return 0;
	nearest = hook_nearest(word);
	if (nearest)
		return err_set(err, ERR_USAGE, "git has no hook '%s'; did you mean '%s'?", word,
			       nearest);
	return err_set(err, ERR_USAGE, "git has no hook '%s' that workflows can have", word);
}

/* Where a push arrives other hooks have a meaning than where people work. */
static bool fits_here(const struct hooks_call *call, enum hook_kind kind)
{
	return !(hook_traits(kind) & HOOK_SERVER) == (call->session.repo.root != NULL);
}

static int find_wanted(struct hooks_call *call, struct err *err)
{
	for (int kind = 0; kind < HOOK_KINDS && call->root_fd >= 0; kind++) {
		struct hook_workflows workflows;

		if (hook_workflows_read(&workflows, call->root_fd, (enum hook_kind)kind,
					&call->cli->arena, NULL, NULL, err) < 0)
			return -1;
		for (size_t i = 0; i < workflows.list.n; i++)
			strbuf_addf(&call->started_by[kind], "%s%s", i ? ", " : "",
				    workflows.list.v[i].id);
		call->is_wanted[kind] = call->is_named[kind] ||
					(workflows.list.n && fits_here(call, (enum hook_kind)kind));
		hook_workflows_release(&workflows);
	}
	return 0;
}

/* Of a bare repository the workflows of its HEAD. */
static int open_bare(struct hooks_call *call, struct err *err)
{
	const struct staging_request request = { &call->session.repo, &call->frozen,
						 call->session.layout.runs_dir };
	const char *commit, *branch;
	const struct repo *repo;

	if (repo_head(&call->session.repo, &call->cli->arena, &commit, &branch, err) < 0)
		return -1;
	if (!*commit)
		return 0;
	if (freeze_commit(&call->frozen, &call->session.repo, commit, NULL, &call->cli->arena,
			  err) < 0)
		return -1;
	call->staging = staging_new(&request);
	if (staging_definitions(call->staging, &repo, err) < 0)
		return -1;
	call->root_fd = open(repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return call->root_fd < 0 ? err_errno(err, "cannot open '%s'", repo->root) : 0;
}

/* What runs now, by the name that PATH gives it: that one stays when it is replaced. */
static const char *find_program(struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;
	const char *self;

	if (spawn_find_program("git-wf", getenv("PATH"), NULL, &found) == 0 && *found.buf == '/')
		return arena_strdup(arena, found.buf);
	self = self_path(arena, NULL);
	return self ? self : "git-wf";
}

static int name_hooks(struct hooks_call *call, struct err *err)
{
	for (size_t i = 1; cli_word(call->cli, i); i++) {
		enum hook_kind kind;

		if (hooks_find(cli_word(call->cli, i), &kind, err) < 0)
			return -1;
		call->is_named[kind] = true;
	}
	return 0;
}

static int begin(struct hooks_call *call, struct err *err)
{
	call->root_fd = -1;
	if (target_open(&call->session, err) < 0)
		return -1;
	call->program = find_program(&call->cli->arena);
	if (name_hooks(call, err) < 0 ||
	    hook_home_find(&call->home, &call->session.repo, &call->cli->arena, err) < 0)
		return -1;
	if (call->session.repo.root)
		call->root_fd = dup(call->session.layout.root_fd);
	else if (open_bare(call, err) < 0)
		return -1;
	return find_wanted(call, err);
}

static void end(struct hooks_call *call)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		strbuf_release(&call->started_by[kind]);
	if (call->root_fd >= 0)
		close(call->root_fd);
	staging_free(call->staging);
	session_close(&call->session);
}

int hooks_with(struct cli *cli, struct hooks_options *options, hooks_fn *fn, struct err *err)
{
	struct hooks_call call = { .cli = cli, .options = options };
	int rc = begin(&call, err);

	if (rc == 0)
		rc = fn(&call, err);
	end(&call);
	return rc;
}

/* ---- install ---- */

static int grant_trust(struct hooks_call *call, struct err *err)
{
	CLEANUP(trust_files_release)
	struct trust_files files = { 0 };
	const char *dir = trust_dir(&call->cli->arena);

	if (!dir)
		return err_set(
			err, ERR_SYSTEM,
			"neither XDG_STATE_HOME nor HOME is set: there is no place for trust");
	if (call->root_fd >= 0 && trust_gather(call->root_fd, &call->cli->arena, &files, err) < 0)
		return -1;
	return trust_grant(dir, &call->session.layout, TRUST_HOOKS, &files, clock_realtime_ms(),
			   err);
}

static void tell_installed(struct hooks_call *call, enum hook_kind kind, bool was_there)
{
	struct strbuf *out = &call->cli->out;
	struct hook_state state;

	if (call->cli->common.quiet)
		return;
	strbuf_addf(out, "%-20s %s", hook_name(kind), was_there ? "is installed" : "installed");
	if (call->started_by[kind].len)
		strbuf_addf(out, ", starts %s", strbuf_str(&call->started_by[kind]));
	if (hook_home_look(&call->home, kind, call->program, &state, NULL) == 0 &&
	    state.keeps_other)
		strbuf_addstr(out, ", after the hook that was there");
	strbuf_addch(out, '\n');
}

static int install(struct hooks_call *call, struct err *err)
{
	size_t n = 0;

	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		int rc;

		if (!call->is_wanted[kind])
			continue;
		rc = hook_home_put(&call->home, (enum hook_kind)kind, call->program, err);
		if (rc < 0)
			return -1;
		tell_installed(call, (enum hook_kind)kind, rc == 1);
		n++;
	}
	if (!n)
		return err_set(err, ERR_USAGE,
			       "no workflow here is started by a hook: write 'on: pre-commit' into "
			       "one, or name the hooks to install");
	if (grant_trust(call, err) < 0)
		return -1;
	cli_say(call->cli, "in %s%s; what is in .workflows/ now is trusted", call->home.dir,
		call->home.in_settings ? ", where git finds it by the settings of this repository"
				       : "");
	return EXIT_PASSED;
}

int hooks_install(struct cli *cli, struct hooks_options *options, struct err *err)
{
	return hooks_with(cli, options, install, err);
}

void hooks_add_missing(struct cli *cli, const struct session *session, int root_fd)
{
	struct hooks_call call = { .cli = cli, .session = *session, .root_fd = root_fd };
	struct err err = ERR_INIT;
	int rc = hook_home_find(&call.home, &session->repo, &cli->arena, &err);

	call.program = find_program(&cli->arena);
	if (rc == 0)
		rc = find_wanted(&call, &err);
	for (int kind = 0; kind < HOOK_KINDS && rc == 0; kind++) {
		struct hook_state state;

		if (!call.is_wanted[kind])
			continue;
		rc = hook_home_look(&call.home, (enum hook_kind)kind, call.program, &state, &err);
		if (rc < 0 || state.presence == HOOK_OURS || state.presence == HOOK_OLDER)
			continue;
		rc = hook_home_put(&call.home, (enum hook_kind)kind, call.program, &err);
		if (rc == 0)
			cli_say(cli, "the hook %s is installed now: it starts %s",
				hook_name((enum hook_kind)kind),
				strbuf_str(&call.started_by[kind]));
	}
	if (rc < 0)
		cli_warn("not every hook that workflows want is installed: %s", err_msg(&err));
	err_release(&err);
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		strbuf_release(&call.started_by[kind]);
}

/* ---- uninstall ---- */

static int uninstall(struct hooks_call *call, struct err *err)
{
	bool all = !cli_word(call->cli, 1);
	const char *dir = trust_dir(&call->cli->arena);
	size_t n = 0;

	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		int rc;

		if (!all && !call->is_named[kind])
			continue;
		rc = hook_home_take_away(&call->home, (enum hook_kind)kind, err);
		if (rc < 0)
			return -1;
		if (rc == 0 && !call->cli->common.quiet)
			strbuf_addf(&call->cli->out, "%-20s taken away\n",
				    hook_name((enum hook_kind)kind));
		n += rc == 0;
	}
	if (!n)
		cli_say(call->cli, "no hook of git-wf is in %s", call->home.dir);
	if (all && dir && trust_revoke(dir, &call->session.layout, TRUST_HOOKS, err) < 0)
		return -1;
	return EXIT_PASSED;
}

int hooks_uninstall(struct cli *cli, struct hooks_options *options, struct err *err)
{
	return hooks_with(cli, options, uninstall, err);
}

/* ---- import ---- */

struct import_view {
	struct cli *cli;
	size_t n_left;
};

static void on_import(void *data, enum import_word word, const char *what, const char *why)
{
	struct import_view *view = data;
	bool is_written = word == IMPORT_WROTE;

	view->n_left += !is_written;
	strbuf_addf(&view->cli->out, is_written ? "wrote %s: %s\n" : "left out %s: %s\n", what,
		    why);
}

int hooks_import(struct cli *cli, struct hooks_options *options UNUSED, struct err *err)
{
	struct import_view view = { .cli = cli };
	struct session session;
	size_t n_written = 0;
	int rc = target_open(&session, err);

	if (rc == 0 && !session.repo.root)
		rc = err_set(err, ERR_USAGE, "a bare repository has no files to import");
	if (rc == 0)
		rc = hook_import(session.layout.root_fd, cli_word(cli, 1), &cli->arena, on_import,
				 &view, &n_written, err);
	session_close(&session);
	if (rc < 0)
		return -1;
	if (n_written)
		cli_say(cli, "look at what was written; 'git wf hooks install' has git start it");
	return view.n_left ? EXIT_PARTLY : EXIT_PASSED;
}
