/*
 * Gates: what must hold before and after the steps of a workflow, or one of its steps. As written;
 * checked by run/gate.h. A gate's name ("requires[2] files") says where it stands and of what kind it
 * is.
 */
#ifndef MODEL_GATE_H
#define MODEL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "model/expr.h"
#include "model/text.h"

struct step;
struct workflow;

enum gate_kind {
	GATE_COMMANDS,
	GATE_ENV,
	GATE_FILES,
	GATE_BRANCH,
	GATE_CLEAN,
	GATE_IF,
	GATE_RUN,
	GATE_JSON,
	GATE_MATCHES,
	GATE_BASELINE,
	GATE_NO_SECRETS,
	GATE_DISK,
	GATE_MEMORY,
	GATE_PERMISSIONS,
	GATE_KINDS
};

enum { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXECUTE = 4 };

struct gate_path { /* of `files` and `permissions` */
	struct text path;
	uint8_t access; /* ACCESS_*; 0: that it is there is enough */
	bool has_mode;	/* exactly these permission bits: */
	uint16_t mode;	/* 0644 */
};

struct gate {
	uint8_t kind;	 /* enum gate_kind */
	bool is_warning; /* `level: warning` */
	struct span span;
	const char *name;    /* "requires[1] commands" */
	const char *file;    /* it is of this file (--custom-gates); NULL: of the workflow's */
	struct text message; /* raw NULL: none */

	struct text *words; /* COMMANDS, ENV, BRANCH */
	size_t n_words;
	struct gate_path *paths; /* FILES, PERMISSIONS */
	size_t n_paths;
	const struct expr *expr;  /* IF; BASELINE: the value */
	const struct step *run;	  /* RUN: a step without an id of the workflow */
	struct text path, schema; /* JSON, MATCHES; schema.raw NULL: any JSON will do */
	const char *pattern;	  /* MATCHES: a POSIX extended regular expression */
	double worse_by;	  /* BASELINE */
	bool worse_is_percent;	  /* …of the earlier value */
	bool lower_is_better;
	bool wants_changes;  /* CLEAN: false */
	bool staged_only;    /* NO_SECRETS */
	uint64_t size_bytes; /* DISK, MEMORY */
};

struct gates {
	size_t n;
	const struct gate *v;
};

const char *gate_kind_name(enum gate_kind kind); /* "commands", as in the file */

/* What it asks for, on one line where the file has it on one: "make jq", "git.branch == 'main'". */
void gate_text(const struct gate *gate, struct strbuf *out);

/* Every reference in it. */
void gate_each_ref(const struct gate *gate, expr_ref_fn fn, void *data);

#endif
