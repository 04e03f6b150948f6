/* A PIN judged beside the hub: 60 ms and more of hashing that no message waits for. */
#ifndef BANDITORE_OFFICER_CHECK_H
#define BANDITORE_OFFICER_CHECK_H

#include "db/officer.h"

enum { OFFICER_CHECKS_MAX = 2 }; /* each takes 64 MiB for its moment */

/* The hub's end of those under way. All zero but the descriptors, which are -1: officer_checks_init. */
struct officer_checks {
	struct {
		int fd; /* -1: free */
		int64_t token;
	} at[OFFICER_CHECKS_MAX];
};

struct officer_checked {
	int64_t token;
	struct officer_try attempt;
	int64_t matched; /* the officer's id; 0: the PIN is wrong */
};

void officer_checks_init(struct officer_checks *checks);
void officer_checks_free(struct officer_checks *checks); /* what is under way ends by itself, unheard */

/* Is there room for another? */
bool officer_checks_free_slot(const struct officer_checks *checks);

/* Starts a thread (detached, signals blocked as the caller's are) on copies of attempt and PIN, which it wipes. Does not
 * block. EX_OSERR: no thread, no memory, no room. */
int officer_check_start(struct officer_checks *checks, int64_t token, const struct officer_try *attempt,
	const char *pin, struct err *err);

bool officer_check_is_running(const struct officer_checks *checks, int64_t token);

/* One that has ended: true with *ret. Does not block. One that ended without a word is no longer running. */
bool officer_check_take(struct officer_checks *checks, struct officer_checked *ret);

#endif
