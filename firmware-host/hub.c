#include "firmware-host/hub.h"

#include "config/clock.h"
#include "db/limit.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/chore.h"
#include "firmware-host/control.h"
#include "firmware-host/inbound.h"
#include "firmware-host/log.h"
#include "firmware-host/notice.h"
#include "firmware-host/officer_orders.h"
#include "firmware-host/outcome.h"
#include "modem/gsm_worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 1000, /* longest sleep: the wall clock may jump, another process may have written */
	COMMIT_RETRY_MS = 1000,
	HOUSEKEEPING_MS = 60 * 1000,
	HOUR_MS = 60 * 60 * 1000,
	STOP_MS = 3000,			     /* of the 5 s that SIGTERM allows */
	RECEIPT_GIVE_UP_MS = 60 * 60 * 1000, /* an SMS whose validity ended so long ago will bring no receipt */
	GATHER_MS = 20,			     /* WhatsApp's tidings within so long share a turn */
	CLOCK_JUMP_MS = 60 * 1000,	     /* less is the clock being corrected, and changes nothing that matters */
};

const char *hub_day(int64_t now, char day[12])
{
	time_t seconds = (time_t)(now / 1000);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	strftime(day, 12, "%Y-%m-%d", &local);
	return day;
}

const char *hub_clock_source(void)
{
	struct timex timex = {0};

	if (adjtimex(&timex) != TIME_ERROR && !(timex.status & STA_UNSYNC))
		return "ntp";
	return access("/sys/class/rtc/rtc0", F_OK) == 0 ? "rtc" : "none";
}

void hub_ask_later(struct hub *hub, int bearer, const struct bearer_ask *ask)
{
	if (hub->ask_count ==
		HUB_ASKS_MAX) { /* cannot be: one turn takes HUB_EVENTS_MAX events and begins HUB_SENDS_MAX sends */
		log_line(LOG_ERROR, "an ask to %s was dropped: too many in one turn", hub->bearers[bearer].name);
		return;
	}
	struct hub_ask *later = &hub->asks[hub->ask_count++];
	later->bearer = bearer;
	memcpy(&later->ask, ask, offsetof(struct bearer_ask, text));
	snprintf(later->ask.text, sizeof later->ask.text, "%s", ask->text);
}

/* ---- one turn ---------------------------------------------------------------------------------------------------- */

/* A box without a battery for its clock starts in the past, and some day it is told the time. No alert may expire, nor
 * wait for years, because of that. */
static int turn_follow_clock(struct hub *hub, int64_t now, struct err *err)
{
	struct outcome_policy policy = {
		.unknown_after_ms = (int64_t)hub->settings->alert.unknown_after_s * 1000,
		.fallback_after_ms = (int64_t)hub->settings->alert.fallback_after_s * 1000,
	};
	int64_t set_since = now >= (int64_t)HUB_CLOCK_SET_S * 1000 ? (int64_t)HUB_CLOCK_SET_S * 1000 : 0;

	if (!hub->clock_check)
		return 0;
	if (message_follow_clock(hub->db, hub->clock_jump, set_since, now, err) < 0 ||
		limit_follow_clock(hub->db, hub->clock_jump, now, err) != 0)
		return -1;
	hub->whatsapp.limit_mono = 0;
	for (int priority = 0; priority < PRIORITY_COUNT; priority++) {
		int64_t longest = outcome_longest_wait(priority <= PRIORITY_EXERCISE, &policy);
		if (outbox_follow_clock(hub->db, (enum message_priority)priority, longest, now, err) < 0)
			return -1;
	}
	return 0;
}

static int turn_keep(struct hub *hub, int64_t now, struct err *err)
{
	if (hub_whatsapp_apply(hub, now, err) != 0)
		return -1;
	for (hub->applying = 0; hub->applying < hub->event_count; hub->applying++) {
		if (hub_bearers_apply(hub, &hub->events[hub->applying], now, err) != 0)
			return -1;
	}
	hub->applying = -1;
	if (turn_follow_clock(hub, now, err) != 0)
		return -1;
	if (hub_bearers_check(hub, now, err) != 0)
		return -1;
	if (hub->next_expiry != 0 && now >= hub->next_expiry) {
		int closed = message_expire(hub->db, now, &hub->next_expiry, err);
		if (closed < 0)
			return -1;
		if (closed > 0)
			log_line(LOG_INFO, "%d messages are past their time and closed", closed);
	}
	hub->look = false; /* what this turn brought is looked at here */
	return hub->stopping ? 0 : hub_dispatch(hub, now, err);
}

/* What never left the hub was not sent: the next turn is told so, as if by the bearer. */
static void turn_return(struct hub *hub, const struct hub_ask *later)
{
	struct hub_event *event = &hub->events[hub->event_count++];

	memset(event, 0, sizeof *event);
	event->bearer = later->bearer;
	event->tell.type = BEARER_TELL_RESULT;
	event->tell.result = (struct bearer_result){
		.delivery = later->ask.send.delivery,
		.attempt = later->ask.send.attempt,
		.segment = later->ask.send.segment,
		.outcome = BEARER_NOT_SENT,
		.reference = -1,
		.error = "the bearer did not take it",
	};
}

static void turn_act(struct hub *hub)
{
	hub->event_count = 0;
	for (int i = 0; i < hub->ask_count; i++) {
		const struct hub_ask *later = &hub->asks[i];
		struct hub_bearer *bearer = &hub->bearers[later->bearer];
		int written = bearer->fd < 0 ? -EPIPE : bearer_ask_write(bearer->fd, &later->ask);
		if (written == 0)
			continue;
		if (written != -EPIPE) /* a worker that is behind gets the rest in a moment */
			log_line(written == -EAGAIN ? LOG_DEBUG : LOG_ERROR, "%s: does not take what it is asked: %s",
				bearer->name, strerror(-written));
		if (later->ask.type == BEARER_ASK_SEND)
			turn_return(hub, later);
	}
	hub->ask_count = 0;
}

/* Is it the disk's or the machine's fault, which passes, rather than that of what is being kept, which stays? */
static bool fault_passes(const struct err *err)
{
	return err->status == EX_IOERR || err->status == EX_TEMPFAIL || err->status == EX_OSERR ||
	       err->status == EX_NOPERM || err->status == EX_CANTCREAT || err->status == EX_NOINPUT;
}

/* One thing told that can never be kept must not stop the box. Nothing is lost by leaving it out: what arrived is told
 * again until it is kept, and a send without a result becomes unknown. */
static void event_leave_out(struct hub *hub, const struct err *err)
{
	struct hub_event *event = &hub->events[hub->applying];

	log_line(LOG_ERROR, "%s: what it tells cannot be kept and is left out: %s", hub->bearers[event->bearer].name,
		err->text);
	hub->event_count--;
	memmove(event, event + 1, (size_t)(hub->event_count - hub->applying) * sizeof *event);
}

void hub_keep(const struct hub *hub, struct hub_kept *kept)
{
	memcpy(kept->bearers, hub->bearers, (size_t)hub->bearer_count * sizeof *hub->bearers);
	memcpy(kept->flights, hub->flights, (size_t)hub->flight_count * sizeof *hub->flights);
	kept->flight_count = hub->flight_count;
	kept->whatsapp = hub->whatsapp;
}

void hub_restore(struct hub *hub, const struct hub_kept *kept)
{
	memcpy(hub->bearers, kept->bearers, (size_t)hub->bearer_count * sizeof *hub->bearers);
	memcpy(hub->flights, kept->flights, (size_t)kept->flight_count * sizeof *hub->flights);
	hub->flight_count = kept->flight_count;
	hub->whatsapp = kept->whatsapp;
}

/* A turn that could not be kept has not happened: bearers are as before, the events stay for the next try. */
static void turn_undo(struct hub *hub, const struct hub_kept *before, const struct err *err)
{
	int applying = hub->whatsapp.applying;

	db_rollback(hub->db);
	hub_restore(hub, before);
	hub->ask_count = 0;
	hub->text_cache->id = 0;
	hub->next_expiry = 1;
	if (hub->applying >= 0 && !fault_passes(err)) {
		event_leave_out(hub, err);
		return;
	}
	if (applying >= 0 && !fault_passes(err)) {
		hub_whatsapp_leave_out(hub, applying, err);
		return;
	}
	hub->retry_mono = clock_mono_ms() + COMMIT_RETRY_MS;
	if (strcmp(hub->trouble, err->text) != 0)
		log_line(LOG_ERROR, "cannot keep what happens: %s; trying again", err->text);
	snprintf(hub->trouble, sizeof hub->trouble, "%s", err->text);
}

static bool turn_has_work(struct hub *hub, int64_t now)
{
	int64_t version = db_data_version(hub->db);

	if (version != hub->data_version) {
		hub->data_version = version;
		hub->next_expiry = 1; /* another process may have added a message with an earlier end */
		hub->look = true;
	}
	if (hub_bearers_overdue(hub))
		return true;
	return hub->event_count > 0 || hub->whatsapp.event_count > 0 || hub->look || hub->clock_check ||
	       (hub->next_due != 0 && now >= hub->next_due) || (hub->next_expiry != 0 && now >= hub->next_expiry);
}

/* Was the clock set since it was last looked at? */
static void turn_watch_clock(struct hub *hub, int64_t now)
{
	int64_t ahead = now - clock_mono_ms(), jump = hub->clock_ahead != 0 ? ahead - hub->clock_ahead : 0;

	hub->clock_ahead = ahead;
	if (jump < CLOCK_JUMP_MS && jump > -CLOCK_JUMP_MS)
		return;
	log_line(LOG_WARN, "the clock was set %s by %lld s", jump > 0 ? "forward" : "back",
		(long long)llabs(jump) / 1000);
	hub->clock_jump += jump;
	hub->clock_check = true;
	hub->next_expiry = 1;
}

void hub_turn(struct hub *hub, int64_t now)
{
	struct hub_kept before;
	struct err err = {0};

	turn_watch_clock(hub, now);
	if (hub->retry_mono != 0 && clock_mono_ms() < hub->retry_mono)
		return;
	if (!turn_has_work(hub, now))
		return;
	hub_keep(hub, &before);
	hub->look = false;
	hub->applying = -1;
	if (db_begin(hub->db, &err) != 0 || turn_keep(hub, now, &err) != 0 || db_commit(hub->db, &err) != 0) {
		turn_undo(hub, &before, &err);
		hub->look = true;
		return;
	}
	if (hub->trouble[0])
		log_line(LOG_INFO, "the disk takes what happens again");
	hub->trouble[0] = '\0';
	hub->retry_mono = 0;
	hub->clock_check = false;
	hub->clock_jump = 0;
	turn_act(hub);
	hub_whatsapp_kept(hub);
	/* Now that every bearer has its next message, the disk may take its time. */
	if (db_wal_tidy(hub->db, &err) != 0)
		log_line(LOG_WARN, "the log was not copied into the database: %s", err.text);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

/* What the events of a turn still to be kept say is of the bearers as they are: then the reading waits. */
void hub_reload(struct hub *hub, int64_t now)
{
	struct settings *settings;
	struct texts *texts;
	struct texts_languages *languages;
	struct err err;

	if (hub->event_count > 0 || hub->whatsapp.event_count > 0)
		return;
	hub->reload = false;

	if (settings_read(hub->config_path, &settings, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s", err.text);
		return;
	}
	if (texts_read(settings->texts, settings->texts_given, &texts, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s", err.text);
		settings_free(settings);
		return;
	}
	if (texts_languages_read(settings->texts, texts, &languages, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s", err.text);
		texts_free(texts);
		settings_free(settings);
		return;
	}
	if (hub_bearers_release(hub, settings, now, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s; trying again", err.text);
		hub->reload = true;
		texts_languages_free(languages);
		texts_free(texts);
		settings_free(settings);
		return;
	}
	if (strcmp(settings->database, hub->settings->database) != 0)
		log_line(LOG_WARN, "another database takes effect at the next start only");
	settings_free(hub->settings);
	texts_languages_free(hub->languages);
	texts_free(hub->texts);
	hub->settings = settings;
	hub->texts = texts;
	hub->languages = languages;
	setenv("TZ", settings->comune.timezone, 1);
	tzset();
	hub_bearers_configure(hub);
	hub_whatsapp_reload(hub);
	hub->look = true;
	log_line(LOG_INFO, "configuration read again");
}

static void hub_signals(struct hub *hub)
{
	struct signalfd_siginfo info;

	while (read(hub->signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGHUP)
			hub->reload = true;
		else
			hub->stopping = true;
	}
}

static bool clock_is_trusted(int64_t now)
{
	return strcmp(hub_clock_source(), "none") != 0 && now / 1000 > HUB_CLOCK_SET_S;
}

static int housekeeping_keep(struct hub *hub, int64_t now, bool hour, bool *ret_more, struct err *err)
{
	int64_t before = now - (int64_t)hub->settings->sms.validity_s * 1000 - RECEIPT_GIVE_UP_MS;

	if (attempt_give_up(hub->db, before, err) < 0 || inbox_forget_seen(hub->db, now, err) != 0 ||
		inbound_flush_stale(hub, now, err) != 0 || outbox_forget_early(hub->db, now, err) != 0 ||
		hub_whatsapp_learn(hub, now, err) != 0 ||
		caretaker_minute(hub->db, hub->settings, hub->texts, now, err) != 0)
		return -1;
	return hour ? caretaker_hour(hub->db, hub->settings, now, ret_more, err) : 0;
}

/* Small, rare and bounded; never in the way of a message by more than a moment. What deletes by age waits for a clock that
 * can be trusted. */
static void hub_housekeeping(struct hub *hub)
{
	int64_t mono = clock_mono_ms(), now = clock_wall_ms();
	bool hour = mono >= hub->hourly_mono && clock_is_trusted(now), more = false;
	struct err err;

	if (mono < hub->housekeeping_mono)
		return;
	hub->housekeeping_mono = mono + HOUSEKEEPING_MS;
	hub->look = true;     /* a new day has a new budget */
	hub->next_expiry = 1; /* replies the hub made by itself */
	if (db_begin(hub->db, &err) != 0)
		return;
	if (housekeeping_keep(hub, now, hour, &more, &err) != 0 || db_commit(hub->db, &err) != 0) {
		log_line(LOG_WARN, "housekeeping: %s", err.text);
		db_rollback(hub->db);
		return;
	}
	if (!hour)
		return;
	if (!more)
		hub->hourly_mono = mono + HOUR_MS;
	if (caretaker_sweep(hub->db, hub->settings->database, &err) != 0)
		log_line(LOG_WARN, "housekeeping: %s", err.text);
}

static int hub_timeout(const struct hub *hub)
{
	int64_t now = clock_wall_ms(), left = TICK_MS;

	if (hub->retry_mono != 0)
		return clock_left_ms(hub->retry_mono) < TICK_MS ? clock_left_ms(hub->retry_mono) : TICK_MS;
	if (hub->event_count > 0 || hub->whatsapp.event_count > 0 || hub->look)
		return 0;
	if (hub->next_due != 0 && hub->next_due - now < left)
		left = hub->next_due - now;
	if (hub->next_expiry != 0 && hub->next_expiry - now < left)
		left = hub->next_expiry - now;
	return left < 0 ? 0 : (int)left;
}

/* WhatsApp tells three things of each message, each worth a sync of its own if it came alone. So after a turn that took some
 * it rests for a moment, unless more is waiting than a turn takes. Modems and doors wake the hub at once and are not delayed. */
static int whatsapp_rest_ms(const struct hub *hub)
{
	return clock_left_ms(hub->whatsapp.rest_mono);
}

static void whatsapp_rest_begin(struct hub *hub)
{
	bool full = hub->event_count == HUB_EVENTS_MAX || hub->whatsapp.event_count == HUB_WEBHOOKS_MAX;
	bool told = hub->whatsapp.event_count > 0;

	for (int i = 0; i < hub->event_count && !told; i++)
		told = hub->bearers[hub->events[i].bearer].channel == OUTBOX_WHATSAPP;
	if (told)
		hub->whatsapp.rest_mono = full ? 0 : clock_mono_ms() + GATHER_MS;
}

static void hub_wait(struct hub *hub)
{
	struct pollfd fds[3 + HUB_BEARERS_MAX + HUB_CLIENTS_MAX + OFFICER_CHECKS_MAX];
	nfds_t count = 0;
	/* After a failed commit nothing new is taken until what was taken is kept. */
	bool full = hub->retry_mono != 0;
	int timeout = hub_timeout(hub), rest = whatsapp_rest_ms(hub);

	fds[count++] = (struct pollfd){.fd = hub->signal_fd, .events = POLLIN};
	fds[count++] = (struct pollfd){.fd = hub->control_fd, .events = POLLIN};
	for (int i = 0; i < HUB_CLIENTS_MAX; i++)
		fds[count++] = (struct pollfd){.fd = hub->clients[i].fd, .events = POLLIN};
	for (int i = 0; i < hub->bearer_count; i++)
		fds[count++] = (struct pollfd){.events = POLLIN,
			.fd = full || (rest > 0 && hub->bearers[i].channel == OUTBOX_WHATSAPP) ? -1
											       : hub->bearers[i].fd};
	fds[count++] = (struct pollfd){.fd = full || rest > 0 ? -1 : hub->whatsapp.fd, .events = POLLIN};
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++) /* officer_orders_tick hears them */
		fds[count++] = (struct pollfd){.fd = hub->officers.checks.at[i].fd, .events = POLLIN};

	int ready = poll(fds, count, rest > 0 && rest < timeout ? rest : timeout);
	if (ready <= 0)
		return;
	if (fds[0].revents)
		hub_signals(hub);
	if (fds[1].revents)
		hub_clients_accept(hub);
	for (int i = 0; i < HUB_CLIENTS_MAX; i++) {
		if (hub->clients[i].fd >= 0 && fds[2 + i].fd == hub->clients[i].fd && fds[2 + i].revents)
			hub_clients_hear(hub, i);
	}
	if (full)
		return;
	hub_bearers_hear(hub);
	hub_whatsapp_hear(hub);
	whatsapp_rest_begin(hub);
}

int hub_recover(struct hub *hub, int64_t now, struct err *err)
{
	int64_t due = now + (int64_t)hub->settings->alert.unknown_after_s * 1000;
	int64_t wired_due = now + (int64_t)hub->settings->alert.fallback_after_s * 1000;

	if (db_begin(hub->db, err) != 0)
		return -1;
	int doubtful = outbox_recover(hub->db, due, wired_due, now, err), result = doubtful < 0 ? -1 : 0;
	for (int priority = PRIORITY_RED; result == 0 && priority <= PRIORITY_EXERCISE; priority++)
		result = outbox_unproved_due(hub->db, (enum message_priority)priority,
			hub_fallback_ms(hub, (enum message_priority)priority), INT64_MAX, err);
	if (result != 0 || db_commit(hub->db, err) != 0) {
		db_rollback(hub->db);
		return -1;
	}
	if (doubtful > 0)
		log_line(LOG_WARN, "%d messages were in flight when the box last stopped; their outcome is unknown",
			doubtful);
	return 0;
}

static int hub_signal_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct hub *hub_new(
	const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd)
{
	struct hub *hub = calloc(1, sizeof *hub);

	if (!hub) {
		settings_free(settings);
		texts_free(texts);
		return NULL;
	}
	*hub = (struct hub){
		.config_path = config_path,
		.settings = settings,
		.texts = texts,
		.db = db,
		.signal_fd = -1,
		.control_fd = control_fd,
		.events = calloc(HUB_EVENTS_MAX, sizeof *hub->events),
		.asks = calloc(HUB_ASKS_MAX, sizeof *hub->asks),
		.text_cache = calloc(1, sizeof *hub->text_cache),
		/* How the templates stand is not known yet; that they are well is told by the first message that arrives. */
		.whatsapp = {.fd = -1,
			.applying = -1,
			.link_up = true,
			.template_mono = {[MESSAGE_ALERT] = 1, [MESSAGE_CLEAR] = 1, [MESSAGE_NEWS] = 1}},
		.applying = -1,
		.look = true,
		.clock_check = true,
		.next_expiry = 1,
		.next_token = 1,
	};
	for (int i = 0; i < HUB_CLIENTS_MAX; i++)
		hub->clients[i].fd = -1;
	officer_checks_init(&hub->officers.checks);
	if (!hub->events || !hub->asks || !hub->text_cache) {
		hub_free(hub);
		return NULL;
	}
	db_wait_at_most(db, HUB_DB_WAIT_MS);
	hub->data_version = db_data_version(db);
	return hub;
}

void hub_free(struct hub *hub)
{
	if (hub->signal_fd >= 0)
		close(hub->signal_fd);
	officer_checks_free(&hub->officers.checks);
	settings_free(hub->settings);
	texts_languages_free(hub->languages);
	texts_free(hub->texts);
	free(hub->text_cache);
	free(hub->whatsapp.events);
	free(hub->asks);
	free(hub->events);
	free(hub);
}

int hub_run(const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd,
	struct err *err)
{
	struct hub *hub = hub_new(config_path, settings, texts, db, control_fd);

	if (!hub)
		return err_set(err, EX_OSERR, "out of memory");
	hub->signal_fd = hub_signal_fd();
	if (texts_languages_read(hub->settings->texts, hub->texts, &hub->languages, err) != 0 ||
		hub_recover(hub, clock_wall_ms(), err) != 0) {
		hub_free(hub);
		return -1;
	}
	hub_bearers_configure(hub);
	log_line(LOG_INFO, "running: %s", hub->settings->database);
	hub_bearers_start(hub); /* modems take seconds to come up, the disk less */
	if (db_wal_keep(db, err) != 0)
		log_line(LOG_WARN, "the database's log was not given its size: %s", err->text);
	while (!hub->stopping) {
		hub_bearers_start(hub);
		hub_whatsapp_listen(hub);
		hub_wait(hub);
		if (hub->stopping)
			break;
		if (hub->reload)
			hub_reload(hub, clock_wall_ms());
		hub_housekeeping(hub);
		chore_tick(hub);
		hub_clients_tick(hub);
		officer_orders_tick(hub, clock_wall_ms());
		notice_tick(hub, clock_wall_ms());
		hub_turn(hub, clock_wall_ms());
	}
	hub_bearers_stop(hub, STOP_MS);
	hub_whatsapp_stop(hub);
	chore_stop(hub);
	hub->retry_mono = 0;
	hub_turn(hub, clock_wall_ms());
	log_line(LOG_INFO, "stopped");
	hub_free(hub);
	return 0;
}
