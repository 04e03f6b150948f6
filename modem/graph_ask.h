/* One request to the API that is waited for, for work beside the bearers: templates, media. Blocks until the deadline at
 * most; any thread that blocks SIGPIPE or ignores it. */
#ifndef BANDITORE_GRAPH_ASK_H
#define BANDITORE_GRAPH_ASK_H

#include "config/err.h"
#include "modem/graph_http.h"

#include <stdint.h>

/* The answer is valid until the handle's next request; its status is there even where this fails for it. `deadline` is
 * clock_mono_ms; the request's own total_ms is not looked at. Nothing else is in flight. Fails with EX_CONFIG when the
 * address may not be asked or the account is refused, EX_UNAVAILABLE when the API is not reached or does not answer as
 * itself, EX_TEMPFAIL when it wants us to wait, EX_REFUSED else. */
int graph_ask(struct graph_http *http, const struct graph_http_request *request, int64_t deadline,
	struct graph_http_answer *ret_answer, struct err *err);

#endif
