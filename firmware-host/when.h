/* Times as people and scripts write them, in the comune's time zone (the process's TZ). */
#ifndef BANDITORE_WHEN_H
#define BANDITORE_WHEN_H

#include "config/texts.h"

#include <stdbool.h>
#include <stdint.h>

enum { WHEN_TEXT_MAX = 40 };

/* "2026-11-21T18:30:00+01:00", "2026-11-21 18:30", "2026-11-21" (midnight), "18:30" (today, or tomorrow when past),
 * "18" (the hour), or a duration: "90", "90m", "2h", "1d", "1h30m" (a bare number above 24 is minutes). Returns NULL and
 * milliseconds since 1970, or why it is refused. */
const char *when_read(const char *text, int64_t now, int64_t *ret_ms);

/* RFC 3339 with the local offset. */
const char *when_rfc3339(int64_t ms, char out[WHEN_TEXT_MAX]);

/* As it is said to citizens, in the words of the texts: "18:30" today, "18:30 di domani", "18:30 del 23/11". */
const char *when_spoken(const struct texts *texts, int64_t ms, int64_t now, char out[WHEN_TEXT_MAX]);

#endif
