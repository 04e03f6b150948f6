/* The forecast of an order that is only looked at, and of a message on its way: what the database knows of modems, link,
 * limits and people, put into forecast.h. Reads only, but for the two memos the hub writes. Blocks for the disk as db.h
 * says. */
#ifndef BANDITORE_OUTLOOK_H
#define BANDITORE_OUTLOOK_H

#include "db/message.h"
#include "firmware-host/forecast.h"

/* How the WhatsApp link stands, for those who ask when the appliance is down: "STATE PACE UNIX_MS", such as
 * "up 78.5 1793000000000". The hub writes it when the state changes, and when the pace has changed by a tenth. */
#define OUTLOOK_LINK_MEMO "whatsapp.link"

/* Of how many WhatsApp took, how many then needed an SMS: "TAKEN FELL". */
#define OUTLOOK_FALLBACK_MEMO "whatsapp.fallback"

/* `pace` in messages a second, 0: none measured (the one remembered stays). Needs a transaction. */
int outlook_link_note(struct db *db, enum forecast_link link, double pace, int64_t now, struct err *err);

/* As the hub noted it last; FORECAST_OFF when WhatsApp is not enabled, FORECAST_DOWN when it was never noted. */
int outlook_link(const struct settings *settings, struct db *db, enum forecast_link *ret_link, struct err *err);

/* An alert whose WhatsApp part has ended with the link alive throughout: so many were taken by WhatsApp, so many of them fell
 * back. What came before counts half. Needs a transaction. */
int outlook_fallback_note(struct db *db, int64_t taken, int64_t fell, struct err *err);

/* What the box has, for a message of this kind. */
struct outlook_limit {
	int64_t used, next_free_at; /* as limit_used */
	int32_t per_day;	    /* 0: no limit, or WhatsApp is not enabled */
};
int outlook_means(const struct settings *settings, struct db *db, enum message_kind kind, int64_t now,
	struct forecast_means *ret_means, struct outlook_limit *ret_limit, struct err *err);

/* An order, composed and not kept. */
struct outlook {
	struct forecast_means means;
	struct forecast_work work;
	struct forecast forecast;
	struct outlook_limit limit;
	int64_t sms, whatsapp; /* people */
};
int outlook_of_order(const struct settings *settings, struct db *db, const struct message *message, int64_t now,
	struct outlook *ret, struct err *err);

/* When the last of a kept message will be reached, 0: all are, nobody can say, or part of them cannot be reached for now. */
int outlook_eta(const struct settings *settings, struct db *db, const struct message *message,
	const struct message_figures *figures, int64_t now, int64_t *ret_eta, struct err *err);

#endif
