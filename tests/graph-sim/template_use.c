#include "tests/graph-sim/template_use.h"

#include "tests/graph-sim/templates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 1024, HEADER_MAX = 60, SPACES_MAX = 4 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static bool refuse(struct reply *ret, struct reply reply)
{
	*ret = reply;
	return false;
}

int placeholders(const char *text, char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX])
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, "{{")) != NULL;) {
		const char *end = strstr(at, "}}");
		size_t length = end == NULL ? 0 : (size_t)(end - at - 2);
		if (length == 0 || length >= PLACEHOLDER_MAX)
			return -1;
		bool known = false;
		for (int i = 0; i < count; i++)
			known |= strlen(names[i]) == length && strncmp(names[i], at + 2, length) == 0;
		if (!known && count == PLACEHOLDERS_MAX)
			return -1;
		if (!known)
			snprintf(names[count++], PLACEHOLDER_MAX, "%.*s", (int)length, at + 2);
		at = end + 2;
	}
	return count;
}

const char *template_category(const struct template *template)
{
	static const char *const names[] = {"utility", "marketing", "authentication"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(names[i], template->category) == 0)
			return names[i];
	return "utility";
}

/* ---- parameters ---- */

/* What the platform refuses in the value of a parameter. */
static bool check_value(const char *value, const char *part, struct reply *ret)
{
	unsigned spaces = 0;

	if (*value == '\0')
		return refuse(ret, reply_errorf(131008, "%s: Parameter of type text is missing text value", part));
	for (; *value != '\0'; value++) {
		spaces = *value == ' ' ? spaces + 1 : 0;
		if (strchr("\n\r\t", *value) != NULL || spaces > SPACES_MAX)
			return refuse(ret, reply_error(132018, "Param text cannot have new-line/tab characters or more "
							       "than 4 consecutive spaces"));
	}
	return true;
}

/* The value of placeholder `name`, the index-th. NULL: not given. */
static const char *value_of(const json_t *parameters, const char *name, size_t index, bool named)
{
	const json_t *parameter;
	size_t i;

	json_array_foreach(parameters, i, parameter) if (named ? strcmp(text_of(parameter, "parameter_name"), name) == 0
							       : i == index) return text_of(parameter, "text");
	return NULL;
}

/* The text with its placeholders filled; the caller frees it. */
static char *hydrate(const char *text, const json_t *parameters, bool named)
{
	struct bytes out = {0};

	while (*text != '\0') {
		const char *open = strstr(text, "{{"), *close = open == NULL ? NULL : strstr(open, "}}");
		char name[PLACEHOLDER_MAX];
		if (close == NULL)
			break;
		snprintf(name, sizeof name, "%.*s", (int)(close - open - 2), open + 2);
		const char *value = value_of(parameters, name, strtoul(name, NULL, 10) - 1, named);
		bytes_put(&out, text, (size_t)(open - text));
		bytes_text(&out, value == NULL ? "" : value);
		text = close + 2;
	}
	bytes_put(&out, text, strlen(text) + 1);
	return out.at;
}

/* The parameters of a text against its placeholders. */
static bool check_text(const struct template *t, const char *part, const char *text, const json_t *parameters,
	size_t max, char **ret_hydrated, struct reply *ret)
{
	char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX];
	int wanted = placeholders(text, names);
	int given = (int)json_array_size(parameters);
	const json_t *parameter;
	size_t i;

	if (given != wanted)
		return refuse(ret, reply_errorf(132000,
					   "%s: number of localizable_params (%d) does not match the expected number "
					   "of params (%d)",
					   part, given, wanted));
	json_array_foreach(parameters, i, parameter)
	{
		if (strcasecmp(text_of(parameter, "type"), "text") != 0)
			return refuse(ret, reply_errorf(132012, "%s: Format mismatch, expected TEXT", part));
		if (t->named && *text_of(parameter, "parameter_name") == '\0')
			return refuse(ret, reply_error(100, "Parameter name is missing or empty"));
		if (!check_value(text_of(parameter, "text"), part, ret))
			return false;
	}
	for (int k = 0; k < wanted; k++)
		if (value_of(parameters, names[k], (size_t)k, t->named) == NULL)
			return refuse(ret, reply_errorf(132012, "%s: parameter %s is missing", part, names[k]));
	char *hydrated = hydrate(text, parameters, t->named);
	if (text_characters(hydrated) > max) {
		free(hydrated);
		return refuse(ret, reply_errorf(132005, "%s: text is longer than %zu characters", part, max));
	}
	*ret_hydrated = hydrated;
	return true;
}

static bool check_media_header(const char *format, const json_t *parameters, struct reply *ret)
{
	const json_t *parameter = json_array_get(parameters, 0);
	char lower[16];

	snprintf(lower, sizeof lower, "%s", format);
	for (char *at = lower; *at != '\0'; at++)
		*at = (char)(*at | 0x20);
	if (json_array_size(parameters) != 1 || strcasecmp(text_of(parameter, "type"), lower) != 0 ||
		json_object_get(parameter, lower) == NULL)
		return refuse(ret, reply_errorf(132012, "header: Format mismatch, expected %s, received %s", format,
					   parameter == NULL ? "UNKNOWN" : text_of(parameter, "type")));
	return true;
}

static const json_t *sent_component(const json_t *components, const char *type)
{
	const json_t *component;
	size_t i;

	json_array_foreach(
		components, i, component) if (strcasecmp(text_of(component, "type"), type) == 0) return component;
	return NULL;
}

/* ---- buttons ---- */

static const json_t *sent_button(const json_t *components, size_t index)
{
	const json_t *component, *number;
	size_t i;

	json_array_foreach(components, i, component)
	{
		if (strcasecmp(text_of(component, "type"), "button") != 0)
			continue;
		number = json_object_get(component, "index");
		size_t at = json_is_string(number) ? strtoul(json_string_value(number), NULL, 10)
						   : (size_t)json_integer_value(number);
		if (at == index)
			return component;
	}
	return NULL;
}

static bool check_button(const json_t *button, const json_t *sent, size_t index, struct reply *ret)
{
	const char *type = text_of(button, "type");
	const json_t *parameter = json_array_get(json_object_get(sent, "parameters"), 0);

	if (sent != NULL && strcasecmp(text_of(sent, "sub_type"), type) != 0)
		return refuse(ret, reply_errorf(132012, "buttons: Button at index %zu is of type %s", index, type));
	if (strcasecmp(type, "URL") == 0 && strstr(text_of(button, "url"), "{{1}}") != NULL) {
		if (*text_of(parameter, "text") == '\0')
			return refuse(
				ret, reply_errorf(131008,
					     "buttons: Button at index %zu of type Url requires a parameter", index));
		return check_value(text_of(parameter, "text"), "buttons", ret);
	}
	if (strcasecmp(type, "QUICK_REPLY") == 0 && sent != NULL && *text_of(parameter, "payload") == '\0')
		return refuse(ret, reply_errorf(131008, "buttons: Button at index %zu requires a payload", index));
	return true;
}

static bool check_buttons(const json_t *buttons, const json_t *components, struct reply *ret)
{
	const json_t *button, *component;
	size_t i, sent = 0, found = 0;

	json_array_foreach(components, i, component) sent += strcasecmp(text_of(component, "type"), "button") == 0;
	json_array_foreach(buttons, i, button)
	{
		found += sent_button(components, i) != NULL;
		if (!check_button(button, sent_button(components, i), i, ret))
			return false;
	}
	return found == sent ||
	       refuse(ret, reply_error(132012, "buttons: a button component for an index the template does not have"));
}

/* ---- the whole ---- */

static bool check_components(const struct template *t, const json_t *sent, json_t *about, struct reply *ret)
{
	const json_t *component;
	struct bytes text = {0};
	bool good = true;
	size_t i;

	json_array_foreach(sent, i, component)
	{
		const char *type = text_of(component, "type");
		if (strcasecmp(type, "header") != 0 && strcasecmp(type, "body") != 0 && strcasecmp(type, "button") != 0)
			return refuse(ret, reply_errorf(100, "Unexpected component type %.40s", type));
		if (strcasecmp(type, "button") != 0 && sent_component(sent, type) != component)
			return refuse(ret, reply_errorf(100, "Duplicate component %.40s", type));
		if (strcasecmp(type, "header") == 0 && sent_component(t->components, "HEADER") == NULL)
			return refuse(ret, reply_error(132000, "header: the template has none"));
	}
	json_array_foreach(t->components, i, component)
	{
		const char *type = text_of(component, "type"), *format = text_of(component, "format");
		const json_t *parameters = json_object_get(sent_component(sent, type), "parameters");
		bool header = strcmp(type, "HEADER") == 0;
		char *hydrated = NULL;
		if (header && strcmp(format, "TEXT") != 0)
			good = check_media_header(format, parameters, ret);
		else if (header || strcmp(type, "BODY") == 0)
			good = check_text(t, header ? "header" : "body", text_of(component, "text"), parameters,
				header ? HEADER_MAX : BODY_MAX, &hydrated, ret);
		else if (strcmp(type, "FOOTER") == 0)
			hydrated = must(strdup(text_of(component, "text")));
		else if (strcmp(type, "BUTTONS") == 0)
			good = check_buttons(json_object_get(component, "buttons"), sent, ret);
		if (hydrated != NULL)
			bytes_printf(&text, "%s%s", text.used == 0 ? "" : "\n", hydrated);
		free(hydrated);
		if (!good)
			break;
	}
	if (good)
		json_object_set_new(about, "text", json_stringn(text.at == NULL ? "" : text.at, text.used));
	bytes_free(&text);
	return good;
}

/* The values in the order they were sent. */
static json_t *sent_values(const json_t *components)
{
	json_t *values = json_array();
	const json_t *component, *parameter;
	size_t i, k;

	json_array_foreach(components, i, component)
	{
		json_array_foreach(json_object_get(component, "parameters"), k, parameter)
		{
			const json_t *value = json_object_get(parameter, "text");
			if (value == NULL)
				value = json_object_get(parameter, "payload");
			json_array_append_new(
				values, value == NULL ? json_null() : json_copy((json_t *)(uintptr_t)value));
		}
	}
	return values;
}

static bool check_status(const struct template *template, struct reply *ret)
{
	if (strcmp(template->status, "APPROVED") == 0)
		return true;
	if (strcmp(template->status, "PAUSED") == 0)
		return refuse(ret, reply_error(132015, "Template is paused due to low quality"));
	if (strcmp(template->status, "DISABLED") == 0)
		return refuse(ret, reply_error(132016, "Template is disabled"));
	return refuse(ret, reply_errorf(132001, "template name (%.100s) is %s", template->name, template->status));
}

const struct template *template_use(struct sim *sim, const json_t *content, json_t *about, struct reply *ret)
{
	const char *name = text_of(content, "name"), *language = text_of(json_object_get(content, "language"), "code");
	const struct template *template = template_find(sim, name, language);
	const json_t *components = json_object_get(content, "components");

	if (template == NULL) {
		*ret = reply_errorf(132001, "template name (%.200s) does not exist in %.20s", name, language);
		return NULL;
	}
	json_object_set_new(about, "template", json_string(name));
	json_object_set_new(about, "language", json_string(language));
	json_object_set_new(about, "parameters", sent_values(components));
	if (!check_status(template, ret) || !check_components(template, components, about, ret))
		return NULL;
	return template;
}
