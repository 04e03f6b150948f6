/* What the API answers: a status and JSON, or the Graph's error body. */
#ifndef BANDITORE_GRAPH_SIM_REPLY_H
#define BANDITORE_GRAPH_SIM_REPLY_H

#include "tests/graph-sim/graph.h"

/* What the caller gets instead of the answer. */
enum cut { CUT_NOT, CUT_BEFORE, CUT_MIDDLE, CUT_NEVER };

struct reply {
	int http;
	char *body; /* freed by who sends it */
	size_t length;
	char type[100];	    /* Content-Type; empty: JSON */
	char location[300]; /* of a redirect; empty: none */
	uint32_t message;   /* the message it accepts, 0: none */
	int code;	    /* of the error, -1: none */
	enum cut cut;
	long slow_ms; /* beyond the latency */
	bool later;   /* somebody will call server_answer */
};

/* Takes the reference. */
struct reply reply_json(json_t *json);
struct reply reply_success(void); /* {"success":true} */

/* An error of the platform; `details` may be NULL. */
struct reply reply_error(int code, const char *details);
struct reply reply_errorf(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With a subcode, as template creation answers. */
struct reply reply_subcode(int code, int subcode, const char *details);
/* 100 with subcode 33: no object of that id. */
struct reply reply_unknown_object(const char *id);

/* "Message undeliverable" and so on; never NULL. */
const char *error_title(int code);

/* {"code","title","message","error_data":{"details"},"href"} of webhooks; a new reference. */
json_t *error_webhook(int code, const char *details);

#endif
