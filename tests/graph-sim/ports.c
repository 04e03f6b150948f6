#include "tests/graph-sim/ports.h"

#include "tests/graph-sim/hook.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static struct sockaddr_in address_of(int number)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int make_socket(int number)
{
	struct sockaddr_in address = address_of(number);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void watch(struct sim *sim, struct port *port, bool on)
{
	struct epoll_event interest = {.events = on ? EPOLLIN : 0u, .data.ptr = &port->listen};

	epoll_ctl(sim->epoll_fd, EPOLL_CTL_DEL, port->listen.fd, NULL);
	if (on)
		epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, port->listen.fd, &interest);
}

/* The port is bound by its number, not by chance: only then does it stay ours while nobody listens on it. */
int port_open(struct sim *sim, struct port *port, int number)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;

	port->listen = (struct source){SOURCE_LISTEN, make_socket(number), port};
	if (port->listen.fd < 0 || getsockname(port->listen.fd, (struct sockaddr *)&address, &size) < 0)
		return -1;
	port->number = ntohs(address.sin_port);
	if (number == 0) {
		close(port->listen.fd);
		port->listen.fd = make_socket(port->number);
	}
	if (port->listen.fd < 0 || listen(port->listen.fd, BACKLOG) < 0)
		return -1;
	watch(sim, port, true);
	return 0;
}

static void unplug(struct port *port)
{
	while (port->plug_count > 0)
		close(port->plugs[--port->plug_count]);
}

void port_close(struct port *port)
{
	unplug(port);
	if (port->listen.fd >= 0)
		close(port->listen.fd);
	port->listen.fd = -1;
}

/* A TCP socket that is "connected to nothing" has sent RST. */
static void reset(int fd)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	connect(fd, &nobody, sizeof nobody);
}

void port_accept(struct sim *sim, struct port *port)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int fd = accept4(port->listen.fd, (struct sockaddr *)&address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	sim->journal.figures.connections++;
	if (sim->link_api) {
		reset(fd);
		close(fd);
		sim->journal.figures.connections_cut++;
		return;
	}
	MHD_add_connection(port->daemon, fd, (struct sockaddr *)&address, size); /* closes it where it fails */
}

void connections_cut(struct sim *sim)
{
	for (struct connection *connection = sim->connections; connection != NULL; connection = connection->next) {
		reset(connection->fd);
		sim->journal.figures.connections_cut++;
	}
}

/* Fills the backlog with our own connections until the kernel drops further SYNs, as an empty line would. */
static void plug(struct port *port)
{
	struct sockaddr_in address = address_of(port->number);
	enum { PLUGS = 8 };

	listen(port->listen.fd, 0);
	for (unsigned i = 0; i < PLUGS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return;
		connect(fd, (struct sockaddr *)&address, sizeof address);
		port->plugs[port->plug_count++] = fd;
	}
}

static void down(struct sim *sim, struct port *port)
{
	watch(sim, port, sim->link == LINK_RESET);
	if (sim->link == LINK_REFUSE)
		shutdown(port->listen.fd, SHUT_RD);
	if (sim->link == LINK_BLACKHOLE)
		plug(port);
}

static void up(struct sim *sim, struct port *port)
{
	int number = port->number;

	port_close(port); /* with all that waited to be taken */
	if (port_open(sim, port, number) < 0) {
		sim->quit = true;
		return;
	}
}

void link_set(struct sim *sim, enum link_state state, bool api, bool hooks)
{
	bool was_down = sim->link_api;

	if (was_down) {
		connections_cut(sim);
		for (unsigned i = 0; i < 2; i++)
			up(sim, &sim->ports[i]);
	}
	sim->link = state;
	sim->link_api = state != LINK_UP && api;
	sim->link_hooks = state != LINK_UP && hooks;
	if (sim->link_api && state != LINK_BLACKHOLE)
		connections_cut(sim);
	for (unsigned i = 0; sim->link_api && i < 2; i++)
		down(sim, &sim->ports[i]);
	hook_link(sim);
}
