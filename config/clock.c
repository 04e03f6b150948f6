#include "config/clock.h"

#include <limits.h>
#include <time.h>

/* Neither clock can fail on Linux with these ids and a valid pointer (clock_gettime(2)). */
static int64_t clock_read_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

int clock_left_ms(int64_t deadline)
{
	int64_t now = clock_mono_ms();

	/* Compared before subtracting: a deadline of INT64_MIN or INT64_MAX ("at once", "never") must not overflow. */
	if (deadline <= now)
		return 0;
	if (deadline - now > INT_MAX)
		return INT_MAX;
	return (int)(deadline - now);
}
