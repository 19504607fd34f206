/*
 * One reference: that the name exists, and that it can be known where it is used. The rules are two
 * tables: what a place may refer to, and how each namespace is checked. Where references stand is
 * check_texts.c's.
 */
#include <string.h>

#include "check_ref_impl.h"

#define NS(name) (1u << NS_##name)
#define NS_EARLY                                                                            \
	(NS(PARAMS) | NS(ENV) | NS(VARS) | NS(WORKFLOW) | NS(RUN) | NS(METRICS) | NS(GIT) | \
	 NS(EVENT) | NS(SECRET))

static const struct {
	unsigned allowed; /* NS() bits */
	const char *fault;
} uses[USE_COUNT] = {
	[USE_STEP] = { ~0u, "" },
	[USE_OUTPUT] = { NS(PARAMS) | NS(ENV) | NS(VARS) | NS(EACH),
			 "the path of an output can use params, env, vars and each only" },
	[USE_FOREACH] = { ~0u, "the items of 'foreach' cannot use 'each'" },
	[USE_ENV] = { NS_EARLY,
		      "the environment of the whole workflow is set before the first step" },
	[USE_REQUIRES] = { NS_EARLY,
			   "the workflow's 'requires' are checked before its first step" },
	[USE_GROUP] = { NS_EARLY & ~(NS(RUN) | NS(METRICS) | NS(SECRET)),
			"the group of a run is known before the run is, and it is shown" },
	[USE_RULE] = { ~0u & ~NS(EACH), "a rule is looked at when the run ends: it has no item" },
	[USE_VAR] = { NS_EARLY, "a variable is evaluated once, before the first step" },
};

static void check_param(struct ref_checker *checker, const struct expr_ref *ref)
{
	const struct param *param;
	struct diag *diag;

	if (!ref->n_path)
		return;
	param = workflow_param(checker->wf, ref->path[0]);
	if (param && param->secret && checker->use == USE_GROUP)
		diag_error(checker->diags, ref->span,
			   "the name of a group is no place for a secret");
	if (param)
		return;
	diag = diag_error(checker->diags, ref->span, "no parameter '%.60s'", ref->path[0]);
	check_hint_nearest(checker->diags, diag, &checker->wf->param_names, ref->path[0]);
}

static void check_var(struct ref_checker *checker, const struct expr_ref *ref)
{
	const struct workflow *wf = checker->wf;
	struct strmap names = { 0 };
	struct diag *diag;

	for (size_t i = 0; i < wf->n_vars; i++) {
		if (!ref->n_path || strcmp(wf->vars[i].name, ref->path[0]) == 0)
			return;
	}
	if (!ref->n_path)
		return;
	diag = diag_error(checker->diags, ref->span, "no variable '%.60s'", ref->path[0]);
	for (size_t i = 0; i < wf->n_vars; i++)
		strmap_put(&names, wf->vars[i].name, &wf->vars[i]);
	check_hint_nearest(checker->diags, diag, &names, ref->path[0]);
	strmap_release(&names);
}

/* The foreach whose item a step sees: its own, else that of a group around it. */
static const struct foreach *foreach_around(const struct workflow *wf, const struct step *step,
					    bool and_own)
{
	if (and_own && step->foreach)
		return step->foreach;
	return step->parent == WF_NONE ? NULL : foreach_around(wf, &wf->steps[step->parent], true);
}

static void note_names(struct ref_checker *checker, bool and_own, struct strmap *names)
{
	const struct step *step = checker->step;

	for (; step; step = step->parent == WF_NONE ? NULL : &checker->wf->steps[step->parent]) {
		const struct foreach *foreach = and_own ? step->foreach : NULL;

		for (size_t i = 0; foreach && i < foreach->n_vars; i++)
			strmap_put(names, foreach->vars[i].name, &foreach->vars[i]);
		and_own = true;
	}
}

static void check_each(struct ref_checker *checker, const struct expr_ref *ref)
{
	bool and_own = checker->use != USE_FOREACH;
	struct strmap names = { 0 };
	struct diag *diag;

	if (!checker->step || !foreach_around(checker->wf, checker->step, and_own)) {
		if (checker->step && checker->step->foreach) {
			diag_error(checker->diags, ref->span, "%s", uses[USE_FOREACH].fault);
			return;
		}
		diag = diag_error(checker->diags, ref->span, "'each' outside a step with foreach");
		diag_hint(checker->diags, diag, "foreach: {%.40s: […]} gives the name its values",
			  ref->n_path ? ref->path[0] : "name");
		return;
	}
	note_names(checker, and_own, &names);
	if (ref->n_path && !strmap_get(&names, ref->path[0])) {
		diag = diag_error(checker->diags, ref->span, "'foreach' has no '%.60s'",
				  ref->path[0]);
		check_hint_nearest(checker->diags, diag, &names, ref->path[0]);
	} else if (ref->n_path > 1) {
		diag = diag_error(checker->diags, ref->span, "an item is a text and has no '%.60s'",
				  ref->path[1]);
		diag_hint(checker->diags, diag,
			  "the parts of a path are dirname(each.%s) and basename(each.%s, '.c')",
			  ref->path[0], ref->path[0]);
	}
	strmap_release(&names);
}

static const char *const step_members[] = { "status",	"verdict", "exit_code", "duration",
					    "attempts", "stdout",  "outputs" };

static void check_step_member(struct ref_checker *checker, const struct expr_ref *ref, unsigned at)
{
	const char *nearest;
	struct diag *diag;

	if (at >= ref->n_path)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(step_members); i++)
		if (strcmp(ref->path[at], step_members[i]) == 0)
			return;
	diag = diag_error(checker->diags, ref->span, "a step has no '%.60s'", ref->path[at]);
	nearest = nearest_word(ref->path[at], step_members, ARRAY_SIZE(step_members));
	if (nearest)
		diag_hint(checker->diags, diag, "did you mean '%s'?", nearest);
	else
		diag_hint(checker->diags, diag, "write outputs.%s for what it wrote to $WF_OUTPUT",
			  ref->path[at]);
}

/* Of a foreach step: the group's status, or one item's anything; of an item that is a group, its status. */
static void check_foreach_member(struct ref_checker *checker, const struct expr_ref *ref,
				 bool is_of_groups)
{
	struct diag *diag;

	if (ref->n_path < 2)
		return;
	if (ref->path_is_index[1] && is_of_groups) {
		if (ref->n_path > 2 && strcmp(ref->path[2], "status") != 0)
			diag_error(checker->diags, ref->span,
				   "an item of '%s' is a group: there is only its status",
				   ref->path[0]);
		return;
	}
	if (ref->path_is_index[1]) {
		check_step_member(checker, ref, 2);
		return;
	}
	if (strcmp(ref->path[1], "status") == 0)
		return;
	diag = diag_error(checker->diags, ref->span,
			  "step '%s' has a foreach: of the whole there is only the status",
			  ref->path[0]);
	diag_hint(checker->diags, diag, "write steps.%s[0] for its first item", ref->path[0]);
}

static void check_group_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	struct diag *diag;

	if (ref->n_path < 2 || strcmp(ref->path[1], "status") == 0)
		return;
	diag = diag_error(checker->diags, ref->span,
			  "step '%s' is a group: of the whole there is only the status",
			  ref->path[0]);
	diag_hint(checker->diags, diag, "write steps['%s/STEP'] for a step in it", ref->path[0]);
}

/* Each item of a foreach around it has one of its own: which is meant? */
static bool is_out_of_reach(const struct workflow *wf, const struct step *other,
			    const struct step *from)
{
	uint32_t at = other->parent;

	while (at != WF_NONE && !wf->steps[at].foreach)
		at = wf->steps[at].parent;
	return at != WF_NONE && !(from && step_is_in(wf, from, &wf->steps[at]));
}

static void check_step(struct ref_checker *checker, const struct expr_ref *ref)
{
	const struct step *other, *step = checker->step;
	struct diag *diag;

	if (!ref->n_path)
		return;
	other = workflow_step_from(checker->wf, step, ref->path[0]);
	if (!other && check_reaches_into(checker->wf, step, ref->path[0]))
		return;
	if (!other && strmap_find(&checker->wf->handler_ids, ref->path[0], strlen(ref->path[0]))) {
		diag_error(checker->diags, ref->span,
			   "'%s' is a handler: each call of it has a result of its own",
			   ref->path[0]);
		return;
	}
	if (!other) {
		diag = diag_error(checker->diags, ref->span, "no step '%.60s'", ref->path[0]);
		check_hint_nearest(checker->diags, diag, &checker->wf->step_ids, ref->path[0]);
	} else if (other == step && !checker->sees_itself) {
		diag_error(checker->diags, ref->span, "step '%s' refers to itself", ref->path[0]);
	} else if (other->is_finally && step && !step->is_finally) {
		diag_error(checker->diags, ref->span,
			   "step '%s' runs in 'finally', after all the others", ref->path[0]);
	} else if (is_out_of_reach(checker->wf, other, step)) {
		diag_error(checker->diags, ref->span,
			   "each item of the 'foreach' around it has a '%s' of its own",
			   ref->path[0]);
	} else if (other->foreach && other != step) {
		check_foreach_member(checker, ref, other->group != NULL);
	} else if (other->group) {
		check_group_member(checker, ref);
	} else if (ref->n_path > 1 && ref->path_is_index[1]) {
		diag_error(checker->diags, ref->span,
			   "step '%s' has no foreach, so it has no items", ref->path[0]);
	} else {
		check_step_member(checker, ref, 1);
	}
}

static void check_members(struct ref_checker *checker, const struct expr_ref *ref,
			  const char *const *members, size_t n)
{
	const char *nearest;
	struct diag *diag;

	if (!ref->n_path)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(ref->path[0], members[i]) == 0)
			return;
	diag = diag_error(checker->diags, ref->span, "'%s' has no '%.60s'", expr_ns_names[ref->ns],
			  ref->path[0]);
	nearest = nearest_word(ref->path[0], members, n);
	if (nearest)
		diag_hint(checker->diags, diag, "did you mean '%s'?", nearest);
}

static void check_workflow_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = { "id", "name", "version", "file" };

	check_members(checker, ref, members, ARRAY_SIZE(members));
}

static void check_run_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = { "id",	   "has_agent", "outputs", "status",
					       "duration", "steps",	"failed" };

	/* How it ends is known to who looks at its end. */
	check_members(checker, ref, members, checker->use == USE_RULE ? ARRAY_SIZE(members) : 3);
}

static void check_git_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = { "branch", "sha",	   "tag",  "dirty",
					       "staged", "pushed", "range" };

	check_members(checker, ref, members, ARRAY_SIZE(members));
}

/* What hooks are told; each knows some of it, the rest is null. */
static void check_event_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = {
		"kind",	  "hook",   "args",	 "files", "refs",     "remote", "url",
		"file",	  "source", "commit",	 "from",  "to",	      "ref",	"is_branch",
		"squash", "by",	    "rewritten", "state", "upstream", "branch", "options",
	};

	check_members(checker, ref, members, ARRAY_SIZE(members));
}

static void check_error_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = { "step",	 "exit_code", "message",
					       "output", "attempts",  "duration" };
	const struct step *step = checker->step;

	if (checker->use == USE_RULE ||
	    (step && (step->role == ROLE_HANDLER || step->is_finally || checker->sees_error))) {
		check_members(checker, ref, members, ARRAY_SIZE(members));
		return;
	}
	diag_hint(checker->diags,
		  diag_error(checker->diags, ref->span,
			     "'error' is known in handlers and in 'finally' only"),
		  "steps.ID.exit_code is that of a step above");
}

static void check_metrics_member(struct ref_checker *checker, const struct expr_ref *ref)
{
	static const char *const members[] = { "runs",	  "success_rate", "hit_rate",
					       "retries", "mean",	  "p50",
					       "p95",	  "duration",	  "expected" };

	check_members(checker, ref, members, ARRAY_SIZE(members));
}

/* Which there are is in the user's settings; a secret is a text. */
static void check_secret(struct ref_checker *checker, const struct expr_ref *ref)
{
	if (ref->n_path > 1)
		diag_error(checker->diags, ref->span, "a secret has no members");
}

void check_ref(void *data, const struct expr_ref *ref)
{
	static void (*const checks[NS_COUNT])(struct ref_checker *, const struct expr_ref *) = {
		[NS_PARAMS] = check_param,
		[NS_VARS] = check_var,
		[NS_EACH] = check_each,
		[NS_EVENT] = check_event_member,
		[NS_STEPS] = check_step,
		[NS_WORKFLOW] = check_workflow_member,
		[NS_RUN] = check_run_member,
		[NS_ERROR] = check_error_member,
		[NS_METRICS] = check_metrics_member,
		[NS_GIT] = check_git_member,
		[NS_SECRET] = check_secret,
	};
	struct ref_checker *checker = data;

	if (!(uses[checker->use].allowed & (1u << ref->ns)))
		diag_error(checker->diags, ref->span, "%s", uses[checker->use].fault);
	else if (checks[ref->ns])
		checks[ref->ns](checker, ref);
}
