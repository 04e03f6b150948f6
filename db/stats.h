/* The figures of a pilot phase: what was sent, who was reached and how fast, who joined and left, what citizens wrote and
 * how soon they were answered. Counts only, nobody's data. Reads only; a year of a comune of 20,000 takes some seconds. */
#ifndef BANDITORE_STATS_H
#define BANDITORE_STATS_H

#include "db/db.h"

/* Of one kind of message begun in the period: alerts with their all-clears, exercises, news. */
struct stats_messages {
	int64_t messages, recipients, reached;
	int64_t by_sms, by_whatsapp; /* of those reached, by what */
	int64_t fell;		     /* of those reached by SMS, who had been tried by WhatsApp first */
	int64_t failed, unknown;     /* people: given up, or nobody knows */
	int64_t within_minute, within_5_minutes, within_15_minutes; /* of those reached, since the message was due */
	int64_t segments;					    /* SMS parts the network took */
};

struct stats {
	struct stats_messages alerts, exercises, news;
	int64_t joined, left; /* of the period, by the ledger of alerts; who came back counts as joined */
	int64_t active;	      /* now */
	int64_t arrived_sms, arrived_whatsapp;
	int64_t replies;
	int64_t reports, reports_answered, reports_closed;		  /* opened in the period; of these */
	int64_t answer_ms;						  /* mean time to the first answer; 0: none */
	int64_t appointments, appointments_kept, appointments_called_off; /* made in the period; of these */
};

/* [from, until) in milliseconds since 1970. */
int stats_read(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err);

/* One call a day that has anything, in order; `day` is the number of local days since 1970, `offset_ms` what local time
 * is ahead of UTC. */
struct stats_day {
	int64_t day;
	int64_t messages, recipients, reached, arrived, reports;
};
int stats_each_day(struct db *db, int64_t from, int64_t until, int64_t offset_ms,
	bool (*each)(void *context, const struct stats_day *day), void *context, struct err *err);

#endif
