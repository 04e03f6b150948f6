/* What citizens' messages ask for: the rows of tests/vectors/citizen_words.tsv, and what holds for any text at all. */
#include "firmware-host/citizen_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef TESTS_DIR
#define TESTS_DIR "tests"
#endif

enum { ROWS_MIN = 950, LINE_SIZE = 4096, TEXT_SIZE = 8192 };

static struct settings *the_settings;
static struct texts *the_texts;
static struct texts_languages *the_languages;

/* The topics are the shipped ones. */
static const char configuration[] =
	"comune = { name = \"Santa Fiora\"; service = \"Comune Amico\"; };\n"
	"zones = ( { id = \"centro\"; name = \"Centro\"; aliases = \"Centro storico, Capoluogo\"; },\n"
	" { id = \"borgo\"; name = \"Borgo\"; }, { id = \"molino\"; name = \"Molino\"; },\n"
	" { id = \"bagnolo\"; name = \"Frazione Bagnolo\"; } );\n"
	"offices = ( { id = \"anagrafe\"; name = \"Anagrafe\"; }, { id = \"tecnico\"; name = \"Ufficio tecnico\"; },\n"
	" { id = \"sociali\"; name = \"Assistente sociale\"; } );\n";

static const char *const verbs[] = {
	[VERB_NONE] = "none",
	[VERB_JOIN] = "join",
	[VERB_LEAVE] = "leave",
	[VERB_STATUS] = "status",
	[VERB_TOPICS] = "topics",
	[VERB_ZONE] = "zone",
	[VERB_REPORT] = "report",
	[VERB_APPOINTMENT] = "appointment",
	[VERB_PRIVACY] = "privacy",
	[VERB_REPEAT] = "repeat",
	[VERB_HELP] = "help",
	[VERB_YES] = "yes",
	[VERB_NO] = "no",
	[VERB_NUMBER] = "number",
	[VERB_LANGUAGE] = "language",
	[VERB_COURTESY] = "courtesy",
};
static const char *const topics_dos[] = {"list", "set", "add", "remove", "all", "nothing"};
static const char *const bookings[] = {"new", "move", "cancel"};

static void read_text(const char *text, struct citizen_words *ret)
{
	words_read(text, the_settings, the_languages, ret);
}

static enum words_verb verb_of(const char *text)
{
	struct citizen_words words;

	read_text(text, &words);
	return words.verb;
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static const char *detail_of(const struct citizen_words *words, const char *key, char out[TEXT_SIZE])
{
	size_t used = 0;

	if (strcmp(key, "name") == 0)
		return words->name;
	if (strcmp(key, "zone") == 0)
		return words->zone;
	if (strcmp(key, "office") == 0)
		return words->office;
	if (strcmp(key, "topics") == 0)
		return words->topics;
	if (strcmp(key, "language") == 0)
		return words->language;
	if (strcmp(key, "do") == 0)
		return topics_dos[words->topics_do];
	if (strcmp(key, "booking") == 0)
		return bookings[words->booking];
	out[0] = '\0';
	if (strcmp(key, "argument") == 0)
		snprintf(out, TEXT_SIZE, "%.*s", (int)words->argument_length, words->argument);
	else if (strcmp(key, "numbers") != 0)
		fail_msg("no such detail: %s", key);
	for (int i = 0; strcmp(key, "numbers") == 0 && i < words->number_count; i++)
		used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%d", i ? " " : "", words->numbers[i]);
	return out;
}

/* 1 when a row is as it should be; else says how it is. */
static int row_check(int line, const char *text, const char *answer, char *details)
{
	struct citizen_words words;
	char out[TEXT_SIZE];
	int good;

	read_text(text, &words);
	good = strcmp(verbs[words.verb], answer) == 0;
	if (!good)
		print_error("line %d: \"%s\" is %s, not %s\n", line, text, verbs[words.verb], answer);
	for (char *one = details; good && *one;) {
		size_t length = strcspn(one, ";");
		char *next = one + length + (one[length] == ';'), *value = strchr(one, '=');
		/* an argument may hold anything; it comes last or alone */
		if (strncmp(one, "argument=", 9) != 0)
			one[length] = '\0';
		else
			next = one + strlen(one);
		*value++ = '\0';
		const char *got = detail_of(&words, one, out);
		if (strcmp(got, value) != 0) {
			print_error("line %d: \"%s\": %s is \"%s\", not \"%s\"\n", line, text, one, got, value);
			good = 0;
		}
		one = next;
	}
	return good;
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (text[0] == '\\' && text[1] == 'n') {
			*to++ = '\n';
			text++;
		} else {
			*to++ = *text;
		}
	*to = '\0';
}

/* Calls each() for every row of that kind; how many rows, and in *ret_bad how many it was 0 for. */
static int rows_each(
	const char *kind, int (*each)(int line, const char *text, const char *answer, char *details), int *ret_bad)
{
	static char line[LINE_SIZE];
	FILE *file = fopen(TESTS_DIR "/vectors/citizen_words.tsv", "r");
	int rows = 0, number = 1;

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	*ret_bad = 0;
	while (fgets(line, sizeof line, file)) {
		char *column[4], *at = line;
		number++;
		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < 4; i++) {
			column[i] = at;
			at += strcspn(at, "\t");
			if (i < 3 && *at != '\t')
				fail_msg("line %d has not four columns", number);
			if (*at)
				*at++ = '\0';
		}
		if (strcmp(column[0], kind) != 0)
			continue;
		rows++;
		unescape(column[1]);
		*ret_bad += !each(number, column[1], column[2], column[3]);
	}
	fclose(file);
	return rows;
}

static void messages_are_read(void **state)
{
	int bad;

	(void)state;
	assert_true(rows_each("read", row_check, &bad) >= ROWS_MIN);
	assert_int_equal(bad, 0);
}

static int automatic_check(int line, const char *text, const char *answer, char *details)
{
	bool automatic = words_is_automatic(text);

	(void)details;
	if (automatic == (strcmp(answer, "yes") == 0))
		return 1;
	print_error("line %d: \"%s\" is %s\n", line, text, automatic ? "automatic" : "not automatic");
	return 0;
}

static void machines_are_known(void **state)
{
	int bad;

	(void)state;
	assert_true(rows_each("automatic", automatic_check, &bad) >= 50);
	assert_int_equal(bad, 0);
}

/* No citizen's command is taken for a machine's. */
static int command_is_human(int line, const char *text, const char *answer, char *details)
{
	(void)details;
	if (strcmp(answer, "none") == 0 || !words_is_automatic(text))
		return 1;
	print_error("line %d: \"%s\" is automatic\n", line, text);
	return 0;
}

static void commands_are_human(void **state)
{
	int bad;

	(void)state;
	(void)rows_each("read", command_is_human, &bad);
	assert_int_equal(bad, 0);
}

/* ---- every slip ---------------------------------------------------------------------------------------------------- */

struct slips {
	enum words_verb never;
	int count, kept;
	enum words_verb want;
};

static void slip_try(struct slips *slips, const char *text)
{
	static const char *const around[] = {
		"%s", "%s COMUNE AMICO", "%sCOMUNEAMICO", "buongiorno %s comune amico grazie"};
	char message[128];

	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(message, sizeof message, around[i], text);
#pragma GCC diagnostic pop
		enum words_verb verb = verb_of(message);
		if (verb == slips->never)
			fail_msg("\"%s\" is %s", message, verbs[verb]);
		slips->count++;
		slips->kept += verb == slips->want;
	}
}

/* Every word one slip away: a letter changed, left out, put in, doubled, two swapped, a blank or a stop put in. */
static void slips_each(struct slips *slips, const char *word)
{
	static const char put[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .'-";
	size_t length = strlen(word);
	char text[32];

	for (size_t at = 0; at <= length; at++) {
		for (const char *letter = put; *letter; letter++) {
			snprintf(text, sizeof text, "%.*s%c%s", (int)at, word, *letter, word + at);
			slip_try(slips, text);
			if (at == length)
				continue;
			snprintf(text, sizeof text, "%.*s%c%s", (int)at, word, *letter, word + at + 1);
			slip_try(slips, text);
		}
		if (at < length) {
			snprintf(text, sizeof text, "%.*s%s", (int)at, word, word + at + 1);
			slip_try(slips, text);
		}
		if (at + 1 < length) {
			snprintf(text, sizeof text, "%.*s%c%c%s", (int)at, word, word[at + 1], word[at], word + at + 2);
			slip_try(slips, text);
		}
	}
}

static void a_slip_never_turns_round(void **state)
{
	struct slips joins = {.never = VERB_LEAVE, .want = VERB_JOIN};
	struct slips leaves = {.never = VERB_JOIN, .want = VERB_LEAVE};

	(void)state;
	slips_each(&joins, "ATTIVA");
	slips_each(&leaves, "DISATTIVA");
	/* and most are understood */
	print_message("one slip: %d of %d joined, %d of %d left\n", joins.kept, joins.count, leaves.kept, leaves.count);
	assert_true(joins.kept * 10 >= joins.count * 8);
	assert_true(leaves.kept * 10 >= leaves.count * 9);
}

/* ---- what holds for any text --------------------------------------------------------------------------------------- */

static bool same(const struct citizen_words *a, const struct citizen_words *b)
{
	return a->verb == b->verb && a->hint == b->hint && a->topics_do == b->topics_do && a->booking == b->booking &&
	       strcmp(a->topics, b->topics) == 0 && strcmp(a->zone, b->zone) == 0 &&
	       strcmp(a->office, b->office) == 0 && strcmp(a->language, b->language) == 0 &&
	       a->number_count == b->number_count && memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
}

/* Capitals, small letters, accents, blanks around and within: all the same. A name in small letters counts less, so joining
 * with nothing but a name is left out of the small ones. */
static int form_check(int line, const char *text, const char *answer, char *details)
{
	char form[TEXT_SIZE];
	struct citizen_words plain, other;

	read_text(text, &plain);
	snprintf(form, sizeof form, "  \t%s \n", text);
	read_text(form, &other);
	if (!same(&plain, &other)) {
		print_error("line %d: blanks around \"%s\" change it\n", line, text);
		return 0;
	}
	if (strstr(details, "name=") || strcmp(answer, "none") == 0)
		return 1;
	for (int up = 0; up < 2; up++) {
		for (size_t i = 0; i <= strlen(text); i++)
			form[i] = (char)((unsigned char)text[i] < 0x80 ? up ? toupper(text[i]) : tolower(text[i])
								       : text[i]);
		read_text(form, &other);
		if (!same(&plain, &other)) {
			print_error("line %d: \"%s\" is %s, \"%s\" is %s\n", line, text, verbs[plain.verb], form,
				verbs[other.verb]);
			return 0;
		}
	}
	return 1;
}

static void form_does_not_count(void **state)
{
	int bad;

	(void)state;
	(void)rows_each("read", form_check, &bad);
	assert_int_equal(bad, 0);
}

/* A text of letters and blanks alone, each word once and in capitals, as the reader sees it. */
static void normalise(const char *text, char out[TEXT_SIZE])
{
	size_t used = 0;

	for (; *text && used + 1 < TEXT_SIZE; text++)
		if (isalnum((unsigned char)*text))
			out[used++] = (char)toupper((unsigned char)*text);
		else if (used > 0 && out[used - 1] != ' ')
			out[used++] = ' ';
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

static int normal_check(int line, const char *text, const char *answer, char *details)
{
	char form[TEXT_SIZE];
	enum words_verb verb = verb_of(text);

	if (strstr(details, "name=")) /* capitals tell a foreign name */
		return 1;
	/* accents, signs and addresses say something; what is plain must read as it did */
	if (strcmp(answer, "none") == 0 || (verb != VERB_JOIN && verb != VERB_LEAVE))
		return 1;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at >= 0x80 || *at == '?')
			return 1;
	normalise(text, form);
	if (verb_of(form) == verb)
		return 1;
	print_error("line %d: \"%s\" is %s, \"%s\" is %s\n", line, text, verbs[verb], form, verbs[verb_of(form)]);
	return 0;
}

static void normal_form_reads_alike(void **state)
{
	int bad;

	(void)state;
	(void)rows_each("read", normal_check, &bad);
	assert_int_equal(bad, 0);
}

/* A joining or leaving row with one strange word more is never the other. */
static int strange_check(int line, const char *text, const char *answer, char *details)
{
	static const char *const strange[] = {"non", "buche", "quando", "via Roma", "https://x.example", "?"};
	char form[TEXT_SIZE];

	(void)details;
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		snprintf(form, sizeof form, "%s %s", text, strange[i]);
		enum words_verb verb = verb_of(form);
		if ((strcmp(answer, "leave") == 0 && verb == VERB_JOIN) ||
			(strcmp(answer, "join") == 0 && verb == VERB_LEAVE) ||
			(strcmp(answer, "none") == 0 && verb == VERB_LEAVE)) {
			print_error("line %d: \"%s\" is %s\n", line, form, verbs[verb]);
			return 0;
		}
	}
	return 1;
}

static void a_word_more_does_not_turn_round(void **state)
{
	int bad;

	(void)state;
	(void)rows_each("read", strange_check, &bad);
	assert_int_equal(bad, 0);
}

static void any_octets_are_safe(void **state)
{
	static const char *const pieces[] = {"attiva", "dis", " ", "comune", "amico", "\xC3", "\xA0",
		"\xF0\x9F\x91\x8D", "stop", "1", "\xE2\x80\xAE", "\xCC\x80", "?", "zona", "+", "-", "\xFF",
		"appuntamento", "argomenti", "Rossi", "\n", "segnala", "\xD9\x85\xD8\xB1", ":",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	char text[TEXT_SIZE];
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct citizen_words words;
		size_t used = 0;
		text[0] = '\0';
		for (int count = (int)(random >> 16) % 14; count >= 0; count--) {
			random = random * 1103515245 + 12345;
			const char *piece = pieces[(random >> 16) % (sizeof pieces / sizeof *pieces)];
			used += (size_t)snprintf(text + used, sizeof text - used, "%s", piece);
		}
		read_text(text, &words);
		(void)words_is_automatic(text);
		assert_true(words.argument >= text && words.argument + words.argument_length <= text + strlen(text));
		assert_true(
			(size_t)words.verb < sizeof verbs / sizeof *verbs && words.number_count <= WORDS_NUMBERS_MAX);
	}
}

static void long_messages_ask_for_nothing(void **state)
{
	static char text[200 * 1024];
	struct citizen_words words;

	(void)state;
	for (size_t i = 0; i + 8 < sizeof text; i += 7)
		memcpy(text + i, "attiva ", 8);
	read_text(text, &words);
	assert_int_equal(words.verb, VERB_NONE);
	memcpy(text, "segnala", 7);
	read_text(text, &words);
	assert_int_equal(words.verb, VERB_REPORT);
	assert_true(words.argument_length > sizeof text - 32);
}

/* ---- hints, choices, languages, our own sentences ------------------------------------------------------------------ */

static void doubt_gives_a_hint(void **state)
{
	static const struct {
		const char *text;
		enum words_verb hint;
	} rows[] = {
		{"SATTIVA", VERB_HELP},
		{"attiva disattiva", VERB_HELP},
		{"di attiva comune amico", VERB_JOIN},
		{"attiva kovalenko", VERB_JOIN},
		{"disattiva kovalenko", VERB_LEAVE},
		{"stop viabilità", VERB_TOPICS},
		{"Basta con queste buche!", VERB_NONE},
		{"non mi disattivate", VERB_NONE},
		{"attiva la luce", VERB_NONE},
		{"basta", VERB_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct citizen_words words;
		read_text(rows[i].text, &words);
		if (words.hint != rows[i].hint)
			fail_msg("\"%s\": hint %s, not %s", rows[i].text, verbs[words.hint], verbs[rows[i].hint]);
	}
}

static void choices_are_read(void **state)
{
	static const struct {
		const char *id, *verb, *key, *value;
	} rows[] = {
		{"join", "join", "name", ""},
		{"leave", "leave", "name", ""},
		{"topics", "topics", "do", "list"},
		{"topics:viabilita", "topics", "topics", "viabilita"},
		{"topics:viabilita", "topics", "do", "add"},
		{"topics:-viabilita", "topics", "do", "remove"},
		{"topics:*", "topics", "do", "all"},
		{"topics:-", "topics", "do", "nothing"},
		{"topics:gone", "topics", "do", "list"},
		{"zone:borgo", "zone", "zone", "borgo"},
		{"zone:gone", "zone", "zone", ""},
		{"appointment:anagrafe", "appointment", "office", "anagrafe"},
		{"move", "appointment", "booking", "move"},
		{"cancel", "appointment", "booking", "cancel"},
		{"number:7", "number", "numbers", "7"},
		{"language:de", "language", "language", "de"},
		{"yes", "yes", "name", ""},
	};
	static const char *const unknown[] = {
		"", ":", "joined", "join:x", "leave:", "number:", "number:0", "number:100", "number:x", "STOP_ALLERTE"};
	struct citizen_words words;
	char out[TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(words_read_choice(rows[i].id, the_settings, &words));
		assert_string_equal(verbs[words.verb], rows[i].verb);
		assert_string_equal(detail_of(&words, rows[i].key, out), rows[i].value);
	}
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		if (words_read_choice(unknown[i], the_settings, &words))
			fail_msg("\"%s\" is %s", unknown[i], verbs[words.verb]);
		assert_int_equal(words.verb, VERB_NONE);
	}
}

static void languages_add_words(void **state)
{
	static const struct {
		const char *text, *verb;
	} rows[] = {
		{"ANMELDEN", "join"},
		{"anmelden comune amico", "join"},
		{"Anmelden bitte", "join"},
		{"ABMELDEN", "leave"},
		{"Abmelden Comune Amico, danke", "leave"},
		{"THEMEN", "topics"},
		{"THEMEN ALLE", "topics"},
		{"ORT Molino", "zone"},
		{"MELDUNG Loch in der Straße", "report"},
		{"TERMIN", "appointment"},
		{"Termin absagen", "appointment"},
		{"ABSAGEN", "appointment"},
		{"HILFE", "help"},
		{"JA", "yes"},
		{"Nein danke", "no"},
		{"WIEDERHOLEN", "repeat"},
		{"DATENSCHUTZ", "privacy"},
		{"ABNELDEN", "none"},
		{"Ich möchte mein Kind anmelden", "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(verbs[verb_of(rows[i].text)], rows[i].verb) != 0)
			fail_msg("\"%s\" is %s, not %s", rows[i].text, verbs[verb_of(rows[i].text)], rows[i].verb);
}

/* Two boxes that write to each other must not sign each other up, or out, or talk for ever. */
static void own_sentences_are_harmless(void **state)
{
	static const enum text_id automatic[] = {TEXT_WELCOME, TEXT_WELCOME_ONE_WAY, TEXT_WELCOME_BACK, TEXT_GOODBYE,
		TEXT_CALL_WELCOME, TEXT_HELP, TEXT_HELP_ONE_WAY, TEXT_POINTER};
	static const struct text_value values[] = {{"comune", "Santa Fiora"}, {"service", "Comune Amico"},
		{"privacy_url", "https://x.example"}, {"contacts", "tel. 0564 977036"}, {"text", "prova"},
		{"number", "7"}};
	char out[TEXTS_TEXT_MAX * 2];

	(void)state;
	for (int l = 0; l < texts_languages_count(the_languages); l++) {
		const struct texts *texts = texts_languages_get(the_languages, l, NULL);
		for (int id = TEXT_WELCOME; id < TEXT_BUTTON_JOIN; id++) {
			assert_true(texts_fill(texts, (enum text_id)id, values, 6, out, sizeof out) > 0);
			enum words_verb verb = verb_of(out);
			if (verb == VERB_JOIN || verb == VERB_LEAVE)
				fail_msg("our own \"%s\" is %s", out, verbs[verb]);
		}
		for (size_t i = 0; i < sizeof automatic / sizeof *automatic; i++) {
			assert_true(texts_fill(texts, automatic[i], values, 6, out, sizeof out) > 0);
			if (!words_is_automatic(out))
				fail_msg("our own \"%s\" is not known for a machine's", out);
		}
	}
}

static int open_all(void **state)
{
	struct err err = {0, ""};

	(void)state;
	if (settings_read_string(configuration, sizeof configuration - 1, "t.cfg", &the_settings, &err) != 0 ||
		texts_read(NULL, false, &the_texts, &err) != 0 ||
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
	settings_free(the_settings);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_read),
		cmocka_unit_test(machines_are_known),
		cmocka_unit_test(commands_are_human),
		cmocka_unit_test(a_slip_never_turns_round),
		cmocka_unit_test(form_does_not_count),
		cmocka_unit_test(normal_form_reads_alike),
		cmocka_unit_test(a_word_more_does_not_turn_round),
		cmocka_unit_test(any_octets_are_safe),
		cmocka_unit_test(long_messages_ask_for_nothing),
		cmocka_unit_test(doubt_gives_a_hint),
		cmocka_unit_test(choices_are_read),
		cmocka_unit_test(languages_add_words),
		cmocka_unit_test(own_sentences_are_harmless),
	};

	return cmocka_run_group_tests_name("citizen words", tests, open_all, close_all);
}
