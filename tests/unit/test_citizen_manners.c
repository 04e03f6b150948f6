/* Whom the box answers: the policy as a table, then machines, floods, old messages and a thousand people at once. */
#include "tests/unit/citizen_scene.h"

#include "firmware-host/citizen/manners.h"
#include "tests/unit/wired_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static struct folk folk;

/* ---- the policy ---------------------------------------------------------------------------------------------------- */

enum { H = 3600000 };
#define NOON (INT64_C(1000) * H)

static const struct row {
	const char *name;
	struct manners_case message; /* mark: 'a' */
	struct manners_memory memory;
	enum manners manners;
	const char *why;
} rows[] = {
	{"the first message", {.sent_at = NOON - 1000}, {.hour_at = 0}, MANNERS_ANSWER, ""},
	{"an absence note", {.automatic = true}, {.hour_at = 0}, MANNERS_IGNORE, "automatic"},
	{"one of our own modems", {.ours = true}, {.hour_at = 0}, MANNERS_IGNORE, "own number"},
	{"as old as may be", {.sent_at = NOON - 24 * H}, {.hour_at = 0}, MANNERS_ANSWER, ""},
	{"too old", {.sent_at = NOON - 24 * H - 1}, {.hour_at = 0}, MANNERS_QUIET, "too old"},
	{"of the future: its clock is wrong", {.sent_at = NOON + 90 * H}, {.hour_at = 0}, MANNERS_ANSWER, ""},
	{"the last answer of the hour", {.box_answers = 0},
		{.hour_at = NOON - H + 1, .hour_answers = 19, .day_at = NOON - H}, MANNERS_ANSWER, ""},
	{"one too many", {.box_answers = 0}, {.hour_at = NOON - H + 1, .hour_answers = 20}, MANNERS_LATER, "too many"},
	{"and after it", {.box_answers = 0}, {.hour_at = NOON - H + 1, .hour_answers = 21}, MANNERS_QUIET, "too many"},
	{"the next hour", {.box_answers = 0}, {.hour_at = NOON - H, .hour_answers = 21}, MANNERS_ANSWER, ""},
	{"the day's end of it", {.box_answers = 0}, {.day_at = NOON - 23 * H, .day_answers = 60}, MANNERS_LATER,
		"too many"},
	{"and after that", {.box_answers = 0}, {.day_at = NOON - 23 * H, .day_answers = 61}, MANNERS_QUIET, "too many"},
	{"the next day", {.box_answers = 0}, {.day_at = NOON - 24 * H, .day_answers = 61}, MANNERS_ANSWER, ""},
	{"the clock was set back", {.box_answers = 0},
		{.hour_at = NOON + H, .hour_answers = 99, .day_at = NOON + H, .day_answers = 99}, MANNERS_ANSWER, ""},
	{"the same for the third time", {.box_answers = 0}, {.same_at = NOON - 1, .same_count = 2, .mark = {'a'}},
		MANNERS_ANSWER, ""},
	{"for the fourth", {.box_answers = 0}, {.same_at = NOON - 1, .same_count = 3, .mark = {'a'}}, MANNERS_QUIET,
		"repeated"},
	{"but as an answer", {.expected = true}, {.same_at = NOON - 1, .same_count = 3, .mark = {'a'}}, MANNERS_ANSWER,
		""},
	{"or an hour later", {.box_answers = 0}, {.same_at = NOON - H, .same_count = 9, .mark = {'a'}}, MANNERS_ANSWER,
		""},
	{"another text between", {.box_answers = 0}, {.same_at = NOON - 1, .same_count = 9, .mark = {'b'}},
		MANNERS_ANSWER, ""},
	{"the box's minute is full", {.box_answers = 2000}, {.hour_at = 0}, MANNERS_QUIET, "too many at once"},
	{"not quite", {.box_answers = 1999}, {.hour_at = 0}, MANNERS_ANSWER, ""},
};

static void the_policy(void **state)
{
	static struct settings settings;
	static const unsigned char mark[MANNERS_MARK_SIZE] = {'a'};

	(void)state;
	settings.citizens.replies_hour = 20;
	settings.citizens.replies_day = 60;
	settings.citizens.replies_minute = 2000;
	settings.citizens.stale_hours = 24;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct manners_case message = rows[i].message;
		struct manners_memory memory = rows[i].memory;
		message.mark = mark;
		struct manners_verdict verdict = manners_judge(&settings, &message, &memory, NOON);
		if (verdict.manners != rows[i].manners || strcmp(verdict.why, rows[i].why) != 0)
			fail_msg("%s: %d %s", rows[i].name, (int)verdict.manners, verdict.why);
		assert_int_equal(verdict.stale, strcmp(verdict.why, "too old") == 0);
	}
	settings.citizens.replies_minute = 0;
	struct manners_case flood = {.box_answers = INT64_MAX, .mark = mark};
	struct manners_memory memory = {.hour_at = 0};
	assert_int_equal(manners_judge(&settings, &flood, &memory, NOON).manners, MANNERS_ANSWER);
}

static void pointers_are_counted(void **state)
{
	static struct settings settings;
	struct manners_memory memory = {.hour_at = 0};

	(void)state;
	settings.citizens.pointer_hours = 24;
	assert_true(manners_may_point(&settings, &memory, NOON));
	assert_false(manners_may_point(&settings, &memory, NOON + 24 * H - 1));
	assert_true(manners_may_point(&settings, &memory, NOON + 24 * H));
	assert_true(manners_may_point(&settings, &memory, NOON)); /* set back */
}

/* ---- machines ------------------------------------------------------------------------------------------------------ */

static void machines_are_not_answered(void **state)
{
	static const char *const senders[] = {"InfoSMS", "40404", "119", "+39", "Comune", ""};

	(void)state;
	folk_open(&folk, "");
	for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
		folk_sms(&folk, senders[i], "ATTIVA COMUNE AMICO");
		folk_silent(&folk);
		folk_sms(&folk, senders[i], "La tua offerta scade oggi, chiama subito");
		folk_silent(&folk);
	}
	folk_sms(&folk, "+393900000001", "ATTIVA COMUNE AMICO"); /* our own SIM */
	folk_silent(&folk);
	assert_string_equal(folk.done, "own number");
	PLAY(&folk, "s: Risposta automatica: sono fuori ufficio fino a lunedì", "> -", "= automatic",
		"w: Un benvenuto da Borgo"
		" Informa! Istruzioni: AIUTO. Per uscire: DISATTIVA Borgo Informa. Emergenze: 112.",
		"> -", "= automatic");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber"), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM message"), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM inbox WHERE text <> ''"),
		2 * sizeof senders / sizeof *senders + 3);
	folk_close(&folk);
}

/* A machine that answers each of our answers with the same words, and one that counts them. */
static void loops_end(void **state)
{
	char text[64];
	int answers = 0;

	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < 50; i++) {
		folk_sms(&folk, ANNA, "STATO");
		answers += folk.count;
	}
	assert_int_equal(answers, MANNERS_SAME_MAX);
	answers = 0;
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "STATO %d", i + 1);
		folk_sms(&folk, BRUNO, text);
		answers += folk.count;
		hub_box_pass(&folk.box, 10000);
	}
	/* 83 minutes: twenty an hour, and one each that says when to try again. */
	assert_int_equal(answers, 42);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM message WHERE text LIKE '%riprova tra%'"), 2);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM inbox"), 550);
	/* Leaving is confirmed whatever was before. */
	PLAY(&folk, "b: ATTIVA", "> -", "= joined", "b: DISATTIVA", "> Hai lasciato");
	folk_close(&folk);
}

/* A hundred different messages from one telephone: one report, one acknowledgement, all of them kept. */
static void a_flood(void **state)
{
	char text[64];
	int answers = 0;

	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "c'è un problema in via Roma, la numero %d", i);
		folk_sms(&folk, ANNA, text);
		answers += folk.count;
	}
	assert_int_equal(answers, 3);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 3);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report_item"), 500);
	folk_close(&folk);
}

/* ---- what was sent long ago ---------------------------------------------------------------------------------------- */

static void old_ones_are_kept(void **state)
{
	(void)state;
	folk_open(&folk, "");
	folk.sent_at = folk.box.now - 30 * (int64_t)H;
	PLAY(&folk, "s: c'era una buca in via Roma", "> -", "= report", "s: STATO", "> -", "s: ATTIVA COMUNE AMICO",
		"> -", "= joined", "s: APPUNTAMENTO", "> -");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE state = 1"), 1);
	/* Older than what was done since: it does not undo it. */
	PLAY(&folk, "s: DISATTIVA", "> -", "= overtaken");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE state = 1"), 1);
	folk.sent_at = 0;
	PLAY(&folk, "s: DISATTIVA", "> Hai lasciato");
	folk.sent_at = folk.box.now - 30 * (int64_t)H;
	PLAY(&folk, "s: ATTIVA", "> -", "= overtaken");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE state = 1"), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	folk_close(&folk);
}

/* ---- many ---------------------------------------------------------------------------------------------------------- */

/* A thousand people within a minute, half of them by WhatsApp; an alert in the middle leaves before any answer that waits. */
static void a_thousand_at_once(void **state)
{
	char from[24];

	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < 1000; i++) {
		snprintf(from, sizeof from, "+39334%07d", i);
		if (i % 2)
			folk_wired(&folk, from, "ATTIVA COMUNE AMICO");
		else
			folk_sms(&folk, from, "Attiva comune amico");
		assert_int_equal(folk.count, 1);
		hub_box_pass(&folk.box, 50);
		if (i == 500) {
			folk.box.hub->look = true;
			hub_box_turn(&folk.box);
			hub_box_message(&folk.box, MESSAGE_ALERT, 1);
		}
	}
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE state = 1"), 1000);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM message WHERE text LIKE 'Un benvenuto%'"), 1000);
	/* The one answer in each hand; then alerts alone until there is none left. */
	struct bearer_ask ask;
	assert_true(hub_box_asked(&folk.box, 1, &ask));
	hub_box_answer(&folk.box, 1, &ask, BEARER_ACCEPTED);
	for (int i = 0; i < 251; i++) {
		wired_turn(&folk.box);
		assert_true(hub_box_asked(&folk.box, 1, &ask));
		assert_int_equal(ask.text[0], 'a');
		hub_box_answer(&folk.box, 1, &ask, BEARER_ACCEPTED);
	}
	wired_turn(&folk.box);
	assert_true(hub_box_asked(&folk.box, 1, &ask));
	assert_memory_equal(ask.text, "Un benvenuto", 12);
	folk_close(&folk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy),
		cmocka_unit_test(pointers_are_counted),
		cmocka_unit_test(machines_are_not_answered),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(a_flood),
		cmocka_unit_test(old_ones_are_kept),
		cmocka_unit_test(a_thousand_at_once),
	};

	return cmocka_run_group_tests_name("manners", tests, NULL, NULL);
}
