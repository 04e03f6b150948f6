/* What a subscriber chooses and asks: topics, zone, language, how they stand, what is held, the last message again, help; by SMS
 * with numbers, by WhatsApp with buttons and lists. */
#include "tests/unit/citizen_scene.h"
#include "tests/unit/wired_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static struct folk folk;

static void topics_by_sms(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: ARGOMENTI", "> Argomenti: 1 Servizi, 2 Progetti", "~ 11 Stati di emergenza",
		"s: 1 e 7", "> Fatto. Argomenti che ricevi: Servizi, Viabilità.", "s: ARGOMENTI +3",
		"~ Servizi, Interventi, Viabilità", "s: togli viabilità", "~ Servizi, Interventi.",
		"s: ARGOMENTI NESSUNO", "~ nessuno, solo le allerte", "s: STATO",
		"~ Argomenti: nessuno, solo le allerte");
	/* No news is no consent to news: the ledger says so, with the words. */
	assert_int_equal(folk_value(&folk, "SELECT news FROM subscriber"), 0);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM consent WHERE purpose = 'news' AND action = 'withdrawn'"
				  " AND words = 'ARGOMENTI NESSUNO'"),
		1);
	PLAY(&folk, "s: ARGOMENTI TUTTI", "~ Argomenti che ricevi: tutti.");
	assert_int_equal(folk_value(&folk, "SELECT news = 1 AND topics = '' FROM subscriber"), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM consent WHERE purpose = 'alerts'"), 1);
	folk_close(&folk);
}

static void topics_that_are_none(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ARGOMENTI", "> Questo numero non è iscritto", "s: ATTIVA", "s: ARGOMENTI pallacanestro",
		"> Non ho capito quale argomento", "s: ARGOMENTI", "> Argomenti: 1", "s: 99",
		"> Non ho capito. Rispondi", "~ da 1 a 11", "s: sport", "> Non ho capito. Rispondi",
		"s: viabilità e scadenze", "> Fatto. Argomenti che ricevi: Scadenze, Viabilità.",
		"s: c'è un lampione rotto in piazza Garibaldi", "> Segnalazione n. 1");
	folk_close(&folk);
}

/* A tap changes what its row says: from all of them one is taken away, then it may be had again. */
static void topics_by_whatsapp(void **state)
{
	char id[128];

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: ATTIVA", "> Un benvenuto");
	assert_int_equal(folk.said[0].content, BEARER_BUTTONS);
	assert_int_equal(folk.marks, 1);
	folk_tap(&folk, ANNA, folk_choice(&folk, "Argomenti"), "Argomenti");
	assert_int_equal(folk.said[0].content, BEARER_LIST);
	folk_tap(&folk, ANNA, folk_choice(&folk, "Viabilità"), "Viabilità");
	folk_says(&folk, "Fatto. Argomenti che ricevi: Servizi, Progetti");
	assert_null(strstr(folk.said[0].words, "Viabilità"));
	folk_tap(&folk, ANNA, folk_choice(&folk, "Argomenti"), "Argomenti");
	snprintf(id, sizeof id, "%s", folk_choice(&folk, "Viabilità"));
	assert_string_equal(id, "topics:viabilita");
	/* The eleventh is on the next page. */
	folk_tap(&folk, ANNA, folk_choice(&folk, "altri"), "altri");
	folk_tap(&folk, ANNA, folk_choice(&folk, "Stati di emergenza"), "Stati di emergenza");
	folk_tap(&folk, ANNA, id, "Viabilità");
	assert_non_null(strstr(folk.said[0].words, "Viabilità"));
	assert_null(strstr(folk.said[0].words, "Stati"));
	/* Numbers and words work here too. */
	PLAY(&folk, "w: ARGOMENTI 2", "> Fatto. Argomenti che ricevi: Progetti.");
	folk_close(&folk);
}

static void zones(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: ZONA",
		"> Le zone sono: 1 Centro, 2 Selva, 3 Bagnolo. Scrivi per esempio ZONA Bagnolo.", "s: 2",
		"> Fatto: la tua zona è Selva.", "s: ZONA capoluogo", "> Fatto: la tua zona è Centro.",
		"s: abito a bagnolo", "> Fatto: la tua zona è Bagnolo.", "s: ZONA Marte",
		"> Non conosco la zona \"Marte\". Le zone sono", "s: ZONA 1", "> Fatto: la tua zona è Centro.",
		"w: ZONA", "> Le zone sono");
	folk_tap(&folk, ANNA, folk_choice(&folk, "Selva"), "Selva");
	folk_says(&folk, "Fatto: la tua zona è Selva.");
	assert_int_equal(folk_value(&folk, "SELECT zone = 'selva' FROM subscriber"), 1);
	folk_close(&folk);
}

/* What they wrote is said again to them, but nothing that steers, and by SMS nothing that costs another alphabet. */
static void echoes_are_harmless(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: ZONA Marte\xE2\x80\xAE\x1B[2J", "> Non conosco la zona \"Marte[2J\".",
		"s: ZONA rosso\xF0\x9F\x9A\x80", "> Le zone sono");
	assert_int_equal(folk.said[0].segments, 1);
	PLAY(&folk, "w: ZONA \x1F\x1Ex\x1Fy", "~ Le zone sono");
	for (const char *at = folk.said[0].words; *at; at++)
		assert_true((unsigned char)*at >= ' ');
	folk_close(&folk);
}

static void languages(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: LINGUA", "> Questo numero non è iscritto", "s: ATTIVA", "s: LINGUA",
		"> Le lingue sono: italiano, Deutsch.", "s: 2", "> Ab jetzt schreiben wir dir auf Deutsch.", "s: HILFE",
		"> Comune Amico: schreibe ANMELDEN", "s: STATUS", "> Du erhältst die Nachrichten", "s: lingua italiano",
		"> D'ora in poi ti scriviamo in italiano.", "s: lingua francese", "> Le lingue sono");
	folk_close(&folk);
}

static void status_privacy_repeat_help(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: STATO", "> Questo numero non è iscritto", "s: PRIVACY",
		"> Questo numero non è iscritto a Comune Amico. Teniamo solo", "~ per 180 giorni", "s: RIPETI",
		"> Non c'è ancora nessun messaggio", "s: AIUTO", "> Comune Amico: scrivi ATTIVA", "~ 112",
		"s: ATTIVA Anna Bianchi Selva", "> Un benvenuto", "s: STATO", "> Ricevi i messaggi", "~ tutti",
		"~ Zona: Selva", "s: Manca la luce in via Roma da stamattina", "> Segnalazione n. 1", "s: PRIVACY",
		"> Di te il Comune di Santa Fiora tiene: numero +393331111111, nome Anna Bianchi, zona Selva",
		"~ iscrizione del 21/11/2026", "~ segnalazioni 1", "h: PRIVACY", "~ Teniamo solo i messaggi",
		"h: ATTIVA", "h: PRIVACY", "> Di te il Comune di Santa Fiora tiene: numero nascosto da WhatsApp");
	folk_close(&folk);
}

/* The last message of the comune, not of the dialogue; and not one that was withdrawn. */
static void repeats(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA");
	wired_turn(&folk.box);
	assert_int_equal(wired_modems_work(&folk.box), 1);
	hub_box_message(&folk.box, MESSAGE_ALERT, 1);
	wired_turn(&folk.box);
	assert_int_equal(wired_modems_work(&folk.box), 1);
	PLAY(&folk, "s: RIPETI", "> Ultimo messaggio, 12:00: aaaa", "+1500", "s: ripeti per favore",
		"> Ultimo messaggio, 12:00 del 21/11: aaaa");
	hub_box_change(&folk.box, "UPDATE message SET stage = 2 WHERE kind = 1");
	PLAY(&folk, "s: RIPETI", "> Non c'è ancora");
	folk_close(&folk);
}

/* Help by WhatsApp is a list of all that can be done, and each row does it. */
static void help_by_whatsapp(void **state)
{
	static const struct {
		const char *row, *says;
	} rows[] = {
		{"Segnala un problema", "Scrivi che cosa succede"},
		{"Appuntamento", "Per quale ufficio?"},
		{"Argomenti", "Argomenti: 1"},
		{"La mia zona", "Le zone sono"},
		{"La mia iscrizione", "Ricevi i messaggi"},
		{"Ripeti l'ultimo", "Non c'è ancora"},
		{"I miei dati", "Di te il Comune"},
		{"Esci dal servizio", "Hai lasciato"},
	};
	char ids[8][128];

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: ATTIVA", "w: AIUTO", "> Comune Amico: scrivi");
	assert_int_equal(folk.said[0].content, BEARER_LIST);
	for (int i = 0; i < 8; i++)
		snprintf(ids[i], sizeof ids[i], "%s", folk_choice(&folk, rows[i].row));
	for (int i = 0; i < 8; i++) {
		folk_tap(&folk, ANNA, ids[i], rows[i].row);
		folk_says(&folk, rows[i].says);
		assert_int_equal(folk.said[0].channel, OUTBOX_WHATSAPP);
		assert_int_equal(folk.marks, 1);
	}
	PLAY(&folk, "w: AIUTO", "> Comune Amico");
	folk_tap(&folk, ANNA, folk_choice(&folk, "Iscrivimi"), "Iscrivimi");
	folk_says(&folk, "Un benvenuto");
	/* An id nobody knows, such as that of an older program's button: then its words count. */
	folk_tap(&folk, ANNA, "weather:tomorrow", "STATO");
	folk_says(&folk, "Ricevi i messaggi");
	folk_close(&folk);
}

/* Neither a greeting nor thanks ask for anything. */
static void courtesy_is_not_answered(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA", "s: Grazie mille!", "> -", "w: 👍", "> -", "w: ❤️", "> -", "s: Buongiorno", "> -",
		"s: ", "> -", "s: si", "> -", "s: no grazie", "> -");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report"), 0);
	assert_int_equal(folk.marks, 0);
	folk_close(&folk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_by_sms),
		cmocka_unit_test(topics_that_are_none),
		cmocka_unit_test(topics_by_whatsapp),
		cmocka_unit_test(zones),
		cmocka_unit_test(echoes_are_harmless),
		cmocka_unit_test(languages),
		cmocka_unit_test(status_privacy_repeat_help),
		cmocka_unit_test(repeats),
		cmocka_unit_test(help_by_whatsapp),
		cmocka_unit_test(courtesy_is_not_answered),
	};

	return cmocka_run_group_tests_name("citizens choose and ask", tests, NULL, NULL);
}
