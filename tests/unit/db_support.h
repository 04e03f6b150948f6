/* A database in a folder of its own for each test, and the few things every test of db/ says. */
#ifndef BANDITORE_TESTS_DB_SUPPORT_H
#define BANDITORE_TESTS_DB_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/db_private.h"
#include "db/message.h"
#include "db/subscriber.h"

struct fixture {
	char folder[64], path[96];
	struct db *db;
	struct err err;
};

/* Says the error's text when a call that must succeed does not. */
#define assert_ok(call)                                               \
	do {                                                          \
		if ((call) < 0)                                       \
			fail_msg("%s: %s", #call, fixture->err.text); \
	} while (0)

static inline int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	if (!fixture)
		return -1;
	strcpy(fixture->folder, "/tmp/banditore-db-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	snprintf(fixture->path, sizeof fixture->path, "%s/test.db", fixture->folder);
	*state = fixture;
	return db_open(fixture->path, true, &fixture->db, &fixture->err);
}

static inline int fixture_tear_down(void **state)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm", "test.csv"};
	struct fixture *fixture = *state;
	char path[128];

	db_close(fixture->db);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", fixture->folder, names[i]);
		unlink(path);
	}
	int result = rmdir(fixture->folder);
	free(fixture);
	return result;
}

/* The first column of a query made for a test; prepared anew, so that any text may be given. */
static inline int64_t ask(struct fixture *fixture, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(fixture->db->sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(fixture->db->sqlite));
	int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -999;
	sqlite3_finalize(statement);
	return value;
}

static inline int64_t join(struct fixture *fixture, const char *phone, const char *zone, const char *topics)
{
	struct consent consent = {.clock = "ntp", .channel = "sms", .words = "ATTIVA"};
	struct subscriber fields = {.language = "it"};
	int64_t id = 0;
	int was = -1;

	snprintf(fields.phone, sizeof fields.phone, "%s", phone);
	snprintf(fields.zone, sizeof fields.zone, "%s", zone);
	snprintf(fields.topics, sizeof fields.topics, "%s", topics);
	assert_ok(subscriber_join(fixture->db, &fields, &consent, 1000, &id, &was, &fixture->err));
	return id;
}

static inline struct message message_of(enum message_kind kind, const char *zones, const char *topic)
{
	struct message message = {
		.kind = kind, .colour = COLOUR_RED, .segments = 1, .expires_at = 100000, .text = "prova"};

	message.priority = kind == MESSAGE_NEWS ? PRIORITY_NEWS : PRIORITY_RED;
	snprintf(message.zones, sizeof message.zones, "%s", zones);
	snprintf(message.topic, sizeof message.topic, "%s", topic);
	return message;
}

#endif
