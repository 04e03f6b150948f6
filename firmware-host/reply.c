#include "firmware-host/reply.h"

#include "db/limit.h"
#include "db/message.h"
#include "db/outbox.h"
#include "modem/bearer.h"
#include "modem/phone.h"
#include "modem/segment.h"

#include <stdio.h>
#include <string.h>

enum { REPLY_LIFE_MS = 24 * 60 * 60 * 1000 };

/* The number of somebody who wrote by WhatsApp, if it is known. 1, 0, -1. */
static int phone_of(struct db *db, const struct correspondent *to, char out[PHONE_MAX], struct err *err)
{
	struct subscriber person;

	if (to->address[0] == '+') {
		snprintf(out, PHONE_MAX, "%.16s", to->address);
		return 1;
	}
	int found = to->subscriber_id != 0 ? subscriber_get(db, to->subscriber_id, &person, err) : 0;
	if (found <= 0 || person.phone[0] == '\0')
		return found < 0 ? -1 : 0;
	snprintf(out, PHONE_MAX, "%.16s", person.phone);
	return 1;
}

/* Chooses the way. `phone` holds the number where it is to be SMS. */
static int way_choose(struct db *db, const struct settings *settings, const struct correspondent *to, int64_t now,
	struct message_reply *reply, char phone[PHONE_MAX], struct err *err)
{
	reply->address = to->address;
	if (to->channel != CHANNEL_WHATSAPP) {
		reply->channel = OUTBOX_SMS;
		if (phone_is_repliable(to->address))
			return 0;
		return err_set(err, EX_UNAVAILABLE, "it came from %.32s, which takes no answer", to->address);
	}
	int open = settings->whatsapp.enabled ? limit_window(db, to->address, now, err) : 0;
	if (open < 0)
		return -1;
	if (open > 0) {
		reply->channel = OUTBOX_WHATSAPP;
		return 0;
	}
	int known = phone_of(db, to, phone, err);
	if (known < 0)
		return -1;
	reply->channel = OUTBOX_SMS;
	reply->address = phone;
	if (known > 0)
		return 0;
	return err_set(err, EX_UNAVAILABLE,
		"WhatsApp takes no answer more than 24 hours after a person wrote, and this one's number is not known; "
		"answer when they write again");
}

int reply_queue(struct db *db, const struct settings *settings, const struct correspondent *to, const char *text,
	int64_t now, int64_t *ret_message, struct err *err)
{
	struct message_reply reply = {
		.subscriber_id = to->subscriber_id, .text = text, .expires_at = now + REPLY_LIFE_MS};
	char folded[MESSAGE_TEXT_MAX], phone[PHONE_MAX];
	unsigned changed;

	if (to->address[0] == '\0')
		return err_set(err, EX_UNAVAILABLE, "its sender was erased: there is nobody to answer");
	if (way_choose(db, settings, to, now, &reply, phone, err) != 0)
		return -1;
	if (reply.channel == OUTBOX_SMS && settings->sms.fold &&
		fold_italian(text, folded, sizeof folded, &changed) >= 0)
		reply.text = folded;
	reply.segments = segment_count(reply.text, NULL);
	if (reply.segments < 1 || reply.segments > BEARER_SEGMENTS_MAX || strlen(reply.text) >= MESSAGE_TEXT_MAX)
		return err_set(
			err, EX_DATAERR, "the answer would take more than %d SMS; shorten it", BEARER_SEGMENTS_MAX);
	return message_create_reply(db, &reply, now, ret_message, err);
}
