/*
 * Input: one byte, then a stat table; with an odd byte its head and rows get the right checks. Whatever
 * it is, a file gets the digest of its content, also after a row was added and saved.
 */
#include "fuzz/scratch.h"

#include "ext/hash.h"
#include "store/boot_impl.h"
#include "store/secret_impl.h"
#include "store/statcache_impl.h"

static struct hash_secret secret;

static void seal(uint8_t *table, size_t len)
{
	struct stat_head head = { .magic = "wfstat\0\1",
				  .version = STAT_VERSION,
				  .row_bytes = sizeof(struct stat_row) };
	struct stat_row row;

	if (len < sizeof head)
		return;
	head.capacity = (len - sizeof head) / sizeof row;
	head.secret_id = hash_checksum(&secret, sizeof secret);
	head.check = statcache_head_check(&head);
	memcpy(table, &head, sizeof head);
	for (size_t at = sizeof head; at + sizeof row <= len; at += sizeof row) {
		memcpy(&row, table + at, sizeof row);
		if (!row.check)
			continue;
		stat_row_seal(&row, boot_number());
		memcpy(table + at, &row, sizeof row);
	}
}

static void need_digest(const char *name, const char *content)
{
	struct statcache *cache = statcache_open(scratch_dir, NULL);
	struct digest digest, real = hash_bytes(&secret, content, strlen(content));
	struct file_id id;

	if (!cache || statcache_prepare(cache, NULL) < 0 ||
	    fs_stat(AT_FDCWD, scratch_path(name), &id, NULL) != 0 ||
	    statcache_digest(cache, AT_FDCWD, scratch_path(name), &id, &digest, NULL) < 0 ||
	    !digest_equal(&digest, &real))
		abort();
	statcache_save(cache, NULL);
	statcache_close(cache);
}

static void make_secret(void)
{
	scratch_fresh();
	if (secret_random(&secret, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *table;
	size_t len = size - 1;

	if (!size)
		return 0;
	if (!secret.bytes[0])
		make_secret();
	scratch_fresh();
	if (secret_install(scratch_dir, &secret, NULL) < 0)
		abort();
	if (*data & 1 && len > sizeof(struct stat_head))
		len -= (len - sizeof(struct stat_head)) % sizeof(struct stat_row);
	table = memcpy(malloc(size), data + 1, size - 1);
	if (*data & 1)
		seal(table, len);
	scratch_write("stat", table, len);
	free(table);
	scratch_write("a", "of a", 4);
	scratch_write("b", "of b", 4);
	need_digest("a", "of a");
	need_digest("b", "of b");
	need_digest("a", "of a");
	return 0;
}
