/*
 * The form of a compiled plan on disk: head, groups (one a directory), facts (those of a group one
 * behind the other), environment facts, texts; then the nodes and the facts that each refers to, which
 * are not read as long as the plan holds. Numbers in native order; texts end with NUL.
 */
#ifndef STORE_PLANFILE_IMPL_H
#define STORE_PLANFILE_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "store/planfile.h"

#define PLANFILE_VERSION 7
#define PLAN_NONE	 UINT32_MAX

enum plan_fact_kind { PLAN_FILE, PLAN_LINK, PLAN_DIR, PLAN_ABSENT };

struct plan_fact {
	uint64_t dev, ino, size_bytes;
	int64_t mtime_ns, ctime_ns;
	struct digest digest;
	uint32_t mode;
	uint32_t path;	    /* offset in the texts */
	uint32_t name;	    /* of its last component, relative to the path's beginning */
	uint8_t kind;	    /* enum plan_fact_kind */
	uint8_t is_racy;    /* an edit may hide behind the same stat: compare the content */
	uint8_t is_general; /* all nodes rest on it, whether or not it belongs to some, too */
	uint8_t pad;
};

struct plan_group {
	uint32_t dir;	   /* offset in the texts, "" for the root */
	uint32_t first, n; /* facts */
};

struct plan_env {
	uint32_t name; /* offset in the texts */
	uint32_t is_set;
	struct digest digest; /* of the head's salt and the value */
};

struct plan_node { /* by its index in the plan */
	struct digest fingerprint, product;
	uint32_t id;			/* offset in the texts; PLAN_NONE: it never holds */
	uint32_t first, n_refs;		/* facts */
	uint32_t first_input, n_inputs; /* of its facts; n_inputs PLAN_NONE: not known */
};

struct plan_head {
	char magic[8]; /* "wfplan\0\1" */
	uint32_t version;
	uint32_t n_groups, n_facts, n_env, texts_bytes;
	uint32_t n_nodes, n_refs;
	struct planfile_summary summary;
	uint32_t pad;
	int64_t written_unix_ms;
	uint64_t salt;
	uint64_t boot; /* boot_number(): what a file looked like in another one says too little */
	uint64_t nodes_check; /* of the nodes and their references */
	uint64_t front_bytes, file_bytes;
	uint64_t check; /* of all above and of what is behind the head, up to the nodes */
};

/* Views into the bytes of one file. */
struct plan_view {
	struct plan_head *head;
	struct plan_group *groups;
	struct plan_fact *facts;
	struct plan_env *env;
	const char *texts;
	struct plan_node *nodes;
	uint32_t *refs;
};

/* -1: the bytes are no whole, unchanged planfile. */
int plan_view_open(void *bytes, size_t len, struct plan_view *view);
/* Are the nodes whole, too? */
bool plan_view_nodes_are_good(const struct plan_view *view);
/* From a head that is right. */
void plan_view_parts(struct plan_view *view);
/* All bytes, and of these the ones before the nodes. */
uint64_t plan_file_bytes(const struct plan_head *head);
uint64_t plan_front_bytes(const struct plan_head *head);
/* Both checks, that of the nodes first; or the second one alone, where only facts changed. */
void plan_view_seal_nodes(const struct plan_view *view);
void plan_view_seal(const struct plan_view *view);

/* "<dir>/<hex of the key>" for the caller to free. */
char *plan_path(const char *plans_dir, const struct digest *key);
struct digest plan_env_digest(uint64_t salt, const char *value);
struct file_id plan_fact_id(const struct plan_fact *fact);
void plan_fact_set_id(struct plan_fact *fact, const struct file_id *id, int64_t clock_ns);

/* ---- planfile_content.c ---- */

/* Reads what may have moved or is racy and compares; facts that hold get their new stat identity,
 * judged by `clock_ns`, the others are marked in `moved`. suspects: indexes of facts. False: so many
 * moved that it was not read to the end. */
bool plan_compare_contents(const struct plan_view *view, int root_fd,
			   const struct hash_secret *secret, const uint32_t *suspects, size_t n,
			   int64_t clock_ns, uint8_t *moved);

/* ---- planfile_nodes.c ---- */

struct planfile {
	void *bytes; /* mapped, for us alone: what was touched gets its new identity there */
	size_t len;
	struct plan_view view;
	uint8_t *moved;		/* by fact */
	struct plan_look *look; /* planfile_check.c */
	bool has_nodes;		/* they were looked at, and are good */
	uint32_t *kept;		/* by fact: index in the builder, + 1 */
};

/* False: nothing of it can be used. To be called before the functions about nodes. */
bool plan_nodes_open(struct planfile *planfile);

/* The fact of an input that there is. */
uint32_t plan_input_fact(const struct planfile *planfile, uint32_t node, size_t i);

#endif
