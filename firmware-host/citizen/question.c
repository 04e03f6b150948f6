/* Answers to the question that is open: by number, by a word, by yes or no; and what is none. */
#include "firmware-host/citizen/pick.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	MISSES_MAX = 2,	   /* so often they are asked again; then what they write is heard as anything else */
	ANSWER_SIGNS = 24, /* longer is no answer that was misunderstood, but something to tell */
};

static int stop(struct talk *talk, struct err *err)
{
	if (appointment_stop(talk, err) != 0 || talk_end(talk, err) != 0)
		return -1;
	talk->done = "stopped";
	return talk_say(talk, TEXT_APPOINTMENT_STOPPED, NULL, 0, err);
}

static int unknown(struct talk *talk, struct err *err)
{
	char total[16];
	const struct text_value values[] = {{"total", total}};

	talk->done = "not understood";
	snprintf(total, sizeof total, "%d", talk_options(talk));
	if (dialogue_miss(talk->hub->db, &talk->who, err) < 0)
		return -1;
	if (talk->question.question == DIALOGUE_CONFIRM)
		return appointment_confirm_say(talk, err);
	return talk_say(talk, TEXT_CHOICE_UNKNOWN, values, 1, err);
}

static int choose_option(struct talk *talk, int n, bool *ret_heard, struct err *err)
{
	char id[TALK_ID_MAX];

	if (!talk_option(talk, n, id))
		return unknown(talk, err);
	return talk_choose(talk, id, ret_heard, err);
}

/* Too late: an hour later "2" may mean another thing than it did. Topics, zones and languages are what they were. */
static bool is_lapsed(const struct talk *talk)
{
	return !talk->open && talk->question.question <= DIALOGUE_WHICH;
}

static int number_answer(struct talk *talk, bool *ret_heard, struct err *err)
{
	int n = talk->words.numbers[0];

	switch (talk->question.question) {
	case DIALOGUE_TOPICS: {
		bool known;
		if (topics_numbers(talk, &known, err) != 0)
			return -1;
		return known ? 0 : unknown(talk, err);
	}
	case DIALOGUE_OFFICE:
	case DIALOGUE_SLOT:
	case DIALOGUE_WHICH:
	case DIALOGUE_ZONE:
	case DIALOGUE_LANGUAGE:
		return talk->words.number_count == 1 ? choose_option(talk, n, ret_heard, err) : unknown(talk, err);
	case DIALOGUE_CONFIRM: return n == 1 ? choose_option(talk, 1, ret_heard, err) : stop(talk, err);
	case DIALOGUE_REMINDER:
	case DIALOGUE_NUMBER:
	case DIALOGUE_REPORT: *ret_heard = false; return 0;
	}
	return 0;
}

static int yes_answer(struct talk *talk, bool *ret_heard, struct err *err)
{
	enum dialogue_question question = talk->question.question;

	if (question == DIALOGUE_CONFIRM)
		return choose_option(talk, 1, ret_heard, err);
	if (question == DIALOGUE_REMINDER) { /* they come */
		talk->done = "comes";
		return talk_end(talk, err);
	}
	if (question <= DIALOGUE_WHICH && talk_options(talk) == 1)
		return choose_option(talk, 1, ret_heard, err);
	if (question <= DIALOGUE_WHICH)
		return unknown(talk, err);
	*ret_heard = false;
	return 0;
}

static int no_answer(struct talk *talk, bool *ret_heard, struct err *err)
{
	if (talk->question.question == DIALOGUE_REMINDER)
		return choose_option(talk, 1, ret_heard, err);
	return stop(talk, err);
}

/* "giovedì alle 10": the one offered that fits, else what is free then. */
static int moment_answer(struct talk *talk, const struct moment *moment, struct err *err)
{
	char id[TALK_ID_MAX], found[TALK_ID_MAX] = "";
	struct pick pick = {.office = NULL}, first = {.office = NULL};
	int fits = 0;
	bool known;

	for (int n = 1; talk_option(talk, n, id); n++) {
		if (!pick_read(talk->hub->settings, id, &pick))
			continue;
		if (!first.office)
			first = pick;
		if (strcmp(pick.verb, "slot") != 0 || !moment_fits(moment, pick.start))
			continue;
		memcpy(found, id, sizeof found);
		fits++;
	}
	if (fits == 1 && moment->minute >= 0)
		return talk_choose(talk, found, &known, err);
	if (!first.office)
		return appointment_again(talk, err);
	talk->done = "appointment";
	return offer_times(talk, TEXT_APPOINTMENT_SLOTS, first.office, first.id, 0, moment, err);
}

static size_t signs_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

/* "altri orari", "altri" */
static bool asks_for_more(const struct talk *talk)
{
	return strncasecmp(talk->text + strspn(talk->text, " \t\r\n"), "altri", 5) == 0 &&
	       signs_of(talk->text) <= ANSWER_SIGNS;
}

/* "No, non posso", "Sì, ci sarò": the first word of a short answer says it. */
static enum words_verb leading_word(const struct talk *talk)
{
	static const struct {
		const char *word;
		enum words_verb verb;
	} words[] = {{"no", VERB_NO}, {"nein", VERB_NO}, {"si", VERB_YES}, {"s\xC3\xAC", VERB_YES},
		{"s\xC3\x8C", VERB_YES}, {"ok", VERB_YES}, {"certo", VERB_YES}, {"va bene", VERB_YES},
		{"ja", VERB_YES}};
	const char *text = talk->text + strspn(talk->text, " \t\r\n");

	for (size_t i = 0; i < sizeof words / sizeof *words && signs_of(text) <= ANSWER_SIGNS; i++) {
		size_t length = strlen(words[i].word);
		if (strncasecmp(text, words[i].word, length) == 0 && strchr(" ,.;:!'", text[length]))
			return words[i].verb;
	}
	return VERB_NONE;
}

static int words_answer(struct talk *talk, bool *ret_heard, struct err *err)
{
	bool yes_or_no = talk->question.question == DIALOGUE_CONFIRM || talk->question.question == DIALOGUE_REMINDER;
	enum words_verb leading = yes_or_no && talk->open ? leading_word(talk) : VERB_NONE;
	char phone[24];
	bool tried = false;

	if (leading != VERB_NONE)
		return leading == VERB_YES ? yes_answer(talk, ret_heard, err) : no_answer(talk, ret_heard, err);

	if (talk->question.question == DIALOGUE_NUMBER) {
		if (number_find(talk, phone, &tried))
			return number_hear(talk, phone, false, err);
		if (tried && talk->question.misses < MISSES_MAX) {
			talk->done = "not understood";
			return dialogue_miss(talk->hub->db, &talk->who, err) < 0
				       ? -1
				       : talk_say(talk, TEXT_NUMBER_UNCLEAR, NULL, 0, err);
		}
	}
	bool choosing = talk->question.question <= DIALOGUE_LANGUAGE && talk->question.question != DIALOGUE_REMINDER;
	if (choosing && talk->open && talk->question.misses < MISSES_MAX && signs_of(talk->text) <= ANSWER_SIGNS &&
		talk->words.verb == VERB_NONE && talk->text[0])
		return unknown(talk, err);
	*ret_heard = false;
	return 0;
}

int question_hear(struct talk *talk, bool *ret_heard, struct err *err)
{
	struct moment moment;
	enum words_verb verb = talk->words.verb;

	*ret_heard = talk->asked;
	if (!talk->asked)
		return 0;
	if (talk_is_quiet(talk)) {
		*ret_heard = verb == VERB_NUMBER || verb == VERB_YES || verb == VERB_NO;
		return *ret_heard ? talk_later(talk, err) : 0;
	}
	if (verb == VERB_NO && !talk->open) {
		*ret_heard = false;
		return 0;
	}
	if (talk->question.question == DIALOGUE_SLOT && verb != VERB_YES && verb != VERB_NO &&
		moment_read(talk->text, talk->texts, talk->now, &moment))
		return moment_answer(talk, &moment, err);
	if (is_lapsed(talk) && (verb == VERB_NUMBER || verb == VERB_YES))
		return appointment_again(talk, err);
	if (talk->question.question == DIALOGUE_SLOT && asks_for_more(talk))
		return choose_option(talk, talk_options(talk), ret_heard, err);
	if (talk->question.question == DIALOGUE_NUMBER && (verb == VERB_NONE || verb == VERB_NUMBER))
		return words_answer(talk, ret_heard, err);
	switch (verb) {
	case VERB_NUMBER: return number_answer(talk, ret_heard, err);
	case VERB_YES: return yes_answer(talk, ret_heard, err);
	case VERB_NO: return no_answer(talk, ret_heard, err);
	case VERB_NONE: return words_answer(talk, ret_heard, err);
	case VERB_JOIN:
	case VERB_LEAVE:
	case VERB_STATUS:
	case VERB_TOPICS:
	case VERB_ZONE:
	case VERB_REPORT:
	case VERB_APPOINTMENT:
	case VERB_PRIVACY:
	case VERB_REPEAT:
	case VERB_HELP:
	case VERB_LANGUAGE:
	case VERB_COURTESY: break;
	}
	*ret_heard = false;
	return 0;
}
