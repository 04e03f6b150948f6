#include "modem/graph.h"

#include "modem/utf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPACES_MAX = 4, TO_DIGITS_MIN = 7, TO_DIGITS_MAX = 15 };

#define DIGITS "0123456789"
#define NAMES  "abcdefghijklmnopqrstuvwxyz0123456789_"

size_t graph_characters(const char *text)
{
	size_t count = 0;
	uint32_t code_point;

	while ((code_point = utf8_next(&text)) != 0)
		count += code_point > 0xFFFF ? 2 : 1;
	return count;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* White space that ends a line or is none of a text's own. */
static bool is_break(uint32_t code_point)
{
	return (code_point < ' ' && code_point != 0) || (code_point >= 0x7f && code_point < 0xa0) ||
	       code_point == 0x2028 || code_point == 0x2029;
}

static bool is_blank(uint32_t code_point)
{
	return code_point == ' ' || code_point == 0xa0 || is_break(code_point);
}

void graph_parameter_fold(const char *value, char *out, size_t size)
{
	struct utf8_out folded;
	uint32_t code_point = utf8_next(&value);

	utf8_out_init(&folded, out, size);
	while (code_point != 0) {
		int spaces = 0;
		bool broken = false;

		for (; is_blank(code_point); code_point = utf8_next(&value)) {
			broken = broken || is_break(code_point);
			spaces++;
		}
		if (folded.length == 0 || code_point == 0) /* none at either end */
			spaces = 0;
		if (broken || spaces > SPACES_MAX)
			spaces = spaces > 0;
		while (spaces-- > 0)
			utf8_put(&folded, ' ');
		for (; code_point != 0 && !is_blank(code_point); code_point = utf8_next(&value))
			utf8_put(&folded, code_point);
	}
}

static const struct graph_parameter *parameter_find(
	const struct graph_parameter *parameters, int count, const char *name, size_t length)
{
	for (int i = 0; i < count; i++) {
		char number[16];

		(void)snprintf(number, sizeof number, "%d", i + 1);
		const char *own = parameters[i].name ? parameters[i].name : number;
		if (strlen(own) == length && memcmp(own, name, length) == 0)
			return &parameters[i];
	}
	return NULL;
}

size_t graph_hydrated(const char *body, const struct graph_parameter *parameters, int count)
{
	size_t characters = graph_characters(body);
	const struct graph_parameter *parameter;

	for (const char *open = strstr(body, "{{"); open; open = strstr(open + 2, "{{")) {
		const char *close = strstr(open, "}}");

		if (!close)
			break;
		parameter = parameter_find(parameters, count, open + 2, (size_t)(close - open) - 2);
		if (parameter)
			characters += graph_characters(parameter->value) - (size_t)(close + 2 - open);
	}
	return characters;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static int text_check(const char *text, const char *what, size_t max, struct err *err)
{
	size_t length;

	if (!text || !*text)
		return err_set(err, EX_DATAERR, "%s is empty; write one", what);
	length = graph_characters(text);
	if (length > max)
		return err_set(err, EX_DATAERR, "%s has %zu characters; WhatsApp takes %zu", what, length, max);
	return 0;
}

static int optional_check(const char *text, const char *what, size_t max, struct err *err)
{
	return text && *text ? text_check(text, what, max, err) : 0;
}

static int to_check(const char *to, struct err *err)
{
	size_t digits = strspn(to + (to[0] == '+'), DIGITS);

	if (to[0] != '+' || to[1 + digits] != '\0' || digits < TO_DIGITS_MIN || digits > TO_DIGITS_MAX)
		return err_set(err, EX_DATAERR, "the recipient is no international number with its '+'");
	return 0;
}

/* Two letters, '.', letters and digits; the id of a group of businesses has "ENT." between. */
static int user_check(const char *user, struct err *err)
{
	static const char country[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char after_country[] = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS;
	size_t length = strlen(user);

	if (length < 4 || length >= BEARER_USER_MAX || user[2] != '.' || strspn(user, country) != 2 ||
		strspn(user + 3, after_country) != length - 3)
		return err_set(err, EX_DATAERR, "the recipient is neither a number nor a user id");
	return 0;
}

static int choices_check(const struct graph_message *m, int max, struct err *err)
{
	bool list = m->content == BEARER_LIST;
	size_t id_max = list ? GRAPH_ROW_ID_MAX : GRAPH_BUTTON_ID_MAX;
	size_t title_max = list ? GRAPH_ROW_TITLE_MAX : GRAPH_TITLE_MAX;

	if (m->choice_count < 1 || m->choice_count > max)
		return err_set(err, EX_DATAERR, "%d choices; WhatsApp takes 1 to %d", m->choice_count, max);
	for (int i = 0; i < m->choice_count; i++) {
		const struct graph_choice *choice = &m->choices[i];

		if (text_check(choice->id, "a choice's id", id_max, err) != 0 ||
			text_check(choice->title, "a choice's title", title_max, err) != 0 ||
			optional_check(choice->words, "a choice's description", GRAPH_ROW_WORDS_MAX, err) != 0)
			return -1;
		for (int k = 0; k < i; k++)
			if (strcmp(m->choices[k].id, choice->id) == 0 ||
				(!list && strcmp(m->choices[k].title, choice->title) == 0))
				return err_set(
					err, EX_DATAERR, "two choices are alike; give each its own id and title");
	}
	return 0;
}

/* ---- the JSON ---------------------------------------------------------------------------------------------------- */

/* jansson takes well-formed UTF-8 only; what is not becomes U+FFFD. */
static json_t *string_json(const char *text)
{
	json_t *json = json_string(text);
	size_t size = json ? 0 : strlen(text) * 3 + 1;
	char *whole = json ? NULL : malloc(size);
	struct utf8_out out;

	if (!whole)
		return json;
	utf8_out_init(&out, whole, size);
	utf8_put_string(&out, text);
	json = json_string(whole);
	free(whole);
	return json;
}

static void put(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, string_json(text));
}

static json_t *text_object(const char *text)
{
	json_t *object = json_object();

	put(object, "text", text);
	return object;
}

static json_t *parameter_json(const struct graph_parameter *parameter)
{
	json_t *json = json_pack("{s:s}", "type", "text");

	if (parameter->name)
		put(json, "parameter_name", parameter->name);
	put(json, "text", parameter->value);
	return json;
}

static int parameters_fill(
	const struct graph_message *m, struct graph_parameter *folded, char *room, size_t size, struct err *err)
{
	size_t characters = 0;

	for (int i = 0; i < m->parameter_count; i++) {
		const struct graph_parameter *given = &m->parameters[i];
		size_t need =
			given->value ? strlen(given->value) * 3 + 1 : 1; /* U+FFFD is longer than what it stands for */

		if (need > size)
			return err_set(err, EX_DATAERR, "the template's parameters are too long");
		if ((given->name != NULL) != (m->parameters[0].name != NULL))
			return err_set(err, EX_DATAERR, "a template's parameters go by name or by position, not both");
		if (given->name && (!*given->name || given->name[strspn(given->name, NAMES)] != '\0'))
			return err_set(err, EX_DATAERR, "a template's parameter has a name of a-z, 0-9 and '_'");
		graph_parameter_fold(given->value ? given->value : "", room, size);
		folded[i] = (struct graph_parameter){given->name, room};
		if (!*room)
			return err_set(err, EX_DATAERR, "parameter %d of template %s is empty; WhatsApp refuses that",
				i + 1, m->template);
		characters += graph_characters(room);
		size -= strlen(room) + 1;
		room += strlen(room) + 1;
	}
	if (m->body)
		characters = graph_hydrated(m->body, folded, m->parameter_count);
	if (characters > GRAPH_BODY_MAX)
		return err_set(err, EX_DATAERR,
			"the template with its parameters has %zu characters; WhatsApp takes %d", characters,
			GRAPH_BODY_MAX);
	return 0;
}

static json_t *template_json(const struct graph_message *m, struct err *err)
{
	enum { ROOM = 3 * BEARER_TEXT_MAX + GRAPH_PARAMETERS_MAX };
	struct graph_parameter folded[GRAPH_PARAMETERS_MAX];
	json_t *template = NULL, *parameters;
	char *room = malloc(ROOM);

	if (!room) {
		err_set(err, EX_OSERR, "out of memory");
		return NULL;
	}
	if (text_check(m->template, "the template's name", 512, err) != 0 ||
		text_check(m->language, "the template's language", 15, err) != 0 ||
		parameters_fill(m, folded, room, ROOM, err) != 0)
		goto done;
	template = json_object();
	put(template, "name", m->template);
	json_t *language = json_object();
	put(language, "code", m->language);
	json_object_set_new(template, "language", language);
	if (m->parameter_count == 0)
		goto done;
	parameters = json_array();
	for (int i = 0; i < m->parameter_count; i++)
		json_array_append_new(parameters, parameter_json(&folded[i]));
	json_object_set_new(
		template, "components", json_pack("[{s:s, s:o}]", "type", "body", "parameters", parameters));
done:
	free(room);
	return template;
}

static json_t *buttons_json(const struct graph_message *m)
{
	json_t *buttons = json_array();

	for (int i = 0; i < m->choice_count; i++) {
		json_t *reply = json_object();
		put(reply, "id", m->choices[i].id);
		put(reply, "title", m->choices[i].title);
		json_array_append_new(buttons, json_pack("{s:s, s:o}", "type", "reply", "reply", reply));
	}
	return json_pack("{s:o}", "buttons", buttons);
}

static json_t *list_json(const struct graph_message *m)
{
	json_t *rows = json_array(), *action = json_object();

	for (int i = 0; i < m->choice_count; i++) {
		json_t *row = json_object();
		put(row, "id", m->choices[i].id);
		put(row, "title", m->choices[i].title);
		if (m->choices[i].words && *m->choices[i].words)
			put(row, "description", m->choices[i].words);
		json_array_append_new(rows, row);
	}
	put(action, "button", m->opener);
	json_object_set_new(action, "sections", json_pack("[{s:o}]", "rows", rows));
	return action;
}

static json_t *interactive_json(const struct graph_message *m, const char *type, json_t *action)
{
	json_t *interactive = json_pack("{s:s}", "type", type);

	if (m->header && *m->header) {
		json_t *header = text_object(m->header);
		json_object_set_new(header, "type", json_string("text"));
		json_object_set_new(interactive, "header", header);
	}
	json_object_set_new(interactive, "body", text_object(m->text));
	if (m->footer && *m->footer)
		json_object_set_new(interactive, "footer", text_object(m->footer));
	json_object_set_new(interactive, "action", action);
	return interactive;
}

static json_t *media_json(const struct graph_message *m, struct err *err)
{
	if (!m->media || !graph_media_id_is(m->media)) {
		err_set(err, EX_DATAERR, "no uploaded file is named; upload it first");
		return NULL;
	}
	if (optional_check(m->text, "the text under it", GRAPH_BODY_MAX, err) != 0 ||
		optional_check(m->file_name, "the file's name", GRAPH_FILE_NAME_MAX, err) != 0)
		return NULL;
	json_t *media = json_object();
	put(media, "id", m->media);
	if (m->text && *m->text)
		put(media, "caption", m->text);
	if (m->content == BEARER_DOCUMENT && m->file_name && *m->file_name)
		put(media, "filename", m->file_name);
	return media;
}

/* What goes under the message's type; NULL with err filled when it may not be sent. */
static json_t *content_json(const struct graph_message *m, const char **ret_type, struct err *err)
{
	size_t text_max = m->content == BEARER_TEXT || m->content == BEARER_LIST ? GRAPH_TEXT_MAX : GRAPH_BODY_MAX;

	*ret_type = "interactive";
	if (m->content == BEARER_TEMPLATE) {
		*ret_type = "template";
		return template_json(m, err);
	}
	if (m->content == BEARER_IMAGE || m->content == BEARER_DOCUMENT) {
		*ret_type = m->content == BEARER_IMAGE ? "image" : "document";
		return media_json(m, err);
	}
	if (text_check(m->text, "the text", text_max, err) != 0 ||
		optional_check(m->header, "the header", GRAPH_HEADER_MAX, err) != 0 ||
		optional_check(m->footer, "the footer", GRAPH_HEADER_MAX, err) != 0)
		return NULL;
	switch (m->content) {
	case BEARER_TEXT: {
		json_t *text = json_pack("{s:b}", "preview_url", 0);
		put(text, "body", m->text);
		*ret_type = "text";
		return text;
	}
	case BEARER_BUTTONS:
		return choices_check(m, GRAPH_BUTTONS_MAX, err) == 0 ? interactive_json(m, "button", buttons_json(m))
								     : NULL;
	case BEARER_LIST:
		if (text_check(m->opener, "what opens the list", GRAPH_TITLE_MAX, err) != 0 ||
			choices_check(m, GRAPH_ROWS_MAX, err) != 0)
			return NULL;
		return interactive_json(m, "list", list_json(m));
	case BEARER_REQUEST_LOCATION:
		return interactive_json(m, "location_request_message", json_pack("{s:s}", "name", "send_location"));
	case BEARER_REQUEST_PHONE:
		return interactive_json(m, "request_contact_info", json_pack("{s:s}", "name", "request_contact_info"));
	case BEARER_TEMPLATE:
	case BEARER_IMAGE:
	case BEARER_DOCUMENT:
	case BEARER_MARK_READ: break;
	}
	err_set(err, EX_DATAERR, "this is no message");
	return NULL;
}

static int json_write(json_t *json, char **ret_body, struct err *err)
{
	*ret_body = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return *ret_body ? 0 : err_set(err, EX_OSERR, "out of memory");
}

static int read_request(const struct graph_message *m, char **ret_body, struct err *err)
{
	json_t *json = json_pack("{s:s, s:s}", "messaging_product", "whatsapp", "status", "read");

	if (!m->reply_to || !*m->reply_to) {
		json_decref(json);
		return err_set(err, EX_DATAERR, "no message is named that was read");
	}
	put(json, "message_id", m->reply_to);
	if (m->typing)
		json_object_set_new(json, "typing_indicator", json_pack("{s:s}", "type", "text"));
	return json_write(json, ret_body, err);
}

int graph_request(const struct graph_message *m, char **ret_body, struct err *err)
{
	bool by_phone = m->to && *m->to;
	const char *type;

	if (m->content == BEARER_MARK_READ)
		return read_request(m, ret_body, err);
	if (by_phone ? to_check(m->to, err) != 0 : user_check(m->user ? m->user : "", err) != 0)
		return -1;
	if (optional_check(m->callback, "the callback data", GRAPH_CALLBACK_MAX, err) != 0)
		return -1;
	json_t *content = content_json(m, &type, err);
	if (!content)
		return -1;

	json_t *json = json_pack("{s:s, s:s}", "messaging_product", "whatsapp", "recipient_type", "individual");
	put(json, by_phone ? "to" : "recipient", by_phone ? m->to : m->user);
	if (m->callback && *m->callback)
		put(json, "biz_opaque_callback_data", m->callback);
	if (m->reply_to && *m->reply_to) {
		json_t *context = json_object();
		put(context, "message_id", m->reply_to);
		json_object_set_new(json, "context", context);
	}
	json_object_set_new(json, "type", json_string(type));
	json_object_set_new(json, type, content);
	return json_write(json, ret_body, err);
}

/* ---- the callback data ------------------------------------------------------------------------------------------- */

void graph_callback_write(int64_t delivery, int32_t attempt, char out[GRAPH_CALLBACK_OWN_MAX])
{
	(void)snprintf(out, GRAPH_CALLBACK_OWN_MAX, "d:%" PRId64 ":%" PRId32, delivery, attempt);
}

bool graph_callback_read(const char *text, int64_t *ret_delivery, int32_t *ret_attempt)
{
	char again[GRAPH_CALLBACK_OWN_MAX], *end;
	int64_t delivery, attempt;

	if (strncmp(text, "d:", 2) != 0 || strlen(text) >= sizeof again)
		return false;
	delivery = strtoll(text + 2, &end, 10);
	if (*end != ':')
		return false;
	attempt = strtoll(end + 1, &end, 10);
	if (delivery < 1 || attempt < 0 || attempt > INT32_MAX)
		return false;
	graph_callback_write(delivery, (int32_t)attempt, again); /* only what we would write ourselves */
	if (strcmp(again, text) != 0)
		return false;
	*ret_delivery = delivery;
	*ret_attempt = (int32_t)attempt;
	return true;
}
