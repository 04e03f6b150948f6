/* Requests to the WhatsApp Cloud API: the exact JSON, and what is refused before it is sent. */
#include "modem/graph.h"
#include "modem/graph_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TO   "+393331234567"
#define USER "IT.13491208655302741918"
#define F    BEARER_FIELD
#define P    BEARER_PART
#define HEAD "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"" TO "\","
#define TEN  "0123456789"

static void request_is(const struct graph_message *message, const char *expected)
{
	struct err err = {0};
	char *body = NULL;

	if (graph_request(message, &body, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(body, expected);
	free(body);
}

static void test_templates(void **state)
{
	struct graph_message m = {.content = BEARER_TEMPLATE, .to = TO, .template = "allerta", .language = "it"};

	(void)state;
	request_is(
		&m, HEAD "\"type\":\"template\",\"template\":{\"name\":\"allerta\",\"language\":{\"code\":\"it\"}}}");

	m.callback = "d:1042:1";
	m.parameter_count = 2;
	m.parameters[0] = (struct graph_parameter){NULL, "Temporali forti"};
	m.parameters[1] = (struct graph_parameter){NULL, "18:00"};
	request_is(&m, HEAD
		"\"biz_opaque_callback_data\":\"d:1042:1\",\"type\":\"template\",\"template\":{\"name\":\"allerta\","
		"\"language\":{\"code\":\"it\"},\"components\":[{\"type\":\"body\",\"parameters\":["
		"{\"type\":\"text\",\"text\":\"Temporali forti\"},{\"type\":\"text\",\"text\":\"18:00\"}]}]}}");

	m.parameters[0].name = "fenomeno";
	m.parameters[1].name = "ora_2";
	m.callback = NULL;
	request_is(&m, HEAD "\"type\":\"template\",\"template\":{\"name\":\"allerta\",\"language\":{\"code\":\"it\"},"
			    "\"components\":[{\"type\":\"body\",\"parameters\":["
			    "{\"type\":\"text\",\"parameter_name\":\"fenomeno\",\"text\":\"Temporali forti\"},"
			    "{\"type\":\"text\",\"parameter_name\":\"ora_2\",\"text\":\"18:00\"}]}]}}");
}

static void test_text_and_people_without_a_phone(void **state)
{
	struct graph_message m = {
		.content = BEARER_TEXT, .to = TO, .text = "Perché no? 🚧 \"a\"", .reply_to = "wamid.X"};

	(void)state;
	request_is(&m,
		HEAD "\"context\":{\"message_id\":\"wamid.X\"},\"type\":\"text\",\"text\":{\"preview_url\":false,"
		     "\"body\":\"Perché no? 🚧 \\\"a\\\"\"}}");
	m = (struct graph_message){.content = BEARER_TEXT, .to = "", .user = USER, .text = "a"};
	request_is(&m,
		"{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"recipient\":\"" USER "\","
		"\"type\":\"text\",\"text\":{\"preview_url\":false,\"body\":\"a\"}}");
	m.to = TO; /* the phone wins there too */
	request_is(&m, HEAD "\"type\":\"text\",\"text\":{\"preview_url\":false,\"body\":\"a\"}}");
	m.text = "a\xff";
	request_is(&m, HEAD "\"type\":\"text\",\"text\":{\"preview_url\":false,\"body\":\"a\xEF\xBF\xBD\"}}");
}

static void test_interactive(void **state)
{
	struct graph_message m = {.content = BEARER_BUTTONS,
		.to = TO,
		.text = "Conferma?",
		.header = "Appuntamento",
		.footer = "Comune",
		.choices = {{"si", "Sì", NULL}, {"no", "No", NULL}},
		.choice_count = 2};

	(void)state;
	request_is(&m,
		HEAD "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"header\":{\"text\":"
		     "\"Appuntamento\",\"type\":\"text\"},"
		     "\"body\":{\"text\":\"Conferma?\"},\"footer\":{\"text\":\"Comune\"},\"action\":{\"buttons\":["
		     "{\"type\":\"reply\",\"reply\":{\"id\":\"si\",\"title\":\"Sì\"}},"
		     "{\"type\":\"reply\",\"reply\":{\"id\":\"no\",\"title\":\"No\"}}]}}}");

	m = (struct graph_message){.content = BEARER_LIST,
		.to = TO,
		.text = "Quale ufficio?",
		.opener = "Uffici",
		.choices = {{"anagrafe", "Anagrafe", "lun-ven 9-12"}, {"tributi", "Tributi", ""}},
		.choice_count = 2};
	request_is(&m, HEAD
		"\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Quale ufficio?\"},"
		"\"action\":{\"button\":\"Uffici\",\"sections\":[{\"rows\":["
		"{\"id\":\"anagrafe\",\"title\":\"Anagrafe\",\"description\":\"lun-ven 9-12\"},"
		"{\"id\":\"tributi\",\"title\":\"Tributi\"}]}]}}}");

	m = (struct graph_message){.content = BEARER_REQUEST_LOCATION, .to = TO, .text = "Dove?"};
	request_is(&m, HEAD "\"type\":\"interactive\",\"interactive\":{\"type\":\"location_request_message\","
			    "\"body\":{\"text\":\"Dove?\"},\"action\":{\"name\":\"send_location\"}}}");
	m.content = BEARER_REQUEST_PHONE;
	request_is(&m, HEAD "\"type\":\"interactive\",\"interactive\":{\"type\":\"request_contact_info\","
			    "\"body\":{\"text\":\"Dove?\"},\"action\":{\"name\":\"request_contact_info\"}}}");
}

static void test_media(void **state)
{
	struct graph_message m = {.content = BEARER_IMAGE, .to = TO, .media = "1003"};
	static char long_text[GRAPH_BODY_MAX + 2];
	struct err err;
	char *body;

	(void)state;
	request_is(&m, HEAD "\"type\":\"image\",\"image\":{\"id\":\"1003\"}}");
	m.text = "La buca è chiusa";
	m.file_name = "a.jpg"; /* an image has none */
	request_is(&m, HEAD "\"type\":\"image\",\"image\":{\"id\":\"1003\",\"caption\":\"La buca è chiusa\"}}");
	m.content = BEARER_DOCUMENT;
	m.file_name = "ordinanza \"12\".pdf";
	request_is(&m, HEAD "\"type\":\"document\",\"document\":{\"id\":\"1003\",\"caption\":\"La buca è chiusa\","
			    "\"filename\":\"ordinanza \\\"12\\\".pdf\"}}");

	memset(long_text, 'a', GRAPH_BODY_MAX);
	m.text = long_text;
	assert_int_equal(graph_request(&m, &body, &err), 0);
	free(body);
	long_text[GRAPH_BODY_MAX] = 'a';
	assert_int_equal(graph_request(&m, &body, &err), -1);
	m.text = NULL;
	m.file_name = long_text;
	assert_int_equal(graph_request(&m, &body, &err), -1);
	m.file_name = NULL;
	static const char *const bad[] = {NULL, "", "https://example.org/a.jpg", "12 3",
		"1234567890123456789012345678901234567890123456789012345678901234"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		m.media = bad[i];
		assert_int_equal(graph_request(&m, &body, &err), -1);
		assert_int_equal(err.status, EX_DATAERR);
	}
}

static void test_mark_read(void **state)
{
	struct graph_message m = {.content = BEARER_MARK_READ, .reply_to = "wamid.X"};

	(void)state;
	request_is(&m, "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.X\"}");
	m.typing = true;
	request_is(&m, "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.X\","
		       "\"typing_indicator\":{\"type\":\"text\"}}");
}

static void test_parameters_are_folded(void **state)
{
	static const char *const cases[][2] = {
		{"una riga", "una riga"},
		{"due\nrighe", "due righe"},
		{"due \r\n\t righe", "due righe"},
		{"a    b", "a    b"},
		{"a     b", "a b"},
		{"  a  b  ", "a  b"},
		{"\n\n", ""},
		{"", ""},
		{"a\xE2\x80\xA8"
		 "b",
			"a b"},
		{"a\x01"
		 "b",
			"a b"},
		{"a\xC2\xA0\xC2\xA0\xC2\xA0\xC2\xA0\xC2\xA0"
		 "b",
			"a b"},
		{"è 🚧", "è 🚧"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		graph_parameter_fold(cases[i][0], out, sizeof out);
		assert_string_equal(out, cases[i][1]);
	}
	graph_parameter_fold("0123456789", out, 5);
	assert_string_equal(out, "0123");
}

static char long_text[5000];

static const char *x(size_t length)
{
	memset(long_text, 'x', length);
	long_text[length] = '\0';
	return long_text;
}

static void refused(const struct graph_message *message, const char *why)
{
	struct err err = {0};
	char *body = NULL;

	assert_int_equal(graph_request(message, &body, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void test_recipients_refused(void **state)
{
	static const char *const numbers[] = {
		"393331234567", "+39 333", "+", "+39333123456789012", "+39333a", "++39333123"};
	static const char *const users[] = {"", "IT", "IT.", "it.123", "IT.1 2", "ITA.1"};
	struct graph_message m = {.content = BEARER_TEXT, .text = "a"};

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		m.to = numbers[i];
		refused(&m, "number");
	}
	m.to = NULL;
	refused(&m, "number");
	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		m.user = users[i];
		refused(&m, "user id");
	}
}

static void test_texts_refused(void **state)
{
	struct graph_message m = {.content = BEARER_TEXT, .to = TO, .text = x(GRAPH_TEXT_MAX)};
	struct err err;
	char *body;

	(void)state;
	assert_int_equal(graph_request(&m, &body, &err), 0);
	free(body);
	m.text = x(GRAPH_TEXT_MAX + 1);
	refused(&m, "4097");
	m.text = "";
	refused(&m, "empty");
	m.content = BEARER_REQUEST_LOCATION;
	m.text = x(GRAPH_BODY_MAX + 1);
	refused(&m, "1025");
	m.text = "a";
	m.footer = x(GRAPH_HEADER_MAX + 1);
	refused(&m, "footer");
	m.footer = NULL;
	m.callback = x(GRAPH_CALLBACK_MAX + 1);
	refused(&m, "callback");
	m = (struct graph_message){.content = BEARER_MARK_READ};
	refused(&m, "read");
}

static void test_choices_refused(void **state)
{
	struct graph_message m = {.content = BEARER_BUTTONS, .to = TO, .text = "a"};

	(void)state;
	refused(&m, "0 choices");
	for (int i = 0; i < GRAPH_ROWS_MAX; i++)
		m.choices[i] = (struct graph_choice){&TEN[i], &TEN[i], NULL};
	m.choice_count = 4;
	refused(&m, "4 choices");
	m.choice_count = 2;
	m.choices[1].title = m.choices[0].title;
	refused(&m, "alike");
	m.choices[1].title = x(GRAPH_TITLE_MAX + 1);
	refused(&m, "title");
	m.choices[1].title = "b";
	m.choices[1].id = "";
	refused(&m, "id");
	m.content = BEARER_LIST;
	refused(&m, "opens");
	m.opener = "Apri";
	m.choices[1] = m.choices[0];
	refused(&m, "alike");
	m.choices[1] = (struct graph_choice){"z", "z", x(GRAPH_ROW_WORDS_MAX + 1)};
	refused(&m, "description");
}

static void test_parameters_refused(void **state)
{
	struct graph_message m = {.content = BEARER_TEMPLATE,
		.to = TO,
		.template = "allerta",
		.language = "it",
		.parameter_count = 2,
		.parameters = {{NULL, "a"}, {NULL, " \n "}}};

	(void)state;
	refused(&m, "parameter 2 of template allerta is empty");
	m.parameters[1] = (struct graph_parameter){"x", "b"};
	refused(&m, "not both");
	m.parameters[0].name = "X";
	refused(&m, "a-z");
	m.parameters[0] = (struct graph_parameter){"y", x(GRAPH_BODY_MAX)};
	refused(&m, "1025");
	m.parameters[0].value = x(GRAPH_BODY_MAX - 10);
	m.body = "{{y}} 123456789 {{x}}{{unknown}}";
	refused(&m, "1037");
	m.body = "{{y}} 1234567 {{x}}";
	struct err err;
	char *body;
	assert_int_equal(graph_request(&m, &body, &err), 0);
	free(body);
	m.language = "";
	refused(&m, "language");
}

static void send_is(enum bearer_content content, const char *text, const char *expected)
{
	struct bearer_send send = {
		.delivery = 7, .attempt = 2, .to = TO, .content = content, .template = "allerta", .language = "it"};
	struct err err = {0};
	char *body = NULL, *type;

	if (graph_request_of_send(&send, text, &body, &err) != 0)
		fail_msg("%s", err.text);
	assert_non_null(content == BEARER_MARK_READ ? body : strstr(body, "\"biz_opaque_callback_data\":\"d:7:2\""));
	type = strstr(body, "\"type\":");
	assert_string_equal(type ? type : body, expected);
	free(body);
}

static void test_of_a_send(void **state)
{
	struct bearer_send send = {.to = TO, .content = BEARER_TEMPLATE, .template = "a", .language = "it"};
	struct err err;
	char *body;

	(void)state;
	send_is(BEARER_TEXT, "Ciao", "\"type\":\"text\",\"text\":{\"preview_url\":false,\"body\":\"Ciao\"}}");
	send_is(BEARER_TEMPLATE, "",
		"\"type\":\"template\",\"template\":{\"name\":\"allerta\",\"language\":{\"code\":\"it\"}}}");
	send_is(BEARER_TEMPLATE, "ROSSA" F "Via\ndi qui",
		"\"type\":\"template\",\"template\":{\"name\":\"allerta\",\"language\":{\"code\":\"it\"},"
		"\"components\":[{\"type\":\"body\","
		"\"parameters\":[{\"type\":\"text\",\"text\":\"ROSSA\"},{\"type\":\"text\",\"text\":\"Via di "
		"qui\"}]}]}}");
	send_is(BEARER_TEMPLATE, "alert" P "ROSSA" F "text" P "Via",
		"\"type\":\"template\",\"template\":{\"name\":\"allerta\",\"language\":{\"code\":\"it\"},"
		"\"components\":[{\"type\":\"body\","
		"\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"alert\",\"text\":\"ROSSA\"},"
		"{\"type\":\"text\",\"parameter_name\":\"text\",\"text\":\"Via\"}]}]}}");
	send_is(BEARER_BUTTONS, "Sì?" F "si" P "Sì",
		"\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"Sì?\"},\"action\":{"
		"\"buttons\":["
		"{\"type\":\"reply\",\"reply\":{\"id\":\"si\",\"title\":\"Sì\"}}]}}}");
	send_is(BEARER_LIST, "Quale?" F "Apri" F "a" P "A" P "prima" F "b" P "B",
		"\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Quale?\"},\"action\":"
		"{\"button\":\"Apri\","
		"\"sections\":[{\"rows\":[{\"id\":\"a\",\"title\":\"A\",\"description\":\"prima\"},{\"id\":\"b\","
		"\"title\":\"B\"}]}]}}}");
	send_is(BEARER_IMAGE, "1003" F "", "\"type\":\"image\",\"image\":{\"id\":\"1003\"}}");
	send_is(BEARER_IMAGE, "1003", "\"type\":\"image\",\"image\":{\"id\":\"1003\"}}");
	send_is(BEARER_DOCUMENT, "1003" F "Leggi" F "a.pdf",
		"\"type\":\"document\",\"document\":{\"id\":\"1003\",\"caption\":\"Leggi\",\"filename\":\"a.pdf\"}}");
	send_is(BEARER_MARK_READ, "wamid.X",
		"{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.X\"}");

	assert_int_equal(graph_request_of_send(
				 &send, "0" F "1" F "2" F "3" F "4" F "5" F "6" F "7" F "8" F "9" F "10", &body, &err),
		-1);
	assert_int_equal(graph_request_of_send(&send, "0" F "" F "2", &body, &err), -1);
	send.content = BEARER_BUTTONS;
	assert_int_equal(graph_request_of_send(&send, "alone", &body, &err), -1);
	assert_int_equal(graph_request_of_send(&send, "a" F "id", &body, &err), -1);
}

static void test_callback(void **state)
{
	static const char *const foreign[] = {"", "d:", "d:1", "d:1:", "d:0:1", "d:-1:1", "d:1:1x", "d:01:1", "x:1:1",
		"d:1:99999999999", "d:99999999999999999999:1", "d: 1:1"};
	char text[GRAPH_CALLBACK_OWN_MAX];
	int64_t delivery;
	int32_t attempt;

	(void)state;
	graph_callback_write(INT64_MAX, INT32_MAX, text);
	assert_true(graph_callback_read(text, &delivery, &attempt));
	assert_true(delivery == INT64_MAX && attempt == INT32_MAX);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		assert_false(graph_callback_read(foreign[i], &delivery, &attempt));
}

static void test_template_creation(void **state)
{
	struct graph_template_new t = {.name = "allerta",
		.language = "it",
		.category = "UTILITY",
		.body = "Allerta {{alert}}: ora.",
		.ttl_s = 3600,
		.examples = {{"alert", "ROSSA"}},
		.example_count = 1};
	char *body = graph_template_create(&t);

	(void)state;
	assert_string_equal(body,
		"{\"name\":\"allerta\",\"language\":\"it\",\"category\":\"UTILITY\",\"parameter_format\":\"named\","
		"\"message_send_ttl_seconds\":3600,\"components\":[{\"type\":\"BODY\",\"text\":\"Allerta {{alert}}: "
		"ora.\","
		"\"example\":{\"body_text_named_params\":[{\"param_name\":\"alert\",\"example\":\"ROSSA\"}]}}]}");
	free(body);
	t.ttl_s = 0;
	t.example_count = 0;
	body = graph_template_edit(&t);
	assert_string_equal(body, "{\"components\":[{\"type\":\"BODY\",\"text\":\"Allerta {{alert}}: ora.\"}]}");
	free(body);
	t.body = "\xff";
	assert_null(graph_template_create(&t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_text_and_people_without_a_phone),
		cmocka_unit_test(test_interactive),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_mark_read),
		cmocka_unit_test(test_parameters_are_folded),
		cmocka_unit_test(test_recipients_refused),
		cmocka_unit_test(test_texts_refused),
		cmocka_unit_test(test_choices_refused),
		cmocka_unit_test(test_parameters_refused),
		cmocka_unit_test(test_of_a_send),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_template_creation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
