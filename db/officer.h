/* Officers: who may order alerts, and the PINs that prove it.
 *
 * A PIN has 4 to 8 digits. Kept is its argon2id hash (libsodium, interactive limits: 64 MiB and 2 passes, 60 ms on a
 * 2-core virtual machine), which slows whoever reads the database; whoever guesses at a door is held by officer_pin_wait_ms.
 *
 * Tries are counted for whom the guess was against: the officer, where the door knows who speaks (an enrolled phone), or the
 * door itself (the keypad, where the PIN alone says who it is). A try is counted before the PIN is looked at, so that
 * neither two at once nor a power cut gives one away:
 *
 *	officer_try_open, commit; officer_try_match (slow, no database); officer_try_close, commit. */
#ifndef BANDITORE_OFFICER_H
#define BANDITORE_OFFICER_H

#include "db/db.h"

enum {
	OFFICER_NAME_MAX = 64,
	OFFICER_PHONE_MAX = 17, /* '+', 15 digits, NUL */
	OFFICER_HASH_MAX = 128, /* crypto_pwhash_STRBYTES */
	OFFICER_DOOR_MAX = 16,
	OFFICERS_MAX = 32, /* active at once: the keypad tries a PIN against each */
	OFFICER_PIN_MIN = 4,
	OFFICER_PIN_MAX = 8, /* digits */
};

struct officer {
	int64_t id;
	char name[OFFICER_NAME_MAX];
	char phone[OFFICER_PHONE_MAX]; /* E.164; "": none */
	bool may_order;		       /* alerts, all-clears */
	bool may_confirm;	       /* as the second officer where two are asked for */
	bool has_pin;
	int64_t created_at, last_used_at; /* 0: never */
	int32_t failed;			  /* tries in a row against this officer, not those at the keypad */
	int64_t failed_at;		  /* the last of them: officer_pin_open_at says what that means */
};

/* All but officer_get, officer_find and officer_each need a transaction. `name`: as written, case aside (ASCII). */

/* Adds an active officer; *officer gets its id. EX_DATAERR: the name or phone is taken by another active one; too many. */
int officer_add(struct db *db, struct officer *officer, const char *pin_hash, int64_t now, struct err *err);

/* 1, 0 (no such active officer), -1. */
int officer_get(struct db *db, int64_t id, struct officer *ret, struct err *err);
int officer_find(struct db *db, const char *name, struct officer *ret, struct err *err);
int officer_find_phone(struct db *db, const char *phone, struct officer *ret, struct err *err);

/* The active ones by name, until each() says false. */
int officer_each(
	struct db *db, bool (*each)(void *context, const struct officer *officer), void *context, struct err *err);

/* The row stays for the audit trail's sake; phone and PIN are erased, the name may be given again. */
int officer_remove(struct db *db, int64_t id, int64_t now, struct err *err);

int officer_set_pin(struct db *db, int64_t id, const char *pin_hash, struct err *err);

/* Forgets the failed tries of one officer (0: none) and of all doors. */
int officer_unlock(struct db *db, int64_t id, struct err *err);

/* ---- PINs -------------------------------------------------------------------------------------------------------- */

/* NULL, or why it is refused, in English: not 4 to 8 digits, one digit again and again, counting up or down. Pure. */
const char *officer_pin_check(const char *pin);

/* Slow (see above). -1: out of memory. */
int officer_pin_hash(const char *pin, char ret_hash[OFFICER_HASH_MAX]);

/* The policy, pure: how long after the last of `failed` wrong tries in a row the next is looked at, in milliseconds.
 * 0, 1 s, 2 s, 5 s, 10 s, then locked for 5 min, 15 min, and 1 h from the eighth on. */
int64_t officer_pin_wait_ms(int failed);
bool officer_pin_is_locked(int failed);

/* The same against the clock: 0, or when the next try is looked at. A clock set back since the last try, and a try of more
 * than a day ago, do not hold anybody longer than the policy says. */
int64_t officer_pin_open_at(int failed, int64_t last_at, int64_t now);

struct officer_try {
	int64_t officer_id; /* 0: whoever the PIN belongs to, at `door` */
	char door[OFFICER_DOOR_MAX];
	int failed;	 /* in a row, this try included where it was counted */
	int64_t open_at; /* until when */
	int count;
	struct {
		int64_t id;
		char hash[OFFICER_HASH_MAX];
	} candidates[OFFICERS_MAX]; /* who used a PIN last first */
};

/* Counts a try and gathers what is needed to judge it. 1; 0: not yet, open_at says when, and nothing was counted; -1. */
int officer_try_open(
	struct db *db, int64_t officer_id, const char *door, int64_t now, struct officer_try *ret, struct err *err);

/* Everybody's PINs but one's (0: nobody's left out), for officer_try_match alone: nothing is counted, and no transaction is
 * needed. */
int officer_pins(struct db *db, int64_t except, struct officer_try *ret, struct err *err);

/* The officer whose PIN it is, 0: nobody's. Slow: about 60 ms for each candidate. No database; any thread. */
int64_t officer_try_match(const struct officer_try *attempt, const char *pin);

/* A match (an officer's id) clears the count; none (0) is audited. */
int officer_try_close(struct db *db, const struct officer_try *attempt, int64_t matched, int64_t now, const char *clock,
	struct err *err);

#endif
