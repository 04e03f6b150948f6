#include "db/db_private.h"
#include "db/inbox.h"

#include <string.h>

enum { PARTS_MAX = 4096, GROUPS_MAX = 32 }; /* bounds of inbox.h: a sender of single parts must not fill the disk */

/* A concatenated message on its way: what its parts have in common. */
struct part_group {
	const char *sim, *sender;
	int reference, bits, total;
};

static void group_put(struct query *query, const struct part_group *group)
{
	query_put_text(query, group->sim);
	query_put_text(query, group->sender);
	query_put_int(query, group->reference);
	query_put_int(query, group->bits);
	query_put_int(query, group->total);
}

static int parts_check_room(struct db *db, const struct part_group *group, struct err *err)
{
	int64_t count = 0, known = 0;
	struct query query = query_start(db, "SELECT count(*) FROM inbox_part");

	if (query_take_int(&query, &count, err) < 0)
		return -1;
	if (count >= PARTS_MAX)
		return err_set(err, EX_UNAVAILABLE, "%d parts of unfinished messages are kept already", PARTS_MAX);

	query = query_start(db,
		"SELECT count(*), coalesce(max(sim = ?1 AND reference = ?3 AND bits = ?4 AND total = ?5), 0) FROM"
		" (SELECT DISTINCT sim, reference, bits, total FROM inbox_part WHERE sender = ?2)");
	group_put(&query, group);
	if (query_row(&query, err) < 0)
		return -1;
	count = query_int(&query);
	known = query_int(&query);
	query_end(&query);
	if (known || count < GROUPS_MAX)
		return 0;
	return err_set(err, EX_UNAVAILABLE, "one sender has %d unfinished messages already", GROUPS_MAX);
}

int inbox_part_add(struct db *db, const char *sim, const char *sender, int reference, int bits, int total, int seq,
	const uint8_t *octets, int length, int64_t now, struct err *err)
{
	struct part_group group = {sim, sender, reference, bits, total};

	if (length > INBOX_PDU_MAX)
		return err_set(err, EX_DATAERR, "a part of %d octets is no PDU", length);
	if (parts_check_room(db, &group, err) < 0)
		return -1;
	struct query query = query_start(db, "INSERT INTO inbox_part (sim, sender, reference, bits, total, seq, "
					     "octets, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	group_put(&query, &group);
	query_put_int(&query, seq);
	query_put_blob(&query, octets, length);
	query_put_int(&query, now);
	return query_run(&query, err);
}

static int parts_take(struct query *query, struct inbox_part *ret, int max, struct err *err)
{
	int count = 0, more = 1;

	while (count < max && (more = query_row(query, err)) > 0) {
		struct inbox_part *part = &ret[count++];
		part->id = query_int(query);
		part->at = query_int(query);
		const void *octets = query_blob_of(query, &part->length);
		if (part->length > INBOX_PDU_MAX)
			part->length = INBOX_PDU_MAX;
		if (part->length > 0)
			memcpy(part->octets, octets, (size_t)part->length);
	}
	query_end(query);
	return more < 0 ? -1 : count;
}

int inbox_parts(struct db *db, const char *sim, const char *sender, int reference, int bits, int total,
	struct inbox_part *ret, int max, struct err *err)
{
	struct part_group group = {sim, sender, reference, bits, total};
	struct query query = query_start(db,
		"SELECT id, at, octets FROM inbox_part"
		" WHERE sim = ? AND sender = ? AND reference = ? AND bits = ? AND total = ? ORDER BY id");

	group_put(&query, &group);
	return parts_take(&query, ret, max, err);
}

int inbox_parts_remove(struct db *db, const int64_t *ids, int count, struct err *err)
{
	for (int i = 0; i < count; i++) {
		struct query query = query_start(db, "DELETE FROM inbox_part WHERE id = ?");
		query_put_int(&query, ids[i]);
		if (query_run(&query, err) < 0)
			return -1;
	}
	return 0;
}

int inbox_parts_stale(struct db *db, int64_t before, char ret_sim[24], struct inbox_part *ret, int max, struct err *err)
{
	int64_t id = 0;
	/* Ids follow arrival, so the first row is the oldest unless the clock was set back; then it is merely not yet
	 * stale. */
	struct query query = query_start(db, "SELECT id, sim FROM inbox_part WHERE at < ? ORDER BY id LIMIT 1");

	query_put_int(&query, before);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	id = query_int(&query);
	query_text(&query, ret_sim, 24);
	query_end(&query);

	query = query_start(db,
		"SELECT p.id, p.at, p.octets FROM inbox_part p JOIN inbox_part oldest ON oldest.id = ? AND p.sim = "
		"oldest.sim"
		" AND p.sender = oldest.sender AND p.reference = oldest.reference AND p.bits = oldest.bits"
		" AND p.total = oldest.total ORDER BY p.id");
	query_put_int(&query, id);
	return parts_take(&query, ret, max, err);
}
