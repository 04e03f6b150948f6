/* The sentences: the built-in ones are whole, short and in the GSM alphabet; slips in a file are found; filling. */
#include "config/texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For LeakSanitizer: libconfig 1.5 loses a string which a syntax error follows. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static struct texts *built_in(void)
{
	struct texts *texts = NULL;
	struct err err = {0, ""};

	if (texts_read(NULL, false, &texts, &err) != 0)
		fail_msg("%s", err.text);
	return texts;
}

static struct texts *read_good(const char *text)
{
	struct texts *texts = NULL;
	struct err err = {0, ""};

	if (texts_read_string(text, strlen(text), "t.cfg", &texts, &err) != 0)
		fail_msg("refused: %s", err.text);
	return texts;
}

/* Septets of TS 23.038's default alphabet, of what Italian texts use of it; -1 when a character is not in it. */
static int septets(const char *text)
{
	static const char *const letters[] = {"à", "è", "é", "ì", "ò", "ù", "Ç", "É", "£", "§"};
	int count = 0;

	while (*text) {
		size_t length = 0;

		if (strchr("\n !\"#%&'()*+,-./:;<=>?@_$", *text) || (*text >= '0' && *text <= '9') ||
			(*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z'))
			length = 1;
		for (size_t i = 0; length == 0 && i < sizeof letters / sizeof *letters; i++)
			if (strncmp(text, letters[i], strlen(letters[i])) == 0)
				length = strlen(letters[i]);
		if (length == 0 && strchr("[]{}", *text)) { /* in the extension table: two */
			length = 1;
			count++;
		}
		if (length == 0)
			return -1;
		count++;
		text += length;
	}
	return count;
}

static void test_septets(void **state)
{
	(void)state;
	assert_int_equal(septets("è già E' £"), 10);
	assert_int_equal(septets("[a]"), 5);
	assert_int_equal(septets("È"), -1);
	assert_int_equal(septets("l’acqua"), -1);
	assert_int_equal(septets("°"), -1);
}

static void test_built_in_is_gsm(void **state)
{
	struct texts *texts = built_in();

	(void)state;
	for (int id = 0; id < TEXT_COUNT; id++) {
		const char *text = texts_get(texts, (enum text_id)id);

		if (text[0] == '\0' || septets(text) < 0)
			fail_msg("text %d: \"%s\"", id, text);
	}
	texts_free(texts);
}

/* What each citizen gets without an officer's words must fit one SMS, for long but real names. */
static void test_replies_fit_one_sms(void **state)
{
	static const struct text_value names[][4] = {
		{{"comune", "Santa Fiora"}, {"service", "Comune Amico"},
			{"privacy_url", "https://www.comune.santafiora.gr.it/privacy"},
			{"contacts", "tel. 0564 977036"}},
		{{"comune", "San Massimo"}, {"service", "San Massimo Informa"},
			{"privacy_url", "https://comune.sanmassimo.cb.it"}, {"contacts", "tel. 0874 780132"}},
		{{"comune", "Castelfranco Piandis"}, {"service", "Comune Amico"}, {"privacy_url", ""},
			{"contacts", ""}},
	};
	static const enum text_id replies[] = {TEXT_WELCOME, TEXT_WELCOME_BACK, TEXT_GOODBYE, TEXT_NOT_SUBSCRIBED};
	struct texts *texts = built_in();
	char out[TEXTS_TEXT_MAX];

	(void)state;
	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
			assert_true(texts_fill(texts, replies[i], names[n], 4, out, sizeof out) > 0);
			if (septets(out) < 0 || septets(out) > 160)
				fail_msg("%d septets: %s", septets(out), out);
		}
	texts_free(texts);
}

static void test_welcome_says_what_it_must(void **state)
{
	const struct text_value values[] = {{"service", "Comune Amico"}, {"privacy_url", "https://x.example"}};
	struct texts *texts = built_in();
	char out[TEXTS_TEXT_MAX];

	(void)state;
	assert_true(texts_fill(texts, TEXT_WELCOME, values, 2, out, sizeof out) > 0);
	assert_non_null(strstr(out, "DISATTIVA Comune Amico"));
	assert_non_null(strstr(out, " Privacy: https://x.example"));
	assert_non_null(strstr(out, "112"));

	assert_true(texts_fill(texts, TEXT_WELCOME, values, 1, out, sizeof out) > 0);
	assert_null(strstr(out, "Privacy"));
	assert_null(strpbrk(out, "[]{}"));
	texts_free(texts);
}

static void fill_one(const struct texts *texts, enum text_id id, const char *name, const char *value, char *out)
{
	const struct text_value values[] = {{name, value}};

	assert_true(texts_fill(texts, id, values, 1, out, TEXTS_TEXT_MAX) > 0);
}

static void test_alert_reads_well(void **state)
{
	struct texts *texts = built_in();
	char hazard[TEXTS_TEXT_MAX], phase[TEXTS_TEXT_MAX], until[TEXTS_TEXT_MAX], out[TEXTS_TEXT_MAX];
	char exercise[TEXTS_TEXT_MAX];

	(void)state;
	fill_one(texts, TEXT_ALERT_HAZARD, "hazard", "pioggia e frane", hazard);
	fill_one(texts, TEXT_ALERT_PHASE, "phase", texts_get(texts, TEXT_PHASE_ATTENTION), phase);
	fill_one(texts, TEXT_ALERT_UNTIL, "until", "18:30", until);
	const struct text_value full[] = {{"comune", "Santa Fiora"}, {"colour", texts_get(texts, TEXT_COLOUR_ORANGE)},
		{"hazard", hazard}, {"phase", phase}, {"until", until}, {"text", "Lontano dai fiumi."}};
	assert_true(texts_fill(texts, TEXT_ALERT, full, 6, out, sizeof out) > 0);
	assert_string_equal(out,
		"Comune di Santa Fiora: ALLERTA ARANCIONE per pioggia e frane, fase di ATTENZIONE, fino "
		"alle 18:30. Lontano dai fiumi.");
	assert_true(septets(out) <= 160);

	const struct text_value bare[] = {{"comune", "Santa Fiora"}, {"colour", "ROSSA"}, {"text", "Salite."}};
	assert_true(texts_fill(texts, TEXT_ALERT, bare, 3, out, sizeof out) > 0);
	assert_string_equal(out, "Comune di Santa Fiora: ALLERTA ROSSA. Salite.");

	const struct text_value clear[] = {
		{"comune", "Santa Fiora"}, {"hazard", "neve"}, {"text", texts_get(texts, TEXT_CLEAR_DEFAULT)}};
	assert_true(texts_fill(texts, TEXT_CLEAR, clear, 3, exercise, sizeof exercise) > 0);
	assert_string_equal(exercise, "Comune di Santa Fiora: CESSATO ALLARME per neve. Il pericolo è passato: potete "
				      "riprendere le normali attività.");

	fill_one(texts, TEXT_EXERCISE, "text", out, exercise);
	assert_int_equal(strncmp(exercise, "ESERCITAZIONE", 13), 0);
	assert_string_equal(exercise + strlen(exercise) - 13, "ESERCITAZIONE");

	const struct text_value news[] = {{"comune", "Santa Fiora"}, {"topic", "Scadenze"}, {"text", "IMU."}};
	assert_true(texts_fill(texts, TEXT_NEWS, news, 3, out, sizeof out) > 0);
	assert_string_equal(out, "Comune di Santa Fiora, Scadenze: IMU.");
	const struct text_value topicless[] = {{"comune", "Santa Fiora"}, {"topic", NULL}, {"text", "IMU."}};
	assert_true(texts_fill(texts, TEXT_NEWS, topicless, 3, out, sizeof out) > 0);
	assert_string_equal(out, "Comune di Santa Fiora: IMU.");
	texts_free(texts);
}

static void test_values_are_not_patterns(void **state)
{
	struct texts *texts = read_good("clear = \"{{{comune}}} [[x]] {text}\";");
	const struct text_value values[] = {{"comune", "{text}"}, {"text", "[a] {comune} } ]"}};
	char out[TEXTS_TEXT_MAX];

	(void)state;
	assert_true(texts_fill(texts, TEXT_CLEAR, values, 2, out, sizeof out) > 0);
	assert_string_equal(out, "{{text}} [x] [a] {comune} } ]");
	texts_free(texts);
}

static void test_no_room(void **state)
{
	struct texts *texts = read_good("template_exercise_text = \"è {text} fine\";");
	const struct text_value values[] = {{"text", "così è"}};
	const char *whole = "è così è fine";
	char out[32];

	(void)state;
	for (size_t size = 1; size <= strlen(whole); size++) {
		memset(out, 'x', sizeof out);
		assert_int_equal(texts_fill(texts, TEXT_TEMPLATE_EXERCISE_TEXT, values, 1, out, size), -1);
		assert_int_equal(strncmp(whole, out, strlen(out)), 0);
		assert_true(strlen(out) < size && strlen(out) + 2 >= size);
		assert_true(((unsigned char)whole[strlen(out)] & 0xc0) != 0x80);
		assert_int_equal(out[size], 'x');
	}
	assert_int_equal(
		texts_fill(texts, TEXT_TEMPLATE_EXERCISE_TEXT, values, 1, out, strlen(whole) + 1), strlen(whole));
	assert_string_equal(out, whole);
	texts_free(texts);
}

static void test_file_replaces_and_keeps(void **state)
{
	struct texts *texts = read_good("# mine\ncolour_red = \"ROSSISSIMA\";\n");

	(void)state;
	assert_string_equal(texts_get(texts, TEXT_COLOUR_RED), "ROSSISSIMA");
	assert_string_equal(texts_get(texts, TEXT_COLOUR_YELLOW), "GIALLA");
	texts_free(texts);
}

static void test_broken(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *what, *remedy;
	} broken[] = {
		{"\nwelcom = \"x\";", 2, "unknown text welcom", "did you mean welcome?"},
		{"zzzzzzzz = \"x\";", 1, "unknown text", "remove it"},
		{"welcome = 5;", 1, "must be a string", "write welcome = "},
		{"welcome = \"\";", 1, "is empty", "write a sentence"},
		{"alert = \"{comune} {colour}\";", 1, "does not hold {text}", "put it"},
		{"exercise = \"ESERCITAZIONE {text}\";", 1, "begin and end", "ESERCITAZIONE"},
		{"exercise = \"Prova {text} ESERCITAZIONE\";", 1, "begin and end", "ESERCITAZIONE"},
		{"alert_until = \"fino\";", 1, "does not hold {until}", "put it"},
		{"\n\nwelcome = \"{text}\";", 3, "cannot hold {text}", "it may hold: comune|service"},
		{"colour_red = \"{comune}\";", 1, "cannot hold {comune}", "it may hold: none"},
		{"welcome = \"{comune\";", 1, "no placeholder", "write {{"},
		{"welcome = \"comune}\";", 1, "no placeholder", "write }}"},
		{"welcome = \"{}\";", 1, "no placeholder", "write {{"},
		{"welcome = \"{Comune}\";", 1, "no placeholder", "write {{"},
		{"welcome = \"[x\";", 1, "without its ']'", "write [["},
		{"welcome = \"x]\";", 1, "without its partner", "write ]]"},
		{"welcome = \"[a [b] c]\";", 1, "without its partner", "write [["},
		{"welcome = \"a\\tb\";", 1, "control character", "take it out"},
		{"welcome = \"\\xff\";", 1, "not valid UTF-8", "write it"},
		{"welcome = \"x\" \"y;", 1, "does not end", "close it"},
		{"welcome = ;", 1, "syntax error", "look here"},
	};
	char text[TEXTS_TEXT_MAX + 64], front[32];
	struct texts *texts;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		(void)snprintf(front, sizeof front, "t.cfg:%d: ", broken[i].line);
		if (texts_read_string(broken[i].text, strlen(broken[i].text), "t.cfg", &texts, &err) == 0)
			fail_msg("accepted: %s", broken[i].text);
		assert_int_equal(err.status, EX_CONFIG);
		if (strncmp(err.text, front, strlen(front)) != 0 || !strstr(err.text, broken[i].what) ||
			!strstr(err.text, broken[i].remedy))
			fail_msg("not %s %s; %s: %s", front, broken[i].what, broken[i].remedy, err.text);
	}

	(void)snprintf(text, sizeof text, "welcome = \"%0*d\";", TEXTS_TEXT_MAX, 0);
	assert_int_equal(texts_read_string(text, strlen(text), "t.cfg", &texts, &err), -1);
	assert_non_null(strstr(err.text, "too long (1024 octets); shorten it to 1023"));
}

static void test_files(void **state)
{
	char path[] = "/tmp/test_texts.XXXXXX";
	struct texts *texts;
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "colour_red = \"R\";\n", 18), 18);
	assert_int_equal(close(fd), 0);
	assert_int_equal(texts_read(path, true, &texts, &err), 0);
	assert_string_equal(texts_get(texts, TEXT_COLOUR_RED), "R");
	texts_free(texts);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(texts_read(path, true, &texts, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(texts_read(path, false, &texts, &err), 0);
	assert_string_equal(texts_get(texts, TEXT_COLOUR_RED), "ROSSA");
	texts_free(texts);

	/* The shipped file is what is built in. */
	assert_int_equal(texts_read("config/texts.it.cfg", true, &texts, &err), 0);
	struct texts *own = built_in();
	for (int id = 0; id < TEXT_COUNT; id++)
		assert_string_equal(texts_get(texts, (enum text_id)id), texts_get(own, (enum text_id)id));
	texts_free(own);
	texts_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_septets),
		cmocka_unit_test(test_built_in_is_gsm),
		cmocka_unit_test(test_replies_fit_one_sms),
		cmocka_unit_test(test_welcome_says_what_it_must),
		cmocka_unit_test(test_alert_reads_well),
		cmocka_unit_test(test_values_are_not_patterns),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_file_replaces_and_keeps),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
