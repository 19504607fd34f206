/*
 * Fixes that were made in a shadow come into index and worktree, or they do not, in real repositories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ext/hash.h"
#include "git/publish.h"
#include "scratch.h"
#include "sys/fs.h"

struct setting {
	struct arena arena;
	struct repo repo;
	struct frozen frozen;
	struct place place;
	struct publish_report report;
	const char *folder;
};

static void begin(struct setting *setting, const char *index)
{
	struct place_request request = { .repo = &setting->repo,
					 .frozen = &setting->frozen,
					 .kind = PLACE_SHADOW };
	struct err err = ERR_INIT;

	memset(setting, 0, sizeof *setting);
	scratch_enter("r");
	if (repo_discover(&setting->repo, &setting->arena, &err) != 0 ||
	    freeze_index(&setting->frozen, &setting->repo, index, NULL, &setting->arena, &err) !=
		    0 ||
	    place_stage(&setting->place, &request, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	setting->folder = arena_join(&setting->arena, setting->repo.git_dir, "/wf/publish", "");
}

static bool is_declared(const char *path, void *data)
{
	(void)data;
	return !strncmp(path, "gen", 3);
}

static int publish(struct setting *setting, struct err *err)
{
	struct fixes fixes;
	struct publish_request request = { .repo = &setting->repo,
					   .frozen = &setting->frozen,
					   .fixes = &fixes,
					   .folder = setting->folder };
	int status = place_collect(&setting->place, is_declared, NULL, &fixes, &setting->arena,
				   err);

	if (status == 0)
		status = publish_run(&request, &setting->report, &setting->arena, err);
	return status;
}

static void publish_well(struct setting *setting)
{
	struct err err = ERR_INIT;

	if (publish(setting, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void end(struct setting *setting)
{
	assert_int_equal(chdir("/"), 0);
	place_end(&setting->place, true);
	scratch_run(
		"cd r && git fsck --no-progress --no-dangling && ! ls .git/*.lock 2>/dev/null && "
		"! ls .git/wf/publish 2>/dev/null");
	arena_release(&setting->arena);
}

static void assert_result(struct setting *setting, enum publish_result result)
{
	assert_int_equal(setting->report.n_items, 1);
	if (setting->report.items[0].result != result)
		fail_msg("result %d: %s", (int)setting->report.items[0].result,
			 setting->report.items[0].why ? setting->report.items[0].why : "");
}

/* "f" has ten lines; the first is staged with a change. */
static void make_repo(void)
{
	scratch_run("rm -rf r && git init -q r && cd r && seq 10 >f && ln -s f l && seq 5 >g && "
		    "git add . && git commit -qm first && sed -i 's/^1$/one/' f && git add f");
}

/* As a formatter does it. */
static void in_place(struct setting *setting, const char *command)
{
	scratch_run("cd '%s' && %s", setting->place.repo.root, command);
}

static void a_file_as_staged_becomes_the_fixed_one(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_FIXED);
	scratch_run(
		"cd r && test \"$(head -1 f)\" = ONE && test \"$(git show :f | head -1)\" = ONE && "
		"git diff --quiet && test \"$(git diff --cached --name-only)\" = f");
	end(&setting);
}

static void edits_elsewhere_in_the_file_stay(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && sed -i 's/^10$/ten/' f");
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_MERGED);
	scratch_run("cd r && test \"$(git show :f)\" = \"$(echo ONE; seq 2 10)\" && "
		    "test \"$(cat f)\" = \"$(echo ONE; seq 2 9; echo ten)\"");
	end(&setting);
}

static void edits_of_the_same_lines_stay_as_they_are(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && sed -i 's/one/mine/' f && cp -p f ../before");
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_LEFT);
	assert_int_equal(setting.report.n_left, 1);
	scratch_run("cd r && cmp f ../before && test \"$(git show :f | head -1)\" = ONE");
	end(&setting);
}

static void a_binary_file_is_not_merged(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run(
		"cd r && printf 'a\\0b' >b && git add b && printf 'c\\0d' >b && cp b ../before");
	begin(&setting, NULL);
	in_place(&setting, "printf 'x\\0y' >b");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_LEFT);
	scratch_run("cd r && cmp b ../before && test \"$(git cat-file -s :b)\" = 3 && "
		    "git show :b | cmp - .git/wf/places/shadow-0/tree/b");
	end(&setting);
}

static void new_deleted_and_executable_files(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && echo g >>g && git add g");
	begin(&setting, NULL);
	in_place(&setting, "mkdir gen && echo n >gen/new && chmod +x f && rm g");
	publish_well(&setting);
	assert_int_equal(setting.report.n_items, 3);
	assert_int_equal(setting.report.n_left, 0);
	scratch_run("cd r && test -x f && test ! -e g && test \"$(cat gen/new)\" = n && "
		    "git diff --quiet && git ls-files -s | cut -c1-6,50- | tr '\\t\\n' '  ' "
		    ">../list && "
		    "test \"$(cat ../list)\" = '100755 f 100644 gen/new 120000 l '");
	end(&setting);
}

static void a_link_and_a_file_that_becomes_a_folder(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && ln -sf g l && echo x >gen && git add .");
	begin(&setting, NULL);
	in_place(&setting, "ln -sf h l && rm gen && mkdir gen && echo y >gen/y");
	publish_well(&setting);
	assert_int_equal(setting.report.n_left, 0);
	scratch_run("cd r && test \"$(readlink l)\" = h && test \"$(cat gen/y)\" = y && "
		    "git diff --quiet && test \"$(git show :l)\" = h");
	end(&setting);
}

static void a_file_removed_by_the_user_stays_removed(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && rm f");
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_LEFT);
	scratch_run("cd r && test ! -e f && test \"$(git show :f | head -1)\" = ONE");
	end(&setting);
}

static void line_endings_are_those_of_worktrees(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && echo '*.txt text eol=crlf' >.gitattributes && "
		    "printf 'a\\r\\nb\\r\\nc\\r\\nd\\r\\n' >t.txt && git add . && git commit -qm "
		    "crlf && "
		    "printf 'A\\r\\nb\\r\\nc\\r\\nd\\r\\n' >t.txt && git add . && "
		    "printf 'A\\r\\nb\\r\\nc\\r\\nD\\r\\n' >t.txt");
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/^A/AA/' t.txt");
	publish_well(&setting);
	assert_result(&setting, PUBLISH_MERGED);
	scratch_run("cd r && printf 'AA\\r\\nb\\r\\nc\\r\\nD\\r\\n' | cmp - t.txt && "
		    "test \"$(git show :t.txt)\" = \"$(printf 'AA\\nb\\nc\\nd')\"");
	end(&setting);
}

static void odd_names(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run(
		"cd r && printf 'a\\n' >'-dash' && printf 'a\\n' >\"$(printf 'new\\nline')\" && "
		"printf 'a\\n' >\"$(printf 'latin\\351')\" && printf 'a\\n' >'qu\"o\\te' && git "
		"add .");
	begin(&setting, NULL);
	in_place(&setting, "find . -type f -newermt 2000-01-01 -not -name '.git' -exec sh -c "
			   "'for f; do echo b >>\"$f\"; done' sh {} +");
	publish_well(&setting);
	assert_int_equal(setting.report.n_left, 0);
	assert_int_equal(setting.report.n_items, 5);
	scratch_run("cd r && git diff --quiet && test \"$(cat ./-dash | wc -l)\" = 2 && "
		    "test \"$(wc -l <\"$(printf 'latin\\351')\")\" = 2");
	end(&setting);
}

/* ---- Whose lock it is ---- */

static void commit_all_has_its_lock_fixed(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	scratch_run("cd r && cp .git/index .git/index.lock && "
		    "GIT_INDEX_FILE=.git/index.lock.tmp true && "
		    "cp .git/index ../i && GIT_INDEX_FILE=$PWD/../i git add -A && cp ../i "
		    ".git/index.lock");
	begin(&setting, ".git/index.lock");
	in_place(&setting, "sed -i 's/one/ONE/' f");
	publish_well(&setting);
	scratch_run("cd r && mv .git/index.lock .git/index && "
		    "test \"$(git show :f | head -1)\" = ONE && git diff --quiet");
	end(&setting);
}

static void commit_only_has_both_fixed(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	/* As git does it: f alone is committed, g is staged and stays so. */
	scratch_run("cd r && echo g >>g && git add g && cp .git/index .git/index.lock && "
		    "cp .git/index ../i && GIT_INDEX_FILE=$PWD/../i git read-tree HEAD && "
		    "GIT_INDEX_FILE=$PWD/../i git add f && cp ../i .git/next-index-7.lock");
	begin(&setting, ".git/next-index-7.lock");
	assert_int_equal(setting.frozen.n_paths, 1);
	in_place(&setting, "sed -i 's/one/ONE/' f && test \"$(wc -l <g)\" = 5");
	publish_well(&setting);
	scratch_run(
		"cd r && test \"$(GIT_INDEX_FILE=.git/next-index-7.lock git show :f | head -1)\" = "
		"ONE && rm .git/next-index-7.lock && mv .git/index.lock .git/index && "
		"test \"$(git show :f | head -1)\" = ONE && test \"$(git show :g | wc -l)\" = 6 && "
		"git diff --quiet");
	end(&setting);
}

static void something_staged_meanwhile_wins(void **state)
{
	struct setting setting;
	struct err err = ERR_INIT;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	scratch_run("cd r && echo more >>g && git add g && cp .git/index ../index && cp f ../f");
	assert_int_equal(publish(&setting, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	scratch_run("cd r && cmp .git/index ../index && cmp f ../f");
	end(&setting);
}

static void a_lock_of_another_git_is_respected(void **state)
{
	struct setting setting;
	struct err err = ERR_INIT;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	in_place(&setting, "sed -i 's/one/ONE/' f");
	scratch_run("cd r && : >.git/index.lock && cp .git/index ../index && cp f ../f");
	assert_int_equal(publish(&setting, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	scratch_run("cd r && cmp .git/index ../index && cmp f ../f && rm .git/index.lock");
	end(&setting);
}

/* ---- After a kill ---- */

static int n_kept;

static void count_kept(const char *path, const char *where, void *data)
{
	(void)path;
	(void)where;
	(void)data;
	n_kept++;
}

static void write_note(const char *name, const char *ours, const char *wanted, const char *path)
{
	scratch_run("mkdir -p r/.git/wf/publish && printf '%s %s\\n%s' >r/.git/wf/publish/%s.note",
		    ours, wanted, path, name);
}

/* The digests are of other contents: what lies there is an edit that came out by mistake. */
#define OTHER "00000000000000000000000000000000"

static void an_edit_that_came_out_goes_back(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	write_note("0", OTHER, OTHER, "gone/f");
	scratch_run("echo edit >r/.git/wf/publish/0");
	n_kept = 0;
	assert_int_equal(publish_recover(&setting.repo, setting.folder, count_kept, NULL, NULL), 0);
	assert_int_equal(n_kept, 0);
	scratch_run("test \"$(cat r/gone/f)\" = edit");
	end(&setting);
}

static void an_edit_with_no_place_to_go_is_kept(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	write_note("0", OTHER, OTHER, "f");
	scratch_run("echo edit >r/.git/wf/publish/0 && cp r/f before");
	n_kept = 0;
	assert_int_equal(publish_recover(&setting.repo, setting.folder, count_kept, NULL, NULL), 0);
	assert_int_equal(n_kept, 1);
	scratch_run("cmp r/f before && test \"$(cat r/.git/wf/publish/edit-0)\" = edit && "
		    "rm -r r/.git/wf/publish");
	end(&setting);
}

/* As of a file with these bytes. */
static const char *digest_of(struct setting *setting, const char *text)
{
	const char *all = arena_join(&setting->arena, "\1", text, "");
	struct digest digest = hash_bytes(NULL, all, strlen(all));
	char *hex = arena_alloc(&setting->arena, DIGEST_HEX_LEN + 1);

	digest_to_hex(&digest, hex);
	return hex;
}

/* What came out is what was expected: only the note says whether that is of use. */
static void what_is_to_be_kept_is_kept_once_it_came_out(void **state)
{
	static const char *const words[] = { "", " keep" };

	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		struct setting setting;

		make_repo();
		begin(&setting, NULL);
		write_note(
			"0", digest_of(&setting, "was\n"),
			arena_join(&setting.arena, digest_of(&setting, "made\n"), words[keeps], ""),
			"f");
		write_note(
			"1", digest_of(&setting, "was\n"),
			arena_join(&setting.arena, digest_of(&setting, "made\n"), words[keeps], ""),
			"f");
		scratch_run("cd r/.git/wf/publish && echo was >0 && echo made >1");
		n_kept = 0;
		assert_int_equal(
			publish_recover(&setting.repo, setting.folder, count_kept, NULL, NULL), 0);
		assert_int_equal(n_kept, keeps);
		if (keeps)
			scratch_run("cd r/.git/wf && test \"$(ls publish)\" = edit-0 && "
				    "test \"$(cat publish/edit-0)\" = was && rm -r publish");
		end(&setting);
	}
}

/* By a publishing that was killed while it made the file. */
static void a_half_made_file_is_no_edit(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	write_note("0", OTHER, OTHER, "gone");
	scratch_run(": >r/.git/wf/publish/0.part");
	n_kept = 0;
	assert_int_equal(publish_recover(&setting.repo, setting.folder, count_kept, NULL, NULL), 0);
	assert_int_equal(n_kept, 0);
	scratch_run("test ! -e r/gone");
	end(&setting);
}

static void a_lock_of_ours_goes(void **state)
{
	struct setting setting;

	(void)state;
	make_repo();
	begin(&setting, NULL);
	scratch_run("mkdir -p r/.git/wf/publish && cp r/.git/index r/.git/wf/publish/index-0 && "
		    "ln r/.git/wf/publish/index-0 r/.git/index.lock");
	assert_int_equal(publish_recover(&setting.repo, setting.folder, count_kept, NULL, NULL), 0);
	end(&setting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_as_staged_becomes_the_fixed_one),
		cmocka_unit_test(edits_elsewhere_in_the_file_stay),
		cmocka_unit_test(edits_of_the_same_lines_stay_as_they_are),
		cmocka_unit_test(a_binary_file_is_not_merged),
		cmocka_unit_test(new_deleted_and_executable_files),
		cmocka_unit_test(a_link_and_a_file_that_becomes_a_folder),
		cmocka_unit_test(a_file_removed_by_the_user_stays_removed),
		cmocka_unit_test(line_endings_are_those_of_worktrees),
		cmocka_unit_test(odd_names),
		cmocka_unit_test(commit_all_has_its_lock_fixed),
		cmocka_unit_test(commit_only_has_both_fixed),
		cmocka_unit_test(something_staged_meanwhile_wins),
		cmocka_unit_test(a_lock_of_another_git_is_respected),
		cmocka_unit_test(an_edit_that_came_out_goes_back),
		cmocka_unit_test(an_edit_with_no_place_to_go_is_kept),
		cmocka_unit_test(what_is_to_be_kept_is_kept_once_it_came_out),
		cmocka_unit_test(a_half_made_file_is_no_edit),
		cmocka_unit_test(a_lock_of_ours_goes),
	};

	return cmocka_run_group_tests_name("git/publish", tests, scratch_setup, scratch_teardown);
}
