/* What the platform refuses when a template is created or edited. */
#include "tests/graph-sim/shape.h"
#include "tests/graph-sim/template_use.h"
#include "tests/graph-sim/templates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	TOO_LONG = 2388040,
	HEADER_WRONG = 2388047,
	BODY_WRONG = 2388072,
	FOOTER_WRONG = 2388073,
	TOO_MANY = 2388293,
	AT_THE_EDGE = 2388299
};
enum {
	HEADER_MAX = 60,
	BODY_MAX = 1024,
	FOOTER_MAX = 60,
	BUTTON_MAX = 25,
	URL_MAX = 2000,
	BUTTONS_MAX = 10,
	WORDS_EACH = 2
};

#define END                                        \
	{                                          \
		NULL, SHAPE_ANY, false, 0, NULL, 0 \
	}

static const struct member button[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0}, {"text", SHAPE_TEXT, false, 0, NULL, 0},
	{"url", SHAPE_TEXT, false, 0, NULL, 0}, {"phone_number", SHAPE_TEXT, false, 20, NULL, 0},
	{"example", SHAPE_ANY, false, 0, NULL, 0}, END};
static const struct member component[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0},
	{"format", SHAPE_TEXT, false, 0, NULL, 0}, {"text", SHAPE_TEXT, false, 0, NULL, 0},
	{"example", SHAPE_OBJECT, false, 0, NULL, 0}, {"buttons", SHAPE_LIST, false, 0, button, 0},
	{"add_security_recommendation", SHAPE_BOOL, false, 0, NULL, 0},
	{"code_expiration_minutes", SHAPE_NUMBER, false, 0, NULL, 0}, END};
static const struct member whole[] = {{"name", SHAPE_TEXT, true, 512, NULL, 0},
	{"language", SHAPE_TEXT, true, 0, NULL, 0}, {"category", SHAPE_TEXT, true, 0, NULL, 0},
	{"components", SHAPE_LIST, true, 0, component, 0}, {"parameter_format", SHAPE_TEXT, false, 0, NULL, 0},
	{"message_send_ttl_seconds", SHAPE_NUMBER, false, 0, NULL, 0},
	{"allow_category_change", SHAPE_BOOL, false, 0, NULL, 0},
	{"cta_url_link_tracking_opted_out", SHAPE_BOOL, false, 0, NULL, 0}, END};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static bool refuse(struct reply *ret, int subcode, const char *details)
{
	*ret = reply_subcode(100, subcode, details);
	return false;
}

/* Names or numbers that follow each other, not side by side; `edges`: nor at the ends. */
static bool check_placeholders(const char *text, bool named, bool edges, int wrong, struct reply *ret)
{
	char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX], number[PLACEHOLDER_MAX];
	int count = placeholders(text, names);

	if (count < 0)
		return refuse(ret, wrong, "Variables need both braces, a name, and may not be too many");
	for (int i = 0; i < count; i++) {
		snprintf(number, sizeof number, "%d", i + 1);
		size_t plain = strspn(names[i], named ? "abcdefghijklmnopqrstuvwxyz0123456789_" : "0123456789");
		if (names[i][plain] != '\0' || (named && isdigit((unsigned char)names[i][0])) ||
			(!named && strcmp(names[i], number) != 0))
			return refuse(ret, wrong, "Variables must be {{1}}, {{2}}, … in order, or lower-case names");
	}
	if (strstr(text, "}}{{") != NULL)
		return refuse(ret, wrong, "Variables may not stand side by side");
	size_t length = strlen(text);
	if (edges && count > 0 && (strncmp(text, "{{", 2) == 0 || (length > 1 && strcmp(text + length - 2, "}}") == 0)))
		return refuse(ret, AT_THE_EDGE, "Variables can't be at the start or end of the template");
	return true;
}

static unsigned count_words(const char *text)
{
	unsigned words = 0;

	while (*(text += strspn(text, " \n\t")) != '\0') {
		words += strncmp(text, "{{", 2) != 0;
		text += strcspn(text, " \n\t");
	}
	return words;
}

/* An example value for each variable. */
static bool has_examples(const json_t *part, const char *text, bool named, bool header)
{
	char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX];
	const json_t *example = json_object_get(part, "example");
	size_t wanted = (size_t)placeholders(text, names);

	if (wanted == 0)
		return true;
	if (named)
		return json_array_size(json_object_get(
			       example, header ? "header_text_named_params" : "body_text_named_params")) == wanted;
	const json_t *values = json_object_get(example, header ? "header_text" : "body_text");
	return json_array_size(header ? values : json_array_get(values, 0)) == wanted;
}

static bool check_header(const json_t *part, bool named, struct reply *ret)
{
	const char *format = text_of(part, "format"), *text = text_of(part, "text");
	char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX];

	if (strcmp(format, "LOCATION") == 0)
		return true;
	if (strcmp(format, "IMAGE") == 0 || strcmp(format, "DOCUMENT") == 0 || strcmp(format, "VIDEO") == 0)
		return json_array_size(json_object_get(json_object_get(part, "example"), "header_handle")) == 1 ||
		       refuse(ret, HEADER_WRONG, "A media header needs example.header_handle");
	if (strcmp(format, "TEXT") != 0 || *text == '\0' || strpbrk(text, "\n*_~") != NULL)
		return refuse(ret, HEADER_WRONG, "Header: text without new lines and formatting is expected");
	if (text_characters(text) > HEADER_MAX)
		return refuse(ret, TOO_LONG, "Header is longer than 60 characters");
	if (!check_placeholders(text, named, false, HEADER_WRONG, ret))
		return false;
	if (placeholders(text, names) > 1)
		return refuse(ret, HEADER_WRONG, "Header may have one variable");
	return has_examples(part, text, named, true) ||
	       refuse(ret, HEADER_WRONG, "Header variables need example values");
}

static bool check_body(const json_t *part, bool named, struct reply *ret)
{
	const char *text = text_of(part, "text");
	char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX];

	if (*text == '\0')
		return refuse(ret, BODY_WRONG, "Body needs text");
	if (text_characters(text) > BODY_MAX)
		return refuse(ret, TOO_LONG, "Body is longer than 1024 characters");
	if (!check_placeholders(text, named, true, BODY_WRONG, ret))
		return false;
	int count = placeholders(text, names);
	if (count > 0 && count_words(text) < (unsigned)count * WORDS_EACH + 1)
		return refuse(ret, TOO_MANY, "This template has too many variables for its length");
	return has_examples(part, text, named, false) || refuse(ret, BODY_WRONG, "Body variables need example values");
}

static bool check_footer(const json_t *part, struct reply *ret)
{
	const char *text = text_of(part, "text");

	if (*text == '\0' || strchr(text, '\n') != NULL || strstr(text, "{{") != NULL)
		return refuse(ret, FOOTER_WRONG, "Footer: one line without variables is expected");
	return text_characters(text) <= FOOTER_MAX || refuse(ret, TOO_LONG, "Footer is longer than 60 characters");
}

static bool check_buttons(const json_t *part, struct reply *ret)
{
	const json_t *buttons = json_object_get(part, "buttons"), *one;
	unsigned urls = 0, phones = 0, changes = 0;
	bool was_reply = false;
	size_t i;

	if (json_array_size(buttons) == 0 || json_array_size(buttons) > BUTTONS_MAX)
		return refuse(ret, 2388019, "From 1 to 10 buttons");
	json_array_foreach(buttons, i, one)
	{
		const char *type = text_of(one, "type"), *url = text_of(one, "url"), *variable = strstr(url, "{{");
		bool is_reply = strcmp(type, "QUICK_REPLY") == 0;
		changes += i > 0 && is_reply != was_reply;
		was_reply = is_reply;
		urls += strcmp(type, "URL") == 0;
		phones += strcmp(type, "PHONE_NUMBER") == 0;
		if (text_characters(text_of(one, "text")) > BUTTON_MAX || strlen(url) > URL_MAX)
			return refuse(ret, TOO_LONG, "Button is too long");
		if (!is_reply && strcmp(type, "URL") != 0 && strcmp(type, "PHONE_NUMBER") != 0 &&
			strcmp(type, "REQUEST_CONTACT_INFO") != 0 && strcmp(type, "COPY_CODE") != 0)
			return refuse(ret, 0, "Unknown button type");
		if (variable != NULL && (strcmp(variable, "{{1}}") != 0 || json_object_get(one, "example") == NULL))
			return refuse(ret, 0, "A URL may end in {{1}}, with an example");
	}
	if (urls > 2 || phones > 1 || changes > 1)
		return refuse(ret, 0, "At most 2 URLs and 1 phone number; quick replies side by side");
	return true;
}

static bool check_components(const json_t *body, bool named, struct reply *ret)
{
	const json_t *part;
	unsigned bodies = 0;
	bool good = true;
	size_t i;

	json_array_foreach(json_object_get(body, "components"), i, part)
	{
		const char *type = text_of(part, "type");
		bodies += strcmp(type, "BODY") == 0;
		if (strcmp(type, "HEADER") == 0)
			good = check_header(part, named, ret);
		else if (strcmp(type, "BODY") == 0)
			good = check_body(part, named, ret);
		else if (strcmp(type, "FOOTER") == 0)
			good = check_footer(part, ret);
		else if (strcmp(type, "BUTTONS") == 0)
			good = check_buttons(part, ret);
		else
			good = refuse(ret, 0, "Unknown component type");
		if (!good)
			return false;
	}
	return bodies == 1 || refuse(ret, 0, "A template has one BODY");
}

bool template_check(const json_t *body, struct reply *ret)
{
	const char *name = text_of(body, "name"), *category = text_of(body, "category");
	const char *format = text_of(body, "parameter_format");
	const json_t *ttl = json_object_get(body, "message_send_ttl_seconds");
	json_int_t seconds = json_integer_value(ttl);

	if (!shape_check(body, whole, "", ret))
		return false;
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		return refuse(ret, 0, "Name: lower-case letters, digits and _ only");
	if (strcmp(category, "UTILITY") != 0 && strcmp(category, "MARKETING") != 0 &&
		strcmp(category, "AUTHENTICATION") != 0)
		return refuse(ret, 0, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}");
	if (ttl != NULL && seconds != -1 && strcmp(category, "UTILITY") == 0 && (seconds < 30 || seconds > 43200))
		return refuse(ret, 0, "message_send_ttl_seconds of a utility template: 30 to 43200");
	if (strlen(text_of(body, "language")) < 2 || strlen(text_of(body, "language")) > 5)
		return refuse(ret, 0, "Param language is not a supported language code");
	return check_components(body, strcasecmp(format, "named") == 0, ret);
}
