#include "firmware-host/citizen/moment.h"

#include "firmware-host/appointment_notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
	WORDS_MOST = 7,
	WORD_MAX = 32,
	SHORTEST = 3, /* letters that name a weekday: "gio" */
	NOON_MIN = 12 * 60,
	DAY_MIN = 24 * 60,
	DAY_S = DAY_MIN * 60,
};

static struct tm local_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return local;
}

/* The weekday whose name begins so, as far as it is written in plain letters: "giovedi'" and "giov" too. */
static int weekday_of(const char *word, const struct texts *texts)
{
	char name[WORD_MAX];
	size_t letters = 0;

	while ((word[letters] | 0x20) >= 'a' && (word[letters] | 0x20) <= 'z')
		letters++;
	if (letters < SHORTEST)
		return -1;
	for (int i = 0; i < 7; i++) {
		appointment_notice_weekday(texts, i, name, sizeof name);
		size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		size_t least = letters < plain ? letters : plain;
		if (letters <= plain + 1 && strncasecmp(word, name, least) == 0)
			return i;
	}
	return -1;
}

static void day_from_today(struct moment *ret, int64_t now, int days)
{
	struct tm local = local_of(now + (int64_t)days * DAY_S * 1000);

	ret->day = local.tm_mday;
	ret->month = local.tm_mon + 1;
}

/* "9:30", "9.30", "h9,30" with a separator that means a time; "24/11" or "24-11" a day. */
static bool figures_read(const char *word, struct moment *ret)
{
	int first, second, read = 0;
	char between;

	if (sscanf(word, "%2d%c%2d%n", &first, &between, &second, &read) != 3 || word[read] != '\0' || second < 0)
		return false;
	if ((between == '/' || between == '-') && first >= 1 && first <= 31 && second >= 1 && second <= 12) {
		ret->day = first;
		ret->month = second;
		return true;
	}
	if ((between == ':' || between == '.' || between == ',') && first >= 0 && first < 24 && second < 60) {
		ret->minute = first * 60 + second;
		return true;
	}
	return false;
}

static bool half_read(const char *word, struct moment *ret)
{
	if (strncasecmp(word, "mattin", 6) == 0) {
		ret->from_min = 0;
		ret->until_min = NOON_MIN;
		return true;
	}
	if (strncasecmp(word, "pomerig", 7) == 0) {
		ret->from_min = NOON_MIN;
		ret->until_min = DAY_MIN;
		return true;
	}
	return false;
}

/* A number says a time behind "alle", a day behind a weekday. */
static bool number_read(const char *word, const char *before, struct moment *ret)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (end == word || *end != '\0')
		return false;
	if ((strcasecmp(before, "alle") == 0 || strcasecmp(before, "ore") == 0 || strcasecmp(before, "le") == 0) &&
		number >= 0 && number < 24) {
		ret->minute = (int)number * 60;
		return true;
	}
	if (ret->weekday >= 0 && ret->day < 0 && number >= 1 && number <= 31) {
		ret->day = (int)number;
		return true;
	}
	return false;
}

static bool word_read(const char *word, const char *before, const struct texts *texts, int64_t now, struct moment *ret)
{
	static const char *const days[] = {"oggi", "domani", "dopodomani"};
	int weekday = weekday_of(word, texts);

	if (weekday >= 0) {
		ret->weekday = weekday;
		return true;
	}
	for (int i = 0; i < 3; i++)
		if (strcasecmp(word, days[i]) == 0) {
			day_from_today(ret, now, i);
			return true;
		}
	return figures_read(word, ret) || half_read(word, ret) || number_read(word, before, ret);
}

bool moment_read(const char *text, const struct texts *texts, int64_t now, struct moment *ret)
{
	char word[WORD_MAX], before[WORD_MAX] = "";
	int words = 0;
	bool said = false;

	*ret = (struct moment){.weekday = -1, .day = -1, .month = -1, .minute = -1, .from_min = -1, .until_min = -1};
	while (*(text += strspn(text, " \t\r\n!?;()\"'"))) {
		size_t length = strcspn(text, " \t\r\n!?;()\"'"), kept = length;
		while (kept > 0 && strchr(".,:", text[kept - 1]))
			kept--;
		if (++words > WORDS_MOST)
			return false;
		snprintf(word, sizeof word, "%.*s", (int)kept, text);
		said |= word_read(word, before, texts, now, ret);
		memcpy(before, word, sizeof before);
		text += length;
	}
	return said;
}

bool moment_fits(const struct moment *moment, int64_t start)
{
	struct tm local = local_of(start);
	int minute = local.tm_hour * 60 + local.tm_min;

	if (moment->weekday >= 0 && moment->weekday != (local.tm_wday + 6) % 7)
		return false;
	if (moment->day >= 0 && moment->day != local.tm_mday)
		return false;
	if (moment->month >= 0 && moment->month != local.tm_mon + 1)
		return false;
	if (moment->from_min >= 0 && (minute < moment->from_min || minute >= moment->until_min))
		return false;
	return moment->minute < 0 || moment->minute == minute;
}
