/* What citizens send by WhatsApp: kept once, then answered as an SMS is. */
#include "db/inbox.h"
#include "db/limit.h"
#include "db/subscriber.h"
#include "firmware-host/citizen.h"
#include "firmware-host/inbound.h"
#include "firmware-host/json.h"
#include "firmware-host/log.h"
#include "firmware-host/officer_orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *content_name(enum webhook_content content)
{
	switch (content) {
	case WEBHOOK_TEXT: return "text";
	case WEBHOOK_BUTTON: return "button";
	case WEBHOOK_REPLY: return "reply";
	case WEBHOOK_IMAGE: return "image";
	case WEBHOOK_AUDIO: return "audio";
	case WEBHOOK_VIDEO: return "video";
	case WEBHOOK_DOCUMENT: return "document";
	case WEBHOOK_STICKER: return "sticker";
	case WEBHOOK_LOCATION: return "location";
	case WEBHOOK_PHONE: return "phone";
	case WEBHOOK_CARD: return "card";
	case WEBHOOK_REACTION: return "reaction";
	case WEBHOOK_OTHER: return "other";
	}
	return "other";
}

static void detail_put(json_t *json, const char *name, const char *value)
{
	if (value[0])
		json_object_set_new(json, name, json_text(value));
}

/* Everything but the text, for whoever looks at it later. NULL: a plain text has nothing more. */
static char *detail_of(const struct webhook_event *event)
{
	json_t *json = json_object();

	if (event->content != WEBHOOK_TEXT)
		detail_put(json, "type", content_name(event->content));
	detail_put(json, "name", event->person.name);
	detail_put(json, "reply_to", event->reply_to);
	detail_put(json, "choice", event->choice);
	detail_put(json, "media", event->media);
	detail_put(json, "mime", event->mime);
	detail_put(json, "sha256", event->sha256);
	detail_put(json, "file", event->file);
	detail_put(json, "phone", event->shared_phone);
	detail_put(json, "error", event->error);
	if (event->content == WEBHOOK_LOCATION) {
		json_object_set_new(json, "latitude", json_real(event->latitude));
		json_object_set_new(json, "longitude", json_real(event->longitude));
	}
	char *text = json_object_size(json) > 0 ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return text;
}

static const char *address_of(const struct webhook_event *event)
{
	return event->person.phone[0] ? event->person.phone : event->person.user;
}

/* `text`: the event's, an officer's PIN masked. */
static int message_keep(struct hub *hub, const struct webhook_event *event, const char *text, int64_t now,
	int64_t *ret_id, struct err *err)
{
	char *detail = detail_of(event);
	struct inbox_message message = {
		.at = now,
		.sent_at = event->at,
		.text = text,
		.text_length = (int)strlen(text),
		.detail = detail,
	};

	snprintf(message.kind, sizeof message.kind, "whatsapp");
	snprintf(message.bearer, sizeof message.bearer, "whatsapp");
	snprintf(message.sender, sizeof message.sender, "%s", address_of(event));
	snprintf(message.answer, sizeof message.answer, "none");
	int result = inbox_add(hub->db, &message, ret_id, err);
	free(detail);
	return result;
}

/* Both halves of who a person is come to light as they write. A number shared because we asked is theirs. */
static int person_note(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	int64_t at = event->at > 0 && event->at < now ? event->at : now;
	const char *phone = event->content == WEBHOOK_PHONE ? event->shared_phone : event->person.phone;
	struct subscriber who;

	int found = subscriber_find_wired(hub->db, event->person.user, event->person.phone, &who, err);
	if (found < 0)
		return -1;
	/* Counted as their rows are addressed, though WhatsApp may hide the number. */
	const char *address = found > 0 && who.phone[0] ? who.phone : address_of(event);
	if (address[0] && limit_wrote(hub->db, address, at, now, err) != 0)
		return -1;
	return found == 0 ? 0 : subscriber_seen_wired(hub->db, who.id, event->person.user, phone, at, err);
}

/* Webhooks are told at least once: 1 not seen before, 0, -1. */
static int event_fresh(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	if (!event->id[0])
		return 1;
	return inbox_fresh(hub->db, "whatsapp", (const uint8_t *)event->id, (int)strlen(event->id), now, err);
}

int inbound_whatsapp(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	struct citizen_from from = {
		.channel = OUTBOX_WHATSAPP,
		.address = address_of(event),
		.phone = event->person.phone,
		.user = event->person.user,
		.name = event->person.name,
		.sent_at = event->at,
		.event = event,
		.languages = hub->languages,
	};
	char text[WEBHOOK_TEXT_MAX]; /* the event itself stays as it is, should the turn have to be taken again */
	struct officer_speaks officer;
	const char *answer;
	int64_t id;

	int fresh = event_fresh(hub, event, now, err);
	if (fresh <= 0)
		return fresh;
	memcpy(text, event->text, sizeof text);
	if (officer_orders_hear(hub, &from, text, &officer, err) != 0 ||
		message_keep(hub, event, text, now, &id, err) != 0 || person_note(hub, event, now, err) != 0)
		return -1;
	log_line(LOG_INFO, "whatsapp: %s from somebody", content_name(event->content));
	int taken = event->content != WEBHOOK_TEXT ? 0 : officer_orders_take(hub, &officer, text, now, &answer, err);
	officer_orders_forget(&officer);
	if (taken < 0)
		return -1;
	if (taken == 0 && (event->content == WEBHOOK_REACTION || !from.address[0]))
		return 0;
	from.inbox_id = id;
	if (taken == 0 && citizen_answer(hub, &from, text, now, &answer, err) != 0)
		return -1;
	return strcmp(answer, "none") == 0 ? 0 : inbox_set_answer(hub->db, id, answer, err);
}

/* The old number may be somebody else's soon: it is no longer written to unless WhatsApp names the new one. */
int inbound_moved(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	struct inbox_message message = {.at = now, .sent_at = event->at, .text = event->text};
	struct subscriber who;
	int64_t id;

	int fresh = event_fresh(hub, event, now, err);
	if (fresh <= 0)
		return fresh;
	message.text_length = (int)strlen(message.text);
	snprintf(message.kind, sizeof message.kind, "moved");
	snprintf(message.bearer, sizeof message.bearer, "whatsapp");
	snprintf(message.sender, sizeof message.sender, "%s", address_of(event));
	snprintf(message.answer, sizeof message.answer, "none");
	if (inbox_add(hub->db, &message, &id, err) != 0)
		return -1;
	int found = subscriber_find_wired(hub->db, event->previous_user, event->previous_phone, &who, err);
	if (found <= 0)
		return found;
	log_line(LOG_INFO, "whatsapp: a subscriber has another number");
	return subscriber_move(hub->db, who.id, event->person.user, event->person.phone, err);
}
