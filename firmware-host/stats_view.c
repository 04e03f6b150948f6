#include "firmware-host/stats_view.h"

#include "firmware-host/csv.h"
#include "firmware-host/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS_DEFAULT = 30, SECOND_MS = 1000, DAY_TEXT_MAX = 12 };

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

/* ---- the period -------------------------------------------------------------------------------------------------- */

static int day_read(const char *text, int64_t now, int64_t *ret, struct err *err)
{
	const char *why = strlen(text) == 10 && text[4] == '-' ? when_read(text, now, ret) : "not a date";

	return why ? err_set(err, EX_DATAERR, "\"%.20s\": %s; write a day as 2026-11-21", text, why) : 0;
}

/* The day's local midnight, some days on; summer time may make a day an hour longer. */
static int64_t midnight_of(int64_t ms, int days)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	local.tm_mday += days;
	local.tm_hour = local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * SECOND_MS;
}

int stats_view_period(const char *from, const char *to, int64_t now, struct stats_period *ret, struct err *err)
{
	int64_t last = now;

	if (to && day_read(to, now, &last, err) != 0)
		return -1;
	ret->until = midnight_of(last, 1);
	ret->from = midnight_of(last, 1 - DAYS_DEFAULT);
	if (from && day_read(from, now, &ret->from, err) != 0)
		return -1;
	if (ret->from >= ret->until)
		return err_set(err, EX_DATAERR, "the period ends before it begins; correct --from or --to");
	return 0;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *count(int64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *messages_json(const struct stats_messages *it)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "messages",
		count(it->messages), "recipients", count(it->recipients), "reached", count(it->reached), "by_sms",
		count(it->by_sms), "by_whatsapp", count(it->by_whatsapp), "by_sms_after_whatsapp", count(it->fell),
		"failed", count(it->failed), "unknown", count(it->unknown), "within_1_minute", count(it->within_minute),
		"within_5_minutes", count(it->within_5_minutes), "within_15_minutes", count(it->within_15_minutes),
		"sms_parts", count(it->segments));
}

static const char *day_text(int64_t ms, char out[DAY_TEXT_MAX])
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	strftime(out, DAY_TEXT_MAX, "%Y-%m-%d", &local);
	return out;
}

static bool day_collect(void *context, const struct stats_day *day)
{
	time_t seconds = (time_t)(day->day * day_ms / SECOND_MS);
	char text[DAY_TEXT_MAX];
	struct tm utc = {0};

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof text, "%Y-%m-%d", &utc);
	json_array_append_new(
		context, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "day", text, "messages", count(day->messages),
				 "recipients", count(day->recipients), "reached", count(day->reached), "arrived",
				 count(day->arrived), "reports", count(day->reports)));
	return true;
}

/* By the offset of the period's end: an hour around midnight is on the neighbouring day for the half of a long one. */
static int64_t offset_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return (int64_t)local.tm_gmtoff * SECOND_MS;
}

int stats_view_json(struct db *db, const struct stats_period *period, json_t **ret_json, struct err *err)
{
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];
	struct stats stats;
	json_t *days = json_array();

	if (stats_read(db, period->from, period->until, &stats, err) != 0 ||
		stats_each_day(db, period->from, period->until, offset_of(period->until), day_collect, days, err) !=
			0) {
		json_decref(days);
		return -1;
	}
	*ret_json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o, s:o},"
			      " s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o}, s:o}",
		"from", day_text(period->from, from), "to", day_text(period->until - 1, to), "alerts",
		messages_json(&stats.alerts), "exercises", messages_json(&stats.exercises), "news",
		messages_json(&stats.news), "citizens", "active", count(stats.active), "joined", count(stats.joined),
		"left", count(stats.left), "arrived_sms", count(stats.arrived_sms), "arrived_whatsapp",
		count(stats.arrived_whatsapp), "replies", count(stats.replies), "reports", "opened",
		count(stats.reports), "answered", count(stats.reports_answered), "closed", count(stats.reports_closed),
		"mean_answer_s", count(stats.answer_ms / SECOND_MS), "appointments", "made", count(stats.appointments),
		"kept", count(stats.appointments_kept), "called_off", count(stats.appointments_called_off), "days",
		days);
	return *ret_json ? 0 : err_set(err, EX_OSERR, "out of memory");
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

struct line {
	const char *group, *name;
	char value[24];
};

/* Calls each() for every figure, in order. */
static void figures_walk(const json_t *json, void (*each)(FILE *out, const struct line *line), FILE *out)
{
	static const char *const groups[] = {"alerts", "exercises", "news", "citizens", "reports", "appointments"};
	const char *name;
	json_t *value;

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		json_object_foreach(json_object_get(json, groups[i]), name, value)
		{
			struct line line = {.group = groups[i], .name = name};
			(void)snprintf(line.value, sizeof line.value, "%lld", (long long)json_integer_value(value));
			each(out, &line);
		}
	}
}

static void line_csv(FILE *out, const struct line *line)
{
	csv_write(out, line->group, true);
	csv_write(out, line->name, false);
	csv_write(out, line->value, false);
	csv_write_end(out);
}

void stats_view_csv(const json_t *json, FILE *out)
{
	static const char *const names[] = {"messages", "recipients", "reached", "arrived", "reports"};
	const json_t *day;
	size_t i;

	struct line head = {.group = "group", .name = "figure", .value = "value"};
	line_csv(out, &head);
	figures_walk(json, line_csv, out);
	json_array_foreach(json_object_get(json, "days"), i, day)
	{
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			struct line line = {.group = json_string_value(json_object_get(day, "day")), .name = names[k]};
			(void)snprintf(line.value, sizeof line.value, "%lld",
				(long long)json_integer_value(json_object_get(day, names[k])));
			line_csv(out, &line);
		}
	}
}

static void line_print(FILE *out, const struct line *line)
{
	fprintf(out, "%-13s %-22s %10s\n", line->group, line->name, line->value);
}

void stats_view_print(const json_t *json, FILE *out)
{
	fprintf(out, "%s to %s\n", json_string_value(json_object_get(json, "from")),
		json_string_value(json_object_get(json, "to")));
	figures_walk(json, line_print, out);
}
