/* Message templates of the WhatsApp Cloud API: creating them, and reading how they stand. Pure; any thread. */
#ifndef BANDITORE_GRAPH_TEMPLATE_H
#define BANDITORE_GRAPH_TEMPLATE_H

#include "modem/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GRAPH_TEMPLATE_BODY_MAX = 4 * GRAPH_BODY_MAX + 1, /* octets */
	GRAPH_CURSOR_MAX = 256,
	GRAPH_TTL_MIN_S = 30, /* of utility templates */
	GRAPH_TTL_MAX_S = 43200,
};

struct graph_template_new {
	const char *name, *language, *category; /* UTILITY, MARKETING */
	const char *body;			/* with {{name}} for each parameter */
	int32_t ttl_s;				/* dropped when not delivered for so long; 0: the API's 30 days */
	struct graph_parameter examples[GRAPH_PARAMETERS_MAX];
	int example_count;
};

/* What is POSTed to create it, and to change it. To be freed; NULL: not UTF-8, or no memory. */
char *graph_template_create(const struct graph_template_new *template);
char *graph_template_edit(const struct graph_template_new *template);

struct graph_template {
	char id[32], name[520], language[16], category[32], status[32], quality[16];
	char reason[64]; /* of a rejection, masked; empty: none */
	char body[GRAPH_TEMPLATE_BODY_MAX];
};

/* The fields to ask for, so that these can be read. */
#define GRAPH_TEMPLATE_FIELDS "name,language,category,status,quality_score,rejected_reason,components"

/* One page of the account's list: appends to the `count` templates at *templates, which grow. Returns their new number, or
 * -1 when it is no such page. ret_after: what the next page is asked with; empty: this was the last. */
int graph_template_page(const char *body, size_t length, struct graph_template **templates, int count,
	char ret_after[GRAPH_CURSOR_MAX]);

/* The answer to a creation: id, status and category are filled. False: not such an answer. */
bool graph_template_one(const char *body, size_t length, struct graph_template *ret_template);

bool graph_template_is_usable(const struct graph_template *template);	/* may be sent now */
bool graph_template_is_editable(const struct graph_template *template); /* may be given another text now */

#endif
