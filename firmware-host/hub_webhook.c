/* What the webhook tells: statuses to their rows, words to inbound, the rest to whom it concerns. */
#include "config/clock.h"
#include "db/inbox.h"
#include "db/subscriber.h"
#include "firmware-host/hub.h"
#include "firmware-host/inbound.h"
#include "firmware-host/log.h"
#include "firmware-host/notice.h"
#include "firmware-host/secret.h"
#include "modem/graph.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	RESTART_MS = 2000, /* the thread before it may still hold the port */
	TEMPLATE_MS =
		24 * 60 * 60 * 1000, /* a template WhatsApp took away is tried again then, unless it says sooner */
};

/* ---- the listener ------------------------------------------------------------------------------------------------ */

static int webhook_config_fill(const struct settings *settings, struct webhook_config *config, struct err *err)
{
	const char *slash = strrchr(settings->database, '/');
	int folder = slash ? (int)(slash - settings->database) : 0;

	*config = (struct webhook_config){0};
	snprintf(config->listen, sizeof config->listen, "%s", settings->whatsapp.webhook);
	if (snprintf(config->spool, sizeof config->spool, "%.*s/webhook", folder, settings->database) >=
		(int)sizeof config->spool)
		return err_set(err, EX_CONFIG, "the database's path is too long for a folder beside it");
	snprintf(config->phone_number_id, sizeof config->phone_number_id, "%s", settings->whatsapp.phone_number_id);
	if (secret_read(settings->whatsapp.app_secret_file, "whatsapp.app_secret_file", config->app_secret,
		    sizeof config->app_secret, err) != 0)
		return -1;
	return secret_read(settings->whatsapp.verify_token_file, "whatsapp.verify_token_file", config->verify_token,
		sizeof config->verify_token, err);
}

static void webhook_identity(const struct webhook_config *config, unsigned char ret_identity[16])
{
	crypto_generichash(ret_identity, 16, (const unsigned char *)config, sizeof *config, NULL, 0);
}

static void webhook_close(struct hub *hub)
{
	if (hub->whatsapp.fd >= 0)
		close(hub->whatsapp.fd);
	hub->whatsapp.fd = -1;
}

static void webhook_fail(struct hub *hub, const struct err *err)
{
	if (strcmp(hub->whatsapp.why, err->text) != 0)
		log_line(LOG_ERROR, "no word comes back from WhatsApp: %s", err->text);
	snprintf(hub->whatsapp.why, sizeof hub->whatsapp.why, "%s", err->text);
	hub->whatsapp.start_mono = clock_mono_ms() + RESTART_MS;
}

void hub_whatsapp_listen(struct hub *hub)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;
	struct webhook_config config;
	struct err err;

	if (!hub->settings->whatsapp.enabled) {
		webhook_close(hub);
		return;
	}
	if (whatsapp->fd >= 0 || clock_mono_ms() < whatsapp->start_mono)
		return;
	if (!whatsapp->events)
		whatsapp->events = calloc(HUB_WEBHOOKS_MAX, sizeof *whatsapp->events);
	if (!whatsapp->events) {
		err_set(&err, EX_OSERR, "out of memory");
		webhook_fail(hub, &err);
		return;
	}
	if (webhook_config_fill(hub->settings, &config, &err) != 0 ||
		webhook_start(&config, &whatsapp->fd, &err) != 0) {
		whatsapp->fd = -1;
		webhook_fail(hub, &err);
	} else {
		whatsapp->why[0] = '\0';
		webhook_identity(&config, whatsapp->identity);
		log_line(LOG_INFO, "the webhook listens on %s", config.listen);
	}
	sodium_memzero(&config, sizeof config);
}

void hub_whatsapp_stop(struct hub *hub)
{
	webhook_close(hub);
}

void hub_whatsapp_reload(struct hub *hub)
{
	struct hub_bearer *bearer = hub_whatsapp_bearer(hub);
	unsigned char identity[sizeof hub->whatsapp.identity];
	struct webhook_config config;
	struct err err;

	bool read = webhook_config_fill(hub->settings, &config, &err) == 0;
	webhook_identity(&config, identity);
	sodium_memzero(&config, sizeof config);
	if (!read || memcmp(identity, hub->whatsapp.identity, sizeof identity) != 0)
		webhook_close(hub); /* it starts again with what the files hold now */
	hub->whatsapp.start_mono = 0;
	/* Whoever has mended the account or a template need not wait until it is tried again. */
	memset(hub->whatsapp.template_mono, 0, sizeof hub->whatsapp.template_mono);
	if (bearer)
		bearer->work.paused_mono = 0;
}

void hub_whatsapp_hear(struct hub *hub)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;

	while (whatsapp->fd >= 0 && whatsapp->event_count < HUB_WEBHOOKS_MAX) {
		int got = webhook_event_read(whatsapp->fd, &whatsapp->events[whatsapp->event_count]);
		if (got == -EAGAIN)
			return;
		if (got != 0) {
			struct err err;
			err_set(&err, EX_OSERR, "the webhook's thread has ended");
			webhook_close(hub);
			webhook_fail(hub, &err);
			return;
		}
		whatsapp->event_count++;
	}
}

/* ---- statuses ---------------------------------------------------------------------------------------------------- */

static enum outbox_wired wired_of(enum webhook_status status)
{
	switch (status) {
	case WEBHOOK_SENT: return WIRED_UNPROVED;
	case WEBHOOK_DELIVERED: return WIRED_DELIVERED;
	case WEBHOOK_READ: return WIRED_READ;
	case WEBHOOK_FAILED: return WIRED_FAILED;
	}
	return WIRED_UNPROVED;
}

/* Our callback data tell the attempt, else its name does: 1, 0, -1. *ret_early: what had been told under that name alone. */
static int status_find(struct hub *hub, const struct webhook_event *event, int64_t *ret_id, int32_t *ret_attempt,
	struct outbox_early *ret_early, struct err *err)
{
	*ret_early = (struct outbox_early){.wired = WIRED_NOTHING};
	if (event->delivery > 0) {
		int ours = outbox_wired_attempt(hub->db, event->delivery, event->attempt, event->id, err);
		if (ours < 0)
			return -1;
		*ret_id = event->delivery;
		*ret_attempt = event->attempt;
		if (ours == 1 && event->id[0] &&
			outbox_name(hub->db, event->delivery, event->attempt, event->id, ret_early, err) != 0)
			return -1;
		if (ours == 1)
			return 1;
	}
	return event->id[0] ? outbox_named(hub->db, event->id, ret_id, ret_attempt, err) : 0;
}

static int status_failed(struct hub *hub, const struct outbox_row *row, int32_t attempt,
	const struct webhook_event *event, int64_t now, struct err *err)
{
	struct outcome_policy policy = hub_outcome_policy(hub, row);
	enum bearer_outcome refusal = graph_outcome(graph_code_find(event->code));
	struct outbox_outcome outcome =
		outcome_whatsapp_refused(row, attempt, refusal, event->code, event->error, &policy, now);

	log_line(LOG_INFO, "whatsapp: message %lld was not delivered to somebody: %s", (long long)row->message_id,
		event->error);
	if (row->wired >= WIRED_DELIVERED)
		return 0; /* another of their devices has it */
	if (outbox_denied(hub->db, &outcome, now, err) != 0)
		return -1;
	return hub_whatsapp_refusal(hub, row, event->code, event->error, true, now, err);
}

static int status_apply(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	struct outbox_early early;
	struct outbox_row row;
	int64_t id;
	int32_t attempt;

	int found = status_find(hub, event, &id, &attempt, &early, err);
	if (found < 0)
		return -1;
	if (found == 0) { /* before the answer to its own sending, or of a message of somebody else's on this account */
		early = (struct outbox_early){.wired = wired_of(event->status), .code = event->code};
		snprintf(early.error, sizeof early.error, "%s", event->error);
		return event->id[0] ? outbox_early(hub->db, event->id, &early, now, err) : 0;
	}
	found = outbox_get(hub->db, id, &row, err);
	if (found <= 0)
		return found; /* erased meanwhile */
	if (early.wired != WIRED_NOTHING && (hub_whatsapp_early(hub, &row, attempt, &early, now, err) != 0 ||
						    outbox_get(hub->db, id, &row, err) < 0))
		return -1;
	if (row.subscriber_id &&
		subscriber_seen_wired(hub->db, row.subscriber_id, event->person.user, event->person.phone, 0, err) != 0)
		return -1;
	switch (event->status) {
	case WEBHOOK_SENT: return outbox_released(hub->db, id, attempt, err);
	case WEBHOOK_DELIVERED:
	case WEBHOOK_READ:
		if (row.subscriber_id && subscriber_refused(hub->db, row.subscriber_id, 0, err) != 0)
			return -1;
		if (hub_whatsapp_proved(hub, row.kind, now, err) != 0)
			return -1;
		return outbox_prove(hub->db, id, attempt, wired_of(event->status), now, err);
	case WEBHOOK_FAILED: return status_failed(hub, &row, attempt, event, now, err);
	}
	return 0;
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static int event_keep(struct hub *hub, const char *kind, const char *text, int64_t now, struct err *err)
{
	struct inbox_message message = {.at = now, .text = text, .text_length = (int)strlen(text)};
	int64_t id;

	snprintf(message.kind, sizeof message.kind, "%s", kind);
	snprintf(message.bearer, sizeof message.bearer, "whatsapp");
	snprintf(message.answer, sizeof message.answer, "none");
	return inbox_add(hub->db, &message, &id, err);
}

static int preference_apply(struct hub *hub, const struct webhook_event *event, struct err *err)
{
	struct subscriber who;

	int found = subscriber_find_wired(hub->db, event->person.user, event->person.phone, &who, err);
	return found <= 0 ? found : subscriber_stop_marketing(hub->db, who.id, event->stop, err);
}

static bool template_is_lost(const char *word)
{
	static const char *const words[] = {"PAUSED", "DISABLED", "REJECTED", "ARCHIVED", "DELETED", "PENDING_DELETION",
		"LOCKED", "LIMIT_EXCEEDED"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static bool template_is_back(const char *word)
{
	return strcmp(word, "APPROVED") == 0 || strcmp(word, "REINSTATED") == 0 || strcmp(word, "UNARCHIVED") == 0;
}

static int template_apply(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	const char *names[] = {[MESSAGE_ALERT] = hub->settings->whatsapp.templates.alert,
		[MESSAGE_CLEAR] = hub->settings->whatsapp.templates.clear,
		[MESSAGE_NEWS] = hub->settings->whatsapp.templates.news};
	char what[BEARER_TEMPLATE_MAX + 352];
	bool lost = template_is_lost(event->word), back = template_is_back(event->word);

	snprintf(what, sizeof what, "template %s: %s%s%s", event->template, event->word, event->remark[0] ? ": " : "",
		event->remark);
	log_line(LOG_INFO, "whatsapp: %s", what);
	if (event_keep(hub, "template", what, now, err) != 0)
		return -1;
	for (int kind = MESSAGE_ALERT; kind <= MESSAGE_NEWS && (lost || back); kind++) {
		if (strcmp(names[kind], event->template) != 0)
			continue;
		hub->whatsapp.template_mono[kind] = lost ? clock_mono_ms() + TEMPLATE_MS : 0;
		hub->whatsapp.proved &= ~(1U << kind);
		if (notice_set(hub, notice_of_template((enum message_kind)kind), lost, what, now, err) != 0)
			return -1;
	}
	return 0;
}

static int account_apply(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	struct outbox_row none = {.kind = MESSAGE_REPLY};
	char what[512];

	snprintf(what, sizeof what, "%s%s%s%s%s", event->word, event->remark[0] ? ": " : "", event->remark,
		event->error[0] ? ": " : "", event->error);
	log_line(LOG_WARN, "whatsapp: %s", what);
	if (event_keep(hub, "account", what, now, err) != 0)
		return -1;
	return event->code ? hub_whatsapp_refusal(hub, &none, event->code, event->error, true, now, err) : 0;
}

static int event_apply(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err)
{
	switch (event->type) {
	case WEBHOOK_STATUS: return status_apply(hub, event, now, err);
	case WEBHOOK_MESSAGE: return inbound_whatsapp(hub, event, now, err);
	case WEBHOOK_MOVED: return inbound_moved(hub, event, now, err);
	case WEBHOOK_PREFERENCE: return preference_apply(hub, event, err);
	case WEBHOOK_TEMPLATE: return template_apply(hub, event, now, err);
	case WEBHOOK_ACCOUNT: return account_apply(hub, event, now, err);
	case WEBHOOK_TROUBLE:
		log_line(LOG_WARN, "whatsapp: the webhook: %s, %d times: %s", event->word, event->code, event->remark);
		return 0;
	case WEBHOOK_UNKNOWN: return event_keep(hub, "webhook", event->text, now, err);
	}
	return 0;
}

int hub_whatsapp_apply(struct hub *hub, int64_t now, struct err *err)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;

	for (whatsapp->applying = 0; whatsapp->applying < whatsapp->event_count; whatsapp->applying++) {
		if (event_apply(hub, &whatsapp->events[whatsapp->applying], now, err) != 0)
			return -1;
	}
	whatsapp->applying = -1;
	return 0;
}

/* A thing told that can never be kept must not stop the box: it is said to be kept, so that it is not told for ever. */
void hub_whatsapp_leave_out(struct hub *hub, int index, const struct err *err)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;
	struct webhook_event *event = &whatsapp->events[index];

	log_line(LOG_ERROR, "whatsapp: what the webhook tells cannot be kept and is left out: %s", err->text);
	if (whatsapp->fd >= 0 && event->token != 0)
		webhook_kept(whatsapp->fd, event->token);
	whatsapp->event_count--;
	memmove(event, event + 1, (size_t)(whatsapp->event_count - index) * sizeof *event);
}

void hub_whatsapp_kept(struct hub *hub)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;

	for (int i = 0; i < whatsapp->event_count && whatsapp->fd >= 0; i++) {
		if (whatsapp->events[i].token != 0)
			webhook_kept(whatsapp->fd, whatsapp->events[i].token);
	}
	whatsapp->event_count = 0;
}
