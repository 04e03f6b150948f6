#include "firmware-host/message_view.h"

#include "firmware-host/json.h"
#include "firmware-host/order.h"
#include "firmware-host/outlook.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000 };

/* Done: nothing is left to send, and what was sent is reported or has been silent for sms.report_wait. An alert of unknown
 * outcome will be sent again and so is not done; news is never sent again. */
static const char *state_of(const struct message *message, const struct message_figures *figures, bool overtaken,
	const struct settings *settings, int64_t now)
{
	int64_t wait = (int64_t)settings->sms.report_wait_s * SECOND_MS;
	bool alert = message->kind == MESSAGE_ALERT || message->kind == MESSAGE_CLEAR;

	if ((message->stage == STAGE_CANCELLED || overtaken) &&
		figures->sms_cancelled + figures->whatsapp_cancelled > 0)
		return "cancelled";
	if (message->stage == STAGE_EXPIRED)
		return "expired";
	if (message->not_before > now && figures->sms_queued + figures->whatsapp_queued > 0)
		return "scheduled";
	if (figures->sms_queued || figures->sms_sending || figures->whatsapp_queued || figures->whatsapp_sending)
		return "sending";
	if (alert && message->stage == STAGE_OPEN && figures->waiting)
		return "sending";
	if (figures->last_sent_at && now - figures->last_sent_at < wait)
		return "sending";
	return "done";
}

const char *message_view_kind(const struct message *message)
{
	return message->kind == MESSAGE_ALERT && message->about ? "update" : order_kind_to_string(message->kind);
}

/* *ret_overtaken: a newer update took the place of this version. */
static int followers_read(
	struct db *db, const struct message *message, struct message_view *ret, bool *ret_overtaken, struct err *err)
{
	int count = message_followers(db, message->about ? message->about : message->id, ret->followers, err);

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++)
		*ret_overtaken = *ret_overtaken ||
				 (ret->followers[i].kind == MESSAGE_ALERT && ret->followers[i].id > message->id);
	ret->follower_count = message->about ? 0 : count;
	return 0;
}

int message_view_read(struct db *db, const struct settings *settings, int64_t id, int64_t now, struct message_view *ret,
	struct err *err)
{
	int found = message_get(db, id, &ret->message, err);
	if (found <= 0)
		return found;
	if (message_figures(db, id, &ret->figures, err) != 0)
		return -1;
	ret->follower_count = 0;
	bool overtaken = false;
	if (ret->message.kind == MESSAGE_ALERT && followers_read(db, &ret->message, ret, &overtaken, err) != 0)
		return -1;
	ret->state = state_of(&ret->message, &ret->figures, overtaken, settings, now);
	return outlook_eta(settings, db, &ret->message, &ret->figures, now, &ret->eta, err) == 0 ? 1 : -1;
}

enum { NEWEST = 20 };

struct newest {
	int count;
	int64_t ids[NEWEST];
};

static bool newest_add(void *context, const struct message *message)
{
	struct newest *newest = context;

	if (message->kind == MESSAGE_ALERT && message->stage == STAGE_OPEN)
		newest->ids[newest->count++] = message->id;
	return newest->count < NEWEST;
}

int message_view_running(
	struct db *db, const struct settings *settings, int64_t now, struct message_view *ret, struct err *err)
{
	struct newest newest = {0};

	if (message_each(db, false, NEWEST, newest_add, &newest, err) != 0)
		return -1;
	for (int i = 0; i < newest.count; i++) {
		int found = message_view_read(db, settings, newest.ids[i], now, ret, err);
		if (found < 0)
			return -1;
		if (found > 0 && (strcmp(ret->state, "sending") == 0 || strcmp(ret->state, "scheduled") == 0))
			return 1;
	}
	return 0;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *time_json(int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	return ms ? json_string(when_rfc3339(ms, text)) : json_null();
}

static json_t *count_json(int64_t count)
{
	return json_integer((json_int_t)count);
}

static json_t *sms_json(const struct message_figures *figures)
{
	json_t *json = json_object();

	json_object_set_new(json, "queued", count_json(figures->sms_queued));
	json_object_set_new(json, "sending", count_json(figures->sms_sending));
	json_object_set_new(json, "sent", count_json(figures->sms_sent));
	json_object_set_new(json, "delivered", count_json(figures->sms_delivered));
	json_object_set_new(json, "failed", count_json(figures->sms_failed));
	json_object_set_new(json, "unknown", count_json(figures->sms_unknown));
	json_object_set_new(json, "cancelled", count_json(figures->sms_cancelled));
	return json;
}

static json_t *whatsapp_json(const struct message_figures *figures)
{
	json_t *json = json_object();

	json_object_set_new(json, "queued", count_json(figures->whatsapp_queued));
	json_object_set_new(json, "sending", count_json(figures->whatsapp_sending));
	json_object_set_new(json, "accepted", count_json(figures->whatsapp_accepted));
	json_object_set_new(json, "delivered", count_json(figures->whatsapp_delivered));
	json_object_set_new(json, "read", count_json(figures->whatsapp_read));
	json_object_set_new(json, "failed", count_json(figures->whatsapp_failed));
	json_object_set_new(json, "held", count_json(figures->whatsapp_held));
	json_object_set_new(json, "unknown", count_json(figures->whatsapp_unknown));
	json_object_set_new(json, "cancelled", count_json(figures->whatsapp_cancelled));
	return json;
}

const char *message_view_row_state(enum outbox_state state)
{
	switch (state) {
	case OUTBOX_QUEUED: return "queued";
	case OUTBOX_SENDING: return "sending";
	case OUTBOX_SENT: return "sent";
	case OUTBOX_DELIVERED: return "delivered";
	case OUTBOX_FAILED: return "failed";
	case OUTBOX_UNKNOWN: return "unknown";
	case OUTBOX_CANCELLED: return "cancelled";
	}
	return "?";
}

static const char *attempt_state(enum attempt_state state)
{
	switch (state) {
	case ATTEMPT_SENDING: return "sending";
	case ATTEMPT_ACCEPTED: return "accepted";
	case ATTEMPT_AWAITING: return "sent";
	case ATTEMPT_DELIVERED: return "delivered";
	case ATTEMPT_FAILED: return "failed";
	case ATTEMPT_UNKNOWN: return "unknown";
	case ATTEMPT_UNREPORTED: return "unreported";
	}
	return "?";
}

static const char *channel_name(enum outbox_channel channel)
{
	return channel == OUTBOX_SMS ? "sms" : "whatsapp";
}

/* What WhatsApp showed is "read" rather than "delivered" where it is known. */
const char *message_view_person_state(enum outbox_channel channel, enum outbox_state state, enum outbox_wired wired)
{
	if (channel == OUTBOX_WHATSAPP && state == OUTBOX_DELIVERED && wired == WIRED_READ)
		return "read";
	if (channel == OUTBOX_WHATSAPP && state == OUTBOX_SENT)
		return "accepted";
	if (channel == OUTBOX_WHATSAPP && state == OUTBOX_UNKNOWN && wired == WIRED_HELD)
		return "held";
	return message_view_row_state(state);
}

static bool recipient_add(void *context, const struct outbox_row *row, bool reached, const char *error,
	const struct attempt *attempts, int count)
{
	json_t *list = context, *json = json_object(), *tries = json_array();

	for (int i = 0; i < count; i++) {
		json_t *try = json_object();
		json_object_set_new(try, "channel", json_string(channel_name(attempts[i].channel)));
		json_object_set_new(try, "bearer", json_text(attempts[i].bearer));
		json_object_set_new(try, "segment", json_integer(attempts[i].segment + 1));
		json_object_set_new(try, "state", json_string(attempt_state(attempts[i].state)));
		json_object_set_new(try, "at", time_json(attempts[i].at));
		json_object_set_new(try, "settled", time_json(attempts[i].settled_at));
		json_object_set_new(try, "repeat", json_boolean(attempts[i].repeat));
		json_object_set_new(try, "mr", attempts[i].mr >= 0 ? json_integer(attempts[i].mr) : json_null());
		json_object_set_new(try, "error", attempts[i].error[0] ? json_text(attempts[i].error) : json_null());
		json_array_append_new(tries, try);
	}
	json_object_set_new(json, "phone", json_text(row->address));
	json_object_set_new(json, "reached", json_boolean(reached));
	json_object_set_new(json, "channel", json_string(channel_name(row->channel)));
	json_object_set_new(
		json, "state", json_string(message_view_person_state(row->channel, row->state, row->wired)));
	json_object_set_new(json, "error", error[0] ? json_text(error) : json_null());
	json_object_set_new(json, "attempts", tries);
	json_array_append_new(list, json);
	return true;
}

static json_t *followers_json(const struct message_view *view, enum message_kind kind)
{
	json_t *list = json_array();

	for (int i = view->follower_count; i-- > 0;)
		if (view->followers[i].kind == kind)
			json_array_append_new(list, count_json(view->followers[i].id));
	return list;
}

json_t *message_view_json(const struct message_view *view)
{
	const struct message *message = &view->message;
	const struct message_figures *figures = &view->figures;
	json_t *json = json_object();

	json_object_set_new(json, "id", count_json(message->id));
	json_object_set_new(json, "kind", json_string(order_kind_to_string(message->kind)));
	json_object_set_new(
		json, "colour", message->colour ? json_string(order_colour_to_string(message->colour)) : json_null());
	json_object_set_new(json, "exercise", json_boolean(message->exercise));
	json_object_set_new(json, "state", json_string(view->state));
	json_object_set_new(json, "created", time_json(message->created_at));
	json_object_set_new(json, "at", time_json(message->not_before));
	json_object_set_new(json, "expires", time_json(message->expires_at));
	json_object_set_new(json, "text", json_text(message->text));
	json_object_set_new(json, "parts", json_integer(message->segments));
	json_object_set_new(json, "about", message->about ? count_json(message->about) : json_null());
	json_object_set_new(json, "updates", followers_json(view, MESSAGE_ALERT));
	json_object_set_new(json, "clears", followers_json(view, MESSAGE_CLEAR));
	json_object_set_new(json, "recipients", count_json(figures->recipients));
	json_object_set_new(json, "reached", count_json(figures->reached));
	json_object_set_new(json, "unreached", count_json(figures->recipients - figures->reached));
	json_object_set_new(json, "sms", sms_json(figures));
	json_object_set_new(json, "whatsapp", whatsapp_json(figures));
	json_object_set_new(json, "segments_sent", count_json(figures->segments_sent));
	json_object_set_new(json, "eta", time_json(view->eta));
	return json;
}

int message_view_print_json(struct db *db, const struct message_view *view, bool recipients, struct err *err)
{
	json_t *json = message_view_json(view);
	int result = 0;

	if (recipients) {
		json_t *list = json_array();
		result = outbox_each(db, view->message.id, recipient_add, list, err);
		json_object_set_new(json, "people", list);
	}
	if (result == 0)
		json_print(json);
	json_decref(json);
	return result;
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void line_print(const char *name, int64_t count)
{
	if (count > 0)
		printf("  %-10s %lld\n", name, (long long)count);
}

static void whatsapp_print(const struct message_figures *figures)
{
	int64_t all = figures->whatsapp_queued + figures->whatsapp_sending + figures->whatsapp_accepted +
		      figures->whatsapp_delivered + figures->whatsapp_read + figures->whatsapp_failed +
		      figures->whatsapp_held + figures->whatsapp_unknown + figures->whatsapp_cancelled;

	if (all == 0)
		return;
	printf("by WhatsApp\n");
	line_print("queued", figures->whatsapp_queued);
	line_print("sending", figures->whatsapp_sending);
	line_print("accepted", figures->whatsapp_accepted);
	line_print("delivered", figures->whatsapp_delivered);
	line_print("read", figures->whatsapp_read);
	line_print("held", figures->whatsapp_held);
	line_print("unknown", figures->whatsapp_unknown);
	line_print("failed", figures->whatsapp_failed);
	line_print("cancelled", figures->whatsapp_cancelled);
	printf("by SMS\n");
}

void message_view_print(const struct message_view *view)
{
	const struct message *message = &view->message;
	const struct message_figures *figures = &view->figures;
	char text[WHEN_TEXT_MAX];

	printf("%s %lld", message_view_kind(message), (long long)message->id);
	if (message->about)
		printf(" of alert %lld", (long long)message->about);
	printf("%s%s%s: %s\n", message->colour ? ", " : "", order_colour_to_string(message->colour),
		message->exercise ? ", exercise" : "", view->state);
	printf("%s\n\n", message->text);
	printf("  %-10s %s\n", "created", when_rfc3339(message->created_at, text));
	if (message->not_before)
		printf("  %-10s %s\n", "at", when_rfc3339(message->not_before, text));
	for (int i = view->follower_count; i-- > 0;)
		printf("  %-10s %lld%s\n", view->followers[i].kind == MESSAGE_CLEAR ? "all-clear" : "update",
			(long long)view->followers[i].id,
			view->followers[i].stage == STAGE_CANCELLED ? ", cancelled" : "");
	printf("  %-10s %lld\n", "recipients", (long long)figures->recipients);
	printf("  %-10s %lld\n", "reached", (long long)figures->reached);
	if (view->eta)
		printf("  %-10s %s\n", "last about", when_rfc3339(view->eta, text));
	whatsapp_print(figures);
	line_print("queued", figures->sms_queued);
	line_print("sending", figures->sms_sending);
	line_print("sent", figures->sms_sent);
	line_print("delivered", figures->sms_delivered);
	line_print("failed", figures->sms_failed);
	line_print("unknown", figures->sms_unknown);
	line_print("cancelled", figures->sms_cancelled);
	line_print("segments", figures->segments_sent);
}
