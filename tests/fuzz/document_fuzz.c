/*
 * Input: the length of a source (2 bytes), the number of nodes, the source, the nodes and texts of a kept
 * document. Head and check are put right. It is refused or can be read as a workflow.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "ext/hash.h"
#include "ext/yaml.h"
#include "model/workflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As in ext/yaml_pack.c; a true document of one node tells what it looks like at this time. */
struct head {
	char magic[8];
	uint32_t version, node_bytes, n_nodes, source_bytes, texts_bytes, is_json;
	uint64_t check;
};

static struct head true_head(void)
{
	struct yaml_node node = { .kind = YAML_NULL, .text = "" };
	struct diags diags = { .file = "w.yml", .text = "" };
	struct strbuf bytes = STRBUF_INIT;
	struct head head;

	yaml_pack(&node, &diags, false, &bytes);
	memcpy(&head, bytes.buf, sizeof head);
	strbuf_release(&bytes);
	return head;
}

struct parts {
	const uint8_t *source, *nodes;
	size_t n_source, n_nodes, n_rest; /* n_rest: bytes of nodes and texts */
};

static void make(const struct parts *in, struct strbuf *out)
{
	struct head head = true_head();
	size_t nodes_bytes = in->n_nodes * sizeof(struct yaml_node);
	uint64_t parts[2];

	head.n_nodes = (uint32_t)in->n_nodes;
	head.source_bytes = (uint32_t)in->n_source;
	head.texts_bytes = (uint32_t)(in->n_rest - nodes_bytes);
	strbuf_add(out, &head, sizeof head);
	strbuf_add(out, in->nodes, nodes_bytes);
	strbuf_add(out, in->source, in->n_source);
	strbuf_add(out, in->nodes + nodes_bytes, head.texts_bytes);
	parts[0] = hash_checksum(out->buf, offsetof(struct head, check));
	parts[1] = hash_checksum(out->buf + sizeof head, out->len - sizeof head);
	((struct head *)out->buf)->check = hash_checksum(parts, sizeof parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = "w.yml" };
	struct strbuf bytes = STRBUF_INIT;
	struct parts parts;
	struct yaml_node *root;

	if (size < 3)
		return 0;
	parts.source = data + 3;
	parts.n_source = (size_t)data[0] << 8 | data[1];
	if (parts.n_source > size - 3)
		parts.n_source = size - 3;
	parts.nodes = parts.source + parts.n_source;
	parts.n_rest = size - 3 - parts.n_source;
	parts.n_nodes = data[2];
	if (parts.n_nodes > parts.n_rest / sizeof(struct yaml_node))
		parts.n_nodes = parts.n_rest / sizeof(struct yaml_node);
	diags.text = (const char *)parts.source;
	diags.text_len = parts.n_source;
	make(&parts, &bytes);
	root = yaml_unpack(&bytes, &diags, false);
	if (root && !workflow_parse(&arena, "w", root, &diags) && !diags.n_errors)
		abort();
	diags_release(&diags);
	arena_release(&arena);
	strbuf_release(&bytes);
	return 0;
}
