#include "tests/graph-sim/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_SHAPE = 256 };

static bool is_number(const json_t *value)
{
	char *end;

	if (json_is_number(value))
		return true;
	const char *text = json_string_value(value);
	if (text == NULL || *text == '\0')
		return false;
	strtod(text, &end);
	return *end == '\0';
}

static bool has_shape(const json_t *value, enum shape shape)
{
	switch (shape) {
	case SHAPE_TEXT: return json_is_string(value);
	case SHAPE_NUMBER: return is_number(value);
	case SHAPE_BOOL: return json_is_boolean(value);
	case SHAPE_OBJECT: return json_is_object(value);
	case SHAPE_LIST: return json_is_array(value);
	case SHAPE_ANY: break;
	}
	return true;
}

static bool check_value(const json_t *value, const struct member *member, const char *path, struct reply *ret)
{
	static const char *const names[] = {
		"a string", "a number", "a boolean", "a JSON object", "an array", "anything"};
	int code = member->code == 0 ? 100 : member->code;
	char inner[PATH_MAX_SHAPE];
	const json_t *item;
	size_t i;

	if (!has_shape(value, member->shape)) {
		*ret = reply_errorf(code, "Param %s must be %s.", path, names[member->shape]);
		return false;
	}
	const char *text = json_string_value(value);
	size_t size = text != NULL ? text_characters(text) : json_array_size(value);
	if (member->required && (text != NULL || json_is_array(value)) && size == 0) {
		*ret = reply_errorf(code, "The parameter %s is required and must not be empty.", path);
		return false;
	}
	if (member->max > 0 && size > member->max) {
		*ret = reply_errorf(code, "Param %s must be at most %zu %s long.", path, member->max,
			text != NULL ? "characters" : "items");
		return false;
	}
	if (member->inside == NULL)
		return true;
	if (member->shape == SHAPE_OBJECT)
		return shape_check(value, member->inside, path, ret);
	json_array_foreach(value, i, item)
	{
		snprintf(inner, sizeof inner, "%.200s[%zu]", path, i);
		if (!json_is_object(item)) {
			*ret = reply_errorf(code, "Param %s must be a JSON object.", inner);
			return false;
		}
		if (!shape_check(item, member->inside, inner, ret))
			return false;
	}
	return true;
}

static const struct member *find(const struct member *members, const char *name)
{
	for (; members->name != NULL; members++)
		if (strcmp(members->name, name) == 0)
			return members;
	return NULL;
}

bool shape_check(const json_t *object, const struct member *members, const char *path, struct reply *ret)
{
	char inner[PATH_MAX_SHAPE];
	void *at = json_object_iter((json_t *)(uintptr_t)object);

	for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		const char *key = json_object_iter_key(at);
		const struct member *member = find(members, key);
		if (member == NULL) {
			*ret = *path == '\0'
				       ? reply_errorf(100, "Unexpected key \"%.100s\".", key)
				       : reply_errorf(100, "Unexpected key \"%.100s\" on param \"%s\".", key, path);
			return false;
		}
		snprintf(inner, sizeof inner, *path == '\0' ? "%.1s%.100s" : "%.100s['%.100s']", path, key);
		if (!check_value(json_object_iter_value(at), member, inner, ret))
			return false;
	}
	for (; members->name != NULL; members++) {
		if (!members->required || json_object_get(object, members->name) != NULL)
			continue;
		snprintf(inner, sizeof inner, *path == '\0' ? "%.1s%.100s" : "%.100s['%.100s']", path, members->name);
		*ret = reply_errorf(members->code == 0 ? 100 : members->code, "The parameter %s is required.", inner);
		return false;
	}
	return true;
}
