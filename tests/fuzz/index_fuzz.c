/*
 * Input: a .git/index. It is left to git, or its entries are sorted, each once, and found by name.
 */
#include "fuzz/scratch.h"

#include "git/index_impl.h"

static void look_at(const struct index *index)
{
	struct index_range all = { 0, index->entries.n };

	for (size_t i = 0; i < index->entries.n; i++) {
		const struct index_entry *entry = &index->entries.v[i];
		struct index_range below;

		if (strlen(entry->name) != entry->len ||
		    (i && strcmp(index->entries.v[i - 1].name, entry->name) >= 0) ||
		    index_find(index, all, entry->name, entry->len) != entry)
			abort();
		below = index_find_below(index, all, entry->name, entry->len);
		if (below.begin > below.end || below.end > index->entries.n)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct index index = { 0 };

	if (!size)
		return 0;
	scratch_fresh();
	scratch_write("index", data + 1, size - 1);
	if (index_read(&index, scratch_path("index"), *data & 1) == 0)
		look_at(&index);
	index_release(&index);
	return 0;
}
