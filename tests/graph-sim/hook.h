/* Webhooks: updates wait here, are batched, signed, posted, retried, lost, doubled and reordered. */
#ifndef BANDITORE_GRAPH_SIM_HOOK_H
#define BANDITORE_GRAPH_SIM_HOOK_H

#include "tests/graph-sim/graph.h"

enum update_kind { UPDATE_STATUS, UPDATE_MESSAGE, UPDATE_EVENT };

int hook_open(struct sim *sim); /* 0, or -1 */
void hook_close(struct sim *sim);

/* A status or an incoming message, with its contact (NULL: none). Takes the references. */
void hook_update(struct sim *sim, enum update_kind kind, json_t *item, json_t *contact);
/* An incoming message with `errors` beside it in the value (NULL: none). */
void hook_message(struct sim *sim, json_t *item, json_t *contact, json_t *errors);
/* Any other field. Takes the reference. */
void hook_event(struct sim *sim, const char *field, json_t *value);
/* These very octets, signed. */
void hook_raw(struct sim *sim, const char *body);

/* The handshake with the callback. `done` NULL: the result is only kept. `done` is called once, later. */
typedef void hook_done(struct sim *sim, void *of, bool good, const char *why);
void hook_verify(struct sim *sim, const char *url, const char *token, hook_done *done, void *of);
bool hook_verifying(const struct sim *sim);
const char *hook_verdict(const struct sim *sim); /* of the last handshake; NULL: good */

/* The link for webhooks went down or came up: what is in flight is cut and kept. */
void hook_link(struct sim *sim);

/* Once a turn: starts what is due. */
void hook_turn(struct sim *sim);
void hook_ready(struct sim *sim);
bool hook_idle(const struct sim *sim); /* nothing waits, nothing flies */
void hook_forget(struct sim *sim);     /* `reset` */

/* A line of JSON for each POST after number `since`; with the body where it was kept. */
void hook_journal(const struct sim *sim, uint32_t since, struct bytes *out);

int64_t hook_seconds(void); /* wall clock */
/* Now as webhooks write it. Returns `text`. */
const char *hook_timestamp(const struct sim *sim, char text[32]);

/* ---- hook_body.c ---- */

struct update {
	struct update *next;
	enum update_kind kind;
	char *field;		       /* of an event */
	char *item, *contact, *errors; /* JSON; NULL: none */
	int64_t us;
};

/* JSON as the platform writes it: non-ASCII as lower-case \uXXXX, / as \/. The caller frees it; takes the reference. */
char *hook_escape(json_t *json);
/* One body of all these updates. */
void hook_body(const struct sim *sim, const struct update *first, struct bytes *out);
/* "sha256=…" without the prefix: HMAC-SHA256 over the octets. */
void hook_sign(const char *secret, const void *body, size_t length, char hex[65]);

#endif
