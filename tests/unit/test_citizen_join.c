/* Joining and leaving, by SMS and by WhatsApp: who is in, what the ledger says, what is withdrawn, and the number that
 * WhatsApp hides. */
#include "tests/unit/citizen_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static struct folk folk;

#define ACTIVE "SELECT count(*) FROM subscriber WHERE state = 1"

static void by_either_way(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: Attiva comune amico grazie", "> Un benvenuto da Comune Amico!", "= joined", "s: ATTIVA",
		"> Ricevi già i messaggi di Comune Amico", "= already joined", "w: ATTIVA COMUNE AMICO",
		"> Ricevi già i messaggi", "s: c'è una buca davanti alla chiesa", "> Segnalazione n. 1 ricevuta",
		"s: DISATTIVA COMUNE AMICO", "> Hai lasciato Comune Amico", "= left", "w: DISATTIVA COMUNE AMICO",
		"> Questo numero non è iscritto", "= was not subscribed", "w: ATTIVA COMUNE AMICO", "> Un benvenuto",
		"w: Disattiva!", "> Hai lasciato");
	assert_int_equal(folk_value(&folk, ACTIVE), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber"), 1);
	/* Both purposes each time: two joinings, two leavings. */
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM consent WHERE action = 'given'"), 4);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM consent WHERE action = 'withdrawn'"), 4);
	folk_close(&folk);
}

static void the_ledger_says_how(void **state)
{
	(void)state;
	folk_open(&folk, "");
	snprintf(folk.box.hub->settings->comune.privacy_version, sizeof folk.box.hub->settings->comune.privacy_version,
		"2026-11");
	folk_sms(&folk, ANNA, "  «Attiva», Comune Amico! 👍");
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM consent WHERE words = '  «Attiva», Comune Amico! 👍' AND channel"
				  " = 'sms' AND notice = '2026-11' AND clock <> '' AND at > 0 AND action = 'given'"),
		2);
	folk_tap(&folk, ANNA, "leave", "Esci dal servizio");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM consent WHERE words = 'Esci dal servizio' AND channel"
					   " = 'whatsapp' AND action = 'withdrawn' AND purpose IN ('alerts', 'news')"),
		2);
	folk_close(&folk);
}

/* A ledger's words are cut at a character's edge, and joining takes no more than its words. */
static void long_words(void **state)
{
	char text[1200] = "ATTIVA COMUNE AMICO ";

	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < 550; i++)
		strcat(text, "à");
	folk_sms(&folk, ANNA, "ATTIVA");
	folk_sms(&folk, ANNA, text);
	assert_int_equal(folk_value(&folk, ACTIVE), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM inbox WHERE length(text) = 570"), 1);
	folk_close(&folk);
}

static void with_name_and_zone(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA COMUNE AMICO Anna Bianchi Selva", "> Un benvenuto");
	assert_int_equal(folk_value(&folk, "SELECT name = 'Anna Bianchi' AND zone = 'selva' FROM subscriber"), 1);
	assert_int_equal(folk.count, 1);
	/* An alias; and one that nobody knows brings the list. */
	folk_sms(&folk, BRUNO, "iscrivimi capoluogo");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE zone = 'centro'"), 1);
	folk_close(&folk);
}

static void leaving_withdraws_on_both_channels(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: ATTIVA", "> Un benvenuto", "s: STATO", "> Ricevi i messaggi");
	int64_t alert = hub_box_message(&folk.box, MESSAGE_ALERT, 1);
	assert_int_equal(hub_box_figures(&folk.box, alert).whatsapp_queued, 1);
	assert_true(folk_value(&folk, "SELECT count(*) FROM outbox WHERE state = 0") >= 4);
	PLAY(&folk, "s: DISATTIVA", "> Hai lasciato");
	assert_int_equal(hub_box_figures(&folk.box, alert).whatsapp_cancelled, 1);
	/* What is left is the confirmation, by the way it was asked, and it is not withdrawn with the rest. */
	assert_int_equal(folk.said[0].channel, OUTBOX_SMS);
	assert_int_equal(folk.said[0].subscriber, 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM outbox WHERE state = 0 AND channel = 0"), 1);
	hub_box_turn(&folk.box);
	struct bearer_ask ask;
	assert_true(hub_box_asked(&folk.box, 1, &ask));
	assert_string_equal(ask.send.to, ANNA);
	assert_non_null(strstr(ask.text, "Hai lasciato"));
	folk_close(&folk);
}

/* Known by a user id and, since before, by a number: both leave. */
static void two_halves_leave(void **state)
{
	(void)state;
	folk_open(&folk, "");
	hub_box_person(&folk.box, CHANNEL_AUTO, ANNA, "");
	hub_box_person(&folk.box, CHANNEL_AUTO, BRUNO, "IT.393331111111");
	PLAY(&folk, "w: STOP", "> Hai lasciato");
	assert_int_equal(folk_value(&folk, ACTIVE), 0);
	folk_close(&folk);
}

/* Who is erased leaves no open question behind, and may join as anybody else. */
static void erased_with_an_open_question(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: ARGOMENTI", "> Argomenti: 1", "b: APPUNTAMENTO", "> Per quale ufficio?");
	int64_t id = folk_value(&folk, "SELECT id FROM subscriber");
	int rows;
	assert_int_equal(db_begin(folk.box.db, &folk.box.err), 0);
	assert_int_equal(subscriber_forget(folk.box.db, id, folk.box.now, &folk.box.err), 0);
	assert_int_equal(correspondent_forget(folk.box.db, BRUNO, folk.box.now, &rows, &folk.box.err), 0);
	assert_int_equal(db_commit(folk.box.db, &folk.box.err), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	PLAY(&folk, "s: STATO", "> Questo numero non è iscritto", "s: ATTIVA", "> Un benvenuto");
	folk_close(&folk);
}

/* ---- the hidden number --------------------------------------------------------------------------------------------- */

static void hidden_is_asked_for(void **state)
{
	struct webhook_event shared = {.content = WEBHOOK_PHONE, .shared_phone = CARLA};

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "h: ATTIVA COMUNE AMICO", "> Un benvenuto");
	assert_int_equal(folk.count, 2);
	assert_int_equal(folk.said[1].content, BEARER_REQUEST_PHONE);
	assert_string_equal(folk.said[1].address, HIDDEN_USER);
	assert_non_null(strstr(folk.said[1].words, "SMS"));
	folk_event(&folk, HIDDEN_USER, shared);
	folk_says(&folk, "Grazie. Quando internet manca ti avviseremo con un SMS al " CARLA);
	assert_int_equal(folk_value(&folk, "SELECT phone = '" CARLA "' FROM subscriber"), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	/* From then on answers go to the number: their row and their window are known by it. */
	PLAY(&folk, "h: STATO", "> Ricevi i messaggi");
	assert_string_equal(folk.said[0].address, CARLA);
	folk_close(&folk);
}

static void hidden_is_written(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "h: ATTIVA", "> Un benvenuto", "h: 333 12", "> Non ho riconosciuto", "= not understood",
		"h: il mio numero è 333 333.33.33, grazie", "> Grazie. Quando internet manca ti avviseremo", "~ " CARLA,
		"= number");
	assert_int_equal(folk_value(&folk, "SELECT phone = '" CARLA "' FROM subscriber"), 1);
	/* Afterwards figures are not taken for it. */
	PLAY(&folk, "h: il lampione 333 444 5555 è rotto", "> Segnalazione n. 1");
	assert_int_equal(folk_value(&folk, "SELECT phone = '" CARLA "' FROM subscriber"), 1);
	folk_close(&folk);
}

/* A landline takes no SMS; whoever does not answer just goes on. */
static void hidden_goes_on(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "h: ATTIVA", "h: 0564 977036", "> Non ho riconosciuto", "h: C'è un albero caduto in via Roma",
		"> Segnalazione n. 1 ricevuta", "h: NO", "> Va bene");
	assert_int_equal(folk_value(&folk, "SELECT phone IS NULL FROM subscriber"), 1);
	folk_close(&folk);
}

/* She joined by SMS before: the number she shares makes one of the two. */
static void one_person_of_two(void **state)
{
	struct webhook_event shared = {.content = WEBHOOK_PHONE, .shared_phone = ANNA};

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA COMUNE AMICO Anna Bianchi", "h: ATTIVA COMUNE AMICO", "> Un benvenuto",
		"h: è caduto un palo della luce", "> Segnalazione n. 1");
	assert_int_equal(folk_value(&folk, ACTIVE), 2);
	folk_event(&folk, HIDDEN_USER, shared);
	folk_says(&folk, "Grazie.");
	assert_int_equal(folk_value(&folk, ACTIVE), 1);
	assert_int_equal(folk_value(&folk, "SELECT phone = '" ANNA "' AND whatsapp_id = '" HIDDEN_USER
					   "' AND name = 'Anna Bianchi' FROM subscriber"),
		1);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM consent c JOIN subscriber s ON s.id = c.subscriber_id"), 4);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM report r JOIN subscriber s ON s.id = r.subscriber_id"), 1);
	PLAY(&folk, "s: DISATTIVA", "> Hai lasciato", "h: STATO", "> Questo numero non è iscritto");
	folk_close(&folk);
}

/* A number anybody may type proves nothing. */
static void a_typed_number_is_not_proof(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "b: ATTIVA", "b: DISATTIVA", "h: ATTIVA", "h: 333 1111111", "> Grazie.",
		"h: DISATTIVA", "> Hai lasciato");
	assert_int_equal(folk_value(&folk, "SELECT state FROM subscriber WHERE phone = '" ANNA "'"), 1);
	/* Who left is not written to because somebody types their number. */
	PLAY(&folk, "h: ATTIVA", "h: 333 2222222", "> Non ho riconosciuto");
	assert_int_equal(folk_value(&folk, "SELECT state FROM subscriber WHERE phone = '" BRUNO "'"), 2);
	folk_close(&folk);
}

/* ---- a missed call ------------------------------------------------------------------------------------------------- */

static void a_call_joins_where_it_may(void **state)
{
	(void)state;
	folk_open(&folk, "");
	folk_call(&folk, ANNA);
	folk_silent(&folk);
	assert_int_equal(folk_value(&folk, ACTIVE), 0);
	folk.box.hub->settings->citizens.missed_call_joins = true;
	folk_call(&folk, "");
	folk_silent(&folk);
	folk_call(&folk, "40404");
	folk_silent(&folk);
	folk_call(&folk, ANNA);
	folk_says(&folk, "La tua chiamata ti iscrive a Comune Amico.");
	assert_int_equal(folk.said[0].channel, OUTBOX_SMS);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM consent WHERE channel = 'call' AND words = ''"), 2);
	folk_call(&folk, ANNA);
	folk_silent(&folk);
	/* A call does not bring back who left. */
	PLAY(&folk, "s: DISATTIVA", "> Hai lasciato");
	folk_call(&folk, ANNA);
	folk_says(&folk, "Questo numero non è iscritto");
	assert_int_equal(folk_value(&folk, ACTIVE), 0);
	folk_close(&folk);
}

/* ---- one-way ------------------------------------------------------------------------------------------------------- */

static void one_way(void **state)
{
	(void)state;
	folk_open(&folk, "");
	folk.box.hub->settings->comune.mode = MODE_ONE_WAY;
	snprintf(folk.box.hub->settings->comune.contacts, sizeof folk.box.hub->settings->comune.contacts,
		"tel. 0874 780132");
	PLAY(&folk, "s: Iscrivimi", "> Un benvenuto da Comune Amico! Per uscire",
		"s: Buonasera, quando apre l'ufficio?", "> Questo numero manda solo avvisi", "~ tel. 0874 780132",
		"~ 112", "= shown elsewhere", "s: Allora? C'è una buca in via Roma", "> -", "= none", "s: grazie",
		"> -", "s: APPUNTAMENTO", "> -", "+1441", "s: Allora, mi rispondete?",
		"> Questo numero manda solo avvisi", "s: AIUTO", "> Comune Amico: scrivi", "s: PRIVACY",
		"> Di te il Comune", "w: 🤔", "t: appointment", "> -", "s: DISATTIVA", "> Hai lasciato");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 0);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM inbox WHERE text LIKE '%buca%'"), 1);
	/* The number is asked for here too. */
	PLAY(&folk, "h: ATTIVA", "> Un benvenuto", "h: 333 3333333", "> Grazie.");
	folk_close(&folk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_either_way),
		cmocka_unit_test(the_ledger_says_how),
		cmocka_unit_test(long_words),
		cmocka_unit_test(with_name_and_zone),
		cmocka_unit_test(leaving_withdraws_on_both_channels),
		cmocka_unit_test(two_halves_leave),
		cmocka_unit_test(erased_with_an_open_question),
		cmocka_unit_test(hidden_is_asked_for),
		cmocka_unit_test(hidden_is_written),
		cmocka_unit_test(hidden_goes_on),
		cmocka_unit_test(one_person_of_two),
		cmocka_unit_test(a_typed_number_is_not_proof),
		cmocka_unit_test(a_call_joins_where_it_may),
		cmocka_unit_test(one_way),
	};

	return cmocka_run_group_tests_name("citizens join and leave", tests, NULL, NULL);
}
