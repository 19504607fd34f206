/*
 * See printed_impl.h.
 */
#include "printed_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_impl.h"
#include "sys/fs.h"

/* ---- While it runs ---- */

void printed_begin(struct execution *execution)
{
	struct engine *engine = execution->engine;

	if (!execution->node->step->unwritten_is_stdout)
		return;
	execution->printed = (struct capture_log){
		.dirfd = engine->io_fd,
		.name = arena_printf(&execution->arena, "%u.%u.printed", execution->node->index,
				     execution->attempt),
		.fd = -1,
	};
	/* That of an engine that was killed would be taken for this attempt's. */
	unlinkat(engine->io_fd, execution->printed.name, 0);
	execution->out.copy = &execution->printed;
}

void printed_describe(struct execution *execution, struct outcome_files *files)
{
	struct capture_log *printed = &execution->printed;
	struct arena *arena = &execution->arena;

	execution->out.copy = NULL;
	capture_log_close(printed);
	if (!printed->name)
		return;
	if (printed->is_broken)
		files->printed_fault = arena_strdup(arena, err_msg(&printed->err));
	if (faccessat(printed->dirfd, printed->name, F_OK, 0) == 0)
		files->printed_path = arena_join(arena, execution->engine->run_dir, "/io/",
						 printed->name);
}

void printed_end(struct execution *execution)
{
	struct capture_log *printed = &execution->printed;

	execution->out.copy = NULL;
	capture_log_close(printed);
	err_release(&printed->err);
	if (printed->name)
		unlinkat(printed->dirfd, printed->name, 0);
	printed->name = NULL;
}

/* ---- When it has passed ---- */

static const char *value_of(const struct stepout *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->pairs[i].name, name) == 0)
			return values->pairs[i].value;
	return NULL;
}

static void add_value(struct arena *arena, struct stepout *values, const char *name,
		      const char *value)
{
	struct stepout_pair *pairs = ARENA_ARRAY(arena, struct stepout_pair, values->n + 1);

	for (size_t i = 0; i < values->n; i++)
		pairs[i] = values->pairs[i];
	pairs[values->n] = (struct stepout_pair){ name, value };
	*values = (struct stepout){ values->n + 1, pairs };
}

static const char *without_line_feed(struct arena *arena, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return arena_strndup(arena, text ? text : "", len - (len && text[len - 1] == '\n'));
}

static int cut_line_feed(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct stat st;
	char last;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) == 0 && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 &&
	    last == '\n')
		rc = ftruncate(fd, st.st_size - 1);
	if (rc < 0)
		err_errno(err, "cannot write '%s'", path);
	close(fd);
	return rc;
}

static int write_artifact(const char *path, const char *text, struct err *err)
{
	return fs_replace(AT_FDCWD, path, 0600, text, strlen(text), 0, err);
}

static int copy_printed(const struct outcome_files *files, const char *path, struct err *err)
{
	if (files->printed_fault)
		return err_set(err, ERR_VALUE, "%s", files->printed_fault);
	if (!files->printed_path)
		return write_artifact(path, "", err);
	if (fs_copy(AT_FDCWD, files->printed_path, AT_FDCWD, path, 0, err) < 0)
		return -1;
	return cut_line_feed(path, err);
}

static int stand_in(struct session *session, const char *name, const struct outcome_files *files,
		    struct arena *arena, struct stepout *values, struct err *err)
{
	const char *path = artifact_path(session, arena, name), *value = value_of(values, name);

	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return err_errno(err, "cannot look at '%s'", path);
	if (value)
		return write_artifact(path, value, err);
	add_value(arena, values, name, without_line_feed(arena, files->stdout_tail));
	return copy_printed(files, path, err);
}

int printed_stand_in(struct session *session, const struct node *node,
		     const struct outcome_files *files, struct arena *arena, struct stepout *values,
		     struct err *err)
{
	if (!node->step->unwritten_is_stdout)
		return 0;
	for (size_t i = 0; i < node->n_outputs; i++)
		if (node->outputs[i].kind == PATH_ARTIFACT &&
		    stand_in(session, node->outputs[i].path, files, arena, values, err) < 0)
			return err_wrap(err, "output 'artifact:%s'", node->outputs[i].path);
	return 0;
}
