/* The hub: the one thread that owns the database, the policy, the timers and the doors.
 *
 * A turn of its loop: wait; take what bearers and doors brought; in one transaction keep it, decide, and record the next
 * intents; commit; only then act on what was decided. A turn whose commit fails has not happened: its events are kept and
 * handled again. Everything here runs on the hub's thread. */
#ifndef BANDITORE_HUB_H
#define BANDITORE_HUB_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/outbox.h"
#include "db/sim.h"
#include "modem/bearer.h"

enum {
	HUB_BEARERS_MAX = SETTINGS_MODEMS_MAX,
	HUB_EVENTS_MAX = 64,     /* told by bearers and taken in one turn */
	HUB_ASKS_MAX = 128,      /* decided in one turn */
	HUB_CLIENTS_MAX = 16,    /* of the control socket at once */
	HUB_STREAK_ROWS = 2,
};

/* What a bearer is doing. Copied before each turn and put back when the commit fails. */
struct hub_work {
	bool busy;                     /* holds a send */
	int64_t delivery;              /* its row and attempt */
	int32_t attempt;
	int64_t since_mono;
	int64_t paused_until;          /* wall */
	int32_t streak;                /* different people refused in a row */
	int64_t streak_rows[HUB_STREAK_ROWS]; /* the last that failed for good in the streak; 0: none */
	struct sim_usage usage;
	char usage_day[12];            /* "YYYY-MM-DD" the usage is of; "": unknown */
	double seconds_per_segment;    /* running mean; 0: none yet */
};

struct hub_bearer {
	char name[BEARER_NAME_MAX];
	struct settings_modem modem;
	int fd;                        /* hub's end; -1: to be started */
	int64_t start_mono;            /* when to start it (again) */
	bool silent;                   /* held a send longer than its patience */
	bool told;                     /* a status has come */
	struct bearer_status status;
	double remembered_pace;        /* seconds a segment, as the database knows it */
	int64_t remembered_mono;
	struct hub_work work;
};

struct hub_event {
	int bearer;
	struct bearer_tell tell;
};

struct hub_ask {
	int bearer;
	struct bearer_ask ask;
};

struct hub_client {
	int fd;                        /* -1: free */
	uint32_t token;                /* of the COMMAND or USSD it waits for; 0: none */
	int64_t deadline;
};

struct hub {
	const char *config_path;
	struct settings *settings;
	struct texts *texts;
	struct db *db;
	int signal_fd, control_fd;
	bool stopping;
	struct hub_bearer bearers[HUB_BEARERS_MAX];
	int bearer_count;
	struct hub_client clients[HUB_CLIENTS_MAX];
	struct hub_event *events;      /* HUB_EVENTS_MAX; a failed turn leaves them for the next */
	int event_count;
	struct hub_ask *asks;          /* HUB_ASKS_MAX; sent after the commit */
	int ask_count;
	struct message *text_cache;    /* the message whose text was used last */
	uint32_t next_token;
	bool look;                     /* the queue may hold something new */
	int64_t data_version;
	int64_t next_due;              /* wall; earliest row or message ahead, 0: none */
	int64_t next_expiry;           /* wall; 0: none */
	int64_t retry_mono;            /* after a failed commit; 0: fine */
	int64_t housekeeping_mono;
	char trouble[ERR_TEXT_MAX];    /* why the last turn failed; "" */
};

/* hub.c */
int hub_run(const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd,
	struct err *err);
void hub_ask_later(struct hub *hub, int bearer, const struct bearer_ask *ask); /* acts after the commit */
const char *hub_day(int64_t now, char day[12]);                               /* "YYYY-MM-DD" in the comune's time */
const char *hub_clock_source(void);                                           /* ntp, rtc, network, sms, none */

/* hub_bearers.c: starting, hearing and stopping the workers */
void hub_bearers_configure(struct hub *hub);
void hub_bearers_start(struct hub *hub);
void hub_bearers_stop(struct hub *hub, int within_ms);
void hub_bearers_hear(struct hub *hub);
int hub_bearers_apply(struct hub *hub, const struct hub_event *event, int64_t now, struct err *err);
int hub_bearers_check(struct hub *hub, int64_t now, struct err *err);

/* hub_dispatch.c: what is due goes to who is free */
int hub_dispatch(struct hub *hub, int64_t now, struct err *err);
int hub_result(struct hub *hub, int bearer, const struct bearer_result *result, int64_t now, struct err *err);
int64_t hub_budget_left(const struct hub_bearer *bearer, bool alert);

/* hub_clients.c: the control socket */
void hub_clients_accept(struct hub *hub);
void hub_clients_hear(struct hub *hub, int client);
void hub_clients_reply(struct hub *hub, uint32_t token, const char *text, bool last);
void hub_clients_tick(struct hub *hub);

#endif
