/*
 * Settings: `.workflows/config.ini` (committed) and the user's own config.ini, by one table of keys.
 * Pure: texts come in. A key that names a program or grants trust is read from the user's file only;
 * in the repository's file it is left aside with a warning. Later and nearer layers win: defaults,
 * repository, user, environment, command line.
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/vec.h"

enum config_layer {
	CONFIG_DEFAULT,
	CONFIG_REPOSITORY,
	CONFIG_USER,
	CONFIG_ENVIRONMENT,
	CONFIG_COMMAND_LINE,
};

enum config_type {
	CONFIG_STRING,
	CONFIG_BOOL,	 /* true yes on 1, false no off 0 */
	CONFIG_COUNT,	 /* a whole number from 0 on */
	CONFIG_DURATION, /* a bare number is seconds */
	CONFIG_SIZE,	 /* bytes: 512M, 5G */
	CONFIG_CHOICE,	 /* one of row.choices */
};

struct config_row {
	const char *section, *key;
	enum config_type type;
	bool is_named;		  /* stands in [section "NAME"] */
	bool is_user_only;	  /* names a program or grants trust */
	const char *default_text; /* or NULL: no value */
	const char *choices;	  /* CONFIG_CHOICE: "autopilot|supervised" */
	const char *doc;
};

extern const struct config_row config_rows[];
extern const size_t config_n_rows;

struct config_value {
	const struct config_row *row;
	const char *name; /* of [section "NAME"], else "" */
	const char *text;
	enum config_layer layer;
};

/* A zeroed struct holds the defaults. */
struct config {
	struct arena arena;
	VEC(struct config_value) values;
};

void config_release(struct config *config);

/* Reads diags->text as one layer's file. Unknown sections and keys and wrong values are errors with
 * place and hint: -1. The rest of the file is read all the same. */
int config_read(struct config *config, enum config_layer layer, struct diags *diags);

/* One value from elsewhere, for `section.key` or `section.NAME.key`. ERR_USAGE: unknown or wrong. */
int config_set(struct config *config, enum config_layer layer, const char *name, const char *text,
	       struct err *err);

/* The value that counts; the default where there is none, or NULL. `name` is "" or the section's.
 * BUG() for a key that is not in the table. */
const char *config_string(const struct config *config, const char *section, const char *name,
			  const char *key);
bool config_bool(const struct config *config, const char *section, const char *key);
uint64_t config_count(const struct config *config, const char *section, const char *key);
uint64_t config_duration_ms(const struct config *config, const char *section, const char *key);
uint64_t config_size_bytes(const struct config *config, const char *section, const char *key);
/* Which layer the value comes from. */
enum config_layer config_origin(const struct config *config, const char *section, const char *name,
				const char *key);
const char *config_layer_name(enum config_layer layer);

#endif
