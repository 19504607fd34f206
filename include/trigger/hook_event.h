/*
 * What git tells a hook, by arguments and lines on its standard input, as values: event.NAME.
 *
 *     hook args files kind        every hook
 *     file                        the message, absolute: the message hooks
 *     source commit               prepare-commit-msg: message, template, merge, squash, commit
 *     from to is_branch           post-checkout
 *     squash                      post-merge
 *     by rewritten                post-rewrite: amend or rebase; a list of {from, to}
 *     upstream branch             pre-rebase
 *     remote url                  pre-push
 *     refs                        pre-push, pre-receive, update, post-receive, reference-transaction: a
 *                                 list of {ref, from, to}, pre-push with local, the name on this side;
 *                                 from and to are null where there is nothing
 *     ref from to                 of the commit that is tested: pre-push, pre-receive, update,
 *                                 post-receive
 *     options                     pre-receive, post-receive: what was given with git push -o
 *     state                       reference-transaction: prepared, committed, aborted
 */
#ifndef TRIGGER_HOOK_EVENT_H
#define TRIGGER_HOOK_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/hook.h"
#include "model/value.h"

struct hook_ref {
	const char *ref;       /* "refs/heads/main"; of a push on the other side */
	const char *local;     /* of a push on this side, or NULL */
	const char *from, *to; /* hex, or NULL: it was not there, it goes */
};

struct hook_event {
	enum hook_kind kind;
	const char *const *args;
	size_t n_args;
	const char *input; /* what git wrote, whole */
	size_t input_len;
	const char *message_file; /* absolute, or NULL */
	const struct hook_ref *refs;
	size_t n_refs;
};

/* All strings of `event` are borrowed or in the arena. `dir`: where a relative path begins. ERR_USAGE
 * where the hook was called in another way than git does. */
int hook_event_read(struct hook_event *event, enum hook_kind kind, const char *const *args,
		    size_t n_args, const char *input, size_t input_len, const char *dir,
		    struct arena *arena, struct err *err);

/* `tested`: the reference whose commit is tested, or NULL; `files`: event.files. */
struct value hook_event_value(const struct hook_event *event, const struct hook_ref *tested,
			      const char *const *files, size_t n_files, struct arena *arena);

#endif
