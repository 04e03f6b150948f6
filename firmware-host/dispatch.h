/* Dispatch: who next, by which bearer, when, or give up. Pure: (row, bearers, policy, now) → decision; tested by table
 * without a modem, a network or a clock.
 *
 * The hub offers the due rows lane by lane (db/outbox.h) within a priority, and the bearers as they stand; a decision to
 * send takes the bearer's slot at once (the hub lowers `free` before it asks about the next row).
 *
 * A row for WhatsApp waits while WhatsApp is merely busy. It falls back to SMS when WhatsApp cannot take it (link, account,
 * template, limit), or has taken it and brought no proof in time; which kinds of message may do so is policy. A row falls
 * only when a modem takes it: when the link comes back first, it goes by WhatsApp after all. Who has no phone never falls:
 * what may not have left is sent by WhatsApp once more when it is due. */
#ifndef BANDITORE_DISPATCH_H
#define BANDITORE_DISPATCH_H

#include "db/outbox.h"

/* A bearer as policy sees it. */
struct dispatch_bearer {
	const char *name;
	enum outbox_channel channel;
	bool ready;
	bool starting;		/* will be ready, or not, in a moment */
	int free;		/* sends it can take now */
	int64_t paused_until;	/* barred or refusing everybody, or this row's template; 0: not */
	int64_t left_alert;	/* segments its budget still allows an alert; INT64_MAX: no limit */
	int64_t left_other;	/* the same for everything else: the reserve is taken off */
	bool recipient_allowed; /* its limit of distinct people allows this row's person */
};

struct dispatch_policy {
	int64_t quiet_until; /* now is within the quiet hours of news, which end then; 0: not quiet */
	bool news_fall;	     /* news go by SMS to whom WhatsApp does not reach */
};

enum dispatch_verb {
	DISPATCH_SEND,	    /* by bearers[bearer], beginning with `segment` */
	DISPATCH_FALL_BACK, /* the same, and the row leaves WhatsApp for SMS */
	DISPATCH_WAIT,	    /* nothing now: until a bearer changes, or `until` when it is not 0 */
	DISPATCH_GIVE_UP,   /* for good, because of `why` */
};

enum dispatch_why {
	DISPATCH_FINE,
	DISPATCH_EXPIRED,
	DISPATCH_QUIET,	    /* quiet hours hold every row of this kind: the hub need not ask about the next */
	DISPATCH_NO_BEARER, /* none is ready */
	DISPATCH_BUSY,	    /* one is ready, none is free for this row */
	DISPATCH_NO_BUDGET, /* all that are ready have spent theirs */
};

struct dispatch_decision {
	enum dispatch_verb verb;
	enum dispatch_why why;
	int bearer;
	int32_t segment; /* 0 again when the row moves to another bearer: its parts would carry another sender */
	bool repeat;	 /* an earlier attempt may have arrived: the message may come twice, marked as such */
	int64_t until;
};

struct dispatch_decision dispatch_decide(const struct outbox_row *row, const struct dispatch_bearer *bearers, int count,
	const struct dispatch_policy *policy, int64_t now);

/* May this row ever go by SMS when WhatsApp does not reach it in time? */
bool dispatch_may_fall(const struct outbox_row *row, const struct dispatch_policy *policy);

const char *dispatch_why_to_string(enum dispatch_why why);

#endif
