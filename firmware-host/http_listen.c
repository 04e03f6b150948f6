#include "firmware-host/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 256 };

static struct addrinfo *address_of(const char *listen_at)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *address = NULL;
	const char *colon = strrchr(listen_at, ':');
	char host[64];
	size_t length = colon ? (size_t)(colon - listen_at) : 0;

	if (!colon || length >= sizeof host || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
		strlen(colon + 1) - 1 > 4 || strtoul(colon + 1, NULL, 10) > UINT16_MAX)
		return NULL;
	if (length >= 2 && listen_at[0] == '[' && listen_at[length - 1] == ']') {
		listen_at++;
		length -= 2;
	}
	(void)snprintf(host, sizeof host, "%.*s", (int)length, listen_at);
	return getaddrinfo(length > 0 ? host : NULL, colon + 1, &hints, &address) == 0 ? address : NULL;
}

int http_listen(const char *key, const char *listen_at, int *ret_fd, uint16_t *ret_port, struct err *err)
{
	struct addrinfo *address = address_of(listen_at);
	struct sockaddr_in6 bound = {.sin6_port = 0}; /* its port is where an IPv4 address has it too */
	socklen_t size = sizeof bound;
	const int on = 1;

	if (!address)
		return err_set(err, EX_CONFIG,
			"%s \"%.60s\" is not an address with a port; write it as \"127.0.0.1:8081\"", key, listen_at);
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		       bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
		       getsockname(fd, (struct sockaddr *)&bound, &size) == 0;
	int why = errno;
	freeaddrinfo(address);
	if (!listens) {
		if (fd >= 0)
			close(fd);
		return err_set(
			err, EX_CONFIG, "cannot listen on %s %.60s: %s; choose another", key, listen_at, strerror(why));
	}
	*ret_fd = fd;
	*ret_port = ntohs(bound.sin6_port);
	return 0;
}

bool http_listen_is_local(const char *listen_at)
{
	struct addrinfo *address = address_of(listen_at);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	bool local = false;

	if (!address)
		return false;
	if (address->ai_family == AF_INET) {
		memcpy(&v4, address->ai_addr, sizeof v4);
		local = ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	} else if (address->ai_family == AF_INET6) {
		memcpy(&v6, address->ai_addr, sizeof v6);
		local = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	freeaddrinfo(address);
	return local;
}
