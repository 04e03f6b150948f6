#include "db/report_private.h"

#include <string.h>

int report_media_wanted(struct db *db, int limit, bool (*each)(void *context, const struct report_item *item),
	void *context, struct err *err)
{
	struct query query =
		query_start(db, "SELECT " REPORT_ITEM_COLUMNS " FROM report_item WHERE media = 1 ORDER BY id LIMIT ?");

	query_put_int(&query, limit);
	return report_items_walk(&query, each, context, err);
}

/* A name in the folder of media and nothing else: no way out of it, nothing hidden. */
static bool path_is_name(const char *path)
{
	return path[0] != '\0' && path[0] != '.' && !strchr(path, '/');
}

int report_media_settle(struct db *db, const struct report_item *item, struct err *err)
{
	bool kept = item->media == MEDIA_KEPT;
	struct query query = query_start(db, "UPDATE report_item SET media = ?2, path = ?3, sha256 = ?4, size = ?5,"
					     " mime = ?6 WHERE id = ?1 AND media = 1");

	if (kept && !path_is_name(item->path))
		return err_set(err, EX_DATAERR, "a medium cannot be kept under that name");
	query_put_int(&query, item->id);
	query_put_int(&query, kept ? MEDIA_KEPT : MEDIA_REFUSED);
	query_put_key(&query, kept ? item->path : "");
	query_put_text(&query, kept ? item->sha256 : "");
	query_put_int(&query, item->size);
	query_put_text(&query, item->mime);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

int report_media_total(struct db *db, int64_t *ret_octets, struct err *err)
{
	struct query query = query_start(db, "SELECT coalesce(sum(size), 0) FROM report_item WHERE path IS NOT NULL");

	return query_take_int(&query, ret_octets, err) < 0 ? -1 : 0;
}
