/*
 * See confine_impl.h. Landlock's rules are about files that exist: a declared file that is not there
 * yet is made, empty, and removed again if the step never wrote to it. In place of the user's TMPDIR
 * the attempt has one of its own, so that what is beside it is out of reach.
 */
#include "confine_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/glob.h"
#include "base/size.h"
#include "base/strbuf.h"
#include "base/timefmt.h"
#include "engine_impl.h"
#include "helper_impl.h"
#include "step/helper.h"

#define SHOWN_MAX     12 /* paths in a message */
#define CGROUP_PREFIX "git-wf."

bool confine_is_wanted(const struct step *step)
{
	return step->limits || step->sandbox.files != SANDBOX_NONE || step->sandbox.no_network;
}

const char *confine_text(const struct sandbox *sandbox)
{
	static const char *const texts[][2] = {
		[SANDBOX_NONE] = { NULL, "no network" },
		[SANDBOX_OUTPUTS] = { "outputs", "outputs, no network" },
		[SANDBOX_STRICT] = { "strict", "strict, no network" },
	};

	return texts[sandbox->files][sandbox->no_network];
}

/* ---- the policy ---- */

static void add_record(struct strbuf *policy, const char *key, const char *value)
{
	strbuf_addf(policy, "%s %s", key, value);
	strbuf_addch(policy, '\0');
}

static void add_limit(struct strbuf *policy, const char *key, uint64_t value)
{
	if (!value)
		return;
	strbuf_addf(policy, "%s %llu", key, (unsigned long long)value);
	strbuf_addch(policy, '\0');
}

/* What all processes of a step may take together. Without a group the limit of memory is one for each
 * process, and that of processes is the helper's to hold. */
static void look_for_cgroups(struct execution *execution)
{
	static const unsigned wanted[] = { CGROUP_MEMORY | CGROUP_PIDS, CGROUP_PIDS,
					   CGROUP_MEMORY };
	struct cgroup_place *place = &execution->engine->cgroups;
	struct arena *arena = &execution->engine->session->arena;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(wanted) && !place->parent && !place->is_known; i++) {
		err_release(&err);
		place->parent = cgroup_find("/proc/self", wanted[i], arena, &err);
		place->controllers = place->parent ? wanted[i] : 0;
	}
	if (!place->is_known && !place->parent)
		place->fault = arena_strdup(arena, err_msg(&err));
	if (place->parent)
		cgroup_sweep(place->parent, CGROUP_PREFIX);
	place->is_known = true;
	err_release(&err);
}

static void make_cgroup(struct execution *execution, const struct limits *limits)
{
	struct cgroup_place *place = &execution->engine->cgroups;
	struct cgroup_limits of_all = { 0 };
	struct err err = ERR_INIT;

	if (!limits->memory_bytes && !limits->processes)
		return;
	look_for_cgroups(execution);
	if (place->controllers & CGROUP_MEMORY)
		of_all.memory_bytes = limits->memory_bytes;
	if (place->controllers & CGROUP_PIDS)
		of_all.processes = limits->processes;
	if (!of_all.memory_bytes && !of_all.processes)
		return;
	execution->confinement.cgroup = cgroup_make(
		place->parent,
		arena_printf(&execution->arena, CGROUP_PREFIX "%s.%u.%u", execution->engine->run_id,
			     execution->node->index, execution->attempt),
		&of_all, &execution->engine->session->arena, &err);
	if (!execution->confinement.cgroup)
		place->fault = arena_strdup(&execution->engine->session->arena, err_msg(&err));
	err_release(&err);
}

static bool is_of_cgroup(const struct execution *execution, unsigned controller)
{
	return execution->confinement.cgroup &&
	       (execution->engine->cgroups.controllers & controller);
}

static void add_limits(struct execution *execution, struct strbuf *policy,
		       const struct limits *limits)
{
	if (!limits)
		return;
	make_cgroup(execution, limits);
	if (execution->confinement.cgroup)
		add_record(policy, "cgroup", execution->confinement.cgroup);
	/* A process that asks for too much is better refused than ended. */
	add_limit(policy, "memory", limits->memory_bytes);
	add_limit(policy, "cpu", (limits->cpu_ms + 999) / 1000);
	add_limit(policy, "files", limits->files);
	if (!is_of_cgroup(execution, CGROUP_PIDS))
		add_limit(policy, "processes", limits->processes);
}

static const char *in_tree(struct execution *execution, const char *path)
{
	return *path == '/' ? path
			    : arena_join(&execution->arena, execution->engine->session->layout.root,
					 "/", path);
}

/* A file that may be written: it has to be there. */
static int allow_file(struct execution *execution, struct strbuf *policy, const char *path,
		      struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	struct made_file made = { .path = path };

	if (fd < 0 && errno != EEXIST)
		return err_errno(err, "cannot make '%s' for the sandbox", path);
	if (fd >= 0) {
		if (fs_stat_fd(fd, &made.id, err) == 0)
			vec_push(&execution->confinement.made, made);
		close(fd);
	}
	add_record(policy, "write", path);
	return err->kind == ERR_NONE ? 0 : -1;
}

static int allow_folder(struct strbuf *policy, const char *path, struct err *err)
{
	if (fs_mkdir_p(AT_FDCWD, path, 0777, err) < 0)
		return -1;
	add_record(policy, "write", path);
	return 0;
}

/* The folder above the first component that is a pattern. */
static int allow_glob(struct execution *execution, struct strbuf *policy, const char *glob,
		      struct err *err)
{
	size_t fixed = strcspn(glob, "*?[{\\");

	while (fixed > 0 && glob[fixed - 1] != '/')
		fixed--;
	if (fixed < 2)
		return err_set(err, ERR_VALUE,
			       "sandbox: '%s' would allow to write the whole tree; declare a "
			       "folder",
			       glob);
	return allow_folder(
		policy, in_tree(execution, arena_strndup(&execution->arena, glob, fixed - 1)), err);
}

static int allow_output(struct execution *execution, struct strbuf *policy,
			const struct node_path *output, struct err *err)
{
	switch (output->kind) {
	case PATH_DIR: return allow_folder(policy, in_tree(execution, output->path), err);
	case PATH_GLOB: return allow_glob(execution, policy, output->path, err);
	case PATH_ARTIFACT:
		return allow_file(
			execution, policy,
			artifact_path(execution->engine->session, &execution->arena, output->path),
			err);
	default: return allow_file(execution, policy, in_tree(execution, output->path), err);
	}
}

/* Of an agent: what it may change besides its outputs. */
static int allow_allowed(struct execution *execution, struct strbuf *policy, struct err *err)
{
	const struct fact_list *allowed = &execution->judged.gathered.command.allowed;

	for (size_t i = 0; i < allowed->n; i++) {
		const char *path = allowed->v[i], *full = in_tree(execution, path);
		struct file_id id;
		bool is_folder = fs_stat(AT_FDCWD, full, &id, NULL) == 0 && S_ISDIR(id.mode);
		int rc = *path == '!'		? 0
			 : glob_has_magic(path) ? allow_glob(execution, policy, path, err)
			 : is_folder		? allow_folder(policy, full, err)
						: allow_file(execution, policy, full, err);

		if (rc < 0)
			return -1;
	}
	return 0;
}

static int allow_writes(struct execution *execution, struct strbuf *policy, struct err *err)
{
	const struct node *node = execution->node;
	const char *depfile = execution->judged.gathered.command.depfile;
	const char *const files[] = { execution->output_path, execution->summary_path,
				      execution->progress_path };

	for (size_t i = 0; i < node->n_outputs; i++)
		if (allow_output(execution, policy, &node->outputs[i], err) < 0)
			return -1;
	if (allow_allowed(execution, policy, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (allow_file(execution, policy, files[i], err) < 0)
			return -1;
	return depfile ? allow_file(execution, policy, in_tree(execution, depfile), err) : 0;
}

static void allow_entries(struct execution *execution, struct strbuf *policy,
			  const struct seen_entries *entries)
{
	for (size_t i = 0; i < entries->list.n; i++) {
		const char *path = entries->list.v[i].entry.path;

		if (entries->list.v[i].entry.kind != ENTRY_ABSENT &&
		    strncmp(path, "artifact:", 9) != 0)
			add_record(policy, "read", in_tree(execution, path));
	}
}

static void allow_reads(struct execution *execution, struct strbuf *policy)
{
	const struct gathered *gathered = &execution->judged.gathered;
	const struct node *node = execution->node;

	allow_entries(execution, policy, &gathered->inputs);
	allow_entries(execution, policy, &gathered->tools);
	for (size_t i = 0; i < node->n_inputs; i++) {
		const char *path = node->inputs[i].path;

		if (node->inputs[i].kind == PATH_ARTIFACT)
			add_record(
				policy, "read",
				artifact_path(execution->engine->session, &execution->arena, path));
		else if (node->inputs[i].kind == PATH_DIR)
			add_record(policy, "read", in_tree(execution, path));
	}
	if (gathered->command.placed == WORD_IS_CODE)
		add_record(policy, "read", execution->script_path);
}

static int make_policy(struct execution *execution, struct strbuf *policy, struct env *env,
		       struct err *err)
{
	const struct sandbox *sandbox = &execution->node->step->sandbox;
	const char *temporary = arena_join(&execution->arena, execution->confinement.base, ".tmp",
					   "");

	add_limits(execution, policy, execution->node->step->limits);
	if (sandbox->no_network)
		add_record(policy, "network", "none");
	if (sandbox->files == SANDBOX_NONE)
		return 0;
	add_record(policy, "confine", sandbox->files == SANDBOX_STRICT ? "all" : "write");
	if (allow_writes(execution, policy, err) < 0)
		return -1;
	if (sandbox->files == SANDBOX_STRICT)
		allow_reads(execution, policy);
	if (mkdir(temporary, 0700) < 0 && errno != EEXIST)
		return err_errno(err, "cannot make '%s'", temporary);
	env_set(env, "TMPDIR", temporary);
	add_record(policy, "write", temporary);
	return 0;
}

/* ---- an attempt ---- */

static const char *policy_path(struct execution *execution)
{
	return arena_join(&execution->arena, execution->confinement.base, ".policy", "");
}

int confine_begin(struct execution *execution, const char *const **argv, struct env *env,
		  struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf policy = STRBUF_INIT;
	struct arena *arena = &execution->arena;
	const char *helper = helper_find(arena, HELPER_EXEC, err);
	const char **words;
	size_t n = 0;

	if (!helper)
		return err_wrap(err, "limits and sandbox");
	execution->confinement.base = arena_printf(arena, "%s/io/%u.%u", execution->engine->run_dir,
						   execution->node->index, execution->attempt);
	if (make_policy(execution, &policy, env, err) < 0 ||
	    fs_replace(AT_FDCWD, policy_path(execution), 0600, policy.buf, policy.len, 0, err) < 0)
		return -1;
	while ((*argv)[n])
		n++;
	words = ARENA_ARRAY(arena, const char *, n + 3);
	words[0] = helper;
	words[1] = policy_path(execution);
	memcpy(words + 2, *argv, n * sizeof *words);
	*argv = words;
	return 0;
}

static void remove_untouched(struct confinement *confinement)
{
	for (size_t i = 0; i < confinement->made.n; i++) {
		const struct made_file *made = &confinement->made.v[i];
		struct file_id now;

		if (fs_stat(AT_FDCWD, made->path, &now, NULL) == 0 && now.dev == made->id.dev &&
		    now.ino == made->id.ino && now.size_bytes == 0 &&
		    now.mtime_ns == made->id.mtime_ns)
			unlink(made->path);
	}
	vec_release(&confinement->made);
}

void confine_end(struct execution *execution)
{
	struct confinement *confinement = &execution->confinement;
	struct err err = ERR_INIT;

	if (!confinement->base)
		return;
	if (confinement->cgroup) {
		cgroup_read_events(confinement->cgroup, &confinement->events);
		if (cgroup_remove(confinement->cgroup, NULL) > 0)
			vec_push(&execution->engine->cgroups.left, confinement->cgroup);
	}
	remove_untouched(confinement);
	unlink(policy_path(execution));
	if (fs_remove_tree(AT_FDCWD, arena_join(&execution->arena, confinement->base, ".tmp", ""),
			   &err) < 0)
		emit_note(execution->engine, execution->node, "%s", err_msg(&err));
	err_release(&err);
	confinement->base = NULL;
}

void confine_release(struct cgroup_place *place)
{
	for (size_t i = 0; i < place->left.n; i++)
		cgroup_remove(place->left.v[i], NULL);
	vec_release(&place->left);
}

/* ---- what is told ---- */

static void list_paths(struct strbuf *text, const struct node_path *paths, size_t n)
{
	static const char *const before[] = { [PATH_ARTIFACT] = "artifact:", [PATH_EXCLUDE] = "!" };

	for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
		const char *prefix = paths[i].kind < ARRAY_SIZE(before) ? before[paths[i].kind]
									: NULL;

		strbuf_addf(text, "%s%s%s, ", prefix ? prefix : "", paths[i].path,
			    paths[i].kind == PATH_DIR ? "/" : "");
	}
	if (n > SHOWN_MAX)
		strbuf_addf(text, "%zu more, ", n - SHOWN_MAX);
}

static void tell_memory(struct execution *execution, uint64_t bytes, struct strbuf *text)
{
	strbuf_addstr(text, "memory ");
	size_format(text, bytes);
	strbuf_addstr(text, is_of_cgroup(execution, CGROUP_MEMORY)
				    ? " for all its processes together"
				    : " for each process");
	if (execution->confinement.events.oom_kills)
		strbuf_addf(text, " (%llu ended for want of it)",
			    (unsigned long long)execution->confinement.events.oom_kills);
	strbuf_addstr(text, ", ");
}

static void tell_limits(struct execution *execution, struct strbuf *text)
{
	const struct limits *limits = execution->node->step->limits;
	const char *fault = execution->engine->cgroups.fault;

	if (!limits)
		return;
	strbuf_addstr(text, "limits: ");
	if (limits->memory_bytes)
		tell_memory(execution, limits->memory_bytes, text);
	if (limits->cpu_ms) {
		strbuf_addstr(text, "cpu_time ");
		duration_format(text, limits->cpu_ms);
		strbuf_addstr(text, " for each process, ");
	}
	if (limits->files)
		strbuf_addf(text, "files %u for each process, ", limits->files);
	if (limits->processes)
		strbuf_addf(text, "processes %u, ", limits->processes);
	if (execution->confinement.events.refused_forks)
		strbuf_addf(text, "of which there were as many %llu times, ",
			    (unsigned long long)execution->confinement.events.refused_forks);
	strbuf_setlen(text, text->len - 2);
	if (fault && (limits->memory_bytes || limits->processes) && !execution->confinement.cgroup)
		strbuf_addf(text, " (%s)", fault);
}

static void tell_sandbox(struct execution *execution, struct strbuf *text)
{
	const struct node *node = execution->node;
	const struct fact_list *allowed = &execution->judged.gathered.command.allowed;
	const struct sandbox *sandbox = &node->step->sandbox;

	if (!confine_text(sandbox))
		return;
	strbuf_addf(text, "%ssandbox: %s", text->len ? "; " : "", confine_text(sandbox));
	if (sandbox->files != SANDBOX_NONE) {
		strbuf_addstr(text, "; it may write ");
		list_paths(text, node->outputs, node->n_outputs);
		for (size_t i = 0; i < allowed->n && i < SHOWN_MAX; i++)
			strbuf_addf(text, "%s, ", allowed->v[i]);
		strbuf_addstr(text,
			      "$TMPDIR and the files of the run, a declared file in place only");
	}
	if (sandbox->files == SANDBOX_STRICT) {
		strbuf_addstr(text, "; it may read ");
		list_paths(text, node->inputs, node->n_inputs);
		for (size_t i = 0; i < execution->judged.gathered.tools.list.n; i++)
			strbuf_addf(text, "%s, ",
				    execution->judged.gathered.tools.list.v[i].entry.path);
		strbuf_addstr(text, "and the system: /usr, /etc, /opt, …");
	}
}

const char *confine_explain(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	tell_limits(execution, &text);
	tell_sandbox(execution, &text);
	return text.len ? arena_strdup(&execution->engine->session->arena, strbuf_str(&text))
			: NULL;
}
