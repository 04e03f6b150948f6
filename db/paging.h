/* Lists a page at a time, for the console: which rows a page holds, in order. What they say is read by the functions that
 * give one row. Measured with 20,000 people: a search by name walks them all, 4 ms on a 2-core virtual machine; all else
 * goes by an index.
 *
 * A page begins behind the row `after` (0: the first page) and has at most PAGING_MAX rows. Newest first, but for
 * subscribers and recipients, who come in order of id. */
#ifndef BANDITORE_PAGING_H
#define BANDITORE_PAGING_H

#include "db/outbox.h"
#include "db/subscriber.h"

enum { PAGING_MAX = 200, PAGING_TEXT_MAX = 128 };

struct paging {
	int64_t after;
	int limit;	    /* 1 to PAGING_MAX */
	const char *search; /* part of a name, number or text, ASCII case aside; NULL or "": all */
};

struct paging_people {
	const char *zone; /* NULL: any */
	int state;	  /* enum subscriber_state; 0: any */
};

/* Each: the number of ids put into ret_ids, or -1. *ret_total: rows that match, on all pages. */
int paging_subscribers(struct db *db, const struct paging *paging, const struct paging_people *people,
	int64_t ret_ids[PAGING_MAX], int64_t *ret_total, struct err *err);

/* kinds: bits 1 << enum message_kind. */
int paging_messages(struct db *db, const struct paging *paging, unsigned kinds, int64_t ret_ids[PAGING_MAX],
	int64_t *ret_total, struct err *err);

/* states: bits 1 << enum report_state, 0: any; office NULL: any; folded ones only when asked for. */
int paging_reports(struct db *db, const struct paging *paging, unsigned states, const char *office, bool folded,
	int64_t ret_ids[PAGING_MAX], int64_t *ret_total, struct err *err);

/* sender NULL: any. */
int paging_inbox(struct db *db, const struct paging *paging, const char *sender, int64_t ret_ids[PAGING_MAX],
	int64_t *ret_total, struct err *err);

/* ---- one message's people ---- */

struct paging_recipient {
	int64_t id;	       /* the row's, for the next page */
	int64_t subscriber_id; /* 0: none */
	char address[OUTBOX_ADDRESS_MAX], name[128];
	enum outbox_channel channel;
	enum outbox_state state;
	enum outbox_wired wired;
	bool reached;
	int32_t attempts;
	int64_t due, changed_at; /* due 0: nothing more is done */
	char error[96];
};

/* reached: 1 only those, 0 only the others, -1 all. Stops when each() returns false; `each` may ask nothing of the database. */
int paging_recipients(struct db *db, int64_t message_id, const struct paging *paging, int reached,
	bool (*each)(void *context, const struct paging_recipient *recipient), void *context, int64_t *ret_total,
	struct err *err);

/* How many were reached by each channel within each `step_ms` since the message was due, in order; empty steps are left
 * out. At most PAGING_MAX calls. */
int paging_curve(struct db *db, int64_t message_id, int64_t step_ms,
	bool (*each)(void *context, int64_t step, enum outbox_channel channel, int64_t people), void *context,
	struct err *err);

/* Everything one person was sent and wrote, by what is theirs: ids of messages with the row's figures. */
int paging_person_messages(struct db *db, int64_t subscriber_id, const struct paging *paging,
	bool (*each)(void *context, int64_t message_id, const struct paging_recipient *recipient), void *context,
	struct err *err);

#endif
