#include "firmware-host/citizen.h"

#include "firmware-host/citizen/talk.h"
#include "firmware-host/log.h"
#include "modem/phone.h"
#include "modem/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORGOTTEN_MS = 24 * 60 * 60 * 1000 }; /* a question past its time by so much was never asked */

/* ---- who it is ----------------------------------------------------------------------------------------------------- */

int talk_know(struct talk *talk, struct err *err)
{
	const struct texts_languages *languages = talk->from->languages;
	const char *phone = talk->who.address[0] == '+' ? talk->who.address : "";
	struct subscriber known;

	int found = subscriber_find_wired(talk->hub->db, talk->from->user, phone, &known, err);
	if (found < 0)
		return -1;
	talk->person = found > 0 ? known : (struct subscriber){.id = 0};
	talk->active = found > 0 && known.state == SUBSCRIBER_ACTIVE;
	/* What is sent to who has left is withdrawn: then it is to an address that is nobody's. */
	talk->who.subscriber_id = talk->active ? known.id : 0;
	talk->texts = languages ? texts_in(languages, talk->person.language) : talk->hub->texts;
	/* WhatsApp may hide a number that is known: their rows and their window go by it. */
	if (talk_is_wired(talk) && !talk->from->phone[0] && talk->person.phone[0])
		snprintf(talk->who.address, sizeof talk->who.address, "%s", talk->person.phone);
	return 0;
}

/* Where the answer goes: false for who cannot be answered. */
static bool address_fill(struct talk *talk)
{
	const struct citizen_from *from = talk->from;
	char phone[PHONE_MAX];

	talk->who.channel = talk_is_wired(talk) ? CHANNEL_WHATSAPP : CHANNEL_SMS;
	if (talk_is_wired(talk)) {
		snprintf(talk->who.address, sizeof talk->who.address, "%s", from->phone[0] ? from->phone : from->user);
		return talk->who.address[0] != '\0';
	}
	if (!phone_is_repliable(from->address) ||
		phone_read(from->address, talk->hub->settings->comune.country, phone) != NULL)
		return false;
	snprintf(talk->who.address, sizeof talk->who.address, "%s", phone);
	return true;
}

static bool is_ours(const struct talk *talk)
{
	const struct settings *settings = talk->hub->settings;

	for (int i = 0; i < settings->modem_count; i++)
		if (settings->modems[i].number[0] && strcmp(settings->modems[i].number, talk->who.address) == 0)
			return true;
	return false;
}

void talk_consent(const struct talk *talk, const char *purpose, const char *action, struct consent *ret)
{
	struct utf8_out words;

	*ret = (struct consent){.at = talk->now};
	snprintf(ret->clock, sizeof ret->clock, "%s", hub_clock_source());
	snprintf(ret->purpose, sizeof ret->purpose, "%s", purpose);
	snprintf(ret->action, sizeof ret->action, "%s", action);
	snprintf(ret->channel, sizeof ret->channel, "%s",
		talk->called	      ? "call"
		: talk_is_wired(talk) ? "whatsapp"
				      : "sms");
	snprintf(ret->notice, sizeof ret->notice, "%s", talk->hub->settings->comune.privacy_version);
	utf8_out_init(&words, ret->words, sizeof ret->words);
	utf8_put_string(&words, talk->text);
}

/* ---- beginning and end --------------------------------------------------------------------------------------------- */

/* 1 to be heard, 0 nobody can answer it, -1. */
static int talk_open(struct talk *talk, struct hub *hub, const struct citizen_from *from, const char *text, int64_t now,
	struct err *err)
{
	*talk = (struct talk){.hub = hub, .from = from, .text = text, .now = now, .hint = TEXT_COUNT, .done = "none"};
	if (!address_fill(talk))
		return 0;
	if (talk_know(talk, err) != 0 || manners_load(hub->db, talk->who.address, &talk->memory, err) != 0)
		return -1;
	int found = dialogue_find(hub->db, &talk->who, &talk->question, err);
	if (found < 0)
		return -1;
	talk->asked = found > 0 && now - talk->question.expires_at < FORGOTTEN_MS;
	talk->open = talk->asked && now < talk->question.expires_at && now >= talk->question.asked_at;
	return 1;
}

/* A tap, and the short answer to a question, say the same again and again without meaning harm. */
static bool is_expected(const struct talk *talk)
{
	const struct webhook_event *event = talk->from->event;
	bool answer = talk->words.verb == VERB_NUMBER || talk->words.verb == VERB_YES || talk->words.verb == VERB_NO;

	return (event && (event->choice[0] || event->content != WEBHOOK_TEXT)) || (talk->asked && answer);
}

static int talk_judge(struct talk *talk, struct err *err)
{
	unsigned char mark[MANNERS_MARK_SIZE];
	struct manners_case message = {
		.automatic = words_is_automatic(talk->text),
		.ours = is_ours(talk),
		.expected = is_expected(talk),
		.sent_at = talk->from->sent_at,
		.mark = mark,
	};

	manners_mark(talk->hub->db, talk->text, mark);
	if (manners_box(talk->hub->db, talk->now, &message.box_answers, err) != 0)
		return -1;
	talk->verdict = manners_judge(talk->hub->settings, &message, &talk->memory, talk->now);
	return 0;
}

static void talk_log(const struct talk *talk)
{
	char masked[PHONE_MAX + 8];

	phone_mask(talk->who.address, masked);
	log_line(LOG_INFO, "%s: %s%s%s", talk->who.address[0] == '+' ? masked : "a WhatsApp user", talk->done,
		talk->verdict.why[0] ? ", " : "", talk->verdict.why);
}

static int talk_close(struct talk *talk, const char **ret_answer, struct err *err)
{
	bool nothing = strcmp(talk->done, "none") == 0;

	*ret_answer = nothing && talk->verdict.why[0] ? talk->verdict.why : talk->done;
	talk_log(talk);
	return manners_keep(talk->hub->db, talk->who.address, &talk->memory, talk->now, err);
}

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

static enum text_id hint_of(enum words_verb verb)
{
	if (verb == VERB_JOIN)
		return TEXT_HINT_JOIN;
	if (verb == VERB_LEAVE)
		return TEXT_HINT_LEAVE;
	if (verb == VERB_TOPICS)
		return TEXT_HINT_TOPICS;
	return verb == VERB_HELP ? TEXT_HINT_HELP : TEXT_COUNT;
}

/* One-way: nobody reads here. */
static int pointer_hear(struct talk *talk, struct err *err)
{
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_JOIN, "join");

	if (talk_is_quiet(talk) || !manners_may_point(talk->hub->settings, &talk->memory, talk->now))
		return 0;
	talk->done = "shown elsewhere";
	return talk_offer(talk, TEXT_POINTER, NULL, 0, &button, talk->active ? 0 : 1, err);
}

int talk_verb(struct talk *talk, struct err *err)
{
	switch (talk->words.verb) {
	case VERB_JOIN: return join_hear(talk, err);
	case VERB_LEAVE: return leave_hear(talk, err);
	case VERB_STATUS: return talk->words.number_count > 0 ? report_hear_status(talk, err) : status_hear(talk, err);
	case VERB_TOPICS: return topics_hear(talk, err);
	case VERB_ZONE: return zone_hear(talk, err);
	case VERB_APPOINTMENT: return appointment_hear(talk, err);
	case VERB_PRIVACY: return privacy_hear(talk, err);
	case VERB_REPEAT: return repeat_hear(talk, err);
	case VERB_HELP: return help_hear(talk, err);
	case VERB_LANGUAGE: return language_hear(talk, err);
	case VERB_REPORT:
	case VERB_NUMBER: return report_hear(talk, err);
	case VERB_NONE: talk->hint = hint_of(talk->words.hint); return report_hear(talk, err);
	case VERB_YES:
	case VERB_NO:
	case VERB_COURTESY: return 0;
	}
	return 0;
}

/* Only who comes and who goes; and what the law lets everybody ask. */
static int one_way_verb(struct talk *talk, struct err *err)
{
	char phone[24];
	bool tried;

	switch (talk->words.verb) {
	case VERB_JOIN:
	case VERB_LEAVE:
	case VERB_HELP:
	case VERB_PRIVACY: return talk_verb(talk, err);
	case VERB_YES:
	case VERB_NO:
	case VERB_COURTESY: return 0;
	case VERB_NONE:
	case VERB_NUMBER:
	case VERB_STATUS:
	case VERB_TOPICS:
	case VERB_ZONE:
	case VERB_REPORT:
	case VERB_APPOINTMENT:
	case VERB_REPEAT:
	case VERB_LANGUAGE: break;
	}
	if (talk->asked && talk->question.question == DIALOGUE_NUMBER && number_find(talk, phone, &tried))
		return number_hear(talk, phone, false, err);
	return pointer_hear(talk, err);
}

/* "topics-from:9" */
static bool from_read(const char *id, const char *verb, int *ret)
{
	size_t length = strlen(verb);

	if (strncmp(id, verb, length) != 0 || id[length] != ':')
		return false;
	*ret = (int)strtol(id + length + 1, NULL, 10);
	return true;
}

int talk_choose(struct talk *talk, const char *id, bool *ret_known, struct err *err)
{
	int from;

	*ret_known = true;
	if (from_read(id, "topics-from", &from))
		return talk->active ? topics_show(talk, from, err) : not_subscribed(talk, err);
	if (from_read(id, "zones-from", &from))
		return talk->active ? zones_show(talk, from, "", err) : not_subscribed(talk, err);
	if (appointment_choose(talk, id, ret_known, err) != 0)
		return -1;
	if (*ret_known)
		return 0;
	*ret_known = words_read_choice(id, talk->hub->settings, &talk->words);
	return *ret_known ? talk_verb(talk, err) : 0;
}

/* A tap says by its id what it is. "no" and a number answer the question that is open, as their words would. */
static int choice_hear(struct talk *talk, const char *id, bool *ret_heard, struct err *err)
{
	*ret_heard = false;
	if (words_read_choice(id, talk->hub->settings, &talk->words))
		return 0;
	if (talk->hub->settings->comune.mode == MODE_TWO_WAY && talk_choose(talk, id, ret_heard, err) != 0)
		return -1;
	if (!*ret_heard) /* not ours: then its title counts */
		words_read(talk->text, talk->hub->settings, talk->from->languages, &talk->words);
	return 0;
}

static bool is_writing(const struct talk *talk)
{
	const struct webhook_event *event = talk->from->event;

	return !event || event->content == WEBHOOK_TEXT || event->content == WEBHOOK_BUTTON ||
	       event->content == WEBHOOK_REPLY;
}

static int talk_hear(struct talk *talk, struct err *err)
{
	const struct webhook_event *event = talk->from->event;
	bool one_way = talk->hub->settings->comune.mode == MODE_ONE_WAY, heard = false;

	if (event && event->content == WEBHOOK_PHONE)
		return number_hear(talk, event->shared_phone, true, err);
	if (!is_writing(talk)) {
		bool nothing = event->content == WEBHOOK_STICKER || event->content == WEBHOOK_REACTION;
		return one_way ? (nothing ? 0 : pointer_hear(talk, err)) : report_hear_event(talk, err);
	}
	if (event && event->choice[0] && choice_hear(talk, event->choice, &heard, err) != 0)
		return -1;
	if (heard)
		return 0;
	if (one_way)
		return one_way_verb(talk, err);
	if (question_hear(talk, &heard, err) != 0)
		return -1;
	if (heard)
		return 0;
	return talk_verb(talk, err);
}

int citizen_answer(struct hub *hub, const struct citizen_from *from, const char *text, int64_t now,
	const char **ret_answer, struct err *err)
{
	struct talk talk;

	*ret_answer = "none";
	int opened = talk_open(&talk, hub, from, text, now, err);
	if (opened <= 0)
		return opened;
	if (talk_is_wired(&talk) && number_unite(&talk, from->phone, err) != 0)
		return -1;
	words_read(text, hub->settings, from->languages, &talk.words);
	if (talk_judge(&talk, err) != 0)
		return -1;
	if (talk.verdict.manners != MANNERS_IGNORE && talk_hear(&talk, err) != 0)
		return -1;
	return talk_close(&talk, ret_answer, err);
}

int citizen_called(
	struct hub *hub, const struct citizen_from *from, int64_t now, const char **ret_answer, struct err *err)
{
	struct talk talk;

	*ret_answer = "none";
	if (!hub->settings->citizens.missed_call_joins)
		return 0;
	int opened = talk_open(&talk, hub, from, "", now, err);
	if (opened <= 0)
		return opened;
	talk.called = true;
	if (talk_judge(&talk, err) != 0)
		return -1;
	if (talk.verdict.manners != MANNERS_IGNORE && join_by_call(&talk, err) != 0)
		return -1;
	return talk_close(&talk, ret_answer, err);
}
