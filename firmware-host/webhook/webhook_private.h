/* What the files of the webhook share. One thread at a time, the webhook's own. */
#ifndef BANDITORE_WEBHOOK_PRIVATE_H
#define BANDITORE_WEBHOOK_PRIVATE_H

#include "firmware-host/webhook/webhook.h"

#include <jansson.h>

/* What the door bears; the defaults are in webhook.c. */
struct webhook_limits {
	int request_ms;	      /* from a connection's start, or from the headers of a later request, to its last octet */
	int idle_ms;	      /* a connection kept alive waits so long for its next headers to be whole */
	unsigned connections; /* one more, and the oldest whose request is not whole is closed */
	size_t bodies;	      /* octets of bodies in memory; then 503 */
	size_t segment;	      /* octets of one file of the spool; one record always fits */
	size_t spool;	      /* octets of all; then 503, and WhatsApp tries again for days */
};
extern const struct webhook_limits webhook_limits_default;

/* webhook_start with other bounds; *ret_port is the port bound, which config->listen may leave to the system by ":0". */
int webhook_start_with(const struct webhook_config *config, const struct webhook_limits *limits, int *ret_fd,
	uint16_t *ret_port, struct err *err);

/* ---- webhook_http.c: the listener ---- */

struct webhook_http;

/* A POST whose signature is right, waiting for its answer. */
struct webhook_post {
	struct webhook_post *next;
	const char *body;
	size_t length;
	bool kept; /* by whoever keeps it: 200, else 503 */
};

/* Fails as webhook_start does. */
int webhook_http_open(const struct webhook_config *config, const struct webhook_limits *limits,
	struct webhook_http **ret_http, uint16_t *ret_port, struct err *err);
void webhook_http_close(struct webhook_http *http); /* NULL is allowed */

/* poll(2) for POLLIN on the descriptor, no longer than the time-out, then step. */
int webhook_http_fd(const struct webhook_http *http);
int webhook_http_timeout(const struct webhook_http *http);

/* Takes and answers what is there, closes what is overdue. What it returns is to be kept, then answered with
 * webhook_http_answer before the next step. */
struct webhook_post *webhook_http_step(struct webhook_http *http);
void webhook_http_answer(struct webhook_http *http);

/* Signatures that were wrong since it was last asked. */
unsigned webhook_http_refused(struct webhook_http *http);

/* "sha256=…" against the HMAC-SHA256 of the raw body, compared in constant time. Pure. */
bool webhook_signature_is_good(const char *header, const char *secret, const void *body, size_t length);

/* ---- webhook_spool.c: bodies on disk ----
 *
 * Files of records, each begun only by the process that writes it, so that nothing is ever written behind a torn end. A file
 * is deleted, or cut to nothing when it is the one being written, once all of it was read and nothing holds it. */

struct spool;
struct segment;

struct spool_record {
	struct segment *segment;
	int64_t at; /* ms since 1970: when it was kept */
	char *body; /* the caller frees it */
	size_t length;
};

int spool_open(const char *folder, size_t segment_max, size_t total_max, struct spool **ret_spool,
	struct err *err);	       /* EX_CONFIG */
void spool_close(struct spool *spool); /* NULL is allowed */

/* 0, -ENOBUFS (the spool is full) or another negative errno of the disk's: nothing of it is there. Durable after spool_sync,
 * which when it fails leaves nothing of what was appended since the last one to be read. Both block for the disk. */
int spool_append(struct spool *spool, int64_t at, const void *body, size_t length);
int spool_sync(struct spool *spool);

/* The next record of those synced, oldest first; its segment is held. False: none. Records that a power cut tore are skipped. */
bool spool_read(struct spool *spool, struct spool_record *ret_record);
void spool_hold(struct segment *segment);
void spool_release(struct spool *spool, struct segment *segment);

/* ---- webhook_read*.c: from a body to events ---- */

struct webhook_reader;

/* Takes any octets, with a NUL behind them; more than WEBHOOK_BODY_MAX are not parsed. The body is changed (lone surrogates
 * are mended); it and the number id must stay until the reader is freed. NULL: out of memory. */
struct webhook_reader *webhook_reader_new(char *body, size_t length, const char *phone_number_id);
void webhook_reader_free(struct webhook_reader *reader); /* NULL is allowed */

/* The next event but for its token and `received`; false after the last. What is no JSON, no object or not WhatsApp's is
 * one UNKNOWN event. */
bool webhook_reader_next(struct webhook_reader *reader, struct webhook_event *ret_event);

/* One piece of a `value`; the event is all zero but for `field` and `at` of its entry. False: not understood. */
bool webhook_read_message(const json_t *value, const json_t *message, size_t index, struct webhook_event *event);
bool webhook_read_status(const json_t *value, const json_t *status, size_t index, struct webhook_event *event);
bool webhook_read_error(const json_t *value, const json_t *error, size_t index, struct webhook_event *event);
bool webhook_read_preference(const json_t *value, const json_t *preference, size_t index, struct webhook_event *event);
bool webhook_read_template(json_t *value, struct webhook_event *event);
bool webhook_read_account(json_t *value, struct webhook_event *event);

/* A string's value with what cannot be in a text made U+FFFD, cut at a character's edge; "" for no string. */
void webhook_text_take(const json_t *string, char *out, size_t size);
/* The same for what is useless when cut: an id, a name known elsewhere. Then it is "". */
void webhook_id_take(const json_t *string, char *out, size_t size);
/* Seconds or milliseconds, a string or a number; 0: none. */
int64_t webhook_time_of(const json_t *time);
/* An id of a person's, whichever it is: a number without its '+', or a user id. */
void webhook_person_take(const json_t *id, struct webhook_person *person);
/* Fills what is missing from `contacts`, where the person is the one of the same id, or the only one. */
void webhook_contact_take(const json_t *value, size_t index, struct webhook_person *person);

#endif
