#include "firmware-host/order_ask.h"

#include <string.h>

/* The sheet says all of it; what contradicts it is refused rather than left aside. */
static int code_compose(struct order_ask *ask, const struct settings *settings, const struct texts *texts,
	const struct sheet *sheet, int64_t now, struct err *err)
{
	const struct order *order = &ask->order;

	if (order->kind != MESSAGE_ALERT || order->colour || order->hazard || order->phase || order->zone_count > 0 ||
		order->until || order->at || order->text[0] || ask->fields.template || ask->fields.set_count > 0 ||
		ask->number)
		return err_set(err, EX_USAGE,
			"--sheet says the whole alert; leave out the text and all but --exercise, --short, --yes and --json");
	struct sheet_meaning meaning = sheet_find(sheet, ask->sheet);
	if (meaning.act != SHEET_ALERT)
		return err_set(
			err, EX_DATAERR, "the sheet has no alert %.32s; print it: banditore keypad sheet", ask->sheet);
	meaning.exercise = meaning.exercise || order->exercise;
	return draft_alert(sheet, settings, texts, &meaning, ask->fields.brief, order->door, now, &ask->draft, err);
}

static bool has_text(const struct order_ask *ask)
{
	return ask->order.text[strspn(ask->order.text, " \t\r\n")] != '\0';
}

/* A template's name or a field asks for a template; so does a hazard without a text. */
static bool wants_template(const struct order_ask *ask)
{
	return ask->fields.template || ask->fields.set_count > 0 ||
	       (ask->order.kind == MESSAGE_ALERT && ask->order.hazard && !has_text(ask));
}

static int sheet_compose(
	struct order_ask *ask, const struct settings *settings, const struct texts *texts, int64_t now, struct err *err)
{
	struct sheet *sheet;

	if (ask->order.kind == MESSAGE_NEWS)
		return err_set(err, EX_USAGE, "news has no templates; write its text");
	if (sheet_read(settings->keypad.sheet, settings->keypad.sheet_given, settings, &sheet, err) != 0)
		return -1;
	const struct message *about = ask->about.id ? &ask->about : NULL;
	struct order_second second;
	int result;
	if (ask->sheet) {
		result = code_compose(ask, settings, texts, sheet, now, err);
	} else if (wants_template(ask)) {
		result = order_fields_compose(
			&ask->order, &ask->fields, sheet, settings, texts, about, now, &ask->draft, err);
	} else { /* an all-clear in the texts' own words */
		ask->order.second = about && draft_second_clear(sheet, about, &second) ? &second : NULL;
		result = order_compose(
			&ask->order, settings, texts, about, now, &ask->draft.message, &ask->draft.measure, err);
		ask->order.second = NULL;
	}
	sheet_free(sheet);
	return result;
}

/* The newest version of the alert that is updated or cleared, which must be an alert. */
static int about_find(struct order_ask *ask, struct db *db, struct err *err)
{
	struct message_follower followers[MESSAGE_FOLLOWERS_MAX];
	struct message *about = &ask->about;
	long long number = (long long)ask->number;
	bool newer = false;

	int found = message_get(db, ask->number, about, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no message %lld; see: banditore message list", number);
	if (about->kind != MESSAGE_ALERT)
		return err_set(err, EX_REFUSED, "message %lld is no alert; see: banditore message list", number);
	int count = message_followers(db, about->about ? about->about : about->id, followers, err);
	for (int i = 0; i < count; i++) {
		if (followers[i].stage == STAGE_CANCELLED)
			continue;
		if (followers[i].kind == MESSAGE_CLEAR && ask->order.kind == MESSAGE_ALERT)
			return err_set(err, EX_REFUSED,
				"alert %lld had its all-clear, message %lld; give a new alert instead", number,
				(long long)followers[i].id);
		if (followers[i].kind != MESSAGE_ALERT || newer)
			continue;
		newer = true;
		if (message_get(db, followers[i].id, about, err) < 0)
			return -1;
	}
	return count < 0 ? -1 : 0;
}

int order_ask_compose(struct order_ask *ask, const struct settings *settings, const struct texts *texts, struct db *db,
	int64_t now, struct err *err)
{
	const struct message *about;

	if (ask->update && ask->order.kind != MESSAGE_ALERT)
		return err_set(err, EX_USAGE, "--update is for an alert; leave it out");
	if (ask->number && about_find(ask, db, err) != 0)
		return -1;
	bool templated = ask->sheet || wants_template(ask);
	if (ask->fields.brief && !templated)
		return err_set(err, EX_USAGE, "--short is for templates and codes; shorten the text");
	about = ask->about.id ? &ask->about : NULL;
	if (templated || (settings->comune.second_language[0] && ask->order.kind == MESSAGE_CLEAR && !has_text(ask)))
		return sheet_compose(ask, settings, texts, now, err);
	return order_compose(&ask->order, settings, texts, about, now, &ask->draft.message, &ask->draft.measure, err);
}
