/* The simulated WhatsApp Cloud API (tests/graph-sim) for a unit test: a process of its own, ended with the test. */
#ifndef BANDITORE_TESTS_GRAPH_BOX_H
#define BANDITORE_TESTS_GRAPH_BOX_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define GRAPH_BOX_PNID "106300000000001"

struct graph_box {
	pid_t pid;
	char program[256], dir[64];
	char url[128], tls_url[128], ca_file[128], token[128];
};

/* False: the simulator is not built (`make unit` builds none); the test is skipped. `settings`: KEY=VALUE or NULL. */
bool graph_box_open(struct graph_box *box, const char *settings);
void graph_box_close(struct graph_box *box);

/* A command of its control socket; fails the test when it is refused. The first returns its lines as JSON objects, to be
 * released. */
json_t *graph_box_ask(const struct graph_box *box, const char *command);
void graph_box_do(const struct graph_box *box, const char *command);

#endif
