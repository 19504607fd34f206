/*
 * Whether the hooks that workflows want are called in this worktree: each is called as git does it, once
 * with this PATH and once with that of a client with windows.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor_impl.h"
#include "model/workflow.h"
#include "trigger/hook_home.h"
#include "trigger/hook_select.h"

#define BARE_PATH "/usr/bin:/bin"

struct fired {
	struct strbuf missing, silent, pathless, fine;
	size_t n_wanted;
};

static void add_name(struct strbuf *list, enum hook_kind kind)
{
	strbuf_addf(list, "%s%s", list->len ? ", " : "", hook_name(kind));
}

static bool is_wanted(struct doctor *doctor, enum hook_kind kind)
{
	struct hook_workflows workflows;
	bool any;

	if (hook_traits(kind) & HOOK_SERVER)
		return false;
	hook_workflows_read(&workflows, doctor->session->layout.root_fd, kind, &doctor->cli->arena,
			    NULL, NULL, NULL);
	any = workflows.list.n > 0;
	hook_workflows_release(&workflows);
	return any;
}

static void try_one(const struct hook_home *home, enum hook_kind kind, struct fired *fired)
{
	const char *path = getenv("PATH");
	struct hook_state state;

	fired->n_wanted++;
	if (hook_home_look(home, kind, "", &state, NULL) < 0 || state.presence == HOOK_ABSENT ||
	    state.presence == HOOK_FOREIGN)
		add_name(&fired->missing, kind);
	else if (hook_home_probe(home, kind, path ? path : BARE_PATH, NULL) != 1)
		add_name(&fired->silent, kind);
	else if (hook_home_probe(home, kind, BARE_PATH, NULL) != 1)
		add_name(&fired->pathless, kind);
	else
		add_name(&fired->fine, kind);
}

static void tell(struct doctor *doctor, const struct fired *fired)
{
	if (fired->missing.len)
		doctor_tell(doctor, DOCTOR_WARN, "hooks", "git wf hooks install",
			    "wanted by workflows and not installed: %s",
			    strbuf_str(&fired->missing));
	if (fired->silent.len)
		doctor_tell(doctor, DOCTOR_FAIL, "hooks",
			    "git wf hooks install; look at core.hooksPath and at the hook itself",
			    "git calls and git-wf is not reached: %s", strbuf_str(&fired->silent));
	if (fired->pathless.len)
		doctor_tell(doctor, DOCTOR_WARN, "hooks", "git wf hooks install",
			    "not reached from a client without PATH: %s",
			    strbuf_str(&fired->pathless));
	if (fired->fine.len)
		doctor_tell(doctor, DOCTOR_OK, "hooks", NULL, "fire in this worktree: %s",
			    strbuf_str(&fired->fine));
	if (!fired->n_wanted)
		doctor_tell(doctor, DOCTOR_OK, "hooks", NULL, "no workflow is started by one");
}

void doctor_check_hooks(struct doctor *doctor)
{
	struct fired fired = { 0 };
	struct err err = ERR_INIT;
	struct hook_home home;

	if (!doctor->session->repo.root)
		return;
	if (hook_home_find(&home, &doctor->session->repo, &doctor->cli->arena, &err) < 0) {
		for (int kind = 0; kind < HOOK_KINDS; kind++)
			fired.n_wanted += is_wanted(doctor, (enum hook_kind)kind);
		if (fired.n_wanted)
			doctor_tell(doctor, DOCTOR_FAIL, "hooks", "as it says", "%s",
				    err_msg(&err));
		err_release(&err);
		return;
	}
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		if (is_wanted(doctor, (enum hook_kind)kind))
			try_one(&home, (enum hook_kind)kind, &fired);
	tell(doctor, &fired);
	strbuf_release(&fired.missing);
	strbuf_release(&fired.silent);
	strbuf_release(&fired.pathless);
	strbuf_release(&fired.fine);
}
