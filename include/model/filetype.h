/*
 * Words for kinds of files: what they are (file, symlink, executable, text, binary) and what they hold
 * (python, c, shell, …), told by name, mode, interpreter and first bytes.
 */
#ifndef MODEL_FILETYPE_H
#define MODEL_FILETYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILETYPE_HEAD_SIZE = 1024 }; /* first bytes that are enough to tell */

struct filetype_file {
	const char *path;
	uint32_t mode;	  /* as in a tree: 0100644, 0100755, 0120000 */
	const char *head; /* the first bytes; NULL: not read */
	size_t head_len;
};

bool filetype_is_known(const char *word);
const char *filetype_nearest(const char *word); /* or NULL */
/* Are the first bytes needed to tell? */
bool filetype_needs_head(const char *word, const struct filetype_file *file);
bool filetype_is(const char *word, const struct filetype_file *file);

#endif
