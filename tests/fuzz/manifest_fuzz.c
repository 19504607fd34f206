/*
 * Input: a run's workflow.json. It says what was started, or is refused with its name.
 */
#include "fuzz/scratch.h"

#include "run/recover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct layout layout = { .runs_dir = scratch_fresh() };
	struct run_origin origin;
	struct err err = ERR_INIT;

	scratch_mkdir("w-20261120-213201-3f9c5a");
	scratch_write("w-20261120-213201-3f9c5a/workflow.json", data, size);
	if (recover_read_origin(&layout, "w-20261120-213201-3f9c5a", &arena, &origin, &err) < 0) {
		if (!strstr(err_msg(&err), "workflow.json"))
			abort();
	} else {
		for (size_t i = 0; i < origin.n_params; i++)
			if (!origin.param_names[i] || !origin.param_values[i])
				abort();
		for (size_t i = 0; i < origin.n_words; i++)
			if (!origin.words[i])
				abort();
	}
	err_release(&err);
	arena_release(&arena);
	return 0;
}
