/*
 * git-wf--container: what a step with `container` starts. It calls podman or docker, and sees to it that
 * the container ends where the step does: told to end, it ends it; killed, its guard does.
 */
#ifndef LIBEXEC_CONTAINER_CONTAINER_IMPL_H
#define LIBEXEC_CONTAINER_CONTAINER_IMPL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "sys/env.h"

struct mount {
	const char *from, *to;
	bool is_read_only;
};

/* The words of the command line; see step/helper.h. */
struct request {
	const char *image; /* NULL: what is built */
	const char *build; /* folder, or NULL */
	const char *file;  /* of the build, or NULL */
	VEC(const char *) tags, args;
	VEC(struct mount) mounts;
	const char *const *command; /* NULL-terminated; empty: what the image starts */
	bool has_command;
};

/* The request, and what it is about. */
struct job {
	struct arena arena;
	struct request request;
	const char *engine; /* path of podman or docker */
	const char *name;   /* of the container */
	const char *root;   /* $WF_ROOT */
	const char *note;   /* file that says what runs, for whoever comes after a crash; or NULL */
	struct env client;  /* environment of podman or docker */
	VEC(const char *) told; /* -e words: what the container's environment gets */
	int guard_fd;
};

int request_parse(struct request *request, char **words, struct err *err);

/* What the user chose ($WF_CONTAINER_COMMAND), else podman, else docker. */
int engine_find(struct job *job, struct err *err);
bool engine_is_podman(const char *engine);

/* Takes apart the environment: what is the client's, and what the container's. */
void words_split_env(struct job *job, char *const *environment);
/* The command lines, NULL-terminated, in the job's arena. NULL: a path cannot be handed over. */
const char *const *words_of_run(struct job *job, const char *image, struct err *err);
const char *const *words_of_build(struct job *job, const char *id_file);

/* Runs the client until it ends, and ends the container where the step is told to end. The wait status,
 * or -1. */
int supervise(struct job *job, const char *const *argv, bool has_container, struct err *err);
/* SIGTERM and the like are waited for, not died of. */
void supervise_begin(void);
/* Ends and removes a container, running or not, and waits for that; a failure is nobody's. One that runs is
 * told first if there is patience of a second or more. */
void supervise_remove(const char *engine, const char *name, uint64_t patience_ms,
		      char *const *environment);

/* A process that outlives this one: where it ends without a word the container is removed. */
int guard_start(struct job *job, struct err *err);
void guard_tell_pid(struct job *job, pid_t client);
void guard_dismiss(struct job *job);
int guard_main(char **words); /* what it is: `guard ENGINE NAME NOTE` on the pipe's other end */
/* What attempts before this one left, when nobody was there to see. */
void guard_sweep(struct job *job, const char *io_dir, const char *step_prefix);

#endif
