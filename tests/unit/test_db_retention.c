/* What is deleted in time, what is erased on demand, and that nothing of either stays behind. */
#include "tests/unit/db_support.h"

#include "db/appointment.h"
#include "db/inbox.h"
#include "db/retention.h"

enum { DAY = 86400000 };

static const int64_t now = 20000LL * DAY;

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static int64_t report_at(struct fixture *fixture, const struct correspondent *from, const char *path, int64_t at)
{
	struct report_item item = {.kind = REPORT_TEXT, .text = "segreto di Anna", .text_length = 15};
	struct report_item photo = {.kind = REPORT_MEDIA, .media = MEDIA_WANTED, .media_id = "wa"};
	int64_t report = 0, id = 0;
	bool fresh;

	assert_ok(report_write(fixture->db, from, &item, DAY / 24, at, &report, &id, &fresh, &fixture->err));
	if (path) {
		assert_ok(report_append(fixture->db, report, &photo, at, &photo.id, &fixture->err));
		photo.media = MEDIA_KEPT;
		snprintf(photo.path, sizeof photo.path, "%s", path);
		assert_int_equal(report_media_settle(fixture->db, &photo, &fixture->err), 1);
	}
	return report;
}

static int64_t appointment_at(struct fixture *fixture, const struct correspondent *who, int64_t start)
{
	struct appointment appointment = {.who = *who,
		.state = APPOINTMENT_BOOKED,
		.start = start,
		.minutes = 15,
		.office = "anagrafe",
		.name = "Anna segreta",
		.note = "segreto di Anna"};

	assert_int_equal(appointment_book(fixture->db, &appointment, now, &fixture->err), 1);
	return appointment.id;
}

static void inbox_at(struct fixture *fixture, const char *sender, int64_t at)
{
	struct inbox_message message = {.at = at, .kind = "sms", .text = "segreto di Anna", .text_length = 15};
	int64_t id;

	snprintf(message.sender, sizeof message.sender, "%s", sender);
	assert_ok(inbox_add(fixture->db, &message, &id, &fixture->err));
}

static void test_in_time(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = {.channel = CHANNEL_WHATSAPP, .address = "IT.anna"};
	const struct retention_policy policy = {
		.inbox = 10LL * DAY, .reports = 100LL * DAY, .media = 30LL * DAY, .appointments = 50LL * DAY};
	struct retention_done done;
	char litter[8][REPORT_PATH_MAX];

	int64_t open = report_at(fixture, &anna, "open.jpg", now - 900LL * DAY);
	int64_t old = report_at(fixture, &anna, "old.jpg", now - 800LL * DAY);
	int64_t mid = report_at(fixture, &anna, "mid.jpg", now - 700LL * DAY);
	int64_t folded = report_at(fixture, &anna, NULL, now - 600LL * DAY);
	assert_ok(report_close(fixture->db, old, "u", "", now - 101LL * DAY, &fixture->err));
	assert_ok(report_close(fixture->db, mid, "u", "", now - 31LL * DAY, &fixture->err));
	assert_ok(report_fold(fixture->db, folded, old, "u", now - 99LL * DAY, &fixture->err));
	appointment_at(fixture, &anna, now - 51LL * DAY);
	appointment_at(fixture, &anna, now - 49LL * DAY);
	inbox_at(fixture, "+39333", now - 11LL * DAY);
	inbox_at(fixture, "+39333", now - 9LL * DAY);

	assert_ok(retention_run(fixture->db, &policy, now, 500, &done, &fixture->err));
	assert_int_equal(done.inbox, 1);
	assert_int_equal(done.reports, 1);
	assert_int_equal(done.media, 1);
	assert_int_equal(done.appointments, 1);
	assert_false(done.more);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report"), 3);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM report_event WHERE report_id NOT IN (SELECT id FROM report)"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report WHERE duplicate_of IS NOT NULL"), 0);
	assert_int_equal(ask(fixture, "SELECT min(at) FROM inbox"), now - 9LL * DAY);
	assert_int_equal(retention_litter(fixture->db, litter, 8, &fixture->err), 2);
	assert_string_equal(litter[0], "mid.jpg");
	assert_string_equal(litter[1], "old.jpg");
	assert_ok(retention_litter_gone(fixture->db, "mid.jpg", &fixture->err));
	assert_int_equal(retention_litter(fixture->db, litter, 8, &fixture->err), 1);
	/* Still open, however old. */
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_item WHERE path = 'open.jpg' AND media = 2"), 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_item WHERE media = 4 AND path IS NULL"), 1);
	(void)open;

	assert_ok(retention_run(fixture->db, &policy, now, 500, &done, &fixture->err));
	assert_int_equal(done.inbox + done.reports + done.media + done.appointments, 0);
	/* For ever. */
	assert_ok(retention_run(
		fixture->db, &(struct retention_policy){0}, now + 9000LL * DAY, 500, &done, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report"), 3);
}

static void test_bounded(void **state)
{
	struct fixture *fixture = *state;
	const struct retention_policy policy = {.inbox = DAY};
	struct retention_done done;

	for (int i = 0; i < 25; i++)
		inbox_at(fixture, "+39333", now - 10LL * DAY + i);
	for (int left = 15; left >= 5; left -= 10) {
		assert_ok(retention_run(fixture->db, &policy, now, 10, &done, &fixture->err));
		assert_int_equal(done.inbox, 10);
		assert_true(done.more);
		assert_int_equal(ask(fixture, "SELECT count(*) FROM inbox"), left);
	}
	assert_ok(retention_run(fixture->db, &policy, now, 10, &done, &fixture->err));
	assert_int_equal(done.inbox, 5);
	assert_false(done.more);
}

static bool file_holds(const char *path, const char *words)
{
	char *octets = NULL;
	FILE *file = fopen(path, "r");
	long size;

	if (!file)
		return false;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	octets = malloc((size_t)size + 1);
	assert_non_null(octets);
	size_t got = fread(octets, 1, (size_t)size, file);
	fclose(file);
	bool found = memmem(octets, got, words, strlen(words)) != NULL;
	free(octets);
	return found;
}

static void check_nothing_left(struct fixture *fixture)
{
	static const char *const words[] = {
		"segret", "+393330000001", "IT.anna-wa-id", "foto-di-anna-id", "caro signore"};
	char wal[160];

	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_ok(db_scrub(fixture->db, &fixture->err));
	snprintf(wal, sizeof wal, "%s-wal", fixture->path);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (file_holds(fixture->path, words[i]) || file_holds(wal, words[i]))
			fail_msg("\"%s\" is still in the file", words[i]);
}

/* A report and an appointment by each of the two channels, in every state of media. */
static void scene(struct fixture *fixture, int64_t id)
{
	struct correspondent sms = {.subscriber_id = id, .channel = CHANNEL_SMS, .address = "+393330000001"};
	struct correspondent wired = {.channel = CHANNEL_WHATSAPP, .address = "IT.anna-wa-id"};
	struct report_item wanted = {.kind = REPORT_MEDIA, .media = MEDIA_WANTED, .media_id = "foto-di-anna-id"};
	int64_t item;

	int64_t first = report_at(fixture, &sms, "a.jpg", now - 3LL * DAY);
	int64_t second = report_at(fixture, &wired, "b.jpg", now - 3LL * DAY);
	assert_ok(report_append(fixture->db, second, &wanted, now, &item, &fixture->err));
	assert_ok(report_reply(fixture->db, first, "ugo", "caro signore segreto", 0, now, &fixture->err));
	assert_ok(report_close(fixture->db, second, "ugo", "segreto", now - DAY, &fixture->err));
	appointment_at(fixture, &sms, now + DAY);
	appointment_at(fixture, &wired, now - DAY);
	inbox_at(fixture, "+393330000001", now);
	inbox_at(fixture, "IT.anna-wa-id", now);
}

static void check_shells(struct fixture *fixture)
{
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report WHERE address = '' AND subscriber_id IS NULL AND "
				      "state = 4 AND items = 0"),
		2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_item"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM appointment WHERE address = '' AND name = ''"), 2);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM appointment WHERE state <= 4 AND start > 1728000000000"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM media_litter"), 2);
}

static void test_subscriber_erased(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber fields = {.phone = "+393330000001", .whatsapp_id = "IT.anna-wa-id"};
	struct consent consent = {.clock = "ntp", .channel = "sms", .words = "ATTIVA segreto"};
	int64_t id;
	int was;

	assert_ok(subscriber_join(fixture->db, &fields, &consent, 1000, &id, &was, &fixture->err));
	scene(fixture, id);
	assert_ok(subscriber_forget(fixture->db, id, now, &fixture->err));
	check_shells(fixture);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM forgotten"), 1);
	assert_int_equal(ask(fixture, "SELECT closed_at FROM report WHERE id = 1"), now);
	assert_int_equal(ask(fixture, "SELECT closed_at FROM report WHERE id = 2"), now - DAY);
	check_nothing_left(fixture);
}

static void test_stranger_erased(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent other = {.channel = CHANNEL_SMS, .address = "+393330000002"};
	int rows = 0;

	scene(fixture, 0);
	int64_t theirs = report_at(fixture, &other, NULL, now);
	assert_ok(correspondent_forget(fixture->db, "+393330000001", now, &rows, &fixture->err));
	assert_true(rows > 0);
	assert_ok(correspondent_forget(fixture->db, "IT.anna-wa-id", now, &rows, &fixture->err));
	assert_true(rows > 0);
	assert_ok(correspondent_forget(fixture->db, "+393330000001", now, &rows, &fixture->err));
	assert_int_equal(rows, 0);
	/* An erased one's empty address is nobody's. */
	assert_ok(correspondent_forget(fixture->db, "", now, &rows, &fixture->err));
	assert_int_equal(rows, 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_item"), 1);
	assert_int_equal(ask(fixture, "SELECT state FROM report WHERE address = '+393330000002'"), REPORT_NEW);
	assert_ok(correspondent_forget(fixture->db, other.address, now, &rows, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report WHERE address <> ''"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM forgotten"), 0);
	(void)theirs;
	check_nothing_left(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_time, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_subscriber_erased, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stranger_erased, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
