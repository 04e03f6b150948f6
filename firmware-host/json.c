#include "firmware-host/json.h"

#include <stdio.h>

json_t *json_text(const char *text)
{
	json_t *json = json_string(text);

	return json ? json : json_string("?");
}

const char *json_text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

void json_print(const json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
}
