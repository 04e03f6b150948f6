/* The WhatsApp platform's limit (whatsapp.recipients_per_day): how many different people the account may write to by
 * template within any 24 hours. Meta counts people, not messages, and not those who wrote to the account themselves within
 * the last 24 hours: their service window is open. Here each is remembered by a keyed hash, for 24 hours.
 *
 * `address` is the outbox row's: a number in E.164 or a WhatsApp user id; a person who may be known by both is to be given
 * by one of them always. Rows of a future that a wrong clock saw count as if they were of now.
 *
 * For each row the caller needs limit_knows and limit_note, one statement each; it keeps the figures of limit_used and adds
 * one where limit_knows said 0. */
#ifndef BANDITORE_LIMIT_H
#define BANDITORE_LIMIT_H

#include "db/db.h"

/* Different people written to in the 24 hours up to `now`. *ret_next_free_at: when the first of them falls out; 0: there is
 * none. */
int limit_used(struct db *db, int64_t now, int64_t *ret_used, int64_t *ret_next_free_at, struct err *err);

/* 1: writing to this person costs nothing, as they are among those counted or their window is open; 0: it costs one; -1. */
int limit_knows(struct db *db, const char *address, int64_t now, struct err *err);

/* 1: the person wrote within 24 hours, so that free text reaches them too; 0; -1. */
int limit_window(struct db *db, const char *address, int64_t now, struct err *err);

/* A template goes to this person. Needs a transaction, that of the intent, as a kill must not make the count forget.
 * Does not count who is in their window. */
int limit_note(struct db *db, const char *address, int64_t now, struct err *err);

/* It did not go after all, and the person had not been counted before: takes the note back. Needs a transaction. */
int limit_take_back(struct db *db, const char *address, struct err *err);

/* This person wrote, at `at`, which may be hours ago, since a webhook comes when it can; what is ahead of `now` is now. Needs
 * a transaction. */
int limit_wrote(struct db *db, const char *address, int64_t at, int64_t now, struct err *err);

/* The clock was set, `jump` ms forward (0: back, or it is not known): who was counted keeps their age, and nobody is of the
 * future. Goes with message_follow_clock. Needs a transaction. */
int limit_follow_clock(struct db *db, int64_t jump, int64_t now, struct err *err);

#endif
