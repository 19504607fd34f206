/*
 * Writing compiled plans.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/boot_impl.h"
#include "store/newest.h"
#include "store/planfile_builder_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define PLANS_KEPT 32

struct writer {
	struct plan_view view;
	char *texts;
	uint32_t used;
};

static uint32_t put_text(struct writer *out, const char *text)
{
	uint32_t at = out->used;
	size_t size = strlen(text) + 1;

	memcpy(out->texts + at, text, size);
	out->used += (uint32_t)size;
	return at;
}

static void put_groups(struct writer *out, const struct planfile_builder *builder)
{
	struct plan_group *groups = out->view.groups;
	size_t i;

	for (i = 0; i < builder->facts.n; i++)
		groups[builder->facts.v[i].group].n++;
	for (i = 0; i < builder->dirs.n; i++) {
		groups[i].dir = put_text(out, builder->dirs.v[i]);
		groups[i].first = i ? groups[i - 1].first + groups[i - 1].n : 0;
	}
}

/* place[]: where each fact came to stand. */
static void put_facts(struct writer *out, const struct planfile_builder *builder, int64_t clock_ns,
		      uint32_t *place)
{
	uint32_t *next = xcalloc(builder->dirs.n + 1, sizeof *next);
	size_t i;

	for (i = 0; i < builder->facts.n; i++) {
		const struct gathered_fact *from = &builder->facts.v[i];
		struct plan_fact *fact;

		place[i] = out->view.groups[from->group].first + next[from->group]++;
		fact = &out->view.facts[place[i]];
		plan_fact_set_id(fact, &from->id, clock_ns);
		if (from->is_kept)
			fact->is_racy = from->is_racy;
		fact->digest = from->digest;
		fact->path = put_text(out, from->path);
		fact->name = from->name;
		fact->kind = from->kind;
		fact->is_general = from->is_general;
	}
	free(next);
}

static void put_env(struct writer *out, const struct planfile_builder *builder)
{
	size_t i;

	for (i = 0; i < builder->env.n; i++) {
		const char *value = builder->env.v[i].value;
		struct plan_env *env = &out->view.env[i];

		env->name = put_text(out, builder->env.v[i].name);
		env->is_set = value != NULL;
		if (value)
			env->digest = plan_env_digest(out->view.head->salt, value);
	}
}

static void put_nodes(struct writer *out, const struct planfile_builder *builder,
		      const uint32_t *place)
{
	uint32_t n_refs = 0;
	size_t i;

	for (i = 0; i < builder->nodes.n; i++) {
		const struct gathered_node *from = &builder->nodes.v[i];
		struct plan_node *node = &out->view.nodes[i];

		node->id = from->id ? put_text(out, from->id) : PLAN_NONE;
		node->fingerprint = from->fingerprint;
		node->product = from->product;
		node->first = n_refs;
		for (uint32_t r = from->first; r; r = builder->refs.v[r - 1].next)
			out->view.refs[n_refs++] = place[builder->refs.v[r - 1].fact];
		node->n_refs = n_refs - node->first;
		node->first_input = from->first_input;
		node->n_inputs = from->has_inputs && !from->has_inputs_twice ? from->n_inputs
									     : PLAN_NONE;
	}
}

static int fill_head(struct plan_head *head, const struct planfile_builder *builder,
		     const struct planfile_summary *summary, struct err *err)
{
	if (builder->texts_bytes > UINT32_MAX || builder->facts.n > UINT32_MAX / 2 ||
	    builder->refs.n > UINT32_MAX / 2)
		return err_set(err, ERR_INVALID, "too many facts for a compiled plan");
	memcpy(head->magic, "wfplan\0\1", 8);
	head->version = PLANFILE_VERSION;
	head->n_groups = (uint32_t)builder->dirs.n;
	head->n_facts = (uint32_t)builder->facts.n;
	head->n_env = (uint32_t)builder->env.n;
	head->n_nodes = (uint32_t)builder->nodes.n;
	head->n_refs = (uint32_t)builder->refs.n;
	head->texts_bytes = (uint32_t)builder->texts_bytes;
	head->summary = *summary;
	head->written_unix_ms = clock_realtime_ms();
	head->boot = boot_number();
	head->front_bytes = plan_front_bytes(head);
	head->file_bytes = plan_file_bytes(head);
	if (getentropy(&head->salt, sizeof head->salt) < 0)
		return err_errno(err, "cannot get random bytes");
	return 0;
}

/* ---- All of it ---- */

static void put_all(struct writer *out, const struct planfile_builder *builder, int64_t clock_ns)
{
	uint32_t *place = xcalloc(builder->facts.n + 1, sizeof *place);

	put_groups(out, builder);
	put_facts(out, builder, clock_ns, place);
	put_env(out, builder);
	put_nodes(out, builder, place);
	plan_view_seal_nodes(&out->view);
	plan_view_seal(&out->view);
	free(place);
}

int planfile_write(const struct planfile_builder *builder, const char *plans_dir,
		   const struct digest *key, const struct planfile_summary *summary,
		   int64_t clock_ns, struct err *err)
{
	struct plan_head head = { 0 };
	struct writer out = { 0 };
	char *path CLEANUP(xfree_ptr)
	= plan_path(plans_dir, key);
	char *file CLEANUP(xfree_ptr)
	= NULL;

	if (fill_head(&head, builder, summary, err) < 0 ||
	    fs_mkdir_p(AT_FDCWD, plans_dir, 0700, err) < 0)
		return -1;
	file = xcalloc(1, (size_t)head.file_bytes);
	out.view.head = (struct plan_head *)file;
	*out.view.head = head;
	plan_view_parts(&out.view);
	out.texts = file + (out.view.texts - file);
	put_all(&out, builder, clock_ns);
	if (fs_replace(AT_FDCWD, path, 0600, file, (size_t)head.file_bytes, 0, err) < 0)
		return -1;
	newest_keep(plans_dir, "", PLANS_KEPT);
	return 0;
}

void planfile_remove(const char *plans_dir, const struct digest *key)
{
	char *path CLEANUP(xfree_ptr)
	= plan_path(plans_dir, key);

	unlink(path);
}
