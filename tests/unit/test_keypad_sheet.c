/* The keypad's sheet: the grammar, hours, what a sheet may not say, and that the shipped one fits into an SMS. */
#include "config/texts.h"
#include "firmware-host/keypad/draft.h"
#include "firmware-host/keypad/sheet.h"
#include "firmware-host/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four of them first */
#include <cmocka.h>

static const char config[] =
	"comune = { name = \"Santa Fiora\"; contacts = \"0564 977036\"; };\n"
	"zones = ( { id = \"centro\"; name = \"Centro\"; }, { id = \"monte\"; name = \"Monte\"; } );\n";

static struct settings *settings;
static struct texts *texts;
static struct sheet *sheet;

static int world_make(void **state)
{
	struct err err;

	(void)state;
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	assert_int_equal(settings_read_string(config, sizeof config - 1, "/tmp/test.cfg", &settings, &err), 0);
	assert_int_equal(texts_read(NULL, false, &texts, &err), 0);
	assert_int_equal(sheet_read("/nonexistent/keypad.cfg", false, settings, &sheet, &err), 0);
	return 0;
}

static int world_end(void **state)
{
	(void)state;
	sheet_free(sheet);
	texts_free(texts);
	settings_free(settings);
	return 0;
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *code;
	enum sheet_act act;
	const char *hazard;
	enum message_colour colour;
	const char *phase, *zone; /* NULL: none */
	bool exercise;
} codes[] = {
	{"303114201", SHEET_ALERT, "03", COLOUR_ORANGE, "attention", "centro", false},
	{"201000240", SHEET_ALERT, "01", COLOUR_YELLOW, NULL, NULL, false},
	{"418322062", SHEET_ALERT, "18", COLOUR_RED, "alarm", "monte", false},
	{"011208100", SHEET_ALERT, "11", COLOUR_NONE, "prealarm", NULL, false},
	{"98303114201", SHEET_ALERT, "03", COLOUR_ORANGE, "attention", "centro", true},
	{"02", SHEET_ALERT, "02", COLOUR_RED, "alarm", NULL, false},
	{"16", SHEET_ALERT, "16", COLOUR_NONE, NULL, NULL, false},
	{"9816", SHEET_ALERT, "16", COLOUR_NONE, NULL, NULL, true},
	{"99", SHEET_CLEAR, NULL, 0, NULL, NULL, false},
	{"98", SHEET_EXERCISE, NULL, 0, NULL, NULL, false},
	{"97", SHEET_STATUS, NULL, 0, NULL, NULL, false},
	{"96", SHEET_REPEAT, NULL, 0, NULL, NULL, false},
	{"95", SHEET_LOUDER, NULL, 0, NULL, NULL, false},
	{"94", SHEET_QUIETER, NULL, 0, NULL, NULL, false},
	{"", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"0", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"1", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"04", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"103114201", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* green */
	{"503114201", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no such colour */
	{"300114201", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no such hazard */
	{"319114201", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"303414201", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no such phase */
	{"303125201", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no such hour */
	{"303114251", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"303114141", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no time at all */
	{"303114203", SHEET_NONE, NULL, 0, NULL, NULL, false}, /* no such list */
	{"30311420", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"3031142011", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"9899", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"9898", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"30311420x", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{" 02", SHEET_NONE, NULL, 0, NULL, NULL, false},
	{"-2", SHEET_NONE, NULL, 0, NULL, NULL, false},
};

static void test_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct sheet_meaning meaning = sheet_find(sheet, codes[i].code);
		if (meaning.act != codes[i].act || meaning.exercise != codes[i].exercise)
			fail_msg("%s: act %d", codes[i].code, meaning.act);
		if (meaning.act != SHEET_ALERT)
			continue;
		assert_string_equal(meaning.hazard->code, codes[i].hazard);
		assert_int_equal(meaning.colour, codes[i].colour);
		assert_string_equal(meaning.phase ? meaning.phase : "-", codes[i].phase ? codes[i].phase : "-");
		assert_string_equal(meaning.zone ? meaning.zone : "-", codes[i].zone ? codes[i].zone : "-");
	}
}

/* Every nine digits either mean what they say or nothing: a digit changed never leaves a code that says the same. */
static void test_no_two_codes_alike(void **state)
{
	static const char base[] = "303114201";

	(void)state;
	for (int at = 0; at < SHEET_WHOLE_DIGITS; at++) {
		for (char digit = '0'; digit <= '9'; digit++) {
			char code[sizeof base];
			memcpy(code, base, sizeof base);
			code[at] = digit;
			struct sheet_meaning one = sheet_find(sheet, base), other = sheet_find(sheet, code);
			if (digit == base[at] || other.act == SHEET_NONE)
				continue;
			assert_true(one.colour != other.colour || one.hazard != other.hazard ||
				    one.phase != other.phase || one.from_hour != other.from_hour ||
				    one.until_hour != other.until_hour || one.zone != other.zone);
		}
	}
}

static const struct {
	const char *now, *code, *from, *until, *summary;
} hours[] = {
	{"2026-11-21T10:00:00+01:00", "303114201", "2026-11-21T14:00:00+01:00", "2026-11-21T20:00:00+01:00",
		"ALLERTA ARANCIONE temporali, fase di ATTENZIONE, oggi 14-20, Centro: 412 persone."},
	{"2026-11-21T16:30:00+01:00", "303014201", "2026-11-21T14:00:00+01:00", "2026-11-21T20:00:00+01:00",
		"ALLERTA ARANCIONE temporali, oggi 14-20, Centro: 412 persone."},
	{"2026-11-21T20:00:00+01:00", "303014200", "2026-11-22T14:00:00+01:00", "2026-11-22T20:00:00+01:00",
		"ALLERTA ARANCIONE temporali, domani 14-20, tutti: 412 persone."},
	{"2026-11-21T22:15:00+01:00", "204022060", "2026-11-21T22:00:00+01:00", "2026-11-22T06:00:00+01:00",
		"ALLERTA GIALLA neve, oggi 22 - domani 6, tutti: 412 persone."},
	{"2026-11-21T05:00:00+01:00", "204022060", "2026-11-20T22:00:00+01:00", "2026-11-21T06:00:00+01:00",
		"ALLERTA GIALLA neve, fino alle 06:00, tutti: 412 persone."},
	{"2026-11-21T10:00:00+01:00", "406012242", "2026-11-21T12:00:00+01:00", "2026-11-22T00:00:00+01:00",
		"ALLERTA ROSSA vento forte, oggi 12-24, Monte: 412 persone."},
	{"2026-11-21T10:00:00+01:00", "406000240", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00",
		"ALLERTA ROSSA vento forte, oggi 0-24, tutti: 412 persone."},
	{"2026-11-21T10:20:00+01:00", "16", "2026-11-21T10:20:00+01:00", "2026-11-22T11:00:00+01:00",
		"ALLERTA acqua non potabile, fino alle 11:00 di domani, tutti: 412 persone."},
	{"2026-11-21T18:00:00+01:00", "02", "2026-11-21T18:00:00+01:00", "2026-11-22T00:00:00+01:00",
		"ALLERTA ROSSA piena dei fiumi, fase di ALLARME, fino alle 24:00, tutti: 412 persone."},
	{"2026-11-21T10:00:00+01:00", "98011308200", "2026-11-21T08:00:00+01:00", "2026-11-21T20:00:00+01:00",
		"ESERCITAZIONE: ALLERTA terremoto, fase di ALLARME, oggi 8-20, tutti: 412 persone."},
	/* The night the clocks go back has 25 hours, the one they go forward 23. */
	{"2026-10-24T21:00:00+02:00", "204022060", "2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00",
		"ALLERTA GIALLA neve, oggi 22 - domani 6, tutti: 412 persone."},
	{"2027-03-27T21:00:00+01:00", "204022060", "2027-03-27T22:00:00+01:00", "2027-03-28T06:00:00+02:00",
		"ALLERTA GIALLA neve, oggi 22 - domani 6, tutti: 412 persone."},
};

static void test_hours(void **state)
{
	static struct draft draft;
	char from[WHEN_TEXT_MAX], until[WHEN_TEXT_MAX], summary[DRAFT_SUMMARY_MAX];
	struct err err = {0};
	int64_t now;

	(void)state;
	for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
		struct sheet_meaning meaning = sheet_find(sheet, hours[i].code);
		assert_null(when_read(hours[i].now, 0, &now));
		assert_int_equal(meaning.act, SHEET_ALERT);
		if (draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err) != 0)
			fail_msg("%s at %s: %s", hours[i].code, hours[i].now, err.text);
		assert_string_equal(when_rfc3339(draft.from, from), hours[i].from);
		assert_string_equal(when_rfc3339(draft.until, until), hours[i].until);
		assert_true(draft.message.until_at == draft.until);
		draft.recipients = 412;
		draft_summary(&draft, settings, texts, now, summary);
		assert_string_equal(summary, hours[i].summary);
	}
}

/* ---- what leaves ------------------------------------------------------------------------------------------------- */

static void test_texts(void **state)
{
	static struct draft draft;
	struct err err;
	int64_t now;

	(void)state;
	assert_null(when_read("2026-11-21T10:00:00+01:00", 0, &now));
	struct sheet_meaning meaning = sheet_find(sheet, "303114201");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_string_equal(draft.message.text,
		"Comune di Santa Fiora: ALLERTA ARANCIONE per temporali, fase di ATTENZIONE, fino alle 20:00. Dalle 14:00. "
		"Centro: Restate al chiuso, lontani da alberi, cartelloni e sottopassi. Info: 0564 977036");
	assert_int_equal(draft.measure.segments, 2);
	assert_int_equal(draft.brief_segments, 1);
	assert_string_equal(draft.message.zones, "centro");
	assert_string_equal(draft.message.door, "keypad");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, true, "keypad", now, &draft, &err), 0);
	assert_string_equal(draft.message.text,
		"Comune di Santa Fiora: ALLERTA ARANCIONE per temporali, fase di ATTENZIONE, fino alle 20:00. "
		"Centro: Restate al chiuso.");
	assert_int_equal(draft.brief_segments, 0);

	meaning = sheet_find(sheet, "11");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_int_equal(
		strncmp(draft.message.text, "Comune di Santa Fiora: ALLERTA per terremoto, fase di ALLARME,", 62), 0);
	assert_int_equal(draft.message.priority, PRIORITY_RED);
	assert_int_equal(draft.message.colour, COLOUR_NONE);
	meaning = sheet_find(sheet, "16");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_int_equal(draft.message.priority, PRIORITY_YELLOW);
	meaning = sheet_find(sheet, "9811");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_true(draft.message.exercise);
	assert_int_equal(strncmp(draft.message.text, "ESERCITAZIONE", 13), 0);
	assert_string_equal(draft.message.text + strlen(draft.message.text) - 13, "ESERCITAZIONE");
}

/* Every hazard of the shipped sheet, at its longest (orange, prealarm, hours of tomorrow), has a version of one SMS, and
 * each is written in GSM-7. */
static void test_shipped_sheet_fits(void **state)
{
	static struct draft draft;
	struct err err;
	int64_t now;

	(void)state;
	assert_int_equal(sheet->hazard_count, 18);
	assert_null(when_read("2026-11-21T23:00:00+01:00", 0, &now));
	for (int i = 0; i < sheet->hazard_count; i++) {
		char code[16];
		snprintf(code, sizeof code, "3%s214201", sheet->hazards[i].code);
		struct sheet_meaning meaning = sheet_find(sheet, code);
		for (int brief = 0; brief < 2; brief++) {
			assert_int_equal(
				draft_alert(sheet, settings, texts, &meaning, brief, "keypad", now, &draft, &err), 0);
			assert_int_equal(draft.measure.alphabet, PDU_GSM7);
			assert_true(draft.measure.segments <= 2);
			if (brief && draft.measure.segments != 1)
				fail_msg("%s: %d units: %s", code, draft.measure.units, draft.message.text);
		}
	}
}

/* ---- sheets that cannot be --------------------------------------------------------------------------------------- */

#define COMMANDS                                                                                                        \
	"commands = { clear = \"99\"; exercise = \"98\"; status = \"97\"; repeat = \"96\"; louder = \"95\"; quieter = " \
	"\"94\"; };\n"
#define TEMPLATE(x) "templates = ( { " x " } );\n"
#define TEMPLATES   TEMPLATE("name = \"allerta\"; text = \"{instruction}\"; brief = \"{brief}\";") "\n"
#define HAZARDS	    "hazards = ( { code = \"03\"; name = \"temporali\"; instruction = \"In casa.\"; } );\n"
#define CODE(x)	    COMMANDS TEMPLATES HAZARDS "codes = ( { " x " } );\n"

static const struct {
	const char *text, *says; /* NULL: good */
} sheets[] = {
	{COMMANDS TEMPLATES HAZARDS, NULL},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"rosso\"; hours = 1;"), NULL},
	{CODE("code = \"123456\"; hazard = \"03\"; colour = \"none\"; hours = 72; zone = \"monte\"; text = \"Su.\";"),
		NULL},
	{"", "test.cfg:1: commands"},
	{"x", "syntax error"},
	{"commands = { clear = \"99\"; };" TEMPLATES HAZARDS, "exercise is missing"},
	{"commands = ( );" TEMPLATES HAZARDS, "commands = {"},
	{COMMANDS TEMPLATES HAZARDS "speed = 3;", "test.cfg:5: unknown key speed"},
	{"commands = { clear = \"99\"; exercise = \"99\"; status = \"97\"; repeat = \"96\"; louder = \"95\"; quieter = "
	 "\"94\"; };" TEMPLATES HAZARDS,
		"clear and exercise are both"},
	{"commands = { clear = \"9\"; exercise = \"98\"; status = \"97\"; repeat = \"96\"; louder = \"95\"; quieter = "
	 "\"94\"; };" TEMPLATES HAZARDS,
		"must be 2 digits"},
	{"commands = { clear = 99; exercise = \"98\"; status = \"97\"; repeat = \"96\"; louder = \"95\"; quieter = "
	 "\"94\"; };" TEMPLATES HAZARDS,
		"clear must be a string, not a number"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; text = \"Su.\";"), NULL},
	{COMMANDS HAZARDS
		"templates = ( { name = \"a\"; text = \"x\"; }, { name = \"a\"; kind = \"clear\"; text = \"x\"; } );",
		NULL},
	{COMMANDS HAZARDS, "test.cfg:1: templates has none of an alert"},
	{COMMANDS HAZARDS "templates = ( );", "test.cfg:3: templates has none of an alert"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; kind = \"clear\"; text = \"x\";"), "templates has none of an alert"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; text = \"{instruction}{who}\";"), "cannot hold {who}"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; text = \"x\"; brief = \"[x\";"), "without its ']'"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; kind = \"clear\"; text = \"{from}\";"), "cannot hold {from}"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; kind = \"news\"; text = \"x\";"), "kind = \"news\" must be"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\";"), "text is missing"},
	{COMMANDS HAZARDS TEMPLATE("text = \"x\";"), "name is missing"},
	{COMMANDS HAZARDS TEMPLATE("name = \"List\"; text = \"x\";"), "the name \"List\" is taken"},
	{COMMANDS HAZARDS "templates = ( { name = \"a\"; text = \"x\"; }, { name = \"A\"; text = \"x\"; } );",
		"the name \"A\" is taken"},
	{COMMANDS HAZARDS TEMPLATE("name = \"a\"; text = \"x\"; zone = \"x\";"), "unknown key zone"},
	{COMMANDS TEMPLATES, "there are no hazards"},
	{COMMANDS TEMPLATES "hazards = ( 3 );", "holds a number where a group"},
	{COMMANDS TEMPLATES "hazards = { };", "hazards must be a list"},
	{COMMANDS TEMPLATES "hazards = ( { code = \"3\"; name = \"x\"; instruction = \"y\"; } );", "must be 2 digits"},
	{COMMANDS TEMPLATES "hazards = ( { code = \"03\"; name = \"\"; instruction = \"y\"; } );", "name is empty"},
	{COMMANDS TEMPLATES "hazards = ( { code = \"03\"; name = \"a\\nb\"; instruction = \"y\"; } );",
		"control character"},
	{COMMANDS TEMPLATES
		"hazards = ( { code = \"03\"; name = \"x\"; instruction = \"y\"; }, { code = \"03\"; name = "
		"\"x\"; instruction = \"y\"; } );",
		"given twice"},
	{COMMANDS TEMPLATES HAZARDS "lists = [ \"nowhere\" ];", "no zone \"nowhere\""},
	{COMMANDS TEMPLATES HAZARDS "lists = [ 3 ];", "no zone"},
	{COMMANDS TEMPLATES HAZARDS "lists = ( \"centro\" );", "must be an array"},
	{COMMANDS TEMPLATES HAZARDS "codes = 3;", "codes must be a list"},
	{CODE("code = \"3\"; hazard = \"03\"; colour = \"red\"; hours = 1;"), "must be 2 to 6 digits"},
	{CODE("code = \"1234567\"; hazard = \"03\"; colour = \"red\"; hours = 1;"), "must be 2 to 6 digits"},
	{CODE("code = \"99\"; hazard = \"03\"; colour = \"red\"; hours = 1;"), "is the command clear"},
	{CODE("code = \"9803\"; hazard = \"03\"; colour = \"red\"; hours = 1;"), "begins like an exercise"},
	{CODE("code = \"03\"; hazard = \"04\"; colour = \"red\"; hours = 1;"), "there is no hazard \"04\""},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"green\"; hours = 1;"), "must be \"yellow\""},
	{CODE("code = \"03\"; hazard = \"03\"; hours = 1;"), "colour is missing"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\";"), "hours must be"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 0;"), "hours must be"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = \"6\";"), "hours must be"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 1; phase = \"x\";"), "phase = \"x\" must be"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 1; zone = \"x\";"), "no zone \"x\""},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 1; until = 3;"), "unknown key until"},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 1; template = \"Allerta\";"), NULL},
	{CODE("code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 1; template = \"x\";"),
		"there is no template \"x\" of an alert"},
};

static void test_sheets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
		struct sheet *read = NULL;
		struct err err = {0};
		int result =
			sheet_read_string(sheets[i].text, strlen(sheets[i].text), "test.cfg", settings, &read, &err);
		if (sheets[i].says == NULL) {
			if (result != 0)
				fail_msg("%zu: %s", i, err.text);
			sheet_free(read);
			continue;
		}
		if (result == 0)
			fail_msg("%zu: taken, but \"%s\"", i, sheets[i].says);
		assert_int_equal(err.status, EX_CONFIG);
		if (!strstr(err.text, sheets[i].says) || strncmp(err.text, "test.cfg:", 9) != 0 ||
			strchr(err.text, '\n'))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text, sheets[i].says);
	}
	struct sheet *none;
	struct err err;
	assert_int_equal(sheet_read("/nonexistent/keypad.cfg", true, settings, &none, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_no_two_codes_alike),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_shipped_sheet_fits),
		cmocka_unit_test(test_sheets),
	};

	return cmocka_run_group_tests(tests, world_make, world_end);
}
