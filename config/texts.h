/* Every sentence a citizen or an officer reads, in Italian, from texts.it.cfg; what the file leaves out is built in.
 *
 * A text holds placeholders in braces: "{comune}: ALLERTA {colour}. {text}". A part in brackets, "[ Privacy: {url}]", is
 * left out when one of its placeholders is empty; brackets do not nest. "{{", "}}", "[[" and "]]" stand for the sign. Which
 * placeholders each text may hold, and which it must, is part of the table in texts.c and is checked when the file is
 * read, so that a slip is found at the start and not in an alert. */
#ifndef BANDITORE_TEXTS_H
#define BANDITORE_TEXTS_H

#include "config/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { TEXTS_TEXT_MAX = 1024, TEXTS_VALUES_MAX = 12 };

/* In round brackets: the placeholders a text must hold. */
enum text_id {
	TEXT_ALERT, /* {comune} {service} {colour} {hazard} {phase} {until} ({text}); the middle three as below */
	TEXT_ALERT_HAZARD, /* " per {hazard}" ({hazard}): what {hazard} above becomes when one is given, else nothing */
	TEXT_ALERT_PHASE,  /* ", fase di {phase}" ({phase}): likewise */
	TEXT_ALERT_UNTIL,  /* ", fino alle {until}" ({until}): likewise; {until} is a time with its date where needed */
	TEXT_CLEAR, /* {comune} {service} {hazard} {colour} ({text}); {hazard} is what the alert was for, without "per" */
	TEXT_CLEAR_DEFAULT, /* the {text} of a clear that has none */
	TEXT_NEWS,	    /* {comune} {service} {topic} ({text}) */
	TEXT_EXERCISE,	    /* ({text}): says ESERCITAZIONE at both ends */
	TEXT_COLOUR_YELLOW,
	TEXT_COLOUR_ORANGE,
	TEXT_COLOUR_RED,
	TEXT_PHASE_ATTENTION,
	TEXT_PHASE_PREALARM,
	TEXT_PHASE_ALARM,
	TEXT_WELCOME,	     /* {comune} {service} {privacy_url} {contacts} */
	TEXT_WELCOME_BACK,   /* already a subscriber; as TEXT_WELCOME */
	TEXT_GOODBYE,	     /* {comune} {service} {contacts} */
	TEXT_NOT_SUBSCRIBED, /* asks to leave without having joined; as TEXT_GOODBYE */
	TEXT_CAN_ALERT,	     /* the box's one sentence: {ready} {total} modems */
	TEXT_CANNOT_ALERT,   /* ({why}), one of the following, each with {modem} */
	TEXT_WHY_STARTING,
	TEXT_WHY_SEARCHING,
	TEXT_WHY_SIM,
	TEXT_WHY_PIN,
	TEXT_WHY_HUNG,
	TEXT_WHY_GONE,
	TEXT_WHY_BUDGET,
	TEXT_WHY_BARRED,  /* the network refuses this SIM's messages for now */
	TEXT_WHY_REFUSED, /* the WhatsApp account may not send */
	TEXT_WHY_NO_MODEM,
	TEXT_WHY_DISK,
	TEXT_WHY_NOT_RUNNING,
	TEXT_TEMPLATE_ALERT, /* the bodies of the WhatsApp templates: {comune} {service} {contacts} {alert} {text} */
	TEXT_TEMPLATE_ALERT_EXAMPLE, /* a {text} to show whoever examines the template */
	TEXT_TEMPLATE_CLEAR,
	TEXT_TEMPLATE_CLEAR_EXAMPLE,
	TEXT_TEMPLATE_NEWS, /* {topic} in place of {alert} */
	TEXT_TEMPLATE_NEWS_EXAMPLE,
	TEXT_TEMPLATE_HAZARD_EXAMPLE,
	TEXT_COUNT
};

struct texts;

/* path NULL, or absent while `required` is false: the built-in Italian. Fails with EX_CONFIG, file, line and remedy for an
 * unknown key, a wrong type, a text too long or a placeholder that text may not hold. Blocks for the file's reading. */
int texts_read(const char *path, bool required, struct texts **ret_texts, struct err *err);

/* The same from memory, as if it were the file `path`. The text need not end in NUL. */
int texts_read_string(const char *text, size_t length, const char *path, struct texts **ret_texts, struct err *err);

void texts_free(struct texts *texts);

/* The pattern as it stands; never NULL. For a text without placeholders, such as a colour, that is the text. */
const char *texts_get(const struct texts *texts, enum text_id id);

struct text_value {
	const char *name;  /* without braces */
	const char *value; /* inserted as it is; a placeholder inside it stays text */
};

/* Writes the text with its placeholders filled, NUL-terminated, into out. Returns its length in octets, or -1 when it
 * does not fit (out then holds a cut at a character's edge). A placeholder without a value, or with NULL for one, becomes
 * empty. */
int texts_fill(const struct texts *texts, enum text_id id, const struct text_value *values, size_t count, char *out,
	size_t size);

#endif
