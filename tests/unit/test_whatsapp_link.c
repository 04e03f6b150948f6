/* The WhatsApp worker and a link that dies, on the simulated API: every way of dying is noticed, nothing is told twice, what
 * had left is never told as not sent. With the shipped timings. */
#include "modem/whatsapp.h"

#include "config/clock.h"
#include "tests/unit/graph_box.h"
#include "tests/unit/hub_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 120, RATE = 80, WAIT_MS = 20000 };

struct scene_link {
	struct graph_box box;
	struct hub_scene hub;
	enum bearer_outcome outcomes[MANY + 1];
	bool told[MANY + 1];
	int asked;
};

static void scene_open(struct scene_link *scene)
{
	struct whatsapp_worker_config config = {.name = "whatsapp", .phone_number_id = GRAPH_BOX_PNID, .rate = RATE};
	struct err err;

	memset(scene, 0, sizeof *scene);
	if (!graph_box_open(&scene->box, "latency=300")) {
		print_message("# graph-sim is not built\n");
		skip();
	}
	graph_box_do(&scene->box, "set window=off");
	snprintf(config.api, sizeof config.api, "%s", scene->box.tls_url);
	snprintf(config.token, sizeof config.token, "%s", scene->box.token);
	snprintf(config.ca_file, sizeof config.ca_file, "%s", scene->box.ca_file);
	if (whatsapp_worker_start(&config, &scene->hub.fd, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, WAIT_MS));
}

static void scene_close(struct scene_link *scene)
{
	assert_true(hub_scene_stop(&scene->hub));
	graph_box_close(&scene->box);
}

static void send_next(struct scene_link *scene)
{
	char to[BEARER_ADDRESS_MAX];

	snprintf(to, sizeof to, "+39333%07d", ++scene->asked);
	hub_scene_send(&scene->hub, scene->asked, to, "Ciao");
}

static enum bearer_outcome outcome_next(struct scene_link *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RESULT, WAIT_MS);

	assert_non_null(tell);
	assert_in_range(tell->result.delivery, 1, scene->asked);
	assert_int_equal(tell->result.attempt, 1);
	assert_false(scene->told[tell->result.delivery]);
	scene->told[tell->result.delivery] = true;
	return scene->outcomes[tell->result.delivery] = tell->result.outcome;
}

/* What the simulated API took is exactly what was told accepted, and perhaps some of the unknown. */
static void record_compare(struct scene_link *scene)
{
	bool taken[MANY + 1] = {false};
	json_t *sent = graph_box_ask(&scene->box, "sent"), *message;
	size_t i;

	json_array_foreach(sent, i, message)
	{
		int64_t delivery;
		int32_t attempt;
		const char *to = json_string_value(json_object_get(message, "to"));
		assert_true(graph_callback_read(
			json_string_value(json_object_get(message, "opaque")), &delivery, &attempt));
		assert_in_range(delivery, 1, scene->asked);
		assert_int_equal(attempt, 1);
		assert_non_null(to);
		assert_int_equal(to[0], '+');
		assert_false(taken[delivery]); /* no blind repeat */
		taken[delivery] = true;
	}
	json_decref(sent);
	for (int k = 1; k <= scene->asked; k++) {
		assert_true(scene->outcomes[k] != BEARER_ACCEPTED || taken[k]);
		assert_true(scene->outcomes[k] != BEARER_NOT_SENT || !taken[k]);
		assert_true(scene->outcomes[k] == BEARER_ACCEPTED || scene->outcomes[k] == BEARER_NOT_SENT ||
			    scene->outcomes[k] == BEARER_UNKNOWN);
	}
}

static void comes_back(struct scene_link *scene)
{
	send_next(scene);
	assert_int_equal(outcome_next(scene), BEARER_NOT_SENT); /* at once, while it is down */
	graph_box_do(&scene->box, "link up");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, WAIT_MS));
	send_next(scene);
	assert_int_equal(outcome_next(scene), BEARER_ACCEPTED);
}

/* In the middle of an alert: some accepted, some in flight, some waiting for their turn. */
static void busy(const char *mode)
{
	struct scene_link scene;
	int counts[BEARER_BAD_TEMPLATE + 1] = {0};
	char command[64];

	scene_open(&scene);
	snprintf(command, sizeof command, "'after-sends 40: link down %s'", mode);
	graph_box_do(&scene.box, command);
	while (scene.asked < MANY - 2)
		send_next(&scene);
	assert_true(hub_scene_state(&scene.hub, BEARER_GONE, WAIT_MS));
	for (int i = 0; i < MANY - 2; i++)
		counts[outcome_next(&scene)]++;
	assert_true(counts[BEARER_ACCEPTED] > 0);
	assert_true(counts[BEARER_UNKNOWN] > 0);
	assert_true(counts[BEARER_NOT_SENT] > 0);
	print_message("# of %d: %d accepted, %d unknown, %d not sent\n", scene.asked, counts[BEARER_ACCEPTED],
		counts[BEARER_UNKNOWN], counts[BEARER_NOT_SENT]);
	comes_back(&scene);
	record_compare(&scene);
	scene_close(&scene);
}

/* The link dies while nothing is asked of it; then a message comes. */
static void idle(const char *mode)
{
	struct scene_link scene;
	char command[64];

	scene_open(&scene);
	send_next(&scene);
	assert_int_equal(outcome_next(&scene), BEARER_ACCEPTED);
	snprintf(command, sizeof command, "link down %s", mode);
	graph_box_do(&scene.box, command);
	int64_t since = clock_mono_ms();
	send_next(&scene);
	assert_true(hub_scene_state(&scene.hub, BEARER_GONE, WAIT_MS));
	print_message("# %s: noticed after %d ms\n", mode, (int)(clock_mono_ms() - since));
	assert_true(scene.hub.status.why[0] != '\0');
	assert_true(outcome_next(&scene) != BEARER_ACCEPTED);
	comes_back(&scene);
	record_compare(&scene);
	scene_close(&scene);
}

#define TEST(mode)                                 \
	static void test_busy_##mode(void **state) \
	{                                          \
		(void)state;                       \
		busy(#mode);                       \
	}                                          \
	static void test_idle_##mode(void **state) \
	{                                          \
		(void)state;                       \
		idle(#mode);                       \
	}

TEST(refuse)
TEST(reset)
TEST(blackhole)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_busy_refuse),
		cmocka_unit_test(test_idle_refuse),
		cmocka_unit_test(test_busy_reset),
		cmocka_unit_test(test_idle_reset),
		cmocka_unit_test(test_busy_blackhole),
		cmocka_unit_test(test_idle_blackhole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
