/*
 * What the hook that started a run gives to expressions, to steps and to fingerprints.
 */
#ifndef RUN_TRIGGER_SCOPE_IMPL_H
#define RUN_TRIGGER_SCOPE_IMPL_H

#include "plan/facts.h"
#include "run/session.h"
#include "run/trigger.h"

/* event.NAME; null where this hook has no such thing, and without a hook. */
struct value trigger_event(const struct session *session, const char *name);
/* git.staged, git.pushed, git.range: 1 with *out; 0: another word; -1. */
int trigger_git(struct session *session, const char *word, struct value *out, struct err *err);
/* changed(glob) by what the hook is about; false: it is about no change. */
bool trigger_changed(const struct session *session, const char *glob, bool *changed);

/* The list of files, in the run's folder. */
int trigger_write_files(const struct session *session, const char *run_dir, struct err *err);
/* WF_HOOK, WF_FILES, WF_MSG_FILE. */
void trigger_name_env(const struct session *session, struct env *env, const char *run_dir);
/* What stands for such a variable in a fingerprint: the content that it leads to. False: it is another
 * variable. */
bool trigger_fact(struct session *session, const char *name, struct arena *arena,
		  struct fact_pair *fact);

#endif
