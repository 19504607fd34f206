/*
 * From a step of the file to the words that are started.
 */
#include "command_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"

/* One `env`, and the step in whose file and place its values mean something. */
struct env_layer {
	const struct env_block *block;
	const struct step *where;
};

struct env_layers {
	VEC(struct env_layer) list;
};

const char *command_render_text(const struct text *text, const struct expr_env *env,
				struct arena *arena, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	if (text->n_parts == 0)
		return text->raw;
	if (text_render(text, env, &out, err) < 0)
		return NULL;
	return arena_strndup(arena, strbuf_str(&out), out.len);
}

static int render_script(const struct step *step, const struct expr_env *env, struct arena *arena,
			 struct command *command, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf script = STRBUF_INIT;
	size_t n_shell = 0;

	command->action = "shell";
	command->vars.arena = arena;
	if (step->shell_is_posix) {
		if (shtext_render(&step->run, env, &script, &command->vars, err) < 0)
			return -1;
	} else if (text_render(&step->run, env, &script, err) < 0) {
		return -1;
	}
	while (step->shell[n_shell])
		n_shell++;
	command->argc = n_shell + 1;
	command->argv = ARENA_ARRAY(arena, const char *, n_shell + 2);
	memcpy(command->argv, step->shell, n_shell * sizeof *command->argv);
	command->argv[n_shell] = arena_strndup(arena, strbuf_str(&script), script.len);
	return 0;
}

static const struct text_direct *render_direct(const struct step *step, const struct expr_env *env,
					       struct arena *arena)
{
	struct text_direct direct;

	if (!step->has_default_shell || !shtext_render_direct(&step->run, env, arena, &direct))
		return NULL;
	return arena_memdup(arena, &direct, sizeof direct);
}

/* 0, -1, or 1: it needs a shell. Without values one reading of the script tells that as well. */
static int render_plain(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	if (!step->has_default_shell || (step->run.n_parts && !shtext_is_plain(&step->run)))
		return 1;
	command->action = "exec";
	return shtext_render_argv(&step->run, env, arena, &command->argv, &command->argc, err);
}

static int render_shell(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	int rc = render_plain(step, env, arena, command, err);

	if (rc <= 0)
		return rc;
	command->direct = render_direct(step, env, arena);
	return render_script(step, env, arena, command, err);
}

static int render_exec(const struct step *step, const struct expr_env *env, struct arena *arena,
		       struct command *command, struct err *err)
{
	command->action = "exec";
	command->argc = step->n_argv;
	command->argv = ARENA_ARRAY(arena, const char *, step->n_argv + 1);
	for (size_t i = 0; i < step->n_argv; i++) {
		command->argv[i] = command_render_text(&step->argv[i], env, arena, err);
		if (!command->argv[i])
			return -1;
	}
	return 0;
}

/* A line of its own for each: that is how they are kept and shown. */
static int check_choice(const char *choice, struct err *err)
{
	if (!*choice || strchr(choice, '\n'))
		return err_set(err, ERR_VALUE, "a choice must be one line, not empty");
	return 0;
}

static int render_choices(const struct question *question, const struct expr_env *env,
			  struct arena *arena, struct asking *asking, struct err *err)
{
	bool has_default = question->n_choices == 0 || !asking->default_answer;

	asking->n_choices = question->n_choices;
	asking->choices = ARENA_ARRAY(arena, const char *, question->n_choices + 1);
	for (size_t i = 0; i < question->n_choices; i++) {
		const char *choice = command_render_text(&question->choices[i], env, arena, err);

		if (!choice || check_choice(choice, err) < 0)
			return -1;
		has_default = has_default || strcmp(choice, asking->default_answer) == 0;
		asking->choices[i] = choice;
	}
	if (!has_default)
		return err_set(err, ERR_VALUE, "the default '%.60s' is none of the choices",
			       asking->default_answer);
	return 0;
}

/* The question, and below it what an agent would be told. */
static const char *render_asked(const struct question *question, const struct expr_env *env,
				struct arena *arena, struct command *command, struct err *err)
{
	const char *text = command_render_text(&question->text, env, arena, err), *prompt;
	const struct agent_call *agent = question->agent;
	size_t len;

	if (!text || !agent)
		return text;
	prompt = command_render_prompt(agent, env, arena, command, err);
	if (!prompt)
		return NULL;
	for (len = strlen(text); len && text[len - 1] == '\n';)
		len--;
	return arena_printf(arena, "%.*s\n\n%s:\n\n%s", (int)len, text, agent->path, prompt);
}

static int render_question(const struct step *step, const struct expr_env *env, struct arena *arena,
			   struct command *command, struct err *err)
{
	const struct question *question = step->question;
	struct asking *asking = &command->asking;

	command->action = step->action == ACTION_ASK ? "ask" : "approve";
	asking->question = render_asked(question, env, arena, command, err);
	if (asking->question && question->default_answer.raw) {
		asking->default_answer = command_render_text(&question->default_answer, env, arena,
							     err);
		if (!asking->default_answer)
			return -1;
	}
	if (!asking->question || render_choices(question, env, arena, asking, err) < 0)
		return -1;
	command->argv = ARENA_ARRAY(arena, const char *, asking->n_choices + 3);
	command->argv[command->argc++] = asking->question;
	for (size_t i = 0; i < asking->n_choices; i++)
		command->argv[command->argc++] = asking->choices[i];
	if (asking->default_answer)
		command->argv[command->argc++] = asking->default_answer;
	return 0;
}

int command_render_run(const struct step *step, const struct expr_env *env, struct arena *arena,
		       struct command *command, struct err *err)
{
	return step->argv ? render_exec(step, env, arena, command, err)
			  : render_script(step, env, arena, command, err);
}

void command_start_helper(struct command *command, const char *helper, size_t n,
			  struct arena *arena)
{
	command->argv = ARENA_ARRAY(arena, const char *, n + 1);
	command->argv[0] = helper;
	command->argc = 1;
	command->placed = WORD_IS_HELPER;
	command->placed_at = 0;
}

static const struct action_row {
	command_render_fn *render;
	const char *label;	   /* before what is wrong with a value */
	command_finish_fn *finish; /* or NULL: what it wrote to $WF_OUTPUT is all it hands on */
} actions[] = {
	[ACTION_SHELL] = { render_shell, "run", NULL },
	[ACTION_EXEC] = { render_exec, "run", NULL },
	[ACTION_SCRIPT] = { command_render_script, "script", NULL },
	[ACTION_CALL] = { command_render_call, "with", NULL },
	[ACTION_COMMIT] = { command_render_commit, "commit", NULL },
	[ACTION_AGENT] = { command_render_agent, "agent", NULL },
	[ACTION_CONTAINER] = { command_render_container, "container", NULL },
	[ACTION_HTTP] = { command_render_http, "http", command_finish_http },
	[ACTION_DATABASE] = { command_render_database, "database", NULL },
	[ACTION_OPEN] = { command_render_open, "open", NULL },
	[ACTION_NOTIFY] = { command_render_notify, "notify", NULL },
	[ACTION_WINDOW] = { command_render_window, "window", NULL },
	[ACTION_ASK] = { render_question, "the question", NULL },
	[ACTION_APPROVE] = { render_question, "the question", NULL },
};

static const struct action_row *row_of(const struct step *step)
{
	if (step->action >= ARRAY_SIZE(actions) || !actions[step->action].render)
		BUG("action %d is nothing to start", (int)step->action);
	return &actions[step->action];
}

static void put_pair(struct fact_pairs *pairs, const char *name, const char *value)
{
	for (size_t i = 0; i < pairs->n; i++) {
		if (strcmp(pairs->v[i].name, name) == 0) {
			pairs->v[i].value = value;
			return;
		}
	}
	pairs->v[pairs->n++] = (struct fact_pair){ name, value };
}

static int render_env_block(const struct env_block *block, const struct expr_env *env,
			    struct arena *arena, struct fact_pairs *pairs, struct err *err)
{
	for (size_t i = 0; i < block->n_vars; i++) {
		const char *value = command_render_text(&block->vars[i].value, env, arena, err);

		if (!value)
			return err_wrap(err, "env '%s'", block->vars[i].name);
		put_pair(pairs, block->vars[i].name, value);
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void gather_pass(const struct env_layers *layers, struct arena *arena,
			struct fact_list *pass)
{
	size_t n = 0, total = 0;

	for (size_t k = 0; k < layers->list.n; k++)
		total += layers->list.v[k].block->n_pass;
	if (total == 0)
		return;
	pass->v = ARENA_ARRAY(arena, const char *, total);
	for (size_t k = 0; k < layers->list.n; k++)
		for (size_t i = 0; i < layers->list.v[k].block->n_pass; i++)
			pass->v[n++] = layers->list.v[k].block->pass[i];
	qsort(pass->v, n, sizeof *pass->v, compare_names);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(pass->v[i], pass->v[pass->n - 1]) != 0)
			pass->v[pass->n++] = pass->v[i];
	}
}

static void add_layer(struct env_layers *layers, const struct env_block *block,
		      const struct step *where)
{
	if (block)
		vec_push(&layers->list, ((struct env_layer){ block, where }));
}

/* The groups around a step, the outermost first. */
static void add_groups(struct env_layers *layers, const struct workflow *wf, uint32_t at)
{
	if (at == WF_NONE)
		return;
	add_groups(layers, wf, wf->steps[at].parent);
	add_layer(layers, wf->steps[at].env, &wf->steps[at]);
}

static int render_layers(const struct env_layers *layers, const struct command_scope *scope,
			 struct arena *arena, struct command *command, struct err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < layers->list.n; i++) {
		total += layers->list.v[i].block->n_vars;
		command->env_clear |= layers->list.v[i].block->clear;
	}
	total += command->with.n;
	if (total)
		command->env.v = ARENA_ARRAY(arena, struct fact_pair, total);
	gather_pass(layers, arena, &command->pass);
	for (size_t i = 0; i < layers->list.n; i++) {
		const struct env_layer *layer = &layers->list.v[i];

		if (layer->block->n_vars &&
		    render_env_block(layer->block, scope->enter(scope->data, layer->where), arena,
				     &command->env, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < command->with.n; i++)
		put_pair(&command->env, command->with.v[i].name, command->with.v[i].value);
	return 0;
}

/* Its file's, then that of the groups around it, then its own: the later wins. */
static int render_env(const struct command_scope *scope, const struct step *step,
		      struct arena *arena, struct command *command, struct err *err)
{
	struct env_layers layers = { 0 };
	int rc;

	add_layer(&layers, &step->unit->wf->env, step);
	add_groups(&layers, scope->wf, step->parent);
	add_layer(&layers, step->env, step);
	rc = render_layers(&layers, scope, arena, command, err);
	vec_release(&layers.list);
	return rc;
}

static int render_paths(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	const char *text;

	command->dir = "";
	if (step->dir.raw) {
		text = command_render_text(&step->dir, env, arena, err);
		command->dir = text ? command_check_path(arena, text, err) : NULL;
		if (!command->dir)
			return err_wrap(err, "dir");
	}
	if (step->depfile.raw) {
		text = command_render_text(&step->depfile, env, arena, err);
		command->depfile = text ? command_check_path(arena, text, err) : NULL;
		if (!command->depfile)
			return err_wrap(err, "depfile");
	}
	if (step->n_tools)
		command->tools.v = ARENA_ARRAY(arena, const char *, step->n_tools);
	for (size_t i = 0; i < step->n_tools; i++) {
		command->tools.v[i] = command_render_text(&step->tools[i], env, arena, err);
		if (!command->tools.v[i])
			return err_wrap(err, "tools");
		command->tools.n++;
	}
	return 0;
}

int command_render(const struct command_scope *scope, const struct step *step, struct arena *arena,
		   struct command *command, struct err *err)
{
	const struct expr_env *env = scope->enter(scope->data, step);

	memset(command, 0, sizeof *command);
	if (render_paths(step, env, arena, command, err) < 0)
		return -1;
	if (row_of(step)->render(step, env, arena, command, err) < 0)
		return err_wrap(err, "%s", row_of(step)->label);
	if (step->stdin_text.raw) {
		command->stdin_text = command_render_text(&step->stdin_text, env, arena, err);
		if (!command->stdin_text)
			return err_wrap(err, "stdin");
	}
	return render_env(scope, step, arena, command, err);
}

int command_finish(const struct step *step, const struct expr_env *env, struct arena *arena,
		   struct stepout *outputs, struct err *err)
{
	command_finish_fn *finish = row_of(step)->finish;

	return finish ? finish(step, env, arena, outputs, err) : 0;
}

const char *command_artifact_variable(struct arena *arena, const char *prefix, const char *artifact)
{
	char *name = arena_join(arena, prefix, artifact, "");

	for (char *c = name; *c; c++) {
		if (*c == '-')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return name;
}

const char *command_check_path(struct arena *arena, const char *path, struct err *err)
{
	char *clean = arena_alloc(arena, strlen(path) + 1);
	size_t len = 0;

	if (path[0] == '/') {
		err_set(err, ERR_VALUE,
			"path '%s' is absolute; paths are relative to the repository", path);
		return NULL;
	}
	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && at[0] == '.' && at[1] == '.') {
			err_set(err, ERR_VALUE, "path '%s' leads out of the repository by '..'",
				path);
			return NULL;
		}
		if (n == 4 && strncmp(at, ".git", 4) == 0) {
			err_set(err, ERR_VALUE, "path '%s' leads into '.git'", path);
			return NULL;
		}
		if (n > 0 && !(n == 1 && at[0] == '.')) {
			if (len > 0)
				clean[len++] = '/';
			memcpy(clean + len, at, n);
			len += n;
		}
		at += n;
		while (*at == '/')
			at++;
	}
	clean[len] = '\0';
	return clean;
}
