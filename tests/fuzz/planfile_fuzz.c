/*
 * Input: one byte, then a compiled plan; with an odd byte its head gets the right size and check. It
 * holds or it does not, and a plan with a fact that is wrong does not. Its nodes hold or they do not, and
 * those that do can be kept.
 */
#include "fuzz/scratch.h"

#include "ext/hash.h"
#include "store/planfile_impl.h"

static void seal(uint8_t *bytes, size_t len)
{
	struct plan_view view = { .head = (struct plan_head *)bytes };

	if (len < sizeof *view.head)
		return;
	memcpy(view.head->magic, "wfplan\0\1", 8);
	view.head->version = PLANFILE_VERSION;
	if (plan_file_bytes(view.head) != len)
		return;
	view.head->file_bytes = len;
	view.head->front_bytes = plan_front_bytes(view.head);
	plan_view_parts(&view);
	plan_view_seal_nodes(&view);
	plan_view_seal(&view);
}

/* As many texts as there are bytes left; how many bytes that makes. */
static size_t fit(uint8_t *bytes, size_t len)
{
	struct plan_head *head = (struct plan_head *)bytes;
	uint64_t need;

	if (len < sizeof *head)
		return len;
	head->n_groups %= 16;
	head->n_facts %= 64;
	head->n_env %= 16;
	head->n_nodes %= 8;
	head->n_refs %= 64;
	head->texts_bytes = 0;
	need = plan_file_bytes(head);
	if (need > len)
		return len;
	head->texts_bytes = (uint32_t)(len - need) / 8 * 8;
	return (size_t)plan_file_bytes(head);
}

static void use_node(struct planfile_builder *builder, struct planfile *planfile, uint32_t node)
{
	uint32_t at = planfile->view.nodes[node].id;
	const char *id = at == PLAN_NONE ? "" : planfile->view.texts + at;
	struct planfile_input input;
	struct digest fingerprint;
	size_t n;

	if (planfile_node_holds(planfile, node, id, &fingerprint))
		planfile_keep_node(builder, planfile, node);
	if (!planfile_inputs_are_known(planfile, node, id, &n))
		return;
	planfile_begin_node(builder, node);
	for (size_t i = 0; i < n; i++) {
		if (planfile_get_input(planfile, node, i, &input))
			planfile_keep_input(builder, planfile, node, i, &input);
	}
	planfile_end_node(builder);
}

static void use_nodes(struct planfile *planfile)
{
	struct planfile_builder *builder = planfile_builder_new();

	planfile_keep_general(builder, planfile);
	for (uint32_t i = 0; i < planfile->view.head->n_nodes; i++)
		use_node(builder, planfile, i);
	planfile_builder_free(builder);
}

static void check(const struct digest *key, int root_fd)
{
	struct planfile_summary summary;
	struct planfile *planfile;

	planfile_check(scratch_dir, key, root_fd, scratch_dir, &summary, &planfile);
	if (planfile)
		use_nodes(planfile);
	planfile_free(planfile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest key = { { 1 } };
	char hex[DIGEST_HEX_LEN + 1];
	size_t len = size - 1;
	uint8_t *bytes;
	int root_fd;

	if (!size)
		return 0;
	scratch_fresh();
	digest_to_hex(&key, hex);
	bytes = memcpy(malloc(size), data + 1, size - 1);
	if (*data & 2)
		len = fit(bytes, len);
	if (*data & 1)
		seal(bytes, len);
	scratch_write(hex, bytes, len);
	free(bytes);
	scratch_write("a", "of a", 4);
	root_fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(&key, root_fd);
	check(&key, root_fd);
	close(root_fd);
	return 0;
}
