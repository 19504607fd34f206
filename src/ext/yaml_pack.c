/*
 * A tree of nodes as bytes: a head, the nodes (children one behind the other, indexes for pointers),
 * the source text, then the texts of the scalars. The check covers all of it, and the source is in it
 * whole: what is unpacked is the tree of exactly that document.
 */
#include <stddef.h>
#include <string.h>

#include "base/vec.h"
#include "ext/hash.h"
#include "yaml_impl.h"

/* To be raised with every change of what yaml_parse() makes of a document. */
#define PACK_VERSION 1

struct pack_head {
	char magic[8]; /* "wfdoc\0\0\1" */
	uint32_t version, node_bytes;
	uint32_t n_nodes, source_bytes, texts_bytes;
	uint32_t is_json;
	uint64_t check; /* of all above and of all behind the head */
};

static const char pack_magic[8] = "wfdoc\0\0\1";

static size_t child_count(const struct yaml_node *node)
{
	return node->kind == YAML_MAP	? (size_t)node->n_pairs * 2
	       : node->kind == YAML_SEQ ? node->n_items
					: 0;
}

static uint64_t check_of(const struct pack_head *head, size_t len)
{
	uint64_t parts[2];

	parts[0] = hash_checksum(head, offsetof(struct pack_head, check));
	parts[1] = hash_checksum(head + 1, len - sizeof *head);
	return hash_checksum(parts, sizeof parts);
}

/* ---- Writing ---- */

struct packer {
	VEC(struct yaml_node) nodes;
	struct strbuf texts;
};

/* Breadth first: the children of a node follow those of the nodes before it. A pair is two nodes. */
static void pack_children(struct packer *packer, size_t index)
{
	struct yaml_node *node = &packer->nodes.v[index];
	size_t n = child_count(node), first = packer->nodes.n;
	const struct yaml_node *children = node->items;

	if (node->kind != YAML_MAP && node->kind != YAML_SEQ) {
		const char *text = node->text;
		size_t at = packer->texts.len;

		strbuf_add(&packer->texts, text, node->len);
		strbuf_addch(&packer->texts, '\0');
		node->text = NULL;
		memcpy(&node->text, &at, sizeof at);
		return;
	}
	node->items = NULL;
	memcpy(&node->items, &first, sizeof first);
	for (size_t i = 0; i < n; i++)
		vec_push(&packer->nodes, children[i]);
}

void yaml_pack(const struct yaml_node *root, const struct diags *diags, bool is_json,
	       struct strbuf *out)
{
	struct pack_head head = { .version = PACK_VERSION,
				  .node_bytes = sizeof(struct yaml_node),
				  .source_bytes = (uint32_t)diags->text_len,
				  .is_json = is_json };
	struct packer packer = { .texts = STRBUF_INIT };

	vec_push(&packer.nodes, *root);
	for (size_t i = 0; i < packer.nodes.n; i++)
		pack_children(&packer, i);
	memcpy(head.magic, pack_magic, sizeof head.magic);
	head.n_nodes = (uint32_t)packer.nodes.n;
	head.texts_bytes = (uint32_t)packer.texts.len;
	strbuf_clear(out);
	strbuf_add(out, &head, sizeof head);
	strbuf_add(out, packer.nodes.v, packer.nodes.n * sizeof *packer.nodes.v);
	strbuf_add(out, diags->text, diags->text_len);
	strbuf_add(out, packer.texts.buf, packer.texts.len);
	((struct pack_head *)out->buf)->check = check_of((struct pack_head *)out->buf, out->len);
	vec_release(&packer.nodes);
	strbuf_release(&packer.texts);
}

/* ---- Reading ---- */

static bool is_of(const struct pack_head *head, size_t len, const struct diags *diags, bool is_json)
{
	uint64_t nodes_bytes;

	if (len < sizeof *head || memcmp(head->magic, pack_magic, sizeof head->magic) != 0 ||
	    head->version != PACK_VERSION || head->node_bytes != sizeof(struct yaml_node) ||
	    head->is_json != is_json || head->source_bytes != diags->text_len || !head->n_nodes)
		return false;
	nodes_bytes = (uint64_t)head->n_nodes * sizeof(struct yaml_node);
	return sizeof *head + nodes_bytes + head->source_bytes + head->texts_bytes == len &&
	       head->check == check_of(head, len) &&
	       memcmp((const char *)(head + 1) + nodes_bytes, diags->text, diags->text_len) == 0;
}

/* A bool of other bytes than 0 and 1 must not even be looked at as one. What was refused is not kept. */
static bool is_sound(const struct yaml_node *node)
{
	unsigned char flow;

	memcpy(&flow, &node->flow, 1);
	return flow <= 1 && node->kind < YAML_BAD;
}

static bool has_scalar_keys(const struct yaml_node *children, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		if (children[i].kind == YAML_MAP || children[i].kind == YAML_SEQ)
			return false;
	}
	return true;
}

/* Children lie behind their parent, so there is no cycle. */
static bool unpack_node(struct yaml_node *nodes, size_t index, const struct pack_head *head,
			const char *texts)
{
	struct yaml_node *node = &nodes[index];
	size_t n = child_count(node), at;

	if (!is_sound(node))
		return false;
	if (node->kind != YAML_MAP && node->kind != YAML_SEQ) {
		memcpy(&at, &node->text, sizeof at);
		if (at >= head->texts_bytes || node->len >= head->texts_bytes - at ||
		    memchr(texts + at, '\0', node->len + (size_t)1) != texts + at + node->len)
			return false;
		node->text = texts + at;
		return true;
	}
	memcpy(&at, &node->items, sizeof at);
	if (n && (at <= index || at > head->n_nodes || n > head->n_nodes - at))
		return false;
	if (n && node->kind == YAML_MAP && !has_scalar_keys(nodes + at, n))
		return false;
	node->items = n ? nodes + at : NULL;
	return true;
}

struct yaml_node *yaml_unpack(struct strbuf *bytes, const struct diags *diags, bool is_json)
{
	struct pack_head *head = (struct pack_head *)bytes->buf;
	struct yaml_node *nodes;
	const char *texts;

	_Static_assert(sizeof(struct yaml_pair) == 2 * sizeof(struct yaml_node), "two nodes");
	if (!head || !is_of(head, bytes->len, diags, is_json))
		return NULL;
	nodes = (struct yaml_node *)(head + 1);
	texts = (const char *)(nodes + head->n_nodes) + head->source_bytes;
	for (size_t i = 0; i < head->n_nodes; i++) {
		if (!unpack_node(nodes, i, head, texts))
			return NULL;
	}
	return nodes;
}
