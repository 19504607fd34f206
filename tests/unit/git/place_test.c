/*
 * What is frozen, the places it is laid out in, and what steps change there, in real repositories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/freeze.h"
#include "git/place.h"
#include "scratch.h"
#include "sys/fs.h"

struct setting {
	struct arena arena;
	struct repo repo;
	struct frozen frozen;
};

static void open_repo(struct setting *setting)
{
	struct err err = ERR_INIT;

	memset(setting, 0, sizeof *setting);
	scratch_enter("r");
	if (repo_discover(&setting->repo, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void freeze(struct setting *setting, const char *index)
{
	struct err err = ERR_INIT;

	if (freeze_index(&setting->frozen, &setting->repo, index, NULL, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

/* A repository with a few files, one of which is partly staged. */
static void make_repo(struct setting *setting)
{
	scratch_run(
		"rm -rf r && git init -q r && cd r && mkdir d && printf 'one\\n' >a && "
		"printf 'two\\n' >d/b && printf 'three\\n' >c && printf '*.o\\n' >.gitignore && "
		"git add . && git commit -qm first && printf 'staged\\n' >a && git add a && "
		"printf 'unstaged\\n' >>a");
	open_repo(setting);
	freeze(setting, NULL);
}

static void close_setting(struct setting *setting)
{
	assert_int_equal(chdir("/"), 0);
	arena_release(&setting->arena);
}

static const char *read_file(const char *dir, const char *name)
{
	static char text[256];
	struct strbuf content CLEANUP(strbuf_release) = STRBUF_INIT;
	char path[512];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (fs_read_file(AT_FDCWD, path, sizeof text - 1, &content, NULL) != 0)
		return "(none)";
	snprintf(text, sizeof text, "%s", strbuf_str(&content));
	return text;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	struct err err = ERR_INIT;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (fs_replace(AT_FDCWD, path, 0644, text, strlen(text), 0, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void stage(struct setting *setting, struct place *place, enum place_kind kind)
{
	struct place_request request = { .repo = &setting->repo,
					 .frozen = &setting->frozen,
					 .kind = kind };
	struct err err = ERR_INIT;

	if (place_stage(place, &request, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void collect(struct setting *setting, const struct place *place, struct fixes *fixes)
{
	struct err err = ERR_INIT;

	if (place_collect(place, NULL, NULL, fixes, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

/* ---- Freezing ---- */

static void staged_paths_are_the_difference(void **state)
{
	struct setting setting;

	(void)state;
	make_repo(&setting);
	assert_int_equal(setting.frozen.n_paths, 1);
	assert_string_equal(setting.frozen.paths[0].path, "a");
	assert_int_equal(setting.frozen.paths[0].status, 'M');
	assert_int_equal(setting.frozen.paths[0].mode, 0100644);
	assert_non_null(freeze_find(&setting.frozen, "a"));
	assert_null(freeze_find(&setting.frozen, "c"));
	close_setting(&setting);
}

static void the_users_index_is_not_written(void **state)
{
	struct setting setting;
	struct file_id before, after;

	(void)state;
	make_repo(&setting);
	fs_stat(AT_FDCWD, ".git/index", &before, NULL);
	freeze(&setting, NULL);
	fs_stat(AT_FDCWD, ".git/index", &after, NULL);
	assert_true(fs_same_id(&before, &after));
	close_setting(&setting);
}

static void without_a_commit_everything_is_added(void **state)
{
	struct setting setting;

	(void)state;
	scratch_run("rm -rf r && git init -q r && cd r && echo x >x && git add x && echo y >y && "
		    "git add -N y");
	open_repo(&setting);
	freeze(&setting, NULL);
	assert_string_equal(setting.frozen.head, "");
	assert_int_equal(setting.frozen.n_paths, 1);
	assert_string_equal(setting.frozen.paths[0].path, "x");
	assert_int_equal(setting.frozen.paths[0].status, 'A');
	close_setting(&setting);
}

static void an_unmerged_path_is_refused(void **state)
{
	struct setting setting;
	struct err err = ERR_INIT;

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && git commit -qam two && git checkout -qb side HEAD~1 && echo s >a && "
		    "git commit -qam side && ! git merge -q main >/dev/null 2>&1");
	assert_int_equal(
		freeze_index(&setting.frozen, &setting.repo, NULL, NULL, &setting.arena, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err_msg(&err), "'a' is unmerged"));
	err_release(&err);
	close_setting(&setting);
}

static void another_staging_is_noticed(void **state)
{
	struct setting setting;

	(void)state;
	make_repo(&setting);
	assert_int_equal(freeze_holds(&setting.frozen, &setting.repo, NULL), 1);
	scratch_run("cd r && git update-index -q --refresh || :");
	assert_int_equal(freeze_holds(&setting.frozen, &setting.repo, NULL), 1);
	scratch_run("cd r && git add a");
	assert_int_equal(freeze_holds(&setting.frozen, &setting.repo, NULL), 0);
	close_setting(&setting);
}

/* Whatever its settings say about `git status`. */
static void another_commit_of_a_submodule_is_a_change(void **state)
{
	struct setting setting;

	(void)state;
	make_repo(&setting);
	scratch_run(
		"cd r && git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub && "
		"git config -f .gitmodules submodule.sub.path sub && "
		"git config -f .gitmodules submodule.sub.ignore all && git add .gitmodules && "
		"git commit -qm second && "
		"git update-index --cacheinfo 160000,$(git rev-parse HEAD),sub");
	freeze(&setting, NULL);
	assert_int_equal(setting.frozen.n_paths, 1);
	assert_string_equal(setting.frozen.paths[0].path, "sub");
	close_setting(&setting);
}

static void a_commit_is_compared_with_its_parent(void **state)
{
	struct setting setting;
	struct err err = ERR_INIT;

	(void)state;
	make_repo(&setting);
	scratch_run(
		"cd r && git commit -qm second && git rm -qf --cached c && git commit -qm third");
	assert_int_equal(
		freeze_commit(&setting.frozen, &setting.repo, "HEAD", NULL, &setting.arena, &err),
		0);
	assert_int_equal(setting.frozen.n_paths, 1);
	assert_int_equal(setting.frozen.paths[0].status, 'D');
	assert_int_equal(freeze_commit(&setting.frozen, &setting.repo, "HEAD", FREEZE_ALL,
				       &setting.arena, &err),
			 0);
	assert_int_equal(setting.frozen.n_paths, 3);
	assert_int_equal(
		freeze_commit(&setting.frozen, &setting.repo, "HEAD~2", NULL, &setting.arena, &err),
		0);
	assert_int_equal(setting.frozen.n_paths, 4);
	close_setting(&setting);
}

/* ---- In place ---- */

static bool is_c(const char *path, void *data)
{
	(void)data;
	return !strcmp(path, "c");
}

static void a_worktree_with_edits_does_not_agree(void **state)
{
	struct setting setting;
	struct place_sight sight;
	const char *why;
	struct place_request request = { .repo = &setting.repo, .frozen = &setting.frozen };

	(void)state;
	make_repo(&setting);
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 0);
	assert_string_equal(why, "a");
	request.reach.has = is_c;
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	assert_int_equal(sight.n, 1);
	close_setting(&setting);
}

static void untracked_files_matter_if_they_are_said_to(void **state)
{
	struct setting setting;
	struct place_sight sight;
	const char *why;
	struct place_request request = { .repo = &setting.repo, .frozen = &setting.frozen };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && git add a && touch a && echo o >x.o");
	freeze(&setting, NULL);
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	scratch_run("cd r && echo new >new");
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 0);
	assert_string_equal(why, "new");
	request.reach.only_tracked = true;
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	close_setting(&setting);
}

static void only_the_folder_that_matters_is_looked_at(void **state)
{
	struct setting setting;
	struct place_sight sight;
	const char *why;
	struct place_request request = { .repo = &setting.repo,
					 .frozen = &setting.frozen,
					 .reach = { .below = "d" } };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && echo new >new && echo new >d.new && mkdir e && echo new >e/new");
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	assert_int_equal(sight.n, 1);
	assert_string_equal(sight.paths[0], "d/b");
	scratch_run("cd r && echo o >d/x.o");
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	scratch_run("cd r && mkdir d/e && echo new >d/e/new");
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 0);
	assert_string_equal(why, "d/e/new");
	scratch_run("cd r && rm -r d/e && echo edit >d/b");
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 0);
	assert_string_equal(why, "d/b");
	close_setting(&setting);
}

static void a_touched_file_still_agrees(void **state)
{
	struct setting setting;
	struct place_sight sight;
	struct file_id before, after;
	const char *why;
	struct place_request request = { .repo = &setting.repo, .frozen = &setting.frozen };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && git add a && touch -d 2001-01-01 a c");
	freeze(&setting, NULL);
	fs_stat(AT_FDCWD, ".git/index", &before, NULL);
	assert_int_equal(place_agrees(&request, &sight, &why, &setting.arena, NULL), 1);
	fs_stat(AT_FDCWD, ".git/index", &after, NULL);
	assert_true(fs_same_id(&before, &after));
	close_setting(&setting);
}

static void an_edit_in_place_is_noticed(void **state)
{
	struct setting setting;
	struct place place;
	struct fixes fixes;

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && git add a");
	freeze(&setting, NULL);
	stage(&setting, &place, PLACE_IN_PLACE);
	assert_null(place_find_disturbed(&place));
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n + fixes.n_others, 0);
	write_file(scratch_path("r"), "a", "other\n");
	write_file(scratch_path("r"), "c", "other\n");
	assert_string_equal(place_find_disturbed(&place), "a");
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n, 1);
	assert_string_equal(fixes.list[0].path, "a");
	assert_int_equal(fixes.n_others, 1);
	assert_string_equal(fixes.others[0].path, "c");
	place_end(&place, true);
	close_setting(&setting);
}

/* ---- Copies ---- */

static void a_shadow_has_what_is_staged(void **state)
{
	struct setting setting;
	struct place place;
	struct fixes fixes;

	(void)state;
	make_repo(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(read_file(place.repo.root, "a"), "staged\n");
	assert_string_equal(read_file(place.repo.root, "d/b"), "two\n");
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n + fixes.n_others, 0);
	write_file(place.repo.root, "a", "fixed\n");
	write_file(place.repo.root, "c", "also\n");
	write_file(place.repo.root, "new", "new\n");
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n, 1);
	assert_string_equal(fixes.list[0].path, "a");
	assert_string_equal(fixes.others[0].path, "c");
	place_end(&place, true);
	assert_string_equal(read_file(scratch_path("r"), "a"), "staged\nunstaged\n");
	close_setting(&setting);
}

static bool is_new(const char *path, void *data)
{
	(void)data;
	return !strcmp(path, "new");
}

static void new_files_count_if_declared(void **state)
{
	struct setting setting;
	struct place place;
	struct fixes fixes;

	(void)state;
	make_repo(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	write_file(place.repo.root, "new", "new\n");
	write_file(place.repo.root, "undeclared", "new\n");
	assert_int_equal(place_collect(&place, is_new, NULL, &fixes, &setting.arena, NULL), 0);
	assert_int_equal(fixes.n, 1);
	assert_string_equal(fixes.list[0].path, "new");
	assert_int_equal(fixes.list[0].old_mode, 0);
	place_end(&place, true);
	close_setting(&setting);
}

static void a_shadow_is_brought_to_the_next_tree(void **state)
{
	struct setting setting;
	struct place place;
	char root[256];

	(void)state;
	make_repo(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	snprintf(root, sizeof root, "%s", place.repo.root);
	write_file(root, "a", "left by a step\n");
	write_file(root, "left", "by a step\n");
	write_file(root, "left.o", "by a step\n");
	place_end(&place, true);
	scratch_run("cd r && git rm -q c && git mv d/b d/e && echo f >f && git add f");
	freeze(&setting, NULL);
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(place.repo.root, root);
	assert_string_equal(read_file(root, "a"), "staged\n");
	assert_string_equal(read_file(root, "f"), "f\n");
	assert_string_equal(read_file(root, "d/e"), "two\n");
	assert_string_equal(read_file(root, "c"), "(none)");
	assert_string_equal(read_file(root, "left"), "(none)");
	assert_string_equal(read_file(root, "left.o"), "(none)");
	place_end(&place, false);
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(read_file(root, "f"), "f\n");
	place_end(&place, false);
	close_setting(&setting);
}

/* Used, but for nothing that changes files. */
static void use(struct setting *setting)
{
	struct place place;
	struct fixes fixes;

	stage(setting, &place, PLACE_SHADOW);
	collect(setting, &place, &fixes);
	assert_int_equal(fixes.n + fixes.n_others, 0);
	place_end(&place, true);
}

static bool is_noted(const char *name)
{
	struct file_id id;

	return fs_stat(AT_FDCWD, name, &id, NULL) == 0;
}

#define SHADOW ".git/wf/places/shadow-0/"

/* The shadow holds the user's index, to the last file. */
static void expect_staged(void)
{
	scratch_run("cd r && tree=$(git write-tree) && cd " SHADOW
		    "tree && git diff --exit-code && "
		    "test $(git write-tree) = $tree && test -z \"$(git ls-files -o)\" && git fsck "
		    ">/dev/null");
}

static void what_steps_left_alone_is_believed(void **state)
{
	struct setting setting;
	struct place place;

	(void)state;
	make_repo(&setting);
	use(&setting);
	assert_true(is_noted(SHADOW "clean"));
	/* Nobody but this test writes there: git would put it right, if it were asked to look. */
	scratch_run("cd r/" SHADOW "tree && printf 'believed\n' >c");
	scratch_run("cd r && printf 'next\n' >a && git add a");
	freeze(&setting, NULL);
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(read_file(scratch_path("r/" SHADOW "tree"), "a"), "next\n");
	assert_string_equal(read_file(scratch_path("r/" SHADOW "tree"), "c"), "believed\n");
	place_end(&place, true);
	close_setting(&setting);
}

static void only_what_differs_is_brought(void **state)
{
	struct setting setting;

	(void)state;
	make_repo(&setting);
	use(&setting);
	scratch_run("cd r && git rm -q d/b && chmod +x c && ln -s c link && mkdir -p e/f && "
		    "printf 'x\n' >e/f/g && printf 'y\n' >'odd*' && printf 'z\n' >':(top)z' && "
		    "printf 'n\n' >\"new\nline\" && git add .");
	freeze(&setting, NULL);
	use(&setting);
	assert_true(is_noted(SHADOW "clean"));
	expect_staged();
	scratch_run("cd r/" SHADOW "tree && test -x c && test -L link && ! test -e d");
	scratch_run("cd r && git rm -qrf e link 'odd[*]' && printf 'd\n' >d && printf 'e\n' >e && "
		    "git add .");
	freeze(&setting, NULL);
	use(&setting);
	expect_staged();
	scratch_run("cd r && git rm -qf d && mkdir d && printf 'two\n' >d/b && git add .");
	freeze(&setting, NULL);
	use(&setting); /* a folder where a file was */
	expect_staged();
	scratch_run("cd r && git mv d/b d/x && git mv d/x d/B");
	freeze(&setting, NULL);
	use(&setting);
	expect_staged();
	close_setting(&setting);
}

static void many_differences_are_brought(void **state)
{
	struct setting setting;

	(void)state;
	make_repo(&setting);
	use(&setting);
	scratch_run("cd r && for i in $(seq 150); do echo $i >d/$i; done && git add .");
	freeze(&setting, NULL);
	use(&setting);
	assert_true(is_noted(SHADOW "clean"));
	expect_staged();
	close_setting(&setting);
}

static void what_steps_leave_is_cleaned_up(void **state)
{
	static const char *const leavings[] = { "echo x >new",
						"echo x >d/x.o",
						"mkdir empty",
						"git init -q d/nested",
						"mkdir -p .deep/er && echo x >.deep/er/x",
						"ln -s a link" };
	struct setting setting;
	struct place place;
	struct fixes fixes;

	(void)state;
	make_repo(&setting);
	for (size_t i = 0; i < ARRAY_SIZE(leavings); i++) {
		stage(&setting, &place, PLACE_SHADOW);
		scratch_run("cd r/" SHADOW "tree && %s", leavings[i]);
		collect(&setting, &place, &fixes);
		assert_int_equal(fixes.n + fixes.n_others, 0);
		place_end(&place, true);
		assert_true(is_noted(SHADOW "tracked"));
		assert_false(is_noted(SHADOW "clean"));
		scratch_run("cd r && printf '%%s\n' '%zu' >a && git add a", i);
		freeze(&setting, NULL);
		stage(&setting, &place, PLACE_SHADOW);
		assert_false(is_noted(SHADOW "tracked"));
		expect_staged();
		scratch_run("! ls -d r/" SHADOW "tree/empty 2>/dev/null");
		place_end(&place, false);
	}
	close_setting(&setting);
}

static void what_steps_changed_is_not_believed(void **state)
{
	static const char *const deeds[] = {
		"printf 'thre!\n' >c", /* as long, in the same tick as it was written */
		"rm c",
		"mv d e",
		"chmod +x c",
		"echo x >new && git add new",
		"rm c && mkdir c"
	};
	struct setting setting;
	struct place place;
	struct fixes fixes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		make_repo(&setting);
		use(&setting);
		scratch_run("cd r && printf 'other\n' >c && git add c");
		freeze(&setting, NULL);
		stage(&setting, &place, PLACE_SHADOW);
		scratch_run("cd r/" SHADOW "tree && %s", deeds[i]);
		collect(&setting, &place, &fixes);
		place_end(&place, true);
		assert_false(is_noted(SHADOW "clean") || is_noted(SHADOW "tracked"));
		stage(&setting, &place, PLACE_SHADOW);
		expect_staged();
		place_end(&place, false);
		close_setting(&setting);
	}
}

static void what_nobody_looked_at_is_not_believed(void **state)
{
	struct setting setting;
	struct place place;

	(void)state;
	make_repo(&setting);
	use(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	assert_false(is_noted(SHADOW "clean"));
	place_end(&place, true);
	assert_false(is_noted(SHADOW "clean") || is_noted(SHADOW "tracked"));
	use(&setting);
	scratch_run("cd r/" SHADOW "tree && git update-index --refresh; touch ../git/index");
	write_file(scratch_path("r/" SHADOW "tree"), "c", "other\n");
	stage(&setting, &place, PLACE_SHADOW); /* of another index than was noted */
	expect_staged();
	place_end(&place, false);
	close_setting(&setting);
}

static void what_another_shares_is_taken_away(void **state)
{
	static const char *const share[] = { "modules" };
	struct setting setting;
	struct place place;
	struct fixes fixes;
	struct place_request request = { .repo = &setting.repo,
					 .frozen = &setting.frozen,
					 .kind = PLACE_SHADOW,
					 .share = share,
					 .n_share = 1 };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && mkdir modules && echo m >modules/m");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(place_stage(&place, &request, &setting.arena, NULL), 0);
		assert_string_equal(read_file(place.repo.root, "modules/m"), "m\n");
		collect(&setting, &place, &fixes);
		place_end(&place, true);
		assert_true(is_noted(SHADOW "clean"));
	}
	use(&setting);
	expect_staged();
	close_setting(&setting);
}

static void two_shadows_at_once_are_two(void **state)
{
	struct setting setting;
	struct place one, two;

	(void)state;
	make_repo(&setting);
	stage(&setting, &one, PLACE_SHADOW);
	stage(&setting, &two, PLACE_SHADOW);
	assert_string_not_equal(one.repo.root, two.repo.root);
	place_end(&one, true);
	place_end(&two, true);
	assert_int_equal(place_remove_all(&setting.repo, NULL), 0);
	scratch_run("! ls r/.git/wf/places/*/tree 2>/dev/null");
	close_setting(&setting);
}

static void what_is_broken_is_made_anew(void **state)
{
	struct setting setting;
	struct place place;

	(void)state;
	make_repo(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	place_end(&place, true);
	scratch_run("cd r/.git/wf/places/shadow-0 && echo rubbish >git/index && "
		    ": >git/index.lock && rm -rf tree/d && echo x >tree/d");
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(read_file(place.repo.root, "d/b"), "two\n");
	place_end(&place, true);
	scratch_run("cd r/.git/wf/places/shadow-0 && rm -rf git tree/a");
	stage(&setting, &place, PLACE_SHADOW);
	assert_string_equal(read_file(place.repo.root, "a"), "staged\n");
	place_end(&place, true);
	close_setting(&setting);
}

static void a_shadow_shares_and_keeps(void **state)
{
	static const char *const share[] = { "modules/", "absent" }, *const keep[] = { "build" };
	struct setting setting;
	struct place place;
	struct place_request request = { .repo = &setting.repo,
					 .frozen = &setting.frozen,
					 .kind = PLACE_SHADOW,
					 .share = share,
					 .n_share = 2,
					 .keep = keep,
					 .n_keep = 1 };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && mkdir modules && echo m >modules/m");
	assert_int_equal(place_stage(&place, &request, &setting.arena, NULL), 0);
	assert_string_equal(read_file(place.repo.root, "modules/m"), "m\n");
	scratch_run(
		"cd r/.git/wf/places/shadow-0/tree && mkdir build && echo b >build/b && echo x >x");
	place_end(&place, true);
	assert_int_equal(place_stage(&place, &request, &setting.arena, NULL), 0);
	assert_string_equal(read_file(place.repo.root, "modules/m"), "m\n");
	assert_string_equal(read_file(place.repo.root, "build/b"), "b\n");
	assert_string_equal(read_file(place.repo.root, "x"), "(none)");
	assert_string_equal(read_file(scratch_path("r"), "modules/m"), "m\n");
	place_end(&place, true);
	close_setting(&setting);
}

static void an_export_has_what_is_wanted(void **state)
{
	struct setting setting;
	struct place place;
	struct fixes fixes;
	struct place_request request = { .repo = &setting.repo,
					 .frozen = &setting.frozen,
					 .kind = PLACE_EXPORT,
					 .reach = { .has = is_c } };

	(void)state;
	make_repo(&setting);
	scratch_run("cd r && mkdir .workflows && echo w >.workflows/w.yml && "
		    "printf 'staged\\n' >c && git add .workflows c && echo more >>c");
	freeze(&setting, NULL);
	assert_int_equal(place_stage(&place, &request, &setting.arena, NULL), 0);
	assert_string_equal(read_file(place.repo.root, "c"), "staged\n");
	assert_string_equal(read_file(place.repo.root, "a"), "(none)");
	assert_string_equal(read_file(place.repo.root, ".workflows/w.yml"), "w\n");
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n + fixes.n_others, 0);
	write_file(place.repo.root, "c", "fixed.\n"); /* as long as before, in the same tick */
	collect(&setting, &place, &fixes);
	assert_int_equal(fixes.n, 1);
	assert_string_equal(fixes.list[0].path, "c");
	place_end(&place, true);
	close_setting(&setting);
}

static void git_works_in_a_shadow(void **state)
{
	struct setting setting;
	struct place place;

	(void)state;
	make_repo(&setting);
	stage(&setting, &place, PLACE_SHADOW);
	scratch_run("cd '%s' && test \"$(git status --porcelain)\" = 'M  a' && "
		    "test \"$(git rev-parse --show-toplevel)\" = \"$PWD\" && git fsck && "
		    "git commit -qm in-shadow && test \"$(git -C %s/r log --format=%%s)\" = first",
		    place.repo.root, scratch_dir);
	place_end(&place, true);
	scratch_run("cd r && test $(git worktree list | wc -l) = 1 && "
		    "test \"$(git status --porcelain)\" = 'MM a'");
	close_setting(&setting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(staged_paths_are_the_difference),
		cmocka_unit_test(the_users_index_is_not_written),
		cmocka_unit_test(without_a_commit_everything_is_added),
		cmocka_unit_test(an_unmerged_path_is_refused),
		cmocka_unit_test(another_staging_is_noticed),
		cmocka_unit_test(another_commit_of_a_submodule_is_a_change),
		cmocka_unit_test(a_commit_is_compared_with_its_parent),
		cmocka_unit_test(a_worktree_with_edits_does_not_agree),
		cmocka_unit_test(untracked_files_matter_if_they_are_said_to),
		cmocka_unit_test(only_the_folder_that_matters_is_looked_at),
		cmocka_unit_test(a_touched_file_still_agrees),
		cmocka_unit_test(an_edit_in_place_is_noticed),
		cmocka_unit_test(a_shadow_has_what_is_staged),
		cmocka_unit_test(new_files_count_if_declared),
		cmocka_unit_test(a_shadow_is_brought_to_the_next_tree),
		cmocka_unit_test(what_steps_left_alone_is_believed),
		cmocka_unit_test(only_what_differs_is_brought),
		cmocka_unit_test(many_differences_are_brought),
		cmocka_unit_test(what_steps_leave_is_cleaned_up),
		cmocka_unit_test(what_steps_changed_is_not_believed),
		cmocka_unit_test(what_nobody_looked_at_is_not_believed),
		cmocka_unit_test(what_another_shares_is_taken_away),
		cmocka_unit_test(two_shadows_at_once_are_two),
		cmocka_unit_test(what_is_broken_is_made_anew),
		cmocka_unit_test(a_shadow_shares_and_keeps),
		cmocka_unit_test(an_export_has_what_is_wanted),
		cmocka_unit_test(git_works_in_a_shadow),
	};

	return cmocka_run_group_tests_name("git/place", tests, scratch_setup, scratch_teardown);
}
