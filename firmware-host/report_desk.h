/* What an office does about a report, from whatever door. All need a transaction; `who` is noted in the history. */
#ifndef BANDITORE_REPORT_DESK_H
#define BANDITORE_REPORT_DESK_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/report.h"

/* Each fails with EX_REFUSED when there is no such report. office: id or name of one that is configured, else EX_DATAERR. */
int report_desk_assign(struct db *db, const struct settings *settings, int64_t id, const char *office, const char *who,
	int64_t now, struct err *err);
int report_desk_fold(struct db *db, int64_t id, int64_t into, const char *who, int64_t now, struct err *err);

/* Answers its sender, and those whose reports were folded into it, each by their channel and with their own number.
 * *ret_people: how many. All or nobody; fails as reply_queue does. */
int report_desk_reply(struct db *db, const struct settings *settings, const struct texts *texts, int64_t id,
	const char *text, const char *who, int64_t now, int *ret_people, struct err *err);

/* Closes it; a text that is not "" is its last reply. */
int report_desk_close(struct db *db, const struct settings *settings, const struct texts *texts, int64_t id,
	const char *text, const char *who, int64_t now, int *ret_people, struct err *err);

#endif
