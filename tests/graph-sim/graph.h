/* The simulated platform: people with WhatsApp, the Graph API in front of them, the webhooks behind.
 *
 * One thread, one epoll loop, no ticks: libmicrohttpd and libcurl are driven from it, and what is due waits in a heap
 * of events. Times are CLOCK_MONOTONIC in microseconds (`_us`); only what the platform shows as a timestamp is wall
 * clock. Every file of tests/graph-sim shares these structs; each function is declared in the header of the file that
 * holds it. */
#ifndef BANDITORE_GRAPH_SIM_GRAPH_H
#define BANDITORE_GRAPH_SIM_GRAPH_H

#include "tests/graph-sim/base.h"

#include <jansson.h>
#include <limits.h>

enum {
	PHONE_MAX = 24,		/* digits, with NUL */
	BSUID_MAX = 136,	/* CC. and 128 characters */
	PROFILE_NAME_MAX = 128, /* a profile name */
	ID_MAX = 32,		/* numeric ids of the Graph */
	WAMID_MAX = 96,
	RULES_MAX = 32, /* of one kind */
	CODES_MAX = 64, /* different error codes counted */
	DAY_S = 86400,
};

struct sim;
struct request;
struct client;
struct hook;

/* What waits in epoll. */
enum source_kind { SOURCE_SIGNAL, SOURCE_CONTROL, SOURCE_CLIENT, SOURCE_LISTEN, SOURCE_HTTP, SOURCE_CURL, SOURCE_PEER };

struct source {
	enum source_kind kind;
	int fd;
	void *of;
};

/* Settings; knobs.c has the table with their meaning and defaults. */
struct knobs {
	char token[512], app_secret[128], verify_token[128], pnid[ID_MAX], waba[ID_MAX], business[ID_MAX], app[ID_MAX];
	char number[PHONE_MAX], country[8], name[PROFILE_NAME_MAX], pin[16], callback[256], callback_ca[256],
		moderation[16];
	long latency, jitter;
	long sent, delivered, read, spread, sent_percent, delivered_percent, read_percent, skip_delivered;
	long batch, batch_ms, merge, posts, duplicate, reorder, reorder_ms, lose, milliseconds;
	long post_timeout, retry, retry_max, retry_for;
	long rate, pair, pair_burst, tier, tier_code, window, window_hours, hidden;
	long moderation_ms;
};

enum window_policy { WINDOW_OFF, WINDOW_FAILED, WINDOW_REFUSE };

/* ---- people ---- */

struct person {
	char phone[PHONE_MAX], bsuid[BSUID_MAX], name[PROFILE_NAME_MAX], username[64];
	bool hidden;	       /* webhooks show the BSUID only */
	int64_t window_end_us; /* of the 24 hours since they wrote; 0: never wrote */
	int64_t pair_us;       /* pair rate: when the bucket would be full again */
	int64_t counted_us;    /* last message outside the window; 0: not counted for the tier */
	uint32_t number;       /* in order of appearance */
	struct person *next;
};

struct people {
	void *by_phone, *by_bsuid; /* search trees */
	struct person *first;
	uint32_t count, counted;
};

/* ---- messages accepted ---- */

enum status { STATUS_ACCEPTED, STATUS_SENT, STATUS_DELIVERED, STATUS_READ, STATUS_FAILED, STATUSES };

struct message {
	int64_t us;
	int64_t wall_ms;
	uint32_t number;
	struct person *person;
	char *about;  /* JSON members, for `sent` and the log: what it says */
	char *opaque; /* biz_opaque_callback_data; NULL: none */
	char id[WAMID_MAX];
	uint64_t content; /* hash of recipient-independent content */
	const char *category;
	enum status status;
	bool answered, held, by_bsuid, in_window, reaction;
};

struct figures {
	uint64_t requests, messages, refused, statuses[STATUSES], inbound, answers_lost, hung_up, unanswered,
		redirected, leaked;
	uint64_t posts, posts_ok, posts_failed, updates, updates_ok, updates_lost, duplicates, reordered, largest_batch;
	uint64_t connections, connections_cut, media_up, media_down;
	int64_t first_us, last_us;
	uint64_t peak_second, this_second;
	int64_t second;
	struct {
		int code;
		uint64_t count;
	} codes[CODES_MAX];
};

struct journal {
	int log_fd;
	struct message *messages;
	size_t count, size;
	uint64_t accepted, requests, updates_ok; /* ever */
	int64_t mark_us, last_us;
	struct figures figures;
};

/* ---- faults ---- */

/* "for PREFIX" and "count N" of every fault. */
struct scope {
	char prefix[BSUID_MAX]; /* digits or the beginning of a BSUID; empty: everybody */
	long left;		/* -1: until told otherwise */
};

enum fault_kind {
	FAULT_ERROR,
	FAULT_FAIL,
	FAULT_HOLD,
	FAULT_SLOW,
	FAULT_HANGUP,
	FAULT_NO_ANSWER,
	FAULT_REDIRECT,
	FAULT_KINDS
};

struct fault {
	struct scope scope;
	int code;
	long ms, percent; /* FAIL: after, probability; SLOW: how much */
	char details[200];
	bool lost; /* HANGUP: the message does not count */
	char on[16];
};

struct faults {
	struct fault rows[FAULT_KINDS][RULES_MAX];
	unsigned counts[FAULT_KINDS];
	long sign_bad, sign_missing; /* posts to come, -1: all */
};

struct ladder {
	char prefix[BSUID_MAX];
	long sent, delivered, read; /* ms after acceptance, -1: never */
};

/* ---- the link ---- */

enum link_state { LINK_UP, LINK_REFUSE, LINK_BLACKHOLE, LINK_RESET };

struct port {
	struct source listen, http;
	struct MHD_Daemon *daemon;
	int number;
	int plugs[64]; /* our own connections that fill the backlog while it is a black hole */
	unsigned plug_count;
	bool tls;
};

struct connection {
	struct connection *next, **place;
	int fd;
};

/* ---- templates and media ---- */

struct template
{
	struct template *next;
	char id[ID_MAX], name[513], language[16], category[24], status[24], previous_category[24], quality[12],
		reason[64];
	json_t *components;
	bool named;
	long ttl;
	uint32_t number;
};

struct media {
	struct media *next;
	char id[ID_MAX], mime[100], sha256_hex[65], sha256_base64[48], key[20];
	char *data;
	size_t length;
	int64_t url_end_us;
};

/* A command of the control socket that waits for its moment. */
struct moment {
	uint64_t after_sends;
	char *line;
};

struct sim {
	struct knobs knobs;
	struct timers timers;
	uint64_t random;
	struct people people;
	struct journal journal;
	struct faults faults;
	struct ladder ladders[RULES_MAX];
	unsigned ladder_count;
	struct template *templates;
	struct media *media;
	uint64_t next_id;
	char health[16], health_text[200], quality[12];
	int health_code;
	unsigned registrations;
	double rate_tokens;
	int64_t rate_us;
	uint32_t next_inbound;

	enum link_state link;
	bool link_api, link_hooks; /* what is down */
	struct port ports[2];	   /* plain, TLS */
	struct connection *connections;
	struct request *asleep; /* requests that wait for their answer's moment */
	char *key_pem, *cert_pem;

	struct hook *hook;
	struct moment moments[RULES_MAX];
	unsigned moment_count;

	int epoll_fd, dir_fd;
	char dir[PATH_MAX];
	bool dir_created, quit;
	struct source signals, control;
	struct client *clients;
};

#endif
