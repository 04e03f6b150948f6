/* Whether the link and the account live: from what sends bring; from a probe of the API's own health page, once a minute
 * when nothing else was answered, at once when nothing is answered though something was asked; and from the kernel's routes.
 *
 * The way to the API is judged by the address that last answered, be it the API's, a proxy's or this machine's own, never
 * by there being a default route. */
#include "modem/whatsapp.h"

#include "config/clock.h"
#include "modem/link_watch.h"

#include <stdio.h>
#include <string.h>

static void state_set(struct whatsapp *w, enum bearer_state state, const char *why)
{
	w->status.state = state;
	w->status.slots = (uint16_t)(w->trial ? 1 : w->slots);
	(void)snprintf(w->status.why, sizeof w->status.why, "%s", why);
	whatsapp_tell_status(w);
}

/* What the hub is told follows from the link and the account. */
static void state_tell(struct whatsapp *w)
{
	if (w->refused_until)
		state_set(w, BEARER_REFUSED, w->refused_why);
	else
		state_set(w, BEARER_READY, "");
}

void whatsapp_link_lives(struct whatsapp *w)
{
	w->answered = clock_mono_ms();
	w->down_pause = 0;
	w->doubt = false;
	if (!w->probing)
		w->probe_due = w->refused_until ? w->refused_until : w->answered + w->timings.idle;
	if (w->up)
		return;
	w->up = true;
	state_tell(w);
}

void whatsapp_link_down(struct whatsapp *w, const char *why)
{
	w->down_pause = w->down_pause ? 2 * w->down_pause : w->timings.down_first;
	if (w->down_pause > w->timings.down_max)
		w->down_pause = w->timings.down_max;
	w->probe_due = clock_mono_ms() + w->down_pause;
	w->probing = false; /* its answer is no longer waited for */
	w->up = w->doubt = false;
	state_set(w, BEARER_GONE, why);
	whatsapp_send_refuse(w, why);
	graph_http_drop(w->http, why);
}

void whatsapp_link_doubt(struct whatsapp *w)
{
	if (!w->up)
		return;
	w->doubt = true;
	w->probe_due = clock_mono_ms();
}

void whatsapp_link_foreign(struct whatsapp *w, int http_status)
{
	char why[96];

	(void)snprintf(why, sizeof why, "the API's address answers, but not as WhatsApp does (HTTP %d)", http_status);
	whatsapp_link_down(w, why);
}

void whatsapp_link_refused(struct whatsapp *w, int64_t for_ms, bool passing, const char *why)
{
	w->status.passing = passing;
	w->refused_until = clock_mono_ms() + for_ms;
	w->probe_due = w->refused_until;
	w->trial = true;
	(void)snprintf(w->refused_why, sizeof w->refused_why, "%s", why);
	if (w->up)
		state_tell(w);
	whatsapp_send_refuse(w, why);
}

void whatsapp_link_proved(struct whatsapp *w)
{
	if (!w->trial || w->refused_until)
		return;
	w->trial = false;
	state_tell(w);
}

/* The account may send again, as far as its health page tells; the first message will show. */
static void refusal_end(struct whatsapp *w)
{
	if (!w->refused_until)
		return;
	w->refused_until = 0;
	if (w->up)
		state_tell(w);
}

/* ---- routes ------------------------------------------------------------------------------------------------------ */

static void routes_ask(struct whatsapp *w)
{
	w->routes[WHATSAPP_ROUTE_PEER] = link_watch_route(w->peer);
	w->routes[WHATSAPP_ROUTE_V4] = link_watch_route(LINK_WORLD_V4);
	w->routes[WHATSAPP_ROUTE_V6] = link_watch_route(LINK_WORLD_V6);
}

void whatsapp_link_open(struct whatsapp *w)
{
	w->watch = link_watch_open();
	if (w->watch < 0)
		return;
	graph_http_watch(w->http, w->watch);
	routes_ask(w);
}

/* A connection stays on the interface it was made on, so another one is the end of all of them too. */
void whatsapp_link_routes(struct whatsapp *w)
{
	int before[WHATSAPP_ROUTE_COUNT];
	bool found = false;

	if (!link_watch_heard(w->watch))
		return;
	memcpy(before, w->routes, sizeof before);
	routes_ask(w);
	int was = before[WHATSAPP_ROUTE_PEER], is = w->routes[WHATSAPP_ROUTE_PEER];
	for (int i = 0; i < WHATSAPP_ROUTE_COUNT; i++)
		found = found || (w->routes[i] > 0 && w->routes[i] != before[i]);
	if (w->up && was > 0 && is >= 0 && is != was)
		whatsapp_link_down(w, is == 0 ? "no network: the way to WhatsApp is gone" : "the network has changed");
	if (w->up || !found)
		return;
	w->probing = false;
	graph_http_drop(w->http, "the network has changed");
	w->down_pause = 0;
	w->probe_due = clock_mono_ms();
}

/* ---- probes ------------------------------------------------------------------------------------------------------ */

static void peer_learn(struct whatsapp *w, const struct graph_http_answer *answer)
{
	w->multiplexed = answer->multiplexed;
	if (!w->multiplexed && w->most > w->connections)
		w->most = w->connections;
	if (w->watch < 0 || strcmp(w->peer, answer->peer) == 0)
		return;
	(void)snprintf(w->peer, sizeof w->peer, "%s", answer->peer);
	w->routes[WHATSAPP_ROUTE_PEER] = link_watch_route(w->peer);
}

static void probe_error(struct whatsapp *w, const struct graph_error *error)
{
	char text[BEARER_WHY_MAX];
	const struct graph_code *code = graph_code_find(error->code);

	if (code->class != GRAPH_ACCOUNT)
		return;
	graph_error_tell(error, text, sizeof text);
	whatsapp_link_refused(w, code->after_s ? code->after_s * INT64_C(1000) : w->timings.refused, false, text);
}

/* Others were answered meanwhile: it waited behind them. */
static bool probe_excused(struct whatsapp *w)
{
	if (!w->up || w->answered <= w->probe_started)
		return false;
	w->probe_due = w->answered + w->timings.idle;
	w->doubt = false;
	return true;
}

void whatsapp_link_answer(struct whatsapp *w, const struct graph_http_answer *answer)
{
	char why[BEARER_WHY_MAX];
	struct graph_error error;

	if (!w->probing || answer->id != w->probe_id) /* of before the link went down */
		return;
	w->probing = false;
	if (answer->reach != GRAPH_ANSWERED) {
		if (!probe_excused(w))
			whatsapp_link_down(w, answer->why);
		return;
	}
	bool refusal = graph_error_read(answer->body, answer->length, &error);
	if (!refusal && !graph_is_answer(answer->body, answer->length)) {
		whatsapp_link_foreign(w, answer->status);
		return;
	}
	peer_learn(w, answer);

	enum graph_health health =
		refusal ? GRAPH_HEALTH_UNKNOWN : graph_health_read(answer->body, answer->length, why);
	bool due = w->refused_until && clock_mono_ms() >= w->refused_until;
	if (refusal)
		probe_error(w, &error);
	else if (health == GRAPH_BLOCKED)
		whatsapp_link_refused(w, w->timings.refused, false, why[0] ? why : "the account is blocked");
	else if (due)
		refusal_end(w);
	whatsapp_link_lives(w);
}

static int64_t suspect_at(const struct whatsapp *w)
{
	int64_t oldest = whatsapp_send_oldest(w);

	if (oldest == INT64_MAX)
		return INT64_MAX;
	return (oldest > w->answered ? oldest : w->answered) + w->timings.suspect;
}

static void probe_start(struct whatsapp *w, int64_t now)
{
	/* A link in doubt is asked what costs the API least. One that is down gets longer to show that it is back than one
	 * in doubt to show that it lives. */
	struct graph_http_request request = {.url = w->doubt ? w->url_alive : w->url_health,
		.total_ms = w->up ? w->timings.probe : w->timings.connect};

	w->probe_started = now;
	w->probe_end = now + request.total_ms;
	w->probing = graph_http_start(w->http, ++w->probe_id, &request);
	if (!w->probing)
		whatsapp_link_down(w, "no request can be begun");
}

void whatsapp_link_step(struct whatsapp *w)
{
	int64_t now = clock_mono_ms();

	if (now >= suspect_at(w))
		w->doubt = true;
	if (!w->probing && (now >= w->probe_due || w->doubt)) {
		probe_start(w, now);
		return;
	}
	/* libcurl does not time a request that waits for another's connection. */
	if (!w->probing || now < w->probe_end)
		return;
	if (!probe_excused(w)) {
		whatsapp_link_down(w, "no answer in time");
		return;
	}
	w->probe_started = now;
	w->probe_end = now + w->timings.probe;
}

int64_t whatsapp_link_next(const struct whatsapp *w)
{
	int64_t suspect = suspect_at(w);

	if (w->probing)
		return w->probe_end;
	return suspect < w->probe_due ? suspect : w->probe_due;
}
