/*
 * git wf __snapshot: what the engine starts to have a snapshot taken. It answers in one line of JSON:
 *
 *	{"tree":"…","raw":"…","unreadable":[]}
 */
#include <stdlib.h>

#include "base/jsonw.h"
#include "commands_impl.h"
#include "run/snap.h"
#include "target_impl.h"

static void answer(struct cli *cli, const struct snapshot *snapshot)
{
	struct jsonw w = { .out = &cli->out };

	jsonw_object(&w);
	jsonw_kv_string(&w, "tree", snapshot->tree);
	jsonw_kv_string(&w, "raw", snapshot->raw);
	jsonw_key(&w, "unreadable");
	jsonw_array(&w);
	for (size_t i = 0; i < snapshot->n_unreadable; i++)
		jsonw_string(&w, snapshot->unreadable[i]);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	strbuf_addch(&cli->out, '\n');
}

static int take(struct cli *cli, struct session *session, const void *data UNUSED, struct err *err)
{
	size_t n;
	const char *const *globs = cli_words(cli, 4, &n);
	struct snap_request request = { .run = cli_word(cli, 0),
					.number = (uint32_t)strtoul(cli_word(cli, 1), NULL, 10),
					.kind = cli_word(cli, 2),
					.step = cli_word(cli, 3),
					.include = globs,
					.n_include = n };
	struct snapshot snapshot;

	if (!*request.step)
		request.step = NULL;
	if (!request.number)
		return err_set(err, ERR_USAGE, "'%s' is no number of a snapshot", cli_word(cli, 1));
	if (snap_take(session, &request, &cli->arena, &snapshot, err) < 0)
		return -1;
	answer(cli, &snapshot);
	return EXIT_PASSED;
}

int cmd_take_snapshot(struct cli *cli, struct err *err)
{
	return target_session(cli, NULL, 4, SIZE_MAX, take, err);
}
