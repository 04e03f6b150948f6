#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ZONEINFO "/usr/share/zoneinfo"

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool made_of(const char *value, const char *allowed)
{
	return value[strspn(value, allowed)] == '\0';
}

/* Octets of the character at p, of which `left` are there; 0 when it is not well-formed. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, UTF-16 surrogates and what lies above U+10FFFF show in the second octet. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

bool value_is_utf8(const char *text, size_t length, size_t *ret_at)
{
	size_t at = 0, step;

	for (; at < length; at += step) {
		step = utf8_length((const unsigned char *)text + at, length - at);
		if (step > 0)
			continue;
		if (ret_at)
			*ret_at = at;
		return false;
	}
	return true;
}

bool value_is_given(const char *value)
{
	return value[strspn(value, " ")] != '\0';
}

bool value_is_id(const char *value)
{
	return value[0] != '\0' && strchr("-_", value[0]) == NULL && made_of(value, LOWER UPPER DIGITS "-_");
}

bool value_is_country(const char *value)
{
	size_t length = strlen(value);

	return length >= 1 && length <= 3 && value[0] != '0' && value_is_digits(value);
}

bool value_is_second_language(const char *value)
{
	size_t length = strlen(value);

	return length == 0 || (length >= 2 && length <= 3 && strcmp(value, "it") != 0 &&
				      value[strspn(value, "abcdefghijklmnopqrstuvwxyz")] == '\0');
}

bool value_is_phone(const char *value)
{
	size_t length = strlen(value);

	if (length == 0)
		return true;
	return value[0] == '+' && value[1] != '0' && length >= 8 && length <= 16 && value_is_digits(value + 1);
}

bool value_is_digits(const char *value)
{
	return made_of(value, DIGITS);
}

bool value_is_pin(const char *value)
{
	size_t length = strlen(value);

	return length == 0 || (length >= 4 && length <= 8 && value_is_digits(value));
}

bool value_is_imei(const char *value)
{
	size_t length = strlen(value);

	return length == 0 || (length == 15 && value_is_digits(value));
}

bool value_is_port(const char *value)
{
	return strcmp(value, "auto") == 0 || (value[0] == '/' && value[1] != '\0');
}

bool value_is_host_port(const char *value)
{
	const char *colon = strrchr(value, ':');
	size_t host;
	int port = 0;

	if (!colon || colon == value)
		return false;
	host = (size_t)(colon - value);
	if (value[0] == '[') {
		if (host < 4 || value[host - 1] != ']' || strspn(value + 1, DIGITS "abcdefABCDEF:.") != host - 2)
			return false;
	} else if (strspn(value, LOWER UPPER DIGITS ".-") != host) {
		return false;
	}

	if (colon[1] == '\0' || strlen(colon + 1) > 5 || !value_is_digits(colon + 1))
		return false;
	for (const char *p = colon + 1; *p; p++)
		port = port * 10 + (*p - '0');
	return port >= 1 && port <= 65535;
}

bool value_is_listener(const char *value)
{
	return !*value || value_is_host_port(value);
}

bool value_is_url(const char *value)
{
	const char *rest = value;

	if (value[0] == '\0')
		return true;
	if (strncmp(value, "https://", 8) == 0)
		rest = value + 8;
	else if (strncmp(value, "http://", 7) == 0)
		rest = value + 7;
	return rest != value && isalnum((unsigned char)rest[0]) && strpbrk(value, " \"<>\\") == NULL;
}

bool value_is_template(const char *value)
{
	return value[0] != '\0' && made_of(value, LOWER DIGITS "_");
}

bool value_is_language(const char *value)
{
	size_t lower = strspn(value, LOWER);

	if (lower < 2 || lower > 3)
		return false;
	if (value[lower] == '\0')
		return true;
	return value[lower] == '_' && strspn(value + lower + 1, UPPER) == 2 && value[lower + 3] == '\0';
}

bool value_is_currency(const char *value)
{
	return strlen(value) == 3 && made_of(value, UPPER);
}

bool value_is_timezone(const char *value)
{
	char path[sizeof ZONEINFO + 64];
	struct stat st;

	if (value[0] == '\0' || value[0] == '/' || strstr(value, "..") || !made_of(value, LOWER UPPER DIGITS "_+-/"))
		return false;
	if (stat(ZONEINFO, &st) != 0)
		return true;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", ZONEINFO, value) >= sizeof path)
		return false;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Reads "HH:MM" at *text and steps behind it. Returns the minute of the day, or -1. */
static int32_t minute_take(const char **text)
{
	const char *p = *text;
	int32_t hour, minute;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : !isdigit((unsigned char)p[i]))
			return -1;
	hour = (p[0] - '0') * 10 + p[1] - '0';
	minute = (p[3] - '0') * 10 + p[4] - '0';
	if (hour > 24 || minute > 59 || (hour == 24 && minute > 0))
		return -1;
	*text = p + 5;
	return hour * 60 + minute;
}

static bool hours_take(const char **text, struct settings_hours *ret_hours)
{
	struct settings_hours hours;

	hours.from_min = minute_take(text);
	if (hours.from_min < 0 || **text != '-')
		return false;
	++*text;
	hours.until_min = minute_take(text);
	if (hours.until_min < 0)
		return false;
	*ret_hours = hours;
	return true;
}

bool value_to_hours(const char *value, struct settings_hours *ret_hours)
{
	struct settings_hours hours = {0, 0};

	if (value[0] != '\0' && (!hours_take(&value, &hours) || value[0] != '\0'))
		return false;
	*ret_hours = hours;
	return true;
}

/* Reads "mon" or the like at *text and steps behind it. Returns 0 for Monday to 6, or -1. */
static int day_take(const char **text)
{
	static const char days[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

	for (int day = 0; day < 7; day++)
		if (strncmp(*text, days[day], 3) == 0) {
			*text += 3;
			return day;
		}
	return -1;
}

/* Reads one "DAY[-DAY] HH:MM-HH:MM [HH:MM-HH:MM]…" up to a comma or the end. */
static bool opening_take(const char **text, struct value_opening *ret, int max, int *count)
{
	struct value_opening opening;
	int times = 0;

	opening.first_day = opening.last_day = day_take(text);
	if (opening.first_day >= 0 && **text == '-') {
		++*text;
		opening.last_day = day_take(text);
	}
	if (opening.first_day < 0 || opening.last_day < opening.first_day)
		return false;

	for (; **text == ' '; times++, ++*count) {
		*text += strspn(*text, " ");
		if (!hours_take(text, &opening.hours) || opening.hours.from_min >= opening.hours.until_min)
			return false;
		if (*count < max)
			ret[*count] = opening;
	}
	return times > 0 && (**text == '\0' || **text == ',');
}

int value_to_opening(const char *value, struct value_opening *ret, int max)
{
	int count = 0;

	if (value[0] == '\0')
		return 0;
	while (opening_take(&value, ret, max, &count)) {
		if (value[0] == '\0')
			return count < max || max == 0 ? count : max;
		value++; /* the comma */
		value += strspn(value, " ");
	}
	return -1;
}

bool value_is_opening(const char *value)
{
	return value_to_opening(value, NULL, 0) >= 0;
}

int32_t value_to_day(const char *value)
{
	struct tm tm = {0};

	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? value[i] != '-' : !isdigit((unsigned char)value[i]))
			return -1;
	if (value[10] != '\0' || sscanf(value, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	struct tm same = tm;
	time_t seconds = timegm(&same); /* which turns 30 February into a day in March */
	if (seconds < 0 || same.tm_mday != tm.tm_mday || same.tm_mon != tm.tm_mon)
		return -1;
	return (int32_t)(seconds / (24 * 60 * 60));
}

bool value_is_date(const char *value)
{
	return value[0] == '\0' || value_to_day(value) >= 0;
}

/* The letter without its accent, for U+00C0 to U+00FF by their low six bits; '-' where there is none. */
static char letter_bare(unsigned char low)
{
	static const char bare[] = "aaaaaaaceeeeiiiidnooooo-ouuuuy-saaaaaaaceeeeiiiidnooooo-ouuuuy-y";

	return bare[low & 0x3f];
}

void value_to_id(const char *name, char *id, size_t size)
{
	size_t used = 0;
	bool gap = false;

	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		char letter = '-';

		if (*p == 0xc3 && p[1] >= 0x80 && p[1] <= 0xbf)
			letter = letter_bare(*++p);
		else if (*p < 0x80 && isalnum(*p))
			letter = (char)tolower(*p);
		if (letter == '-') {
			gap = used > 0;
			continue;
		}
		if (used + gap + 1 >= size)
			break;
		if (gap)
			id[used++] = '-';
		id[used++] = letter;
		gap = false;
	}
	id[used] = '\0';
}
