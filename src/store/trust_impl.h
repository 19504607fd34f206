/*
 * The form of a record of trust, for those who write, read and list them.
 */
#ifndef STORE_TRUST_IMPL_H
#define STORE_TRUST_IMPL_H

#include "store/trust.h"

void trust_record_write(const struct trust_record *record, struct strbuf *out);
/* In the arena. ERR_INVALID. */
int trust_record_read(const char *text, size_t len, struct arena *arena,
		      struct trust_record *record, struct err *err);

#endif
