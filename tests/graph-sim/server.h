/* HTTP: libmicrohttpd driven from the loop, requests that wait for their answer, answers that never come. */
#ifndef BANDITORE_GRAPH_SIM_SERVER_H
#define BANDITORE_GRAPH_SIM_SERVER_H

#include "tests/graph-sim/reply.h"

int server_open(struct sim *sim); /* both daemons, without sockets of their own; 0, or -1 */
void server_close(struct sim *sim);

/* Once a turn. The milliseconds libmicrohttpd wants to be called again within, -1: none. */
int server_turn(struct sim *sim);

/* The other side of a request that is never answered has gone. */
void server_peer_gone(struct request *request);

/* The answer of a request whose reply was `later`. */
void server_answer(struct request *request, struct reply reply);

#endif
