/* Many HTTP requests in flight for one thread, by one libcurl multi handle: HTTP/2 where the server offers it, connections
 * kept alive, a limit on every wait and on every answer's size, TLS verified.
 *
 * A request is never repeated by itself: a POST whose body has begun to leave and that then loses its connection ends with
 * GRAPH_MAY_HAVE_LEFT. A redirect is never followed, so the token goes to the address that was asked and nowhere else.
 * The token is kept in memory only and wiped at the end (libcurl's own buffers excepted).
 *
 * One thread uses a handle. It blocks SIGPIPE, or ignores it. */
#ifndef BANDITORE_GRAPH_HTTP_H
#define BANDITORE_GRAPH_HTTP_H

#include "config/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_HTTP_WHY_MAX = 128, GRAPH_HTTP_PEER_MAX = 64, GRAPH_TOKEN_MAX = 1024, GRAPH_URL_MAX = 1024 };

struct graph_http_config {
	const char *token;   /* copied */
	const char *ca_file; /* certificates to trust; NULL or "": the system's */
	int connect_ms;	     /* a connection with its TLS */
	int total_ms;	     /* a request, from its start to the last octet of its answer */
	int in_flight_max;   /* requests at once */
	int connections_max; /* to one host; what does not fit waits for one. 0: 64 */
	size_t answer_max;   /* octets of one answer's body; 0: 256 KiB */
};

struct graph_http;

/* Fails with EX_OSERR for memory, EX_CONFIG for a ca_file that cannot be read. */
int graph_http_new(const struct graph_http_config *config, struct graph_http **ret_http, struct err *err);
void graph_http_free(struct graph_http *http); /* NULL is allowed; what is in flight is dropped unanswered */

/* A file POSTed as a form, with one field before it. What it points to stays the caller's until the answer. */
struct graph_http_file {
	const char *field, *value;
	const char *name, *type; /* as its receiver is told; the type is MIME's */
	int fd;			 /* read from its beginning, whatever its position */
	size_t length;
};

/* Takes a piece of a good answer's body (status 2xx). False: no more is wanted, the request ends unanswered. */
typedef bool graph_http_sink(void *context, const char *data, size_t length);

struct graph_http_request {
	const char *url;		    /* https, or http to this machine only: the token goes along. Copied */
	const char *body;		    /* JSON to POST, which stays the caller's until the answer; NULL: GET */
	int total_ms;			    /* 0: the handle's */
	bool anonymous;			    /* without the token */
	bool delete_method;		    /* DELETE instead of GET */
	const struct graph_http_file *file; /* POSTed instead of a body; NULL: none */
	graph_http_sink *sink;		    /* takes a good answer's body instead of its being kept; NULL: none */
	void *sink_context;
};

/* False: `in_flight_max` are under way, or the address may not be given the token. `id` comes back with the answer. */
bool graph_http_start(struct graph_http *http, uint64_t id, const struct graph_http_request *request);

/* Lets the requests go on until one has ended, wake_fd (-1: none) or the watched descriptor is readable, or the deadline
 * (clock_mono_ms). True: the watched one is readable. */
bool graph_http_step(struct graph_http *http, int wake_fd, int64_t deadline);

/* Every step also waits for this descriptor, which stays the caller's; -1: none. */
void graph_http_watch(struct graph_http *http, int fd);

enum graph_reach {
	GRAPH_ANSWERED,	     /* status, body */
	GRAPH_NOT_LEFT,	     /* nothing of the body left: it may be sent again by anyone */
	GRAPH_MAY_HAVE_LEFT, /* no whole answer came */
};

struct graph_http_answer {
	uint64_t id;
	enum graph_reach reach;
	int status;	  /* 0 unless ANSWERED */
	bool link;	  /* it failed for want of a name, a connection or TLS */
	bool multiplexed; /* many requests share a connection there (HTTP/2) */
	const char *body; /* NUL-terminated; valid until the next call */
	size_t length;
	const char *location; /* where a redirect points, absolute; "": none; valid as the body */
	int32_t elapsed_ms;
	char peer[GRAPH_HTTP_PEER_MAX]; /* the address that answered, a proxy's where one is between; "": not known */
	char why[GRAPH_HTTP_WHY_MAX];	/* unless ANSWERED */
};

/* Takes one request that has ended, in the order of ending. False: none. */
bool graph_http_take(struct graph_http *http, struct graph_http_answer *ret_answer);

int graph_http_in_flight(const struct graph_http *http);

/* Ends all that is in flight, as if the line had been cut, and forgets every connection: the next request opens a new one.
 * What ended is taken as usual. */
void graph_http_drop(struct graph_http *http, const char *why);

/* "API/PATH", whether the API's address ends with a slash or not. */
void graph_http_url(const char *api, const char *path, char out[GRAPH_URL_MAX]);

/* May a token be sent there? https, or http to a loopback address. */
bool graph_http_is_private(const char *url);

#endif
