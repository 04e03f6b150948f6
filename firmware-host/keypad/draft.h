/* A draft: what a code on the sheet, or a template and what fills it, would send, composed and measured, and how it is read
 * back. */
#ifndef BANDITORE_DRAFT_H
#define BANDITORE_DRAFT_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/db.h"
#include "firmware-host/keypad/sheet.h"
#include "firmware-host/order.h"

enum { DRAFT_SUMMARY_MAX = 512 };

struct draft {
	struct message message, about; /* about: the alert of an all-clear */
	struct order_measure measure;
	bool brief;	    /* the short version */
	int brief_segments; /* what the short version would take, where that is less; 0: nothing to gain */
	char brief_text[MESSAGE_TEXT_MAX]; /* and how it reads */
	int64_t from, until;		   /* as typed, which may have begun; 0: an all-clear */
	bool from_now;			   /* a short code: no hour of its beginning was typed */
	int64_t recipients;		   /* draft_count */
};

/* What fills a template's places. Strings are never NULL; "": there is none. */
struct draft_words {
	const struct sheet_template *template;
	const char *instruction, *brief, *hazard, *zone, *contact;
	int64_t from;			  /* said when it is ahead; 0: from now on */
	const struct draft_words *second; /* the same in another language, in the words of its texts; NULL: none */
	const struct texts *second_texts;
};

/* The same in the comune's second language. `hazard`: as the sheet has it, NULL: of none; `own`: somebody wrote an instruction
 * themselves. False: there is no second language, or no translation of all of it. Pure. */
bool draft_second(const struct sheet *sheet, const struct draft_words *words, const struct sheet_hazard *hazard,
	bool own, struct draft_words *ret);

/* What an all-clear of `about` without words of its own says in the second language. False: as above. Pure. */
bool draft_second_clear(const struct sheet *sheet, const struct message *about, struct order_second *ret);

/* Composes an order whose text a template gives; the order's own is not looked at. `about` as for order_compose. `brief`: the
 * short version, else the whole, with what the short one would spare. Of *ret only message, measure and the brief's fields are
 * filled. Fails as order_compose, and with EX_USAGE for a word the template needs and nobody gave. Pure but for the time
 * zone. */
int draft_order(const struct order *order, const struct draft_words *words, const struct settings *settings,
	const struct texts *texts, const struct message *about, bool brief, int64_t now, struct draft *ret,
	struct err *err);

/* "a|b", ids of zones, as "Centro, Monte". */
void draft_zones(const struct settings *settings, const char *ids, char *out, size_t size);

/* Composes the alert of a meaning (SHEET_ALERT); `door` as in struct message. Fails as order_compose. Pure but for the time
 * zone. */
int draft_alert(const struct sheet *sheet, const struct settings *settings, const struct texts *texts,
	const struct sheet_meaning *meaning, bool brief, const char *door, int64_t now, struct draft *ret,
	struct err *err);

/* Composes the all-clear of the newest alert, or update of one, that was not cancelled and has none yet. 1; 0: there is no such alert; -1. */
int draft_clear(struct db *db, const struct sheet *sheet, const struct settings *settings, const struct texts *texts,
	const char *door, int64_t now, struct draft *ret, struct err *err);

/* "ALLERTA ARANCIONE temporali, oggi 14-20, Centro: 412 persone." */
void draft_summary(const struct draft *draft, const struct settings *settings, const struct texts *texts, int64_t now,
	char out[DRAFT_SUMMARY_MAX]);

#endif
