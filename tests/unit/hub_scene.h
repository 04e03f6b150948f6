/* The hub's end of a bearer, for tests: what is told is kept in order, whatever the test waits for. */
#ifndef BANDITORE_TESTS_HUB_SCENE_H
#define BANDITORE_TESTS_HUB_SCENE_H

#include "modem/bearer.h"
#include "modem/gsm.h"

enum { HUB_TOLD_MAX = 256, HUB_WAIT_MS = 5000 };

struct hub_scene {
	int fd;
	bool keep_all;		     /* RECEIVED is answered by KEPT at once */
	struct bearer_status status; /* the last one told */
	struct bearer_tell told[HUB_TOLD_MAX];
	int told_count;
};

/* The worker's waits, shortened; the test may shorten others before hub_scene_start. */
struct gsm_timings hub_scene_timings(void);

void hub_scene_start(struct hub_scene *hub, const struct gsm_worker_config *config, const struct gsm_timings *timings);

/* STOP; false when the worker did not end within the time. */
bool hub_scene_stop(struct hub_scene *hub);

/* Takes the oldest tell of this type that was not taken yet; waits for it. NULL: none came in time. Valid until the next
 * call. Statuses are not kept one by one: see hub->status. */
const struct bearer_tell *hub_scene_take(struct hub_scene *hub, enum bearer_tell_type type, int timeout_ms);
bool hub_scene_state(struct hub_scene *hub, enum bearer_state state, int timeout_ms);

void hub_scene_send(struct hub_scene *hub, int64_t delivery, const char *to, const char *text);
void hub_scene_ask(struct hub_scene *hub, enum bearer_ask_type type, uint32_t token, const char *text);

#endif
