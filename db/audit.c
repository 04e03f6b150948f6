#include "db/audit.h"

#include "db/db_private.h"

int audit_add(struct db *db, int64_t now, const char *clock, const char *who, const char *door, const char *act,
	const char *detail, struct err *err)
{
	struct query query =
		query_start(db, "INSERT INTO audit (at, clock, who, door, act, detail) VALUES (?, ?, ?, ?, ?, ?)");

	query_put_int(&query, now);
	query_put_text(&query, clock);
	query_put_text(&query, who);
	query_put_text(&query, door);
	query_put_text(&query, act);
	query_put_text(&query, detail);
	return query_run(&query, err);
}
