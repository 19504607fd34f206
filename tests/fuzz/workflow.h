/*
 * From the bytes of a file to a workflow, by both ways: parsed, and from the kept document.
 */
#ifndef TESTS_FUZZ_WORKFLOW_H
#define TESTS_FUZZ_WORKFLOW_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "ext/yaml.h"
#include "model/workflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is said about a document and what is known of the workflow, as one text. */
static inline void describe(const struct workflow *wf, struct diags *diags, struct strbuf *out)
{
	if ((wf == NULL) != (diags->n_errors > 0))
		abort();
	diags_render(diags, DIAG_ADVICE, false, 0, out);
	if (!wf)
		return;
	strbuf_addf(out, "%zu steps\n", (size_t)wf->n_steps);
	for (size_t i = 0; i < wf->n_steps; i++)
		strbuf_addf(out, "%s\n", wf->steps[i].id);
}

static inline void parse(const char *file, const uint8_t *data, size_t size, struct strbuf *out)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = file, .text = (const char *)data, .text_len = size };

	describe(workflow_load(&arena, "w", &diags), &diags, out);
	diags_release(&diags);
	arena_release(&arena);
}

/* As run/document.c does it: only what was parsed without an error is kept. */
static inline void unpack(const char *file, const uint8_t *data, size_t size, struct strbuf *out)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = file, .text = (const char *)data, .text_len = size };
	struct yaml_node *root = yaml_parse(&arena, &diags, workflow_is_json(file));
	struct strbuf bytes = STRBUF_INIT;

	if (root && !diags.list.n) {
		yaml_pack(root, &diags, workflow_is_json(file), &bytes);
		root = yaml_unpack(&bytes, &diags, workflow_is_json(file));
		if (!root)
			abort();
	}
	describe(root ? workflow_parse(&arena, "w", root, &diags) : NULL, &diags, out);
	diags_release(&diags);
	arena_release(&arena);
	strbuf_release(&bytes);
}

static inline int fuzz_workflow(const char *file, const uint8_t *data, size_t size)
{
	struct strbuf parsed = STRBUF_INIT, unpacked = STRBUF_INIT;

	parse(file, data, size, &parsed);
	unpack(file, data, size, &unpacked);
	if (strcmp(strbuf_str(&parsed), strbuf_str(&unpacked)) != 0)
		abort();
	strbuf_release(&parsed);
	strbuf_release(&unpacked);
	return 0;
}

#endif
