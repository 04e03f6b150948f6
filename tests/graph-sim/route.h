/* From a request to who treats it. */
#ifndef BANDITORE_GRAPH_SIM_ROUTE_H
#define BANDITORE_GRAPH_SIM_ROUTE_H

#include "tests/graph-sim/reply.h"

struct slice {
	const char *at; /* NULL: nothing came */
	size_t length;
};

struct call {
	struct sim *sim;
	struct request *request;			      /* for server_answer */
	const char *(*query)(void *request, const char *key); /* an argument of the URL, or NULL */
	char method[12], path[800], version[16];
	const char *base; /* scheme://host of this server, as the caller knows it */
	const char *authorization;
	struct slice body, file; /* JSON; the file of a form */
	const char *mime, *product;
};

struct reply route(struct call *call);

/* ---- account.c: the phone number and the business account ---- */

struct reply phone_get(struct sim *sim, const char *fields);
struct reply phone_set(struct call *call, const json_t *body);
struct reply phone_register(struct sim *sim, const json_t *body, bool on);
struct reply waba_get(struct sim *sim, const char *fields);
struct reply waba_phones(struct sim *sim);
struct reply subscribed_get(struct sim *sim);
struct reply subscribed_set(struct call *call, const json_t *body);
struct reply subscribed_delete(struct sim *sim);

#endif
