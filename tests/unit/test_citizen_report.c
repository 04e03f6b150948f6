/* Reports: what is no command is kept as it was written, acknowledged once, and answered sanely whatever it holds. */
#include "tests/unit/citizen_scene.h"

#include "db/db_private.h"
#include "db/report.h"
#include "tests/unit/hostile.h"

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

#define REPORTS "SELECT count(*) FROM report"
#define ITEMS	"SELECT count(*) FROM report_item"

/* How many rows of one column hold exactly this. */
static int64_t holds(const char *sql, const char *text)
{
	sqlite3_stmt *row = NULL;

	assert_int_equal(sqlite3_prepare_v2(folk.box.other->sqlite, sql, -1, &row, NULL), SQLITE_OK);
	sqlite3_bind_text(row, 1, text, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	int64_t count = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return count;
}

static void acknowledged_once(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: C'è una buca in via Roma, davanti al numero 12",
		"> Segnalazione n. 1 ricevuta, grazie. Ti risponderemo qui. Per un'emergenza chiama subito il 112.",
		"= report", "+5", "s: è profonda un palmo", "> -", "= report", "+9", "s: 2", "> -", "+11",
		"s: Un altro guaio: manca l'acqua", "> Segnalazione n. 2", "b: anche da me manca l'acqua",
		"> Segnalazione n. 3");
	assert_int_equal(folk_value(&folk, REPORTS), 3);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report_item WHERE report_id = 1"), 3);
	/* Each item knows the message it came with. */
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report_item i JOIN inbox b ON b.id = i.inbox_id"
					   " WHERE b.text = i.text"),
		5);
	assert_int_equal(folk.said[0].segments, 1);
	folk_close(&folk);
}

static void by_the_word(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: SEGNALA lampione spento in via Garibaldi 3", "> Segnalazione n. 1", "+60", "s: SEGNALA",
		"> Scrivi che cosa succede", "~ 112", "= report asked", "s: 12 pali caduti", "> Segnalazione n. 2",
		"s: segnalazione 1: ora è caduto", "> Aggiunto alla segnalazione n. 1.", "~ 112", "+60",
		"b: segnalazione 1: anche qui", "> Segnalazione n. 3");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report_item WHERE text = 'lampione spento in via"
					   " Garibaldi 3'"),
		1);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM report_item WHERE report_id = 1 AND text = 'ora è caduto'"), 1);
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM dialogue"), 0);
	/* By WhatsApp the question has a button for the place. */
	PLAY(&folk, "+60", "w: SEGNALA", "> Scrivi che cosa succede");
	assert_int_equal(folk.said[0].content, BEARER_REQUEST_LOCATION);
	folk_close(&folk);
}

/* What may have been meant as joining or leaving does neither: it is a report, and the answer says how it is done. */
static void hints(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: ATTIVA", "w: disattiva kovalenko", "> Segnalazione n. 1",
		"~ Per uscire scrivi soltanto: DISATTIVA Comune Amico");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE state = 1"), 1);
	folk_tap(&folk, ANNA, folk_choice(&folk, "Esci dal servizio"), "Esci dal servizio");
	folk_says(&folk, "Hai lasciato");
	PLAY(&folk, "b: SATTIVA", "> Segnalazione n. 2", "~ scrivi: AIUTO",
		/* the same report, so that the hint is all there is to say */
		"b: di attiva comune amico", "> Per iscriverti scrivi soltanto: ATTIVA Comune Amico", "+60",
		"b: basta con queste buche in via Roma!", "> Segnalazione n. 3");
	assert_null(strstr(folk.said[0].words, "DISATTIVA"));
	folk_close(&folk);
}

static void how_it_stands(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: Il cassonetto di via Po è pieno da giorni", "> Segnalazione n. 1", "s: STATO 1",
		"> Segnalazione n. 1: ricevuta.", "s: segnalazione n. 1", "> Segnalazione n. 1: ricevuta.");
	hub_box_change(&folk.box, "UPDATE report SET state = 2, office = 'tecnico'");
	PLAY(&folk, "w: STATO 1", "> Segnalazione n. 1: passata all'ufficio (Ufficio tecnico).", "b: STATO 1",
		"> Non trovo una tua segnalazione n. 1.", "s: STATO 77", "> Non trovo una tua segnalazione n. 77.");
	hub_box_change(&folk.box, "UPDATE report SET state = 4, closed_at = 5");
	PLAY(&folk, "s: segnalazione 1", "> Segnalazione n. 1: chiusa");
	folk_close(&folk);
}

/* Pictures, a voice note, a place: one report with the words before and after. */
static void with_pictures(void **state)
{
	struct webhook_event image = {.content = WEBHOOK_IMAGE,
		.media = "900",
		.mime = "image/jpeg",
		.sha256 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
		.text = "eccola"};
	struct webhook_event audio = {.content = WEBHOOK_AUDIO, .media = "901", .mime = "audio/ogg; codecs=opus"};
	struct webhook_event place = {
		.content = WEBHOOK_LOCATION, .latitude = 42.8318, .longitude = 11.5861, .text = "Piazza Garibaldi"};
	struct webhook_event card = {.content = WEBHOOK_CARD, .text = "Mario Rossi: +39333000"};
	struct webhook_event sticker = {.content = WEBHOOK_STICKER, .media = "902"};

	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "w: Buca enorme in piazza", "> Segnalazione n. 1");
	folk_event(&folk, ANNA, image);
	folk_silent(&folk);
	folk_event(&folk, ANNA, audio);
	folk_event(&folk, ANNA, place);
	folk_event(&folk, ANNA, card);
	folk_event(&folk, ANNA, sticker);
	folk_silent(&folk);
	assert_int_equal(folk_value(&folk, REPORTS), 1);
	assert_int_equal(folk_value(&folk, ITEMS), 5);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM report_item WHERE kind = 2 AND media = 1 AND media_id IN"
				  " ('900', '901') AND mime <> ''"),
		2);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM report_item WHERE kind = 3 AND latitude > 42 AND text ="
				  " 'Piazza Garibaldi'"),
		1);
	assert_int_equal(
		folk_value(&folk, "SELECT count(*) FROM report_item WHERE text = 'eccola' AND sha256 LIKE '2jmj%'"), 1);
	/* A picture alone is a report too. */
	hub_box_pass(&folk.box, 20 * FOLK_MINUTE);
	folk_event(&folk, CARLA, audio);
	folk_says(&folk, "Segnalazione n. 2");
	assert_int_equal(folk.marks, 1);
	/* It is fetched by the chore beside the hub. */
	assert_true(folk.box.hub->chores[HUB_CHORE_MEDIA].due_mono > 0);
	folk_close(&folk);
}

static void what_cannot_be_kept(void **state)
{
	struct webhook_event audio = {.content = WEBHOOK_AUDIO, .media = "901", .mime = "audio/ogg"};
	struct webhook_event image = {.content = WEBHOOK_IMAGE, .media = "9", .mime = "image/jpeg", .text = "frana!"};
	struct webhook_event poll = {.content = WEBHOOK_OTHER, .text = "poll"};
	struct webhook_event revoked = {.content = WEBHOOK_OTHER, .text = "revoke"};

	(void)state;
	folk_open(&folk, "reports = { media_max_mib = 0; };\n");
	folk_event(&folk, ANNA, audio);
	folk_says(&folk, "Questo tipo di messaggio qui non si può aprire");
	assert_non_null(strstr(folk.said[0].words, "112"));
	assert_int_equal(folk_value(&folk, REPORTS), 0);
	folk_event(&folk, ANNA, image);
	folk_says(&folk, "Segnalazione n. 1");
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM report_item WHERE media = 3 AND text = 'frana!'"), 1);
	folk_event(&folk, ANNA, poll);
	folk_says(&folk, "Questo tipo di messaggio");
	folk_event(&folk, ANNA, revoked);
	folk_silent(&folk);
	folk_close(&folk);
}

/* Whatever it holds: kept octet by octet in inbox and report, acknowledged, and nothing of it comes back. */
static void oddities(void **state)
{
	(void)state;
	folk_open(&folk, "");
	for (int i = 0; i < HOSTILE_TEXTS; i++) {
		char from[24];
		snprintf(from, sizeof from, "+3933340000%02d", i);
		if (i % 2)
			folk_wired(&folk, from, hostile_texts[i]);
		else
			folk_sms(&folk, from, hostile_texts[i]);
		assert_int_equal(folk.count, 1);
		if (strncmp(folk.said[0].words, "Segnalazione n. ", 16) != 0)
			fail_msg("%s\n%s", hostile_texts[i], folk.said[0].words);
		assert_int_equal(folk.said[0].segments, 1);
		assert_int_equal(holds("SELECT count(*) FROM report_item WHERE text = ?", hostile_texts[i]), 1);
		assert_int_equal(holds("SELECT count(*) FROM inbox WHERE text = ?", hostile_texts[i]), 1);
	}
	assert_int_equal(folk_value(&folk, REPORTS), HOSTILE_TEXTS);
	folk_close(&folk);
}

/* Names are what people write behind the word; they come back in what is held, and only there. */
static void odd_names(void **state)
{
	(void)state;
	folk_open(&folk, "");
	PLAY(&folk, "s: ATTIVA COMUNE AMICO Niccolò D'Angiò", "> Un benvenuto", "s: PRIVACY",
		"~ nome Niccolò D'Angiò,");
	assert_int_equal(holds("SELECT count(*) FROM subscriber WHERE name = ?", "Niccolò D'Angiò"), 1);
	for (int i = 0; i < HOSTILE_TEXTS; i++) {
		char text[512];
		snprintf(text, sizeof text, "ATTIVA COMUNE AMICO %s", hostile_texts[i]);
		folk_wired(&folk, CARLA, text);
		folk_wired(&folk, CARLA, "PRIVACY");
		for (int said = 0; said < folk.count; said++)
			for (const char *at = folk.said[said].words; *at; at++)
				assert_true((unsigned char)*at >= ' ' || *at == '\n');
	}
	assert_int_equal(folk_value(&folk, "SELECT count(*) FROM subscriber WHERE instr(name, char(10)) > 0"), 0);
	folk_close(&folk);
}

/* Twenty SMS in one, and as long as WhatsApp's may be. */
static void long_ones(void **state)
{
	char text[16000] = "Vi scrivo per raccontarvi che cosa succede ogni notte in piazza. ";

	(void)state;
	folk_open(&folk, "");
	while (strlen(text) < 3000)
		strcat(text, "Il rumore non smette, à è ì. ");
	folk_sms(&folk, ANNA, text);
	folk_says(&folk, "Segnalazione n. 1");
	assert_int_equal(holds("SELECT count(*) FROM report_item WHERE text = ?", text), 1);
	while (strlen(text) < 15900)
		strcat(text, "Il rumore non smette, à è ì. ");
	folk_wired(&folk, BRUNO, text);
	folk_says(&folk, "Segnalazione n. 2");
	assert_int_equal(holds("SELECT count(*) FROM report_item WHERE text = ?", text), 1);
	folk_close(&folk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acknowledged_once),
		cmocka_unit_test(by_the_word),
		cmocka_unit_test(hints),
		cmocka_unit_test(how_it_stands),
		cmocka_unit_test(with_pictures),
		cmocka_unit_test(what_cannot_be_kept),
		cmocka_unit_test(oddities),
		cmocka_unit_test(odd_names),
		cmocka_unit_test(long_ones),
	};

	return cmocka_run_group_tests_name("citizens report", tests, NULL, NULL);
}
