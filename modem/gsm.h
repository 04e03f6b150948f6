/* Inside the GSM worker. Private to gsm_*.c and to the tests that shorten its waits.
 *
 * Reading order: gsm_worker.c (thread, main loop), gsm_port.c, gsm_bringup.c and gsm_sim.c (from "AT" to ready),
 * gsm_send.c, gsm_receive.c, gsm_watch.c (registration, signal), gsm_call.c, gsm_service.c (the technician),
 * gsm_recover.c (the ladder), gsm_command.c (every command, unsolicited lines), gsm_hub.c (the pair of sockets).
 *
 * One thread, linear code. `end` says whether the dialogue goes on: once it is not GSM_ON every gsm_command returns
 * AT_GONE without a word to the modem, so that a sequence of commands needs no check after each one. */
#ifndef BANDITORE_GSM_H
#define BANDITORE_GSM_H

#include "modem/at.h"
#include "modem/at_parse.h"
#include "modem/bearer.h"
#include "modem/gsm_worker.h"
#include "modem/ports.h"
#include "modem/quirks.h"
#include "modem/serial.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	GSM_HELD_MAX = 64,	 /* received and not yet deleted */
	GSM_JOBS_MAX = 4,	 /* a technician's commands waiting */
	GSM_CALLERS_MAX = 16,	 /* numbers that rang within the last minute */
	GSM_STORES_MAX = 2,	 /* SM and ME */
	GSM_MUTE_PORTS_MAX = 16, /* ports that answered nothing a while ago */
	GSM_JOB_TEXT_MAX = 512,	 /* octets of a technician's command with its NUL */
};

#define GSM_NEVER INT64_MAX

/* Every wait of the worker, milliseconds. */
struct gsm_timings {
	int tries;		  /* of AT, each about 1 s, until a modem counts as mute */
	int command;		  /* a plain command's answer */
	int sim;		  /* CPIN?, CSCA?, ICCID, IMSI: the SIM may be busy */
	int store;		  /* CPMS, CMGR, CMGD */
	int list, list_all;	  /* CMGL: silence between two lines, and the whole */
	int prompt;		  /* CMGS to the prompt */
	int radio;		  /* CFUN, ATA, CHUP */
	int operators;		  /* COPS=0 */
	int pin;		  /* CPIN="…" */
	int ussd_ok, ussd;	  /* CUSD: OK, and the network's text */
	int again;		  /* pause between two tries at a busy SIM or a port that is not there */
	int answer;		  /* the hub's to WANTS_PIN */
	int kept;		  /* the hub's KEPT; then the next sweep tells it again */
	int sweep, sweep_poll;	  /* between two sweeps; where nothing announces what arrives */
	int watch, watch_busy;	  /* between two looks at registration and signal: idle, and while sending */
	int search;		  /* the same without a network */
	int patience;		  /* a chore waits so long behind sends, then goes between two of them */
	int assert_again;	  /* settings are said again so often */
	int ring;		  /* from RING to +CLIP; and a call that fell silent has ended */
	int caller;		  /* one CALL for a number in this time */
	int talk;		  /* an answered call is hung up after this */
	int unregistered, cycle;  /* without a network: AT+COPS=0, then the radio off and on */
	int radio_off;		  /* between CFUN=4 and CFUN=1 */
	int reopen;		  /* between close and open of a sick port */
	int restart;		  /* after a reset command, until the port is looked for */
	int backoff, backoff_try; /* at the top of the ladder; and between the tries meanwhile */
	int healthy;		  /* after so long the ladder starts from its foot again */
	int mute;		  /* a port that answered nothing is left alone for */
	int prefer;		  /* another modem than the one known is taken only after this */
	int settle;		  /* after a sign of restart, before the modem is set up again */
};

extern const struct gsm_timings gsm_timings_default;

enum gsm_end {
	GSM_ON,
	GSM_STOP,  /* the hub said so, or is gone */
	GSM_LOST,  /* the port has gone */
	GSM_RESET, /* the modem restarted by itself, or must be set up again */
	GSM_HUNG,  /* it does not answer, or answers nonsense */
};

/* What is done between sends, most urgent first; each is one short command, but for the sweep's CPMS and CMGL. */
enum gsm_chore {
	CHORE_CALL,    /* tell, reject, hang up */
	CHORE_DELETE,  /* one CMGD of what was KEPT */
	CHORE_SERVICE, /* one of the technician's commands */
	CHORE_SWEEP,   /* one store */
	CHORE_RETELL,  /* what was not KEPT in time */
	CHORE_WATCH,   /* one step of registration, signal, operator */
	CHORE_USSD,    /* the network has not answered in time */
	CHORE_ASSERT,  /* one step of saying the settings again */
	CHORE_COUNT
};

/* Handed up and not yet gone from where it came. */
struct gsm_held {
	uint32_t token; /* 0: free */
	int64_t told;	/* when; clock_mono_ms */
	bool kept;	/* committed by the hub: to be deleted */
	bool stuck;	/* the delete failed: the next sweep takes it up */
	bool seen;	/* by the sweep that is under way */
	bool damaged;
	int8_t store;  /* in g->store; -1: came directly, nothing to delete */
	int16_t index; /* slot */
	uint16_t length;
	uint8_t octets[BEARER_OCTETS_MAX];
};

/* How AT+CMMS keeps the radio link between two messages (27.005 §3.5.6). */
enum gsm_link {
	GSM_LINK_ALWAYS, /* =2 was taken */
	GSM_LINK_BATCH,	 /* =1 before each batch */
	GSM_LINK_NEVER,
};

struct gsm_job {
	bool ussd;
	uint32_t token;
	char text[GSM_JOB_TEXT_MAX];
};

struct gsm {
	struct gsm_worker_config config;
	struct gsm_timings timings;
	int hub; /* our end of the pair, non-blocking */
	enum gsm_end end;
	int64_t due[CHORE_COUNT]; /* clock_mono_ms; GSM_NEVER */

	/* port */
	struct port port;
	struct serial *serial; /* NULL: no port open */
	struct at *at;
	FILE *trace;
	int device_lock;	   /* -1: none */
	bool in_step;		   /* gsm_open has just synchronised */
	char sick[PORTS_PATH_MAX]; /* the port of a modem that hangs: opened although it is mute */
	int64_t lost;		   /* when the port went; 0: never had one */
	struct {
		char path[PORTS_PATH_MAX];
		int64_t until;
	} mute[GSM_MUTE_PORTS_MAX];

	/* the modem as it is */
	const struct quirks *quirks;
	char cnmi[16]; /* the setting it took; empty: none, so the store is polled */
	char store[GSM_STORES_MAX][4];
	int store_count, store_read;	 /* store_read: the one commands now mean; -1: unknown */
	int store_total[GSM_STORES_MAX]; /* slots; 0: not told */
	unsigned sweep_stores;		 /* bit per store still to be swept in this round */
	bool sweep_again;		 /* announced: an empty list is not believed at once */
	unsigned full;			 /* bit per store: what others stored there is deleted too */
	bool list_refused;		 /* CMGL fails: the slots are read one by one */
	int slot_next;
	bool centre_in_pdu; /* the SIM has no service centre and takes none */
	enum gsm_link link;
	bool pin_spent; /* a PIN was tried in this worker's life */
	char pin_why[BEARER_WHY_MAX];

	/* health */
	int silences, errors; /* commands without an answer; sends the modem failed: in a row */
	int rung;	      /* of the ladder */
	bool mute_now;	      /* not even AT is answered */
	bool serving;	      /* set up: a sign of restart means that it must be done again */
	int resets;	      /* set up so often in a row without getting ready */
	bool restart_seen;    /* while being set up it said that it gets ready */
	int64_t up_since;
	int64_t unregistered_since; /* 0: registered */
	bool operators_asked;
	int stat;		/* 27.007 <stat> of the last look; -1: none was told */
	bool registration_told; /* some domain was told since the port was opened */
	int watch_step, assert_step;
	int64_t sent_at;     /* end of the last send */
	int reference;	     /* TP-MR of the last message accepted; -1: not told */
	int unanswered;	     /* messages since then whose answer never came … */
	int64_t doubt_until; /* … and until when it may */
	bool late;	     /* a send is unanswered: a "+CMGS" met now is its answer */
	int late_reference;  /* TP-MR of it; -1: none came */
	int late_error;	     /* or the code of a late +CMS ERROR; -2: none came */

	/* hub */
	struct bearer_status status, told;
	bool told_once;
	bool send_waiting;
	struct bearer_ask ask; /* the SEND that waits or is under way */
	bool pin_answered;
	char pin[16];
	struct gsm_job job[GSM_JOBS_MAX];
	int job_count;
	uint32_t token; /* last given */
	struct gsm_held held[GSM_HELD_MAX];

	/* calls and USSD */
	int64_t ringing; /* since; 0: no call */
	bool call_told, call_up;
	char caller[BEARER_ADDRESS_MAX];
	bool caller_known; /* +CLIP came, be it empty */
	struct {
		char number[BEARER_ADDRESS_MAX];
		int64_t until;
	} callers[GSM_CALLERS_MAX];
	bool ussd_open;
	uint32_t ussd_token;
	struct at_ussd ussd; /* scratch */
	char ussd_text[512]; /* a released session's text, told when nothing better comes */

	struct bearer_tell tell; /* scratch for gsm_tell and its callers */
	struct at_reply reply;	 /* of the last command */
};

/* gsm_port.c */
bool gsm_open(struct gsm *g);  /* one look at every candidate; false: the status says why none is usable */
void gsm_close(struct gsm *g); /* harmless when closed */

/* gsm_worker.c */
int gsm_worker_start_with(
	const struct gsm_worker_config *config, const struct gsm_timings *timings, int *ret_fd, struct err *err);
void gsm_end(struct gsm *g, enum gsm_end end);			 /* the first reason stays; GSM_STOP wins */
void gsm_due(struct gsm *g, enum gsm_chore chore, int64_t when); /* not later than `when`; 0: now */
void gsm_attend(struct gsm *g, int64_t deadline);      /* waits, listening to hub and port; ends early with g->end */
void gsm_attend_once(struct gsm *g, int64_t deadline); /* until something was heard, at most */

/* gsm_command.c */
/* One command; the answer is in g->reply. A time-out is counted and the dialogue brought back in step before it returns. */
enum at_result gsm_command(struct gsm *g, int timeout_ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, taking every line that is no known unsolicited code for information. */
enum at_result gsm_command_any(struct gsm *g, int timeout_ms, const char *command);
bool gsm_ok(struct gsm *g, int timeout_ms, const char *format, ...) __attribute__((format(printf, 3, 4)));
void gsm_judge(struct gsm *g, enum at_result result); /* what a result says of the modem's health */
const char *gsm_line(
	const struct gsm *g, const char *prefix); /* first line of g->reply after prefix and blanks, or NULL */
void gsm_unsolicited(struct gsm *g);		  /* takes all that wait */

/* gsm_bringup.c */
void gsm_bringup(struct gsm *g);     /* sets g->end when it fails */
void gsm_assert_step(struct gsm *g); /* CHORE_ASSERT */
bool gsm_pdu_mode(struct gsm *g);
bool gsm_identify(struct gsm *g); /* IMEI; false when it is not the modem wanted */

/* gsm_sim.c */
void gsm_sim(struct gsm *g);	      /* returns when the SIM is ready, or with g->end */
void gsm_sim_identity(struct gsm *g); /* ICCID, else IMSI, to g->status.sim */

/* gsm_send.c */
void gsm_send(struct gsm *g);			      /* the SEND in g->ask, to its RESULT */
uint32_t gsm_patience_s(const struct gsm *g);	      /* the longest silence while a send is held */
void gsm_send_refuse(struct gsm *g, const char *why); /* NOT_SENT for a SEND that waits, if there is one */

/* gsm_receive.c */
void gsm_receive_start(struct gsm *g);			  /* after bring-up: what lay in the store is told anew */
void gsm_receive_direct(struct gsm *g, const char *line); /* +CMT, +CDS, +CBM with their PDU */
void gsm_receive_announced(struct gsm *g, const char *store, int index); /* sweep soon; NULL: every store */
void gsm_receive_kept(struct gsm *g, uint32_t token);
void gsm_receive_sweep(struct gsm *g); /* CHORE_SWEEP */
void gsm_receive_delete(struct gsm *g);
void gsm_receive_retell(struct gsm *g);
bool gsm_select_store(struct gsm *g, int store);

/* gsm_watch.c */
void gsm_watch_registration(struct gsm *g);
void gsm_watch_signal(struct gsm *g);
void gsm_watch_operator(struct gsm *g);
void gsm_watch_conclude(struct gsm *g); /* ready, or why not */
void gsm_watch_step(struct gsm *g);	/* CHORE_WATCH */

/* gsm_call.c */
void gsm_call_rings(struct gsm *g);
void gsm_call_number(struct gsm *g, const char *number);
void gsm_call_ended(struct gsm *g);
void gsm_call_step(struct gsm *g);     /* CHORE_CALL */
void gsm_call_make_way(struct gsm *g); /* hangs up an answered call before a send */

/* gsm_service.c */
void gsm_service_step(struct gsm *g); /* CHORE_SERVICE: one job */
void gsm_service_refuse(struct gsm *g, const char *why);
void gsm_ussd_arrived(struct gsm *g, const char *line);
void gsm_ussd_expired(struct gsm *g); /* CHORE_USSD */

/* gsm_recover.c */
void gsm_recover(struct gsm *g);     /* one rung, each harder than the last; it may close the port */
void gsm_radio_cycle(struct gsm *g); /* CFUN=4, CFUN=1 */

/* gsm_hub.c */
void gsm_tell(struct gsm *g, struct bearer_tell *tell); /* blocks until the hub's socket takes it, or the hub is gone */
void gsm_tell_status(struct gsm *g);			/* when it differs from what was told */
void gsm_state(struct gsm *g, enum bearer_state state, const char *format, ...) __attribute__((format(printf, 3, 4)));
void gsm_reply(struct gsm *g, uint32_t token, bool last, const char *text);
void gsm_asks(struct gsm *g); /* takes what the hub asks; never blocks; answers what the state does not allow */

#endif
