/*
 * Input: one byte, then a compiled plan; with an odd byte its head gets the right size and check. It
 * holds or it does not, and a plan with a fact that is wrong does not.
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
	plan_view_parts(&view);
	plan_view_seal(&view);
}

/* As many texts as there are bytes left. */
static void fit(uint8_t *bytes, size_t len)
{
	struct plan_head *head = (struct plan_head *)bytes;
	uint64_t need;

	if (len < sizeof *head)
		return;
	head->n_groups %= 16;
	head->n_facts %= 64;
	head->n_env %= 16;
	head->texts_bytes = 0;
	need = plan_file_bytes(head);
	if (need <= len)
		head->texts_bytes = (uint32_t)(len - need);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest key = { { 1 } };
	struct planfile_summary summary;
	char hex[DIGEST_HEX_LEN + 1];
	uint8_t *bytes;
	int root_fd;

	if (!size)
		return 0;
	scratch_fresh();
	digest_to_hex(&key, hex);
	bytes = memcpy(malloc(size), data + 1, size - 1);
	if (*data & 2)
		fit(bytes, size - 1);
	if (*data & 1)
		seal(bytes, size - 1);
	scratch_write(hex, bytes, size - 1);
	free(bytes);
	scratch_write("a", "of a", 4);
	root_fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	planfile_check(scratch_dir, &key, root_fd, scratch_dir, &summary);
	planfile_check(scratch_dir, &key, root_fd, scratch_dir, &summary);
	close(root_fd);
	return 0;
}
