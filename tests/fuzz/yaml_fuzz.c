/*
 * Input: a workflow file. It is a workflow or there is an error with a place; packed and unpacked it is
 * the same document.
 */
#include "fuzz/workflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_workflow("w.yml", data, size);
}
