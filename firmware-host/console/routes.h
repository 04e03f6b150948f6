/* The console's API as one table: method, path, who may, what it takes and gives. By it requests find their way, are checked
 * before they are handled, and the description at /api/openapi.json is made. */
#ifndef BANDITORE_CONSOLE_ROUTES_H
#define BANDITORE_CONSOLE_ROUTES_H

#include "db/operator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;

/* Fills call->answer; returns nothing: what fails answers too (call_fail and its like). Runs on the console's thread, outside
 * any transaction, and leaves none open. */
typedef void route_handler(struct call *call);

enum {
	FOR_CLERK = 1 << ROLE_CLERK,
	FOR_OFFICER = 1 << ROLE_OFFICER,
	FOR_TECHNICIAN = 1 << ROLE_TECHNICIAN,
	FOR_READER = 1 << ROLE_READER,
	FOR_STAFF = FOR_CLERK | FOR_OFFICER,	    /* who works with citizens */
	FOR_CITIZENS_DATA = FOR_STAFF | FOR_READER, /* who may see citizens' data */
	FOR_ALL = FOR_CITIZENS_DATA | FOR_TECHNICIAN,
	FOR_NOBODY_YET = 1, /* without a login */
};

enum {
	ROUTE_BODY_MAX = 64 * 1024,
	ROUTE_CSV_MAX = 8 * 1024 * 1024, /* about 100,000 people */
	ROUTE_WORD_MAX = 64
};

struct route {
	const char *method;
	const char *path;    /* "{id}" and "{item}" are numbers, "{word}" is a word of letters, digits, '-' and '_' */
	unsigned roles;	     /* FOR_… */
	const char *query;   /* fields of the query (fields.h); "" */
	const char *body;    /* fields of the JSON body; "": none needed. "text/csv": that instead */
	const char *gives;   /* fields of the JSON answer, or a media type */
	const char *summary; /* one sentence, English */
	route_handler *run;
};

extern const struct route routes[];
extern const size_t routes_count;

struct route_match {
	const struct route *route; /* NULL: none */
	int64_t id, item;
	char word[ROUTE_WORD_MAX];
	char allow[64]; /* no route, but one of another method: "GET, POST"; else "" */
};

/* Of a path without its query. HEAD is as GET. Pure. */
void route_find(const char *method, const char *path, struct route_match *ret);

size_t route_body_max(const struct route *route);
bool route_takes_csv(const struct route *route);

#endif
