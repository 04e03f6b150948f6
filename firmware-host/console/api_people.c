/* Subscribers. */
#include "firmware-host/appointment_view.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/hub.h"
#include "firmware-host/inbox_view.h"
#include "firmware-host/json.h"
#include "firmware-host/message_view.h"
#include "firmware-host/report_view.h"
#include "firmware-host/subscriber_csv.h"
#include "firmware-host/subscriber_desk.h"
#include "firmware-host/subscriber_view.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	IMPORT_BATCH = 100,	/* lines a transaction: some milliseconds of the write lock */
	IMPORT_BAD_MAX = 1000,	/* lines told */
	STORY_MAX = 200,	/* of each kind */
	TOPICS_TEXT_MAX = 1024, /* as an import takes it */
};

static struct subscriber_desk desk_of(struct call *call)
{
	return (struct subscriber_desk){.db = call->console->db,
		.settings = call->console->settings,
		.who = call->who.name,
		.door = "console",
		.now = call->now};
}

/* The one of the path. False: there is none, or the database fails, and the call is answered. */
static bool person_find(struct call *call, struct subscriber *ret)
{
	struct err err;
	int found = subscriber_get(call->console->db, call->match.id, ret, &err);

	if (found == 0)
		call_fail_missing(call);
	else if (found < 0)
		call_fail_err(call, &err);
	return found > 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

void api_subscribers(struct call *call)
{
	struct db *db = call->console->db;
	const struct paging paging = call_paging(call);
	const char *state = call_query(call, "state");
	const struct paging_people people = {
		.zone = call_query(call, "zone"),
		.state = !state || strcmp(state, "active") == 0 ? SUBSCRIBER_ACTIVE
			 : strcmp(state, "left") == 0		? SUBSCRIBER_LEFT
								: 0,
	};
	int64_t ids[PAGING_MAX], total = 0;
	struct subscriber person;
	json_t *items = json_array();
	struct err err;

	int count = paging_subscribers(db, &paging, &people, ids, &total, &err), result = count < 0 ? -1 : 0;
	for (int i = 0; i < count && result >= 0; i++) {
		result = subscriber_get(db, ids[i], &person, &err);
		if (result > 0)
			json_array_append_new(items, subscriber_view_json(&person));
	}
	if (result >= 0) {
		call_page(call, items, count, &paging, count > 0 ? ids[count - 1] : 0, total);
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

void api_subscriber(struct call *call)
{
	struct subscriber person;
	json_t *json = NULL;
	struct err err;

	if (!person_find(call, &person))
		return;
	if (subscriber_view_json_whole(call->console->db, &person, &json, &err) != 0)
		call_fail_err(call, &err);
	else
		call_json(call, MHD_HTTP_OK, json);
}

/* ---- one person's whole story ------------------------------------------------------------------------------------ */

static bool sent_collect(void *context, int64_t message_id, const struct paging_recipient *recipient)
{
	char at[WHEN_TEXT_MAX];

	json_array_append_new(
		context, json_pack("{s:I, s:s, s:s, s:b, s:s}", "message", (json_int_t)message_id, "channel",
				 recipient->channel == OUTBOX_SMS ? "sms" : "whatsapp", "state",
				 message_view_person_state(recipient->channel, recipient->state, recipient->wired),
				 "reached", recipient->reached, "at", when_rfc3339(recipient->changed_at, at)));
	return true;
}

static bool wrote_collect(void *context, const struct inbox_message *message)
{
	json_array_append_new(context, inbox_view_json(message));
	return true;
}

static int wrote_add(struct db *db, const char *sender, json_t *items, struct err *err)
{
	const struct paging paging = {.limit = STORY_MAX};
	int64_t ids[PAGING_MAX], total;
	int count = sender[0] ? paging_inbox(db, &paging, sender, ids, &total, err) : 0;

	for (int i = 0; i < count; i++)
		if (inbox_each(db, ids[i], 1, wrote_collect, items, err) != 0)
			return -1;
	return count < 0 ? -1 : 0;
}

static bool report_collect(void *context, const struct report *report)
{
	json_array_append_new(context, report_view_json(report));
	return true;
}

static bool appointment_collect(void *context, const struct appointment *appointment)
{
	json_array_append_new(context, appointment_view_json(appointment));
	return true;
}

static int story_of_address(struct db *db, const char *address, json_t *story, struct err *err)
{
	const struct report_filter reports = {.address = address};
	const struct appointment_filter appointments = {.address = address, .all = true};

	if (!address[0])
		return 0;
	if (wrote_add(db, address, json_object_get(story, "wrote"), err) != 0 ||
		report_each(db, &reports, STORY_MAX, report_collect, json_object_get(story, "reports"), err) != 0)
		return -1;
	return appointment_each(
		db, &appointments, STORY_MAX, appointment_collect, json_object_get(story, "appointments"), err);
}

void api_subscriber_story(struct call *call)
{
	struct db *db = call->console->db;
	const struct paging paging = {.limit = STORY_MAX};
	struct subscriber person;
	json_t *story = NULL;
	struct err err;

	if (!person_find(call, &person))
		return;
	int result = subscriber_view_json_whole(db, &person, &story, &err);
	if (result == 0) {
		json_object_update_new(
			story, json_pack("{s:[], s:[], s:[], s:[]}", "sent", "wrote", "reports", "appointments"));
		result = paging_person_messages(
			db, person.id, &paging, sent_collect, json_object_get(story, "sent"), &err);
	}
	if (result == 0)
		result = story_of_address(db, person.phone, story, &err);
	if (result == 0)
		result = story_of_address(db, person.whatsapp_id, story, &err);
	if (result == 0) {
		call_json(call, MHD_HTTP_OK, story);
		return;
	}
	json_decref(story);
	call_fail_err(call, &err);
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

/* "a|b" of the body's list of topics; NULL: not given. */
static const char *topics_of(const struct call *call, char *out, size_t size)
{
	const json_t *topics = json_object_get(call->body, "topics");
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < json_array_size(topics) && used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%s", i ? "|" : "", json_string_value(json_array_get(topics, i)));
	return topics ? out : NULL;
}

void api_subscriber_add(struct call *call)
{
	const struct subscriber_desk desk = desk_of(call);
	char topics[TOPICS_TEXT_MAX];
	const struct subscriber_wish wish = {
		.phone = call_text(call, "phone"),
		.name = call_text(call, "name"),
		.zone = call_text(call, "zone"),
		.topics = topics_of(call, topics, sizeof topics),
		.channel = call_text(call, "channel"),
		.language = call_text(call, "language"),
		.note = call_text(call, "note"),
	};
	struct subscriber person;
	struct err err;
	int was;

	if (subscriber_desk_add(&desk, &wish, &person, &was, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_json(call, was == 0 ? MHD_HTTP_CREATED : MHD_HTTP_OK,
		json_pack("{s:I, s:s, s:s}", "id", (json_int_t)person.id, "phone", person.phone, "was",
			was == 0		 ? "new"
			: was == SUBSCRIBER_LEFT ? "left"
						 : "active"));
}

void api_subscriber_leave(struct call *call)
{
	const struct subscriber_desk desk = desk_of(call);
	struct subscriber person;
	int cancelled = 0;
	struct err err;

	if (!person_find(call, &person))
		return;
	if (subscriber_desk_leave(&desk, &person, &cancelled, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_poke(call);
	call_json(call, MHD_HTTP_OK, json_pack("{s:I, s:i}", "id", (json_int_t)person.id, "withdrawn", cancelled));
}

void api_subscriber_erase(struct call *call)
{
	const struct subscriber_desk desk = desk_of(call);
	const char *later = NULL;
	struct subscriber person;
	struct err err;

	if (!person_find(call, &person))
		return;
	if (subscriber_desk_forget(
		    &desk, person.id, person.phone[0] ? person.phone : person.whatsapp_id, &later, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_poke(call);
	call_json(call, MHD_HTTP_OK, json_pack("{s:I, s:b}", "id", (json_int_t)person.id, "at_once", later == NULL));
}

/* ---- lists in and out -------------------------------------------------------------------------------------------- */

static void bad_collect(void *context, int line, const char *why)
{
	if (json_array_size(context) < IMPORT_BAD_MAX)
		json_array_append_new(
			context, json_pack("{s:i, s:o}", "line", line, "why", json_written(why, strlen(why))));
}

void api_import(struct call *call)
{
	json_t *bad = json_array();
	const struct subscriber_csv_import import = {
		.dry_run = call_query_flag(call, "dry_run"),
		.skip_bad = call_query_flag(call, "skip_bad"),
		.rejoin = call_query_flag(call, "rejoin"),
		.now = call->now,
		.clock = hub_clock_source(),
		.who = call->who.name,
		.door = "console",
		.batch = IMPORT_BATCH,
		.bad = bad_collect,
		.context = bad,
	};
	struct subscriber_csv_counts counts;
	struct err err = {0};

	int result = subscriber_csv_import(
		call->console->db, call->console->settings, call->octets, call->length, &import, &counts, &err);
	if (result != 0 && (err.status != EX_DATAERR || counts.bad == 0)) {
		json_decref(bad);
		call_fail_err(call, &err);
		return;
	}
	/* Bad lines are an answer, not a failure of the request. */
	call_json(call, MHD_HTTP_OK,
		json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "imported", result == 0 && !import.dry_run,
			"lines", (json_int_t)counts.lines, "added", (json_int_t)counts.added, "updated",
			(json_int_t)counts.updated, "unchanged", (json_int_t)counts.unchanged, "rejoined",
			(json_int_t)counts.rejoined, "left", (json_int_t)counts.left, "bad", bad));
}

void api_subscribers_csv(struct call *call)
{
	char *text = NULL;
	size_t length = 0;
	int64_t rows, left_out;
	struct err err;
	FILE *out = open_memstream(&text, &length);
	int result = out ? subscriber_csv_export(call->console->db, out, &rows, &left_out, &err)
			 : err_set(&err, EX_OSERR, "out of memory");

	if (out && fclose(out) != 0 && result == 0)
		result = err_set(&err, EX_OSERR, "out of memory");
	if (result == 0 && (result = db_begin(call->console->db, &err)) == 0 &&
		!call_commit(call, call_audit(call, "subscriber export", "", &err), &err)) {
		free(text);
		return;
	}
	if (result != 0) {
		free(text);
		call_fail_err(call, &err);
		return;
	}
	call_octets(call, "text/csv; charset=utf-8", "iscritti.csv", text, length);
}
