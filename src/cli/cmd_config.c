/*
 * git wf config: the settings that count, and where each comes from.
 */
#include <string.h>

#include "commands_impl.h"
#include "settings_impl.h"
#include "target_impl.h"
#include "views_impl.h"

static void add_one(struct cli *cli, struct jsonw *w, const struct config_row *row,
		    const char *name, const char *text, enum config_layer layer)
{
	CLEANUP(strbuf_release)
	struct strbuf key = STRBUF_INIT;

	strbuf_addf(&key, *name ? "%s.%s.%s" : "%s%s.%s", row->section, name, row->key);
	if (w) {
		jsonw_object(w);
		jsonw_kv_string(w, "key", strbuf_str(&key));
		jsonw_kv_string(w, "value", text);
		jsonw_kv_string(w, "from", config_layer_name(layer));
		jsonw_kv_string(w, "meaning", row->doc);
		jsonw_object_end(w);
		return;
	}
	strbuf_addf(&cli->out, "%-32s %-12s %s\n", strbuf_str(&key), text ? text : "-",
		    text ? config_layer_name(layer) : "not set");
}

static bool is_said_later(const struct config *config, size_t i)
{
	const struct config_value *value = &config->values.v[i];

	for (size_t j = i + 1; j < config->values.n; j++) {
		if (config->values.v[j].row == value->row &&
		    !strcmp(config->values.v[j].name, value->name))
			return true;
	}
	return false;
}

static void add_row(struct cli *cli, struct jsonw *w, const struct config *config,
		    const struct config_row *row)
{
	if (!row->is_named) {
		add_one(cli, w, row, "", config_string(config, row->section, "", row->key),
			config_origin(config, row->section, "", row->key));
		return;
	}
	for (size_t i = 0; i < config->values.n; i++) {
		const struct config_value *value = &config->values.v[i];

		if (value->row == row && !is_said_later(config, i))
			add_one(cli, w, row, value->name,
				config_string(config, row->section, value->name, row->key),
				config_origin(config, row->section, value->name, row->key));
	}
}

static int config_in_session(struct cli *cli, struct session *session, const void *data,
			     struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	struct config config = { 0 };
	struct jsonw w;
	int rc = settings_load(&config, session, err);

	if (rc == 0 && json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "settings");
		jsonw_array(&w);
	}
	for (size_t i = 0; rc == 0 && i < config_n_rows; i++)
		add_row(cli, json ? &w : NULL, &config, &config_rows[i]);
	if (rc == 0 && json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	}
	config_release(&config);
	return rc;
}

int cmd_config(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 0, 0, config_in_session, err);
}
