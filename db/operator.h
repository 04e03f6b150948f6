/* Operators of the console: named people with one role each, their passwords and second factors.
 *
 * Kept of a password is its argon2id hash (libsodium, interactive limits: 64 MiB and 2 passes, 60 ms on a 2-core virtual
 * machine). Its making and judging need no database and may be done on any thread. The second factor is a TOTP secret
 * (RFC 6238); a time step is good once. */
#ifndef BANDITORE_OPERATOR_H
#define BANDITORE_OPERATOR_H

#include "db/db.h"

#include <stddef.h>

enum {
	OPERATOR_NAME_MAX = 64,
	OPERATOR_HASH_MAX = 128,     /* crypto_pwhash_STRBYTES */
	OPERATOR_PASSWORD_MAX = 256, /* octets with its NUL */
	OPERATOR_PASSWORD_MIN = 12,  /* characters */
	OPERATOR_TOTP_SIZE = 32,     /* octets of a secret: SHA-256's, as RFC 6238 §5.1 wants it */
	OPERATORS_MAX = 200,	     /* active at once */
};

enum operator_role { ROLE_CLERK = 1, ROLE_OFFICER, ROLE_TECHNICIAN, ROLE_READER };

const char *operator_role_to_string(enum operator_role role); /* "clerk", "officer", "technician", "reader" */
enum operator_role operator_role_of(const char *word);	      /* 0: there is no such role */

struct operator_person {
	int64_t id;
	char name[OPERATOR_NAME_MAX]; /* as written; looked up without regard to ASCII case */
	enum operator_role role;
	bool has_totp;
	int64_t created_at, last_used_at; /* 0: never */
};

/* What a login is judged by. */
struct operator_proof {
	int64_t id;
	char hash[OPERATOR_HASH_MAX];
	unsigned char totp[OPERATOR_TOTP_SIZE];
	bool has_totp;
	int64_t totp_step; /* the last one used */
};

/* All but operator_get, _find, _each, _count and _proof need a transaction. */

/* Adds an active operator; *person gets its id. EX_DATAERR: the name is taken or no name; too many. */
int operator_add(struct db *db, struct operator_person *person, const char *hash, int64_t now, struct err *err);

/* 1, 0 (no such active operator), -1. */
int operator_get(struct db *db, int64_t id, struct operator_person *ret, struct err *err);
int operator_find(struct db *db, const char *name, struct operator_person *ret, struct err *err);
int operator_proof(struct db *db, const char *name, struct operator_proof *ret, struct err *err);

/* The active ones by name, until each() says false. */
int operator_each(struct db *db, bool (*each)(void *context, const struct operator_person *person), void *context,
	struct err *err);
int operator_count(struct db *db, int64_t *ret, struct err *err);

/* The row stays for the audit trail's sake; password, second factor and sessions are erased, the name may be given again. */
int operator_remove(struct db *db, int64_t id, int64_t now, struct err *err);

/* Both end the operator's sessions. secret NULL: no second factor any more. */
int operator_set_password(struct db *db, int64_t id, const char *hash, struct err *err);
int operator_set_totp(struct db *db, int64_t id, const unsigned char *secret, struct err *err);

/* 1: the step is newer than any used, and is used now; 0: it was used before; -1. */
int operator_totp_use(struct db *db, int64_t id, int64_t step, struct err *err);

/* NULL, or why it is refused, in English: no name, too long, a control character. Pure. */
const char *operator_name_check(const char *name);

/* NULL, or why: too short or long, not UTF-8, one character again and again, the name itself. Pure. */
const char *operator_password_check(const char *password, const char *name);

/* Slow (see above); no database, any thread. -1: out of memory. */
int operator_password_hash(const char *password, char ret_hash[OPERATOR_HASH_MAX]);
bool operator_password_matches(const char *hash, const char *password);

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

enum {
	OPERATOR_SESSION_SIZE = 32, /* octets of a session's key: a hash of its token, which is kept nowhere */
	OPERATOR_SESSIONS_MAX = 8,  /* of one operator; the one not used for longest ends */
	OPERATOR_ADDRESS_MAX = 64,
	OPERATOR_IDLE_MS = 60 * 60 * 1000,	   /* without a request */
	OPERATOR_SESSION_MS = 12 * 60 * 60 * 1000, /* whatever is done */
};

/* Begins one, and ends those of everybody that are over. Notes the operator as used. */
int operator_session_begin(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t operator_id,
	const char *address, int64_t now, struct err *err);

/* Whose it is, if it is not over: 1, 0, -1. *ret_used_at: when it was last noted as used. A clock that was set back ends
 * none. No transaction. */
int operator_session_find(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t now,
	struct operator_person *ret, int64_t *ret_used_at, struct err *err);
int operator_session_used(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], int64_t now, struct err *err);
int operator_session_end(struct db *db, const unsigned char key[OPERATOR_SESSION_SIZE], struct err *err);

#endif
