/*
 * The clocks. Durations are measured with the monotonic one, instants shown to people come from the
 * real one; the file system's own clock is fs_touch_clock().
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

uint64_t clock_monotonic_ns(void);
uint64_t clock_monotonic_ms(void);
int64_t clock_realtime_ms(void); /* since 1970 */

/* Sleeps the whole time, signals or not. For waits of a few milliseconds outside the loop. */
void clock_sleep_ms(uint64_t duration_ms);

#endif
