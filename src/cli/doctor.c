/*
 * See doctor_impl.h.
 */
#include "doctor_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/size.h"
#include "git/cmd.h"
#include "load_impl.h"
#include "manual_impl.h"
#include "settings_impl.h"
#include "store/cache.h"
#include "sys/spawn.h"

#define GIT_MAJOR 2 /* the oldest git that will do */
#define GIT_MINOR 36

static void check_git(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	const char *const args[] = { "version", NULL };
	struct git_cmd cmd = { .args = args };
	struct err err = ERR_INIT;
	int major = 0, minor = 0;

	if (git_run(&cmd, &out, NULL, &err) < 0)
		doctor_tell(doctor, DOCTOR_FAIL, "git", "install git", "%s", err_msg(&err));
	else if (sscanf(strbuf_str(&out), "git version %d.%d", &major, &minor) != 2)
		doctor_tell(doctor, DOCTOR_WARN, "git", "is another program called git on PATH?",
			    "its version is not known");
	else if (major < GIT_MAJOR || (major == GIT_MAJOR && minor < GIT_MINOR))
		doctor_tell(doctor, DOCTOR_FAIL, "git", "install git 2.36 or newer",
			    "version %d.%d", major, minor);
	else
		doctor_tell(doctor, DOCTOR_OK, "git", NULL, "version %d.%d", major, minor);
	err_release(&err);
}

static void check_program(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;
	struct stat ours, theirs;

	if (spawn_find_program("git-wf", getenv("PATH"), NULL, &found) != 0)
		doctor_tell(doctor, DOCTOR_WARN, "program", "put the folder of git-wf into PATH",
			    "'git-wf' is not on PATH: 'git wf' does not find it");
	else if (stat("/proc/self/exe", &ours) == 0 && stat(strbuf_str(&found), &theirs) == 0 &&
		 (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev))
		doctor_tell(doctor, DOCTOR_WARN, "program", "remove the other one, or change PATH",
			    "'git wf' starts another one: %s", strbuf_str(&found));
	else
		doctor_tell(doctor, DOCTOR_OK, "program", NULL, "%s", strbuf_str(&found));
}

/* The nearest folder that is there decides; nothing is made for the test. */
static bool can_write_below(const char *dir, struct arena *arena)
{
	char *path = arena_strdup(arena, dir), *slash;

	while (access(path, F_OK) < 0 && errno == ENOENT && (slash = strrchr(path, '/')) &&
	       slash != path)
		*slash = '\0';
	return access(path, W_OK | X_OK) == 0;
}

static void check_state(struct doctor *doctor)
{
	const struct layout *layout = &doctor->session->layout;
	const char *const dirs[] = { layout->runs_dir, layout->cache_dir, layout->plans_dir };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (can_write_below(dirs[i], &doctor->cli->arena))
			continue;
		doctor_tell(doctor, DOCTOR_FAIL, "state", "give yourself the right to write there",
			    "cannot write below '%s'", dirs[i]);
		return;
	}
	doctor_tell(doctor, DOCTOR_OK, "state", NULL, "%s", layout->runs_dir);
}

/* Whole seconds everywhere: what is edited twice in a second has to be read again. */
static void check_clock(struct doctor *doctor)
{
	static const char *const paths[] = { "index", "HEAD", "config", "." };
	bool is_fine = false;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat st;
		const char *path = arena_printf(&doctor->cli->arena, "%s/%s",
						doctor->session->layout.git_dir, paths[i]);

		is_fine = is_fine || (stat(path, &st) == 0 && st.st_mtim.tv_nsec != 0);
	}
	doctor_tell(
		doctor, is_fine ? DOCTOR_OK : DOCTOR_WARN, "timestamps",
		"use a file system with finer times where you can; results are right all the same",
		is_fine ? "finer than a second"
			: "whole seconds: files edited just before a run are read twice");
}

static void check_cache(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf size = STRBUF_INIT;
	struct cache_info info = { 0 };
	struct config config = { 0 };
	struct err err = ERR_INIT;
	const char *dir = doctor->session->layout.cache_dir;
	struct statcache *stat = statcache_open(dir, &err);
	struct cache *cache = stat ? cache_open(dir, statcache_secret(stat), &err) : NULL;

	if (!cache || cache_info(cache, &info, &err) < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "cache", "git wf cache clear", "%s",
			    err_msg(&err));
	} else if (settings_load(&config, doctor->session, &err) == 0) {
		uint64_t bytes = info.record_bytes + info.object_bytes;
		bool is_full = bytes > config_size_bytes(&config, "cache", "max_size");

		size_format(&size, bytes);
		doctor_tell(doctor, is_full ? DOCTOR_WARN : DOCTOR_OK, "cache", "git wf cache gc",
			    "%s in %s", strbuf_str(&size), dir);
	} else {
		doctor_tell(doctor, DOCTOR_FAIL, "settings", "git wf config", "%s",
			    err.kind ? err_msg(&err) : "a file has mistakes");
	}
	config_release(&config);
	cache_close(cache);
	statcache_close(stat);
	err_release(&err);
}

static void check_workflows(struct doctor *doctor)
{
	const struct workflow_file *files = NULL;
	struct err err = ERR_INIT;
	size_t n = 0, n_wrong = 0;

	if (session_list_workflows(doctor->session, &files, &n, &err) < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "workflows", "look at .workflows/", "%s",
			    err_msg(&err));
		err_release(&err);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct loaded loaded;

		n_wrong += load_workflow(&loaded, doctor->session, files[i].id, files[i].path,
					 NULL) < 0 ||
			   !loaded.wf;
		load_release(&loaded);
	}
	doctor_tell(doctor, n_wrong ? DOCTOR_FAIL : DOCTOR_OK, "workflows", "git wf validate",
		    n_wrong ? "%zu, of which %zu have mistakes" : "%zu", n, n_wrong);
}

static void check_manual(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;
	bool is_there;

	if (spawn_find_program("man", getenv("PATH"), NULL, &found) != 0) {
		doctor_tell(doctor, DOCTOR_WARN, "manual",
			    "install man; 'git wf COMMAND -h' works without", "there is no man(1)");
		return;
	}
	is_there = manual_is_there("git-wf");
	doctor_tell(doctor, is_there ? DOCTOR_OK : DOCTOR_WARN, "manual",
		    "'make install' puts it into share/man; look at MANPATH",
		    is_there ? "found" : "'man git-wf' finds nothing, and so does 'git wf --help'");
}

void doctor_check_all(struct doctor *doctor)
{
	check_git(doctor);
	check_program(doctor);
	check_manual(doctor);
	check_state(doctor);
	check_clock(doctor);
	check_cache(doctor);
	check_workflows(doctor);
	doctor_check_hooks(doctor);
	doctor_check_remotes(doctor);
}
