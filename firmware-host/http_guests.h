/* Who is connected to a door of HTTP, each with a deadline, so that who dawdles holds nobody up: a connection has so long for
 * its first request, and one kept alive so long for its next; where all places are taken the one that has been there longest
 * without a whole request goes. Closing is by shutdown(2), which libmicrohttpd then notices. One thread, the door's own. */
#ifndef BANDITORE_HTTP_GUESTS_H
#define BANDITORE_HTTP_GUESTS_H

#include "firmware-host/microhttpd_load.h"

#include <stdbool.h>
#include <stdint.h>

struct http_guest {
	bool there;
	int fd;
	bool again;	  /* it had an answer before */
	uint64_t since;	  /* its start's or its last answer's place among all */
	int64_t deadline; /* then it is closed; INT64_MAX: it waits for us */
};

struct http_guests {
	const struct microhttpd_library *mhd;
	int request_ms; /* from a connection's start, or from the headers of a later request, to its last octet */
	int idle_ms;	/* a connection kept alive waits so long for its next headers to be whole */
	unsigned max, count;
	struct http_guest *places; /* max */
	uint64_t starts_and_answers;
	int64_t sweep; /* no deadline is before this */
	bool again;    /* libmicrohttpd is to run at once, which its own time-out does not know */
};

/* -1: out of memory. `guests` must stay where it is until it is freed, after the daemon was stopped. */
int http_guests_init(
	struct http_guests *guests, const struct microhttpd_library *mhd, unsigned max, int request_ms, int idle_ms);
void http_guests_free(struct http_guests *guests);

/* For MHD_OPTION_NOTIFY_CONNECTION, with the guests as its context. */
void http_guests_changed(
	void *of, struct MHD_Connection *connection, void **of_connection, enum MHD_ConnectionNotificationCode what);

/* NULL: there was no place for it, and its requests are to be refused; libmicrohttpd does not let it come to that. */
struct http_guest *http_guests_of(const struct http_guests *guests, struct MHD_Connection *connection);

void http_guest_begins(struct http_guests *guests, struct http_guest *guest); /* headers are whole */
void http_guest_waits(struct http_guest *guest);			      /* for us, without a deadline */
void http_guest_is_told(struct http_guests *guests, struct http_guest *guest, int within_ms); /* an answer goes out */
void http_guest_ends(struct http_guests *guests, struct http_guest *guest);		      /* the answer is out */
void http_guest_shut(struct http_guest *guest);

void http_guests_sweep(struct http_guests *guests, int64_t now); /* shuts who is overdue */

/* As poll(2) wants it: the sooner of libmicrohttpd's and the guests'. */
int http_guests_timeout(const struct http_guests *guests, struct MHD_Daemon *daemon);

#endif
