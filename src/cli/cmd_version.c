/*
 * git wf version, and the hidden commands that print the format's tables.
 */
#include <string.h>

#include "commands_impl.h"
#include "ext/hash.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "model/dialect.h"
#include "model/schema.h"
#include "views_impl.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

/* What the program works with. inih does not tell its version. */
static const struct library {
	const char *name;
	void (*add_version)(struct strbuf *out);
} libraries[] = {
	{ "libyaml", yaml_library_version },
	{ "jansson", json_library_version },
	{ "inih", NULL },
	{ "xxHash", hash_library_version },
};

static void add_text(struct strbuf *out, const struct library *library)
{
	strbuf_addstr(out, library->name);
	if (library->add_version) {
		strbuf_addch(out, ' ');
		library->add_version(out);
	}
	strbuf_addch(out, '\n');
}

static void add_json(struct strbuf *out)
{
	struct jsonw w;

	json_view_begin(&w, out);
	jsonw_kv_string(&w, "version", GIT_WF_VERSION);
	jsonw_key(&w, "libraries");
	jsonw_object(&w);
	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
		CLEANUP(strbuf_release)
		struct strbuf version = STRBUF_INIT;

		if (libraries[i].add_version)
			libraries[i].add_version(&version);
		jsonw_kv_string(&w, libraries[i].name, version.len ? strbuf_str(&version) : NULL);
	}
	jsonw_object_end(&w);
	json_view_end(&w);
}

int cmd_version(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };
	int rc = cli_parse_words(cli, &options, 0, 0, err);

	if (rc != 0)
		return rc;
	if (options.json) {
		add_json(&cli->out);
		return EXIT_PASSED;
	}
	strbuf_addf(&cli->out, "git-wf %s\n", GIT_WF_VERSION);
	for (size_t i = 0; cli->common.verbose && i < ARRAY_SIZE(libraries); i++)
		add_text(&cli->out, &libraries[i]);
	return EXIT_PASSED;
}

int cmd_schema(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 0, err);

	if (rc == 0)
		schema_write_json_schema(&cli->out);
	return rc;
}

int cmd_manual(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 1, err);

	if (rc != 0)
		return rc;
	if (cli->words.list.n && strcmp(cli_word(cli, 0), "dialect") == 0)
		dialect_write_manual(&cli->out);
	else
		schema_write_manual(&cli->out);
	return 0;
}
