/*
 * The walk against `git ls-files`: random trees with random ignore files, tracked and ignored mixed,
 * embedded repositories, submodules, links. WF_TEST_ROUNDS sets how many, WF_TEST_SEED where they begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "git/cmd.h"
#include "git/files.h"
#include "scratch.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define DEFAULT_ROUNDS	300
#define ROUNDS_A_CHANGE 5 /* in every fifth round the basis is tried too */
#define EMPTY_BLOB	"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

struct paths {
	VEC(char *) list;
};

/* One random repository. */
struct world {
	uint64_t random;
	int root_fd;
	struct repo repo;
	struct paths dirs, files; /* what was made; dirs begin with "" */
	bool folds_case;
};

/* ---- Chance ---------------------------------------------------------------------------------- */

static unsigned chance(struct world *world, unsigned n)
{
	world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(world->random >> 33) % n;
}

static const char *pick(struct world *world, const char *const *words, size_t n)
{
	return words[chance(world, (unsigned)n)];
}

static const char *pick_path(struct world *world, const struct paths *paths)
{
	return paths->list.n ? paths->list.v[chance(world, (unsigned)paths->list.n)] : "a";
}

static const char *const names[] = { "a",	 "b",	  "c",	   "ab",      "abc",  "foo",
				     "foo.o",	 "bar.c", "bar.o", "build",   "x y",  "foo ",
				     "#h",	 "!n",	  "a.b",   "doc.txt", "Foo",  "[z]",
				     "b*r",	 "b\\s",  "a-b",   "aab",     ".hid", "z",
				     "\xc3\xa9", "a0",	  "]x",	   "a[b]c",   "--",   "lib",
				     "libx",	 "~t" };

static const char *const pieces[] = { "a",	     "b",	 "c",
				      "foo",	     "bar",	 "*",
				      "*",	     "?",	 "[ab]",
				      "[!a]",	     "[a-c]",	 ".o",
				      ".c",	     "*.o",	 "b",
				      "build",	     "x y",	 "\\#h",
				      "\\!n",	     "\\*",	 "[]x]",
				      "[[:alpha:]]", "[^b-z]",	 "lib",
				      "F",	     "O",	 "[",
				      "[a",	     "\\a",	 "[\\]z]",
				      "*b*",	     "\\\\",	 "[[:digit:]-]",
				      "z",	     ".",	 "[a\\-c]",
				      "[[:foo:]]",   "\xc3\xa9", "~t" };

/* One line of an ignore file. A "**" inside a component of a path is left out: what it means there
 * changed between versions of git. */
static void add_pattern(struct world *world, struct strbuf *out)
{
	unsigned n = 1 + chance(world, 6) / 3 + chance(world, 8) / 7;

	switch (chance(world, 24)) {
	case 0: strbuf_addstr(out, "# comment\n"); return;
	case 1: strbuf_addstr(out, "\n"); return;
	case 2: strbuf_addstr(out, "\r\n"); return;
	case 3: strbuf_addstr(out, "/\n"); return;
	case 4: strbuf_addstr(out, chance(world, 3) ? "*~\n" : "*\n"); return;
	case 5: strbuf_addstr(out, "!*/\n"); return;
	case 6: strbuf_addstr(out, "**foo**\n"); return;
	default: break;
	}
	if (!chance(world, 4))
		strbuf_addch(out, '!');
	if (!chance(world, 4))
		strbuf_addch(out, '/');
	for (unsigned i = 0; i < n; i++) {
		if (i)
			strbuf_addch(out, '/');
		if (n > 1 && !chance(world, 4)) {
			strbuf_addstr(out, "**");
			continue;
		}
		if (chance(world, 2)) {
			strbuf_addstr(out, pick(world, names, ARRAY_SIZE(names)));
			continue;
		}
		for (unsigned j = 1 + chance(world, 2); j > 0; j--) {
			const char *piece = pick(world, pieces, ARRAY_SIZE(pieces));

			/* "*" twice in a row would be that "**". */
			if (*piece == '*' && out->len && out->buf[out->len - 1] == '*')
				continue;
			strbuf_addstr(out, piece);
		}
	}
	if (!chance(world, 4))
		strbuf_addch(out, '/');
	if (!chance(world, 10))
		strbuf_addstr(out, "  ");
	if (!chance(world, 20))
		strbuf_addstr(out, "\\ ");
	if (!chance(world, 10))
		strbuf_addch(out, '\r');
	strbuf_addch(out, '\n');
}

static void write_file(struct world *world, const char *path, const char *data, size_t len)
{
	int fd = openat(world->root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);

	if (fd < 0) /* a directory has taken the name */
		return;
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void write_rules(struct world *world, const char *path)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!chance(world, 8))
		strbuf_addstr(&text, "\xef\xbb\xbf");
	for (unsigned n = 1 + chance(world, 6); n > 0; n--)
		add_pattern(world, &text);
	if (!chance(world, 4)) /* no newline at the end */
		text.len--;
	write_file(world, path, text.buf, text.len);
}

/* ---- A world --------------------------------------------------------------------------------- */

static char *join(const char *dir, const char *name)
{
	struct strbuf path = STRBUF_INIT;

	strbuf_addf(&path, "%s%s%s", dir, *dir ? "/" : "", name);
	return strbuf_detach(&path);
}

static void make_git_dir(struct world *world, const char *path, const char *extra)
{
	static const char *const dirs[] = { "", "/objects", "/refs", "/info" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char full[600];

		snprintf(full, sizeof full, "%s%s", path, dirs[i]);
		mkdirat(world->root_fd, full, 0777);
	}
	char file[600];
	snprintf(file, sizeof file, "%s/HEAD", path);
	write_file(world, file, "ref: refs/heads/main\n", 21);
	snprintf(file, sizeof file, "%s/config", path);
	write_file(world, file, extra, strlen(extra));
}

/* Makes a directory what only looks like, or is, another repository. */
static void make_embedded(struct world *world, const char *dir)
{
	char *path = join(dir, ".git");

	switch (chance(world, 4)) {
	case 0: mkdirat(world->root_fd, path, 0777); break;
	case 1: write_file(world, path, "gitdir: nowhere\n", 16); break;
	default: make_git_dir(world, path, ""); break;
	}
	free(path);
}

/* With core.ignoreCase git takes a file for tracked whose name differs in case from a tracked one; on
 * a file system that tells them apart we do not follow. */
static const char *pick_name(struct world *world)
{
	const char *name = pick(world, names, ARRAY_SIZE(names));

	return world->folds_case && !strcmp(name, "Foo") ? "Fop" : name;
}

static void make_tree(struct world *world, const char *dir, unsigned depth)
{
	if (!chance(world, 3)) {
		char *path = join(dir, ".gitignore");

		if (chance(world, 12))
			write_rules(world, path);
		else if (!symlinkat("a", world->root_fd, path))
			vec_push(&world->files.list, strdup(path));
		free(path);
	}
	for (unsigned n = chance(world, depth ? 6 : 9); n > 0; n--) {
		char *path = join(dir, pick_name(world));
		unsigned kind = chance(world, 20);
		int fd = -1;

		if (kind < 9 && depth < 5 && !mkdirat(world->root_fd, path, 0777)) {
			vec_push(&world->dirs.list, strdup(path));
			make_tree(world, path, depth + 1);
			if (!chance(world, 12))
				make_embedded(world, path);
		} else if (kind == 10) {
			if (!symlinkat(chance(world, 2) ? "a" : "nowhere", world->root_fd, path))
				vec_push(&world->files.list, strdup(path));
		} else if (kind == 11) {
			mkfifoat(world->root_fd, path, 0666);
		} else {
			fd = openat(world->root_fd, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
		}
		if (fd >= 0) {
			vec_push(&world->files.list, strdup(path));
			close(fd);
		}
		free(path);
	}
}

static void run_git(struct world *world, const char *const *args, const struct strbuf *input,
		    struct strbuf *out, bool may_fail)
{
	struct git_cmd cmd = { .repo = &world->repo, .args = args, .input = input, .writes = true };
	struct err err = ERR_INIT;
	int exit_code;

	if (git_run(&cmd, out, may_fail ? &exit_code : NULL, &err) != 0)
		fail_msg("%s", err_msg(&err));
}

static void track(struct world *world, const struct strbuf *info)
{
	static const char *const args[] = { "update-index", "-z", "--index-info", NULL };

	run_git(world, args, info, NULL, true);
}

static void make_index(struct world *world)
{
	static const char *const version[] = { "update-index", "--index-version", "4", NULL };
	struct strbuf info CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < world->files.list.n; i++)
		if (!chance(world, 3))
			strbuf_addf(&info, "100644 " EMPTY_BLOB "\t%s%c", world->files.list.v[i],
				    0);
	for (size_t i = 1; i < world->dirs.list.n; i++) {
		if (!chance(world, 12)) /* a submodule */
			strbuf_addf(&info, "160000 " EMPTY_BLOB "\t%s%c", world->dirs.list.v[i], 0);
		if (!chance(world, 12)) /* deleted, or where a file stands now */
			strbuf_addf(&info, "100644 " EMPTY_BLOB "\t%s/gone/x%c",
				    world->dirs.list.v[i], 0);
	}
	if (!info.len)
		return;
	track(world, &info);
	if (!chance(world, 3))
		run_git(world, version, NULL, NULL, false);
}

static void clear_paths(struct paths *paths)
{
	for (size_t i = 0; i < paths->list.n; i++)
		free(paths->list.v[i]);
	vec_release(&paths->list);
}

static void write_user_rules(struct world *world)
{
	mkdirat(world->root_fd, "../.config", 0777);
	mkdirat(world->root_fd, "../.config/git", 0777);
	write_rules(world, "../.config/git/ignore");
}

static void make_world(struct world *world, uint64_t seed)
{
	static char root[80], git_dir[90];
	struct err err = ERR_INIT;

	memset(world, 0, sizeof *world);
	world->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	snprintf(root, sizeof root, "%s/world", scratch_dir);
	snprintf(git_dir, sizeof git_dir, "%s/.git", root);
	world->repo = (struct repo){
		.root = root, .git_dir = git_dir, .common_dir = git_dir, .prefix = ""
	};
	if (fs_remove_tree(AT_FDCWD, root, &err) != 0)
		fail_msg("%s", err_msg(&err));
	mkdir(root, 0777);
	world->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(world->root_fd >= 0);
	world->folds_case = !chance(world, 6);
	make_git_dir(world, ".git", world->folds_case ? "[core]\n\tignorecase = true\n" : "");
	unlinkat(world->root_fd, "../.config/git/ignore", 0);
	if (!chance(world, 4))
		write_user_rules(world);
	if (!chance(world, 3))
		write_rules(world, ".git/info/exclude");
	vec_push(&world->dirs.list, strdup(""));
	make_tree(world, "", 0);
	make_index(world);
}

static void free_world(struct world *world)
{
	clear_paths(&world->dirs);
	clear_paths(&world->files);
	close(world->root_fd);
}

/* ---- What git says ------------------------------------------------------------------------------ */

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool exists(struct world *world, char *path)
{
	struct stat st;

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		int status;

		*slash = '\0';
		status = fstatat(world->root_fd, path, &st, AT_SYMLINK_NOFOLLOW);
		*slash = '/';
		if (status != 0 || !S_ISDIR(st.st_mode))
			return false;
	}
	return fstatat(world->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
}

static void ask_git(struct world *world, struct paths *paths)
{
	static const char *const args[] = {
		"ls-files", "-z", "-c", "-o", "--exclude-standard", NULL
	};
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 0;

	run_git(world, args, NULL, &out, false);
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		if (exists(world, out.buf + at))
			vec_push(&paths->list, strdup(out.buf + at));
	if (paths->list.n)
		qsort(paths->list.v, paths->list.n, sizeof *paths->list.v, compare_strings);
	for (size_t i = 0; i < paths->list.n; i++) {
		if (n && !strcmp(paths->list.v[n - 1], paths->list.v[i]))
			free(paths->list.v[i]);
		else
			paths->list.v[n++] = paths->list.v[i];
	}
	paths->list.n = n;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !len || (!strncmp(path, dir, len) && path[len] == '/');
}

/* Both lists are sorted: shows what only one of them has. */
static void complain(uint64_t seed, const char *dir, const struct paths *expected,
		     const char *const *found, size_t n)
{
	size_t i = 0, j = 0;

	while (i < expected->list.n || j < n) {
		const char *theirs = i < expected->list.n ? expected->list.v[i] : NULL;
		int order = !theirs ? 1 : j >= n ? -1 : strcmp(theirs, found[j]);

		if (theirs && !is_below(theirs, dir)) {
			i++;
			continue;
		}
		if (order < 0)
			print_message("only git has '%s'\n", theirs);
		else if (order > 0)
			print_message("only we have '%s'\n", found[j]);
		i += order <= 0;
		j += order >= 0;
	}
	print_message("seed %llu, below '%s'\n", (unsigned long long)seed, dir);
	if (!getenv("WF_TEST_KEEP"))
		fail_msg("lists differ");
	_exit(1);
}

static void expect_list(struct git_files *files, uint64_t seed, const char *dir,
			const struct paths *expected)
{
	struct err err = ERR_INIT;
	const char *const *found;
	size_t n, at = 0;

	if (git_files_list(files, dir, &found, &n, &err) != 0)
		fail_msg("%s", err_msg(&err));
	for (size_t i = 0; i < expected->list.n; i++) {
		if (!is_below(expected->list.v[i], dir))
			continue;
		if (at >= n || strcmp(found[at], expected->list.v[i]) != 0)
			complain(seed, dir, expected, found, n);
		at++;
	}
	if (at != n)
		complain(seed, dir, expected, found, n);
}

/* ---- Changes --------------------------------------------------------------------------------- */

static bool is_same_basis(const struct world *world, const struct git_files_basis *basis)
{
	struct file_id id;

	for (size_t i = 0; i < basis->n_dirs; i++) {
		const char *path = *basis->dirs[i].path ? basis->dirs[i].path : ".";

		if (fs_stat(world->root_fd, path, &id, NULL) != 0)
			memset(&id, 0, sizeof id);
		if (!fs_same_id(&id, &basis->dirs[i].id))
			return false;
	}
	for (size_t i = 0; i < basis->n_files; i++) {
		git_files_stat(world->root_fd, basis->files[i], &id);
		if (!fs_same_id(&id, &basis->file_ids[i]))
			return false;
	}
	return true;
}

static void append_rule(struct world *world, const char *path)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	int fd = openat(world->root_fd, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0666);

	if (fd < 0)
		return;
	strbuf_addch(&text, '\n');
	add_pattern(world, &text);
	assert_int_equal(write(fd, text.buf, text.len), (ssize_t)text.len);
	close(fd);
}

static void change(struct world *world)
{
	struct strbuf info CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *dir = pick_path(world, &world->dirs), *file = pick_path(world, &world->files);
	char *fresh = join(dir, "fresh"), *rules = join(dir, ".gitignore");

	switch (chance(world, 10)) {
	case 0: write_file(world, fresh, "", 0); break;
	case 1: unlinkat(world->root_fd, file, 0); break;
	case 2: append_rule(world, rules); break;
	case 3: unlinkat(world->root_fd, rules, 0); break;
	case 4: append_rule(world, ".git/info/exclude"); break;
	case 5: write_user_rules(world); break;
	case 6:
		strbuf_addf(&info, "100644 " EMPTY_BLOB "\t%s%c", file, 0);
		track(world, &info);
		break;
	case 7:
		if (*dir)
			make_embedded(world, dir);
		break;
	case 8:
		if (*dir)
			renameat(world->root_fd, dir, world->root_fd, "moved");
		break;
	default:
		mkdirat(world->root_fd, fresh, 0777);
		free(fresh);
		fresh = join(dir, "fresh/file");
		write_file(world, fresh, "", 0);
		break;
	}
	free(fresh);
	free(rules);
}

static bool same_below(const struct paths *a, const struct paths *b, const char *dir)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a->list.n && !is_below(a->list.v[i], dir))
			i++;
		while (j < b->list.n && !is_below(b->list.v[j], dir))
			j++;
		if (i == a->list.n || j == b->list.n)
			return i == a->list.n && j == b->list.n;
		if (strcmp(a->list.v[i++], b->list.v[j++]) != 0)
			return false;
	}
}

/* If git's list of `dir` changes, something in the basis of our list of it must have. */
static void try_change(struct world *world, uint64_t seed, const char *dir,
		       const struct paths *before)
{
	struct git_files *files = git_files_new(&world->repo, world->root_fd);
	struct git_files_basis basis;
	struct paths after = { 0 };

	expect_list(files, seed, dir, before);
	git_files_get_basis(files, &basis);
	assert_true(basis.is_complete);
	assert_true(is_same_basis(world, &basis));
	clock_sleep_ms(8); /* more than a tick of a file system's clock */
	change(world);
	ask_git(world, &after);
	if (!same_below(before, &after, dir) && is_same_basis(world, &basis))
		fail_msg("seed %llu: the list of '%s' changed, its basis did not",
			 (unsigned long long)seed, dir);
	clear_paths(&after);
	git_files_free(files);
}

/* ---- Rounds ---------------------------------------------------------------------------------- */

static void play_round(uint64_t seed)
{
	struct paths expected = { 0 };
	struct git_files *files;
	struct world world;

	make_world(&world, seed);
	ask_git(&world, &expected);
	files = git_files_new(&world.repo, world.root_fd);
	for (unsigned n = chance(&world, 4); n > 0; n--)
		expect_list(files, seed, pick_path(&world, &world.dirs), &expected);
	expect_list(files, seed, "", &expected);
	for (unsigned n = 2; n > 0; n--)
		expect_list(files, seed, pick_path(&world, &world.dirs), &expected);
	expect_list(files, seed, pick_path(&world, &world.files), &expected);
	expect_list(files, seed, "not/there", &expected);
	git_files_free(files);
	if (seed % ROUNDS_A_CHANGE == 0) {
		char *dir = strdup(chance(&world, 2) ? "" : pick_path(&world, &world.dirs));

		try_change(&world, seed, dir, &expected);
		free(dir);
	}
	clear_paths(&expected);
	free_world(&world);
}

static uint64_t number_from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void lists_what_git_lists(void **state)
{
	uint64_t seed = number_from_env("WF_TEST_SEED", 1);
	uint64_t rounds = number_from_env("WF_TEST_ROUNDS", DEFAULT_ROUNDS);

	(void)state;
	while (rounds-- > 0)
		play_round(seed++);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists_what_git_lists) };

	return cmocka_run_group_tests_name("git/files_random", tests, scratch_setup,
					   scratch_teardown);
}
