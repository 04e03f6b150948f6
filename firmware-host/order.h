/* An order: an alert, an all-clear or a piece of news as somebody asked for it, checked and composed into the text that
 * leaves. Every door (command line, keypad, console, SMS) fills the same order. */
#ifndef BANDITORE_ORDER_H
#define BANDITORE_ORDER_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/message.h"
#include "modem/pdu.h"

/* What an order says in the comune's second language. */
struct order_second {
	const struct texts *texts;
	const char *hazard; /* "": the order has none */
	const char *text;   /* NULL: the all-clear's own words */
};

struct order {
	enum message_kind kind;
	enum message_colour colour;
	bool colourless; /* an alert that has no colour, as of an earthquake: no colour is wanted then */
	bool exercise;
	const char *hazard, *phase, *topic;    /* NULL: none; phase: attention, prealarm, alarm */
	const char *zones[SETTINGS_ZONES_MAX]; /* id, name or alias */
	int zone_count;
	const char *at, *until;		   /* as written; NULL: none */
	const char *text;		   /* what the officer wrote; may be NULL for an all-clear */
	const struct order_second *second; /* NULL: there is none, or a part has no translation */
	bool keep_characters;		   /* do not fold, whatever it costs */
	const char *door;
};

/* How a composed text travels. */
struct order_measure {
	enum pdu_alphabet alphabet;
	int segments;
	int units;			 /* septets, or UTF-16 units */
	unsigned rewritten;		 /* characters folded */
	bool second, second_left_out;	 /* it says the order's second language too; that did not fit */
	char original[MESSAGE_TEXT_MAX]; /* before folding; equal to the message's text when nothing was rewritten */
};

/* Checks the order and fills *ret_message (all but id, recipients and what the database knows). `about` gives the alert of
 * an all-clear, or, of an update, its newest version, from which comes what the order does not say; else NULL. Fails with EX_DATAERR or EX_USAGE and the remedy: unknown zone or topic, a time that is past, an
 * empty text, one that needs more segments than allowed or, with WhatsApp enabled, is too long for its template. What fits
 * without the second language only, goes without. Pure but for the time zone. */
int order_compose(const struct order *order, const struct settings *settings, const struct texts *texts,
	const struct message *about, int64_t now, struct message *ret_message, struct order_measure *ret_measure,
	struct err *err);

/* What a message says of its alert, in the words of the texts; each is empty where there is nothing to say. */
struct order_words {
	const char *colour;			  /* "ARANCIONE" */
	char hazard[256], phase[128], until[128]; /* " per temporali", ", fase di PREALLARME", ", fino alle 18:00" */
};
void order_words(const struct message *message, const struct texts *texts, struct order_words *ret);

/* "yellow", "giallo", "gialla"…; COLOUR_NONE: not one. */
enum message_colour order_colour(const char *word);
const char *order_colour_to_string(enum message_colour colour);		    /* "yellow"…; "" for none */
const char *order_phase_text(const struct texts *texts, const char *phase); /* "PREALLARME"; "" for "" */
const char *order_kind_to_string(enum message_kind kind);

#endif
