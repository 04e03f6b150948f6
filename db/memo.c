#include "db/memo.h"

#include "db/db_private.h"

#include <stdlib.h>
#include <string.h>

/* The table also holds the key of the keyed hashes; a memo's name never meets it. */

int memo_put(struct db *db, const char *name, const char *text, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO meta (name, value) VALUES ('memo.' || ?, ?)"
					     " ON CONFLICT (name) DO UPDATE SET value = excluded.value");

	query_put_text(&query, name);
	query_put_blob(&query, text, (int)strlen(text));
	return query_run(&query, err);
}

int memo_get(struct db *db, const char *name, char **ret_text, struct err *err)
{
	struct query query = query_start(db, "SELECT value FROM meta WHERE name = 'memo.' || ?");
	int length = 0, found;

	query_put_text(&query, name);
	found = query_row(&query, err);
	if (found <= 0)
		return found;
	const char *octets = query_blob_of(&query, &length);
	*ret_text = strndup(octets ? octets : "", (size_t)length);
	query_end(&query);
	return *ret_text ? 1 : err_set(err, EX_OSERR, "out of memory");
}
