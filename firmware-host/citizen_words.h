/* What a citizen's message asks for, as words: by SMS, by WhatsApp, and by the buttons and lists of the latter.
 *
 * Case, accents, punctuation, emoji, blanks inside a word or missing between two, greetings and thanks do not count, and
 * a word may hold a slip or two, by its length. But joining and leaving change what the box does to a person, so there
 * every word of the message must have its place in such a request: a complaint, a question or a story that merely holds
 * the word is VERB_NONE, and what might be either joining or leaving is neither. In two-way mode VERB_NONE is a report.
 *
 * Pure; any thread; never blocks. Takes about 0.1 ms on a PC, up to 4 ms with as many zones and topics as the settings can
 * hold. Only the first WORDS_TOKENS_MAX words are looked at; a longer message can only be a report. */
#ifndef BANDITORE_CITIZEN_WORDS_H
#define BANDITORE_CITIZEN_WORDS_H

#include "config/settings.h"
#include "config/texts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WORDS_TOKENS_MAX = 48,	     /* words of a message that are looked at */
	WORDS_NAME_MAX = 128,	     /* octets with the NUL */
	WORDS_TOPICS_MAX = 512,	     /* likewise: ids as "a|b" */
	WORDS_NUMBERS_MAX = 16,	     /* numbers of one answer */
	WORDS_NUMBER_MAX = 99,	     /* the largest of a numbered answer */
	WORDS_REPORT_MAX = 99999999, /* and of a report's number */
};

enum words_verb {
	VERB_NONE,	  /* anything else: a report */
	VERB_JOIN,	  /* name, zone, topics where given; `argument` a zone nobody knows */
	VERB_LEAVE,	  /* name where given */
	VERB_STATUS,	  /* of the subscription; numbers[0]: of that report */
	VERB_TOPICS,	  /* topics_do, topics */
	VERB_ZONE,	  /* zone; "": asked which there are, or `argument` is none of them */
	VERB_REPORT,	  /* `argument` what it says ("": the bare word); numbers[0]: more about that report */
	VERB_APPOINTMENT, /* booking, office ("": not said, or two fit), `argument` what follows the word */
	VERB_PRIVACY,
	VERB_REPEAT,
	VERB_HELP,
	VERB_YES, /* without a question that is open: as VERB_COURTESY */
	VERB_NO,
	VERB_NUMBER,   /* numbers: one or several; without an open question: a report */
	VERB_LANGUAGE, /* language; "": which are there */
	VERB_COURTESY, /* greetings, thanks, hearts: neither a report nor a reason to answer */
};

enum words_topics_do {
	TOPICS_LIST, /* what there is; topics: named without the word ARGOMENTI, an answer if the list was just shown */
	TOPICS_SET,  /* these and no others */
	TOPICS_ADD,  /* these too */
	TOPICS_REMOVE, /* not these */
	TOPICS_ALL,
	TOPICS_NOTHING /* alerts only */
};

enum words_booking { BOOKING_NEW, BOOKING_MOVE, BOOKING_CANCEL };

struct citizen_words {
	enum words_verb verb;
	/* Of VERB_NONE: JOIN, LEAVE, TOPICS or HELP when that may have been meant, else NONE. Nothing is to be done about
	 * it but to say, beside whatever is answered, how to ask for it. */
	enum words_verb hint;
	enum words_topics_do topics_do;
	enum words_booking booking;
	char topics[WORDS_TOPICS_MAX]; /* "" : none named */
	char zone[SETTINGS_ID_MAX], office[SETTINGS_ID_MAX];
	char language[8];	   /* ISO 639 */
	char name[WORDS_NAME_MAX]; /* as written, on one line; cut at a character's edge */
	int32_t numbers[WORDS_NUMBERS_MAX];
	int number_count;
	const char *argument;	/* into the caller's text, never NULL */
	size_t argument_length; /* octets, without blanks at either end */
};

/* text: UTF-8, but any octets are safe. languages: whose further words count beside the Italian ones ("words_join" and so
 * on), or NULL. Always fills *ret. */
void words_read(const char *text, const struct settings *settings, const struct texts_languages *languages,
	struct citizen_words *ret);

/* The same for the id of a WhatsApp button or list row: "join", "leave", "status", "topics", "topics:ID" (add),
 * "topics:-ID" (remove), "topics:*" (all), "topics:-" (nothing), "zone:ID", "report", "appointment", "appointment:OFFICE",
 * "move", "cancel", "privacy", "repeat", "help", "yes", "no", "number:N", "language:XX". An id of the settings no longer
 * there reads as if it were left out. False: no such id; *ret is VERB_NONE, and the title is to be read as a text.
 * ret->argument points into id. */
bool words_read_choice(const char *id, const struct settings *settings, struct citizen_words *ret);

/* Did a machine write this: an absence note, an operator's or a shop's notice, another box's welcome? Such a message is
 * kept and never answered, or two machines would talk for ever. Errs towards "no" for what people write. */
bool words_is_automatic(const char *text);

#endif
