/* The simulated world: modems on pseudo-terminals, the network behind them, the doors to steer both.
 *
 * One thread, one epoll loop, no ticks: what is due waits in a heap of events, and the loop sleeps until the
 * earliest. All times are CLOCK_MONOTONIC in microseconds (`_us`) unless said otherwise. Every file of tests/sim
 * shares these structs; each function is declared in the header of the file that holds it. */
#ifndef BANDITORE_SIM_SIM_H
#define BANDITORE_SIM_SIM_H

#include "tests/sim/sim_pdu.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SIM_MODEMS_MAX = 32,
	SIM_NAME_MAX = 32,	 /* modem and tty names, with NUL */
	SIM_LINE_MAX = 1024,	 /* an AT command line; a longer one is cut */
	SIM_BODY_MAX = 2048,	 /* what follows a prompt; a longer one is cut and then refused */
	SIM_INPUT_MAX = 16384,	 /* octets received and not yet treated, beyond which they are lost */
	SIM_OUTPUT_MAX = 262144, /* octets not yet read by the other side, beyond which they are lost */
	SIM_HELD_MAX = 16384,	 /* unsolicited octets held back while a prompt is open */
	SIM_SLOTS_MAX = 512,	 /* messages of one memory */
	SIM_BACKLOG_MAX = 65536, /* messages the network keeps for one modem */
	SIM_RULES_MAX = 32,	 /* error rules, and report rules, of one modem */
	SIM_INJECT_MAX = 200,	 /* an unsolicited line given by a test */
};

struct sim;
struct modem;

struct bytes {
	char *at;
	size_t used, size;
	size_t max; /* never grows beyond; what does not fit is dropped whole and counted */
	uint64_t dropped;
};

/* What happens later. An event of a modem with an epoch is void once the modem's epoch has moved on (reset,
 * unplugged). */
struct event {
	int64_t due_us;
	uint64_t order; /* equal times fire in the order they were added */
	void (*fire)(struct sim *sim, const struct event *event);
	struct modem *modem;
	uint32_t epoch; /* 0: outlives the modem's resets */
	uint32_t a;
	uint32_t b;
};

/* How the models differ; see personality.c. */
struct personality {
	const char *name, *manufacturer, *model, *revision;
	const char *boot;		       /* unsolicited lines at power-up, separated by '\n' */
	const char *ready;		       /* … once the SIM is open */
	const char *full;		       /* … when the message store is full; NULL: none */
	const char *cnmi_test;		       /* the answer to AT+CNMI=? */
	const char *cnmi_modes, *cnmi_reports; /* digits taken for <mode> and <ds> */
	const char *memories;		       /* the answer to AT+CPMS=? */
	const char *ccid;		       /* command and prefix of the ICCID */
	const char *pin_counter;	       /* command that tells the tries left; NULL: none */
	const char *accepted;		       /* vendor commands answered OK, separated by blanks */
	const char *alpha;		       /* the empty <alpha> of +CMGR and +CMGL */
	int first_index;		       /* of the message store */
	bool lte;			       /* has +CEREG and +CESQ */
	bool prefers_me;		       /* AT+CPMS after a reset */
	bool crcrlf;			       /* lines end CR CR LF */
	bool cpin_without_ok;		       /* Wavecom: the information line is all */
	bool cfun_test_form;		       /* ZTE answers AT+CFUN? with the test form */
	bool no_stat;			       /* ZTE: +CMGR without <stat>, +CDS with a leading comma */
	bool clac_hangs;		       /* Huawei E3531 never answers */
	bool text_after_reset;		       /* SIMCom: AT+CMGF=1 after a reset */
	bool packed_ussd;		       /* Huawei: USSD as packed GSM-7 in hexadecimal */
	bool cme_for_unknown;		       /* unknown commands give +CME ERROR: 3 rather than ERROR */
};

enum registration { REG_IDLE = 0, REG_HOME = 1, REG_SEARCHING = 2, REG_DENIED = 3, REG_ROAMING = 5 };
enum echo_mode { ECHO_NORMAL, ECHO_STICKY /* ATE0 has no effect */, ECHO_DOUBLE };

/* What a test may set, by --modem and by `set`; see knobs.c. Milliseconds unless said. */
struct knobs {
	int latency, jitter; /* the network's answer to a submission: latency ± jitter */
	int prompt;	     /* before "> " */
	int command;	     /* before any other command is treated */
	int slow;	     /* for each octet sent; 0: all at once */
	int boot;	     /* from reset to the boot lines */
	int attach;	     /* from SIM open to registered */
	int sim_busy;	     /* after boot, +CME ERROR: 14 */
	int ring;	     /* between two rings */
	int report;	     /* delivery report after; -1: never */
	int report_jitter;
	int report_probability;	  /* percent */
	int report_status;	  /* TP-ST */
	int ussd_delay;		  /* before +CUSD */
	int signal;		  /* +CSQ: 0..31, 99 */
	int echo;		  /* enum echo_mode */
	int registration;	  /* where AT+COPS=0 and a reboot lead */
	int usb;		  /* the port vanishes when the modem resets itself */
	int pin_tries, puk_tries; /* left now */
	int sim_present;
	int sm_size, me_size; /* slots */
	char pin[9], puk[9];  /* pin "": not asked */
	char number[SIM_NUMBER_MAX], smsc[SIM_NUMBER_MAX];
	char operator_name[24], operator_code[8];
	char imei[16], imsi[16], iccid[24];
	char ussd[160];
};

enum memory { MEMORY_SM, MEMORY_ME, MEMORY_SR, MEMORIES };

struct slot {
	char *hex; /* NULL: free */
	int stat;  /* 27.005 3.1: 0 unread, 1 read, 2 unsent, 3 sent */
};

struct backlog_item {
	char *hex;
	bool report;
};

enum dialogue_state {
	DIALOGUE_COMMAND, /* collecting a command line */
	DIALOGUE_BUSY,	  /* a command is at work: input waits */
	DIALOGUE_PROMPT,  /* AT+CMGS taken, "> " not yet shown: input is lost */
	DIALOGUE_BODY,	  /* after "> " */
};

struct dialogue {
	enum dialogue_state state;
	bool pumping;
	bool echo, verbose, quiet;
	int cmee;
	char line[SIM_LINE_MAX];
	size_t line_length;
	char body[SIM_BODY_MAX];
	size_t body_length;
	uint8_t input[SIM_INPUT_MAX];
	size_t input_head, input_tail;
	struct bytes held; /* unsolicited, until the prompt is done with */
	bool store;	   /* the prompt is of AT+CMGW */
	int store_stat;
	unsigned announced;	      /* octets AT+CMGS announced; 0 in text mode */
	char text_to[SIM_NUMBER_MAX]; /* text mode: the recipient */
};

/* Settings of 27.005 and 27.007, volatile. */
struct settings {
	int cfun, cmgf, csms, cmms, creg, cgreg, cereg, clip, crc, cops_format, csdh, cops_mode;
	int cnmi[5];
	int csmp[4]; /* first octet, validity, PID, DCS */
	enum memory memory[3];
	char cscs[8];
	char cscb[64];
};

struct error_rule {
	bool used;
	char kind; /* 's' +CMS, 'e' +CME, '-' plain ERROR */
	int code;
	int left;		     /* times still; -1: always */
	bool at_prompt;		     /* in place of the prompt rather than after Ctrl-Z */
	char prefix[SIM_NUMBER_MAX]; /* "" everybody */
	char command[16];	     /* "" submissions, else e.g. "+CMGD" */
};

struct report_rule {
	bool used;
	char prefix[SIM_NUMBER_MAX];
	int delay, probability;
	uint8_t status[4]; /* one after the other, `delay` apart */
	unsigned count;
};

enum cut { CUT_NONE, CUT_HANG, CUT_UNPLUG };

struct faults {
	bool hung;		    /* deaf and dumb */
	int hang_after_submissions; /* > 0: counts down at Ctrl-Z */
	bool hang_loses;	    /* … and the part never left */
	int mute_submissions;	    /* submissions without final answer; the modem lives on */
	bool mute_loses;
	int late_ms, late_count; /* submissions answered that much later, the dialogue free meanwhile */
	int no_prompts;		 /* prompts withheld */
	char before_prompt[SIM_INJECT_MAX], before_result[SIM_INJECT_MAX];
	int before_prompt_left, before_result_left;
	enum cut cut_answer; /* the next submission's answer stops half way */
	enum cut cut_output; /* act when the output has gone */
	struct error_rule errors[SIM_RULES_MAX];
};

/* The submission inside the network. */
struct flight {
	uint8_t tpdu[SIM_TPDU_MAX];
	size_t length;
	struct sim_submit submit;
	int64_t ctrlz_us;
	char error_kind; /* 0: accepted */
	int error_code;
	bool lost;     /* never leaves, whatever the answer */
	bool answered; /* gets its answer */
	bool hangs;    /* and then the modem falls silent */
	int from_slot; /* AT+CMSS: index told to be sent; -1: none */
};

struct figures {
	uint64_t submissions, accepted, refused, prompts, aborted, commands, octets_lost;
	uint64_t octets_early; /* sent before the prompt was there */
	uint64_t reports, reports_lost, incoming;
	uint64_t calls, calls_rejected, calls_answered, calls_missed;
	int64_t network_us;			    /* from Ctrl-Z received to result written */
	int64_t busy_us;			    /* from AT+CMGS received to result written */
	int64_t first_cmgs_us, last_result_us;	    /* 0: none yet */
	int64_t gap_min_us, gap_max_us, gap_sum_us; /* from result written to next AT+CMGS received */
	uint64_t gaps;
};

struct call {
	char from[SIM_NUMBER_MAX]; /* "" no call */
	int rings_left;
	bool answered;
};

struct flood {
	char line[SIM_INJECT_MAX];
	int64_t next_us, end_us, step_us; /* end 0: none */
};

/* Every descriptor in the epoll set is known by one of these. */
enum source_kind { SOURCE_SIGNAL, SOURCE_LISTENER, SOURCE_MODEM, SOURCE_CLIENT };
struct source {
	enum source_kind kind;
	void *of;
};

struct modem {
	struct sim *sim;
	struct source source;
	unsigned index;
	char name[SIM_NAME_MAX], tty[SIM_NAME_MAX];
	const struct personality *personality;
	struct knobs knobs;
	uint32_t epoch; /* moves at every reset; never 0 */

	int fd; /* the master; -1: unplugged */
	char slave[SIM_NAME_MAX];
	bool used;	/* somebody has had the slave open since it was last tidied */
	bool blocked;	/* the kernel's buffer is full */
	bool trickling; /* a `slow` octet is due */
	struct bytes out;

	bool booting, sim_open, sim_busy, pin_asked;
	int registration;
	uint8_t reference; /* TP-MR, kept in the SIM */
	struct dialogue dialogue;
	struct settings settings;
	struct faults faults;
	struct flight flight;
	struct figures figures;
	int64_t cmgs_us, result_us; /* of the submission at hand; of the last one */
	struct report_rule reports[SIM_RULES_MAX];

	struct slot slots[MEMORIES][SIM_SLOTS_MAX];
	struct backlog_item *backlog;
	size_t backlog_count, backlog_size, backlog_of[2]; /* messages, reports */
	bool full_told;					   /* once for each time the store fills up */
	char *unacknowledged;				   /* CSMS=1: the direct delivery waiting for AT+CNMA */
	bool unacknowledged_report;
	uint32_t unacknowledged_serial;

	struct call call;
	uint32_t call_serial;
	struct flood flood;
};

struct timers {
	struct event *heap;
	size_t count, size;
	uint64_t next_order;
};

/* One accepted part. */
struct part {
	int64_t us;	 /* when the network accepted it */
	uint32_t number; /* from 1, over all modems */
	uint8_t modem, reference, length;
	bool answered; /* false: the modem never told */
	uint8_t tpdu[SIM_TPDU_MAX];
	time_t accepted; /* wall clock, for the report's SCTS */
};

struct journal {
	struct part *parts; /* the latest `count`, oldest first */
	size_t count, size;
	uint32_t accepted;    /* all, also those no longer kept */
	uint32_t submissions; /* Ctrl-Z seen, all modems */
	uint64_t reports;     /* delivery reports handed out, all modems */
	int64_t last_us;      /* of the latest part */
	int64_t mark_us;
	int log_fd; /* -1: none */
};

struct scenario;
struct client;

struct sim {
	int epoll_fd, signal_fd, control_fd, dir_fd;
	char dir[PATH_MAX];
	bool dir_created;
	bool quit;
	int64_t now_us; /* of this turn */
	uint64_t random;
	struct timers timers;
	struct modem *modems[SIM_MODEMS_MAX];
	unsigned modem_count;
	struct journal journal;
	struct scenario *scenario; /* NULL: none */
	struct source listener, signals;
	struct client *clients;
};

#endif
