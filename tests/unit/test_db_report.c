/* Reports: what belongs together, what is stored as written, and what the office does about it. */
#include "tests/unit/db_support.h"

#include "db/report.h"
#include "tests/unit/hostile.h"

enum { MINUTE = 60000, JOIN = 10 * MINUTE };

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static struct correspondent sms_of(const char *phone)
{
	struct correspondent from = {.channel = CHANNEL_SMS};

	snprintf(from.address, sizeof from.address, "%s", phone);
	return from;
}

static struct report_item text_of(const char *text)
{
	return (struct report_item){.kind = REPORT_TEXT, .text = text, .text_length = (int32_t)strlen(text)};
}

static int64_t write_item(
	struct fixture *fixture, const struct correspondent *from, struct report_item item, int64_t now, bool *fresh)
{
	int64_t report = 0, id = 0;

	assert_ok(report_write(fixture->db, from, &item, JOIN, now, &report, &id, fresh, &fixture->err));
	return report;
}

static int64_t write_text(
	struct fixture *fixture, const struct correspondent *from, const char *text, int64_t now, bool *fresh)
{
	return write_item(fixture, from, text_of(text), now, fresh);
}

static struct report get(struct fixture *fixture, int64_t id)
{
	struct report report = {0};

	assert_int_equal(report_get(fixture->db, id, &report, &fixture->err), 1);
	return report;
}

static void test_what_belongs_together(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = sms_of("+393330000001"), bruno = sms_of("+393330000002"), wired = anna;
	struct report_item photo = {
		.kind = REPORT_MEDIA, .media = MEDIA_WANTED, .media_id = "m1", .mime = "image/jpeg"};
	struct report_item voice = {.kind = REPORT_MEDIA, .media = MEDIA_WANTED, .media_id = "m2", .mime = "audio/ogg"};
	struct report_item place = {.kind = REPORT_LOCATION, .latitude = 42.8323, .longitude = 11.5846};
	int64_t now = 1000 * (int64_t)JOIN;
	bool fresh;

	wired.channel = CHANNEL_WHATSAPP;
	int64_t first = write_text(fixture, &anna, "C'è una buca", now, &fresh);
	assert_true(fresh);
	assert_int_equal(write_text(fixture, &anna, "in via Roma", now + 9 * MINUTE, &fresh), first);
	assert_false(fresh);
	/* Ten minutes after the last, not after the first. */
	assert_int_equal(write_item(fixture, &anna, photo, now + 19 * MINUTE, &fresh), first);
	assert_int_equal(write_item(fixture, &anna, voice, now + 19 * MINUTE, &fresh), first);
	assert_int_equal(write_item(fixture, &anna, place, now + 19 * MINUTE, &fresh), first);
	assert_int_equal(get(fixture, first).items, 5);
	/* Somebody else, another channel, and too late are other reports. */
	assert_int_not_equal(write_text(fixture, &bruno, "x", now + MINUTE, &fresh), first);
	assert_true(fresh);
	assert_int_not_equal(write_text(fixture, &wired, "x", now + 20 * MINUTE, &fresh), first);
	int64_t later = write_text(fixture, &anna, "altro", now + 29 * MINUTE + 1, &fresh);
	assert_int_not_equal(later, first);
	assert_true(fresh);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_event WHERE act = 1"), 4);

	/* Closed is closed; a clock that went far back joins nothing. */
	assert_int_equal(report_close(fixture->db, later, "u", "", now + 30 * MINUTE, &fixture->err), 1);
	int64_t again = write_text(fixture, &anna, "e poi", now + 31 * MINUTE, &fresh);
	assert_int_not_equal(again, later);
	assert_int_not_equal(write_text(fixture, &anna, "ieri", now - 500 * MINUTE, &fresh), again);
}

static void test_by_subscriber(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent before = sms_of("+393330000001"), after = sms_of("+393330000009");
	bool fresh;

	before.subscriber_id = after.subscriber_id = join(fixture, "+393330000001", "", "");
	int64_t id = write_text(fixture, &before, "uno", 1000000, &fresh);
	assert_int_equal(write_text(fixture, &after, "due", 1000001, &fresh), id);
	assert_false(fresh);
}

static void test_bounds(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = sms_of("+393330000001"), nobody = sms_of(""), longest = sms_of("");
	struct report_item bad = {.kind = REPORT_LOCATION, .latitude = 91};
	int64_t report, item;
	bool fresh;

	int64_t first = write_text(fixture, &anna, "1", 1, &fresh);
	for (int i = 1; i < REPORT_ITEMS_MAX; i++)
		assert_int_equal(write_text(fixture, &anna, "n", 1, &fresh), first);
	assert_int_not_equal(write_text(fixture, &anna, "n", 1, &fresh), first);
	assert_true(fresh);

	assert_int_equal(report_write(fixture->db, &anna, &bad, JOIN, 1, &report, &item, &fresh, &fixture->err), -1);
	bad = text_of("x");
	bad.text_length = REPORT_TEXT_MAX + 1;
	assert_int_equal(report_write(fixture->db, &anna, &bad, JOIN, 1, &report, &item, &fresh, &fixture->err), -1);
	bad = text_of("x");
	assert_int_equal(report_write(fixture->db, &nobody, &bad, JOIN, 1, &report, &item, &fresh, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_true(db_in_transaction(fixture->db));

	memset(longest.address, 'W', sizeof longest.address - 1);
	longest.channel = CHANNEL_WHATSAPP;
	int64_t id = write_text(fixture, &longest, "x", 1, &fresh);
	assert_string_equal(get(fixture, id).from.address, longest.address);
}

struct items {
	int count;
	struct report_item last;
	char text[1024];
};

static bool keep_item(void *context, const struct report_item *item)
{
	struct items *items = context;

	items->count++;
	items->last = *item;
	assert_true(item->text_length < (int)sizeof items->text);
	memcpy(items->text, item->text, (size_t)item->text_length + 1);
	return true;
}

static void test_stored_as_written(void **state)
{
	struct fixture *fixture = *state;
	static const char nul[] = "prima\0dopo";
	struct report_item item = {.kind = REPORT_TEXT, .text = nul, .text_length = sizeof nul - 1, .inbox_id = 77};
	struct correspondent from = sms_of("+393330000001");
	bool fresh;

	for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
		struct items items = {0};
		/* Each by a person of its own, named by the text itself as a WhatsApp id might be. */
		snprintf(from.address, sizeof from.address, "%s", hostile_texts[i]);
		int64_t id = write_text(fixture, &from, hostile_texts[i], 5, &fresh);
		assert_ok(report_item_each(fixture->db, id, keep_item, &items, &fixture->err));
		assert_int_equal(items.count, 1);
		assert_string_equal(items.text, hostile_texts[i]);
		assert_string_equal(get(fixture, id).summary, hostile_texts[i]);
		assert_string_equal(get(fixture, id).from.address, from.address);
	}
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report"), HOSTILE_TEXTS);

	struct items items = {0};
	from = sms_of("+393330000002");
	int64_t id = write_item(fixture, &from, item, 5, &fresh);
	assert_ok(report_item_each(fixture->db, id, keep_item, &items, &fixture->err));
	assert_int_equal(items.last.text_length, sizeof nul - 1);
	assert_memory_equal(items.text, nul, sizeof nul);
	assert_int_equal(items.last.inbox_id, 77);
}

static void test_location_and_summary(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = sms_of("+393330000001");
	struct report_item place = {
		.kind = REPORT_LOCATION, .latitude = -42.8323, .longitude = 11.5846, .media = MEDIA_WANTED};
	struct items items = {0};
	char wide[400];
	bool fresh;

	int64_t id = write_item(fixture, &anna, place, 5, &fresh);
	assert_string_equal(get(fixture, id).summary, "");
	assert_ok(report_item_each(fixture->db, id, keep_item, &items, &fixture->err));
	assert_true(items.last.latitude == -42.8323 && items.last.longitude == 11.5846);
	assert_int_equal(items.last.media, MEDIA_NONE);

	/* A long one is cut at a character's edge. */
	memset(wide, 0, sizeof wide);
	for (int i = 0; i < 130; i++)
		memcpy(wide + 3 * i, "\xE2\x82\xAC", 3);
	write_text(fixture, &anna, wide, 6, &fresh);
	assert_int_equal(strlen(get(fixture, id).summary), 255);
}

struct events {
	int count;
	char acts[16];
	char text[256];
	int64_t message;
};

static bool keep_event(void *context, const struct report_event *event)
{
	struct events *events = context;

	events->acts[events->count++] = (char)('0' + event->act);
	snprintf(events->text, sizeof events->text, "%s: %s", event->who, event->text);
	events->message = event->message_id;
	return true;
}

static void test_life(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = sms_of("+393330000001");
	struct events events = {0};
	bool fresh;

	int64_t id = write_text(fixture, &anna, "Lampione spento", 100, &fresh);
	assert_int_equal(get(fixture, id).state, REPORT_NEW);
	assert_int_equal(report_assign(fixture->db, id, "tecnico", "maria", 200, &fixture->err), 1);
	assert_int_equal(get(fixture, id).state, REPORT_ASSIGNED);
	assert_string_equal(get(fixture, id).office, "tecnico");
	assert_int_equal(report_reply(fixture->db, id, "maria", "Ripariamo domani", 42, 300, &fixture->err), 1);
	assert_int_equal(get(fixture, id).state, REPORT_ANSWERED);
	assert_int_equal(get(fixture, id).answered_at, 300);
	/* The person writes on: it is the office's again, but was answered when it was. */
	assert_int_equal(write_text(fixture, &anna, "grazie, è al civico 4", 400, &fresh), id);
	assert_int_equal(get(fixture, id).state, REPORT_ASSIGNED);
	assert_int_equal(report_reply(fixture->db, id, "ugo", "=1+1", 43, 500, &fixture->err), 1);
	assert_int_equal(get(fixture, id).answered_at, 300);
	assert_int_equal(report_close(fixture->db, id, "ugo", "fatto", 600, &fixture->err), 1);
	assert_int_equal(report_close(fixture->db, id, "ugo", "", 700, &fixture->err), 1);
	assert_int_equal(get(fixture, id).closed_at, 600);
	assert_int_equal(report_assign(fixture->db, id, "anagrafe", "ugo", 800, &fixture->err), 1);
	assert_int_equal(get(fixture, id).state, REPORT_CLOSED);
	assert_int_equal(report_reply(fixture->db, id, "maria", "ancora noi", 44, 900, &fixture->err), 1);
	assert_int_equal(get(fixture, id).state, REPORT_ANSWERED);
	assert_int_equal(get(fixture, id).closed_at, 0);

	assert_ok(report_event_each(fixture->db, id, keep_event, &events, &fixture->err));
	assert_string_equal(events.acts, "12334423");
	assert_string_equal(events.text, "maria: ancora noi");
	assert_int_equal(events.message, 44);

	assert_int_equal(report_assign(fixture->db, 4711, "tecnico", "u", 1, &fixture->err), 0);
	assert_int_equal(report_reply(fixture->db, 4711, "u", "x", 0, 1, &fixture->err), 0);
	assert_int_equal(report_close(fixture->db, 4711, "u", "", 1, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_event WHERE report_id = 4711"), 0);
}

struct numbers {
	int count;
	int64_t id[16];
};

static bool keep_number(void *context, const struct report *report)
{
	struct numbers *numbers = context;

	numbers->id[numbers->count++] = report->id;
	return true;
}

static void test_fold(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent who[4] = {
		sms_of("+393330000001"), sms_of("+393330000002"), sms_of("+393330000003"), sms_of("+393330000004")};
	struct report_filter filter = {0};
	struct numbers numbers = {0};
	int64_t id[4];
	bool fresh;

	for (int i = 0; i < 4; i++)
		id[i] = write_text(fixture, &who[i], "la stessa buca", 100 + i, &fresh);
	assert_int_equal(report_fold(fixture->db, id[2], id[1], "u", 200, &fixture->err), 1);
	assert_int_equal(report_fold(fixture->db, id[1], id[0], "u", 300, &fixture->err), 1);
	assert_int_equal(get(fixture, id[2]).duplicate_of, id[0]);
	assert_int_equal(get(fixture, id[1]).duplicate_of, id[0]);
	assert_int_equal(get(fixture, id[1]).state, REPORT_CLOSED);

	assert_int_equal(report_fold(fixture->db, id[0], id[0], "u", 300, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_REFUSED);
	assert_int_equal(report_fold(fixture->db, id[0], id[1], "u", 300, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, "duplicate itself"));
	assert_int_equal(report_fold(fixture->db, id[3], 4711, "u", 300, &fixture->err), -1);
	assert_int_equal(report_fold(fixture->db, 4711, id[0], "u", 300, &fixture->err), 0);
	assert_true(db_in_transaction(fixture->db));

	/* Its sender writes on: to their own number. */
	assert_int_equal(write_text(fixture, &who[2], "e c'è anche acqua", 400, &fresh), id[2]);

	filter.duplicates_of = id[0];
	assert_ok(report_each(fixture->db, &filter, 10, keep_number, &numbers, &fixture->err));
	assert_int_equal(numbers.count, 2);
	filter = (struct report_filter){.no_duplicates = true};
	numbers.count = 0;
	assert_ok(report_each(fixture->db, &filter, 10, keep_number, &numbers, &fixture->err));
	assert_int_equal(numbers.count, 2);
	assert_int_equal(numbers.id[0], id[3]);
	filter = (struct report_filter){.states = 1U << REPORT_NEW};
	numbers.count = 0;
	assert_ok(report_each(fixture->db, &filter, 10, keep_number, &numbers, &fixture->err));
	assert_int_equal(numbers.count, 2);
	filter = (struct report_filter){.address = who[3].address, .office = "tecnico"};
	numbers.count = 0;
	assert_ok(report_each(fixture->db, &filter, 10, keep_number, &numbers, &fixture->err));
	assert_int_equal(numbers.count, 0);
	assert_ok(report_assign(fixture->db, id[3], "tecnico", "u", 1, &fixture->err));
	assert_ok(report_each(fixture->db, &filter, 10, keep_number, &numbers, &fixture->err));
	assert_int_equal(numbers.count, 1);
}

static void test_media(void **state)
{
	struct fixture *fixture = *state;
	struct correspondent anna = sms_of("+393330000001");
	struct report_item photo = {
		.kind = REPORT_MEDIA, .media = MEDIA_WANTED, .media_id = "wa.1", .mime = "image/jpeg"};
	static const char *const escapes[] = {"../x", "/etc/passwd", ".hidden", "a/b", ""};
	struct items items = {0};
	int64_t total = -1;
	bool fresh;

	int64_t id = write_item(fixture, &anna, photo, 5, &fresh);
	write_item(fixture, &anna, photo, 5, &fresh);
	assert_ok(report_media_wanted(fixture->db, 10, keep_item, &items, &fixture->err));
	assert_int_equal(items.count, 2);
	assert_string_equal(items.last.media_id, "wa.1");

	struct report_item settled = items.last;
	settled.media = MEDIA_KEPT;
	settled.size = 12345;
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		snprintf(settled.path, sizeof settled.path, "%s", escapes[i]);
		assert_int_equal(report_media_settle(fixture->db, &settled, &fixture->err), -1);
	}
	strcpy(settled.path, "1-2.jpg");
	memset(settled.sha256, 'a', 64);
	assert_int_equal(report_media_settle(fixture->db, &settled, &fixture->err), 1);
	assert_int_equal(report_media_settle(fixture->db, &settled, &fixture->err), 0);
	settled.id--;
	assert_int_equal(report_media_settle(fixture->db, &settled, &fixture->err), -1); /* one path, one item */
	settled.media = MEDIA_REFUSED;
	assert_int_equal(report_media_settle(fixture->db, &settled, &fixture->err), 1);
	items.count = 0;
	assert_ok(report_media_wanted(fixture->db, 10, keep_item, &items, &fixture->err));
	assert_int_equal(items.count, 0);
	assert_ok(report_media_total(fixture->db, &total, &fixture->err));
	assert_int_equal(total, 12345);
	assert_ok(report_item_each(fixture->db, id, keep_item, &items, &fixture->err));
	assert_int_equal(items.last.media, MEDIA_KEPT);
	assert_string_equal(items.last.path, "1-2.jpg");
	assert_int_equal(items.last.sha256[63], 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_belongs_together, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_by_subscriber, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_bounds, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stored_as_written, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_location_and_summary, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_life, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_fold, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_media, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
