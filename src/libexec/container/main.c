/*
 * git-wf--container: builds an image, or runs a container, or both. Its exit status is that of what ran;
 * 125 where nothing could be started, as podman and docker have it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/strbuf.h"
#include "container_impl.h"
#include "step/helper.h"
#include "sys/fs.h"
#include "sys/spawn.h"

#define ID_MAX ((size_t)4096)

extern char **environ;

/* "…/io/3.1.output" is of attempt 1 of step 3. */
static void name_job(struct job *job)
{
	const char *output = getenv("WF_OUTPUT"), *run = getenv("WF_RUN_ID");
	const char *slash = output ? strrchr(output, '/') : NULL;
	size_t len = slash ? strcspn(slash + 1, ".") : 0;
	const char *folder, *number;

	job->name = arena_printf(&job->arena, "git-wf-%s-%ld", run ? run : "x", (long)getpid());
	if (!len || strlen(slash) < len + 9)
		return;
	folder = arena_strndup(&job->arena, output, (size_t)(slash - output));
	number = arena_strndup(&job->arena, slash + 1, strlen(slash + 1) - strlen(".output"));
	guard_sweep(job, folder, arena_printf(&job->arena, "%.*s.", (int)len, slash + 1));
	job->name = arena_printf(&job->arena, "git-wf-%s-%s", run ? run : "x", number);
	job->note = arena_printf(&job->arena, "%s/%s.container", folder, number);
}

static int write_note(struct job *job, struct err *err)
{
	const char *text;

	if (!job->note)
		return 0;
	text = arena_printf(&job->arena, "%s\n%s\n", job->engine, job->name);
	return fs_replace(AT_FDCWD, job->note, 0600, text, strlen(text), 0, err);
}

static int hand_on_image(struct job *job, const char *image, struct err *err)
{
	const char *output = getenv("WF_OUTPUT");
	const char *line = arena_join(&job->arena, "image=", image, "\n");

	return output ? fs_append_text(output, 0600, line, strlen(line), err) : 0;
}

/* The exit status; 0 with the id of what was built. */
static int build(struct job *job, const char **image, struct err *err)
{
	const char *id_file = arena_printf(&job->arena, "%s.image",
					   job->note ? job->note : "/dev/null");
	CLEANUP(strbuf_release)
	struct strbuf id = STRBUF_INIT;
	int status;

	status = supervise(job, words_of_build(job, id_file), false, err);
	if (status == 0 && fs_read_file(AT_FDCWD, id_file, ID_MAX, &id, err) < 0)
		status = -1;
	unlink(id_file);
	if (status != 0)
		return status < 0 ? -1 : spawn_exit_code(status);
	*image = arena_strndup(&job->arena, strbuf_str(&id), strcspn(strbuf_str(&id), "\r\n"));
	return hand_on_image(job, *image, err);
}

static int run(struct job *job, const char *image, struct err *err)
{
	const char *const *argv = words_of_run(job, image, err);
	int status;

	if (!argv || guard_start(job, err) < 0)
		return -1;
	status = write_note(job, err) < 0 ? -1 : supervise(job, argv, true, err);
	guard_dismiss(job);
	return status < 0 ? -1 : spawn_exit_code(status);
}

static int work(struct job *job, char **words, struct err *err)
{
	const char *image;
	int rc = 0;

	job->root = getenv("WF_ROOT");
	if (!job->root)
		return err_set(err, ERR_USAGE, "only a step of a run starts containers");
	if (request_parse(&job->request, words, err) < 0 || engine_find(job, err) < 0)
		return -1;
	words_split_env(job, environ);
	name_job(job);
	image = job->request.image;
	if (job->request.build)
		rc = build(job, &image, err);
	if (rc == 0 && (!job->request.build || job->request.has_command))
		rc = run(job, image, err);
	return rc;
}

static void job_release(struct job *job)
{
	vec_release(&job->request.tags);
	vec_release(&job->request.args);
	vec_release(&job->request.mounts);
	vec_release(&job->told);
	env_release(&job->client);
	arena_release(&job->arena);
}

int main(int argc UNUSED, char **argv)
{
	struct job job = { .guard_fd = -1 };
	struct err err = ERR_INIT;
	int rc;

	if (argv[1] && strcmp(argv[1], "guard") == 0)
		return guard_main(argv + 2);
	supervise_begin();
	rc = work(&job, argv + 1, &err);
	if (rc < 0) {
		fprintf(stderr, "git-wf: container: %s\n", err_msg(&err));
		rc = HELPER_CONTAINER_REFUSED;
	}
	err_release(&err);
	job_release(&job);
	return rc;
}
