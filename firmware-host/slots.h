/* The free places (slots) of an office: from its hours, closures, public holidays and what is booked. Pure but for the time
 * zone (the process's TZ); nothing is read or kept.
 *
 * A slot begins at a whole number of slot_minutes after an opening and ends by its closing. When summer time begins or
 * ends, hours mean the clock on the wall: an hour that does not exist has no slot, one that comes twice has its first
 * occurrence's. */
#ifndef BANDITORE_SLOTS_H
#define BANDITORE_SLOTS_H

#include "config/settings.h"
#include "db/appointment.h"

enum {
	SLOTS_OFFER_MAX = 10, /* WhatsApp's lists hold as many rows */
	SLOTS_DAY_MAX = 24 * 60 / 5,
	SLOTS_SPANS_MAX = 4096, /* more that are booked are not looked at: two years of a busy office */
};

struct slots {
	const struct settings *settings;
	const struct settings_office *office;  /* one of settings->offices */
	const struct appointment_span *booked; /* appointment_spans: from `now` on, in order of start */
	int booked_count;
	int64_t now;
};

/* How far ahead slots_offer looks: the end of `booked`'s range. */
int64_t slots_horizon(const struct settings *settings, int64_t now);

/* The free slots of one local day (its number since 1970-01-01), in order; lead time and days ahead apply. Returns their
 * number; at most SLOTS_DAY_MAX. Milliseconds since 1970. */
int slots_of_day(const struct slots *slots, int32_t day, int64_t ret_starts[SLOTS_DAY_MAX]);

/* At most `max` (and SLOTS_OFFER_MAX) to choose from, in order of time: of the next days that have any two each, one early
 * and one in the afternoon or late, and more of the same days only where the days run out. */
int slots_offer(const struct slots *slots, int64_t *ret_starts, int max);

/* Is this one of slots_of_day, that is, may a citizen have it? */
bool slots_is_free(const struct slots *slots, int64_t start);

/* The local day that holds this time. */
int32_t slots_day_of(int64_t ms);

/* The office by id or name, as people write it; NULL: there is none. */
const struct settings_office *slots_office(const struct settings *settings, const char *word);

#endif
