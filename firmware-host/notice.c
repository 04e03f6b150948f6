#include "firmware-host/notice.h"

#include "db/memo.h"
#include "firmware-host/log.h"
#include "modem/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_LIFE_MS = 24 * 60 * 60 * 1000 };

static const struct {
	const char *memo;
	enum text_id begins, ends;
} notices[NOTICE_COUNT] = {
	[NOTICE_WHATSAPP] = {"notice.whatsapp", TEXT_NOTICE_WHATSAPP, TEXT_NOTICE_WHATSAPP_WELL},
	[NOTICE_ACCOUNT] = {"notice.account", TEXT_NOTICE_WHATSAPP, TEXT_NOTICE_WHATSAPP_WELL},
	[NOTICE_TEMPLATE] = {"notice.template.alert", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
	[NOTICE_TEMPLATE + 1] = {"notice.template.clear", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
	[NOTICE_TEMPLATE + 2] = {"notice.template.news", TEXT_NOTICE_TEMPLATE, TEXT_NOTICE_TEMPLATE_WELL},
};

static int notice_send(struct hub *hub, enum text_id id, int64_t now, struct err *err)
{
	const struct text_value values[] = {
		{"comune", hub->settings->comune.name}, {"service", hub->settings->comune.service}};
	char text[TEXTS_TEXT_MAX * 2], folded[TEXTS_TEXT_MAX * 3];
	unsigned changed;
	int64_t message;

	texts_fill(hub->texts, id, values, sizeof values / sizeof *values, text, sizeof text);
	const char *sent = fold_italian(text, folded, sizeof folded, &changed) >= 0 ? folded : text;
	for (int i = 0; i < hub->settings->staff_count; i++) {
		struct message_reply reply = {
			.address = hub->settings->staff[i].phone,
			.text = sent,
			.segments = segment_count(sent, NULL),
			.expires_at = now + NOTICE_LIFE_MS,
		};
		if (message_create_reply(hub->db, &reply, now, &message, err) != 0)
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
	return notice_send(hub, trouble ? notices[notice].begins : notices[notice].ends, now, err);
}
