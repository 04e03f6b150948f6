/* What an officer's right PIN and right word bring about. */
#include "db/audit.h"
#include "firmware-host/health.h"
#include "firmware-host/log.h"
#include "firmware-host/officer_draft.h"
#include "firmware-host/officer_private.h"
#include "firmware-host/officer_state.h"
#include "firmware-host/order_keep.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	READ_BACK_MAX = 700, /* octets of a text read back whole: with the rest, up to seven SMS */
	SECONDS_MAX = 8,     /* second officers asked at once */
	WAITING_MAX = 4,     /* orders of one officer that may wait for their word */
};

static void number_text(int64_t number, char out[24])
{
	(void)snprintf(out, 24, "%lld", (long long)number);
}

/* The message itself, cut at a character's edge when it is very long. */
static void text_shown(const struct hub *hub, const char *text, char out[MESSAGE_TEXT_MAX])
{
	size_t length = strlen(text);

	if (length > READ_BACK_MAX) {
		for (length = READ_BACK_MAX; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
			length--;
	}
	(void)snprintf(out, MESSAGE_TEXT_MAX, "%.*s%s", (int)length, text,
		text[length] ? texts_get(hub->texts, TEXT_OFFICER_CUT) : "");
}

int officer_apply_over(struct hub *hub, struct officer_order *order, int64_t now, struct err *err)
{
	order->state = OFFICER_ORDER_OVER;
	order->deadline = now; /* since then */
	return officer_order_set(hub->db, order, err);
}

int officer_apply_wait(struct hub *hub, const struct officer *officer, int32_t channel, int failed, int64_t wait_ms,
	int64_t now, struct err *err)
{
	char seconds[24], minutes[24];
	const struct text_value values[] = {{"seconds", seconds}, {"minutes", minutes}};

	number_text((wait_ms + SECOND_MS - 1) / SECOND_MS, seconds);
	number_text((wait_ms + MINUTE_MS - 1) / MINUTE_MS, minutes);
	return officer_say(hub, officer, channel,
		officer_pin_is_locked(failed) ? TEXT_OFFICER_PIN_LOCKED : TEXT_OFFICER_PIN_WRONG, values, 2, now, err);
}

/* ---- a word ------------------------------------------------------------------------------------------------------ */

struct others {
	struct hub *hub;
	const struct officer_order *order; /* not this one */
	char words[OFFICER_ORDERS_MAX][OFFICER_ORDER_WORD_MAX];
	int count, waiting;
	int64_t oldest; /* of the officer's that wait */
	int64_t alike;	/* one that waits and was asked in the very same words; 0: none */
};

static bool others_add(void *context, const struct officer_order *order)
{
	struct others *others = context;

	if (order->word[0] && others->count < OFFICER_ORDERS_MAX)
		memcpy(others->words[others->count++], order->word, sizeof order->word);
	if (order->id == others->order->id || order->state != OFFICER_ORDER_WAITING ||
		order->officer_id != others->order->officer_id)
		return true;
	others->waiting++;
	others->oldest = order->id;
	if (strcmp(order->asked, others->order->asked) == 0)
		others->alike = order->id;
	return true;
}

static bool word_is_taken(const void *context, const char *word)
{
	const struct others *others = context;

	for (int i = 0; i < others->count; i++) {
		if (strcmp(others->words[i], word) == 0)
			return true;
	}
	return false;
}

static void word_give(struct hub *hub, struct others *others, struct officer_order *order, int64_t now)
{
	(void)snprintf(order->word, sizeof order->word, "%s", officer_word_draw(word_is_taken, others));
	order->wrong = 0;
	order->deadline = now + (int64_t)hub->settings->officers.confirm_min * MINUTE_MS;
}

/* ---- the read-back ----------------------------------------------------------------------------------------------- */

static int read_back(
	struct hub *hub, const struct officer *officer, const struct officer_order *order, int64_t now, struct err *err)
{
	char parts[24], minutes[24], text[MESSAGE_TEXT_MAX], warning[TEXTS_TEXT_MAX];
	bool can = health_can_alert(hub, warning, sizeof warning);

	number_text(order->message.segments, parts);
	number_text((order->deadline - now + MINUTE_MS - 1) / MINUTE_MS, minutes);
	text_shown(hub, order->message.text, text);
	const struct text_value values[] = {
		{"summary", order->said},
		{"warning", can ? "" : warning},
		{"parts", parts},
		{"text", text},
		{"word", order->word},
		{"minutes", minutes},
	};
	return officer_say(
		hub, officer, order->channel, TEXT_OFFICER_READBACK, values, sizeof values / sizeof *values, now, err);
}

struct seconds {
	const struct officer_order *order;
	struct officer list[SECONDS_MAX];
	int count;
};

static bool seconds_add(void *context, const struct officer *officer)
{
	struct seconds *seconds = context;

	if (officer->may_confirm && officer->has_pin && officer->phone[0] && officer->id != seconds->order->officer_id)
		seconds->list[seconds->count++] = *officer;
	return seconds->count < SECONDS_MAX;
}

static bool wants_second(const struct hub *hub, const struct officer_order *order)
{
	return hub->settings->alert.two_officers && order->message.kind == MESSAGE_ALERT &&
	       officer_draft_is_red(&order->message);
}

/* The order's own words, the PIN masked, say it again; they were right before. 1; 0: answered why not; -1. */
static int draft_fill(struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now,
	struct draft *draft, struct err *err)
{
	char answer[TEXTS_TEXT_MAX] = "";
	const struct text_value values[] = {{"text", answer}};
	struct officer_words words;

	officer_words_read(order->asked, hub->settings, &words);
	int made = officer_draft_make(
		hub->db, hub->settings, hub->texts, &words, officer_door_name(order->channel), now, draft, answer, err);
	if (made == 0)
		return officer_say(hub, officer, order->channel, TEXT_COUNT, values, 1, now, err);
	if (made < 0)
		return -1;
	order->message = draft->message;
	draft_summary(draft, hub->settings, hub->texts, now, order->said);
	return 1;
}

static int draft_keep(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	struct others *others = calloc(1, sizeof *others);
	struct officer_order *other = calloc(1, sizeof *other);
	int result = others && other ? 0 : err_set(err, EX_OSERR, "out of memory");

	if (result == 0) {
		*others = (struct others){.hub = hub, .order = order};
		result = officer_order_each(hub->db, others_add, others, err);
	}
	/* Sent twice, by the network or because no answer came: the same word once more. */
	if (result == 0 && others->alike && officer_order_get(hub->db, others->alike, other, err) > 0 &&
		other->deadline > now) {
		result = officer_order_remove(hub->db, order->id, err);
		if (result == 0 && officer_quota_take(hub, officer->id))
			result = read_back(hub, officer, other, now, err);
		goto end;
	}
	if (result == 0 && others->waiting >= WAITING_MAX && officer_order_get(hub->db, others->oldest, other, err) > 0)
		result = officer_apply_over(hub, other, now, err);
	if (result != 0)
		goto end;
	order->state = OFFICER_ORDER_WAITING;
	word_give(hub, others, order, now);
	result = officer_order_set(hub->db, order, err);
	if (result == 0)
		result = officer_audit(hub, officer, order->channel, "order", order->said, now, err);
	if (result == 0)
		result = read_back(hub, officer, order, now, err);
end:
	free(other);
	free(others);
	return result;
}

/* An alert or an all-clear with the right PIN: composed, measured, read back. */
static int draft_begin(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	struct seconds seconds = {.order = order};
	struct draft *draft = calloc(1, sizeof *draft);
	int made = draft ? draft_fill(hub, officer, order, now, draft, err) : err_set(err, EX_OSERR, "out of memory");

	free(draft);
	if (made <= 0)
		return made < 0 ? -1 : officer_order_remove(hub->db, order->id, err);
	if (wants_second(hub, order)) {
		if (officer_each(hub->db, seconds_add, &seconds, err) != 0)
			return -1;
		if (seconds.count == 0)
			return officer_say(hub, officer, order->channel, TEXT_OFFICER_NO_SECOND, NULL, 0, now, err) != 0
				       ? -1
				       : officer_order_remove(hub->db, order->id, err);
	}
	return draft_keep(hub, officer, order, now, err);
}

/* ---- keeping it -------------------------------------------------------------------------------------------------- */

static int keep_refuse(struct hub *hub, const struct officer *officer, struct officer_order *order, enum text_id id,
	int64_t now, struct err *err)
{
	if (officer_say(hub, officer, order->channel, id, NULL, 0, now, err) != 0)
		return -1;
	return officer_apply_over(hub, order, now, err);
}

/* From here on it is an alert like any other. */
static int order_start(struct hub *hub, const struct officer *officer, const struct officer *second,
	struct officer_order *order, int64_t now, struct err *err)
{
	struct message *message = &order->message;
	char who[2 * OFFICER_NAME_MAX + 4], said[OFFICER_ORDER_SAID_MAX + MESSAGE_TEXT_MAX + 4], id[24], recipients[24];
	const struct order_giver giver = {.who = who, .said = said, .withdraw = true};
	int64_t people;

	(void)snprintf(who, sizeof who, "%s%s%s", officer->name, second ? " + " : "", second ? second->name : "");
	(void)snprintf(said, sizeof said, "%s %s", order->said, message->text);
	if (message->expires_at <= now)
		return keep_refuse(hub, officer, order, TEXT_OFFICER_REFUSED, now, err);
	if (order_recipients(hub->db, hub->settings, message, now, &people, err) != 0)
		return -1;
	if (people == 0)
		return keep_refuse(hub, officer, order, TEXT_KEYPAD_NOBODY, now, err);
	if (order_keep_within(hub->db, hub->settings, message, &giver, now, err) != 0)
		return -1;
	log_line(LOG_INFO, "%s: an officer's order is message %lld", officer_door_name(order->channel),
		(long long)message->id);
	hub->look = true;
	hub->next_expiry = 1;
	order->state = OFFICER_ORDER_KEPT;
	order->message_id = message->id;
	order->second_id = second ? second->id : 0;
	order->told = OFFICER_TOLD_STARTED;
	if (officer_order_set(hub->db, order, err) != 0)
		return -1;
	number_text(message->id, id);
	number_text(message->recipients, recipients);
	const struct text_value values[] = {{"id", id}, {"recipients", recipients}};
	if (second && officer_say(hub, second, order->channel, TEXT_OFFICER_STARTED, values, 2, now, err) != 0)
		return -1;
	return officer_say(hub, officer, order->channel, TEXT_OFFICER_STARTED, values, 2, now, err);
}

static int second_ask_each(struct hub *hub, const struct officer *officer, const struct officer_order *order,
	const struct seconds *seconds, int64_t now, struct err *err)
{
	char text[MESSAGE_TEXT_MAX], minutes[24], names[SECONDS_MAX * (OFFICER_NAME_MAX + 2)] = "";
	size_t used = 0;

	text_shown(hub, order->message.text, text);
	number_text(hub->settings->officers.confirm_min, minutes);
	const struct text_value asked[] = {{"officer", officer->name}, {"summary", order->said}, {"text", text},
		{"word", order->word}, {"minutes", minutes}};
	for (int i = 0; i < seconds->count; i++) {
		const struct officer *second = &seconds->list[i];
		if (officer_say(hub, second, order->channel, TEXT_OFFICER_ASK_SECOND, asked, 5, now, err) != 0)
			return -1;
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", second->name);
	}
	const struct text_value values[] = {{"officers", names}, {"minutes", minutes}};
	return officer_say(hub, officer, order->channel, TEXT_OFFICER_WAIT_SECOND, values, 2, now, err);
}

static int second_ask(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	struct seconds seconds = {.order = order};
	struct others *others = calloc(1, sizeof *others);

	if (!others)
		return err_set(err, EX_OSERR, "out of memory");
	*others = (struct others){.hub = hub, .order = order};
	int result = officer_order_each(hub->db, others_add, others, err);
	if (result == 0) {
		order->state = OFFICER_ORDER_WAITING_SECOND;
		word_give(hub, others, order, now);
	}
	free(others);
	if (result != 0 || officer_order_set(hub->db, order, err) != 0 ||
		officer_each(hub->db, seconds_add, &seconds, err) != 0)
		return -1;
	if (seconds.count == 0) /* removed since it was asked for */
		return keep_refuse(hub, officer, order, TEXT_OFFICER_NO_SECOND, now, err);
	return second_ask_each(hub, officer, order, &seconds, now, err);
}

int officer_apply_confirmed(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	if (!officer->may_order)
		return keep_refuse(hub, officer, order, TEXT_OFFICER_ROLE, now, err);
	if (wants_second(hub, order))
		return second_ask(hub, officer, order, now, err);
	return order_start(hub, officer, NULL, order, now, err);
}

/* ---- what ends with the PIN -------------------------------------------------------------------------------------- */

/* The second officer's word was right when it came; so it must still be. */
static int second_confirm(struct hub *hub, const struct officer *second, const struct officer_order *request,
	int64_t now, struct err *err)
{
	struct officer_order *order = calloc(1, sizeof *order);
	struct officer first;

	if (!order)
		return err_set(err, EX_OSERR, "out of memory");
	int result = officer_order_get(hub->db, request->about, order, err);
	bool waits = result > 0 && order->state == OFFICER_ORDER_WAITING_SECOND && order->deadline > now &&
		     strcmp(order->word, request->word) == 0;
	int found = result < 0 ? -1 : waits ? officer_get(hub->db, order->officer_id, &first, err) : 0;
	if (found < 0)
		result = -1;
	else if (found == 0)
		result = officer_say(hub, second, request->channel, TEXT_OFFICER_WORD_LATE, NULL, 0, now, err);
	else
		result = order_start(hub, &first, second, order, now, err);
	free(order);
	return result;
}

static int cancel_running(
	struct hub *hub, const struct officer *officer, const struct officer_order *order, int64_t now, struct err *err)
{
	char id[24] = "", sent[24];
	struct message *message = calloc(1, sizeof *message);
	const struct text_value values[] = {{"id", id}, {"sent", sent}};
	int withdrawn = 0;

	if (!message)
		return err_set(err, EX_OSERR, "out of memory");
	int found = officer_draft_running(hub->db, hub->settings, order->about, now, message, err);
	int64_t number = found > 0 ? message->id : order->about, recipients = message->recipients;
	free(message);
	if (number > 0)
		number_text(number, id);
	if (found <= 0)
		return found < 0 ? -1
				 : officer_say(
					   hub, officer, order->channel, TEXT_OFFICER_NO_MESSAGE, values, 1, now, err);
	if (order_cancel_within(
		    hub->db, number, officer_door_name(order->channel), officer->name, now, &withdrawn, err) != 0)
		return -1;
	hub->look = true;
	number_text(recipients - withdrawn, sent);
	return officer_say(hub, officer, order->channel,
		withdrawn < recipients ? TEXT_KEYPAD_STOPPED_LATE : TEXT_KEYPAD_STOPPED, values, 2, now, err);
}

static int apply_right(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	bool may = order->act == OFFICER_ORDER_SECOND ? officer->may_confirm : officer->may_order;
	int result = 0;

	if (may && (order->act == OFFICER_ORDER_ALERT || order->act == OFFICER_ORDER_CLEAR))
		return draft_begin(hub, officer, order, now, err);
	if (!may)
		result = officer_say(hub, officer, order->channel, TEXT_OFFICER_ROLE, NULL, 0, now, err);
	else if (order->act == OFFICER_ORDER_CANCEL)
		result = cancel_running(hub, officer, order, now, err);
	else
		result = second_confirm(hub, officer, order, now, err);
	return result != 0 ? -1 : officer_order_remove(hub->db, order->id, err);
}

int officer_apply_checked(struct hub *hub, const struct officer_checked *checked, int64_t now, struct err *err)
{
	const struct officer_try *attempt = &checked->attempt;
	struct officer_order *order = calloc(1, sizeof *order);
	struct officer officer;

	if (!order)
		return err_set(err, EX_OSERR, "out of memory");
	int result = officer_order_find(hub->db, checked->token, order, err);
	/* Not there: the turn that asked did not come to be, and has been taken again. */
	if (result <= 0 || order->state != OFFICER_ORDER_CHECKING)
		goto end;
	result = officer_try_close(hub->db, attempt, checked->matched, now, hub_clock_source(), err);
	int found = result == 0 ? officer_get(hub->db, order->officer_id, &officer, err) : -1;
	if (found < 0) {
		result = -1;
	} else if (found == 0) { /* removed meanwhile */
		result = officer_order_remove(hub->db, order->id, err);
	} else if (checked->matched == 0) {
		result = officer_apply_wait(
			hub, &officer, order->channel, attempt->failed, officer_pin_wait_ms(attempt->failed), now, err);
		if (result == 0)
			result = officer_order_remove(hub->db, order->id, err);
	} else {
		result = apply_right(hub, &officer, order, now, err);
	}
end:
	free(order);
	return result < 0 ? -1 : 0;
}
