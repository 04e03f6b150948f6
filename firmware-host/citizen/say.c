/* The answer: a sentence, folded for the GSM alphabet, with buttons where the channel has them. */
#include "firmware-host/citizen/talk.h"

#include "db/message.h"
#include "firmware-host/log.h"
#include "firmware-host/shown.h"
#include "modem/graph.h"
#include "modem/segment.h"
#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum {
	REPLY_LIFE_MS = 24 * 60 * 60 * 1000,
	VALUES_MAX = TEXTS_VALUES_MAX + 6,
	TEXT_MAX = TEXTS_TEXT_MAX + TALK_LIST_MAX,
	ECHO_SIGNS = 30,
	MINUTE_MS = 60 * 1000,
};

/* ---- the words --------------------------------------------------------------------------------------------------- */

static int sentence_fill(
	const struct talk *talk, enum text_id id, const struct text_value *values, size_t count, char *out, size_t size)
{
	const struct settings *settings = talk->hub->settings;
	struct text_value all[VALUES_MAX] = {
		{"comune", settings->comune.name},
		{"service", settings->comune.service},
		{"privacy_url", settings->comune.privacy_url},
		{"contacts", settings->comune.contacts},
	};
	size_t used = 4;

	for (size_t i = 0; i < count && used < VALUES_MAX; i++)
		all[used++] = values[i];
	int length = texts_fill(talk->texts, id, all, used, out, size);
	if (length < 0 || talk->hint == TEXT_COUNT || size - (size_t)length < 2)
		return length;
	out[length++] = ' ';
	int hint = texts_fill(talk->texts, talk->hint, all, used, out + length, size - (size_t)length);
	return hint < 0 ? -1 : length + hint;
}

/* As it goes by SMS. `space` holds what was folded. */
static const char *sentence_folded(const struct talk *talk, const char *text, char *space, size_t size)
{
	unsigned changed;

	return talk->hub->settings->sms.fold && fold_italian(text, space, size, &changed) >= 0 ? space : text;
}

int talk_measure(const struct talk *talk, enum text_id id, const struct text_value *values, size_t count)
{
	char text[TEXT_MAX], folded[TEXT_MAX * 2];

	if (sentence_fill(talk, id, values, count, text, sizeof text) < 0)
		return -1;
	return segment_count(sentence_folded(talk, text, folded, sizeof folded), NULL);
}

const char *talk_echo(const struct talk *talk, const char *text, size_t length, char out[TALK_ECHO_MAX])
{
	char whole[WORDS_NAME_MAX];
	struct utf8_out to;
	enum pdu_alphabet alphabet;
	const char *at = whole;
	uint32_t sign;

	snprintf(whole, sizeof whole, "%.*s", (int)(length < sizeof whole ? length : sizeof whole - 1), text);
	utf8_out_init(&to, out, TALK_ECHO_MAX);
	for (int signs = 0; signs < ECHO_SIGNS && (sign = utf8_next(&at)) != 0; signs++) {
		bool blank = sign == ' ' || sign == '\t' || sign == '\n' || sign == '\r';
		if (!blank && (shown_is_unsafe(sign) || sign == UTF_REPLACEMENT))
			continue;
		if (!blank || (to.length > 0 && out[to.length - 1] != ' '))
			utf8_put(&to, blank ? ' ' : sign);
	}
	while (to.length > 0 && out[to.length - 1] == ' ')
		out[--to.length] = '\0';
	if (!talk_is_wired(talk) && (segment_count(out, &alphabet) < 0 || alphabet != PDU_GSM7))
		out[0] = '\0';
	return out;
}

void talk_list_add(const struct talk *talk, int number, const char *name, char list[TALK_LIST_MAX])
{
	size_t used = strlen(list);
	char digits[16], item[256];
	const struct text_value values[] = {{"number", digits}, {"name", name}};

	snprintf(digits, sizeof digits, "%d", number);
	if (texts_fill(talk->texts, TEXT_LIST_ITEM, values, 2, item, sizeof item) < 0)
		return;
	if (used + strlen(item) + 3 < TALK_LIST_MAX)
		snprintf(list + used, TALK_LIST_MAX - used, "%s%s", used > 0 ? ", " : "", item);
}

/* ---- buttons ------------------------------------------------------------------------------------------------------- */

struct talk_choice talk_button(const struct talk *talk, enum text_id title, const char *id)
{
	struct talk_choice choice = {.id = ""};

	snprintf(choice.id, sizeof choice.id, "%s", id);
	snprintf(choice.title, sizeof choice.title, "%.*s", TALK_TITLE_MAX - 1, texts_get(talk->texts, title));
	return choice;
}

/* Adds to a message for WhatsApp what separates fields and parts must not stand in, cut to so many UTF-16 units. */
static void field_put(struct utf8_out *out, const char *separator, const char *text, size_t most)
{
	uint16_t unit[2];
	uint32_t sign;
	size_t units = 0;

	utf8_put_string(out, separator);
	while ((sign = utf8_next(&text)) != 0 && (units += utf16_from_code_point(sign, unit)) <= most)
		utf8_put(out, shown_is_unsafe(sign) ? ' ' : sign);
}

/* WhatsApp refuses two buttons of one title. */
static bool titles_differ(const struct talk_choice *choices, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = 0; j < i; j++)
			if (strncmp(choices[i].title, choices[j].title, GRAPH_TITLE_MAX) == 0)
				return false;
	return true;
}

/* The text with its buttons or its list; false: they do not fit, and the text alone goes. */
static bool wired_compose(const struct talk *talk, const char *text, const struct talk_choice *choices, int count,
	char out[MESSAGE_TEXT_MAX], int32_t *ret_content)
{
	bool list = count > GRAPH_BUTTONS_MAX || !titles_differ(choices, count);
	struct utf8_out to;

	if (count < 1 || count > GRAPH_ROWS_MAX || graph_characters(text) > (list ? GRAPH_TEXT_MAX : GRAPH_BODY_MAX))
		return false;
	utf8_out_init(&to, out, MESSAGE_TEXT_MAX);
	utf8_put_string(&to, text);
	if (list)
		field_put(&to, BEARER_FIELD, texts_get(talk->texts, TEXT_BUTTON_CHOOSE), GRAPH_TITLE_MAX);
	for (int i = 0; i < count; i++) {
		field_put(&to, BEARER_FIELD, choices[i].id, GRAPH_ROW_ID_MAX);
		field_put(&to, BEARER_PART, choices[i].title, list ? GRAPH_ROW_TITLE_MAX : GRAPH_TITLE_MAX);
		if (list && choices[i].words[0])
			field_put(&to, BEARER_PART, choices[i].words, GRAPH_ROW_WORDS_MAX);
	}
	*ret_content = list ? BEARER_LIST : BEARER_BUTTONS;
	return !to.full;
}

/* ---- out ----------------------------------------------------------------------------------------------------------- */

static int reply_create(struct talk *talk, const char *text, int32_t content, struct err *err)
{
	char plain[TEXT_MAX];
	int64_t message;

	/* What may stand behind the words never goes by SMS. */
	snprintf(plain, sizeof plain, "%.*s", (int)strcspn(text, BEARER_FIELD), text);
	int segments = segment_count(plain, NULL);
	if (segments < 1 || segments > BEARER_SEGMENTS_MAX) {
		log_line(LOG_ERROR, "a reply needs %d SMS and was not sent; shorten it in the texts", segments);
		return 0;
	}
	struct message_reply reply = {
		.subscriber_id = talk->who.subscriber_id,
		.channel = talk->from->channel,
		.content = content,
		.address = talk->who.address,
		.text = text,
		.segments = segments,
		.expires_at = talk->now + REPLY_LIFE_MS,
	};
	return message_create_reply(talk->hub->db, &reply, talk->now, &message, err);
}

/* WhatsApp shows the person that their message was read. */
static int read_mark(struct talk *talk, struct err *err)
{
	const struct webhook_event *event = talk->from->event;

	if (!event || !event->id[0])
		return 0;
	return reply_create(talk, event->id, BEARER_MARK_READ, err);
}

/* The first thing said to this message is what counts as answering it. */
static int answer_note(struct talk *talk, struct err *err)
{
	if (talk->answered)
		return 0;
	talk->answered = true;
	manners_answered(&talk->memory, talk->now);
	if (manners_box_add(talk->hub->db, talk->now, err) < 0)
		return -1;
	return read_mark(talk, err);
}

static int sentence_send(struct talk *talk, const char *text, const struct talk_choice *choices, int count,
	enum bearer_content plain, struct err *err)
{
	char whole[MESSAGE_TEXT_MAX], folded[TEXT_MAX * 2];
	int32_t content = (int32_t)plain;

	if (answer_note(talk, err) != 0)
		return -1;
	if (!talk_is_wired(talk))
		return reply_create(talk, sentence_folded(talk, text, folded, sizeof folded), BEARER_TEXT, err);
	if (wired_compose(talk, text, choices, count, whole, &content))
		text = whole;
	return reply_create(talk, text, content, err);
}

/* Whether, and what: 1 go on, 0 nothing more is said, -1. Who is to try later hears just that, once. */
static int sentence_may(struct talk *talk, struct err *err)
{
	char text[TEXT_MAX];

	if (talk->must || talk->verdict.manners == MANNERS_ANSWER)
		return 1;
	if (talk->verdict.manners != MANNERS_LATER || talk->answered)
		return 0;
	talk->hint = TEXT_COUNT;
	if (sentence_fill(talk, TEXT_TRY_LATER, NULL, 0, text, sizeof text) < 0)
		return 0;
	return sentence_send(talk, text, NULL, 0, BEARER_TEXT, err) != 0 ? -1 : 0;
}

static int sentence_say(struct talk *talk, enum text_id id, const struct text_value *values, size_t value_count,
	const struct talk_choice *choices, int count, enum bearer_content plain, struct err *err)
{
	char text[TEXT_MAX];
	int may = sentence_may(talk, err);

	if (may <= 0)
		return may;
	/* What the citizen asked for is done whether or not it can be answered. */
	if (sentence_fill(talk, id, values, value_count, text, sizeof text) < 0) {
		log_line(LOG_ERROR, "a reply is longer than %zu octets and was not sent; shorten it in the texts",
			sizeof text);
		return 0;
	}
	talk->hint = TEXT_COUNT;
	return sentence_send(talk, text, choices, count, plain, err);
}

int talk_later(struct talk *talk, struct err *err)
{
	return sentence_may(talk, err) < 0 ? -1 : 0;
}

int talk_say(struct talk *talk, enum text_id id, const struct text_value *values, size_t count, struct err *err)
{
	return sentence_say(talk, id, values, count, NULL, 0, BEARER_TEXT, err);
}

int talk_offer(struct talk *talk, enum text_id id, const struct text_value *values, size_t count,
	const struct talk_choice *choices, int choice_count, struct err *err)
{
	return sentence_say(talk, id, values, count, choices, choice_count, BEARER_TEXT, err);
}

int talk_request(struct talk *talk, enum text_id id, enum bearer_content content, struct err *err)
{
	return sentence_say(talk, id, NULL, 0, NULL, 0, content, err);
}

/* ---- questions ----------------------------------------------------------------------------------------------------- */

int talk_ask(struct talk *talk, enum dialogue_question question, const char *options, const char *note, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	struct dialogue *asked = &talk->question;
	struct dialogue next = {.who = talk->who,
		.question = question,
		.asked_at = talk->now,
		.expires_at = talk->now + (int64_t)settings->citizens.question_min * MINUTE_MS};

	if (talk_is_quiet(talk))
		return 0;
	snprintf(next.options, sizeof next.options, "%s", options);
	snprintf(next.note, sizeof next.note, "%s", note); /* it may be the last question's */
	*asked = next;
	talk->asked = talk->open = true;
	return dialogue_ask(talk->hub->db, asked, err);
}

int talk_end(struct talk *talk, struct err *err)
{
	if (!talk->asked)
		return 0;
	talk->asked = talk->open = false;
	return dialogue_end(talk->hub->db, &talk->who, err);
}

int talk_options(const struct talk *talk)
{
	int count = talk->question.options[0] != '\0';

	for (const char *at = talk->question.options; *at; at++)
		count += *at == '|';
	return count;
}

bool talk_option(const struct talk *talk, int n, char out[TALK_ID_MAX])
{
	const char *at = talk->question.options;

	if (n < 1 || n > talk_options(talk))
		return false;
	while (--n > 0)
		at = strchr(at, '|') + 1;
	snprintf(out, TALK_ID_MAX, "%.*s", (int)strcspn(at, "|"), at);
	return true;
}

void talk_option_add(char options[DIALOGUE_OPTIONS_MAX], const char *id)
{
	size_t used = strlen(options);

	if (used + strlen(id) + 2 < DIALOGUE_OPTIONS_MAX)
		snprintf(options + used, DIALOGUE_OPTIONS_MAX - used, "%s%s", used > 0 ? "|" : "", id);
}
