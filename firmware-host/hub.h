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
#include "firmware-host/officer_door.h"
#include "firmware-host/outcome.h"
#include "firmware-host/webhook/webhook.h"
#include "modem/bearer.h"
#include "modem/whatsapp_worker.h"

enum {
	HUB_BEARERS_MAX = SETTINGS_MODEMS_MAX + 1, /* and WhatsApp */
	HUB_FLIGHTS_MAX = HUB_BEARERS_MAX + WHATSAPP_SLOTS_MAX,
	HUB_EVENTS_MAX = 64,			       /* told by bearers and taken in one turn */
	HUB_WEBHOOKS_MAX = 32,			       /* told by the webhook and taken in one turn */
	HUB_SENDS_MAX = 64,			       /* begun in one turn */
	HUB_ASKS_MAX = HUB_EVENTS_MAX + HUB_SENDS_MAX, /* decided in one turn */
	HUB_CLIENTS_MAX = 16,			       /* of the control socket at once */
	HUB_STREAK_ROWS = 2,
	HUB_DOUBTS_MAX = 32,
	HUB_DB_WAIT_MS =
		500, /* for another writer: a turn is tried again, SIGTERM and the doors are not kept waiting */
	HUB_CLOCK_SET_S = 1767225600, /* 2026-01-01: a clock that shows an earlier time was never set */
};

/* Somebody refused for good by a bearer that then seemed to refuse everybody. */
struct hub_doubt {
	int64_t row;
	uint32_t accepted; /* what the bearer had had accepted by then */
};

/* A send in a bearer's hand. */
struct hub_flight {
	int bearer;
	int32_t attempt;
	int64_t delivery; /* its row */
	int64_t since_mono;
	bool counted; /* WhatsApp: a person more of those the limit counts */
};

/* What a bearer is doing. */
struct hub_work {
	int in_hand;				 /* sends */
	int64_t paused_mono;			 /* takes nothing until then; 0: not paused */
	int64_t paused_message;			 /* but what was given after this message: it is tried at once */
	int32_t streak;				 /* different people refused in a row */
	int64_t streak_rows[HUB_STREAK_ROWS];	 /* the last that failed for good in the streak; 0: none */
	uint32_t accepted;			 /* sends */
	struct hub_doubt doubts[HUB_DOUBTS_MAX]; /* a ring */
	uint32_t doubt_count;			 /* ever */
	struct sim_usage usage;
	char usage_day[12];	    /* "YYYY-MM-DD" the usage is of; "": unknown */
	double seconds_per_segment; /* running mean; 0: none yet */
};

/* Copied before each turn and put back when the commit fails. */
struct hub_bearer {
	char name[BEARER_NAME_MAX];
	enum outbox_channel channel;
	bool found;		     /* not configured: one of every AT port found */
	struct settings_modem modem; /* SMS */
	unsigned char identity[16];  /* WhatsApp: of what it was started with */
	char paused_why
		[BEARER_WHY_MAX]; /* WhatsApp: told by the webhook, until a message has arrived after the pause */
	int64_t started_mono;
	int64_t heard_mono; /* when it last told anything */
	int fd;		    /* hub's end; -1: to be started */
	int64_t start_mono; /* when to start it (again) */
	bool silent;	    /* held a send longer than its patience */
	bool told;	    /* a status has come */
	struct bearer_status status;
	double remembered_pace; /* seconds a segment, as the database knows it */
	int64_t remembered_mono;
	struct hub_work work;
};

struct hub_event {
	int bearer;
	struct bearer_tell tell;
};

/* The WhatsApp side beside its bearer. */
struct hub_whatsapp {
	int fd; /* of the webhook's thread; -1: none */
	int64_t start_mono;
	char why[ERR_TEXT_MAX];	      /* there is no webhook, because; "" */
	unsigned char identity[16];   /* of what it was started with */
	struct webhook_event *events; /* HUB_WEBHOOKS_MAX; a failed turn leaves them for the next */
	int event_count, applying;
	int64_t rest_mono; /* nothing is heard of it until then */
	uint32_t falls;	   /* looks at the queue while WhatsApp was down */
	int64_t down_mono; /* when the link was last seen down; 0: never */
	double pace;	   /* messages a second accepted while there was work; 0: not measured */
	int32_t pace_count;
	int64_t pace_mono;		      /* since when they are counted; 0: not */
	int64_t learnt;			      /* the last alert whose falling back was learnt from */
	bool link_up;			      /* as the rows' due times know it */
	int64_t template_mono[MESSAGE_REPLY]; /* by kind: that template is refused until then; 0: not */
	unsigned proved; /* bits, by kind: delivered since the start, or since account or template were refused */
	int64_t limit_used, limit_next; /* people of the last 24 h; when the first of them falls out */
	int64_t limit_mono;		/* when that was counted; 0: it must be */
	int64_t barren_mono;		/* when it was last looked far for somebody WhatsApp may still take, in vain */
};

/* Work beside the hub (chore.h). */
enum hub_chore { HUB_CHORE_TEMPLATES, HUB_CHORE_MEDIA, HUB_CHORE_SELFTEST, HUB_CHORES };
struct hub_chore_state {
	int pid; /* 0: not running */
	int64_t started_mono, due_mono;
};

struct hub_ask {
	int bearer;
	struct bearer_ask ask;
};

struct hub_client {
	int fd;		/* -1: free */
	uint32_t token; /* of the COMMAND or USSD it waits for; 0: none */
	int64_t deadline;
};

struct hub {
	const char *config_path;
	struct settings *settings;
	struct texts *texts;
	struct texts_languages *languages; /* NULL: Italian alone */
	struct db *db;
	int signal_fd, control_fd;
	bool stopping;
	bool reload;	/* SIGHUP came */
	int applying;	/* the event being kept; -1: none */
	int hear_first; /* the bearer heard first: each in its turn */
	struct hub_bearer bearers[HUB_BEARERS_MAX];
	int bearer_count;
	struct hub_flight flights[HUB_FLIGHTS_MAX];
	int flight_count;
	struct hub_whatsapp whatsapp;
	struct hub_chore_state chores[HUB_CHORES];
	struct officer_door officers; /* officer_orders.h */
	struct {
		bool cannot, told;
		int64_t since_mono, look_mono;
	} able; /* can it alert? notice_tick */
	struct hub_client clients[HUB_CLIENTS_MAX];
	struct hub_event *events; /* HUB_EVENTS_MAX; a failed turn leaves them for the next */
	int event_count;
	struct hub_ask *asks; /* HUB_ASKS_MAX; sent after the commit */
	int ask_count;
	struct message *text_cache; /* the message whose text was used last */
	uint32_t next_token;
	bool look; /* the queue may hold something new */
	int64_t data_version;
	int64_t next_due;    /* wall; earliest row or message ahead, 0: none */
	int64_t next_expiry; /* wall; 0: none */
	int64_t clock_ahead; /* wall clock less monotonic; 0: not looked at yet */
	int64_t clock_jump;  /* how far the clock was set since the last turn that was kept */
	bool clock_check;    /* the database's times are to be fitted to the clock */
	int64_t retry_mono;  /* after a failed commit; 0: fine */
	int64_t housekeeping_mono, hourly_mono;
	char trouble[ERR_TEXT_MAX]; /* why the last turn failed; "" */
};

/* What a turn may change that is not in the database; put back when its commit fails. */
struct hub_kept {
	struct hub_bearer bearers[HUB_BEARERS_MAX];
	struct hub_flight flights[HUB_FLIGHTS_MAX];
	int flight_count;
	struct hub_whatsapp whatsapp;
};

/* hub.c */

void hub_keep(const struct hub *hub, struct hub_kept *ret_kept);
void hub_restore(struct hub *hub, const struct hub_kept *kept);

/* Takes settings and texts over, also when it fails (NULL: out of memory). control_fd and db stay the caller's. */
struct hub *hub_new(
	const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd);
void hub_free(struct hub *hub);
int hub_recover(struct hub *hub, int64_t now, struct err *err); /* after a kill: what was in flight is unknown */
void hub_turn(struct hub *hub, int64_t now);
void hub_reload(struct hub *hub, int64_t now); /* reads the configuration again */
int hub_run(const char *config_path, struct settings *settings, struct texts *texts, struct db *db, int control_fd,
	struct err *err);
void hub_ask_later(struct hub *hub, int bearer, const struct bearer_ask *ask); /* acts after the commit */
const char *hub_day(int64_t now, char day[12]);				       /* "YYYY-MM-DD" in the comune's time */
const char *hub_clock_source(void);					       /* ntp, rtc, network, sms, none */

/* hub_bearers.c: starting, hearing and stopping the workers */
void hub_bearers_configure(struct hub *hub);
int hub_bearers_release(struct hub *hub, const struct settings *settings, int64_t now, struct err *err);
void hub_bearers_start(struct hub *hub);
void hub_bearers_stop(struct hub *hub, int within_ms);
void hub_bearers_hear(struct hub *hub);
int hub_bearers_apply(struct hub *hub, const struct hub_event *event, int64_t now, struct err *err);
int hub_bearers_check(struct hub *hub, int64_t now, struct err *err);
bool hub_bearers_overdue(const struct hub *hub); /* somebody holds a send for longer than they may */

/* hub_flights.c: what is in the bearers' hands */
void hub_flight_begin(struct hub *hub, int bearer, int64_t delivery, int32_t attempt, bool counted);
bool hub_flight_end(struct hub *hub, int bearer, int64_t delivery, int32_t attempt,
	bool *ret_counted); /* false: it was not in hand */

/* hub_whatsapp.c: WhatsApp's bearer; hub_webhook.c: its webhook */
struct hub_bearer *hub_whatsapp_bearer(struct hub *hub); /* NULL: not enabled */
int hub_whatsapp_identity(const struct settings *settings, unsigned char ret_identity[16], struct err *err);
void hub_whatsapp_start(struct hub *hub, struct hub_bearer *bearer);
void hub_whatsapp_listen(struct hub *hub); /* starts the webhook when it should run and does not, or stops it */
void hub_whatsapp_hear(struct hub *hub);
int hub_whatsapp_apply(struct hub *hub, int64_t now, struct err *err); /* what the webhook told */
void hub_whatsapp_kept(struct hub *hub);			       /* that was committed */
int hub_whatsapp_link(struct hub *hub, int64_t now, struct err *err);  /* the link's coming and going moves rows */
int hub_whatsapp_link_set(struct hub *hub, bool up, int64_t now, struct err *err);
int hub_whatsapp_accepted(
	struct hub *hub, int64_t now, struct err *err); /* one more; the pace is told when it has changed */
int hub_whatsapp_learn(struct hub *hub, int64_t now, struct err *err); /* from the last alert, how many fall back */
void hub_whatsapp_leave_out(struct hub *hub, int index, const struct err *err);
void hub_whatsapp_reload(struct hub *hub);
void hub_whatsapp_stop(struct hub *hub);

/* What was told of a message before the answer that names it. */
int hub_whatsapp_early(struct hub *hub, const struct outbox_row *row, int32_t attempt, const struct outbox_early *early,
	int64_t now, struct err *err);

/* What is to be done about a refusal beyond its row: the account, the template, the person. */
int hub_whatsapp_refusal(struct hub *hub, const struct outbox_row *row, int32_t code, const char *error, bool told,
	int64_t now, struct err *err);
/* A message of this kind was delivered: account and template are well. */
int hub_whatsapp_proved(struct hub *hub, enum message_kind kind, int64_t now, struct err *err);
int64_t hub_fallback_ms(const struct hub *hub, enum message_priority priority);
struct outcome_policy hub_outcome_policy(const struct hub *hub, const struct outbox_row *row);

/* hub_dispatch.c: what is due goes to who is free */
int hub_dispatch(struct hub *hub, int64_t now, struct err *err);

/* hub_result.c: what became of it goes back to its row */
int hub_result(struct hub *hub, int bearer, const struct bearer_result *result, int64_t now, struct err *err);
int64_t hub_budget_left(const struct hub_bearer *bearer, bool alert);

/* hub_clients.c: the control socket */
void hub_clients_accept(struct hub *hub);
void hub_clients_hear(struct hub *hub, int client);
void hub_clients_reply(struct hub *hub, uint32_t token, const char *text, bool last);
void hub_clients_tick(struct hub *hub);

#endif
