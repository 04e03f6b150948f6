#include "firmware-host/audit_view.h"

#include "firmware-host/json.h"
#include "firmware-host/when.h"

json_t *audit_view_json(const struct audit_row *row)
{
	char at[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)row->id, "at",
		when_rfc3339(row->at, at), "at_ms", (json_int_t)row->at, "clock", json_text(row->clock), "who",
		json_text(row->who), "door", json_text(row->door), "act", json_text(row->act), "detail",
		json_text(row->detail), "hash", row->hash[0] ? json_string(row->hash) : json_null());
}

json_t *audit_view_verdict(const struct audit_verdict *verdict)
{
	return json_pack("{s:b, s:I, s:I, s:s, s:o, s:o}", "intact", verdict->broken == 0, "rows",
		(json_int_t)verdict->rows, "before_chain", (json_int_t)verdict->unchained, "head", verdict->head,
		"broken", verdict->broken ? json_integer((json_int_t)verdict->broken) : json_null(), "why",
		verdict->broken ? json_string(verdict->why) : json_null());
}
