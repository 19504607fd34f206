/*
 * SSH signatures, made and looked at by ssh-keygen(1), as git does it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git/setting.h"
#include "receipt_impl.h"
#include "sys/fs.h"
#include "sys/spawn.h"

#define NAMESPACE "git-wf"
#define SMALL	  ((size_t)64 << 10) /* bytes of a signature, of a name */

/* A folder for the files that ssh-keygen wants. */
struct bench {
	char dir[64];
	struct arena arena;
};

static int bench_open(struct bench *bench, struct err *err)
{
	*bench = (struct bench){ .dir = "/tmp/git-wf-sign-XXXXXX" };
	return mkdtemp(bench->dir) ? 0 : err_errno(err, "cannot make a temporary folder");
}

static void bench_close(struct bench *bench)
{
	if (*bench->dir)
		fs_remove_tree(AT_FDCWD, bench->dir, NULL);
	arena_release(&bench->arena);
}

static const char *bench_file(struct bench *bench, const char *name, const char *text)
{
	const char *path = arena_join(&bench->arena, bench->dir, "/", name);

	if (text && fs_replace(AT_FDCWD, path, 0600, text, strlen(text), 0, NULL) < 0)
		return NULL;
	return path;
}

/* Its exit status; -1: it could not be started. Standard output goes to a file. */
static int run_keygen(const char *const *argv, const char *input, const char *output)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int status = -1;
	pid_t pid;

	request.argv = argv;
	request.envp = environ;
	if (input)
		request.stdin_fd = open(input, O_RDONLY | O_CLOEXEC);
	if (output)
		request.stdout_fd = open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (spawn_start(&request, &pid, NULL) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (request.stdin_fd >= 0)
		close(request.stdin_fd);
	if (request.stdout_fd >= 0)
		close(request.stdout_fd);
	return status == -1 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* ---- Making one ---- */

static const char *find_key(const struct repo *repo, struct strbuf *list)
{
	static const char names[] = "^(commit\\.gpgsign|gpg\\.format|user\\.signingkey)$";
	const char *signs, *format;

	if (setting_list(repo, names, list, NULL) < 0)
		return NULL;
	signs = setting_find(list, "commit.gpgsign");
	format = setting_find(list, "gpg.format");
	if (!signs || strcmp(signs, "true") != 0 || !format || strcmp(format, "ssh") != 0)
		return NULL;
	return setting_find(list, "user.signingkey");
}

/* A key may be given as itself; its other half is with the agent then. */
static const char *key_file(struct bench *bench, const char *key, bool *is_literal)
{
	const char *home = getenv("HOME");

	*is_literal = !strncmp(key, "key::", 5) || !strncmp(key, "ssh-", 4);
	if (*is_literal)
		return bench_file(bench, "key.pub", key + (key[0] == 'k' ? 5 : 0));
	return !strncmp(key, "~/", 2) && home ? arena_join(&bench->arena, home, key + 1, "") : key;
}

int receipt_sign(const struct repo *repo, const char *payload, struct strbuf *signature,
		 struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;
	const char *key = find_key(repo, &list), *path, *file;
	struct bench bench;
	bool is_literal;
	int rc = -1;

	if (!key)
		return 0;
	if (bench_open(&bench, err) < 0)
		return -1;
	path = bench_file(&bench, "payload", payload);
	file = key_file(&bench, key, &is_literal);
	if (path && file) {
		const char *const argv[] = { "ssh-keygen", "-Y",      "sign",
					     "-n",	   NAMESPACE, "-f",
					     file,	   path,      is_literal ? "-U" : NULL,
					     NULL };

		rc = run_keygen(argv, NULL, NULL);
		if (rc == 0)
			rc = fs_read_file(AT_FDCWD, arena_join(&bench.arena, path, ".sig", ""),
					  SMALL, signature, NULL);
	}
	bench_close(&bench);
	return rc == 0 ? 0
		       : err_set(err, ERR_SYSTEM, "the receipt cannot be signed with the key '%s'",
				 key);
}

/* ---- Looking at one ---- */

const char *receipt_signer(const char *payload, const char *signature, const char *allowed_signers,
			   struct arena *arena)
{
	struct bench bench;
	CLEANUP(strbuf_release)
	struct strbuf name = STRBUF_INIT;
	const char *text, *sig, *who, *signer = NULL;

	if (bench_open(&bench, NULL) < 0)
		return NULL;
	text = bench_file(&bench, "payload", payload);
	sig = bench_file(&bench, "signature", signature);
	who = bench_file(&bench, "who", NULL);
	if (text && sig) {
		const char *const find[] = {
			"ssh-keygen", "-Y", "find-principals", "-f", allowed_signers, "-s",
			sig,	      NULL
		};

		if (run_keygen(find, NULL, who) == 0 &&
		    fs_read_file(AT_FDCWD, who, SMALL, &name, NULL) == 0)
			signer = arena_strndup(arena, strbuf_str(&name),
					       strcspn(strbuf_str(&name), "\r\n"));
	}
	if (signer && *signer) {
		const char *const verify[] = { "ssh-keygen",	"-Y", "verify", "-f",
					       allowed_signers, "-I", signer,	"-n",
					       NAMESPACE,	"-s", sig,	NULL };

		if (run_keygen(verify, text, NULL) != 0)
			signer = NULL;
	}
	bench_close(&bench);
	return signer && *signer ? signer : NULL;
}
