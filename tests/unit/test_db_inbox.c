/* What arrives, what the SIMs have done, and the audit trail. */
#include "tests/unit/db_support.h"

#include "db/audit.h"
#include "db/inbox.h"
#include "db/sim.h"

enum { DAY_MS = 86400000 };

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static void test_seen(void **state)
{
	struct fixture *fixture = *state;
	static const uint8_t pdu[] = {7, 0, 1, 0, 2}, other[] = {7, 0, 1, 0, 3};
	const int64_t now = 100LL * DAY_MS;

	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 5, now, &fixture->err), 1);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 5, now + 1, &fixture->err), 0);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", other, 5, now, &fixture->err), 1);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 4, now, &fixture->err), 1);
	assert_int_equal(inbox_fresh(fixture->db, "sim2", pdu, 5, now, &fixture->err), 1);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 5, now + 7LL * DAY_MS - 1, &fixture->err), 0);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 5, now + 7LL * DAY_MS, &fixture->err), 1);
	assert_int_equal(inbox_fresh(fixture->db, "sim1", pdu, 5, now + 8LL * DAY_MS, &fixture->err), 0);
	assert_ok(inbox_forget_seen(fixture->db, now + 8LL * DAY_MS, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM inbox_seen"), 1);
}

struct seen {
	int count;
	char text[256];
};

static bool keep_text(void *context, const struct inbox_message *message)
{
	struct seen *seen = context;

	seen->count++;
	snprintf(seen->text, sizeof seen->text, "%s %s %s %s %s %.*s %d", message->kind, message->bearer,
		message->sender, message->answer, message->raw ? "raw" : "-", message->text_length, message->text,
		message->raw_length);
	return true;
}

static void test_messages(void **state)
{
	struct fixture *fixture = *state;
	struct inbox_message sms = {.at = 5,
		.sent_at = 4,
		.kind = "sms",
		.bearer = "m1",
		.sender = "+39333",
		.answer = "none",
		.text = "'; DROP TABLE inbox; --",
		.text_length = 23};
	struct inbox_message data = {.kind = "data", .raw = (const uint8_t *)"\0\1\2", .raw_length = 3};
	struct seen seen = {0};
	int64_t id, second;

	assert_ok(inbox_add(fixture->db, &sms, &id, &fixture->err));
	assert_ok(inbox_add(fixture->db, &data, &second, &fixture->err));
	assert_ok(inbox_set_answer(fixture->db, id, "joined", &fixture->err));
	assert_ok(inbox_each(fixture->db, id, 10, keep_text, &seen, &fixture->err));
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.text, "sms m1 +39333 joined - '; DROP TABLE inbox; -- 0");
	assert_ok(inbox_each(fixture->db, 0, 10, keep_text, &seen, &fixture->err));
	assert_int_equal(seen.count, 3);
	assert_ok(inbox_each(fixture->db, 0, 1, keep_text, &seen, &fixture->err));
	assert_int_equal(seen.count, 4);
	assert_string_equal(seen.text, "data    raw  3");
}

static void test_parts(void **state)
{
	struct fixture *fixture = *state;
	struct inbox_part parts[8];
	char sim[24];

	assert_ok(inbox_part_add(
		fixture->db, "sim1", "+39333", 7, 8, 3, 2, (const uint8_t *)"two", 3, 100, &fixture->err));
	assert_ok(inbox_part_add(
		fixture->db, "sim1", "+39333", 7, 8, 3, 1, (const uint8_t *)"one", 3, 110, &fixture->err));
	/* Alike but for one thing each: other groups. */
	assert_ok(
		inbox_part_add(fixture->db, "sim2", "+39333", 7, 8, 3, 1, (const uint8_t *)"x", 1, 120, &fixture->err));
	assert_ok(
		inbox_part_add(fixture->db, "sim1", "+39334", 7, 8, 3, 1, (const uint8_t *)"x", 1, 120, &fixture->err));
	assert_ok(
		inbox_part_add(fixture->db, "sim1", "+39333", 8, 8, 3, 1, (const uint8_t *)"x", 1, 120, &fixture->err));
	assert_ok(inbox_part_add(
		fixture->db, "sim1", "+39333", 7, 16, 3, 1, (const uint8_t *)"x", 1, 120, &fixture->err));
	assert_ok(
		inbox_part_add(fixture->db, "sim1", "+39333", 7, 8, 2, 1, (const uint8_t *)"x", 1, 120, &fixture->err));

	assert_int_equal(inbox_parts(fixture->db, "sim1", "+39333", 7, 8, 3, parts, 8, &fixture->err), 2);
	assert_int_equal(parts[0].length, 3);
	assert_memory_equal(parts[0].octets, "two", 3);
	assert_int_equal(parts[0].at, 100);
	assert_memory_equal(parts[1].octets, "one", 3);
	assert_int_equal(inbox_parts(fixture->db, "sim1", "+39333", 7, 8, 3, parts, 1, &fixture->err), 1);
	assert_int_equal(inbox_parts(fixture->db, "sim1", "+39333", 9, 8, 3, parts, 8, &fixture->err), 0);

	assert_int_equal(inbox_parts_stale(fixture->db, 100, sim, parts, 8, &fixture->err), 0);
	assert_int_equal(inbox_parts_stale(fixture->db, 101, sim, parts, 8, &fixture->err), 2);
	assert_string_equal(sim, "sim1");
	const int64_t ids[] = {parts[0].id, parts[1].id};
	assert_ok(inbox_parts_remove(fixture->db, ids, 2, &fixture->err));
	assert_int_equal(inbox_parts_stale(fixture->db, 101, sim, parts, 8, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM inbox_part"), 5);
}

static void test_parts_bounds(void **state)
{
	struct fixture *fixture = *state;
	static const uint8_t octets[INBOX_PDU_MAX + 1];

	for (int i = 0; i < 32; i++)
		assert_ok(inbox_part_add(fixture->db, "s", "+39333", i, 8, 2, 1, octets, 1, 1, &fixture->err));
	assert_int_equal(inbox_part_add(fixture->db, "s", "+39333", 32, 8, 2, 1, octets, 1, 1, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_UNAVAILABLE);
	assert_true(db_in_transaction(fixture->db));
	assert_ok(inbox_part_add(fixture->db, "s", "+39333", 3, 8, 2, 2, octets, 1, 1, &fixture->err));
	assert_ok(inbox_part_add(fixture->db, "s", "+39334", 32, 8, 2, 1, octets, INBOX_PDU_MAX, 1, &fixture->err));
	assert_int_equal(
		inbox_part_add(fixture->db, "s", "+39335", 1, 8, 2, 1, octets, INBOX_PDU_MAX + 1, 1, &fixture->err),
		-1);

	for (int i = 34; i < 4096; i++) {
		char sender[24];
		snprintf(sender, sizeof sender, "+39%d", i);
		assert_ok(inbox_part_add(fixture->db, "s", sender, 1, 8, 2, 1, octets, 1, 1, &fixture->err));
	}
	assert_int_equal(inbox_part_add(fixture->db, "s", "+39336", 1, 8, 2, 1, octets, 1, 1, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_UNAVAILABLE);
}

static void test_sim_usage(void **state)
{
	struct fixture *fixture = *state;
	struct sim_usage usage;
	static const char *const days[] = {"2026-10-31", "2026-11-01", "2026-11-01", "2026-11-30", "2026-12-01"};

	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		assert_ok(sim_count_segment(fixture->db, "sim1", days[i], &fixture->err));
	assert_ok(sim_count_segment(fixture->db, "sim2", "2026-11-01", &fixture->err));
	assert_ok(sim_usage(fixture->db, "sim1", "2026-11-01", &usage, &fixture->err));
	assert_int_equal(usage.day, 2);
	assert_int_equal(usage.month, 3);
	assert_int_equal(usage.recipients_month, 0);
	assert_ok(sim_usage(fixture->db, "sim3", "2026-11-01", &usage, &fixture->err));
	assert_int_equal(usage.day + usage.month, 0);

	assert_int_equal(sim_has_recipient(fixture->db, "sim1", "2026-11", "+39333", &fixture->err), 0);
	assert_ok(sim_count_recipient(fixture->db, "sim1", "2026-11", "+39333", &fixture->err));
	assert_ok(sim_count_recipient(fixture->db, "sim1", "2026-11", "+39333", &fixture->err));
	assert_ok(sim_count_recipient(fixture->db, "sim1", "2026-11", "+39334", &fixture->err));
	assert_int_equal(sim_has_recipient(fixture->db, "sim1", "2026-11", "+39333", &fixture->err), 1);
	assert_int_equal(sim_has_recipient(fixture->db, "sim2", "2026-11", "+39333", &fixture->err), 0);
	assert_ok(sim_usage(fixture->db, "sim1", "2026-11-02", &usage, &fixture->err));
	assert_int_equal(usage.day, 0);
	assert_int_equal(usage.month, 3);
	assert_int_equal(usage.recipients_month, 2);
	assert_ok(sim_count_recipient(fixture->db, "sim1", "2026-12", "+39333", &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM sim_recipient"), 1); /* no longer than it is needed */
}

static void test_pin(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(sim_pin_try(fixture->db, "sim1", "1234", 1, &fixture->err), 1);
	/* The try never ended, or failed: not this PIN again, not even after the next start. */
	assert_int_equal(sim_pin_try(fixture->db, "sim1", "1234", 2, &fixture->err), 0);
	assert_int_equal(sim_pin_try(fixture->db, "sim2", "1234", 2, &fixture->err), 1);
	/* Another one was configured. */
	assert_int_equal(sim_pin_try(fixture->db, "sim1", "4321", 3, &fixture->err), 1);
	assert_ok(sim_pin_worked(fixture->db, "sim1", &fixture->err));
	assert_int_equal(sim_pin_try(fixture->db, "sim1", "4321", 4, &fixture->err), 1);
	assert_int_equal(sim_pin_try(fixture->db, "sim1", "4321", 5, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM sim_pin WHERE CAST(hash AS TEXT) LIKE '%4321%'"), 0);
}

static bool keep_modem(void *context, const struct modem_memory *memory)
{
	struct modem_memory *kept = context;

	*kept = *memory;
	return true;
}

static void test_modems_and_audit(void **state)
{
	struct fixture *fixture = *state;
	struct modem_memory memory = {.name = "m1",
				    .imei = "350000000000001",
				    .sim = "8939",
				    .port = "/dev/ttyUSB0",
				    .model = "EC25",
				    .network = "TIM",
				    .state = "ready",
				    .signal_dbm = -71,
				    .changed_at = 9,
				    .seconds_per_segment = 3.25},
			    kept = {0};

	assert_ok(modem_remember(fixture->db, &memory, &fixture->err));
	strcpy(memory.state, "gone");
	strcpy(memory.why, "no port");
	assert_ok(modem_remember(fixture->db, &memory, &fixture->err));
	assert_ok(modem_each(fixture->db, keep_modem, &kept, &fixture->err));
	assert_string_equal(kept.name, "m1");
	assert_string_equal(kept.state, "gone");
	assert_string_equal(kept.why, "no port");
	assert_string_equal(kept.port, "/dev/ttyUSB0");
	assert_int_equal(kept.signal_dbm, -71);
	assert_true(kept.seconds_per_segment == 3.25);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM modem"), 1);

	assert_ok(audit_add(fixture->db, 5, "ntp", "mario", "cli", "alert", "7: 1243 recipients", &fixture->err));
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM audit WHERE who = 'mario' AND door = 'cli' AND act = 'alert'"), 1);
	assert_int_equal(db_script(fixture->db, "UPDATE audit SET who = 'nobody'", &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_int_equal(db_script(fixture->db, "DELETE FROM audit", &fixture->err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seen, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_messages, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_parts, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_parts_bounds, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_sim_usage, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_pin, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_modems_and_audit, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
