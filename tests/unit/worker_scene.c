#include "tests/unit/worker_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void scene_healthy(struct fake_modem *modem)
{
	static const char *const answers[][2] = {
		{"AT+CGMI", "Fake\nOK"},
		{"AT+CGMM", "Model 1\nOK"},
		{"AT+CGSN", "356938035643809\nOK"},
		{"AT+CFUN?", "+CFUN: 1\nOK"},
		{"AT+CPIN?", "+CPIN: READY\nOK"},
		{"AT+CCID", "+CCID: \"8939010000000000019\"\nOK"},
		{"AT+CPMS=?", "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")\nOK"},
		{"AT+CSCA?", "+CSCA: \"+393916263333\",145\nOK"},
		{"AT+CREG?", "+CREG: 0,1\nOK"},
		{"AT+CSQ", "+CSQ: 20,99\nOK"},
		{"AT+COPS?", "+COPS: 0,0,\"TIM\",7\nOK"},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		fake_modem_answer(modem, answers[i][0], answers[i][1]);
}

int scene_open(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	strcpy(scene->directory, "/tmp/banditore-worker-XXXXXX");
	if (!mkdtemp(scene->directory))
		return -1;
	snprintf(scene->link, sizeof(scene->link), "%s/ttyUSB0", scene->directory);
	scene->modem = fake_modem_new(scene->link);
	scene_healthy(scene->modem);
	strcpy(scene->config.name, "m1");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s", scene->link);
	scene->config.send_timeout_s = 1;
	scene->timings = hub_scene_timings();
	*state = scene;
	return 0;
}

int scene_close(void **state)
{
	struct scene *scene = *state;

	fake_modem_free(scene->modem);
	rmdir(scene->directory);
	free(scene);
	return 0;
}

void scene_start(struct scene *scene)
{
	hub_scene_start(&scene->hub, &scene->config, &scene->timings);
}

void scene_start_ready(struct scene *scene)
{
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
}

struct bearer_result scene_result(struct scene *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RESULT, HUB_WAIT_MS);

	assert_non_null(tell);
	return tell->result;
}

struct bearer_result scene_send_one(struct scene *scene, int64_t delivery, const char *to)
{
	struct bearer_result got;

	hub_scene_send(&scene->hub, delivery, to, "Prova");
	got = scene_result(scene);
	assert_int_equal(got.delivery, delivery);
	assert_int_equal(got.attempt, 1);
	return got;
}

void scene_stop(struct scene *scene)
{
	assert_true(hub_scene_stop(&scene->hub));
}

struct bearer_tell scene_received(struct scene *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RECEIVED, HUB_WAIT_MS);

	assert_non_null(tell);
	return *tell;
}
