/*
 * The command lines of podman and docker. Nothing of a value may become an option: each stands behind
 * one, or was checked before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "container_impl.h"
#include "step/helper.h"

#define CARRIED_LEN (sizeof HELPER_CARRIED - 1)

struct words {
	VEC(const char *) list;
};

static void add(struct words *words, const char *word)
{
	vec_push(&words->list, word);
}

static void add_option(struct words *words, const char *option, const char *value)
{
	add(words, option);
	add(words, value);
}

static const char *const *settle(struct job *job, struct words *words)
{
	const char **argv = ARENA_ARRAY(&job->arena, const char *, words->list.n + 1);

	memcpy(argv, words->list.v, words->list.n * sizeof *argv);
	vec_release(&words->list);
	return argv;
}

/* ---- Environment ---- */

/* What decides how the client itself works: the container gets its own on the command line. */
static bool steers_client(const char *name, size_t len)
{
	static const char *const names[] = { "PATH", "HOME", "USER", "TMPDIR" };
	static const char *const prefixes[] = { "LD_",	     "XDG_",	 "DOCKER_",   "BUILDAH_",
						"CONTAINER", "STORAGE_", "REGISTRY_", "NOTIFY_" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && memcmp(name, names[i], len) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* A value that may be secret is read by the client from its own environment. */
static void tell(struct job *job, const char *variable)
{
	size_t len = strcspn(variable, "=");
	const char *name = arena_strndup(&job->arena, variable, len);

	if (steers_client(name, len)) {
		vec_push(&job->told, variable);
		return;
	}
	env_set(&job->client, name, variable + len + 1);
	vec_push(&job->told, name);
}

/* What the engine tells every step; anything else of that name is the caller's, or between us. */
static bool is_of_step(const char *variable)
{
	static const char *const names[] = {
		"WF_RUN_ID=",  "WF_WORKFLOW=", "WF_ROOT=", "WF_RUN_DIR=", "WF_HOOK=",
		"WF_FILES=",   "WF_MSG_FILE=", "WF_STEP=", "WF_ATTEMPT=", "WF_OUTPUT=",
		"WF_SUMMARY=", "WF_PROGRESS=", "WF_OUT_",  "WF_IN_",	  "WF_ERROR_",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

void words_split_env(struct job *job, char *const *environment)
{
	VEC(char *) own = { 0 };

	for (char *const *at = environment; *at; at++)
		if (strncmp(*at, "WF_", 3) != 0 && strncmp(*at, "__wf_", 5) != 0 &&
		    strncmp(*at, "MAKEFLAGS=", 10) != 0)
			vec_push(&own, *at);
	vec_push(&own, NULL);
	env_init(&job->client, own.v, 0);
	vec_release(&own);
	for (char *const *at = environment; *at; at++) {
		if (strncmp(*at, HELPER_CARRIED, CARRIED_LEN) == 0)
			tell(job, *at + CARRIED_LEN);
		else if (strncmp(*at, "__wf_", 5) == 0)
			tell(job, *at);
		else if (is_of_step(*at))
			vec_push(&job->told, *at);
	}
}

/* ---- Mounts ---- */

static int add_mount(struct job *job, struct words *words, const struct mount *mount,
		     struct err *err)
{
	const char *const paths[] = { mount->from, mount->to };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strpbrk(paths[i], ",\"\n\r"))
			return err_set(err, ERR_VALUE,
				       "'%s' cannot be mounted: there is a comma, a quote or a new "
				       "line in it",
				       paths[i]);
	add_option(words, "--mount",
		   arena_printf(&job->arena, "type=bind,source=%s,target=%s%s", mount->from,
				mount->to, mount->is_read_only ? ",readonly" : ""));
	return 0;
}

static bool is_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	return strncmp(path, root, len) == 0 && (path[len] == '/' || !path[len]);
}

/* The repository and the folder of the run at their own places: paths mean the same inside. */
static int add_mounts(struct job *job, struct words *words, struct err *err)
{
	struct mount root = { job->root, job->root, false };
	const char *run_dir = getenv("WF_RUN_DIR");
	struct mount run = { run_dir, run_dir, false };

	if (add_mount(job, words, &root, err) < 0 ||
	    (run_dir && !is_below(run_dir, job->root) && add_mount(job, words, &run, err) < 0))
		return -1;
	for (size_t i = 0; i < job->request.mounts.n; i++) {
		struct mount mount = job->request.mounts.v[i];

		if (*mount.from != '/')
			mount.from = arena_join(&job->arena, job->root, "/", mount.from);
		if (add_mount(job, words, &mount, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- Command lines ---- */

/* What the container writes belongs to who started the run. */
static void add_user(struct job *job, struct words *words)
{
	if (engine_is_podman(job->engine) && geteuid() != 0)
		add_option(words, "--userns", "keep-id");
	add_option(words, "--user",
		   arena_printf(&job->arena, "%ld:%ld", (long)geteuid(), (long)getegid()));
}

static int add_place(struct job *job, struct words *words, struct err *err)
{
	char *cwd = getcwd(NULL, 0);

	if (!cwd)
		return err_errno(err, "cannot tell the working directory");
	add_option(words, "--workdir", arena_strdup(&job->arena, cwd));
	free(cwd);
	return add_mounts(job, words, err);
}

static void add_command(struct job *job, struct words *words, const char *image)
{
	const char *const *command = job->request.command;

	if (job->request.has_command)
		add_option(words, "--entrypoint", *command++);
	add(words, image);
	while (job->request.has_command && *command)
		add(words, *command++);
}

const char *const *words_of_run(struct job *job, const char *image, struct err *err)
{
	const char *run_id = getenv("WF_RUN_ID");
	struct words words = { 0 };

	add(&words, job->engine);
	add(&words, "run");
	add(&words, "--rm");
	add(&words, "--interactive");
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		add(&words, "--tty");
	add_option(&words, "--name", job->name);
	add_option(&words, "--label",
		   arena_join(&job->arena, "git-wf.run=", run_id ? run_id : "", ""));
	add_option(&words, "--security-opt", "label=disable");
	add_user(job, &words);
	if (add_place(job, &words, err) < 0) {
		vec_release(&words.list);
		return NULL;
	}
	for (size_t i = 0; i < job->told.n; i++)
		add_option(&words, "--env", job->told.v[i]);
	add_command(job, &words, image);
	return settle(job, &words);
}

const char *const *words_of_build(struct job *job, const char *id_file)
{
	const struct request *request = &job->request;
	struct words words = { 0 };

	add(&words, job->engine);
	add(&words, "build");
	add_option(&words, "--iidfile", id_file);
	if (request->file)
		add_option(&words, "--file",
			   arena_join(&job->arena, job->root, "/", request->file));
	for (size_t i = 0; i < request->tags.n; i++)
		add_option(&words, "--tag", request->tags.v[i]);
	for (size_t i = 0; i < request->args.n; i++)
		add_option(&words, "--build-arg", request->args.v[i]);
	add(&words,
	    *request->build ? arena_join(&job->arena, job->root, "/", request->build) : job->root);
	return settle(job, &words);
}
