/*
 * Signatures of receipts.
 */
#ifndef TRIGGER_RECEIPT_IMPL_H
#define TRIGGER_RECEIPT_IMPL_H

#include "base/strbuf.h"
#include "trigger/receipt.h"

/* By the key that the user signs commits with; nothing is added if they do not, or not with SSH. */
int receipt_sign(const struct repo *repo, const char *payload, struct strbuf *signature,
		 struct err *err);
/* Who signed it, of those that the file allows; NULL: nobody of them. In the arena. */
const char *receipt_signer(const char *payload, const char *signature, const char *allowed_signers,
			   struct arena *arena);

#endif
