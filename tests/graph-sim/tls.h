/* A certificate authority and a server certificate of our own, new at each start. */
#ifndef BANDITORE_GRAPH_SIM_TLS_H
#define BANDITORE_GRAPH_SIM_TLS_H

/* For localhost, 127.0.0.1, ::1 and graph.facebook.com. The PEM texts are freed by the caller. 0, or -1 with the reason
 * in `ret_why`, which lives for ever. */
int tls_make(char **ret_ca, char **ret_cert, char **ret_key, const char **ret_why);

#endif
