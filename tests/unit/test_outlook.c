/* What the forecast is given: modems and their limits, the link's memo, the measured share, who the account's limit spares. */
#include "tests/unit/db_support.h"

#include "db/limit.h"
#include "db/memo.h"
#include "db/outbox.h"
#include "db/sim.h"
#include "firmware-host/outlook.h"

#define NOW INT64_C(1793000000000)
#define DAY INT64_C(86400000)

#define CONFIG(whatsapp, news)                                                                                        \
	"comune = { name = \"Santa Fiora\"; };\n"                                                                     \
	"modems = ( { name = \"m1\"; budget = { day = 100; month = 1000; alert_reserve = 30; }; }, { name = \"m2\"; " \
	"} );\n"                                                                                                      \
	"whatsapp = { enabled = " whatsapp "; recipients_per_day = 10; rate = 80; };\n"                               \
	"zones = ( { id = \"centro\"; }, { id = \"monte\"; } );\n"                                                    \
	"news = { sms = \"" news "\"; };\n"                                                                           \
	"costs = { sms = 0.05; whatsapp_alert = 0.02; whatsapp_news = 0.06; };\n"

static struct settings *settings_of(const char *config)
{
	struct settings *settings;
	struct err err;

	if (settings_read_string(config, strlen(config), "/tmp/test.cfg", &settings, &err) != 0)
		fail_msg("%s", err.text);
	return settings;
}

static void begin(struct fixture *fixture)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
}

static void commit(struct fixture *fixture)
{
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void modem_heard(struct fixture *fixture, const char *name, const char *state, double pace)
{
	struct modem_memory memory = {.seconds_per_segment = pace};

	snprintf(memory.name, sizeof memory.name, "%s", name);
	snprintf(memory.sim, sizeof memory.sim, "sim-%s", name);
	snprintf(memory.state, sizeof memory.state, "%s", state);
	begin(fixture);
	assert_ok(modem_remember(fixture->db, &memory, &fixture->err));
	commit(fixture);
}

/* Number `first` and so many more of one channel and zone. */
static void people(struct fixture *fixture, int first, int count, enum subscriber_channel channel, const char *zone)
{
	struct consent consent = {.clock = "ntp", .channel = "import"};
	int64_t id;
	int was;

	begin(fixture);
	for (int i = first; i < first + count; i++) {
		struct subscriber person = {.channel = channel};
		snprintf(person.phone, sizeof person.phone, "+39333%07d", i);
		snprintf(person.zone, sizeof person.zone, "%s", zone);
		assert_ok(subscriber_join(fixture->db, &person, &consent, NOW, &id, &was, &fixture->err));
	}
	commit(fixture);
}

static void written(struct fixture *fixture, int first, int count, int64_t at)
{
	char phone[24];

	begin(fixture);
	for (int i = first; i < first + count; i++) {
		snprintf(phone, sizeof phone, "+39333%07d", i);
		assert_ok(limit_note(fixture->db, phone, at, &fixture->err));
	}
	commit(fixture);
}

static struct outlook look(struct fixture *fixture, const struct settings *settings, const struct message *message)
{
	struct outlook outlook;

	assert_ok(outlook_of_order(settings, fixture->db, message, NOW, &outlook, &fixture->err));
	return outlook;
}

static struct forecast_means means_of(struct fixture *fixture, const struct settings *settings, enum message_kind kind)
{
	struct forecast_means means;
	struct outlook_limit limit;

	assert_ok(outlook_means(settings, fixture->db, kind, NOW, &means, &limit, &fixture->err));
	return means;
}

static void test_modems(void **state)
{
	struct fixture *fixture = *state;
	struct settings *settings = settings_of(CONFIG("false", "sms-only"));

	setenv("TZ", "UTC", 1);
	/* Nothing heard of them: as configured. */
	struct forecast_means means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_int_equal(means.modem_count, 2);
	assert_int_equal(means.modems[0].left, 100);
	assert_true(means.modems[1].left == INT64_MAX);
	assert_false(means.modems_measured);
	assert_int_equal(means_of(fixture, settings, MESSAGE_NEWS).modems[0].left, 70);
	assert_int_equal(means.link, FORECAST_OFF);
	assert_int_equal(means.price_sms, 5000);
	/* Heard of: only those ready, less what was sent; one the configuration does not have is not counted. */
	modem_heard(fixture, "m1", "ready", 0.2);
	modem_heard(fixture, "m2", "hung", 0.2);
	modem_heard(fixture, "m9", "ready", 0.2);
	begin(fixture);
	for (int i = 0; i < 40; i++)
		assert_ok(sim_count_segment(fixture->db, "sim-m1", "2026-10-26", &fixture->err)); /* the day of NOW */
	commit(fixture);
	means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_int_equal(means.modem_count, 1);
	assert_int_equal(means.modems[0].left, 60);
	assert_true(means.modems_measured);
	assert_int_equal(means_of(fixture, settings, MESSAGE_NEWS).modems[0].left, 30);
	settings_free(settings);
}

static void link_put(struct fixture *fixture, const char *text)
{
	begin(fixture);
	assert_ok(memo_put(fixture->db, OUTLOOK_LINK_MEMO, text, &fixture->err));
	commit(fixture);
}

static void test_link_memo(void **state)
{
	static const char *const broken[] = {"", "up", "up ", "up x 1", "up -1 1", "up nan 1", "upp 3 1", "open 3 1"};
	struct fixture *fixture = *state;
	struct settings *settings = settings_of(CONFIG("true", "sms-only"));
	struct forecast_means means = means_of(fixture, settings, MESSAGE_ALERT);

	assert_int_equal(means.link, FORECAST_DOWN); /* never heard of */
	begin(fixture);
	assert_ok(outlook_link_note(fixture->db, FORECAST_UP, 78.5, NOW, &fixture->err));
	commit(fixture);
	means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_int_equal(means.link, FORECAST_UP);
	assert_true(means.pace > 78.4 && means.pace < 78.6);
	begin(fixture);
	assert_ok(outlook_link_note(fixture->db, FORECAST_REFUSED, 0, NOW, &fixture->err));
	commit(fixture);
	means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_int_equal(means.link, FORECAST_REFUSED);
	assert_true(means.pace > 78.4 && means.pace < 78.6); /* the one measured before stays */
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		link_put(fixture, broken[i]);
		means = means_of(fixture, settings, MESSAGE_ALERT);
		assert_int_equal(means.link, FORECAST_DOWN);
		assert_true(means.pace < 0.1);
	}
	settings_free(settings);
}

static void test_share(void **state)
{
	struct fixture *fixture = *state;
	struct settings *settings = settings_of(CONFIG("true", "sms-only"));
	struct forecast_means means = means_of(fixture, settings, MESSAGE_ALERT);

	assert_true(means.share > 0.199 && means.share < 0.201);
	assert_false(means.share_measured);
	begin(fixture);
	assert_ok(outlook_fallback_note(fixture->db, 1950, 30, &fixture->err));
	assert_ok(outlook_fallback_note(fixture->db, 0, 0, &fixture->err)); /* nobody by WhatsApp: nothing learnt */
	commit(fixture);
	means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_true(means.share > 0.0199 && means.share < 0.0201); /* (10 + 30) of (50 + 1,950) */
	assert_true(means.share_measured);
	begin(fixture);
	assert_ok(outlook_fallback_note(fixture->db, 975, 500, &fixture->err));
	commit(fixture);
	means = means_of(fixture, settings, MESSAGE_ALERT);
	assert_true(means.share > 0.262 && means.share < 0.263); /* the newest weighs most */
	settings_free(settings);
}

/* Ten in 24 hours, twelve people by WhatsApp, eight of them written to this morning: two more fit, and four go by no SMS. */
static void test_limit_spares_the_known(void **state)
{
	struct fixture *fixture = *state;
	struct settings *settings = settings_of(CONFIG("true", "sms-only"));
	struct message message = message_of(MESSAGE_ALERT, "", "");

	people(fixture, 0, 12, CHANNEL_WHATSAPP, "centro");
	people(fixture, 100, 5, CHANNEL_SMS, "centro");
	struct outlook outlook = look(fixture, settings, &message);
	assert_int_equal(outlook.sms, 5);
	assert_int_equal(outlook.whatsapp, 12);
	assert_int_equal(outlook.forecast.alive.over_limit, 2);
	written(fixture, 0, 8, NOW - DAY / 4);
	outlook = look(fixture, settings, &message);
	assert_int_equal(outlook.means.limit_left, 2);
	assert_int_equal(outlook.limit.used, 8);
	assert_true(outlook.limit.next_free_at == NOW - DAY / 4 + DAY);
	assert_int_equal(outlook.work.whatsapp_free, 8);
	assert_int_equal(outlook.forecast.alive.over_limit, 2);
	written(fixture, 8, 2, NOW);
	outlook = look(fixture, settings, &message);
	assert_int_equal(outlook.forecast.alive.over_limit, 2);
	/* For a part of the people only what is certain counts: six more might be the ones written to. */
	people(fixture, 50, 6, CHANNEL_WHATSAPP, "monte");
	message = message_of(MESSAGE_ALERT, "centro", "");
	outlook = look(fixture, settings, &message);
	assert_int_equal(outlook.whatsapp, 12);
	assert_int_equal(outlook.work.whatsapp_free, 4);
	assert_int_equal(outlook.forecast.alive.over_limit, 8);
	settings_free(settings);
}

static bool wired_add(void *context, const struct subscriber *person, const struct consent *first_consent)
{
	(void)first_consent;
	*(int64_t *)context += subscriber_by_whatsapp(person, NOW);
	return true;
}

/* Who goes by WhatsApp is decided in two places, one person at a time and for all; they must agree. */
static void test_ways_agree(void **state)
{
	static const char *const seen[] = {"0", "1792999999999", "1792000000000"};
	static const char *const refused[] = {"0", "1792999999999", "1792395200000", "1792395200001", "1700000000000"};
	struct fixture *fixture = *state;
	struct message message = message_of(MESSAGE_ALERT, "", "");
	int64_t sms, whatsapp, wired;
	char sql[256];

	people(fixture, 0, 1, CHANNEL_AUTO, "");
	people(fixture, 1, 1, CHANNEL_SMS, "");
	people(fixture, 2, 1, CHANNEL_WHATSAPP, "");
	people(fixture, 3, 1, CHANNEL_AUTO, "");
	people(fixture, 4, 1, CHANNEL_AUTO, "");
	for (size_t i = 0; i < sizeof seen / sizeof *seen * (sizeof refused / sizeof *refused); i++) {
		snprintf(sql, sizeof sql,
			"UPDATE subscriber SET whatsapp_at = %s, whatsapp_refused_at = %s,"
			" whatsapp_id = iif(id > 3, 'IT.' || id, NULL), phone = iif(id = 5, NULL, phone)",
			seen[i % 3], refused[i / 3]);
		assert_ok(db_script(fixture->db, sql, &fixture->err));
		assert_ok(message_count_recipients(fixture->db, &message, true, NOW, &sms, &whatsapp, &fixture->err));
		wired = 0;
		assert_ok(subscriber_each(fixture->db, false, wired_add, &wired, &fixture->err));
		assert_int_equal(wired, whatsapp);
		assert_true(whatsapp >= 1);
	}
}

static void test_news(void **state)
{
	static const struct {
		const char *config;
		int sms, dead_segments, dead_left_over;
	} cases[] = {
		{CONFIG("true", "never"), 0, 0, 4},
		{CONFIG("true", "sms-only"), 3, 3, 4},
		{CONFIG("true", "fallback"), 3, 7, 0},
	};
	struct fixture *fixture = *state;
	struct message message = message_of(MESSAGE_NEWS, "", "");

	people(fixture, 0, 4, CHANNEL_WHATSAPP, "");
	people(fixture, 100, 3, CHANNEL_SMS, "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct settings *settings = settings_of(cases[i].config);
		struct outlook outlook = look(fixture, settings, &message);

		assert_int_equal(outlook.sms, cases[i].sms);
		assert_int_equal(outlook.forecast.dead.segments, cases[i].dead_segments);
		assert_int_equal(outlook.forecast.dead.left_over, cases[i].dead_left_over);
		assert_int_equal(outlook.means.price_whatsapp, 6000);
		settings_free(settings);
	}
}

static int64_t eta(struct fixture *fixture, const struct settings *settings, const struct message *message,
	const struct message_figures *figures)
{
	int64_t at = -1;

	assert_ok(outlook_eta(settings, fixture->db, message, figures, NOW, &at, &fixture->err));
	return at;
}

static void test_eta(void **state)
{
	struct fixture *fixture = *state;
	struct settings *settings = settings_of(CONFIG("true", "sms-only"));
	struct message message = message_of(MESSAGE_ALERT, "", "");
	struct message_figures figures = {.segments_left = 10};

	modem_heard(fixture, "m2", "ready", 1.0);
	link_put(fixture, "up 20 1");
	message.stage = STAGE_OPEN;
	assert_true(eta(fixture, settings, &message, &figures) >= NOW + 10000);
	assert_true(eta(fixture, settings, &message, &figures) <= NOW + 12000);
	/* Taken by WhatsApp and not proved: until they would have fallen back, and their SMS. */
	figures = (struct message_figures){.whatsapp_accepted = 5, .waiting = 5};
	int64_t waiting = eta(fixture, settings, &message, &figures);
	assert_true(waiting >= NOW + 91000 && waiting <= NOW + 95000);
	link_put(fixture, "down 20 1");
	assert_true(eta(fixture, settings, &message, &figures) < NOW + 12000);
	figures.waiting = 0; /* no longer due: nothing more will happen to them */
	assert_int_equal(eta(fixture, settings, &message, &figures), 0);
	/* Later, or never as things are. */
	figures = (struct message_figures){.segments_left = 10};
	message.not_before = NOW + DAY;
	assert_true(eta(fixture, settings, &message, &figures) > NOW + DAY);
	message.not_before = 0;
	message.kind = MESSAGE_NEWS;
	figures = (struct message_figures){.segments_left = 10, .whatsapp_queued = 1};
	assert_int_equal(eta(fixture, settings, &message, &figures), 0); /* news that wait for the link */
	message.kind = MESSAGE_ALERT;
	assert_true(eta(fixture, settings, &message, &figures) > NOW);
	message.stage = STAGE_CANCELLED;
	assert_int_equal(eta(fixture, settings, &message, &figures), 0);
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_modems, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_link_memo, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_share, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_limit_spares_the_known, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_ways_agree, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_news, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_eta, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
