#include "db/db_private.h"

#include <stdio.h>

/* The steps of a migration carry its number; those above the file's user_version run, in order, in one transaction.
 * After a release a step is never changed: a box out there has run it. The next migration is appended under the next
 * number. Numbers in the columns are those of the enums in the headers.
 *
 * What the shapes are for:
 * - Pages of 1 KiB (SCHEMA_PAGE_SIZE): a commit writes whole pages to the WAL, and a message touches about eight.
 *   tests/bench/bench_db, one commit and one sync a message: 8.7 KiB written for each with pages of 1 KiB, 14.2 with 2,
 *   26.3 with 4. Speed says less: 6,300, 6,400 and 3,900 messages/s on a disk whose syncs cost next to nothing.
 * - A message's outbox rows are made by one INSERT under the write lock, so their ids are consecutive:
 * message.first_row
 *   and last_row find them without an index of their own.
 * - outbox rows are made in the order of sending, and an update makes none longer, so that the page of the next row is
 *   mostly that of the last.
 * - outbox.channel is what carries the row now; outbox.wired what became of its WhatsApp leg, also after it went on by SMS.
 * - outbox.due stays while the row is being sent (the rest of a long text keeps its place); the queue's index leaves
 * such
 *   rows out. */
struct schema_step {
	int number;
	const char *sql;
};

static const struct schema_step steps[] = {
	{1, "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE subscriber ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT," /* of an erased person: never given again */
	    " phone TEXT UNIQUE CHECK (phone GLOB '+[1-9]*'),"
	    " whatsapp_id TEXT UNIQUE,"
	    " name TEXT NOT NULL,"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 2),"
	    " zone TEXT NOT NULL,"
	    " topics TEXT NOT NULL,"
	    " language TEXT NOT NULL,"
	    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 2),"
	    " news INTEGER NOT NULL CHECK (news BETWEEN 0 AND 1)," /* what the ledger says of the purpose "news" */
	    " joined_at INTEGER NOT NULL,"
	    " left_at INTEGER NOT NULL,"
	    " CHECK (phone IS NOT NULL OR whatsapp_id IS NOT NULL)"
	    ") STRICT"},
	{1, "CREATE TABLE forgotten ("
	    " id INTEGER PRIMARY KEY,"
	    " hash BLOB NOT NULL,"
	    " joined_at INTEGER NOT NULL,"
	    " left_at INTEGER NOT NULL,"
	    " forgotten_at INTEGER NOT NULL"
	    ") STRICT"},
	{1, "CREATE INDEX forgotten_hash ON forgotten (hash)"},
	{1, "CREATE TABLE consent ("
	    " id INTEGER PRIMARY KEY,"
	    " subscriber_id INTEGER REFERENCES subscriber (id),"
	    " forgotten_id INTEGER REFERENCES forgotten (id),"
	    " at INTEGER NOT NULL,"
	    " clock TEXT NOT NULL,"
	    " purpose TEXT NOT NULL CHECK (purpose IN ('alerts', 'news')),"
	    " action TEXT NOT NULL CHECK (action IN ('given', 'withdrawn')),"
	    " channel TEXT NOT NULL,"
	    " words TEXT NOT NULL,"
	    " given_at TEXT NOT NULL,"
	    " notice TEXT NOT NULL,"
	    " CHECK ((subscriber_id IS NULL) <> (forgotten_id IS NULL))"
	    ") STRICT"},
	{1, "CREATE INDEX consent_subscriber ON consent (subscriber_id) WHERE subscriber_id IS NOT NULL"},
	{1, "CREATE TABLE message ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),"
	    " colour INTEGER NOT NULL CHECK (colour BETWEEN 0 AND 3),"
	    " exercise INTEGER NOT NULL CHECK (exercise BETWEEN 0 AND 1),"
	    " priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 5),"
	    " stage INTEGER NOT NULL CHECK (stage BETWEEN 1 AND 3),"
	    " segments INTEGER NOT NULL CHECK (segments > 0),"
	    " about INTEGER NOT NULL,"
	    " created_at INTEGER NOT NULL,"
	    " not_before INTEGER NOT NULL,"
	    " expires_at INTEGER NOT NULL,"
	    " until_at INTEGER NOT NULL,"
	    " closed_at INTEGER," /* NULL: its expiry is still to be looked at */
	    " first_row INTEGER NOT NULL,"
	    " last_row INTEGER NOT NULL,"
	    " recipients INTEGER NOT NULL,"
	    " hazard TEXT NOT NULL,"
	    " phase TEXT NOT NULL,"
	    " topic TEXT NOT NULL,"
	    " door TEXT NOT NULL,"
	    " zones TEXT NOT NULL,"
	    " text TEXT NOT NULL"
	    ") STRICT"},
	{1, "CREATE INDEX message_expiry ON message (expires_at) WHERE closed_at IS NULL AND expires_at > 0"},
	{1, "CREATE TABLE outbox ("
	    " id INTEGER PRIMARY KEY,"
	    " message_id INTEGER NOT NULL REFERENCES message (id),"
	    " subscriber_id INTEGER REFERENCES subscriber (id),"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 1),"
	    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),"
	    " priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 5),"
	    " due INTEGER,"
	    " changed_at INTEGER NOT NULL,"
	    " segment INTEGER NOT NULL DEFAULT 0,"
	    " round INTEGER NOT NULL DEFAULT 0,"
	    " attempts INTEGER NOT NULL DEFAULT 0,"
	    " refusals INTEGER NOT NULL DEFAULT 0,"
	    " reached INTEGER NOT NULL DEFAULT 0,"
	    " address TEXT NOT NULL,"
	    " error TEXT NOT NULL DEFAULT ''"
	    ") STRICT"},
	{1, "CREATE INDEX outbox_queue ON outbox (priority, due) WHERE due IS NOT NULL AND state <> 1"},
	{1, "CREATE INDEX outbox_subscriber ON outbox (subscriber_id) WHERE subscriber_id IS NOT NULL"},
	{1, "CREATE TABLE attempt ("
	    " outbox_id INTEGER NOT NULL REFERENCES outbox (id),"
	    " number INTEGER NOT NULL,"
	    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),"
	    " segment INTEGER NOT NULL,"
	    " round INTEGER NOT NULL,"
	    " mr INTEGER NOT NULL CHECK (mr BETWEEN -1 AND 255),"
	    " again INTEGER NOT NULL CHECK (again BETWEEN 0 AND 1)," /* sent although an earlier one may have arrived */
	    " at INTEGER NOT NULL,"
	    " settled_at INTEGER NOT NULL,"
	    " bearer TEXT NOT NULL,"
	    " sim TEXT NOT NULL,"
	    " error TEXT NOT NULL,"
	    " PRIMARY KEY (outbox_id, number)"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE INDEX attempt_waiting ON attempt (sim, mr, at) WHERE state IN (2, 5)"},
	{1, "CREATE INDEX attempt_in_flight ON attempt (state) WHERE state = 0"},
	{1, "CREATE TABLE inbox ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " at INTEGER NOT NULL,"
	    " sent_at INTEGER NOT NULL,"
	    " kind TEXT NOT NULL,"
	    " bearer TEXT NOT NULL,"
	    " sender TEXT NOT NULL,"
	    " answer TEXT NOT NULL,"
	    " text TEXT NOT NULL,"
	    " raw BLOB"
	    ") STRICT"},
	{1, "CREATE INDEX inbox_sender ON inbox (sender)"},
	{1, "CREATE TABLE inbox_seen ("
	    " sim TEXT NOT NULL,"
	    " hash BLOB NOT NULL,"
	    " at INTEGER NOT NULL,"
	    " PRIMARY KEY (sim, hash)"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE inbox_part ("
	    " id INTEGER PRIMARY KEY,"
	    " at INTEGER NOT NULL,"
	    " sim TEXT NOT NULL,"
	    " sender TEXT NOT NULL,"
	    " reference INTEGER NOT NULL,"
	    " bits INTEGER NOT NULL,"
	    " total INTEGER NOT NULL,"
	    " seq INTEGER NOT NULL,"
	    " octets BLOB NOT NULL"
	    ") STRICT"},
	{1, "CREATE INDEX inbox_part_group ON inbox_part (sender, sim, reference, bits, total)"},
	{1, "CREATE TABLE sim_day ("
	    " sim TEXT NOT NULL,"
	    " day TEXT NOT NULL,"
	    " segments INTEGER NOT NULL,"
	    " PRIMARY KEY (sim, day)"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE sim_recipient ("
	    " sim TEXT NOT NULL,"
	    " month TEXT NOT NULL,"
	    " hash BLOB NOT NULL,"
	    " PRIMARY KEY (sim, month, hash)"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE sim_pin ("
	    " sim TEXT PRIMARY KEY,"
	    " hash BLOB NOT NULL,"
	    " worked INTEGER NOT NULL,"
	    " at INTEGER NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE modem ("
	    " name TEXT PRIMARY KEY,"
	    " imei TEXT NOT NULL,"
	    " sim TEXT NOT NULL,"
	    " port TEXT NOT NULL,"
	    " model TEXT NOT NULL,"
	    " network TEXT NOT NULL,"
	    " state TEXT NOT NULL,"
	    " why TEXT NOT NULL,"
	    " signal_dbm INTEGER NOT NULL,"
	    " changed_at INTEGER NOT NULL,"
	    " seconds_per_segment REAL NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{1, "CREATE TABLE audit ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " at INTEGER NOT NULL,"
	    " clock TEXT NOT NULL,"
	    " who TEXT NOT NULL,"
	    " door TEXT NOT NULL,"
	    " act TEXT NOT NULL,"
	    " detail TEXT NOT NULL"
	    ") STRICT"},
	{1, "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is "
	    "append-only'); END"},
	{1, "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is "
	    "append-only'); END"},
	{2, "ALTER TABLE subscriber ADD COLUMN whatsapp_at INTEGER NOT NULL DEFAULT 0"}, /* wrote by WhatsApp last */
	{2, "ALTER TABLE subscriber ADD COLUMN whatsapp_refused_at INTEGER NOT NULL DEFAULT 0"},
	{2, "ALTER TABLE subscriber ADD COLUMN marketing_stopped INTEGER NOT NULL DEFAULT 0"},
	{2, "ALTER TABLE message ADD COLUMN content INTEGER NOT NULL DEFAULT 0"},
	{2, "ALTER TABLE message ADD COLUMN parameters TEXT NOT NULL DEFAULT ''"},
	{2, "ALTER TABLE outbox ADD COLUMN wired INTEGER NOT NULL DEFAULT 0"},
	{2, "ALTER TABLE attempt ADD COLUMN channel INTEGER NOT NULL DEFAULT 0"},
	{2, "ALTER TABLE inbox ADD COLUMN detail TEXT NOT NULL DEFAULT ''"},
	{2, "DROP INDEX outbox_queue"},
	{2, "CREATE INDEX outbox_queue ON outbox (priority, channel, " OUTBOX_LANE ", due)"
	    " WHERE due IS NOT NULL AND state <> 1"},
	{2, "CREATE TABLE wamid ("
	    " id TEXT PRIMARY KEY,"
	    " outbox_id INTEGER NOT NULL REFERENCES outbox (id),"
	    " attempt INTEGER NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{2, "CREATE TABLE status_early (" /* came before the answer that names its message */
	    " wamid TEXT PRIMARY KEY,"
	    " at INTEGER NOT NULL,"
	    " status INTEGER NOT NULL,"
	    " code INTEGER NOT NULL,"
	    " error TEXT NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	/* Whom a WhatsApp template went to (way 0) and who wrote (way 1). What is past the 24 hours anybody asks for goes
	 * whenever something new comes. */
	{3, "CREATE TABLE whatsapp_contact ("
	    " way INTEGER NOT NULL CHECK (way BETWEEN 0 AND 1),"
	    " hash BLOB NOT NULL,"
	    " at INTEGER NOT NULL,"
	    " PRIMARY KEY (way, hash)"
	    ") STRICT, WITHOUT ROWID"},
	{3, "CREATE INDEX whatsapp_contact_at ON whatsapp_contact (way, at)"},
	{3, "CREATE TRIGGER whatsapp_contact_ends AFTER INSERT ON whatsapp_contact BEGIN"
	    " DELETE FROM whatsapp_contact WHERE way = NEW.way AND at <= NEW.at - 86400000; END"},
	{4, "CREATE TABLE report ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT," /* citizens know it: never given again */
	    " subscriber_id INTEGER REFERENCES subscriber (id),"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 2),"
	    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
	    " created_at INTEGER NOT NULL,"
	    " last_at INTEGER NOT NULL,"
	    " answered_at INTEGER NOT NULL DEFAULT 0,"
	    " closed_at INTEGER NOT NULL DEFAULT 0,"
	    " duplicate_of INTEGER REFERENCES report (id) ON DELETE SET NULL CHECK (duplicate_of <> id),"
	    " items INTEGER NOT NULL DEFAULT 0,"
	    " office TEXT NOT NULL DEFAULT '',"
	    " address TEXT NOT NULL CHECK (length(CAST(address AS BLOB)) < 144)"
	    ") STRICT"},
	{4, "CREATE INDEX report_address ON report (address, last_at)"},
	{4, "CREATE INDEX report_subscriber ON report (subscriber_id) WHERE subscriber_id IS NOT NULL"},
	{4, "CREATE INDEX report_duplicate ON report (duplicate_of) WHERE duplicate_of IS NOT NULL"},
	{4, "CREATE INDEX report_closed ON report (closed_at) WHERE closed_at > 0"},
	{4, "CREATE TABLE report_item ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " report_id INTEGER NOT NULL REFERENCES report (id),"
	    " at INTEGER NOT NULL,"
	    " inbox_id INTEGER NOT NULL," /* no reference: the inbox may be emptied sooner */
	    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),"
	    " media INTEGER NOT NULL CHECK (media BETWEEN 0 AND 4),"
	    " size INTEGER NOT NULL,"
	    " latitude REAL NOT NULL,"
	    " longitude REAL NOT NULL,"
	    " media_id TEXT NOT NULL,"
	    " path TEXT UNIQUE," /* of one item only, so that deleting it takes nothing from another */
	    " sha256 TEXT NOT NULL,"
	    " mime TEXT NOT NULL,"
	    " text TEXT NOT NULL"
	    ") STRICT"},
	{4, "CREATE INDEX report_item_report ON report_item (report_id)"},
	{4, "CREATE INDEX report_item_wanted ON report_item (id) WHERE media = 1"},
	{4, "CREATE TABLE report_event ("
	    " id INTEGER PRIMARY KEY,"
	    " report_id INTEGER NOT NULL REFERENCES report (id),"
	    " at INTEGER NOT NULL,"
	    " act INTEGER NOT NULL CHECK (act BETWEEN 1 AND 5),"
	    " message_id INTEGER NOT NULL," /* no reference: messages have a time of their own */
	    " who TEXT NOT NULL,"
	    " text TEXT NOT NULL"
	    ") STRICT"},
	{4, "CREATE INDEX report_event_report ON report_event (report_id)"},
	{4, "CREATE TABLE media_litter (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID"},
	{4, "CREATE TABLE appointment ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " subscriber_id INTEGER REFERENCES subscriber (id),"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 2),"
	    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 7),"
	    " start INTEGER NOT NULL,"
	    " minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440),"
	    " created_at INTEGER NOT NULL,"
	    " changed_at INTEGER NOT NULL,"
	    " held_until INTEGER NOT NULL,"
	    " reminder_sent INTEGER NOT NULL DEFAULT 0,"
	    " sequence INTEGER NOT NULL DEFAULT 0,"
	    " office TEXT NOT NULL,"
	    " address TEXT NOT NULL CHECK (length(CAST(address AS BLOB)) < 144),"
	    " name TEXT NOT NULL,"
	    " note TEXT NOT NULL"
	    ") STRICT"},
	/* Overlaps are looked for by appointment_book; this stands behind it. */
	{4, "CREATE UNIQUE INDEX appointment_place ON appointment (office, start) WHERE state <= 4"},
	{4, "CREATE INDEX appointment_start ON appointment (start)"},
	{4, "CREATE INDEX appointment_address ON appointment (address)"},
	{4, "CREATE INDEX appointment_subscriber ON appointment (subscriber_id) WHERE subscriber_id IS NOT NULL"},
	{5, "ALTER TABLE audit ADD COLUMN hash BLOB"}, /* NULL: older than the chain */
	{5, "CREATE TABLE officer ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " name TEXT NOT NULL,"
	    " phone TEXT CHECK (phone GLOB '+[1-9]*'),"
	    " may_order INTEGER NOT NULL CHECK (may_order BETWEEN 0 AND 1),"
	    " may_confirm INTEGER NOT NULL CHECK (may_confirm BETWEEN 0 AND 1),"
	    " pin_hash TEXT NOT NULL,"
	    " created_at INTEGER NOT NULL,"
	    " last_used_at INTEGER NOT NULL DEFAULT 0,"
	    " removed_at INTEGER" /* NULL: active */
	    ") STRICT"},
	{5, "CREATE UNIQUE INDEX officer_name ON officer (name COLLATE NOCASE) WHERE removed_at IS NULL"},
	{5, "CREATE UNIQUE INDEX officer_phone ON officer (phone) WHERE phone IS NOT NULL"},
	{5, "CREATE TABLE pin_guard ("
	    " subject TEXT PRIMARY KEY," /* 'officer:7' or 'door:keypad': whom the wrong PINs were tried on */
	    " failed INTEGER NOT NULL,"
	    " failed_at INTEGER NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{6, "CREATE TABLE dialogue ("
	    " address TEXT PRIMARY KEY CHECK (length(CAST(address AS BLOB)) BETWEEN 1 AND 143),"
	    " subscriber_id INTEGER REFERENCES subscriber (id),"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 2),"
	    " question INTEGER NOT NULL CHECK (question BETWEEN 1 AND 10),"
	    " asked_at INTEGER NOT NULL,"
	    " expires_at INTEGER NOT NULL,"
	    " misses INTEGER NOT NULL,"
	    " options TEXT NOT NULL,"
	    " note TEXT NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{6, "CREATE INDEX dialogue_subscriber ON dialogue (subscriber_id) WHERE subscriber_id IS NOT NULL"},
	{6, "CREATE INDEX dialogue_expiry ON dialogue (expires_at)"},
	{6, "CREATE TRIGGER dialogue_ends AFTER INSERT ON dialogue BEGIN"
	    " DELETE FROM dialogue WHERE expires_at <= NEW.asked_at - 86400000; END"},
	{6, "CREATE TABLE manners ("
	    " hash BLOB PRIMARY KEY,"
	    " at INTEGER NOT NULL,"
	    " hour_at INTEGER NOT NULL,"
	    " hour_answers INTEGER NOT NULL,"
	    " day_at INTEGER NOT NULL,"
	    " day_answers INTEGER NOT NULL,"
	    " same_at INTEGER NOT NULL,"
	    " same_count INTEGER NOT NULL,"
	    " pointed_at INTEGER NOT NULL,"
	    " mark BLOB NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{6, "CREATE INDEX manners_at ON manners (at)"},
	{6, "CREATE TRIGGER manners_ends AFTER INSERT ON manners BEGIN"
	    " DELETE FROM manners WHERE at <= NEW.at - 2678400000; END"},
	{6, "CREATE TABLE manners_box (minute INTEGER PRIMARY KEY, answers INTEGER NOT NULL) STRICT"},
	{6, "CREATE TRIGGER manners_box_ends AFTER INSERT ON manners_box BEGIN"
	    " DELETE FROM manners_box WHERE minute <> NEW.minute; END"},
	{7, "CREATE TABLE officer_order ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " token INTEGER NOT NULL UNIQUE CHECK (token <> 0),"
	    " officer_id INTEGER NOT NULL REFERENCES officer (id),"
	    " second_id INTEGER REFERENCES officer (id),"
	    " act INTEGER NOT NULL CHECK (act BETWEEN 1 AND 4),"
	    " state INTEGER NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 5),"
	    " channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 1),"
	    " created_at INTEGER NOT NULL,"
	    " deadline INTEGER NOT NULL DEFAULT 0,"
	    " about INTEGER NOT NULL DEFAULT 0,"
	    " message_id INTEGER NOT NULL DEFAULT 0," /* no reference: messages have a time of their own */
	    " wrong INTEGER NOT NULL DEFAULT 0,"
	    " told INTEGER NOT NULL DEFAULT 0,"
	    " word TEXT NOT NULL DEFAULT '',"
	    " asked TEXT NOT NULL DEFAULT '',"
	    " said TEXT NOT NULL DEFAULT ''," /* from here on: the message as it was read back */
	    " kind INTEGER NOT NULL DEFAULT 0,"
	    " colour INTEGER NOT NULL DEFAULT 0,"
	    " exercise INTEGER NOT NULL DEFAULT 0,"
	    " priority INTEGER NOT NULL DEFAULT 0,"
	    " segments INTEGER NOT NULL DEFAULT 0,"
	    " message_about INTEGER NOT NULL DEFAULT 0,"
	    " expires_at INTEGER NOT NULL DEFAULT 0,"
	    " until_at INTEGER NOT NULL DEFAULT 0,"
	    " hazard TEXT NOT NULL DEFAULT '',"
	    " phase TEXT NOT NULL DEFAULT '',"
	    " zones TEXT NOT NULL DEFAULT '',"
	    " text TEXT NOT NULL DEFAULT '',"
	    " parameters TEXT NOT NULL DEFAULT '',"
	    " door TEXT NOT NULL DEFAULT ''"
	    ") STRICT"},
	{8, "CREATE TABLE operator ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " name TEXT NOT NULL,"
	    " role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),"
	    " hash TEXT NOT NULL,"
	    " totp BLOB," /* NULL: no second factor */
	    " totp_step INTEGER NOT NULL DEFAULT 0,"
	    " created_at INTEGER NOT NULL,"
	    " last_used_at INTEGER NOT NULL DEFAULT 0,"
	    " removed_at INTEGER" /* NULL: active */
	    ") STRICT"},
	{8, "CREATE UNIQUE INDEX operator_name ON operator (name COLLATE NOCASE) WHERE removed_at IS NULL"},
	{8, "CREATE TABLE operator_session ("
	    " key BLOB PRIMARY KEY," /* a hash of the token */
	    " operator_id INTEGER NOT NULL REFERENCES operator (id),"
	    " created_at INTEGER NOT NULL,"
	    " used_at INTEGER NOT NULL,"
	    " address TEXT NOT NULL"
	    ") STRICT, WITHOUT ROWID"},
	{8, "CREATE TABLE login_guard ("
	    " subject INTEGER PRIMARY KEY," /* login.h: a hash of whom the wrong passwords were tried on */
	    " failed INTEGER NOT NULL,"
	    " failed_at INTEGER NOT NULL,"
	    " good_at INTEGER NOT NULL" /* a pair's last right login; 0 */
	    ") STRICT"},
	{9, "CREATE INDEX message_about ON message (about) WHERE about > 0"},
};

enum { STEPS = sizeof steps / sizeof *steps };

int schema_newest(void)
{
	return steps[STEPS - 1].number;
}

static int schema_number(struct db *db, int64_t *ret_version, struct err *err)
{
	struct query query = query_start(db, "PRAGMA user_version");

	return query_take_int(&query, ret_version, err) < 0 ? -1 : 0;
}

/* A file made by db_open and not yet migrated has neither an application nor tables. Both are asked for in one
 * statement, which sees one state of the file: another process may be migrating it. */
static int schema_check_owner(struct db *db, struct err *err)
{
	struct query query = query_start(
		db, "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id");

	if (query_row(&query, err) < 0)
		return -1;
	int64_t application = query_int(&query), tables = query_int(&query);
	query_end(&query);
	if (application == SCHEMA_APPLICATION_ID || (application == 0 && tables == 0))
		return 0;
	return err_set(err, EX_DATAERR, "%s: a database of another program; name another file", db->path);
}

static int schema_check_age(struct db *db, int64_t version, struct err *err)
{
	if (version <= schema_newest())
		return 0;
	return err_set(err, EX_CONFIG,
		"%s: its schema is number %lld, this program knows up to %d; upgrade the program to the one that wrote "
		"it",
		db->path, (long long)version, schema_newest());
}

static int schema_steps(struct db *db, struct err *err)
{
	char number[96];
	int64_t version = 0;

	/* Read again under the lock: another process may have migrated meanwhile. */
	if (schema_number(db, &version, err) < 0 || schema_check_age(db, version, err) < 0)
		return -1;
	for (int i = 0; i < STEPS; i++)
		if (steps[i].number > version && db_script(db, steps[i].sql, err) < 0)
			return -1;
	snprintf(number, sizeof number, "PRAGMA application_id = %d; PRAGMA user_version = %d", SCHEMA_APPLICATION_ID,
		schema_newest());
	return db_script(db, number, err);
}

int schema_check(struct db *db, struct err *err)
{
	int64_t version = 0;

	if (schema_check_owner(db, err) < 0 || schema_number(db, &version, err) < 0)
		return -1;
	return schema_check_age(db, version, err);
}

int schema_migrate(struct db *db, struct err *err)
{
	int64_t version = 0;

	if (schema_number(db, &version, err) < 0)
		return -1;
	if (version == schema_newest())
		return 0;
	if (db_begin(db, err) < 0)
		return -1;
	if (schema_steps(db, err) < 0 || db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}
