/*
 * Gathering compiled plans: facts, each once, and which of them a node rests on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "store/planfile_builder_impl.h"

struct planfile_builder *planfile_builder_new(void)
{
	return xcalloc(1, sizeof(struct planfile_builder));
}

void planfile_builder_free(struct planfile_builder *builder)
{
	if (!builder)
		return;
	strmap_release(&builder->by_path);
	strmap_release(&builder->by_dir);
	strmap_release(&builder->by_name);
	vec_release(&builder->facts);
	vec_release(&builder->dirs);
	vec_release(&builder->env);
	vec_release(&builder->nodes);
	vec_release(&builder->refs);
	arena_release(&builder->arena);
	free(builder);
}

/* Is the one before of the same folder? Mostly it is. */
static bool is_last_group(const struct planfile_builder *builder, const char *path, size_t len)
{
	const char *dir;

	if (!builder->facts.n)
		return false;
	dir = builder->dirs.v[builder->facts.v[builder->facts.n - 1].group];
	return !strncmp(dir, path, len) && !dir[len];
}

static uint32_t group_of(struct planfile_builder *builder, const char *path, size_t len)
{
	struct strmap_entry *known;
	char *dir;

	if (is_last_group(builder, path, len))
		return builder->facts.v[builder->facts.n - 1].group;
	known = strmap_find(&builder->by_dir, path, len);
	if (known)
		return (uint32_t)((uintptr_t)known->value - 1);
	dir = arena_strndup(&builder->arena, path, len);
	vec_push(&builder->dirs, dir);
	builder->texts_bytes += len + 1;
	strmap_put(&builder->by_dir, dir, (void *)(uintptr_t)builder->dirs.n);
	return (uint32_t)builder->dirs.n - 1;
}

/* Two that disagree are both kept: then one of them does not hold, and that is the truth. */
static uint32_t find_known(const struct planfile_builder *builder, const char *path,
			   enum plan_fact_kind kind, const struct file_id *id,
			   const struct digest *digest)
{
	uintptr_t index = (uintptr_t)strmap_get(&builder->by_path, path);
	const struct gathered_fact *fact;

	if (!index)
		return PLAN_NONE;
	fact = &builder->facts.v[index - 1];
	return fact->kind == kind && (!id || fs_same_id(&fact->id, id)) &&
			       (!digest || digest_equal(&fact->digest, digest))
		       ? (uint32_t)index - 1
		       : PLAN_NONE;
}

static struct gathered_node *get_node(struct planfile_builder *builder, uint32_t node)
{
	static const struct gathered_node none;

	while (builder->nodes.n <= node)
		vec_push(&builder->nodes, none);
	return &builder->nodes.v[node];
}

static void add_ref(struct planfile_builder *builder, uint32_t node_plus, uint32_t fact)
{
	struct gathered_ref ref = { fact, 0 };
	struct gathered_node *node;

	vec_push(&builder->refs, ref);
	node = get_node(builder, node_plus - 1);
	if (node->last)
		builder->refs.v[node->last - 1].next = (uint32_t)builder->refs.n;
	else
		node->first = (uint32_t)builder->refs.n;
	node->last = (uint32_t)builder->refs.n;
	node->n_refs++;
}

/* `path` lives as long as the builder. */
static uint32_t push_fact(struct planfile_builder *builder, const char *path,
			  struct gathered_fact *fact)
{
	const char *slash = strrchr(path, '/');

	fact->path = path;
	fact->name = slash ? (uint32_t)(slash - path) + 1 : 0;
	/* "/x" is in "/", "a/b" in "a"; "a/" and "/" have no last name. */
	if (!path[fact->name])
		fact->name = 0;
	fact->group = group_of(builder, path, fact->name > 1 ? fact->name - 1 : fact->name);
	vec_push(&builder->facts, *fact);
	builder->texts_bytes += strlen(path) + 1;
	strmap_put(&builder->by_path, path, (void *)(uintptr_t)builder->facts.n);
	return (uint32_t)builder->facts.n - 1;
}

static void add_fact(struct planfile_builder *builder, const char *path, enum plan_fact_kind kind,
		     const struct file_id *id, const struct digest *digest)
{
	struct gathered_fact fact = { .kind = (uint8_t)kind };
	uint32_t index = find_known(builder, path, kind, id, digest);

	if (index == PLAN_NONE) {
		if (id)
			fact.id = *id;
		if (digest)
			fact.digest = *digest;
		index = push_fact(builder, arena_strdup(&builder->arena, path), &fact);
	}
	if (builder->node)
		add_ref(builder, builder->node, index);
	else
		builder->facts.v[index].is_general = true;
}

void planfile_add_file(struct planfile_builder *builder, const char *path, const struct file_id *id,
		       const struct digest *digest)
{
	add_fact(builder, path, PLAN_FILE, id, digest);
}

void planfile_add_link(struct planfile_builder *builder, const char *path, const struct file_id *id,
		       const struct digest *digest)
{
	add_fact(builder, path, PLAN_LINK, id, digest);
}

void planfile_add_dir(struct planfile_builder *builder, const char *path, const struct file_id *id,
		      const struct digest *listing)
{
	add_fact(builder, path, PLAN_DIR, id, listing);
}

void planfile_add_absent(struct planfile_builder *builder, const char *path)
{
	add_fact(builder, path, PLAN_ABSENT, NULL, NULL);
}

void planfile_add_env(struct planfile_builder *builder, const char *name, const char *value)
{
	struct gathered_env env;
	uintptr_t index = (uintptr_t)strmap_get(&builder->by_name, name);

	if (index) {
		const char *known = builder->env.v[index - 1].value;

		if (value && known ? strcmp(value, known) == 0 : value == known)
			return;
	}
	env.name = arena_strdup(&builder->arena, name);
	env.value = value ? arena_strdup(&builder->arena, value) : NULL;
	vec_push(&builder->env, env);
	builder->texts_bytes += strlen(name) + 1;
	strmap_put(&builder->by_name, env.name, (void *)(uintptr_t)builder->env.n);
}

/* ---- Nodes ---- */

void planfile_begin_node(struct planfile_builder *builder, uint32_t node)
{
	builder->node = node + 1;
}

void planfile_end_node(struct planfile_builder *builder)
{
	builder->node = 0;
}

static void begin_inputs(struct gathered_node *node, uint32_t first)
{
	node->has_inputs_twice = node->has_inputs;
	node->has_inputs = true;
	node->first_input = node->n_refs + first;
	node->n_inputs = 0;
}

void planfile_begin_inputs(struct planfile_builder *builder)
{
	if (builder->node)
		begin_inputs(get_node(builder, builder->node - 1), 0);
}

void planfile_end_inputs(struct planfile_builder *builder)
{
	struct gathered_node *node;

	if (!builder->node)
		return;
	node = get_node(builder, builder->node - 1);
	node->n_inputs = node->n_refs - node->first_input;
}

void planfile_set_node(struct planfile_builder *builder, uint32_t index, const char *id,
		       const struct digest *fingerprint, const struct digest *product)
{
	struct gathered_node *node = get_node(builder, index);

	if (!node->id) {
		node->id = arena_strdup(&builder->arena, id);
		builder->texts_bytes += strlen(id) + 1;
	}
	node->fingerprint = *fingerprint;
	node->product = *product;
}

/* ---- What an earlier plan knew ---- */

static uint32_t keep_fact(struct planfile_builder *builder, struct planfile *planfile,
			  uint32_t index)
{
	const struct plan_fact *old = &planfile->view.facts[index];
	struct gathered_fact fact;

	if (planfile->kept[index])
		return planfile->kept[index] - 1;
	fact = (struct gathered_fact){
		.id = plan_fact_id(old),
		.digest = old->digest,
		.kind = old->kind,
		.is_kept = true,
		.is_racy = old->is_racy,
		.is_general = old->is_general,
	};
	planfile->kept[index] = push_fact(builder, planfile->view.texts + old->path, &fact) + 1;
	return planfile->kept[index] - 1;
}

void planfile_keep_general(struct planfile_builder *builder, struct planfile *planfile)
{
	const struct plan_view *view = &planfile->view;

	vec_reserve(&builder->facts, view->head->n_facts);
	strmap_reserve(&builder->by_path, builder->facts.n + view->head->n_facts);
	for (uint32_t i = 0; i < view->head->n_facts; i++) {
		if (view->facts[i].is_general)
			keep_fact(builder, planfile, i);
	}
	for (uint32_t i = 0; i < view->head->n_env; i++) {
		const char *name = view->texts + view->env[i].name;

		planfile_add_env(builder, name, getenv(name)); /* it holds */
	}
}

void planfile_keep_node(struct planfile_builder *builder, struct planfile *planfile, uint32_t index)
{
	const struct plan_node *node = &planfile->view.nodes[index];

	if (node->n_inputs != PLAN_NONE) {
		begin_inputs(get_node(builder, index), node->first_input);
		get_node(builder, index)->n_inputs = node->n_inputs;
	}
	for (uint32_t i = 0; i < node->n_refs; i++)
		add_ref(builder, index + 1,
			keep_fact(builder, planfile, planfile->view.refs[node->first + i]));
	planfile_set_node(builder, index, planfile->view.texts + node->id, &node->fingerprint,
			  &node->product);
}

bool planfile_keep_input(struct planfile_builder *builder, struct planfile *planfile,
			 uint32_t index, size_t i, const struct planfile_input *as)
{
	struct planfile_input input;

	if (!planfile_get_input(planfile, index, i, &input) || input.has_moved ||
	    strcmp(input.path, as->path) != 0 || !fs_same_id(&input.id, &as->id) ||
	    !digest_equal(&input.digest, &as->digest))
		return false;
	if (!builder->node)
		return false;
	add_ref(builder, builder->node,
		keep_fact(builder, planfile, plan_input_fact(planfile, index, i)));
	return true;
}
