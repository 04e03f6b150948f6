#include "firmware-host/hub.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/inbound.h"
#include "firmware-host/log.h"
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
	TICK_MS = 1000,          /* longest sleep: the wall clock may jump, another process may have written */
	COMMIT_RETRY_MS = 1000,
	HOUSEKEEPING_MS = 60 * 1000,
	STOP_MS = 3000,          /* of the 5 s that SIGTERM allows */
	RECEIPT_GIVE_UP_MS = 60 * 60 * 1000, /* an SMS whose validity ended so long ago will bring no receipt */
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
	if (hub->ask_count == HUB_ASKS_MAX) { /* cannot be: one turn takes HUB_EVENTS_MAX events and one send a bearer */
		log_line(LOG_ERROR, "an ask to %s was dropped: too many in one turn", hub->bearers[bearer].name);
		return;
	}
	struct hub_ask *later = &hub->asks[hub->ask_count++];
	later->bearer = bearer;
	memcpy(&later->ask, ask, offsetof(struct bearer_ask, text));
	snprintf(later->ask.text, sizeof later->ask.text, "%s", ask->text);
}

/* ---- one turn ---------------------------------------------------------------------------------------------------- */

static int turn_keep(struct hub *hub, int64_t now, struct err *err)
{
	for (int i = 0; i < hub->event_count; i++) {
		if (hub_bearers_apply(hub, &hub->events[i], now, err) != 0)
			return -1;
	}
	if (hub_bearers_check(hub, now, err) != 0)
		return -1;
	if (hub->next_expiry != 0 && now >= hub->next_expiry) {
		int closed = message_expire(hub->db, now, &hub->next_expiry, err);
		if (closed < 0)
			return -1;
		if (closed > 0)
			log_line(LOG_INFO, "%d messages are past their time and closed", closed);
	}
	return hub->stopping ? 0 : hub_dispatch(hub, now, err);
}

static void turn_act(struct hub *hub)
{
	for (int i = 0; i < hub->ask_count; i++) {
		struct hub_bearer *bearer = &hub->bearers[hub->asks[i].bearer];
		if (bearer->fd < 0)
			continue; /* it ended meanwhile: what it holds is settled as unknown */
		int written = bearer_ask_write(bearer->fd, &hub->asks[i].ask);
		if (written != 0 && written != -EPIPE)
			log_line(LOG_ERROR, "%s: does not take what it is asked: %s", bearer->name, strerror(-written));
	}
	hub->ask_count = 0;
	hub->event_count = 0;
}

/* A turn that could not be kept has not happened: bearers are as before, the events stay for the next try. */
static void turn_undo(struct hub *hub, const struct hub_work *before, const struct err *err)
{
	db_rollback(hub->db);
	for (int i = 0; i < hub->bearer_count; i++)
		hub->bearers[i].work = before[i];
	hub->ask_count = 0;
	hub->text_cache->id = 0;
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
	for (int i = 0; i < hub->bearer_count; i++) {
		const struct hub_bearer *bearer = &hub->bearers[i];
		if (bearer->work.busy && (bearer->fd < 0 || clock_mono_ms() - bearer->work.since_mono > (int64_t)bearer->status.patience_s * 1000))
			return true;
	}
	return hub->event_count > 0 || hub->look || (hub->next_due != 0 && now >= hub->next_due) ||
		(hub->next_expiry != 0 && now >= hub->next_expiry);
}

static void hub_turn(struct hub *hub)
{
	struct hub_work before[HUB_BEARERS_MAX];
	struct err err = {0};
	int64_t now = clock_wall_ms();

	if (hub->retry_mono != 0 && clock_mono_ms() < hub->retry_mono)
		return;
	if (!turn_has_work(hub, now))
		return;
	for (int i = 0; i < hub->bearer_count; i++)
		before[i] = hub->bearers[i].work;
	hub->look = false;
	if (db_begin(hub->db, &err) != 0 || turn_keep(hub, now, &err) != 0 || db_commit(hub->db, &err) != 0) {
		turn_undo(hub, before, &err);
		hub->look = true;
		return;
	}
	if (hub->trouble[0])
		log_line(LOG_INFO, "the disk takes what happens again");
	hub->trouble[0] = '\0';
	hub->retry_mono = 0;
	turn_act(hub);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void hub_reload(struct hub *hub)
{
	struct settings *settings;
	struct texts *texts;
	struct err err;

	if (settings_read(hub->config_path, &settings, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s", err.text);
		return;
	}
	if (texts_read(settings->texts, settings->texts_given, &texts, &err) != 0) {
		log_line(LOG_ERROR, "the configuration was not read again: %s", err.text);
		settings_free(settings);
		return;
	}
	if (strcmp(settings->database, hub->settings->database) != 0)
		log_line(LOG_WARN, "another database takes effect at the next start only");
	settings_free(hub->settings);
	texts_free(hub->texts);
	hub->settings = settings;
	hub->texts = texts;
	setenv("TZ", settings->comune.timezone, 1);
	tzset();
	hub_bearers_configure(hub);
	hub->look = true;
	log_line(LOG_INFO, "configuration read again");
}

static void hub_signals(struct hub *hub)
{
	struct signalfd_siginfo info;

	while (read(hub->signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGHUP)
			hub_reload(hub);
		else
			hub->stopping = true;
	}
}

/* Small, rare and bounded; never in the way of a message by more than a moment. */
static void hub_housekeeping(struct hub *hub)
{
	int64_t mono = clock_mono_ms(), now = clock_wall_ms();
	struct err err;

	if (mono < hub->housekeeping_mono)
		return;
	hub->housekeeping_mono = mono + HOUSEKEEPING_MS;
	hub->look = true; /* a new day has a new budget */
	if (db_begin(hub->db, &err) != 0)
		return;
	int64_t before = now - (int64_t)hub->settings->sms.validity_s * 1000 - RECEIPT_GIVE_UP_MS;
	if (attempt_give_up(hub->db, before, &err) < 0 || inbox_forget_seen(hub->db, now, &err) != 0 ||
		inbound_flush_stale(hub, now, &err) != 0 || db_commit(hub->db, &err) != 0) {
		log_line(LOG_WARN, "housekeeping: %s", err.text);
		db_rollback(hub->db);
	}
}

static int hub_timeout(const struct hub *hub)
{
	int64_t now = clock_wall_ms(), left = TICK_MS;

	if (hub->retry_mono != 0)
		return clock_left_ms(hub->retry_mono) < TICK_MS ? clock_left_ms(hub->retry_mono) : TICK_MS;
	if (hub->event_count > 0 || hub->look)
		return 0;
	if (hub->next_due != 0 && hub->next_due - now < left)
		left = hub->next_due - now;
	if (hub->next_expiry != 0 && hub->next_expiry - now < left)
		left = hub->next_expiry - now;
	return left < 0 ? 0 : (int)left;
}

static void hub_wait(struct hub *hub)
{
	struct pollfd fds[2 + HUB_BEARERS_MAX + HUB_CLIENTS_MAX];
	nfds_t count = 0;
	/* After a failed commit nothing new is taken until what was taken is kept. */
	bool full = hub->retry_mono != 0;

	fds[count++] = (struct pollfd){.fd = hub->signal_fd, .events = POLLIN};
	fds[count++] = (struct pollfd){.fd = hub->control_fd, .events = POLLIN};
	for (int i = 0; i < HUB_CLIENTS_MAX; i++)
		fds[count++] = (struct pollfd){.fd = hub->clients[i].fd, .events = POLLIN};
	for (int i = 0; i < hub->bearer_count; i++)
		fds[count++] = (struct pollfd){.fd = full ? -1 : hub->bearers[i].fd, .events = POLLIN};

	int ready = poll(fds, count, hub_timeout(hub));
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
	if (!full)
		hub_bearers_hear(hub);
}

static int hub_recover(struct hub *hub, struct err *err)
{
	int64_t now = clock_wall_ms();
	int64_t due = now + (int64_t)hub->settings->alert.unknown_after_s * 1000;

	if (db_begin(hub->db, err) != 0)
		return -1;
	int doubtful = outbox_recover(hub->db, due, now, err);
	if (doubtful < 0 || db_commit(hub->db, err) != 0) {
		db_rollback(hub->db);
		return -1;
	}
	if (doubtful > 0)
		log_line(LOG_WARN, "%d messages were in flight when the box last stopped; their outcome is unknown", doubtful);
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

int hub_run(const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd,
	struct err *err)
{
	struct hub *hub = calloc(1, sizeof *hub);
	struct hub_event *events = calloc(HUB_EVENTS_MAX, sizeof *events);
	struct hub_ask *asks = calloc(HUB_ASKS_MAX, sizeof *asks);
	struct message *text = calloc(1, sizeof *text);
	int result = -1;

	if (!hub || !events || !asks || !text) {
		settings_free(settings);
		texts_free(texts);
		err_set(err, EX_OSERR, "out of memory");
		goto out;
	}
	*hub = (struct hub){.config_path = config_path, .settings = settings, .texts = texts, .db = db, .control_fd = control_fd,
		.events = events, .asks = asks, .text_cache = text, .look = true, .next_expiry = 1, .next_token = 1};
	for (int i = 0; i < HUB_CLIENTS_MAX; i++)
		hub->clients[i].fd = -1;
	hub->signal_fd = hub_signal_fd();
	hub->data_version = db_data_version(db);
	result = hub_recover(hub, err);
	if (result != 0)
		goto settle;
	hub_bearers_configure(hub);
	log_line(LOG_INFO, "running: %s", settings->database);
	while (!hub->stopping) {
		hub_bearers_start(hub);
		hub_wait(hub);
		hub_housekeeping(hub);
		hub_clients_tick(hub);
		hub_turn(hub);
	}
	hub_bearers_stop(hub, STOP_MS);
	hub->retry_mono = 0;
	hub_turn(hub);
	log_line(LOG_INFO, "stopped");
settle:
	close(hub->signal_fd);
	settings_free(hub->settings);
	texts_free(hub->texts);
out:
	free(text);
	free(asks);
	free(events);
	free(hub);
	return result;
}
