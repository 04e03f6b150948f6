/* Free places: hours, closures, holidays, bookings, lead time and the two nights a year on which clocks are changed. */
#include "firmware-host/holiday.h"
#include "firmware-host/slots.h"
#include "firmware-host/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BOOKED_MAX = 8 };

static int64_t local(const char *text)
{
	int64_t ms = 0;
	const char *why = when_read(text, 0, &ms);

	if (why)
		fail_msg("%s: %s", text, why);
	return ms;
}

/* A comune with one office. closures: "FROM UNTIL [OFFICE], …" */
static struct settings *comune(const char *hours, int minutes, const char *closures)
{
	struct settings *settings = calloc(1, sizeof *settings);

	assert_non_null(settings);
	settings->appointments.days_ahead = 30;
	settings->appointments.holidays = true;
	settings->office_count = 2;
	strcpy(settings->offices[0].id, "anagrafe");
	strcpy(settings->offices[0].name, "Anagrafe e stato civile");
	snprintf(settings->offices[0].hours, sizeof settings->offices[0].hours, "%s", hours);
	settings->offices[0].slot_minutes = minutes;
	strcpy(settings->offices[1].id, "tributi");
	strcpy(settings->offices[1].name, "Tributi");
	for (; *closures; closures += strcspn(closures, ","), closures += strspn(closures, ", ")) {
		struct settings_closure *closure = &settings->closures[settings->closure_count++];
		assert_true(sscanf(closures, "%11s %11[0-9-] %31[a-z]", closure->from, closure->until,
				    closure->office) >= 2);
	}
	return settings;
}

/* "2026-11-24 09:00 15, …" */
static int bookings(const char *text, struct appointment_span spans[BOOKED_MAX])
{
	int count = 0;

	for (; *text; text += strcspn(text, ","), text += strspn(text, ", ")) {
		char at[20];
		snprintf(at, sizeof at, "%.16s", text);
		spans[count].start = local(at);
		spans[count++].minutes = atoi(text + 17);
	}
	return count;
}

static void clock_add(char *out, size_t size, int64_t ms, bool date)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t used = strlen(out);

	localtime_r(&seconds, &tm);
	if (used > 0)
		used += (size_t)snprintf(out + used, size - used, " ");
	if (date)
		used += strftime(out + used, size - used, "%d/%m-", &tm);
	strftime(out + used, size - used, "%H:%M", &tm);
}

struct day_case {
	const char *what, *hours;
	int minutes;
	const char *closures, *booked, *now, *day, *expected;
};

static const struct day_case days[] = {
	{"two ranges", "mon-fri 09:00-10:00 15:00-16:00, sat 09:00-09:30", 30, "", "", "2026-11-23 00:00", "2026-11-24",
		"09:00 09:30 15:00 15:30"},
	{"Saturday", "mon-fri 09:00-10:00, sat 09:00-09:30", 30, "", "", "2026-11-23 00:00", "2026-11-28", "09:00"},
	{"Sunday", "mon-fri 09:00-10:00, sat 09:00-09:30", 30, "", "", "2026-11-23 00:00", "2026-11-29", ""},
	{"what is left of a range is no slot", "mon-sun 09:00-10:00", 25, "", "", "2026-11-23 00:00", "2026-11-24",
		"09:00 09:25"},
	{"ranges in any order", "tue 15:00-15:30, mon-fri 09:00-09:30", 30, "", "", "2026-11-23 00:00", "2026-11-24",
		"09:00 15:00"},
	{"ranges that overlap", "tue 09:00-10:00, mon-fri 09:30-10:30", 30, "", "", "2026-11-23 00:00", "2026-11-24",
		"09:00 09:30 10:00"},
	{"no hours", "", 30, "", "", "2026-11-23 00:00", "2026-11-24", ""},
	{"too short for one", "mon-fri 09:00-09:10", 15, "", "", "2026-11-23 00:00", "2026-11-24", ""},
	{"until midnight", "mon-fri 23:00-24:00", 30, "", "", "2026-11-23 00:00", "2026-11-24", "23:00 23:30"},
	{"booked", "mon-fri 09:00-10:00", 15, "", "2026-11-24 09:15 15", "2026-11-23 00:00", "2026-11-24",
		"09:00 09:30 09:45"},
	{"booked by other lengths", "mon-fri 09:00-10:00", 15, "", "2026-11-24 08:50 15, 2026-11-24 09:20 20",
		"2026-11-23 00:00", "2026-11-24", "09:45"},
	{"booked on another day", "mon-fri 09:00-09:30", 15, "", "2026-11-25 09:00 30", "2026-11-23 00:00",
		"2026-11-24", "09:00 09:15"},
	{"past", "mon-fri 09:00-10:00", 15, "", "", "2026-11-24 09:30", "2026-11-24", "09:30 09:45"},
	{"yesterday", "mon-fri 09:00-10:00", 15, "", "", "2026-11-24 09:30", "2026-11-23", ""},
	{"the last day ahead", "mon-sun 09:00-09:30", 30, "", "", "2026-11-01 23:59", "2026-12-01", "09:00"},
	{"beyond it", "mon-sun 09:00-09:30", 30, "", "", "2026-11-01 23:59", "2026-12-02", ""},
	{"closed", "mon-sun 09:00-09:30", 30, "2026-11-24 2026-11-26", "", "2026-11-23 00:00", "2026-11-24", ""},
	{"still closed", "mon-sun 09:00-09:30", 30, "2026-11-24 2026-11-26", "", "2026-11-23 00:00", "2026-11-26", ""},
	{"open again", "mon-sun 09:00-09:30", 30, "2026-11-24 2026-11-26", "", "2026-11-23 00:00", "2026-11-27",
		"09:00"},
	{"another office is closed", "mon-sun 09:00-09:30", 30, "2026-11-24 2026-11-24 tributi", "", "2026-11-23 00:00",
		"2026-11-24", "09:00"},
	{"this office is closed", "mon-sun 09:00-09:30", 30, "2026-11-24 2026-11-24 anagrafe", "", "2026-11-23 00:00",
		"2026-11-24", ""},
	{"a holiday", "mon-sun 09:00-09:30", 30, "", "", "2026-11-23 00:00", "2026-12-08", ""},
	/* 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00. */
	{"an hour that does not exist", "mon-sun 01:30-03:30", 30, "", "", "2026-03-28 12:00", "2026-03-29",
		"01:30 03:00"},
	{"one that would reach over it", "mon-sun 01:30-02:30", 60, "", "", "2026-03-28 12:00", "2026-03-29", ""},
	{"the morning after", "mon-sun 09:00-10:00", 30, "", "2026-03-29 09:30 30", "2026-03-28 12:00", "2026-03-29",
		"09:00"},
	{"an hour that comes twice", "mon-sun 01:30-03:30", 30, "", "", "2026-10-24 12:00", "2026-10-25",
		"01:30 02:00 02:30 03:00"},
	{"the morning after that", "mon-sun 09:00-10:00", 30, "", "2026-10-25 09:00 30", "2026-10-24 12:00",
		"2026-10-25", "09:30"},
};

static void test_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		const struct day_case *row = &days[i];
		struct settings *settings = comune(row->hours, row->minutes, row->closures);
		struct appointment_span booked[BOOKED_MAX];
		struct slots slots = {
			settings, &settings->offices[0], booked, bookings(row->booked, booked), local(row->now)};
		int64_t starts[SLOTS_DAY_MAX];
		char got[512] = "";

		int count = slots_of_day(&slots, slots_day_of(local(row->day)), starts);
		for (int j = 0; j < count; j++) {
			clock_add(got, sizeof got, starts[j], false);
			assert_true(slots_is_free(&slots, starts[j]));
			assert_false(slots_is_free(&slots, starts[j] + 60000));
			assert_true(j == 0 || starts[j] >= starts[j - 1] + row->minutes * 60000);
		}
		if (strcmp(got, row->expected) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", row->what, got, row->expected);
		free(settings);
	}
}

/* The hour that comes twice is meant in its first pass, and the clock's second 02:30 is nobody's. */
static void test_twice(void **state)
{
	struct settings *settings = comune("mon-sun 02:30-03:00", 30, "");
	struct slots slots = {settings, &settings->offices[0], NULL, 0, local("2026-10-24 12:00")};
	int64_t starts[SLOTS_DAY_MAX];

	(void)state;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now) + 1, starts), 1);
	assert_int_equal(starts[0], local("2026-10-25T00:30:00Z"));
	assert_false(slots_is_free(&slots, local("2026-10-25T01:30:00Z")));
	free(settings);
}

static void test_lead_and_horizon(void **state)
{
	struct settings *settings = comune("mon-sun 09:00-12:00", 60, "");
	struct slots slots = {settings, &settings->offices[0], NULL, 0, local("2026-11-24 09:00")};
	int64_t starts[SLOTS_DAY_MAX];

	(void)state;
	settings->appointments.lead_min = 120;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now), starts), 1);
	assert_int_equal(starts[0], local("2026-11-24 11:00"));
	slots.now += 1;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now), starts), 0);
	settings->appointments.lead_min = 26 * 60;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now) + 1, starts), 0);
	assert_true(slots_horizon(settings, slots.now) > local("2026-12-25 00:00"));
	free(settings);
}

struct offer_case {
	const char *what, *hours;
	int minutes, days_ahead, max;
	const char *closures, *booked, *now, *expected;
};

static const struct offer_case offers[] = {
	{"mornings and afternoons of the next days", "mon-fri 09:00-12:00 15:00-17:00", 15, 30, 6, "", "",
		"2026-11-20 18:00", "23/11-09:00 23/11-15:00 24/11-09:00 24/11-15:00 25/11-09:00 25/11-15:00"},
	{"only mornings", "mon-fri 09:00-12:00", 30, 30, 4, "", "", "2026-11-22 18:00",
		"23/11-09:00 23/11-10:30 24/11-09:00 24/11-10:30"},
	{"only afternoons", "mon-fri 15:00-17:00", 60, 30, 3, "", "", "2026-11-22 18:00",
		"23/11-15:00 23/11-16:00 24/11-15:00"},
	{"today too", "mon-fri 09:00-12:00", 60, 30, 3, "", "", "2026-11-23 10:30",
		"23/11-11:00 24/11-09:00 24/11-10:00"},
	{"closed days are passed over", "mon-fri 09:00-10:00", 60, 30, 3, "2026-11-24 2026-11-25", "",
		"2026-11-22 18:00", "23/11-09:00 26/11-09:00 27/11-09:00"},
	{"booked up", "mon-fri 09:00-10:00", 60, 30, 2, "", "2026-11-23 09:00 60, 2026-11-24 08:00 90",
		"2026-11-22 18:00", "25/11-09:00 26/11-09:00"},
	{"the days run out", "mon 09:00-10:00", 15, 3, 4, "", "", "2026-11-22 18:00",
		"23/11-09:00 23/11-09:15 23/11-09:30 23/11-09:45"},
	{"fewer than asked", "mon 09:00-10:00", 30, 3, 6, "", "", "2026-11-22 18:00", "23/11-09:00 23/11-09:30"},
	{"none", "sun 09:00-10:00", 30, 3, 6, "", "", "2026-11-22 18:00", ""},
	{"over New Year", "mon-sun 09:00-10:00", 60, 30, 3, "2026-12-24 2026-12-24, 2026-12-31 2027-01-02", "",
		"2026-12-30 18:00", "03/01-09:00 04/01-09:00 05/01-09:00"},
	{"at most ten", "mon-sun 09:00-12:00 15:00-18:00", 15, 30, 99, "", "", "2026-11-22 18:00",
		"23/11-09:00 23/11-15:00 24/11-09:00 24/11-15:00 25/11-09:00 25/11-15:00 26/11-09:00 26/11-15:00 "
		"27/11-09:00 27/11-15:00"},
};

static void test_offers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		const struct offer_case *row = &offers[i];
		struct settings *settings = comune(row->hours, row->minutes, row->closures);
		struct appointment_span booked[BOOKED_MAX];
		struct slots slots = {
			settings, &settings->offices[0], booked, bookings(row->booked, booked), local(row->now)};
		int64_t starts[SLOTS_OFFER_MAX];
		char got[512] = "";

		settings->appointments.days_ahead = row->days_ahead;
		int count = slots_offer(&slots, starts, row->max);
		for (int j = 0; j < count; j++)
			clock_add(got, sizeof got, starts[j], true);
		if (strcmp(got, row->expected) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", row->what, got, row->expected);
		free(settings);
	}
}

static void test_offices(void **state)
{
	struct settings *settings = comune("", 15, "");

	(void)state;
	assert_ptr_equal(slots_office(settings, "ANAGRAFE"), &settings->offices[0]);
	assert_ptr_equal(slots_office(settings, " anagrafe e stato civile "), &settings->offices[0]);
	assert_ptr_equal(slots_office(settings, "tributi"), &settings->offices[1]);
	assert_null(slots_office(settings, "catasto"));
	assert_null(slots_office(settings, ""));
	free(settings);
}

static void test_holidays(void **state)
{
	/* Easter: dates as published; 1943 and 2038 its latest, 1818 and 2285 its earliest. */
	static const int easter[][3] = {{1818, 3, 22}, {1943, 4, 25}, {1954, 4, 18}, {1981, 4, 19}, {2000, 4, 23},
		{2016, 3, 27}, {2019, 4, 21}, {2024, 3, 31}, {2025, 4, 20}, {2026, 4, 5}, {2027, 3, 28}, {2028, 4, 16},
		{2029, 4, 1}, {2030, 4, 21}, {2038, 4, 25}, {2049, 4, 18}, {2076, 4, 19}, {2285, 3, 22}};
	static const int yes[][3] = {{2026, 1, 1}, {2026, 1, 6}, {2026, 4, 5}, {2026, 4, 6}, {2026, 4, 25},
		{2026, 5, 1}, {2026, 6, 2}, {2026, 8, 15}, {2026, 10, 4}, {2026, 11, 1}, {2026, 12, 8}, {2026, 12, 25},
		{2026, 12, 26}, {2024, 4, 1}, {2038, 4, 26}};
	static const int no[][3] = {{2026, 1, 2}, {2026, 4, 4}, {2026, 4, 7}, {2026, 4, 3}, {2026, 11, 2},
		{2026, 11, 4}, {2025, 10, 4}, {2026, 12, 24}, {2026, 12, 31}, {2026, 3, 19}, {2024, 4, 2}};
	int month, day;

	(void)state;
	for (size_t i = 0; i < sizeof easter / sizeof *easter; i++) {
		holiday_easter(easter[i][0], &month, &day);
		if (month != easter[i][1] || day != easter[i][2])
			fail_msg("Easter %d: %d/%d", easter[i][0], day, month);
	}
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(holiday_is_italian(yes[i][0], yes[i][1], yes[i][2]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(holiday_is_italian(no[i][0], no[i][1], no[i][2]));
}

/* A switch: a comune that works on holidays. */
static void test_holidays_off(void **state)
{
	struct settings *settings = comune("mon-sun 09:00-10:00", 60, "");
	struct slots slots = {settings, &settings->offices[0], NULL, 0, local("2026-12-24 18:00")};
	int64_t starts[SLOTS_DAY_MAX];

	(void)state;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now) + 1, starts), 0);
	settings->appointments.holidays = false;
	assert_int_equal(slots_of_day(&slots, slots_day_of(slots.now) + 1, starts), 1);
	free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_lead_and_horizon),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_offices),
		cmocka_unit_test(test_holidays),
		cmocka_unit_test(test_holidays_off),
	};

	setenv("TZ", "Europe/Rome", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
