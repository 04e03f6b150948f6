/* Orders by template: what fields make of them, what is refused, updates; and that an exercise says so at both ends by every
 * way there is. */
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
#include <time.h>
/* cmocka wants the four of them first */
#include <cmocka.h>

static const char config[] =
	"comune = { name = \"Santa Fiora\"; contacts = \"0564 1\"; };\n"
	"whatsapp = { enabled = true; };\n"
	"zones = ( { id = \"centro\"; name = \"Centro\"; aliases = \"borgo\"; }, { id = \"monte\"; name = \"Monte\"; } );\n";
static const char catalogue[] =
	"commands = { clear = \"99\"; exercise = \"98\"; status = \"97\"; repeat = \"96\"; louder = \"95\"; quieter = \"94\"; };\n"
	"templates = (\n"
	" { name = \"allerta\"; text = \"[Dalle {from}. ][{zone}: ]{instruction}[ Info: {contact}]\"; brief = \"[{zone}: ]{brief}\"; },\n"
	" { name = \"Sgombero\"; text = \"{zone}: via tutti entro le {from}.\"; },\n"
	" { name = \"prova\"; text = \"Vale per {hazard}.\"; },\n"
	" { name = \"fine\"; kind = \"clear\"; text = \"[{zone}: ]finita[ per {hazard}][, ma {instruction}].\"; },\n"
	" { name = \"resta\"; kind = \"clear\"; text = \"Resta: {instruction}\"; brief = \"{brief}\"; }\n"
	");\n"
	"hazards = (\n"
	" { code = \"02\"; name = \"piena dei fiumi\"; instruction = \"Salite ai piani alti, state lontani da argini e ponti e non \"\n"
	"   \"scendete in cantina per nessuna ragione.\"; brief = \"Salite in alto.\"; },\n"
	" { code = \"03\"; name = \"temporali\"; instruction = \"Restate al chiuso.\"; },\n"
	" { code = \"04\"; name = \"vento, raffiche\"; instruction = \"Via dagli alberi.\"; },\n"
	" { code = \"05\"; name = \"neve bassa\"; instruction = \"A.\"; },\n"
	" { code = \"06\"; name = \"neve alta\"; instruction = \"B.\"; }\n"
	");\n"
	"codes = ( { code = \"03\"; hazard = \"03\"; colour = \"red\"; hours = 3; },\n"
	" { code = \"33\"; hazard = \"03\"; colour = \"red\"; hours = 3; template = \"prova\"; } );\n";

static struct settings *settings;
static struct texts *texts;
static struct sheet *sheet;
static int64_t now;

static int world_make(void **state)
{
	struct err err;

	(void)state;
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	assert_null(when_read("2026-11-21T10:00:00+01:00", 0, &now));
	assert_int_equal(settings_read_string(config, sizeof config - 1, "/tmp/test.cfg", &settings, &err), 0);
	assert_int_equal(texts_read(NULL, false, &texts, &err), 0);
	if (sheet_read_string(catalogue, sizeof catalogue - 1, "test.cfg", settings, &sheet, &err) != 0)
		fail_msg("%s", err.text);
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

static int compose(const struct order *order, const struct order_fields *fields, const struct message *about,
	struct draft *draft, struct err *err)
{
	struct order whole = *order;
	struct order_fields counted = *fields;

	whole.door = "test";
	while (counted.set_count < ORDER_FIELDS_SETS_MAX && counted.sets[counted.set_count])
		counted.set_count++;
	return order_fields_compose(&whole, &counted, sheet, settings, texts, about, now, draft, err);
}

/* ---- what fields make -------------------------------------------------------------------------------------------- */

#define HEAD  "Comune di Santa Fiora: "
#define ALERT .kind = MESSAGE_ALERT, .colour = COLOUR_ORANGE

static const struct message flood = {.id = 7,
	.kind = MESSAGE_ALERT,
	.colour = COLOUR_ORANGE,
	.hazard = "piena dei fiumi",
	.phase = "prealarm",
	.zones = "centro|monte"};

static const struct {
	struct order order;
	struct order_fields fields;
	const struct message *about;
	const char *text; /* NULL: refused */
	int status;	  /* of the refusal; else segments */
	const char *word; /* in the refusal; else the message's zones */
} cases[] = {
	{{ALERT}, {.sets = {"hazard=temporali", "until=20:00"}}, NULL,
		HEAD "ALLERTA ARANCIONE per temporali, fino alle 20:00. Restate al chiuso. Info: 0564 1", 1, ""},
	{{ALERT, .hazard = "03", .until = "20:00"}, {0}, NULL,
		HEAD "ALLERTA ARANCIONE per temporali, fino alle 20:00. Restate al chiuso. Info: 0564 1", 1, ""},
	{{ALERT},
		{.template = "ALLERTA",
			.sets = {"until=20:00", "hazard=Vento", "from=12", "zone=borgo", "contact=115"}},
		NULL,
		HEAD
		"ALLERTA ARANCIONE per vento, raffiche, fino alle 20:00. Dalle 12:00. Centro: Via dagli alberi. Info: 115",
		1, "centro"},
	{{ALERT, .zones = {"monte"}, .zone_count = 1}, {.sets = {"until=2h", "zone=centro", "hazard=temporali"}}, NULL,
		HEAD "ALLERTA ARANCIONE per temporali, fino alle 12:00. Monte, Centro: Restate al chiuso. Info: 0564 1",
		1, "monte|centro"},
	/* What is not of the sheet, with an instruction of its own. */
	{{ALERT}, {.sets = {"until=20:00", "hazard=grandine", "instruction=Auto al coperto = meno danni."}}, NULL,
		HEAD "ALLERTA ARANCIONE per grandine, fino alle 20:00. Auto al coperto = meno danni. Info: 0564 1", 1,
		""},
	{{ALERT}, {.sets = {"until=20:00", "instruction=Su."}}, NULL,
		HEAD "ALLERTA ARANCIONE, fino alle 20:00. Su. Info: 0564 1", 1, ""},
	{{.kind = MESSAGE_ALERT, .colourless = true, .phase = "alarm"},
		{.template = "prova", .sets = {"until=1d", "hazard=crollo"}}, NULL,
		HEAD "ALLERTA per crollo, fase di ALLARME, fino alle 10:00 di domani. Vale per crollo.", 1, ""},
	{{ALERT}, {.template = "sgombero", .sets = {"until=20:00", "from=18:30", "zone=monte"}}, NULL,
		HEAD "ALLERTA ARANCIONE, fino alle 20:00. Monte: via tutti entro le 18:30.", 1, "monte"},
	{{ALERT}, {.sets = {"hazard=02", "until=20:00"}, .brief = true}, NULL,
		HEAD "ALLERTA ARANCIONE per piena dei fiumi, fino alle 20:00. Salite in alto.", 1, ""},
	/* A field's value is no pattern and no field. */
	{{ALERT}, {.sets = {"hazard=temporali", "until=20:00", "instruction={zone} [x] until=1"}}, NULL,
		HEAD "ALLERTA ARANCIONE per temporali, fino alle 20:00. {zone} [x] until=1 Info: 0564 1", 1, ""},
	/* What an update does not say, its alert said. */
	{{.kind = MESSAGE_ALERT}, {.sets = {"contact=115"}, .brief = true}, &flood,
		HEAD
		"AGGIORNAMENTO ALLERTA ARANCIONE per piena dei fiumi, fase di PREALLARME. Centro, Monte: Salite in alto.",
		1, "centro|monte"},
	{{.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .phase = "alarm"}, {.sets = {"hazard=temporali", "until=11:30"}},
		&flood,
		HEAD
		"AGGIORNAMENTO ALLERTA ROSSA per temporali, fase di ALLARME, fino alle 11:30. Centro, Monte: Restate al chiuso. "
		"Info: 0564 1",
		1, "centro|monte"},
	{{.kind = MESSAGE_CLEAR}, {.template = "fine"}, &flood,
		HEAD "CESSATO ALLARME per piena dei fiumi. Centro, Monte: finita per piena dei fiumi.", 1, ""},
	{{.kind = MESSAGE_CLEAR}, {.sets = {"instruction=il ponte è chiuso"}}, &flood,
		HEAD
		"CESSATO ALLARME per piena dei fiumi. Centro, Monte: finita per piena dei fiumi, ma il ponte è chiuso.",
		1, ""},
	{{.kind = MESSAGE_CLEAR}, {.template = "resta", .sets = {"instruction=ponte chiuso."}, .brief = true}, &flood,
		HEAD "CESSATO ALLARME per piena dei fiumi. ponte chiuso.", 1, ""},

	{{ALERT}, {.template = "cessato"}, NULL, NULL, EX_USAGE, "there are: allerta, Sgombero, prova"},
	{{ALERT}, {.template = "fine"}, NULL, NULL, EX_USAGE, "no template \"fine\" of an alert"},
	{{.kind = MESSAGE_CLEAR}, {.template = "allerta"}, &flood, NULL, EX_USAGE,
		"of an all-clear; there are: fine, resta"},
	{{ALERT}, {.sets = {"hazard=temporali"}}, NULL, NULL, EX_USAGE,
		"until is missing: an alert says until when it lasts; the fields of allerta are: until (mandatory), hazard, zone, "
		"from, instruction, contact"},
	{{ALERT}, {.sets = {"until=20:00", "wind=9"}}, NULL, NULL, EX_USAGE,
		"no field \"wind\"; the fields of allerta are: until (mandatory)"},
	{{ALERT}, {.template = "prova", .sets = {"until=20:00", "hazard=x", "instruction=y"}}, NULL, NULL, EX_USAGE,
		"no field \"instruction\"; the fields of prova are: until (mandatory), hazard (mandatory), zone"},
	{{.kind = MESSAGE_CLEAR}, {.sets = {"until=20:00"}}, &flood, NULL, EX_USAGE,
		"the fields of fine are: instruction"},
	{{.kind = MESSAGE_CLEAR}, {.template = "resta"}, &flood, NULL, EX_USAGE,
		"instruction is missing; the fields of resta are: instruction (mandatory)"},
	{{ALERT}, {.sets = {"until=20:00", "hazard"}}, NULL, NULL, EX_USAGE, "--set hazard has no value"},
	{{ALERT}, {.sets = {"until=20:00", "hazard= "}}, NULL, NULL, EX_USAGE, "--set hazard has no value"},
	{{ALERT}, {.sets = {"until=20:00", "=x"}}, NULL, NULL, EX_USAGE, "no field \"\""},
	{{ALERT, .until = "20:00"}, {.sets = {"until=21:00"}}, NULL, NULL, EX_USAGE, "until is given twice"},
	{{ALERT, .hazard = "temporali"}, {.sets = {"until=20:00", "hazard=03"}}, NULL, NULL, EX_USAGE,
		"hazard is given twice"},
	{{ALERT}, {.sets = {"until=20:00"}}, NULL, NULL, EX_USAGE, "instruction is missing"},
	{{ALERT}, {.sets = {"until=20:00", "hazard=grandine"}}, NULL, NULL, EX_USAGE, "no hazard \"grandine\""},
	{{ALERT}, {.sets = {"until=20:00", "hazard=neve"}}, NULL, NULL, EX_USAGE, "no hazard \"neve\""}, /* which? */
	{{ALERT}, {.sets = {"until=20:00", "hazard=temp"}}, NULL, NULL, EX_USAGE, "no hazard \"temp\""},
	{{ALERT}, {.sets = {"until=domani", "hazard=03"}}, NULL, NULL, EX_DATAERR, "--until domani: not a time"},
	{{ALERT}, {.sets = {"until=2026-11-20", "hazard=03"}}, NULL, NULL, EX_DATAERR, "is past"},
	{{ALERT}, {.sets = {"until=20:00", "hazard=03", "from=poi"}}, NULL, NULL, EX_DATAERR, "from=poi: not a time"},
	{{ALERT}, {.sets = {"until=20:00", "hazard=03", "from=21:00"}}, NULL, NULL, EX_DATAERR,
		"from=21:00 is not before"},
	{{ALERT}, {.template = "sgombero", .sets = {"until=20:00", "from=18:30"}}, NULL, NULL, EX_USAGE,
		"zone is missing"},
	{{ALERT}, {.sets = {"until=20:00", "hazard=03", "zone=marte"}}, NULL, NULL, EX_DATAERR, "no zone \"marte\""},
	{{ALERT, .text = "Prova"}, {.sets = {"until=20:00", "hazard=03"}}, NULL, NULL, EX_USAGE, "leave the text out"},
	{{.kind = MESSAGE_ALERT}, {.sets = {"until=20:00", "hazard=03"}}, NULL, NULL, EX_USAGE, "--colour"},
	{{ALERT}, {.sets = {"zone=monte"}}, &flood, NULL, EX_USAGE, "means nothing for an update"},
	{{ALERT, .exercise = true}, {0}, &flood, NULL, EX_USAGE, "alert 7 is a real one"},
};

static void test_fields(void **state)
{
	static struct draft draft;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		int result = compose(&cases[i].order, &cases[i].fields, cases[i].about, &draft, &err);
		if (!cases[i].text) {
			if (result == 0)
				fail_msg("%zu: taken, but \"%s\"", i, cases[i].word);
			if (err.status != cases[i].status || !strstr(err.text, cases[i].word) || strchr(err.text, '\n'))
				fail_msg("%zu: %d, \"%s\" does not say \"%s\"", i, err.status, err.text, cases[i].word);
			continue;
		}
		if (result != 0)
			fail_msg("%zu: %s", i, err.text);
		assert_string_equal(draft.message.text, cases[i].text);
		assert_int_equal(draft.measure.segments, cases[i].status);
		assert_string_equal(draft.message.zones, cases[i].word);
	}
}

static void test_shorter_is_offered(void **state)
{
	static struct draft draft;
	const struct order order = {ALERT};
	struct order_fields fields = {.sets = {"hazard=02", "until=20:00", "zone=centro", "zone=monte"}};
	struct err err;

	(void)state;
	assert_int_equal(compose(&order, &fields, NULL, &draft, &err), 0);
	assert_int_equal(draft.measure.segments, 2);
	assert_int_equal(draft.brief_segments, 1);
	assert_string_equal(draft.brief_text,
		HEAD "ALLERTA ARANCIONE per piena dei fiumi, fino alle 20:00. Centro, Monte: Salite in alto.");
	fields.brief = true;
	assert_int_equal(compose(&order, &fields, NULL, &draft, &err), 0);
	assert_int_equal(draft.measure.segments, 1);
	assert_int_equal(draft.brief_segments, 0);
	/* Nothing is offered where it would spare nothing. */
	fields = (struct order_fields){.sets = {"hazard=03", "until=20:00"}};
	assert_int_equal(compose(&order, &fields, NULL, &draft, &err), 0);
	assert_int_equal(draft.brief_segments, 0);
}

static void test_code_names_template(void **state)
{
	static struct draft draft;
	struct sheet_meaning meaning = sheet_find(sheet, "33");
	struct err err;

	(void)state;
	assert_string_equal(meaning.template->name, "prova");
	assert_string_equal(sheet_find(sheet, "03").template->name, "allerta");
	assert_string_equal(sheet_find(sheet, "303114201").template->name, "allerta");
	assert_int_equal(draft_alert(sheet, settings, texts, &meaning, false, "keypad", now, &draft, &err), 0);
	assert_non_null(strstr(draft.message.text, ". Vale per temporali."));
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static void test_list(void **state)
{
	json_t *json = order_fields_json(sheet, settings, MESSAGE_CLEAR);
	json_t *templates = json_object_get(json, "templates"), *resta = json_array_get(templates, 1);
	json_t *field = json_array_get(json_object_get(resta, "fields"), 0);

	(void)state;
	assert_int_equal(json_array_size(templates), 2);
	assert_int_equal(json_array_size(json_object_get(json, "hazards")), 5);
	assert_int_equal(json_array_size(json_object_get(resta, "fields")), 1);
	assert_string_equal(json_string_value(json_object_get(resta, "kind")), "clear");
	assert_string_equal(json_string_value(json_object_get(field, "name")), "instruction");
	assert_true(json_is_true(json_object_get(field, "mandatory")));
	json_decref(json);
}

/* ---- an update --------------------------------------------------------------------------------------------------- */

static void test_update_follows_its_alert(void **state)
{
	struct message about = flood, message;
	struct order order = {.kind = MESSAGE_ALERT, .text = "Il fiume cala.", .door = "test"};
	struct order_measure measure;
	struct err err;

	(void)state;
	about.until_at = now + 3600 * 1000;
	assert_int_equal(order_compose(&order, settings, texts, &about, now, &message, &measure, &err), 0);
	assert_string_equal(message.text,
		HEAD "AGGIORNAMENTO ALLERTA ARANCIONE per piena dei fiumi, fase di PREALLARME, "
		     "fino alle 11:00. Il fiume cala.");
	assert_string_equal(message.parameters,
		"alert" BEARER_PART "ARANCIONE per piena dei fiumi, fase di PREALLARME, fino alle 11:00" BEARER_FIELD
		"text" BEARER_PART "AGGIORNAMENTO: Il fiume cala.");
	assert_int_equal(message.about, 7);
	assert_int_equal(message.priority, PRIORITY_ORANGE);
	assert_true(message.until_at == about.until_at && message.expires_at == about.until_at);
	/* An update of an update is about the first; an end that is past is not said again. */
	about.id = 9;
	about.about = 7;
	about.until_at = now - 1;
	assert_int_equal(order_compose(&order, settings, texts, &about, now, &message, &measure, &err), 0);
	assert_int_equal(message.about, 7);
	assert_null(strstr(message.text, "fino alle"));
	assert_true(message.until_at == 0 && message.expires_at > now);
	order = (struct order){.kind = MESSAGE_CLEAR, .door = "test"};
	assert_int_equal(order_compose(&order, settings, texts, &about, now, &message, &measure, &err), 0);
	assert_int_equal(message.about, 7);
	order = (struct order){.kind = MESSAGE_ALERT, .text = "x", .at = "1h", .door = "test"};
	assert_int_equal(order_compose(&order, settings, texts, &about, now, &message, &measure, &err), -1);
	assert_non_null(strstr(err.text, "--at means nothing for an update"));
}

/* ---- an exercise ------------------------------------------------------------------------------------------------- */

static bool says_exercise(const char *text)
{
	static const char word[] = "ESERCITAZIONE";
	size_t length = strlen(text), needed = sizeof word - 1;

	return length > 2 * needed && strncmp(text, word, needed) == 0 && strcmp(text + length - needed, word) == 0;
}

/* The first parameter begins with the word, the last ends with it. */
static void require_exercise(const char *path, const struct message *message)
{
	const char *value = strchr(message->parameters, BEARER_PART[0]);

	assert_true(message->exercise);
	assert_int_equal(message->priority, PRIORITY_EXERCISE);
	if (!says_exercise(message->text))
		fail_msg("%s: %s", path, message->text);
	if (!value || !says_exercise(value + 1))
		fail_msg("%s by WhatsApp: %s", path, message->parameters);
}

static void test_exercise_everywhere(void **state)
{
	static const struct {
		const char *path;
		struct order order;
		struct order_fields fields;
		bool templated, about;
	} paths[] = {
		{"alert", {ALERT, .exercise = true, .text = "Prova\n"}, {0}, false, false},
		{"alert that says the word itself", {ALERT, .exercise = true, .text = "ESERCITAZIONE"}, {0}, false,
			false},
		{"template", {ALERT, .exercise = true}, {.sets = {"hazard=03", "until=20:00"}}, true, false},
		{"short template", {ALERT, .exercise = true}, {.sets = {"hazard=03", "until=20:00"}, .brief = true},
			true, false},
		{"update", {.kind = MESSAGE_ALERT, .text = "Prova."}, {0}, false, true},
		{"update that says so too", {.kind = MESSAGE_ALERT, .exercise = true, .text = "Prova."}, {0}, false,
			true},
		{"update by template", {.kind = MESSAGE_ALERT}, {.sets = {"hazard=03"}}, true, true},
		{"all-clear", {.kind = MESSAGE_CLEAR}, {0}, false, true},
		{"all-clear with words", {.kind = MESSAGE_CLEAR, .text = "Finita."}, {0}, false, true},
		{"all-clear by template", {.kind = MESSAGE_CLEAR}, {.template = "fine"}, true, true},
	};
	static struct draft draft;
	struct message about = flood;
	struct err err;

	(void)state;
	about.exercise = true;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct order order = paths[i].order;
		order.door = "test";
		const struct message *of = paths[i].about ? &about : NULL;
		int result = paths[i].templated ? compose(&order, &paths[i].fields, of, &draft, &err)
						: order_compose(&order, settings, texts, of, now, &draft.message,
							  &draft.measure, &err);
		if (result != 0)
			fail_msg("%s: %s", paths[i].path, err.text);
		require_exercise(paths[i].path, &draft.message);
	}
	static const char *const codes[] = {"9803", "9833", "98303114201"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		for (int brief = 0; brief < 2; brief++) {
			struct sheet_meaning meaning = sheet_find(sheet, codes[i]);
			assert_int_equal(
				draft_alert(sheet, settings, texts, &meaning, brief, "keypad", now, &draft, &err), 0);
			require_exercise(codes[i], &draft.message);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_shorter_is_offered),
		cmocka_unit_test(test_code_names_template),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_update_follows_its_alert),
		cmocka_unit_test(test_exercise_everywhere),
	};

	return cmocka_run_group_tests_name("order fields", tests, world_make, world_end);
}
