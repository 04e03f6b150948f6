/* Who ordered what, by which door, when: append-only and hash-chained.
 *
 * Each row's hash is SHA-256 over the previous row's hash and the row in this form:
 *
 *	previous hash as 64 lower-case hexadecimal digits, newline,
 *	id, at, clock, who, door, act, detail, each as a netstring: octets in decimal, ':', the octets, ','
 *
 * with id and at in decimal; before the first row the previous hash is 64 zeros. Rows older than the chain have no hash of
 * their own, but the first that has one is computed over all of them, so that they cannot be changed either. Ids run from
 * 1 without a gap. What a chain cannot show by itself is that somebody rewrote all of it: an export, or the last hash
 * written down elsewhere, shows that. */
#ifndef BANDITORE_AUDIT_H
#define BANDITORE_AUDIT_H

#include "db/db.h"

enum { AUDIT_HASH_HEX = 65, AUDIT_DETAIL_MAX = 4096, AUDIT_WORD_MAX = 128 };

struct audit_row {
	int64_t id, at;
	char clock[AUDIT_WORD_MAX], who[AUDIT_WORD_MAX], door[AUDIT_WORD_MAX], act[AUDIT_WORD_MAX];
	char detail[AUDIT_DETAIL_MAX]; /* these five are cut to fit, the chain is not */
	char hash[AUDIT_HASH_HEX];     /* hexadecimal; "": older than the chain */
};

struct audit_verdict {
	int64_t rows, unchained;   /* all; those older than the chain */
	int64_t broken;		   /* the first row that is not as it was written; 0: none */
	char why[64];		   /* English; "" when none is broken */
	char head[AUDIT_HASH_HEX]; /* the last row's hash; zeros: no row */
};

/* who: a login, an officer, a masked number, "box"; door: cli, keypad, sms, box…; act: "alert", "cancel", "import"…;
 * detail: free. Needs a transaction. */
int audit_add(struct db *db, int64_t now, const char *clock, const char *who, const char *door, const char *act,
	const char *detail, struct err *err);

/* Walks the whole chain. 0 whatever it finds; -1 only where the database could not be read. */
int audit_verify(struct db *db, struct audit_verdict *ret, struct err *err);

/* The newest `limit` rows (0: all), the oldest of them first, until each() says false. */
int audit_each(struct db *db, int64_t limit, bool (*each)(void *context, const struct audit_row *row), void *context,
	struct err *err);

/* A page of them, the newest first: behind row `before` (0: the first page), at most `limit`; those whose who, act or detail
 * holds the text `search` (NULL or "": all). */
int audit_page(struct db *db, int64_t before, int limit, const char *search,
	bool (*each)(void *context, const struct audit_row *row), void *context, struct err *err);

#endif
