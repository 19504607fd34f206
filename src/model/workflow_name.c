/*
 * What a workflow and its file may be called. See model/workflow.h.
 */
#include <string.h>

#include "base/compat.h"
#include "model/workflow.h"

const char *const workflow_endings[WORKFLOW_ENDINGS] = { ".yml", ".yaml", ".json" };

bool workflow_id_is_valid(const char *id)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	return *id && *id != '-' && !id[strspn(id, letters)];
}

size_t workflow_stem_length(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < WORKFLOW_ENDINGS; i++) {
		size_t ending = strlen(workflow_endings[i]);

		if (len > ending && strcmp(name + len - ending, workflow_endings[i]) == 0)
			return len - ending;
	}
	return 0;
}
