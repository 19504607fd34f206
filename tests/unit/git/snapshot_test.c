/*
 * Snapshots of real repositories: the shape, the bytes, what is never touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "git/snapshot.h"
#include "scratch.h"

static struct arena arena;
static struct repo repo;
static char scratch_folder[300];

/* A fresh repository `name`, made by `script` after git init, becomes the current one. */
static void make_repo(const char *name, const char *script)
{
	struct err err = ERR_INIT;

	scratch_run("git init -q %s && cd %s && git config core.autocrlf false && { %s; }", name,
		    name, script);
	scratch_enter(name);
	if (repo_discover(&repo, &arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	snprintf(scratch_folder, sizeof scratch_folder, "%s/wf-scratch", repo.git_dir);
	assert_int_equal(system("mkdir -p .git/wf-scratch"), 0);
}

static struct snapshot take_with(unsigned number, const char *const *include, size_t n_include)
{
	struct snapshot_request request = { .repo = &repo,
					    .scratch = scratch_folder,
					    .run = "test-1",
					    .number = number,
					    .subject = "before the test",
					    .include = include,
					    .n_include = n_include };
	struct err err = ERR_INIT;
	struct snapshot snapshot;

	if (snapshot_take(&snapshot, &request, &arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
	return snapshot;
}

static struct snapshot take(unsigned number)
{
	return take_with(number, NULL, 0);
}

/* By sh in the current directory; it must succeed. */
static void sh(const char *script)
{
	if (system(script) != 0)
		fail_msg("failed: %s", script);
}

static void has_the_shape_of_a_stash(void **state)
{
	(void)state;
	make_repo("shape", "echo 1 >a; echo 1 >b; git add .; git commit -qm one; echo 2 >a;"
			   "git add a; echo 3 >a; rm b; mkdir d; echo new >d/new");
	take(1);
	sh("test \"$(git rev-parse refs/wf/test-1/1/tree^1)\" = \"$(git rev-parse HEAD)\"");
	sh("test \"$(git show refs/wf/test-1/1/tree^2:a)\" = 2");
	sh("test \"$(git show refs/wf/test-1/1/tree:a)\" = 3");
	sh("! git cat-file -e refs/wf/test-1/1/tree:b 2>/dev/null");
	sh("test \"$(git show refs/wf/test-1/1/tree^3:d/new)\" = new");
	sh("test \"$(git ls-tree -r --name-only refs/wf/test-1/1/raw:tree | tr '\\n' ' ')\" = 'a "
	   "d/new '");
	sh("git status --porcelain >../before && git reset -q --hard && git clean -qfd &&"
	   "git stash apply -q --index refs/wf/test-1/1/tree && git status --porcelain >../after &&"
	   "cmp ../before ../after && test \"$(cat a)$(cat d/new)\" = 3new && test ! -e b");
	sh("git fsck --strict 2>&1 | (! grep -v dangling)");
}

static void touches_nothing(void **state)
{
	(void)state;
	make_repo("still", "echo 1 >a; git add .; git commit -qm one; echo 2 >a; echo x >new;"
			   "cp .git/index ../index.before; touch .git/index.lock");
	take(1);
	take(2);
	sh("cmp .git/index ../index.before && test -e .git/index.lock");
	sh("git cat-file blob refs/wf/test-1/1/raw:index | cmp - ../index.before");
	sh("test \"$(cat a)\" = 2 && test \"$(git for-each-ref refs/heads | wc -l)\" = 1");
	sh("test -z \"$(ls -d .git/wf-scratch/snapshot-* 2>/dev/null)\"");
	sh("test -z \"$(find .git/wf-scratch/objects-* -type f 2>/dev/null)\"");
	sh("test \"$(git rev-parse refs/wf/test-1/1/raw:tree)\" = "
	   "\"$(git rev-parse refs/wf/test-1/2/raw:tree)\"");
}

/* After a power cut the folder that is kept for objects may hold halves of them. */
static void takes_up_no_objects_of_another_boot(void **state)
{
	(void)state;
	make_repo("boots", "echo 1 >a; git add .; git commit -qm one; echo 2 >a");
	sh("for folder in objects objects-00000000-0000-4000-8000-000000000001; do"
	   "	mkdir -p .git/wf-scratch/$folder/ea &&"
	   "	echo half >.git/wf-scratch/$folder/ea/73387a72cafe2d6371c4fc29836460f1f10265 || "
	   "exit; done");
	take(1);
	take(2);
	sh("test ! -e .git/objects/ea/73387a72cafe2d6371c4fc29836460f1f10265");
	sh("git fsck --strict 2>&1 | (! grep -v dangling)");
}

static void refuses_a_number_that_is_taken(void **state)
{
	struct snapshot_request request = {
		.repo = &repo, .run = "test-1", .number = 1, .subject = "x"
	};
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct snapshot snapshot;

	(void)state;
	make_repo("taken", "echo 1 >a; git add .; git commit -qm one");
	take(1);
	request.scratch = scratch_folder;
	assert_int_equal(snapshot_take(&snapshot, &request, &arena, &err), -1);
	assert_non_null(strstr(err_msg(&err), "refs/wf/test-1/1"));
	sh("test -z \"$(ls -d .git/wf-scratch/snapshot-* 2>/dev/null)\"");
}

static void works_where_nothing_was_committed(void **state)
{
	(void)state;
	make_repo("unborn", "echo 1 >a; git add a; echo 2 >a; echo new >b");
	take(1);
	sh("test \"$(git show refs/wf/test-1/1/tree:a)$(git show refs/wf/test-1/1/tree^3:b)\" = "
	   "2new");
	make_repo("empty", ":");
	take(1);
	sh("test -z \"$(git ls-tree -r refs/wf/test-1/1/raw:tree)\"");
}

static void keeps_a_merge_in_progress(void **state)
{
	(void)state;
	make_repo("merge",
		  "echo 1 >a; git add .; git commit -qm one; git checkout -qb other; echo 2 >a;"
		  "git commit -qam two; git checkout -q main; echo 3 >a;"
		  "git commit -qam three; git merge -q other >/dev/null 2>&1; true");
	take(1);
	sh("git cat-file blob refs/wf/test-1/1/raw:MERGE_HEAD | cmp - .git/MERGE_HEAD");
	sh("test \"$(git ls-tree --name-only refs/wf/test-1/1/raw | grep -c ^stage-)\" = 3");
	sh("git cat-file blob refs/wf/test-1/1/raw:tree/a | cmp - a");
	sh("git ls-files -u | grep -q . && test -e .git/MERGE_HEAD");
}

static void keeps_bytes_that_git_would_convert(void **state)
{
	(void)state;
	make_repo(
		"convert",
		"printf '* text=auto\\n*.up filter=up\\n*.no filter=no\\n' >.gitattributes;"
		"git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z';"
		"echo ok >x.no; printf 'one\\r\\ntwo\\r\\n' >crlf; printf 'a\\r\\nb\\n' >mixed;"
		"echo Mixed >f.up; git add . 2>/dev/null; git commit -qm one;"
		"git config filter.no.clean false; git config filter.no.required true;"
		"echo changed >x.no; printf 'new\\r\\n' >new");
	take(1);
	sh("for f in crlf mixed f.up x.no new .gitattributes; do"
	   " git cat-file blob refs/wf/test-1/1/raw:tree/$f | cmp - $f || exit 1; done");
	sh("test \"$(git show refs/wf/test-1/1/tree:f.up)\" = MIXED");
	sh("printf 'Three\\n' >f.up");
	take(2);
	sh("git cat-file blob refs/wf/test-1/2/raw:tree/f.up | cmp - f.up");
}

/* Two edits of one size within one tick of the clock: only the time of the index tells. */
/* A file stays in the index as it was converted when its attribute goes: git does not look at it again. */
static void keeps_bytes_that_git_converted_once(void **state)
{
	(void)state;
	make_repo(
		"once",
		"echo '*.txt text' >.gitattributes; printf 'x\\r\\n' >a.txt;"
		"cp a.txt b.txt; git add . 2>/dev/null; git commit -qm one; sleep 0.1;"
		"git update-index --refresh; git rm -q --cached .gitattributes; rm .gitattributes");
	take(1);
	sh("git cat-file blob refs/wf/test-1/1/raw:tree/a.txt | cmp - a.txt");
	sh("echo '*.txt text' >.gitattributes; printf 'y\\r\\n' >b.txt; git add . 2>/dev/null;"
	   "sleep 0.1; git update-index --refresh");
	take(2);
	sh("rm .gitattributes");
	take(3);
	sh("git cat-file blob refs/wf/test-1/3/raw:tree/b.txt | cmp - b.txt");
	sh("echo '*.txt text' >.gitattributes; printf 'z\\r\\n' >c.txt; git add c.txt 2>/dev/null;"
	   "rm .gitattributes; git rm -q --cached .gitattributes");
	take(4);
	sh("git cat-file blob refs/wf/test-1/4/raw:tree/c.txt | cmp - c.txt");
}

static void takes_what_git_is_told_not_to_look_at(void **state)
{
	(void)state;
	make_repo("pinned",
		  "for i in a b c d; do echo 1 >$i; done; git add .; git commit -qm one;"
		  "git update-index --assume-unchanged a b; git update-index --skip-worktree c d;"
		  "echo mine >a; rm b; echo mine >c; rm d");
	take(1);
	sh("test \"$(git ls-tree --name-only refs/wf/test-1/1/raw:tree | tr '\\n' ' ')\" = 'a c '");
	sh("git show refs/wf/test-1/1/raw:tree/a | cmp - a && git show refs/wf/test-1/1/raw:tree/c "
	   "|"
	   " cmp - c");
	sh("git ls-files -v | tr '\\n' ' ' | grep -qx 'h a h b S c S d '");
}

/* What git refuses is a reason for git, not for us. */
static void takes_what_git_refuses(void **state)
{
	(void)state;
	make_repo("refused",
		  "git config filter.broken.clean false; git config filter.broken.required true;"
		  "git config core.safecrlf true; git config core.autocrlf input;"
		  "echo '*.b filter=broken' >.gitattributes; git add .; git commit -qm one;"
		  "git config filter.broken.required false; echo x >old.b; git add .;"
		  "git config filter.broken.required true; sleep 0.1; touch old.b; rm -f gone;"
		  "echo x >new.b; echo y >other; printf 'z\\r\\n' >crlf");
	take(1);
	sh("git show refs/wf/test-1/1/raw:tree/old.b | cmp - old.b");
	sh("for i in new.b other crlf; do git show refs/wf/test-1/1/raw:tree/$i | cmp - $i; done");
}

/* A link in the place of a folder that had a file at which git is told not to look. */
static void takes_a_link_to_what_was_a_folder(void **state)
{
	(void)state;
	make_repo("moved", "mkdir d; echo 1 >d/a; git add .; git commit -qm one;"
			   "git update-index --assume-unchanged d/a; mv d e; ln -s e d");
	take(1);
	sh("test \"$(git ls-tree -r refs/wf/test-1/1/raw:tree | sed 's/ .*\\t/ /' | tr '\\n' ' "
	   "')\" ="
	   " '120000 d 100644 e/a '");
}

static void looks_into_a_folded_index(void **state)
{
	(void)state;
	make_repo("folded", "mkdir -p e/f; echo 1 >a; git add .; git commit -qm one;"
			    "git update-index --split-index; echo 2 >a; git add a; echo 3 >new");
	take(1);
	sh("test \"$(git show refs/wf/test-1/1/raw:directories | tr '\\0' ' ')\" = 'e e/f '");
	sh("test \"$(git show refs/wf/test-1/1/raw:tree/a refs/wf/test-1/1/raw:tree/new |"
	   " tr '\\n' ' ')\" = '2 3 '");
}

/* git reads the blob of a .gitignore that a sparse checkout left out, and has to be asked. */
static void sees_directories_where_git_lists(void **state)
{
	(void)state;
	make_repo("listed",
		  "echo '*.o' >.gitignore; echo 1 >a; git add .; git commit -qm one; rm .gitignore;"
		  "git update-index --skip-worktree .gitignore; mkdir -p e/f; chmod 700 e;"
		  "echo 1 >x.o; git init -q in; mkdir in/side");
	take(1);
	sh("test \"$(git show refs/wf/test-1/1/raw:directories | tr '\\0' ' ')\" = 'e e/f '");
	sh("test \"$(git show refs/wf/test-1/1/raw:hidden | tr '\\0' ' ')\" = 'in/ x.o '");
	sh("test \"$(git show refs/wf/test-1/1/raw:folders | tr '\\0' ' ')\" = '700 e '");
}

/* The tree of tracked files is the one that `git add -u` makes on a copy of the index. */
static void tracks_as_git_add(const char *name, const char *script)
{
	make_repo(name, "mkdir d e; for f in a b c l d/1 d/2 e/1; do echo $f >$f; done; ln -s a k;"
			"echo '*.log' >.gitignore; echo 1 >x.log; chmod +x c; git add -f .;"
			"git commit -qm one; sleep 0.05; git update-index --refresh -q");
	sh(script);
	take(1);
	sh("cp -p .git/index ../copy; GIT_INDEX_FILE=../copy git add -u 2>/dev/null;"
	   "test \"$(GIT_INDEX_FILE=../copy git write-tree)\" = "
	   "\"$(git rev-parse refs/wf/test-1/1/tree^{tree})\"");
	sh("test \"$(git write-tree)\" = \"$(git rev-parse refs/wf/test-1/1/tree^2^{tree})\"");
	sh("git fsck --strict 2>&1 | (! grep -v dangling)");
}

static void tracks_what_git_would(void **state)
{
	(void)state;
	tracks_as_git_add("add-none", ":");
	tracks_as_git_add("add-edits", "echo 2 >a; rm b; chmod -x c; echo 2 >>x.log; rm -r e");
	tracks_as_git_add("add-staged", "echo 2 >a; git add a; echo 3 >a; git rm -q --cached b");
	tracks_as_git_add("add-back", "echo 2 >a; git add a; echo a >a");
	tracks_as_git_add("add-kinds", "rm a k l; ln -s c a; echo k >k; mkdir l; echo 1 >l/1");
	tracks_as_git_add("add-moved", "mv d f; ln -s f d");
	tracks_as_git_add("add-named", "echo new >n; git add -N n; echo 2 >b");
	tracks_as_git_add("add-repo", "rm a; git init -q a; cd a; echo 1 >1; git add .;"
				      "git commit -qm one");
	tracks_as_git_add("add-module",
			  "git init -q s; cd s; git commit -q --allow-empty -m one; cd ..;"
			  "git add s 2>/dev/null; cd s; git commit -q --allow-empty -m two; cd ..;"
			  "echo 2 >a");
	tracks_as_git_add("add-unseen", "git update-index --assume-unchanged a;"
					"git update-index --skip-worktree b c; echo 2 >a; rm b;"
					"echo 2 >c; echo 2 >l");
	tracks_as_git_add("add-folded", "git update-index --skip-worktree b c; rm b; echo 2 >a;"
					"git update-index --split-index");
	tracks_as_git_add("add-modes", "git config core.fileMode false; chmod +x a; echo 2 >b");
}

static void notes_what_is_hidden(void **state)
{
	(void)state;
	make_repo("hidden",
		  "printf '*.o\\nbuild/\\n' >.gitignore; mkdir -p build in all; git init -q in;"
		  "echo 1 >x.o; echo 1 >build/y; echo 1 >in/z; echo '*' >all/.gitignore; echo "
		  ">all/a");
	take(1);
	sh("test \"$(git show refs/wf/test-1/1/raw:hidden | tr '\\0' ' ')\" = 'all/ build/ in/ x.o "
	   "'");
}

static void sees_an_edit_in_the_same_tick(void **state)
{
	(void)state;
	make_repo("tick",
		  "echo '* text=auto' >.gitattributes; echo 0 >a; git add .; git commit -qm one");
	for (unsigned i = 1; i <= 20; i++) {
		char script[256];

		snprintf(script, sizeof script, "printf '%02u\\n' >a", i);
		sh(script);
		take(i);
		snprintf(script, sizeof script,
			 "git cat-file blob refs/wf/test-1/%u/raw:tree/a | cmp - a &&"
			 "git cat-file blob refs/wf/test-1/%u/tree:a | cmp - a",
			 i, i);
		sh(script);
	}
}

static void notes_what_trees_cannot_hold(void **state)
{
	(void)state;
	make_repo("notes", "echo 1 >a; echo 2 >b; git add .; git commit -qm one; chmod 600 a;"
			   "mkdir -p empty/inside full; echo 3 >full/x; git branch side");
	take(1);
	sh("test \"$(git cat-file blob refs/wf/test-1/1/raw:modes | tr '\\0' ';')\" = '600 a;'");
	sh("git cat-file blob refs/wf/test-1/1/raw:directories | tr '\\0' ';' | grep -q "
	   "'empty/inside;'");
	sh("! git cat-file blob refs/wf/test-1/1/raw:directories | tr '\\0' ';' | grep -q full");
	sh("git cat-file blob refs/wf/test-1/1/raw:refs | grep -q '^HEAD ref: refs/heads/main$'");
	sh("git cat-file blob refs/wf/test-1/1/raw:refs | grep -q ' refs/heads/side$'");
}

static void takes_ignored_files_that_are_named(void **state)
{
	static const char *const include[] = { "build/*.bin", "keep" };

	(void)state;
	make_repo("include", "printf 'build\\nkeep\\n' >.gitignore; mkdir build keep keep/deep;"
			     "echo 1 >build/a.bin; echo 2 >build/a.o; echo 3 >keep/deep/x;"
			     "git add .; git commit -qm one");
	take_with(1, include, 2);
	sh("test \"$(git ls-tree -r --name-only refs/wf/test-1/1/raw:tree | tr '\\n' ' ')\" ="
	   " '.gitignore build/a.bin keep/deep/x '");
	sh("rm build/a.bin");
	take_with(2, include, 2);
	sh("! git cat-file -e refs/wf/test-1/2/raw:tree/build/a.bin 2>/dev/null");
	sh("! git cat-file -e refs/wf/test-1/1/tree:build 2>/dev/null");
}

/* The kept index of raw files names an object that is gone: found out, and begun anew. */
static void survives_the_loss_of_kept_objects(void **state)
{
	(void)state;
	make_repo("lost", "echo '* text=auto' >.gitattributes; printf 'x\\r\\n' >a; git add .;"
			  "git commit -qm one");
	take(1);
	sh("git update-ref -d refs/wf/test-1/1/raw && git update-ref -d refs/wf/test-1/1/tree &&"
	   "git gc -q --prune=now");
	take(2);
	sh("git cat-file blob refs/wf/test-1/2/raw:tree/a | cmp - a");
}

static void takes_odd_names_and_kinds(void **state)
{
	(void)state;
	make_repo("odd",
		  "printf 1 >'-a'; printf 2 >'with \"quote'; printf 3 >\"$(printf 'new\\nline')\";"
		  "printf 4 >\"$(printf 'bad\\377utf')\"; ln -s nowhere link; git add -- '-a' link;"
		  "git commit -qm one; rm link; ln -s elsewhere link; printf 5 >-- ;"
		  "git init -q nested; echo x >nested/y");
	take(1);
	sh("git ls-tree -rz --name-only refs/wf/test-1/1/raw:tree | tr '\\0' '\\n' | wc -l | grep "
	   "-q '^7$'");
	sh("test \"$(git cat-file blob refs/wf/test-1/1/raw:tree/link)\" = elsewhere");
	sh("test -e nested/.git && test -e nested/y");
}

static void lists_and_compares_and_removes(void **state)
{
	struct snapshot_change *changes;
	struct snapshot_entry *entries;
	struct err err = ERR_INIT;
	struct snapshot first, second;
	size_t n;

	(void)state;
	make_repo("list", "echo 1 >a; echo 1 >b; echo 1 >c; git add .; git commit -qm one");
	first = take(1);
	sh("echo 2 >a; rm b; chmod +x c; echo new >d");
	second = take(2);
	assert_int_equal(snapshot_list(&repo, NULL, &arena, &entries, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(entries[0].run, "test-1");
	assert_string_equal(entries[0].raw, first.raw);
	assert_string_equal(entries[1].tree, second.tree);
	assert_non_null(strstr(entries[0].subject, "before the test"));
	assert_int_equal(snapshot_diff(&repo, first.raw, second.raw, &arena, &changes, &n, &err),
			 0);
	assert_int_equal(n, 4);
	assert_string_equal(changes[1].path, "b");
	assert_int_equal(changes[1].new_mode, 0);
	assert_int_equal(changes[2].new_mode, 0100755);
	assert_int_equal(changes[3].old_mode, 0);
	assert_int_equal(snapshot_is_whole(&repo, first.raw, &err), 1);
	assert_int_equal(snapshot_remove(&repo, &entries[0], &err), 0);
	assert_int_equal(snapshot_list(&repo, "test-1", &arena, &entries, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(entries[0].number, 2);
	assert_int_equal(snapshot_list(&repo, "test", &arena, &entries, &n, &err), 0);
	assert_int_equal(n, 0);
}

static void counts_lines_whatever_they_are_called(void **state)
{
	struct err err = ERR_INIT;
	struct snapshot first, second;
	uint64_t n = 99;

	(void)state;
	make_repo("lines", "printf '1\\n2\\n3\\n' >a; printf 'x\\0\\ny\\n' >:b; echo old >gone;"
			   "git add .; git commit -qm one");
	first = take(1);
	assert_int_equal(snapshot_count_lines(&repo, first.raw, first.raw, &n, &err), 0);
	assert_int_equal(n, 0);
	/* 1 + 2, 1 + 1, 1; what attributes hide counts, and so do they. */
	sh("printf '1\\ntwo\\nzwei\\n3\\n' >a; printf 'x\\0\\nz\\n' >:b; rm gone;"
	   "echo '* -diff' >.gitattributes; mv a a.new && mv a.new a");
	second = take(2);
	assert_int_equal(snapshot_count_lines(&repo, first.raw, second.raw, &n, &err), 0);
	assert_int_equal(n, 3 + 2 + 1 + 1);
}

static void sees_a_snapshot_that_lacks_something(void **state)
{
	struct err err = ERR_INIT;
	struct snapshot snapshot;

	(void)state;
	make_repo("broken",
		  "echo one-of-a-kind >a; git add .; git commit -qm one; echo changed >a");
	snapshot = take(1);
	assert_int_equal(snapshot_is_whole(&repo, snapshot.raw, &err), 1);
	sh("oid=$(git rev-parse refs/wf/test-1/1/raw:tree/a) &&"
	   "rm -f .git/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-)");
	assert_int_equal(snapshot_is_whole(&repo, snapshot.raw, &err), 0);
}

static int tidy(void **state)
{
	arena_release(&arena);
	return scratch_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_shape_of_a_stash),
		cmocka_unit_test(touches_nothing),
		cmocka_unit_test(takes_up_no_objects_of_another_boot),
		cmocka_unit_test(refuses_a_number_that_is_taken),
		cmocka_unit_test(works_where_nothing_was_committed),
		cmocka_unit_test(keeps_a_merge_in_progress),
		cmocka_unit_test(keeps_bytes_that_git_would_convert),
		cmocka_unit_test(keeps_bytes_that_git_converted_once),
		cmocka_unit_test(takes_what_git_is_told_not_to_look_at),
		cmocka_unit_test(takes_what_git_refuses),
		cmocka_unit_test(takes_a_link_to_what_was_a_folder),
		cmocka_unit_test(looks_into_a_folded_index),
		cmocka_unit_test(sees_directories_where_git_lists),
		cmocka_unit_test(tracks_what_git_would),
		cmocka_unit_test(notes_what_is_hidden),
		cmocka_unit_test(sees_an_edit_in_the_same_tick),
		cmocka_unit_test(notes_what_trees_cannot_hold),
		cmocka_unit_test(takes_ignored_files_that_are_named),
		cmocka_unit_test(survives_the_loss_of_kept_objects),
		cmocka_unit_test(takes_odd_names_and_kinds),
		cmocka_unit_test(lists_and_compares_and_removes),
		cmocka_unit_test(counts_lines_whatever_they_are_called),
		cmocka_unit_test(sees_a_snapshot_that_lacks_something),
	};

	return cmocka_run_group_tests_name("git/snapshot", tests, scratch_setup, tidy);
}
