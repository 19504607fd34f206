/*
 * The files of an attempt: what they are called, and what has to be there, or must not, when it begins.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine_impl.h"

#include "launch_impl.h"
#include "outcome_impl.h"
#include "sys/fs.h"

static bool is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* "<n>-<step>.<attempt>.log", of any id a name that is a file's */
static const char *log_name_of(struct execution *execution, unsigned attempt)
{
	struct arena *arena = &execution->engine->session->arena;
	const char *id = execution->node->id;
	char *name;

	if (side_is_at_work(execution))
		id = arena_printf(arena, "%.100s.%s", id, execution->side.label);
	name = arena_printf(arena, "%u-%.120s.%u.log", execution->node->index, id, attempt);

	for (char *c = name; *c; c++) {
		if (!is_plain_char(*c))
			*c = '_';
	}
	return name;
}

/* A run that goes on counts attempts anew, but keeps the logs it has. */
static const char *log_name(struct execution *execution)
{
	const struct engine *engine = execution->engine;
	unsigned attempt = execution->attempt;
	const char *name = log_name_of(execution, attempt);

	while (engine->options->resume_run &&
	       faccessat(engine->logs_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		name = log_name_of(execution, ++attempt);
	return name;
}

static const char *number_of(struct execution *execution)
{
	struct arena *arena = &execution->arena;

	if (side_is_at_work(execution))
		return arena_printf(arena, "/%u.%u.%s", execution->node->index, execution->attempt,
				    execution->side.label);
	return arena_printf(arena, "/%u.%u", execution->node->index, execution->attempt);
}

void launch_name_files(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct arena *arena = &execution->arena;
	const char *number = number_of(execution);
	const char *base = arena_join(arena, engine->run_dir, "/io", number);

	execution->log_name = log_name(execution);
	execution->cookie = arena_join(&engine->session->arena, engine->run_id, number, "");
	execution->output_path = arena_join(arena, base, ".output", "");
	execution->summary_path = arena_join(arena, base, ".summary", "");
	execution->progress_path = arena_join(arena, base, ".progress", "");
	execution->script_path = arena_join(arena, base, ".script", "");
	execution->progress_seen = 0;
	execution->was_told_of_stop = false;
	if (!execution->engine->options->resume_run)
		return;
	/* Those of an engine that was killed would be taken for this attempt's. */
	unlink(execution->output_path);
	unlink(execution->summary_path);
	unlink(execution->progress_path);
}

/* What an attempt before left must not pass for what this one makes. */
static int remove_artifacts(struct execution *execution, struct err *err)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		const char *path;

		if (node->outputs[i].kind != PATH_ARTIFACT)
			continue;
		path = artifact_path(execution->engine->session, &execution->arena,
				     node->outputs[i].path);
		if (unlink(path) < 0 && errno != ENOENT)
			return err_errno(err, "cannot remove '%s' of an earlier attempt", path);
	}
	return 0;
}

/* Directories of declared outputs are there when the step begins, as ninja does it. */
static int make_output_dirs(struct execution *execution, struct err *err)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		const char *path = node->outputs[i].path;
		const char *slash = strrchr(path, '/');
		size_t len = slash ? (size_t)(slash - path) : 0;
		char *dir;

		if (node->outputs[i].kind != PATH_LITERAL || len == 0 ||
		    (i > 0 && strncmp(node->outputs[i - 1].path, path, len + 1) == 0))
			continue;
		/* It mostly is there: "dir/." is cheaper than a mkdir in vain. */
		dir = arena_printf(&execution->arena, "%.*s/.", (int)len, path);
		if (faccessat(engine->session->layout.root_fd, dir, F_OK, 0) == 0)
			continue;
		dir[len] = '\0';
		if (fs_mkdir_p(engine->session->layout.root_fd, dir, 0777, err) < 0)
			return err_wrap(err, "cannot make the directory of output '%s'", path);
	}
	return 0;
}

static int bring_artifacts(struct execution *execution, struct err *err)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_ARTIFACT &&
		    outcome_bring_artifact(execution->engine->session, node, node->inputs[i].path,
					   err) < 0)
			return -1;
	}
	return 0;
}

int launch_prepare_files(struct execution *execution, struct err *err)
{
	if (side_is_at_work(execution))
		return 0;
	if (make_output_dirs(execution, err) < 0 || remove_artifacts(execution, err) < 0)
		return -1;
	return bring_artifacts(execution, err);
}
