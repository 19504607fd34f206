/*
 * See facts_impl.h. The order of the parts is the order of fingerprint_material().
 */
#include "facts_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/glob.h"
#include "base/xalloc.h"
#include "confine_impl.h"
#include "deps_impl.h"
#include "inside_impl.h"
#include "listing_impl.h"
#include "plan/fingerprint.h"
#include "scope_impl.h"
#include "secrets_impl.h"
#include "trigger_scope_impl.h"
#include "unmoved_impl.h"

/* The same for every step: asked once. */
static int learn_platform(struct session *session, struct err *err)
{
	struct utsname name;

	if (session->platform)
		return 0;
	if (uname(&name) < 0)
		return err_errno(err, "cannot learn what system this is");
	session->platform = arena_printf(&session->arena, "%s %s", name.sysname, name.machine);
	return 0;
}

/* ---- Command, values, environment ---- */

static bool mentions(const struct command *command, const char *word)
{
	bool found = command->stdin_text && strstr(command->stdin_text, word);

	for (size_t i = 0; i < command->argc && !found; i++)
		found = strstr(command->argv[i], word) != NULL;
	return found;
}

/* What we tell the step is a fact where it listens: the record of another step, with the same command
 * but another name, is not its own. */
static void add_surroundings(struct session *session, const struct node *node,
			     const struct command *command, struct arena *arena,
			     struct scope_seen *seen)
{
	static const char *const told[] = { "WF_FILES", "WF_MSG_FILE" };
	struct fact_pair fact;
	struct fact_pair step = { "WF_STEP", node->id };
	struct fact_pair workflow = { "WF_WORKFLOW", session->wf->id };
	struct fact_pair clear = { "env: clear", "true" };

	if (mentions(command, step.name))
		vec_push(&seen->pairs, step);
	if (mentions(command, workflow.name))
		vec_push(&seen->pairs, workflow);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (mentions(command, told[i]) && trigger_fact(session, told[i], arena, &fact))
			vec_push(&seen->pairs, fact);
	if (command->env_clear)
		vec_push(&seen->pairs, clear);
	if (confine_text(&node->step->sandbox))
		vec_push(&seen->pairs,
			 ((struct fact_pair){ "sandbox", confine_text(&node->step->sandbox) }));
}

struct command_place {
	struct session *session;
	const struct node *node;
};

static const struct expr_env *enter_for(void *data, const struct step *where)
{
	const struct command_place *place = data;

	return scope_enter_around(place->session->scope, where, place->node);
}

struct ensured {
	const struct node *node;
	const struct expr_env *env;
};

/* Only that it was looked up counts: it is written down then. What cannot be known fails the gate. */
static void observe(void *data, const struct expr_ref *ref)
{
	const struct ensured *ensured = data;
	struct err err = ERR_INIT;
	struct value value;
	unsigned used;

	if (ref->ns != NS_STEPS || !ref->n_path ||
	    !step_is_called(ensured->node->step, ref->path[0]))
		ensured->env->lookup(ensured->env->data, ref, &value, &used, &err);
	err_release(&err);
}

/* A result is remembered only if what the step ensures held: with other gates it is another one. */
static void add_ensures(const struct node *node, const struct expr_env *env, struct arena *arena,
			struct scope_seen *seen)
{
	struct ensured ensured = { node, env };

	for (size_t i = 0; i < node->step->ensures.n; i++) {
		const struct gate *gate = &node->step->ensures.v[i];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;
		struct fact_pair pair = { .name = gate->name };

		gate_each_ref(gate, observe, &ensured);
		gate_text(gate, &text);
		pair.value = arena_printf(arena, "%s%s", gate->is_warning ? "(warning) " : "",
					  strbuf_str(&text));
		vec_push(&seen->pairs, pair);
	}
}

static int gather_command(struct session *session, const struct node *node, struct arena *arena,
			  struct gathered *out, struct err *err)
{
	struct command_place place = { session, node };
	struct command_scope scope = { session->wf, &place, enter_for };
	struct scope_seen seen = { 0 };
	int rc;

	scope_observe(session->scope, &seen, arena);
	rc = command_render(&scope, node->step, arena, &out->command, err);
	if (rc == 0)
		add_ensures(node, enter_for(&place, node->step), arena, &seen);
	scope_observe(session->scope, NULL, NULL);
	if (rc == 0)
		add_surroundings(session, node, &out->command, arena, &seen);
	out->facts.values.n = seen.pairs.n;
	out->facts.values.v = seen.pairs.n ? arena_memdup(arena, seen.pairs.v,
							  seen.pairs.n * sizeof *seen.pairs.v)
					   : NULL;
	vec_release(&seen.pairs);
	return rc;
}

static void add_env_fact(struct fact_pairs *pairs, const char *name, const char *value)
{
	pairs->v[pairs->n++] = (struct fact_pair){ name, value };
}

static void gather_env(struct session *session, struct arena *arena, struct gathered *out)
{
	const struct command *command = &out->command;
	struct fact_pairs *pairs = &out->facts.env;
	bool has_path = false;

	pairs->v = ARENA_ARRAY(arena, struct fact_pair, command->env.n + command->pass.n + 1);
	for (size_t i = 0; i < command->env.n; i++) {
		has_path |= strcmp(command->env.v[i].name, "PATH") == 0;
		add_env_fact(pairs, command->env.v[i].name, command->env.v[i].value);
	}
	for (size_t i = 0; i < command->pass.n; i++) {
		const char *name = command->pass.v[i], *value = env_get(&session->env, name);
		struct fact_pair fact;

		has_path |= strcmp(name, "PATH") == 0;
		if (trigger_fact(session, name, arena, &fact)) {
			add_env_fact(pairs, fact.name, fact.value);
			continue;
		}
		if (session->basis)
			planfile_add_env(session->basis, name, value);
		add_env_fact(pairs, name, value);
	}
	if (!has_path)
		add_env_fact(pairs, "PATH", env_get(&session->env, "PATH"));
}

/* ---- Patterns as text ---- */

static const char *spec_as_text(struct arena *arena, const struct node_path *spec)
{
	switch (spec->kind) {
	case PATH_EXCLUDE: return arena_printf(arena, "!%s", spec->path);
	case PATH_DIR: return arena_printf(arena, "%s/", spec->path);
	case PATH_ARTIFACT: return arena_printf(arena, "artifact:%s", spec->path);
	default: return spec->path;
	}
}

static struct fact_list specs_as_text(struct arena *arena, const struct node_path *specs, size_t n,
				      bool patterns_only)
{
	struct fact_list list = { 0, ARENA_ARRAY(arena, const char *, n + 3) };

	for (size_t i = 0; i < n; i++) {
		if (!patterns_only || specs[i].kind != PATH_LITERAL)
			list.v[list.n++] = spec_as_text(arena, &specs[i]);
	}
	return list;
}

/* ---- Upstream ---- */

static void gather_upstream(struct session *session, const struct node *node, struct arena *arena,
			    struct facts *facts)
{
	struct fact_pairs *pairs = &facts->upstream;

	for (size_t i = 0; i < node->deps.n; i++) {
		const struct edge *edge = &node->deps.v[i];
		const struct node_result *result = session_result(session, edge->from);
		struct digest tree;
		char hex[DIGEST_HEX_LEN + 1];

		if (edge->kind != EDGE_NEEDS || result->n_outputs == 0)
			continue;
		if (!pairs->v)
			pairs->v = ARENA_ARRAY(arena, struct fact_pair, node->deps.n);
		tree = fingerprint_tree(statcache_secret(session->stat), result->outputs,
					result->n_outputs);
		digest_to_hex(&tree, hex);
		pairs->v[pairs->n++] = (struct fact_pair){ session->plan->nodes.v[edge->from]->id,
							   arena_strdup(arena, hex) };
	}
}

/* ---- All of it ---- */

static struct fact_entries as_facts(struct arena *arena, const struct seen_entries *seen)
{
	struct fact_entries facts = { seen->list.n,
				      ARENA_ARRAY(arena, struct entry, seen->list.n + 1) };

	for (size_t i = 0; i < seen->list.n; i++)
		facts.v[i] = seen->list.v[i].entry;
	return facts;
}

static void make_material(struct session *session, const struct node *node, struct arena *arena,
			  struct gathered *out)
{
	const struct hash_secret *secret = statcache_secret(session->stat);
	struct facts *facts = &out->facts;

	facts->inputs = as_facts(arena, &out->inputs);
	facts->tools = as_facts(arena, &out->tools);
	facts->deps = as_facts(arena, &out->deps);
	strbuf_clear(&out->material);
	fingerprint_material(facts, &out->material);
	out->is_bound = (session->is_private || !step_is_cacheable(node->step)) && session->run_id;
	if (out->is_bound)
		strbuf_addf(&out->material, "run %s\n", session->run_id);
	out->fingerprint = fingerprint_digest(secret, out->material.buf, out->material.len);
	if (facts->depfile) {
		struct strbuf base = STRBUF_INIT;
		struct facts without = *facts;

		without.deps.n = 0;
		fingerprint_material(&without, &base);
		strbuf_addstr(&base, "deps of this\n");
		out->base = fingerprint_digest(secret, base.buf, base.len);
		strbuf_release(&base);
	}
}

static int check_own_paths(struct session *session, const struct node *node, struct arena *arena,
			   struct err *err)
{
	for (size_t i = 0; i < node->n_inputs + node->n_outputs; i++) {
		const struct node_path *spec = i < node->n_inputs
						       ? &node->inputs[i]
						       : &node->outputs[i - node->n_inputs];

		if (spec->kind != PATH_ARTIFACT && (!command_check_path(arena, spec->path, err) ||
						    inside_check(session, spec, err) < 0))
			return err_wrap(err, i < node->n_inputs ? "inputs" : "outputs");
	}
	return 0;
}

int facts_gather(struct session *session, const struct node *node, struct arena *arena,
		 struct gathered *out, struct err *err)
{
	struct facts *facts = &out->facts;

	memset(out, 0, sizeof *out);
	if (check_own_paths(session, node, arena, err) < 0 || learn_platform(session, err) < 0 ||
	    gather_command(session, node, arena, out, err) < 0)
		return -1;
	/* A question is the same on every machine and for everybody. */
	if (!step_asks(node->step))
		gather_env(session, arena, out);
	facts->action = out->command.action;
	facts->argv = (struct fact_list){ out->command.argc, out->command.argv };
	facts->dir = out->command.dir;
	facts->stdin_text = out->command.stdin_text;
	secrets_hide(session, arena, facts);
	facts->depfile = out->command.depfile;
	facts->platform = step_asks(node->step) ? NULL : session->platform;
	facts->globs = specs_as_text(arena, node->inputs, node->n_inputs, true);
	facts->outputs = specs_as_text(arena, node->outputs, node->n_outputs, false);
	if (bitset_has(&session->stdout_readers, node->step->index)) /* records keep it only then */
		facts->outputs.v[facts->outputs.n++] = "(standard output)";
	if (node->step->unwritten_is_stdout)
		facts->outputs.v[facts->outputs.n++] = "(standard output for what is unwritten)";
	gather_upstream(session, node, arena, facts);
	if ((!unmoved_gather_inputs(session, node, &out->inputs) &&
	     inputs_gather(session, node, arena, &out->inputs, err) < 0) ||
	    inputs_gather_tools(session, arena, out, err) < 0)
		return -1;
	make_material(session, node, arena, out);
	if (!facts->depfile)
		return 0;
	if (deps_read_known(session, node, arena, out, err) < 0)
		return -1;
	make_material(session, node, arena, out);
	return 0;
}

void facts_release(struct gathered *gathered)
{
	vec_release(&gathered->inputs.list);
	vec_release(&gathered->tools.list);
	vec_release(&gathered->deps.list);
	strbuf_release(&gathered->material);
}

bool facts_is_own_output(const struct node *node, const char *path)
{
	/* What an agent is given is what it works on. */
	return node->step->agent || facts_is_declared_output(node, path);
}

bool facts_is_declared_output(const struct node *node, const char *path)
{
	struct arena scratch = { 0 };
	bool own = false;

	for (size_t i = 0; i < node->n_outputs && !own; i++) {
		const struct node_path *spec = &node->outputs[i];
		size_t len = strlen(spec->path);

		if (spec->kind == PATH_LITERAL)
			own = strcmp(spec->path, path) == 0;
		else if (spec->kind == PATH_DIR)
			own = strncmp(spec->path, path, len) == 0 && path[len] == '/';
		else if (spec->kind == PATH_GLOB)
			own = glob_match(glob_compile(&scratch, spec->path), path);
	}
	arena_release(&scratch);
	return own;
}

/* The stat of a link says nothing of what it leads to. */
static int link_held(struct session *session, const struct seen_entry *seen, struct err *err)
{
	struct seen_entry now;

	if (seen->entry.kind != ENTRY_LINK)
		return 1;
	if (entries_read(session, seen->entry.path, &now, err) < 0)
		return -1;
	return digest_equal(&now.entry.digest, &seen->entry.digest);
}

/* As facts_inputs_held(), of inputs that were stat'ed. */
static int find_changed(struct session *session, const struct node *node,
			const struct seen_entries *inputs, struct file_id *ids,
			const signed char *answers, const char **path, struct err *err)
{
	for (size_t i = 0; i < inputs->list.n; i++) {
		const struct seen_entry *seen = &inputs->list.v[i];
		int answer = answers[i];

		if (strncmp(seen->entry.path, "artifact:", 9) == 0)
			continue;
		if (answer < 0)
			answer = fs_stat(session->layout.root_fd, seen->entry.path, &ids[i], err);
		if (answer < 0)
			return -1;
		answer = entries_is_same(seen, answer, &ids[i]) ? link_held(session, seen, err) : 0;
		if (answer < 0)
			return -1;
		if (!answer && !facts_is_own_output(node, seen->entry.path)) {
			*path = seen->entry.path;
			return 0;
		}
	}
	return 1;
}

static int tools_held(struct session *session, const struct gathered *gathered, const char **path,
		      struct err *err)
{
	for (size_t i = 0; i < gathered->tools.list.n; i++) {
		const struct seen_entry *seen = &gathered->tools.list.v[i];
		struct file_id id;
		int answer = fs_stat(session->layout.root_fd, seen->entry.path, &id, err);

		if (answer < 0)
			return -1;
		if (!entries_is_same(seen, answer, &id)) {
			*path = seen->entry.path;
			return 0;
		}
	}
	return 1;
}

int facts_inputs_held(struct session *session, const struct node *node,
		      const struct gathered *gathered, const char **path, struct err *err)
{
	size_t n = gathered->inputs.list.n;
	const char **paths = xcalloc(n, sizeof *paths);
	struct file_id *ids = xcalloc(n, sizeof *ids);
	signed char *answers = xcalloc(n, sizeof *answers);
	int held;

	for (size_t i = 0; i < n; i++)
		paths[i] = gathered->inputs.list.v[i].entry.path;
	fs_stat_many(session->layout.root_fd, paths, n, ids, answers);
	held = find_changed(session, node, &gathered->inputs, ids, answers, path, err);
	free(answers);
	free(ids);
	free(paths);
	if (held > 0)
		held = tools_held(session, gathered, path, err);
	if (held > 0 && gathered->changed_dep) {
		*path = gathered->changed_dep;
		held = 0;
	}
	return held;
}

int facts_refresh(struct session *session, const struct node *node, const struct path_list *deps,
		  struct arena *arena, struct gathered *gathered, struct err *err)
{
	bool writes_inputs = false;

	for (size_t i = 0; i < gathered->inputs.list.n; i++) {
		struct seen_entry *seen = &gathered->inputs.list.v[i];

		if ((node->n_outputs == 0 && !node->step->agent) ||
		    !facts_is_own_output(node, seen->entry.path))
			continue;
		if (entries_read(session, seen->entry.path, seen, err) < 0)
			return -1;
		writes_inputs = true;
	}
	if (deps && deps_read_written(session, node, deps, gathered, err) < 0)
		return -1;
	if (writes_inputs || deps)
		make_material(session, node, arena, gathered);
	return 0;
}
