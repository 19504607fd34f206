/*
 * Where settings come from: model/config.h knows what they are, this knows the files and variables.
 */
#ifndef CLI_SETTINGS_IMPL_H
#define CLI_SETTINGS_IMPL_H

#include "model/config.h"
#include "run/session.h"

/* All layers but the command line's. Mistakes in a file are shown on standard error and give -1 with
 * err unset. */
int settings_load(struct config *config, const struct session *session, struct err *err);

/* Says whether the files are those of the last time, without reading them. */
const char *settings_identity(const struct session *session, struct arena *arena);

/* The user's own file, or NULL where there is no home. */
const char *settings_user_path(struct arena *arena);
/* "GIT_WF_RUN_JOBS" of run.jobs. */
const char *settings_variable(const struct config_row *row, struct arena *arena);

#define SETTINGS_REPOSITORY_FILE ".workflows/config.ini"
#define SETTINGS_CORTEX_FILE	 "cortex.config.json"

#endif
