/* What an officer's message by telephone orders, as words, and where its PIN stands. Pure; any thread; never blocks.
 *
 *	[ESERCITAZIONE] ALLERTA 303114201 4711			a code of the keypad's sheet, the PIN
 *	ALLERTA ROSSA piena Borgo fino 20: testo 4711		colour, hazard, zones, until; behind the colon the text
 *	CESSATO [n][: testo] 4711				the all-clear of alert n, or of the newest
 *	ANNULLA [n] 4711					stops alert n, or the newest under way
 *	STATO BOX
 *	girasole | CONFERMO girasole | girasole 4711		the one-time word; the second officer adds the PIN
 *	NO | ANNULLA						lets an order go that waits for its word
 *
 * Case, accents, punctuation and one slip in a command do not count. What begins like a command but is not whole is
 * still one, with what is missing: an officer who forgets the PIN is to hear so. */
#ifndef BANDITORE_OFFICER_WORDS_H
#define BANDITORE_OFFICER_WORDS_H

#include "config/settings.h"
#include "db/message.h"

enum {
	OFFICER_WORDS_PIN_MAX = 9,   /* 4 to 8 digits, NUL */
	OFFICER_WORDS_CODE_MAX = 16, /* a sheet's code, NUL */
	OFFICER_WORDS_WORD_MAX = 16,
	OFFICER_WORDS_HAZARD_MAX = 64,
	OFFICER_WORDS_ZONES_MAX = 16,
};

enum officer_verb {
	OFFICER_NOTHING, /* no order: the officer writes as any citizen */
	OFFICER_ALERT,
	OFFICER_CLEAR,
	OFFICER_CANCEL,
	OFFICER_STATUS,
	OFFICER_DROP, /* NO, or ANNULLA without a PIN */
	OFFICER_WORD, /* may be a confirm word */
};

struct officer_words {
	enum officer_verb verb;
	bool exercise;
	bool has_pin; /* also where it has been masked */
	char pin[OFFICER_WORDS_PIN_MAX];
	size_t pin_from, pin_until;	   /* octets of the text; equal: none */
	char code[OFFICER_WORDS_CODE_MAX]; /* ALERT by the sheet; "": in words */
	int64_t number;			   /* CLEAR, CANCEL: n; 0: none */
	char word[OFFICER_WORDS_WORD_MAX]; /* WORD: in capitals; "": only CONFERMO */
	enum message_colour colour;
	const char *phase; /* "attention", "prealarm", "alarm"; NULL */
	const char *zones[OFFICER_WORDS_ZONES_MAX];
	int zone_count;
	char hazard[OFFICER_WORDS_HAZARD_MAX]; /* as written, cut at a character's edge */
	int until_minute;		       /* after midnight, 0 to 1440; -1: not said so */
	bool tomorrow;			       /* that time of tomorrow, else its next */
	int hours;			       /* for so long; 0: not said so */
	const char *text;		       /* into the caller's text, never NULL */
	size_t text_length;
};

/* text: UTF-8, but any octets are safe. Zones point into settings. Wipe *ret when it has been used: it holds the PIN. */
void officer_words_read(const char *text, const struct settings *settings, struct officer_words *ret);

/* Puts asterisks over the digits of the PIN, in place: that of an order which `words` (of this very text) is, whoever wrote
 * it; of whatever else an `officer` wrote every lone run of 4 to 8 digits, one of which may be meant for it. Masking twice
 * changes nothing. Returns whether something was masked. */
bool officer_words_mask(char *text, const struct officer_words *words, bool officer);

/* A random word from the list, other than those `taken` says are in use. Capitals; valid for ever. */
const char *officer_word_draw(bool (*taken)(const void *context, const char *word), const void *context);

/* Is it one of the list? `word` in capitals. */
bool officer_word_is_ours(const char *word);

/* The list, for tests. NULL behind the last. */
const char *officer_word_at(int index);

#endif
