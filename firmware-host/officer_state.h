/* Which order a one-time word answers, and what it does. Pure; any thread. */
#ifndef BANDITORE_OFFICER_STATE_H
#define BANDITORE_OFFICER_STATE_H

#include "db/officer_order.h"
#include "firmware-host/officer_words.h"

enum { OFFICER_WRONG_WORDS_MAX = 3 }; /* then the order is let go */

/* An order as far as words are concerned. */
struct officer_pending {
	int64_t id, officer_id, second_id;
	enum officer_order_state state;
	int64_t created_at, deadline;
	int64_t message_id;
	char word[OFFICER_ORDER_WORD_MAX];
};

enum officer_answer {
	OFFICER_ANSWER_NONE,	  /* no answer to an order: the officer writes as any citizen */
	OFFICER_ANSWER_CONFIRMED, /* the officer's own order, in time */
	OFFICER_ANSWER_SECONDED,  /* another's, in time, with a PIN, which is still to be looked at */
	OFFICER_ANSWER_NO_PIN,	  /* another's, in time, without */
	OFFICER_ANSWER_WRONG,	  /* this is not the word of the order that waits */
	OFFICER_ANSWER_NO_WORD,	  /* confirms, and says no word */
	OFFICER_ANSWER_LATE,	  /* the order is over: too late, or let go */
	OFFICER_ANSWER_USED,	  /* the order was confirmed already */
};

/* orders: the newest first. `who` has written words of OFFICER_WORD; may_confirm: may second others' orders. *ret_index: the
 * order it is about; -1: none in particular. */
enum officer_answer officer_state_judge(const struct officer_pending *orders, int count, int64_t who, bool may_confirm,
	const struct officer_words *words, int64_t now, int *ret_index);

/* Is it past its time? A clock set back to before it was given says the same: nobody knows how old it is. */
bool officer_state_is_late(const struct officer_pending *order, int64_t now);

#endif
