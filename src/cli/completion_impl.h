/*
 * The scripts that complete `git wf` in a shell, made from the tables of commands and options. Names
 * that only the repository knows are asked of `git-wf __complete KIND [ID]`.
 */
#ifndef CLI_COMPLETION_IMPL_H
#define CLI_COMPLETION_IMPL_H

#include "base/strbuf.h"

void completion_write_bash(struct strbuf *out);
void completion_write_zsh(struct strbuf *out);
void completion_write_fish(struct strbuf *out);

#endif
