/*
 * What was not synced may be lost with the power, and the file still look the same: its size and times
 * can reach the disk before its content, and then there are NUL bytes. So a digest that goes by the
 * look of a file is good for the boot in which it was taken, unless the file was old by then.
 */
#ifndef STORE_BOOT_IMPL_H
#define STORE_BOOT_IMPL_H

#include <stdint.h>

/* By that time the kernel has written out what is dirty; ten minutes is the longest that systems are
 * set up for (laptop mode), half a minute the common thing. */
#define BOOT_SETTLED_NS INT64_C(600000000000)

/* Which boot of which machine this is; 0 where that is not known. */
uint64_t boot_number(void);

#endif
