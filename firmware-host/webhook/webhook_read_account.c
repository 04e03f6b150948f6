/* What is told of no message: errors, templates, the account, preferences. */
#include "firmware-host/webhook/webhook_private.h"
#include "modem/graph.h"
#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum { REMARK_DEPTH = 4 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* A string, or a number as text. */
static void word_take(const json_t *word, char *out, size_t size)
{
	if (json_is_integer(word))
		(void)snprintf(out, size, "%lld", (long long)json_integer_value(word));
	else
		webhook_text_take(word, out, size);
}

/* ---- remarks ----------------------------------------------------------------------------------------------------- */

/* A word of the API's vocabulary, which may be as long as a token but holds no digit. */
static bool is_vocabulary(const char *word)
{
	return word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
}

static void remark_put_word(struct utf8_out *remark, const char *key, const json_t *value)
{
	char word[256], masked[256];

	word_take(value, word, sizeof word);
	if (!word[0] || strcmp(word, "NONE") == 0)
		return;
	graph_mask(word, masked, sizeof masked);
	utf8_put_string(remark, remark->length > 0 ? ", " : "");
	utf8_put_string(remark, key);
	utf8_put_string(remark, ": ");
	utf8_put_string(remark, is_vocabulary(word) ? word : masked);
}

static void remark_put(struct utf8_out *remark, const char *key, json_t *json, int depth)
{
	const char *inner;
	json_t *value;
	size_t i;

	if (depth == 0 || remark->full)
		return;
	json_object_foreach(json, inner, value)
	{
		remark_put(remark, inner, value, depth - 1);
	}
	json_array_foreach(json, i, value)
	{
		remark_put(remark, key, value, depth - 1);
	}
	if (!json_is_object(json) && !json_is_array(json))
		remark_put_word(remark, key, json);
}

/* "reason: ABUSIVE_CONTENT, recommendation: …": what the named members say, whatever their shape; all of them when none is
 * named. */
static void remark_take(json_t *value, const char *const *keys, char *out, size_t size)
{
	struct utf8_out remark;

	utf8_out_init(&remark, out, size);
	if (!keys)
		remark_put(&remark, "", value, REMARK_DEPTH);
	for (; keys && *keys; keys++)
		remark_put(&remark, *keys, json_object_get(value, *keys), REMARK_DEPTH);
}

/* ---- templates --------------------------------------------------------------------------------------------------- */

static const struct {
	const char *field, *word;
	const char *remarks[6];
} templates[] = {
	{"message_template_status_update", "event", {"reason", "disable_info", "other_info", "rejection_info"}},
	{"message_template_quality_update", "new_quality_score", {"previous_quality_score"}},
	{"template_category_update", "new_category", {"previous_category", "correct_category"}},
	{"message_template_components_update", "event", {NULL}},
};

bool webhook_read_template(json_t *value, struct webhook_event *event)
{
	size_t i = 0;

	while (i < sizeof templates / sizeof *templates && strcmp(templates[i].field, event->field) != 0)
		i++;
	if (i == sizeof templates / sizeof *templates)
		return false;
	event->type = WEBHOOK_TEMPLATE;
	webhook_id_take(json_object_get(value, "message_template_name"), event->template, sizeof event->template);
	webhook_id_take(json_object_get(value, "message_template_language"), event->language, sizeof event->language);
	/* Asked for as "en_US", told as "en-US". */
	for (char *at = event->language; *at; at++)
		*at = *at == '-' ? '_' : *at;
	webhook_text_take(json_object_get(value, templates[i].word), event->word, sizeof event->word);
	webhook_text_take(json_object_get(value, "correct_category"), event->category, sizeof event->category);
	remark_take(value, templates[i].remarks, event->remark, sizeof event->remark);
	return event->template[0] != '\0';
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

static bool is_account_field(const char *field)
{
	return starts_with(field, "account_") || starts_with(field, "phone_number_") ||
	       starts_with(field, "business_") || strcmp(field, "security") == 0;
}

bool webhook_read_account(json_t *value, struct webhook_event *event)
{
	static const char *const words[] = {"event", "decision", "alert_type", "max_daily_conversations_per_business"};

	if (!is_account_field(event->field))
		return false;
	event->type = WEBHOOK_ACCOUNT;
	for (size_t i = 0; i < sizeof words / sizeof *words && !event->word[0]; i++)
		word_take(json_object_get(value, words[i]), event->word, sizeof event->word);
	if (!event->word[0])
		webhook_text_take(json_object_get(json_object_get(value, "alert_info"), "alert_type"), event->word,
			sizeof event->word);
	if (!event->word[0])
		(void)snprintf(event->word, sizeof event->word, "%s", event->field);
	remark_take(value, NULL, event->remark, sizeof event->remark);
	return true;
}

bool webhook_read_error(const json_t *value, const json_t *json, size_t index, struct webhook_event *event)
{
	struct graph_error error;

	(void)value;
	(void)index;

	if (!graph_error_of(json, &error))
		return false;
	event->type = WEBHOOK_ACCOUNT;
	event->code = error.code;
	(void)snprintf(event->word, sizeof event->word, "errors");
	graph_error_tell(&error, event->error, sizeof event->error);
	return true;
}

/* ---- preferences ------------------------------------------------------------------------------------------------- */

bool webhook_read_preference(const json_t *value, const json_t *preference, size_t index, struct webhook_event *event)
{
	const char *choice = text_of(preference, "value");

	event->type = WEBHOOK_PREFERENCE;
	event->at = webhook_time_of(json_object_get(preference, "timestamp"));
	webhook_person_take(json_object_get(preference, "wa_id"), &event->person);
	webhook_person_take(json_object_get(preference, "user_id"), &event->person);
	webhook_contact_take(value, index, &event->person);
	event->stop = strcmp(choice, "stop") == 0;
	return strcmp(text_of(preference, "category"), "marketing_messages") == 0 &&
	       (event->stop || strcmp(choice, "resume") == 0 || strcmp(choice, "signup") == 0) &&
	       (event->person.phone[0] || event->person.user[0]);
}
