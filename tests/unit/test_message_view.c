/* A message as `message show` prints it: each channel's figures, and only those that say something. */
#include "firmware-host/message_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four above first */
#include <cmocka.h>

/* What it prints; it fits a pipe. */
static void printed(const struct message_view *view, char *out, size_t size)
{
	int saved = dup(1), ends[2];

	assert_true(saved >= 0 && pipe(ends) == 0);
	(void)fflush(stdout);
	assert_int_equal(dup2(ends[1], 1), 1);
	message_view_print(view);
	(void)fflush(stdout);
	assert_int_equal(dup2(saved, 1), 1);
	(void)close(saved);
	(void)close(ends[1]);
	ssize_t got = read(ends[0], out, size - 1);
	assert_true(got >= 0);
	out[got] = '\0';
	(void)close(ends[0]);
}

static void test_both_channels(void **state)
{
	static struct message_view view = {
		.message = {.id = 17, .kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "Salite."},
		.state = "sending",
		.eta = 1793000000000,
		.figures = {.recipients = 20,
			.reached = 9,
			.sms_queued = 3,
			.sms_delivered = 2,
			.whatsapp_accepted = 4,
			.whatsapp_delivered = 5,
			.whatsapp_read = 1,
			.whatsapp_held = 6,
			.segments_sent = 7},
	};
	char out[4096];

	(void)state;
	printed(&view, out, sizeof out);
	assert_non_null(strstr(out, "alert 17, red: sending\nSalite.\n"));
	assert_non_null(strstr(out, "  reached    9\n  last about 2026-10-26T"));
	assert_non_null(strstr(out, "by WhatsApp\n  accepted   4\n  delivered  5\n  read       1\n  held       6\n"
				    "by SMS\n  queued     3\n  delivered  2\n  segments   7\n"));
	view.figures = (struct message_figures){.recipients = 3, .sms_sent = 3};
	view.eta = 0;
	printed(&view, out, sizeof out);
	assert_null(strstr(out, "WhatsApp"));
	assert_null(strstr(out, "last about"));
	assert_non_null(strstr(out, "  reached    0\n  sent       3\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_channels)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
