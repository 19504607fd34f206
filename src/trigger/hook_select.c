/*
 * See trigger/hook_select.h.
 */
#include "trigger/hook_select.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/glob.h"
#include "git/cmd.h"
#include "model/filetype.h"
#include "model/workflow.h"
#include "run/staging.h"
#include "sys/fs.h"

#define WORKFLOW_FILE_MAX ((size_t)32 << 20) /* bytes */

void hook_workflows_release(struct hook_workflows *workflows)
{
	vec_release(&workflows->list);
}

/* ---- Reading ---- */

/* Most files of a repository have nothing to do with a hook. A name in double quotes may be written
 * with escapes. */
static bool may_mention(const struct strbuf *text, const char *hook)
{
	return text->len && (memmem(text->buf, text->len, hook, strlen(hook)) ||
			     memchr(text->buf, '\\', text->len));
}

static bool has_only_files(const struct step *step)
{
	return step->foreach && step->foreach->per_file;
}

static void look_at_steps(const struct workflow *wf, struct hook_workflow *found)
{
	found->is_per_file = wf->n_steps > 0;
	for (size_t i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];

		if (step->role != ROLE_STEP || step->group)
			continue;
		found->is_per_file &= has_only_files(step);
		found->needs_all |= !step->has_inputs && !has_only_files(step);
	}
}

/* What a `uses` brings in is not read here. */
static bool is_for_itself(const struct step *step)
{
	return !step->console && !step_asks(step) && step->on_failure != ON_FAILURE_ESCALATE &&
	       !(step->group && step->group->uses.name);
}

static void look_at_fixes(const struct workflow *wf, struct hook_workflow *found)
{
	found->may_fix = staging_may_fix(wf);
	found->runs_apart = found->may_fix && found->trigger.isolation != HOOK_IN_PLACE &&
			    (!wf->mode || wf->mode == MODE_AUTOPILOT);
	for (size_t i = 0; i < wf->n_steps; i++)
		found->runs_apart &= is_for_itself(&wf->steps[i]);
}

static const char **copy_list(struct arena *arena, const char *const *list, size_t n)
{
	const char **copy = ARENA_ARRAY(arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, list[i]);
	return copy;
}

static struct hook_trigger copy_trigger(struct arena *arena, const struct hook_trigger *from)
{
	struct hook_trigger to = *from;

	to.files = copy_list(arena, from->files, from->n_files);
	to.types = copy_list(arena, from->types, from->n_types);
	to.branches = copy_list(arena, from->branches, from->n_branches);
	to.share = copy_list(arena, from->share, from->n_share);
	to.keep = copy_list(arena, from->keep, from->n_keep);
	return to;
}

struct reading {
	struct hook_workflows *workflows;
	enum hook_kind kind;
	struct arena *arena;
	hook_diags_fn *tell;
	void *data;
};

static void take_file(struct reading *reading, const char *id, const char *path,
		      const struct strbuf *text)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };
	struct diags diags CLEANUP(diags_release) = { 0 };
	const struct hook_trigger *trigger;
	const struct workflow *wf;
	struct hook_workflow found = { .id = id, .path = path };

	diags_begin(&diags, path, text);
	wf = workflow_load(&scratch, id, &diags);
	if (!wf) {
		reading->workflows->n_wrong++;
		if (reading->tell)
			reading->tell(reading->data, &diags);
		return;
	}
	trigger = workflow_hook(wf, reading->kind);
	if (!trigger)
		return;
	found.trigger = copy_trigger(reading->arena, trigger);
	look_at_steps(wf, &found);
	look_at_fixes(wf, &found);
	vec_push(&reading->workflows->list, found);
}

static int read_entry(struct reading *reading, int root_fd, const char *name, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	size_t stem = workflow_stem_length(name);
	const char *id, *path;

	if (!stem)
		return 0;
	id = arena_strndup(reading->arena, name, stem);
	path = arena_join(reading->arena, ".workflows/", name, "");
	if (!workflow_id_is_valid(id))
		return 0;
	if (fs_read_file(root_fd, path, WORKFLOW_FILE_MAX, &text, err) < 0)
		return err_wrap(err, "cannot read workflow '%s'", id);
	if (may_mention(&text, hook_name(reading->kind)))
		take_file(reading, id, path, &text);
	return 0;
}

static int compare_workflows(const void *a, const void *b)
{
	const struct hook_workflow *x = a, *y = b;

	if (x->trigger.priority != y->trigger.priority)
		return x->trigger.priority < y->trigger.priority ? -1 : 1;
	if (x->runs_apart != y->runs_apart)
		return x->runs_apart ? -1 : 1;
	if (x->may_fix != y->may_fix)
		return x->may_fix ? -1 : 1;
	return strcmp(x->id, y->id);
}

int hook_workflows_read(struct hook_workflows *workflows, int root_fd, enum hook_kind kind,
			struct arena *arena, hook_diags_fn *tell, void *data, struct err *err)
{
	struct reading reading = { workflows, kind, arena, tell, data };
	struct fs_dir dir = { 0 };
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, root_fd, ".workflows", err);

	*workflows = (struct hook_workflows){ 0 };
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		if (entry.type != DT_DIR && read_entry(&reading, root_fd, entry.name, err) < 0) {
			rc = -1;
			break;
		}
	}
	fs_dir_close(&dir);
	if (workflows->list.n)
		qsort(workflows->list.v, workflows->list.n, sizeof *workflows->list.v,
		      compare_workflows);
	return rc;
}

/* ---- Branches and operations ---- */

static bool is_there(const struct repo *repo, const char *name, struct arena *arena)
{
	return access(arena_join(arena, repo->git_dir, "/", name), F_OK) == 0;
}

unsigned hook_operations(const struct repo *repo, struct arena *arena)
{
	unsigned found = 0;

	if (is_there(repo, "MERGE_HEAD", arena))
		found |= HOOK_IN_MERGE;
	if (is_there(repo, "rebase-merge", arena) || is_there(repo, "rebase-apply", arena))
		found |= HOOK_IN_REBASE;
	if (is_there(repo, "CHERRY_PICK_HEAD", arena))
		found |= HOOK_IN_CHERRY_PICK;
	return found;
}

static bool matches_any(const char *const *globs, size_t n, const char *text, struct arena *arena)
{
	for (size_t i = 0; i < n; i++)
		if (glob_match(glob_compile(arena, globs[i]), text))
			return true;
	return false;
}

/* "refs/heads/main" → "main"; a tag is a ref by its whole name. */
static const char *short_name(const char *ref)
{
	return strncmp(ref, "refs/heads/", 11) == 0 ? ref + 11 : ref;
}

/* The first reference to a branch that is wanted; a push without one is not about this workflow. */
static const struct hook_ref *wanted_ref(const struct hook_trigger *trigger,
					 const struct hook_target *target, struct arena *arena)
{
	for (size_t i = 0; i < target->n_refs; i++)
		if (!trigger->n_branches || matches_any(trigger->branches, trigger->n_branches,
							short_name(target->refs[i]->ref), arena))
			return target->refs[i];
	return NULL;
}

static int judge_branch(struct hook_workflow *workflow, const struct repo *repo,
			const struct hook_target *target, struct arena *arena, struct err *err)
{
	const struct hook_trigger *trigger = &workflow->trigger;
	const char *commit, *branch;

	workflow->tested = wanted_ref(trigger, target, arena);
	if (!trigger->n_branches || workflow->tested)
		return 0;
	if (target->n_refs) {
		workflow->passed_over = "nothing is pushed to a branch of its";
		return 0;
	}
	if (repo_head(repo, arena, &commit, &branch, err) < 0)
		return -1;
	if (!branch || !matches_any(trigger->branches, trigger->n_branches, branch, arena))
		workflow->passed_over = "this is no branch of its";
	return 0;
}

/* ---- Files ---- */

struct patterns {
	struct glob **globs;
	const bool *excludes;
	size_t n;
	bool has_includes;
};

static struct patterns compile(const struct hook_trigger *trigger, struct arena *arena)
{
	struct patterns patterns = { .n = trigger->n_files };
	bool *excludes = ARENA_ARRAY(arena, bool, patterns.n + 1);

	patterns.globs = ARENA_ARRAY(arena, struct glob *, patterns.n + 1);
	patterns.excludes = excludes;
	for (size_t i = 0; i < patterns.n; i++) {
		excludes[i] = *trigger->files[i] == '!';
		patterns.globs[i] = glob_compile(arena, trigger->files[i] + excludes[i]);
		patterns.has_includes |= !excludes[i];
	}
	return patterns;
}

static bool is_wanted(const struct patterns *patterns, const char *path)
{
	bool is_in = !patterns->has_includes;

	for (size_t i = 0; i < patterns->n; i++) {
		if (!glob_match(patterns->globs[i], path))
			continue;
		if (patterns->excludes[i])
			return false;
		is_in = true;
	}
	return is_in;
}

static uint32_t mode_of(const struct hook_target *target, int root_fd, const char *path)
{
	const struct frozen_path *frozen = freeze_find(&target->frozen, path);
	struct file_id id;

	if (frozen && frozen->mode)
		return frozen->mode;
	if (fs_stat(root_fd, path, &id, NULL) != 0)
		return 0100644;
	return S_ISLNK(id.mode) ? 0120000 : id.mode & 0100 ? 0100755 : 0100644;
}

/* The first bytes of the worktree's file, where there is no tree that is tested. */
static void read_worktree_head(struct filetype_file *file, int root_fd, char *head)
{
	int fd = fs_open_beneath(root_fd, file->path, O_RDONLY | O_NONBLOCK, 0, NULL);
	ssize_t n = fd < 0 ? -1 : read(fd, head, FILETYPE_HEAD_SIZE);

	if (fd >= 0)
		close(fd);
	file->head = head;
	file->head_len = n > 0 ? (size_t)n : 0;
}

static bool needs_head(const struct hook_trigger *trigger, const struct filetype_file *file)
{
	for (size_t i = 0; i < trigger->n_types; i++)
		if (filetype_needs_head(trigger->types[i], file))
			return true;
	return false;
}

static bool has_types(const struct hook_trigger *trigger, const struct filetype_file *file)
{
	for (size_t i = 0; i < trigger->n_types; i++)
		if (!filetype_is(trigger->types[i], file))
			return false;
	return true;
}

struct heads { /* of files of the tree, as far as they were asked for */
	const struct repo *repo;
	const struct hook_target *target;
	struct arena *arena;
	struct filetype_file **files;
	size_t n;
};

/* "<oid> blob <size>\n<bytes>\n" of each, in the order of the question. */
static void take_answers(struct heads *heads, const struct strbuf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < heads->n && at < out->len; i++) {
		const char *line = out->buf + at, *size = NULL;
		const char *stop = memchr(line, '\n', out->len - at);
		size_t len, room;

		if (!stop)
			return;
		for (const char *c = stop; c > line && c[-1] != ' '; c--)
			size = c - 1;
		len = size ? strtoul(size, NULL, 10) : 0;
		at = (size_t)(stop + 1 - out->buf);
		room = out->len - at < len ? out->len - at : len;
		heads->files[i]->head_len = room < FILETYPE_HEAD_SIZE ? room : FILETYPE_HEAD_SIZE;
		heads->files[i]->head = arena_memdup(heads->arena, out->buf + at,
						     heads->files[i]->head_len + 1);
		at += len + 1;
	}
}

static int read_tree_heads(struct heads *heads, struct err *err)
{
	static const char *const args[] = { "cat-file", "--batch", NULL };
	struct git_cmd cmd = { .repo = heads->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf input = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < heads->n; i++)
		strbuf_addf(&input, "%s\n",
			    freeze_find(&heads->target->frozen, heads->files[i]->path)->oid);
	cmd.input = &input;
	if (heads->n && git_run(&cmd, &out, NULL, err) < 0)
		return -1;
	take_answers(heads, &out);
	heads->n = 0;
	return 0;
}

enum { HEADS_AT_ONCE = 64 }; /* git hands over the whole of each */

/* The kinds of the files that globs let through: `files` loses those that are of another. */
static int sift_types(struct hook_workflow *workflow, const struct repo *repo,
		      const struct hook_target *target, int root_fd, struct arena *arena,
		      struct err *err)
{
	size_t n = workflow->n_files;
	struct filetype_file *files = ARENA_ARRAY(arena, struct filetype_file, n + 1);
	struct filetype_file *asked[HEADS_AT_ONCE];
	struct heads heads = { repo, target, arena, asked, 0 };

	for (size_t i = 0; i < n; i++) {
		const struct frozen_path *frozen = target->has_tree
							   ? freeze_find(&target->frozen,
									 workflow->files[i])
							   : NULL;

		files[i].path = workflow->files[i];
		files[i].mode = mode_of(target, root_fd, files[i].path);
		if (!needs_head(&workflow->trigger, &files[i]))
			continue;
		if (frozen && frozen->mode)
			asked[heads.n++] = &files[i];
		else
			read_worktree_head(&files[i], root_fd,
					   arena_alloc(arena, FILETYPE_HEAD_SIZE));
		if (heads.n == HEADS_AT_ONCE && read_tree_heads(&heads, err) < 0)
			return -1;
	}
	if (read_tree_heads(&heads, err) < 0)
		return -1;
	workflow->n_files = 0;
	for (size_t i = 0; i < n; i++)
		if (has_types(&workflow->trigger, &files[i]))
			workflow->files[workflow->n_files++] = files[i].path;
	return 0;
}

static int select_files(struct hook_workflow *workflow, const struct repo *repo,
			const struct hook_target *target, int root_fd, struct arena *arena,
			struct err *err)
{
	const struct hook_trigger *trigger = &workflow->trigger;
	struct patterns patterns = compile(trigger, arena);
	bool any_deleted = false;

	workflow->files = ARENA_ARRAY(arena, const char *, target->n_files + 1);
	/* A link is a file only to whom it is said: it may lead anywhere. */
	for (size_t i = 0; i < target->n_files; i++)
		if (is_wanted(&patterns, target->files[i]) &&
		    (trigger->n_types || mode_of(target, root_fd, target->files[i]) != 0120000))
			workflow->files[workflow->n_files++] = target->files[i];
	if (trigger->n_types && sift_types(workflow, repo, target, root_fd, arena, err) < 0)
		return -1;
	if (workflow->n_files || (!trigger->n_files && !trigger->n_types))
		return 0;
	/* What is deleted may matter as well, but has no type any more. */
	for (size_t i = 0; i < target->n_changed && !trigger->n_types && !any_deleted; i++)
		any_deleted = is_wanted(&patterns, target->changed[i]);
	if (!any_deleted)
		workflow->passed_over = "no file of its is among those";
	return 0;
}

int hook_workflows_select(struct hook_workflows *workflows, const struct repo *repo, int root_fd,
			  const struct hook_target *target, struct arena *arena, struct err *err)
{
	unsigned under_way = hook_operations(repo, arena);

	for (size_t i = 0; i < workflows->list.n; i++) {
		struct hook_workflow *workflow = &workflows->list.v[i];

		workflow->passed_over = NULL;
		workflow->n_files = 0;
		if (workflow->trigger.skip_in & under_way)
			workflow->passed_over = "an operation is under way in which it is skipped";
		else if (judge_branch(workflow, repo, target, arena, err) < 0)
			return -1;
		if (!workflow->passed_over &&
		    select_files(workflow, repo, target, root_fd, arena, err) < 0)
			return -1;
	}
	return 0;
}
