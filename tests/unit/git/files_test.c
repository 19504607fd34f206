/*
 * The listing of the worktree, case by case: where rules come from, what is left out, what it rests on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "base/strbuf.h"
#include "git/files.h"
#include "scratch.h"
#include "sys/clock.h"

/* A listing session in the repository `dir`. */
struct session {
	struct arena arena;
	struct repo repo;
	int root_fd;
	struct git_files *files;
};

static void open_session(struct session *session, const char *dir)
{
	struct err err = ERR_INIT;

	memset(session, 0, sizeof *session);
	scratch_enter(dir);
	if (repo_discover(&session->repo, &session->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	session->root_fd = open(session->repo.root ? session->repo.root : ".",
				O_RDONLY | O_CLOEXEC);
	session->files = git_files_new(&session->repo, session->root_fd);
}

static void close_session(struct session *session)
{
	git_files_free(session->files);
	close(session->root_fd);
	arena_release(&session->arena);
}

/* The paths below `below`, with spaces between. */
static void expect_in(struct session *session, const char *below, const char *expected)
{
	struct strbuf found CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err = ERR_INIT;
	const char *const *paths;
	size_t n;

	if (git_files_list(session->files, below, &paths, &n, &err) != 0)
		fail_msg("%s", err_msg(&err));
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&found, "%s%s", i ? " " : "", paths[i]);
	assert_string_equal(strbuf_str(&found), expected);
}

static bool is_complete(const struct session *session)
{
	struct git_files_basis basis;

	git_files_get_basis(session->files, &basis);
	return basis.is_complete;
}

static void expect(const char *dir, const char *expected)
{
	struct session session;

	open_session(&session, dir);
	expect_in(&session, "", expected);
	assert_true(is_complete(&session));
	close_session(&session);
}

static void lists_in_order(void **state)
{
	(void)state;
	scratch_run(
		"git init -q order && cd order && mkdir a a.b a/z && touch a/1 a/z/2 a.b/3 a.c a0 "
		".gitignore");
	expect("order", ".gitignore a.b/3 a.c a/1 a/z/2 a0");
}

static void lists_parts_before_and_after_the_whole(void **state)
{
	struct session session;

	(void)state;
	scratch_run(
		"git init -q parts && cd parts && mkdir -p a/b c/d && touch a/1 a/b/2 c/3 c/d/4 "
		"a/x.o && echo '*.o' >.gitignore");
	open_session(&session, "parts/c");
	expect_in(&session, "a/b", "a/b/2");
	expect_in(&session, "c", "c/3 c/d/4");
	expect_in(&session, "a", "a/1 a/b/2");
	expect_in(&session, "", ".gitignore a/1 a/b/2 c/3 c/d/4");
	expect_in(&session, "c/d", "c/d/4");
	expect_in(&session, "a/1", "");
	expect_in(&session, "no/where", "");
	close_session(&session);
}

static void lists_what_is_tracked_in_spite_of_a_rule(void **state)
{
	struct session session;

	(void)state;
	scratch_run(
		"git init -q forced && cd forced && mkdir -p gen/sub && "
		"touch gen/1 gen/2 gen/sub/3 x.o y.o && printf 'gen/\\n*.o\\n' >.gitignore && "
		"git add -f gen/1 gen/sub/3 x.o && touch gone.o && git add -f gone.o && rm gone.o");
	expect("forced", ".gitignore gen/1 gen/sub/3 x.o");
	open_session(&session, "forced");
	expect_in(&session, "gen/sub", "gen/sub/3");
	expect_in(&session, "gen", "gen/1 gen/sub/3");
	close_session(&session);
}

static void leaves_out_other_repositories_and_links(void **state)
{
	(void)state;
	scratch_run("git init -q outer && cd outer && git init -q inner && touch inner/f f && "
		    "mkdir -p empty/.git && touch empty/g && mkdir real && touch real/r && "
		    "ln -s real link && ln -s nowhere dangling && mkfifo pipe");
	expect("outer", "dangling empty/g f link real/r");
	scratch_run("cd outer && git -C inner commit -q --allow-empty -m x && git add inner "
		    "2>/dev/null");
	expect("outer", "dangling empty/g f link real/r");
}

static void obeys_all_sources_of_rules(void **state)
{
	(void)state;
	scratch_run("git init -q rules && cd rules && touch 1 2 3 4 5 6 && echo 1 "
		    ">.git/info/exclude && "
		    "mkdir -p ~/.config/git ~/xdg/git && echo 2 >~/.config/git/ignore && "
		    "echo 3 >~/xdg/git/ignore && echo 4 >~/mine && echo 5 >../near && "
		    "echo 6 >~/linked && ln -s linked ~/link");
	expect("rules", "3 4 5 6");
	setenv("XDG_CONFIG_HOME", scratch_path("xdg"), 1);
	expect("rules", "2 4 5 6");
	unsetenv("XDG_CONFIG_HOME");
	scratch_run("git config --global core.excludesFile '~/mine'");
	expect("rules", "2 3 5 6");
	scratch_run("git -C rules config core.excludesFile ../near");
	expect("rules", "2 3 4 6");
	scratch_run("git -C rules config core.excludesFile '%s'", scratch_path("link"));
	expect("rules", "2 3 4 5");
	scratch_run("git -C rules config core.excludesFile ''");
	expect("rules", "2 3 4 5 6");
	scratch_run("git -C rules config --unset core.excludesFile && "
		    "git config --global --unset core.excludesFile");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "core.excludesFile", 1);
	setenv("GIT_CONFIG_VALUE_0", "~/mine", 1);
	expect("rules", "2 3 5 6");
	unsetenv("GIT_CONFIG_COUNT");
	unsetenv("GIT_CONFIG_KEY_0");
	unsetenv("GIT_CONFIG_VALUE_0");
}

static bool rests_on(const struct session *session, const char *path)
{
	struct git_files_basis basis;

	git_files_get_basis(session->files, &basis);
	for (size_t i = 0; i < basis.n_files; i++)
		if (!strcmp(basis.files[i], path))
			return true;
	return false;
}

static void follows_includes(void **state)
{
	struct session session;

	(void)state;
	scratch_run("git init -q inc && cd inc && touch 2 4 && mkdir ~/conf && "
		    "printf '[core]\\n\\texcludesFile = ~/mine\\n' >~/conf/more && "
		    "git config --global include.path conf/more && "
		    "git config --global includeIf.onbranch:main.path conf/absent");
	open_session(&session, "inc");
	expect_in(&session, "", "2");
	assert_true(rests_on(&session, scratch_path("conf/more")));
	assert_true(rests_on(&session, scratch_path("conf/absent")));
	assert_true(rests_on(&session, scratch_path("inc/.git/HEAD")));
	close_session(&session);
	scratch_run("git config --global --remove-section include && "
		    "git config --global --remove-section includeIf.onbranch:main");
}

static void folds_case_if_told(void **state)
{
	(void)state;
	scratch_run("git init -q fold && cd fold && touch FOO bar && echo foo >.gitignore");
	expect("fold", ".gitignore FOO bar");
	scratch_run("git -C fold config core.ignoreCase true");
	expect("fold", ".gitignore bar");
}

static void knows_linked_worktrees(void **state)
{
	(void)state;
	scratch_run("git init -q wt && cd wt && echo '*.o' >.git/info/exclude && touch t x.o && "
		    "git add -f t x.o && git commit -q -m x && git worktree add -q ../wt2 && "
		    "touch ../wt2/new ../wt2/y.o");
	expect("wt2", "new t x.o");
}

static void asks_git_where_it_cannot_read_the_index(void **state)
{
	struct session session;

	(void)state;
	scratch_run("git clone -q wt split && cd split && git update-index --split-index && "
		    "touch new y.o && echo '*.o' >.gitignore && mkdir d && touch d/f && rm t");
	open_session(&session, "split");
	expect_in(&session, "", ".gitignore d/f new x.o");
	expect_in(&session, "d", "d/f");
	expect_in(&session, "e", "");
	assert_false(is_complete(&session));
	close_session(&session);
}

static void reads_sha256_and_sparse_checkouts(void **state)
{
	(void)state;
	scratch_run("git init -q --object-format=sha256 sha && cd sha && echo '*.o' >.gitignore && "
		    "touch a.o b.o && git add -f a.o");
	expect("sha", ".gitignore a.o");
	scratch_run("git init -q full && cd full && mkdir a b && touch a/1 b/2 && git add . && "
		    "git commit -q -m x && git sparse-checkout set --no-sparse-index a && "
		    "mkdir -p b && touch b/new");
	expect("full", "a/1 b/new");
}

static void a_bare_repository_has_no_files(void **state)
{
	(void)state;
	scratch_run("git init -q --bare bare.git");
	expect("bare.git", "");
}

static void what_cannot_be_read_is_empty(void **state)
{
	(void)state;
	if (geteuid() == 0)
		return; /* reads everything */
	scratch_run("git init -q closed && cd closed && mkdir d && touch d/f g && chmod 0 d");
	expect("closed", "g");
}

/* ---- The basis ------------------------------------------------------------------------------- */

static bool is_unchanged(const struct session *session)
{
	struct git_files_basis basis;
	struct file_id id;

	git_files_get_basis(session->files, &basis);
	for (size_t i = 0; i < basis.n_dirs; i++) {
		const char *path = basis.dirs[i].path;

		if (fs_stat(session->root_fd, *path ? path : ".", &id, NULL) != 0 ||
		    !fs_same_id(&id, &basis.dirs[i].id))
			return false;
	}
	for (size_t i = 0; i < basis.n_files; i++) {
		git_files_stat(session->root_fd, basis.files[i], &id);
		if (!fs_same_id(&id, &basis.file_ids[i]))
			return false;
	}
	return true;
}

/* Lists `below`, then does `command`: the basis has to show it, or (shows = false) must not. */
static void expect_shown(const char *below, const char *command, bool shows)
{
	struct session session;
	struct err err = ERR_INIT;

	open_session(&session, "basis");
	if (git_files_load(session.files, &below, 1, &err) != 0)
		fail_msg("%s", err_msg(&err));
	assert_true(is_unchanged(&session));
	clock_sleep_ms(8); /* more than a tick of a file system's clock */
	scratch_run("cd basis && %s", command);
	if (is_unchanged(&session) == shows)
		fail_msg("'%s' %s shown", command, shows ? "is not" : "is");
	close_session(&session);
}

static void the_basis_shows_every_change(void **state)
{
	(void)state;
	scratch_run("git init -q basis && cd basis && mkdir -p u/v d/e ign/sub "
		    "cortex-brain/workflows/old && "
		    "touch d/f ign/t ign/u x.o && printf 'ign/\\n*.o\\n' >.gitignore && "
		    "echo '*' >cortex-brain/workflows/.gitignore && git add -f ign/t d");
	expect_shown("", "touch d/e/new", true);
	expect_shown("", "git add -f x.o", true);
	expect_shown("", "rm ign/t", true);
	expect_shown("", "touch ign/t", true);
	expect_shown("", "echo '*.c' >>.gitignore", true);
	expect_shown("", "echo '*.c' >d/.gitignore", true);
	expect_shown("", "echo '*.d' >>.git/info/exclude", true);
	expect_shown("", "git config core.excludesFile ~/absent", true);
	expect_shown("", "echo '*.e' >~/absent", true);
	expect_shown("", "git config --global wf.x y", true);
	expect_shown("", "mkdir -p ~/.config/git && echo '[a]' >~/.config/git/config", true);
	expect_shown("d/e", "echo new >d/.gitignore", true);
	expect_shown("u/v", "git init -q u", true);
	expect_shown("absent", "mkdir absent", true);
	expect_shown("", "rm cortex-brain/workflows/.gitignore", true);
	scratch_run("echo '*' >basis/cortex-brain/workflows/.gitignore");
}

static void the_basis_shows_nothing_that_does_not_matter(void **state)
{
	(void)state;
	expect_shown("", "true", false);
	expect_shown("", "touch ign/sub/new", false);
	expect_shown("", "echo content >d/f", false);
	expect_shown("", "mkdir cortex-brain/workflows/run-1", false);
	expect_shown("d", "touch elsewhere", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_in_order),
		cmocka_unit_test(lists_parts_before_and_after_the_whole),
		cmocka_unit_test(lists_what_is_tracked_in_spite_of_a_rule),
		cmocka_unit_test(leaves_out_other_repositories_and_links),
		cmocka_unit_test(obeys_all_sources_of_rules),
		cmocka_unit_test(follows_includes),
		cmocka_unit_test(folds_case_if_told),
		cmocka_unit_test(knows_linked_worktrees),
		cmocka_unit_test(asks_git_where_it_cannot_read_the_index),
		cmocka_unit_test(reads_sha256_and_sparse_checkouts),
		cmocka_unit_test(a_bare_repository_has_no_files),
		cmocka_unit_test(what_cannot_be_read_is_empty),
		cmocka_unit_test(the_basis_shows_every_change),
		cmocka_unit_test(the_basis_shows_nothing_that_does_not_matter),
	};

	return cmocka_run_group_tests_name("git/files", tests, scratch_setup, scratch_teardown);
}
