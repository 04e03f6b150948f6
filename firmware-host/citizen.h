/* What a citizen writes, by SMS or by WhatsApp, done and answered by the way it came.
 *
 *	citizen.c               who writes, and which part hears it
 *	citizen_words.h         what the words ask for; pure
 *	citizen/manners.c       whom to answer at all; pure
 *	citizen/join.c          joining, leaving, a missed call, the number WhatsApp hides
 *	citizen/choose.c        topics, zone, language
 *	citizen/ask.c           status, privacy, repeat, help
 *	citizen/report.c        reports and how they stand
 *	citizen/appointment.c   asking for an appointment, moving it, calling it off
 *	citizen/offer.c         the free times that are offered
 *	citizen/moment.c        "giovedì alle 10" as an answer; pure
 *	citizen/question.c      answers to the question that is open
 *	citizen/say.c           the answer: sentence, alphabet, buttons
 *
 * In two-way mode what is no command is a report. In one-way mode only joining and leaving work, and who writes
 * something else is shown to the usual channels once in a while. The message is kept by the caller before; whatever
 * is decided here, it stays in the inbox as it was written. */
#ifndef BANDITORE_CITIZEN_H
#define BANDITORE_CITIZEN_H

#include "firmware-host/hub.h"

/* Who writes, what beside the text, and where the answer goes. Strings: never NULL; "" what is not known. */
struct citizen_from {
	enum outbox_channel channel;
	const char *address;			 /* as it came: a number, a word, or a WhatsApp user id */
	const char *phone;			 /* WhatsApp: E.164, or "" when hidden; SMS: not looked at */
	const char *user;			 /* WhatsApp user id; "" */
	const char *name;			 /* as they call themselves; "" */
	int64_t inbox_id;			 /* where the message is kept; 0: nowhere */
	int64_t sent_at;			 /* ms since 1970 by whoever carried it; 0: not told */
	const struct webhook_event *event;	 /* WhatsApp: the whole; NULL by SMS: a plain text */
	const struct texts_languages *languages; /* NULL: Italian alone */
};

/* Does what an incoming message asks and queues the answer. *ret_answer: what was done, for the inbox; a constant.
 * Within a turn's transaction; reading the words costs some ten thousand steps, keeping and answering about ten
 * statements. Fails only as the database does: whatever a citizen writes is no error. */
int citizen_answer(struct hub *hub, const struct citizen_from *from, const char *text, int64_t now,
	const char **ret_answer, struct err *err);

/* Somebody rang and was not answered: joins them where citizens.missed_call_joins says so. Of `from` channel and
 * address count; "" is a withheld number. *ret_answer as above. */
int citizen_called(
	struct hub *hub, const struct citizen_from *from, int64_t now, const char **ret_answer, struct err *err);

#endif
