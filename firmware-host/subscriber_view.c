#include "firmware-host/subscriber_view.h"

#include "firmware-host/json.h"
#include "firmware-host/subscriber_csv.h"
#include "firmware-host/when.h"

#include <string.h>

static json_t *time_json(int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	return ms != 0 ? json_string(when_rfc3339(ms, text)) : json_null();
}

static json_t *words_json(const char *text)
{
	return json_written(text, strlen(text));
}

static json_t *topics_json(const char *topics)
{
	json_t *list = json_array();

	while (*topics) {
		size_t length = strcspn(topics, "|");
		json_array_append_new(list, json_stringn(topics, length));
		topics += length + (topics[length] == '|');
	}
	return list;
}

static bool consent_collect(void *context, const struct consent *consent)
{
	json_array_append_new(
		context, json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "at", time_json(consent->at), "clock",
				 consent->clock, "purpose", consent->purpose, "action", consent->action, "channel",
				 consent->channel, "words", words_json(consent->words), "given_at",
				 words_json(consent->given_at), "notice", consent->notice));
	return true;
}

json_t *subscriber_view_json(const struct subscriber *subscriber)
{
	return json_pack("{s:s, s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:I, s:o}", "phone", subscriber->phone, "name",
		words_json(subscriber->name), "channel", subscriber_csv_channel_to_string((int)subscriber->channel),
		"zone", subscriber->zone, "topics", topics_json(subscriber->topics), "language", subscriber->language,
		"state", subscriber->state == SUBSCRIBER_ACTIVE ? "active" : "left", "joined",
		time_json(subscriber->joined_at), "left", time_json(subscriber->left_at), "id",
		(json_int_t)subscriber->id, "whatsapp", words_json(subscriber->whatsapp_id));
}

int subscriber_view_json_whole(struct db *db, const struct subscriber *subscriber, json_t **ret_json, struct err *err)
{
	json_t *json = subscriber_view_json(subscriber), *consents = json_array();

	if (!json || !consents || consent_each(db, subscriber->id, consent_collect, consents, err) < 0) {
		int result = !json || !consents ? err_set(err, EX_OSERR, "out of memory") : -1;
		json_decref(json);
		json_decref(consents);
		return result;
	}
	json_object_set_new(json, "consents", consents);
	*ret_json = json;
	return 0;
}
