/*
 * Taking back what happened between two snapshots: byte for byte, and never what somebody else did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "git/restore.h"
#include "scratch.h"

static struct arena arena;
static struct repo repo;
static char own_folder[300], restore_folder[300];

static void sh(const char *script)
{
	if (system(script) != 0)
		fail_msg("failed: %s", script);
}

/* What is compared: every byte, mode, link and directory of the tree, the index' entries, the refs. */
static const char *const describe =
	"{ find . -name .git -prune -o -printf '%y %m %p %l\\n' | sort;"
	" find . -name .git -prune -o -type f -print0 | sort -z | xargs -0r md5sum;"
	" git ls-files -sv; git for-each-ref refs/heads; cat .git/HEAD; ls .git/MERGE_HEAD "
	"2>/dev/null;"
	" cksum <.git/index 2>/dev/null; }";

static void record(const char *name)
{
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&line, "%s >%s/%s", describe, scratch_dir, name);
	sh(line.buf);
}

static void expect_recorded(const char *name)
{
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&line, "%s >%s/now; diff %s/%s %s/now >&2", describe, scratch_dir, scratch_dir,
		    name, scratch_dir);
	sh(line.buf);
}

static void make_repo(const char *name, const char *script)
{
	struct err err = ERR_INIT;

	scratch_run("git init -q %s && cd %s && git config core.autocrlf false && { %s; }", name,
		    name, script);
	scratch_enter(name);
	if (repo_discover(&repo, &arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	snprintf(own_folder, sizeof own_folder, "%s/own", repo.git_dir);
	snprintf(restore_folder, sizeof restore_folder, "%s/own/restore", repo.git_dir);
	sh("mkdir -p .git/own");
}

static const char *take(unsigned number)
{
	struct snapshot_request request = { .repo = &repo,
					    .scratch = own_folder,
					    .run = "r",
					    .number = number,
					    .subject = "test" };
	struct err err = ERR_INIT;
	struct snapshot snapshot;

	if (snapshot_take(&snapshot, &request, &arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	return snapshot.raw;
}

static struct restore_report restore(const char *before, const char *after)
{
	struct restore_request request = { .repo = &repo,
					   .scratch = own_folder,
					   .folder = restore_folder,
					   .before = before,
					   .after = after,
					   .kept_refs = "refs/wf/r/9/kept" };
	struct restore_report report;
	struct err err = ERR_INIT;

	if (restore_run(&request, &report, &arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	return report;
}

static void forget(void)
{
	struct err err = ERR_INIT;

	assert_int_equal(restore_forget(restore_folder, &err), 0);
}

static const struct restore_item *find(const struct restore_report *report, const char *name)
{
	for (size_t i = 0; i < report->n_items; i++)
		if (!strcmp(report->items[i].name, name))
			return &report->items[i];
	fail_msg("no item '%s'", name);
	return NULL;
}

#define BEFORE                                                                                   \
	"printf '* text=auto\\n*.up filter=up\\n' >.gitattributes; printf 'ign\\n' >.gitignore;" \
	"git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z';"     \
	"echo 1 >a; echo 1 >gone; mkdir -p d/e empty/x; echo 1 >d/e/f; printf 'x\\r\\n' >crlf;"  \
	"echo Mixed >m.up; echo exec >x; chmod +x x; ln -s a link; echo 1 >file;"                \
	"git add .; git commit -qm one; echo 2 >a; git add a; echo 3 >a; echo unt >untracked;"   \
	"echo ita >ita; git add -N ita; chmod 600 untracked; echo i >ign; git branch other"

#define STEP                                                                                      \
	"echo step >a; rm gone; rm -r d; echo file >d; echo new >new; mkdir n2; echo x >n2/y;"    \
	"printf 'y\\n' >crlf; echo other >m.up; chmod -x x; rm link; ln -s b link; rm untracked;" \
	"rm file; mkdir file; echo in >file/in; rmdir empty/x empty; mkdir -p made/deep;"         \
	"git add -A; git commit -qm step; git checkout -qb made; git branch -D -q other;"         \
	"echo s >a; git add a; chmod 640 new"

static void takes_back_everything(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("all", BEFORE);
	record("all.before");
	before = take(1);
	sh(STEP);
	after = take(2);
	report = restore(before, after);
	for (size_t i = 0; i < report.n_items; i++)
		if (report.items[i].result != RESTORE_PUT_BACK)
			fail_msg("%s: %d %s", report.items[i].name, report.items[i].result,
				 report.items[i].why);
	expect_recorded("all.before");
	sh("git cat-file -e refs/wf/r/9/kept/made && git fsck 2>&1 | (! grep -v dangling)");
	forget();
}

/* Taking back is a change like any other: it can be taken back. */
static void can_be_undone(void **state)
{
	const char *before, *after, *then;

	(void)state;
	make_repo("undo", BEFORE);
	before = take(1);
	sh(STEP);
	record("undo.step");
	after = take(2);
	restore(before, after);
	forget();
	then = take(3);
	assert_int_equal(restore(after, then).n_left, 0);
	forget();
	expect_recorded("undo.step");
}

static void leaves_what_was_changed_since(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("since",
		  "echo 1 >a; echo 1 >b; echo 1 >c; echo 1 >d; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >a; echo 2 >b; rm c; echo 2 >d; echo 2 >e");
	after = take(2);
	sh("echo user >b; echo user >c; chmod +x d; echo user >e; git add b; git branch mine");
	report = restore(before, after);
	assert_int_equal(find(&report, "a")->result, RESTORE_PUT_BACK);
	assert_int_equal(find(&report, "b")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "c")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "d")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "e")->result, RESTORE_LEFT);
	sh("test \"$(cat a b c d e | tr '\\n' ' ')\" = '1 user user 2 user ' && test -x d");
	sh("git rev-parse -q --verify mine >/dev/null && git ls-files -s b | grep -q .");
}

static void leaves_a_branch_and_an_index_that_moved_on(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("moved", "echo 1 >a; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >a; git commit -qam step");
	after = take(2);
	sh("git commit -q --allow-empty -m user; echo x >u; git add u");
	report = restore(before, after);
	assert_int_equal(find(&report, "refs/heads/main")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "the index")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "a")->result, RESTORE_PUT_BACK);
	sh("git log --format=%s | head -1 | grep -q user && git ls-files u | grep -q u");
}

static void leaves_the_index_to_who_holds_its_lock(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("lock", "echo 1 >a; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >a; git add a");
	after = take(2);
	sh("touch .git/index.lock");
	report = restore(before, after);
	assert_int_equal(find(&report, "the index")->result, RESTORE_LEFT);
	sh("test -e .git/index.lock && rm .git/index.lock");
	report = restore(before, after);
	assert_int_equal(find(&report, "the index")->result, RESTORE_PUT_BACK);
	assert_int_equal(find(&report, "a")->result, RESTORE_ALREADY);
	sh("test \"$(git show :a)\" = 1 && test ! -e .git/index.lock && test ! -e "
	   ".git/own/index.lock");
}

/* The lock of a try that was killed is a second name of our own file. */
static void takes_over_its_own_lock(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("own", "echo 1 >a; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >a; git add a");
	after = take(2);
	sh("touch .git/own/index.lock && ln .git/own/index.lock .git/index.lock");
	report = restore(before, after);
	assert_int_equal(find(&report, "the index")->result, RESTORE_PUT_BACK);
	sh("test \"$(git show :a)\" = 1 && test ! -e .git/index.lock");
}

/* It died after it had taken out what a user had written in between. */
static void gives_back_what_a_killed_try_took(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("killed", "echo 1 >a; echo 1 >b; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >a; echo 2 >b; echo 2 >new");
	after = take(2);
	restore(before, after);
	sh("echo user >.git/own/restore/wanted/a; echo user >.git/own/restore/removed/new");
	report = restore(before, after);
	assert_int_equal(find(&report, "a")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "new")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "b")->result, RESTORE_ALREADY);
	sh("test \"$(cat a b new | tr '\\n' ' ')\" = 'user 1 user '");
}

static void ends_a_merge_that_was_begun(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("merge",
		  "echo 1 >a; git add .; git commit -qm one; git checkout -qb side; echo 2 >a;"
		  "git commit -qam two; git checkout -q main; echo 3 >a; git commit -qam three");
	record("merge.before");
	before = take(1);
	sh("git merge -q side >/dev/null 2>&1; test -e .git/MERGE_HEAD");
	record("merge.after");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	expect_recorded("merge.before");
	forget();
	assert_int_equal(restore(after, before).n_left, 0);
	expect_recorded("merge.after");
}

/* MERGE_MODE is there and empty. */
static void brings_a_merge_back_that_was_given_up(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("abort",
		  "echo 1 >a; git add .; git commit -qm one; git checkout -qb side; echo 2 >a;"
		  "git commit -qam two; git checkout -q main; echo 3 >a; git commit -qam three;"
		  "! git merge -q side >/dev/null 2>&1");
	record("abort.before");
	sh("ls .git/MERGE_* >../abort.notes");
	before = take(1);
	sh("git merge --abort");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	expect_recorded("abort.before");
	sh("ls .git/MERGE_* | diff ../abort.notes -");
}

/* An index that the snapshot cannot give is not one that was not there. */
static void keeps_the_index_if_its_old_one_is_lost(void **state)
{
	struct restore_request request = { .repo = &repo,
					   .scratch = own_folder,
					   .folder = restore_folder,
					   .kept_refs = "refs/wf/r/9/kept" };
	struct restore_report report;
	struct err err CLEANUP(err_release) = ERR_INIT;
	char line[200];

	(void)state;
	make_repo("lost", "echo 1 >a; git add .; git commit -qm one; echo 2 >a; git add a");
	request.before = take(1);
	sh("echo 3 >a; git add a");
	request.after = take(2);
	snprintf(line, sizeof line, "rm -f .git/objects/$(git rev-parse %s:index | sed 's,..,&/,')",
		 request.before);
	sh(line);
	assert_int_equal(restore_run(&request, &report, &arena, &err), -1);
	assert_non_null(strstr(err_msg(&err), "'index'"));
	sh("test -s .git/index && test \"$(git show :a)\" = 3");
}

/* Whose it is cannot be known: it was there and not covered. */
static void spares_what_was_hidden(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("hidden",
		  "printf '*.o\\n*.p\\n' >.gitignore; git add .; git commit -qm one; mkdir in;"
		  "git init -q in; echo mine >in/a; echo mine >x.o; echo mine >y.p");
	before = take(1);
	sh("echo '*.p' >.gitignore; rm -rf in/.git; git add -f y.p; echo new >z.o");
	after = take(2);
	report = restore(before, after);
	assert_int_equal(find(&report, "in/a")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "x.o")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "y.p")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "z.o")->result, RESTORE_PUT_BACK);
	sh("test \"$(cat in/a x.o y.p | tr '\\n' ' ')\" = 'mine mine mine ' && test ! -e z.o");
}

/* It is in no snapshot of how it is now, so that nothing could bring it back. */
static void spares_what_is_hidden_by_now(void **state)
{
	struct restore_request request = { .repo = &repo,
					   .scratch = own_folder,
					   .folder = restore_folder,
					   .kept_refs = "refs/wf/r/9/kept" };
	struct restore_report report;
	struct err err CLEANUP(err_release) = ERR_INIT;

	(void)state;
	make_repo("by-now",
		  "mkdir d; echo 1 >a; echo 1 >d/b; echo 1 >c; git add a d; git commit -qm one");
	request.before = take(1);
	sh("echo 2 >a; echo 2 >d/b; echo 2 >c; echo new >d/new");
	request.after = take(2);
	sh("printf 'c\\nd/\\n' >.gitignore");
	request.now = take(3);
	assert_int_equal(restore_run(&request, &report, &arena, &err), 0);
	assert_int_equal(find(&report, "a")->result, RESTORE_PUT_BACK);
	assert_int_equal(find(&report, "d/b")->result, RESTORE_PUT_BACK);
	assert_int_equal(find(&report, "c")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "d/new")->result, RESTORE_LEFT);
	sh("test \"$(cat a d/b c d/new | tr '\\n' ' ')\" = '1 1 2 new '");
}

static void puts_permissions_back_whatever_the_name(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("names", "touch ':colon' ':!x' '*' '[a]' -- '-d' \"$(printf 'new\\nline')\";"
			   "git add .; git commit -qm one");
	record("names.before");
	before = take(1);
	sh("chmod 444 -- :* [*] -d new*");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	expect_recorded("names.before");
}

static void puts_folders_back(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("folders",
		  "mkdir -p a/b e/f keep; chmod 700 a; chmod 750 e/f; echo 1 >a/b/c; echo 1 >d;"
		  "git add .; git commit -qm one");
	record("folders.before");
	before = take(1);
	sh("rm -r a e d; mkdir -p d/empty new; chmod 711 keep new");
	record("folders.after");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	expect_recorded("folders.before");
	forget();
	assert_int_equal(restore(after, before).n_left, 0);
	expect_recorded("folders.after");
}

static void tells_an_intent_from_an_empty_file(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("intent", ": >a; git add -N a");
	before = take(1);
	sh("git ls-files --debug a | grep -q 'flags: 2' && git add a");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	sh("git ls-files --debug a | grep -q 'flags: 2'");
}

/* An edit in the tick in which the index was written, of the same size: git finds it by the index' time. */
static void leaves_the_index_its_time(void **state)
{
	const char *before, *after;

	(void)state;
	make_repo("time", "echo 1 >a; echo 1 >b; git add .; touch -d @1700000000 a .git/index;"
			  "git update-index --refresh; touch -d @1700000000 .git/index");
	before = take(1);
	sh("echo 2 >b; git add b");
	after = take(2);
	assert_int_equal(restore(before, after).n_left, 0);
	sh("test $(stat -c %Y .git/index) = 1700000000");
}

/* A folder in a file's place: the second try finds the work of the first. */
static void goes_on_after_a_kill(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("again", "mkdir -p d/e; echo 1 >d/e/f; echo 1 >a; git add .; git commit -qm one");
	record("again.before");
	before = take(1);
	sh("rm -r d; echo file >d; rm a; mkdir a; echo 2 >a/b");
	after = take(2);
	restore(before, after);
	report = restore(before, after);
	assert_int_equal(report.n_left, 0);
	expect_recorded("again.before");
}

static void goes_through_no_link(void **state)
{
	const char *before, *after;
	struct restore_report report;

	(void)state;
	make_repo("through", "mkdir d ../outside; echo 1 >d/a; git add .; git commit -qm one");
	before = take(1);
	sh("echo 2 >d/a; echo new >d/new");
	after = take(2);
	sh("mv d ../d.was; ln -s ../outside d; cp ../d.was/* ../outside");
	report = restore(before, after);
	assert_int_equal(find(&report, "d/a")->result, RESTORE_LEFT);
	assert_int_equal(find(&report, "d/new")->result, RESTORE_ALREADY);
	sh("test \"$(cat ../outside/a)\" = 2 && test -e ../outside/new");
}

static bool is_declared(const char *path, void *data)
{
	return !strcmp(path, data);
}

static void takes_back_only_what_is_wanted(void **state)
{
	char declared[] = "a";
	struct restore_request request = { .repo = &repo,
					   .scratch = own_folder,
					   .folder = restore_folder,
					   .kept_refs = "refs/wf/r/9/kept",
					   .is_wanted = is_declared,
					   .data = declared };
	struct restore_report report;
	struct err err = ERR_INIT;

	(void)state;
	make_repo("declared", "echo 1 >a; echo 1 >b; git add .; git commit -qm one");
	request.before = take(1);
	sh("echo 2 >a; echo 2 >b");
	request.after = take(2);
	assert_int_equal(restore_run(&request, &report, &arena, &err), 0);
	sh("test \"$(cat a b | tr '\\n' ' ')\" = '1 2 '");
}

static int tidy(void **state)
{
	arena_release(&arena);
	return scratch_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_back_everything),
		cmocka_unit_test(can_be_undone),
		cmocka_unit_test(leaves_what_was_changed_since),
		cmocka_unit_test(leaves_a_branch_and_an_index_that_moved_on),
		cmocka_unit_test(leaves_the_index_to_who_holds_its_lock),
		cmocka_unit_test(takes_over_its_own_lock),
		cmocka_unit_test(gives_back_what_a_killed_try_took),
		cmocka_unit_test(ends_a_merge_that_was_begun),
		cmocka_unit_test(brings_a_merge_back_that_was_given_up),
		cmocka_unit_test(keeps_the_index_if_its_old_one_is_lost),
		cmocka_unit_test(spares_what_was_hidden),
		cmocka_unit_test(spares_what_is_hidden_by_now),
		cmocka_unit_test(puts_permissions_back_whatever_the_name),
		cmocka_unit_test(puts_folders_back),
		cmocka_unit_test(tells_an_intent_from_an_empty_file),
		cmocka_unit_test(leaves_the_index_its_time),
		cmocka_unit_test(goes_on_after_a_kill),
		cmocka_unit_test(goes_through_no_link),
		cmocka_unit_test(takes_back_only_what_is_wanted),
	};

	return cmocka_run_group_tests_name("git/restore", tests, scratch_setup, tidy);
}
