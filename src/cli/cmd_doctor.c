/*
 * git wf doctor: what this program needs from the machine and the repository, each with a remedy.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/size.h"
#include "commands_impl.h"
#include "git/cmd.h"
#include "load_impl.h"
#include "manual_impl.h"
#include "settings_impl.h"
#include "store/cache.h"
#include "sys/spawn.h"
#include "target_impl.h"
#include "views_impl.h"

#define GIT_MAJOR 2
#define GIT_MINOR 36

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor {
	struct cli *cli;
	struct session *session;
	struct jsonw *json; /* NULL: text */
	unsigned n_failed;
};

static void tell(struct doctor *doctor, enum health health, const char *what, const char *remedy,
		 const char *fmt, ...) PRINTF_LIKE(5, 6);

static void tell(struct doctor *doctor, enum health health, const char *what, const char *remedy,
		 const char *fmt, ...)
{
	static const char *const words[] = { "ok", "warn", "fail" };
	static const enum view_color colors[] = { VIEW_GOOD, VIEW_WARN, VIEW_BAD };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct strbuf *out = &doctor->cli->out;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	doctor->n_failed += health == HEALTH_FAIL;
	if (health == HEALTH_OK)
		remedy = NULL;
	if (doctor->json) {
		jsonw_object(doctor->json);
		jsonw_kv_string(doctor->json, "check", what);
		jsonw_kv_string(doctor->json, "result", words[health]);
		jsonw_kv_string(doctor->json, "detail", strbuf_str(&text));
		jsonw_kv_string(doctor->json, "remedy", remedy);
		jsonw_object_end(doctor->json);
		return;
	}
	if (doctor->cli->common.quiet && health == HEALTH_OK)
		return;
	view_add(out, cli_use_color(doctor->cli, STDOUT_FILENO), colors[health], "%-5s",
		 words[health]);
	strbuf_addf(out, "%-12s %s\n", what, strbuf_str(&text));
	if (remedy)
		strbuf_addf(out, "%-18s -> %s\n", "", remedy);
}

static void check_git(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	const char *const args[] = { "version", NULL };
	struct git_cmd cmd = { .args = args };
	struct err err = ERR_INIT;
	int major = 0, minor = 0;

	if (git_run(&cmd, &out, NULL, &err) < 0)
		tell(doctor, HEALTH_FAIL, "git", "install git", "%s", err_msg(&err));
	else if (sscanf(strbuf_str(&out), "git version %d.%d", &major, &minor) != 2)
		tell(doctor, HEALTH_WARN, "git", "is another program called git on PATH?",
		     "its version is not known");
	else if (major < GIT_MAJOR || (major == GIT_MAJOR && minor < GIT_MINOR))
		tell(doctor, HEALTH_FAIL, "git", "install git 2.36 or newer", "version %d.%d",
		     major, minor);
	else
		tell(doctor, HEALTH_OK, "git", NULL, "version %d.%d", major, minor);
	err_release(&err);
}

static void check_program(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;
	struct stat ours, theirs;

	if (spawn_find_program("git-wf", getenv("PATH"), NULL, &found) != 0)
		tell(doctor, HEALTH_WARN, "program", "put the folder of git-wf into PATH",
		     "'git-wf' is not on PATH: 'git wf' does not find it");
	else if (stat("/proc/self/exe", &ours) == 0 && stat(strbuf_str(&found), &theirs) == 0 &&
		 (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev))
		tell(doctor, HEALTH_WARN, "program", "remove the other one, or change PATH",
		     "'git wf' starts another one: %s", strbuf_str(&found));
	else
		tell(doctor, HEALTH_OK, "program", NULL, "%s", strbuf_str(&found));
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
		tell(doctor, HEALTH_FAIL, "state", "give yourself the right to write there",
		     "cannot write below '%s'", dirs[i]);
		return;
	}
	tell(doctor, HEALTH_OK, "state", NULL, "%s", layout->runs_dir);
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
	tell(doctor, is_fine ? HEALTH_OK : HEALTH_WARN, "timestamps",
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
		tell(doctor, HEALTH_FAIL, "cache", "git wf cache clear", "%s", err_msg(&err));
	} else if (settings_load(&config, doctor->session, &err) == 0) {
		uint64_t bytes = info.record_bytes + info.object_bytes;
		bool is_full = bytes > config_size_bytes(&config, "cache", "max_size");

		size_format(&size, bytes);
		tell(doctor, is_full ? HEALTH_WARN : HEALTH_OK, "cache", "git wf cache gc",
		     "%s in %s", strbuf_str(&size), dir);
	} else {
		tell(doctor, HEALTH_FAIL, "settings", "git wf config", "%s",
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
		tell(doctor, HEALTH_FAIL, "workflows", "look at .workflows/", "%s", err_msg(&err));
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
	tell(doctor, n_wrong ? HEALTH_FAIL : HEALTH_OK, "workflows", "git wf validate",
	     n_wrong ? "%zu, of which %zu have mistakes" : "%zu", n, n_wrong);
}

static void check_manual(struct doctor *doctor)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;
	const char *const argv[] = { "man", "-w", "git-wf", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	const char *remedy = "'make install' puts it into share/man; look at MANPATH";
	pid_t pid;
	int status = -1;

	request.argv = argv;
	request.envp = environ;
	if (spawn_find_program("man", getenv("PATH"), NULL, &found) != 0) {
		tell(doctor, HEALTH_WARN, "manual",
		     "install man; 'git wf COMMAND -h' works without", "there is no man(1)");
		return;
	}
	if (spawn_start(&request, &pid, NULL) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	tell(doctor, status == 0 ? HEALTH_OK : HEALTH_WARN, "manual", remedy,
	     status == 0 ? "found" : "'man git-wf' finds nothing, and so does 'git wf --help'");
}

static int examine(struct cli *cli, struct session *session, bool json)
{
	struct doctor doctor = { .cli = cli, .session = session };
	struct jsonw w;

	if (json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "checks");
		jsonw_array(&w);
		doctor.json = &w;
	}
	check_git(&doctor);
	check_program(&doctor);
	check_manual(&doctor);
	check_state(&doctor);
	check_clock(&doctor);
	check_cache(&doctor);
	check_workflows(&doctor);
	if (json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	}
	return doctor.n_failed ? EXIT_NOT_PASSED : EXIT_PASSED;
}

int cmd_doctor(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };
	struct session session;
	int rc = cli_parse_words(cli, &options, 0, 0, err);

	if (rc != 0)
		return rc;
	rc = target_open(&session, err);
	if (rc == 0)
		rc = examine(cli, &session, options.json);
	session_close(&session);
	return rc;
}
