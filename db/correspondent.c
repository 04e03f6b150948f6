#include "db/correspondent.h"

#include "db/db_private.h"

int correspondent_held(struct db *db, const struct correspondent *who, int64_t now, int64_t *ret_reports,
	int64_t *ret_appointments, struct err *err)
{
	struct query query = query_start(db,
		"SELECT (SELECT count(*) FROM report WHERE address = ?1 OR subscriber_id = ?2),"
		" (SELECT count(*) FROM appointment WHERE (address = ?1 OR subscriber_id = ?2) AND state <= 4"
		" AND start > ?3)");

	query_put_text(&query, who->address);
	query_put_id(&query, who->subscriber_id);
	query_put_int(&query, now);
	if (query_row(&query, err) < 0)
		return -1;
	*ret_reports = query_int(&query);
	*ret_appointments = query_int(&query);
	query_end(&query);
	return 0;
}
