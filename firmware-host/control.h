/* The control socket: how commands reach the running appliance. Unix SOCK_SEQPACKET at "<database>.control", mode 0600.
 *
 * A client sends one packet: "poke" (the database changed), "status", "at NAME\nCOMMAND", "ussd NAME\nCODE". The answer is
 * packets that begin with '=' (data), then one that begins with '.' (done) or '!' (refused: sysexits status, blank, text). */
#ifndef BANDITORE_CONTROL_H
#define BANDITORE_CONTROL_H

#include "config/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { CONTROL_PACKET_MAX = 60 * 1024 };

/* The appliance's end: takes the lock "<database>.lock" first, so that two never run on one database (EX_TEMPFAIL names the
 * other's process). *ret_lock stays open as long as the appliance lives. Both descriptors are CLOEXEC, the socket non-blocking. */
int control_listen(const char *database, int *ret_lock, int *ret_socket, struct err *err);
void control_remove(const char *database);

/* A client's end. control_connect: EX_UNAVAILABLE when no appliance runs. */
int control_connect(const char *database, int *ret_fd, struct err *err);

/* Sends the request and gives each data packet (without its mark, NUL-terminated) to `each`. Fails with the appliance's own
 * refusal, or EX_UNAVAILABLE when it stays silent for timeout_ms. */
int control_ask(const char *database, const char *request, int timeout_ms,
	void (*each)(void *context, const char *data), void *context, struct err *err);

/* The same where the answer is one packet: *ret_text is the caller's to free, NULL when there was none or it failed. */
int control_ask_text(const char *database, const char *request, int timeout_ms, char **ret_text, struct err *err);

/* Tells the appliance that the database changed; whether one runs does not matter. Returns true when one does. */
bool control_poke(const char *database);

#endif
