/* What the files of reports share. */
#ifndef BANDITORE_REPORT_PRIVATE_H
#define BANDITORE_REPORT_PRIVATE_H

#include "db/db_private.h"
#include "db/report.h"

/* One row of the history. */
int report_note(struct db *db, int64_t id, enum report_act act, const char *who, const char *text, int64_t message_id,
	int64_t now, struct err *err);

/* The columns report_item_take expects, in its order; of report_item. */
#define REPORT_ITEM_COLUMNS \
	"id, report_id, at, inbox_id, kind, media, size, latitude, longitude, media_id, path, sha256, mime, text"

void report_item_take(struct query *query, struct report_item *ret);

/* Calls `each` for every row of a started query of those columns. */
int report_items_walk(struct query *query, bool (*each)(void *context, const struct report_item *item), void *context,
	struct err *err);

#endif
