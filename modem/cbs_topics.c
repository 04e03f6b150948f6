#include "modem/cbs.h"

#include <stdio.h>
#include <stdlib.h>

/* Levels from 4370 on; 4383 to 4395 repeat them in another language. */
static enum cbs_level first_language_level(uint16_t channel)
{
	if (channel == 4370)
		return CBS_LEVEL_1;
	if (channel <= 4372)
		return CBS_LEVEL_2;
	if (channel <= 4378)
		return CBS_LEVEL_3;
	if (channel == 4379)
		return CBS_AMBER;
	if (channel == 4380)
		return CBS_MONTHLY_TEST;
	if (channel == 4381)
		return CBS_EXERCISE;
	return CBS_OPERATOR;
}

enum cbs_level cbs_level(uint16_t channel, bool *ret_additional_language)
{
	*ret_additional_language = (channel >= 4383 && channel <= 4395) || channel == 4397 || channel == 4399;

	if (channel == 6400)
		return CBS_INFO;
	if (channel < 4370 || channel > 4400)
		return CBS_OTHER;
	if (channel == 4400)
		return CBS_GEOFENCING;
	if (channel >= 4398)
		return CBS_LOCAL_TEST;
	if (channel >= 4396)
		return CBS_LEVEL_4;
	return first_language_level(channel >= 4383 ? (uint16_t)(channel - 13) : channel);
}

const char *cbs_level_to_string(enum cbs_level level)
{
	switch (level) {
	case CBS_OTHER: return "other";
	case CBS_LEVEL_1: return "EU-Alert level 1";
	case CBS_LEVEL_2: return "EU-Alert level 2";
	case CBS_LEVEL_3: return "EU-Alert level 3";
	case CBS_LEVEL_4: return "EU-Alert level 4";
	case CBS_AMBER: return "EU-Amber";
	case CBS_MONTHLY_TEST: return "monthly test";
	case CBS_EXERCISE: return "exercise";
	case CBS_OPERATOR: return "operator defined";
	case CBS_LOCAL_TEST: return "local test";
	case CBS_GEOFENCING: return "geo-fencing trigger";
	case CBS_INFO: return "EU-Info";
	}
	return "other";
}

static void blanks_skip(const char **text)
{
	while (**text == ' ')
		(*text)++;
}

/* Returns the number, or -1: none, or above highest. */
static int number_read(const char **text, uint16_t highest)
{
	unsigned long number = 0;
	const char *begin = *text;

	for (; **text >= '0' && **text <= '9'; (*text)++) {
		number = number * 10 + (unsigned long)(**text - '0');
		if (number > highest)
			return -1;
	}
	return *text == begin ? -1 : (int)number;
}

static bool range_read(const char **text, uint16_t highest, struct cbs_range *ret_range)
{
	blanks_skip(text);
	int from = number_read(text, highest);
	int to = from;

	blanks_skip(text);
	if (from >= 0 && **text == '-') {
		(*text)++;
		blanks_skip(text);
		to = number_read(text, highest);
		blanks_skip(text);
	}
	if (from < 0 || to < from)
		return false;
	*ret_range = (struct cbs_range){(uint16_t)from, (uint16_t)to};
	return true;
}

static int range_compare(const void *one, const void *other)
{
	const struct cbs_range *a = one;
	const struct cbs_range *b = other;

	return a->from < b->from ? -1 : a->from > b->from;
}

/* Joins sorted ranges that overlap or touch; returns how many are left. */
static int ranges_join(struct cbs_range *ranges, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i++) {
		if (kept > 0 && ranges[i].from <= ranges[kept - 1].to + 1) {
			if (ranges[i].to > ranges[kept - 1].to)
				ranges[kept - 1].to = ranges[i].to;
			continue;
		}
		ranges[kept++] = ranges[i];
	}
	return kept;
}

int cbs_ranges_read(const char *text, uint16_t highest, struct cbs_range ret_ranges[CBS_RANGES_MAX])
{
	struct cbs_range ranges[CBS_RANGES_MAX];
	int count = 0;

	blanks_skip(&text);
	if (*text == '\0')
		return 0;
	for (;;) {
		if (count == CBS_RANGES_MAX || !range_read(&text, highest, &ranges[count]))
			return -1;
		count++;
		if (*text == '\0')
			break;
		if (*text++ != ',')
			return -1;
	}

	qsort(ranges, (size_t)count, sizeof *ranges, range_compare);
	count = ranges_join(ranges, count);
	for (int i = 0; i < count; i++)
		ret_ranges[i] = ranges[i];
	return count;
}

void cbs_ranges_write(const struct cbs_range *ranges, unsigned count, char *out)
{
	enum { RANGE_OCTETS = 12 };

	*out = '\0';
	for (unsigned i = 0; i < count; i++) {
		const char *comma = i == 0 ? "" : ",";
		unsigned from = ranges[i].from, to = ranges[i].to;

		if (from == to)
			out += snprintf(out, RANGE_OCTETS + 1, "%s%u", comma, from);
		else
			out += snprintf(out, RANGE_OCTETS + 1, "%s%u-%u", comma, from, to);
	}
}
