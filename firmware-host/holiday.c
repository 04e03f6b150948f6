#include "firmware-host/holiday.h"

#include <stddef.h>

/* The anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8); letters as there. */
void holiday_easter(int year, int *ret_month, int *ret_day)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30;
	int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 22 * l) / 451;

	*ret_month = (h + l - 7 * m + 114) / 31;
	*ret_day = (h + l - 7 * m + 114) % 31 + 1;
}

bool holiday_is_italian(int year, int month, int day)
{
	static const struct {
		int month, day, since;
	} fixed[] = {
		{1, 1, 0},
		{1, 6, 0},
		{4, 25, 0},
		{5, 1, 0},
		{6, 2, 0},
		{8, 15, 0},
		{10, 4, 2026},
		{11, 1, 0},
		{12, 8, 0},
		{12, 25, 0},
		{12, 26, 0},
	};
	int easter_month, easter_day;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (fixed[i].month == month && fixed[i].day == day)
			return year >= fixed[i].since;
	holiday_easter(year, &easter_month, &easter_day);
	if (month == easter_month && day == easter_day)
		return true;
	/* Easter Monday; only 31 March is the last of its month. */
	if (easter_month == 3 && easter_day == 31)
		return month == 4 && day == 1;
	return month == easter_month && day == easter_day + 1;
}
