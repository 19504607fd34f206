/*
 * The door to inih: `[section]`, `[section "name"]`, `key = value`, comments with # or ; at a line's
 * start, ` ;` begins a comment behind a value. Quotes in a value are kept. A line over 8 KiB, a key
 * outside a section or twice, a section's line over 48 bytes is an error with its line.
 */
#ifndef EXT_INI_H
#define EXT_INI_H

#include <stddef.h>

#include "base/diag.h"

/* Called once for each key; strings are borrowed for the call. `name` is "" where the section has
 * none. A diagnostic may be added through the caller's own data. */
typedef void (*ini_key_fn)(void *data, const char *section, const char *name, const char *key,
			   const char *value, struct span at);

/* Parses diags->text. 0, or -1 with errors in diags. */
int ini_read(struct diags *diags, ini_key_fn key, void *data);

#endif
