/* What the database costs: an alert to 20,000 kept; messages/s and octets written for each message with one commit a
 * turn.
 *
 *	bench_db FOLDER [MESSAGES]
 *
 * A turn is the hub's: the result of one message, the receipt of an earlier one, the counter, the next intent, one
 * commit. Octets are those of /proc/self/io: wchar is what was written, write_bytes what reached the medium's queue. */
#include "config/clock.h"
#include "db/db_private.h"
#include "db/message.h"
#include "db/outbox.h"
#include "db/sim.h"
#include "db/subscriber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEOPLE = 20000, RECEIPT_LAG = 20 };

struct written {
	long long wchar, write_bytes;
};

static void die(const struct err *err)
{
	fprintf(stderr, "bench_db: %s\n", err->text);
	exit(1);
}

static struct written io_read(void)
{
	struct written written = {0, 0};
	char line[128];
	FILE *file = fopen("/proc/self/io", "r");

	while (file && fgets(line, sizeof line, file)) {
		(void)sscanf(line, "wchar: %lld", &written.wchar);
		(void)sscanf(line, "write_bytes: %lld", &written.write_bytes);
	}
	if (file)
		fclose(file);
	return written;
}

static long memory_kib(void)
{
	long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof line, file))
		(void)sscanf(line, "VmHWM: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

static void people_add(struct db *db, struct err *err)
{
	struct consent consent = {.clock = "ntp", .channel = "import", .words = "modulo cartaceo"};
	struct subscriber person = {.language = "it"};
	int64_t id;
	int was;

	if (db_begin(db, err) < 0)
		die(err);
	for (int i = 0; i < PEOPLE; i++) {
		snprintf(person.phone, sizeof person.phone, "+39333%07d", i);
		snprintf(person.name, sizeof person.name, "Persona %d", i);
		snprintf(person.zone, sizeof person.zone, "zona-%d", i % 7);
		if (subscriber_join(db, &person, &consent, 1, &id, &was, err) < 0)
			die(err);
	}
	if (db_commit(db, err) < 0)
		die(err);
}

static void alert_keep(struct db *db, int64_t now, struct err *err)
{
	struct message alert = {
		.kind = MESSAGE_ALERT, .colour = COLOUR_RED, .segments = 1, .expires_at = now + 21600000};

	snprintf(
		alert.text, sizeof alert.text, "%s", "ALLERTA ROSSA. Lontano dal fiume, ai piani alti. Emergenza 112.");
	if (db_begin(db, err) < 0 || message_create(db, &alert, false, false, now, err) < 0 || db_commit(db, err) < 0)
		die(err);
}

static void turn(struct db *db, int i, struct outbox_row *sent, int64_t now, struct err *err)
{
	struct outbox_row row;
	int64_t next;
	int32_t attempt;
	bool late;

	if (db_begin(db, err) < 0)
		die(err);
	if (sent[0].id != 0) {
		struct outbox_outcome outcome = {.id = sent[0].id,
			.attempt = 1,
			.attempt_state = ATTEMPT_AWAITING,
			.state = OUTBOX_SENT,
			.segment = 1,
			.round = 1,
			.mr = (int16_t)(i % 256)};
		if (outbox_settle(db, &outcome, now, &late, err) < 0 ||
			sim_count_segment(db, "8939010000000000001", "2026-11-21", err) < 0)
			die(err);
	}
	if (sent[RECEIPT_LAG - 1].id != 0 && outbox_receipt(db, sent[RECEIPT_LAG - 1].id, 1, ATTEMPT_DELIVERED,
						     OUTBOX_DELIVERED, 0, "", now, err) < 0)
		die(err);
	if (outbox_due(db, PRIORITY_RED, LANE_SMS, now, NULL, &row, 1, &next, err) != 1)
		die(err);
	row.round++;
	if (outbox_intend(db, &row, "m1", "8939010000000000001", false, now, &attempt, err) < 0 ||
		db_commit(db, err) < 0)
		die(err);
	memmove(sent + 1, sent, (RECEIPT_LAG - 1) * sizeof *sent);
	sent[0] = row;
}

int main(int argc, char **argv)
{
	struct outbox_row sent[RECEIPT_LAG] = {0};
	struct err err = {0};
	struct db *db = NULL;
	char path[4096];
	int messages = argc > 2 ? atoi(argv[2]) : 10000;

	if (argc < 2)
		return 64;
	snprintf(
		path, sizeof path, "%s/bench-%d.db", argv[1], (int)getpid()); /* an old one would falsify the figures */
	if (db_open(path, true, &db, &err) < 0)
		die(&err);
	int64_t start = clock_mono_ms();
	people_add(db, &err);
	printf("%d subscribers joined            %6lld ms\n", PEOPLE, (long long)(clock_mono_ms() - start));
	db_close(db);

	start = clock_mono_ms();
	if (db_open(path, true, &db, &err) < 0)
		die(&err);
	alert_keep(db, 1000000, &err);
	printf("alert to %d kept, opening incl. %6lld ms\n", PEOPLE, (long long)(clock_mono_ms() - start));

	struct written before = io_read();
	start = clock_mono_ms();
	for (int i = 0; i < messages; i++)
		turn(db, i, sent, 1000001 + i, &err);
	int64_t took = clock_mono_ms() - start;
	struct written after = io_read();
	printf("%d messages, one commit each     %6.0f messages/s\n", messages,
		messages * 1000.0 / (double)(took > 0 ? took : 1));
	printf("written for each message            %6.2f KiB (write_bytes %.2f KiB), page %d\n",
		(double)(after.wchar - before.wchar) / messages / 1024,
		(double)(after.write_bytes - before.write_bytes) / messages / 1024, SCHEMA_PAGE_SIZE);
	struct message_figures figures;
	start = clock_mono_ms();
	if (message_figures(db, 1, &figures, &err) < 0)
		die(&err);
	printf("figures of the alert               %6lld ms\n", (long long)(clock_mono_ms() - start));
	start = clock_mono_ms();
	struct subscriber_counts counts;
	if (subscriber_count(db, true, &counts, &err) < 0)
		die(&err);
	printf("count of subscribers               %6lld ms\n", (long long)(clock_mono_ms() - start));
	printf("peak memory                         %6ld KiB\n", memory_kib());
	db_close(db);
	unlink(path);
	return 0;
}
