/* Appointments as a dialogue: by number, by tap, by word; out of order, too late, nonsense, a restart in between, two at once,
 * and two people who want the last place. */
#include "tests/unit/citizen_scene.h"

#include "firmware-host/appointment_notice.h"
#include "firmware-host/citizen/moment.h"
#include "firmware-host/when.h"

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

/* Now is Saturday 21 November 2026, 12:00. Anagrafe: mon-fri 9 to 12, half an hour each; Ufficio tecnico 9 to 10. */
#define BOOKED "SELECT count(*) FROM appointment WHERE state BETWEEN 2 AND 4"
#define HELD   "SELECT count(*) FROM appointment WHERE state = 1"

static void by_numbers(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "> Per quale ufficio? 1 Anagrafe, 2 Ufficio tecnico. Rispondi col numero.",
		"s: 1", "> Anagrafe: 1) lun 23/11 09:00, 2) lun 23/11 10:30, 3) mar 24/11", "s: 2",
		"> Prenoto Anagrafe, lunedì 23/11 alle 10:30? Rispondi SI oppure NO.", "s: sì grazie",
		"> Prenotato: Anagrafe, lunedì 23/11 alle 10:30.", "= appointment booked");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	assert_int_equal(folk_value(&folk, HELD), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	assert_int_equal(folk.said[0].segments, 1);
	/* Not a subscriber: that is no condition. What was taken is offered no more. */
	PLAY(&folk, "b: APPUNTAMENTO anagrafe", "> Anagrafe: 1) lun 23/11 09:00, 2) lun 23/11 10:00", "b: no grazie",
		"> Va bene, non ho cambiato nulla.", "b: 2", "> Segnalazione n. 1");
	folk_close(&folk);
}

static void by_taps(void **state)
{
	char yes[128];

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: vorrei un appuntamento per la carta d'identità", "> Per quale ufficio?");
	assert_int_equal(folk.said[0].content, BEARER_BUTTONS);
	folk_tap(&folk, ANNA, folk_choice(&folk, "Anagrafe"), "Anagrafe");
	assert_int_equal(folk.said[0].content, BEARER_LIST);
	folk_tap(&folk, ANNA, folk_choice(&folk, "lun 23/11 10:30"), "lun 23/11 10:30");
	assert_int_equal(folk.said[0].content, BEARER_BUTTONS);
	assert_int_equal(folk_value(&folk, HELD), 1);
	snprintf(yes, sizeof yes, "%s", folk_choice(&folk, "Sì"));
	folk_tap(&folk, ANNA, yes, "Sì");
	folk_says(&folk, "Prenotato: Anagrafe, lunedì 23/11 alle 10:30.");
	folk_tap(&folk, ANNA, yes, "Sì"); /* twice */
	folk_says(&folk, "Prenotato: Anagrafe, lunedì 23/11 alle 10:30.");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM appointment WHERE note = 'per la carta d''identità'"
					   " AND name = 'Anna B.' AND channel = 2"),
		1);
	/* The buttons under it. */
	folk_tap(&folk, ANNA, "move", "Sposta");
	folk_tap(&folk, ANNA, folk_choice(&folk, "mar 24/11"), "mar 24/11");
	folk_tap(&folk, ANNA, folk_choice(&folk, "Sì"), "Sì");
	folk_says(&folk, "Prenotato: Anagrafe, martedì 24/11");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	folk_tap(&folk, ANNA, "cancel", "Disdici");
	folk_says(&folk, "Disdetto: Anagrafe, martedì 24/11");
	assert_int_equal(folk_value(&folk, BOOKED), 0);
	folk_close(&folk);
}

static void by_words(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "> Per quale ufficio?", "s: anagrafe per favore", "> Anagrafe: 1)",
		"s: altri orari", "> Anagrafe: 1) lun 23/11 09:00, 2) lun 23/11 09:30", "s: giovedì",
		"> Anagrafe: 1) gio 26/11 09:00", "s: giovedì alle 10", "> Prenoto Anagrafe, giovedì 26/11 alle 10:00?",
		"s: no", "> Va bene", "s: appuntamento anagrafe", "> Anagrafe:", "s: va bene il 24/11 alle 11.30",
		"> Anagrafe: 1) mar 24/11 11:30", "s: 1", "> Prenoto Anagrafe, martedì 24/11 alle 11:30?", "s: SI",
		"> Prenotato");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	assert_int_equal(folk_value(&folk, HELD), 0);
	folk_close(&folk);
}

/* The last number of the list leads on, to the end and back to the beginning. */
static void more_times(void **state)
{
	(void)state;
	folk_open(&folk, "appointments = { offers = 3; holidays = false; days_ahead = 4; };\n");
	hub_box_change(&folk.box, "DELETE FROM dialogue");
	PLAY(&folk, "s: APPUNTAMENTO tecnico",
		"> Ufficio tecnico: 1) lun 23/11 09:00, 2) lun 23/11 09:30, 3) mar 24/11", "~ 4) altri orari", "s: 4",
		"> Ufficio tecnico: 1) lun 23/11 09:00", "s: 4",
		"> Ufficio tecnico: 1) mar 24/11 09:30, 2) mer 25/11 09:00, 3) mer 25/11 09:30. Rispondi", "s: 9",
		"> Non ho capito. Rispondi con un numero da 1 a 3", "s: 3", "> Prenoto");
	folk_close(&folk);
}

/* ---- what goes wrong ----------------------------------------------------------------------------------------------- */

static void nonsense(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "> Per quale ufficio?", "s: boh",
		"> Non ho capito. Rispondi con un numero da 1 a 2", "s: 7", "> Non ho capito",
		"s: C'è un incendio nel bosco sopra il paese, venite", "> Segnalazione n. 1", "s: 2",
		"> Ufficio tecnico: 1)", "s: 1 e 2", "> Non ho capito", "s: sì", "> Non ho capito", "s: 1",
		"> Prenoto Ufficio tecnico", "s: forse", "> Prenoto Ufficio tecnico", "s: grazie", "> -", "s: certo",
		"> Prenotato: Ufficio tecnico");
	folk_close(&folk);
}

/* After two that made no sense the next is heard as what it is. */
static void patience_ends(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "s: boh", "> Non ho capito", "s: mah", "> Non ho capito", "s: lampione rotto",
		"> Segnalazione n. 1");
	folk_close(&folk);
}

static void too_late(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "> Per quale ufficio?", "+61", "s: 1", "> Per quale ufficio?", "s: 1",
		"> Anagrafe: 1)", "+61", "s: 1", "> Anagrafe: 1)", "s: 1",
		"> Prenoto Anagrafe, lunedì 23/11 alle 09:00?");
	/* The place is held for a quarter of an hour; somebody else may have it then. */
	assert_int_equal(folk_value(&folk, HELD), 1);
	PLAY(&folk, "+61", "s: SI", "> Prenoto Anagrafe, lunedì 23/11 alle 09:00?", "+20", "b: APPUNTAMENTO anagrafe",
		"> Anagrafe: 1) lun 23/11 09:00", "b: 1", "> Prenoto", "b: SI", "> Prenotato", "s: SI",
		"> Quell'orario è appena stato preso. Anagrafe: 1) lun 23/11 09:30", "s: 1", "> Prenoto", "s: SI",
		"> Prenotato: Anagrafe, lunedì 23/11 alle 09:30");
	/* A day later a number says nothing any more, and NO is just NO. */
	PLAY(&folk, "s: APPUNTAMENTO", "> Per quale", "+61", "s: no", "> -", "+1441", "s: 1", "> Segnalazione n. 1");
	assert_int_equal(folk_value(&folk, BOOKED), 2);
	folk_close(&folk);
}

/* An old list tapped does what it shows, or says why not. */
static void old_taps(void **state)
{
	char first[128], yes[128];

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: APPUNTAMENTO anagrafe");
	snprintf(first, sizeof first, "%s", folk_choice(&folk, "lun 23/11 09:00"));
	PLAY(&folk, "w: NO", "> Va bene", "+600");
	folk_tap(&folk, ANNA, first, "lun 23/11 09:00");
	folk_says(&folk, "Prenoto Anagrafe, lunedì 23/11 alle 09:00?");
	snprintf(yes, sizeof yes, "%s", folk_choice(&folk, "Sì"));
	folk_tap(&folk, ANNA, "no", "No");
	assert_int_equal(folk_value(&folk, HELD), 0);
	PLAY(&folk, "+3000"); /* Monday 14:00 */
	folk_tap(&folk, ANNA, yes, "Sì");
	folk_says(&folk, "Quell'orario è appena stato preso. Anagrafe: 1) mar 24/11");
	folk_tap(&folk, ANNA, "slot:gone:29679300:0", "x");
	folk_says(&folk, "Qui non si prendono appuntamenti");
	folk_tap(&folk, ANNA, "drop:1", "x"); /* cancelled, and never booked */
	folk_says(&folk, "Non hai appuntamenti");
	assert_int_equal(folk_value(&folk, BOOKED), 0);
	folk_close(&folk);
}

/* Ids a person could make up reach nobody else's. */
static void forged_taps(void **state)
{
	static const char *const ids[] = {"drop:1", "shift:1", "slot:anagrafe:29678940:1", "book:anagrafe:29678940:1",
		"drop:-1", "drop:99999999999999999999", "slot:anagrafe:x:0", "slot:anagrafe:1:0", "book:anagrafe:1:0",
		"book:anagrafe:999999999999:0", "slot::1:0", "slot:urp:29678940:0", "times:anagrafe:-5:0",
		"topics-from:-1", "topics-from:999999", "zones-from:x", "number:0", "no:1", ""};

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "b: APPUNTAMENTO anagrafe", "b: 1", "b: SI", "> Prenotato");
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		folk_tap(&folk, ANNA, ids[i], "titolo");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	assert_int_equal(folk_value(&folk, "SELECT state FROM appointment WHERE address = '" BRUNO "'"), 2);
	folk_close(&folk);
}

static void a_restart_in_between(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO", "restart", "s: 1", "> Anagrafe: 1)", "restart", "s: 1", "> Prenoto Anagrafe",
		"restart", "s: sì", "> Prenotato: Anagrafe, lunedì 23/11 alle 09:00.");
	folk_close(&folk);
}

/* One person by two ways: the latest question counts. */
static void two_at_once(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: APPUNTAMENTO anagrafe", "> Anagrafe: 1)", "w: APPUNTAMENTO tecnico",
		"> Ufficio tecnico: 1)", "s: 1", "> Prenoto Ufficio tecnico", "w: ZONA", "> Le zone sono", "s: 2",
		"> Fatto: la tua zona è Selva.");
	assert_int_equal(folk.said[0].channel, OUTBOX_SMS);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	folk_close(&folk);
}

/* Both are shown the last place; whoever asks for it first is held for. */
static void the_last_place(void **state)
{
	char from[24], text[64];

	(void)state;
	folk_open(&folk, "appointments = { days_ahead = 2; holidays = false; };\n");
	PLAY(&folk, "s: APPUNTAMENTO tecnico", "> Ufficio tecnico: 1) lun 23/11 09:00, 2) lun 23/11 09:30. Rispondi",
		"s: 1", "s: SI", "> Prenotato", "s: APPUNTAMENTO tecnico",
		"> Ufficio tecnico: 1) lun 23/11 09:30. Rispondi", "b: APPUNTAMENTO tecnico",
		"> Ufficio tecnico: 1) lun 23/11 09:30. Rispondi", "b: 1", "> Prenoto", "s: 1",
		"> Ufficio tecnico: per ora non ci sono orari liberi", "b: SI", "> Prenotato",
		"s: APPUNTAMENTO tecnico", "> Ufficio tecnico: per ora non ci sono");
	assert_int_equal(folk_value(&folk, BOOKED), 2);
	/* Forty at once for the six places of one day of the other office. */
	for (int i = 0; i < 40; i++) {
		snprintf(from, sizeof from, "+3933350000%02d", i);
		snprintf(text, sizeof text, "book:anagrafe:%lld:0",
			(long long)(folk.box.now / 60000 + 45 * 60 + 30 * (i % 6)));
		folk_tap(&folk, from, text, "Sì");
	}
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM appointment WHERE office = 'anagrafe' AND state = 2"), 6);
	assert_int_equal(
		folk_value(&folk, "SELECT count(DISTINCT start) FROM appointment WHERE office = 'anagrafe'"), 6);
	folk_close(&folk);
}

static void moving_and_calling_off(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: DISDICI", "> Non hai appuntamenti", "s: SPOSTA APPUNTAMENTO", "> Non hai appuntamenti",
		"s: APPUNTAMENTO anagrafe", "s: 1", "s: SI", "> Prenotato", "s: SPOSTA APPUNTAMENTO", "> Anagrafe: 1)",
		"s: 1", "> Prenoto Anagrafe, lunedì 23/11 alle 09:30?", "s: SI",
		"> Prenotato: Anagrafe, lunedì 23/11 alle 09:30.", "s: APPUNTAMENTO tecnico", "s: 1", "s: SI",
		"> Prenotato: Ufficio tecnico", "s: DISDICI",
		"> Quale appuntamento? 1 Ufficio tecnico lunedì 23/11 alle 09:00, 2 Anagrafe lunedì 23/11 alle 09:30.",
		"s: 2", "> Disdetto: Anagrafe, lunedì 23/11 alle 09:30.", "s: DISDICI", "> Disdetto: Ufficio tecnico",
		"s: DISDICI", "> Non hai appuntamenti");
	assert_int_equal(folk_value(&folk, BOOKED), 0);
	folk_close(&folk);
}

static void enough_is_enough(void **state)
{
	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < 5; i++)
		PLAY(&folk, "s: APPUNTAMENTO anagrafe", "s: 1", "s: SI", "> Prenotato", "+61");
	PLAY(&folk, "s: APPUNTAMENTO anagrafe", "s: 1", "> Hai già 5 appuntamenti");
	assert_int_equal(folk_value(&folk, BOOKED), 5);
	assert_int_equal(folk_value(&folk, HELD), 0);
	folk_close(&folk);
}

static void without_offices(void **state)
{
	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < folk.box.hub->settings->office_count; i++)
		folk.box.hub->settings->offices[i].hours[0] = '\0';
	PLAY(&folk, "s: APPUNTAMENTO", "> Qui non si prendono appuntamenti.");
	folk.box.hub->settings->office_count = 0;
	PLAY(&folk, "w: vorrei un appuntamento", "> Qui non si prendono appuntamenti.");
	folk_close(&folk);
}

/* ---- the reminder -------------------------------------------------------------------------------------------------- */

static void remind(void)
{
	struct hub *hub = folk.box.hub;

	assert_int_equal(db_begin(hub->db, &folk.box.err), 0);
	assert_true(appointment_notice_remind(hub->db, hub->settings, hub->texts, folk.box.now, &folk.box.err) >= 0);
	assert_int_equal(db_commit(hub->db, &folk.box.err), 0);
	folk.seen = folk_value(&folk, "SELECT max(id) FROM message");
}

static void reminders_are_answered(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO anagrafe", "s: 1", "s: SI", "> Prenotato", "b: APPUNTAMENTO tecnico", "b: 1",
		"b: SI", "> Prenotato", "+1860"); /* Sunday 19:00 */
	remind();
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM message WHERE text LIKE '%Per disdire rispondi NO%'"), 2);
	PLAY(&folk, "s: Sì, ci sarò", "> -", "= comes", "b: no, non posso venire",
		"> Disdetto: Ufficio tecnico, lunedì 23/11 alle 09:00.", "b: NO", "> -");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 0);
	folk_close(&folk);
}

/* A question of theirs that is open goes before the reminder's. */
static void a_reminder_waits_its_turn(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO anagrafe", "s: 1", "s: SI", "> Prenotato", "+1860", "s: APPUNTAMENTO",
		"> Per quale");
	remind();
	PLAY(&folk, "s: NO", "> Va bene, non ho cambiato nulla.");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	folk_close(&folk);
}

static void yes_to_a_reminder(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: APPUNTAMENTO anagrafe", "s: 1", "s: SI", "> Prenotato", "+1860");
	remind();
	PLAY(&folk, "s: SI", "> -", "= comes", "s: NO", "> -");
	assert_int_equal(folk_value(&folk, BOOKED), 1);
	folk_close(&folk);
}

/* ---- times as words ------------------------------------------------------------------------------------------------ */

static void moments_are_read(void **state)
{
	static const struct {
		const char *text, *fits, *fits_not; /* NULL: says no time */
	} rows[] = {
		{"giovedì", "2026-11-26 09:00", "2026-11-25 09:00"},
		{"GIOVEDI'", "2026-11-26 11:30", "2026-11-27 11:30"},
		{"giov", "2026-11-26 09:00", "2026-11-25 09:00"},
		{"gio 26", "2026-11-26 09:00", "2026-12-03 09:00"},
		{"giovedì alle 10", "2026-11-26 10:00", "2026-11-26 10:30"},
		{"giovedì mattina", "2026-11-26 10:00", "2026-11-26 15:00"},
		{"giovedì pomeriggio", "2026-11-26 15:00", "2026-11-26 10:00"},
		{"il 24/11", "2026-11-24 09:00", "2026-11-23 09:00"},
		{"24-11 ore 9:30", "2026-11-24 09:30", "2026-11-24 09:00"},
		{"9.30", "2026-11-24 09:30", "2026-11-24 09:00"},
		{"alle 9", "2026-11-24 09:00", "2026-11-24 09:30"},
		{"domani", "2026-11-22 09:00", "2026-11-23 09:00"},
		{"dopodomani alle 10:30", "2026-11-23 10:30", "2026-11-22 10:30"},
		{"oggi", "2026-11-21 15:00", "2026-11-22 15:00"},
		{"2", NULL, NULL},
		{"il 2", NULL, NULL},
		{"sì", NULL, NULL},
		{"anagrafe", NULL, NULL},
		{"", NULL, NULL},
		{"24/13", NULL, NULL},
		{"25:70", NULL, NULL},
		{"giovedì scorso il vicino ha di nuovo bruciato le foglie in giardino", NULL, NULL},
	};
	int64_t now, ms;

	(void)state;
	folk_open(&folk, "");
	assert_null(when_read("2026-11-21 12:00", 0, &now));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct moment moment;
		bool said = moment_read(rows[i].text, folk.box.hub->texts, now, &moment);
		if (said != (rows[i].fits != NULL))
			fail_msg("\"%s\": %d", rows[i].text, said);
		if (!said)
			continue;
		assert_null(when_read(rows[i].fits, 0, &ms));
		if (!moment_fits(&moment, ms))
			fail_msg("\"%s\" does not fit %s", rows[i].text, rows[i].fits);
		assert_null(when_read(rows[i].fits_not, 0, &ms));
		if (moment_fits(&moment, ms))
			fail_msg("\"%s\" fits %s", rows[i].text, rows[i].fits_not);
	}
	folk_close(&folk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_numbers),
		cmocka_unit_test(by_taps),
		cmocka_unit_test(by_words),
		cmocka_unit_test(more_times),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(too_late),
		cmocka_unit_test(old_taps),
		cmocka_unit_test(forged_taps),
		cmocka_unit_test(a_restart_in_between),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(the_last_place),
		cmocka_unit_test(moving_and_calling_off),
		cmocka_unit_test(enough_is_enough),
		cmocka_unit_test(without_offices),
		cmocka_unit_test(reminders_are_answered),
		cmocka_unit_test(a_reminder_waits_its_turn),
		cmocka_unit_test(yes_to_a_reminder),
		cmocka_unit_test(moments_are_read),
	};

	return cmocka_run_group_tests_name("appointments by message", tests, NULL, NULL);
}
