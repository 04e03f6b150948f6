/* What an error of the modem or the network means for what happens next. Tables of 3GPP TS 27.005 §3.2.5, 24.011 Annex E,
 * 23.040 §9.2.3.22 and 27.007 §9.2. Pure. */
#ifndef BANDITORE_CMS_H
#define BANDITORE_CMS_H

#include "modem/bearer.h"

enum cms_class {
	CMS_NOW,   /* same modem in seconds */
	CMS_LATER, /* back off by minutes */
	CMS_RCPT,  /* permanent for this recipient */
	CMS_MSG,   /* our PDU is wrong */
	CMS_SIM,   /* this SIM cannot send */
	CMS_MODEM, /* the modem needs care, then again */
	CMS_FULL,  /* make room */
	CMS_MT,	   /* only about receiving */
	CMS_DONE,  /* it is already there */
	CMS_IGNORE,
	CMS_UNKNOWN, /* the network did not answer: the outcome is unknown (332) */
};

enum cms_class cms_class(int code); /* +CMS ERROR; -1 (no argument) and reserved codes have a class too */
enum cms_class cme_class(int code); /* +CME ERROR */
const char *cms_meaning(int code);  /* English, lower case, never NULL */
const char *cme_meaning(int code);
const char *cms_class_to_string(enum cms_class class); /* "now", "later"… as in the vectors */

/* Errors told in words (AT+CMEE=2, Telit, Option): lower-cased letters and digits against a table. -1: not known. */
int cms_from_words(const char *words);
int cme_from_words(const char *words);

/* The outcome of a send that ended with this class. */
enum bearer_outcome cms_outcome(enum cms_class class);

#endif
