/*
 * Input: a config.ini, read as the repository's and as the user's. It is read or there is an error with
 * a line; nothing that is the user's alone comes from the repository.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct config *config, enum config_layer layer)
{
	for (size_t i = 0; i < config->values.n; i++) {
		const struct config_value *value = &config->values.v[i];

		if (value->layer == CONFIG_REPOSITORY && value->row->is_user_only)
			abort();
		if (value->layer != layer || !value->text || !value->name)
			abort();
		if (!config_string(config, value->row->section, value->name, value->row->key))
			abort();
	}
}

static void read_as(enum config_layer layer, const char *file, const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	struct diags diags = { .file = file, .text = (const char *)data, .text_len = size };
	struct strbuf out = STRBUF_INIT;

	if ((config_read(&config, layer, &diags) < 0) != (diags.n_errors > 0))
		abort();
	look_at(&config, layer);
	diags_render(&diags, DIAG_ADVICE, false, 0, &out);
	strbuf_release(&out);
	diags_release(&diags);
	config_release(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(CONFIG_REPOSITORY, ".workflows/config.ini", data, size);
	read_as(CONFIG_USER, "config.ini", data, size);
	return 0;
}
