/* Starting, hearing and stopping the workers, and what their words other than results mean. */
#include "firmware-host/hub.h"

#include "config/clock.h"
#include "firmware-host/inbound.h"
#include "firmware-host/log.h"
#include "modem/gsm_worker.h"
#include "modem/phone.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	RESTART_MS = 5000,	   /* after a worker ended by itself */
	PATIENCE_EXTRA_MS = 15000, /* a worker's own deadline comes first */
	PIN_KEY_MAX = 48,
	PACE_MS = 2000, /* least time between two notes of a modem's pace */
};

static void text_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void modem_reset(struct hub_bearer *bearer, const struct settings_modem *modem)
{
	*bearer = (struct hub_bearer){.fd = -1, .modem = *modem};
	text_copy(bearer->name, sizeof bearer->name, modem->name);
	bearer->status.state = BEARER_STARTING;
}

/* What it holds, if anything, may have left or not. */
static int bearer_lose(struct hub *hub, int index, const char *why, int64_t now, struct err *err)
{
	for (int i = hub->flight_count - 1; i >= 0; i--) {
		const struct hub_flight *flight = &hub->flights[i];
		struct bearer_result unknown = {
			.delivery = flight->delivery,
			.attempt = flight->attempt,
			.outcome = BEARER_UNKNOWN,
			.reference = -1,
		};
		if (flight->bearer != index)
			continue;
		text_copy(unknown.error, sizeof unknown.error, why);
		if (hub_result(hub, index, &unknown, now, err) != 0)
			return -1;
	}
	return 0;
}

static bool modem_is_same(const struct settings_modem *one, const struct settings_modem *other)
{
	return strcmp(one->name, other->name) == 0 && strcmp(one->port, other->port) == 0 &&
	       strcmp(one->imei, other->imei) == 0 && strcmp(one->pin, other->pin) == 0 &&
	       strcmp(one->smsc, other->smsc) == 0 && strcmp(one->trace, other->trace) == 0 &&
	       one->calls == other->calls && one->baud == other->baud && one->send_timeout_s == other->send_timeout_s &&
	       one->roaming == other->roaming;
}

static const struct settings_modem *modem_stays(const struct hub_bearer *bearer, const struct settings *settings)
{
	if (bearer->found)
		return settings->modem_count == 0 ? &bearer->modem : NULL;
	for (int i = 0; i < settings->modem_count; i++) {
		if (bearer->fd >= 0 && modem_is_same(&bearer->modem, &settings->modems[i]))
			return &settings->modems[i];
	}
	return NULL;
}

/* Does the bearer go on undisturbed under these settings? */
static bool bearer_stays(const struct hub_bearer *bearer, const struct settings *settings)
{
	unsigned char identity[sizeof bearer->identity];
	struct err err;

	if (bearer->channel == OUTBOX_SMS)
		return modem_stays(bearer, settings) != NULL;
	return settings->whatsapp.enabled && bearer->fd >= 0 && hub_whatsapp_identity(settings, identity, &err) == 0 &&
	       memcmp(identity, bearer->identity, sizeof identity) == 0;
}

/* Before new settings: what a bearer holds that will end is settled as unknown, as after a kill. */
int hub_bearers_release(struct hub *hub, const struct settings *settings, int64_t now, struct err *err)
{
	struct hub_kept before;

	hub_keep(hub, &before);
	if (db_begin(hub->db, err) != 0)
		return -1;
	/* Without a webhook no proof can come. */
	if (hub_whatsapp_bearer(hub) && !settings->whatsapp.enabled && hub_whatsapp_link_set(hub, false, now, err) != 0)
		goto undo;
	for (int i = 0; i < hub->bearer_count; i++) {
		if (!bearer_stays(&hub->bearers[i], settings) &&
			bearer_lose(hub, i, "its settings changed", now, err) != 0)
			goto undo;
	}
	if (db_commit(hub->db, err) == 0)
		return 0;
undo:
	db_rollback(hub->db);
	hub_restore(hub, &before);
	return -1;
}

/* The old bearer that goes on as this modem; -1: none. */
static int modem_find_old(
	const struct hub *hub, const struct hub_bearer *old, int old_count, const struct settings_modem *modem)
{
	for (int k = 0; k < old_count; k++) {
		if (old[k].channel == OUTBOX_SMS && !old[k].found && modem_stays(&old[k], hub->settings) == modem)
			return k;
	}
	return -1;
}

/* Flights name their bearer by its place, which may be another now. */
static void flights_follow(struct hub *hub, const struct hub_bearer *old)
{
	for (int i = 0; i < hub->flight_count; i++) {
		const char *name = old[hub->flights[i].bearer].name;
		for (int k = 0; k < hub->bearer_count; k++) {
			if (strcmp(hub->bearers[k].name, name) == 0)
				hub->flights[i].bearer = k;
		}
	}
}

static void whatsapp_configure(struct hub *hub, struct hub_bearer *old, int old_count)
{
	struct hub_bearer *bearer = &hub->bearers[hub->bearer_count];

	if (!hub->settings->whatsapp.enabled)
		return;
	hub->bearer_count++;
	*bearer = (struct hub_bearer){.fd = -1, .channel = OUTBOX_WHATSAPP, .status = {.state = BEARER_STARTING}};
	text_copy(bearer->name, sizeof bearer->name, "whatsapp");
	for (int k = 0; k < old_count; k++) {
		if (old[k].channel != OUTBOX_WHATSAPP || !bearer_stays(&old[k], hub->settings))
			continue;
		*bearer = old[k];
		old[k].fd = -1;
	}
}

/* Fits the bearers to the settings: what is unchanged goes on undisturbed, the rest ends or begins. WhatsApp is the first
 * of all, so that modems found later are added behind. */
void hub_bearers_configure(struct hub *hub)
{
	struct hub_bearer old[HUB_BEARERS_MAX];
	int old_count = hub->bearer_count;

	memcpy(old, hub->bearers, sizeof old);
	hub->bearer_count = 0;
	whatsapp_configure(hub, old, old_count);
	for (int k = 0; k < old_count; k++) {
		if (old[k].channel != OUTBOX_SMS || !old[k].found || !modem_stays(&old[k], hub->settings))
			continue;
		hub->bearers[hub->bearer_count++] = old[k];
		old[k].fd = -1;
	}
	for (int i = 0; i < hub->settings->modem_count; i++) {
		const struct settings_modem *modem = &hub->settings->modems[i];
		struct hub_bearer *bearer = &hub->bearers[hub->bearer_count++];
		int kept = modem_find_old(hub, old, old_count, modem);
		if (kept < 0) {
			modem_reset(bearer, modem);
			continue;
		}
		*bearer = old[kept];
		bearer->modem = *modem; /* budgets may have changed */
		old[kept].fd = -1;
	}
	flights_follow(hub, old);
	for (int k = 0; k < old_count; k++) {
		if (old[k].fd >= 0)
			close(old[k].fd); /* the worker takes it for STOP */
	}
}

static void modem_start(struct hub_bearer *bearer)
{
	const struct settings_modem *modem = &bearer->modem;
	struct gsm_worker_config config = {
		.baud = modem->baud,
		.send_timeout_s = modem->send_timeout_s,
		.calls = modem->calls == CALLS_ANSWER	? GSM_CALLS_ANSWER
			 : modem->calls == CALLS_IGNORE ? GSM_CALLS_IGNORE
							: GSM_CALLS_REJECT,
		.roaming = modem->roaming,
	};
	struct err err;

	text_copy(config.name, sizeof config.name, modem->name);
	text_copy(config.port, sizeof config.port, modem->port);
	text_copy(config.imei, sizeof config.imei, modem->imei);
	text_copy(config.smsc, sizeof config.smsc, modem->smsc);
	text_copy(config.trace, sizeof config.trace, modem->trace);
	if (gsm_worker_start(&config, &bearer->fd, &err) != 0) {
		log_line(LOG_ERROR, "%s: %s", bearer->name, err.text);
		bearer->fd = -1;
		bearer->start_mono = clock_mono_ms() + RESTART_MS;
	}
}

/* With no modems configured every AT port found is used: one worker always looks for a further modem. */
static void bearers_grow(struct hub *hub)
{
	int modems = 0;

	if (hub->settings->modem_count > 0 || hub->bearer_count >= HUB_BEARERS_MAX)
		return;
	for (int i = 0; i < hub->bearer_count; i++) {
		if (hub->bearers[i].channel != OUTBOX_SMS)
			continue;
		if (hub->bearers[i].status.imei[0] == '\0')
			return;
		modems++;
	}
	struct settings_modem modem = {.port = "auto", .baud = 115200, .send_timeout_s = GSM_SEND_TIMEOUT_DEFAULT_S};
	snprintf(modem.name, sizeof modem.name, "m%d", modems + 1);
	modem_reset(&hub->bearers[hub->bearer_count], &modem);
	hub->bearers[hub->bearer_count++].found = true;
}

void hub_bearers_start(struct hub *hub)
{
	int64_t mono = clock_mono_ms();

	bearers_grow(hub);
	for (int i = 0; i < hub->bearer_count; i++) {
		struct hub_bearer *bearer = &hub->bearers[i];
		/* What the last worker held is settled first. */
		if (bearer->fd >= 0 || bearer->work.in_hand > 0 || bearer->start_mono > mono)
			continue;
		bearer->started_mono = mono;
		if (bearer->channel == OUTBOX_WHATSAPP)
			hub_whatsapp_start(hub, bearer);
		else
			modem_start(bearer);
	}
}

/* Asks every worker to end and gives them so long; what a worker still tells of its send is heard, the thread of one that
 * stays is left behind. */
void hub_bearers_stop(struct hub *hub, int within_ms)
{
	static const struct bearer_ask stop = {.type = BEARER_ASK_STOP};
	int64_t deadline = clock_mono_ms() + within_ms;

	for (int i = 0; i < hub->bearer_count; i++) {
		if (hub->bearers[i].fd >= 0)
			bearer_ask_write(hub->bearers[i].fd, &stop);
	}
	for (;;) {
		struct pollfd fds[HUB_BEARERS_MAX];
		nfds_t open = 0;
		for (int i = 0; i < hub->bearer_count; i++) {
			if (hub->bearers[i].fd >= 0)
				fds[open++] = (struct pollfd){.fd = hub->bearers[i].fd, .events = POLLIN};
		}
		/* WhatsApp may tell of more than one turn takes: it is kept, and the rest heard. */
		if (hub->event_count == HUB_EVENTS_MAX)
			hub_turn(hub, clock_mono_ms() + hub->clock_ahead);
		if (open == 0 || clock_left_ms(deadline) == 0 || hub->event_count == HUB_EVENTS_MAX)
			return;
		if (poll(fds, open, clock_left_ms(deadline)) > 0)
			hub_bearers_hear(hub);
	}
}

/* Takes what the workers have told, up to what one turn holds; each is heard first in its turn, so that a talkative one
 * drowns nobody. An answer to a technician is nothing to keep: it goes on at once. */
void hub_bearers_hear(struct hub *hub)
{
	hub->hear_first = (hub->hear_first + 1) % HUB_BEARERS_MAX;
	for (int n = 0; n < hub->bearer_count; n++) {
		int i = (hub->hear_first + n) % hub->bearer_count;
		struct hub_bearer *bearer = &hub->bearers[i];
		while (bearer->fd >= 0 && hub->event_count < HUB_EVENTS_MAX) {
			struct hub_event *event = &hub->events[hub->event_count];
			int got = bearer_tell_read(bearer->fd, &event->tell);
			if (got == -EAGAIN)
				break;
			if (got != 0) { /* the worker has ended; what it held is settled by hub_bearers_check */
				close(bearer->fd);
				bearer->fd = -1;
				bearer->start_mono = clock_mono_ms() + RESTART_MS;
				bearer->status.state = BEARER_GONE;
				text_copy(bearer->status.why, sizeof bearer->status.why, "its worker ended");
				break;
			}
			if (event->tell.type == BEARER_TELL_REPLY) {
				hub_clients_reply(hub, event->tell.token, event->tell.reply.text, event->tell.last);
				continue;
			}
			event->bearer = i;
			hub->event_count++;
			bearer->heard_mono = clock_mono_ms();
		}
	}
}

static int bearer_remember(struct hub *hub, struct hub_bearer *bearer, int64_t now, struct err *err)
{
	bearer->remembered_pace = bearer->work.seconds_per_segment;
	bearer->remembered_mono = clock_mono_ms();
	struct modem_memory memory = {
		.signal_dbm = bearer->status.signal_dbm,
		.changed_at = now,
		.seconds_per_segment = bearer->work.seconds_per_segment,
	};

	text_copy(memory.name, sizeof memory.name, bearer->name);
	text_copy(memory.imei, sizeof memory.imei, bearer->status.imei);
	text_copy(memory.sim, sizeof memory.sim, bearer->status.sim);
	text_copy(memory.port, sizeof memory.port, bearer->status.port);
	text_copy(memory.model, sizeof memory.model, bearer->status.model);
	text_copy(memory.network, sizeof memory.network, bearer->status.network);
	text_copy(memory.state, sizeof memory.state, bearer_state_to_string(bearer->status.state));
	text_copy(memory.why, sizeof memory.why, bearer->status.why);
	return modem_remember(hub->db, &memory, err);
}

/* A SIM that is locked tells its number on few modems: then the modem stands for it. */
static void pin_key_of_modem(const struct hub_bearer *bearer, char key[PIN_KEY_MAX])
{
	snprintf(key, PIN_KEY_MAX, "modem %s", bearer->status.imei[0] ? bearer->status.imei : bearer->name);
}

/* A modem that got behind its PIN shows that it was right, network or not. */
static int pin_note_worked(struct hub *hub, const struct hub_bearer *bearer, struct err *err)
{
	enum bearer_state state = bearer->status.state;
	char key[PIN_KEY_MAX];

	if (!bearer->modem.pin[0] || (state != BEARER_READY && state != BEARER_SEARCHING))
		return 0;
	pin_key_of_modem(bearer, key);
	return sim_pin_worked(hub->db, bearer->status.sim, err) != 0 || sim_pin_worked(hub->db, key, err) != 0 ? -1 : 0;
}

static int bearer_status_changed(
	struct hub *hub, int index, const struct bearer_status *status, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[index];
	bool changed = !bearer->told || bearer->status.state != status->state ||
		       bearer->status.slots != status->slots || strcmp(bearer->status.why, status->why) != 0;
	bool moved = strcmp(bearer->status.sim, status->sim) != 0;

	bearer->told = true;
	bearer->status = *status;
	if (moved)
		bearer->work.usage_day[0] = '\0';
	if (!changed)
		return 0;
	log_line(status->state == BEARER_READY || status->state == BEARER_STARTING ? LOG_INFO : LOG_WARN,
		"%s: %s%s%s (%s)", bearer->name, bearer_state_to_string(status->state), status->why[0] ? ": " : "",
		status->why, status->port[0] ? status->port : "no port");
	if (status->state == BEARER_READY)
		bearer->silent = false;
	if (bearer->channel == OUTBOX_WHATSAPP)
		return hub_whatsapp_link(hub, now, err);
	if (pin_note_worked(hub, bearer, err) != 0)
		return -1;
	return bearer_remember(hub, bearer, now, err);
}

/* The attempt is on disk before the PIN goes out; a PIN that failed once, or whose try never ended, is never used again. */
static int bearer_wants_pin(struct hub *hub, int index, const char *sim, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[index];
	struct bearer_ask ask = {.type = BEARER_ASK_PIN};
	char key[PIN_KEY_MAX];

	pin_key_of_modem(bearer, key);
	int may = bearer->modem.pin[0] ? sim_pin_try(hub->db, sim[0] ? sim : key, bearer->modem.pin, now, err) : 0;

	if (may < 0)
		return -1;
	if (may == 1)
		text_copy(ask.text, sizeof ask.text, bearer->modem.pin);
	else
		log_line(LOG_ERROR,
			"%s: the SIM asks for a PIN and %s; correct modems[].pin, or take the PIN off the SIM",
			bearer->name,
			bearer->modem.pin[0] ? "the one configured was refused before" : "none is configured");
	hub_ask_later(hub, index, &ask);
	return 0;
}

int hub_bearers_apply(struct hub *hub, const struct hub_event *event, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[event->bearer];
	const struct bearer_tell *tell = &event->tell;
	struct bearer_ask kept = {.type = BEARER_ASK_KEPT, .token = tell->token};

	switch (tell->type) {
	case BEARER_TELL_STATUS: return bearer_status_changed(hub, event->bearer, &tell->status, now, err);
	case BEARER_TELL_RESULT: bearer->silent = false; return hub_result(hub, event->bearer, &tell->result, now, err);
	case BEARER_TELL_RECEIVED:
		if (inbound_octets(hub, bearer->name, bearer->status.sim, tell->received.octets, tell->received.length,
			    tell->received.damaged, now, err) != 0)
			return -1;
		hub_ask_later(hub, event->bearer, &kept);
		return 0;
	case BEARER_TELL_CALL: return inbound_call(hub, bearer->name, tell->call.from, now, err);
	case BEARER_TELL_WANTS_PIN: return bearer_wants_pin(hub, event->bearer, tell->wants_pin.sim, now, err);
	case BEARER_TELL_REPLY: return 0; /* hub_bearers_hear passed it on */
	}
	return 0;
}

/* Its pace is what the forecast of every command lives on: told to the database when it has changed by a tenth. */
static int bearer_pace_remember(struct hub *hub, struct hub_bearer *bearer, int64_t mono, int64_t now, struct err *err)
{
	double change = bearer->work.seconds_per_segment - bearer->remembered_pace;
	double tenth = bearer->remembered_pace / 10;

	if (mono - bearer->remembered_mono < PACE_MS || (change <= tenth && change >= -tenth))
		return 0;
	return bearer_remember(hub, bearer, now, err);
}

static int64_t bearer_patience_ms(const struct hub_bearer *bearer)
{
	return (int64_t)bearer->status.patience_s * 1000 + PATIENCE_EXTRA_MS;
}

/* One that carries many may keep some waiting as long as it goes on telling of others. */
static bool flight_is_overdue(const struct hub *hub, const struct hub_flight *flight)
{
	const struct hub_bearer *bearer = &hub->bearers[flight->bearer];
	bool many = bearer->status.slots > 1 && bearer->heard_mono > flight->since_mono;
	int64_t since = many ? bearer->heard_mono : flight->since_mono;

	return !bearer->silent && clock_mono_ms() - since > bearer_patience_ms(bearer);
}

bool hub_bearers_overdue(const struct hub *hub)
{
	for (int i = 0; i < hub->flight_count; i++) {
		if (hub->bearers[hub->flights[i].bearer].fd < 0 || flight_is_overdue(hub, &hub->flights[i]))
			return true;
	}
	return false;
}

/* A bearer that holds a send beyond its patience, or ended with one in hand: the outcome is unknown, others go on. */
int hub_bearers_check(struct hub *hub, int64_t now, struct err *err)
{
	int64_t mono = clock_mono_ms();

	for (int i = 0; i < hub->bearer_count; i++) {
		if (hub->bearers[i].channel == OUTBOX_SMS &&
			bearer_pace_remember(hub, &hub->bearers[i], mono, now, err) != 0)
			return -1;
	}
	for (int i = hub->flight_count - 1; i >= 0; i--) {
		if (i >= hub->flight_count) /* went with those of the same bearer */
			continue;
		int index = hub->flights[i].bearer;
		struct hub_bearer *bearer = &hub->bearers[index];
		bool late = flight_is_overdue(hub, &hub->flights[i]);
		if (bearer->fd >= 0 && !late)
			continue;
		if (late) {
			log_line(LOG_ERROR, "%s: silent for %lld s with a message in hand; routed around", bearer->name,
				(long long)(bearer_patience_ms(bearer) / 1000));
			bearer->silent = true;
		}
		if (bearer_lose(hub, index, "no word from the bearer", now, err) != 0)
			return -1;
	}
	return 0;
}
