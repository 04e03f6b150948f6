/* Appointments. */
#include "firmware-host/appointment_desk.h"
#include "firmware-host/appointment_view.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/ics.h"
#include "firmware-host/subscriber_desk.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 2000, CALENDAR_MAX = 20000, DAYS_MAX = 42 };

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* From today's midnight where nothing is said. False: refused, and answered. */
static bool filter_fill(struct call *call, struct appointment_filter *filter)
{
	const char *office = call_query(call, "office");
	char today[WHEN_TEXT_MAX];
	int64_t midnight = call->now;

	when_rfc3339(call->now, today);
	today[10] = '\0';
	(void)when_read(today, call->now, &midnight);
	*filter = (struct appointment_filter){.all = call_query_flag(call, "all")};
	if (!call_query_time(call, "from", midnight, &filter->from) || !call_query_time(call, "to", 0, &filter->until))
		return false;
	if (!office)
		return true;
	const struct settings_office *found = slots_office(call->console->settings, office);
	filter->office = found ? found->id : office; /* one the configuration has no more */
	return true;
}

static bool appointment_collect(void *context, const struct appointment *appointment)
{
	json_array_append_new(context, appointment_view_json(appointment));
	return true;
}

void api_appointments(struct call *call)
{
	struct appointment_filter filter;
	struct err err;

	if (!filter_fill(call, &filter))
		return;
	json_t *items = json_array();
	if (appointment_each(call->console->db, &filter, LIST_MAX, appointment_collect, items, &err) == 0) {
		call_json(call, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

static void appointment_answer(struct call *call, unsigned status, int64_t id, const struct err *untold)
{
	struct appointment *it = malloc(sizeof *it);
	struct err err;
	int found = it ? appointment_get(call->console->db, id, it, &err) : err_set(&err, EX_OSERR, "out of memory");

	if (found == 0)
		call_fail_missing(call);
	else if (found < 0)
		call_fail_err(call, &err);
	else {
		json_t *json = appointment_view_json(it);
		if (json && untold)
			json_object_set_new(json, "told", json_boolean(untold->status == 0));
		call_json(call, status, json);
	}
	free(it);
}

void api_appointment(struct call *call)
{
	appointment_answer(call, MHD_HTTP_OK, call->match.id, NULL);
}

struct calendar {
	const struct console *console;
	FILE *out;
	int64_t now;
};

static bool calendar_add(void *context, const struct appointment *appointment)
{
	const struct calendar *calendar = context;

	appointment_view_event(
		calendar->console->db, calendar->console->settings, appointment, calendar->now, calendar->out);
	return true;
}

void api_calendar(struct call *call)
{
	struct appointment_filter filter;
	char *text = NULL;
	size_t length = 0;
	struct err err;

	if (!filter_fill(call, &filter))
		return;
	struct calendar calendar = {.console = call->console, .out = open_memstream(&text, &length), .now = call->now};
	int result = calendar.out ? 0 : err_set(&err, EX_OSERR, "out of memory");
	if (result == 0) {
		ics_begin(calendar.out, "PUBLISH", call->console->settings->comune.name);
		result = appointment_each(call->console->db, &filter, CALENDAR_MAX, calendar_add, &calendar, &err);
		ics_end(calendar.out);
		if (fclose(calendar.out) != 0 && result == 0)
			result = err_set(&err, EX_OSERR, "out of memory");
	}
	if (result != 0) {
		free(text);
		call_fail_err(call, &err);
		return;
	}
	call_octets(call, "text/calendar; charset=utf-8", "appuntamenti.ics", text, length);
}

/* The free places of an office, day by day: of the days asked for, at most DAYS_MAX. */
void api_slots(struct call *call)
{
	const struct console *console = call->console;
	const struct settings_office *office = slots_office(console->settings, call->match.word);
	int64_t from, starts[SLOTS_DAY_MAX], days = call_query_number(call, "days", 7);
	struct appointment_span *spans = NULL;
	char at[WHEN_TEXT_MAX];
	struct slots slots;
	struct err err;

	if (!office) {
		call_fail_missing(call);
		return;
	}
	if (!call_query_time(call, "from", call->now, &from))
		return;
	if (appointment_desk_slots(console->db, console->settings, office, false, call->now, &slots, &spans, &err) !=
		0) {
		call_fail_err(call, &err);
		return;
	}
	json_t *items = json_array();
	for (int32_t i = 0; i < days && i < DAYS_MAX; i++) {
		int count = slots_of_day(&slots, slots_day_of(from + i * day_ms), starts);
		for (int k = 0; k < count; k++)
			json_array_append_new(items, json_string(when_rfc3339(starts[k], at)));
	}
	free(spans);
	call_json(call, MHD_HTTP_OK, json_pack("{s:o, s:i}", "items", items, "minutes", (int)office->slot_minutes));
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

static struct appointment_desk desk_of(const struct call *call)
{
	return (struct appointment_desk){.db = call->console->db,
		.settings = call->console->settings,
		.texts = call->console->texts,
		.who = call->who.name,
		.door = "console",
		.now = call->now};
}

static const char *more_of(const struct call *call)
{
	const char *text = call_text(call, "text");

	return text ? text : "";
}

/* False: there is no such appointment, or nobody may write now, and the call is answered. */
static bool act_begin(struct call *call)
{
	struct appointment *it = malloc(sizeof *it);
	struct err err;
	int found = it ? appointment_get(call->console->db, call->match.id, it, &err)
		       : err_set(&err, EX_OSERR, "out of memory");

	free(it);
	if (found == 0)
		call_fail_missing(call);
	else if (found < 0 || db_begin(call->console->db, &err) != 0)
		call_fail_err(call, &err);
	else
		return true;
	return false;
}

static void act_end(
	struct call *call, int result, unsigned status, int64_t id, const struct err *untold, struct err *err)
{
	if (!call_commit(call, result, err))
		return;
	call_poke(call);
	appointment_answer(call, status, id, untold);
}

void api_appointment_confirm(struct call *call)
{
	const struct appointment_desk desk = desk_of(call);
	struct err untold = {0}, err;

	if (act_begin(call))
		act_end(call, appointment_desk_confirm(&desk, call->match.id, more_of(call), &untold, &err),
			MHD_HTTP_OK, call->match.id, &untold, &err);
}

void api_appointment_decline(struct call *call)
{
	const struct appointment_desk desk = desk_of(call);
	struct err untold = {0}, err;

	if (act_begin(call))
		act_end(call, appointment_desk_decline(&desk, call->match.id, more_of(call), &untold, &err),
			MHD_HTTP_OK, call->match.id, &untold, &err);
}

/* The body's time. False: it is none, and the call is answered. */
static bool start_read(struct call *call, int64_t *ret)
{
	const char *why = when_read(call_text(call, "start"), call->now, ret);

	if (why)
		call_fail(call, HTTP_UNFIT, "invalid", "start: %s", why);
	return !why;
}

void api_appointment_move(struct call *call)
{
	const struct appointment_desk desk = desk_of(call);
	struct err untold = {0}, err;
	int64_t start;

	if (start_read(call, &start) && act_begin(call))
		act_end(call,
			appointment_desk_move(
				&desk, call->match.id, start, call_flag(call, "anyway"), more_of(call), &untold, &err),
			MHD_HTTP_OK, call->match.id, &untold, &err);
}

static int added_fill(struct call *call, int64_t start, struct appointment *ret, struct err *err)
{
	const struct console *console = call->console;
	const struct settings_office *office = slots_office(console->settings, call_text(call, "office"));
	const char *name = call_text(call, "name"), *note = call_text(call, "note");
	struct subscriber person;
	char phone[24];

	if (!office)
		return err_set(err, EX_DATAERR, "there is no office \"%.60s\"", call_text(call, "office"));
	if (subscriber_desk_phone(console->settings, call_text(call, "phone"), phone, err) != 0)
		return -1;
	if ((name && strlen(name) >= sizeof ret->name) || (note && strlen(note) >= sizeof ret->note))
		return err_set(err, EX_DATAERR, "name or note is too long: %zu and %zu octets at most",
			sizeof ret->name - 1, sizeof ret->note - 1);
	int found = subscriber_find(console->db, phone, &person, err);
	if (found < 0)
		return -1;
	*ret = (struct appointment){.start = start};
	(void)snprintf(ret->office, sizeof ret->office, "%s", office->id);
	(void)snprintf(ret->name, sizeof ret->name, "%s", name ? name : "");
	(void)snprintf(ret->note, sizeof ret->note, "%s", note ? note : "");
	(void)snprintf(ret->who.address, sizeof ret->who.address, "%s", phone);
	ret->who.channel = CHANNEL_SMS;
	ret->who.subscriber_id = found > 0 ? person.id : 0;
	return 0;
}

void api_appointment_add(struct call *call)
{
	const struct appointment_desk desk = desk_of(call);
	struct appointment *it = malloc(sizeof *it);
	struct err untold = {0}, err;
	int64_t start;

	call->kept = it;
	if (!it || !start_read(call, &start)) {
		if (!it)
			call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
		return;
	}
	if (added_fill(call, start, it, &err) != 0 || db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	int result = appointment_desk_add(&desk, it, call_flag(call, "anyway"), &untold, &err);
	act_end(call, result, MHD_HTTP_CREATED, it->id, &untold, &err);
}
