/* WhatsApp's bearer: started from the settings, its link and its refusals told to the queue. */
#include "config/clock.h"
#include "db/subscriber.h"
#include "firmware-host/hub.h"
#include "firmware-host/log.h"
#include "firmware-host/notice.h"
#include "firmware-host/outlook.h"
#include "firmware-host/secret.h"
#include "modem/graph.h"
#include "modem/whatsapp_worker.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	RESTART_MS = 30 * 1000,	     /* after it could not be started */
	REFUSED_MS = 10 * 60 * 1000, /* an account or a template that was refused is tried again */
	PACE_MS = 3000,
	PACE_COUNT = 20,
	LOOK_BACK = 32, /* messages, for the last alert */
	SECOND_MS = 1000,
	TRIAL_SLOTS = 1, /* READY with one slot: whether the account may send again is still to be seen */
};

struct hub_bearer *hub_whatsapp_bearer(struct hub *hub)
{
	for (int i = 0; i < hub->bearer_count; i++) {
		if (hub->bearers[i].channel == OUTBOX_WHATSAPP)
			return &hub->bearers[i];
	}
	return NULL;
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static int config_fill(const struct settings *settings, struct whatsapp_worker_config *config, struct err *err)
{
	*config = (struct whatsapp_worker_config){.name = "whatsapp", .rate = settings->whatsapp.rate};
	snprintf(config->api, sizeof config->api, "%s", settings->whatsapp.api);
	snprintf(config->phone_number_id, sizeof config->phone_number_id, "%s", settings->whatsapp.phone_number_id);
	snprintf(config->ca_file, sizeof config->ca_file, "%s", settings->whatsapp.ca_file);
	return secret_read(
		settings->whatsapp.token_file, "whatsapp.token_file", config->token, sizeof config->token, err);
}

/* The token is part of it: a new one in the same file takes effect when the configuration is read again. */
int hub_whatsapp_identity(const struct settings *settings, unsigned char ret_identity[16], struct err *err)
{
	struct whatsapp_worker_config config;
	int result = config_fill(settings, &config, err);

	crypto_generichash(ret_identity, 16, (const unsigned char *)&config, sizeof config, NULL, 0);
	sodium_memzero(&config, sizeof config);
	return result;
}

void hub_whatsapp_start(struct hub *hub, struct hub_bearer *bearer)
{
	struct whatsapp_worker_config config;
	struct err err;

	int result = config_fill(hub->settings, &config, &err);
	if (result == 0)
		result = hub_whatsapp_identity(hub->settings, bearer->identity, &err);
	if (result == 0)
		result = whatsapp_worker_start(&config, &bearer->fd, &err);
	sodium_memzero(&config, sizeof config);
	if (result == 0) {
		bearer->status.state = BEARER_STARTING;
		return;
	}
	if (bearer->status.state != BEARER_REFUSED || strcmp(bearer->status.why, err.text) != 0)
		log_line(LOG_ERROR, "%s: %s; everything goes by SMS", bearer->name, err.text);
	bearer->fd = -1;
	bearer->status.state = BEARER_REFUSED;
	snprintf(bearer->status.why, sizeof bearer->status.why, "%.*s", BEARER_WHY_MAX - 1, err.text);
	bearer->start_mono = clock_mono_ms() + RESTART_MS;
}

/* ---- what the forecast lives on ---------------------------------------------------------------------------------- */

static enum forecast_link link_of(const struct hub_bearer *bearer)
{
	switch (bearer->status.state) {
	case BEARER_READY: return FORECAST_UP;
	case BEARER_REFUSED: return FORECAST_REFUSED;
	case BEARER_STARTING:
	case BEARER_SEARCHING:
	case BEARER_SIM:
	case BEARER_PIN:
	case BEARER_HUNG:
	case BEARER_GONE: break;
	}
	return FORECAST_DOWN;
}

/* Counted only over stretches in which WhatsApp always had something in hand. */
int hub_whatsapp_accepted(struct hub *hub, int64_t now, struct err *err)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;
	const struct hub_bearer *bearer = hub_whatsapp_bearer(hub);
	int64_t mono = clock_mono_ms();

	if (!bearer || bearer->work.in_hand == 0 || whatsapp->pace_mono == 0) {
		whatsapp->pace_mono = mono;
		whatsapp->pace_count = 0;
		return 0;
	}
	whatsapp->pace_count++;
	int64_t elapsed = mono - whatsapp->pace_mono;
	if (elapsed < PACE_MS || whatsapp->pace_count < PACE_COUNT)
		return 0;
	double pace = whatsapp->pace_count * 1000.0 / (double)elapsed, was = whatsapp->pace;
	whatsapp->pace_mono = mono;
	whatsapp->pace_count = 0;
	if (pace < was * 1.1 && pace > was * 0.9)
		return 0;
	whatsapp->pace = pace;
	return outlook_link_note(hub->db, link_of(bearer), pace, now, err);
}

static bool keep_newest_alert(void *context, const struct message *message)
{
	struct message *newest = context;

	if (message->kind != MESSAGE_ALERT)
		return true;
	*newest = *message;
	return false;
}

int hub_whatsapp_learn(struct hub *hub, int64_t now, struct err *err)
{
	struct message *newest = hub->text_cache; /* a place for one; it holds no row's text any more */
	struct message_figures figures;

	newest->id = 0;
	if (!hub->settings->whatsapp.enabled ||
		message_each(hub->db, false, LOOK_BACK, keep_newest_alert, newest, err) != 0)
		return hub->settings->whatsapp.enabled ? -1 : 0;
	int64_t id = newest->id, age = now - newest->created_at;
	newest->id = 0;
	if (id == 0 || id == hub->whatsapp.learnt ||
		age < (int64_t)hub->settings->alert.fallback_after_s * 2 * SECOND_MS)
		return 0;
	if (message_figures(hub->db, id, &figures, err) < 0)
		return -1;
	if (figures.waiting > 0 || figures.whatsapp_queued > 0 || figures.whatsapp_sending > 0)
		return 0;
	hub->whatsapp.learnt = id;
	int64_t taken = figures.whatsapp_accepted + figures.whatsapp_delivered + figures.whatsapp_read +
			figures.whatsapp_failed + figures.whatsapp_held + figures.whatsapp_unknown;
	bool alive = hub->whatsapp.down_mono == 0 || clock_mono_ms() - hub->whatsapp.down_mono > age;
	return alive && taken > 0 ? outlook_fallback_note(hub->db, taken, figures.fell, err) : 0;
}

/* ---- the link and the queue -------------------------------------------------------------------------------------- */

/* While the link is dead no proof can come: nobody waits for it longer than for an SMS of unknown outcome. Who was never
 * sent anything is offered to the modems at once, by dispatch. */
int hub_whatsapp_link_set(struct hub *hub, bool up, int64_t now, struct err *err)
{
	if (!up)
		hub->whatsapp.down_mono = clock_mono_ms();
	if (up == hub->whatsapp.link_up)
		return 0;
	hub->whatsapp.link_up = up;
	hub->whatsapp.falls = 0;
	int64_t at_most = up ? INT64_MAX : now + (int64_t)hub->settings->alert.unknown_after_s * SECOND_MS;
	for (int priority = PRIORITY_RED; priority <= PRIORITY_EXERCISE; priority++) {
		int64_t after = hub_fallback_ms(hub, (enum message_priority)priority);
		if (outbox_unproved_due(hub->db, (enum message_priority)priority, after, at_most, err) != 0)
			return -1;
	}
	return 0;
}

int hub_whatsapp_link(struct hub *hub, int64_t now, struct err *err)
{
	const struct hub_bearer *bearer = hub_whatsapp_bearer(hub);

	if (!bearer)
		return 0;
	enum bearer_state state = bearer->status.state;
	bool refused = state == BEARER_REFUSED && !bearer->status.passing;
	bool well = state == BEARER_READY && bearer->status.slots > TRIAL_SLOTS && !bearer->paused_why[0];
	/* A link that goes down while the account is refused makes nothing well. */
	if ((refused || well) && notice_set(hub, NOTICE_WHATSAPP, refused, bearer->status.why, now, err) != 0)
		return -1;
	if (outlook_link_note(hub->db, link_of(bearer), 0, now, err) != 0)
		return -1;
	return hub_whatsapp_link_set(hub, state != BEARER_GONE && state != BEARER_HUNG, now, err);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static int account_refused(
	struct hub *hub, const struct graph_code *code, const char *error, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = hub_whatsapp_bearer(hub);

	if (!bearer)
		return 0;
	bool known = bearer->work.paused_mono > clock_mono_ms();
	bearer->work.paused_mono = clock_mono_ms() + (code->after_s ? code->after_s * INT64_C(1000) : REFUSED_MS);
	bearer->work.paused_message = INT64_MAX;
	hub->whatsapp.proved = 0;
	snprintf(bearer->paused_why, sizeof bearer->paused_why, "%.*s", BEARER_WHY_MAX - 1, error);
	if (!known) /* it is told for each message that was under way */
		log_line(LOG_ERROR, "%s: the account is refused: %s; everything goes by SMS", bearer->name, error);
	return notice_set(hub, NOTICE_ACCOUNT, true, error, now, err);
}

static int template_refused(struct hub *hub, enum message_kind kind, const char *error, int64_t now, struct err *err)
{
	if (kind == MESSAGE_REPLY)
		return 0;
	bool known = hub->whatsapp.template_mono[kind] > clock_mono_ms();
	hub->whatsapp.template_mono[kind] = clock_mono_ms() + REFUSED_MS;
	hub->whatsapp.proved &= ~(1U << kind);
	if (!known)
		log_line(LOG_ERROR, "whatsapp: a template cannot be sent: %s; see: banditore template sync", error);
	return notice_set(hub, notice_of_template(kind), true, error, now, err);
}

int hub_whatsapp_proved(struct hub *hub, enum message_kind kind, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = hub_whatsapp_bearer(hub);
	int64_t mono = clock_mono_ms();

	/* While it is refused, what still arrives left before. */
	if (!bearer || hub->whatsapp.proved & 1U << kind || bearer->work.paused_mono > mono ||
		(kind != MESSAGE_REPLY && hub->whatsapp.template_mono[kind] > mono))
		return 0;
	hub->whatsapp.proved |= 1U << kind;
	bearer->paused_why[0] = '\0';
	if (notice_set(hub, NOTICE_ACCOUNT, false, "", now, err) != 0)
		return -1;
	return kind == MESSAGE_REPLY ? 0 : notice_set(hub, notice_of_template(kind), false, "", now, err);
}

int hub_whatsapp_refusal(struct hub *hub, const struct outbox_row *row, int32_t number, const char *error, bool told,
	int64_t now, struct err *err)
{
	const struct graph_code *code = graph_code_find(number);

	switch (code->class) {
	case GRAPH_ACCOUNT: /* of an answer the worker itself has made its status */
		return told ? account_refused(hub, code, error, now, err) : 0;
	case GRAPH_TEMPLATE: return template_refused(hub, row->kind, error, now, err);
	case GRAPH_RECIPIENT: return row->subscriber_id ? subscriber_refused(hub->db, row->subscriber_id, now, err) : 0;
	case GRAPH_RECIPIENT_MARKETING: /* of an experiment of Meta's they know nothing */
		return row->subscriber_id && number == OUTCOME_STOPPED
			       ? subscriber_stop_marketing(hub->db, row->subscriber_id, true, err)
			       : 0;
	case GRAPH_RETRY:
	case GRAPH_RETRY_PAIR:
	case GRAPH_PAYLOAD:
	case GRAPH_WINDOW:
	case GRAPH_INBOUND: break;
	}
	return 0;
}
