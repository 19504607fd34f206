/*
 * The compiled plan of a run that ended with everything up to date: every fact it rested on, in one
 * mapped file. While all facts still hold, the same command has nothing to do, and no workflow file
 * is parsed, no graph built. Whatever differs sends the caller the long way round: a planfile can
 * only save time, never decide that something must run.
 *
 * Facts: files by stat identity, then by content where it moved or is racy; directories by mtime,
 * then by their listing; absent paths; environment values; free texts (versions, HEAD) by digest.
 *
 * Each fact belongs to the nodes of the plan that rest on it, or to all of them; one that was added
 * both ways (a .gitignore that is an input, too) belongs to all. Of a plan that holds no more as a whole,
 * a node holds as long as its own facts and those of all do.
 */
#ifndef STORE_PLANFILE_H
#define STORE_PLANFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "ext/hash.h"
#include "store/statcache.h"

/* --- writing: gather, then write --- */

struct planfile_builder;

struct planfile_builder *planfile_builder_new(void);
void planfile_builder_free(struct planfile_builder *builder);
/* Relative to the root, or absolute. Doubles are fine; two that disagree never hold. `digest`: the
 * content as the run saw it, `id`: the stat that it belongs to (lstat). */
void planfile_add_file(struct planfile_builder *builder, const char *path, const struct file_id *id,
		       const struct digest *digest);
/* `digest`: hash_bytes() of the target's text, with the clone's secret. What it leads to is a fact of
 * its own. */
void planfile_add_link(struct planfile_builder *builder, const char *path, const struct file_id *id,
		       const struct digest *digest);
/* A directory whose listing mattered. */
void planfile_add_dir(struct planfile_builder *builder, const char *path, const struct file_id *id,
		      const struct digest *listing);
void planfile_add_absent(struct planfile_builder *builder, const char *path);
void planfile_add_env(struct planfile_builder *builder, const char *name, const char *value);

/* Facts that are added from here to planfile_end_node() belong to this node of the plan, others to
 * all. */
void planfile_begin_node(struct planfile_builder *builder, uint32_t node);
void planfile_end_node(struct planfile_builder *builder);
/* It is up to date: all its facts were added, its record has this fingerprint and what it hands on this
 * digest. A node of which this is never said does not hold later. */
void planfile_set_node(struct planfile_builder *builder, uint32_t node, const char *id,
		       const struct digest *fingerprint, const struct digest *product);

/* Inside a node, around the facts that are, in order, all of its declared inputs: only where each of
 * them is a file. */
void planfile_begin_inputs(struct planfile_builder *builder);
void planfile_end_inputs(struct planfile_builder *builder);

struct planfile_summary { /* what the one line of a no-op says */
	uint32_t n_steps, n_cached, n_skipped;
	uint32_t saved_ms; /* what the steps took when they last ran; at most UINT32_MAX */
};

/* `key`: a short name made of everything the command line decided (see planfile_key). `clock_ns`:
 * statcache_clock_ns() from before the first digest of the run was taken; files that are younger than
 * that are compared by content at the next check. Of all plans in the folder the newest 32 stay. */
int planfile_write(const struct planfile_builder *builder, const char *plans_dir,
		   const struct digest *key, const struct planfile_summary *summary,
		   int64_t clock_ns, struct err *err);
void planfile_remove(const char *plans_dir, const struct digest *key);

/* --- reading --- */

enum planfile_answer {
	PLANFILE_HOLDS, /* nothing to do */
	PLANFILE_STALE, /* something differs, or there is none: go the long way */
};

/* Checks every fact against the world. Facts that moved but are the same in content are rewritten
 * once, so that the next check is plain. Never fails: what cannot be checked is STALE, and so is a
 * plan that is a day old (going the long way notes what of the cache is in use).
 * STALE: *planfile is for planfile_free(), with what was found out for who calls planfile_settle()
 * first; or NULL. A thread may be at it till then, and reads `root_fd`. */
struct planfile;

enum planfile_answer planfile_check(const char *plans_dir, const struct digest *key, int root_fd,
				    const char *cache_dir, struct planfile_summary *summary,
				    struct planfile **planfile);
void planfile_free(struct planfile *planfile);
/* When everything was looked at; true: what of it holds can be asked. */
bool planfile_settle(struct planfile *planfile);

/* Did nothing move that this node rested on, when it was checked? */
bool planfile_node_holds(const struct planfile *planfile, uint32_t node, const char *id,
			 struct digest *fingerprint);

/* Had it this fingerprint and this product, whether or not it holds? */
bool planfile_node_was(const struct planfile *planfile, uint32_t node, const char *id,
		       const struct digest *fingerprint, const struct digest *product);

struct planfile_input {
	const char *path; /* lives as long as the planfile */
	struct file_id id;
	struct digest digest;
	bool has_moved; /* or may have: id and digest say nothing then */
};

/* Does the node have the same *n inputs as when the plan was written, though some may have moved? Only
 * if nothing else did that it rested on. */
bool planfile_inputs_are_known(const struct planfile *planfile, uint32_t node, const char *id,
			       size_t *n);
/* In order. False: it has no such input. */
bool planfile_get_input(const struct planfile *planfile, uint32_t node, size_t i,
			struct planfile_input *input);

/* --- what holds goes into the next one; `planfile` must live as long as the builder --- */

/* The facts of all nodes, and the environment. */
void planfile_keep_general(struct planfile_builder *builder, struct planfile *planfile);
/* A node that holds. */
void planfile_keep_node(struct planfile_builder *builder, struct planfile *planfile, uint32_t node);
/* As a fact of the node that was begun, an input that did not move, nor is another one than `as`.
 * False: it cannot be kept. */
bool planfile_keep_input(struct planfile_builder *builder, struct planfile *planfile, uint32_t node,
			 size_t i, const struct planfile_input *as);

/* Digest of words in order (engine version, workflow, options, parameters, root). */
struct digest planfile_key(const char *const *words, size_t n);
/* Digest of a directory's listing: names and types in byte order; used on both sides. */
int planfile_dir_digest(int root_fd, const char *path, struct digest *listing, struct err *err);

#endif
