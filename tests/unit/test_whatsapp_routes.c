/* The WhatsApp worker and the kernel's routes, really taken away and given back: a way that goes is noticed at once, one that
 * comes is tried at once, and an API that is reached otherwise is not judged by a default route. */
#include "modem/whatsapp.h"

#include "tests/unit/http_peer.h"
#include "tests/unit/hub_scene.h"
#include "tests/unit/net_box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_MS = 20000, NEVER_MS = 10 * 60000 };

struct scene_routes {
	struct http_peer *peer;
	struct hub_scene hub;
	struct whatsapp_timings timings;
	_Atomic bool silent;
	_Atomic int sends, probes;
};

static const char *no_namespace;

static void api_script(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct scene_routes *scene = context;

	if (strcmp(request->method, "GET") == 0) {
		scene->probes++;
		snprintf(reply->body, sizeof reply->body, "{\"id\":\"1063\"}");
		return;
	}
	scene->sends++;
	reply->act = scene->silent ? HTTP_SILENT : HTTP_ANSWER;
	snprintf(reply->body, sizeof reply->body, "{\"messages\":[{\"id\":\"wamid.1\"}]}");
}

/* With no probe of its own account for the length of the test. */
static void scene_open(struct scene_routes *scene)
{
	struct whatsapp_worker_config config = {
		.name = "whatsapp", .phone_number_id = "1063", .token = "EAAGsecret", .rate = 1000};
	struct err err;

	if (no_namespace) {
		print_message("# %s\n", no_namespace);
		skip();
	}
	memset(scene, 0, sizeof *scene);
	net_box_ip("link set lo up");
	scene->peer = http_peer_start(api_script, scene);
	scene->timings = whatsapp_timings_default;
	scene->timings.connect = scene->timings.total = NEVER_MS;
	scene->timings.suspect = scene->timings.idle = NEVER_MS;
	scene->timings.down_first = scene->timings.down_max = NEVER_MS;
	snprintf(config.api, sizeof config.api, "%s/v26.0", http_peer_url(scene->peer));
	if (whatsapp_worker_start_with(&config, &scene->timings, &scene->hub.fd, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, WAIT_MS));
}

static void scene_close(struct scene_routes *scene)
{
	assert_true(hub_scene_stop(&scene->hub));
	http_peer_stop(scene->peer);
}

static enum bearer_outcome outcome_of(struct scene_routes *scene, int64_t delivery)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RESULT, WAIT_MS);

	assert_non_null(tell);
	assert_int_equal(tell->result.delivery, delivery);
	return tell->result.outcome;
}

static enum bearer_outcome send_one(struct scene_routes *scene, int64_t delivery)
{
	hub_scene_send(&scene->hub, delivery, "+393331234567", "Ciao");
	return outcome_of(scene, delivery);
}

static void test_the_way_goes_and_comes(void **state)
{
	struct scene_routes scene;

	(void)state;
	scene_open(&scene);
	assert_int_equal(send_one(&scene, 1), BEARER_ACCEPTED);
	scene.silent = true;
	hub_scene_send(&scene.hub, 2, "+393331234567", "Ciao");
	assert_true(http_peer_await(scene.peer, 3, WAIT_MS));
	net_box_ip("link set lo down");
	assert_true(hub_scene_state(&scene.hub, BEARER_GONE, WAIT_MS));
	assert_non_null(strstr(scene.hub.status.why, "no network"));
	assert_int_equal(outcome_of(&scene, 2), BEARER_UNKNOWN);
	assert_int_equal(send_one(&scene, 3), BEARER_NOT_SENT);

	scene.silent = false;
	net_box_ip("link set lo up");
	assert_true(hub_scene_state(&scene.hub, BEARER_READY, WAIT_MS));
	assert_int_equal(send_one(&scene, 4), BEARER_ACCEPTED);
	assert_int_equal(scene.sends, 3);
	scene_close(&scene);
}

/* Without a network from the start. */
static void test_the_way_comes_later(void **state)
{
	struct scene_routes scene;
	struct whatsapp_worker_config config = {
		.name = "whatsapp", .phone_number_id = "1063", .token = "EAAGsecret", .rate = 1000};
	struct err err;

	(void)state;
	scene_open(&scene); /* for the peer and the timings */
	assert_true(hub_scene_stop(&scene.hub));
	net_box_ip("link set lo down");
	memset(&scene.hub, 0, sizeof scene.hub);
	scene.timings.connect = 200; /* into the void: the interface is down, its addresses are not */
	snprintf(config.api, sizeof config.api, "%s/v26.0", http_peer_url(scene.peer));
	if (whatsapp_worker_start_with(&config, &scene.timings, &scene.hub.fd, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(hub_scene_state(&scene.hub, BEARER_GONE, WAIT_MS));
	net_box_ip("link set lo up");
	net_box_ip("route add default dev lo");
	assert_true(hub_scene_state(&scene.hub, BEARER_READY, WAIT_MS));
	net_box_ip("route del default");
	scene_close(&scene);
}

/* An API on this machine lives whatever the default route does. */
static void test_other_routes(void **state)
{
	struct scene_routes scene;

	(void)state;
	scene_open(&scene);
	for (int64_t i = 0; i < 3; i++) {
		net_box_ip("route add default dev lo");
		assert_int_equal(send_one(&scene, 2 * i + 1), BEARER_ACCEPTED);
		net_box_ip("route del default");
		assert_int_equal(send_one(&scene, 2 * i + 2), BEARER_ACCEPTED);
	}
	assert_int_equal(scene.hub.status.state, BEARER_READY);
	assert_int_equal(scene.probes, 1);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_way_goes_and_comes),
		cmocka_unit_test(test_the_way_comes_later),
		cmocka_unit_test(test_other_routes),
	};

	no_namespace = net_box_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
