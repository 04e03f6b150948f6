/* Orders by telephone, every path of them, over a hub whose bearers are the test's. */
#include "tests/unit/officer_scene.h"

#include "db/audit.h"
#include "db/officer.h"
#include "firmware-host/officer_orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum { MINUTE = 60000 };

#define ZONES "zones = ( { id = \"borgo\"; name = \"Borgo\"; }, { id = \"centro\"; name = \"Centro\"; } );\n"
#define TWO   "alert = { two_officers = true; };\n"
#define RED   "ALLERTA 02 " PIN_A
#define FREE  "ALLERTA ROSSA piena Borgo fino 23: Salite ai piani alti. " PIN_A

/* What the officer heard last holds this. */
static void heard(struct hub_box *box, const char *phone, const char *piece)
{
	const char *text = officer_scene_heard(box, phone);

	if (!strstr(text, piece))
		fail_msg("%s heard \"%s\", which lacks \"%s\"", phone, text, piece);
}

static void audited(struct hub_box *box, const char *act, int64_t times)
{
	char sql[128];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE act = '%s'", act);
	if (hub_box_value(box, sql) != times)
		fail_msg("%s is audited %lld times", act, (long long)hub_box_value(box, sql));
}

static void confirm(struct hub_box *box, const char *phone, int officer)
{
	char word[32];

	snprintf(word, sizeof word, "%s", officer_scene_word(box, officer));
	assert_true(word[0] != '\0');
	officer_scene_sms(box, phone, word);
}

/* ---- the right path ---------------------------------------------------------------------------------------------- */

static void an_order_is_read_back_and_confirmed(void **state)
{
	struct hub_box box;
	char expected[64];

	(void)state;
	officer_scene_open(&box, false, 1, 6, ZONES);
	officer_scene_sms(&box, OFFICER_A, RED);
	assert_int_equal(officer_scene_alerts(&box), 0);
	heard(&box, OFFICER_A, "ALLERTA ROSSA piena dei fiumi, fase di ALLARME");
	heard(&box, OFFICER_A, ": 6 persone.");
	heard(&box, OFFICER_A, "Salite ai piani alti");
	snprintf(expected, sizeof expected, "rispondi %s entro 5 minuti", officer_scene_word(&box, 1));
	heard(&box, OFFICER_A, expected);
	audited(&box, "order", 1);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 1);
	heard(&box, OFFICER_A, "Partito: numero");
	heard(&box, OFFICER_A, "6 persone");
	audited(&box, "alert", 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM audit WHERE act = 'alert' AND who = 'Mario Rossi'"
					     " AND door = 'sms' AND detail LIKE '%ALLERTA ROSSA%Salite%'"),
		1);
	assert_int_equal(
		hub_box_value(&box, "SELECT kind * 100 + colour * 10 + (door = 'sms') FROM message WHERE kind = 1"),
		131);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE answer = 'order'"), 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE answer = 'order confirmed'"), 1);
	hub_box_close(&box);
}

static void the_end_is_told_once(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 3, "sms = { report_wait = 0; };\n");
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	officer_scene_deliver_all(&box);
	officer_scene_pass(&box, 1000);
	heard(&box, OFFICER_A, "concluso");
	int count = officer_scene_heard_count(&box, OFFICER_A);
	assert_int_equal(count, 3); /* read-back, started, ended */
	officer_scene_deliver_all(&box);
	officer_scene_pass(&box, MINUTE);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), count);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order WHERE state <> 5"), 0);
	hub_box_close(&box);
}

static void nine_tenths_are_told_once(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 30, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	hub_box_change(&box, "UPDATE outbox SET reached = 1, state = 3, due = NULL WHERE message_id ="
			     " (SELECT max(id) FROM message WHERE kind = 1) AND id % 30 < 26");
	officer_scene_pass(&box, 1000);
	heard(&box, OFFICER_A, "Partito"); /* 26 of 30 is less */
	hub_box_change(&box, "UPDATE outbox SET reached = 1, state = 3, due = NULL WHERE message_id ="
			     " (SELECT max(id) FROM message WHERE kind = 1) AND id % 30 < 28");
	officer_scene_pass(&box, 1000);
	heard(&box, OFFICER_A, "raggiunte 28 persone su 30");
	int count = officer_scene_heard_count(&box, OFFICER_A);
	officer_scene_pass(&box, 1000);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), count);
	hub_box_close(&box);
}

static void words_order_as_well_as_codes(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, ZONES);
	officer_scene_sms(&box, OFFICER_A, FREE);
	heard(&box, OFFICER_A, "ALLERTA ROSSA piena, fino alle 23:00, Borgo: 4 persone.");
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 1);
	assert_int_equal(
		hub_box_value(&box,
			"SELECT zones = 'borgo' AND hazard = 'piena' AND text LIKE '%: ALLERTA ROSSA per piena, "
			"fino alle 23:00. Salite ai piani alti.' FROM message WHERE kind = 1"),
		1);
	/* What is missing is said, and nothing waits for a word. */
	static const struct {
		const char *text, *piece;
	} missing[] = {
		{"ALLERTA ROSSA piena: salite " PIN_A, "fino a che ora"},
		{"ALLERTA piena fino 23: salite " PIN_A, "manca il colore"},
		{"ALLERTA ROSSA fango fino 23 " PIN_A, "il testo"},
		{"ALLERTA ROSSA piena fino 23: salite", "manca il PIN"},
		{"ALLERTA 77 " PIN_A, "Il codice 77 non esiste"},
	};
	for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
		officer_scene_sms(&box, OFFICER_A, missing[i].text);
		heard(&box, OFFICER_A, missing[i].piece);
		assert_string_equal(officer_scene_word(&box, 1), "");
	}
	/* The sheet knows what to do about this one. */
	officer_scene_sms(&box, OFFICER_A, "ALLERTA ROSSA temporali fino 23 " PIN_A);
	heard(&box, OFFICER_A, "Restate al chiuso");
	hub_box_close(&box);
}

static void three_parts_are_one_order(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, ZONES);
	officer_scene_sms(&box, OFFICER_A,
		"ALLERTA ARANCIONE temporali Centro fino 22: Restate al chiuso e lontani dagli alberi, non passate dai sottopassi, "
		"portate dentro i vasi e le tende, aiutate chi vive da solo. Il COC è aperto in municipio. " PIN_A);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox"), 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 1);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), 1);
	heard(&box, OFFICER_A, "Il COC è aperto in municipio.");
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 1);
	hub_box_close(&box);
}

static void an_exercise_says_so_at_both_ends(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, "ESERCITAZIONE 02 " PIN_A);
	heard(&box, OFFICER_A, "ESERCITAZIONE: ALLERTA ROSSA");
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(
		hub_box_value(&box,
			"SELECT exercise AND text LIKE 'ESERCITAZIONE%ESERCITAZIONE' FROM message WHERE kind = 1"),
		1);
	officer_scene_sms(&box, OFFICER_A, "ESERCITAZIONE " PIN_A);
	heard(&box, OFFICER_A, "Prova del servizio");
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 2);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM message WHERE kind = 1 AND exercise AND text LIKE "
					     "'ESERCITAZIONE%ESERCITAZIONE'"),
		2);
	hub_box_close(&box);
}

/* ---- who may not ------------------------------------------------------------------------------------------------- */

static void a_stranger_starts_nothing(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, STRANGER, RED);
	assert_int_equal(officer_scene_alerts(&box), 0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 0);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), 0);
	audited(&box, "order-stranger", 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE text = 'ALLERTA 02 ********'"), 1);
	/* Nor with a word that somebody else waits for. */
	officer_scene_sms(&box, OFFICER_A, RED);
	char word[32];
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	officer_scene_sms(&box, STRANGER, word);
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_close(&box);
}

static void a_wrong_pin_starts_nothing(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	for (int i = 1; i <= 5; i++) {
		officer_scene_sms(&box, OFFICER_A, "ALLERTA 02 1357");
		heard(&box, OFFICER_A, i < 5 ? "PIN errato: non è partito nulla" : "PIN bloccato per 5 minuti");
		if (i < 5)
			officer_scene_pass(&box, 11000);
	}
	assert_int_equal(officer_scene_alerts(&box), 0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 0);
	assert_true(hub_box_value(&box, "SELECT count(*) FROM audit WHERE who = 'Mario Rossi' AND door = 'sms'") >= 5);
	/* Locked: the right one is not looked at either, and says so. */
	officer_scene_sms(&box, OFFICER_A, RED);
	heard(&box, OFFICER_A, "PIN bloccato");
	assert_string_equal(officer_scene_word(&box, 1), "");
	/* The others are not. */
	officer_scene_sms(&box, OFFICER_B, "ALLERTA 02 " PIN_B);
	heard(&box, OFFICER_B, "ALLERTA ROSSA");
	officer_scene_pass(&box, 5 * MINUTE + 1000);
	officer_scene_sms(&box, OFFICER_A, RED);
	heard(&box, OFFICER_A, "rispondi");
	/* Another's PIN is a wrong one. */
	officer_scene_sms(&box, OFFICER_B, "ALLERTA 03 " PIN_A);
	heard(&box, OFFICER_B, "PIN errato");
	hub_box_close(&box);
}

static void who_may_only_confirm_does_not_order(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_C, "ALLERTA 02 " PIN_C);
	heard(&box, OFFICER_C, "Non sei abilitato");
	assert_string_equal(officer_scene_word(&box, 3), "");
	hub_box_close(&box);
}

static void a_flood_is_answered_a_few_times(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	for (int i = 0; i < 30; i++)
		officer_scene_sms(&box, OFFICER_A, "STATO BOX");
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), 10);
	/* That does not keep the officer from ordering. */
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 1);
	hub_box_close(&box);
}

static void pins_stay_nowhere(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, true, 1, 4, ZONES);
	officer_scene_sms(&box, OFFICER_A, RED);
	officer_scene_sms(&box, OFFICER_A, FREE);
	officer_scene_sms(&box, OFFICER_A, "alertra 02 " PIN_A);
	officer_scene_sms(&box, STRANGER, RED);
	officer_scene_wire(&box, OFFICER_B, "IT.b", "ALLERTA 02 " PIN_B);
	officer_scene_wire(&box, "", "IT.hidden", RED);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox"), 6);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE text LIKE '%********%'"), 6);
	assert_false(officer_scene_files_hold(&box, PIN_A));
	assert_false(officer_scene_files_hold(&box, PIN_B));
	assert_true(officer_scene_files_hold(&box, "********")); /* the files are those that are read */
	hub_box_close(&box);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void a_late_word_starts_nothing(void **state)
{
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, false, 1, 4, "officers = { confirm_minutes = 2; };\n");
	officer_scene_sms(&box, OFFICER_A, RED);
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	officer_scene_pass(&box, 2 * MINUTE + 1000);
	heard(&box, OFFICER_A, "Non confermato in tempo: non è partito nulla. Era: ALLERTA ROSSA");
	audited(&box, "order-expired", 1);
	officer_scene_sms(&box, OFFICER_A, word);
	heard(&box, OFFICER_A, "Parola scaduta");
	assert_int_equal(officer_scene_alerts(&box), 0);
	int count = officer_scene_heard_count(&box, OFFICER_A);
	officer_scene_pass(&box, 10 * MINUTE);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), count);
	hub_box_close(&box);
}

/* Late by the clock, though no sweep has looked since. */
static void a_word_at_the_deadline_is_late(void **state)
{
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	hub_box_pass(&box, 5 * MINUTE);
	officer_scene_sms(&box, OFFICER_A, word);
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_close(&box);
}

static void wrong_words_let_the_order_go(void **state)
{
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	const char *wrong = strcmp(word, "ZUCCA") == 0 ? "ZEBRA" : "ZUCCA";
	officer_scene_sms(&box, OFFICER_A, wrong);
	heard(&box, OFFICER_A, "Parola errata");
	officer_scene_sms(&box, OFFICER_A, "confermo");
	heard(&box, OFFICER_A, "rispondi con la parola");
	officer_scene_sms(&box, OFFICER_A, wrong);
	officer_scene_sms(&box, OFFICER_A, "aiuto"); /* a citizen's word is one */
	officer_scene_sms(&box, OFFICER_A, wrong);
	heard(&box, OFFICER_A, "Troppe parole errate");
	audited(&box, "order-word", 3);
	officer_scene_sms(&box, OFFICER_A, word);
	heard(&box, OFFICER_A, "Parola scaduta");
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_close(&box);
}

static void no_lets_the_order_go(void **state)
{
	static const char *const ways[] = {"NO", "annulla", "ANNULLA " PIN_A};
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		officer_scene_sms(&box, OFFICER_A, RED);
		snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
		officer_scene_sms(&box, OFFICER_A, ways[i]);
		heard(&box, OFFICER_A, "Annullato: non è partito nulla");
		officer_scene_sms(&box, OFFICER_A, word);
		heard(&box, OFFICER_A, "Parola scaduta");
	}
	assert_int_equal(officer_scene_alerts(&box), 0);
	/* Without an order that waits it is a citizen's NO. */
	int count = officer_scene_heard_count(&box, OFFICER_A);
	officer_scene_sms(&box, OFFICER_A, "no");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE text = 'no' AND answer = 'order'"), 0);
	assert_true(officer_scene_heard_count(&box, OFFICER_A) <= count + 1);
	hub_box_close(&box);
}

static void a_replay_starts_nothing(void **state)
{
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	officer_scene_sms_again(&box); /* the very same octets: the network's second copy */
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox"), 1);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), 1);
	officer_scene_sms(&box, OFFICER_A, RED); /* the same words: the same order */
	assert_string_equal(officer_scene_word(&box, 1), word);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order WHERE state = 2"), 1);
	heard(&box, OFFICER_A, word);
	officer_scene_sms(&box, OFFICER_A, word);
	assert_int_equal(officer_scene_alerts(&box), 1);
	officer_scene_sms_again(&box);
	officer_scene_sms(&box, OFFICER_A, word);
	heard(&box, OFFICER_A, "Già confermato: è il numero");
	assert_int_equal(officer_scene_alerts(&box), 1);
	officer_scene_sms(&box, OFFICER_A, RED); /* anew: read back, with another word, and no more */
	assert_int_equal(officer_scene_alerts(&box), 1);
	assert_string_not_equal(officer_scene_word(&box, 1), word);
	hub_box_close(&box);
}

static void two_officers_at_once_have_each_their_own(void **state)
{
	struct hub_box box;
	char word_a[32], word_b[32];

	(void)state;
	officer_scene_open(&box, false, 2, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	officer_scene_sms(&box, OFFICER_B, "ALLERTA 03 " PIN_B);
	snprintf(word_a, sizeof word_a, "%s", officer_scene_word(&box, 1));
	snprintf(word_b, sizeof word_b, "%s", officer_scene_word(&box, 2));
	assert_string_not_equal(word_a, word_b);
	officer_scene_sms(&box, OFFICER_B, word_a);
	heard(&box, OFFICER_B, "Parola errata");
	assert_int_equal(officer_scene_alerts(&box), 0);
	officer_scene_sms(&box, OFFICER_B, word_b);
	officer_scene_sms(&box, OFFICER_A, word_a);
	assert_int_equal(officer_scene_alerts(&box), 2);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM audit WHERE act = 'alert' AND who = 'Anna Bianchi'"), 1);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM audit WHERE act = 'alert' AND who = 'Mario Rossi'"), 1);
	hub_box_close(&box);
}

/* ---- the two-person rule ----------------------------------------------------------------------------------------- */

static void red_needs_a_second_officer(void **state)
{
	struct hub_box box;
	char word[32], text[64];

	(void)state;
	officer_scene_open(&box, false, 1, 4, TWO);
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 0);
	heard(&box, OFFICER_A, "Serve anche un secondo responsabile: chiesto a Anna Bianchi, Carla");
	heard(&box, OFFICER_B, "Mario Rossi ordina: ALLERTA ROSSA");
	heard(&box, OFFICER_C, "Mario Rossi ordina: ALLERTA ROSSA");
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	officer_scene_sms(&box, OFFICER_A, word); /* the first one's own word counts once */
	officer_scene_sms(&box, OFFICER_C, word);
	heard(&box, OFFICER_C, "Manca il PIN");
	snprintf(text, sizeof text, "%s 1357", word);
	officer_scene_sms(&box, OFFICER_C, text);
	heard(&box, OFFICER_C, "PIN errato");
	assert_int_equal(officer_scene_alerts(&box), 0);
	snprintf(text, sizeof text, "%s %s", word, PIN_C);
	officer_scene_pass(&box, 2000);
	officer_scene_sms(&box, OFFICER_C, text);
	assert_int_equal(officer_scene_alerts(&box), 1);
	heard(&box, OFFICER_A, "Partito");
	heard(&box, OFFICER_C, "Partito");
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM audit WHERE act = 'alert' AND who = 'Mario Rossi + Carla'"),
		1);
	snprintf(text, sizeof text, "%s %s", word, PIN_B); /* who comes too late hears so */
	officer_scene_sms(&box, OFFICER_B, text);
	heard(&box, OFFICER_B, "Già confermato");
	assert_int_equal(officer_scene_alerts(&box), 1);
	/* Other colours need none. */
	officer_scene_sms(&box, OFFICER_A, "ALLERTA GIALLA neve fino 23: catene a bordo " PIN_A);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 2);
	hub_box_close(&box);
}

static void without_a_second_officer_there_is_no_red(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, TWO);
	hub_box_change(&box, "UPDATE officer SET phone = NULL WHERE id > 1");
	officer_scene_sms(&box, OFFICER_A, RED);
	heard(&box, OFFICER_A, "nessun altro ha telefono e PIN");
	assert_string_equal(officer_scene_word(&box, 1), "");
	hub_box_close(&box);
}

static void a_second_who_is_late_starts_nothing(void **state)
{
	struct hub_box box;
	char text[64];

	(void)state;
	officer_scene_open(&box, false, 1, 4, TWO);
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	snprintf(text, sizeof text, "%s %s", officer_scene_word(&box, 1), PIN_B);
	officer_scene_pass(&box, 5 * MINUTE + 1000);
	heard(&box, OFFICER_A, "Non confermato in tempo");
	officer_scene_sms(&box, OFFICER_B, text);
	heard(&box, OFFICER_B, "Parola scaduta");
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_close(&box);
}

/* ---- the other orders -------------------------------------------------------------------------------------------- */

static void an_alert_is_stopped_with_the_pin(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 5, "");
	officer_scene_sms(&box, OFFICER_A, "ANNULLA " PIN_A);
	heard(&box, OFFICER_A, "Non c'è nessuna allerta");
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	officer_scene_sms(&box, OFFICER_B, "ANNULLA");
	assert_int_equal(hub_box_figures(&box, alert).sms_cancelled, 0);
	officer_scene_sms(&box, OFFICER_B, "ANNULLA 1357");
	heard(&box, OFFICER_B, "PIN errato");
	assert_int_equal(hub_box_figures(&box, alert).sms_cancelled, 0);
	officer_scene_pass(&box, 2000);
	officer_scene_sms(&box, OFFICER_B, "ANNULLA " PIN_B);
	heard(&box, OFFICER_B, "Fermato");
	assert_true(hub_box_figures(&box, alert).sms_cancelled >= 4);
	audited(&box, "cancel", 1);
	officer_scene_sms(&box, OFFICER_B, "ANNULLA 999 " PIN_B);
	heard(&box, OFFICER_B, "numero 999");
	hub_box_close(&box);
}

static void an_all_clear_goes_to_the_alerts_people(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 5, "");
	officer_scene_sms(&box, OFFICER_A, "CESSATO " PIN_A);
	heard(&box, OFFICER_A, "Non c'è nessuna allerta");
	officer_scene_sms(&box, OFFICER_A, RED);
	confirm(&box, OFFICER_A, 1);
	int64_t alert = hub_box_value(&box, "SELECT id FROM message WHERE kind = 1");
	officer_scene_sms(&box, OFFICER_A, "CESSATO: Il ponte resta chiuso. " PIN_A);
	heard(&box, OFFICER_A, "CESSATO ALLARME");
	heard(&box, OFFICER_A, "Il ponte resta chiuso.");
	assert_int_equal(officer_scene_alerts(&box), 1);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 2);
	assert_int_equal(hub_box_value(&box, "SELECT about FROM message WHERE kind = 2"), alert);
	assert_int_equal(hub_box_figures(&box, alert).sms_queued, 0); /* it goes no more */
	assert_int_equal(hub_box_value(&box, "SELECT recipients FROM message WHERE kind = 2"), 5);
	officer_scene_sms(&box, OFFICER_A, "CESSATO " PIN_A); /* it has one */
	heard(&box, OFFICER_A, "Non c'è nessuna allerta");
	hub_box_close(&box);
}

static void the_box_says_how_it_is(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 2, 5, "");
	officer_scene_sms(&box, OFFICER_A, "Stato box");
	heard(&box, OFFICER_A, "Pronto ad avvisare: modem pronti 2 su 2.");
	(void)hub_box_message(&box, MESSAGE_ALERT, 1);
	officer_scene_sms(&box, OFFICER_A, "Stato box");
	heard(&box, OFFICER_A, "persone su 5");
	/* Of anybody else it is a citizen's message. */
	officer_scene_sms(&box, STRANGER, "Stato box");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE answer = 'order'"), 2);
	hub_box_close(&box);
}

static void what_is_no_order_is_a_citizens(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 0, "");
	officer_scene_sms(&box, OFFICER_A, "ATTIVA COMUNE AMICO");
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE phone = '" OFFICER_A "' AND state = 1"), 1);
	officer_scene_sms(&box, OFFICER_A, "DISATTIVA COMUNE AMICO");
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE phone = '" OFFICER_A "' AND state = 2"), 1);
	hub_box_close(&box);
}

/* ---- restarts, disks, what overtakes ----------------------------------------------------------------------------- */

static void an_order_that_waits_survives_a_restart(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	hub_box_restart(&box);
	officer_scene_settle(&box);
	assert_int_equal(officer_scene_alerts(&box), 0);
	confirm(&box, OFFICER_A, 1);
	assert_int_equal(officer_scene_alerts(&box), 1);
	hub_box_restart(&box);
	officer_scene_settle(&box);
	assert_int_equal(officer_scene_alerts(&box), 1);
	/* And one that nobody confirms is never sent. */
	officer_scene_sms(&box, OFFICER_A, "ALLERTA 03 " PIN_A);
	hub_box_restart(&box);
	officer_scene_pass(&box, 60 * MINUTE);
	assert_int_equal(officer_scene_alerts(&box), 1);
	hub_box_close(&box);
}

static void a_pin_nobody_looks_at_any_more_is_said(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	officer_scene_sms(&box, OFFICER_A, RED);
	/* As a kill leaves it while the PIN is being looked at. */
	hub_box_change(&box, "UPDATE officer_order SET state = 1, word = ''");
	hub_box_restart(&box);
	officer_scene_settle(&box);
	heard(&box, OFFICER_A, "si è riavviato");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 0);
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_close(&box);
}

static void a_full_disk_neither_loses_nor_doubles(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 4, "");
	hub_box_disk(true);
	officer_scene_sms(&box, OFFICER_A, RED);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 0);
	hub_box_disk(false);
	box.hub->retry_mono = 0;
	box.hub->officers.retry_mono = 0;
	officer_scene_settle(&box);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order WHERE state = 2"), 1);
	assert_int_equal(officer_scene_heard_count(&box, OFFICER_A), 1);
	char word[32];
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	hub_box_disk(true);
	officer_scene_sms(&box, OFFICER_A, word);
	assert_int_equal(officer_scene_alerts(&box), 0);
	hub_box_disk(false);
	box.hub->retry_mono = 0;
	officer_scene_settle(&box);
	assert_int_equal(officer_scene_alerts(&box), 1);
	hub_box_close(&box);
}

/* The officer who wants to stop an alert is not told after its last citizen. */
static void a_read_back_overtakes_the_alert(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	officer_scene_open(&box, false, 1, 50, "");
	(void)hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	officer_scene_sms(&box, OFFICER_A, RED);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	do {
		assert_true(hub_box_asked(&box, 0, &ask));
	} while (ask.type != BEARER_ASK_SEND);
	assert_string_equal(ask.send.to, OFFICER_A);
	hub_box_close(&box);
}

/* ---- WhatsApp ---------------------------------------------------------------------------------------------------- */

static void whatsapp_is_as_good_as_sms(void **state)
{
	struct hub_box box;
	char word[32];

	(void)state;
	officer_scene_open(&box, true, 1, 4, "");
	officer_scene_wire(&box, OFFICER_A, "IT.a", RED);
	heard(&box, OFFICER_A, "ALLERTA ROSSA");
	assert_int_equal(officer_scene_heard_by(&box, OFFICER_A), OUTBOX_WHATSAPP);
	snprintf(word, sizeof word, "%s", officer_scene_word(&box, 1));
	/* The link dies: the word goes by SMS, and so does the answer. */
	hub_box_link(&box, BEARER_GONE, "no link");
	officer_scene_sms(&box, OFFICER_A, word);
	assert_int_equal(officer_scene_alerts(&box), 1);
	assert_int_equal(officer_scene_heard_by(&box, OFFICER_A), OUTBOX_SMS);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM audit WHERE act = 'alert' AND door = 'whatsapp'"), 1);
	hub_box_close(&box);
}

/* Nobody had noticed that the link is dead until the read-back was to go by it. */
static void a_dead_link_keeps_no_answer(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	officer_scene_open(&box, true, 1, 4, "");
	officer_scene_wire(&box, OFFICER_A, "IT.a", RED);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_string_equal(ask.send.to, OFFICER_A);
	hub_box_link(&box, BEARER_GONE, "no link");
	hub_box_answer(&box, 0, &ask, BEARER_NOT_SENT);
	officer_scene_settle(&box);
	officer_scene_settle(&box);
	assert_int_equal(officer_scene_heard_by(&box, OFFICER_A), OUTBOX_SMS);
	do {
		assert_true(hub_box_asked(&box, 1, &ask));
	} while (ask.type != BEARER_ASK_SEND);
	assert_string_equal(ask.send.to, OFFICER_A);
	assert_non_null(strstr(ask.text, "rispondi"));
	hub_box_close(&box);
}

/* Anybody may say that a number is theirs; only WhatsApp's word counts. */
static void a_hidden_number_is_nobodys(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, true, 1, 4, "");
	(void)hub_box_person(&box, CHANNEL_WHATSAPP, OFFICER_A, "IT.liar");
	officer_scene_wire(&box, "", "IT.liar", RED);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM officer_order"), 0);
	audited(&box, "order-stranger", 1);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_read_back_and_confirmed),
		cmocka_unit_test(the_end_is_told_once),
		cmocka_unit_test(nine_tenths_are_told_once),
		cmocka_unit_test(words_order_as_well_as_codes),
		cmocka_unit_test(three_parts_are_one_order),
		cmocka_unit_test(an_exercise_says_so_at_both_ends),
		cmocka_unit_test(a_stranger_starts_nothing),
		cmocka_unit_test(a_wrong_pin_starts_nothing),
		cmocka_unit_test(who_may_only_confirm_does_not_order),
		cmocka_unit_test(a_flood_is_answered_a_few_times),
		cmocka_unit_test(pins_stay_nowhere),
		cmocka_unit_test(a_late_word_starts_nothing),
		cmocka_unit_test(a_word_at_the_deadline_is_late),
		cmocka_unit_test(wrong_words_let_the_order_go),
		cmocka_unit_test(no_lets_the_order_go),
		cmocka_unit_test(a_replay_starts_nothing),
		cmocka_unit_test(two_officers_at_once_have_each_their_own),
		cmocka_unit_test(red_needs_a_second_officer),
		cmocka_unit_test(without_a_second_officer_there_is_no_red),
		cmocka_unit_test(a_second_who_is_late_starts_nothing),
		cmocka_unit_test(an_alert_is_stopped_with_the_pin),
		cmocka_unit_test(an_all_clear_goes_to_the_alerts_people),
		cmocka_unit_test(the_box_says_how_it_is),
		cmocka_unit_test(what_is_no_order_is_a_citizens),
		cmocka_unit_test(an_order_that_waits_survives_a_restart),
		cmocka_unit_test(a_pin_nobody_looks_at_any_more_is_said),
		cmocka_unit_test(a_full_disk_neither_loses_nor_doubles),
		cmocka_unit_test(a_read_back_overtakes_the_alert),
		cmocka_unit_test(whatsapp_is_as_good_as_sms),
		cmocka_unit_test(a_dead_link_keeps_no_answer),
		cmocka_unit_test(a_hidden_number_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
