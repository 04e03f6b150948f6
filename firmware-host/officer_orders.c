#include "firmware-host/officer_orders.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/limit.h"
#include "firmware-host/citizen_words.h"
#include "firmware-host/health.h"
#include "firmware-host/log.h"
#include "firmware-host/message_view.h"
#include "firmware-host/officer_private.h"
#include "firmware-host/officer_state.h"
#include "modem/phone.h"
#include "modem/segment.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUOTA_ANSWERS = 10,
	QUOTA_MS = 10 * 60 * 1000,
	ANSWER_MAX = MESSAGE_TEXT_MAX,
};

const char *officer_door_name(int32_t channel)
{
	return channel == OUTBOX_WHATSAPP ? "whatsapp" : "sms";
}

/* ---- answering --------------------------------------------------------------------------------------------------- */

static int answer_channel(struct hub *hub, const struct officer *officer, int32_t channel, int64_t now, struct err *err)
{
	const struct hub_bearer *whatsapp = channel == OUTBOX_WHATSAPP ? hub_whatsapp_bearer(hub) : NULL;

	if (!whatsapp || whatsapp->status.state != BEARER_READY)
		return OUTBOX_SMS;
	int open = limit_window(hub->db, officer->phone, now, err);
	return open < 0 ? -1 : open > 0 ? OUTBOX_WHATSAPP : OUTBOX_SMS;
}

int officer_say(struct hub *hub, const struct officer *officer, int32_t channel, enum text_id id,
	const struct text_value *values, size_t count, int64_t now, struct err *err)
{
	char text[ANSWER_MAX], folded[ANSWER_MAX];
	unsigned changed;
	int64_t message;

	if (!officer->phone[0])
		return 0;
	int way = answer_channel(hub, officer, channel, now, err);
	if (way < 0)
		return -1;
	if (id == TEXT_COUNT)
		(void)snprintf(text, sizeof text, "%s", values[0].value);
	else
		(void)texts_fill(hub->texts, id, values, count, text, sizeof text);
	/* Folded for WhatsApp too: it may yet have to go by SMS. */
	bool fold = fold_italian(text, folded, sizeof folded, &changed) >= 0;
	struct message_reply reply = {
		.channel = way,
		.address = officer->phone,
		.text = fold ? folded : text,
		.segments = segment_count(fold ? folded : text, NULL),
		.expires_at = now + OFFICER_ANSWER_LIFE_MS,
		.urgent = true,
	};
	if (reply.segments < 1 || reply.segments > BEARER_SEGMENTS_MAX) {
		log_line(LOG_ERROR, "an answer to an officer needs %d SMS and was not sent; shorten it in the texts",
			reply.segments);
		return 0;
	}
	return message_create_reply(hub->db, &reply, now, &message, err);
}

bool officer_quota_take(struct hub *hub, int64_t officer)
{
	int64_t mono = clock_mono_ms();
	int slot = 0;

	for (int i = 0; i < OFFICERS_MAX; i++) {
		if (hub->officers.quota[i].officer == officer) {
			slot = i;
			break;
		}
		if (hub->officers.quota[i].since_mono < hub->officers.quota[slot].since_mono)
			slot = i;
	}
	if (hub->officers.quota[slot].officer != officer || mono - hub->officers.quota[slot].since_mono > QUOTA_MS) {
		hub->officers.quota[slot].officer = officer;
		hub->officers.quota[slot].since_mono = mono;
		hub->officers.quota[slot].count = 0;
	}
	if (hub->officers.quota[slot].count >= QUOTA_ANSWERS) {
		log_line(LOG_WARN, "an officer's telephone asks too much and is not answered for some minutes");
		return false;
	}
	hub->officers.quota[slot].count++;
	return true;
}

/* To who has proved nothing, as often as that may be. */
static int answer(struct hub *hub, const struct officer_speaks *speaks, enum text_id id,
	const struct text_value *values, size_t count, int64_t now, struct err *err)
{
	if (!officer_quota_take(hub, speaks->officer.id))
		return 0;
	return officer_say(hub, &speaks->officer, speaks->channel, id, values, count, now, err);
}

int officer_audit(struct hub *hub, const struct officer *officer, int32_t channel, const char *act, const char *detail,
	int64_t now, struct err *err)
{
	return audit_add(hub->db, now, hub_clock_source(), officer->name, officer_door_name(channel), act, detail, err);
}

/* ---- who speaks -------------------------------------------------------------------------------------------------- */

static int officer_of(struct hub *hub, const char *sender, struct officer *ret, struct err *err)
{
	char phone[PHONE_MAX];

	if (phone_read(sender, hub->settings->comune.country, phone) != NULL)
		return 0;
	return officer_find_phone(hub->db, phone, ret, err);
}

int officer_orders_hear(
	struct hub *hub, const struct citizen_from *from, char *text, struct officer_speaks *ret, struct err *err)
{
	const char *sender = from->channel == OUTBOX_WHATSAPP ? from->phone : from->address;

	*ret = (struct officer_speaks){.channel = from->channel};
	int found = officer_of(hub, sender, &ret->officer, err);
	if (found < 0)
		return -1;
	ret->known = found > 0;
	officer_words_read(text, hub->settings, &ret->words);
	(void)officer_words_mask(text, &ret->words, ret->known);
	return 0;
}

bool officer_orders_mask(struct hub *hub, const char *sender, char *text)
{
	struct officer officer;
	struct officer_words words;
	struct err ignored;

	officer_words_read(text, hub->settings, &words);
	bool masked = officer_words_mask(text, &words, officer_of(hub, sender, &officer, &ignored) > 0);
	sodium_memzero(&words, sizeof words);
	return masked;
}

void officer_orders_forget(struct officer_speaks *speaks)
{
	sodium_memzero(&speaks->words, sizeof speaks->words);
}

/* ---- orders that need a PIN -------------------------------------------------------------------------------------- */

static int answer_missing(struct hub *hub, const struct officer_speaks *speaks, int64_t now, struct err *err)
{
	const struct text_value values[] = {{"what", texts_get(hub->texts, TEXT_OFFICER_WHAT_PIN)}};

	return answer(hub, speaks, TEXT_OFFICER_MISSING, values, 1, now, err);
}

/* The try is counted before the PIN is looked at. */
static int request_check(
	struct hub *hub, const struct officer_speaks *speaks, struct officer_order *order, int64_t now, struct err *err)
{
	struct officer_try attempt;
	int64_t officer = speaks->officer.id;
	int open = officer_try_open(hub->db, officer, officer_door_name(speaks->channel), now, &attempt, err);

	if (open < 0)
		return -1;
	if (open == 0 && officer_quota_take(hub, officer))
		return officer_apply_wait(
			hub, &speaks->officer, speaks->channel, attempt.failed, attempt.open_at - now, now, err);
	if (open == 0)
		return 0;
	if (officer_order_forget(hub->db, now - OFFICER_ORDER_KEPT_MS, err) != 0)
		return -1;
	randombytes_buf(&order->token, sizeof order->token);
	order->token |= 1; /* not 0 */
	if (officer_order_add(hub->db, order, err) != 0) {
		if (err->status != EX_UNAVAILABLE)
			return -1;
		return answer(hub, speaks, TEXT_OFFICER_BUSY, NULL, 0, now, err);
	}
	if (officer_check_start(&hub->officers.checks, order->token, &attempt, speaks->words.pin, err) == 0)
		return 0;
	log_line(LOG_WARN, "an officer's PIN is not looked at: %s", err->text);
	if (officer_order_remove(hub->db, order->id, err) != 0)
		return -1;
	return answer(hub, speaks, TEXT_OFFICER_BUSY, NULL, 0, now, err);
}

static int request_begin(struct hub *hub, const struct officer_speaks *speaks, const char *text,
	enum officer_order_act act, int64_t about, const char *word, int64_t now, struct err *err)
{
	struct officer_order *order = calloc(1, sizeof *order);

	if (!order)
		return err_set(err, EX_OSERR, "out of memory");
	*order = (struct officer_order){
		.officer_id = speaks->officer.id,
		.act = act,
		.state = OFFICER_ORDER_CHECKING,
		.channel = speaks->channel,
		.created_at = now,
		.about = about,
	};
	(void)snprintf(order->word, sizeof order->word, "%s", word);
	int result;
	if (snprintf(order->asked, sizeof order->asked, "%s", text) >= (int)sizeof order->asked)
		result = answer(hub, speaks, TEXT_OFFICER_REFUSED, NULL, 0, now, err);
	else if (!speaks->officer.has_pin)
		result = answer(hub, speaks, TEXT_OFFICER_PIN_NONE, NULL, 0, now, err);
	else if (!officer_checks_free_slot(&hub->officers.checks))
		result = answer(hub, speaks, TEXT_OFFICER_BUSY, NULL, 0, now, err);
	else
		result = request_check(hub, speaks, order, now, err);
	free(order);
	return result;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

struct pendings {
	struct officer_pending list[2 * OFFICER_ORDERS_MAX];
	int count;
};

static bool pending_add(void *context, const struct officer_order *order)
{
	struct pendings *pendings = context;
	struct officer_pending *pending = &pendings->list[pendings->count++];

	*pending = (struct officer_pending){order->id, order->officer_id, order->second_id, order->state,
		order->created_at, order->deadline, order->message_id, ""};
	/* What only waits for a PIN answers no word: that of another order stands in it. */
	if (order->state != OFFICER_ORDER_CHECKING)
		memcpy(pending->word, order->word, sizeof pending->word);
	return pendings->count < 2 * OFFICER_ORDERS_MAX;
}

static int word_wrong(
	struct hub *hub, const struct officer_speaks *speaks, struct officer_order *order, int64_t now, struct err *err)
{
	enum text_id id = TEXT_OFFICER_WORD_WRONG;

	order->wrong++;
	if (officer_audit(hub, &speaks->officer, speaks->channel, "order-word", "wrong", now, err) != 0)
		return -1;
	if (order->wrong >= OFFICER_WRONG_WORDS_MAX) {
		id = TEXT_OFFICER_WORD_OVER;
		if (officer_apply_over(hub, order, now, err) != 0)
			return -1;
	} else if (officer_order_set(hub->db, order, err) != 0) {
		return -1;
	}
	return answer(hub, speaks, id, NULL, 0, now, err);
}

static int word_apply(struct hub *hub, const struct officer_speaks *speaks, const char *text, enum officer_answer which,
	struct officer_order *order, int64_t now, struct err *err)
{
	char id[24];
	const struct text_value values[] = {{"id", id}, {"word", order->word}};

	(void)snprintf(id, sizeof id, "%lld", (long long)order->message_id);
	switch (which) {
	case OFFICER_ANSWER_CONFIRMED: return officer_apply_confirmed(hub, &speaks->officer, order, now, err);
	case OFFICER_ANSWER_SECONDED:
		return request_begin(hub, speaks, text, OFFICER_ORDER_SECOND, order->id, order->word, now, err);
	case OFFICER_ANSWER_WRONG: return word_wrong(hub, speaks, order, now, err);
	case OFFICER_ANSWER_NO_PIN: return answer(hub, speaks, TEXT_OFFICER_WORD_NO_PIN, values, 2, now, err);
	case OFFICER_ANSWER_NO_WORD: return answer(hub, speaks, TEXT_OFFICER_WORD_MISSING, NULL, 0, now, err);
	case OFFICER_ANSWER_LATE: return answer(hub, speaks, TEXT_OFFICER_WORD_LATE, NULL, 0, now, err);
	case OFFICER_ANSWER_USED: return answer(hub, speaks, TEXT_OFFICER_WORD_USED, values, 2, now, err);
	case OFFICER_ANSWER_NONE: break;
	}
	return 0;
}

static bool is_citizen_word(struct hub *hub, const char *text)
{
	struct citizen_words words;

	words_read(text, hub->settings, NULL, &words);
	return words.verb != VERB_NONE && words.verb != VERB_YES && words.verb != VERB_NO;
}

/* 1, 0: no answer to any order, -1. */
static int word_take(struct hub *hub, const struct officer_speaks *speaks, const char *text, int64_t now,
	const char **ret_answer, struct err *err)
{
	static const char *const names[] = {
		[OFFICER_ANSWER_NONE] = "none",
		[OFFICER_ANSWER_CONFIRMED] = "order confirmed",
		[OFFICER_ANSWER_SECONDED] = "second officer",
		[OFFICER_ANSWER_NO_PIN] = "order: no PIN",
		[OFFICER_ANSWER_WRONG] = "order: wrong word",
		[OFFICER_ANSWER_NO_WORD] = "order: no word",
		[OFFICER_ANSWER_LATE] = "order: late word",
		[OFFICER_ANSWER_USED] = "order: used word",
	};
	struct pendings *pendings = calloc(1, sizeof *pendings);
	struct officer_order *order = calloc(1, sizeof *order);
	int index = -1, result = pendings && order ? 0 : err_set(err, EX_OSERR, "out of memory");

	if (result == 0)
		result = officer_order_each(hub->db, pending_add, pendings, err);
	enum officer_answer which = OFFICER_ANSWER_NONE;
	if (result == 0)
		which = officer_state_judge(pendings->list, pendings->count, speaks->officer.id,
			speaks->officer.may_confirm, &speaks->words, now, &index);
	if (which == OFFICER_ANSWER_WRONG && !officer_word_is_ours(speaks->words.word) && is_citizen_word(hub, text))
		which = OFFICER_ANSWER_NONE;
	if (which != OFFICER_ANSWER_NONE && index >= 0)
		result = officer_order_get(hub->db, pendings->list[index].id, order, err) < 0 ? -1 : 0;
	if (result == 0)
		result = word_apply(hub, speaks, text, which, order, now, err);
	*ret_answer = names[which];
	free(order);
	free(pendings);
	return result != 0 ? -1 : which != OFFICER_ANSWER_NONE;
}

struct drop {
	int64_t officer, ids[OFFICER_ORDERS_MAX];
	int count;
};

static bool drop_add(void *context, const struct officer_order *order)
{
	struct drop *drop = context;

	if (order->officer_id == drop->officer &&
		(order->state == OFFICER_ORDER_WAITING || order->state == OFFICER_ORDER_WAITING_SECOND))
		drop->ids[drop->count++] = order->id;
	return drop->count < OFFICER_ORDERS_MAX;
}

/* All of the officer's that wait for a word. 1, 0: there is none, -1. */
static int drop_take(struct hub *hub, const struct officer_speaks *speaks, int64_t now, struct err *err)
{
	struct drop drop = {.officer = speaks->officer.id};
	struct officer_order *order = calloc(1, sizeof *order);
	int result =
		order ? officer_order_each(hub->db, drop_add, &drop, err) : err_set(err, EX_OSERR, "out of memory");

	for (int i = 0; i < drop.count && result == 0; i++) {
		result = officer_order_get(hub->db, drop.ids[i], order, err) < 0 ? -1 : 0;
		if (result == 0)
			result = officer_apply_over(hub, order, now, err);
	}
	free(order);
	if (result != 0 || drop.count == 0)
		return result;
	if (officer_audit(hub, &speaks->officer, speaks->channel, "order-dropped", "", now, err) != 0)
		return -1;
	return officer_say(hub, &speaks->officer, speaks->channel, TEXT_KEYPAD_CANCELLED, NULL, 0, now, err) != 0 ? -1
														  : 1;
}

/* ---- the status -------------------------------------------------------------------------------------------------- */

static int status_take(struct hub *hub, const struct officer_speaks *speaks, int64_t now, struct err *err)
{
	char why[TEXTS_TEXT_MAX], id[24], reached[24], recipients[24], running[TEXTS_TEXT_MAX] = "";
	struct message_view *view = calloc(1, sizeof *view);

	if (!view)
		return err_set(err, EX_OSERR, "out of memory");
	(void)health_can_alert(hub, why, sizeof why);
	int found = message_view_running(hub->db, hub->settings, now, view, err);
	(void)snprintf(id, sizeof id, "%lld", (long long)view->message.id);
	(void)snprintf(reached, sizeof reached, "%lld", (long long)view->figures.reached);
	(void)snprintf(recipients, sizeof recipients, "%lld", (long long)view->figures.recipients);
	free(view);
	const struct text_value figures[] = {{"id", id}, {"reached", reached}, {"recipients", recipients}};
	if (found > 0)
		(void)texts_fill(hub->texts, TEXT_KEYPAD_PROGRESS, figures, 3, running, sizeof running);
	const struct text_value values[] = {{"status", why}, {"running", running}};
	return found < 0 ? -1 : answer(hub, speaks, TEXT_OFFICER_STATUS, values, 2, now, err);
}

/* ---- one message ------------------------------------------------------------------------------------------------- */

/* An order from a number nobody enrolled is a citizen's message, and worth a line. */
static int stranger_note(struct hub *hub, const struct officer_speaks *speaks, int64_t now, struct err *err)
{
	enum officer_verb verb = speaks->words.verb;

	if (!speaks->words.has_pin || (verb != OFFICER_ALERT && verb != OFFICER_CLEAR && verb != OFFICER_CANCEL))
		return 0;
	log_line(LOG_WARN, "%s: an order from a number that is no officer's; it starts nothing",
		officer_door_name(speaks->channel));
	return audit_add(hub->db, now, hub_clock_source(), "unknown", officer_door_name(speaks->channel),
		"order-stranger", "it starts nothing", err);
}

int officer_orders_take(struct hub *hub, const struct officer_speaks *speaks, const char *text, int64_t now,
	const char **ret_answer, struct err *err)
{
	const struct officer_words *words = &speaks->words;
	int result = 0;

	if (!speaks->known)
		return stranger_note(hub, speaks, now, err);
	*ret_answer = "order";
	switch (words->verb) {
	case OFFICER_NOTHING: return 0;
	case OFFICER_WORD: return word_take(hub, speaks, text, now, ret_answer, err);
	case OFFICER_DROP: return drop_take(hub, speaks, now, err);
	case OFFICER_STATUS: result = status_take(hub, speaks, now, err); break;
	case OFFICER_CANCEL:
		if (words->has_pin && words->number == 0)
			result = drop_take(hub, speaks, now, err);
		if (result != 0) /* what waits for its word is what was meant */
			break;
		/* fallthrough */
	case OFFICER_ALERT:
	case OFFICER_CLEAR:
		result = !words->has_pin ? answer_missing(hub, speaks, now, err)
					 : request_begin(hub, speaks, text,
						   words->verb == OFFICER_ALERT	  ? OFFICER_ORDER_ALERT
						   : words->verb == OFFICER_CLEAR ? OFFICER_ORDER_CLEAR
										  : OFFICER_ORDER_CANCEL,
						   words->number, "", now, err);
		break;
	}
	return result < 0 ? -1 : 1;
}
