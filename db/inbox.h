/* What arrived: SMS parts until they are whole, messages, calls; and what has been seen before. Writers need a
 * transaction. */
#ifndef BANDITORE_INBOX_H
#define BANDITORE_INBOX_H

#include "db/db.h"

enum { INBOX_PDU_MAX = 272, INBOX_TEXT_MAX = 65536 };

/* Remembers a PDU of this SIM; 1: fresh, 0: seen within the last 7 days (a second copy: by another route, re-sent, or
 * because deleting it failed), -1 error. */
int inbox_fresh(struct db *db, const char *sim, const uint8_t *octets, int length, int64_t now, struct err *err);

/* Forgets fingerprints older than 7 days. */
int inbox_forget_seen(struct db *db, int64_t now, struct err *err);

struct inbox_message {
	int64_t id;
	int64_t at;	 /* when we committed it */
	int64_t sent_at; /* by the service centre; 0 unknown */
	char kind
		[12]; /* "sms", "whatsapp", "call", "undecodable", "data", "incomplete", "moved", "template", "account", "webhook" */
	char bearer[32], sender[144]; /* a number, a word, or a WhatsApp user id */
	char answer[24];	      /* what was done: "joined", "left", "none"… */
	const char *text;	      /* UTF-8; owned by the database handle, valid during the call */
	int text_length;
	const uint8_t *raw; /* the PDU when undecodable or data; else NULL */
	int raw_length;
	const char *detail; /* JSON: what a message by WhatsApp holds beside its text; NULL or "": nothing */
};
int inbox_add(struct db *db, const struct inbox_message *message, int64_t *ret_id, struct err *err);
int inbox_set_answer(struct db *db, int64_t id, const char *answer, struct err *err);
int inbox_each(struct db *db, int64_t id, int limit, bool (*each)(void *context, const struct inbox_message *message),
	void *context, struct err *err); /* id 0: the newest `limit` */

/* A part of a concatenated message is kept as its PDU. Parts of a candidate group: same SIM, sender, reference, width
 * and total. At most 255 are returned. Bounds: 32 open groups a sender, 4,096 parts in all; beyond, -1 with
 * EX_UNAVAILABLE. */
struct inbox_part {
	int64_t id, at;
	int length;
	uint8_t octets[INBOX_PDU_MAX];
};
int inbox_part_add(struct db *db, const char *sim, const char *sender, int reference, int bits, int total, int seq,
	const uint8_t *octets, int length, int64_t now, struct err *err);
int inbox_parts(struct db *db, const char *sim, const char *sender, int reference, int bits, int total,
	struct inbox_part *ret, int max, struct err *err); /* number or -1 */
int inbox_parts_remove(struct db *db, const int64_t *ids, int count, struct err *err);

/* One group whose oldest part arrived before `before`, or number 0. */
int inbox_parts_stale(
	struct db *db, int64_t before, char ret_sim[24], struct inbox_part *ret, int max, struct err *err);

#endif
