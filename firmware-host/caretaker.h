/* What the box does by itself as time passes: deletes what is old, finishes appointments, reminds of them. */
#ifndef BANDITORE_CARETAKER_H
#define BANDITORE_CARETAKER_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/db.h"

/* Each minute, in a transaction: what is past of appointments, and reminders. */
int caretaker_minute(
	struct db *db, const struct settings *settings, const struct texts *texts, int64_t now, struct err *err);

/* Each hour, in a transaction, while the clock is trusted: retention, a bounded piece. *ret_more: call again soon. */
int caretaker_hour(struct db *db, const struct settings *settings, int64_t now, bool *ret_more, struct err *err);

/* After the commit of what may have left files behind; makes a transaction of its own. Unlinks a few at most; a file that
 * cannot be is left for the next time and told. */
int caretaker_sweep(struct db *db, const char *database, struct err *err);

/* The folder of media, "<database>.media". False: the path is too long. */
bool caretaker_media_folder(const char *database, char *out, size_t size);

#endif
