/* The one way to get the time.
 *
 * Deadlines are on the monotonic clock everywhere. The wall clock is read by firmware-host only, which hands it to the
 * libraries as a parameter named `now` (milliseconds since 1970, UTC); `make lint` checks that. Any thread. */
#ifndef BANDITORE_CLOCK_H
#define BANDITORE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds; never goes back. */
int64_t clock_mono_ms(void);

/* CLOCK_REALTIME in milliseconds since 1970, UTC; may jump either way. */
int64_t clock_wall_ms(void);

/* What is left until `deadline` (clock_mono_ms), as poll(2) wants it: 0 when past, at most INT_MAX. */
int clock_left_ms(int64_t deadline);

#endif
