/*
 * Parsed documents that are kept beside the compiled plans, so that a run that has something to do
 * need not parse a large workflow file that did not change. Bytes by name: what they mean, and
 * whether they are whole, is for the reader to judge. Losing them costs time only.
 */
#ifndef STORE_DOCFILE_H
#define STORE_DOCFILE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/strbuf.h"

/* 0: in *bytes; 1: there is none, or it cannot be read. */
int docfile_read(const char *plans_dir, const struct digest *key, struct strbuf *bytes);

/* Replaces it atomically, unsynced. Of all documents in the folder the newest 8 stay. */
int docfile_write(const char *plans_dir, const struct digest *key, const struct strbuf *bytes,
		  struct err *err);

#endif
