/* One send, from the ask to its result. */
#include "modem/whatsapp.h"

#include "config/clock.h"
#include "modem/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_put(char *out, size_t size, const char *text)
{
	struct utf8_out cut;

	utf8_out_init(&cut, out, size);
	utf8_put_string(&cut, text);
}

static struct bearer_result *result_begin(struct whatsapp *w, enum bearer_outcome outcome, const char *error)
{
	memset(&w->tell, 0, sizeof w->tell);
	w->tell.type = BEARER_TELL_RESULT;
	w->tell.result = (struct bearer_result){.outcome = outcome, .reference = -1};
	text_put(w->tell.result.error, sizeof w->tell.result.error, error);
	return &w->tell.result;
}

/* Tells the result begun before and forgets the send. */
static void item_end(struct whatsapp *w, struct whatsapp_item *item)
{
	struct bearer_result *result = &w->tell.result;

	result->delivery = item->delivery;
	result->attempt = item->attempt;
	result->segment = item->segment;
	w->out -= item->state == ITEM_OUT;
	free(item->body);
	item->body = NULL;
	item->state = ITEM_FREE;
	whatsapp_tell(w);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

static void ask_refuse(struct whatsapp *w, const struct bearer_send *send, enum bearer_outcome outcome, const char *why)
{
	struct bearer_result *result = result_begin(w, outcome, why);

	result->delivery = send->delivery;
	result->attempt = send->attempt;
	result->segment = send->segment;
	whatsapp_tell(w);
}

static struct whatsapp_item *item_free_one(struct whatsapp *w)
{
	for (int i = 0; i < w->slots; i++)
		if (w->items[i].state == ITEM_FREE)
			return &w->items[i];
	return NULL;
}

void whatsapp_send_take(struct whatsapp *w, const struct bearer_ask *ask)
{
	const struct bearer_send *send = &ask->send;
	const char *to = send->to[0] ? send->to : send->user;
	struct whatsapp_item *item = item_free_one(w);
	struct err err;
	char *body;

	if (w->status.state != BEARER_READY || w->stop) {
		ask_refuse(w, send, BEARER_NOT_SENT, w->stop ? "it is ending" : w->status.why);
		return;
	}
	if (!item) {
		ask_refuse(w, send, BEARER_NOT_SENT, "as many messages are in hand as it takes");
		return;
	}
	if (send->content != BEARER_MARK_READ && !pair_may(&w->pairs, to, clock_mono_ms())) {
		ask_refuse(w, send, BEARER_RETRY_SOON, graph_code_find(131056)->meaning);
		return;
	}
	if (graph_request_of_send(send, ask->text, &body, &err) != 0) {
		ask_refuse(w, send, err.status == EX_OSERR ? BEARER_NOT_SENT : BEARER_BAD_MESSAGE, err.text);
		return;
	}
	*item = (struct whatsapp_item){.state = ITEM_WAITING,
		.delivery = send->delivery,
		.attempt = send->attempt,
		.segment = send->segment,
		.mark_read = send->content == BEARER_MARK_READ,
		.body = body};
	(void)snprintf(item->to, sizeof item->to, "%s", to);
	w->waiting[(w->waiting_first + w->waiting_count++) % w->slots] = (int)(item - w->items);
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

static struct whatsapp_item *waiting_take(struct whatsapp *w)
{
	struct whatsapp_item *item = &w->items[w->waiting[w->waiting_first]];

	w->waiting_first = (w->waiting_first + 1) % w->slots;
	w->waiting_count--;
	return item;
}

/* How many requests at once. What would only wait for a connection waits here, where it costs less; and connections are
 * made one after the other, because the memory of a hundred TLS handshakes at a time would never come back. */
static void most_grow(struct whatsapp *w, int64_t now)
{
	if (w->multiplexed)
		w->most = WHATSAPP_OUT_MAX;
	else if (w->out < w->most || w->most >= w->connections || now < w->most_due)
		return;
	else
		w->most++;
	w->most_due = now + w->timings.grow;
}

static bool may_start(const struct whatsapp *w, int64_t now)
{
	return w->waiting_count > 0 && w->out < w->most && !w->doubt && now >= w->hold_until;
}

void whatsapp_send_start(struct whatsapp *w)
{
	int64_t now = clock_mono_ms();

	most_grow(w, now);
	while (may_start(w, now) && pace_take(&w->pace, now)) {
		struct whatsapp_item *item = waiting_take(w);
		struct graph_http_request request = {.url = w->url_messages, .body = item->body};

		if (!graph_http_start(w->http, (uint64_t)(item - w->items), &request)) {
			result_begin(w, BEARER_NOT_SENT, "no request could be begun");
			item_end(w, item);
			continue;
		}
		item->state = ITEM_OUT;
		item->started = now;
		w->out++;
		if (!item->mark_read)
			pair_sent(&w->pairs, item->to, now);
	}
}

int64_t whatsapp_send_next(const struct whatsapp *w)
{
	int64_t now = clock_mono_ms();

	if (may_start(w, now))
		return pace_next(&w->pace, now);
	if (w->waiting_count == 0 || w->doubt)
		return INT64_MAX;
	if (now < w->hold_until)
		return w->hold_until;
	return w->most < w->connections ? w->most_due : INT64_MAX;
}

int64_t whatsapp_send_oldest(const struct whatsapp *w)
{
	int64_t oldest = INT64_MAX;

	for (int i = 0; i < w->slots && w->out > 0; i++)
		if (w->items[i].state == ITEM_OUT && w->items[i].started < oldest)
			oldest = w->items[i].started;
	return oldest;
}

void whatsapp_send_refuse(struct whatsapp *w, const char *why)
{
	while (w->waiting_count > 0) {
		result_begin(w, BEARER_NOT_SENT, why);
		item_end(w, waiting_take(w));
	}
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void answer_sent(struct whatsapp *w, struct whatsapp_item *item, const struct graph_sent *sent)
{
	bool held = sent->status != GRAPH_ACCEPTED;
	struct bearer_result *result = result_begin(w, held ? BEARER_HELD : BEARER_ACCEPTED,
		sent->status == GRAPH_HELD     ? "held for quality assessment"
		: sent->status == GRAPH_PAUSED ? "paused"
					       : "");

	result->receipt = !item->mark_read;
	(void)snprintf(result->id, sizeof result->id, "%s", sent->id);
	pair_accepted(&w->pairs, item->to);
}

/* What a refusal means beyond this message. */
static void refusal_spread(struct whatsapp *w, const struct whatsapp_item *item, const struct graph_error *error)
{
	const struct graph_code *code = graph_code_find(error->code);
	int64_t now = clock_mono_ms(), after_ms = code->after_s * INT64_C(1000);
	char text[BEARER_WHY_MAX];

	graph_error_tell(error, text, sizeof text);
	if (code->class == GRAPH_RETRY_PAIR)
		pair_refused(&w->pairs, item->to, now);
	else if (code->class == GRAPH_ACCOUNT)
		whatsapp_link_refused(w, after_ms ? after_ms : w->timings.refused, false, text);
	else if (code->all && after_ms <= w->timings.hold)
		w->hold_until = now + after_ms;
	else if (code->all)
		whatsapp_link_refused(w, after_ms, true, text);
}

static void answer_refused(
	struct whatsapp *w, struct whatsapp_item *item, const struct graph_error *error, int32_t elapsed_ms)
{
	struct whatsapp_item copy = *item;
	char text[BEARER_WHY_MAX];

	graph_error_tell(error, text, sizeof text);
	struct bearer_result *result = result_begin(w, graph_outcome(graph_code_find(error->code)), text);
	result->code = error->code;
	result->elapsed_ms = elapsed_ms;
	item_end(w, item);
	refusal_spread(w, &copy, error);
}

/* No word of the API's. Who refuses before it (4xx, a redirect) has kept the message; who fails behind a proxy may not. */
static void answer_foreign(struct whatsapp *w, struct whatsapp_item *item, int status)
{
	bool kept_back = status >= 300 && status < 500;
	char text[64];

	(void)snprintf(text, sizeof text, "HTTP %d, not as WhatsApp answers", status);
	result_begin(w, kept_back ? BEARER_NOT_SENT : BEARER_UNKNOWN, text);
	item_end(w, item);
	if (w->up)
		whatsapp_link_foreign(w, status);
}

static void answer_lost(struct whatsapp *w, struct whatsapp_item *item, const struct graph_http_answer *answer)
{
	struct bearer_result *result =
		result_begin(w, answer->reach == GRAPH_NOT_LEFT ? BEARER_NOT_SENT : BEARER_UNKNOWN, answer->why);

	result->elapsed_ms = answer->elapsed_ms;
	item_end(w, item);
	whatsapp_link_doubt(w);
}

void whatsapp_send_answer(struct whatsapp *w, const struct graph_http_answer *answer)
{
	struct whatsapp_item *item = &w->items[answer->id];
	struct graph_sent sent = {0};
	struct graph_error error;

	if (answer->reach != GRAPH_ANSWERED) {
		answer_lost(w, item, answer);
		return;
	}
	bool good = answer->status >= 200 && answer->status < 300;
	bool taken = item->mark_read ? graph_success_read(answer->body, answer->length)
				     : graph_sent_read(answer->body, answer->length, &sent);
	if (good && taken) {
		answer_sent(w, item, &sent);
		w->tell.result.elapsed_ms = answer->elapsed_ms;
		item_end(w, item);
		whatsapp_link_lives(w);
		whatsapp_link_proved(w);
		return;
	}
	if (graph_error_read(answer->body, answer->length, &error)) {
		whatsapp_link_lives(w);
		answer_refused(w, item, &error, answer->elapsed_ms);
		return;
	}
	answer_foreign(w, item, answer->status);
}
