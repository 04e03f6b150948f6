/* What comes in by WhatsApp: citizens' words, who they are and become, what the platform tells of templates and account. */
#include "tests/unit/wired_scene.h"

#include "config/clock.h"
#include "modem/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

#define PHONE "+393480000001"
#define USER  "IT.13491208655302741918"
#define STAFF "staff = ( { name = \"Ada\"; phone = \"+393490000001\"; } ); "

static struct hub_box box;
static struct wired_asks asks;

/* Without what only says that a message was read. */
static int64_t replies(void)
{
	char sql[96];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM message WHERE kind = 4 AND content <> %d", BEARER_MARK_READ);
	return hub_box_value(&box, sql);
}

static int64_t inbox(void)
{
	return hub_box_value(&box, "SELECT count(*) FROM inbox");
}

/* Somebody writes; each time under another id. */
static struct webhook_event written(const char *phone, const char *user, const char *text)
{
	static int id;
	struct webhook_event event = {.type = WEBHOOK_MESSAGE, .at = box.now, .content = WEBHOOK_TEXT};

	snprintf(event.id, sizeof event.id, "wamid.IN%d", ++id);
	snprintf(event.person.phone, sizeof event.person.phone, "%s", phone);
	snprintf(event.person.user, sizeof event.person.user, "%s", user);
	snprintf(event.text, sizeof event.text, "%s", text);
	return event;
}

static void write_in(const char *phone, const char *user, const char *text)
{
	hub_box_tell(&box, written(phone, user, text));
	wired_turn(&box);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void somebody_joins_and_leaves(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	write_in(PHONE, USER, "Iscrivimi");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE state = 1 AND phone = '" PHONE
					     "' AND whatsapp_id = '" USER "' AND whatsapp_at > 0"),
		1);
	struct bearer_ask ask = wired_only(&box, 0);
	assert_string_equal(ask.send.to, PHONE);
	assert_string_equal(ask.send.user, "");
	assert_true(ask.send.content == BEARER_TEXT || ask.send.content == BEARER_BUTTONS);
	assert_true(ask.text[0] != '\0');
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	/* Nothing falls for who has left. */
	write_in(PHONE, USER, "DISATTIVA");
	assert_int_equal(hub_box_value(&box, "SELECT state FROM subscriber"), SUBSCRIBER_LEFT);
	ask = wired_only(&box, 0);
	assert_true(ask.send.content == BEARER_TEXT || ask.send.content == BEARER_BUTTONS);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 1);
	assert_int_equal(inbox(), 2);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM consent WHERE channel = 'whatsapp'"), 4);
	hub_box_close(&box);
}

static void somebody_whose_number_is_hidden(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	write_in("", USER, "attiva");
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	assert_int_equal(asks.ask[1].send.content, BEARER_REQUEST_PHONE);
	for (int i = 0; i < asks.count; i++) {
		assert_string_equal(asks.ask[i].send.to, "");
		assert_string_equal(asks.ask[i].send.user, USER);
	}
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_string_equal(wired_only(&box, 0).send.user, USER);
	wired_none(&box, 1);
	/* The number shows, in a status or because they gave it: then SMS can reach them too. */
	struct webhook_event given = written("", USER, "");
	given.content = WEBHOOK_PHONE;
	snprintf(given.shared_phone, sizeof given.shared_phone, PHONE);
	hub_box_tell(&box, given);
	wired_turn(&box);
	assert_int_equal(hub_box_value(&box, "SELECT phone = '" PHONE "' FROM subscriber"), 1);
	write_in("", USER, "STOP");
	assert_int_equal(hub_box_value(&box, "SELECT state FROM subscriber"), SUBSCRIBER_LEFT);
	hub_box_close(&box);
}

static void told_twice_is_done_once(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	struct webhook_event event = written(PHONE, USER, "ATTIVA");
	for (int i = 0; i < 3; i++)
		hub_box_tell(&box, event);
	wired_turn(&box);
	hub_box_restart(&box);
	hub_box_tell(&box, event);
	wired_turn(&box);
	assert_int_equal(inbox(), 1);
	assert_int_equal(replies(), 1);
	/* Two that are not named are two. */
	event.id[0] = '\0';
	hub_box_tell(&box, event);
	hub_box_tell(&box, event);
	wired_turn(&box);
	assert_int_equal(inbox(), 3);
	hub_box_close(&box);
}

static void kept_once_though_the_disk_was_full(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_disk(true);
	hub_box_tell(&box, written(PHONE, USER, "ATTIVA"));
	hub_box_turn(&box);
	assert_int_equal(hub_box_kept(&box), 0);
	hub_box_disk(false);
	box.hub->retry_mono = clock_mono_ms();
	wired_turn(&box);
	assert_int_equal(hub_box_kept(&box), 1);
	assert_int_equal(inbox(), 1);
	(void)wired_only(&box, 0);
	hub_box_close(&box);
}

static void everything_else_is_kept_as_it_came(void **state)
{
	static const enum webhook_content contents[] = {WEBHOOK_IMAGE, WEBHOOK_AUDIO, WEBHOOK_VIDEO, WEBHOOK_DOCUMENT,
		WEBHOOK_STICKER, WEBHOOK_LOCATION, WEBHOOK_CARD, WEBHOOK_REACTION, WEBHOOK_OTHER, WEBHOOK_BUTTON,
		WEBHOOK_REPLY};

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		struct webhook_event event = written(PHONE, USER, "buca in via Roma");
		event.content = contents[i];
		snprintf(event.media, sizeof event.media, "100338");
		snprintf(event.choice, sizeof event.choice, "app_anagrafe");
		event.latitude = 44.38;
		event.longitude = 7.54;
		hub_box_tell(&box, event);
	}
	wired_turn(&box);
	assert_true(wired_take(&box, 0, &asks) >= 1); /* it is a report now, and acknowledged */
	assert_int_equal(inbox(), (int64_t)(sizeof contents / sizeof *contents));
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE json_valid(detail) AND kind = 'whatsapp'"
					     " AND sender = '" PHONE "'"),
		(int64_t)(sizeof contents / sizeof *contents));
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM inbox WHERE detail ->> 'latitude' BETWEEN 44.3 AND 44.4"), 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE detail ->> 'type' = 'reaction'"), 1);
	hub_box_close(&box);
}

/* ---- replies ----------------------------------------------------------------------------------------------------- */

static void a_reply_waits_for_the_link_or_falls_when_refused(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_link(&box, BEARER_GONE, "no network");
	wired_turn(&box);
	write_in(PHONE, USER, "ATTIVA");
	wired_pass(&box, 5 * MINUTE);
	wired_none(&box, 1);
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_refuse(&box, &ask, 131047);
	wired_turn(&box);
	/* What goes by SMS is measured as it goes. */
	ask.text[strcspn(ask.text, BEARER_FIELD)] = '\0'; /* without the buttons */
	int parts = segment_count(ask.text, NULL);
	assert_int_equal(hub_box_value(&box, "SELECT max(segments) FROM message WHERE kind = 4"), parts);
	assert_int_equal(wired_modems_work(&box), parts);
	assert_int_equal(hub_box_value(&box, "SELECT state FROM outbox WHERE channel = 0"), OUTBOX_SENT);
	hub_box_close(&box);
}

static void a_reply_that_is_refused_as_a_template_is_no_loop(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	write_in("", USER, "ATTIVA");
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	for (int i = 0; i < asks.count; i++)
		hub_box_refuse(&box, &asks.ask[i], 132000);
	wired_turn(&box);
	wired_pass(&box, 60 * MINUTE);
	wired_none(&box, 0);
	hub_box_close(&box);
}

/* ---- who they are ------------------------------------------------------------------------------------------------ */

static void both_halves_come_to_light(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	/* Known by SMS; they write by WhatsApp. */
	hub_box_person(&box, CHANNEL_AUTO, PHONE, "");
	write_in(PHONE, USER, "buongiorno");
	assert_int_equal(hub_box_value(&box, "SELECT whatsapp_id = '" USER "' AND whatsapp_at > 0 FROM subscriber"), 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	/* Known by user id alone; a status names the number. */
	hub_box_person(&box, CHANNEL_AUTO, "", "IT.002");
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_SENT, 0);
	struct webhook_event *last = &box.hub->whatsapp.events[box.hub->whatsapp.event_count - 1];
	snprintf(last->person.phone, sizeof last->person.phone, "+393480000002");
	snprintf(last->person.user, sizeof last->person.user, "IT.002");
	wired_turn(&box);
	assert_int_equal(
		hub_box_value(&box, "SELECT phone = '+393480000002' FROM subscriber WHERE whatsapp_id = 'IT.002'"), 1);
	/* Two entries that WhatsApp says are one person become one. */
	hub_box_person(&box, CHANNEL_AUTO, "", "IT.003");
	write_in(PHONE, "IT.003", "ciao");
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE phone = '" PHONE "' OR whatsapp_id ="
				    " 'IT.003' OR whatsapp_id = '" USER "'"),
		1);
	hub_box_close(&box);
}

/* Their number and their user id were seen apart, and are two people in the list: nothing they write is lost, and who leaves
 * is left alone on every way. */
static void one_person_who_is_known_as_two(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_person(&box, CHANNEL_AUTO, PHONE, "");
	hub_box_person(&box, CHANNEL_AUTO, "", USER);
	write_in(PHONE, USER, "ATTIVA");
	assert_int_equal(inbox(), 1);
	assert_int_equal(hub_box_kept(&box), 1);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	write_in(PHONE, USER, "DISATTIVA");
	assert_int_equal(inbox(), 2);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE state = 1"), 0);
	wired_take(&box, 0, &asks);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 1);
	hub_box_close(&box);
}

static struct webhook_event moved(const char *from_user, const char *from_phone, const char *user, const char *phone)
{
	struct webhook_event event = {.type = WEBHOOK_MOVED, .at = box.now, .text = "User changed"};
	static int id;

	snprintf(event.id, sizeof event.id, "wamid.MOVED%d", ++id);
	snprintf(event.previous_user, sizeof event.previous_user, "%s", from_user);
	snprintf(event.previous_phone, sizeof event.previous_phone, "%s", from_phone);
	snprintf(event.person.user, sizeof event.person.user, "%s", user);
	snprintf(event.person.phone, sizeof event.person.phone, "%s", phone);
	return event;
}

static void numbers_move(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_person(&box, CHANNEL_AUTO, PHONE, USER);
	struct webhook_event event = moved(USER, PHONE, "IT.NEW", "+393480000009");
	hub_box_tell(&box, event);
	hub_box_tell(&box, event);
	wired_turn(&box);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE phone = '+393480000009'"
					     " AND whatsapp_id = 'IT.NEW'"),
		1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE kind = 'moved'"), 1);
	/* The new number is hidden: the old one may be somebody else's soon. */
	hub_box_tell(&box, moved("IT.NEW", "", "IT.NEWER", ""));
	wired_turn(&box);
	assert_int_equal(hub_box_value(&box, "SELECT phone IS NULL AND whatsapp_id = 'IT.NEWER' FROM subscriber"), 1);
	/* Somebody nobody knows; and one whose new number is another subscriber's. */
	hub_box_person(&box, CHANNEL_AUTO, "+393480000005", "");
	hub_box_tell(&box, moved("IT.NOBODY", "+393480000077", "IT.X", ""));
	hub_box_tell(&box, moved("IT.NEWER", "", "IT.NEWEST", "+393480000005"));
	wired_turn(&box);
	assert_int_equal(
		hub_box_value(&box, "SELECT phone IS NULL FROM subscriber WHERE whatsapp_id = 'IT.NEWEST'"), 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE kind = 'moved'"), 4);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_string_equal(wired_only(&box, 0).send.user, "IT.NEWEST");
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_close(&box);
}

static void who_stopped_marketing_gets_alerts_only(void **state)
{
	struct webhook_event event = {.type = WEBHOOK_PREFERENCE, .stop = true};

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_person(&box, CHANNEL_AUTO, PHONE, USER);
	snprintf(event.person.user, sizeof event.person.user, USER);
	hub_box_tell(&box, event);
	wired_turn(&box);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	wired_none(&box, 0);
	wired_none(&box, 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_string_equal(wired_only(&box, 0).send.template, "allerta");
	event.stop = false;
	hub_box_tell(&box, event);
	snprintf(event.person.user, sizeof event.person.user, "IT.NOBODY");
	hub_box_tell(&box, event);
	wired_turn(&box);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_string_equal(wired_only(&box, 0).send.template, "avviso");
	hub_box_close(&box);
}

/* Stopped in the middle of a news item: it does not go to them by SMS instead. */
static void who_stopped_is_not_sent_the_news_by_sms(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "news = { quiet = \"\"; sms = \"fallback\"; };", "");
	hub_box_person(&box, CHANNEL_AUTO, PHONE, USER);
	int64_t news = hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_FAILED, 131050);
	wired_turn(&box);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 1);
	assert_int_equal(hub_box_figures(&box, news).whatsapp_failed, 1);
	hub_box_close(&box);
}

/* ---- templates and account --------------------------------------------------------------------------------------- */

static void tell_template(const char *name, const char *word)
{
	struct webhook_event event = {.type = WEBHOOK_TEMPLATE};

	snprintf(event.template, sizeof event.template, "%s", name);
	snprintf(event.word, sizeof event.word, "%s", word);
	snprintf(event.remark, sizeof event.remark, "FIRST_PAUSE");
	hub_box_tell(&box, event);
	wired_turn(&box);
}

static void a_template_is_paused_and_comes_back(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 2, 1);
	tell_template("somebody_elses", "PAUSED");
	tell_template("allerta", "FLAGGED");
	assert_int_equal(replies(), 0);
	tell_template("allerta", "PAUSED");
	assert_int_equal(wired_modems_work(&box), 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	assert_string_equal(asks.ask[0].send.template, "avviso");
	assert_int_equal(wired_modems_work(&box), 2);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_queued, 1);
	tell_template("allerta", "APPROVED");
	assert_string_equal(wired_only(&box, 0).send.user, "IT.001");
	assert_int_equal(wired_modems_work(&box), 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE kind = 'template'"), 4);
	hub_box_close(&box);
}

static void account_events_and_the_unknown_are_kept(void **state)
{
	struct webhook_event account = {.type = WEBHOOK_ACCOUNT, .word = "ACCOUNT_RESTRICTION", .remark = "spam"};
	struct webhook_event unknown = {.type = WEBHOOK_UNKNOWN, .field = "flows", .text = "{\"event\":\"x\"}"};
	struct webhook_event trouble = {.type = WEBHOOK_TROUBLE, .word = "signature", .code = 7, .remark = "wrong"};

	(void)state;
	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 1, 0);
	hub_box_tell(&box, account);
	hub_box_tell(&box, unknown);
	hub_box_tell(&box, trouble);
	wired_turn(&box);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM inbox WHERE kind = 'account' AND text LIKE '%spam%'"), 1);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM inbox WHERE kind = 'webhook' AND text LIKE '%event%'"), 1);
	assert_int_equal(inbox(), 2);
	/* One that says why nothing can be sent is believed. */
	account.code = 131031;
	snprintf(account.error, sizeof account.error, "131031 the account is locked");
	hub_box_tell(&box, account);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	wired_none(&box, 0);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_joins_and_leaves),
		cmocka_unit_test(somebody_whose_number_is_hidden),
		cmocka_unit_test(told_twice_is_done_once),
		cmocka_unit_test(kept_once_though_the_disk_was_full),
		cmocka_unit_test(everything_else_is_kept_as_it_came),
		cmocka_unit_test(a_reply_waits_for_the_link_or_falls_when_refused),
		cmocka_unit_test(a_reply_that_is_refused_as_a_template_is_no_loop),
		cmocka_unit_test(both_halves_come_to_light),
		cmocka_unit_test(one_person_who_is_known_as_two),
		cmocka_unit_test(numbers_move),
		cmocka_unit_test(who_stopped_marketing_gets_alerts_only),
		cmocka_unit_test(who_stopped_is_not_sent_the_news_by_sms),
		cmocka_unit_test(a_template_is_paused_and_comes_back),
		cmocka_unit_test(account_events_and_the_unknown_are_kept),
	};

	return cmocka_run_group_tests_name("hub_whatsapp_inbound", tests, NULL, NULL);
}
