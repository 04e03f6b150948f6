#include "firmware-host/citizen/manners.h"

#include <string.h>

static const int64_t hour_ms = INT64_C(3600000), day_ms = INT64_C(24) * 3600000;

/* Is `now` within so long of what began then? A clock that was set back begins anew. */
static bool is_within(int64_t began, int64_t length, int64_t now)
{
	return began != 0 && now >= began && now - began < length;
}

static int32_t counted(int64_t began, int64_t length, int32_t count, int64_t now)
{
	return is_within(began, length, now) ? count : 0;
}

/* How often this very text has come in a row, this time included. */
static int32_t same_note(struct manners_memory *memory, const unsigned char *mark, int64_t now)
{
	bool same = is_within(memory->same_at, hour_ms, now) && memcmp(memory->mark, mark, sizeof memory->mark) == 0;

	memory->same_count = same ? memory->same_count + 1 : 1;
	memory->same_at = now;
	memcpy(memory->mark, mark, sizeof memory->mark);
	return memory->same_count;
}

struct manners_verdict manners_judge(
	const struct settings *settings, const struct manners_case *message, struct manners_memory *memory, int64_t now)
{
	int64_t stale_ms = settings->citizens.stale_hours * hour_ms;
	int32_t hour = counted(memory->hour_at, hour_ms, memory->hour_answers, now);
	int32_t day = counted(memory->day_at, day_ms, memory->day_answers, now);
	int32_t hour_most = settings->citizens.replies_hour, day_most = settings->citizens.replies_day;
	int32_t minute_most = settings->citizens.replies_minute;

	if (message->ours)
		return (struct manners_verdict){.manners = MANNERS_IGNORE, .why = "own number"};
	if (message->automatic)
		return (struct manners_verdict){.manners = MANNERS_IGNORE, .why = "automatic"};
	if (!message->expected && same_note(memory, message->mark, now) > MANNERS_SAME_MAX)
		return (struct manners_verdict){.manners = MANNERS_QUIET, .why = "repeated"};
	if (message->sent_at != 0 && now - message->sent_at > stale_ms)
		return (struct manners_verdict){.manners = MANNERS_QUIET, .why = "too old", .stale = true};
	if (minute_most > 0 && message->box_answers >= minute_most)
		return (struct manners_verdict){.manners = MANNERS_QUIET, .why = "too many at once"};
	if (hour > hour_most || day > day_most)
		return (struct manners_verdict){.manners = MANNERS_QUIET, .why = "too many"};
	if (hour == hour_most || day == day_most)
		return (struct manners_verdict){.manners = MANNERS_LATER, .why = "too many"};
	return (struct manners_verdict){.manners = MANNERS_ANSWER, .why = ""};
}

void manners_answered(struct manners_memory *memory, int64_t now)
{
	if (!is_within(memory->hour_at, hour_ms, now)) {
		memory->hour_at = now;
		memory->hour_answers = 0;
	}
	if (!is_within(memory->day_at, day_ms, now)) {
		memory->day_at = now;
		memory->day_answers = 0;
	}
	memory->hour_answers++;
	memory->day_answers++;
}

bool manners_may_point(const struct settings *settings, struct manners_memory *memory, int64_t now)
{
	if (is_within(memory->pointed_at, settings->citizens.pointer_hours * hour_ms, now))
		return false;
	memory->pointed_at = now;
	return true;
}
