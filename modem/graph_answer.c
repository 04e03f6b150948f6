#include "modem/graph.h"

#include "modem/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *answer_load(const char *body, size_t length)
{
	return body ? json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* A text cut short would be another's id, so one too long is none. */
static void text_take(const json_t *object, const char *key, char *out, size_t size)
{
	const char *text = text_of(object, key);

	(void)snprintf(out, size, "%s", strlen(text) < size ? text : "");
}

bool graph_sent_read(const char *body, size_t length, struct graph_sent *ret_sent)
{
	json_t *answer = answer_load(body, length);
	const json_t *message = json_array_get(json_object_get(answer, "messages"), 0);
	const json_t *contact = json_array_get(json_object_get(answer, "contacts"), 0);
	const char *status = text_of(message, "message_status");
	bool is_answer = text_of(message, "id")[0] != '\0';

	*ret_sent = (struct graph_sent){.status = GRAPH_ACCEPTED};
	text_take(message, "id", ret_sent->id, sizeof ret_sent->id);
	text_take(contact, "wa_id", ret_sent->wa_id, sizeof ret_sent->wa_id);
	text_take(contact, "user_id", ret_sent->user, sizeof ret_sent->user);
	if (strcmp(status, "held_for_quality_assessment") == 0)
		ret_sent->status = GRAPH_HELD;
	else if (strcmp(status, "paused") == 0)
		ret_sent->status = GRAPH_PAUSED;
	json_decref(answer);
	return is_answer;
}

bool graph_success_read(const char *body, size_t length)
{
	json_t *answer = answer_load(body, length);
	bool success = json_is_true(json_object_get(answer, "success"));

	json_decref(answer);
	return success;
}

/* ---- media ------------------------------------------------------------------------------------------------------- */

bool graph_media_id_is(const char *id)
{
	size_t length = strlen(id);

	return length > 0 && length < GRAPH_MEDIA_ID_MAX && strspn(id, "0123456789") == length;
}

bool graph_media_id_read(const char *body, size_t length, char ret_id[GRAPH_MEDIA_ID_MAX])
{
	json_t *answer = answer_load(body, length);

	text_take(answer, "id", ret_id, GRAPH_MEDIA_ID_MAX);
	json_decref(answer);
	return graph_media_id_is(ret_id);
}

/* A number, or a string of one. */
static int64_t size_of(const json_t *json)
{
	const char *text = json_string_value(json);
	char *end;

	if (json_is_integer(json))
		return json_integer_value(json) >= 0 ? json_integer_value(json) : -1;
	if (!text || *text < '0' || *text > '9')
		return -1;
	long long size = strtoll(text, &end, 10);
	return *end == '\0' ? size : -1;
}

bool graph_media_read(const char *body, size_t length, struct graph_media *ret_media)
{
	json_t *answer = answer_load(body, length);

	text_take(answer, "url", ret_media->url, sizeof ret_media->url);
	text_take(answer, "mime_type", ret_media->type, sizeof ret_media->type);
	text_take(answer, "sha256", ret_media->sha256, sizeof ret_media->sha256);
	ret_media->size = size_of(json_object_get(answer, "file_size"));
	json_decref(answer);
	return ret_media->url[0] != '\0';
}

bool graph_is_answer(const char *body, size_t length)
{
	json_t *answer = answer_load(body, length);
	bool is_answer = json_object_get(answer, "id") || json_object_get(answer, "health_status") ||
			 json_object_get(answer, "error");

	json_decref(answer);
	return is_answer;
}

/* ---- health ------------------------------------------------------------------------------------------------------ */

static enum graph_health health_of(const json_t *object)
{
	const char *can = text_of(object, "can_send_message");

	if (strcmp(can, "AVAILABLE") == 0)
		return GRAPH_AVAILABLE;
	if (strcmp(can, "LIMITED") == 0)
		return GRAPH_LIMITED;
	return strcmp(can, "BLOCKED") == 0 ? GRAPH_BLOCKED : GRAPH_HEALTH_UNKNOWN;
}

static void health_why(const json_t *status, enum graph_health health, char why[BEARER_WHY_MAX])
{
	const json_t *entity, *error;
	size_t i;

	json_array_foreach(json_object_get(status, "entities"), i, entity)
	{
		error = json_array_get(json_object_get(entity, "errors"), 0);
		if (health_of(entity) != health || !error)
			continue;
		char masked[BEARER_WHY_MAX];
		graph_mask(text_of(error, "error_description"), masked, sizeof masked);
		(void)snprintf(why, BEARER_WHY_MAX, "%lld %.120s",
			(long long)json_integer_value(json_object_get(error, "error_code")), masked);
		return;
	}
}

enum graph_health graph_health_read(const char *body, size_t length, char why[BEARER_WHY_MAX])
{
	json_t *answer = answer_load(body, length);
	const json_t *status = json_object_get(answer, "health_status");
	enum graph_health health = health_of(status);

	why[0] = '\0';
	if (health == GRAPH_LIMITED || health == GRAPH_BLOCKED)
		health_why(status, health, why);
	json_decref(answer);
	return health;
}
