/* What an office does about appointments, from whatever door: each act is kept, audited and told to the person, or refused.
 * Whom no way leads to cannot be told; then the act is kept all the same and *ret_untold says why (status 0: told). All
 * need a transaction. `who` and `door` are the audit trail's; `more` is what the office adds, "" for nothing. */
#ifndef BANDITORE_APPOINTMENT_DESK_H
#define BANDITORE_APPOINTMENT_DESK_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/appointment.h"
#include "firmware-host/slots.h"

struct appointment_desk {
	struct db *db;
	const struct settings *settings;
	const struct texts *texts;
	const char *who, *door;
	int64_t now;
};

/* EX_REFUSED: there is no such appointment, it is over or called off, or (move, add) somebody has that time; EX_DATAERR:
 * a time that is past, or not one of the office's own unless `anyway`; else as reply_queue fails. */
int appointment_desk_confirm(
	const struct appointment_desk *desk, int64_t id, const char *more, struct err *ret_untold, struct err *err);
int appointment_desk_decline(
	const struct appointment_desk *desk, int64_t id, const char *more, struct err *ret_untold, struct err *err);
int appointment_desk_move(const struct appointment_desk *desk, int64_t id, int64_t start, bool anyway, const char *more,
	struct err *ret_untold, struct err *err);

/* One made at the counter or by telephone: confirmed at once. Reads office, start, who, name and note; gives id. */
int appointment_desk_add(const struct appointment_desk *desk, struct appointment *appointment, bool anyway,
	struct err *ret_untold, struct err *err);

/* The office's free places. `lead`: as for citizens, else from now on. *ret_slots borrows the office and *ret_spans, which
 * the caller frees. */
int appointment_desk_slots(struct db *db, const struct settings *settings, const struct settings_office *office,
	bool lead, int64_t now, struct slots *ret_slots, struct appointment_span **ret_spans, struct err *err);

#endif
