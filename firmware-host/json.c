#include "firmware-host/json.h"

#include "firmware-host/shown.h"
#include "modem/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text)
{
	json_t *json = json_string(text);

	return json ? json : json_string("?");
}

json_t *json_written(const char *text, size_t length)
{
	json_t *json = json_stringn(text, length);
	size_t size = 3 * length + 1; /* one octet may become the three of U+FFFD */
	struct utf8_out out;

	if (json)
		return json;
	char *repaired = malloc(size);
	if (!repaired)
		return json_text("?");
	utf8_out_init(&out, repaired, size);
	for (const char *end = text + length; text < end;) {
		uint32_t next = utf8_next(&text);
		utf8_put(&out, next);
		text += next == 0; /* a NUL inside */
	}
	json = json_text(repaired);
	free(repaired);
	return json;
}

const char *json_text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

void json_print(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	for (const char *at = text ? text : "null"; *at;) {
		const char *from = at;
		uint32_t next = utf8_next(&at);

		if (next < 0x10000 && shown_is_unsafe(next)) /* those beyond do nothing alone */
			printf("\\u%04X", next);
		else
			fwrite(from, 1, (size_t)(at - from), stdout);
	}
	putchar('\n');
	free(text);
}
