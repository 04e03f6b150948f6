/* Lists a page at a time, and the figures of a pilot phase. */
#include "tests/unit/db_support.h"

#include "db/audit.h"
#include "db/inbox.h"
#include "db/paging.h"
#include "db/report.h"
#include "db/stats.h"

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) != 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

/* ---- subscribers ------------------------------------------------------------------------------------------------- */

static void people(struct fixture *fixture, int count)
{
	char phone[24];

	for (int i = 1; i <= count; i++) {
		snprintf(phone, sizeof phone, "+39333%07d", i);
		join(fixture, phone, i % 2 ? "centro" : "monte", "");
	}
}

static void test_subscriber_pages(void **state)
{
	struct fixture *fixture = *state;
	struct paging paging = {.limit = 10};
	const struct paging_people any = {.state = SUBSCRIBER_ACTIVE};
	int64_t ids[PAGING_MAX], total = 0, seen = 0, last = 0;
	int count;

	people(fixture, 25);
	while ((count = paging_subscribers(fixture->db, &paging, &any, ids, &total, &fixture->err)) > 0) {
		assert_int_equal(total, 25);
		for (int i = 0; i < count; i++) {
			assert_true(ids[i] > last); /* each once, in order */
			last = ids[i];
		}
		seen += count;
		paging.after = last;
	}
	assert_int_equal(count, 0);
	assert_int_equal(seen, 25);
}

static const struct {
	const char *search, *zone;
	int64_t total;
} searches[] = {
	{NULL, NULL, 12},
	{"", NULL, 12},
	{"0000012", NULL, 1},
	{"+3933300000", NULL, 12},
	{"000001", NULL, 4}, /* 1, 10, 11, 12 */
	{NULL, "centro", 6},
	{"0000012", "centro", 0},
	{"0000012", "monte", 1},
	{"%", NULL, 1}, /* signs of the search are none of the query's */
	{"_", NULL, 0},
	{"\\", NULL, 0},
	{"' OR 1=1 --", NULL, 0},
	{"50%", NULL, 1},
	{"ROSSI", NULL, 1},
	{"nobody", NULL, 0},
};

static void test_subscriber_search(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber person;
	int64_t ids[PAGING_MAX], total = 0;

	people(fixture, 12);
	assert_ok(subscriber_find(fixture->db, "+393330000001", &person, &fixture->err));
	strcpy(person.name, "Rossi 50%");
	assert_ok(subscriber_update(fixture->db, person.id, &person, &fixture->err));
	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		const struct paging paging = {.limit = 100, .search = searches[i].search};
		const struct paging_people people_of = {.zone = searches[i].zone};
		int count = paging_subscribers(fixture->db, &paging, &people_of, ids, &total, &fixture->err);
		if (count != searches[i].total || total != searches[i].total)
			fail_msg("\"%s\": %d of %lld", searches[i].search ? searches[i].search : "", count,
				(long long)total);
	}
}

static void test_limits(void **state)
{
	struct fixture *fixture = *state;
	char search[1024];
	struct paging paging = {.limit = 100000};
	const struct paging_people any = {0};
	int64_t ids[PAGING_MAX], total = 0;

	people(fixture, PAGING_MAX + 5);
	assert_int_equal(paging_subscribers(fixture->db, &paging, &any, ids, &total, &fixture->err), PAGING_MAX);
	paging.limit = -1;
	assert_int_equal(paging_subscribers(fixture->db, &paging, &any, ids, &total, &fixture->err), 1);
	memset(search, '%', sizeof search - 1); /* longer than any search is looked at */
	search[sizeof search - 1] = '\0';
	paging.search = search;
	assert_int_equal(paging_subscribers(fixture->db, &paging, &any, ids, &total, &fixture->err), 0);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static int64_t message(struct fixture *fixture, enum message_kind kind, int64_t now)
{
	struct message it = message_of(kind, "", kind == MESSAGE_NEWS ? "viabilita" : "");

	assert_ok(message_create(fixture->db, &it, false, false, now, &fixture->err));
	return it.id;
}

static void reach(struct fixture *fixture, const char *sql)
{
	assert_ok(db_script(fixture->db, sql, &fixture->err));
}

static void test_message_pages(void **state)
{
	struct fixture *fixture = *state;
	struct paging paging = {.limit = 2};
	int64_t ids[PAGING_MAX], total = 0;

	people(fixture, 1);
	for (int i = 0; i < 3; i++) {
		message(fixture, MESSAGE_ALERT, 1000);
		message(fixture, MESSAGE_NEWS, 1000);
	}
	assert_int_equal(paging_messages(fixture->db, &paging, 1U << MESSAGE_ALERT, ids, &total, &fixture->err), 2);
	assert_int_equal(total, 3);
	assert_int_equal(ids[0], 5); /* the newest first */
	assert_int_equal(ids[1], 3);
	paging.after = 3;
	assert_int_equal(paging_messages(fixture->db, &paging, 1U << MESSAGE_ALERT, ids, &total, &fixture->err), 1);
	assert_int_equal(ids[0], 1);
}

static bool count_one(void *context, const struct paging_recipient *recipient)
{
	int *count = context;

	assert_true(recipient->address[0] == '+');
	return ++*count < 1000;
}

struct curve {
	int64_t steps[8], people[8];
	int count;
};

static bool curve_add(void *context, int64_t step, enum outbox_channel channel, int64_t people_of)
{
	struct curve *curve = context;

	assert_int_equal(channel, OUTBOX_SMS);
	curve->steps[curve->count] = step;
	curve->people[curve->count++] = people_of;
	return true;
}

static void test_recipients(void **state)
{
	struct fixture *fixture = *state;
	const struct paging paging = {.limit = 100};
	struct curve curve = {.count = 0};
	int64_t total = 0;
	int count = 0;

	people(fixture, 10);
	int64_t id = message(fixture, MESSAGE_ALERT, 1000);
	reach(fixture, "UPDATE outbox SET reached = 1, state = 3, changed_at = 1000 + id * 600 WHERE id <= 4");
	assert_ok(paging_recipients(fixture->db, id, &paging, 0, count_one, &count, &total, &fixture->err));
	assert_int_equal(count, 6);
	assert_int_equal(total, 6);
	assert_ok(paging_recipients(fixture->db, id, &paging, -1, count_one, &count, &total, &fixture->err));
	assert_int_equal(total, 10);
	assert_ok(paging_curve(fixture->db, id, 1000, curve_add, &curve, &fixture->err));
	assert_int_equal(curve.count, 3); /* 0.6 s; 1.2 s and 1.8 s; 2.4 s */
	assert_int_equal(curve.people[1], 2);
	assert_int_equal(curve.steps[2], 2);
	count = 0;
	assert_ok(paging_recipients(fixture->db, id + 1, &paging, -1, count_one, &count, &total, &fixture->err));
	assert_int_equal(count + total, 0); /* no such message */
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

static bool row_note(void *context, const struct audit_row *row)
{
	int64_t *last = context;

	assert_true(*last == 0 || row->id < *last);
	*last = row->id;
	return true;
}

static void test_audit_pages(void **state)
{
	struct fixture *fixture = *state;
	int64_t last = 0;

	for (int i = 0; i < 5; i++)
		assert_ok(audit_add(fixture->db, 1000 + i, "ntp", i == 2 ? "Anna" : "Bruno", "console", "login",
			"192.0.2.1", &fixture->err));
	assert_ok(audit_page(fixture->db, 0, 2, NULL, row_note, &last, &fixture->err));
	assert_int_equal(last, 4);
	assert_ok(audit_page(fixture->db, last, 2, "", row_note, &last, &fixture->err));
	assert_int_equal(last, 2);
	last = 0;
	assert_ok(audit_page(fixture->db, 0, 10, "anna", row_note, &last, &fixture->err));
	assert_int_equal(last, 3);
}

/* ---- the pilot's figures ----------------------------------------------------------------------------------------- */

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

static bool day_add(void *context, const struct stats_day *day)
{
	struct stats_day **next = context;

	*(*next)++ = *day;
	return true;
}

static void test_stats(void **state)
{
	struct fixture *fixture = *state;
	const struct correspondent from = {.channel = CHANNEL_SMS, .address = "+393331112222"};
	const struct report_item item = {.kind = REPORT_TEXT, .text = "buca", .text_length = 4};
	struct stats_day days[8], *next = days;
	struct stats stats;
	int64_t report, id;
	bool fresh;

	people(fixture, 10); /* joined in the first second of 1970 */
	message(fixture, MESSAGE_ALERT, DAY + HOUR);
	message(fixture, MESSAGE_NEWS, 2 * DAY);
	reach(fixture,
		"UPDATE outbox SET reached = 1, state = 3, changed_at = 90030000 WHERE message_id = 1 AND id <= 6;"
		"UPDATE outbox SET reached = 1, state = 3, changed_at = 90400000 WHERE id = 7;"
		"UPDATE outbox SET state = 4 WHERE id = 8; UPDATE outbox SET state = 5 WHERE id = 9");
	assert_ok(report_write(fixture->db, &from, &item, 0, DAY + 2 * HOUR, &report, &id, &fresh, &fixture->err));
	assert_ok(report_reply(fixture->db, report, "Anna", "Grazie", 0, DAY + 5 * HOUR, &fixture->err));

	assert_ok(stats_read(fixture->db, DAY, 3 * DAY, &stats, &fixture->err));
	assert_int_equal(stats.alerts.messages, 1);
	assert_int_equal(stats.alerts.recipients, 10);
	assert_int_equal(stats.alerts.reached, 7);
	assert_int_equal(stats.alerts.by_sms, 7);
	assert_int_equal(stats.alerts.within_minute, 6);
	assert_int_equal(stats.alerts.within_5_minutes, 6);
	assert_int_equal(stats.alerts.within_15_minutes, 7);
	assert_int_equal(stats.alerts.failed, 1);
	assert_int_equal(stats.alerts.unknown, 1);
	assert_int_equal(stats.news.messages, 1);
	assert_int_equal(stats.joined, 0);
	assert_int_equal(stats.active, 10);
	assert_int_equal(stats.reports, 1);
	assert_int_equal(stats.reports_answered, 1);
	assert_int_equal(stats.answer_ms, 3 * HOUR);
	assert_ok(stats_read(fixture->db, 0, DAY, &stats, &fixture->err));
	assert_int_equal(stats.joined, 10);
	assert_int_equal(stats.alerts.messages + stats.reports, 0);

	assert_ok(stats_each_day(fixture->db, 0, 3 * DAY, HOUR, day_add, &next, &fixture->err));
	assert_int_equal(next - days, 2);
	assert_int_equal(days[0].day, 1);
	assert_int_equal(days[0].reached, 7);
	assert_int_equal(days[0].reports, 1);
	assert_int_equal(days[1].messages, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transaction_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_subscriber_pages),
		TEST(test_subscriber_search),
		TEST(test_limits),
		TEST(test_message_pages),
		TEST(test_recipients),
		TEST(test_audit_pages),
		TEST(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
