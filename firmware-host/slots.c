#include "firmware-host/slots.h"

#include "config/value.h"
#include "firmware-host/holiday.h"
#include "firmware-host/named.h"

#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, DAY_S = 24 * 60 * 60, DAY_MIN = 24 * 60, NOON_MIN = 13 * 60 };

/* ---- days and minutes on the wall -------------------------------------------------------------------------------- */

static struct tm date_of(int32_t day)
{
	time_t seconds = (time_t)day * DAY_S;
	struct tm date = {0};

	gmtime_r(&seconds, &date);
	return date;
}

/* Where a moment stands on the wall: minutes after midnight of `day`, which may be more than a day's. */
static int64_t wall_minute(int64_t ms, int32_t day)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return (int64_t)(timegm(&local) - (time_t)day * DAY_S) / 60;
}

int32_t slots_day_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return (int32_t)(timegm(&local) / DAY_S);
}

/* The moment the wall shows that minute of the day, the first if there are two; -1: it never does. Asked for with and
 * without summer time, since mktime's own choice depends on what it was asked before. */
static int64_t moment_of(int32_t day, int32_t minute)
{
	int64_t first = -1;

	for (int summer = 0; summer <= 1; summer++) {
		struct tm local = date_of(day);
		local.tm_min = minute;
		local.tm_isdst = summer;
		int64_t ms = (int64_t)mktime(&local) * SECOND_MS;
		if (wall_minute(ms, day) == minute && (first < 0 || ms < first))
			first = ms;
	}
	return first;
}

/* ---- what is closed, what is taken ------------------------------------------------------------------------------- */

static bool day_is_closed(const struct slots *slots, int32_t day)
{
	const struct settings *settings = slots->settings;
	struct tm date = date_of(day);

	if (settings->appointments.holidays && holiday_is_italian(date.tm_year + 1900, date.tm_mon + 1, date.tm_mday))
		return true;
	for (int32_t i = 0; i < settings->closure_count; i++) {
		const struct settings_closure *closure = &settings->closures[i];

		if (closure->office[0] != '\0' && strcmp(closure->office, slots->office->id) != 0)
			continue;
		if (day >= value_to_day(closure->from) && day <= value_to_day(closure->until))
			return true;
	}
	return false;
}

static bool is_booked(const struct slots *slots, int64_t start, int64_t end)
{
	for (int i = 0; i < slots->booked_count && slots->booked[i].start < end; i++)
		if (slots->booked[i].start + (int64_t)slots->booked[i].minutes * MINUTE_MS > start)
			return true;
	return false;
}

/* ---- one day ----------------------------------------------------------------------------------------------------- */

/* The day's opening ranges in order of time. */
static int openings_of(const struct slots *slots, int32_t day, struct settings_hours ret[VALUE_OPENINGS_MAX])
{
	struct value_opening openings[VALUE_OPENINGS_MAX];
	int weekday = (day + 3) % 7, count = 0; /* 1970-01-01 was a Thursday */
	int all = value_to_opening(slots->office->hours, openings, VALUE_OPENINGS_MAX);

	for (int i = 0; i < all; i++) {
		if (weekday < openings[i].first_day || weekday > openings[i].last_day)
			continue;
		int at = count++;
		for (; at > 0 && ret[at - 1].from_min > openings[i].hours.from_min; at--)
			ret[at] = ret[at - 1];
		ret[at] = openings[i].hours;
	}
	return count;
}

/* Adds the free slots of one range that begin at `last_end` or later. */
static void range_take(const struct slots *slots, int32_t day, const struct settings_hours *hours, int64_t *last_end,
	int64_t *starts, int *count)
{
	int64_t earliest = slots->now + (int64_t)slots->settings->appointments.lead_min * MINUTE_MS;
	int32_t length = slots->office->slot_minutes;

	for (int32_t minute = hours->from_min; minute + length <= hours->until_min; minute += length) {
		int64_t start = moment_of(day, minute), end = start + (int64_t)length * MINUTE_MS;

		if (start < *last_end || wall_minute(end, day) > hours->until_min)
			continue;
		*last_end = end;
		if (start >= earliest && !is_booked(slots, start, end) && *count < SLOTS_DAY_MAX)
			starts[(*count)++] = start;
	}
}

int slots_of_day(const struct slots *slots, int32_t day, int64_t ret_starts[SLOTS_DAY_MAX])
{
	struct settings_hours hours[VALUE_OPENINGS_MAX];
	int32_t today = slots_day_of(slots->now);
	int64_t last_end = 0;
	int count = 0;

	if (day < today || day > today + slots->settings->appointments.days_ahead || day_is_closed(slots, day))
		return 0;
	int ranges = openings_of(slots, day, hours);
	for (int i = 0; i < ranges; i++)
		range_take(slots, day, &hours[i], &last_end, ret_starts, &count);
	return count;
}

int64_t slots_horizon(const struct settings *settings, int64_t now)
{
	return now + (int64_t)(settings->appointments.days_ahead + 2) * DAY_S * SECOND_MS;
}

bool slots_is_free(const struct slots *slots, int64_t start)
{
	int64_t starts[SLOTS_DAY_MAX];
	int count = slots_of_day(slots, slots_day_of(start), starts);

	for (int i = 0; i < count; i++)
		if (starts[i] == start)
			return true;
	return false;
}

/* ---- some to choose from ----------------------------------------------------------------------------------------- */

/* Of a day's slots the one that differs most usefully from the first: the first of the afternoon, else the middle one. */
static int second_choice(const int64_t *starts, int count, int32_t day)
{
	if (wall_minute(starts[0], day) >= NOON_MIN)
		return count / 2;
	for (int i = 1; i < count; i++)
		if (wall_minute(starts[i], day) >= NOON_MIN)
			return i;
	return count / 2;
}

static bool offer_add(int64_t *starts, int *count, int max, int64_t start)
{
	int at = *count;

	for (int i = 0; i < *count; i++)
		if (starts[i] == start)
			return true;
	if (*count == max)
		return false;
	for (; at > 0 && starts[at - 1] > start; at--)
		starts[at] = starts[at - 1];
	starts[at] = start;
	++*count;
	return true;
}

int slots_offer(const struct slots *slots, int64_t *ret_starts, int max)
{
	int64_t starts[SLOTS_DAY_MAX];
	int32_t today = slots_day_of(slots->now), last = today + slots->settings->appointments.days_ahead;
	int count = 0;

	if (max > SLOTS_OFFER_MAX)
		max = SLOTS_OFFER_MAX;
	for (int32_t day = today; day <= last && count < max; day++) {
		int free = slots_of_day(slots, day, starts);
		if (free > 0 && offer_add(ret_starts, &count, max, starts[0]))
			offer_add(ret_starts, &count, max, starts[second_choice(starts, free, day)]);
	}
	for (int32_t day = today; day <= last && count < max; day++) {
		int free = slots_of_day(slots, day, starts);
		for (int i = 0; i < free; i++)
			offer_add(ret_starts, &count, max, starts[i]);
	}
	return count;
}

const struct settings_office *slots_office(const struct settings *settings, const char *word)
{
	for (int32_t i = 0; i < settings->office_count; i++) {
		const struct settings_office *office = &settings->offices[i];

		if (named_is_word(office->id, strlen(office->id), word) ||
			named_is_word(office->name, strlen(office->name), word))
			return office;
	}
	return NULL;
}
