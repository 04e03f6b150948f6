/* The WhatsApp worker as the hub sees it, on a scripted API. */
#include "modem/whatsapp.h"

#include "config/clock.h"
#include "tests/unit/http_peer.h"
#include "tests/unit/hub_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TO    "+393331234567"
#define F     BEARER_FIELD
#define P     BEARER_PART
#define TOKEN "EAAGsecret"

enum { REPLY_MAX = 1024, LAST_MAX = 2048, MANY = 40 };

/* What the API does; set before a request is made that is to see it. */
struct api {
	_Atomic int status, act, delay_ms; /* of sends */
	_Atomic int health_status, health_act;
	_Atomic int sends, probes;
	_Atomic int first_act;					  /* of the first send only */
	char reply[REPLY_MAX], health[REPLY_MAX], last[LAST_MAX]; /* empty reply: accepted, "wamid.N" */
	_Atomic bool bad_path, bad_token;
};

struct scene_whatsapp {
	struct api api;
	struct http_peer *peer;
	struct hub_scene hub;
	struct whatsapp_worker_config config;
	struct whatsapp_timings timings;
};

static void api_health(struct api *api, bool doubt, struct http_reply *reply)
{
	api->probes++;
	reply->status = api->health_status;
	reply->act = (enum http_act)api->health_act;
	snprintf(reply->body, sizeof reply->body, "%s", doubt ? "{\"id\":\"1063\"}" : api->health);
}

static void api_script(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = context;

	api->bad_token = api->bad_token || strcmp(request->authorization, "Bearer " TOKEN) != 0;
	if (strcmp(request->method, "GET") == 0) {
		bool doubt = strcmp(request->path, "/v26.0/1063?fields=id") == 0;
		api->bad_path =
			api->bad_path || (!doubt && strcmp(request->path, "/v26.0/1063?fields=health_status") != 0);
		api_health(api, doubt, reply);
		return;
	}
	api->bad_path = api->bad_path || strcmp(request->path, "/v26.0/1063/messages") != 0;
	int number = ++api->sends;
	snprintf(api->last, sizeof api->last, "%s", request->body);
	reply->act = (enum http_act)(number == 1 && api->first_act ? api->first_act : api->act);
	reply->status = api->status;
	reply->delay_ms = api->delay_ms;
	if (api->reply[0])
		snprintf(reply->body, sizeof reply->body, "%s", api->reply);
	else
		snprintf(reply->body, sizeof reply->body, "{\"messages\":[{\"id\":\"wamid.%d\"}]}", number);
}

static int scene_open(void **state)
{
	struct scene_whatsapp *scene = calloc(1, sizeof *scene);

	scene->api.status = scene->api.health_status = 200;
	snprintf(scene->api.health, REPLY_MAX,
		"{\"health_status\":{\"can_send_message\":\"AVAILABLE\"},\"id\":\"1063\"}");
	scene->peer = http_peer_start(api_script, &scene->api);
	strcpy(scene->config.name, "whatsapp");
	snprintf(scene->config.api, sizeof scene->config.api, "%s/v26.0", http_peer_url(scene->peer));
	strcpy(scene->config.phone_number_id, "1063");
	strcpy(scene->config.token, TOKEN);
	scene->config.rate = 1000;
	scene->timings = whatsapp_timings_default;
	scene->timings.connect = scene->timings.total = HUB_WAIT_MS;
	scene->timings.suspect = scene->timings.probe = HUB_WAIT_MS;
	scene->timings.down_first = 20;
	scene->timings.down_max = 100;
	scene->timings.stop = HUB_WAIT_MS;
	*state = scene;
	return 0;
}

static int scene_end(void **state)
{
	struct scene_whatsapp *scene = *state;

	assert_false(scene->api.bad_path);
	assert_false(scene->api.bad_token);
	http_peer_stop(scene->peer);
	free(scene);
	return 0;
}

static void start(struct scene_whatsapp *scene)
{
	struct err err = {0};

	if (whatsapp_worker_start_with(&scene->config, &scene->timings, &scene->hub.fd, &err) != 0)
		fail_msg("%s", err.text);
}

static void start_ready(struct scene_whatsapp *scene)
{
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
}

static void stop(struct scene_whatsapp *scene)
{
	assert_true(hub_scene_stop(&scene->hub));
}

static struct bearer_result result(struct scene_whatsapp *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RESULT, HUB_WAIT_MS);

	assert_non_null(tell);
	return tell->result;
}

static void send_to(struct scene_whatsapp *scene, int64_t delivery, const char *to)
{
	hub_scene_send(&scene->hub, delivery, to, "Ciao");
}

static struct bearer_result send_one(struct scene_whatsapp *scene, int64_t delivery)
{
	send_to(scene, delivery, TO);
	struct bearer_result got = result(scene);
	assert_int_equal(got.delivery, delivery);
	assert_int_equal(got.attempt, 1);
	return got;
}

static void api_error(struct scene_whatsapp *scene, int status, int code)
{
	scene->api.status = status;
	snprintf(scene->api.reply, REPLY_MAX, "{\"error\":{\"code\":%d,\"message\":\"to +393331234567\"}}", code);
}

static void api_accepts(struct scene_whatsapp *scene)
{
	scene->api.status = 200;
	scene->api.act = HTTP_ANSWER;
	scene->api.reply[0] = '\0';
}

static void test_a_template(void **state)
{
	struct scene_whatsapp *scene = *state;
	struct bearer_ask ask = {.type = BEARER_ASK_SEND,
		.send = {.delivery = 9,
			.attempt = 3,
			.segment = 0,
			.to = TO,
			.content = BEARER_TEMPLATE,
			.template = "allerta",
			.language = "it"}};

	start_ready(scene);
	assert_int_equal(scene->hub.status.slots, WHATSAPP_SLOTS_MAX);
	assert_true(scene->hub.status.receipts);
	assert_string_equal(scene->hub.status.sim, "1063");
	strcpy(ask.text, "alert" P "ROSSA" F "text" P "Via\ndi qui");
	assert_int_equal(bearer_ask_write(scene->hub.fd, &ask), 0);
	struct bearer_result got = result(scene);
	assert_int_equal(got.delivery, 9);
	assert_int_equal(got.attempt, 3);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_true(got.receipt);
	assert_string_equal(got.id, "wamid.1");
	assert_string_equal(got.error, "");
	assert_string_equal(scene->api.last,
		"{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"" TO "\","
		"\"biz_opaque_callback_data\":\"d:9:3\",\"type\":\"template\",\"template\":{\"name\":\"allerta\","
		"\"language\":"
		"{\"code\":\"it\"},\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"parameter_"
		"name\":\"alert\","
		"\"text\":\"ROSSA\"},{\"type\":\"text\",\"parameter_name\":\"text\",\"text\":\"Via di qui\"}]}]}}");
	stop(scene);
}

static void test_many_in_flight(void **state)
{
	struct scene_whatsapp *scene = *state;
	bool seen[MANY] = {false};
	char to[32];

	scene->api.delay_ms = 200;
	start_ready(scene);
	for (int i = 0; i < MANY; i++) {
		snprintf(to, sizeof to, "+39333%07d", i);
		send_to(scene, i + 1, to);
	}
	for (int i = 0; i < MANY; i++) {
		struct bearer_result got = result(scene);
		assert_int_equal(got.outcome, BEARER_ACCEPTED);
		assert_in_range(got.delivery, 1, MANY);
		assert_false(seen[got.delivery - 1]);
		seen[got.delivery - 1] = true;
	}
	assert_true(http_peer_most(scene->peer) > MANY / 2);
	assert_int_equal(scene->api.sends, MANY);
	stop(scene);
}

static void test_refusals(void **state)
{
	static const struct {
		int status, code;
		enum bearer_outcome outcome;
	} cases[] = {
		{400, 131026, BEARER_BAD_RECIPIENT},
		{400, 132001, BEARER_BAD_TEMPLATE},
		{400, 100, BEARER_BAD_MESSAGE},
		{400, 131047, BEARER_BAD_MESSAGE},
		{500, 131000, BEARER_RETRY_SOON},
		{503, 131016, BEARER_RETRY_LATER},
		{400, 424242, BEARER_RETRY_SOON},
	};
	struct scene_whatsapp *scene = *state;

	start_ready(scene);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		api_error(scene, cases[i].status, cases[i].code);
		struct bearer_result got = send_one(scene, (int64_t)i + 1);
		assert_int_equal(got.outcome, cases[i].outcome);
		assert_int_equal(got.code, cases[i].code);
		assert_null(strstr(got.error, "1234567"));
		assert_string_equal(got.id, "");
	}
	snprintf(scene->api.reply, REPLY_MAX,
		"{\"messages\":[{\"id\":\"w\",\"message_status\":\"held_for_quality_assessment\"}]}");
	scene->api.status = 200;
	struct bearer_result got = send_one(scene, 99);
	assert_int_equal(got.outcome, BEARER_HELD);
	assert_string_equal(got.id, "w");
	assert_int_equal(scene->hub.status.state, BEARER_READY);

	send_to(scene, 100, "393331234567"); /* without its '+' it would go to another country */
	got = result(scene);
	assert_int_equal(got.outcome, BEARER_BAD_MESSAGE);
	assert_int_equal(scene->api.sends, sizeof cases / sizeof *cases + 1);
	stop(scene);
}

static void test_pair(void **state)
{
	struct scene_whatsapp *scene = *state;

	start_ready(scene);
	api_error(scene, 400, 131056);
	assert_int_equal(send_one(scene, 1).outcome, BEARER_RETRY_SOON);
	assert_int_equal(send_one(scene, 2).outcome, BEARER_RETRY_SOON); /* not even asked */
	assert_int_equal(scene->api.sends, 1);
	api_accepts(scene);
	send_to(scene, 3, "+393330000000");
	assert_int_equal(result(scene).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_account_refused(void **state)
{
	struct scene_whatsapp *scene = *state;

	scene->timings.refused = 300;
	start_ready(scene);
	api_error(scene, 401, 190);
	struct bearer_result got = send_one(scene, 1);
	assert_int_equal(got.outcome, BEARER_BARRED);
	assert_true(hub_scene_state(&scene->hub, BEARER_REFUSED, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "190 the token has expired"));
	assert_null(strstr(scene->hub.status.why, "1234567"));
	send_to(scene, 2, TO);
	assert_int_equal(result(scene).outcome, BEARER_NOT_SENT);
	assert_int_equal(scene->api.sends, 1);

	/* Back after the slow probe, one message at a time until one is accepted. */
	api_accepts(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(scene->hub.status.slots, 1);
	assert_int_equal(send_one(scene, 3).outcome, BEARER_ACCEPTED);
	assert_null(hub_scene_take(&scene->hub, BEARER_TELL_RESULT, 50));
	assert_int_equal(scene->hub.status.slots, WHATSAPP_SLOTS_MAX);
	stop(scene);
}

static void test_account_blocked_by_its_health(void **state)
{
	struct scene_whatsapp *scene = *state;

	snprintf(scene->api.health, REPLY_MAX,
		"{\"health_status\":{\"can_send_message\":\"BLOCKED\",\"entities\":"
		"[{\"can_send_message\":\"BLOCKED\",\"errors\":[{\"error_code\":131042,\"error_description\":\"no "
		"payment\"}]}]}}");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_REFUSED, HUB_WAIT_MS));
	assert_string_equal(scene->hub.status.why, "131042 no payment");
	stop(scene);
}

static void test_token_refused_from_the_start(void **state)
{
	struct scene_whatsapp *scene = *state;

	scene->api.health_status = 401;
	snprintf(scene->api.health, REPLY_MAX, "{\"error\":{\"code\":190,\"message\":\"bad\"}}");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_REFUSED, HUB_WAIT_MS));
	stop(scene);
}

static void test_slow_down(void **state)
{
	struct scene_whatsapp *scene = *state;

	start_ready(scene);
	api_error(scene, 429, 130429); /* seconds: the next one waits in the worker */
	assert_int_equal(send_one(scene, 1).outcome, BEARER_RETRY_SOON);
	api_accepts(scene);
	int64_t before = clock_mono_ms();
	send_to(scene, 2, "+393330000002");
	assert_int_equal(result(scene).outcome, BEARER_ACCEPTED);
	assert_true(clock_mono_ms() - before > 1000);

	api_error(scene, 400, 80007); /* a minute: others take them */
	assert_int_equal(send_one(scene, 3).outcome, BEARER_RETRY_LATER);
	assert_true(hub_scene_state(&scene->hub, BEARER_REFUSED, HUB_WAIT_MS));
	stop(scene);
}

/* What may have left is never sent again, and is told as that. */
static void test_unknown(void **state)
{
	static const enum http_act acts[] = {HTTP_SILENT, HTTP_HANG_UP, HTTP_HALF, HTTP_ENDLESS};
	struct scene_whatsapp *scene = *state;

	scene->timings.total = 300;
	start_ready(scene);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		int before = scene->api.sends;
		scene->api.act = (int)acts[i];
		assert_int_equal(send_one(scene, (int64_t)i + 1).outcome, BEARER_UNKNOWN);
		assert_int_equal(scene->api.sends, before + 1);
	}
	api_accepts(scene);
	assert_int_equal(send_one(scene, 9).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_foreign_answers(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum bearer_outcome outcome;
	} cases[] = {
		{200, "<html>Welcome to the hotel</html>", BEARER_UNKNOWN},
		{502, "<html>Bad gateway</html>", BEARER_UNKNOWN},
		{302, "moved", BEARER_NOT_SENT},
		{404, "no such page", BEARER_NOT_SENT},
	};
	struct scene_whatsapp *scene = *state;

	start_ready(scene);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(scene->api.reply, REPLY_MAX, "%s", cases[i].body);
		scene->api.status = cases[i].status;
		assert_int_equal(send_one(scene, (int64_t)i + 1).outcome, cases[i].outcome);
		assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
		assert_non_null(strstr(scene->hub.status.why, "not as WhatsApp does"));
		assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS)); /* the probe is answered well */
	}
	stop(scene);
}

static void test_link_down_and_up(void **state)
{
	struct scene_whatsapp *scene = *state;

	scene->timings.suspect = 1;
	start_ready(scene);
	assert_int_equal(send_one(scene, 1).outcome, BEARER_ACCEPTED);
	http_peer_down(scene->peer);
	/* The kept connection is dead: nothing of the message left, or it may have; never accepted. */
	int64_t delivery = 2;
	while (scene->hub.status.state != BEARER_GONE) {
		send_to(scene, delivery++, "+393330000002");
		enum bearer_outcome outcome = result(scene).outcome;
		assert_true(outcome == BEARER_NOT_SENT || outcome == BEARER_UNKNOWN);
		hub_scene_state(&scene->hub, BEARER_GONE, 20);
	}
	assert_true(scene->hub.status.why[0] != '\0');
	send_to(scene, 1000, "+393330000003");
	assert_int_equal(result(scene).outcome, BEARER_NOT_SENT);
	assert_int_equal(scene->api.sends, 1);
	http_peer_up(scene->peer);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_string_equal(scene->hub.status.why, "");
	assert_int_equal(send_one(scene, 1001).outcome, BEARER_ACCEPTED);
	stop(scene);
}

/* A link that swallows everything: noticed by the silence, then by the probe; those in flight are told unknown at once. */
static void test_silent_link(void **state)
{
	struct scene_whatsapp *scene = *state;

	scene->timings.suspect = 100;
	scene->timings.probe = 200;
	start_ready(scene);
	scene->api.act = scene->api.health_act = HTTP_SILENT;
	for (int i = 1; i <= 3; i++)
		send_to(scene, i, TO);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	for (int i = 1; i <= 3; i++)
		assert_int_equal(result(scene).outcome, BEARER_UNKNOWN);
	stop(scene);
}

/* A slow API is not a dead link. */
static void test_slow_is_not_dead(void **state)
{
	struct scene_whatsapp *scene = *state;

	scene->timings.suspect = 50;
	start_ready(scene);
	int probes = scene->api.probes;
	scene->api.delay_ms = 400;
	assert_int_equal(send_one(scene, 1).outcome, BEARER_ACCEPTED);
	assert_true(scene->api.probes > probes);
	assert_int_equal(scene->hub.status.state, BEARER_READY);
	stop(scene);
}

static void test_down_from_the_start(void **state)
{
	struct scene_whatsapp *scene = *state;

	http_peer_down(scene->peer);
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	http_peer_up(scene->peer);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	stop(scene);
}

static void test_other_asks(void **state)
{
	struct scene_whatsapp *scene = *state;
	struct bearer_ask read = {
		.type = BEARER_ASK_SEND, .send = {.delivery = 1, .attempt = 1, .content = BEARER_MARK_READ}};

	start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, 1, "");
	hub_scene_ask(&scene->hub, BEARER_ASK_COMMAND, 7, "AT");
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->token, 7);
	assert_true(tell->last);
	snprintf(scene->api.reply, REPLY_MAX, "{\"success\":true}");
	strcpy(read.text, "wamid.IN");
	assert_int_equal(bearer_ask_write(scene->hub.fd, &read), 0);
	struct bearer_result got = result(scene);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_false(got.receipt);
	assert_string_equal(scene->api.last,
		"{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.IN\"}");
	stop(scene);
}

/* At the end what is in flight is still told of. */
static void test_stop_in_flight(void **state)
{
	struct scene_whatsapp *scene = *state;
	struct bearer_ask stop_ask = {.type = BEARER_ASK_STOP};

	start_ready(scene);
	scene->api.delay_ms = 200;
	send_to(scene, 1, TO);
	while (scene->api.sends == 0)
		hub_scene_state(&scene->hub, BEARER_GONE, 5);
	assert_int_equal(bearer_ask_write(scene->hub.fd, &stop_ask), 0);
	assert_int_equal(result(scene).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_more_than_the_slots(void **state)
{
	struct scene_whatsapp *scene = *state;
	int refused = 0;

	scene->config.rate = 1;
	start_ready(scene);
	assert_int_equal(scene->hub.status.slots, 4);
	scene->api.act = HTTP_SILENT;
	for (int i = 1; i <= 6; i++)
		send_to(scene, i, TO);
	for (int i = 5; i <= 6; i++)
		refused += result(scene).outcome == BEARER_NOT_SENT;
	assert_int_equal(refused, 2);
	close(scene->hub.fd); /* ends it as STOP does */
}

static void test_what_start_refuses(void **state)
{
	struct scene_whatsapp *scene = *state;
	struct err err;
	int fd;

	strcpy(scene->config.api, "http://graph.facebook.com/v26.0");
	assert_int_equal(whatsapp_worker_start(&scene->config, &fd, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_null(strstr(err.text, TOKEN));
	strcpy(scene->config.api, "https://graph.facebook.com/v26.0");
	strcpy(scene->config.ca_file, "/nowhere");
	assert_int_equal(whatsapp_worker_start(&scene->config, &fd, &err), -1);
	scene->config.ca_file[0] = scene->config.phone_number_id[0] = '\0';
	assert_int_equal(whatsapp_worker_start(&scene->config, &fd, &err), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_open, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_template),
		TEST(test_many_in_flight),
		TEST(test_refusals),
		TEST(test_pair),
		TEST(test_account_refused),
		TEST(test_account_blocked_by_its_health),
		TEST(test_token_refused_from_the_start),
		TEST(test_slow_down),
		TEST(test_unknown),
		TEST(test_foreign_answers),
		TEST(test_link_down_and_up),
		TEST(test_silent_link),
		TEST(test_slow_is_not_dead),
		TEST(test_down_from_the_start),
		TEST(test_other_asks),
		TEST(test_stop_in_flight),
		TEST(test_more_than_the_slots),
		TEST(test_what_start_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
