/* What a person wrote, chose, sent or became; and what became of a message of ours. */
#include "firmware-host/webhook/webhook_private.h"
#include "modem/graph.h"
#include "modem/phone.h"
#include "modem/utf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CARDS_TOLD = 10, NUMBERS_TOLD = 10 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The first of the API's errors. */
static void error_take(const json_t *errors, struct webhook_event *event)
{
	struct graph_error error;

	if (!graph_error_of(json_array_get(errors, 0), &error))
		return;
	event->code = error.code;
	graph_error_tell(&error, event->error, sizeof event->error);
}

/* ---- contents ---------------------------------------------------------------------------------------------------- */

/* Each takes the object named after its type; false: it is not as it should be. */

static bool text_read(const json_t *text, struct webhook_event *event)
{
	const json_t *body = json_object_get(text, "body");

	event->content = WEBHOOK_TEXT;
	webhook_text_take(body, event->text, sizeof event->text);
	return json_is_string(body);
}

static bool button_read(const json_t *button, struct webhook_event *event)
{
	event->content = WEBHOOK_BUTTON;
	webhook_text_take(json_object_get(button, "text"), event->text, sizeof event->text);
	webhook_id_take(json_object_get(button, "payload"), event->choice, sizeof event->choice);
	return event->text[0] || event->choice[0];
}

static bool interactive_read(const json_t *interactive, struct webhook_event *event)
{
	const json_t *reply = json_object_get(interactive, "button_reply");

	if (!reply)
		reply = json_object_get(interactive, "list_reply");
	event->content = WEBHOOK_REPLY;
	webhook_text_take(json_object_get(reply, "title"), event->text, sizeof event->text);
	webhook_id_take(json_object_get(reply, "id"), event->choice, sizeof event->choice);
	return event->text[0] || event->choice[0];
}

static bool media_read(const json_t *media, enum webhook_content content, struct webhook_event *event)
{
	event->content = content;
	webhook_id_take(json_object_get(media, "id"), event->media, sizeof event->media);
	webhook_id_take(json_object_get(media, "sha256"), event->sha256, sizeof event->sha256);
	webhook_text_take(json_object_get(media, "mime_type"), event->mime, sizeof event->mime);
	webhook_text_take(json_object_get(media, "filename"), event->file, sizeof event->file);
	webhook_text_take(json_object_get(media, "caption"), event->text, sizeof event->text);
	return event->media[0] != '\0';
}

static bool image_read(const json_t *media, struct webhook_event *event)
{
	return media_read(media, WEBHOOK_IMAGE, event);
}

static bool audio_read(const json_t *media, struct webhook_event *event)
{
	return media_read(media, WEBHOOK_AUDIO, event);
}

static bool video_read(const json_t *media, struct webhook_event *event)
{
	return media_read(media, WEBHOOK_VIDEO, event);
}

static bool document_read(const json_t *media, struct webhook_event *event)
{
	return media_read(media, WEBHOOK_DOCUMENT, event);
}

static bool sticker_read(const json_t *media, struct webhook_event *event)
{
	return media_read(media, WEBHOOK_STICKER, event);
}

/* Numbers are seen as strings too. NaN: none within the limit. */
static double degrees_of(const json_t *number, double limit)
{
	const char *text = json_string_value(number);
	double degrees = json_is_number(number) ? json_number_value(number) : NAN;

	if (text && *text) {
		char *end;
		degrees = strtod(text, &end);
		if (*end)
			return NAN;
	}
	return fabs(degrees) <= limit ? degrees : NAN;
}

static bool location_read(const json_t *location, struct webhook_event *event)
{
	const char *name = text_of(location, "name"), *address = text_of(location, "address");
	double latitude = degrees_of(json_object_get(location, "latitude"), 90);
	double longitude = degrees_of(json_object_get(location, "longitude"), 180);
	struct utf8_out text;

	if (isnan(latitude) || isnan(longitude))
		return false;
	event->content = WEBHOOK_LOCATION;
	event->latitude = latitude;
	event->longitude = longitude;
	utf8_out_init(&text, event->text, sizeof event->text);
	utf8_put_string(&text, name);
	utf8_put_string(&text, *name && *address ? ", " : "");
	utf8_put_string(&text, address);
	return true;
}

static bool reaction_read(const json_t *reaction, struct webhook_event *event)
{
	event->content = WEBHOOK_REACTION;
	webhook_id_take(json_object_get(reaction, "message_id"), event->reply_to, sizeof event->reply_to);
	webhook_text_take(json_object_get(reaction, "emoji"), event->text, sizeof event->text);
	return json_is_object(reaction);
}

static void card_tell(const json_t *card, struct utf8_out *text)
{
	const char *before = text_of(json_object_get(card, "name"), "formatted_name");
	const json_t *phone;
	size_t i;

	utf8_put_string(text, text->length > 0 ? "\n" : "");
	utf8_put_string(text, before);
	before = *before ? ": " : "";
	json_array_foreach(json_object_get(card, "phones"), i, phone)
	{
		const char *number = text_of(phone, "phone");
		if (i >= NUMBERS_TOLD)
			break;
		utf8_put_string(text, before);
		utf8_put_string(text, *number ? number : text_of(phone, "wa_id"));
		before = ", ";
	}
}

/* The number WhatsApp vouches for: that of the account, else the first as written, which then has its country. */
static bool own_phone_read(const json_t *card, struct webhook_event *event)
{
	const json_t *phone = json_array_get(json_object_get(card, "phones"), 0);
	const char *written = text_of(phone, "phone");
	struct webhook_person person = {.phone = ""};
	char read[PHONE_MAX];

	webhook_person_take(json_object_get(phone, "wa_id"), &person);
	if (!person.phone[0] && written[0] == '+' && phone_read(written, "", read) == NULL)
		(void)snprintf(person.phone, sizeof person.phone, "%s", read);
	memcpy(event->shared_phone, person.phone, sizeof event->shared_phone);
	return event->shared_phone[0] != '\0';
}

static bool contacts_read(const json_t *contacts, struct webhook_event *event)
{
	const json_t *card;
	struct utf8_out text;
	size_t i;

	event->content = WEBHOOK_PHONE;
	if (strcmp(text_of(json_array_get(contacts, 0), "origin"), "contact_request") == 0 &&
		own_phone_read(json_array_get(contacts, 0), event))
		return true;
	event->content = WEBHOOK_CARD;
	utf8_out_init(&text, event->text, sizeof event->text);
	json_array_foreach(contacts, i, card)
	{
		if (i >= CARDS_TOLD)
			break;
		card_tell(card, &text);
	}
	return event->text[0] != '\0';
}

static const struct {
	const char *type;
	bool (*read)(const json_t *object, struct webhook_event *event);
} contents[] = {
	{"text", text_read},
	{"button", button_read},
	{"interactive", interactive_read},
	{"image", image_read},
	{"audio", audio_read},
	{"video", video_read},
	{"document", document_read},
	{"sticker", sticker_read},
	{"location", location_read},
	{"contacts", contacts_read},
	{"reaction", reaction_read},
};

static bool content_read(const json_t *message, const char *type, struct webhook_event *event)
{
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
		if (strcmp(contents[i].type, type) == 0)
			return contents[i].read(json_object_get(message, type), event);
	return false;
}

/* A type without its object comes with its reason among the value's errors. */
static void other_tell(const json_t *value, const json_t *message, struct webhook_event *event)
{
	const json_t *type = json_object_get(message, "type");
	const json_t *unsupported = json_object_get(json_object_get(message, "unsupported"), "type");

	event->content = WEBHOOK_OTHER;
	webhook_text_take(json_is_string(unsupported) ? unsupported : type, event->text, WEBHOOK_WORD_MAX);
	error_take(json_object_get(message, "errors"), event);
	if (event->code == 0 && json_array_size(json_object_get(value, "messages")) == 1)
		error_take(json_object_get(value, "errors"), event);
}

/* ---- a message --------------------------------------------------------------------------------------------------- */

/* The user id is made anew with the number; the number itself may be hidden. There are no contacts. */
static bool moved_read(const json_t *message, const json_t *system, struct webhook_event *event)
{
	static const char *const keys[] = {"wa_id", "new_wa_id", "user_id"};
	const char *type = text_of(system, "type");
	struct webhook_person before = {.phone = ""}, told = {.phone = ""};

	if (strcmp(type, "user_changed_number") != 0 && strcmp(type, "user_changed_user_id") != 0 &&
		strcmp(type, "customer_changed_number") != 0)
		return false;
	webhook_person_take(json_object_get(message, "from"), &before);
	webhook_person_take(json_object_get(message, "from_user_id"), &before);
	webhook_person_take(json_object_get(system, "previous_user_id"), &told);
	memset(&event->person, 0, sizeof event->person);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		webhook_person_take(json_object_get(system, keys[i]), &event->person);
	event->type = WEBHOOK_MOVED;
	/* `from` may be the old identity or the new one already. */
	if (strcmp(before.phone, event->person.phone) != 0)
		memcpy(event->previous_phone, before.phone, sizeof event->previous_phone);
	if (!told.user[0] && strcmp(before.user, event->person.user) != 0)
		told = before;
	memcpy(event->previous_user, told.user, sizeof event->previous_user);
	return (event->person.phone[0] || event->person.user[0]) &&
	       (event->previous_phone[0] || event->previous_user[0]);
}

bool webhook_read_message(const json_t *value, const json_t *message, size_t index, struct webhook_event *event)
{
	const char *type = text_of(message, "type");

	event->type = WEBHOOK_MESSAGE;
	event->at = webhook_time_of(json_object_get(message, "timestamp"));
	webhook_id_take(json_object_get(message, "id"), event->id, sizeof event->id);
	webhook_id_take(
		json_object_get(json_object_get(message, "context"), "id"), event->reply_to, sizeof event->reply_to);
	if (strcmp(type, "system") == 0)
		return moved_read(message, json_object_get(message, "system"), event);
	webhook_person_take(json_object_get(message, "from"), &event->person);
	webhook_person_take(json_object_get(message, "from_user_id"), &event->person);
	webhook_contact_take(value, index, &event->person);
	if (!*type || (!event->person.phone[0] && !event->person.user[0]))
		return false;

	struct webhook_event bare = *event;
	if (content_read(message, type, event))
		return true;
	*event = bare;
	other_tell(value, message, event);
	return true;
}

/* ---- a status ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum webhook_status status;
} statuses[] = {
	{"sent", WEBHOOK_SENT},
	{"delivered", WEBHOOK_DELIVERED},
	{"read", WEBHOOK_READ},
	{"played", WEBHOOK_READ}, /* a voice message */
	{"failed", WEBHOOK_FAILED},
};

static bool status_of(const char *word, enum webhook_status *ret_status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		if (strcmp(statuses[i].word, word) != 0)
			continue;
		*ret_status = statuses[i].status;
		return true;
	}
	return false;
}

bool webhook_read_status(const json_t *value, const json_t *status, size_t index, struct webhook_event *event)
{
	const json_t *pricing = json_object_get(status, "pricing");
	const char *type = text_of(pricing, "type");

	event->type = WEBHOOK_STATUS;
	if (!status_of(text_of(status, "status"), &event->status))
		return false;
	event->at = webhook_time_of(json_object_get(status, "timestamp"));
	webhook_id_take(json_object_get(status, "id"), event->id, sizeof event->id);
	webhook_person_take(json_object_get(status, "recipient_id"), &event->person);
	webhook_person_take(json_object_get(status, "recipient_user_id"), &event->person);
	webhook_contact_take(value, index, &event->person);
	(void)graph_callback_read(text_of(status, "biz_opaque_callback_data"), &event->delivery, &event->attempt);
	error_take(json_object_get(status, "errors"), event);
	webhook_text_take(json_object_get(pricing, "category"), event->category, sizeof event->category);
	event->free_of_charge = strcmp(type, "free_customer_service") == 0 || strcmp(type, "free_entry_point") == 0;
	return event->id[0] || event->delivery != 0;
}
