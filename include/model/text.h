/*
 * Text with `${…}` in it. Where there is no shell the values are simply put in. In the text of a
 * POSIX shell (model/shtext) each value travels in an environment variable of the child and the
 * script only gets "${__wf_N}": a value is never parsed as code.
 */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "model/expr.h"

enum text_place {
	TEXT_PLAIN,  /* no shell: the value itself */
	TEXT_WORD,   /* a whole word outside quotes: "${__wf_N}", a list gives one word per item */
	TEXT_QUOTED, /* inside "…" or a plain here-document: ${__wf_N}, a list one item a line */
	TEXT_PIECE /* outside quotes where one word must come out (--x=${…}, > ${…}, X=${…}):
		    * "${__wf_N}"; a list of more or less than one item is an error when it is rendered */
};

struct text_part {
	const struct expr *expr; /* NULL: literal */
	const char *lit;
	uint32_t len;
	uint8_t place; /* enum text_place */
};

struct text {
	const char *raw; /* as written */
	struct span span;
	uint32_t n_parts; /* 0: raw is the text, no `${…}` and no `$${` in it */
	struct text_part *parts;
};

enum { TEXT_VALUE_MAX = 64 * 1024 }; /* bytes of one value */

/* `$${` writes `${`. Every other `${` is ours: an unknown namespace is an error. 0, or -1 with
 * errors in diags. */
int text_parse(struct arena *arena, const char *raw, size_t len, struct span at, struct text *text,
	       struct diags *diags);

/* The text of sh, dash, bash, ksh or zsh: `${params.x}`, `${steps.…}` and the other namespaces are
 * ours where a name is followed by '.' or '[' (or is a whole expression beginning with one of our
 * namespaces or functions); `$NAME`, `${NAME}`, `${NAME:-x}` are the shell's. An error with the way
 * out where a value cannot be handed over safely: single quotes, $'…', a quoted here-document,
 * backquotes, $((…)), [[…]], the shell's own ${…}, an argument of eval, `… -c`, ssh, su. */
int shtext_parse(struct arena *arena, const char *raw, size_t len, struct span at,
		 struct text *text, struct diags *diags);

/* True if the script needs no shell: words without any shell syntax (also no glob, tilde, `=`
 * before the first word, builtins or keywords; what is quoted is fine). Then argv gets the words;
 * values are whole or part of one word. Who starts it must do what a shell does besides: look the
 * program up in the step's PATH, give a file without #! (ENOEXEC) to sh, end with 127 for a program
 * that is not there and 126 for one that cannot be started. */
bool shtext_is_plain(const struct text *script);

/* What a step's process gets. */
struct text_vars {
	struct arena *arena;
	size_t n;
	size_t alloc;
	const char **names;  /* "__wf_1" */
	const char **values; /* no NUL, at most 64 KiB */
};

/* Values in place, for texts without a shell. */
int text_render(const struct text *text, const struct expr_env *env, struct strbuf *out,
		struct err *err);
/* The same with each value put in by `put`, in the form that its place needs. is_whole: the text is
 * nothing but this value. */
struct text_putter {
	void *data;
	int (*put)(void *data, const struct value *value, const struct expr *expr, bool is_whole,
		   struct strbuf *out, struct err *err);
	/* Told of what stands between; or NULL. */
	void (*literal)(void *data, const char *text, size_t len);
};
int text_render_with(const struct text *text, const struct expr_env *env,
		     const struct text_putter *putter, struct strbuf *out, struct err *err);
/* Appends the text of a value, checked as everywhere: no NUL, at most TEXT_VALUE_MAX. */
int text_put_value(const struct value *value, const struct expr *expr, struct strbuf *out,
		   struct err *err);
/* A putter's: percent-encoded, but for a value that is the whole URL. */
int text_put_url(void *data, const struct value *value, const struct expr *expr, bool is_whole,
		 struct strbuf *out, struct err *err);
/* The script, and the variables that carry the values. */
int shtext_render(const struct text *text, const struct expr_env *env, struct strbuf *script,
		  struct text_vars *vars, struct err *err);
/* The words of a script for which shtext_is_plain(): NULL-terminated argv in the arena. 1: it is none of
 * those. */
int shtext_render_argv(const struct text *text, const struct expr_env *env, struct arena *arena,
		       const char ***argv, size_t *argc, struct err *err);

enum { TEXT_STREAMS_MAX = 4 };

struct text_stream {	  /* "2>f", "2>&1" */
	int fd;		  /* 0, 1 or 2 */
	int from;	  /* what this one is then, too; -1: a file */
	const char *path; /* as the script has it: seen from where the step runs */
	bool appends;
};

struct text_direct {	   /* one program, its streams in the order in which a shell moves them */
	const char **argv; /* NULL-terminated */
	size_t n_streams;
	struct text_stream streams[TEXT_STREAMS_MAX];
};

/* True if the script is that of one program as in shtext_is_plain() with "<f", ">f", ">>f", "2>f",
 * "2>>f", ">&2" or "2>&1" behind its name, and the values do not matter to that: who opens the files
 * just as a shell does needs none. Everything lives in the arena. */
bool shtext_render_direct(const struct text *text, const struct expr_env *env, struct arena *arena,
			  struct text_direct *direct);

void text_each_ref(const struct text *text, expr_ref_fn fn, void *data);
bool text_has_refs(const struct text *text);

#endif
