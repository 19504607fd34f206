/*
 * The clone's secret: the seed of every content digest in the cache folder. Made once, by whoever
 * writes there first; all engines of a clone agree on it.
 */
#ifndef STORE_SECRET_IMPL_H
#define STORE_SECRET_IMPL_H

#include "base/err.h"
#include "ext/hash.h"

/* 0: read; 1: there is none, or a damaged one. */
int secret_read(const char *dir, struct hash_secret *secret);
/* A new one from the system's random source. */
int secret_random(struct hash_secret *secret, struct err *err);
/* Makes `dir`, and the secret in it if there is none. *secret goes in as a proposal and comes out as
 * the one that holds, which may be another's. */
int secret_install(const char *dir, struct hash_secret *secret, struct err *err);

#endif
