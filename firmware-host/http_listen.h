/* A listening socket for a door of HTTP. */
#ifndef BANDITORE_HTTP_LISTEN_H
#define BANDITORE_HTTP_LISTEN_H

#include "config/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Listens on "127.0.0.1:8081" or "[::1]:8081" (the port 0: one the system chooses). *ret_fd is the caller's: non-blocking,
 * close-on-exec. `key` is the option that holds the address, for the error. Fails with EX_CONFIG: no address, or it cannot
 * be bound. */
int http_listen(const char *key, const char *listen_at, int *ret_fd, uint16_t *ret_port, struct err *err);

/* Is it an address of this machine alone? */
bool http_listen_is_local(const char *listen_at);

#endif
