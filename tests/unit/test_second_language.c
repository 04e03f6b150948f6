/* Alerts in the comune's two languages, with the shipped German: what is said, what goes out in Italian alone, what a file may
 * not lack. */
#include "firmware-host/order_fields.h"
#include "firmware-host/when.h"
#include "modem/bearer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* cmocka wants the four of them first */
#include <cmocka.h>

#define CONFIG "comune = { name = \"Brenner\"; contacts = \"0472 1\"; second_language = \"de\"; };\n"
#define FOLDER TESTS_DIR "/../config/"

static struct texts *texts;
static int64_t now;

static int world_make(void **state)
{
	struct err err;

	(void)state;
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	assert_null(when_read("2026-11-21T10:00:00+01:00", 0, &now));
	return texts_read(NULL, false, &texts, &err);
}

static int world_end(void **state)
{
	(void)state;
	texts_free(texts);
	return 0;
}

static struct settings *settings_of(const char *more, const char *path)
{
	char text[512];
	struct settings *settings;
	struct err err;
	int length = snprintf(text, sizeof text, CONFIG "%s", more);

	if (settings_read_string(text, (size_t)length, path, &settings, &err) != 0)
		fail_msg("%s", err.text);
	return settings;
}

static struct sheet *sheet_of(const struct settings *settings)
{
	struct sheet *sheet;
	struct err err;

	if (sheet_read(settings->keypad.sheet, false, settings, &sheet, &err) != 0)
		fail_msg("%s", err.text);
	assert_non_null(sheet->second);
	return sheet;
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

#define ALERT .kind = MESSAGE_ALERT, .colour = COLOUR_RED, .door = "test"

static const struct message storm = {
	.id = 3, .kind = MESSAGE_ALERT, .colour = COLOUR_ORANGE, .hazard = "temporali", .zones = "centro"};

static const struct {
	struct order order;
	struct order_fields fields;
	const struct message *about;
	const char *text;
} cases[] = {
	{{ALERT}, {.sets = {"hazard=temporali", "until=20:00"}, .set_count = 2, .brief = true}, NULL,
		"Comune di Brenner: ALLERTA ROSSA per temporali, fino alle 20:00. Restate al chiuso. / "
		"Gemeinde Brenner: WARNUNG ROT, Gewitter, bis 20:00. Im Haus bleiben."},
	{{ALERT, .phase = "prealarm"}, {.sets = {"hazard=02", "until=2026-11-22 06:00", "from=18"}, .set_count = 3},
		NULL,
		"Comune di Brenner: ALLERTA ROSSA per piena dei fiumi, fase di PREALLARME, fino alle 06:00 di domani. Dalle 18:00. "
		"Salite ai piani alti, state lontani da argini e ponti. Info: 0472 1 / "
		"Gemeinde Brenner: WARNUNG ROT, Hochwasser, Stufe VORALARM, bis morgen 06:00. Ab 18:00. "
		"In obere Stockwerke gehen, Dämme und Brücken meiden. Info: 0472 1"},
	{{.kind = MESSAGE_ALERT, .door = "test"}, {.brief = true}, &storm,
		"Comune di Brenner: AGGIORNAMENTO ALLERTA ARANCIONE per temporali. Centro: Restate al chiuso. / "
		"Gemeinde Brenner: AKTUALISIERTE WARNUNG ORANGE, Gewitter. Centro: Im Haus bleiben."},
	{{.kind = MESSAGE_CLEAR, .door = "test"}, {.brief = true}, &storm,
		"Comune di Brenner: CESSATO ALLARME per temporali. Il pericolo è passato. / "
		"Gemeinde Brenner: ENTWARNUNG, Gewitter. Die Gefahr ist vorbei."},
	/* Nobody has translated what an officer writes, nor a hazard of their own. */
	{{ALERT}, {.sets = {"hazard=temporali", "until=20:00", "instruction=Via!", "contact=115"}, .set_count = 4},
		NULL, "Comune di Brenner: ALLERTA ROSSA per temporali, fino alle 20:00. Via! Info: 115"},
	{{ALERT}, {.template = "evacuazione", .sets = {"hazard=crollo", "until=20:00"}, .set_count = 2, .brief = true},
		NULL,
		"Comune di Brenner: ALLERTA ROSSA per crollo, fino alle 20:00. lasciate subito le case, andate all'area di attesa."},
};

static void test_both(void **state)
{
	struct settings *settings =
		settings_of("zones = ( { id = \"centro\"; name = \"Centro\"; } );", FOLDER "banditore.cfg");
	struct sheet *sheet = sheet_of(settings);
	static struct draft draft;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (order_fields_compose(&cases[i].order, &cases[i].fields, sheet, settings, texts, cases[i].about, now,
			    &draft, &err) != 0)
			fail_msg("%zu: %s", i, err.text);
		assert_string_equal(draft.message.text, cases[i].text);
		assert_int_equal(draft.measure.second, strstr(cases[i].text, " / ") != NULL);
		assert_false(draft.measure.second_left_out);
	}
	sheet_free(sheet);
	settings_free(settings);
}

/* An all-clear in the texts' own words, as the keypad and the officers give it. */
static void test_clear(void **state)
{
	struct settings *settings = settings_of("", FOLDER "banditore.cfg");
	struct sheet *sheet = sheet_of(settings);
	struct message about = storm, message;
	struct order order = {.kind = MESSAGE_CLEAR, .door = "test"};
	struct order_second second;
	struct order_measure measure;
	struct err err;

	(void)state;
	assert_true(draft_second_clear(sheet, &about, &second));
	order.second = &second;
	assert_int_equal(order_compose(&order, settings, texts, &about, now, &message, &measure, &err), 0);
	assert_string_equal(message.text,
		"Comune di Brenner: CESSATO ALLARME per temporali. Il pericolo è passato: potete riprendere le normali "
		"attività. / Gemeinde Brenner: ENTWARNUNG, Gewitter. Die Gefahr ist vorbei, der Alltag kann weitergehen.");
	strcpy(about.hazard, "crollo");
	assert_false(draft_second_clear(sheet, &about, &second));
	sheet_free(sheet);
	settings_free(settings);
}

/* Each of the shipped hazards, by SMS and WhatsApp, real and as an exercise. */
static void test_shipped(void **state)
{
	struct settings *settings = settings_of("whatsapp = { enabled = true; };", FOLDER "banditore.cfg");
	struct sheet *sheet = sheet_of(settings);
	static struct draft draft;
	struct err err;
	char code[16];

	(void)state;
	assert_int_equal(sheet->second->sheet->hazard_count, sheet->hazard_count);
	for (int i = 0; i < sheet->hazard_count * 4; i++) {
		bool brief = i & 1, exercise = i & 2;
		snprintf(code, sizeof code, "%s3%s214200", exercise ? "98" : "", sheet->hazards[i / 4].code);
		struct sheet_meaning meaning = sheet_find(sheet, code);
		if (draft_alert(sheet, settings, texts, &meaning, brief, "keypad", now, &draft, &err) != 0)
			fail_msg("%s: %s", code, err.text);
		assert_true(draft.measure.second);
		assert_int_equal(draft.measure.alphabet, PDU_GSM7);
		if (draft.measure.segments > (exercise ? 4 : 3))
			fail_msg("%s: %d SMS: %s", code, draft.measure.segments, draft.message.text);
		const char *word = "ESERCITAZIONE", *value = strchr(draft.message.parameters, BEARER_PART[0]);
		const char *const wholes[] = {draft.message.text, value + 1};
		for (int k = 0; k < 2 && exercise; k++) {
			assert_int_equal(strncmp(wholes[k], word, strlen(word)), 0);
			assert_string_equal(wholes[k] + strlen(wholes[k]) - strlen(word), word);
			assert_non_null(strstr(wholes[k], "ÜBUNG"));
		}
		assert_true(strstr(draft.message.parameters, " / ") != NULL);
	}
	sheet_free(sheet);
	settings_free(settings);
}

/* Where both do not fit, Italian does. */
static void test_no_room(void **state)
{
	struct settings *settings = settings_of("alert = { segments_max = 1; };", FOLDER "banditore.cfg");
	struct sheet *sheet = sheet_of(settings);
	struct sheet_meaning meaning = sheet_find(sheet, "304000240");
	static struct draft draft;
	struct err err;

	(void)state;
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_true(draft.measure.second_left_out && !draft.measure.second);
	assert_int_equal(draft.measure.segments, 1);
	assert_null(strstr(draft.message.text, "WARNUNG"));
	sheet_free(sheet);
	settings_free(settings);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void file_write(const char *folder, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_files(void **state)
{
	static const struct {
		const char *texts, *says; /* NULL: no such file */
	} files[] = {
		{NULL, "texts.de.cfg"},
		{"alert = \"{text}\";", "texts.de.cfg: update is missing; comune.second_language needs it"},
		{"alert = 3;", "texts.de.cfg:1: alert must be a string"},
	};
	char folder[] = "/tmp/second-XXXXXX", path[64];
	struct sheet *sheet;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/banditore.cfg", folder);
	struct settings *settings = settings_of("", path);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (files[i].texts)
			file_write(folder, "texts.de.cfg", files[i].texts);
		assert_int_equal(sheet_read(settings->keypad.sheet, false, settings, &sheet, &err), -1);
		assert_int_equal(err.status, EX_CONFIG);
		if (!strstr(err.text, files[i].says))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text, files[i].says);
	}
	snprintf(path, sizeof path, "%s/texts.de.cfg", folder);
	unlink(path);
	assert_int_equal(symlink(FOLDER "texts.de.cfg", path), 0);
	assert_int_equal(sheet_read(settings->keypad.sheet, false, settings, &sheet, &err), -1);
	assert_non_null(strstr(err.text, "keypad.de.cfg"));
	file_write(folder, "keypad.de.cfg", "commands = { };");
	assert_int_equal(sheet_read(settings->keypad.sheet, false, settings, &sheet, &err), -1);
	assert_non_null(strstr(err.text, "keypad.de.cfg:1: unknown key commands"));
	unlink(path);
	snprintf(path, sizeof path, "%s/keypad.de.cfg", folder);
	unlink(path);
	rmdir(folder);
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("second language", tests, world_make, world_end);
}
