/*
 * Which program it is that runs containers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "container_impl.h"
#include "step/helper.h"
#include "sys/spawn.h"

bool engine_is_podman(const char *engine)
{
	const char *base = strrchr(engine, '/');

	return strstr(base ? base + 1 : engine, "podman") != NULL;
}

static int look(struct job *job, const char *program)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;

	if (spawn_find_program(program, getenv("PATH"), NULL, &found) != 0)
		return 1;
	job->engine = arena_strdup(&job->arena, strbuf_str(&found));
	return 0;
}

int engine_find(struct job *job, struct err *err)
{
	static const char *const programs[] = { "podman", "docker" };
	const char *chosen = getenv(HELPER_CONTAINER_COMMAND);

	if (chosen && *chosen) {
		if (look(job, chosen) == 0)
			return 0;
		return err_set(err, ERR_NOT_FOUND, "container.command: no program '%s'", chosen);
	}
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (look(job, programs[i]) == 0)
			return 0;
	return err_set(err, ERR_NOT_FOUND,
		       "neither podman nor docker is on PATH; 'command' in section [container] of "
		       "your settings names another");
}
