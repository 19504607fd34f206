/*
 * git wf version, and the hidden commands that print the format's tables.
 */
#include "commands_impl.h"
#include "model/schema.h"
#include "views_impl.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

/* What the program was built with; linked in, so that nothing has to be asked. */
static const char *const libraries[] = { "libyaml", "jansson", "inih", "xxHash" };

int cmd_version(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };
	struct jsonw w;
	int rc = cli_parse_words(cli, &options, 0, 0, err);

	if (rc != 0)
		return rc;
	if (options.json) {
		json_view_begin(&w, &cli->out);
		jsonw_kv_string(&w, "version", GIT_WF_VERSION);
		json_view_end(&w);
		return EXIT_PASSED;
	}
	strbuf_addf(&cli->out, "git-wf %s\n", GIT_WF_VERSION);
	for (size_t i = 0; cli->common.verbose && i < ARRAY_SIZE(libraries); i++)
		strbuf_addf(&cli->out, "%s\n", libraries[i]);
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
	int rc = cli_parse_words(cli, NULL, 0, 0, err);

	if (rc == 0)
		schema_write_manual(&cli->out);
	return rc;
}
