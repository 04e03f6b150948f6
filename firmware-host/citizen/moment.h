/* A time as people answer when they are asked which of several: "giovedì", "giovedì alle 10", "il 24/11", "9.30",
 * "domani pomeriggio". Pure but for the time zone (the process's TZ). */
#ifndef BANDITORE_CITIZEN_MOMENT_H
#define BANDITORE_CITIZEN_MOMENT_H

#include "config/texts.h"

#include <stdbool.h>
#include <stdint.h>

/* -1: not said. */
struct moment {
	int weekday;		 /* 0 Monday to 6 */
	int day, month;		 /* 1 to 31, 1 to 12 */
	int minute;		 /* after midnight */
	int from_min, until_min; /* of the day's half that was said */
};

/* False: the text says no time, or says much else besides. A bare number is none. */
bool moment_read(const char *text, const struct texts *texts, int64_t now, struct moment *ret);

bool moment_fits(const struct moment *moment, int64_t start);

#endif
