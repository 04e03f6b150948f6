/* The outbox: one row a recipient, the truth about who is to be reached, by what, and whether they were.
 *
 *   queued ──intent──▶ sending ──accepted──▶ sent ──receipt──▶ delivered
 *     ▲  ▲                │  └── silence ──▶ unknown ──receipt──▶ delivered
 *     │  └── not sent ────┘                    │ alert by SMS: due again, sent again, marked as a repeat
 *     └────────────────────────────────────────┘
 *   queued, unknown ──▶ cancelled      any but delivered ──▶ failed (permanent, given up, expired)
 *
 * A row has one leg at a time. One that begins by WhatsApp falls back to SMS once and for good: refused (queued there at
 * once), or, without proof when `due` comes, at the moment a modem takes it. `wired` keeps what became of the WhatsApp
 * leg; a proof that comes late takes the row back out of the SMS queue.
 *
 * `due` says when something is next to be done about a row; NULL: nothing. It stays while the row is being sent, so
 * that the rest of a long text keeps its place. The queue is the partial index (priority, due, id) of rows with a due
 * that are not being sent. An attempt is one segment handed to one bearer. All writers need a transaction. */
#ifndef BANDITORE_OUTBOX_H
#define BANDITORE_OUTBOX_H

#include "db/db.h"
#include "db/message.h"

enum { OUTBOX_ADDRESS_MAX = 144 }; /* E.164 with '+', or a WhatsApp user id */

enum outbox_state {
	OUTBOX_QUEUED,
	OUTBOX_SENDING,
	OUTBOX_SENT,
	OUTBOX_DELIVERED,
	OUTBOX_FAILED,
	OUTBOX_UNKNOWN,
	OUTBOX_CANCELLED
};
enum outbox_channel { OUTBOX_SMS, OUTBOX_WHATSAPP };

/* What is known of the WhatsApp leg; a higher word outranks a lower one. */
enum outbox_wired {
	WIRED_NOTHING,
	WIRED_UNPROVED, /* taken, no proof yet */
	WIRED_HELD,	/* taken and kept back */
	WIRED_UNKNOWN,	/* may have left */
	WIRED_FAILED,
	WIRED_DELIVERED,
	WIRED_READ
};

/* The queue's lanes, in the order in which they are served: who was certainly not reached goes first. Who has no phone
 * has lanes of their own, so that while WhatsApp is down they stand in nobody's way. */
enum outbox_lane {
	LANE_SMS,
	LANE_WHATSAPP_ONLY, /* for WhatsApp: no phone is known */
	LANE_WHATSAPP,	    /* for WhatsApp, or for SMS when that cannot do it */
	LANE_UNPROVED,	    /* handed to WhatsApp, and no proof in time: for SMS */
	LANE_UNPROVED_ONLY, /* may have left by WhatsApp, no phone is known: once more */
	LANE_DOUBTFUL,	    /* may have left by SMS: once more */
	LANE_COUNT
};

struct outbox_row {
	int64_t id, message_id, subscriber_id; /* subscriber 0: none */
	enum outbox_channel channel;
	enum outbox_wired wired;
	enum outbox_state state;
	enum message_priority priority;
	enum message_kind kind; /* of its message */
	bool exercise;
	int64_t due, expires_at, not_before;
	int32_t segments, segment; /* of its message; the next to be sent, 0-based */
	int32_t round;		   /* times it began from the first segment */
	int32_t attempts;	   /* attempts made, all segments */
	int32_t refusals;	   /* refusals by the network since the last acceptance: what back-off counts */
	char bearer[32];	   /* the last one; "" */
	char address[OUTBOX_ADDRESS_MAX];
};

/* The first rows due at `now` in one priority and lane, in order of due then id, behind `after` (NULL: from the first);
 * at most max. Returns their number or -1. *ret_next: earliest due ahead there (0: none), valid when fewer than max rows
 * are returned. */
int outbox_due(struct db *db, enum message_priority priority, enum outbox_lane lane, int64_t now,
	const struct outbox_row *after, struct outbox_row *ret_rows, int max, int64_t *ret_next, struct err *err);
int outbox_get(struct db *db, int64_t id, struct outbox_row *ret, struct err *err); /* 1, 0, -1 */

/* Is it a telephone number, so that SMS reaches it? */
bool outbox_has_phone(const struct outbox_row *row);

/* The durable intent: state sending, the row's channel, segment and round as given, attempt numbered, counted against nothing
 * yet. *ret_attempt: its number. EX_TEMPFAIL when the row has changed since it was read. */
int outbox_intend(struct db *db, const struct outbox_row *row, const char *bearer, const char *sim, bool repeat,
	int64_t now, int32_t *ret_attempt, struct err *err);

enum attempt_state {
	ATTEMPT_SENDING,
	ATTEMPT_ACCEPTED,
	ATTEMPT_AWAITING,
	ATTEMPT_DELIVERED,
	ATTEMPT_FAILED,
	ATTEMPT_UNKNOWN,
	ATTEMPT_UNREPORTED
};

/* What became of the attempt: its own state, the row's, and when the row is due next (0: nothing more to do; queued:
 * now). *ret_late: the row is no longer `sending` this attempt. The attempt is then corrected all the same, unless a
 * receipt was first; the row too while no later attempt was made: an unknown one takes the outcome whole, a withdrawn
 * one (left, cancelled, expired) only that the message did leave. attempt 0: the row is in the queue and is given
 * up. */
struct outbox_outcome {
	int64_t id;
	int32_t attempt;
	enum attempt_state attempt_state;
	enum outbox_state state;
	enum outbox_channel channel;
	enum outbox_wired wired;
	int64_t due;
	int32_t segment, round, refusals;
	int16_t mr;	   /* -1: none */
	const char *error; /* NULL or "" */
};
int outbox_settle(struct db *db, const struct outbox_outcome *outcome, int64_t now, bool *ret_late, struct err *err);

/* A row that had failed is queued again from its first segment, if it is still wanted and its person was not reached; the
 * bearer that refused it turned out to refuse everybody. */
int outbox_requeue(struct db *db, int64_t id, int64_t due, struct err *err);

/* A delivery receipt for one attempt. DELIVERED: the row becomes delivered and reached when every segment of that round
 * is; a row that waits unknown on this very segment goes on with the next. FAILED: the row becomes what `state` and
 * `due` say, queued from its first segment, unless it has begun another round, is delivered or withdrawn; failed instead
 * of queued when it is no longer wanted: its message is closed, its person has left. An attempt that is not known is
 * ignored. */
int outbox_receipt(struct db *db, int64_t id, int32_t attempt, enum attempt_state attempt_state,
	enum outbox_state state, int64_t due, const char *error, int64_t now, struct err *err);

/* ---- the WhatsApp leg ---- */

/* Remembers the network's name of an attempt. *ret_early: what was heard of it before (0: nothing; WIRED_UNPROVED: that
 * it was sent), with the code and error of a failure. */
struct outbox_early {
	enum outbox_wired wired;
	int32_t code;
	char error[160];
};
int outbox_name(
	struct db *db, int64_t id, int32_t attempt, const char *wamid, struct outbox_early *ret_early, struct err *err);

/* The attempt that WhatsApp calls so: 1, 0, -1. */
int outbox_named(struct db *db, const char *wamid, int64_t *ret_id, int32_t *ret_attempt, struct err *err);

/* Is there such an attempt by WhatsApp, and is it not known under another name? 1, 0, -1. */
int outbox_wired_attempt(struct db *db, int64_t id, int32_t attempt, const char *wamid, struct err *err);

/* A status whose message is not known yet; kept for a day, a higher one outranking a lower. */
int outbox_early(struct db *db, const char *wamid, const struct outbox_early *early, int64_t now, struct err *err);
int outbox_forget_early(struct db *db, int64_t now, struct err *err);

/* Delivered or read by WhatsApp: reached, whatever else is known; what waits to go by SMS does not. */
int outbox_prove(struct db *db, int64_t id, int32_t attempt, enum outbox_wired wired, int64_t now, struct err *err);

/* WhatsApp has sent what was unknown or held: it goes on waiting for its proof. */
int outbox_released(struct db *db, int64_t id, int32_t attempt, struct err *err);

/* A refusal that came after the acceptance: as outbox_settle, for a row that still waits for WhatsApp, or failed where it is
 * no longer wanted; for one that has gone on by SMS it is only noted. A proof outranks it. */
int outbox_denied(struct db *db, const struct outbox_outcome *outcome, int64_t now, struct err *err);

/* When those without proof are due for SMS: so long after they were handed over, at most at `at_most`. Held ones are due
 * already. Those without a phone keep their time. */
int outbox_unproved_due(
	struct db *db, enum message_priority priority, int64_t after_ms, int64_t at_most, struct err *err);

/* Attempts of one SIM that wait for a receipt with this TP-MR, or whose outcome is unknown or not yet told (mr -1: the
 * receipt may come before the answer). At most max, newest first. */
struct attempt {
	int64_t outbox_id;
	int32_t number, segment;
	int16_t mr;
	enum attempt_state state;
	int64_t at;
	bool repeat;
	enum outbox_channel channel;
	char bearer[32], error[96], to[OUTBOX_ADDRESS_MAX];
	enum message_kind kind;
	int64_t settled_at;
};
int attempt_awaiting(struct db *db, const char *sim, int16_t mr, struct attempt *ret, int max, struct err *err);

/* The clock may have been set back: a row tried before, or free to leave at once, that is due more than `longest` ahead is
 * due now. */
int outbox_follow_clock(struct db *db, enum message_priority priority, int64_t longest, int64_t now, struct err *err);

/* After a kill: rows `sending` become unknown (alerts and all-clears: due at `alert_due`, by WhatsApp at `wired_due`, where
 * there is no phone at the later of both; others, and what was withdrawn in flight: nothing more), their attempts too.
 * Returns their number or -1. */
int outbox_recover(struct db *db, int64_t alert_due, int64_t wired_due, int64_t now, struct err *err);

/* Attempts that waited for a receipt since before `before` stop waiting; bounded to 1,000 a call. Returns their
 * number. */
int attempt_give_up(struct db *db, int64_t before, struct err *err);

/* One call a recipient, in order of id, for `message show --recipients`; attempts oldest first. */
int outbox_each(struct db *db, int64_t message_id,
	bool (*each)(void *context, const struct outbox_row *row, bool reached, const char *error,
		const struct attempt *attempts, int count),
	void *context, struct err *err);

/* Rows with something to do now or later, by purpose, for `status`. */
struct outbox_queue {
	int64_t alerts, news, replies;
};
int outbox_queue(struct db *db, struct outbox_queue *ret, struct err *err);

#endif
