/*
 * The door to inih: `[section]`, `[section "name"]`, `key = value`, comments with # or ; at a line's
 * start. A line over 8 KiB, a key outside a section or twice is an error with its line.
 */
#ifndef EXT_INI_H
#define EXT_INI_H

#include <stddef.h>

#include "base/diag.h"

/* Called once for each key; a diagnostic may be added through the caller's own data. */
typedef void (*ini_handler)(void *data, const char *section, const char *name, const char *key,
			    const char *value, struct span at);

/* Parses diags->text. 0, or -1 with errors in diags. `name` is "" where the section has none. */
int ini_parse(struct diags *diags, ini_handler handler, void *data);

#endif
