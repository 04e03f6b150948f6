/* A healthy fake modem, a worker on it and the hub's end: what tests of the GSM worker begin with. */
#ifndef BANDITORE_TESTS_WORKER_SCENE_H
#define BANDITORE_TESTS_WORKER_SCENE_H

#include "tests/unit/fake_modem.h"
#include "tests/unit/hub_scene.h"

struct scene {
	char directory[64];
	char link[128];
	struct fake_modem *modem;
	struct hub_scene hub;
	struct gsm_worker_config config;
	struct gsm_timings timings;
};

/* Set-up and tear-down for cmocka: *state is a struct scene. The worker is started and stopped by the test. */
int scene_open(void **state);
int scene_close(void **state);

/* A healthy modem's identity; each test spoils what it is about. */
void scene_healthy(struct fake_modem *modem);

/* These assert. */
void scene_start(struct scene *scene);
void scene_start_ready(struct scene *scene);
void scene_stop(struct scene *scene);
struct bearer_result scene_result(struct scene *scene);
struct bearer_result scene_send_one(struct scene *scene, int64_t delivery, const char *to); /* one, to its result */
struct bearer_tell scene_received(struct scene *scene);

#endif
