/* Joining and leaving, and the number that WhatsApp hides. */
#include "firmware-host/citizen/talk.h"

#include "modem/phone.h"

#include <stdio.h>
#include <string.h>

enum {
	NUMBER_DIGITS = 6, /* among words; a postcode has five */
	NUMBER_DIGITS_ALONE = 4,
	NUMBER_TEXT_MAX = 60
};

/* ---- joining ------------------------------------------------------------------------------------------------------- */

/* A word that is older than what was done since does not undo it. */
static bool is_overtaken(const struct talk *talk, int64_t since)
{
	return talk->verdict.stale && talk->person.id != 0 && since > talk->from->sent_at;
}

static int join_keep(struct talk *talk, int *ret_was, struct err *err)
{
	const struct citizen_from *from = talk->from;
	struct subscriber fields = {.channel = CHANNEL_AUTO};
	struct consent consent;
	int64_t id;

	snprintf(fields.phone, sizeof fields.phone, "%.20s", talk->who.address[0] == '+' ? talk->who.address : "");
	snprintf(fields.whatsapp_id, sizeof fields.whatsapp_id, "%s", from->user);
	snprintf(fields.name, sizeof fields.name, "%s", talk->words.name);
	snprintf(fields.zone, sizeof fields.zone, "%s", talk->words.zone);
	snprintf(fields.topics, sizeof fields.topics, "%s", talk->words.topics);
	talk_consent(talk, talk->active && !talk->person.news ? "news" : "", "given", &consent);
	if (subscriber_join(talk->hub->db, &fields, &consent, talk->now, &id, ret_was, err) != 0)
		return -1;
	if (talk_is_wired(talk) &&
		subscriber_seen_wired(talk->hub->db, id, from->user, from->phone, talk->now, err) != 0)
		return -1;
	return talk_know(talk, err);
}

/* Without a number an alert does not reach them while the internet is down: they are told so and asked. */
static int number_ask(struct talk *talk, struct err *err)
{
	if (!talk_is_wired(talk) || talk->person.phone[0])
		return 0;
	if (talk_request(talk, TEXT_ASK_NUMBER, BEARER_REQUEST_PHONE, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_NUMBER, "", "", err);
}

static int welcome(struct talk *talk, enum text_id id, struct err *err)
{
	struct talk_choice buttons[3];
	int count = 0;

	if (talk->hub->settings->comune.mode == MODE_TWO_WAY) {
		buttons[count++] = talk_button(talk, TEXT_BUTTON_TOPICS, "topics");
		if (talk->hub->settings->zone_count > 0 && !talk->person.zone[0])
			buttons[count++] = talk_button(talk, TEXT_BUTTON_ZONE, "zone");
		buttons[count++] = talk_button(talk, TEXT_BUTTON_HELP, "help");
	}
	return talk_offer(talk, id, NULL, 0, buttons, count, err);
}

int join_hear(struct talk *talk, struct err *err)
{
	bool one_way = talk->hub->settings->comune.mode == MODE_ONE_WAY;
	char zone[TALK_ECHO_MAX];
	int was;

	if (is_overtaken(talk, talk->person.left_at)) {
		talk->done = "overtaken";
		return 0;
	}
	if (join_keep(talk, &was, err) != 0 || talk_end(talk, err) != 0)
		return -1;
	talk->done = was == SUBSCRIBER_ACTIVE ? "already joined" : "joined";
	if (welcome(talk,
		    was == SUBSCRIBER_ACTIVE ? TEXT_WELCOME_BACK
		    : one_way		     ? TEXT_WELCOME_ONE_WAY
					     : TEXT_WELCOME,
		    err) != 0)
		return -1;
	if (talk->words.argument_length > 0 && !talk->words.zone[0] && !one_way &&
		talk->hub->settings->zone_count > 0 && !talk->person.zone[0]) {
		talk_echo(talk, talk->words.argument, talk->words.argument_length, zone);
		return zones_show(talk, 0, zone, err);
	}
	return number_ask(talk, err);
}

int join_by_call(struct talk *talk, struct err *err)
{
	int was;

	if (talk->active) {
		talk->done = "already joined";
		return 0;
	}
	if (talk->person.id != 0) { /* who left is left alone: a call is not enough to come back */
		talk->done = "had left";
		return talk_say(talk, TEXT_NOT_SUBSCRIBED, NULL, 0, err);
	}
	if (join_keep(talk, &was, err) != 0)
		return -1;
	talk->done = "joined";
	return talk_say(talk, TEXT_CALL_WELCOME, NULL, 0, err);
}

int not_subscribed(struct talk *talk, struct err *err)
{
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_JOIN, "join");

	return talk_offer(talk, TEXT_NOT_SUBSCRIBED, NULL, 0, &button, 1, err);
}

/* ---- leaving ------------------------------------------------------------------------------------------------------- */

/* 1: somebody left, 0: nobody known so was subscribed, -1. */
static int leave_as(struct talk *talk, const char *user, const char *phone, struct err *err)
{
	struct subscriber who;
	struct consent consent;
	int cancelled;

	int found = subscriber_find_wired(talk->hub->db, user, phone, &who, err);
	if (found < 0)
		return -1;
	if (found == 0 || who.state != SUBSCRIBER_ACTIVE)
		return 0;
	talk_consent(talk, "", "withdrawn", &consent);
	return subscriber_leave(talk->hub->db, who.id, &consent, talk->now, &cancelled, err) != 0 ? -1 : 1;
}

int leave_hear(struct talk *talk, struct err *err)
{
	if (is_overtaken(talk, talk->person.joined_at)) {
		talk->done = "overtaken";
		return 0;
	}
	if (appointment_stop(talk, err) != 0 || talk_end(talk, err) != 0)
		return -1;
	/* User id and number may be known as two people: both leave. */
	int by_user = leave_as(talk, talk->from->user, "", err);
	const char *phone = talk->who.address[0] == '+' ? talk->who.address : "";
	int by_phone = by_user < 0 ? -1 : leave_as(talk, "", phone, err);
	if (by_phone < 0)
		return -1;
	talk->who.subscriber_id = 0; /* or the answer would be withdrawn with all the rest */
	if (by_user + by_phone == 0) {
		talk->done = "was not subscribed";
		return not_subscribed(talk, err);
	}
	talk->done = "left";
	talk->must = !talk->verdict.stale;
	return talk_say(talk, TEXT_GOODBYE, NULL, 0, err);
}

/* ---- the number that WhatsApp hides -------------------------------------------------------------------------------- */

int number_unite(struct talk *talk, const char *phone, struct err *err)
{
	struct subscriber other;

	if (talk->person.id == 0 || talk->person.phone[0] || !phone[0])
		return 0;
	int found = subscriber_find(talk->hub->db, phone, &other, err);
	if (found <= 0 || other.id == talk->person.id)
		return found < 0 ? -1 : 0;
	if (subscriber_unite(talk->hub->db, other.id, talk->person.id, err) != 0)
		return -1;
	return talk_know(talk, err);
}

/* "il mio numero è 333 1234567": the first run of digits that is long enough. */
bool number_find(const struct talk *talk, char out[24], bool *ret_tried)
{
	const char *country = talk->hub->settings->comune.country, *at = talk->text;
	char run[NUMBER_TEXT_MAX], phone[PHONE_MAX];

	*ret_tried = false;
	while (*(at += strcspn(at, "+0123456789"))) {
		size_t length = strspn(at, "+0123456789 .-/()"), digits = 0;
		for (size_t i = 0; i < length; i++)
			digits += at[i] >= '0' && at[i] <= '9';
		bool alone = at == talk->text && at[length] == '\0';
		if (digits >= (alone ? NUMBER_DIGITS_ALONE : NUMBER_DIGITS) && length < sizeof run) {
			snprintf(run, sizeof run, "%.*s", (int)length, at);
			*ret_tried = strlen(talk->text) < NUMBER_TEXT_MAX;
			/* In Italy a number that begins with 3 takes SMS. */
			if (phone_read(run, country, phone) == NULL &&
				(strncmp(phone, "+39", 3) != 0 || phone[3] == '3')) {
				snprintf(out, 24, "%s", phone);
				return true;
			}
		}
		at += length;
	}
	return false;
}

int number_hear(struct talk *talk, const char *phone, bool proven, struct err *err)
{
	struct subscriber other;
	const struct text_value values[] = {{"phone", phone}};

	talk->done = "number";
	if (!talk->active)
		return not_subscribed(talk, err);
	if (proven && number_unite(talk, phone, err) != 0)
		return -1;
	int found = subscriber_find(talk->hub->db, phone, &other, err);
	/* Whoever has left that way is left alone, whatever number somebody types. */
	if (found < 0 || (found > 0 && other.id != talk->person.id && other.state != SUBSCRIBER_ACTIVE))
		return found < 0 ? -1 : talk_say(talk, TEXT_NUMBER_UNCLEAR, NULL, 0, err);
	if (subscriber_seen_wired(talk->hub->db, talk->person.id, talk->from->user, phone, 0, err) != 0)
		return -1;
	if (talk->asked && talk->question.question == DIALOGUE_NUMBER && talk_end(talk, err) != 0)
		return -1;
	return talk_say(talk, TEXT_NUMBER_KEPT, values, 1, err);
}
