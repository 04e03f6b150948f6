#include "firmware-host/report_desk.h"

#include "config/value.h"
#include "db/message.h"
#include "firmware-host/appointment_notice.h"
#include "firmware-host/reply.h"
#include "firmware-host/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE_MAX = 500 }; /* answered at once; a bound, not a wish */

static int fail_unknown(int64_t id, struct err *err)
{
	return err_set(err, EX_REFUSED, "there is no report %lld; see: banditore report list --all", (long long)id);
}

/* Of a db function: 1 done, 0 no such report, -1. */
static int told(int result, int64_t id, struct err *err)
{
	return result == 0 ? fail_unknown(id, err) : result < 0 ? -1 : 0;
}

int report_desk_assign(struct db *db, const struct settings *settings, int64_t id, const char *office, const char *who,
	int64_t now, struct err *err)
{
	const struct settings_office *found = slots_office(settings, office);

	if (!found)
		return err_set(err, EX_DATAERR, "there is no office \"%.60s\"; the configuration's offices are %s",
			office, settings->office_count > 0 ? "listed by: banditore config check --print" : "none");
	return told(report_assign(db, id, found->id, who, now, err), id, err);
}

int report_desk_fold(struct db *db, int64_t id, int64_t into, const char *who, int64_t now, struct err *err)
{
	return told(report_fold(db, id, into, who, now, err), id, err);
}

/* ---- replies ----------------------------------------------------------------------------------------------------- */

struct people {
	int64_t id[PEOPLE_MAX];
	struct correspondent who[PEOPLE_MAX];
	int count;
};

/* One person is answered once, however often they wrote; who was erased is not. */
static bool people_add(void *context, const struct report *report)
{
	struct people *people = context;

	if (report->from.address[0] == '\0')
		return true;
	for (int i = 0; i < people->count; i++)
		if (people->who[i].channel == report->from.channel &&
			strcmp(people->who[i].address, report->from.address) == 0)
			return true;
	people->id[people->count] = report->id;
	people->who[people->count++] = report->from;
	return people->count < PEOPLE_MAX;
}

static int people_answer(struct db *db, const struct settings *settings, const struct texts *texts,
	const struct people *people, const char *office, const char *text, int64_t now, int64_t *ret_message,
	struct err *err)
{
	char number[24], whole[MESSAGE_TEXT_MAX];
	const struct text_value values[] = {
		{"comune", settings->comune.name},
		{"office", office[0] ? appointment_notice_office(settings, office) : ""},
		{"number", number},
		{"text", text},
	};

	for (int i = people->count - 1; i >= 0; i--) { /* the first last, so that *ret_message is its */
		snprintf(number, sizeof number, "%lld", (long long)people->id[i]);
		if (texts_fill(texts, TEXT_REPORT_REPLY, values, sizeof values / sizeof *values, whole, sizeof whole) <
			0)
			return err_set(err, EX_DATAERR, "the answer would be longer than %zu octets; shorten it",
				sizeof whole);
		if (reply_queue(db, settings, &people->who[i], whole, now, ret_message, err) != 0)
			return err_prefix(err, "report %s", number);
	}
	return 0;
}

static int reply(struct db *db, const struct settings *settings, const struct texts *texts, struct people *people,
	int64_t id, const char *text, const char *who, int64_t now, int *ret_people, struct err *err)
{
	const struct report_filter duplicates = {.duplicates_of = id};
	struct report report;
	int64_t message = 0;
	int found = report_get(db, id, &report, err);

	if (found <= 0)
		return found < 0 ? -1 : fail_unknown(id, err);
	people_add(people, &report);
	if (report_each(db, &duplicates, PEOPLE_MAX, people_add, people, err) != 0)
		return -1;
	if (people->count == 0)
		return err_set(err, EX_UNAVAILABLE, "the sender of report %lld was erased: there is nobody to answer",
			(long long)id);
	if (people_answer(db, settings, texts, people, report.office, text, now, &message, err) != 0)
		return -1;
	*ret_people = people->count;
	return told(report_reply(db, id, who, text, message, now, err), id, err);
}

int report_desk_reply(struct db *db, const struct settings *settings, const struct texts *texts, int64_t id,
	const char *text, const char *who, int64_t now, int *ret_people, struct err *err)
{
	if (!value_is_given(text) || !value_is_utf8(text, strlen(text), NULL))
		return err_set(err, EX_DATAERR, "an answer needs words, in UTF-8");
	struct people *people = calloc(1, sizeof *people);
	if (!people)
		return err_set(err, EX_OSERR, "out of memory");
	int result = reply(db, settings, texts, people, id, text, who, now, ret_people, err);
	free(people);
	return result;
}

int report_desk_close(struct db *db, const struct settings *settings, const struct texts *texts, int64_t id,
	const char *text, const char *who, int64_t now, int *ret_people, struct err *err)
{
	*ret_people = 0;
	if (text[0] && report_desk_reply(db, settings, texts, id, text, who, now, ret_people, err) != 0)
		return -1;
	return told(report_close(db, id, who, "", now, err), id, err);
}
