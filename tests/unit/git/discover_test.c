/*
 * Which repository we are in: every way to be in one that git knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/discover.h"
#include "scratch.h"

static struct arena arena;

static struct repo discover(const char *dir)
{
	struct err err = ERR_INIT;
	struct repo repo;

	scratch_enter(dir);
	if (repo_discover(&repo, &arena, &err) != 0)
		fail_msg("%s: %s", dir, err_msg(&err));
	return repo;
}

static enum err_kind discover_fails(const char *dir)
{
	struct err err = ERR_INIT;
	enum err_kind kind;
	struct repo repo;

	scratch_enter(dir);
	assert_int_equal(repo_discover(&repo, &arena, &err), -1);
	kind = err.kind;
	err_release(&err);
	return kind;
}

static void expect(const struct repo *repo, const char *root, const char *git_dir,
		   const char *common_dir, const char *prefix)
{
	if (root)
		assert_string_equal(repo->root, scratch_path(root));
	else
		assert_null(repo->root);
	assert_string_equal(repo->git_dir, scratch_path(git_dir));
	assert_string_equal(repo->common_dir, scratch_path(common_dir));
	assert_string_equal(repo->prefix, prefix);
}

static int make(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	scratch_run("git init -q main && mkdir -p main/a/b main/x/.git && cd main && echo 1 >f && "
		    "git add f && git commit -q -m one");
	scratch_run("git -C main worktree add -q ../linked -b other && mkdir linked/sub");
	scratch_run("git clone -q --bare main bare.git");
	scratch_run("cd main && git submodule --quiet add ../bare.git modules/sub && "
		    "git commit -q -m two && mkdir modules/sub/deep");
	scratch_run("ln -s main/a link && mkdir none");
	return 0;
}

static int tidy(void **state)
{
	arena_release(&arena);
	return scratch_teardown(state);
}

static void finds_the_top_and_a_subdirectory(void **state)
{
	struct repo repo = discover("main");

	(void)state;
	expect(&repo, "main", "main/.git", "main/.git", "");
	repo = discover("main/a/b");
	expect(&repo, "main", "main/.git", "main/.git", "a/b");
}

static void passes_an_empty_git_folder(void **state)
{
	struct repo repo = discover("main/x");

	(void)state;
	expect(&repo, "main", "main/.git", "main/.git", "x");
}

static void resolves_a_linked_current_folder(void **state)
{
	struct repo repo = discover("link");

	(void)state;
	expect(&repo, "main", "main/.git", "main/.git", "a");
}

static void knows_linked_worktrees(void **state)
{
	struct repo repo = discover("linked/sub");

	(void)state;
	expect(&repo, "linked", "main/.git/worktrees/linked", "main/.git", "sub");
	repo = discover("main/.git/worktrees/linked");
	expect(&repo, "linked", "main/.git/worktrees/linked", "main/.git", "");
}

static void knows_submodules(void **state)
{
	struct repo repo = discover("main/modules/sub/deep");

	(void)state;
	expect(&repo, "main/modules/sub", "main/.git/modules/modules/sub",
	       "main/.git/modules/modules/sub", "deep");
	repo = discover("main/.git/modules/modules/sub");
	expect(&repo, "main/modules/sub", "main/.git/modules/modules/sub",
	       "main/.git/modules/modules/sub", "");
}

static void knows_bare_repositories(void **state)
{
	struct repo repo = discover("bare.git/refs");

	(void)state;
	expect(&repo, NULL, "bare.git", "bare.git", "");
}

static void a_worktree_of_a_bare_repository_has_a_root(void **state)
{
	struct repo repo;

	(void)state;
	scratch_run("git -C bare.git worktree add -q ../of-bare");
	repo = discover("of-bare");
	expect(&repo, "of-bare", "bare.git/worktrees/of-bare", "bare.git", "");
}

static void inside_the_git_folder_the_root_is_above_it(void **state)
{
	struct repo repo = discover("main/.git/hooks");

	(void)state;
	expect(&repo, "main", "main/.git", "main/.git", "");
	setenv("GIT_DIR", ".", 1); /* as a post-receive hook has it */
	repo = discover("main/.git");
	unsetenv("GIT_DIR");
	expect(&repo, "main", "main/.git", "main/.git", "");
}

static void obeys_git_dir_and_work_tree(void **state)
{
	struct repo repo;

	(void)state;
	setenv("GIT_DIR", scratch_path("main/.git"), 1);
	repo = discover("none");
	expect(&repo, "none", "main/.git", "main/.git", "");
	setenv("GIT_WORK_TREE", scratch_path("main"), 1);
	repo = discover("main/a");
	expect(&repo, "main", "main/.git", "main/.git", "a");
	repo = discover("none");
	expect(&repo, "main", "main/.git", "main/.git", "");
	unsetenv("GIT_DIR");
	setenv("GIT_WORK_TREE", "..", 1);
	repo = discover("main/a/b");
	expect(&repo, "main/a", "main/.git", "main/.git", "b");
	unsetenv("GIT_WORK_TREE");
}

static void git_dir_may_be_a_file(void **state)
{
	struct repo repo;

	(void)state;
	setenv("GIT_DIR", ".git", 1);
	repo = discover("linked");
	unsetenv("GIT_DIR");
	expect(&repo, "linked", "main/.git/worktrees/linked", "main/.git", "");
}

static void obeys_git_common_dir(void **state)
{
	struct repo repo;

	(void)state;
	scratch_run("mkdir -p own && cp main/.git/HEAD own/HEAD");
	setenv("GIT_DIR", scratch_path("own"), 1);
	setenv("GIT_COMMON_DIR", scratch_path("main/.git"), 1);
	setenv("GIT_WORK_TREE", scratch_path("main"), 1);
	repo = discover("main");
	unsetenv("GIT_DIR");
	unsetenv("GIT_COMMON_DIR");
	unsetenv("GIT_WORK_TREE");
	expect(&repo, "main", "own", "main/.git", "");
}

static void takes_the_prefix_of_an_alias(void **state)
{
	struct repo repo;

	(void)state;
	setenv("GIT_PREFIX", "a/b/", 1);
	repo = discover("main");
	expect(&repo, "main", "main/.git", "main/.git", "a/b");
	repo = discover("main/a");
	expect(&repo, "main", "main/.git", "main/.git", "a");
	setenv("GIT_PREFIX", "../out/", 1);
	repo = discover("main");
	unsetenv("GIT_PREFIX");
	expect(&repo, "main", "main/.git", "main/.git", "");
}

static void obeys_core_worktree(void **state)
{
	struct repo repo;

	(void)state;
	scratch_run("git init -q far && mkdir -p tree/sub && git -C far config core.worktree "
		    "../../tree");
	repo = discover("far");
	expect(&repo, "tree", "far/.git", "far/.git", "");
	scratch_run("git -C far config core.worktree '../../tree#1' && mkdir 'tree#1'");
	repo = discover("far"); /* quoted in the file: git is asked */
	expect(&repo, "tree#1", "far/.git", "far/.git", "");
}

static void obeys_the_config_of_a_worktree(void **state)
{
	struct repo repo;

	(void)state;
	scratch_run("git init -q wtc && cd wtc && git commit -q --allow-empty -m x && "
		    "git config extensions.worktreeConfig true && git config --unset core.bare && "
		    "git config --worktree core.bare true && git worktree add -q ../wtc-linked && "
		    "git -C ../wtc-linked config --worktree core.bare false");
	repo = discover("wtc-linked");
	expect(&repo, "wtc-linked", "wtc/.git/worktrees/wtc-linked", "wtc/.git", "");
	repo = discover("wtc");
	expect(&repo, NULL, "wtc/.git", "wtc/.git", "");
}

static void nothing_is_found_where_nothing_is(void **state)
{
	(void)state;
	assert_int_equal(discover_fails("none"), ERR_NOT_FOUND);
	setenv("GIT_DIR", "nowhere", 1);
	assert_int_equal(discover_fails("main"), ERR_SYSTEM);
	unsetenv("GIT_DIR");
	scratch_run("mkdir -p broken && echo 'gitdir: ../nowhere' >broken/.git");
	assert_int_equal(discover_fails("broken"), ERR_SYSTEM);
}

static void stops_at_the_ceiling(void **state)
{
	char list[200];
	struct repo repo;

	(void)state;
	snprintf(list, sizeof list, "relative:%s/", scratch_path("main"));
	setenv("GIT_CEILING_DIRECTORIES", list, 1);
	assert_int_equal(discover_fails("main/a/b"), ERR_NOT_FOUND);
	repo = discover("main"); /* where we stand is always looked at */
	expect(&repo, "main", "main/.git", "main/.git", "");
	snprintf(list, sizeof list, "%s", scratch_path("link"));
	setenv("GIT_CEILING_DIRECTORIES", list, 1);
	assert_int_equal(discover_fails("main/a/b"), ERR_NOT_FOUND);
	snprintf(list, sizeof list, ":%s", scratch_path("link")); /* no links resolved after "" */
	setenv("GIT_CEILING_DIRECTORIES", list, 1);
	repo = discover("main/a/b");
	unsetenv("GIT_CEILING_DIRECTORIES");
	expect(&repo, "main", "main/.git", "main/.git", "a/b");
}

static void somebody_elses_is_for_git_to_judge(void **state)
{
	struct repo repo;

	(void)state;
	if (geteuid() != 0)
		return;
	scratch_run("git init -q theirs && chown -R 4242 theirs");
	assert_int_equal(discover_fails("theirs"), ERR_SYSTEM);
	scratch_run("git config --global safe.directory '%s'", scratch_path("theirs"));
	repo = discover("theirs");
	expect(&repo, "theirs", "theirs/.git", "theirs/.git", "");
}

static void expect_head(const char *dir, const char *branch)
{
	struct repo repo = discover(dir);
	struct err err = ERR_INIT;
	const char *commit, *found;
	char expected[80] = "";
	FILE *git;

	if (repo_head(&repo, &arena, &commit, &found, &err) != 0)
		fail_msg("%s", err_msg(&err));
	if (branch)
		assert_string_equal(found, branch);
	else
		assert_null(found);
	git = popen("git rev-parse -q --verify HEAD", "r");
	if (fgets(expected, sizeof expected, git))
		expected[strcspn(expected, "\n")] = '\0';
	pclose(git);
	assert_string_equal(commit, expected);
}

static void reads_head(void **state)
{
	(void)state;
	expect_head("main", "main");
	expect_head("linked", "other");
	expect_head("bare.git", "main");
	scratch_run("cd main && git pack-refs --all && git branch -q a/b");
	expect_head("main", "main");
	scratch_run("cd main && git checkout -q a/b && git commit -q --allow-empty -m three");
	expect_head("main", "a/b");
	scratch_run("git init -q unborn");
	expect_head("unborn", "main");
	scratch_run("git -C main checkout -q --detach");
	expect_head("main", NULL);
	scratch_run("cd main && git symbolic-ref refs/heads/sym refs/heads/main && "
		    "git symbolic-ref HEAD refs/heads/sym");
	expect_head("main", "sym");
	scratch_run("git init -q --object-format=sha256 long && cd long && "
		    "git commit -q --allow-empty -m x");
	expect_head("long", "main");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_top_and_a_subdirectory),
		cmocka_unit_test(passes_an_empty_git_folder),
		cmocka_unit_test(resolves_a_linked_current_folder),
		cmocka_unit_test(knows_linked_worktrees),
		cmocka_unit_test(knows_submodules),
		cmocka_unit_test(knows_bare_repositories),
		cmocka_unit_test(a_worktree_of_a_bare_repository_has_a_root),
		cmocka_unit_test(inside_the_git_folder_the_root_is_above_it),
		cmocka_unit_test(obeys_git_dir_and_work_tree),
		cmocka_unit_test(git_dir_may_be_a_file),
		cmocka_unit_test(obeys_git_common_dir),
		cmocka_unit_test(takes_the_prefix_of_an_alias),
		cmocka_unit_test(obeys_core_worktree),
		cmocka_unit_test(obeys_the_config_of_a_worktree),
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(stops_at_the_ceiling),
		cmocka_unit_test(somebody_elses_is_for_git_to_judge),
		cmocka_unit_test(reads_head),
	};

	return cmocka_run_group_tests_name("git/discover", tests, make, tidy);
}
