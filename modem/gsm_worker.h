/* A GSM, UMTS or LTE modem as a bearer (modem/bearer.h): one thread that finds the port, brings the modem up, carries one
 * segment at a time, hands up what arrives, and brings a sick modem back by itself.
 *
 * The PIN is not part of the configuration: the worker tells WANTS_PIN when the SIM asks for exactly that and more than one
 * attempt is left (or the modem does not tell), and uses the answer once in its life. */
#ifndef BANDITORE_GSM_WORKER_H
#define BANDITORE_GSM_WORKER_H

#include "config/err.h"
#include "modem/bearer.h"

#include <stdbool.h>

enum { GSM_SEND_TIMEOUT_DEFAULT_S = 120 };

enum gsm_calls { GSM_CALLS_REJECT, GSM_CALLS_ANSWER, GSM_CALLS_IGNORE };

struct gsm_worker_config {
	char name[BEARER_NAME_MAX];
	char port[256];	    /* "auto", a path, or a pattern of paths as for the shell */
	char imei[24];	    /* only this modem, wherever it is plugged; empty: any */
	char smsc[32];	    /* service centre to set where the SIM has none; empty: leave it */
	char trace[256];    /* file the wire trace is appended to; empty: none */
	int baud;	    /* 0: 115200; USB modems ignore it */
	int send_timeout_s; /* silence after Ctrl-Z until the outcome is unknown; 0: GSM_SEND_TIMEOUT_DEFAULT_S, or the
	                      * model's own longer time */
	int calls;	    /* enum gsm_calls */
	bool roaming;	    /* may send while roaming */
};

/* Starts the worker: a detached thread with all signals blocked. *ret_fd is the hub's end of the pair, non-blocking and
 * close-on-exec; closing it ends the worker as STOP does, at the next end of a running AT command. The configuration is
 * copied. Fails with EX_OSERR when there is no memory, descriptor or thread to be had. Any thread; does not block. */
int gsm_worker_start(const struct gsm_worker_config *config, int *ret_fd, struct err *err);

#endif
