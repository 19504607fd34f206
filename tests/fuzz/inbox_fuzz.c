/*
 * Input: the file of a word in a run's inbox. It is taken or moved aside with a reason, and gone then.
 */
#include "fuzz/scratch.h"

#include "store/inbox.h"

struct counts {
	int n_words, n_bad;
};

static void take(void *data, const struct inbox_word *word)
{
	struct counts *counts = data;

	if (!word->verb || !word->by)
		abort();
	counts->n_words++;
}

static void complain(void *data, const char *name, const char *why)
{
	struct counts *counts = data;

	if (!*name || !*why)
		abort();
	counts->n_bad++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct counts counts = { 0 };

	scratch_fresh();
	scratch_mkdir("inbox");
	scratch_write("inbox/0000000000001-000000001-1.json", data, size);
	if (inbox_take(scratch_dir, take, complain, &counts, NULL) != counts.n_words ||
	    counts.n_words + counts.n_bad != 1)
		abort();
	if (inbox_take(scratch_dir, take, complain, &counts, NULL) != 0)
		abort();
	return 0;
}
