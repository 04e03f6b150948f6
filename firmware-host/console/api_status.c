/* How the box is and what it is set to. */
#include "db/memo.h"
#include "db/officer.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/holiday.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void api_status(struct call *call)
{
	const char *text = console_status(call->console);
	json_t *json = text ? json_loads(text, 0, NULL) : NULL;

	if (json)
		json_object_set_new(json, "console", json_pack("{s:s}", "fingerprint", call->console->fingerprint));
	call_json(call, MHD_HTTP_OK, json);
}

void api_openapi(struct call *call)
{
	call_json(call, MHD_HTTP_OK, openapi_json());
}

/* ---- the comune -------------------------------------------------------------------------------------------------- */

static json_t *named_json(const struct settings_named *list, int32_t count, bool aliases)
{
	json_t *items = json_array();

	for (int32_t i = 0; i < count; i++) {
		json_t *item = json_pack("{s:o, s:o}", "id", json_text(list[i].id), "name", json_text(list[i].name));
		if (aliases)
			json_object_set_new(item, "aliases", json_text(list[i].aliases));
		json_array_append_new(items, item);
	}
	return items;
}

static json_t *offices_json(const struct settings *settings)
{
	json_t *items = json_array();

	for (int32_t i = 0; i < settings->office_count; i++) {
		const struct settings_office *office = &settings->offices[i];
		json_array_append_new(items,
			json_pack("{s:o, s:o, s:o, s:i}", "id", json_text(office->id), "name", json_text(office->name),
				"hours", json_text(office->hours), "slot_minutes", (int)office->slot_minutes));
	}
	return items;
}

static void holidays_add(json_t *items, int year)
{
	for (int month = 1; month <= 12; month++) {
		for (int day = 1; day <= 31; day++) {
			char text[24];
			if (!holiday_is_italian(year, month, day))
				continue;
			(void)snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
			json_array_append_new(items, json_string(text));
		}
	}
}

/* What is set, and the public holidays of this year and the next where they count. */
static json_t *closures_json(const struct settings *settings, int64_t now)
{
	json_t *items = json_array(), *holidays = json_array();
	time_t seconds = (time_t)(now / 1000);
	struct tm local = {0};

	for (int32_t i = 0; i < settings->closure_count; i++) {
		const struct settings_closure *closure = &settings->closures[i];
		json_array_append_new(items, json_pack("{s:s, s:s, s:o}", "from", closure->from, "until",
						     closure->until, "office", json_text(closure->office)));
	}
	localtime_r(&seconds, &local);
	for (int year = local.tm_year + 1900; settings->appointments.holidays && year <= local.tm_year + 1901; year++)
		holidays_add(holidays, year);
	return json_pack("{s:o, s:o}", "items", items, "holidays", holidays);
}

void api_comune(struct call *call)
{
	const struct settings *settings = call->console->settings;

	call_json(call, MHD_HTTP_OK,
		json_pack("{s:o, s:o, s:s, s:o, s:o, s:s, s:b, s:b, s:i, s:o, s:o, s:o, s:o}", "name",
			json_text(settings->comune.name), "service", json_text(settings->comune.service), "mode",
			settings->comune.mode == MODE_ONE_WAY ? "one-way" : "two-way", "contacts",
			json_text(settings->comune.contacts), "privacy_url", json_text(settings->comune.privacy_url),
			"timezone", settings->comune.timezone, "whatsapp", settings->whatsapp.enabled, "two_officers",
			settings->alert.two_officers, "segments_max", (int)settings->alert.segments_max, "topics",
			named_json(settings->topics, settings->topic_count, false), "zones",
			named_json(settings->zones, settings->zone_count, true), "offices", offices_json(settings),
			"closures", closures_json(settings, call->now)));
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

/* Secrets are in files of their own, whose names alone are shown, and a PIN is shown as stars. */
void api_settings(struct call *call)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (out) {
		settings_print(call->console->settings, out);
		fclose(out);
	}
	call_json(call, MHD_HTTP_OK, text ? json_pack("{s:o}", "text", json_written(text, length)) : NULL);
	free(text);
}

/* As `banditore template sync`, which the appliance runs by itself, remembered them last. */
void api_templates(struct call *call)
{
	char *text = NULL, at[WHEN_TEXT_MAX];
	struct err err;
	int found = memo_get(call->console->db, "whatsapp.templates", &text, &err);

	if (found < 0) {
		call_fail_err(call, &err);
		return;
	}
	json_t *memo = found > 0 ? json_loads(text, 0, NULL) : NULL, *rows = json_object_get(memo, "templates");
	json_t *items = json_is_array(rows) ? json_incref(rows) : json_array();
	int64_t asked = json_integer_value(json_object_get(memo, "at"));
	free(text);
	call_json(call, MHD_HTTP_OK,
		json_pack("{s:o, s:o}", "items", items, "asked",
			asked ? json_string(when_rfc3339(asked, at)) : json_null()));
	json_decref(memo);
}

/* ---- officers ---------------------------------------------------------------------------------------------------- */

struct officers {
	json_t *items;
	int64_t now;
};

static bool officer_collect(void *context, const struct officer *officer)
{
	const struct officers *officers = context;
	char used[WHEN_TEXT_MAX];
	bool locked = officer_pin_open_at(officer->failed, officer->failed_at, officers->now) != 0 &&
		      officer_pin_is_locked(officer->failed);

	json_array_append_new(officers->items,
		json_pack("{s:o, s:o, s:b, s:b, s:b, s:b, s:o}", "name", json_text(officer->name), "phone",
			officer->phone[0] ? json_string(officer->phone) : json_null(), "may_order", officer->may_order,
			"may_confirm", officer->may_confirm, "has_pin", officer->has_pin, "locked", locked, "last_used",
			officer->last_used_at ? json_string(when_rfc3339(officer->last_used_at, used)) : json_null()));
	return true;
}

void api_officers(struct call *call)
{
	struct officers officers = {.items = json_array(), .now = call->now};
	struct err err;

	if (officer_each(call->console->db, officer_collect, &officers, &err) == 0) {
		call_json(call, MHD_HTTP_OK, json_pack("{s:o}", "items", officers.items));
		return;
	}
	json_decref(officers.items);
	call_fail_err(call, &err);
}
