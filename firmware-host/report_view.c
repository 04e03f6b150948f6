#include "firmware-host/report_view.h"

#include "firmware-host/csv.h"
#include "firmware-host/json.h"
#include "firmware-host/shown.h"
#include "firmware-host/when.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 500, LINE_COLUMNS = 60 };

static const char *const states[] = {"", "new", "assigned", "answered", "closed"};
static const char *const kinds[] = {"", "text", "media", "location"};
static const char *const media_states[] = {"", "wanted", "kept", "refused", "gone"};
static const char *const acts[] = {"", "opened", "assigned", "replied", "closed", "folded"};

const char *report_view_state(enum report_state state)
{
	return states[state];
}

unsigned report_view_states(const char *word)
{
	for (unsigned i = REPORT_NEW; i <= REPORT_CLOSED; i++)
		if (strcmp(states[i], word) == 0)
			return 1U << i;
	return 0;
}

static const char *channel_of(const struct report *report)
{
	return report->from.channel == CHANNEL_WHATSAPP ? "whatsapp" : "sms";
}

static json_t *time_json(int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	return ms ? json_string(when_rfc3339(ms, text)) : json_null();
}

static json_t *words_json(const char *text)
{
	return json_written(text, strlen(text));
}

/* ---- a list ------------------------------------------------------------------------------------------------------ */

json_t *report_view_json(const struct report *report)
{
	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:o}", "id", (json_int_t)report->id,
		"state", report_view_state(report->state), "from", words_json(report->from.address), "channel",
		channel_of(report), "office", report->office, "created", time_json(report->created_at), "last",
		time_json(report->last_at), "answered", time_json(report->answered_at), "closed",
		time_json(report->closed_at), "duplicate_of",
		report->duplicate_of ? json_integer((json_int_t)report->duplicate_of) : json_null(), "count",
		report->items, "text", words_json(report->summary));
}

void report_view_line(const struct report *report, FILE *out)
{
	char at[WHEN_TEXT_MAX];

	fprintf(out, "%5lld  %.16s  %-8s  %-12s  ", (long long)report->id, when_rfc3339(report->created_at, at),
		report->duplicate_of ? "folded" : report_view_state(report->state),
		report->office[0] ? report->office : "-");
	shown_line(out, report->from.address, 20);
	fprintf(out, "  %d  ", report->items);
	shown_line(out, report->summary, LINE_COLUMNS);
	fputc('\n', out);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

void report_view_csv_head(FILE *out)
{
	static const char *const names[] = {"number", "state", "office", "from", "channel", "created", "last",
		"answered", "closed", "duplicate_of", "count", "text"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		csv_write(out, names[i], i == 0);
	csv_write_end(out);
}

static bool text_add(void *context, const struct report_item *item)
{
	FILE *out = context;

	if (item->text_length > 0 && ftell(out) > 0)
		fputc('\n', out);
	fwrite(item->text, 1, strlen(item->text), out);
	return true;
}

static void csv_number(FILE *out, int64_t number, bool first)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)number);
	csv_write(out, number ? text : "", first);
}

static void csv_time(FILE *out, int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	csv_write(out, ms ? when_rfc3339(ms, text) : "", false);
}

/* A field that somebody wrote: harmless to a spreadsheet (csv_write) and to a terminal. */
static int csv_words(FILE *out, const char *text, struct err *err)
{
	size_t size = 3 * strlen(text) + 1;
	char *safe = malloc(size);

	if (!safe)
		return err_set(err, EX_OSERR, "out of memory");
	csv_write(out, shown_text(text, safe, size), false);
	free(safe);
	return 0;
}

int report_view_csv(struct db *db, const struct report *report, FILE *out, struct err *err)
{
	char *text = NULL;
	size_t size;
	FILE *texts = open_memstream(&text, &size);

	if (!texts)
		return err_set(err, EX_OSERR, "out of memory");
	int result = report_item_each(db, report->id, text_add, texts, err);
	if (fclose(texts) != 0 && result == 0)
		result = err_set(err, EX_OSERR, "out of memory");
	if (result == 0) {
		csv_number(out, report->id, true);
		csv_write(out, report_view_state(report->state), false);
		csv_write(out, report->office, false);
		result = csv_words(out, report->from.address, err);
		csv_write(out, channel_of(report), false);
		csv_time(out, report->created_at);
		csv_time(out, report->last_at);
		csv_time(out, report->answered_at);
		csv_time(out, report->closed_at);
		csv_number(out, report->duplicate_of, false);
		csv_number(out, report->items, false);
		result = result == 0 ? csv_words(out, text, err) : -1;
		csv_write_end(out);
	}
	free(text);
	return result;
}

/* ---- one whole report -------------------------------------------------------------------------------------------- */

static bool item_json(void *context, const struct report_item *item)
{
	json_t *json = json_pack("{s:I, s:o, s:s, s:o}", "id", (json_int_t)item->id, "at", time_json(item->at), "kind",
		kinds[item->kind], "text", json_written(item->text, (size_t)item->text_length));

	if (item->kind == REPORT_MEDIA)
		json_object_update_new(json, json_pack("{s:s, s:o, s:s, s:I, s:s}", "media", media_states[item->media],
						     "mime", words_json(item->mime), "path", item->path, "size",
						     (json_int_t)item->size, "sha256", item->sha256));
	if (item->kind == REPORT_LOCATION)
		json_object_update_new(
			json, json_pack("{s:f, s:f}", "latitude", item->latitude, "longitude", item->longitude));
	json_array_append_new(context, json);
	return true;
}

static bool event_json(void *context, const struct report_event *event)
{
	json_array_append_new(
		context, json_pack("{s:o, s:s, s:o, s:o, s:o}", "at", time_json(event->at), "act", acts[event->act],
				 "who", words_json(event->who), "text", words_json(event->text), "message",
				 event->message_id ? json_integer((json_int_t)event->message_id) : json_null()));
	return true;
}

static bool number_json(void *context, const struct report *report)
{
	json_array_append_new(context, json_integer((json_int_t)report->id));
	return true;
}

int report_view_json_whole(struct db *db, const struct report *report, json_t **ret_json, struct err *err)
{
	const struct report_filter duplicates = {.duplicates_of = report->id};
	json_t *json = report_view_json(report), *items = json_array(), *history = json_array(),
	       *numbers = json_array();

	int result = json ? 0 : err_set(err, EX_OSERR, "out of memory");
	if (result == 0)
		result = report_item_each(db, report->id, item_json, items, err);
	if (result == 0)
		result = report_event_each(db, report->id, event_json, history, err);
	if (result == 0)
		result = report_each(db, &duplicates, LIST_MAX, number_json, numbers, err);
	json_object_set_new(json, "items", items);
	json_object_set_new(json, "history", history);
	json_object_set_new(json, "duplicates", numbers);
	if (result != 0) {
		json_decref(json);
		return -1;
	}
	*ret_json = json;
	return 0;
}

static bool item_print(void *context, const struct report_item *item)
{
	FILE *out = context;
	char at[WHEN_TEXT_MAX];

	fprintf(out, "\n%.16s  ", when_rfc3339(item->at, at));
	if (item->kind == REPORT_LOCATION)
		fprintf(out, "location %.6f, %.6f", item->latitude, item->longitude);
	if (item->kind == REPORT_MEDIA) {
		shown_line(out, item->mime, 0);
		fprintf(out, ", %s", media_states[item->media]);
		if (item->media == MEDIA_KEPT)
			fprintf(out, ": %s, %lld octets", item->path, (long long)item->size);
	}
	fputc('\n', out);
	if (item->text_length > 0)
		shown_block(out, item->text, "    ");
	return true;
}

static bool event_print(void *context, const struct report_event *event)
{
	FILE *out = context;
	char at[WHEN_TEXT_MAX];

	fprintf(out, "  %.16s  %-8s  ", when_rfc3339(event->at, at), acts[event->act]);
	shown_line(out, event->who, 20);
	if (event->text[0])
		fputs(event->who[0] ? ": " : "", out);
	shown_line(out, event->text, 0);
	fputc('\n', out);
	return true;
}

static bool number_print(void *context, const struct report *report)
{
	fprintf(context, " %lld", (long long)report->id);
	return true;
}

int report_view_whole(struct db *db, const struct report *report, FILE *out, struct err *err)
{
	const struct report_filter duplicates = {.duplicates_of = report->id};

	fprintf(out, "report %lld, %s, by %s from ", (long long)report->id, report_view_state(report->state),
		channel_of(report));
	shown_line(out, report->from.address[0] ? report->from.address : "(erased)", 0);
	fprintf(out, "\noffice: %s\n", report->office[0] ? report->office : "none yet");
	if (report->duplicate_of)
		fprintf(out, "a duplicate of %lld\n", (long long)report->duplicate_of);
	fputs("duplicates:", out);
	if (report_each(db, &duplicates, LIST_MAX, number_print, out, err) != 0 ||
		(fputc('\n', out), report_item_each(db, report->id, item_print, out, err)) != 0)
		return -1;
	fputs("\nhistory\n", out);
	return report_event_each(db, report->id, event_print, out, err);
}
