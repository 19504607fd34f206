/*
 * Input: a depfile. Clean paths come out of it, each once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/deps_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session session = { .layout.root = "/work tree" };
	struct arena arena = { 0 };
	struct path_list list = { 0 };
	struct strmap known = { 0 };
	struct err err = ERR_INIT;

	if (deps_parse(&session, (const char *)data, size, size & 1 ? "sub" : "", &arena, &list,
		       &err) == 0) {
		for (size_t i = 0; i < list.paths.n; i++) {
			if (!*list.paths.v[i] || strmap_get(&known, list.paths.v[i]))
				abort();
			strmap_put(&known, list.paths.v[i], &known);
		}
	} else if (!err.kind) {
		abort();
	}
	strmap_release(&known);
	vec_release(&list.paths);
	err_release(&err);
	arena_release(&arena);
	return 0;
}
