#include "firmware-host/console/fields.h"

#include <stdio.h>
#include <string.h>

static const char blank[] = " \n\t";

bool field_next(const char **at, struct field *ret)
{
	const char *from = *at + strspn(*at, " \n\t,");
	size_t length = strcspn(from, ","), name = strcspn(from, "!:");
	const char *type = from + name + strspn(from + name, "!: \n\t");

	if (*from == '\0')
		return false;
	*at = from + length;
	*ret = (struct field){.must = from[name] == '!'};
	length = (size_t)(*at - type);
	while (length > 0 && strchr(blank, type[length - 1]))
		length--;
	if (length > 0 && type[length - 1] == '?') {
		ret->nullable = true;
		length--;
	}
	(void)snprintf(ret->name, sizeof ret->name, "%.*s", (int)name, from);
	(void)snprintf(ret->type, sizeof ret->type, "%.*s", (int)length, type);
	return true;
}

static bool field_find(const char *fields, const char *name, struct field *ret)
{
	while (field_next(&fields, ret))
		if (strcmp(ret->name, name) == 0)
			return true;
	return false;
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

static bool is(const struct field *field, const char *type)
{
	return strcmp(field->type, type) == 0;
}

/* One of "a|b|c"? */
static bool is_among(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
		if (strcspn(at, "|") == length && strncmp(at, value, length) == 0)
			return true;
	return false;
}

static bool refuse(const struct field *field, const char *what, char why[FIELDS_WHY_MAX])
{
	(void)snprintf(why, FIELDS_WHY_MAX, "%.30s must be %.110s", field->name, what);
	return false;
}

static bool text_check(const struct field *field, const char *value, char why[FIELDS_WHY_MAX])
{
	size_t most = is(field, "text") ? FIELDS_TEXT_MAX : FIELDS_WORD_MAX;

	if (strchr(field->type, '|') && !is_among(field->type, value))
		return refuse(field, field->type, why);
	if (strlen(value) <= most)
		return true;
	(void)snprintf(why, FIELDS_WHY_MAX, "%s has more than %zu octets", field->name, most);
	return false;
}

static bool words_check(const struct field *field, const json_t *value, char why[FIELDS_WHY_MAX])
{
	if (!json_is_array(value) || json_array_size(value) > FIELDS_LIST_MAX)
		return refuse(field, "a list of words", why);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *word = json_string_value(json_array_get(value, i));
		if (!word || !text_check(field, word, why))
			return refuse(field, "a list of words", why);
	}
	return true;
}

static bool value_check(const struct field *field, const json_t *value, char why[FIELDS_WHY_MAX])
{
	if (json_is_null(value) && field->nullable)
		return true;
	if (is(field, "flag"))
		return json_is_boolean(value) || refuse(field, "true or false", why);
	if (is(field, "count"))
		return (json_is_integer(value) && json_integer_value(value) >= 0) ||
		       refuse(field, "a whole number from 0", why);
	if (is(field, "number"))
		return json_is_number(value) || refuse(field, "a number", why);
	if (is(field, "list"))
		return json_is_array(value) || refuse(field, "a list", why);
	if (is(field, "object"))
		return json_is_object(value) || refuse(field, "an object", why);
	if (is(field, "words"))
		return words_check(field, value, why);
	return json_is_string(value) ? text_check(field, json_string_value(value), why) : refuse(field, "a text", why);
}

bool fields_check(const char *fields, const json_t *object, char why[FIELDS_WHY_MAX])
{
	struct field field;
	size_t known = 0;

	for (const char *at = fields; field_next(&at, &field);) {
		const json_t *value = json_object_get(object, field.name);
		known += value != NULL;
		if (!value && field.must) {
			(void)snprintf(why, FIELDS_WHY_MAX, "%s is missing", field.name);
			return false;
		}
		if (value && !value_check(&field, value, why))
			return false;
	}
	if (known == json_object_size(object))
		return true;
	(void)snprintf(why, FIELDS_WHY_MAX, "there is a field too many; see /api/openapi.json");
	return false;
}

bool fields_check_query(const char *fields, const char *name, const char *value, char why[FIELDS_WHY_MAX])
{
	struct field field;

	if (!field_find(fields, name, &field)) {
		(void)snprintf(why, FIELDS_WHY_MAX, "the query has a name too many; see /api/openapi.json");
		return false;
	}
	if (is(&field, "flag"))
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
		       refuse(&field, "true or false", why);
	if (is(&field, "count"))
		return (*value && strlen(value) <= 18 && value[strspn(value, "0123456789")] == '\0') ||
		       refuse(&field, "a whole number from 0", why);
	return text_check(&field, value, why);
}

/* ---- describing -------------------------------------------------------------------------------------------------- */

static json_t *string_schema(const struct field *field)
{
	json_t *schema = json_pack(
		"{s:s, s:i}", "type", "string", "maxLength", is(field, "text") ? FIELDS_TEXT_MAX : FIELDS_WORD_MAX);
	json_t *words = json_array();

	if (is(field, "date"))
		json_object_set_new(schema, "format", json_string("date"));
	if (is(field, "secret"))
		json_object_set_new(schema, "format", json_string("password"));
	for (const char *at = strchr(field->type, '|') ? field->type : ""; *at;
		at += strcspn(at, "|"), at += *at == '|')
		json_array_append_new(words, json_stringn(at, strcspn(at, "|")));
	if (json_array_size(words) > 0) {
		json_object_del(schema, "maxLength");
		json_object_set(schema, "enum", words);
	}
	json_decref(words);
	return schema;
}

static json_t *plain_schema(const struct field *field)
{
	if (is(field, "flag"))
		return json_pack("{s:s}", "type", "boolean");
	if (is(field, "count"))
		return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
	if (is(field, "number"))
		return json_pack("{s:s}", "type", "number");
	if (is(field, "list"))
		return json_pack("{s:s, s:{}}", "type", "array", "items");
	if (is(field, "object"))
		return json_pack("{s:s}", "type", "object");
	if (is(field, "words"))
		return json_pack("{s:s, s:i, s:{s:s, s:i}}", "type", "array", "maxItems", FIELDS_LIST_MAX, "items",
			"type", "string", "maxLength", FIELDS_WORD_MAX);
	return string_schema(field);
}

/* OpenAPI 3.1 is JSON Schema 2020-12, where a type may be a list. */
json_t *field_schema(const struct field *field)
{
	json_t *schema = plain_schema(field), *words = json_object_get(schema, "enum");

	if (!field->nullable)
		return schema;
	json_object_set_new(
		schema, "type", json_pack("[s, s]", json_string_value(json_object_get(schema, "type")), "null"));
	if (words)
		json_array_append_new(words, json_null());
	return schema;
}

json_t *fields_schema(const char *fields, bool closed)
{
	json_t *properties = json_object(), *required = json_array();
	struct field field;

	while (field_next(&fields, &field)) {
		json_object_set_new(properties, field.name, field_schema(&field));
		if (field.must)
			json_array_append_new(required, json_string(field.name));
	}
	json_t *schema = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
	if (json_array_size(required) > 0)
		json_object_set(schema, "required", required);
	if (closed)
		json_object_set_new(schema, "additionalProperties", json_false());
	json_decref(required);
	return schema;
}
