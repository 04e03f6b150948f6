/* WhatsApp refuses, by answer and by webhook, and has its limits: every code in its class, what staff hear of it, and who goes
 * by SMS, who waits and who is free. */
#include "tests/unit/wired_scene.h"

#include "config/clock.h"
#include "modem/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum { REFUSED = 10 * MINUTE }; /* after which what was refused is tried again */

#define STAFF "staff = ( { name = \"Ada\"; phone = \"+393490000001\"; } ); "

static struct hub_box box;
static struct wired_asks asks, more;

static int64_t notices(void)
{
	return hub_box_value(&box, "SELECT count(*) FROM message WHERE kind = 4");
}

static void a_refused_account_is_told_once(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 3, 1);
	hub_box_link(&box, BEARER_REFUSED, "190 the token has expired");
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	assert_int_equal(wired_modems_work(&box), 1);
	int64_t news = hub_box_message(&box, MESSAGE_NEWS, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 3);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_queued, 1);
	assert_int_equal(hub_box_figures(&box, news).whatsapp_queued, 4);
	/* That the link goes and comes makes nothing well, nor that the account is only tried again. */
	hub_box_link(&box, BEARER_GONE, "no network");
	wired_turn(&box);
	hub_box_link(&box, BEARER_REFUSED, "190 the token has expired");
	wired_turn(&box);
	box.slots = 1;
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	struct bearer_ask trial = wired_only(&box, 0);
	assert_string_equal(trial.send.user, "IT.001");
	hub_box_refuse(&box, &trial, 190);
	hub_box_link(&box, BEARER_REFUSED, "190 the token has expired");
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	hub_box_restart(&box);
	hub_box_link(&box, BEARER_REFUSED, "190 the token has expired");
	wired_turn(&box);
	box.slots = 40;
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	assert_in_range(notices(), 2, 4); /* the box that starts believes its first READY */
	assert_int_equal(notices() % 2, 0);
	assert_int_equal(wired_take(&box, 0, &asks), 5);
	hub_box_close(&box);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

/* What must become of an alert to who has a phone, to who has not, and of news, when each was refused with this code. */
struct wished {
	int sms_alert, sms_news; /* at once */
	bool repeat;		 /* by WhatsApp, soon */
	bool lost_user;		 /* who has no phone is not reached */
};

static struct wished wish(const struct graph_code *code)
{
	bool passing = code->class == GRAPH_RETRY || code->class == GRAPH_RETRY_PAIR;
	bool soon = passing && (code->after_s == 0 || code->after_s <= 10);
	bool person = code->class == GRAPH_RECIPIENT || code->class == GRAPH_RECIPIENT_MARKETING;
	bool ours = code->class == GRAPH_PAYLOAD || code->class == GRAPH_WINDOW || code->class == GRAPH_INBOUND;

	return (struct wished){
		.sms_alert = !soon,
		.sms_news = (person && code->code != 131050) || ours,
		.repeat = soon,
		.lost_user = person || ours,
	};
}

static void refused_with(const struct graph_code *code, bool told)
{
	struct wished wished = wish(code);

	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 1, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1), news = hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	for (int i = 0; i < 4; i++) {
		if (told)
			hub_box_answer(&box, 0, &asks.ask[i], BEARER_ACCEPTED);
		else
			hub_box_refuse(&box, &asks.ask[i], code->code);
	}
	if (!told && code->class == GRAPH_ACCOUNT)
		hub_box_link(&box, BEARER_REFUSED, "refused");
	wired_turn(&box);
	if (told)
		wired_modems_work(&box);
	for (int i = 0; i < 4 && told; i++)
		hub_box_status(&box, &asks.ask[i], WEBHOOK_FAILED, code->code);
	wired_turn(&box);
	wired_modems_work(&box);
	struct message_figures alerts = hub_box_figures(&box, alert), newses = hub_box_figures(&box, news);
	if (alerts.sms_sent != wished.sms_alert || newses.sms_sent != wished.sms_news)
		fail_msg("%d %s: %d alerts by SMS, %d news", code->code, told ? "told" : "answered",
			(int)alerts.sms_sent, (int)newses.sms_sent);
	/* Who has no phone is given up only when it is for good. */
	if ((alerts.whatsapp_failed - alerts.sms_sent * (alerts.whatsapp_failed > 1) > 0 && !wished.lost_user) &&
		hub_box_value(&box,
			"SELECT count(*) FROM outbox WHERE state = 4 AND address LIKE 'IT.%' AND priority = 0") > 0)
		fail_msg("%d %s: who has no phone was given up", code->code, told ? "told" : "answered");
	/* Never at once again, and staff hear of what is theirs to mend. */
	wired_none(&box, 0);
	bool staff = code->class == GRAPH_ACCOUNT || code->class == GRAPH_TEMPLATE;
	if ((notices() > 0) != staff)
		fail_msg("%d %s: %d notices", code->code, told ? "told" : "answered", (int)notices());
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE whatsapp_refused_at > 0"),
		code->class == GRAPH_RECIPIENT ? 2 : 0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE marketing_stopped"),
		code->code == 131050 ? 2 : 0);
	hub_box_pass(&box, 10 * SECOND);
	wired_turn(&box);
	int again = wired_take(&box, 0, &asks);
	if ((again > 0) != wished.repeat)
		fail_msg("%d %s: %d sent again by WhatsApp", code->code, told ? "told" : "answered", again);
	hub_box_close(&box);
}

static void every_code_in_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < graph_codes_count; i++) {
		for (int told = 0; told < 2; told++)
			refused_with(&graph_codes[i], told);
	}
	refused_with(graph_code_find(987654), true);
}

/* Accepted each time, and each time a moment later it failed: that is no success. */
static void accepted_and_failed_again_and_again(void **state)
{
	int by_whatsapp = 0;

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	for (int i = 0; i < 30; i++) {
		wired_turn(&box);
		int count = wired_take(&box, 0, &asks);
		for (int k = 0; k < count; k++) {
			by_whatsapp += asks.ask[k].send.to[0] != '\0';
			hub_box_answer(&box, 0, &asks.ask[k], BEARER_ACCEPTED);
			hub_box_status(&box, &asks.ask[k], WEBHOOK_FAILED, 131000);
		}
		wired_pass(&box, 3 * SECOND);
	}
	assert_in_range(by_whatsapp, 2, 3);
	assert_int_equal(wired_modems_work(&box), 1);
	/* Who has no other way is tried for as long as the alert lives. */
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_failed, 1);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM outbox WHERE state = 4"), 0);
	hub_box_close(&box);
}

static void who_is_not_on_whatsapp_is_remembered(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_FAILED, 131026);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	wired_none(&box, 0);
	assert_int_equal(wired_modems_work(&box), 1);
	wired_pass(&box, (int64_t)7 * 24 * 60 * MINUTE + SECOND);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	ask = wired_only(&box, 0);
	/* Written from there, they are tried at once again. */
	hub_box_refuse(&box, &ask, 131026);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 1);
	struct webhook_event wrote = {.type = WEBHOOK_MESSAGE, .id = "wamid.IN", .text = "ciao"};
	snprintf(wrote.person.phone, sizeof wrote.person.phone, "%s", wired_phone(1));
	hub_box_pass(&box, SECOND);
	hub_box_tell(&box, wrote);
	wired_turn(&box);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	(void)wired_only(&box, 0);
	hub_box_close(&box);
}

static void a_refused_template_stops_its_kind_only(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 3, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	hub_box_refuse(&box, &asks.ask[0], 132015);
	hub_box_refuse(&box, &asks.ask[3], 132015);
	hub_box_answer(&box, 0, &asks.ask[1], BEARER_ACCEPTED);
	hub_box_answer(&box, 0, &asks.ask[2], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	assert_int_equal(wired_modems_work(&box), 2); /* who was refused, and the notice */
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_queued, 1);
	/* What was sent before and arrives now says nothing of the template. */
	hub_box_status(&box, &asks.ask[1], WEBHOOK_DELIVERED, 0);
	hub_box_status(&box, &asks.ask[2], WEBHOOK_DELIVERED, 0);
	hub_box_message(&box, MESSAGE_CLEAR, 1);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4); /* news; the all-clear of nothing goes to nobody */
	assert_string_equal(asks.ask[0].send.template, "avviso");
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	assert_int_equal(notices(), 1);
	wired_pass(&box, REFUSED);
	struct bearer_ask ask = wired_only(&box, 0);
	assert_string_equal(ask.send.template, "allerta");
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	assert_int_equal(notices(), 2);
	wired_modems_work(&box);
	hub_box_close(&box);
}

/* A template refused for one kind stands in nobody else's way, however many wait for it. */
static void an_all_clear_passes_a_refused_alert(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 0, 40, "", "");
	wired_people(&box, 0, 100, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	box.hub->whatsapp.template_mono[MESSAGE_ALERT] = clock_mono_ms() + REFUSED;
	wired_turn(&box);
	wired_none(&box, 0);
	struct message clear = {.kind = MESSAGE_CLEAR,
		.segments = 1,
		.about = alert,
		.priority = PRIORITY_RED,
		.text = "cessato",
		.parameters = "cessato",
		.expires_at = box.now + 60 * (int64_t)MINUTE};
	assert_int_equal(db_begin(box.other, &box.err), 0);
	assert_int_equal(message_create(box.other, &clear, true, false, box.now, &box.err), 0);
	assert_int_equal(db_commit(box.other, &box.err), 0);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 40);
	assert_string_equal(asks.ask[0].send.template, "cessato_allarme");
	hub_box_close(&box);
}

static void an_account_refused_by_webhook(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, STAFF, "");
	wired_people(&box, 0, 3, 0);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	for (int i = 0; i < 2; i++)
		hub_box_status(&box, &asks.ask[i], WEBHOOK_FAILED, 131042);
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	assert_int_equal(wired_modems_work(&box), 3); /* two, and the notice */
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	wired_none(&box, 0);
	assert_int_equal(wired_modems_work(&box), 3);
	/* The link flaps, a late receipt comes: nothing is well by that. */
	hub_box_link(&box, BEARER_GONE, "no network");
	wired_turn(&box);
	hub_box_link(&box, BEARER_READY, "");
	hub_box_status(&box, &asks.ask[2], WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	assert_int_equal(notices(), 1);
	wired_pass(&box, REFUSED);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	assert_int_equal(notices(), 1);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	assert_int_equal(notices(), 2);
	hub_box_close(&box);
}

/* ---- the platform's limit ---------------------------------------------------------------------------------------- */

static void beyond_the_limit_alerts_fall_and_news_wait(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 2, 40,
		"news = { quiet = \"\"; expires_after = 604800; }; whatsapp: recipients_per_day = 10;", "");
	wired_people(&box, 0, 8, 12);
	int64_t news = hub_box_message(&box, MESSAGE_NEWS, 1);
	hub_box_change(&box, "UPDATE message SET expires_at = expires_at + 604800000");
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 10);
	assert_int_equal(box.hub->whatsapp.limit_used, 10);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	wired_none(&box, 0);
	wired_none(&box, 1);
	/* Who has no other way was first. These ten are free for the alert; eight others fall, two must wait. */
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 10);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	wired_status_all(&box, &asks, WEBHOOK_DELIVERED);
	assert_int_equal(wired_modems_work(&box), 8);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_sent, 8);
	assert_int_equal(figures.whatsapp_queued, 2);
	/* Somebody writes: their window is open and costs nothing. */
	struct webhook_event wrote = {
		.type = WEBHOOK_MESSAGE, .id = "wamid.IN", .text = "ciao", .person.user = "IT.012"};
	wrote.at = box.now;
	hub_box_tell(&box, wrote);
	wired_pass(&box, 2 * SECOND);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(asks.ask[i].send.user, "IT.012");
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	/* The day is over: the news goes on, without a loop in between. */
	wired_pass(&box, (int64_t)24 * 60 * MINUTE - MINUTE);
	wired_none(&box, 0);
	assert_true(box.hub->next_due > box.now);
	wired_pass(&box, 2 * MINUTE);
	assert_int_equal(wired_take(&box, 0, &asks), 9);
	assert_int_equal(hub_box_figures(&box, news).whatsapp_queued, 0);
	hub_box_close(&box);
}

static void the_moment_the_limit_frees_somebody_is_no_loop(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 0, 40, "whatsapp: recipients_per_day = 1;", "");
	wired_people(&box, 0, 2, 0);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	hub_box_change(&box, "UPDATE message SET expires_at = expires_at + 604800000");
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	int64_t day = (int64_t)24 * 60 * MINUTE;
	hub_box_pass(&box, day - 2);
	wired_turn(&box);
	/* Counted just now, and the next moment it is time. */
	box.hub->whatsapp.limit_mono = clock_mono_ms();
	box.now += 2;
	wired_turn(&box);
	(void)wired_only(&box, 0);
	hub_box_close(&box);
}

static void what_did_not_go_is_not_counted(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 0, 40, "whatsapp: recipients_per_day = 5;", "");
	wired_people(&box, 0, 0, 8);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 5);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_NOT_SENT);
	hub_box_refuse(&box, &asks.ask[1], 131026);
	hub_box_answer(&box, 0, &asks.ask[2], BEARER_UNKNOWN);
	wired_turn(&box);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM whatsapp_contact"), 5);
	assert_int_equal(wired_take(&box, 0, &more), 2);
	assert_int_equal(box.hub->whatsapp.limit_used, 5);
	/* A kill forgets nobody who may have got it. */
	hub_box_restart(&box);
	assert_int_equal(box.hub->whatsapp.limit_used, 5);
	wired_turn(&box);
	wired_none(&box, 0);
	hub_box_close(&box);
}

static void who_is_counted_does_not_wait_behind_who_is_not(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "whatsapp: recipients_per_day = 3;", "");
	wired_people(&box, 0, 150, 0);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	/* The last three are those who were written to today. */
	hub_box_change(&box, "UPDATE outbox SET state = 6, due = NULL WHERE id <= 147");
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	assert_string_equal(asks.ask[2].send.to, wired_phone(150));
	(void)wired_only(&box, 1);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_account_is_told_once),
		cmocka_unit_test(every_code_in_its_class),
		cmocka_unit_test(accepted_and_failed_again_and_again),
		cmocka_unit_test(who_is_not_on_whatsapp_is_remembered),
		cmocka_unit_test(a_refused_template_stops_its_kind_only),
		cmocka_unit_test(an_all_clear_passes_a_refused_alert),
		cmocka_unit_test(an_account_refused_by_webhook),
		cmocka_unit_test(beyond_the_limit_alerts_fall_and_news_wait),
		cmocka_unit_test(the_moment_the_limit_frees_somebody_is_no_loop),
		cmocka_unit_test(what_did_not_go_is_not_counted),
		cmocka_unit_test(who_is_counted_does_not_wait_behind_who_is_not),
	};

	return cmocka_run_group_tests_name("hub_whatsapp_refusal", tests, NULL, NULL);
}
