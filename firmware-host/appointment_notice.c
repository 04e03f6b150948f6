#include "firmware-host/appointment_notice.h"

#include "db/dialogue.h"
#include "db/message.h"
#include "firmware-host/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, REMINDERS_MAX = 50, WEEKDAY_MAX = 64 };

static struct tm local_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return local;
}

void appointment_notice_weekday(const struct texts *texts, int weekday, char *out, size_t size)
{
	const char *words = texts_get(texts, TEXT_APPOINTMENT_WEEKDAYS);

	for (int i = weekday; i > 0; i--) {
		words += strcspn(words, ",");
		words += strspn(words, ", ");
	}
	snprintf(out, size, "%.*s", (int)strcspn(words, ","), words);
}

const char *appointment_notice_when(const struct texts *texts, int64_t start, char *out, size_t size)
{
	struct tm local = local_of(start);
	char weekday[WEEKDAY_MAX], date[16], time[16];
	const struct text_value values[] = {{"weekday", weekday}, {"date", date}, {"time", time}};

	appointment_notice_weekday(texts, (local.tm_wday + 6) % 7, weekday, sizeof weekday);
	strftime(date, sizeof date, "%d/%m", &local);
	strftime(time, sizeof time, "%H:%M", &local);
	(void)texts_fill(texts, TEXT_APPOINTMENT_WHEN, values, sizeof values / sizeof *values, out, size);
	return out;
}

const char *appointment_notice_office(const struct settings *settings, const char *id)
{
	for (int32_t i = 0; i < settings->office_count; i++)
		if (strcmp(settings->offices[i].id, id) == 0)
			return settings->offices[i].name;
	return id;
}

int appointment_notice_send(struct db *db, const struct settings *settings, const struct texts *texts, enum text_id id,
	const struct appointment *appointment, const char *more, int64_t now, struct err *err)
{
	char when[256], number[24], text[MESSAGE_TEXT_MAX];
	int64_t message;
	const struct text_value values[] = {
		{"comune", settings->comune.name},
		{"office", appointment_notice_office(settings, appointment->office)},
		{"when", appointment_notice_when(texts, appointment->start, when, sizeof when)},
		{"number", number},
		{"contacts", settings->comune.contacts},
		{"text", more},
	};

	snprintf(number, sizeof number, "%lld", (long long)appointment->id);
	if (texts_fill(texts, id, values, sizeof values / sizeof *values, text, sizeof text) < 0)
		return err_set(err, EX_DATAERR, "the message would be longer than %zu octets; shorten it", sizeof text);
	return reply_queue(db, settings, &appointment->who, text, now, &message, err);
}

/* ---- reminders --------------------------------------------------------------------------------------------------- */

/* Local midnight so many days from today's. */
static int64_t midnight_of(int64_t now, int days)
{
	struct tm local = local_of(now);

	local.tm_mday += days;
	local.tm_hour = local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * SECOND_MS;
}

static int64_t hour_of(int64_t now, int hour)
{
	struct tm local = local_of(now);

	local.tm_hour = hour;
	local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * SECOND_MS;
}

struct due {
	struct appointment *list;
	int count;
};

static bool due_add(void *context, const struct appointment *appointment)
{
	struct due *due = context;

	due->list[due->count++] = *appointment;
	return due->count < REMINDERS_MAX;
}

/* What "no" then means. A question that is open goes first. */
static int reminder_ask(struct db *db, const struct appointment *appointment, int64_t now, struct err *err)
{
	struct dialogue open, reminder = {.who = appointment->who,
				      .question = DIALOGUE_REMINDER,
				      .asked_at = now,
				      .expires_at = appointment->start};
	int found = dialogue_find(db, &appointment->who, &open, err);

	if (found < 0 || (found > 0 && now < open.expires_at))
		return found < 0 ? -1 : 0;
	snprintf(reminder.options, sizeof reminder.options, "drop:%lld", (long long)appointment->id);
	return dialogue_ask(db, &reminder, err);
}

/* Whoever has just heard of it, since it was made or changed after the hour, is not told again. */
static int due_remind(struct db *db, const struct settings *settings, const struct texts *texts, const struct due *due,
	int64_t now, struct err *err)
{
	int64_t hour = hour_of(now, settings->appointments.reminder_hour);
	bool answers = settings->comune.mode == MODE_TWO_WAY;
	const char *more = answers ? texts_get(texts, TEXT_APPOINTMENT_NO_COMES) : "";

	for (int i = 0; i < due->count; i++) {
		struct err why = {0};

		if (appointment_reminded(db, due->list[i].id, now, err) < 0)
			return -1;
		if (due->list[i].changed_at >= hour)
			continue;
		if (appointment_notice_send(
			    db, settings, texts, TEXT_APPOINTMENT_REMINDER, &due->list[i], more, now, &why) == 0) {
			if (answers && reminder_ask(db, &due->list[i], now, err) != 0)
				return -1;
		} else if (!db_in_transaction(db)) {
			*err = why;
			return -1;
		}
	}
	return due->count;
}

int appointment_notice_remind(
	struct db *db, const struct settings *settings, const struct texts *texts, int64_t now, struct err *err)
{
	struct due due = {0};
	int hour = settings->appointments.reminder_hour;

	if (hour < 0 || local_of(now).tm_hour < hour)
		return 0;
	due.list = calloc(REMINDERS_MAX, sizeof *due.list);
	if (!due.list)
		return err_set(err, EX_OSERR, "out of memory");
	int result = appointment_reminders(
		db, midnight_of(now, 1) - 1, midnight_of(now, 2), REMINDERS_MAX, due_add, &due, err);
	if (result == 0)
		result = due_remind(db, settings, texts, &due, now, err);
	free(due.list);
	return result;
}
