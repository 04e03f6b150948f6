#include "firmware-host/inbox_view.h"

#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <string.h>

static json_t *raw_json(const struct inbox_message *message)
{
	char hex[2 * INBOX_PDU_MAX + 1] = "";

	if (!message->raw)
		return json_null();
	for (int i = 0; i < message->raw_length && i < INBOX_PDU_MAX; i++)
		snprintf(hex + 2 * i, 3, "%02X", message->raw[i]);
	return json_string(hex);
}

static json_t *detail_json(const struct inbox_message *message)
{
	json_t *detail = message->detail && message->detail[0] ? json_loads(message->detail, 0, NULL) : NULL;

	return detail ? detail : json_null();
}

json_t *inbox_view_json(const struct inbox_message *message)
{
	char at[WHEN_TEXT_MAX], sent[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "id", (json_int_t)message->id, "at",
		when_rfc3339(message->at, at), "sent",
		message->sent_at ? json_string(when_rfc3339(message->sent_at, sent)) : json_null(), "kind",
		message->kind, "bearer", message->bearer, "from",
		json_written(message->sender, strlen(message->sender)), "answer", message->answer, "text",
		json_written(message->text, (size_t)message->text_length), "raw", raw_json(message), "detail",
		detail_json(message));
}
