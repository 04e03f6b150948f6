/* A webhook on a loopback port with its spool in a folder of its own, and a client to knock at it. Failing calls fail the
 * running test; everything that waits gives up after BOX_PATIENCE_MS. */
#ifndef BANDITORE_TESTS_WEBHOOK_BOX_H
#define BANDITORE_TESTS_WEBHOOK_BOX_H

#include "firmware-host/webhook/webhook_private.h"

enum { BOX_PATIENCE_MS = 20000 };

#define BOX_SECRET "test_app_secret"

struct webhook_box {
	struct webhook_config config;
	struct webhook_limits limits;
	char folder[64]; /* the spool's, removed at the end */
	int hub;
	uint16_t port;
};

/* Limits may be changed between init and open. */
void box_init(struct webhook_box *box);
void box_open(struct webhook_box *box);
void box_stop(struct webhook_box *box); /* the thread has ended when it returns; the spool stays */
void box_free(struct webhook_box *box);

/* ---- the client ---- */

int box_connect(const struct webhook_box *box);

/* Sends what can be sent; false when the other side hung up. */
bool box_send(int fd, const void *octets, size_t length);
bool box_send_text(int fd, const char *text);

/* The status of the next answer, its body in `text` (cut to size; may be NULL); 0: hung up before an answer was whole. */
int box_answer(int fd, char *text, size_t size);
bool box_is_hung_up(int fd); /* waits for it */

/* "sha256=…" */
void box_sign(const void *body, size_t length, char out[80]);
/* A whole signed POST, to be sent as it is; the caller frees it. */
char *box_post_text(const void *body, size_t length, size_t *ret_length);
/* One signed POST on a connection of its own. */
int box_post(const struct webhook_box *box, const char *body, size_t length);

/* A body with `count` texts from one person; their ids are "wamid.FIRST"… The caller frees it. */
char *box_texts(int first, int count);
int box_post_texts(const struct webhook_box *box, int first, int count);

/* ---- the hub ---- */

/* The next event. False: none within the patience given. */
bool box_event(const struct webhook_box *box, struct webhook_event *ret_event, int patience_ms);
void box_kept(const struct webhook_box *box, uint64_t token);
/* Expects texts FIRST… in this order, and keeps them when `keep`. */
void box_expect_texts(const struct webhook_box *box, int first, int count, bool keep);

/* ---- the spool ---- */

size_t box_spool_octets(const struct webhook_box *box, int *ret_files);
void box_await_spool_empty(const struct webhook_box *box); /* no octets */

#endif
