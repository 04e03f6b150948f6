/* Whether the link and the account live: from what sends bring, and from a probe of the API's own health page, once a
 * minute when nothing else was answered, at once when nothing is answered though something was asked. */
#include "modem/whatsapp.h"

#include "config/clock.h"

#include <stdio.h>
#include <string.h>

static void state_set(struct whatsapp *w, enum bearer_state state, const char *why)
{
	w->status.state = state;
	w->status.slots = (uint8_t)(w->trial ? 1 : w->slots);
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
	w->up = false;
	state_set(w, BEARER_GONE, why);
	whatsapp_send_refuse(w, why);
	graph_http_drop(w->http, why);
}

void whatsapp_link_foreign(struct whatsapp *w, int http_status)
{
	char why[96];

	(void)snprintf(why, sizeof why, "the API's address answers, but not as WhatsApp does (HTTP %d)", http_status);
	whatsapp_link_down(w, why);
}

void whatsapp_link_refused(struct whatsapp *w, int64_t for_ms, const char *why)
{
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

static void probe_error(struct whatsapp *w, const struct graph_error *error)
{
	char text[BEARER_WHY_MAX];
	const struct graph_code *code = graph_code_find(error->code);

	if (code->class != GRAPH_ACCOUNT)
		return;
	graph_error_tell(error, text, sizeof text);
	whatsapp_link_refused(w, code->after_s ? code->after_s * INT64_C(1000) : w->timings.refused, text);
}

void whatsapp_link_answer(struct whatsapp *w, const struct graph_http_answer *answer)
{
	char why[BEARER_WHY_MAX];
	struct graph_error error;

	w->probing = false;
	if (answer->reach != GRAPH_ANSWERED && w->up && w->answered > w->probe_started) {
		w->probe_due =
			w->answered + w->timings.idle; /* others were answered meanwhile: it waited behind them */
		return;
	}
	if (answer->reach != GRAPH_ANSWERED) {
		whatsapp_link_down(w, answer->why);
		return;
	}
	bool refusal = graph_error_read(answer->body, answer->length, &error);
	if (!refusal && !graph_is_answer(answer->body, answer->length)) {
		whatsapp_link_foreign(w, answer->status);
		return;
	}

	enum graph_health health =
		refusal ? GRAPH_HEALTH_UNKNOWN : graph_health_read(answer->body, answer->length, why);
	bool due = w->refused_until && clock_mono_ms() >= w->refused_until;
	if (refusal)
		probe_error(w, &error);
	else if (health == GRAPH_BLOCKED)
		whatsapp_link_refused(w, w->timings.refused, why[0] ? why : "the account is blocked");
	else if (due)
		refusal_end(w);
	whatsapp_link_lives(w);
}

static bool is_suspect(const struct whatsapp *w, int64_t now)
{
	int64_t oldest = whatsapp_send_oldest(w);
	int64_t since = oldest > w->answered ? oldest : w->answered;

	return oldest != INT64_MAX && now - since >= w->timings.suspect;
}

void whatsapp_link_step(struct whatsapp *w)
{
	/* A link that is down is given more time to show that it is back than one in doubt to show that it lives. */
	struct graph_http_request request = {
		.url = w->url_health, .total_ms = w->up ? w->timings.probe : w->timings.connect};
	int64_t now = clock_mono_ms();

	if (w->probing || (now < w->probe_due && !is_suspect(w, now)))
		return;
	w->probe_started = now;
	w->probing = graph_http_start(w->http, WHATSAPP_PROBE_ID, &request);
	if (!w->probing)
		w->probe_due = now + w->timings.down_first;
}

int64_t whatsapp_link_next(const struct whatsapp *w)
{
	int64_t oldest = whatsapp_send_oldest(w);
	int64_t since = oldest > w->answered ? oldest : w->answered;

	if (w->probing)
		return INT64_MAX;
	if (oldest != INT64_MAX && since + w->timings.suspect < w->probe_due)
		return since + w->timings.suspect;
	return w->probe_due;
}
