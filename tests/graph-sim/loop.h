/* The life of the simulator. */
#ifndef BANDITORE_GRAPH_SIM_LOOP_H
#define BANDITORE_GRAPH_SIM_LOOP_H

#include "tests/graph-sim/graph.h"

enum { LOOP_OPTIONS_MAX = 64 };

struct loop_options {
	const char *dir, *log; /* log NULL: none */
	int port, tls_port;    /* 0: any */
	const char *settings[LOOP_OPTIONS_MAX], *commands[LOOP_OPTIONS_MAX];
	unsigned setting_count, command_count;
};

/* Opens the API, prints "ready DIR URL TLS-URL" and serves until `quit`, SIGINT or SIGTERM; leaves nothing behind.
 * Returns the exit status; what is wrong is on stderr. */
int loop_run(const struct loop_options *options);

#endif
