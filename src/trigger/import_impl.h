/*
 * What the readers of other managers' files share.
 */
#ifndef TRIGGER_IMPORT_IMPL_H
#define TRIGGER_IMPORT_IMPL_H

#include <stdint.h>

#include "base/strbuf.h"
#include "ext/yaml.h"
#include "model/hook.h"
#include "trigger/hook_import.h"

struct import {
	int root_fd;
	const char *source;
	struct arena *arena;
	import_tell_fn *tell;
	void *data;
	size_t n_written;
	bool has_node; /* package.json: what it installs is shared */
};

/* A workflow in the making. */
struct import_draft {
	const char *id, *name, *from; /* from: "hook 'black' of .pre-commit-config.yaml" */
	uint32_t hooks;		      /* bit of each enum hook_kind */
	const char *files[16];	      /* globs, '!' excludes */
	size_t n_files;
	const char *types[16];
	size_t n_types;
	unsigned skip_in; /* enum hook_skip */
	const char *run;  /* text for sh */
	const char *dir;
	const struct yaml_node *env; /* a mapping, or NULL */
	bool console;
};

void import_left(struct import *import, const char *what, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Writes it, or says why not. */
int import_write(struct import *import, struct import_draft *draft, struct err *err);

/* Of a mapping: a text or a number, true or false; `fallback` where the key is not there, or something else. */
const char *import_text(const struct yaml_node *map, const char *key, const char *fallback);
bool import_flag(const struct yaml_node *map, const char *key, bool fallback);

/* "git.staged" or "git.pushed" as the hooks have it; NULL: no one list fits all of them. */
const char *import_list_of(uint32_t hooks);

int import_pre_commit(struct import *import, const struct yaml_node *root, struct err *err);
int import_lefthook(struct import *import, const struct yaml_node *root, struct err *err);
int import_husky(struct import *import, struct err *err);

#endif
