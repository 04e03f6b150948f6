/* What the WhatsApp Cloud API answers: sends, health, templates, and every error code. */
#include "modem/graph.h"
#include "modem/graph_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool sent_of(const char *body, struct graph_sent *sent)
{
	return graph_sent_read(body, strlen(body), sent);
}

static void test_sent(void **state)
{
	struct graph_sent sent;

	(void)state;
	assert_true(sent_of("{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"+393331234567\",\"wa_id\":"
			    "\"393331234567\"}],"
			    "\"messages\":[{\"id\":\"wamid.HBgM\",\"message_status\":\"accepted\"}]}",
		&sent));
	assert_string_equal(sent.id, "wamid.HBgM");
	assert_string_equal(sent.wa_id, "393331234567");
	assert_string_equal(sent.user, "");
	assert_int_equal(sent.status, GRAPH_ACCEPTED);
	assert_true(sent_of("{\"contacts\":[{\"input\":\"IT.1\",\"user_id\":\"IT.1\"}],\"messages\":[{\"id\":\"w\","
			    "\"message_status\":\"held_for_quality_assessment\"}]}",
		&sent));
	assert_string_equal(sent.user, "IT.1");
	assert_int_equal(sent.status, GRAPH_HELD);
	assert_true(sent_of("{\"messages\":[{\"id\":\"w\",\"message_status\":\"paused\"}]}", &sent));
	assert_int_equal(sent.status, GRAPH_PAUSED);
	assert_true(sent_of("{\"messages\":[{\"id\":\"w\"}]}", &sent));
	assert_int_equal(sent.status, GRAPH_ACCEPTED);
}

static void test_not_sent(void **state)
{
	static const char *const foreign[] = {"", "{}", "[]", "null", "<html>", "{\"messages\":[]}",
		"{\"messages\":[{}]}", "{\"messages\":[{\"id\":\"\"}]}", "{\"messages\":[{\"id\":7}]}",
		"{\"messages\":{\"id\":\"w\"}}", "{\"messages\":[{\"id\":\"w\"}]", "{\"messages\":[{\"id\":\"w\"}]} x",
		"{\"success\":\"true\"}"};
	char body[400], id[BEARER_ID_MAX + 1];
	struct graph_sent sent;

	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		assert_false(sent_of(foreign[i], &sent));
		assert_false(graph_success_read(foreign[i], strlen(foreign[i])));
	}
	assert_true(graph_success_read("{\"success\":true}", 16));
	/* A wamid cut short would be another message's. */
	memset(id, 'A', BEARER_ID_MAX);
	id[BEARER_ID_MAX] = '\0';
	snprintf(body, sizeof body, "{\"messages\":[{\"id\":\"%s\"}]}", id);
	assert_true(sent_of(body, &sent));
	assert_string_equal(sent.id, "");
}

static void test_media(void **state)
{
	static const struct {
		const char *size;
		int64_t expected;
	} sizes[] = {{"303833", 303833}, {"\"303833\"", 303833}, {"0", 0}, {"-1", -1}, {"\"-1\"", -1}, {"\"12x\"", -1},
		{"\"\"", -1}, {"null", -1}, {"1.5", -1}};
	struct graph_media media;
	char body[2048], id[GRAPH_MEDIA_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int length = snprintf(body, sizeof body,
			"{\"messaging_product\":\"whatsapp\",\"url\":\"https:\\/\\/lookaside.fbsbx.com\\/a?mid=1\","
			"\"mime_type\":\"image/jpeg\",\"sha256\":\"h\",\"file_size\":%s,\"id\":\"1003\"}",
			sizes[i].size);
		assert_true(graph_media_read(body, (size_t)length, &media));
		assert_string_equal(media.url, "https://lookaside.fbsbx.com/a?mid=1");
		assert_string_equal(media.type, "image/jpeg");
		assert_string_equal(media.sha256, "h");
		assert_int_equal(media.size, sizes[i].expected);
	}
	static const char *const none[] = {"", "[]", "{}", "{\"url\":1}", "{\"url\":\"\"}", "{\"id\":\"1\"}"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(graph_media_read(none[i], strlen(none[i]), &media));
	int length = snprintf(body, sizeof body, "{\"url\":\"https://a/%01100d\"}", 0); /* longer than any */
	assert_false(graph_media_read(body, (size_t)length, &media));

	static const char *const ids[] = {
		"{\"id\":\"1003\"}", "{\"id\":\"\"}", "{\"id\":\"a\"}", "{\"id\":1003}", "{", "{}"};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_int_equal(graph_media_id_read(ids[i], strlen(ids[i]), id), i == 0);
}

static void test_health(void **state)
{
	static const struct {
		const char *body, *why;
		enum graph_health health;
	} cases[] = {
		{"{\"health_status\":{\"can_send_message\":\"AVAILABLE\",\"entities\":[]},\"id\":\"1\"}", "",
			GRAPH_AVAILABLE},
		{"{\"health_status\":{\"can_send_message\":\"LIMITED\",\"entities\":[{\"entity_type\":\"WABA\",\"can_"
		 "send_message\":"
		 "\"LIMITED\",\"errors\":[{\"error_code\":141006,\"error_description\":\"no payment method\"}]}]}}",
			"141006 no payment method", GRAPH_LIMITED},
		{"{\"health_status\":{\"can_send_message\":\"BLOCKED\",\"entities\":[{\"can_send_message\":"
		 "\"AVAILABLE\",\"errors\":"
		 "[{\"error_code\":1}]},{\"can_send_message\":\"BLOCKED\",\"errors\":[{\"error_code\":2,\"error_"
		 "description\":"
		 "\"call +39 333 1234567\"}]}]}}",
			"2 call +…", GRAPH_BLOCKED},
		{"{\"health_status\":{\"can_send_message\":\"BLOCKED\"}}", "", GRAPH_BLOCKED},
		{"{\"health_status\":{\"can_send_message\":\"?\"}}", "", GRAPH_HEALTH_UNKNOWN},
		{"{}", "", GRAPH_HEALTH_UNKNOWN},
		{"<html>", "", GRAPH_HEALTH_UNKNOWN},
	};
	char why[BEARER_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(graph_health_read(cases[i].body, strlen(cases[i].body), why), cases[i].health);
		assert_string_equal(why, cases[i].why);
	}
	assert_true(graph_is_answer("{\"id\":\"1\"}", 10));
	assert_true(graph_is_answer("{\"error\":1}", 11));
	assert_false(graph_is_answer("{\"a\":1}", 7));
	assert_false(graph_is_answer("login", 5));
}

/* ---- errors ---- */

static const struct {
	int32_t code;
	enum graph_class class;
	enum bearer_outcome outcome;
} codes[] = {
	{0, GRAPH_ACCOUNT, BEARER_BARRED},
	{1, GRAPH_RETRY, BEARER_RETRY_SOON},
	{2, GRAPH_RETRY, BEARER_RETRY_LATER},
	{3, GRAPH_ACCOUNT, BEARER_BARRED},
	{4, GRAPH_RETRY, BEARER_RETRY_LATER},
	{10, GRAPH_ACCOUNT, BEARER_BARRED},
	{33, GRAPH_ACCOUNT, BEARER_BARRED},
	{100, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{190, GRAPH_ACCOUNT, BEARER_BARRED},
	{200, GRAPH_ACCOUNT, BEARER_BARRED},
	{250, GRAPH_ACCOUNT, BEARER_BARRED},
	{299, GRAPH_ACCOUNT, BEARER_BARRED},
	{368, GRAPH_ACCOUNT, BEARER_BARRED},
	{80007, GRAPH_RETRY, BEARER_RETRY_LATER},
	{130429, GRAPH_RETRY, BEARER_RETRY_SOON},
	{130472, GRAPH_RECIPIENT_MARKETING, BEARER_BAD_RECIPIENT},
	{130497, GRAPH_RECIPIENT, BEARER_BAD_RECIPIENT},
	{131000, GRAPH_RETRY, BEARER_RETRY_SOON},
	{131005, GRAPH_ACCOUNT, BEARER_BARRED},
	{131008, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{131009, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{131016, GRAPH_RETRY, BEARER_RETRY_LATER},
	{131021, GRAPH_RECIPIENT, BEARER_BAD_RECIPIENT},
	{131026, GRAPH_RECIPIENT, BEARER_BAD_RECIPIENT},
	{131030, GRAPH_ACCOUNT, BEARER_BARRED},
	{131031, GRAPH_ACCOUNT, BEARER_BARRED},
	{131037, GRAPH_ACCOUNT, BEARER_BARRED},
	{131042, GRAPH_ACCOUNT, BEARER_BARRED},
	{131045, GRAPH_ACCOUNT, BEARER_BARRED},
	{131047, GRAPH_WINDOW, BEARER_BAD_MESSAGE},
	{131048, GRAPH_ACCOUNT, BEARER_BARRED},
	{131049, GRAPH_RETRY, BEARER_RETRY_LATER},
	{131050, GRAPH_RECIPIENT_MARKETING, BEARER_BAD_RECIPIENT},
	{131051, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{131052, GRAPH_INBOUND, BEARER_BAD_MESSAGE},
	{131053, GRAPH_RETRY, BEARER_RETRY_SOON},
	{131055, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{131056, GRAPH_RETRY_PAIR, BEARER_RETRY_SOON},
	{131057, GRAPH_RETRY, BEARER_RETRY_LATER},
	{131061, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{131062, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{131063, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{131064, GRAPH_ACCOUNT, BEARER_BARRED},
	{132000, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132001, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132005, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132007, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132008, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132012, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132015, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132016, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132018, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{132068, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{132069, GRAPH_TEMPLATE, BEARER_BAD_TEMPLATE},
	{133000, GRAPH_ACCOUNT, BEARER_BARRED},
	{133004, GRAPH_RETRY, BEARER_RETRY_LATER},
	{133005, GRAPH_ACCOUNT, BEARER_BARRED},
	{133006, GRAPH_ACCOUNT, BEARER_BARRED},
	{133008, GRAPH_ACCOUNT, BEARER_BARRED},
	{133009, GRAPH_ACCOUNT, BEARER_BARRED},
	{133010, GRAPH_ACCOUNT, BEARER_BARRED},
	{133015, GRAPH_ACCOUNT, BEARER_BARRED},
	{133016, GRAPH_ACCOUNT, BEARER_BARRED},
	{134100, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{134101, GRAPH_RETRY, BEARER_RETRY_LATER},
	{134102, GRAPH_ACCOUNT, BEARER_BARRED},
	{135000, GRAPH_PAYLOAD, BEARER_BAD_MESSAGE},
	{137000, GRAPH_RECIPIENT, BEARER_BAD_RECIPIENT},
	{147001, GRAPH_ACCOUNT, BEARER_BARRED},
	{147005, GRAPH_ACCOUNT, BEARER_BARRED},
	/* unknown ones, beside the ranges too */
	{199, GRAPH_RETRY, BEARER_RETRY_SOON},
	{300, GRAPH_RETRY, BEARER_RETRY_SOON},
	{147006, GRAPH_RETRY, BEARER_RETRY_SOON},
	{999999, GRAPH_RETRY, BEARER_RETRY_SOON},
};

static void test_every_code(void **state)
{
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		const struct graph_code *row = graph_code_find(codes[i].code);
		if (row->class != codes[i].class || graph_outcome(row) != codes[i].outcome)
			fail_msg("%d: %s, %s", codes[i].code, graph_class_to_string(row->class),
				bearer_outcome_to_string(graph_outcome(row)));
		known += row->code == codes[i].code;
	}
	assert_int_equal(known, graph_codes_count); /* each row is in the list above */
	for (size_t i = 0; i < graph_codes_count; i++) {
		assert_true(i == 0 || graph_codes[i].code > graph_codes[i - 1].code);
		assert_true(graph_codes[i].meaning && graph_codes[i].meaning[0]);
		assert_int_equal(graph_codes[i].inbound, GRAPH_INBOUND);
	}
	assert_int_equal(graph_code_find(777)->tries, 1);
	assert_true(graph_code_find(130429)->all && graph_code_find(4)->all);
	assert_int_equal(graph_code_find(131049)->after_s, 86400);
}

static void test_error_bodies(void **state)
{
	static const struct {
		const char *body, *told;
	} cases[] = {
		{"{\"error\":{\"message\":\"(#131030) "
		 "Recipient\",\"type\":\"OAuthException\",\"code\":131026,\"error_subcode\":7,"
		 "\"is_transient\":true,\"error_data\":{\"messaging_product\":\"whatsapp\",\"details\":\"Not a user\"},"
		 "\"fbtrace_id\":\"AbC_1-x\"}}",
			"131026 not reachable by WhatsApp: Not a user"},
		{"{\"error\":{\"message\":\"m\",\"code\":100,\"error_data\":\"a string\"}}",
			"100 a parameter is not valid: a string"},
		{"{\"error\":{\"message\":\"only this\",\"code\":100}}", "100 a parameter is not valid: only this"},
		{"{\"error\":{\"code\":100,\"error_user_msg\":\"Troppe variabili\"}}",
			"100 a parameter is not valid: Troppe variabili"},
		{"{\"error\":{\"code\":12345}}", "12345 a code this box does not know"},
		{"{\"error\":{\"code\":190,\"message\":\"Malformed access token EAAGm0PX4ZCpsBAKZCdEf12345abcde to +39 "
		 "333 123 4567\"}}",
			"190 the token has expired; make a new one: Malformed access token … to +…"},
	};
	struct graph_error error;
	char told[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(graph_error_read(cases[i].body, strlen(cases[i].body), &error));
		graph_error_tell(&error, told, sizeof told);
		assert_string_equal(told, cases[i].told);
	}
	assert_true(graph_error_read(cases[0].body, strlen(cases[0].body), &error));
	assert_true(error.transient);
	assert_int_equal(error.subcode, 7);
	assert_string_equal(error.trace, "AbC_1-x");
	graph_error_tell(&error, told, 12);
	assert_string_equal(told, "131026 not ");
}

static void test_no_errors(void **state)
{
	static const char *const foreign[] = {"", "{}", "[]", "{\"error\":\"x\"}", "{\"error\":{}}",
		"{\"error\":{\"code\":\"190\"}}", "{\"error\":{\"code\":-5}}", "{\"error\":{\"code\":99999999999}}",
		"<html>502</html>", "{\"error\":{\"code\":1}"};
	struct graph_error error;

	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		assert_false(graph_error_read(foreign[i], strlen(foreign[i]), &error));
}

static void test_mask(void **state)
{
	static const char *const cases[][2] = {
		{"abc 123456", "abc 123456"},
		{"tel 3331234567.", "tel …."},
		{"x393331234567y", "x…y"},
		{"333-123-4567", "…"},
		{"12 34 5", "12 34 5"},
		{"a\nb\x7f", "a b "},
		{"abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"},
		{"abcdefghijklmnopqrstuvwxy", "…"},
		{"è\xff", "è\xEF\xBF\xBD"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		graph_mask(cases[i][0], out, sizeof out);
		assert_string_equal(out, cases[i][1]);
	}
}

/* ---- templates ---- */

static void test_template_pages(void **state)
{
	static const char one[] = "{\"data\":[{\"id\":\"57\",\"name\":\"allerta\",\"language\":\"it\",\"category\":"
				  "\"UTILITY\",\"status\":"
				  "\"APPROVED\",\"quality_score\":{\"score\":\"GREEN\"},\"rejected_reason\":\"NONE\","
				  "\"components\":[{\"type\":\"FOOTER\","
				  "\"text\":\"f\"},{\"type\":\"BODY\",\"text\":\"b "
				  "{{1}}\"}]}],\"paging\":{\"cursors\":{\"after\":\"QVF=\"},\"next\":"
				  "\"https://evil.example/\"}}";
	static const char two[] =
		"{\"data\":[{\"id\":1689556908129832,\"name\":\"b\",\"status\":\"REJECTED\",\"rejected_reason\":"
		"\"INVALID_FORMAT\"}],\"paging\":{\"cursors\":{\"after\":\"x\"}}}";
	struct graph_template *templates = NULL;
	char after[GRAPH_CURSOR_MAX];

	(void)state;
	assert_int_equal(graph_template_page(one, sizeof one - 1, &templates, 0, after), 1);
	assert_string_equal(after, "QVF=");
	assert_int_equal(graph_template_page(two, sizeof two - 1, &templates, 1, after), 2);
	assert_string_equal(after, "");
	assert_string_equal(templates[0].id, "57");
	assert_string_equal(templates[0].body, "b {{1}}");
	assert_string_equal(templates[0].quality, "GREEN");
	assert_string_equal(templates[0].reason, "");
	assert_true(graph_template_is_usable(&templates[0]));
	assert_string_equal(templates[1].id, "1689556908129832");
	assert_string_equal(templates[1].reason, "INVALID_FORMAT");
	assert_false(graph_template_is_usable(&templates[1]));
	assert_int_equal(graph_template_page("{\"data\":[]}", 11, &templates, 2, after), 2);
	assert_int_equal(graph_template_page("{}", 2, &templates, 2, after), -1);
	assert_int_equal(graph_template_page("x", 1, &templates, 2, after), -1);
	/* A cursor goes into an address. */
	static const char bad[] = "{\"data\":[{}],\"paging\":{\"cursors\":{\"after\":\"a&b\"},\"next\":\"n\"}}";
	assert_int_equal(graph_template_page(bad, sizeof bad - 1, &templates, 2, after), 3);
	assert_string_equal(after, "");
	free(templates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_every_code),
		cmocka_unit_test(test_error_bodies),
		cmocka_unit_test(test_no_errors),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_template_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
