/* The worker's messages as the simulated API took them: to whom, what kind, and with which callback data. Over TLS. */
#include "modem/graph_media.h"
#include "modem/whatsapp_worker.h"

#include "config/clock.h"
#include "tests/unit/graph_box.h"
#include "tests/unit/hub_scene.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define PHONE "+393331234567"
#define USER  "IT.13491208655302741918"
#define F     BEARER_FIELD
#define P     BEARER_PART

enum { WAIT_MS = 20000 };

static struct graph_box box;
static struct hub_scene hub;

static int all_open(void **state)
{
	struct whatsapp_worker_config config = {.name = "whatsapp", .phone_number_id = GRAPH_BOX_PNID, .rate = 80};
	struct err err;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	if (!graph_box_open(&box, "window=off"))
		return 0;
	snprintf(config.api, sizeof config.api, "%s", box.tls_url);
	snprintf(config.token, sizeof config.token, "%s", box.token);
	snprintf(config.ca_file, sizeof config.ca_file, "%s", box.ca_file);
	if (whatsapp_worker_start(&config, &hub.fd, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(hub_scene_state(&hub, BEARER_READY, WAIT_MS));
	return 0;
}

static int all_close(void **state)
{
	(void)state;
	if (box.pid != 0)
		assert_true(hub_scene_stop(&hub));
	graph_box_close(&box);
	return 0;
}

static void upload(const char *type, char id[GRAPH_MEDIA_ID_MAX])
{
	struct graph_account account = {
		.api = box.tls_url, .phone_number_id = GRAPH_BOX_PNID, .ca_file = box.ca_file, .token = box.token};
	struct graph_media_file file = {.fd = memfd_create("file", MFD_CLOEXEC), .name = "a", .type = type};
	struct err err;

	assert_int_equal(write(file.fd, "abc", 3), 3);
	assert_int_equal(graph_media_upload(&account, &file, clock_mono_ms() + WAIT_MS, id, &err), 0);
	close(file.fd);
}

/* Sends it and returns what the API recorded, to be released. */
static json_t *sent(int64_t delivery, int32_t attempt, enum bearer_content content, const char *to, const char *user,
	const char *text)
{
	struct bearer_ask ask = {.type = BEARER_ASK_SEND,
		.send = {.delivery = delivery, .attempt = attempt, .content = content, .language = "it"}};

	if (box.pid == 0) {
		print_message("# graph-sim is not built\n");
		skip();
	}
	snprintf(ask.send.to, sizeof ask.send.to, "%s", to);
	snprintf(ask.send.user, sizeof ask.send.user, "%s", user);
	snprintf(ask.text, sizeof ask.text, "%s", text);
	assert_int_equal(bearer_ask_write(hub.fd, &ask), 0);
	const struct bearer_tell *tell = hub_scene_take(&hub, BEARER_TELL_RESULT, WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->result.delivery, delivery);
	assert_int_equal(tell->result.attempt, attempt);
	if (tell->result.outcome != BEARER_ACCEPTED)
		fail_msg("%s", tell->result.error);
	json_t *all = graph_box_ask(&box, "sent");
	json_t *last = json_incref(json_array_get(all, json_array_size(all) - 1));
	json_decref(all);
	assert_string_equal(json_string_value(json_object_get(last, "id")), tell->result.id);
	return last;
}

static void sent_is(json_t *message, const char *key, const char *expected)
{
	const char *text = json_string_value(json_object_get(message, key));

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void test_to_a_number(void **state)
{
	json_t *message = sent(INT64_C(9007199254740993), 12, BEARER_TEXT, PHONE, "", "Ciao");

	(void)state;
	sent_is(message, "to", PHONE); /* with its '+': without, another country's comes before it */
	sent_is(message, "opaque", "d:9007199254740993:12");
	sent_is(message, "type", "text");
	assert_false(json_boolean_value(json_object_get(message, "by_bsuid")));
	json_decref(message);
}

static void test_to_a_user(void **state)
{
	json_t *message = sent(2, 1, BEARER_BUTTONS, "", USER, "Confermi?" F "si" P "Sì" F "no" P "No");

	(void)state;
	sent_is(message, "user_id", USER);
	sent_is(message, "opaque", "d:2:1");
	assert_true(json_boolean_value(json_object_get(message, "by_bsuid")));
	json_decref(message);
}

static void test_media(void **state)
{
	static const struct {
		enum bearer_content content;
		const char *mime, *type, *rest;
	} cases[] = {
		{BEARER_IMAGE, "image/jpeg", "image", ""},
		{BEARER_IMAGE, "image/png", "image", F "La buca è chiusa"},
		{BEARER_DOCUMENT, "application/pdf", "document", F "" F "ordinanza.pdf"},
		{BEARER_DOCUMENT, "text/plain", "document", F "Leggi" F "perché.txt"},
	};
	char id[GRAPH_MEDIA_ID_MAX] = "", text[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (box.pid != 0)
			upload(cases[i].mime, id);
		snprintf(text, sizeof text, "%s%s", id, cases[i].rest);
		json_t *message = sent(100 + (int64_t)i, 1, cases[i].content, PHONE, "", text);
		sent_is(message, "type", cases[i].type);
		json_decref(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_a_number),
		cmocka_unit_test(test_to_a_user),
		cmocka_unit_test(test_media),
	};

	return cmocka_run_group_tests(tests, all_open, all_close);
}
