/* The limit on wrong logins of the console: growing waits, for the account and for the address they came from, that cannot
 * keep the real owner out for long.
 *
 * Who has logged in to this account from this address before is judged by the tries of just that pair, so that whoever
 * guesses from elsewhere, for however long, holds up only those who come from an address not seen yet; and nobody is held
 * by an account's count for more than a minute. A try is counted before the password is looked at, so that neither two at
 * once nor a power cut gives one away:
 *
 *	login_try_open, commit; judge (slow, no database); login_try_close, commit.
 *
 * Counts are kept by a keyed hash of 16 bits (accounts, addresses) or 32 (pairs): whatever names are tried, they do not
 * fill the disk. Two that share one share its waits. */
#ifndef BANDITORE_LOGIN_H
#define BANDITORE_LOGIN_H

#include "db/db.h"

enum login_subject { LOGIN_ACCOUNT, LOGIN_ADDRESS, LOGIN_PAIR, LOGIN_SUBJECTS };

/* The policy, pure: how long after the last of `failed` wrong tries in a row the next is looked at, in milliseconds. */
int64_t login_wait_ms(enum login_subject subject, int failed);

/* The same against the clock: 0, or when the next try is looked at. A clock set back since, and a try of more than a day
 * ago, hold nobody for longer than the policy says. */
int64_t login_open_at(enum login_subject subject, int failed, int64_t last_at, int64_t now);

struct login_try {
	int64_t subjects[LOGIN_SUBJECTS];
	bool known;	 /* this account was logged in to from this address before */
	int64_t open_at; /* 0, or until when it is not looked at */
};

/* Both need a transaction. `account`: what was typed as the name, case aside (ASCII). 1 counted; 0 not yet, open_at says
 * when, and nothing was counted; -1. */
int login_try_open(
	struct db *db, const char *account, const char *address, int64_t now, struct login_try *ret, struct err *err);

/* A right one clears the counts and is remembered for its pair. A wrong one was counted already. */
int login_try_close(struct db *db, const struct login_try *attempt, bool right, int64_t now, struct err *err);

#endif
