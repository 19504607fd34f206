/*
 * Two trees that were made of one become one, or it is said where they cannot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/place.h"
#include "scratch.h"
#include "sys/fs.h"

struct setting {
	struct arena arena;
	struct repo repo;
};

/* Each tree is what its commands make of the base, all in one index that nobody else uses. */
static const char *make_tree(struct setting *setting, const char *commands)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	scratch_run(
		"cd r && export GIT_INDEX_FILE=$PWD/../index && git read-tree --reset -u HEAD && "
		"git clean -fdq && %s && git add -A && git write-tree >../tree && "
		"git read-tree --reset -u HEAD",
		commands);
	assert_int_equal(fs_read_file(AT_FDCWD, "../tree", 100, &text, NULL), 0);
	return arena_strndup(&setting->arena, strbuf_str(&text), text.len - 1);
}

static void open_setting(struct setting *setting)
{
	struct err err = ERR_INIT;

	memset(setting, 0, sizeof *setting);
	scratch_run("rm -rf r index && git init -q r && cd r && seq 9 >a && echo b >b && "
		    "mkdir d && echo c >d/c && printf 'x\\0y' >bin && git add . && "
		    "git commit -qm first");
	scratch_enter("r");
	if (repo_discover(&setting->repo, &setting->arena, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void close_setting(struct setting *setting)
{
	assert_int_equal(chdir("/"), 0);
	arena_release(&setting->arena);
}

/* `wanted`: commands that make the expected tree, or "=PATH" of a clash. */
static void expect(const char *ours, const char *theirs, const char *wanted)
{
	struct setting setting;
	struct err err = ERR_INIT;
	const char *base, *our_tree, *their_tree, *merged, *path;
	int status;

	open_setting(&setting);
	base = make_tree(&setting, ":");
	our_tree = make_tree(&setting, ours);
	their_tree = make_tree(&setting, theirs);
	status = place_merge(&setting.repo, base, our_tree, their_tree, &merged, &path,
			     &setting.arena, &err);
	if (status < 0)
		fail_msg("%s", err_msg(&err));
	if (*wanted == '=') {
		assert_int_equal(status, 0);
		assert_string_equal(path, wanted + 1);
	} else {
		assert_int_equal(status, 1);
		assert_string_equal(merged, make_tree(&setting, wanted));
	}
	assert_int_equal(access(".git/wf/places/merge", F_OK), -1);
	close_setting(&setting);
}

static void one_side_alone_is_taken(void **state)
{
	(void)state;
	expect(":", "echo x >b", "echo x >b");
	expect("echo x >b", ":", "echo x >b");
	expect("echo x >b", "echo x >b", "echo x >b");
}

static void different_files_are_both_taken(void **state)
{
	(void)state;
	expect("echo x >b", "rm d/c && echo n >d/new", "echo x >b; rm d/c; echo n >d/new");
	expect("rm b", "chmod +x a", "rm b; chmod +x a");
}

static void different_lines_of_a_file_are_both_taken(void **state)
{
	(void)state;
	expect("sed -i 1s/1/one/ a", "sed -i '9s/9/nine/; 5d' a",
	       "sed -i '1s/1/one/; 9s/9/nine/; 5d' a");
	expect("sed -i 1s/1/one/ a && chmod +x a", "sed -i 9s/9/nine/ a",
	       "sed -i '1s/1/one/; 9s/9/nine/' a; chmod +x a");
	expect("chmod +x a", "sed -i 9s/9/nine/ a", "sed -i 9s/9/nine/ a; chmod +x a");
	expect("sed -i 9s/9/nine/ a", "chmod +x a", "sed -i 9s/9/nine/ a; chmod +x a");
}

static void the_same_lines_are_told(void **state)
{
	(void)state;
	expect("sed -i 5s/5/five/ a", "sed -i 5s/5/FIVE/ a", "=a");
	expect("printf 'X\\0y' >bin", "printf 'x\\0Y' >bin", "=bin");
	expect("rm b", "echo x >b", "=b");
	expect("echo x >new", "echo y >new", "=new");
	expect("ln -sf a b", "echo y >b", "=b");
}

static void a_file_where_the_other_has_a_folder_is_told(void **state)
{
	(void)state;
	expect("echo x >new", "mkdir new && echo y >new/f", "=new/f");
	expect("mkdir new && echo y >new/f", "echo x >new", "=new/f");
	expect("echo x >b", "rm b && mkdir b && echo y >b/f", "=b/f");
}

/* More would cost a process for each. */
static void too_many_files_of_both_are_told(void **state)
{
	struct setting setting;
	struct err err = ERR_INIT;
	const char *base, *ours, *theirs, *merged, *path;

	(void)state;
	open_setting(&setting);
	scratch_run("cd r && mkdir many && for i in $(seq 100 170); do seq 9 >many/$i; done && "
		    "git add . && git commit -qm many");
	base = make_tree(&setting, ":");
	ours = make_tree(&setting, "sed -i 1s/1/one/ many/*");
	theirs = make_tree(&setting, "sed -i 9s/9/nine/ many/*");
	assert_int_equal(place_merge(&setting.repo, base, ours, theirs, &merged, &path,
				     &setting.arena, &err),
			 0);
	assert_string_equal(path, "many/164");
	close_setting(&setting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_side_alone_is_taken),
		cmocka_unit_test(different_files_are_both_taken),
		cmocka_unit_test(different_lines_of_a_file_are_both_taken),
		cmocka_unit_test(the_same_lines_are_told),
		cmocka_unit_test(a_file_where_the_other_has_a_folder_is_told),
		cmocka_unit_test(too_many_files_of_both_are_told),
	};

	return cmocka_run_group_tests_name("git/place_merge", tests, scratch_setup,
					   scratch_teardown);
}
