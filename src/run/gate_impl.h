/*
 * Gates checked: what was expected, what was found. One row a kind in gate.c; a kind is a function
 * that looks and says. Those with `run` have a process, which is gating.c's. Some ask git: never from a
 * callback of the loop.
 */
#ifndef RUN_GATE_IMPL_H
#define RUN_GATE_IMPL_H

#include "model/gate.h"
#include "run/engine.h"
#include "run/session.h"

struct gate_finding {
	bool holds;
	const char *expected, *found; /* in the arena; NULL: there is nothing to be said */
	const char *message;	      /* of its author, rendered; or NULL */
	const char *value;	      /* of a baseline: the number, to be compared with later */
};

/* What a kind gets to work with. */
struct gate_check {
	struct session *session;
	const char *step_id; /* of the node */
	const struct gate *gate;
	const struct expr_env *env;
	struct arena *arena; /* of the finding */
	struct gate_finding *finding;
};

/* -1: it cannot be told, and so it does not hold; err says why. */
typedef int gate_fn(struct gate_check *check, struct err *err);

/* ---- gate.c ---- */

/* True for those that start a process. */
bool gate_has_process(const struct gate *gate);
bool gates_have_process(const struct gates *gates);
/* As the node sees the world now; never of one that has a process. */
void gate_look(struct session *session, const struct node *node, const struct gate *gate,
	       struct arena *arena, struct gate_finding *finding);
/* `expected` and `message` of a gate whose process has ended or could not be started. */
void gate_describe(struct session *session, const struct node *node, const struct gate *gate,
		   struct arena *arena, struct gate_finding *finding);
/* "requires[1] commands: no jq", or its message: why a step failed. */
const char *gate_sentence(const struct gate *gate, const struct gate_finding *finding,
			  struct arena *arena);
/* A gate that failed only warns. */
bool gate_only_warns(const struct gate *gate, enum gate_rigor rigor);

/* Text with its values, or NULL with err. */
const char *gate_render(struct gate_check *check, const struct text *text, struct err *err);
/* The same of a path below the root. */
const char *gate_render_path(struct gate_check *check, const struct text *text, struct err *err);
/* finding->found, and that it does not hold. Returns 0. */
int gate_found(struct gate_check *check, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The file's bytes; -1 with err. */
int gate_read(struct gate_check *check, const char *path, struct strbuf *out, struct err *err);

/* ---- gate_place.c, gate_tree.c, gate_content.c, gate_baseline.c, gate_secrets.c ---- */

gate_fn gate_commands, gate_env, gate_files, gate_permissions, gate_disk, gate_memory;
gate_fn gate_branch, gate_clean;
gate_fn gate_json, gate_matches;
gate_fn gate_baseline;
gate_fn gate_no_secrets;
/* Does something in it look like a key, a token or a password? */
bool gate_text_has_secret(const char *text);

#endif
