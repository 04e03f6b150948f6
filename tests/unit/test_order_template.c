/* Orders as their WhatsApp templates say them: the parameters, what the person reads, and what is refused. */
#include "firmware-host/order.h"
#include "firmware-host/order_template.h"
#include "firmware-host/when.h"
#include "modem/bearer.h"
#include "modem/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define P	       BEARER_PART
#define F	       BEARER_FIELD
#define ALERT(a, text) "alert" P a F "text" P text
#define TOPIC(t, text) "topic" P t F "text" P text

static const char config[] = "comune = { name = \"Santa Fiora\"; contacts = \"tel. 0564 1\"; };\n"
			     "whatsapp = { enabled = true; }; alert = { segments_max = 10; };\n";

static struct settings *settings;
static struct texts *texts;
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
	return 0;
}

static int world_end(void **state)
{
	(void)state;
	settings_free(settings);
	texts_free(texts);
	return 0;
}

static int compose_with(const struct texts *with, const struct order *order, const struct message *about,
	struct message *message, struct order_measure *measure, struct err *err)
{
	struct order whole = *order;

	whole.door = "test";
	return order_compose(&whole, settings, with, about, now, message, measure, err);
}

static void compose(
	const struct order *order, const struct message *about, struct message *message, struct order_measure *measure)
{
	struct err err;

	if (compose_with(texts, order, about, message, measure, &err) != 0)
		fail_msg("%s", err.text);
}

static const struct {
	struct order order;
	const char *parameters;
} cases[] = {
	{{.kind = MESSAGE_ALERT, .colour = COLOUR_ORANGE, .text = "Restate in casa."},
		ALERT("ARANCIONE", "Restate in casa.")},
	{{.kind = MESSAGE_ALERT,
		 .colour = COLOUR_ORANGE,
		 .hazard = "temporali",
		 .phase = "prealarm",
		 .until = "18:00",
		 .text = "Restate in casa."},
		ALERT("ARANCIONE per temporali, fase di PREALLARME, fino alle 18:00", "Restate in casa.")},
	/* As it was typed: no folding, and no line but one. */
	{{.kind = MESSAGE_ALERT,
		 .colour = COLOUR_RED,
		 .text = " È l’ora…\r\n\tSalite  ai\n\npiani alti.      Presto!\n"},
		ALERT("ROSSA", "È l’ora… Salite  ai piani alti. Presto!")},
	{{.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .hazard = "piena\ndell'Arno", .text = "Via!"},
		ALERT("ROSSA per piena dell'Arno", "Via!")},
	{{.kind = MESSAGE_ALERT, .colour = COLOUR_YELLOW, .exercise = true, .hazard = "frana", .text = "Prova.\n"},
		ALERT("ESERCITAZIONE, nessun pericolo, prova di allerta GIALLA per frana", "Prova. - ESERCITAZIONE")},
	{{.kind = MESSAGE_NEWS, .topic = "viabilita", .text = "Strada chiusa perché c'è la fiera."},
		TOPIC("Viabilità", "Strada chiusa perché c'è la fiera.")},
	/* An earthquake has no colour, and something must be said. */
	{{.kind = MESSAGE_ALERT, .colourless = true, .hazard = "terremoto", .text = "Uscite."},
		ALERT("per terremoto", "Uscite.")},
	{{.kind = MESSAGE_ALERT, .colourless = true, .phase = "alarm", .text = "Uscite."},
		ALERT("di protezione civile, fase di ALLARME", "Uscite.")},
	{{.kind = MESSAGE_ALERT, .colourless = true, .text = "Uscite."}, ALERT("di protezione civile", "Uscite.")},
	/* What a template holds in braces is no placeholder in a text. */
	{{.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = "{{alert}} {text} {{1}}"},
		ALERT("ROSSA", "{{alert}} {text} {{1}}")},
};

static void test_parameters(void **state)
{
	struct message message;
	struct order_measure measure;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		compose(&cases[i].order, NULL, &message, &measure);
		assert_string_equal(message.parameters, cases[i].parameters);
	}
}

static void test_all_clear(void **state)
{
	struct order order = {.kind = MESSAGE_ALERT,
		.colour = COLOUR_ORANGE,
		.hazard = "temporali",
		.phase = "alarm",
		.until = "18:00",
		.text = "Restate in casa."};
	struct message about, message;
	struct order_measure measure;

	(void)state;
	compose(&order, NULL, &about, &measure);
	about.id = 7;
	compose(&(struct order){.kind = MESSAGE_CLEAR}, &about, &message, &measure);
	assert_string_equal(message.parameters,
		ALERT("ARANCIONE per temporali", "Il pericolo è passato: potete riprendere le normali attività."));
	about.exercise = true;
	compose(&(struct order){.kind = MESSAGE_CLEAR, .text = "Finita."}, &about, &message, &measure);
	assert_string_equal(
		message.parameters, ALERT("ESERCITAZIONE, nessun pericolo, prova di allerta ARANCIONE per temporali",
					    "Finita. - ESERCITAZIONE"));
}

/* What is composed is what the API's own check lets through and what the person reads. */
static void test_reads_whole(void **state)
{
	struct order order = {
		.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .exercise = true, .text = "Salite\nai piani alti."};
	static const char whole[] = "Protezione civile, Comune di Santa Fiora: ALLERTA ESERCITAZIONE, nessun pericolo, "
				    "prova di allerta ROSSA.\nIl Comune comunica: Salite ai piani alti. - "
				    "ESERCITAZIONE\nRestate informati e seguite le indicazioni. Emergenze: chiama il "
				    "112.";
	struct bearer_send send = {.delivery = 1,
		.attempt = 1,
		.content = BEARER_TEMPLATE,
		.to = "+393331234567",
		.template = "allerta",
		.language = "it"};
	char out[ORDER_TEMPLATE_TEXT_MAX], *body;
	struct message message;
	struct order_measure measure;
	struct err err;

	(void)state;
	compose(&order, NULL, &message, &measure);
	assert_int_equal(order_template_read(MESSAGE_ALERT, message.parameters, settings, texts, out, sizeof out),
		graph_characters(whole));
	assert_string_equal(out, whole);
	if (graph_request_of_send(&send, message.parameters, &body, &err) != 0)
		fail_msg("%s", err.text);
	assert_non_null(strstr(body, "\"parameter_name\":\"alert\""));
	assert_non_null(strstr(body, "Salite ai piani alti. - ESERCITAZIONE"));
	free(body);

	compose(&(struct order){.kind = MESSAGE_NEWS, .topic = "viabilita", .text = "Strada chiusa."}, NULL, &message,
		&measure);
	assert_true(order_template_read(MESSAGE_NEWS, message.parameters, settings, texts, out, sizeof out) > 0);
	assert_non_null(strstr(out, "argomento Viabilità.\nIl Comune comunica: Strada chiusa.\n"));
	assert_int_equal(order_template_read(MESSAGE_NEWS, message.parameters, settings, texts, out, 40), -1);
	assert_int_equal(order_template_read(MESSAGE_REPLY, "", settings, texts, out, sizeof out), -1);
}

/* 1,024 characters with the words around them, and not one more; a letter outside the basic plane counts as two. */
static void test_limit(void **state)
{
	char text[1100], out[ORDER_TEMPLATE_TEXT_MAX];
	struct order order = {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .text = text};
	struct message message;
	struct order_measure measure;
	struct err err = {0};

	(void)state;
	memcpy(text, "x", 2);
	compose(&order, NULL, &message, &measure);
	int around = order_template_read(MESSAGE_ALERT, message.parameters, settings, texts, out, sizeof out) - 1;
	size_t room = (size_t)(GRAPH_BODY_MAX - around);
	memset(text, 'a', sizeof text);
	text[room] = '\0';
	compose(&order, NULL, &message, &measure);
	assert_int_equal(order_template_read(MESSAGE_ALERT, message.parameters, settings, texts, out, sizeof out),
		GRAPH_BODY_MAX);
	text[room] = 'a';
	text[room + 12] = '\0';
	assert_int_equal(compose_with(texts, &order, NULL, &message, &measure, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_non_null(strstr(err.text, "1036 characters"));
	assert_non_null(strstr(err.text, "shorten the text by 12"));
	memset(text, '\n', 20); /* what is not sent is not counted */
	compose(&order, NULL, &message, &measure);
	/* An exercise has less room. */
	text[room] = '\0';
	memset(text, 'a', 20);
	order.exercise = true;
	assert_int_equal(compose_with(texts, &order, NULL, &message, &measure, &err), -1);
	/* Without WhatsApp nobody asks. */
	settings->whatsapp.enabled = false;
	compose(&order, NULL, &message, &measure);
	assert_string_equal(message.parameters, "");
	settings->whatsapp.enabled = true;
}

static struct texts *texts_with(const char *line)
{
	struct texts *own;
	struct err err;

	if (texts_read_string(line, strlen(line), "/tmp/texts.cfg", &own, &err) != 0)
		fail_msg("%s", err.text);
	return own;
}

/* Whatever a comune writes into its texts, no exercise is sent that does not say so where it must. */
static void test_exercise_is_never_real(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} wordings[] = {
		{"template_exercise_alert = \"{alert}\";", false},
		{"template_exercise_alert = \"prova, ESERCITAZIONE {alert}\";", false},
		{"template_exercise_text = \"ESERCITAZIONE {text}\";", false},
		{"template_exercise_text = \"{text} (ESERCITAZIONE)\";", false},
		{"template_exercise_alert = \"ESERCITAZIONE/ÜBUNG, {alert}\";", true},
	};
	struct order order = {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .exercise = true, .text = "Prova."};
	struct message message;
	struct order_measure measure;
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
		struct texts *own = texts_with(wordings[i].line);
		int result = compose_with(own, &order, NULL, &message, &measure, &err);

		assert_int_equal(result, wordings[i].good ? 0 : -1);
		if (!wordings[i].good) {
			assert_int_equal(err.status, EX_CONFIG);
			assert_non_null(strstr(err.text, "ESERCITAZIONE"));
		}
		texts_free(own);
	}
	/* A body without a place for {alert}: the text says it at both ends. */
	struct texts *own = texts_with("template_alert = \"Avviso del Comune: {text}\\nRestate informati.\";");
	assert_int_equal(compose_with(own, &order, NULL, &message, &measure, &err), 0);
	assert_string_equal(message.parameters,
		"text" P "ESERCITAZIONE, nessun pericolo, prova di allerta ROSSA. Prova. - ESERCITAZIONE");
	order.exercise = false;
	assert_int_equal(compose_with(own, &order, NULL, &message, &measure, &err), 0);
	assert_string_equal(message.parameters, "text" P "Prova.");
	texts_free(own);
}

static void test_longest_is_refused(void **state)
{
	struct message message = {.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .exercise = true, .created_at = now};
	char said[MESSAGE_TEXT_MAX + 1], out[MESSAGE_TEXT_MAX];
	struct err err;

	(void)state;
	memset(said, 'a', sizeof said);
	for (size_t length = MESSAGE_TEXT_MAX - 40; length < sizeof said; length++) {
		said[length] = '\0';
		assert_int_equal(
			order_template_parameters(&message, said, NULL, settings, texts, out, sizeof out, &err), -1);
		assert_int_equal(err.status, EX_DATAERR);
		said[length] = 'a';
	}
	message.kind = MESSAGE_REPLY;
	assert_int_equal(order_template_parameters(&message, "Ciao", NULL, settings, texts, out, sizeof out, &err), 0);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_all_clear),
		cmocka_unit_test(test_reads_whole),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_exercise_is_never_real),
		cmocka_unit_test(test_longest_is_refused),
	};

	return cmocka_run_group_tests(tests, world_make, world_end);
}
