#include "modem/stamp.h"

#include <stdio.h>

enum { DAY = 86400, ZONE_QUARTERS_MAX = 14 * 4 };

struct civil {
	int year, month, day, hour, minute, second;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar, years counted from March so that the leap day comes last. */
static int64_t civil_to_days(int year, int month, int day)
{
	int64_t from_march = month > 2 ? year : year - 1;
	int64_t era = from_march / 400;
	int64_t year_of_era = from_march - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct civil civil_from_seconds(int64_t seconds)
{
	int64_t days = seconds / DAY - (seconds % DAY < 0);
	int64_t rest = seconds - days * DAY;
	int64_t shifted = days + 719468;
	int64_t era = shifted / 146097 - (shifted % 146097 < 0);
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	struct civil civil = {
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
	};

	civil.year = (int)(year_of_era + era * 400 + (civil.month <= 2));
	return civil;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && year % 4 == 0); /* 2000 and every other year reached is no exception */
}

/* Two decimal digits in swapped nibbles; 100 and more when a nibble is none. */
static int pair_read(uint8_t octet)
{
	int tens = octet & 15;
	int ones = octet >> 4;

	return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

static int zone_read(uint8_t octet)
{
	int quarters = (octet & 7) * 10 + (octet >> 4);

	if (quarters > ZONE_QUARTERS_MAX)
		return 0;
	return (octet & 8 ? -quarters : quarters) * 15;
}

void stamp_read(const uint8_t octets[STAMP_OCTETS], struct pdu_time *ret_time)
{
	int year = pair_read(octets[0]);
	int month = pair_read(octets[1]);
	int day = pair_read(octets[2]);
	int hour = pair_read(octets[3]);
	int minute = pair_read(octets[4]);
	int second = pair_read(octets[5]);

	*ret_time = (struct pdu_time){.offset_minutes = (int16_t)zone_read(octets[6])};
	if (year > 99 || month < 1 || month > 12)
		return;
	year += year < 90 ? 2000 : 1900;
	if (day < 1 || day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return;

	ret_time->valid = true;
	ret_time->seconds = civil_to_days(year, month, day) * DAY + hour * 3600 + minute * 60 + second -
			    ret_time->offset_minutes * 60;
}

static uint8_t pair_write(int value)
{
	return (uint8_t)(value % 10 << 4 | value / 10 % 10);
}

void stamp_write(const struct pdu_time *time, uint8_t out[STAMP_OCTETS])
{
	int quarters = time->offset_minutes / 15;
	struct civil civil = civil_from_seconds(time->seconds + quarters * 15 * 60);

	out[0] = pair_write(civil.year % 100);
	out[1] = pair_write(civil.month);
	out[2] = pair_write(civil.day);
	out[3] = pair_write(civil.hour);
	out[4] = pair_write(civil.minute);
	out[5] = pair_write(civil.second);
	out[6] = (uint8_t)(pair_write(quarters < 0 ? -quarters : quarters) | (quarters < 0 ? 8 : 0));
}

bool stamp_format(const struct pdu_time *time, char out[STAMP_TEXT_MAX])
{
	int zone = time->offset_minutes < 0 ? -time->offset_minutes : time->offset_minutes;

	out[0] = '\0';
	if (!time->valid)
		return false;

	struct civil civil = civil_from_seconds(time->seconds + time->offset_minutes * 60);
	(void)snprintf(out, STAMP_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u", (unsigned)civil.year % 10000,
		(unsigned)civil.month % 100, (unsigned)civil.day % 100, (unsigned)civil.hour % 100,
		(unsigned)civil.minute % 100, (unsigned)civil.second % 100, time->offset_minutes < 0 ? '-' : '+',
		(unsigned)zone / 60 % 100, (unsigned)zone % 60);
	return true;
}
