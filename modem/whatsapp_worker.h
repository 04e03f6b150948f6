/* The WhatsApp Cloud API as a bearer (modem/bearer.h): one thread that keeps many requests in flight, paces them, and knows
 * whether the link and the account live.
 *
 * A link that dies is told as GONE: at once when the kernel loses the way to the API or a connection is refused or reset,
 * 2.3 s after the first request it swallows in silence. What had not left is NOT_SENT then, what had is UNKNOWN. Nothing
 * leaves while the link is in doubt. It is told READY as soon as the API answers a probe, which is made at once when the
 * kernel finds a way, else after 0.5 to 15 s. An idle link is probed once a minute. */
#ifndef BANDITORE_WHATSAPP_WORKER_H
#define BANDITORE_WHATSAPP_WORKER_H

#include "config/err.h"
#include "modem/bearer.h"
#include "modem/graph_http.h"

#include <stdint.h>

enum {
	WHATSAPP_SLOTS_MAX = 400,
	WHATSAPP_OUT_MAX = 350, /* of them in flight: 1,000 messages a second by an API that takes 0.35 s */
};

struct whatsapp_worker_config {
	char name[BEARER_NAME_MAX];
	char api[256]; /* with its version, no slash at the end */
	char phone_number_id[64];
	char ca_file[256]; /* empty: the system's certificates */
	char token[GRAPH_TOKEN_MAX];
	int32_t rate; /* messages a second */
};

/* Starts the worker: a detached thread with all signals blocked. *ret_fd is the hub's end of the pair, non-blocking and
 * close-on-exec; closing it ends the worker as STOP does. The configuration is copied; the caller wipes its token. Fails
 * with EX_CONFIG (an address the token may not be sent to, a ca_file that cannot be read) or EX_OSERR. Any thread; does
 * not block. */
int whatsapp_worker_start(const struct whatsapp_worker_config *config, int *ret_fd, struct err *err);

#endif
