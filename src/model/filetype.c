/*
 * Kinds of files: a table of languages, and what mode and content tell.
 */
#include "model/filetype.h"

#include <string.h>
#include <strings.h>

#include "base/compat.h"
#include "base/strmap.h"

struct language {
	const char *word;
	const char *endings;	  /* "py pyi" */
	const char *names;	  /* whole names, or NULL */
	const char *interpreters; /* behind #!, version digits left out; or NULL */
};

/* clang-format off */
static const struct language languages[] = {
	{ "asm", "s S asm", NULL, NULL },
	{ "awk", "awk", NULL, "awk gawk mawk" },
	{ "c", "c h", NULL, NULL },
	{ "c++", "cc cpp cxx c++ C hh hpp hxx h++ ipp tpp", NULL, NULL },
	{ "clojure", "clj cljs cljc edn", NULL, NULL },
	{ "cmake", "cmake", "CMakeLists.txt", NULL },
	{ "csharp", "cs csx", NULL, NULL },
	{ "css", "css", NULL, NULL },
	{ "csv", "csv", NULL, NULL },
	{ "cuda", "cu cuh", NULL, NULL },
	{ "dart", "dart", NULL, NULL },
	{ "diff", "diff patch", NULL, NULL },
	{ "dockerfile", "dockerfile", "Dockerfile Containerfile", NULL },
	{ "elixir", "ex exs", NULL, "elixir" },
	{ "elm", "elm", NULL, NULL },
	{ "erlang", "erl hrl", NULL, "escript" },
	{ "fortran", "f f90 f95 f03 f08 for", NULL, NULL },
	{ "go", "go", NULL, NULL },
	{ "graphql", "graphql gql", NULL, NULL },
	{ "groovy", "groovy gradle", "Jenkinsfile", "groovy" },
	{ "haskell", "hs lhs", NULL, "runhaskell" },
	{ "hcl", "hcl tf tfvars", NULL, NULL },
	{ "html", "html htm xhtml", NULL, NULL },
	{ "image", "png jpg jpeg gif webp bmp ico tif tiff svg avif", NULL, NULL },
	{ "ini", "ini cfg", ".editorconfig", NULL },
	{ "java", "java", NULL, NULL },
	{ "javascript", "js mjs cjs", NULL, "node nodejs" },
	{ "json", "json jsonc json5 geojson webmanifest", NULL, NULL },
	{ "jsx", "jsx", NULL, NULL },
	{ "julia", "jl", NULL, "julia" },
	{ "kotlin", "kt kts", NULL, NULL },
	{ "less", "less", NULL, NULL },
	{ "lua", "lua", NULL, "lua luajit" },
	{ "makefile", "mk mak", "Makefile makefile GNUmakefile", "make" },
	{ "markdown", "md markdown mdx", NULL, NULL },
	{ "meson", "", "meson.build meson_options.txt meson.options", NULL },
	{ "nim", "nim nims", NULL, NULL },
	{ "nix", "nix", NULL, NULL },
	{ "objective-c", "m mm", NULL, NULL },
	{ "ocaml", "ml mli", NULL, "ocaml" },
	{ "perl", "pl pm t", NULL, "perl" },
	{ "php", "php", NULL, "php" },
	{ "powershell", "ps1 psm1 psd1", NULL, "pwsh" },
	{ "proto", "proto", NULL, NULL },
	{ "python", "py pyi pyw", NULL, "python pypy" },
	{ "r", "r R", NULL, "Rscript" },
	{ "rst", "rst", NULL, NULL },
	{ "ruby", "rb rake gemspec ru", "Rakefile Gemfile", "ruby" },
	{ "rust", "rs", NULL, NULL },
	{ "sass", "sass", NULL, NULL },
	{ "scala", "scala sc sbt", NULL, "scala" },
	{ "scss", "scss", NULL, NULL },
	{ "shell", "sh bash zsh ksh dash bats ebuild", ".bashrc .zshrc .profile .bash_profile",
	  "sh bash zsh ksh dash ash mksh bats" },
	{ "sql", "sql", NULL, NULL },
	{ "svelte", "svelte", NULL, NULL },
	{ "swift", "swift", NULL, "swift" },
	{ "tcl", "tcl", NULL, "tclsh wish" },
	{ "tex", "tex sty cls bib", NULL, NULL },
	{ "toml", "toml", "Cargo.lock Pipfile poetry.lock", NULL },
	{ "ts", "ts mts cts tsx", NULL, "ts-node deno bun" },
	{ "tsx", "tsx", NULL, NULL },
	{ "typescript", "ts mts cts", NULL, "ts-node deno bun" },
	{ "vim", "vim", ".vimrc", "vim" },
	{ "vue", "vue", NULL, NULL },
	{ "xml", "xml xsd xsl xslt plist svg", NULL, NULL },
	{ "yaml", "yaml yml", NULL, NULL },
	{ "zig", "zig", NULL, NULL },
};
/* clang-format on */

static const char *const kinds[] = { "file", "symlink", "executable", "text", "binary" };

static const struct language *language_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		if (strcmp(languages[i].word, word) == 0)
			return &languages[i];
	}
	return NULL;
}

static bool is_kind(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i], word) == 0)
			return true;
	}
	return false;
}

bool filetype_is_known(const char *word)
{
	return is_kind(word) || language_of(word);
}

const char *filetype_nearest(const char *word)
{
	const char *words[ARRAY_SIZE(languages) + ARRAY_SIZE(kinds)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(languages); i++)
		words[n++] = languages[i].word;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		words[n++] = kinds[i];
	return nearest_word(word, words, n);
}

/* Is the word among those of a list with blanks between them? */
static bool is_in(const char *list, const char *word, size_t len)
{
	while (list && *list) {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_by_name(const struct language *language, const char *path)
{
	const char *base = base_of(path), *dot = strrchr(base, '.');

	if (is_in(language->names, base, strlen(base)))
		return true;
	/* "Dockerfile.test" */
	if (dot && dot > base && is_in(language->names, base, (size_t)(dot - base)) &&
	    strcmp(language->word, "dockerfile") == 0)
		return true;
	return dot && is_in(language->endings, dot + 1, strlen(dot + 1));
}

/* The interpreter behind "#!", behind env and its options: "python3.11" is python. */
static bool is_by_interpreter(const struct language *language, const char *head, size_t len)
{
	const char *end = memchr(head, '\n', len), *at = head + 2;
	size_t n;

	if (!language->interpreters || len < 3 || head[0] != '#' || head[1] != '!')
		return false;
	end = end ? end : head + len;
	for (;;) {
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		n = 0;
		while (at + n < end && !strchr(" \t\r", at[n]))
			n++;
		if (!n)
			return false;
		for (size_t i = n; i-- > 0;) {
			if (at[i] != '/')
				continue;
			at += i + 1;
			n -= i + 1;
			break;
		}
		if (!(n == 3 && memcmp(at, "env", 3) == 0) && *at != '-')
			break;
		at += n;
	}
	while (n && strchr("0123456789.", at[n - 1]))
		n--;
	return is_in(language->interpreters, at, n);
}

/* As git tells them apart: a NUL is binary. */
static bool is_binary(const struct filetype_file *file)
{
	return file->head && memchr(file->head, '\0', file->head_len);
}

static bool is_link(const struct filetype_file *file)
{
	return (file->mode & 0170000) == 0120000;
}

bool filetype_needs_head(const char *word, const struct filetype_file *file)
{
	const struct language *language = language_of(word);

	if (is_link(file))
		return false;
	if (!language)
		return strcmp(word, "text") == 0 || strcmp(word, "binary") == 0;
	return language->interpreters && !strchr(base_of(file->path), '.');
}

static bool has_kind(const char *word, const struct filetype_file *file)
{
	if (strcmp(word, "symlink") == 0)
		return is_link(file);
	if (is_link(file))
		return false;
	if (strcmp(word, "executable") == 0)
		return file->mode & 0111;
	if (strcmp(word, "text") == 0)
		return !is_binary(file);
	if (strcmp(word, "binary") == 0)
		return is_binary(file);
	return strcmp(word, "file") == 0;
}

bool filetype_is(const char *word, const struct filetype_file *file)
{
	const struct language *language = language_of(word);

	if (!language)
		return has_kind(word, file);
	if (is_link(file))
		return false;
	return is_by_name(language, file->path) ||
	       (file->head && !strchr(base_of(file->path), '.') &&
		is_by_interpreter(language, file->head, file->head_len));
}
