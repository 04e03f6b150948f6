#include "firmware-host/order_template.h"

#include "firmware-host/named.h"
#include "firmware-host/order.h"
#include "modem/bearer.h"
#include "modem/graph.h"

#include <stdio.h>
#include <string.h>

#define EXERCISE_WORD "ESERCITAZIONE"

enum { EXERCISE_LENGTH = sizeof EXERCISE_WORD - 1 };

/* The two values a template may have a place for. */
struct values {
	char about[MESSAGE_TEXT_MAX]; /* `alert` or `topic` */
	char text[MESSAGE_TEXT_MAX];
};

enum template_kind order_template_kind(enum message_kind kind)
{
	switch (kind) {
	case MESSAGE_ALERT: return TEMPLATE_ALERT;
	case MESSAGE_CLEAR: return TEMPLATE_CLEAR;
	case MESSAGE_NEWS: return TEMPLATE_NEWS;
	case MESSAGE_REPLY: break;
	}
	return TEMPLATE_COUNT;
}

/* ---- what is to be said ------------------------------------------------------------------------------------------ */

static void about_fill(const struct message *message, const struct settings *settings, const struct texts *texts,
	char out[MESSAGE_TEXT_MAX])
{
	const struct settings_named *topic;
	struct order_words words;

	if (message->kind == MESSAGE_NEWS) {
		topic = named_find(settings->topics, settings->topic_count, message->topic);
		(void)snprintf(out, MESSAGE_TEXT_MAX, "%s", topic ? topic->name : settings->comune.service);
		return;
	}
	order_words(message, texts, &words);
	(void)snprintf(out, MESSAGE_TEXT_MAX, "%s%s%s%s",
		*words.colour || *words.hazard ? words.colour : texts_get(texts, TEXT_TEMPLATE_ALERT_PLAIN),
		words.hazard, words.phase, words.until);
}

static bool ends_with_exercise(const char *text)
{
	size_t length = strlen(text);

	return length >= EXERCISE_LENGTH && strcmp(text + length - EXERCISE_LENGTH, EXERCISE_WORD) == 0;
}

static int value_wrap(const struct texts *texts, enum text_id id, const char *name, char value[MESSAGE_TEXT_MAX])
{
	char wrapped[MESSAGE_TEXT_MAX];
	const struct text_value values[] = {{name, value}};
	int length = texts_fill(texts, id, values, 1, wrapped, sizeof wrapped);

	if (length >= 0)
		memcpy(value, wrapped, (size_t)length + 1);
	return length < 0 ? -1 : 0;
}

/* Both values say that it is an exercise; a text without a value before it says so at its own beginning too. */
static int exercise_wrap(const struct texts *texts, bool has_about, struct values *values, struct err *err)
{
	size_t front, rest;

	if (value_wrap(texts, TEXT_TEMPLATE_EXERCISE_ALERT, "alert", values->about) != 0 ||
		value_wrap(texts, TEXT_TEMPLATE_EXERCISE_TEXT, "text", values->text) != 0)
		return err_set(err, EX_DATAERR, "the text is too long for WhatsApp as an exercise; shorten it");
	if (strncmp(values->about, EXERCISE_WORD, EXERCISE_LENGTH) != 0 || !ends_with_exercise(values->text))
		return err_set(err, EX_CONFIG,
			"texts: template_exercise_alert must begin and template_exercise_text must end with " EXERCISE_WORD
			", or an exercise could be taken for a real alert");
	if (has_about)
		return 0;
	front = strlen(values->about);
	rest = strlen(values->text) + 1;
	if (front + 2 + rest > sizeof values->text)
		return err_set(err, EX_DATAERR, "the text is too long for WhatsApp as an exercise; shorten it");
	memmove(values->text + front + 2, values->text, rest);
	memcpy(values->text, values->about, front);
	memcpy(values->text + front, ". ", 2);
	return 0;
}

static int values_fill(const struct message *message, const char *said, const struct settings *settings,
	const struct texts *texts, bool has_about, struct values *values, struct err *err)
{
	struct values plain;

	about_fill(message, settings, texts, plain.about);
	if (!said || *said == '\0')
		said = texts_get(texts, TEXT_CLEAR_DEFAULT);
	if (strlen(said) >= sizeof plain.text)
		return err_set(
			err, EX_DATAERR, "the text is longer than %zu octets; shorten it", sizeof plain.text - 1);
	/* Folded before it is wrapped, so that the wording of an exercise stays at the very ends. */
	graph_parameter_fold(plain.about, values->about, sizeof values->about);
	graph_parameter_fold(said, values->text, sizeof values->text);
	if (*values->text == '\0')
		return err_set(err, EX_USAGE, "the text is missing");
	if (message->kind == MESSAGE_ALERT && message->about &&
		value_wrap(texts, TEXT_TEMPLATE_UPDATE_TEXT, "text", values->text) != 0)
		return err_set(err, EX_DATAERR, "the text is too long for WhatsApp as an update; shorten it");
	return message->exercise ? exercise_wrap(texts, has_about, values, err) : 0;
}

/* ---- as a bearer takes it ---------------------------------------------------------------------------------------- */

static bool body_has(const struct template *template, const char *name)
{
	for (int i = 0; i < template->as.example_count; i++) {
		if (strcmp(template->as.examples[i].name, name) == 0)
			return true;
	}
	return false;
}

static int length_check(enum template_kind kind, const struct values *values, const struct settings *settings,
	const struct texts *texts, struct err *err)
{
	char whole[ORDER_TEMPLATE_TEXT_MAX];
	int length = template_hydrate(kind, settings, texts, values->about, values->text, whole, sizeof whole);
	size_t characters = graph_characters(whole);

	if (length >= 0 && characters <= GRAPH_BODY_MAX)
		return 0;
	return err_set(err, EX_DATAERR,
		"by WhatsApp the message has %s%zu characters with the words around it and %d are allowed; shorten the "
		"text by %zu",
		length < 0 ? "more than " : "", characters, GRAPH_BODY_MAX, characters - GRAPH_BODY_MAX);
}

static int value_join(const struct texts *texts, char value[MESSAGE_TEXT_MAX], const char *other, struct err *err)
{
	const struct text_value values[] = {{"first", value}, {"second", other}};
	char joined[MESSAGE_TEXT_MAX];

	if (texts_fill(texts, TEXT_BOTH_LANGUAGES, values, 2, joined, sizeof joined) < 0)
		return err_set(err, EX_DATAERR, "the text is too long for WhatsApp in two languages; shorten it");
	memcpy(value, joined, sizeof joined);
	return 0;
}

/* Each value in both languages. */
static int second_add(const struct message *message, const struct order_second *second, const struct settings *settings,
	const struct texts *texts, bool has_about, struct values *values, struct err *err)
{
	struct message other = *message;
	struct values others;

	(void)snprintf(other.hazard, sizeof other.hazard, "%s", second->hazard);
	if (values_fill(&other, second->text, settings, second->texts, has_about, &others, err) != 0 ||
		value_join(texts, values->about, others.about, err) != 0)
		return -1;
	return value_join(texts, values->text, others.text, err);
}

int order_template_parameters(const struct message *message, const char *said, const struct order_second *second,
	const struct settings *settings, const struct texts *texts, char *out, size_t size, struct err *err)
{
	enum template_kind kind = order_template_kind(message->kind);
	const char *name = kind == TEMPLATE_NEWS ? "topic" : "alert";
	struct template template;
	struct values values;
	int length;

	out[0] = '\0';
	if (kind == TEMPLATE_COUNT)
		return 0;
	if (template_fill(kind, settings, texts, &template, err) != 0)
		return -1;
	bool has_about = body_has(&template, name);
	if (values_fill(message, said, settings, texts, has_about, &values, err) != 0 ||
		(second && second_add(message, second, settings, texts, has_about, &values, err) != 0) ||
		length_check(kind, &values, settings, texts, err) != 0)
		return -1;
	if (has_about)
		length = snprintf(out, size, "%s" BEARER_PART "%s" BEARER_FIELD "text" BEARER_PART "%s", name,
			values.about, values.text);
	else
		length = snprintf(out, size, "text" BEARER_PART "%s", values.text);
	if (length < 0 || (size_t)length >= size)
		return err_set(err, EX_DATAERR, "the text is too long for WhatsApp; shorten it");
	return 0;
}

/* The value of one parameter; "" when it is not among them. */
static void parameter_take(const char *parameters, const char *name, char out[MESSAGE_TEXT_MAX])
{
	size_t length = strlen(name);

	out[0] = '\0';
	for (const char *at = parameters; at; at = strchr(at, BEARER_FIELD[0])) {
		at += *at == BEARER_FIELD[0];
		if (strncmp(at, name, length) == 0 && at[length] == BEARER_PART[0]) {
			at += length + 1;
			(void)snprintf(out, MESSAGE_TEXT_MAX, "%.*s", (int)strcspn(at, BEARER_FIELD), at);
			return;
		}
	}
}

int order_template_read(enum message_kind message_kind, const char *parameters, const struct settings *settings,
	const struct texts *texts, char *out, size_t size)
{
	enum template_kind kind = order_template_kind(message_kind);
	struct values values;

	out[0] = '\0';
	if (kind == TEMPLATE_COUNT)
		return -1;
	parameter_take(parameters, kind == TEMPLATE_NEWS ? "topic" : "alert", values.about);
	parameter_take(parameters, "text", values.text);
	if (template_hydrate(kind, settings, texts, values.about, values.text, out, size) < 0)
		return -1;
	return (int)graph_characters(out);
}
