/* The descriptor under the AT dialogue: bounded reads and writes, and the wire trace. One thread. */
#ifndef BANDITORE_AT_PORT_H
#define BANDITORE_AT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { AT_PORT_IN_MAX = 4096 };

struct at_port {
	int fd;
	bool socket; /* written with MSG_NOSIGNAL */
	bool gone;   /* read of 0 octets, POLLHUP, POLLERR, POLLNVAL, EIO, ENODEV…: for good */
	unsigned chunk_octets, chunk_ms;
	FILE *trace; /* NULL: none */
	uint64_t octets_in, octets_out;
	size_t in_used, in_end; /* octets of `in` not yet read by the tokeniser */
	char in[AT_PORT_IN_MAX];
};

enum {
	AT_PORT_INPUT = 1, /* octets were read */
	AT_PORT_WAKE = 2,  /* wake_fd is readable */
};

/* Makes fd non-blocking. */
void at_port_init(struct at_port *port, int fd);

/* Waits for input (only when all of `in` is used), for wake_fd (-1: none) or until `deadline`; reads what there is, once.
 * Returns AT_PORT_… bits, 0 at the deadline or when the port has gone. */
unsigned at_port_wait(struct at_port *port, int wake_fd, int64_t deadline);

/* Writes all, in chunks if the pace asks for it, waiting for room until `deadline`. Returns the octets written: fewer when
 * the deadline passed or the port has gone. */
size_t at_port_write(struct at_port *port, const char *octets, size_t length, int64_t deadline);

/* One line of the trace: seconds of the monotonic clock, direction ('<' in, '>' out), text with control octets escaped.
 * The PIN of AT+CPIN= is not written. */
void at_port_trace(const struct at_port *port, char direction, const char *text, size_t length);

#endif
