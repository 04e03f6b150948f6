/* Messages: their figures, and who was reached. */
#include "config/clock.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/csv.h"
#include "firmware-host/json.h"
#include "firmware-host/message_view.h"
#include "firmware-host/order.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MIN_MS = 1000, STEPS_WISHED = 60, KNOWN_MS = 60 * 1000 };

static json_t *words_json(const char *text)
{
	return json_written(text, strlen(text));
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

/* What moves is counted each time, and what rests once in a while: a receipt may still come. */
static struct message_known *known_find(struct console *console, int64_t id)
{
	for (int i = 0; i < MESSAGES_KNOWN_MAX; i++)
		if (console->messages[i].id == id && clock_mono_ms() - console->messages[i].mono < KNOWN_MS)
			return &console->messages[i];
	return NULL;
}

/* Fills *view as far as a list needs it: 1, 0, -1. */
static int row_read(struct call *call, int64_t id, struct message_view *view, struct err *err)
{
	struct console *console = call->console;
	const struct message_known *known = known_find(console, id);

	if (known) {
		view->state = known->state;
		view->figures.recipients = known->recipients;
		view->figures.reached = known->reached;
		return message_get(console->db, id, &view->message, err);
	}
	int found = message_view_read(console->db, console->settings, id, call->now, view, err);
	if (found <= 0 || strcmp(view->state, "sending") == 0 || strcmp(view->state, "scheduled") == 0)
		return found;
	console->messages[console->message_count++ % MESSAGES_KNOWN_MAX] = (struct message_known){.id = id,
		.mono = clock_mono_ms(),
		.state = view->state,
		.recipients = view->figures.recipients,
		.reached = view->figures.reached};
	return found;
}

static json_t *row_json(const struct message_view *view)
{
	const struct message *message = &view->message;
	char at[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:s, s:o, s:b, s:s, s:s, s:o, s:s, s:I, s:I}", "id", (json_int_t)message->id, "kind",
		order_kind_to_string(message->kind), "colour",
		message->colour ? json_string(order_colour_to_string(message->colour)) : json_null(), "exercise",
		message->exercise, "state", view->state, "created", when_rfc3339(message->created_at, at), "text",
		words_json(message->text), "door", message->door, "recipients", (json_int_t)view->figures.recipients,
		"reached", (json_int_t)view->figures.reached);
}

static unsigned kinds_of(const char *word)
{
	for (int kind = MESSAGE_ALERT; word && kind <= MESSAGE_REPLY; kind++)
		if (strcmp(word, order_kind_to_string((enum message_kind)kind)) == 0)
			return 1U << kind;
	return 1U << MESSAGE_ALERT | 1U << MESSAGE_CLEAR | 1U << MESSAGE_NEWS;
}

void api_messages(struct call *call)
{
	struct console *console = call->console;
	const struct paging paging = call_paging(call);
	struct message_view *view = calloc(1, sizeof *view);
	int64_t ids[PAGING_MAX], total = 0;
	json_t *items = json_array();
	struct err err;

	call->kept = view;
	int count = view ? paging_messages(console->db, &paging, kinds_of(call_query(call, "kind")), ids, &total, &err)
			 : err_set(&err, EX_OSERR, "out of memory");
	int result = count < 0 ? -1 : 0;
	for (int i = 0; i < count && result >= 0; i++) {
		result = row_read(call, ids[i], view, &err);
		if (result > 0)
			json_array_append_new(items, row_json(view));
	}
	if (result >= 0) {
		call_page(call, items, count, &paging, count > 0 ? ids[count - 1] : 0, total);
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

void api_message(struct call *call)
{
	struct console *console = call->console;
	struct message_view *view = calloc(1, sizeof *view);
	struct err err;

	call->kept = view;
	int found = view ? message_view_read(console->db, console->settings, call->match.id, call->now, view, &err)
			 : err_set(&err, EX_OSERR, "out of memory");
	if (found > 0)
		call_json(call, MHD_HTTP_OK, message_view_json(view));
	else if (found == 0)
		call_fail_missing(call);
	else
		call_fail_err(call, &err);
}

void api_events(struct call *call)
{
	events_begin(call, call->match.id);
}

/* ---- people ------------------------------------------------------------------------------------------------------ */

struct collecting {
	json_t *items;
	int count;
	int64_t last;
};

static json_t *recipient_json(const struct paging_recipient *recipient)
{
	char changed[WHEN_TEXT_MAX], due[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:I, s:o, s:o, s:s, s:s, s:b, s:i, s:o, s:s, s:o}", "id", (json_int_t)recipient->id,
		"subscriber", (json_int_t)recipient->subscriber_id, "phone", words_json(recipient->address), "name",
		words_json(recipient->name), "channel", recipient->channel == OUTBOX_SMS ? "sms" : "whatsapp", "state",
		message_view_person_state(recipient->channel, recipient->state, recipient->wired), "reached",
		recipient->reached, "attempts", (int)recipient->attempts, "due",
		recipient->due ? json_string(when_rfc3339(recipient->due, due)) : json_null(), "changed",
		when_rfc3339(recipient->changed_at, changed), "error",
		recipient->error[0] ? words_json(recipient->error) : json_null());
}

static bool recipient_collect(void *context, const struct paging_recipient *recipient)
{
	struct collecting *collecting = context;

	json_array_append_new(collecting->items, recipient_json(recipient));
	collecting->count++;
	collecting->last = recipient->id;
	return true;
}

static int reached_of(const char *word)
{
	return !word ? -1 : strcmp(word, "true") == 0;
}

void api_recipients(struct call *call)
{
	const struct paging paging = call_paging(call);
	struct collecting collecting = {.items = json_array()};
	int64_t total = 0;
	struct err err;

	if (paging_recipients(call->console->db, call->match.id, &paging, reached_of(call_query(call, "reached")),
		    recipient_collect, &collecting, &total, &err) == 0) {
		call_page(call, collecting.items, collecting.count, &paging, collecting.last, total);
		return;
	}
	json_decref(collecting.items);
	call_fail_err(call, &err);
}

struct exporting {
	FILE *out;
	int count;
	int64_t last;
};

static bool recipient_export(void *context, const struct paging_recipient *recipient)
{
	struct exporting *exporting = context;
	char attempts[16], changed[WHEN_TEXT_MAX];
	const char *const cells[] = {recipient->address, recipient->name,
		recipient->channel == OUTBOX_SMS ? "sms" : "whatsapp",
		message_view_person_state(recipient->channel, recipient->state, recipient->wired),
		recipient->reached ? "true" : "false", attempts, when_rfc3339(recipient->changed_at, changed),
		recipient->error};

	(void)snprintf(attempts, sizeof attempts, "%d", (int)recipient->attempts);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		csv_write(exporting->out, cells[i], i == 0);
	csv_write_end(exporting->out);
	exporting->count++;
	exporting->last = recipient->id;
	return true;
}

static int recipients_write(struct call *call, FILE *out, struct err *err)
{
	static const char *const heads[] = {
		"phone", "name", "channel", "state", "reached", "attempts", "changed", "error"};
	struct paging paging = {.limit = PAGING_MAX};
	struct exporting exporting = {.out = out, .count = PAGING_MAX};
	int64_t total;

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		csv_write(out, heads[i], i == 0);
	csv_write_end(out);
	while (exporting.count == PAGING_MAX) {
		exporting.count = 0;
		paging.after = exporting.last;
		if (paging_recipients(call->console->db, call->match.id, &paging, -1, recipient_export, &exporting,
			    &total, err) != 0)
			return -1;
	}
	return 0;
}

void api_recipients_csv(struct call *call)
{
	char *text = NULL, name[CALL_FILE_MAX];
	size_t length = 0;
	struct err err;
	FILE *out = open_memstream(&text, &length);
	int result = out ? recipients_write(call, out, &err) : err_set(&err, EX_OSERR, "out of memory");

	if (out && fclose(out) != 0 && result == 0)
		result = err_set(&err, EX_OSERR, "out of memory");
	if (result != 0) {
		free(text);
		call_fail_err(call, &err);
		return;
	}
	(void)snprintf(name, sizeof name, "messaggio-%lld.csv", (long long)call->match.id);
	call_octets(call, "text/csv; charset=utf-8", name, text, length);
}

/* ---- how fast ---------------------------------------------------------------------------------------------------- */

static bool point_collect(void *context, int64_t step, enum outbox_channel channel, int64_t people)
{
	json_array_append_new(context, json_pack("[I, s, I]", (json_int_t)step,
					       channel == OUTBOX_SMS ? "sms" : "whatsapp", (json_int_t)people));
	return true;
}

/* About sixty steps of round length over the time since the message was due. */
static int64_t step_of(int64_t elapsed_ms)
{
	static const int16_t seconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600};
	size_t i = 0;

	while (i + 1 < sizeof seconds / sizeof *seconds &&
		elapsed_ms / STEPS_WISHED > (int64_t)seconds[i] * STEP_MIN_MS)
		i++;
	return (int64_t)seconds[i] * STEP_MIN_MS;
}

void api_curve(struct call *call)
{
	struct db *db = call->console->db;
	struct message *message = malloc(sizeof *message);
	json_t *points = json_array();
	struct err err;

	call->kept = message;
	int found = message ? message_get(db, call->match.id, message, &err) : err_set(&err, EX_OSERR, "out of memory");
	int64_t since = found > 0 && message->not_before > message->created_at ? message->not_before
			: found > 0					       ? message->created_at
									       : 0;
	int64_t until =
		found > 0 && message->expires_at && message->expires_at < call->now ? message->expires_at : call->now;
	int64_t step = step_of(until - since);
	if (found > 0 && paging_curve(db, call->match.id, step, point_collect, points, &err) == 0) {
		call_json(call, MHD_HTTP_OK,
			json_pack("{s:I, s:i, s:o}", "step_s", (json_int_t)(step / STEP_MIN_MS), "recipients",
				(int)message->recipients, "points", points));
		return;
	}
	json_decref(points);
	if (found == 0)
		call_fail_missing(call);
	else
		call_fail_err(call, &err);
}
