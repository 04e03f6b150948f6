/* Telephone numbers as people write them, and as they may be shown. */
#include "modem/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reading {
	const char *country, *text;
	const char *number; /* NULL: refused */
	const char *why;
};

#define SHORT_NUMBER "a short or emergency number, not a subscriber's"
#define NO_ITALIAN   "neither a mobile nor a landline number in Italy"
#define NO_NUMBER    "has a character that no number has"

static const struct reading readings[] = {
	/* Italian mobiles, in every dress. */
	{"39", "3331234567", "+393331234567", NULL},
	{"39", "333 123 4567", "+393331234567", NULL},
	{"39", "  333-1234567 ", "+393331234567", NULL},
	{"39", "333.123.45.67", "+393331234567", NULL},
	{"39", "333/1234567", "+393331234567", NULL},
	{"39", "(333) 1234567", "+393331234567", NULL},
	{"39", "333\u00A01234567", "+393331234567", NULL},
	{"39", "333\u202F123\u20094567", "+393331234567", NULL},
	{"39", "333\u20111234567", "+393331234567", NULL},
	{"39", "333\u20131234567", "+393331234567", NULL},
	{"39", "\u202A+39 333 123 4567\u202C", "+393331234567", NULL},
	{"39", "\uFEFF3331234567\r\n", "+393331234567", NULL},
	{"39", "+39 333 1234567", "+393331234567", NULL},
	{"39", "+39.333.1234567", "+393331234567", NULL},
	{"39", "(+39) 333 1234567", "+393331234567", NULL},
	{"39", "0039 333-1234567", "+393331234567", NULL},
	{"39", "+0039 3331234567", "+393331234567", NULL},
	{"39", "393331234567", "+393331234567", NULL},
	{"39", "39 333 123 4567", "+393331234567", NULL},
	{"39", "39333123456", "+39333123456", NULL},
	{"39", "333123456", "+39333123456", NULL},
	/* The 39x series looks like the country's prefix. */
	{"39", "3931234567", "+393931234567", NULL},
	{"39", "391 1234567", "+393911234567", NULL},
	{"39", "393931234567", "+393931234567", NULL},
	{"39", "+39 393 123 4567", "+393931234567", NULL},
	/* Landlines keep their 0. */
	{"39", "0564 977036", "+390564977036", NULL},
	{"39", "(0564) 977 036", "+390564977036", NULL},
	{"39", "+39 0564 977036", "+390564977036", NULL},
	{"39", "+39 (0)564 977036", "+390564977036", NULL},
	{"39", "0039 0564/977036", "+390564977036", NULL},
	{"39", "390564977036", "+390564977036", NULL},
	{"39", "06 12345678", "+390612345678", NULL},
	{"39", "02 1234", "+39021234", NULL},
	/* Other countries. */
	{"39", "+44 20 7946 0958", "+442079460958", NULL},
	{"39", "+44 (0)20 7946 0958", "+442079460958", NULL},
	{"39", "0044 (0) 20 7946 0958", "+442079460958", NULL},
	{"39", "0041 79 123 45 67", "+41791234567", NULL},
	{"39", "+378 0549 123456", "+3780549123456", NULL},
	{"39", "+1 555 123 4567", "+15551234567", NULL},
	{"39", "+49 1512 3456789", "+4915123456789", NULL},
	{"39", "+123456789012345", "+123456789012345", NULL},
	/* Refused. */
	{"39", "", NULL, "no number"},
	{"39", "   ", NULL, "no number"},
	{"39", "+", NULL, "no number"},
	{"39", "00", NULL, "too short"},
	{"39", "333", NULL, "too short"},
	{"39", "33312345", NULL, "too short"},
	{"39", "33312345678", NULL, "too long"},
	{"39", "+39 333 1234567 8", NULL, "too long"},
	{"39", "+39333", NULL, "too short"},
	{"39", "+39", NULL, SHORT_NUMBER},
	{"39", "0564", NULL, "too short"},
	{"39", "0564 9770361234", NULL, "too long"},
	{"39", "0333 1234567", NULL, "a mobile number takes no 0 in front in Italy"},
	{"39", "000000000", NULL, "no country's prefix begins with 0"},
	{"39", "112", NULL, SHORT_NUMBER},
	{"39", "118", NULL, SHORT_NUMBER},
	{"39", "1515", NULL, SHORT_NUMBER},
	{"39", "+39 112", NULL, SHORT_NUMBER},
	{"39", "40916", NULL, SHORT_NUMBER},
	{"39", "116117", NULL, NO_ITALIAN},
	{"39", "800 123 456", NULL, NO_ITALIAN},
	{"39", "899123456", NULL, NO_ITALIAN},
	{"39", "564 977036", NULL, NO_ITALIAN},
	{"39", "333 123 456O", NULL, "has a letter"},
	{"39", "Mario Rossi", NULL, "has a letter"},
	{"39", "tel. 3331234567", NULL, "has a letter"},
	{"39", "333 123 456\u00E0", NULL, "has a letter"},
	{"39", "333+1234567", NULL, "has a + inside"},
	{"39", "++393331234567", NULL, "has a + inside"},
	{"39", "3331234567;", NULL, NO_NUMBER},
	{"39", "*100#", NULL, NO_NUMBER},
	{"39", "333,1234567", NULL, NO_NUMBER},
	{"39", "3.33123E+09", NULL, "has a letter"},
	{"39",
		"333\xFF"
		"1234567",
		NULL, NO_NUMBER},
	{"39", "+1234567890123456", NULL, "too long"},
	{"39", "3331234567 3331234568 3331234569", NULL, "too long"},
	{"39", "+12345", NULL, "too short"},
	{"39", "+0123456789", NULL, "no country's prefix begins with 0"},
	/* A comune elsewhere. */
	{"378", "0549 123456", "+3780549123456", NULL},
	{"41", "079 123 45 67", "+41791234567", NULL},
	{"41", "41791234567", "+41791234567", NULL},
	{"41", "+41 79 123 45 67", "+41791234567", NULL},
	{"41", "+39 333 1234567", "+393331234567", NULL},
	{"41", "144", NULL, SHORT_NUMBER},
	{"49", "01512 3456789", "+4915123456789", NULL},
	{"34", "612 345 678", "+34612345678", NULL},
	{"34", "34612345678", "+34612345678", NULL},
	{"36", "06 20 123 4567", "+36201234567", NULL},
	{"1", "(555) 123-4567", "+15551234567", NULL},
	{"1", "1 555 123 4567", "+15551234567", NULL},
	{"1", "011 39 333 1234567", "+393331234567", NULL},
	{"1", "911", NULL, SHORT_NUMBER},
	{"7", "8 912 345-67-89", "+79123456789", NULL},
	{"", "3331234567", NULL, "has no country's prefix"},
	{"+39", "3331234567", NULL, "has no country's prefix"},
	{"39390", "3331234567", NULL, "has no country's prefix"},
	{"", "+39 333 1234567", "+393331234567", NULL},
};

enum { READINGS = sizeof readings / sizeof *readings };

static void reading_test(void **state)
{
	const struct reading *reading = *state;
	char number[PHONE_MAX];
	const char *why = phone_read(reading->text, reading->country, number);

	if (reading->number == NULL) {
		assert_non_null(why);
		assert_string_equal(why, reading->why);
		assert_string_equal(number, "");
		return;
	}
	if (why != NULL)
		fail_msg("refused: %s", why);
	assert_string_equal(number, reading->number);

	/* What was read reads as itself. */
	char again[PHONE_MAX];
	assert_null(phone_read(number, reading->country, again));
	assert_string_equal(again, number);
	assert_true(phone_is_repliable(number));
}

static void repliable_test(void **state)
{
	(void)state;
	assert_true(phone_is_repliable("+393331234567"));
	assert_true(phone_is_repliable("3331234567"));
	assert_false(phone_is_repliable(""));
	assert_false(phone_is_repliable("+"));
	assert_false(phone_is_repliable("40916"));
	assert_false(phone_is_repliable("+7588"));
	assert_false(phone_is_repliable("InfoSMS"));
	assert_false(phone_is_repliable("www.tim.it"));
	assert_false(phone_is_repliable("+39333123456a"));
	assert_false(phone_is_repliable("*123456789#"));
}

static void mask_test(void **state)
{
	static const struct {
		const char *phone, *masked;
	} cases[] = {
		{"+393331234567", "+39333\u2022\u2022\u20224567"},
		{"+39333123456", "+3933\u2022\u2022\u20223456"},
		{"3331234567", "333\u2022\u2022\u20224567"},
		{"+39021234", "+3\u2022\u2022\u20221234"},
		{"+123456789012345", "+12345\u2022\u2022\u20222345"},
		{"40916", "\u2022\u2022\u202216"},
		{"112", "\u2022\u2022\u20222"},
		{"", "\u2022\u2022\u2022"},
		{"Comune", "Comune"},
		{"12345678901234567890", "123456\u2022\u2022\u20227890"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char masked[PHONE_MAX + 8];

		phone_mask(cases[i].phone, masked);
		assert_string_equal(masked, cases[i].masked);
	}
}

int main(void)
{
	static struct CMUnitTest tests[READINGS + 2];
	static char names[READINGS][96];

	for (size_t i = 0; i < READINGS; i++) {
		(void)snprintf(names[i], sizeof names[i], "%s reads \"%s\"", readings[i].country, readings[i].text);
		tests[i] = (struct CMUnitTest){names[i], reading_test, NULL, NULL, (void *)(uintptr_t)&readings[i]};
		names[i][strcspn(names[i], "\r\n")] = '\0';
	}
	tests[READINGS] = (struct CMUnitTest){"repliable", repliable_test, NULL, NULL, NULL};
	tests[READINGS + 1] = (struct CMUnitTest){"mask", mask_test, NULL, NULL, NULL};
	return _cmocka_run_group_tests("phone", tests, READINGS + 2, NULL, NULL);
}
