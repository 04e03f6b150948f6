#include "db/retention.h"

#include "db/db_private.h"
#include "db/report_private.h"

/* Each statement looks at the oldest `limit` rows and no further, so that a large table costs no more than a small one.
 * A row whose time is ahead, since the clock was set back, is looked at again until its time has come. */

static int old_run(struct db *db, const char *sql, int64_t before, int limit, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_int(&query, before);
	query_put_int(&query, limit);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

/* The closed reports of before ?1, at most ?2. */
#define REPORTS_OLD "(SELECT id FROM report WHERE closed_at > 0 AND closed_at < ?1 ORDER BY closed_at, id LIMIT ?2)"

static int reports_delete(struct db *db, int64_t before, int limit, struct err *err)
{
	static const char litter[] =
		"INSERT OR IGNORE INTO media_litter (path) SELECT path FROM report_item WHERE path IS NOT NULL"
		" AND report_id IN " REPORTS_OLD;
	static const char items[] = "DELETE FROM report_item WHERE report_id IN " REPORTS_OLD;
	static const char events[] = "DELETE FROM report_event WHERE report_id IN " REPORTS_OLD;
	static const char reports[] = "DELETE FROM report WHERE id IN " REPORTS_OLD;

	if (old_run(db, litter, before, limit, err) < 0 || old_run(db, items, before, limit, err) < 0 ||
		old_run(db, events, before, limit, err) < 0)
		return -1;
	return old_run(db, reports, before, limit, err);
}

/* The row stays and says that there was something. */
#define MEDIA_OLD                                                                                   \
	"(SELECT i.id FROM report r JOIN report_item i ON i.report_id = r.id AND i.media IN (1, 2)" \
	" WHERE r.closed_at > 0 AND r.closed_at < ?1 ORDER BY r.closed_at, i.id LIMIT ?2)"

static int media_delete(struct db *db, int64_t before, int limit, struct err *err)
{
	static const char litter[] = "INSERT OR IGNORE INTO media_litter (path) SELECT path FROM report_item"
				     " WHERE path IS NOT NULL AND id IN " MEDIA_OLD;
	static const char media[] = "UPDATE report_item SET media = 4, path = NULL, sha256 = '', media_id = ''"
				    " WHERE id IN " MEDIA_OLD;

	if (old_run(db, litter, before, limit, err) < 0)
		return -1;
	return old_run(db, media, before, limit, err);
}

static int inbox_delete(struct db *db, int64_t before, int limit, struct err *err)
{
	return old_run(db, "DELETE FROM inbox WHERE at < ?1 AND id IN (SELECT id FROM inbox ORDER BY id LIMIT ?2)",
		before, limit, err);
}

static int appointments_delete(struct db *db, int64_t before, int limit, struct err *err)
{
	return old_run(db,
		"DELETE FROM appointment WHERE id IN (SELECT id FROM appointment WHERE start < ?1 ORDER BY start"
		" LIMIT ?2)",
		before, limit, err);
}

int retention_run(struct db *db, const struct retention_policy *policy, int64_t now, int limit,
	struct retention_done *ret, struct err *err)
{
	const struct {
		int64_t life;
		int (*run)(struct db *db, int64_t before, int limit, struct err *err);
		int *count;
	} kinds[] = {
		{policy->inbox, inbox_delete, &ret->inbox},
		{policy->reports, reports_delete, &ret->reports},
		{policy->media, media_delete, &ret->media},
		{policy->appointments, appointments_delete, &ret->appointments},
	};

	*ret = (struct retention_done){0};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].life == 0)
			continue;
		int count = kinds[i].run(db, now - kinds[i].life, limit, err);
		if (count < 0)
			return -1;
		*kinds[i].count = count;
		ret->more = ret->more || count == limit;
	}
	return 0;
}

int retention_litter(struct db *db, char ret_paths[][REPORT_PATH_MAX], int max, struct err *err)
{
	int count = 0, more;
	struct query query = query_start(db, "SELECT path FROM media_litter ORDER BY path LIMIT ?");

	query_put_int(&query, max);
	while ((more = query_row(&query, err)) > 0)
		query_text(&query, ret_paths[count++], REPORT_PATH_MAX);
	return more < 0 ? -1 : count;
}

int retention_litter_gone(struct db *db, const char *path, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM media_litter WHERE path = ?");

	query_put_text(&query, path);
	return query_run(&query, err);
}
