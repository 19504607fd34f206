/*
 * What is to become of each file of the worktree. One that git would call unchanged becomes the fixed one;
 * into any other the fix is merged, three ways, as the files stand in worktrees: with their line endings.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "merge_impl.h"
#include "publish_impl.h"

#define EXECUTE_BITS 0111

static struct git_cmd git_of(const struct publish_work *work, const char *const *args)
{
	return (struct git_cmd){ .repo = work->repo,
				 .args = args,
				 .writes = true,
				 .held_fd = work->lock_fd,
				 .timeout_ms = 600000 };
}

static int git_at(const struct publish_work *work, const char *const *args,
		  const struct strbuf *input, struct strbuf *out, struct err *err)
{
	struct git_cmd cmd = git_of(work, args);

	cmd.input = input;
	return git_run(&cmd, out, NULL, err);
}

void publish_leave(struct publish_step *step, const char *why)
{
	step->is_done = true;
	step->result = PUBLISH_LEFT;
	step->why = why;
}

static void settle(struct publish_step *step, enum publish_result result)
{
	step->result = result;
	step->is_done = image_is_same(&step->ours, &step->wanted);
}

/* ---- Is the user's file the tested one? ------------------------------------------------------------------ */

/* As git writes and reads names: in quotes where a line would not hold them. */
static void add_quoted(struct strbuf *out, const char *name)
{
	strbuf_addch(out, '"');
	for (const char *c = name; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (byte < ' ' || byte >= 127 || byte == '"' || byte == '\\')
			strbuf_addf(out, "\\%03o", byte);
		else
			strbuf_addch(out, *c);
	}
	strbuf_addstr(out, "\"\n");
}

static bool is_hashed(const struct publish_step *step)
{
	return step->ours.kind == IMAGE_FILE && S_ISREG(step->fix->old_mode);
}

/* One line for each file that is_hashed(): the object it would be if it were staged. */
static int hash_ours(const struct publish_work *work, struct strbuf *oids, struct err *err)
{
	static const char *const args[] = { "hash-object", "--stdin-paths", NULL };
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < work->n; i++)
		if (is_hashed(&work->steps[i]))
			add_quoted(&names, work->steps[i].fix->path);
	return names.len ? git_at(work, args, &names, oids, err) : 0;
}

static int is_tested_link(const struct publish_work *work, const struct publish_step *step,
			  struct err *err)
{
	const char *args[] = { "cat-file", "blob", step->fix->old_oid, NULL };
	struct image old = { .kind = IMAGE_LINK };
	int status;

	if (step->ours.kind != IMAGE_LINK)
		return 0;
	status = git_at(work, args, NULL, &old.bytes, err);
	if (status == 0)
		status = image_is_same(&old, &step->ours);
	image_release(&old);
	return status;
}

/* 1, 0 or -1. `oid`: of the file, where it was hashed. */
static int is_tested(const struct publish_work *work, const struct publish_step *step,
		     const char *oid, struct err *err)
{
	if (!step->fix->old_mode)
		return step->ours.kind == IMAGE_ABSENT;
	if (S_ISLNK(step->fix->old_mode))
		return is_tested_link(work, step, err);
	return oid && !strncmp(oid, step->fix->old_oid, strlen(step->fix->old_oid));
}

/* ---- Merging --------------------------------------------------------------------------------------------- */

/* 1: merged into step->wanted; 0: both touch the same lines, or it is no text; -1. */
static int merge(struct publish_work *work, struct publish_step *step, struct err *err)
{
	const char *args[] = { "cat-file", "--filters",
			       arena_join(work->arena, "--path=", step->fix->path, ""),
			       step->fix->old_oid, NULL };
	struct strbuf base CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf merged CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct strbuf *const texts[MERGE_SIDES] = { [MERGE_OURS] = &step->ours.bytes,
							  [MERGE_BASE] = &base,
							  [MERGE_THEIRS] = &step->wanted.bytes };
	const struct git_cmd like = git_of(work, NULL);
	int rc = git_at(work, args, NULL, &base, err);

	if (rc == 0)
		rc = merge_texts(&like, work->request->folder, texts, &merged, err);
	if (rc <= 0)
		return rc;
	strbuf_release(&step->wanted.bytes);
	step->wanted.bytes = merged;
	merged = (struct strbuf)STRBUF_INIT;
	return 1;
}

/* ---- One path --------------------------------------------------------------------------------------------- */

/* The user's permissions, with the executable bits as the fix has them where it changes them. What goes
 * back has those that it had. */
static void choose_perm(const struct publish_work *work, struct publish_step *step)
{
	const struct fix *fix = step->fix;

	if (step->wanted.kind != IMAGE_FILE)
		return;
	if (work->request->back) {
		step->wanted.perm = work->request->back[step - work->steps];
		return;
	}
	if (step->ours.kind != IMAGE_FILE)
		return;
	if (fix->old_mode == fix->mode || !S_ISREG(fix->old_mode))
		step->wanted.perm = step->ours.perm;
	else if (fix->mode & 0100)
		step->wanted.perm = step->ours.perm | (step->ours.perm & 0444) >> 2;
	else
		step->wanted.perm = step->ours.perm & ~(mode_t)EXECUTE_BITS;
}

/* It makes room, and is kept; or it stays, with the reason why. */
static void displace(const struct publish_work *work, struct publish_step *step, const char *why)
{
	if (!work->request->back || step->ours.kind == IMAGE_OTHER)
		publish_leave(step, why);
	else
		settle(step, PUBLISH_KEPT);
}

static int plan_edited(struct publish_work *work, struct publish_step *step, struct err *err)
{
	const struct fix *fix = step->fix;
	int merged;

	if (step->ours.kind == IMAGE_ABSENT) {
		publish_leave(step, fix->mode ? "you removed it" : NULL);
		if (!fix->mode)
			step->result = PUBLISH_FIXED;
		return 0;
	}
	if (!fix->old_mode || !S_ISREG(fix->old_mode) || !S_ISREG(fix->mode) ||
	    step->ours.kind != IMAGE_FILE) {
		displace(work, step,
			 fix->old_mode ? "it is not what is staged"
				       : "there is a file of that name, not staged");
		return 0;
	}
	merged = merge(work, step, err);
	if (merged < 0)
		return -1;
	choose_perm(work, step);
	if (merged)
		settle(step, PUBLISH_MERGED);
	else
		displace(work, step, "the fix touches lines with edits that are not staged");
	return 0;
}

static int plan_one(struct publish_work *work, struct publish_step *step, const char *oid,
		    struct err *err)
{
	int tested = is_tested(work, step, oid, err);

	if (tested < 0)
		return -1;
	choose_perm(work, step);
	if (step->wanted.kind == IMAGE_OTHER || S_ISDIR(step->fix->mode & S_IFMT) ||
	    (step->fix->mode & S_IFMT) == 0160000 || (step->fix->old_mode & S_IFMT) == 0160000) {
		publish_leave(step, "it is no file");
		return 0;
	}
	if (tested || image_is_same(&step->ours, &step->wanted)) {
		settle(step, PUBLISH_FIXED);
		return 0;
	}
	return plan_edited(work, step, err);
}

/* The fixed files as they stand in a worktree of the user's. */
static int write_wanted(const struct publish_work *work, struct err *err)
{
	const char *folder = work->request->folder;
	const char *env[] = { arena_join(work->arena, "GIT_INDEX_FILE=", folder, "/files"), NULL };
	const char *add[] = { "update-index", "-z", "--add", "--index-info", NULL };
	const char *write[] = { "checkout-index",
				"-f",
				"-q",
				"-a",
				arena_join(work->arena, "--prefix=", folder, "/wanted/"),
				NULL };
	struct strbuf info CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = git_of(work, add);

	cmd.env = env;
	for (size_t i = 0; i < work->n; i++)
		if (work->steps[i].fix->mode) {
			strbuf_addf(&info, "%o %s\t%s", (unsigned)work->steps[i].fix->mode,
				    work->steps[i].fix->oid, work->steps[i].fix->path);
			strbuf_addch(&info, '\0');
		}
	if (!info.len)
		return 0;
	/* Of a run that was cut off; after a power cut not even whole. */
	unlink(arena_join(work->arena, folder, "/files", ""));
	unlink(arena_join(work->arena, folder, "/files.lock", ""));
	cmd.input = &info;
	if (git_run(&cmd, NULL, NULL, err) != 0)
		return -1;
	cmd.input = NULL;
	cmd.args = write;
	return git_run(&cmd, NULL, NULL, err);
}

static int read_sides(struct publish_work *work, struct err *err)
{
	if (write_wanted(work, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n; i++) {
		struct publish_step *step = &work->steps[i];
		const char *wanted = arena_join(work->arena, "wanted/", step->fix->path, "");

		if (image_read(&step->ours, work->root_fd, step->fix->path, err) != 0 ||
		    (step->fix->mode &&
		     image_read(&step->wanted, work->folder_fd, wanted, err) != 0))
			return -1;
		if (step->wanted.kind == IMAGE_FILE) /* the umask was ours */
			step->wanted.perm = step->fix->mode & 0100 ? 0777 : 0666;
	}
	return 0;
}

int publish_plan(struct publish_work *work, struct err *err)
{
	struct strbuf oids CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *line;

	if (read_sides(work, err) != 0 || hash_ours(work, &oids, err) != 0)
		return -1;
	line = strbuf_str(&oids);
	for (size_t i = 0; i < work->n; i++) {
		bool hashed = is_hashed(&work->steps[i]);

		if (plan_one(work, &work->steps[i], hashed ? line : NULL, err) != 0)
			return -1;
		if (hashed)
			line += strcspn(line, "\n") + 1;
	}
	return 0;
}
