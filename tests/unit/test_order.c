/* Orders as officers give them, and the texts that leave. */
#include "firmware-host/order.h"
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

static const char config[] = "comune = { name = \"Santa Fiora\"; };\n"
			     "zones = ( { id = \"centro\"; name = \"Centro\"; aliases = \"paese, borgo\"; }, { id = "
			     "\"bagnolo\"; name = \"Bagnolo\"; } );\n"
			     "alert = { segments_max = 3; };\n";

static struct settings *settings;
static struct texts *texts;
static int64_t now;

static int world_make(void **state)
{
	struct err err;

	(void)state;
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	assert_null(when_read("2026-11-21T10:00:00+01:00", 0, &now));
	assert_int_equal(settings_read_string(config, sizeof config - 1, "/tmp/test.cfg", &settings, &err), 0);
	assert_int_equal(texts_read(NULL, false, &texts, &err), 0);
	return 0;
}

static int world_end(void **state)
{
	(void)state;
	settings_free(settings);
	texts_free(texts);
	return 0;
}

static int compose(const struct order *order, const struct message *about, struct message *message,
	struct order_measure *measure, struct err *err)
{
	struct order whole = *order;

	whole.door = "test";
	return order_compose(&whole, settings, texts, about, now, message, measure, err);
}

static const struct {
	const char *name;
	struct order order;
	const char *text; /* NULL: refused */
	int segments, status;
	const char *word; /* in the refusal, or in the zones of the message */
} cases[] = {
	{"colour and text", {.kind = MESSAGE_ALERT, .colour = COLOUR_ORANGE, .text = "Restate in casa."},
		"Comune di Santa Fiora: ALLERTA ARANCIONE. Restate in casa.", 1, 0, ""},
	{"hazard, phase and end",
		{.kind = MESSAGE_ALERT,
			.colour = COLOUR_RED,
			.hazard = "piena",
			.phase = "alarm",
			.until = "20:00",
			.text = "Salite ai piani alti."},
		"Comune di Santa Fiora: ALLERTA ROSSA per piena, fase di ALLARME, fino alle 20:00. Salite ai piani "
		"alti.",
		1, 0, ""},
	{"an exercise says so at both ends",
		{.kind = MESSAGE_ALERT, .colour = COLOUR_YELLOW, .exercise = true, .text = "Prova."},
		"ESERCITAZIONE, nessun pericolo. Comune di Santa Fiora: ALLERTA GIALLA. Prova. - ESERCITAZIONE", 1, 0,
		""},
	{"typographic signs are folded", {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "È l’ora…"},
		"Comune di Santa Fiora: ALLERTA ROSSA. E' l'ora...", 1, 0, ""},
	{"unless asked not to",
		{.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "È l’ora…", .keep_characters = true},
		"Comune di Santa Fiora: ALLERTA ROSSA. È l’ora…", 1, 0, ""},
	{"or in vain", {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "È 😱"},
		"Comune di Santa Fiora: ALLERTA ROSSA. È 😱", 1, 0, ""},
	{"a zone by its alias",
		{.kind = MESSAGE_ALERT,
			.colour = COLOUR_RED,
			.zones = {"Borgo", "bagnolo"},
			.zone_count = 2,
			.text = "Prova"},
		"Comune di Santa Fiora: ALLERTA ROSSA. Prova", 1, 0, "centro|bagnolo"},
	{"news", {.kind = MESSAGE_NEWS, .topic = "viabilita", .text = "Strada chiusa."},
		"Comune di Santa Fiora, Viabilità: Strada chiusa.", 1, 0, ""},
	{"a zone nobody knows",
		{.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .zones = {"Marte"}, .zone_count = 1, .text = "x"}, NULL,
		0, EX_DATAERR, "centro, bagnolo"},
	{"a topic nobody knows", {.kind = MESSAGE_NEWS, .topic = "calcio", .text = "x"}, NULL, 0, EX_DATAERR,
		"viabilita"},
	{"no colour", {.kind = MESSAGE_ALERT, .text = "x"}, NULL, 0, EX_USAGE, "--colour"},
	{"no text", {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = " \n"}, NULL, 0, EX_USAGE, "text"},
	{"no topic", {.kind = MESSAGE_NEWS, .text = "x"}, NULL, 0, EX_USAGE, "--topic"},
	{"an end that is past", {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .until = "2026-11-20 10:00", .text = "x"},
		NULL, 0, EX_DATAERR, "--until"},
	{"a start that is past", {.kind = MESSAGE_NEWS, .topic = "viabilita", .at = "2026-11-20 10:00", .text = "x"},
		NULL, 0, EX_DATAERR, "--at"},
	{"an end that is no time", {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .until = "domani", .text = "x"}, NULL,
		0, EX_DATAERR, "90m"},
};

static void order_case(void **state)
{
	size_t i = *(size_t *)*state;
	struct message message;
	struct order_measure measure;
	struct err err = {0};
	int result = compose(&cases[i].order, NULL, &message, &measure, &err);

	if (!cases[i].text) {
		assert_int_equal(result, -1);
		assert_int_equal(err.status, cases[i].status);
		assert_non_null(strstr(err.text, cases[i].word));
		return;
	}
	if (result != 0)
		fail_msg("%s", err.text);
	assert_string_equal(message.text, cases[i].text);
	assert_int_equal(measure.segments, cases[i].segments);
	assert_string_equal(message.zones, cases[i].word);
}

static void long_texts_are_refused(void **state)
{
	char text[1001];
	struct order order = {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = text};
	struct message message;
	struct order_measure measure;
	struct err err;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[1000] = '\0';
	assert_int_equal(compose(&order, NULL, &message, &measure, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_non_null(strstr(err.text, "7 SMS"));
	text[400] = '\0';
	assert_int_equal(compose(&order, NULL, &message, &measure, &err), 0);
	assert_int_equal(message.segments, 3);
}

static void times_follow(void **state)
{
	struct order order = {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "x"};
	struct message message;
	struct order_measure measure;
	struct err err;

	(void)state;
	assert_int_equal(compose(&order, NULL, &message, &measure, &err), 0);
	assert_int_equal(message.expires_at, now + 21600 * 1000LL);
	order.until = "2h";
	assert_int_equal(compose(&order, NULL, &message, &measure, &err), 0);
	assert_int_equal(message.expires_at, now + 7200 * 1000LL);
	order = (struct order){.kind = MESSAGE_NEWS, .topic = "viabilita", .text = "x", .at = "1h", .until = "3h"};
	assert_int_equal(compose(&order, NULL, &message, &measure, &err), 0);
	assert_int_equal(message.not_before, now + 3600 * 1000LL);
	assert_int_equal(message.expires_at, now + 4 * 3600 * 1000LL);
}

static void all_clear_follows_its_alert(void **state)
{
	static const struct message about = {.id = 9, .kind = MESSAGE_ALERT, .colour = COLOUR_ORANGE, .exercise = true};
	struct order order = {.kind = MESSAGE_CLEAR};
	struct message message;
	struct order_measure measure;
	struct err err;

	(void)state;
	assert_int_equal(compose(&order, &about, &message, &measure, &err), 0);
	assert_int_equal(message.about, 9);
	assert_true(message.exercise);
	assert_int_equal(message.priority, PRIORITY_EXERCISE);
	assert_non_null(strstr(message.text, "CESSATO ALLARME"));
	assert_int_equal(strncmp(message.text, "ESERCITAZIONE", 13), 0);
}

static void colours_are_read(void **state)
{
	(void)state;
	assert_int_equal(order_colour("Gialla"), COLOUR_YELLOW);
	assert_int_equal(order_colour("giallo"), COLOUR_YELLOW);
	assert_int_equal(order_colour("ARANCIONE"), COLOUR_ORANGE);
	assert_int_equal(order_colour("rosso"), COLOUR_RED);
	assert_int_equal(order_colour("rossa"), COLOUR_RED);
	assert_int_equal(order_colour("verde"), COLOUR_NONE);
}

int main(void)
{
	enum { COUNT = sizeof cases / sizeof *cases };
	static size_t index[COUNT];
	struct CMUnitTest tests[COUNT + 4];

	for (size_t i = 0; i < COUNT; i++) {
		index[i] = i;
		tests[i] =
			(struct CMUnitTest){.name = cases[i].name, .test_func = order_case, .initial_state = &index[i]};
	}
	tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(long_texts_are_refused);
	tests[COUNT + 1] = (struct CMUnitTest)cmocka_unit_test(times_follow);
	tests[COUNT + 2] = (struct CMUnitTest)cmocka_unit_test(all_clear_follows_its_alert);
	tests[COUNT + 3] = (struct CMUnitTest)cmocka_unit_test(colours_are_read);
	return cmocka_run_group_tests_name("order", tests, world_make, world_end);
}
