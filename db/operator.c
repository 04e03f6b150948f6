#include "db/operator.h"

#include "db/db_private.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

_Static_assert(OPERATOR_HASH_MAX == crypto_pwhash_STRBYTES, "libsodium's size of a hash as text");

static const char *const roles[] = {"", "clerk", "officer", "technician", "reader"};

const char *operator_role_to_string(enum operator_role role)
{
	return roles[role];
}

enum operator_role operator_role_of(const char *word)
{
	for (int role = ROLE_CLERK; role <= ROLE_READER; role++)
		if (strcmp(roles[role], word) == 0)
			return (enum operator_role)role;
	return (enum operator_role)0;
}

/* ---- names and passwords ----------------------------------------------------------------------------------------- */

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			return true;
	return false;
}

const char *operator_name_check(const char *name)
{
	if (name[strspn(name, " ")] == '\0' || name[0] == ' ' || name[strlen(name) - 1] == ' ')
		return "a name has letters, and no blank at either end";
	if (strlen(name) >= OPERATOR_NAME_MAX)
		return "a name has at most 63 octets";
	return has_control(name) ? "the name holds a control character; take it out" : NULL;
}

/* NIST SP 800-63B §5.1.1.2: length counts, rules of composition do not. */
const char *operator_password_check(const char *password, const char *name)
{
	size_t length = strlen(password), characters = 0;
	bool same = true;

	for (size_t i = 0; i < length; i++) {
		characters += ((unsigned char)password[i] & 0xC0) != 0x80;
		same = same && password[i] == password[0];
	}
	if (characters < OPERATOR_PASSWORD_MIN)
		return "a password has at least 12 characters; several words are easy to remember";
	if (length >= OPERATOR_PASSWORD_MAX)
		return "a password has at most 255 octets";
	if (same || (name[0] && strncasecmp(password, name, strlen(name)) == 0))
		return "this password is among the first anybody would try; take another";
	return NULL;
}

int operator_password_hash(const char *password, char ret_hash[OPERATOR_HASH_MAX])
{
	return crypto_pwhash_str(ret_hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		crypto_pwhash_MEMLIMIT_INTERACTIVE);
}

bool operator_password_matches(const char *hash, const char *password)
{
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

/* ---- operators --------------------------------------------------------------------------------------------------- */

#define OPERATOR_COLUMNS "o.id, o.name, o.role, o.totp IS NOT NULL, o.created_at, o.last_used_at"

static void operator_take(struct query *query, struct operator_person *ret)
{
	ret->id = query_int(query);
	query_text(query, ret->name, sizeof ret->name);
	ret->role = (enum operator_role)query_int(query);
	ret->has_totp = query_int(query) != 0;
	ret->created_at = query_int(query);
	ret->last_used_at = query_int(query);
}

static int operator_take_one(struct query *query, struct operator_person *ret, struct err *err)
{
	int found = query_row(query, err);

	if (found <= 0)
		return found;
	operator_take(query, ret);
	query_end(query);
	return 1;
}

int operator_get(struct db *db, int64_t id, struct operator_person *ret, struct err *err)
{
	struct query query =
		query_start(db, "SELECT " OPERATOR_COLUMNS " FROM operator o WHERE o.id = ? AND o.removed_at IS NULL");

	query_put_int(&query, id);
	return operator_take_one(&query, ret, err);
}

int operator_find(struct db *db, const char *name, struct operator_person *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " OPERATOR_COLUMNS " FROM operator o"
					     " WHERE o.name = ? COLLATE NOCASE AND o.removed_at IS NULL");

	query_put_text(&query, name);
	return operator_take_one(&query, ret, err);
}

int operator_proof(struct db *db, const char *name, struct operator_proof *ret, struct err *err)
{
	int length = 0;
	struct query query = query_start(db, "SELECT id, hash, totp, totp_step FROM operator"
					     " WHERE name = ? COLLATE NOCASE AND removed_at IS NULL");

	*ret = (struct operator_proof){0};
	query_put_text(&query, name);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	ret->id = query_int(&query);
	query_text(&query, ret->hash, sizeof ret->hash);
	const void *secret = query_blob_of(&query, &length);
	ret->has_totp = secret != NULL;
	if (secret && length == OPERATOR_TOTP_SIZE)
		memcpy(ret->totp, secret, sizeof ret->totp);
	ret->totp_step = query_int(&query);
	query_end(&query);
	return 1;
}

int operator_each(struct db *db, bool (*each)(void *context, const struct operator_person *person), void *context,
	struct err *err)
{
	struct operator_person person;
	int more;
	struct query query = query_start(db, "SELECT " OPERATOR_COLUMNS " FROM operator o WHERE o.removed_at IS NULL"
					     " ORDER BY o.name COLLATE NOCASE");

	while ((more = query_row(&query, err)) > 0) {
		operator_take(&query, &person);
		if (!each(context, &person))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

int operator_count(struct db *db, int64_t *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT count(*) FROM operator WHERE removed_at IS NULL");

	return query_take_int(&query, ret, err) < 0 ? -1 : 0;
}

int operator_add(struct db *db, struct operator_person *person, const char *hash, int64_t now, struct err *err)
{
	struct operator_person twin;
	int64_t count = 0;
	const char *why = operator_name_check(person->name);

	if (why)
		return err_set(err, EX_DATAERR, "%s", why);
	int found = operator_find(db, person->name, &twin, err);
	if (found < 0 || operator_count(db, &count, err) != 0)
		return -1;
	if (found > 0)
		return err_set(err, EX_DATAERR, "there is an operator \"%s\" already; take another name", twin.name);
	if (count >= OPERATORS_MAX)
		return err_set(err, EX_DATAERR, "there are %d operators already; remove one first", OPERATORS_MAX);
	struct query query = query_start(db, "INSERT INTO operator (name, role, hash, created_at) VALUES (?, ?, ?, ?)");
	query_put_text(&query, person->name);
	query_put_int(&query, person->role);
	query_put_text(&query, hash);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	person->id = sqlite3_last_insert_rowid(db->sqlite);
	person->created_at = now;
	return 0;
}

static int sessions_end(struct db *db, int64_t id, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM operator_session WHERE operator_id = ?");

	query_put_int(&query, id);
	return query_run(&query, err);
}

int operator_remove(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE operator SET removed_at = ?2, hash = '', totp = NULL WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : sessions_end(db, id, err);
}

int operator_set_password(struct db *db, int64_t id, const char *hash, struct err *err)
{
	struct query query = query_start(db, "UPDATE operator SET hash = ?2 WHERE id = ?1 AND removed_at IS NULL");

	query_put_int(&query, id);
	query_put_text(&query, hash);
	return query_run(&query, err) < 0 ? -1 : sessions_end(db, id, err);
}

int operator_set_totp(struct db *db, int64_t id, const unsigned char *secret, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE operator SET totp = ?2, totp_step = 0 WHERE id = ?1 AND removed_at IS NULL");

	query_put_int(&query, id);
	query_put_blob(&query, secret, secret ? OPERATOR_TOTP_SIZE : 0);
	return query_run(&query, err) < 0 ? -1 : sessions_end(db, id, err);
}

int operator_totp_use(struct db *db, int64_t id, int64_t step, struct err *err)
{
	struct query query = query_start(db, "UPDATE operator SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2");

	query_put_int(&query, id);
	query_put_int(&query, step);
	return query_run(&query, err) < 0 ? -1 : db_changes(db) > 0;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static void key_put(struct query *query, const unsigned char key[OPERATOR_SESSION_SIZE])
{
	query_put_blob(query, key, OPERATOR_SESSION_SIZE);
}

/* Those that are over, and the surplus of this operator's. */
static int sessions_thin(struct db *db, int64_t operator_id, int64_t now, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM operator_session WHERE used_at <= ?1 OR created_at <= ?2");

	query_put_int(&query, now - OPERATOR_IDLE_MS);
	query_put_int(&query, now - OPERATOR_SESSION_MS);
	if (query_run(&query, err) < 0)
		return -1;
	query = query_start(db, "DELETE FROM operator_session WHERE operator_id = ?1 AND key NOT IN (SELECT key FROM"
				" operator_session WHERE operator_id = ?1 ORDER BY used_at DESC LIMIT ?2)");
	query_put_int(&query, operator_id);
	query_put_int(&query, OPERATOR_SESSIONS_MAX - 1);
	return query_run(&query, err);
}

int operator_session_begin(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t operator_id,
	const char *address, int64_t now, struct err *err)
{
	if (sessions_thin(db, operator_id, now, err) < 0)
		return -1;
	struct query query = query_start(db, "INSERT INTO operator_session (key, operator_id, created_at, used_at,"
					     " address) VALUES (?1, ?2, ?3, ?3, ?4)");
	key_put(&query, key);
	query_put_int(&query, operator_id);
	query_put_int(&query, now);
	query_put_text(&query, address);
	if (query_run(&query, err) < 0)
		return -1;
	query = query_start(db, "UPDATE operator SET last_used_at = ?2 WHERE id = ?1");
	query_put_int(&query, operator_id);
	query_put_int(&query, now);
	return query_run(&query, err);
}

int operator_session_find(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t now,
	struct operator_person *ret, int64_t *ret_used_at, struct err *err)
{
	struct query query = query_start(db,
		"SELECT " OPERATOR_COLUMNS ", s.used_at FROM operator_session s JOIN operator o ON o.id = s.operator_id"
		" WHERE s.key = ?1 AND s.used_at > ?2 AND s.created_at > ?3 AND o.removed_at IS NULL");

	key_put(&query, key);
	query_put_int(&query, now - OPERATOR_IDLE_MS);
	query_put_int(&query, now - OPERATOR_SESSION_MS);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	operator_take(&query, ret);
	*ret_used_at = query_int(&query);
	query_end(&query);
	return 1;
}

int operator_session_used(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE operator_session SET used_at = ?2 WHERE key = ?1");

	key_put(&query, key);
	query_put_int(&query, now);
	return query_run(&query, err);
}

int operator_session_end(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], struct err *err)
{
	struct query query = query_start(db, "DELETE FROM operator_session WHERE key = ?");

	key_put(&query, key);
	return query_run(&query, err);
}
