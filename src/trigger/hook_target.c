/*
 * See trigger/hook_target.h.
 */
#include "trigger/hook_target.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "git/cmd.h"
#include "step/command.h"

/* ---- Files ---- */

static void take_frozen_paths(struct hook_target *target, struct arena *arena)
{
	const struct frozen *frozen = &target->frozen;

	target->files = ARENA_ARRAY(arena, const char *, frozen->n_paths + 1);
	target->changed = ARENA_ARRAY(arena, const char *, frozen->n_paths + 1);
	for (size_t i = 0; i < frozen->n_paths; i++) {
		const struct frozen_path *path = &frozen->paths[i];

		target->changed[target->n_changed++] = path->path;
		/* A submodule is no file. */
		if (path->mode && path->mode != 0160000)
			target->files[target->n_files++] = path->path;
	}
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_given_files(struct hook_target *target, const struct hook_by_hand *by_hand,
			     struct arena *arena)
{
	target->files = ARENA_ARRAY(arena, const char *, by_hand->n_files + 1);
	for (size_t i = 0; i < by_hand->n_files; i++)
		target->files[i] = by_hand->files[i];
	target->n_files = by_hand->n_files;
	qsort(target->files, target->n_files, sizeof *target->files, compare_strings);
	target->changed = target->files;
	target->n_changed = target->n_files;
}

/* NUL-terminated names: those that are there, and all. `status`: "A\0name\0M\0name\0". */
static int list_names(struct hook_target *target, const struct repo *repo, const char *const *args,
		      bool has_status, struct arena *arena, struct err *err)
{
	struct git_cmd cmd = { .repo = repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	VEC(const char *) files = { 0 }, changed = { 0 };

	if (git_run(&cmd, &out, NULL, err) < 0)
		return -1;
	for (size_t at = 0; at < out.len;) {
		bool is_gone = has_status && out.buf[at] == 'D';

		if (has_status)
			at += strlen(out.buf + at) + 1;
		if (at >= out.len)
			break;
		vec_push(&changed, arena_strdup(arena, out.buf + at));
		if (!is_gone)
			vec_push(&files, *vec_last(&changed));
		at += strlen(out.buf + at) + 1;
	}
	target->n_files = files.n;
	target->files = arena_memdup(arena, files.v ? files.v : (void *)"",
				     files.n * sizeof *files.v);
	target->n_changed = changed.n;
	target->changed = arena_memdup(arena, changed.v ? changed.v : (void *)"",
				       changed.n * sizeof *changed.v);
	vec_release(&files);
	vec_release(&changed);
	return 0;
}

static int list_between(struct hook_target *target, const struct repo *repo, const char *from,
			const char *to, struct arena *arena, struct err *err)
{
	const char *const args[] = { "diff-tree",    "-r", "-z", "--name-status",
				     "--no-renames", from, to,	 NULL };

	target->range = arena_join(arena, from, "..", to);
	return list_names(target, repo, args, true, arena, err);
}

static int list_all(struct hook_target *target, const struct repo *repo, struct arena *arena,
		    struct err *err)
{
	static const char *const args[] = { "ls-files", "-z", NULL };

	return list_names(target, repo, args, false, arena, err);
}

/* ---- Revisions ---- */

/* The commit that a revision leads to, or NULL: there is none. -1: git did not answer. */
static int find_commit(const struct repo *repo, const char *rev, struct arena *arena,
		       const char **commit, struct err *err)
{
	const char *const args[] = { "rev-parse", "--verify", "-q",
				     arena_join(arena, rev, "^{commit}", ""), NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	int code;

	*commit = NULL;
	if (*rev == '-')
		return 0;
	if (git_run(&cmd, &out, &code, err) < 0)
		return -1;
	if (code == 0)
		*commit = arena_strndup(arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return 0;
}

/* Of a branch that is new there: the commit before the first that is nowhere else yet. *base NULL: it
 * has a root of its own; `to` itself: nothing is new. */
static int find_new_base(const struct repo *repo, const char *to, const char *others,
			 struct arena *arena, const char **base, struct err *err)
{
	const char *const args[] = { "rev-list", "--topo-order", "--reverse", to,
				     "--not",	 others,	 NULL };
	struct git_cmd cmd = { .repo = repo, .args = args, .timeout_ms = 600000 };
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	const char *first;

	if (git_run(&cmd, &out, NULL, err) < 0)
		return -1;
	if (!out.len) {
		*base = to;
		return 0;
	}
	first = arena_strndup(arena, out.buf, strcspn(out.buf, "\n"));
	return find_commit(repo, arena_join(arena, first, "^1", ""), arena, base, err);
}

/* What `to` is compared with: what the reference had, else where it parts from what is there. */
static int find_base(const struct repo *repo, const struct hook_event *event,
		     const struct hook_ref *ref, const char *to, struct arena *arena,
		     const char **base, struct err *err)
{
	const char *others = "--branches";

	*base = NULL;
	if (ref->from && find_commit(repo, ref->from, arena, base, err) < 0)
		return -1;
	if (*base)
		return 0;
	if (event->kind == HOOK_PRE_PUSH)
		others = event->n_args && !strpbrk(event->args[0], "/:*?[")
				 ? arena_join(arena, "--remotes=", event->args[0], "")
				 : "--remotes";
	return find_new_base(repo, to, others, arena, base, err);
}

/* ---- Kinds of hooks ---- */

static int freeze_staged(struct hook_target *target, const struct repo *repo,
			 const struct hook_by_hand *by_hand, struct arena *arena, struct err *err)
{
	const char *index = by_hand->is_by_hand ? NULL : getenv("GIT_INDEX_FILE");

	target->has_tree = true;
	return freeze_index(&target->frozen, repo, index, by_hand->all_files ? FREEZE_ALL : NULL,
			    arena, err);
}

static int freeze_revisions(struct hook_target *target, const struct repo *repo, const char *from,
			    const char *to, bool all_files, struct arena *arena, struct err *err)
{
	const char *base = NULL;

	target->has_tree = true;
	if (from && find_commit(repo, from, arena, &base, err) < 0)
		return -1;
	if (from && !base)
		return err_set(err, ERR_USAGE, "'%s' names no commit", from);
	if (freeze_commit(&target->frozen, repo, to, all_files ? FREEZE_ALL : base, arena, err) < 0)
		return -1;
	if (base)
		target->range = arena_join(arena, base, "..", target->frozen.head);
	return 0;
}

static bool is_known(const struct hook_targets *targets, const char *commit,
		     struct hook_target **known)
{
	for (size_t i = 0; i < targets->n; i++) {
		*known = &targets->list[i];
		if (strcmp((*known)->frozen.head, commit) == 0)
			return true;
	}
	return false;
}

static void add_ref(struct hook_target *target, const struct hook_ref *ref, size_t max,
		    struct arena *arena)
{
	const struct hook_ref **refs = (const struct hook_ref **)target->refs;

	if (!refs)
		target->refs = refs = ARENA_ARRAY(arena, const struct hook_ref *, max);
	refs[target->n_refs++] = ref;
}

static int add_pushed(struct hook_targets *targets, const struct repo *repo,
		      const struct hook_event *event, const struct hook_ref *ref,
		      const struct hook_by_hand *by_hand, struct arena *arena, struct err *err)
{
	struct hook_target *target;
	const char *commit, *base;

	if (!ref->to)
		return 0;
	if (find_commit(repo, ref->to, arena, &commit, err) < 0)
		return -1;
	if (!commit) /* a tag of something else */
		return 0;
	if (!is_known(targets, commit, &target)) {
		target = &targets->list[targets->n];
		if (find_base(repo, event, ref, commit, arena, &base, err) < 0 ||
		    freeze_revisions(target, repo, base, commit, by_hand->all_files || !base, arena,
				     err) < 0)
			return -1;
		take_frozen_paths(target, arena);
		targets->n++;
	}
	add_ref(target, ref, event->n_refs, arena);
	return 0;
}

static int find_pushed(struct hook_targets *targets, const struct repo *repo,
		       const struct hook_event *event, const struct hook_by_hand *by_hand,
		       struct arena *arena, struct err *err)
{
	targets->list = ARENA_ARRAY(arena, struct hook_target, event->n_refs + 1);
	for (size_t i = 0; i < event->n_refs; i++)
		if (add_pushed(targets, repo, event, &event->refs[i], by_hand, arena, err) < 0)
			return -1;
	return 0;
}

/* Hooks after the fact tell what has changed; the others are about no files. */
static int find_worktree(struct hook_target *target, const struct repo *repo,
			 const struct hook_event *event, struct arena *arena, struct err *err)
{
	const char *from = NULL, *to = NULL;

	if (!repo->root)
		return 0;
	if (event->kind == HOOK_POST_CHECKOUT && event->n_args > 1) {
		if (!event->args[0][strspn(event->args[0], "0")]) /* a clone */
			return list_all(target, repo, arena, err);
		from = event->args[0];
		to = event->args[1];
	} else if (event->kind == HOOK_POST_MERGE) {
		from = "ORIG_HEAD";
		to = "HEAD";
	} else if (event->kind == HOOK_POST_COMMIT || event->kind == HOOK_POST_APPLYPATCH) {
		from = "HEAD^1";
		to = "HEAD";
	}
	if (from && (find_commit(repo, from, arena, &from, err) < 0 ||
		     find_commit(repo, to, arena, &to, err) < 0))
		return -1;
	if (!to)
		return 0;
	return from ? list_between(target, repo, from, to, arena, err)
		    : list_all(target, repo, arena, err);
}

/* A mail, or a text for Perforce: what is staged has nothing to do with it. */
static bool is_of_no_commit(enum hook_kind kind)
{
	return kind == HOOK_SENDEMAIL_VALIDATE || kind == HOOK_P4_PREPARE_CHANGELIST ||
	       kind == HOOK_P4_CHANGELIST;
}

/* The files that a message is about: what is staged. */
static int find_message(struct hook_target *target, const struct repo *repo,
			const struct hook_event *event, struct arena *arena, struct err *err)
{
	struct frozen frozen;
	struct err why CLEANUP(err_release) = ERR_INIT;

	(void)err;
	if (is_of_no_commit(event->kind) || !repo->root ||
	    freeze_index(&frozen, repo, getenv("GIT_INDEX_FILE"), NULL, arena, &why) < 0)
		return 0;
	target->frozen = frozen;
	take_frozen_paths(target, arena);
	return 0;
}

static int find_one(struct hook_target *target, const struct repo *repo,
		    const struct hook_event *event, const struct hook_by_hand *by_hand,
		    struct arena *arena, struct err *err)
{
	unsigned traits = hook_traits(event->kind);
	int rc;

	if (by_hand->to || by_hand->from)
		rc = freeze_revisions(target, repo, by_hand->from,
				      by_hand->to ? by_hand->to : "HEAD", by_hand->all_files, arena,
				      err);
	else if (traits & HOOK_PUSHED)
		rc = freeze_revisions(target, repo, NULL, "HEAD", by_hand->all_files, arena, err);
	else if (traits & HOOK_STAGED)
		rc = freeze_staged(target, repo, by_hand, arena, err);
	else if (traits & HOOK_MESSAGE)
		rc = find_message(target, repo, event, arena, err);
	else if (by_hand->all_files)
		rc = list_all(target, repo, arena, err);
	else
		rc = find_worktree(target, repo, event, arena, err);
	if (rc == 0 && target->has_tree)
		take_frozen_paths(target, arena);
	if (rc == 0 && by_hand->files)
		take_given_files(target, by_hand, arena);
	return rc;
}

int hook_targets_find(struct hook_targets *targets, const struct repo *repo,
		      const struct hook_event *event, const struct hook_by_hand *by_hand,
		      struct arena *arena, struct err *err)
{
	*targets = (struct hook_targets){ 0 };
	if ((hook_traits(event->kind) & HOOK_PUSHED) && event->n_refs && !by_hand->from &&
	    !by_hand->to && !by_hand->files)
		return find_pushed(targets, repo, event, by_hand, arena, err);
	if ((hook_traits(event->kind) & HOOK_PUSHED) && !by_hand->is_by_hand)
		return 0; /* git pushes nothing */
	targets->list = ARENA_ARRAY(arena, struct hook_target, 1);
	targets->n = 1;
	return find_one(&targets->list[0], repo, event, by_hand, arena, err);
}

/* "d/../c" → "c": what a person types, not what a link may lead to. */
static const char *without_ups(struct arena *arena, const char *path)
{
	char *out = arena_strdup(arena, path), *to = out;

	for (const char *at = path; *at;) {
		size_t len = strcspn(at, "/");

		if (len == 2 && memcmp(at, "..", 2) == 0 && to > out) {
			for (to--; to > out && to[-1] != '/';)
				to--;
		} else {
			memmove(to, at, len + (at[len] == '/'));
			to += len + (at[len] == '/');
		}
		at += len + (at[len] == '/');
	}
	*to = '\0';
	return out;
}

const char *hook_file(struct arena *arena, const char *prefix, const char *word, struct err *err)
{
	const char *path = *prefix ? arena_join(arena, prefix, "/", word) : word;

	path = command_check_path(arena, without_ups(arena, path), err);
	if (!path && err) {
		err->kind = ERR_USAGE;
		err_wrap(err, "--files");
	}
	return path;
}
