/* One message of a citizen while it is answered: what the files beside this one share. Internal to citizen.c and them.
 *
 * A function that hears returns 0 or -1 with the database's error. A choice is what a tap, a number or a word picks,
 * by an id that says all there is to it, so that a list tapped days later still does what it shows or says why not:
 *
 *	slot:OFFICE:MINUTES:ID    a time in minutes since 1970; ID: the appointment that moves there, 0: a new one
 *	book:OFFICE:MINUTES:ID    yes to it
 *	times:OFFICE:MINUTES:ID   more times, behind that one (0: from the first)
 *	drop:ID   shift:ID        calls an appointment off; moves it
 *	topics-from:N  zones-from:N   the list from its row N on
 *
 * and those of words_read_choice. */
#ifndef BANDITORE_CITIZEN_TALK_H
#define BANDITORE_CITIZEN_TALK_H

#include "db/dialogue.h"
#include "db/subscriber.h"
#include "firmware-host/citizen.h"
#include "firmware-host/citizen/manners.h"
#include "firmware-host/citizen_words.h"

enum {
	TALK_CHOICES_MAX = 10, /* rows of a list of WhatsApp's */
	TALK_ID_MAX = 96,
	TALK_TITLE_MAX = 100,
	TALK_WORDS_MAX = 300,
	TALK_LIST_MAX = 2048, /* a list as it stands in a sentence */
	TALK_ECHO_MAX = 64,   /* of what was written, in a sentence */
};

struct talk {
	struct hub *hub;
	const struct citizen_from *from;
	const char *text; /* as it came */
	int64_t now;
	struct correspondent who;  /* where the answer goes; its subscriber is 0 unless active */
	struct subscriber person;  /* id 0: not known */
	bool active;		   /* subscribes */
	const struct texts *texts; /* in their language */
	struct citizen_words words;
	struct dialogue question; /* what they were asked last */
	bool asked, open;	  /* there is one; and its time is not past */
	struct manners_memory memory;
	struct manners_verdict verdict;
	bool called;	   /* rang, and wrote nothing */
	bool must;	   /* this is answered whatever the verdict: they left */
	bool answered;	   /* something was said */
	enum text_id hint; /* said behind the next sentence; TEXT_COUNT: none */
	const char *done;  /* for the inbox */
};

static inline bool talk_is_wired(const struct talk *talk)
{
	return talk->from->channel == OUTBOX_WHATSAPP;
}

/* Whatever a citizen is asked, they will not hear it. */
static inline bool talk_is_quiet(const struct talk *talk)
{
	return talk->verdict.manners != MANNERS_ANSWER;
}

struct talk_choice {
	char id[TALK_ID_MAX];
	char title[TALK_TITLE_MAX]; /* cut to what WhatsApp shows */
	char words[TALK_WORDS_MAX]; /* under the title in a list; "" */
};

/* ---- say.c: one sentence, with its placeholders, by the channel they wrote by; by WhatsApp with buttons, or a list
 * where they are more than three. A sentence that cannot be sent is logged and is no error. ---- */

int talk_say(struct talk *talk, enum text_id id, const struct text_value *values, size_t count, struct err *err);
int talk_offer(struct talk *talk, enum text_id id, const struct text_value *values, size_t count,
	const struct talk_choice *choices, int choice_count, struct err *err);

/* With WhatsApp's button for the number or the place: BEARER_REQUEST_PHONE, BEARER_REQUEST_LOCATION. */
int talk_request(struct talk *talk, enum text_id id, enum bearer_content content, struct err *err);

/* Where nothing is answered: what is to be said once in place of it, if that is due. */
int talk_later(struct talk *talk, struct err *err);

/* The sentence as talk_offer would send it by SMS: its number of segments; -1: it does not fit. */
int talk_measure(const struct talk *talk, enum text_id id, const struct text_value *values, size_t count);

/* A button of ours: TEXT_BUTTON_… with its id. */
struct talk_choice talk_button(const struct talk *talk, enum text_id title, const char *id);

/* What they wrote, fit to be repeated to them: one line, no signs that steer, short; by SMS only what costs no other
 * alphabet, else "". Returns out. */
const char *talk_echo(const struct talk *talk, const char *text, size_t length, char out[TALK_ECHO_MAX]);

/* Adds "3 Viabilità" to a list in a sentence. */
void talk_list_add(const struct talk *talk, int number, const char *name, char list[TALK_LIST_MAX]);

/* Remembers the question they have just been asked; `options`: "a|b". Nothing when they did not hear it. */
int talk_ask(
	struct talk *talk, enum dialogue_question question, const char *options, const char *note, struct err *err);
int talk_end(struct talk *talk, struct err *err); /* no question any more */

/* Option number n (from 1) of the question; false: there is none. */
bool talk_option(const struct talk *talk, int n, char out[TALK_ID_MAX]);
int talk_options(const struct talk *talk); /* their number */

/* Adds an id to options; what does not fit is left out. */
void talk_option_add(char options[DIALOGUE_OPTIONS_MAX], const char *id);

/* ---- citizen.c ---- */

void talk_consent(const struct talk *talk, const char *purpose, const char *action, struct consent *ret);
int talk_know(struct talk *talk, struct err *err); /* looks up anew who it is */
int talk_choose(struct talk *talk, const char *id, bool *ret_known, struct err *err);
int talk_verb(struct talk *talk, struct err *err); /* does what talk->words say */

/* ---- the parts ---- */

int join_hear(struct talk *talk, struct err *err);
int join_by_call(struct talk *talk, struct err *err);
int leave_hear(struct talk *talk, struct err *err);
int number_hear(struct talk *talk, const char *phone, bool proven, struct err *err);
bool number_find(const struct talk *talk, char out[24], bool *ret_tried); /* in the text; tried: it looks like one */
int number_unite(struct talk *talk, const char *phone, struct err *err); /* whose number it is said to be by WhatsApp */
int not_subscribed(struct talk *talk, struct err *err);

int topics_hear(struct talk *talk, struct err *err);
int topics_numbers(struct talk *talk, bool *ret_known, struct err *err); /* "1 3" to the list */
int topics_show(struct talk *talk, int from, struct err *err);
const char *topics_names(const struct talk *talk, char out[TALK_LIST_MAX]);
int zone_hear(struct talk *talk, struct err *err);
int zones_show(struct talk *talk, int from, const char *echo, struct err *err);
const char *zone_name(const struct talk *talk);
int language_hear(struct talk *talk, struct err *err);

int status_hear(struct talk *talk, struct err *err);
int privacy_hear(struct talk *talk, struct err *err);
int repeat_hear(struct talk *talk, struct err *err);
int help_hear(struct talk *talk, struct err *err);

int report_hear(struct talk *talk, struct err *err);	    /* talk->text, or talk->words.argument of a VERB_REPORT */
int report_hear_event(struct talk *talk, struct err *err);  /* a picture, a voice note, a place, a card… */
int report_hear_status(struct talk *talk, struct err *err); /* talk->words.numbers[0] */

int appointment_hear(struct talk *talk, struct err *err);
int appointment_choose(struct talk *talk, const char *id, bool *ret_known, struct err *err);
int appointment_confirm_say(struct talk *talk, struct err *err); /* the open "yes or no?" again */
int appointment_again(struct talk *talk, struct err *err);	 /* asks a lapsed question anew */
int appointment_stop(struct talk *talk, struct err *err);	 /* what was held for them is free again */

int question_hear(struct talk *talk, bool *ret_heard, struct err *err);

#endif
