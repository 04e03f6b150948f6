/* What the kernel says of the way out: a route netlink socket that tells when links, addresses or routes change, and the
 * question by which interface an address is reached. No packet leaves for either, nothing blocks, and no right is needed.
 * Messages are those of rtnetlink(7). Any thread; a watch belongs to one. */
#ifndef BANDITORE_LINK_WATCH_H
#define BANDITORE_LINK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses kept for documentation (RFC 5737, RFC 3849): nobody has a route of their own to them, so they are reached by
 * the default route or not at all. */
#define LINK_WORLD_V4 "192.0.2.1"
#define LINK_WORLD_V6 "2001:db8::1"

/* A non-blocking, close-on-exec descriptor that is readable after each change; the caller closes it. Negative errno: a
 * sandbox without AF_NETLINK (-EAFNOSUPPORT, -EPERM). */
int link_watch_open(void);

/* Takes all that was told. True: something changed, or was lost. */
bool link_watch_heard(int fd);

/* The index of the interface by which this numeric address is reached; 0: there is no route to it, or the interface is down
 * or without carrier; a negative errno where that cannot be told (-EINVAL: no address). */
int link_watch_route(const char *address);

/* The kernel's answer to the question of a route, as link_watch_route takes it apart: the interface, 0 for none, -EBADMSG
 * for what is no such answer. Octets are aligned as malloc's. */
int link_route_read(const void *octets, size_t length, uint32_t sequence);

#endif
