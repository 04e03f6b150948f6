/* Reports: what a citizen writes that is no command, with its pictures and places; and how they stand. */
#include "firmware-host/citizen/talk.h"

#include "db/report.h"
#include "firmware-host/appointment_notice.h"
#include "firmware-host/chore.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

/* ---- how one stands ------------------------------------------------------------------------------------------------ */

static bool is_theirs(const struct talk *talk, const struct report *report)
{
	if (talk->person.id != 0 && report->from.subscriber_id == talk->person.id)
		return true;
	return report->from.address[0] && strcmp(report->from.address, talk->who.address) == 0;
}

/* 1 theirs, 0 not, -1. */
static int report_theirs(struct talk *talk, int64_t id, struct report *ret, struct err *err)
{
	int found = report_get(talk->hub->db, id, ret, err);

	return found > 0 ? is_theirs(talk, ret) : found;
}

static enum text_id state_text(enum report_state state)
{
	switch (state) {
	case REPORT_NEW: return TEXT_REPORT_STATE_NEW;
	case REPORT_ASSIGNED: return TEXT_REPORT_STATE_ASSIGNED;
	case REPORT_ANSWERED: return TEXT_REPORT_STATE_ANSWERED;
	case REPORT_CLOSED: return TEXT_REPORT_STATE_CLOSED;
	}
	return TEXT_REPORT_STATE_NEW;
}

int report_hear_status(struct talk *talk, struct err *err)
{
	struct report report, as;
	char number[24];

	talk->done = "status";
	snprintf(number, sizeof number, "%d", talk->words.numbers[0]);
	int found = report_theirs(talk, talk->words.numbers[0], &report, err);
	if (found < 0)
		return -1;
	if (found == 0) {
		const struct text_value unknown[] = {{"number", number}};
		return talk_say(talk, TEXT_REPORT_UNKNOWN, unknown, 1, err);
	}
	as = report; /* one that was folded stands as the one it repeats */
	if (report.duplicate_of != 0 && report_get(talk->hub->db, report.duplicate_of, &as, err) < 0)
		return -1;
	const struct text_value values[] = {
		{"number", number},
		{"state", texts_get(talk->texts, state_text(as.state))},
		{"office", as.office[0] ? appointment_notice_office(talk->hub->settings, as.office) : ""},
	};
	return talk_say(talk, TEXT_REPORT_STATE, values, 3, err);
}

/* ---- keeping ------------------------------------------------------------------------------------------------------- */

/* Acknowledged once; behind that only what the words may have meant is said. */
static int report_answer(struct talk *talk, int64_t id, bool fresh, struct err *err)
{
	enum text_id hint = talk->hint;
	char number[24];
	const struct text_value values[] = {{"number", number}};

	snprintf(number, sizeof number, "%lld", (long long)id);
	if (fresh && hint != TEXT_COUNT) {
		enum text_id title = hint == TEXT_HINT_JOIN    ? TEXT_BUTTON_JOIN
				     : hint == TEXT_HINT_LEAVE ? TEXT_BUTTON_LEAVE
				     : hint == TEXT_HINT_HELP  ? TEXT_BUTTON_HELP
							       : TEXT_BUTTON_TOPICS;
		const char *choice = hint == TEXT_HINT_JOIN    ? "join"
				     : hint == TEXT_HINT_LEAVE ? "leave"
				     : hint == TEXT_HINT_HELP  ? "help"
							       : "topics";
		struct talk_choice button = talk_button(talk, title, choice);
		return talk_offer(talk, TEXT_REPORT_ACK, values, 1, &button, 1, err);
	}
	if (fresh)
		return talk_say(talk, TEXT_REPORT_ACK, values, 1, err);
	talk->hint = TEXT_COUNT;
	return hint == TEXT_COUNT ? 0 : talk_say(talk, hint, NULL, 0, err);
}

static int item_keep(struct talk *talk, const struct report_item *item, struct err *err)
{
	int64_t join_ms = (int64_t)talk->hub->settings->reports.join_min * MINUTE_MS, id, item_id;
	bool fresh;

	talk->done = "report";
	if (report_write(talk->hub->db, &talk->who, item, join_ms, talk->now, &id, &item_id, &fresh, err) != 0)
		return -1;
	if (item->media == MEDIA_WANTED)
		chore_media_due(talk->hub);
	if (talk->asked && talk->question.question == DIALOGUE_REPORT && talk_end(talk, err) != 0)
		return -1;
	return report_answer(talk, id, fresh, err);
}

/* "Segnalazione 12: è ancora lì": with that one, if it is theirs. 1 kept, 0 not, -1. */
static int item_append(struct talk *talk, const struct report_item *item, struct err *err)
{
	struct report report;
	char number[24];
	int64_t item_id;
	const struct text_value values[] = {{"number", number}};

	if (talk->words.verb != VERB_REPORT || talk->words.number_count == 0)
		return 0;
	int found = report_theirs(talk, talk->words.numbers[0], &report, err);
	if (found <= 0)
		return found;
	if (report_append(talk->hub->db, report.id, item, talk->now, &item_id, err) < 0)
		return -1;
	talk->done = "report";
	snprintf(number, sizeof number, "%lld", (long long)report.id);
	return talk_say(talk, TEXT_REPORT_ADDED, values, 1, err) != 0 ? -1 : 1;
}

static struct report_item item_of(const struct talk *talk, const char *text, size_t length)
{
	return (struct report_item){
		.kind = REPORT_TEXT, .inbox_id = talk->from->inbox_id, .text = text, .text_length = (int32_t)length};
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

int report_hear(struct talk *talk, struct err *err)
{
	bool told = talk->words.verb == VERB_REPORT;

	if (is_blank(talk->text))
		return 0;
	if (told && talk->words.argument_length == 0) {
		talk->done = "report asked";
		if (talk_request(talk, TEXT_REPORT_ASK, BEARER_REQUEST_LOCATION, err) != 0)
			return -1;
		return talk_ask(talk, DIALOGUE_REPORT, "", "", err);
	}
	struct report_item item = told ? item_of(talk, talk->words.argument, talk->words.argument_length)
				       : item_of(talk, talk->text, strlen(talk->text));
	int appended = item_append(talk, &item, err);
	return appended != 0 ? (appended < 0 ? -1 : 0) : item_keep(talk, &item, err);
}

/* ---- what is no text ----------------------------------------------------------------------------------------------- */

static int media_hear(struct talk *talk, const struct webhook_event *event, struct err *err)
{
	bool kept = talk->hub->settings->reports.media_max_mib > 0 && event->media[0];
	struct report_item item = item_of(talk, talk->text, strlen(talk->text));

	if (!kept && is_blank(talk->text)) {
		talk->done = "unreadable";
		return talk_say(talk, TEXT_UNREADABLE, NULL, 0, err);
	}
	item.kind = REPORT_MEDIA;
	item.media = kept ? MEDIA_WANTED : MEDIA_REFUSED;
	snprintf(item.media_id, sizeof item.media_id, "%s", event->media);
	snprintf(item.mime, sizeof item.mime, "%s", event->mime);
	snprintf(item.sha256, sizeof item.sha256, "%s", event->sha256);
	return item_keep(talk, &item, err);
}

static int place_hear(struct talk *talk, const struct webhook_event *event, struct err *err)
{
	struct report_item item = item_of(talk, talk->text, strlen(talk->text));

	item.kind = REPORT_LOCATION;
	item.latitude = event->latitude;
	item.longitude = event->longitude;
	return item_keep(talk, &item, err);
}

/* A message taken back or changed after it was sent asks for nothing. */
static int other_hear(struct talk *talk, const struct webhook_event *event, struct err *err)
{
	if (strncmp(event->text, "edit", 4) == 0 || strncmp(event->text, "revoke", 6) == 0)
		return 0;
	talk->done = "unreadable";
	return talk_say(talk, TEXT_UNREADABLE, NULL, 0, err);
}

int report_hear_event(struct talk *talk, struct err *err)
{
	const struct webhook_event *event = talk->from->event;

	switch (event->content) {
	case WEBHOOK_IMAGE:
	case WEBHOOK_AUDIO:
	case WEBHOOK_VIDEO:
	case WEBHOOK_DOCUMENT: return media_hear(talk, event, err);
	case WEBHOOK_LOCATION: return place_hear(talk, event, err);
	case WEBHOOK_OTHER: return other_hear(talk, event, err);
	case WEBHOOK_STICKER:
	case WEBHOOK_REACTION: return 0;
	case WEBHOOK_TEXT:
	case WEBHOOK_BUTTON:
	case WEBHOOK_REPLY:
	case WEBHOOK_PHONE:
	case WEBHOOK_CARD: break;
	}
	return report_hear(talk, err);
}
