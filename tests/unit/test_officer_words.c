/* What officers write, as a table; where the PIN is masked; the one-time words; which order a word answers. */
#include "firmware-host/citizen_words.h"
#include "firmware-host/officer_state.h"
#include "firmware-host/officer_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static struct settings *settings;

static int settings_set_up(void **state)
{
	static const char config[] =
		"comune = { name = \"Santa Fiora\"; };\n"
		"zones = ( { id = \"borgo\"; name = \"Borgo\"; }, { id = \"centro\"; name = \"Centro\"; aliases = \"Capoluogo\"; },\n"
		" { id = \"monte-alto\"; name = \"Monte Alto\"; } );\n";
	struct err err;

	(void)state;
	if (settings_read_string(config, sizeof config - 1, "/tmp/test.cfg", &settings, &err) != 0)
		fail_msg("%s", err.text);
	return 0;
}

static int settings_tear_down(void **state)
{
	(void)state;
	settings_free(settings);
	return 0;
}

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

/* What a row expects, as one line: verb, then whatever was said. */
static void line_of(const struct officer_words *words, char *out, size_t size)
{
	static const char *const verbs[] = {"nothing", "alert", "clear", "cancel", "status", "drop", "word"};
	size_t used = (size_t)snprintf(out, size, "%s", verbs[words->verb]);

#define ADD(...) used += (size_t)snprintf(out + used, size - used, __VA_ARGS__)
	if (words->exercise)
		ADD(" exercise");
	if (words->code[0])
		ADD(" code=%s", words->code);
	if (words->colour)
		ADD(" colour=%d", words->colour);
	if (words->phase)
		ADD(" phase=%s", words->phase);
	if (words->hazard[0])
		ADD(" hazard=%s", words->hazard);
	for (int i = 0; i < words->zone_count; i++)
		ADD(" zone=%s", words->zones[i]);
	if (words->until_minute >= 0)
		ADD(" until=%02d:%02d%s", words->until_minute / 60, words->until_minute % 60,
			words->tomorrow ? " tomorrow" : "");
	if (words->hours)
		ADD(" hours=%d", words->hours);
	if (words->number)
		ADD(" number=%lld", (long long)words->number);
	if (words->word[0])
		ADD(" word=%s", words->word);
	if (words->text_length)
		ADD(" text=%.*s", (int)words->text_length, words->text);
	if (words->has_pin)
		ADD(" pin=%s", words->pin);
#undef ADD
}

static const struct {
	const char *text, *expected;
} rows[] = {
	/* by code */
	{"ALLERTA 303114201 4711", "alert code=303114201 pin=4711"},
	{"allerta 02 4711", "alert code=02 pin=4711"},
	{"Allerta codice 02, PIN 4711.", "alert code=02 pin=4711"},
	{"ALLERTA 3 03 1 14 20 1 4711", "alert code=303114201 pin=4711"},
	{"ALLERTA 303114 201 47112938", "alert code=303114201 pin=47112938"},
	{"Alerta 02 4711", "alert code=02 pin=4711"},
	{"ALLERTA: 02 (4711)", "alert code=02 pin=4711"},
	{"ALLERTA 02 pin:4711", "alert code=02 pin=4711"},
	{"ALLERTA 02 PIN4711", "alert code=02 pin=4711"},
	{"ALLERTA 02", "alert code=02"},
	{"ALLERTA 4711", "alert pin=4711"},
	{"ALLERTA", "alert"},
	{"ALLERTA 02 ****", "alert code=02 pin="},
	{"ESERCITAZIONE 02 4711", "alert exercise code=02 pin=4711"},
	{"Esercitazione allerta 02 4711", "alert exercise code=02 pin=4711"},
	{"ALLERTA ESERCITAZIONE 02 4711", "alert exercise code=02 pin=4711"},
	{"ESERCITAZZIONE 4711", "alert exercise pin=4711"},
	/* in words */
	{"ALLERTA ROSSA piena Borgo fino 20: Salite ai piani alti. 4711",
		"alert colour=3 hazard=piena zone=borgo until=20:00 text=Salite ai piani alti. pin=4711"},
	{"allerta arancione per temporali fino alle 20:30: restate al chiuso 4711",
		"alert colour=2 hazard=temporali until=20:30 text=restate al chiuso pin=4711"},
	{"ALLERTA gialla neve, fino alle ore 8 di domani : gomme da neve! 4711",
		"alert colour=1 hazard=neve until=08:00 tomorrow text=gomme da neve! pin=4711"},
	{"ALLERTA METEO ARANCIONE temporali a Monte Alto e Centro fino a domani alle 6: chiusi i parchi. PIN 4711",
		"alert colour=2 hazard=temporali zone=monte-alto zone=centro until=06:00 tomorrow text=chiusi i parchi. pin=4711"},
	{"Allerta rossa fase di ALLARME piena del fiume Capoluogo fino 20.15: via dal fiume, tel. 0564977 4711",
		"alert colour=3 phase=alarm hazard=piena del fiume zone=centro until=20:15 text=via dal fiume, tel. 0564977 pin=4711"},
	{"ALLERTA PREALLARME ROSSO frana per 3 ore: state in casa 4711",
		"alert colour=3 phase=prealarm hazard=frana hours=3 text=state in casa pin=4711"},
	{"ALLERTA ROSSA piena fino a mezzanotte: via 4711",
		"alert colour=3 hazard=piena until=24:00 text=via pin=4711"},
	{"ALLERTA ROSSA piena Borgo fino alle 20 salite ai piani alti 4711",
		"alert colour=3 hazard=piena zone=borgo until=20:00 text=salite ai piani alti pin=4711"},
	{"ALLERTA ROSSA piena: salite 4711", "alert colour=3 hazard=piena text=salite pin=4711"},
	{"ALLERTA ROSSA temporali fino 20 4711", "alert colour=3 hazard=temporali until=20:00 pin=4711"},
	{"ALLERTA piena fino 25: via 4711", "alert hazard=piena fino 25 text=via pin=4711"},
	{"ALLERTA ROSSA piena fino 20: Alle 21:30 chiude il ponte: passate prima 4711",
		"alert colour=3 hazard=piena until=20:00 text=Alle 21:30 chiude il ponte: passate prima pin=4711"},
	{"ESERCITAZIONE ROSSA fino 20: prova 4711", "alert exercise colour=3 until=20:00 text=prova pin=4711"},
	/* the others */
	{"CESSATO 4711", "clear pin=4711"},
	{"cessato allarme 17 4711", "clear number=17 pin=4711"},
	{"CESSATO 17: Via Roma è riaperta. 4711", "clear number=17 text=Via Roma è riaperta. pin=4711"},
	{"CESSATO", "clear"},
	{"Cessato il fastidio, grazie", "nothing"},
	{"ANNULLA 4711", "cancel pin=4711"},
	{"ANNULLA 17 4711", "cancel number=17 pin=4711"},
	{"annullo l'allerta n. 17 4711", "cancel number=17 pin=4711"},
	{"ANNULLA appuntamento", "nothing"},
	{"ANNULLA", "drop"},
	{"No!", "drop"},
	{"STATO BOX", "status"},
	{"stato box?", "status"},
	{"STATO", "word word=STATO"}, /* a citizen's, unless an order waits for a word */
	{"girasole", "word word=GIRASOLE"},
	{"Confermo GIRASOLE.", "word word=GIRASOLE"},
	{"ok girasole 4711", "word word=GIRASOLE pin=4711"},
	{"confermo", "word"},
	{"sì", "word"},
	{"girasole margherita", "nothing"},
	{"c'è una buca in via Roma", "nothing"},
	{"", "nothing"},
	{"   ", "nothing"},
	{"4711", "nothing pin=4711"},
	{"la luce in via Roma 1234", "nothing pin=1234"},
	{"\xff\xfe ALLERTA", "nothing"},
};

static void words_are_read(void **state)
{
	char got[1024];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct officer_words words;
		officer_words_read(rows[i].text, settings, &words);
		line_of(&words, got, sizeof got);
		if (strcmp(got, rows[i].expected) != 0)
			fail_msg("\"%s\"\n  read as  %s\n  expected %s", rows[i].text, got, rows[i].expected);
	}
}

/* Whatever the octets: no crash, and nothing read beyond the text. */
static void octets_do_no_harm(void **state)
{
	static const char pieces[][24] = {"ALLERTA ", "ROSSA ", "fino ", "20:", ":", "4711", " ", "\xc3", "\xe2\x80",
		"domani ", "per 3 ore ", "PIN", "****", "a ", "99999999999999999999 ", "ESERCITAZIONE ", "CESSATO ",
		"h", ".", "Monte Alto "};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[256] = "";
		size_t used = 0;
		for (int n = 0; n < 12; n++) {
			seed = seed * 1664525U + 1013904223U;
			used += (size_t)snprintf(text + used, sizeof text - used, "%s",
				pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
		}
		struct officer_words words;
		officer_words_read(text, settings, &words);
		assert_true(words.text >= text && words.text + words.text_length <= text + strlen(text));
		assert_true(words.pin_until <= strlen(text));
		size_t length = strlen(text);
		officer_words_mask(text, &words, true);
		assert_int_equal(strlen(text), length);
	}
}

/* ---- masking ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	bool officer;
	const char *expected;
} masks[] = {
	{"ALLERTA 303114201 4711", true, "ALLERTA 303114201 ****"},
	{"ALLERTA 02 4711.", true, "ALLERTA 02 ****."},
	{"ALLERTA 02 PIN4711", true, "ALLERTA 02 PIN****"},
	{"ALLERTA ROSSA piena fino 20: tel. 0564977 4711", true, "ALLERTA ROSSA piena fino 20: tel. 0564977 ****"},
	{"ALLERTA 4711 ROSSA piena fino 20: via", true,
		"ALLERTA **** ROSSA piena fino 20: via"}, /* it stands where none is looked for */
	{"ALLERRTTA 02 4711", true, "ALLERRTTA 02 ****"}, /* nobody knows the command, everybody the PIN */
	{"girasole 4711", true, "girasole ****"},
	{"4711 girasole", true, "**** girasole"},
	{"il mio PIN è 47112938, grazie", true, "il mio PIN è ********, grazie"},
	{"+393331234567", true, "+393331234567"},
	{"chiamami al 3331234567", true, "chiamami al 3331234567"},
	/* of strangers only what is whole as an order */
	{"ALLERTA 02 4711", false, "ALLERTA 02 ****"},
	{"CESSATO 4711", false, "CESSATO ****"},
	{"girasole 4711", false, "girasole 4711"},
	{"la luce in via Roma 1234", false, "la luce in via Roma 1234"},
	{"", true, ""},
};

static void pins_are_masked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		char text[128];
		struct officer_words words;
		snprintf(text, sizeof text, "%s", masks[i].text);
		for (int twice = 0; twice < 2; twice++) {
			officer_words_read(text, settings, &words);
			bool masked = officer_words_mask(text, &words, masks[i].officer);
			if (strcmp(text, masks[i].expected) != 0)
				fail_msg("\"%s\" became \"%s\"", masks[i].text, text);
			if (twice == 0 && masked != (strcmp(text, masks[i].text) != 0))
				fail_msg("\"%s\": told %d", masks[i].text, masked);
		}
	}
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static bool nothing_is_taken(const void *context, const char *word)
{
	(void)context;
	(void)word;
	return false;
}

static bool all_but_one_are_taken(const void *context, const char *word)
{
	return strcmp(word, context) != 0;
}

/* Each is a word that no command, zone or citizen's verb is, that is read whole, and that no slip makes another. */
static void the_list_is_good(void **state)
{
	int count = 0;

	(void)state;
	for (const char *word; (word = officer_word_at(count)) != NULL; count++) {
		struct officer_words words;
		struct citizen_words citizen;
		officer_words_read(word, settings, &words);
		if (words.verb != OFFICER_WORD || strcmp(words.word, word) != 0 || words.has_pin)
			fail_msg("%s is read as something else", word);
		words_read(word, settings, NULL, &citizen);
		if (citizen.verb != VERB_NONE && citizen.verb != VERB_COURTESY)
			fail_msg("%s is a citizen's word %d", word, citizen.verb);
		assert_true(officer_word_is_ours(word));
		assert_true(strlen(word) >= 3);
	}
	assert_true(count >= 256);
	assert_false(officer_word_is_ours("STATO"));
	assert_false(officer_word_is_ours(""));
}

static void words_are_drawn_at_random(void **state)
{
	int same = 0;
	const char *last = "";

	(void)state;
	for (int i = 0; i < 200; i++) {
		const char *word = officer_word_draw(nothing_is_taken, NULL);
		assert_true(officer_word_is_ours(word));
		same += strcmp(word, last) == 0;
		last = word;
	}
	assert_true(same < 20);
	assert_string_equal(officer_word_draw(all_but_one_are_taken, "ZUCCA"), "ZUCCA");
}

/* ---- which order a word answers ---------------------------------------------------------------------------------- */

enum { A = 1, B = 2, C = 3, NOW = 1000000, SOON = 1300000 };

static const struct officer_pending orders[] = {
	{5, A, 0, OFFICER_ORDER_CHECKING, NOW, 0, 0, ""},
	{4, A, 0, OFFICER_ORDER_WAITING, NOW, SOON, 0, "GATTO"},
	{3, B, 0, OFFICER_ORDER_WAITING_SECOND, NOW, SOON, 0, "VOLPE"},
	{2, A, B, OFFICER_ORDER_KEPT, NOW, SOON, 17, "LUPO"},
	{1, A, 0, OFFICER_ORDER_OVER, NOW, NOW, 0, "ORSO"},
};

static const struct {
	const char *text;
	int64_t who;
	bool may_confirm;
	int64_t now;
	enum officer_answer expected;
	int index;
} judged[] = {
	{"gatto", A, true, NOW + 1000, OFFICER_ANSWER_CONFIRMED, 1},
	{"gatto 4711", A, true, NOW + 1000, OFFICER_ANSWER_CONFIRMED, 1},
	{"gatto", A, true, SOON, OFFICER_ANSWER_LATE, 1},
	{"gatto", A, true, NOW - 120000, OFFICER_ANSWER_LATE, 1}, /* the clock was set back */
	{"gatto", B, true, NOW + 1000, OFFICER_ANSWER_WRONG, 1},  /* somebody else's word */
	{"gatto", C, false, NOW + 1000, OFFICER_ANSWER_LATE, -1},
	{"volpe", A, true, NOW + 1000, OFFICER_ANSWER_NO_PIN, 2},
	{"volpe 4711", A, true, NOW + 1000, OFFICER_ANSWER_SECONDED, 2},
	{"volpe 4711", C, true, NOW + 1000, OFFICER_ANSWER_SECONDED, 2},
	{"volpe 4711", C, false, NOW + 1000, OFFICER_ANSWER_LATE, -1},
	{"volpe 4711", B, true, NOW + 1000, OFFICER_ANSWER_WRONG, 2}, /* not one's own */
	{"volpe 4711", A, true, SOON + 1, OFFICER_ANSWER_LATE, 2},
	{"lupo", A, true, NOW + 1000, OFFICER_ANSWER_USED, 3},
	{"orso", A, true, NOW + 1000, OFFICER_ANSWER_LATE, 4},
	{"zebra", A, true, NOW + 1000, OFFICER_ANSWER_WRONG, 1},
	{"zebra", A, true, SOON + 1, OFFICER_ANSWER_LATE, -1},
	{"qualcosa", A, true, NOW + 1000, OFFICER_ANSWER_WRONG, 1},
	{"qualcosa", A, true, SOON + 1, OFFICER_ANSWER_NONE, -1},
	{"confermo", A, true, NOW + 1000, OFFICER_ANSWER_NO_WORD, 1},
	{"confermo", A, true, SOON + 1, OFFICER_ANSWER_NONE, -1},
};

static void words_find_their_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
		struct officer_words words;
		int index;
		officer_words_read(judged[i].text, settings, &words);
		enum officer_answer got = officer_state_judge(orders, sizeof orders / sizeof *orders, judged[i].who,
			judged[i].may_confirm, &words, judged[i].now, &index);
		if (got != judged[i].expected || index != judged[i].index)
			fail_msg("row %zu, \"%s\": %d of order %d, not %d of %d", i, judged[i].text, got, index,
				judged[i].expected, judged[i].index);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read),
		cmocka_unit_test(octets_do_no_harm),
		cmocka_unit_test(pins_are_masked),
		cmocka_unit_test(the_list_is_good),
		cmocka_unit_test(words_are_drawn_at_random),
		cmocka_unit_test(words_find_their_order),
	};

	return cmocka_run_group_tests(tests, settings_set_up, settings_tear_down);
}
