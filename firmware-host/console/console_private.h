/* What the files of the console share. One thread, the console's own. */
#ifndef BANDITORE_CONSOLE_PRIVATE_H
#define BANDITORE_CONSOLE_PRIVATE_H

#include "config/texts.h"
#include "db/db.h"
#include "db/paging.h"
#include "firmware-host/console/console.h"
#include "firmware-host/console/hasher.h"
#include "firmware-host/console/routes.h"
#include "firmware-host/http_guests.h"

#include <jansson.h>

enum {
	CSRF_TEXT_MAX = 33,
	CALL_CODE_MAX = 16,
	CALL_FILE_MAX = 96,
	ORDERS_KEPT_MAX = 32, /* whose key is remembered */
	MESSAGES_KNOWN_MAX = 256,
	STATUS_FRESH_MS = 500,
	PAGE_ROWS = 50,	     /* where a list is asked for without `limit` */
	HTTP_TOO_LONG = 413, /* these two are named otherwise in each version of libmicrohttpd */
	HTTP_UNFIT = 422,
};

struct door;
struct events;

/* An order that was kept under a key of the page's: asked for again, by whatever repeats a request, it is not kept again. */
struct order_kept {
	char key[64];
	int64_t operator_id, message_id;
	int32_t recipients;
};

/* What a list says of a message whose rows are many to count. */
struct message_known {
	int64_t id;	   /* 0: none */
	int64_t mono;	   /* when it was counted */
	const char *state; /* a constant string */
	int64_t recipients, reached;
};

struct console {
	char config_path[4096];
	struct settings *settings;
	struct texts *texts;
	struct db *db;
	struct door *door;
	struct events *events;
	int hasher_fd; /* -1: none */
	uint64_t next_token;
	struct call *hashing[HASHER_JOBS_MAX]; /* whose passwords are with the hasher */
	char *status;			       /* the appliance's last answer; NULL: none */
	int64_t status_mono;
	struct order_kept orders[ORDERS_KEPT_MAX]; /* a ring */
	unsigned order_count;
	struct message_known messages[MESSAGES_KNOWN_MAX]; /* a ring */
	unsigned message_count;
	json_t *stats; /* the figures last asked for; NULL: none */
	int64_t stats_from, stats_until, stats_mono;
	char fingerprint[96]; /* of the certificate; "": none */
};

struct call_answer {
	unsigned status; /* 0: none yet */
	const char *type;
	char *octets; /* malloc'ed; the door frees it */
	size_t length;
	int fd;			  /* a file of `length` octets instead; -1 */
	struct stream *stream;	  /* or events; NULL */
	char file[CALL_FILE_MAX]; /* what a download is called; "": none */
	char cookie[192];	  /* Set-Cookie; "" */
	char allow[64];
	int retry_after_s; /* 0: not told */
};

/* One request, from its headers to its answer. */
struct call {
	struct console *console;
	struct MHD_Connection *connection;
	struct route_match match;
	const char *octets; /* the body */
	size_t length;
	json_t *body; /* an object that fits the route's fields */
	bool logged_in;
	struct operator_person who;
	unsigned char key[OPERATOR_SESSION_SIZE]; /* of the session */
	char csrf[CSRF_TEXT_MAX];
	char address[OPERATOR_ADDRESS_MAX];
	int64_t now;	/* wall clock */
	uint64_t token; /* with the hasher; 0: not */
	void (*resume)(struct call *call, const struct hasher_answer *answer);
	void *kept; /* resume's own; freed with the call */
	struct call_answer answer;
};

/* ---- call.c: what handlers say ---- */

void call_json(struct call *call, unsigned status, json_t *json); /* takes it; NULL: out of memory */

/* {"error":{"code","text"}}; codes are stable, for pages that say it in their own words. */
void call_fail(struct call *call, unsigned status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void call_fail_err(struct call *call, const struct err *err); /* what a function of the house says */
void call_fail_missing(struct call *call);		      /* 404 */

/* A download; `octets` is taken. */
void call_octets(struct call *call, const char *type, const char *file, char *octets, size_t length);

/* The query's value under the name, NULL: not given. Checked against the route's fields before. */
const char *call_query(const struct call *call, const char *name);
int64_t call_query_number(const struct call *call, const char *name, int64_t otherwise);
bool call_query_flag(const struct call *call, const char *name);
/* A time as when_read takes it. False: refused, and answered. */
bool call_query_time(struct call *call, const char *name, int64_t otherwise, int64_t *ret);

/* The body's; NULL, or false: not given. */
const char *call_text(const struct call *call, const char *name);
bool call_flag(const struct call *call, const char *name);
int64_t call_number(const struct call *call, const char *name, int64_t otherwise);

/* after, limit and search. */
struct paging call_paging(const struct call *call);
/* {"items":…,"total":…,"next":…}: next is the `after` of the next page, null on the last. Takes the items. */
void call_page(struct call *call, json_t *items, int count, const struct paging *paging, int64_t last, int64_t total);

/* Within a transaction. */
int call_audit(struct call *call, const char *act, const char *detail, struct err *err);
/* Ends a transaction, and answers when it fails: true when it was kept. */
bool call_commit(struct call *call, int result, struct err *err);
void call_poke(struct call *call);

/* Gives the job to the hasher and suspends the call until resume has answered it. Wipes the job. */
void call_hash(struct call *call, struct hasher_job *job,
	void (*resume)(struct call *call, const struct hasher_answer *answer));

/* ---- guard.c ---- */

/* What the headers decide; fills call->match, who, key and csrf. A refusal is in call->answer. */
void guard_call(struct call *call, const struct microhttpd_library *mhd, const char *method, const char *path);
bool guard_is_safe(const char *method);

/* A new session for this operator, whose cookie goes with the answer; the one the call came with ends. In a transaction. */
int guard_session_begin(struct call *call, int64_t operator_id, struct err *err);
void guard_session_end(struct call *call); /* takes the cookie away */
bool guard_is_secure(const struct console *console);

/* ---- door.c ---- */

struct door_limits {
	unsigned connections;
	int request_ms, idle_ms, told_ms;
	size_t bodies; /* octets in memory, of all */
};
extern const struct door_limits door_limits_default;

/* pem NULL: plain HTTP. fd: a listening socket, taken. */
int door_open(struct console *console, const struct door_limits *limits, int fd, const char *pem,
	struct door **ret_door, struct err *err);
void door_close(struct door *door); /* NULL is allowed */
int door_fd(const struct door *door);
int door_timeout(const struct door *door);
void door_step(struct door *door);
void door_resume(struct door *door, struct call *call); /* a suspended call has its answer */
const struct microhttpd_library *door_library(const struct door *door);
void door_stir(struct door *door); /* a connection was resumed: step again at once */

/* ---- events.c ---- */

struct events *events_new(void);	    /* NULL: out of memory */
void events_end_all(struct events *events); /* before the door closes: none stays suspended */
void events_free(struct events *events);

/* A stream of the message's figures as the call's answer; or a refusal: there are too many. */
void events_begin(struct call *call, int64_t message_id);
bool events_any(const struct events *events);
void events_tick(struct console *console, int64_t now); /* tells what has changed; about each second */

/* What libmicrohttpd calls. */
ssize_t events_read(void *stream, uint64_t position, char *out, size_t size);
void events_gone(void *stream);
void events_bind(struct stream *stream, struct door *door, struct MHD_Connection *connection);

/* ---- openapi.c ---- */

json_t *openapi_json(void);

/* ---- metrics.c ---- */

void metrics_answer(struct call *call);

/* The appliance's status, not older than STATUS_FRESH_MS; where it does not answer, what the database knows. Owned by the
 * console, valid until the next call. NULL: out of memory. */
const char *console_status(struct console *console);

#endif
