/* A scripted HTTP/1.1 server on a loopback port, in a thread: what the client and the worker of WhatsApp are tried on. For
 * every request a function says what to do. */
#ifndef BANDITORE_TESTS_HTTP_PEER_H
#define BANDITORE_TESTS_HTTP_PEER_H

#include <stdbool.h>

enum http_act {
	HTTP_ANSWER,
	HTTP_SILENT,  /* reads it and never answers */
	HTTP_HANG_UP, /* reads it and closes */
	HTTP_HALF,    /* sends half of the answer and closes */
	HTTP_ENDLESS, /* an answer without end */
};

struct http_request {
	int number;	/* from 1 */
	int connection; /* from 1 */
	char method[8], path[512];
	char authorization[256]; /* empty: none */
	const char *body;
};

struct http_reply {
	enum http_act act;
	int status;
	int delay_ms;
	char headers[256]; /* more of them, each with its line end */
	char body[4096];
};

struct http_peer;

/* `script` runs in the peer's thread; reply is preset to a 200 with an empty body. */
typedef void http_script(void *context, const struct http_request *request, struct http_reply *reply);

struct http_peer *http_peer_start(http_script *script, void *context);
void http_peer_stop(struct http_peer *peer);

const char *http_peer_url(const struct http_peer *peer); /* "http://127.0.0.1:PORT" */
int http_peer_requests(struct http_peer *peer);		 /* so far */
int http_peer_most(struct http_peer *peer);		 /* at once unanswered */
int http_peer_connections(struct http_peer *peer);	 /* accepted so far */
bool http_peer_await(struct http_peer *peer, int requests, int timeout_ms);

/* Closes every connection and the port, as a link that is cut; and opens the same port again. */
void http_peer_down(struct http_peer *peer);
void http_peer_up(struct http_peer *peer);

#endif
