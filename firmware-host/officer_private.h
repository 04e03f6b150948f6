/* What the files officer_orders.c, officer_apply.c, officer_progress.c and officer_tick.c share. All within a transaction. */
#ifndef BANDITORE_OFFICER_PRIVATE_H
#define BANDITORE_OFFICER_PRIVATE_H

#include "db/officer_order.h"
#include "firmware-host/hub.h"
#include "firmware-host/officer_orders.h"

/* "sms", "whatsapp": of messages and of the audit trail. */
const char *officer_door_name(int32_t channel);

/* To the enrolled number, before anything else that waits: by WhatsApp when that is how they wrote, the link lives and their
 * window is open; else by SMS. An officer without a number hears nothing. id TEXT_COUNT: the first value as it is. */
int officer_say(struct hub *hub, const struct officer *officer, int32_t channel, enum text_id id,
	const struct text_value *values, size_t count, int64_t now, struct err *err);

/* May an officer who has proved nothing (new) be answered once more? Each answer costs the SIM, and the number is a claim. */
bool officer_quota_take(struct hub *hub, int64_t officer);

int officer_audit(struct hub *hub, const struct officer *officer, int32_t channel, const char *act, const char *detail,
	int64_t now, struct err *err);

/* officer_apply.c: the PIN was right (matched) or wrong. */
int officer_apply_checked(struct hub *hub, const struct officer_checked *checked, int64_t now, struct err *err);

/* The word has come back in time: the order is kept, or a second officer asked. */
int officer_apply_confirmed(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err);

/* Lets an order go. */
int officer_apply_over(struct hub *hub, struct officer_order *order, int64_t now, struct err *err);

/* Tells the wait a PIN policy asks for. */
int officer_apply_wait(struct hub *hub, const struct officer *officer, int32_t channel, int failed, int64_t wait_ms,
	int64_t now, struct err *err);

/* officer_progress.c: an order whose time has come, or that is under way, looked at. */
int officer_progress_look(struct hub *hub, struct officer_order *order, int64_t now, struct err *err);

enum {
	OFFICER_TOLD_STARTED = 1, /* of an order's progress */
	OFFICER_TOLD_MOST = 2,
	OFFICER_ANSWER_LIFE_MS = 60 * 60 * 1000, /* an answer that comes later says nothing any more */
};

#endif
