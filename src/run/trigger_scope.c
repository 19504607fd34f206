/*
 * What a run knows of the hook that started it: event.*, git.staged, git.pushed and git.range, the
 * variables WF_HOOK, WF_FILES and WF_MSG_FILE, and what of them counts in a fingerprint.
 */
#include "trigger_scope_impl.h"

#include <string.h>

#include "base/glob.h"
#include "base/strbuf.h"
#include "entries_impl.h"
#include "ext/hash.h"
#include "git/cmd.h"
#include "sys/fs.h"

#define MESSAGE_MAX ((size_t)32 << 20) /* bytes */

static void add_framed(struct strbuf *out, const char *text)
{
	strbuf_addf(out, "%zu:", text ? strlen(text) : 0);
	strbuf_addstr(out, text ? text : "");
	strbuf_addch(out, '\n');
}

struct digest trigger_identify(const struct trigger *trigger)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	add_framed(&text, hook_name(trigger->hook));
	value_to_json(&trigger->event, &text);
	add_framed(&text, trigger->range);
	strbuf_addf(&text, "%zu files\n", trigger->n_files);
	for (size_t i = 0; i < trigger->n_files; i++)
		add_framed(&text, trigger->files[i]);
	strbuf_addf(&text, "%zu changed\n", trigger->n_changed);
	for (size_t i = 0; i < trigger->n_changed; i++)
		add_framed(&text, trigger->changed[i]);
	return hash_bytes(NULL, text.buf, text.len);
}

/* ---- Names in expressions ---- */

struct value trigger_event(const struct session *session, const char *name)
{
	const struct trigger *trigger = session->trigger;
	const struct value *value;

	if (strcmp(name, "kind") == 0)
		return value_string(trigger ? "hook" : "manual");
	if (!trigger && strcmp(name, "files") == 0)
		return (struct value){ .kind = VALUE_LIST };
	value = trigger ? value_member(&trigger->event, name, strlen(name)) : NULL;
	return value ? *value : value_null();
}

static struct value list_of(struct arena *arena, const char *const *paths, size_t n)
{
	struct value *items = ARENA_ARRAY(arena, struct value, n + 1);

	for (size_t i = 0; i < n; i++) /* on a command line it is no option */
		items[i] = value_string(*paths[i] == '-' ? arena_join(arena, "./", paths[i], "")
							 : paths[i]);
	return (struct value){ .kind = VALUE_LIST, .n = n, .items = items };
}

/* By hand: what is staged now. */
static int ask_staged(struct session *session, struct value *out, struct err *err)
{
	static const char *const args[] = { "diff", "--cached",	       "--name-only",
					    "-z",   "--diff-filter=d", "--no-renames",
					    NULL };
	struct git_cmd cmd = { .repo = &session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;
	VEC(const char *) list = { 0 };
	struct arena *arena = &session->arena;

	session->is_volatile = true;
	if (git_run(&cmd, &paths, NULL, err) < 0)
		return -1;
	for (size_t at = 0; at < paths.len; at += strlen(paths.buf + at) + 1)
		vec_push(&list, arena_strdup(arena, paths.buf + at));
	*out = list_of(arena, list.v, list.n);
	vec_release(&list);
	return 0;
}

int trigger_git(struct session *session, const char *word, struct value *out, struct err *err)
{
	const struct trigger *trigger = session->trigger;
	unsigned traits = trigger ? hook_traits(trigger->hook) : 0;
	unsigned wanted = strcmp(word, "pushed") == 0 ? HOOK_PUSHED : HOOK_STAGED;

	if (strcmp(word, "range") == 0) {
		*out = value_string(trigger ? trigger->range : NULL);
		return 1;
	}
	if (strcmp(word, "staged") != 0 && strcmp(word, "pushed") != 0)
		return 0;
	if (trigger && (traits & wanted))
		*out = list_of(&session->arena, trigger->files, trigger->n_files);
	else if (wanted == HOOK_STAGED && ask_staged(session, out, err) < 0)
		return -1;
	else if (wanted != HOOK_STAGED)
		*out = list_of(&session->arena, NULL, 0);
	return 1;
}

bool trigger_changed(const struct session *session, const char *glob, bool *changed)
{
	const struct trigger *trigger = session->trigger;
	struct arena scratch CLEANUP(arena_release) = { 0 };
	struct glob *compiled;

	if (!trigger || !(hook_traits(trigger->hook) & (HOOK_STAGED | HOOK_PUSHED)))
		return false;
	compiled = glob_compile(&scratch, glob);
	*changed = false;
	for (size_t i = 0; i < trigger->n_changed && !*changed; i++)
		*changed = glob_match(compiled, trigger->changed[i]);
	return true;
}

/* ---- The environment of steps ---- */

int trigger_write_files(const struct session *session, const char *run_dir, struct err *err)
{
	const struct trigger *trigger = session->trigger;
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf path = STRBUF_INIT;

	if (!trigger)
		return 0;
	for (size_t i = 0; i < trigger->n_files; i++)
		strbuf_add(&list, trigger->files[i], strlen(trigger->files[i]) + 1);
	strbuf_addf(&path, "%s/io/files", run_dir);
	return fs_replace(AT_FDCWD, strbuf_str(&path), 0600, strbuf_str(&list), list.len, 0, err);
}

void trigger_name_env(const struct session *session, struct env *env, const char *run_dir)
{
	const struct trigger *trigger = session->trigger;

	if (!trigger)
		return;
	env_set(env, "WF_HOOK", hook_name(trigger->hook));
	env_setf(env, "WF_FILES", "%s/io/files", run_dir);
	if (trigger->message_file)
		env_set(env, "WF_MSG_FILE", trigger->message_file);
}

/* ---- What counts ---- */

static const char *as_hex(struct arena *arena, const struct strbuf *text)
{
	struct digest digest = hash_bytes(NULL, strbuf_str(text), text->len);
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(&digest, hex);
	return arena_strdup(arena, hex);
}

static const char *files_fact(struct session *session, struct arena *arena)
{
	const struct trigger *trigger = session->trigger;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < trigger->n_files; i++) {
		struct seen_entry seen;
		char hex[DIGEST_HEX_LEN + 1] = "?";

		memset(&seen, 0, sizeof seen);
		if (entries_read(session, trigger->files[i], &seen, NULL) == 0) {
			digest_to_hex(&seen.entry.digest, hex);
			entries_remember(session, &seen);
		}
		add_framed(&text, trigger->files[i]);
		strbuf_addf(&text, "%d %s\n", (int)seen.entry.kind, hex);
	}
	return as_hex(arena, &text);
}

static const char *message_fact(struct session *session, struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	session->is_volatile = true; /* a planfile knows files of the worktree only */
	if (!session->trigger->message_file ||
	    fs_read_file(AT_FDCWD, session->trigger->message_file, MESSAGE_MAX, &text, NULL) < 0)
		return NULL;
	return as_hex(arena, &text);
}

bool trigger_fact(struct session *session, const char *name, struct arena *arena,
		  struct fact_pair *fact)
{
	bool is_files = strcmp(name, "WF_FILES") == 0;

	if (!is_files && strcmp(name, "WF_MSG_FILE") != 0)
		return false;
	fact->name = name;
	fact->value = !session->trigger ? NULL
		      : is_files	? files_fact(session, arena)
					: message_fact(session, arena);
	return true;
}
