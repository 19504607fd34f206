/*
 * What the writing and the checking of a compiled plan share: the form, the key, the digests.
 */
#include "store/planfile_impl.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"

static uint64_t check_of(const struct plan_view *view)
{
	uint64_t parts[2];

	parts[0] = hash_checksum(view->head, offsetof(struct plan_head, check));
	parts[1] = hash_checksum(view->head + 1,
				 (size_t)view->head->front_bytes - sizeof *view->head);
	return hash_checksum(parts, sizeof parts);
}

static uint64_t nodes_check_of(const struct plan_view *view)
{
	return hash_checksum(view->nodes,
			     (size_t)(view->head->file_bytes - view->head->front_bytes));
}

void plan_view_seal(const struct plan_view *view)
{
	view->head->check = check_of(view);
}

void plan_view_seal_nodes(const struct plan_view *view)
{
	view->head->nodes_check = nodes_check_of(view);
}

void plan_view_parts(struct plan_view *view)
{
	view->groups = (struct plan_group *)(view->head + 1);
	/* Facts need 8-byte alignment: an odd number of groups is padded by one. */
	view->facts = (struct plan_fact *)(view->groups + (view->head->n_groups + 1) / 2 * 2);
	view->env = (struct plan_env *)(view->facts + view->head->n_facts);
	view->texts = (const char *)(view->env + view->head->n_env);
	view->nodes = (struct plan_node *)((char *)view->head + view->head->front_bytes);
	view->refs = (uint32_t *)(view->nodes + view->head->n_nodes);
}

uint64_t plan_front_bytes(const struct plan_head *head)
{
	uint64_t bytes = sizeof *head +
			 ((uint64_t)head->n_groups + 1) / 2 * 2 * sizeof(struct plan_group) +
			 (uint64_t)head->n_facts * sizeof(struct plan_fact) +
			 (uint64_t)head->n_env * sizeof(struct plan_env) + head->texts_bytes;

	return (bytes + 7) / 8 * 8;
}

uint64_t plan_file_bytes(const struct plan_head *head)
{
	return plan_front_bytes(head) + (uint64_t)head->n_nodes * sizeof(struct plan_node) +
	       (uint64_t)head->n_refs * sizeof(uint32_t);
}

static bool has_text(const struct plan_view *view, uint64_t at)
{
	return at < view->head->texts_bytes;
}

static bool has_groups(const struct plan_view *view)
{
	uint64_t next = 0;
	uint32_t i;

	for (i = 0; i < view->head->n_groups; i++) {
		if (view->groups[i].first != next || !has_text(view, view->groups[i].dir))
			return false;
		next += view->groups[i].n;
	}
	return next == view->head->n_facts;
}

static bool has_facts(const struct plan_view *view)
{
	uint32_t i;

	for (i = 0; i < view->head->n_facts; i++) {
		const struct plan_fact *fact = &view->facts[i];

		if (!has_text(view, (uint64_t)fact->path + fact->name) || fact->kind > PLAN_ABSENT)
			return false;
	}
	for (i = 0; i < view->head->n_env; i++)
		if (!has_text(view, view->env[i].name))
			return false;
	return true;
}

/* The check has no secret: bytes that it lets pass may be anybody's. They point inside themselves, and
 * every fact is in a group, without which it would never be looked at. */
static bool is_consistent(const struct plan_view *view)
{
	uint32_t len = view->head->texts_bytes;

	return (!len || !view->texts[len - 1]) && has_groups(view) && has_facts(view);
}

int plan_view_open(void *bytes, size_t len, struct plan_view *view)
{
	view->head = bytes;
	if (len < sizeof *view->head || memcmp(view->head->magic, "wfplan\0\1", 8) != 0 ||
	    view->head->version != PLANFILE_VERSION || view->head->file_bytes != len ||
	    plan_file_bytes(view->head) != len ||
	    plan_front_bytes(view->head) != view->head->front_bytes)
		return -1;
	plan_view_parts(view);
	return view->head->check == check_of(view) && is_consistent(view) ? 0 : -1;
}

static bool has_inputs(const struct plan_node *node)
{
	return node->n_inputs == PLAN_NONE ||
	       (uint64_t)node->first_input + node->n_inputs <= node->n_refs;
}

static bool has_nodes(const struct plan_view *view)
{
	const struct plan_head *head = view->head;
	uint64_t next = 0;
	uint32_t i;

	for (i = 0; i < head->n_nodes; i++) {
		const struct plan_node *node = &view->nodes[i];

		if (node->first != next || !has_inputs(node) ||
		    (node->id != PLAN_NONE && !has_text(view, node->id)))
			return false;
		next += node->n_refs;
	}
	for (i = 0; i < head->n_refs; i++)
		if (view->refs[i] >= head->n_facts)
			return false;
	return next == head->n_refs;
}

bool plan_view_nodes_are_good(const struct plan_view *view)
{
	return view->head->nodes_check == nodes_check_of(view) && has_nodes(view);
}

char *plan_path(const char *plans_dir, const struct digest *key)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(key, hex);
	return xasprintf("%s/%s", plans_dir, hex);
}

struct digest plan_env_digest(uint64_t salt, const char *value)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_add(&text, &salt, sizeof salt);
	strbuf_addstr(&text, value);
	return hash_bytes(NULL, text.buf, text.len);
}

struct file_id plan_fact_id(const struct plan_fact *fact)
{
	return (struct file_id){ .dev = fact->dev,
				 .ino = fact->ino,
				 .size_bytes = fact->size_bytes,
				 .mtime_ns = fact->mtime_ns,
				 .ctime_ns = fact->ctime_ns,
				 .mode = fact->mode };
}

void plan_fact_set_id(struct plan_fact *fact, const struct file_id *id, int64_t clock_ns)
{
	fact->dev = id->dev;
	fact->ino = id->ino;
	fact->size_bytes = id->size_bytes;
	fact->mtime_ns = id->mtime_ns;
	fact->ctime_ns = id->ctime_ns;
	fact->mode = id->mode;
	fact->is_racy = statcache_is_racy(NULL, id->mtime_ns, clock_ns) ||
			statcache_is_racy(NULL, id->ctime_ns, clock_ns);
}

struct digest planfile_key(const char *const *words, size_t n)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		strbuf_add(&text, words[i], strlen(words[i]) + 1);
	return hash_bytes(NULL, strbuf_str(&text), text.len);
}
