/* `message watch`: the columns stand under their heading, both channels are told apart, and a line fits 80 columns. */
#include "firmware-host/message_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>

enum { COLUMNS = 80 };

static const int64_t now = 1793000000000; /* 2026-10-26T07:33:20Z */

static void test_line(void **state)
{
	const struct message_figures figures = {.recipients = 20,
		.reached = 9,
		.sms_queued = 3,
		.sms_sending = 1,
		.sms_sent = 1,
		.sms_delivered = 2,
		.whatsapp_accepted = 4,
		.whatsapp_held = 1,
		.whatsapp_unknown = 1,
		.whatsapp_delivered = 5,
		.whatsapp_read = 2};
	char out[MESSAGE_WATCH_LINE_MAX];

	(void)state;
	assert_string_equal(message_watch_line(&figures, now, 7, out),
		"07:33:20       -      6       7       3      2       2     45 %         7");
}

static void test_nobody(void **state)
{
	const struct message_figures none = {0};
	const struct message_view view = {.figures = none, .state = "sending"};
	char out[MESSAGE_WATCH_LINE_MAX];

	(void)state;
	assert_string_equal(message_watch_line(&none, now, 0, out),
		"07:33:20       -      -       -       -      -       -      0 %         -");
	assert_string_equal(message_watch_bar(&view, out), "[..........................] 0 of 0 reached, 0 sent");
}

static void test_columns(void **state)
{
	const struct message_figures many = {.recipients = 99999,
		.reached = 99999,
		.sms_queued = 99999,
		.sms_sent = 99999,
		.sms_delivered = 99999,
		.whatsapp_queued = 99999,
		.whatsapp_accepted = 99999,
		.whatsapp_delivered = 99999};
	char heading[MESSAGE_WATCH_LINE_MAX], line[MESSAGE_WATCH_LINE_MAX];

	(void)state;
	const char *last = strrchr(message_watch_heading(heading), '\n') + 1;
	message_watch_line(&many, now, 99999, line);
	assert_int_equal(strlen(last), strlen(line));
	assert_true(strlen(line) < COLUMNS);
	/* each figure ends where its heading does */
	for (const char *word = strstr(last, "queued"); word; word = strstr(word + 1, "queued"))
		assert_memory_equal(line + (word - last) + strlen("queued") - 5, "99999", 5);
}

static void test_bar(void **state)
{
	struct message_view view = {.state = "sending",
		.eta = now + 3723 * (int64_t)1000,
		.figures = {.recipients = 100,
			.reached = 50,
			.whatsapp_accepted = 25,
			.whatsapp_delivered = 40,
			.sms_delivered = 10,
			.sms_queued = 25}};
	char out[MESSAGE_WATCH_LINE_MAX];

	(void)state;
	assert_string_equal(message_watch_bar(&view, out),
		"[#############++++++.......] 50 of 100 reached, 25 sent, last 08:35:23");
	view.figures = (struct message_figures){.recipients = 99999, .reached = 49999, .sms_sent = 50000};
	assert_true(strlen(message_watch_bar(&view, out)) < COLUMNS);
}

static int zone_set(void **state)
{
	(void)state;
	(void)setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_line), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_bar)};

	return cmocka_run_group_tests(tests, zone_set, NULL);
}
