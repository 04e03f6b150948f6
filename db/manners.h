/* What the box remembers of each who writes, so that it answers nobody for ever: how many answers in this hour and day,
 * whether the same text comes again and again. Kept under a keyed hash of the address, for 31 days after the last
 * message. Writers need a transaction; times as in db.h. */
#ifndef BANDITORE_MANNERS_DB_H
#define BANDITORE_MANNERS_DB_H

#include "db/db.h"

enum { MANNERS_MARK_SIZE = 16 };

struct manners_memory {
	int64_t hour_at, day_at; /* when the counted hour and day began; 0: none */
	int32_t hour_answers, day_answers;
	int64_t same_at;		       /* the last message's time; 0: none */
	int32_t same_count;		       /* how often it came in a row */
	unsigned char mark[MANNERS_MARK_SIZE]; /* of its text */
	int64_t pointed_at;		       /* one-way: shown to the usual channels; 0: never */
};

/* Nothing is known of them: all zero. */
int manners_load(struct db *db, const char *address, struct manners_memory *ret, struct err *err);
int manners_keep(struct db *db, const char *address, const struct manners_memory *memory, int64_t now, struct err *err);

/* A text's mark: equal for equal texts, in this database only. */
void manners_mark(const struct db *db, const char *text, unsigned char ret_mark[MANNERS_MARK_SIZE]);

/* Answers of the whole box within this minute of the clock; and one more. */
int manners_box(struct db *db, int64_t now, int64_t *ret_answers, struct err *err);
int manners_box_add(struct db *db, int64_t now, struct err *err);

#endif
