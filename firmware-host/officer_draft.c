#include "firmware-host/officer_draft.h"

#include "firmware-host/log.h"
#include "firmware-host/message_view.h"
#include "firmware-host/named.h"
#include "firmware-host/order_keep.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, HOUR_MS = 3600 * SECOND_MS, EXERCISE_HOURS = 2 };

/* What every step needs. */
struct making {
	struct db *db;
	const struct settings *settings;
	const struct texts *texts;
	const struct officer_words *words;
	const char *door;
	int64_t now;
	struct draft *draft;
	char *answer; /* TEXTS_TEXT_MAX */
	struct err *err;
};

static int refuse(struct making *making, enum text_id id, const char *name, const char *value)
{
	const struct text_value values[] = {{name, value}};

	(void)texts_fill(making->texts, id, values, 1, making->answer, TEXTS_TEXT_MAX);
	return 0;
}

static int refuse_missing(struct making *making, enum text_id what)
{
	return refuse(making, TEXT_OFFICER_MISSING, "what", texts_get(making->texts, what));
}

/* What order_compose found wrong, in English, is for the log; what went wrong with the machine goes up. */
static int refuse_composed(struct making *making)
{
	if (making->err->status != EX_DATAERR && making->err->status != EX_USAGE)
		return -1;
	log_line(LOG_WARN, "%s: an officer's order was refused: %s", making->door, making->err->text);
	return refuse(making, TEXT_OFFICER_REFUSED, "", "");
}

/* ---- until ------------------------------------------------------------------------------------------------------- */

/* That minute of the day `days` after today's. */
static int64_t minute_of_day(int64_t now, int days, int minute)
{
	time_t seconds = (time_t)(now / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	local.tm_mday += days;
	local.tm_hour = minute / 60;
	local.tm_min = minute % 60;
	local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * SECOND_MS;
}

/* 0: not said. */
static int64_t until_of(const struct officer_words *words, int64_t now)
{
	if (words->hours > 0)
		return now + (int64_t)words->hours * HOUR_MS;
	if (words->until_minute < 0)
		return words->exercise ? now + (int64_t)EXERCISE_HOURS * HOUR_MS : 0;
	int64_t until = minute_of_day(now, words->tomorrow, words->until_minute);
	return until > now ? until : minute_of_day(now, 1, words->until_minute);
}

/* ---- an alert ---------------------------------------------------------------------------------------------------- */

static int alert_by_code(struct making *making, const struct sheet *sheet)
{
	struct sheet_meaning meaning = sheet_find(sheet, making->words->code);

	if (meaning.act == SHEET_CLEAR) {
		int made = draft_clear(making->db, sheet, making->settings, making->texts, making->door, making->now,
			making->draft, making->err);
		return made != 0 ? made : refuse(making, TEXT_KEYPAD_NOTHING_TO_CLEAR, "", "");
	}
	if (meaning.act != SHEET_ALERT)
		return refuse(making, TEXT_KEYPAD_NO_CODE, "code", making->words->code);
	meaning.exercise = meaning.exercise || making->words->exercise;
	if (draft_alert(sheet, making->settings, making->texts, &meaning, false, making->door, making->now,
		    making->draft, making->err) != 0)
		return refuse_composed(making);
	return 1;
}

/* The hazard and its instruction in the comune's second language; NULL: there is none. */
static const struct order_second *second_of(
	const struct sheet *sheet, const struct sheet_hazard *known, struct order_second *ret)
{
	const struct sheet_hazard *named = sheet->second ? sheet_hazard(sheet->second->sheet, known->code) : NULL;

	if (!named)
		return NULL;
	*ret = (struct order_second){sheet->second->texts, named->name, named->instruction};
	return ret;
}

static int alert_by_words(struct making *making, const struct sheet *sheet)
{
	const struct officer_words *words = making->words;
	const struct sheet_hazard *known = words->hazard[0] ? sheet_hazard(sheet, words->hazard) : NULL;
	char text[MESSAGE_TEXT_MAX], until[WHEN_TEXT_MAX];
	struct draft *draft = making->draft;
	struct order order = {
		.kind = MESSAGE_ALERT,
		.colour = words->colour,
		.colourless = words->colour == COLOUR_NONE,
		.exercise = words->exercise,
		.hazard = words->hazard[0] ? words->hazard : NULL,
		.phase = words->phase,
		.zone_count = words->zone_count,
		.text = text,
		.door = making->door,
	};
	struct order_second second;

	*draft = (struct draft){.from = making->now, .from_now = true, .until = until_of(words, making->now)};
	if (words->colour == COLOUR_NONE && !words->phase && !words->exercise)
		return refuse_missing(making, TEXT_OFFICER_WHAT_COLOUR);
	if (draft->until == 0)
		return refuse_missing(making, TEXT_OFFICER_WHAT_UNTIL);
	const char *said = known ? known->instruction : words->exercise ? texts_get(making->texts, TEXT_DRILL) : "";
	(void)snprintf(text, sizeof text, "%.*s", (int)words->text_length, words->text);
	if (!text[0] && !said[0])
		return refuse_missing(making, TEXT_OFFICER_WHAT_TEXT);
	if (!text[0])
		(void)snprintf(text, sizeof text, "%s", said);
	memcpy(order.zones, words->zones, sizeof words->zones);
	order.until = when_rfc3339(draft->until, until);
	if (known && said == known->instruction && strcmp(text, said) == 0)
		order.second = second_of(sheet, known, &second);
	if (order_compose(&order, making->settings, making->texts, NULL, making->now, &draft->message, &draft->measure,
		    making->err) != 0)
		return refuse_composed(making);
	return 1;
}

/* ---- an all-clear ------------------------------------------------------------------------------------------------ */

static int no_message(struct making *making)
{
	char number[24] = "";

	if (making->words->number > 0)
		(void)snprintf(number, sizeof number, "%lld", (long long)making->words->number);
	return refuse(making, TEXT_OFFICER_NO_MESSAGE, "id", number);
}

/* Of alert n, or the newest that has none yet; with the officer's words where there are some. */
static int clear_make(struct making *making, const struct sheet *sheet)
{
	const struct officer_words *words = making->words;
	struct draft *draft = making->draft;
	struct order order = {.kind = MESSAGE_CLEAR, .door = making->door};
	struct order_second second;
	char text[MESSAGE_TEXT_MAX];
	int found;

	if (words->number > 0) {
		*draft = (struct draft){0};
		found = message_get(making->db, words->number, &draft->about, making->err);
		if (found > 0 && (draft->about.kind != MESSAGE_ALERT || draft->about.stage == STAGE_CANCELLED))
			found = 0;
	} else {
		found = draft_clear(making->db, sheet, making->settings, making->texts, making->door, making->now,
			draft, making->err);
	}
	if (found <= 0)
		return found < 0 ? -1 : no_message(making);
	(void)snprintf(text, sizeof text, "%.*s", (int)words->text_length, words->text);
	order.text = text[0] ? text : NULL;
	if (!text[0] && draft_second_clear(sheet, &draft->about, &second))
		order.second = &second;
	if (order_compose(&order, making->settings, making->texts, &draft->about, making->now, &draft->message,
		    &draft->measure, making->err) != 0)
		return refuse_composed(making);
	return 1;
}

int officer_draft_make(struct db *db, const struct settings *settings, const struct texts *texts,
	const struct officer_words *words, const char *door, int64_t now, struct draft *ret,
	char answer[TEXTS_TEXT_MAX], struct err *err)
{
	struct making making = {db, settings, texts, words, door, now, ret, answer, err};
	struct sheet *sheet;

	if (sheet_read(settings->keypad.sheet, settings->keypad.sheet_given, settings, &sheet, err) != 0)
		return -1;
	int made = words->verb == OFFICER_CLEAR ? clear_make(&making, sheet)
		   : words->code[0]		? alert_by_code(&making, sheet)
						: alert_by_words(&making, sheet);
	sheet_free(sheet);
	if (made <= 0)
		return made;
	if (order_recipients(db, settings, &ret->message, now, &ret->recipients, err) != 0)
		return -1;
	return ret->recipients > 0 ? 1 : refuse(&making, TEXT_KEYPAD_NOBODY, "", "");
}

int officer_draft_running(struct db *db, const struct settings *settings, int64_t number, int64_t now,
	struct message *ret, struct err *err)
{
	struct message_view view;
	int found;

	if (number > 0) {
		found = message_get(db, number, ret, err);
		return found > 0 && ret->kind != MESSAGE_ALERT && ret->kind != MESSAGE_CLEAR ? 0 : found;
	}
	found = message_view_running(db, settings, now, &view, err);
	if (found > 0)
		*ret = view.message;
	return found;
}

bool officer_draft_is_red(const struct message *message)
{
	return message->priority == PRIORITY_RED || message->colour == COLOUR_RED;
}
