/* The sentences citizens read, as shipped, filled with real names: in the GSM alphabet after folding, and in as many SMS as
 * promised; the German ones too. What each must say is checked when a file is read, and so are the files of languages. */
#include "config/texts.h"
#include "modem/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef TESTS_DIR
#define TESTS_DIR "tests"
#endif

enum { VALUES = 24 };

/* For LeakSanitizer: libconfig 1.5 loses a string which a syntax error follows. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

#define TOPICS                                                                                                         \
	"1 Servizi, 2 Progetti, 3 Interventi, 4 Lavori pubblici, 5 Scadenze, 6 Trasporti, 7 Viabilità, 8 Iniziative " \
	"culturali, 9 Iniziative sociali, 10 Allerta meteo, 11 Stati di emergenza"
#define SLOTS "1) lun 24/11 9:00, 2) lun 24/11 9:15, 3) mar 25/11 9:00, 4) altri orari"

/* What is the same in every comune. */
#define COMMON                                                                                              \
	{"topics", "tutti"}, {"zone", "Capoluogo"}, {"number", "1042"}, {"name", "Maria Teresa De Luca"},   \
		{"phone", "+393331234567"}, {"joined", "21/11/2026"}, {"channel", "SMS"}, {"reports", "2"}, \
		{"appointments", "1"}, {"days", "365"}, {"text", "Il lampione è riparato."},                \
		{"state", "in lavorazione"}, {"office", "Ufficio tecnico"},                                 \
		{"offices", "1 Anagrafe, 2 Ufficio tecnico, 3 Assistente sociale"}, {"slots", SLOTS},       \
		{"when", "lunedì 24/11 alle 9:15"}, {"zones", "Capoluogo, Borgo, Molino, Bagnolo"},         \
		{"example", "Molino"}, {"total", "4"},                                                      \
	{                                                                                                   \
		"languages", "italiano, Deutsch"                                                            \
	}

static const struct text_value typical[VALUES] = {{"comune", "Santa Fiora"}, {"service", "Comune Amico"},
	{"privacy_url", "https://www.comune.santafiora.gr.it/privacy"}, {"contacts", "tel. 0564 977036"}, COMMON};
static const struct text_value one_way[VALUES] = {{"comune", "San Massimo"}, {"service", "San Massimo Informa"},
	{"privacy_url", "https://comune.sanmassimo.cb.it"}, {"contacts", "tel. 0874 780132"}, COMMON};
/* the longest name a comune has, 34 letters */
static const struct text_value longest[VALUES] = {{"comune", "San Valentino in Abruzzo Citeriore"},
	{"service", "Comune di San Valentino"},
	{"privacy_url", "https://www.comune.sanvalentinoinabruzzociteriore.pe.it/privacy"},
	{"contacts", "Ufficio Relazioni con il Pubblico, tel. 085 8574131"}, COMMON};

/* How many SMS each takes: with usual values, and at most with the longest. */
static const struct promise {
	enum text_id id;
	int usual, most;
} promises[] = {
	{TEXT_WELCOME, 1, 2},
	{TEXT_WELCOME_BACK, 1, 1},
	{TEXT_GOODBYE, 1, 1},
	{TEXT_NOT_SUBSCRIBED, 1, 1},
	{TEXT_WELCOME_ONE_WAY, 1, 2},
	{TEXT_CALL_WELCOME, 1, 2},
	{TEXT_ASK_NUMBER, 1, 1},
	{TEXT_NUMBER_KEPT, 1, 1},
	{TEXT_NUMBER_UNCLEAR, 1, 1},
	{TEXT_STATUS, 1, 2},
	{TEXT_TOPICS, 2, 2},
	{TEXT_TOPICS_ON, 1, 1},
	{TEXT_TOPICS_OFF, 1, 1},
	{TEXT_TOPICS_CHANGED, 1, 1},
	{TEXT_TOPICS_UNKNOWN, 1, 1},
	{TEXT_ZONE_SET, 1, 1},
	{TEXT_ZONE_UNKNOWN, 1, 1},
	{TEXT_ZONE_NONE, 1, 1},
	{TEXT_LANGUAGE_SET, 1, 1},
	{TEXT_LANGUAGE_UNKNOWN, 1, 1},
	{TEXT_PRIVACY, 3, 3},
	{TEXT_PRIVACY_HIDDEN, 1, 1},
	{TEXT_PRIVACY_NONE, 1, 2},
	{TEXT_HELP, 1, 2},
	{TEXT_HELP_ONE_WAY, 1, 2},
	{TEXT_HINT_JOIN, 1, 1},
	{TEXT_HINT_LEAVE, 1, 1},
	{TEXT_HINT_TOPICS, 1, 1},
	{TEXT_HINT_HELP, 1, 1},
	{TEXT_REPORT_ASK, 1, 1},
	{TEXT_REPORT_ACK, 1, 1},
	{TEXT_REPORT_ADDED, 1, 1},
	{TEXT_REPORT_STATE, 1, 1},
	{TEXT_REPORT_REPLY, 1, 1},
	{TEXT_REPORT_CLOSED, 1, 1},
	{TEXT_REPORT_UNKNOWN, 1, 1},
	{TEXT_APPOINTMENT_OFFICE, 1, 1},
	{TEXT_APPOINTMENT_SLOTS, 1, 1},
	{TEXT_APPOINTMENT_CONFIRM, 1, 1},
	{TEXT_APPOINTMENT_BOOKED, 1, 1},
	{TEXT_APPOINTMENT_CONFIRMED, 1, 2},
	{TEXT_APPOINTMENT_MOVED, 2, 2},
	{TEXT_APPOINTMENT_DECLINED, 2, 2},
	{TEXT_APPOINTMENT_REMINDER, 1, 2},
	{TEXT_APPOINTMENT_CANCELLED, 1, 1},
	{TEXT_APPOINTMENT_NONE_FREE, 1, 1},
	{TEXT_APPOINTMENT_TAKEN, 1, 1},
	{TEXT_APPOINTMENT_NONE, 1, 1},
	{TEXT_APPOINTMENT_STOPPED, 1, 1},
	{TEXT_APPOINTMENT_NOT_OFFERED, 1, 1},
	{TEXT_APPOINTMENT_WHICH, 1, 1},
	{TEXT_APPOINTMENT_ENOUGH, 1, 1},
	{TEXT_APPOINTMENT_NO_COMES, 1, 1},
	{TEXT_CHOICE_UNKNOWN, 1, 1},
	{TEXT_POINTER, 1, 2},
	{TEXT_REPEAT, 1, 1},
	{TEXT_REPEAT_NONE, 1, 1},
	{TEXT_UNREADABLE, 1, 1},
	{TEXT_TRY_LATER, 1, 1},
	{TEXT_SURVEY, 1, 1},
	{TEXT_SURVEY_THANKS, 1, 1},
};

static struct texts *the_texts;
static struct texts_languages *the_languages;

/* The SMS a sentence takes, filled and folded as it is sent; fails unless it stays in the GSM alphabet. */
static int parts_of(
	const struct texts *texts, enum text_id id, const struct text_value *values, char *folded, size_t size)
{
	char out[TEXTS_TEXT_MAX * 2];
	enum pdu_alphabet alphabet;
	unsigned changed;

	struct text_value own[VALUES];
	memcpy(own, values, sizeof own);
	for (int i = 0; id == TEXT_TOPICS && i < VALUES; i++)
		if (strcmp(own[i].name, "topics") == 0)
			own[i].value = TOPICS;
	assert_true(texts_fill(texts, id, own, VALUES, out, sizeof out) > 0);
	assert_true(fold_italian(out, folded, size, &changed) >= 0);
	int parts = segment_count(folded, &alphabet);
	if (alphabet != PDU_GSM7)
		fail_msg("not in the GSM alphabet: %s", folded);
	if (strstr(folded, "  ") || strstr(folded, " .") || strstr(folded, "..") || strstr(folded, " ,"))
		fail_msg("badly put: %s", folded);
	return parts;
}

static void sentences_take_what_they_promise(void **state)
{
	static const struct text_value *const worlds[] = {typical, one_way, longest};
	char text[TEXTS_TEXT_MAX * 3];
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
		for (int w = 0; w < 3; w++) {
			int most = w < 2 ? promises[i].usual : promises[i].most;
			int parts = parts_of(the_texts, promises[i].id, worlds[w], text, sizeof text);
			if (parts > most) {
				print_error("%d SMS, not %d: %s\n", parts, most, text);
				bad++;
			}
		}
	assert_int_equal(bad, 0);
}

/* German runs longer: one more at most. */
static void german_is_whole(void **state)
{
	const struct texts *german = texts_in(the_languages, "de");
	char text[TEXTS_TEXT_MAX * 3];
	int bad = 0;

	(void)state;
	assert_ptr_not_equal(german, the_texts);
	for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
		int parts = parts_of(german, promises[i].id, typical, text, sizeof text);
		if (parts > promises[i].usual) {
			print_error("%d SMS, not %d: %s\n", parts, promises[i].usual, text);
			bad++;
		}
		if (strcmp(texts_get(german, promises[i].id), texts_get(the_texts, promises[i].id)) == 0)
			fail_msg("not in German: %s", texts_get(german, promises[i].id));
	}
	assert_int_equal(bad, 0);
	assert_string_equal(texts_get(german, TEXT_LANGUAGE_NAME), "Deutsch");
	assert_string_equal(texts_get(german, TEXT_WHY_DISK), texts_get(the_texts, TEXT_WHY_DISK));
}

/* Every text a citizen may get is in the table above, so that a new one is measured too. */
static void every_sentence_is_measured(void **state)
{
	(void)state;
	for (int id = TEXT_WELCOME; id < TEXT_BUTTON_JOIN; id++) {
		bool found = !strchr(texts_get(the_texts, (enum text_id)id), ' '); /* a word inside another */
		for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
			found |= promises[i].id == (enum text_id)id;
		bool piece = id == TEXT_LIST_ITEM || id == TEXT_APPOINTMENT_SLOT || id == TEXT_APPOINTMENT_MORE ||
			     id == TEXT_TOPICS_NOTHING ||
			     (id >= TEXT_REPORT_STATE_NEW && id <= TEXT_REPORT_STATE_CLOSED);
		if (!found && !piece)
			fail_msg("not measured: %s", texts_get(the_texts, (enum text_id)id));
	}
}

static void emergencies_go_to_112(void **state)
{
	static const enum text_id ids[] = {TEXT_WELCOME, TEXT_HELP, TEXT_HELP_ONE_WAY, TEXT_REPORT_ASK, TEXT_REPORT_ACK,
		TEXT_REPORT_ADDED, TEXT_POINTER, TEXT_UNREADABLE, TEXT_TRY_LATER};

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		assert_non_null(strstr(texts_get(the_texts, ids[i]), "112"));
		assert_non_null(strstr(texts_get(texts_in(the_languages, "de"), ids[i]), "112"));
	}
}

static void a_comune_is_told_what_must_stay(void **state)
{
	static const struct {
		const char *text, *what;
	} broken[] = {
		{"report_ack = \"Segnalazione {number}, grazie\";", "t.cfg:1: report_ack does not say 112"},
		{"report_ack = \"Grazie. Emergenze 112\";", "report_ack does not hold {number}"},
		{"report_state = \"n. {number}\";", "report_state does not hold {state}"},
		{"help = \"Scrivi\";", "help does not say 112"},
		{"button_report = \"Segnala qui un problema\";",
			"button_report is too long (23 characters); shorten it to 20"},
		{"topics = \"{number} {topics}\";", "topics cannot hold {number}"},
	};
	struct texts *texts;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		if (texts_read_string(broken[i].text, strlen(broken[i].text), "t.cfg", &texts, &err) == 0)
			fail_msg("accepted: %s", broken[i].text);
		if (!strstr(err.text, broken[i].what))
			fail_msg("not \"%s\": %s", broken[i].what, err.text);
	}
	assert_int_equal(
		texts_read_string("button_report = \"Perciò così più già è\";", 44, "t.cfg", &texts, &err), -1);
	assert_int_equal(texts_read_string("button_report = \"Più già così\";", 34, "t.cfg", &texts, &err), 0);
	texts_free(texts);
}

/* ---- files of languages -------------------------------------------------------------------------------------------- */

static void file_write(const char *folder, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void file_remove(const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	(void)unlink(path);
}

static void languages_stand_beside(void **state)
{
	static const char *const names[] = {"texts.it.cfg", "texts.de.cfg", "texts.lld.cfg", "texts.DE.cfg",
		"texts.cfg", "texts.de.cfg.bak", "notes.de.cfg"};
	char folder[] = "/tmp/test_texts_citizen.XXXXXX", path[128];
	struct texts_languages *languages;
	struct err err = {0, ""};
	const char *code;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		file_write(folder, names[i], i < 3 ? "goodbye = \"Pfiati\";\n" : "nonsense");
	snprintf(path, sizeof path, "%s/texts.it.cfg", folder);
	if (texts_languages_read(path, the_texts, &languages, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(texts_languages_count(languages), 3);
	assert_ptr_equal(texts_languages_get(languages, 0, &code), the_texts);
	assert_string_equal(code, "it");
	assert_string_equal(texts_get(texts_in(languages, "de"), TEXT_GOODBYE), "Pfiati");
	assert_string_equal(texts_get(texts_in(languages, "de"), TEXT_WELCOME), texts_get(the_texts, TEXT_WELCOME));
	assert_string_equal(texts_get(texts_in(languages, "lld"), TEXT_GOODBYE), "Pfiati");
	assert_ptr_equal(texts_in(languages, "fr"), the_texts);
	assert_ptr_equal(texts_in(languages, ""), the_texts);
	texts_languages_free(languages);

	file_write(folder, "texts.de.cfg", "goodbye = \"{nobody}\";\n");
	assert_int_equal(texts_languages_read(path, the_texts, &languages, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, "texts.de.cfg:1: goodbye cannot hold {nobody}"));

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		file_remove(folder, names[i]);
	for (char letter = 'a'; letter < 'a' + TEXTS_LANGUAGES_MAX; letter++) {
		char name[32];
		snprintf(name, sizeof name, "texts.x%c.cfg", letter);
		file_write(folder, name, "");
	}
	assert_int_equal(texts_languages_read(path, the_texts, &languages, &err), -1);
	assert_non_null(strstr(err.text, "more than 8 languages"));
	for (char letter = 'a'; letter < 'a' + TEXTS_LANGUAGES_MAX; letter++) {
		char name[32];
		snprintf(name, sizeof name, "texts.x%c.cfg", letter);
		file_remove(folder, name);
	}
	assert_int_equal(rmdir(folder), 0);
	if (texts_languages_read(path, the_texts, &languages, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(texts_languages_count(languages), 1);
	texts_languages_free(languages);
	texts_languages_free(NULL);
}

static int open_all(void **state)
{
	struct err err = {0, ""};

	(void)state;
	if (texts_read(NULL, false, &the_texts, &err) != 0 ||
		texts_languages_read(TESTS_DIR "/../config/texts.it.cfg", the_texts, &the_languages, &err) != 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	texts_languages_free(the_languages);
	texts_free(the_texts);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_take_what_they_promise),
		cmocka_unit_test(german_is_whole),
		cmocka_unit_test(every_sentence_is_measured),
		cmocka_unit_test(emergencies_go_to_112),
		cmocka_unit_test(a_comune_is_told_what_must_stay),
		cmocka_unit_test(languages_stand_beside),
	};

	return cmocka_run_group_tests_name("texts for citizens", tests, open_all, close_all);
}
