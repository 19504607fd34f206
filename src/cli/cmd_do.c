/*
 * git wf do: a phrase as people say it, and the command that it means. The command is printed before it
 * runs, so that one can say it the next time.
 */
#include <string.h>

#include "commands_impl.h"
#include "load_impl.h"
#include "phrase_impl.h"
#include "target_impl.h"
#include "template/template.h"

struct do_options {
	bool dry_run, list;
};

#define OPTION(member) offsetof(struct do_options, member)

static const struct option_row rows[] = {
	{ 'n', "dry-run", OPTION_FLAG, OPTION(dry_run), NULL, NULL,
	  "only print the command, on standard output", 0 },
	{ 'l', "list", OPTION_FLAG, OPTION(list), NULL, NULL, "list an example of each phrase", 0 },
};

const struct option_table cmd_do_options = { rows, ARRAY_SIZE(rows) };

/* ---- What can be named ---- */

static const char *const *names_of_params(struct arena *arena, const struct workflow *wf)
{
	const char **names = ARENA_ARRAY(arena, const char *, wf->n_params + 1);

	for (size_t i = 0; i < wf->n_params; i++)
		names[i] = arena_strdup(arena, wf->params[i].name);
	return names;
}

static void add_workflows(struct cli *cli, struct session *session, struct phrase_world *world)
{
	struct arena *arena = &cli->arena;
	const struct workflow_file *files;
	struct phrase_name *names;
	size_t n;

	if (!session->repo.root || session_list_workflows(session, &files, &n, NULL) < 0)
		return;
	names = ARENA_ARRAY(arena, struct phrase_name, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct loaded loaded;

		names[i].id = arena_strdup(arena, files[i].id);
		if (load_workflow(&loaded, session, files[i].id, files[i].path, NULL) == 0 &&
		    loaded.wf) {
			names[i].title = loaded.wf->name ? arena_strdup(arena, loaded.wf->name)
							 : NULL;
			names[i].params = names_of_params(arena, loaded.wf);
			names[i].n_params = loaded.wf->n_params;
		}
		load_release(&loaded);
	}
	world->workflows = names;
	world->n_workflows = n;
}

static void add_templates(struct cli *cli, struct session *session, struct phrase_world *world)
{
	struct template_list templates = { 0 };
	int root_fd = session->repo.root ? session->layout.root_fd : -1;
	struct phrase_name *names;

	if (template_find_all(root_fd, &cli->arena, &templates, NULL) == 0) {
		names = ARENA_ARRAY(&cli->arena, struct phrase_name, templates.list.n + 1);
		for (size_t i = 0; i < templates.list.n; i++)
			names[i].id = templates.list.v[i].name;
		world->templates = names;
		world->n_templates = templates.list.n;
	}
	template_list_release(&templates);
}

static int look_around(struct cli *cli, struct phrase_world *world, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0) {
		add_workflows(cli, &session, world);
		add_templates(cli, &session, world);
	}
	session_close(&session);
	return rc;
}

/* ---- The answer ---- */

static void add_names(const struct phrase_answer *answer, struct strbuf *out)
{
	for (size_t i = 0; i < answer->n_names; i++) {
		const char *between = i == 0 ? "" : i + 1 < answer->n_names ? ", " : " or ";

		strbuf_addf(out, "%s'%s'", between, answer->names[i]);
	}
}

static int not_understood(const char *text, const struct phrase_answer *answer, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf names = STRBUF_INIT;

	add_names(answer, &names);
	switch (answer->kind) {
	case PHRASE_MANY:
		return err_set(err, ERR_USAGE, "'%s' may mean the workflow %s: which one?",
			       answer->said, strbuf_str(&names));
	case PHRASE_NO_NAME:
		if (answer->remedy)
			return err_set(err, ERR_USAGE,
				       "no workflow is called '%s'; 'git wf new %s' writes one",
				       answer->said, answer->remedy);
		return err_set(err, ERR_USAGE,
			       "no workflow is called '%s'; 'git wf list' shows those there are",
			       answer->said);
	case PHRASE_NO_PARAM:
		return err_set(err, ERR_USAGE,
			       "workflow '%s' has no parameter '%s' that would get the rest of it",
			       answer->names[0], answer->said);
	case PHRASE_FOUND:
	case PHRASE_UNKNOWN: break;
	}
	if (answer->n_names)
		return err_set(err, ERR_USAGE, "'%s' is no phrase that is known; did you mean %s?",
			       text, strbuf_str(&names));
	return err_set(err, ERR_USAGE,
		       "'%s' is no phrase that is known; 'git wf do --list' shows those there are",
		       text);
}

/* The words of the command, and what was said to us that every command knows. */
static char *const *inner_words(struct cli *cli, const struct phrase_answer *answer)
{
	const char **argv = ARENA_ARRAY(&cli->arena, const char *, PHRASE_WORDS + 4);
	size_t n = 0;

	for (size_t i = 1; answer->argv[i]; i++)
		argv[n++] = answer->argv[i];
	if (cli->common.quiet)
		argv[n++] = "-q";
	if (cli->common.verbose)
		argv[n++] = "-v";
	if (cli->common.color_word)
		argv[n++] = arena_printf(&cli->arena, "--color=%s", cli->common.color_word);
	return (char *const *)argv;
}

static int run_command(struct cli *cli, const struct phrase_answer *answer, struct err *err)
{
	struct cli inner = { .command = command_find(answer->argv[0]),
			     .argv = inner_words(cli, answer) };
	int status;

	if (!inner.command)
		BUG("phrase with the unknown command '%s'", answer->argv[0]);
	status = inner.command->fn(&inner, err);
	strbuf_add(&cli->out, strbuf_str(&inner.out), inner.out.len);
	cli_release(&inner);
	return status;
}

static int read_phrase(struct cli *cli, const struct do_options *options, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf command = STRBUF_INIT;
	struct phrase_world world = { 0 };
	struct phrase_answer answer;

	for (size_t i = 0; i < cli->words.list.n; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", cli->words.list.v[i].text);
	if (look_around(cli, &world, err) < 0)
		return -1;
	phrase_read(strbuf_str(&text), &world, &cli->arena, &answer);
	if (answer.kind != PHRASE_FOUND)
		return not_understood(strbuf_str(&text), &answer, err);
	phrase_add_command(&answer, &command);
	if (options->dry_run) {
		strbuf_addf(&cli->out, "git wf %s\n", strbuf_str(&command));
		return EXIT_PASSED;
	}
	cli_say(cli, "git wf %s", strbuf_str(&command));
	return run_command(cli, &answer, err);
}

int cmd_do(struct cli *cli, struct err *err)
{
	struct do_options options = { 0 };
	int rc = cli_parse_words(cli, &options, 0, SIZE_MAX, err);

	if (rc != 0)
		return rc;
	for (size_t i = 0; options.list && i < phrase_n_rows; i++)
		strbuf_addf(&cli->out, "%-40s git wf %s\n", phrase_rows[i].example,
			    phrase_rows[i].means);
	if (options.list)
		return EXIT_PASSED;
	if (!cli->words.list.n)
		return err_set(err, ERR_USAGE, "'do' wants a phrase: git wf do run the tests");
	return read_phrase(cli, &options, err);
}
