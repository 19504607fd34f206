/*
 * git wf hooks: what git's hooks start in this repository.
 */
#include <string.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "hook_run_impl.h"
#include "hooks_impl.h"
#include "trigger/hook_install.h"

#define OPTION(member) offsetof(struct hooks_options, member)

static const struct option_row rows[] = {
	{ 0, "all-files", OPTION_FLAG, OPTION(all_files), NULL, NULL,
	  "run: on every file, not only on what differs", 0 },
	{ 0, "from-ref", OPTION_STRING, OPTION(from), "REV", NULL,
	  "run: on what differs from this commit", 0 },
	{ 0, "to-ref", OPTION_STRING, OPTION(to), "REV", NULL,
	  "run: on the files of this commit (default with --from-ref: HEAD)", 0 },
	{ 0, "files", OPTION_FLAG, OPTION(files), NULL, NULL,
	  "run: the words behind HOOK are files, and it is about these", 0 },
	{ 0, "no-cache", OPTION_FLAG, OPTION(no_cache), NULL, NULL,
	  "run: remember nothing and use nothing remembered", 0 },
	{ 'j', "jobs", OPTION_COUNT, OPTION(jobs), "N", NULL,
	  "run: at most N steps at once (default: as many as there are CPUs)", 0 },
	{ 0, "json", OPTION_FLAG, OPTION(json), NULL, NULL, "status: answer in JSON", 0 },
	{ 0, "output", OPTION_CHOICE, OPTION(output), "HOW", "stream|group|quiet",
	  "run: what steps write: stream (as it comes), group (where one fails) or quiet", 0 },
};

const struct option_table cmd_hooks_options = { rows, ARRAY_SIZE(rows) };

/* ---- run ---- */

/* Files are named from where the caller stands; what is tested has them from the top. */
static int take_files(struct cli *cli, struct hook_request *request, struct err *err)
{
	struct hook_by_hand *by_hand = &request->by_hand;
	const char **files = ARENA_ARRAY(&cli->arena, const char *, request->n_args + 1);
	struct session session;
	int rc = target_open(&session, err);

	for (size_t i = 0; rc == 0 && i < request->n_args; i++) {
		files[i] = hook_file(&cli->arena, session.repo.prefix, request->args[i], err);
		if (!files[i])
			rc = -1;
	}
	session_close(&session);
	by_hand->files = files;
	by_hand->n_files = request->n_args;
	request->n_args = 0;
	return rc;
}

static int run_by_hand(struct cli *cli, struct hooks_options *options, struct err *err)
{
	const char *word = cli_word(cli, 1);
	struct hook_request request = { .target = { .no_cache = options->no_cache,
						    .jobs = options->jobs } };

	if (!word)
		return err_set(err, ERR_USAGE,
			       "'hooks run' wants a hook: git wf hooks run pre-commit");
	if (hooks_find(word, &request.kind, err) < 0)
		return -1;
	if (options->files && (options->all_files || options->from || options->to))
		return err_set(err, ERR_USAGE,
			       "--files goes with neither --all-files nor --from-ref and --to-ref");
	request.args = cli_words(cli, 2, &request.n_args);
	request.execute.output = options->output;
	request.by_hand = (struct hook_by_hand){ .is_by_hand = true,
						 .all_files = options->all_files,
						 .from = options->from,
						 .to = options->to };
	if (options->files && take_files(cli, &request, err) < 0)
		return -1;
	return hook_run(cli, &request, err);
}

/* ---- What git starts ---- */

/* HOOK [ARGUMENT...], as they come from git: none of them is an option. */
int cmd_hook(struct cli *cli, struct err *err)
{
	struct hook_request request = { 0 };
	char *const *argv = cli->argv;

	if (hooks_find(argv[0] ? argv[0] : "", &request.kind, err) < 0)
		return -1;
	if (hook_install_answer_probe(request.kind))
		return EXIT_PASSED;
	request.args = (const char *const *)argv + 1;
	while (request.args[request.n_args])
		request.n_args++;
	return hook_run(cli, &request, err);
}

static const struct {
	const char *name;
	int (*fn)(struct cli *cli, struct hooks_options *options, struct err *err);
} subcommands[] = {
	{ "install", hooks_install }, { "uninstall", hooks_uninstall }, { "status", hooks_status },
	{ "run", run_by_hand },	      { "import", hooks_import },
};

int cmd_hooks(struct cli *cli, struct err *err)
{
	struct hooks_options options = { 0 };
	int rc = cli_parse_words(cli, &options, 1, SIZE_MAX, err);
	const char *names[ARRAY_SIZE(subcommands)], *nearest;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(subcommands); i++) {
		names[i] = subcommands[i].name;
		if (strcmp(subcommands[i].name, cli_word(cli, 0)) == 0)
			return subcommands[i].fn(cli, &options, err);
	}
	if (rc != 0)
		return rc;
	nearest = nearest_word(cli_word(cli, 0), names, ARRAY_SIZE(names));
	if (nearest)
		return err_set(err, ERR_USAGE, "no 'hooks %s'; did you mean '%s'?",
			       cli_word(cli, 0), nearest);
	return err_set(err, ERR_USAGE, "'hooks' wants %s", cli->command->args);
}

/* The shim as text: hooks/shim. */
int cmd_shim(struct cli *cli, struct err *err UNUSED)
{
	hook_shim_write("/usr/local/bin/git-wf", &cli->out);
	return EXIT_PASSED;
}
