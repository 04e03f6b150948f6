/* The question a person was asked last and has not answered yet, so that a "2" an hour and a restart later still means
 * something. A person has one at most, whichever way they write: a new question takes the place of the old.
 *
 * What is more than a day past its time is forgotten when the next question is asked. Writers need a transaction. */
#ifndef BANDITORE_DIALOGUE_H
#define BANDITORE_DIALOGUE_H

#include "db/correspondent.h"

enum { DIALOGUE_OPTIONS_MAX = 5120, DIALOGUE_NOTE_MAX = 1024 };

enum dialogue_question {
	DIALOGUE_OFFICE = 1, /* of an appointment; the options are offices */
	DIALOGUE_SLOT,	     /* free times */
	DIALOGUE_CONFIRM,    /* yes or no; the one option is what "yes" does */
	DIALOGUE_WHICH,	     /* of several appointments */
	DIALOGUE_REMINDER,   /* "no" calls it off: the one option */
	DIALOGUE_TOPICS,     /* the one question with several answers at once */
	DIALOGUE_ZONE,
	DIALOGUE_LANGUAGE,
	DIALOGUE_NUMBER, /* the person's own; no options */
	DIALOGUE_REPORT, /* what is to be reported; no options */
};

struct dialogue {
	struct correspondent who; /* its channel: the one asked on */
	enum dialogue_question question;
	int64_t asked_at, expires_at;
	int32_t misses;			    /* answers that made no sense */
	char options[DIALOGUE_OPTIONS_MAX]; /* ids, "a|b"; the first is what "1" means */
	char note[DIALOGUE_NOTE_MAX];	    /* what an appointment is about, as written; "" */
};

/* In place of whatever this person was asked before. */
int dialogue_ask(struct db *db, const struct dialogue *dialogue, struct err *err);

/* By address, else by subscriber; past its time or not. 1, 0, -1. */
int dialogue_find(struct db *db, const struct correspondent *who, struct dialogue *ret, struct err *err);

int dialogue_miss(struct db *db, const struct correspondent *who, struct err *err); /* one more */
int dialogue_end(struct db *db, const struct correspondent *who, struct err *err);

#endif
