#include "firmware-host/when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static const char not_a_time[] = "not a time (18:30, 2026-11-21 18:30) nor a duration (90m, 2h, 1d)";

static struct tm local_time(int64_t ms)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return local;
}

/* "1h30m", "90m", "2h", "1d", "45s" */
static bool duration_read(const char *text, int64_t *ret_seconds)
{
	int64_t total = 0;

	if (!isdigit((unsigned char)*text))
		return false;
	while (*text) {
		char *end;
		long long n = strtoll(text, &end, 10);
		int64_t unit = *end == 'd'   ? DAY_S
			       : *end == 'h' ? HOUR_S
			       : *end == 'm' ? MINUTE_S
			       : *end == 's' ? 1
					     : 0;
		if (end == text || unit == 0 || n < 0 || n > 10000)
			return false;
		total += n * unit;
		text = end + 1;
	}
	*ret_seconds = total;
	return true;
}

/* "18:30" or "18" */
static bool clock_read(const char *text, int *hour, int *minute)
{
	int used = 0;

	*minute = 0;
	if (sscanf(text, "%2d:%2d%n", hour, minute, &used) == 2 && text[used] == '\0')
		return *hour >= 0 && *hour <= 24 && *minute >= 0 && *minute < 60 && (*hour < 24 || *minute == 0);
	used = 0;
	if (sscanf(text, "%2d%n", hour, &used) == 1 && text[used] == '\0')
		return *hour >= 0 && *hour <= 24;
	return false;
}

/* What follows date and time: nothing, "Z" or "+01:00". */
static bool offset_read(const char *text, bool *ret_given, int *ret_seconds)
{
	int hours, minutes, used = 0;
	char sign;

	*ret_given = *text != '\0';
	*ret_seconds = 0;
	if (*text == '\0' || strcmp(text, "Z") == 0)
		return true;
	if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || text[used] ||
		(sign != '+' && sign != '-') || hours > 14 || minutes > 59 || hours < 0 || minutes < 0)
		return false;
	*ret_seconds = (hours * HOUR_S + minutes * MINUTE_S) * (sign == '-' ? -1 : 1);
	return true;
}

static const char *date_read(const char *text, int64_t *ret_ms)
{
	struct tm tm = {.tm_isdst = -1};
	int used = 0, more = 0, offset;
	bool given;

	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 || tm.tm_mon < 1 ||
		tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
		return not_a_time;
	text += used;
	if (*text == 'T' || *text == ' ') {
		text++;
		if (sscanf(text, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &used) != 2 || tm.tm_hour > 23 ||
			tm.tm_min > 59 || tm.tm_hour < 0 || tm.tm_min < 0)
			return "the time of day is not HH:MM";
		text += used;
		if (sscanf(text, ":%2d%n", &tm.tm_sec, &more) == 1)
			text += more;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
	}
	if (!offset_read(text, &given, &offset))
		return "what follows the time is no offset such as +01:00";
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int day = tm.tm_mday, month = tm.tm_mon;
	time_t seconds = given ? timegm(&tm) - offset : mktime(&tm);
	if (tm.tm_mday != day || tm.tm_mon != month)
		return "no such day";
	*ret_ms = (int64_t)seconds * SECOND_MS;
	return NULL;
}

const char *when_read(const char *text, int64_t now, int64_t *ret_ms)
{
	int hour, minute;
	int64_t seconds;

	while (*text == ' ')
		text++;
	if (*text == '\0')
		return "a time is missing";
	if (strchr(text, '-'))
		return date_read(text, ret_ms);
	if (duration_read(text, &seconds)) {
		*ret_ms = now + seconds * SECOND_MS;
		return NULL;
	}
	if (clock_read(text, &hour, &minute)) {
		struct tm local = local_time(now);
		local.tm_hour = hour;
		local.tm_min = minute;
		local.tm_sec = 0;
		local.tm_isdst = -1;
		int64_t ms = (int64_t)mktime(&local) * SECOND_MS;
		if (ms <= now) {
			local.tm_mday++;
			local.tm_isdst = -1;
			ms = (int64_t)mktime(&local) * SECOND_MS;
		}
		*ret_ms = ms;
		return NULL;
	}
	char *end;
	long minutes = strtol(text, &end, 10);
	if (end != text && *end == '\0' && minutes > 24 && minutes <= 100000) {
		*ret_ms = now + (int64_t)minutes * MINUTE_S * SECOND_MS;
		return NULL;
	}
	return not_a_time;
}

const char *when_rfc3339(int64_t ms, char out[WHEN_TEXT_MAX])
{
	struct tm local = local_time(ms);
	char base[24], zone[8];

	strftime(base, sizeof base, "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof zone, "%z", &local); /* +0100 */
	snprintf(out, WHEN_TEXT_MAX, "%s%.3s:%.2s", base, zone, zone + 3);
	return out;
}

const char *when_spoken(const struct texts *texts, int64_t ms, int64_t now, char out[WHEN_TEXT_MAX])
{
	char hour[8], date[8];
	const struct text_value values[] = {{"time", hour}, {"date", date}};
	struct tm then = local_time(ms), today = local_time(now), next = today;
	bool midnight = then.tm_hour == 0 && then.tm_min == 0;

	if (midnight) { /* is said as the end of the day before: "24:00" */
		then = local_time(ms - (int64_t)MINUTE_S * SECOND_MS);
		then.tm_hour = 24;
		then.tm_min = 0;
	}

	next.tm_mday++;
	next.tm_hour = 12;
	next.tm_isdst = -1;
	mktime(&next);
	strftime(hour, sizeof hour, "%H:%M", &then);
	strftime(date, sizeof date, "%d/%m", &then);
	if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday)
		(void)snprintf(out, WHEN_TEXT_MAX, "%s", hour);
	else if (then.tm_year == next.tm_year && then.tm_yday == next.tm_yday)
		(void)texts_fill(texts, TEXT_WHEN_TOMORROW, values, 1, out, WHEN_TEXT_MAX);
	else
		(void)texts_fill(texts, TEXT_WHEN_DATE, values, 2, out, WHEN_TEXT_MAX);
	return out;
}
