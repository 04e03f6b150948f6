#include "firmware-host/notice.h"

#include "config/clock.h"
#include "db/limit.h"
#include "db/memo.h"
#include "firmware-host/health.h"
#include "firmware-host/log.h"
#include "firmware-host/when.h"
#include "modem/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_LIFE_MS = 24 * 60 * 60 * 1000, LOOK_MS = 1000, SECOND_MS = 1000 };

static const struct {
	const char *memo;
	enum text_id begins, ends;
} notices[NOTICE_COUNT] = {
	[NOTICE_WHATSAPP] = {"notice.whatsapp", TEXT_NOTICE_WHATSAPP, TEXT_NOTICE_WHATSAPP_WELL},
	[NOTICE_ACCOUNT] = {"notice.account", TEXT_NOTICE_WHATSAPP, TEXT_NOTICE_WHATSAPP_WELL},
	[NOTICE_TEMPLATE] = {"notice.template.alert", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
	[NOTICE_TEMPLATE + 1] = {"notice.template.clear", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
	[NOTICE_TEMPLATE + 2] = {"notice.template.news", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
	[NOTICE_CANNOT_ALERT] = {"notice.cannot-alert", TEXT_NOTICE_CANNOT_ALERT, TEXT_NOTICE_CAN_ALERT},
	[NOTICE_SELFTEST] = {"notice.selftest", TEXT_NOTICE_SELFTEST, TEXT_NOTICE_SELFTEST_WELL},
};

/* To one of the staff, by one way. */
static int notice_queue(struct hub *hub, const struct settings_person *person, enum outbox_channel channel,
	const char *text, int64_t now, struct err *err)
{
	int64_t message;
	struct message_reply reply = {
		.channel = channel,
		.address = person->phone,
		.text = text,
		.segments = segment_count(text, NULL),
		.expires_at = now + NOTICE_LIFE_MS,
	};

	return message_create_reply(hub->db, &reply, now, &message, err);
}

static int notice_send(struct hub *hub, enum text_id id, const char *why, int64_t now, struct err *err)
{
	const struct hub_bearer *whatsapp = hub_whatsapp_bearer(hub);
	char text[TEXTS_TEXT_MAX * 2], folded[TEXTS_TEXT_MAX * 3], when[WHEN_TEXT_MAX];
	unsigned changed;
	const struct text_value values[] = {
		{"comune", hub->settings->comune.name},
		{"service", hub->settings->comune.service},
		{"why", why},
		{"when", when_spoken(hub->texts, now, now, when)},
	};

	texts_fill(hub->texts, id, values, sizeof values / sizeof *values, text, sizeof text);
	const char *sent = fold_italian(text, folded, sizeof folded, &changed) >= 0 ? folded : text;
	for (int i = 0; i < hub->settings->staff_count; i++) {
		const struct settings_person *person = &hub->settings->staff[i];
		if (notice_queue(hub, person, OUTBOX_SMS, sent, now, err) != 0)
			return -1;
		bool alive = whatsapp && whatsapp->status.state == BEARER_READY;
		int open = alive ? limit_window(hub->db, person->phone, now, err) : 0;
		if (open < 0 || (open > 0 && notice_queue(hub, person, OUTBOX_WHATSAPP, text, now, err) != 0))
			return -1;
	}
	return 0;
}

enum notice notice_of_template(enum message_kind kind)
{
	return (enum notice)(NOTICE_TEMPLATE + kind - MESSAGE_ALERT);
}

int notice_set(struct hub *hub, enum notice notice, bool trouble, const char *why, int64_t now, struct err *err)
{
	char *said = NULL;

	int found = memo_get(hub->db, notices[notice].memo, &said, err);
	if (found < 0)
		return -1;
	bool known = found == 1 && said[0] != '\0';
	free(said);
	if (known == trouble)
		return 0;
	log_line(trouble ? LOG_ERROR : LOG_INFO, "%s: %s", notices[notice].memo, trouble ? why : "well again");
	if (memo_put(hub->db, notices[notice].memo, trouble ? why : "", err) != 0)
		return -1;
	return notice_send(hub, trouble ? notices[notice].begins : notices[notice].ends, why, now, err);
}

void notice_tick(struct hub *hub, int64_t now)
{
	int64_t mono = clock_mono_ms();
	char why[TEXTS_TEXT_MAX];
	struct err err;

	if (mono < hub->able.look_mono)
		return;
	hub->able.look_mono = mono + LOOK_MS;
	bool cannot = !health_can_alert(hub, why, sizeof why);
	if (hub->able.since_mono == 0 || hub->able.cannot != cannot) {
		hub->able.cannot = cannot;
		hub->able.since_mono = mono;
		hub->able.told = false;
	}
	if (hub->able.told || mono - hub->able.since_mono < (int64_t)hub->settings->alert.unable_after_s * SECOND_MS)
		return;
	if (db_begin(hub->db, &err) != 0)
		return;
	if (notice_set(hub, NOTICE_CANNOT_ALERT, cannot, why, now, &err) == 0 && db_commit(hub->db, &err) == 0) {
		hub->able.told = hub->look = true;
		return;
	}
	db_rollback(hub->db);
}
