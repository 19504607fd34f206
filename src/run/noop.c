/*
 * See run/noop.h. What may not be remembered: a run with a step that always runs, and one that looked at
 * something a planfile cannot hold (session->is_volatile).
 */
#include "run/noop.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "basis_impl.h"
#include "event/status.h"
#include "sys/clock.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

struct digest noop_key(const struct session *session, const char *workflow,
		       const char *const *words, size_t n_words)
{
	const char **all = xcalloc(n_words + 4, sizeof *all);
	struct digest key;

	all[0] = GIT_WF_VERSION;
	all[1] = session->layout.root;
	all[2] = session->repo.prefix; /* a path is given from where the caller stands */
	all[3] = workflow;
	for (size_t i = 0; i < n_words; i++)
		all[4 + i] = words[i];
	key = planfile_key(all, n_words + 4);
	free(all);
	return key;
}

bool noop_holds(struct session *session, const struct digest *key, struct planfile_summary *summary)
{
	session->planfile_ms = clock_monotonic_ms();
	return planfile_check(session->layout.plans_dir, key, session->layout.root_fd,
			      session->layout.cache_dir, summary,
			      &session->planfile) == PLANFILE_HOLDS;
}

static bool every_step_is_remembered(struct session *session)
{
	for (size_t i = 0; i < session->plan->nodes.n; i++) {
		const struct node *node = session->plan->nodes.v[i];

		if (node->is_selected && node->kind == NODE_STEP &&
		    !step_is_cacheable(node->step) &&
		    session_result(session, (uint32_t)i)->status != STEP_SKIPPED &&
		    session_result(session, (uint32_t)i)->status != STEP_CANCELLED)
			return false;
	}
	return true;
}

/* Parameters may come from the environment, and expressions read it at any time. */
static void add_param_variables(struct session *session)
{
	for (size_t i = 0; i < session->params.n; i++) {
		const char *variable = session_param_variable(
			session, session->params.values[i].param->name);

		planfile_add_env(session->basis, variable, getenv(variable));
	}
}

static void write_planfile(void *data)
{
	const struct noop_writing *writing = data;
	const struct session *session = writing->session;

	if (planfile_write(session->basis, session->layout.plans_dir, &writing->key,
			   &writing->summary, session->basis_clock_ns, NULL) < 0)
		planfile_remove(session->layout.plans_dir, &writing->key);
}

void noop_remember(struct session *session, const struct digest *key,
		   const struct planfile_summary *summary, struct noop_writing *writing)
{
	if (every_step_is_remembered(session))
		basis_add_listings(session);
	else
		session->is_volatile = true;
	add_param_variables(session);
	*writing = (struct noop_writing){ .session = session, .key = *key, .summary = *summary };
	if (session->is_volatile)
		planfile_remove(session->layout.plans_dir, key);
	else
		behind_start_apart(&writing->behind, write_planfile, writing);
}
