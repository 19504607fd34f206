/*
 * Where state lives. Runs: <worktree>/cortex-brain/workflows/ (bare: <git dir>/wf/runs/); the cache:
 * <common git dir>/wf/; the compiled plans: <git dir>/wf/plans/ of this worktree. Nothing is created
 * before it is needed: reading commands write nothing.
 */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct layout {
	int root_fd;			  /* the worktree's top, O_PATH or O_RDONLY; owned */
	const char *root;		  /* absolute; the git directory of a bare repository */
	const char *git_dir, *common_dir; /* absolute */
	const char *runs_dir;		  /* absolute: …/cortex-brain/workflows */
	const char *cache_dir;		  /* absolute: <common>/wf */
	const char *plans_dir;		  /* absolute: <git dir>/wf/plans */
	const char *scratch_dir;	  /* absolute: <git dir>/wf/scratch, of snapshots */
};

/* All strings in the arena. `root` NULL: a bare repository. */
int layout_init(struct layout *layout, struct arena *arena, const char *root, const char *git_dir,
		const char *common_dir, struct err *err);
void layout_release(struct layout *layout);

/* "<workflow>-<YYYYMMDD>-<HHMMSS>-<6 hex>"; the caller gives clock and chance. */
const char *layout_new_run_id(struct arena *arena, const char *workflow, int64_t now_unix_ms,
			      uint32_t random24);
/* Makes <runs>/<id>/ with logs/ and artifacts/ (0700), and runs/.gitignore holding '*'. */
int layout_create_run(const struct layout *layout, const char *run_id, struct err *err);
/* Only runs/ with its .gitignore; harmless if it is there. */
int layout_make_runs_dir(const char *runs_dir, struct err *err);
const char *layout_run_dir(const struct layout *layout, struct arena *arena, const char *run_id);

struct layout_runs {
	size_t n;
	const char **ids; /* newest first by the instant in the name */
};

int layout_list_runs(const struct layout *layout, struct arena *arena, struct layout_runs *runs,
		     struct err *err);
/* RUN as people write it: the last group, a unique prefix of 8 or more characters, a workflow's id
 * (its latest run), "latest", or the whole id. ERR_NOT_FOUND, ERR_USAGE (ambiguous: lists them). */
int layout_find_run(const struct layout *layout, const char *word, struct arena *arena,
		    const char **run_id, struct err *err);
/* The last group of an id, as messages show it. */
const char *layout_short_id(const char *run_id);
/* What the name alone tells: the workflow, and the second in which the run began (Unix time, ms; NULL:
 * not asked for). -1: it is no run's id. */
int layout_parse_id(const char *run_id, struct arena *arena, const char **workflow,
		    int64_t *began_ms);

#endif
