/*
 * See store/boot_impl.h.
 */
#include "store/boot_impl.h"

#include "ext/hash.h"
#include "sys/tree.h"

uint64_t boot_number(void)
{
	char id[TREE_BOOT_ID_LEN + 1];

	return tree_boot_id(id) < 0 ? 0 : hash_checksum(id, TREE_BOOT_ID_LEN);
}
