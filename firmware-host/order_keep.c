#include "firmware-host/order_keep.h"

#include "db/audit.h"
#include "firmware-host/hub.h"
#include "firmware-host/order.h"

#include <stdio.h>

int order_recipients(struct db *db, const struct settings *settings, const struct message *message, int64_t now,
	int64_t *ret, struct err *err)
{
	int64_t sms, whatsapp;

	if (message_count_recipients(db, message, settings->whatsapp.enabled, now, &sms, &whatsapp, err) != 0)
		return -1;
	*ret = sms + whatsapp;
	return 0;
}

static int keep_audit(
	struct db *db, const struct message *message, const struct order_giver *giver, int64_t now, struct err *err)
{
	const char *kind = order_kind_to_string(message->kind);
	char detail[AUDIT_DETAIL_MAX], about[48] = "";

	if (message->about)
		(void)snprintf(about, sizeof about, ", %s alert %lld",
			message->kind == MESSAGE_ALERT ? "an update of" : "of", (long long)message->about);
	(void)snprintf(detail, sizeof detail, "%s %lld, %d recipients%s%s%s", kind, (long long)message->id,
		message->recipients, about, giver->said ? ": " : "", giver->said ? giver->said : "");
	return audit_add(db, now, hub_clock_source(), giver->who, message->door, kind, detail, err);
}

/* An all-clear ends the alert and its updates; an update takes their place. */
static int about_withdraw(
	struct db *db, const struct message *message, int64_t now, int *ret_withdrawn, struct err *err)
{
	if (message->kind == MESSAGE_ALERT)
		return message_supersede(db, message, now, ret_withdrawn, err);
	return message_cancel(db, message->about, STAGE_CANCELLED, now, ret_withdrawn, err);
}

int order_keep_within(struct db *db, const struct settings *settings, struct message *message,
	const struct order_giver *giver, int64_t now, struct err *err)
{
	bool news_never = settings->news.sms == NEWS_SMS_NEVER;
	int withdrawn = 0;

	if (message_create(db, message, settings->whatsapp.enabled, news_never, now, err) != 0)
		return -1;
	if (message->recipients == 0)
		return err_set(
			err, EX_REFUSED, "nobody would receive it, so it was not kept; see: banditore subscriber list");
	if (giver->withdraw && message->about && about_withdraw(db, message, now, &withdrawn, err) != 0)
		return -1;
	if (giver->ret_withdrawn)
		*giver->ret_withdrawn = withdrawn;
	return keep_audit(db, message, giver, now, err);
}

int order_keep(struct db *db, const struct settings *settings, struct message *message, const struct order_giver *giver,
	int64_t now, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (order_keep_within(db, settings, message, giver, now, err) == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

int order_cancel_within(
	struct db *db, int64_t id, const char *door, const char *who, int64_t now, int *ret_withdrawn, struct err *err)
{
	char detail[64];

	(void)snprintf(detail, sizeof detail, "message %lld", (long long)id);
	if (message_cancel(db, id, STAGE_CANCELLED, now, ret_withdrawn, err) != 0)
		return -1;
	return audit_add(db, now, hub_clock_source(), who, door, "cancel", detail, err);
}

int order_cancel(
	struct db *db, int64_t id, const char *door, const char *who, int64_t now, int *ret_withdrawn, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (order_cancel_within(db, id, door, who, now, ret_withdrawn, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}
