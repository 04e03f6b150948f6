/* People and their ledger: joining, leaving, coming back, being erased. */
#include "tests/unit/db_support.h"

#include "db/inbox.h"
#include "db/outbox.h"
#include "db/sim.h"

static const struct consent by_sms = {.clock = "ntp", .channel = "sms", .words = "DISATTIVA"};

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static void test_join_keeps_all(void **state)
{
	struct fixture *fixture = *state;
	struct consent consent = {.clock = "network",
		.channel = "import",
		.words = "modulo n. 12; l'utente",
		.given_at = "2024-05-01",
		.notice = "v3"};
	struct subscriber fields = {.phone = "+393331234567",
		.name = "Nicolò D'Amico",
		.channel = CHANNEL_SMS,
		.zone = "borgo",
		.topics = "scuole|viabilita",
		.language = "it"};
	struct subscriber got;
	int64_t id;
	int was;

	assert_ok(subscriber_join(fixture->db, &fields, &consent, 5000, &id, &was, &fixture->err));
	assert_int_equal(was, 0);
	assert_int_equal(subscriber_find(fixture->db, "+393331234567", &got, &fixture->err), 1);
	assert_int_equal(got.id, id);
	assert_string_equal(got.name, fields.name);
	assert_string_equal(got.zone, "borgo");
	assert_string_equal(got.topics, "scuole|viabilita");
	assert_string_equal(got.language, "it");
	assert_string_equal(got.whatsapp_id, "");
	assert_int_equal(got.channel, CHANNEL_SMS);
	assert_int_equal(got.state, SUBSCRIBER_ACTIVE);
	assert_int_equal(got.joined_at, 5000);
	assert_int_equal(subscriber_find(fixture->db, "+393331234568", &got, &fixture->err), 0);
	assert_int_equal(subscriber_find(fixture->db, "", &got, &fixture->err), 0);
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM consent WHERE action = 'given' AND at = 5000 AND notice = 'v3'"
			     " AND given_at = '2024-05-01' AND clock = 'network'"),
		2);
	assert_int_equal(ask(fixture, "SELECT count(DISTINCT purpose) FROM consent"), 2);
}

static void test_join_again(void **state)
{
	struct fixture *fixture = *state;
	struct consent consent = {.clock = "ntp", .channel = "sms", .words = "ATTIVA"};
	struct subscriber got,
		fields = {.phone = "+393331234567", .name = "Anna", .channel = CHANNEL_SMS, .zone = "borgo"};
	int64_t id, again;
	int was;

	assert_ok(subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err));
	struct subscriber said = {.phone = "+393331234567", .zone = "centro"};
	assert_ok(subscriber_join(fixture->db, &said, &consent, 2, &again, &was, &fixture->err));
	assert_int_equal(again, id);
	assert_int_equal(was, SUBSCRIBER_ACTIVE);
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_string_equal(got.name, "Anna");
	assert_string_equal(got.zone, "centro");
	assert_int_equal(got.channel, CHANNEL_SMS);
	assert_int_equal(got.joined_at, 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM consent"), 2);

	/* The ledger and what it means for news follow when consent names a purpose. */
	strcpy(consent.purpose, "news");
	strcpy(consent.action, "withdrawn");
	assert_ok(subscriber_join(fixture->db, &said, &consent, 3, &again, &was, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM consent"), 3);
	assert_int_equal(ask(fixture, "SELECT news FROM subscriber"), 0);
	strcpy(consent.action, "given");
	assert_ok(subscriber_join(fixture->db, &said, &consent, 4, &again, &was, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT news FROM subscriber"), 1);

	/* A WhatsApp identity found later belongs to the same person, with or without the phone. */
	strcpy(said.whatsapp_id, "IT.4711");
	assert_ok(subscriber_join(fixture->db, &said, NULL, 5, &again, &was, &fixture->err));
	said.phone[0] = '\0';
	assert_ok(subscriber_join(fixture->db, &said, NULL, 6, &again, &was, &fixture->err));
	assert_int_equal(again, id);
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_string_equal(got.phone, "+393331234567");
	assert_string_equal(got.whatsapp_id, "IT.4711");

	struct subscriber plain = {.name = "", .language = "de"};
	assert_ok(subscriber_update(fixture->db, id, &plain, &fixture->err));
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_string_equal(got.name, "");
	assert_int_equal(got.channel, CHANNEL_AUTO);
	assert_string_equal(got.language, "de");
}

static void test_leave_and_return(void **state)
{
	struct fixture *fixture = *state;
	int64_t id = join(fixture, "+393331234567", "", ""), other = join(fixture, "+393331234568", "", "");
	struct message alert = message_of(MESSAGE_ALERT, "", ""), news = message_of(MESSAGE_NEWS, "", "");
	struct subscriber got;
	int cancelled = -1, was;

	assert_ok(message_create(fixture->db, &alert, false, false, 10, &fixture->err));
	assert_ok(message_create(fixture->db, &news, false, false, 10, &fixture->err));
	assert_ok(subscriber_leave(fixture->db, id, &by_sms, 20, &cancelled, &fixture->err));
	assert_int_equal(cancelled, 2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL"), 2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE state = 6 AND error = 'left'"), 2);
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_int_equal(got.state, SUBSCRIBER_LEFT);
	assert_int_equal(got.left_at, 20);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM consent WHERE action = 'withdrawn' AND words = 'DISATTIVA'"), 2);
	assert_int_equal(subscriber_has_left(fixture->db, "+393331234567", &fixture->err), 1);
	assert_int_equal(subscriber_has_left(fixture->db, "+393331234568", &fixture->err), 0);
	assert_int_equal(subscriber_has_left(fixture->db, "+393331234569", &fixture->err), 0);

	/* Twice changes nothing more. */
	assert_ok(subscriber_leave(fixture->db, id, &by_sms, 30, &cancelled, &fixture->err));
	assert_int_equal(cancelled, 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM consent WHERE action = 'withdrawn'"), 2);

	struct subscriber said = {.phone = "+393331234567"};
	int64_t again;
	assert_ok(subscriber_join(fixture->db, &said, &by_sms, 40, &again, &was, &fixture->err));
	assert_int_equal(was, SUBSCRIBER_LEFT);
	assert_int_equal(again, id);
	assert_int_equal(subscriber_get(fixture->db, id, &got, &fixture->err), 1);
	assert_int_equal(got.state, SUBSCRIBER_ACTIVE);
	assert_int_equal(got.joined_at, 40);
	assert_int_equal(ask(fixture, "SELECT news FROM subscriber WHERE id = 1"), 1);
	assert_int_equal(subscriber_has_left(fixture->db, "+393331234567", &fixture->err), 0);
	assert_true(other != id);
}

static bool count_rows(void *context, const struct subscriber *subscriber, const struct consent *first)
{
	int *seen = context;

	assert_non_null(first);
	assert_string_equal(first->action, "given");
	assert_int_equal(first->at, 1000);
	assert_true(subscriber->id > 0);
	return ++*seen < 100;
}

static bool count_consents(void *context, const struct consent *consent)
{
	int *seen = context;

	assert_true(consent->at > 0);
	++*seen;
	return true;
}

static void test_each_and_count(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_counts counts;
	int seen = 0, cancelled;

	for (int i = 0; i < 10; i++) {
		char phone[24];
		snprintf(phone, sizeof phone, "+39333%07d", i);
		join(fixture, phone, "", "");
	}
	struct subscriber wired = {.whatsapp_id = "IT.1"},
			  asks = {.phone = "+393339999999", .channel = CHANNEL_WHATSAPP};
	struct consent consent = {.clock = "ntp", .channel = "sms"};
	int64_t id;
	int was;
	assert_ok(subscriber_join(fixture->db, &wired, &consent, 1000, &id, &was, &fixture->err));
	assert_ok(subscriber_join(fixture->db, &asks, &consent, 1000, &id, &was, &fixture->err));
	assert_ok(subscriber_leave(fixture->db, 3, &by_sms, 2000, &cancelled, &fixture->err));

	assert_ok(subscriber_each(fixture->db, false, count_rows, &seen, &fixture->err));
	assert_int_equal(seen, 11);
	seen = 0;
	assert_ok(subscriber_each(fixture->db, true, count_rows, &seen, &fixture->err));
	assert_int_equal(seen, 12);
	seen = 0;
	assert_ok(consent_each(fixture->db, 3, count_consents, &seen, &fixture->err));
	assert_int_equal(seen, 4);
	seen = 99;
	assert_ok(subscriber_each(fixture->db, true, count_rows, &seen, &fixture->err));
	assert_int_equal(seen, 100);

	assert_ok(subscriber_count(fixture->db, true, &counts, &fixture->err));
	assert_int_equal(counts.active, 11);
	assert_int_equal(counts.whatsapp, 2);
	assert_int_equal(counts.sms, 9);
	assert_ok(subscriber_count(fixture->db, false, &counts, &fixture->err));
	assert_int_equal(counts.whatsapp, 0);
	assert_int_equal(counts.sms, 10);
}

/* Does the file, or its log, still hold these octets anywhere? */
static bool file_holds(const char *path, const char *needle)
{
	FILE *file = fopen(path, "r");
	size_t length = strlen(needle), matched = 0;
	int octet;

	if (!file)
		return false;
	while (matched < length && (octet = fgetc(file)) != EOF)
		matched = octet == needle[matched] ? matched + 1 : octet == needle[0];
	fclose(file);
	return matched == length;
}

static void test_forget(void **state)
{
	struct fixture *fixture = *state;
	const char *phone = "+393337654321";
	int64_t id = join(fixture, phone, "borgo", ""), reply, inbox;
	struct message alert = message_of(MESSAGE_ALERT, "", "");
	struct inbox_message arrived = {.at = 5, .kind = "sms", .text = "sono Zaccaria", .text_length = 13};
	struct subscriber named = {.name = "Zaccaria Bo"};

	snprintf(arrived.sender, sizeof arrived.sender, "%s", phone);
	assert_ok(subscriber_update(fixture->db, id, &named, &fixture->err));
	assert_ok(message_create(fixture->db, &alert, false, false, 10, &fixture->err));
	assert_ok(message_create_reply(fixture->db,
		&(struct message_reply){.subscriber_id = id,
			.address = phone,
			.text = "Benvenuto Zaccaria",
			.segments = 1,
			.expires_at = 500},
		10, &reply, &fixture->err));
	assert_ok(message_create_reply(fixture->db,
		&(struct message_reply){
			.subscriber_id = 0, .address = phone, .text = "Non iscritto", .segments = 1, .expires_at = 500},
		10, &reply, &fixture->err));
	assert_ok(inbox_add(fixture->db, &arrived, &inbox, &fixture->err));
	assert_ok(inbox_part_add(fixture->db, "sim", phone, 1, 8, 2, 1, (const uint8_t *)"x", 1, 10, &fixture->err));
	assert_ok(sim_count_recipient(fixture->db, "sim", "2026-11", phone, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_ok(db_scrub(fixture->db, &fixture->err));
	assert_true(file_holds(fixture->path, "Zaccaria"));

	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(subscriber_forget(fixture->db, id, 99, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_ok(db_scrub(fixture->db, &fixture->err));
	assert_false(file_holds(fixture->path, "Zaccaria"));
	assert_false(file_holds(fixture->path, phone));
	assert_false(file_holds(fixture->path, "ATTIVA"));
	char wal[128];
	snprintf(wal, sizeof wal, "%s-wal", fixture->path);
	assert_false(file_holds(wal, phone));

	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE address <> '' OR subscriber_id IS NOT NULL"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM sim_recipient"), 0);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM forgotten WHERE joined_at = 1000 AND forgotten_at = 99"), 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM consent WHERE forgotten_id IS NOT NULL AND at = 1000"), 2);
	assert_int_equal(subscriber_has_left(fixture->db, phone, &fixture->err), 1);
	assert_int_equal(subscriber_forget(fixture->db, id, 99, &fixture->err), -1);

	/* Who comes back of their own will is a new person. */
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_true(join(fixture, phone, "", "") > id);
	assert_int_equal(subscriber_has_left(fixture->db, phone, &fixture->err), 0);
	assert_ok(db_commit(fixture->db, &fixture->err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_join_keeps_all, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_join_again, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_leave_and_return, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_each_and_count, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_forget, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
