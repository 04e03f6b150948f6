#include "db/audit.h"

#include "db/db_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HASH_SIZE = crypto_hash_sha256_BYTES, FIELDS = 7 };

#define AUDIT_COLUMNS "id, at, clock, who, door, act, detail, hash"

struct field {
	const char *octets;
	int length;
};

static struct field field_of(const char *text)
{
	return (struct field){text ? text : "", text ? (int)strlen(text) : 0};
}

static void hash_to_hex(const unsigned char hash[HASH_SIZE], char hex[AUDIT_HASH_HEX])
{
	(void)sodium_bin2hex(hex, AUDIT_HASH_HEX, hash, HASH_SIZE);
}

/* *hash of the previous row becomes that of this one; the form is in audit.h. */
static void chain_step(const struct field fields[FIELDS], unsigned char hash[HASH_SIZE])
{
	crypto_hash_sha256_state state;
	char hex[AUDIT_HASH_HEX], head[16];

	hash_to_hex(hash, hex);
	hex[AUDIT_HASH_HEX - 1] = '\n';
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)hex, AUDIT_HASH_HEX);
	for (int i = 0; i < FIELDS; i++) {
		int digits = snprintf(head, sizeof head, "%d:", fields[i].length);
		crypto_hash_sha256_update(&state, (const unsigned char *)head, (unsigned long long)digits);
		crypto_hash_sha256_update(
			&state, (const unsigned char *)fields[i].octets, (unsigned long long)fields[i].length);
		crypto_hash_sha256_update(&state, (const unsigned char *)",", 1);
	}
	crypto_hash_sha256_final(&state, hash);
}

enum link { LINK_HOLDS, LINK_BROKEN, LINK_NONE /* the row has no hash */ };

/* The row of AUDIT_COLUMNS the query stands on, behind *hash, which becomes its own. */
static enum link chain_row(struct query *query, int64_t *ret_id, unsigned char hash[HASH_SIZE])
{
	struct field fields[FIELDS];
	char id[24];
	int length = 0;

	*ret_id = query_int(query);
	(void)snprintf(id, sizeof id, "%lld", (long long)*ret_id);
	fields[0] = field_of(id);
	for (int i = 1; i < FIELDS; i++) {
		fields[i].length = 0;
		fields[i].octets = query_text_of(query, &fields[i].length); /* an integer as its digits */
		if (!fields[i].octets)
			fields[i].octets = "";
	}
	const void *stored = query_blob_of(query, &length);
	chain_step(fields, hash);
	if (!stored)
		return LINK_NONE;
	return length == HASH_SIZE && memcmp(stored, hash, HASH_SIZE) == 0 ? LINK_HOLDS : LINK_BROKEN;
}

/* The hash of the last row: its own, or that of all rows while none has one yet. */
static int chain_head(struct db *db, unsigned char ret_hash[HASH_SIZE], struct err *err)
{
	int64_t id;
	int length = 0, more;
	struct query query = query_start(db, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1");

	memset(ret_hash, 0, HASH_SIZE);
	if ((more = query_row(&query, err)) <= 0)
		return more;
	const void *stored = query_blob_of(&query, &length);
	bool chained = stored && length == HASH_SIZE;
	if (chained)
		memcpy(ret_hash, stored, HASH_SIZE);
	query_end(&query);
	if (chained)
		return 0;
	query = query_start(db, "SELECT " AUDIT_COLUMNS " FROM audit ORDER BY id");
	while ((more = query_row(&query, err)) > 0)
		(void)chain_row(&query, &id, ret_hash);
	return more;
}

/* The highest id ever given: a row taken off the end leaves a gap that stays. */
static int last_id(struct db *db, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'");

	*ret_id = 0;
	return query_take_int(&query, ret_id, err) < 0 ? -1 : 0;
}

int audit_add(struct db *db, int64_t now, const char *clock, const char *who, const char *door, const char *act,
	const char *detail, struct err *err)
{
	unsigned char hash[HASH_SIZE];
	char id_text[24], at_text[24];
	int64_t last = 0;

	if (chain_head(db, hash, err) < 0 || last_id(db, &last, err) < 0)
		return -1;
	(void)snprintf(id_text, sizeof id_text, "%lld", (long long)(last + 1));
	(void)snprintf(at_text, sizeof at_text, "%lld", (long long)now);
	const struct field fields[FIELDS] = {field_of(id_text), field_of(at_text), field_of(clock), field_of(who),
		field_of(door), field_of(act), field_of(detail)};
	chain_step(fields, hash);

	struct query query = query_start(db, "INSERT INTO audit (" AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	query_put_int(&query, last + 1);
	query_put_int(&query, now);
	query_put_text(&query, clock);
	query_put_text(&query, who);
	query_put_text(&query, door);
	query_put_text(&query, act);
	query_put_text(&query, detail);
	query_put_blob(&query, hash, sizeof hash);
	return query_run(&query, err);
}

static void verdict_break(struct audit_verdict *verdict, int64_t id, const char *why)
{
	if (verdict->broken != 0)
		return;
	verdict->broken = id;
	(void)snprintf(verdict->why, sizeof verdict->why, "%s", why);
}

int audit_verify(struct db *db, struct audit_verdict *ret, struct err *err)
{
	unsigned char hash[HASH_SIZE] = {0};
	int64_t id, last = 0, expected = 1;
	int more;
	struct query query = query_start(db, "SELECT " AUDIT_COLUMNS " FROM audit ORDER BY id");

	*ret = (struct audit_verdict){0};
	while ((more = query_row(&query, err)) > 0) {
		enum link link = chain_row(&query, &id, hash);
		if (id != expected)
			verdict_break(ret, expected, "it is missing");
		else if (link == LINK_BROKEN)
			verdict_break(ret, id, "it was changed, or one before it");
		else if (link == LINK_NONE && ret->rows > ret->unchained)
			verdict_break(ret, id, "it has no hash");
		ret->rows++;
		ret->unchained += link == LINK_NONE;
		expected = id + 1;
	}
	if (more < 0 || last_id(db, &last, err) < 0)
		return -1;
	if (last >= expected)
		verdict_break(ret, expected, "it and all after it are missing");
	hash_to_hex(hash, ret->head);
	return 0;
}

static void row_take(struct query *query, struct audit_row *ret)
{
	int length = 0;

	ret->id = query_int(query);
	ret->at = query_int(query);
	query_text(query, ret->clock, sizeof ret->clock);
	query_text(query, ret->who, sizeof ret->who);
	query_text(query, ret->door, sizeof ret->door);
	query_text(query, ret->act, sizeof ret->act);
	query_text(query, ret->detail, sizeof ret->detail);
	const void *hash = query_blob_of(query, &length);
	ret->hash[0] = '\0';
	if (hash && length == HASH_SIZE)
		hash_to_hex(hash, ret->hash);
}

int audit_each(struct db *db, int64_t limit, bool (*each)(void *context, const struct audit_row *row), void *context,
	struct err *err)
{
	struct audit_row row;
	int more;
	struct query query = query_start(db, "SELECT " AUDIT_COLUMNS " FROM audit WHERE ?1 = 0 OR id > "
					     "(SELECT max(id) FROM audit) - ?1 ORDER BY id");

	query_put_int(&query, limit);
	while ((more = query_row(&query, err)) > 0) {
		row_take(&query, &row);
		if (!each(context, &row))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

int audit_page(struct db *db, int64_t before, int limit, const char *search,
	bool (*each)(void *context, const struct audit_row *row), void *context, struct err *err)
{
	struct audit_row row;
	int more;
	struct query query =
		query_start(db, "SELECT " AUDIT_COLUMNS " FROM audit WHERE (?1 = 0 OR id < ?1) AND (?2 IS NULL"
				" OR instr(lower(who || char(10) || act || char(10) || detail), lower(?2)))"
				" ORDER BY id DESC LIMIT ?3");

	query_put_int(&query, before);
	query_put_key(&query, search);
	query_put_int(&query, limit);
	while ((more = query_row(&query, err)) > 0) {
		row_take(&query, &row);
		if (!each(context, &row))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
