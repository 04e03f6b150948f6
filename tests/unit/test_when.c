/* Times as officers and citizens write them. */
#include "firmware-host/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static int64_t at(const char *rfc3339)
{
	int64_t ms;

	assert_null(when_read(rfc3339, 0, &ms));
	return ms;
}

static void times_are_read(void **state)
{
	static const struct {
		const char *now, *text, *expected; /* NULL: refused */
	} cases[] = {
		{"2026-11-21T10:00:00+01:00", "18:30", "2026-11-21T18:30:00+01:00"},
		{"2026-11-21T19:00:00+01:00", "18:30", "2026-11-22T18:30:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "20", "2026-11-21T20:00:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "24:00", "2026-11-22T00:00:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "2h", "2026-11-21T12:00:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "1h30m", "2026-11-21T11:30:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "90", "2026-11-21T11:30:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "2026-11-23 08:15", "2026-11-23T08:15:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "2026-11-23T08:15:30Z", "2026-11-23T09:15:30+01:00"},
		{"2026-07-01T10:00:00+02:00", "2026-07-02", "2026-07-02T00:00:00+02:00"},
		/* The night the clock goes back: a duration counts real hours, a time of day is local. */
		{"2026-10-25T01:30:00+02:00", "3h", "2026-10-25T03:30:00+01:00"},
		{"2026-10-25T01:30:00+02:00", "4:00", "2026-10-25T04:00:00+01:00"},
		{"2026-11-21T10:00:00+01:00", "2026-02-31", NULL},
		{"2026-11-21T10:00:00+01:00", "25:00", NULL},
		{"2026-11-21T10:00:00+01:00", "domani", NULL},
		{"2026-11-21T10:00:00+01:00", "", NULL},
		{"2026-11-21T10:00:00+01:00", "2026-11-23 08:15 CET", NULL},
	};

	(void)state;
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t got;
		const char *refused = when_read(cases[i].text, at(cases[i].now), &got);
		if (!cases[i].expected) {
			if (!refused)
				fail_msg("\"%s\" was taken", cases[i].text);
			continue;
		}
		char text[WHEN_TEXT_MAX];
		if (refused)
			fail_msg("\"%s\" was refused: %s", cases[i].text, refused);
		assert_string_equal(when_rfc3339(got, text), cases[i].expected);
	}
}

static void times_are_spoken(void **state)
{
	char text[WHEN_TEXT_MAX];
	int64_t now = at("2026-11-30T10:00:00+01:00");
	struct texts *texts;
	struct err err;

	(void)state;
	assert_int_equal(texts_read(NULL, false, &texts, &err), 0);
	assert_string_equal(when_spoken(texts, at("2026-11-30T18:30:00+01:00"), now, text), "18:30");
	assert_string_equal(when_spoken(texts, at("2026-12-01T06:00:00+01:00"), now, text), "06:00 di domani");
	assert_string_equal(when_spoken(texts, at("2026-12-02T06:00:00+01:00"), now, text), "06:00 del 02/12");
	texts_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(times_are_spoken),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
