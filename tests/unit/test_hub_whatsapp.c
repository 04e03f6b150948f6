/* The hub with WhatsApp beside the modems: who goes by what, what proves that they were reached, and what happens when
 * nothing does. */
#include "tests/unit/wired_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum { FALLBACK = 90 * SECOND, UNKNOWN = 20 * SECOND }; /* the defaults of alert.fallback_after, alert.unknown_after */

static struct hub_box box;
static struct wired_asks asks;

static int64_t reached(int64_t message)
{
	return hub_box_figures(&box, message).reached;
}

/* ---- who goes by what -------------------------------------------------------------------------------------------- */

static void both_ways_at_once(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 2, 40, "", "");
	wired_people(&box, 5, 60, 3);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	/* SMS-only people have the modems, WhatsApp fills its slots. */
	assert_int_equal(wired_take(&box, 0, &asks), 40);
	for (int i = 1; i <= 2; i++)
		assert_int_equal(strncmp(wired_only(&box, i).send.to, "+39333", 6), 0);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_sending, 40);
	assert_int_equal(figures.whatsapp_queued, 23);
	assert_int_equal(figures.sms_sending, 2);
	/* A slot that is free again is taken at once. */
	hub_box_answer(&box, 0, &asks.ask[7], BEARER_ACCEPTED);
	hub_box_answer(&box, 0, &asks.ask[3], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	hub_box_close(&box);
}

static void what_whatsapp_is_asked(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 0, 40, "whatsapp: templates = { alert = \"allarme\"; language = \"de\"; };", "");
	wired_people(&box, 0, 1, 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	const struct bearer_send *first = &asks.ask[0].send, *second = &asks.ask[1].send;
	assert_string_equal(first->to, "+393340000001");
	assert_string_equal(first->user, "");
	assert_string_equal(second->to, "");
	assert_string_equal(second->user, "IT.001");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(asks.ask[i].send.content, BEARER_TEMPLATE);
		assert_string_equal(asks.ask[i].send.template, "allarme");
		assert_string_equal(asks.ask[i].send.language, "de");
		assert_string_equal(asks.ask[i].text, "Rossa" BEARER_FIELD "Piove");
		assert_int_equal(asks.ask[i].send.attempt, 1);
		assert_int_equal(asks.ask[i].send.segment, 0);
	}
	hub_box_close(&box);
}

static void who_is_asked_by_channel(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	hub_box_person(&box, CHANNEL_SMS, "+393330000001", "IT.SMS");
	hub_box_person(&box, CHANNEL_AUTO, "+393330000002", "IT.BOTH");
	hub_box_person(&box, CHANNEL_AUTO, "+393330000003", "");
	hub_box_person(&box, CHANNEL_WHATSAPP, "+393330000004", "");
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	assert_string_equal(asks.ask[0].send.to, "+393330000002");
	assert_string_equal(asks.ask[1].send.to, "+393330000004");
	assert_int_equal(wired_modems_work(&box), 2);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 2);
	hub_box_close(&box);
}

static void an_alert_overtakes_news(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 4, "", "");
	wired_people(&box, 2, 10, 0);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	assert_string_equal(asks.ask[0].send.template, "avviso");
	hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_string_equal(wired_only(&box, 0).send.template, "allerta");
	hub_box_close(&box);
}

/* ---- proof ------------------------------------------------------------------------------------------------------- */

static void accepted_then_delivered_then_read(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_accepted, 1);
	assert_int_equal(figures.reached, 0);
	hub_box_status(&box, &ask, WEBHOOK_SENT, 0);
	hub_box_status(&box, &ask, WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	assert_int_equal(hub_box_kept(&box), 2);
	figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_delivered, 1);
	assert_int_equal(figures.reached, 1);
	hub_box_status(&box, &ask, WEBHOOK_READ, 0);
	wired_turn(&box);
	figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_read, 1);
	assert_int_equal(figures.whatsapp_delivered, 0);
	assert_int_equal(figures.reached, 1);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 1);
	hub_box_close(&box);
}

/* Every order in which one message's statuses and its answer may come, each of them perhaps twice, by callback data or by
 * name; the last word is the same. */
static void statuses_in_any_order(void **state)
{
	enum { ANSWER, SENT, DELIVERED, READ, EVENTS };
	static const int orders[][EVENTS] = {{ANSWER, SENT, DELIVERED, READ}, {SENT, ANSWER, DELIVERED, READ},
		{SENT, DELIVERED, ANSWER, READ}, {SENT, DELIVERED, READ, ANSWER}, {DELIVERED, ANSWER, SENT, READ},
		{READ, DELIVERED, SENT, ANSWER}, {READ, ANSWER, DELIVERED, SENT}, {DELIVERED, SENT, READ, ANSWER},
		{ANSWER, READ, SENT, DELIVERED}, {ANSWER, DELIVERED, SENT, READ}};

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	for (size_t order = 0; order < sizeof orders / sizeof *orders; order++) {
		for (int how = 0; how < 8; how++) { /* bit 0: by name only, 1: twice, 2: in one turn */
			int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
			wired_turn(&box);
			struct bearer_ask ask = wired_only(&box, 0), named = ask;
			if (how & 1)
				named.send.delivery = 0;
			for (int i = 0; i < EVENTS; i++) {
				int what = orders[order][i];
				if (what == ANSWER) {
					hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
				} else {
					enum webhook_status status = what == SENT	 ? WEBHOOK_SENT
								     : what == DELIVERED ? WEBHOOK_DELIVERED
											 : WEBHOOK_READ;
					hub_box_status(&box, &named, status, 0);
					/* The wamid alone does not name a message that has none yet: then by what the answer gives. */
					snprintf(box.hub->whatsapp.events[box.hub->whatsapp.event_count - 1].id,
						BEARER_ID_MAX, "%s",
						hub_box_wamid(ask.send.delivery, ask.send.attempt));
					if (how & 2)
						hub_box_tell(&box,
							box.hub->whatsapp.events[box.hub->whatsapp.event_count - 1]);
				}
				if (!(how & 4))
					wired_turn(&box);
			}
			wired_turn(&box);
			struct message_figures figures = hub_box_figures(&box, alert);
			if (figures.whatsapp_read != 1 || figures.reached != 1)
				fail_msg("order %zu, way %d: read %d, reached %d", order, how,
					(int)figures.whatsapp_read, (int)figures.reached);
			wired_pass(&box, 2 * MINUTE);
			wired_none(&box, 1);
			wired_none(&box, 0);
		}
	}
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM status_early"), 0);
	hub_box_close(&box);
}

/* Some statuses carry the callback data, others do not. */
static void a_name_told_early_is_not_forgotten_by_a_later_status(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	struct webhook_event delivered = {.type = WEBHOOK_STATUS, .status = WEBHOOK_DELIVERED};
	snprintf(delivered.id, sizeof delivered.id, "%s", hub_box_wamid(ask.send.delivery, 1));
	hub_box_tell(&box, delivered);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_SENT, 0);
	wired_turn(&box);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(reached(alert), 1);
	wired_pass(&box, 2 * MINUTE);
	wired_none(&box, 1);
	hub_box_close(&box);
}

static void failed_after_delivered_changes_nothing(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_status(&box, &ask, WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	hub_box_status(&box, &ask, WEBHOOK_FAILED, 131026);
	wired_turn(&box);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_delivered, 1);
	assert_int_equal(hub_box_value(&box, "SELECT whatsapp_refused_at FROM subscriber"), 0);
	wired_none(&box, 1);
	hub_box_close(&box);
}

static void delivered_after_failed_is_the_truth(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 1, 2, 1);
	hub_box_state(&box, 1, BEARER_SEARCHING);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	for (int i = 0; i < 3; i++)
		hub_box_status(&box, &asks.ask[i], WEBHOOK_FAILED, 131026);
	wired_turn(&box);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_queued, 3);
	assert_int_equal(figures.whatsapp_failed, 3);
	/* Another of their devices has it after all: taken out of the queue, and WhatsApp does reach them. */
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_status(&box, &asks.ask[2], WEBHOOK_READ, 0);
	wired_turn(&box);
	figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.reached, 2);
	assert_int_equal(figures.sms_queued, 2);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM subscriber WHERE whatsapp_refused_at > 0"), 1);
	hub_box_state(&box, 1, BEARER_READY);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 2);
	hub_box_close(&box);
}

static void a_status_of_somebody_elses_is_ignored(void **state)
{
	struct webhook_event event = {.type = WEBHOOK_STATUS, .status = WEBHOOK_DELIVERED, .id = "wamid.OTHER"};

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 1, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_tell(&box, event);
	event.delivery = 999; /* a row that is not */
	event.attempt = 1;
	hub_box_tell(&box, event);
	event.delivery = ask.send.delivery; /* an attempt that is not */
	event.attempt = 9;
	hub_box_tell(&box, event);
	event.id[0] = '\0';
	hub_box_tell(&box, event);
	wired_turn(&box);
	assert_int_equal(reached(alert), 0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM status_early"), 1);
	assert_int_equal(hub_box_kept(&box), 4);
	hub_box_close(&box);
}

/* ---- no proof ---------------------------------------------------------------------------------------------------- */

static void without_proof_by_sms_oldest_first(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 2, 3, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	struct bearer_ask first = wired_only(&box, 1);
	for (int i = 3; i >= 0; i--) { /* the last was accepted first */
		hub_box_answer(&box, 0, &asks.ask[i], BEARER_ACCEPTED);
		wired_pass(&box, SECOND);
	}
	wired_pass(&box, FALLBACK - 5 * SECOND);
	wired_none(&box, 0);
	assert_int_equal(hub_box_figures(&box, alert).waiting, 3);
	wired_pass(&box, 10 * SECOND);
	/* The modem was busy meanwhile: SMS-only people still go first. */
	hub_box_answer(&box, 1, &first, BEARER_ACCEPTED);
	wired_turn(&box);
	struct bearer_ask next = wired_only(&box, 1);
	assert_string_equal(next.send.to, "+393330000002");
	for (int i = 2; i >= 0; i--) {
		hub_box_answer(&box, 1, &next, BEARER_ACCEPTED);
		wired_turn(&box);
		next = wired_only(&box, 1);
		assert_string_equal(next.send.to, asks.ask[i].send.to);
	}
	hub_box_answer(&box, 1, &next, BEARER_ACCEPTED);
	wired_turn(&box);
	wired_none(&box, 1);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_sent, 5);
	assert_int_equal(figures.whatsapp_accepted, 4);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 0);
	wired_none(&box, 1);
	hub_box_close(&box);
}

/* The late proof finds the row waiting for a modem, in its hand, and sent. */
static void late_proof(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 2, 40, "", "");
	wired_people(&box, 0, 4, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	wired_pass(&box, FALLBACK + SECOND);
	struct bearer_ask sent = wired_only(&box, 1), flying = wired_only(&box, 2);
	assert_int_equal(sent.send.attempt, 2);
	hub_box_status(&box, &asks.ask[2], WEBHOOK_DELIVERED, 0); /* it waits */
	wired_turn(&box);
	hub_box_answer(&box, 1, &sent, BEARER_ACCEPTED);
	wired_turn(&box);
	struct bearer_ask last = wired_only(&box, 1);
	assert_string_equal(last.send.to, asks.ask[3].send.to);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0); /* it was sent */
	hub_box_status(&box, &asks.ask[1], WEBHOOK_DELIVERED, 0); /* it is in flight */
	wired_turn(&box);
	assert_int_equal(reached(alert), 3);
	hub_box_answer(&box, 2, &flying, BEARER_RETRY_SOON);
	hub_box_answer(&box, 1, &last, BEARER_ACCEPTED);
	wired_turn(&box);
	wired_pass(&box, MINUTE);
	wired_none(&box, 1);
	wired_none(&box, 2);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.reached, 3);
	assert_int_equal(figures.recipients, 4);
	assert_int_equal(figures.whatsapp_delivered, 3);
	assert_int_equal(figures.segments_sent, 2);
	hub_box_close(&box);
}

static void a_long_sms_stops_when_the_proof_comes(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 2, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 3);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	wired_pass(&box, FALLBACK + SECOND);
	struct bearer_ask part = wired_only(&box, 1);
	assert_int_equal(part.send.segment, 0);
	hub_box_answer(&box, 1, &part, BEARER_ACCEPTED);
	wired_turn(&box);
	part = wired_only(&box, 1);
	assert_string_equal(part.send.to, asks.ask[0].send.to);
	assert_int_equal(part.send.segment, 1);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	wired_turn(&box);
	hub_box_answer(&box, 1, &part, BEARER_ACCEPTED);
	wired_turn(&box);
	/* On to the next person, all three parts of it. */
	for (int segment = 0; segment < 3; segment++) {
		part = wired_only(&box, 1);
		assert_string_equal(part.send.to, asks.ask[1].send.to);
		assert_int_equal(part.send.segment, segment);
		hub_box_answer(&box, 1, &part, BEARER_ACCEPTED);
		wired_turn(&box);
	}
	wired_none(&box, 1);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.reached, 1);
	assert_int_equal(figures.sms_sent, 1);
	assert_int_equal(figures.segments_sent, 5);
	hub_box_close(&box);
}

static void held_goes_by_sms_at_once(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "news = { quiet = \"\"; sms = \"fallback\"; };", "");
	wired_people(&box, 0, 2, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_HELD);
	struct bearer_ask ask = wired_only(&box, 1);
	assert_string_equal(ask.send.to, wired_phone(1));
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_held, 3);
	/* Released and delivered while it waits for the modem. */
	hub_box_status(&box, &asks.ask[1], WEBHOOK_SENT, 0);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_DELIVERED, 0);
	hub_box_status(&box, &asks.ask[2], WEBHOOK_SENT, 0);
	hub_box_answer(&box, 1, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	wired_none(&box, 1);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_accepted, 1);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_FAILED, 132015);
	wired_turn(&box);
	wired_none(&box, 1);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_failed, 1);
	assert_int_equal(figures.segments_sent, 1);
	hub_box_close(&box);
}

static void at_once(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "alert = { at_once = \"orange\"; };", "");
	wired_people(&box, 0, 1, 0);
	hub_box_message_of(&box, MESSAGE_ALERT, PRIORITY_ORANGE, 1);
	wired_turn(&box);
	struct bearer_ask ask = wired_only(&box, 0);
	wired_none(&box, 1);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_message_of(&box, MESSAGE_ALERT, PRIORITY_YELLOW, 1);
	wired_turn(&box);
	ask = wired_only(&box, 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 0);
	wired_pass(&box, FALLBACK);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_close(&box);
}

/* Both is what "at once" means also for what was in flight at a kill. */
static void at_once_after_a_kill(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "alert = { at_once = \"red\"; };", "");
	wired_people(&box, 0, 1, 0);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	(void)wired_only(&box, 0);
	hub_box_restart(&box);
	wired_turn(&box);
	wired_none(&box, 0);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_close(&box);
}

static void unknown_is_never_repeated_blindly(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 3, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_UNKNOWN);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_unknown, 3);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_SENT, 0);
	wired_pass(&box, FALLBACK - SECOND);
	wired_none(&box, 0);
	wired_none(&box, 1);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_delivered, 1);
	assert_int_equal(figures.whatsapp_accepted, 1);
	assert_int_equal(figures.whatsapp_unknown, 1);
	wired_pass(&box, 2 * SECOND);
	wired_none(&box, 0);
	assert_int_equal(wired_modems_work(&box), 2);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt WHERE again"), 2);
	hub_box_close(&box);
}

/* Who has WhatsApp alone has no SMS to fall back to: once the deadline has passed, an alert that may not have left is sent
 * again, marked; news is not. */
static void unknown_without_a_phone_is_sent_again_at_the_deadline(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 0, 3);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_UNKNOWN);
	hub_box_answer(&box, 0, &asks.ask[1], BEARER_UNKNOWN);
	hub_box_answer(&box, 0, &asks.ask[2], BEARER_ACCEPTED);
	wired_turn(&box);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_SENT, 0);
	wired_pass(&box, FALLBACK - SECOND);
	wired_none(&box, 0);
	wired_pass(&box, 2 * SECOND);
	struct bearer_ask again = wired_only(&box, 0);
	assert_string_equal(again.send.user, asks.ask[0].send.user);
	assert_int_equal(again.send.attempt, 2);
	assert_int_equal(hub_box_value(&box, "SELECT again FROM attempt WHERE number = 2"), 1);
	/* The first did arrive. */
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_answer(&box, 0, &again, BEARER_ACCEPTED);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 0);
	assert_int_equal(reached(alert), 1);

	int64_t news = hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 3);
	wired_answer_all(&box, 0, &asks, BEARER_UNKNOWN);
	wired_pass(&box, 10 * MINUTE);
	wired_none(&box, 0);
	assert_int_equal(hub_box_figures(&box, news).whatsapp_unknown, 3);
	hub_box_close(&box);
}

/* ---- news -------------------------------------------------------------------------------------------------------- */

static void news_by_policy(void **state)
{
	static const struct {
		const char *sms;
		int by_modem, unreachable, unproved;
	} cases[] = {{"never", 0, 0, 0}, {"sms-only", 2, 1, 0}, {"fallback", 2, 1, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char extra[96];
		snprintf(extra, sizeof extra, "news = { quiet = \"\"; sms = \"%s\"; };", cases[i].sms);
		hub_box_open_wired(&box, 1, 40, extra, "");
		wired_people(&box, 2, 2, 1);
		hub_box_message(&box, MESSAGE_NEWS, 1);
		wired_turn(&box);
		assert_int_equal(wired_take(&box, 0, &asks), 3);
		assert_int_equal(wired_modems_work(&box), cases[i].by_modem);
		hub_box_refuse(&box, &asks.ask[0], 131026);
		hub_box_answer(&box, 0, &asks.ask[1], BEARER_ACCEPTED);
		hub_box_answer(&box, 0, &asks.ask[2], BEARER_UNKNOWN);
		wired_turn(&box);
		assert_int_equal(wired_modems_work(&box), cases[i].unreachable);
		wired_pass(&box, 10 * MINUTE);
		assert_int_equal(wired_modems_work(&box), cases[i].unproved);
		wired_none(&box, 0);
		/* While the link is dead news waits for it, unless it falls. */
		hub_box_link(&box, BEARER_GONE, "no network");
		wired_turn(&box);
		hub_box_message(&box, MESSAGE_NEWS, 1);
		wired_turn(&box);
		assert_int_equal(wired_modems_work(&box), cases[i].by_modem + cases[i].unreachable + cases[i].unproved);
		hub_box_state(&box, 0, BEARER_READY);
		wired_turn(&box);
		assert_int_equal(wired_take(&box, 0, &asks), 3 - cases[i].unproved - (cases[i].unreachable ? 1 : 1));
		hub_box_close(&box);
	}
}

static void quiet_hours_hold_news_on_both_ways(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "news = { quiet = \"11:30-12:30\"; sms = \"fallback\"; };", "");
	wired_people(&box, 1, 1, 0);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	wired_turn(&box);
	wired_none(&box, 0);
	wired_none(&box, 1);
	wired_pass(&box, 30 * MINUTE);
	(void)wired_only(&box, 0);
	assert_int_equal(wired_modems_work(&box), 1);
	hub_box_close(&box);
}

/* ---- withdrawn --------------------------------------------------------------------------------------------------- */

/* Whatever WhatsApp says later of what was withdrawn while it was unproved, nothing leaves for these people any more. */
static void what_is_withdrawn_never_falls(void **state)
{
	enum { CANCEL, LEAVE, EXPIRE, FORGET, WAYS };
	static const int32_t codes[] = {131026, 131000, 132015, 131042, 131009};

	(void)state;
	for (int way = 0; way < WAYS; way++) {
		for (int told_first = 0; told_first < 2; told_first++) {
			hub_box_open_wired(&box, 1, 60, "", "");
			wired_people(&box, 0, 12, 6);
			int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
			wired_turn(&box);
			assert_int_equal(wired_take(&box, 0, &asks), 18);
			/* A third accepted, a third unknown, a third in flight; with a phone and without. */
			for (int i = 0; i < 18; i++) {
				if (i % 3 != 2)
					hub_box_answer(
						&box, 0, &asks.ask[i], i % 3 == 0 ? BEARER_ACCEPTED : BEARER_UNKNOWN);
			}
			wired_turn(&box);
			if (way == CANCEL)
				wired_cancel(&box, alert);
			for (int64_t id = 1; way == LEAVE && id <= 18; id++)
				wired_leave(&box, id);
			for (int64_t id = 1; way == FORGET && id <= 18; id++) {
				assert_int_equal(db_begin(box.other, &box.err), 0);
				assert_int_equal(subscriber_forget(box.other, id, box.now, &box.err), 0);
				assert_int_equal(db_commit(box.other, &box.err), 0);
			}
			if (way == EXPIRE)
				hub_box_pass(&box, 7 * 60 * (int64_t)MINUTE);
			wired_turn(&box);
			for (int i = 0; i < 18; i++) {
				if (i % 3 == 2 && !told_first)
					hub_box_answer(&box, 0, &asks.ask[i], BEARER_RETRY_SOON);
				if (told_first || i % 3 != 2)
					hub_box_status(&box, &asks.ask[i], WEBHOOK_FAILED, codes[i % 5]);
			}
			wired_turn(&box);
			wired_pass(&box, 5 * MINUTE);
			wired_pass(&box, 30 * MINUTE);
			wired_none(&box, 0);
			wired_none(&box, 1);
			assert_int_equal(hub_box_value(&box,
						 "SELECT count(*) FROM outbox WHERE due IS NOT NULL AND priority = 0"),
				0);
			assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt WHERE number > 1"), 0);
			hub_box_close(&box);
		}
	}
}

static void an_sms_of_what_was_withdrawn_is_not_repeated(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 2, 0, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 2);
	wired_leave(&box, 1);
	wired_turn(&box);
	/* The service centre stopped trying: worth another send, but not to who has left, nor of what was cancelled. */
	for (int64_t row = 1; row <= 2; row++) {
		assert_int_equal(db_begin(box.other, &box.err), 0);
		assert_int_equal(outbox_receipt(box.other, row, 1, ATTEMPT_FAILED, OUTBOX_QUEUED, box.now + 1, "60",
					 box.now, &box.err),
			0);
		assert_int_equal(db_commit(box.other, &box.err), 0);
		if (row == 1) {
			wired_pass(&box, SECOND);
			wired_none(&box, 1);
			wired_cancel(&box, alert);
		}
	}
	wired_pass(&box, SECOND);
	wired_none(&box, 1);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_at_once),
		cmocka_unit_test(what_whatsapp_is_asked),
		cmocka_unit_test(who_is_asked_by_channel),
		cmocka_unit_test(an_alert_overtakes_news),
		cmocka_unit_test(accepted_then_delivered_then_read),
		cmocka_unit_test(statuses_in_any_order),
		cmocka_unit_test(a_name_told_early_is_not_forgotten_by_a_later_status),
		cmocka_unit_test(failed_after_delivered_changes_nothing),
		cmocka_unit_test(delivered_after_failed_is_the_truth),
		cmocka_unit_test(a_status_of_somebody_elses_is_ignored),
		cmocka_unit_test(without_proof_by_sms_oldest_first),
		cmocka_unit_test(late_proof),
		cmocka_unit_test(a_long_sms_stops_when_the_proof_comes),
		cmocka_unit_test(held_goes_by_sms_at_once),
		cmocka_unit_test(at_once),
		cmocka_unit_test(at_once_after_a_kill),
		cmocka_unit_test(unknown_is_never_repeated_blindly),
		cmocka_unit_test(unknown_without_a_phone_is_sent_again_at_the_deadline),
		cmocka_unit_test(news_by_policy),
		cmocka_unit_test(quiet_hours_hold_news_on_both_ways),
		cmocka_unit_test(what_is_withdrawn_never_falls),
		cmocka_unit_test(an_sms_of_what_was_withdrawn_is_not_repeated),
	};

	return cmocka_run_group_tests_name("hub_whatsapp", tests, NULL, NULL);
}
