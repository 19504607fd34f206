/*
 * `container`: words for git-wf--container (step/helper.h), each with its name before it.
 */
#include <stdlib.h>
#include <string.h>

#include "command_impl.h"
#include "step/helper.h"

struct rendering {
	const struct expr_env *env;
	struct arena *arena;
	struct command *command;
	struct err *err;
};

static void add_word(struct rendering *r, const char *key, const char *value)
{
	r->command->argv[r->command->argc++] = arena_join(r->arena, key, value, "");
}

/* A name of an image, as the engines take it; "-x" would be an option. */
static int check_reference(const char *name, struct err *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@-";

	if (!*name || name[strspn(name, letters)] || strchr("-.:/@", *name))
		return err_set(err, ERR_VALUE, "'%.80s' is no name of an image", name);
	return 0;
}

static int add_reference(struct rendering *r, const char *key, const struct text *text)
{
	const char *name = command_render_text(text, r->env, r->arena, r->err);

	if (!name || check_reference(name, r->err) < 0)
		return -1;
	add_word(r, key, name);
	return 0;
}

static int add_path(struct rendering *r, const char *key, const struct text *text)
{
	const char *path = command_render_text(text, r->env, r->arena, r->err);

	path = path ? command_check_path(r->arena, path, r->err) : NULL;
	if (!path)
		return -1;
	add_word(r, key, path);
	return 0;
}

static int add_build(struct rendering *r, const struct container_action *container)
{
	if (add_path(r, "build=", &container->context) < 0)
		return err_wrap(r->err, "build");
	if (container->file.raw && add_path(r, "file=", &container->file) < 0)
		return err_wrap(r->err, "build");
	for (size_t i = 0; i < container->n_tags; i++)
		if (add_reference(r, "tag=", &container->tags[i]) < 0)
			return err_wrap(r->err, "tags");
	for (size_t i = 0; i < container->n_args; i++) {
		const struct env_var *arg = &container->args[i];
		const char *value = command_render_text(&arg->value, r->env, r->arena, r->err);

		if (!value)
			return err_wrap(r->err, "args '%s'", arg->name);
		add_word(r, "arg=", arena_join(r->arena, arg->name, "=", value));
	}
	return 0;
}

/* ---- Mounts ---- */

static int check_plain(const char *path, struct err *err)
{
	if (!*path || strpbrk(path, ",\"\n\r"))
		return err_set(err, ERR_VALUE,
			       "'%.80s' cannot be mounted: it is empty, or has a comma, a quote or "
			       "a new line",
			       path);
	return 0;
}

static bool has_parent(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at += 2)
		if ((at == path || at[-1] == '/') && (at[2] == '/' || !at[2]))
			return true;
	return false;
}

/* Out of the tree only where the author says so: a value cannot lead there. */
static const char *render_source(struct rendering *r, const struct text *text)
{
	const char *path = command_render_text(text, r->env, r->arena, r->err);
	const char *home = getenv("HOME");
	bool is_home = strncmp(text->raw, "~/", 2) == 0;

	if (!path)
		return NULL;
	if (*text->raw != '/' && !is_home)
		return command_check_path(r->arena, path, r->err);
	if (has_parent(path)) {
		err_set(r->err, ERR_VALUE, "path '%.80s' leads elsewhere by '..'", path);
		return NULL;
	}
	if (!is_home)
		return path;
	if (!home || *home != '/') {
		err_set(r->err, ERR_VALUE, "'~': there is no HOME");
		return NULL;
	}
	return arena_join(r->arena, home, path + 1, "");
}

static int add_mount(struct rendering *r, const struct container_mount *mount)
{
	const char *source = render_source(r, &mount->source), *target;

	if (!source)
		return -1;
	target = command_render_text(&mount->target, r->env, r->arena, r->err);
	if (!target || (*source && check_plain(source, r->err) < 0) ||
	    check_plain(target, r->err) < 0)
		return -1;
	if (*target != '/' || has_parent(target))
		return err_set(r->err, ERR_VALUE, "target '%.80s' is no absolute path", target);
	add_word(r, "from=", *source ? source : ".");
	add_word(r, mount->is_read_only ? "to-ro=" : "to=", target);
	return 0;
}

/* ---- All of it ---- */

static void add_command(struct rendering *r, const struct command *inner)
{
	r->command->argv[r->command->argc++] = "--";
	for (size_t i = 0; i < inner->argc; i++)
		r->command->argv[r->command->argc++] = inner->argv[i];
}

int command_render_container(const struct step *step, const struct expr_env *env,
			     struct arena *arena, struct command *command, struct err *err)
{
	const struct container_action *container = step->container;
	struct rendering r = { env, arena, command, err };
	struct command inner = { .dir = command->dir };

	if (container->has_run && command_render_run(step, env, arena, &inner, err) < 0)
		return err_wrap(err, "run");
	command_start_helper(command, HELPER_CONTAINER,
			     6 + container->n_tags + container->n_args + 2 * container->n_mounts +
				     inner.argc,
			     arena);
	command->action = "container";
	command->env_is_carried = true;
	command->vars = inner.vars;
	if (container->image.raw && add_reference(&r, "image=", &container->image) < 0)
		return err_wrap(err, "image");
	if (container->context.raw && add_build(&r, container) < 0)
		return -1;
	for (size_t i = 0; i < container->n_mounts; i++)
		if (add_mount(&r, &container->mounts[i]) < 0)
			return err_wrap(err, "mounts");
	if (container->has_run)
		add_command(&r, &inner);
	return 0;
}
