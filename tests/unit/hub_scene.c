#include "tests/unit/hub_scene.h"

#include "config/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gsm_timings hub_scene_timings(void)
{
	struct gsm_timings timings = gsm_timings_default;

	timings.tries = 1;
	timings.command = timings.sim = timings.store = timings.radio = 400;
	timings.list = timings.prompt = 400;
	timings.list_all = 2000;
	timings.again = 50;
	timings.answer = 1000;
	timings.kept = 500;
	timings.search = 50;
	timings.ring = 200;
	timings.reopen = timings.restart = timings.radio_off = 50;
	timings.backoff = 1000;
	timings.backoff_try = 100;
	timings.mute = 200;
	timings.prefer = 300;
	timings.settle = 20;
	return timings;
}

void hub_scene_start(struct hub_scene *hub, const struct gsm_worker_config *config, const struct gsm_timings *timings)
{
	struct err err;

	memset(hub, 0, sizeof(*hub));
	if (gsm_worker_start_with(config, timings, &hub->fd, &err) < 0)
		abort();
}

void hub_scene_ask(struct hub_scene *hub, enum bearer_ask_type type, uint32_t token, const char *text)
{
	struct bearer_ask ask = {.type = type, .token = token};

	snprintf(ask.text, sizeof(ask.text), "%s", text);
	if (bearer_ask_write(hub->fd, &ask) != 0)
		abort();
}

void hub_scene_send(struct hub_scene *hub, int64_t delivery, const char *to, const char *text)
{
	struct bearer_ask ask = {.type = BEARER_ASK_SEND};

	ask.send.delivery = delivery;
	ask.send.attempt = 1;
	ask.send.report = true;
	ask.send.validity_s = 3600;
	snprintf(ask.send.to, sizeof(ask.send.to), "%s", to);
	snprintf(ask.text, sizeof(ask.text), "%s", text);
	if (bearer_ask_write(hub->fd, &ask) != 0)
		abort();
}

/* Reads one tell. False: the deadline passed, or the worker has gone. */
static bool hear(struct hub_scene *hub, int64_t deadline, bool *ret_gone)
{
	struct pollfd fd = {.fd = hub->fd, .events = POLLIN};
	struct bearer_tell tell;
	int result;

	*ret_gone = false;
	if (poll(&fd, 1, clock_left_ms(deadline)) <= 0)
		return false;
	result = bearer_tell_read(hub->fd, &tell);
	if (result < 0) {
		*ret_gone = result != -EAGAIN;
		return false;
	}
	if (tell.type == BEARER_TELL_STATUS) {
		hub->status = tell.status;
		return true;
	}
	if (tell.type == BEARER_TELL_RECEIVED && hub->keep_all)
		hub_scene_ask(hub, BEARER_ASK_KEPT, tell.token, "");
	if (hub->told_count == HUB_TOLD_MAX)
		abort();
	hub->told[hub->told_count++] = tell;
	return true;
}

const struct bearer_tell *hub_scene_take(struct hub_scene *hub, enum bearer_tell_type type, int timeout_ms)
{
	static struct bearer_tell taken;
	int64_t deadline = clock_mono_ms() + timeout_ms;
	bool gone;

	for (;;) {
		for (int i = 0; i < hub->told_count; i++) {
			if (hub->told[i].type != type)
				continue;
			taken = hub->told[i];
			hub->told_count--;
			memmove(&hub->told[i], &hub->told[i + 1], (size_t)(hub->told_count - i) * sizeof(taken));
			return &taken;
		}
		if (!hear(hub, deadline, &gone))
			return NULL;
	}
}

bool hub_scene_state(struct hub_scene *hub, enum bearer_state state, int timeout_ms)
{
	int64_t deadline = clock_mono_ms() + timeout_ms;
	bool gone;

	while (hub->status.state != state || !hub->status.patience_s) {
		if (!hear(hub, deadline, &gone))
			return hub->status.state == state;
	}
	return true;
}

bool hub_scene_stop(struct hub_scene *hub)
{
	struct bearer_ask stop = {.type = BEARER_ASK_STOP};
	int64_t deadline = clock_mono_ms() + HUB_WAIT_MS;
	bool gone = false;

	bearer_ask_write(hub->fd, &stop);
	while (!gone && clock_left_ms(deadline) > 0)
		if (!hear(hub, deadline, &gone) && gone)
			break;
	close(hub->fd);
	return gone;
}
