/* From a webhook's body to events: the rows of tests/vectors/webhook.tsv, and bodies too long for a table. */
#include "firmware-host/webhook/webhook_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 123, LINE_OCTETS = 8192, NAME_OCTETS = 96, BATCH = 1000 };

/* Updates of other fields than these come with their entry's time. */
static const char envelope[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",%s\"changes\":[{"
			       "\"value\":%s,\"field\":\"%s\"}]}]}";

struct row {
	char line[LINE_OCTETS];
	const char *name, *field, *value, *events;
	char title[NAME_OCTETS];
};

static struct row rows[ROWS];
static size_t row_count;
static struct CMUnitTest tests[ROWS + 16];

/* ---- an event as JSON: whatever is not as in a blank one --------------------------------------------------------- */

static void put_text(json_t *object, const char *key, const char *text)
{
	if (*text)
		assert_int_equal(json_object_set_new(object, key, json_string(text)), 0);
}

static void put_integer(json_t *object, const char *key, int64_t value)
{
	if (value)
		json_object_set_new(object, key, json_integer(value));
}

static json_t *person_json(const struct webhook_person *person)
{
	json_t *json = json_object();

	put_text(json, "phone", person->phone);
	put_text(json, "user", person->user);
	put_text(json, "name", person->name);
	return json;
}

static void put_content(json_t *json, const struct webhook_event *e)
{
	static const char *const contents[] = {"text", "button", "reply", "image", "audio", "video", "document",
		"sticker", "location", "phone", "card", "reaction", "other"};

	put_text(json, "content", contents[e->content]);
	put_text(json, "reply_to", e->reply_to);
	put_text(json, "choice", e->choice);
	put_text(json, "media", e->media);
	put_text(json, "mime", e->mime);
	put_text(json, "sha256", e->sha256);
	put_text(json, "file", e->file);
	put_text(json, "shared_phone", e->shared_phone);
	if (e->content != WEBHOOK_LOCATION)
		return;
	json_object_set_new(json, "latitude", json_real(e->latitude));
	json_object_set_new(json, "longitude", json_real(e->longitude));
}

static json_t *event_json(const struct webhook_event *e)
{
	static const char *const types[] = {
		"status", "message", "moved", "preference", "template", "account", "unknown", "trouble"};
	static const char *const statuses[] = {"sent", "delivered", "read", "failed"};
	json_t *json = json_object(), *person = person_json(&e->person);

	put_text(json, "type", types[e->type]);
	put_integer(json, "at", e->at);
	put_text(json, "id", e->id);
	if (json_object_size(person) > 0)
		json_object_set(json, "person", person);
	json_decref(person);
	if (e->type == WEBHOOK_STATUS)
		put_text(json, "status", statuses[e->status]);
	put_integer(json, "delivery", e->delivery);
	put_integer(json, "attempt", e->attempt);
	put_integer(json, "code", e->code);
	put_text(json, "error", e->error);
	put_text(json, "category", e->category);
	if (e->free_of_charge)
		json_object_set_new(json, "free_of_charge", json_true());
	if (e->type == WEBHOOK_MESSAGE)
		put_content(json, e);
	put_text(json, "previous_user", e->previous_user);
	put_text(json, "previous_phone", e->previous_phone);
	if (e->stop)
		json_object_set_new(json, "stop", json_true());
	put_text(json, "template", e->template);
	put_text(json, "language", e->language);
	put_text(json, "field", e->field);
	put_text(json, "word", e->word);
	put_text(json, "remark", e->remark);
	put_text(json, "text", e->text);
	return json;
}

static json_t *events_of(const char *body, size_t length)
{
	char *copy = malloc(length + 1);
	struct webhook_event event;
	json_t *events = json_array();

	assert_non_null(copy);
	memcpy(copy, body, length);
	copy[length] = '\0';
	struct webhook_reader *reader = webhook_reader_new(copy, length, "1063");
	assert_non_null(reader);
	while (webhook_reader_next(reader, &event))
		json_array_append_new(events, event_json(&event));
	assert_false(webhook_reader_next(reader, &event));
	webhook_reader_free(reader);
	free(copy);
	return events;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void test_row(void **state)
{
	const struct row *row = *state;
	char body[LINE_OCTETS + 256];
	bool timed = strcmp(row->field, "messages") != 0 && strcmp(row->field, "user_preferences") != 0;

	if (strcmp(row->field, "-") == 0)
		snprintf(body, sizeof body, "%s", row->value);
	else
		snprintf(body, sizeof body, envelope, timed ? "\"time\":1739321024," : "", row->value, row->field);
	json_t *expected = json_loads(row->events, 0, NULL), *told = events_of(body, strlen(body));
	assert_true(json_is_array(expected));
	if (!json_equal(expected, told)) {
		char *text = json_dumps(told, JSON_COMPACT);
		print_error("told     %s\nexpected %s\n", text, row->events);
		free(text);
		fail();
	}
	json_decref(expected);
	json_decref(told);
}

static void test_rows_complete(void **state)
{
	(void)state;
	assert_int_equal(row_count, ROWS);
}

static const char *column(char **line)
{
	char *start = *line;

	*line = start + strcspn(start, "\t");
	if (**line)
		*(*line)++ = '\0';
	return start;
}

static void rows_read(void)
{
	FILE *file = fopen(TESTS_DIR "/vectors/webhook.tsv", "r");
	char first[LINE_OCTETS];

	if (!file || !fgets(first, sizeof first, file))
		return;
	for (; row_count < ROWS && fgets(rows[row_count].line, LINE_OCTETS, file); row_count++) {
		struct row *row = &rows[row_count];
		char *line = row->line;
		row->line[strcspn(row->line, "\n")] = '\0';
		row->name = column(&line);
		row->field = column(&line);
		row->value = column(&line);
		row->events = column(&line);
		snprintf(row->title, sizeof row->title, "webhook.tsv: %.60s", row->name);
		tests[row_count] = (struct CMUnitTest){row->title, test_row, NULL, NULL, row};
	}
	if (fgets(first, sizeof first, file))
		row_count++; /* more than were ever counted */
	fclose(file);
}

/* ---- long bodies ------------------------------------------------------------------------------------------------- */

struct text {
	char *at;
	size_t used, room;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text, const char *format, ...)
{
	va_list arguments;

	if (text->room - text->used < 1024) {
		text->room = text->room * 2 + 65536;
		text->at = realloc(text->at, text->room);
		assert_non_null(text->at);
	}
	va_start(arguments, format);
	text->used += (size_t)vsnprintf(text->at + text->used, text->room - text->used, format, arguments);
	va_end(arguments);
}

static void repeat(struct text *text, const char *piece, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(text, "%s", piece);
}

static void test_batch(void **state)
{
	struct text body = {0};
	char id[32], phone[32];

	(void)state;
	add(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":"
		   "\"messages\",\"value\":{\"contacts\":[");
	/* Every second one failed, and failures have no contact. */
	for (int i = 1; i < BATCH; i += 2)
		add(&body, "%s{\"profile\":{\"name\":\"P%d\"},\"wa_id\":\"39333%07d\"}", i > 1 ? "," : "", i, i);
	add(&body, "],\"statuses\":[");
	for (int i = 0; i < BATCH; i++)
		add(&body,
			"%s{\"id\":\"wamid.%d\",\"status\":\"%s\",\"timestamp\":\"1793000020\",\"recipient_id\":"
			"\"39333%07d\",\"biz_opaque_callback_data\":\"d:%d:1\"}",
			i ? "," : "", i, i % 2 ? "delivered" : "failed", i, i + 1);
	add(&body, "]}}]}]}");
	json_t *events = events_of(body.at, body.used);
	assert_int_equal(json_array_size(events), BATCH);
	for (int i = 0; i < BATCH; i++) {
		const json_t *event = json_array_get(events, (size_t)i), *person = json_object_get(event, "person");
		const char *name = json_string_value(json_object_get(person, "name"));
		snprintf(id, sizeof id, "wamid.%d", i);
		snprintf(phone, sizeof phone, "+39333%07d", i);
		assert_string_equal(json_string_value(json_object_get(event, "id")), id);
		assert_string_equal(json_string_value(json_object_get(person, "phone")), phone);
		assert_int_equal(json_integer_value(json_object_get(event, "delivery")), i + 1);
		assert_int_equal(name != NULL, i % 2);
	}
	json_decref(events);
	free(body.at);
}

/* What is told of an unknown body is the beginning of it. */
static void expect_unknown(const struct text *body)
{
	json_t *events = events_of(body->at, body->used);
	const json_t *event = json_array_get(events, 0);
	const char *text = json_string_value(json_object_get(event, "text"));

	assert_int_equal(json_array_size(events), 1);
	assert_string_equal(json_string_value(json_object_get(event, "type")), "unknown");
	assert_non_null(text);
	assert_int_equal(strncmp(text, body->at, strlen(text)), 0);
	assert_true(strlen(text) == body->used || strlen(text) > WEBHOOK_TEXT_MAX - 5);
	json_decref(events);
}

static void test_deep(void **state)
{
	struct text body = {0};

	(void)state;
	repeat(&body, "[", 100000);
	expect_unknown(&body);
	free(body.at);
	body = (struct text){0};
	repeat(&body, "{\"a\":", 100000);
	expect_unknown(&body);
	free(body.at);
}

/* As deep as it is still read, inside a value that is not. */
static void test_deep_value(void **state)
{
	struct text body = {0};

	(void)state;
	add(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":"
		   "\"account_update\",\"value\":{\"a\":");
	repeat(&body, "[", 2000);
	repeat(&body, "]", 2000);
	add(&body, "}}]}]}");
	json_t *events = events_of(body.at, body.used);
	assert_int_equal(json_array_size(events), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(events, 0), "word")), "account_update");
	json_decref(events);
	free(body.at);
}

static void test_many_values(void **state)
{
	struct text body = {0};

	(void)state;
	add(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[");
	repeat(&body, "[],", 500000);
	add(&body, "[]]}");
	expect_unknown(&body);
	free(body.at);
}

/* Commas inside a text are no values. */
static void test_many_commas(void **state)
{
	struct text body = {0};

	(void)state;
	add(&body, "{\"object\":\"whatsapp_business_account\",\"x\":\"");
	repeat(&body, ",[{\\\"", 100000);
	add(&body, "\",\"entry\":[]}");
	json_t *events = events_of(body.at, body.used);
	assert_int_equal(json_array_size(events), 0);
	json_decref(events);
	free(body.at);
}

static void test_too_long(void **state)
{
	struct text body = {0};

	(void)state;
	add(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[]");
	repeat(&body, "                ", WEBHOOK_BODY_MAX / 16);
	add(&body, "}");
	expect_unknown(&body);
	free(body.at);
}

/* A text is cut at a character's edge, wherever it falls. */
static void test_cut(void **state)
{
	(void)state;
	for (int shift = 0; shift < 4; shift++) {
		struct text body = {0}, unknown = {0};
		add(&body,
			"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\","
			"\"value\":{\"messages\":[{\"from\":\"393331234567\",\"type\":\"text\",\"text\":{\"body\":"
			"\"%.*s",
			shift, "aaa");
		repeat(&body, "\\ud83d\\udea7", 5000);
		add(&body, "\"}}]}}]}]}");
		json_t *events = events_of(body.at, body.used);
		const char *text = json_string_value(json_object_get(json_array_get(events, 0), "text"));
		assert_int_equal(strlen(text), (WEBHOOK_TEXT_MAX - 1 - shift) / 4 * 4 + shift);
		assert_string_equal(text + strlen(text) - 4, "🚧");
		json_decref(events);

		add(&unknown, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"%.*s", shift, "aaa");
		repeat(&unknown, "🚧", 5000);
		add(&unknown, "\"}]}");
		events = events_of(unknown.at, unknown.used);
		text = json_string_value(json_object_get(json_array_get(events, 0), "text"));
		assert_true(strlen(text) > WEBHOOK_TEXT_MAX - 10);
		assert_string_equal(text + strlen(text) - 4, "🚧");
		json_decref(events);
		free(body.at);
		free(unknown.at);
	}
}

/* ---- signatures -------------------------------------------------------------------------------------------------- */

static const char secret[] = "test_app_secret";
static const char empty_body[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[]}";
static const char text_body[] =
	"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"value\":{\"messaging_"
	"product\":\"whatsapp\",\"messages\":[{\"from\":\"393331234567\",\"id\":\"wamid.A\",\"timestamp\":\"1760000000\","
	"\"type\":\"text\",\"text\":{\"body\":\"Perch\\u00e9 no? \\ud83d\\udea7 a\\/b\"}}]},\"field\":\"messages\"}]}]}";

static bool good(const char *header, const char *body)
{
	return webhook_signature_is_good(header, secret, body, strlen(body));
}

static void test_signature(void **state)
{
	(void)state;
	assert_int_equal(strlen(empty_body), 49);
	assert_int_equal(strlen(text_body), 276);
	assert_true(good("sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756", empty_body));
	assert_true(good("sha256=52d56c8202ed6ca1e1e7bafdde5c40c84ad7c5a322ea83c98c36a5b4c4e36338", text_body));
}

static void test_signature_wrong(void **state)
{
	static const char *const wrong[] = {"", "sha256=", "sha1=dec6a680679a968e7e0319355b23599cbfc54502",
		"sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633757",
		"sha256=fec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
		"sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c63375",
		"sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c6337560",
		"sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c63375g",
		"sha256=de:6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c6337567",
		"dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
		" sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(good(wrong[i], empty_body));
	assert_false(good(NULL, empty_body));
	assert_false(good("sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756", text_body));
	/* Without a secret there is no good signature, though HMAC would have one. */
	assert_false(webhook_signature_is_good(
		"sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", "", "", 0));
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(test_rows_complete),
	cmocka_unit_test(test_batch),
	cmocka_unit_test(test_deep),
	cmocka_unit_test(test_deep_value),
	cmocka_unit_test(test_many_values),
	cmocka_unit_test(test_many_commas),
	cmocka_unit_test(test_too_long),
	cmocka_unit_test(test_cut),
	cmocka_unit_test(test_signature),
	cmocka_unit_test(test_signature_wrong),
};

int main(void)
{
	const size_t other_count = sizeof others / sizeof *others;

	rows_read();
	size_t count = row_count < ROWS ? row_count : ROWS;
	memcpy(tests + count, others, sizeof others);
	return _cmocka_run_group_tests("webhook_read", tests, count + other_count, NULL, NULL);
}
