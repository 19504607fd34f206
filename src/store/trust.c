/*
 * Records of trust on disk, a file for each repository and trigger, and what is made of them.
 */
#include "store/trust_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/leftover.h"
#include "sys/fs.h"

#define RECORD_MAX ((size_t)256 << 20)
#define SHOWN	   5 /* paths in a message */

static const char *const trigger_names[TRUST_TRIGGERS] = {
	[TRUST_HOOKS] = "hooks", [TRUST_SCHEDULE] = "schedule", [TRUST_WATCH] = "watch",
	[TRUST_SERVE] = "serve", [TRUST_MCP] = "mcp",
};

const char *trust_trigger_name(enum trust_trigger trigger)
{
	return trigger_names[trigger];
}

int trust_trigger_find(const char *name, enum trust_trigger *trigger)
{
	for (int i = 0; i < TRUST_TRIGGERS; i++) {
		if (!strcmp(trigger_names[i], name)) {
			*trigger = (enum trust_trigger)i;
			return 0;
		}
	}
	return -1;
}

/* ---- Places ---- */

const char *trust_dir(struct arena *arena)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return arena_printf(arena, "%s/git-wf/trust", state);
	return home && *home ? arena_printf(arena, "%s/.local/state/git-wf/trust", home) : NULL;
}

/* "<dir>/<32 hex of the repository's path>-hooks.json" for the caller to free. */
static char *record_path(const char *dir, const struct layout *layout, enum trust_trigger trigger)
{
	struct sha256 digest = sha256_bytes(layout->common_dir, strlen(layout->common_dir));
	char hex[SHA256_HEX_LEN + 1];

	sha256_to_hex(&digest, hex);
	return xasprintf("%s/%.32s-%s.json", dir, hex, trigger_names[trigger]);
}

static int read_inode(const struct layout *layout, uint64_t *inode, struct err *err)
{
	struct file_id id;

	if (fs_stat(AT_FDCWD, layout->common_dir, &id, err) != 0)
		return err_set(err, ERR_SYSTEM, "cannot look at '%s'", layout->common_dir);
	*inode = id.ino & INT64_MAX; /* as JSON has it */
	return 0;
}

/* ---- Granting and revoking ---- */

int trust_grant(const char *dir, const struct layout *layout, enum trust_trigger trigger,
		const struct trust_files *files, int64_t now_ms, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= record_path(dir, layout, trigger);
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct trust_record record = { .repository = layout->common_dir,
				       .root = layout->root,
				       .trigger = trigger,
				       .at_ms = now_ms,
				       .files = *files };

	if (read_inode(layout, &record.inode, err) < 0 || fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return err_wrap(err, "cannot note the trust");
	leftover_remove_from(dir, now_ms);
	trust_record_write(&record, &text);
	if (fs_replace(AT_FDCWD, path, 0600, text.buf, text.len, FS_DURABLE, err) < 0)
		return err_wrap(err, "cannot note the trust");
	return 0;
}

int trust_revoke(const char *dir, const struct layout *layout, enum trust_trigger trigger,
		 struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= record_path(dir, layout, trigger);
	struct file_id id;
	int rc = fs_stat(AT_FDCWD, path, &id, err);

	if (rc != 0)
		return rc > 0 ? 1 : err_wrap(err, "cannot revoke the trust");
	if (unlink(path) < 0)
		return err_errno(err, "cannot remove '%s'", path);
	/* Gone for good, also if the power goes. */
	return fs_sync_dir(AT_FDCWD, dir, err);
}

/* ---- Reading ---- */

static int read_record(const char *path, struct arena *arena, struct trust_record *record,
		       struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err why = ERR_INIT;
	int rc;

	*record = (struct trust_record){ 0 };
	rc = fs_read_file(AT_FDCWD, path, RECORD_MAX, &text, &why);
	if (rc < 0 && why.kind == ERR_NOT_FOUND)
		rc = 1;
	else if (rc < 0)
		err_set(err, why.kind, "cannot read '%s': %s", path, err_msg(&why));
	else if ((rc = trust_record_read(strbuf_str(&text), text.len, arena, record, &why)) < 0)
		err_set(err, ERR_INVALID, "'%s' is damaged: %s", path, err_msg(&why));
	err_release(&why);
	return rc;
}

int trust_read(const char *dir, const struct layout *layout, enum trust_trigger trigger,
	       struct arena *arena, struct trust_record *record, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= record_path(dir, layout, trigger);
	int rc = read_record(path, arena, record, err);

	if (rc == 0 &&
	    (record->trigger != trigger || strcmp(record->repository, layout->common_dir) != 0)) {
		trust_files_release(&record->files);
		return err_set(err, ERR_INVALID, "'%s' is damaged: it is about something else",
			       path);
	}
	return rc;
}

int trust_each(const char *dir, trust_record_fn *fn, void *data, struct err *err)
{
	struct fs_names names CLEANUP(fs_names_release) = { 0 };

	if (fs_list_names(AT_FDCWD, dir, ".json", &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.list.n; i++) {
		char *path CLEANUP(xfree_ptr)
		= xasprintf("%s/%s", dir, names.list.v[i]);
		struct arena arena CLEANUP(arena_release) = { 0 };
		struct trust_record record;
		struct err why = ERR_INIT;
		int rc = read_record(path, &arena, &record, &why);

		if (rc <= 0)
			fn(data, path, rc == 0 ? &record : NULL, rc == 0 ? NULL : err_msg(&why));
		trust_files_release(&record.files);
		err_release(&why);
	}
	return 0;
}

/* ---- Looking ---- */

void trust_answer_release(struct trust_answer *answer)
{
	trust_files_release(&answer->record.files);
	vec_release(&answer->changes);
}

static bool is_same_file(const struct trust_file *a, const struct trust_file *b)
{
	return !memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes);
}

/* Both are sorted. */
static void compare(const struct trust_files *before, const struct trust_files *now,
		    struct trust_answer *answer)
{
	size_t i = 0, j = 0;

	while (i < before->list.n || j < now->list.n) {
		struct trust_change change = { 0 };
		int order = i == before->list.n ? 1
			    : j == now->list.n
				    ? -1
				    : strcmp(before->list.v[i].path, now->list.v[j].path);

		if (order <= 0)
			change.before = &before->list.v[i++];
		if (order >= 0)
			change.now = &now->list.v[j++];
		if (order != 0 || !is_same_file(change.before, change.now))
			vec_push(&answer->changes, change);
	}
}

int trust_look(const char *dir, const struct layout *layout, enum trust_trigger trigger,
	       const struct trust_files *files, struct arena *arena, struct trust_answer *answer,
	       struct err *err)
{
	uint64_t inode = 0;
	int rc;

	*answer = (struct trust_answer){ 0 };
	rc = trust_read(dir, layout, trigger, arena, &answer->record, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (read_inode(layout, &inode, err) < 0)
		return -1;
	compare(&answer->record.files, files, answer);
	answer->state = answer->record.inode != inode ? TRUST_ANOTHER
			: answer->changes.n	      ? TRUST_CHANGED
						      : TRUST_SAME;
	return 0;
}

enum trust_mode trust_mode_of(enum trust_trigger trigger, const char *configured)
{
	if (trigger == TRUST_SERVE || trigger == TRUST_MCP)
		return TRUST_PIN;
	return trigger == TRUST_HOOKS && configured && !strcmp(configured, "pin") ? TRUST_PIN
										  : TRUST_FOLLOW;
}

enum trust_verdict trust_judge(const struct trust_answer *answer, enum trust_mode mode,
			       bool is_forced)
{
	if (is_forced || answer->state == TRUST_SAME)
		return TRUST_GO;
	return answer->state == TRUST_CHANGED && mode == TRUST_FOLLOW ? TRUST_GO_CHANGED
								      : TRUST_REFUSE;
}

bool trust_is_forced(const char *variable)
{
	return variable && !strcmp(variable, "1");
}

/* ---- Words ---- */

static void add_changes(const struct trust_answer *answer, struct strbuf *out)
{
	size_t n = answer->changes.n;

	for (size_t i = 0; i < n && i < SHOWN; i++) {
		const struct trust_change *change = &answer->changes.v[i];

		strbuf_addf(out, "%s%s%s", i ? ", " : "",
			    (change->now ? change->now : change->before)->path,
			    !change->before ? " (new)"
			    : !change->now  ? " (gone)"
					    : "");
	}
	if (n > SHOWN)
		strbuf_addf(out, " and %zu more", n - SHOWN);
}

void trust_describe(const struct trust_answer *answer, enum trust_trigger trigger,
		    struct strbuf *out)
{
	const char *name = trigger_names[trigger];
	size_t n = answer->changes.n;

	switch (answer->state) {
	case TRUST_NEVER: strbuf_addf(out, "this repository is not trusted for %s", name); break;
	case TRUST_ANOTHER:
		strbuf_addf(out, "it was another repository at this place that was trusted for %s",
			    name);
		break;
	case TRUST_SAME: strbuf_addf(out, "trusted for %s", name); break;
	case TRUST_CHANGED:
		strbuf_addf(out, "%zu file%s changed since this was trusted for %s: ", n,
			    n == 1 ? "" : "s", name);
		add_changes(answer, out);
		break;
	}
}

void trust_remedy(const struct trust_answer *answer, enum trust_trigger trigger, struct strbuf *out)
{
	const char *name = trigger_names[trigger];

	if (answer->state == TRUST_CHANGED)
		strbuf_addf(out, "'git wf trust --diff %s' shows what changed, ", name);
	strbuf_addf(out, "'git wf trust %s' agrees to it", name);
}
