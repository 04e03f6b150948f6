#include "tests/unit/http_peer.h"

#include "config/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, REQUEST_MAX = 16384, AWAIT_STEP_MS = 5 };

struct connection {
	int fd; /* 0: free */
	int number;
	char in[REQUEST_MAX];
	size_t length;
	bool pending; /* a request is read and its reply waits for `due` */
	int64_t due;
	struct http_reply reply;
};

struct http_peer {
	http_script *script;
	void *context;
	pthread_t thread;
	int listener, wake;
	uint16_t port;
	char url[64];
	_Atomic bool stop, want_down, is_down;
	_Atomic int requests, most, connections;
	int pending;
	struct connection connection[CONNECTIONS_MAX];
};

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void listen_open(struct http_peer *peer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(peer->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int yes = 1;

	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(peer->listener, (struct sockaddr *)&address, size) != 0 ||
		listen(peer->listener, CONNECTIONS_MAX) != 0)
		fail("http_peer: bind");
	getsockname(peer->listener, (struct sockaddr *)&address, &size);
	peer->port = ntohs(address.sin_port);
}

/* Reset, not closed: what a client sees of a link that is cut, without the port lingering. */
static void connection_close(struct http_peer *peer, struct connection *connection, bool reset)
{
	struct linger linger = {.l_onoff = 1};

	if (connection->fd == 0)
		return;
	if (reset)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close(connection->fd);
	peer->pending -= connection->pending;
	connection->fd = 0;
	connection->pending = false;
	connection->length = 0;
}

static void down_step(struct http_peer *peer)
{
	if (peer->want_down && !peer->is_down) {
		for (int i = 0; i < CONNECTIONS_MAX; i++)
			connection_close(peer, &peer->connection[i], true);
		close(peer->listener);
		peer->listener = -1;
		peer->is_down = true;
	} else if (!peer->want_down && peer->is_down) {
		listen_open(peer);
		peer->is_down = false;
	}
}

static void accept_all(struct http_peer *peer)
{
	int fd;

	while ((fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		int i = 0;
		while (i < CONNECTIONS_MAX && peer->connection[i].fd != 0)
			i++;
		if (i == CONNECTIONS_MAX) {
			close(fd);
			continue;
		}
		peer->connection[i].fd = fd;
		peer->connection[i].number = ++peer->connections;
	}
}

/* ---- replies ----------------------------------------------------------------------------------------------------- */

static bool octets_send(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		text += sent;
		length -= (size_t)sent;
	}
	return true;
}

static void endless_send(int fd)
{
	static const char start[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const char chunk[] = "20\r\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\r\n";

	if (!octets_send(fd, start, sizeof start - 1))
		return;
	while (octets_send(fd, chunk, sizeof chunk - 1))
		;
}

static void reply_send(struct http_peer *peer, struct connection *connection)
{
	struct http_reply *reply = &connection->reply;
	char text[sizeof reply->body + 512];
	int length = snprintf(text, sizeof text,
		"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s", reply->status,
		strlen(reply->body), reply->headers, reply->body);
	bool keep = reply->act == HTTP_ANSWER;

	connection->pending = false;
	peer->pending--;
	connection->length = 0;
	if (reply->act == HTTP_ANSWER)
		keep = octets_send(connection->fd, text, (size_t)length);
	else if (reply->act == HTTP_HALF)
		octets_send(connection->fd, text, (size_t)length - strlen(reply->body) / 2 - 1);
	else if (reply->act == HTTP_ENDLESS)
		endless_send(connection->fd);
	if (!keep)
		connection_close(peer, connection, false);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void header_take(const char *head, const char *name, char *out, size_t size)
{
	const char *at = strcasestr(head, name);

	out[0] = '\0';
	if (at)
		snprintf(out, size, "%.*s", (int)strcspn(at + strlen(name), "\r"), at + strlen(name));
}

/* One whole request at a time: the client does not pipeline. */
static void request_take(struct http_peer *peer, struct connection *connection)
{
	struct http_request request = {.connection = connection->number};
	char *end = strstr(connection->in, "\r\n\r\n"), length[16];

	if (!end || connection->pending)
		return;
	header_take(connection->in, "\r\nContent-Length: ", length, sizeof length);
	size_t body = strtoul(length, NULL, 10);
	if ((size_t)(end + 4 - connection->in) + body > connection->length)
		return;
	*end = '\0';
	if (sscanf(connection->in, "%7s %511s", request.method, request.path) != 2)
		fail("http_peer: request line");
	header_take(connection->in, "\r\nAuthorization: ", request.authorization, sizeof request.authorization);
	request.body = end + 4;
	connection->in[connection->length] = '\0';
	request.number = ++peer->requests;
	connection->reply = (struct http_reply){.status = 200};
	connection->pending = true;
	if (++peer->pending > peer->most)
		peer->most = peer->pending;
	peer->script(peer->context, &request, &connection->reply);
	connection->due =
		connection->reply.act == HTTP_SILENT ? INT64_MAX : clock_mono_ms() + connection->reply.delay_ms;
}

static void connection_read(struct http_peer *peer, struct connection *connection)
{
	size_t room = sizeof connection->in - 1 - connection->length;
	ssize_t got = recv(connection->fd, connection->in + connection->length, room, MSG_DONTWAIT);

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			connection_close(peer, connection, false);
		return;
	}
	connection->length += (size_t)got;
	connection->in[connection->length] = '\0';
	request_take(peer, connection);
}

static void *peer_main(void *argument)
{
	struct http_peer *peer = argument;
	static _Thread_local struct pollfd fds[CONNECTIONS_MAX + 2];
	static _Thread_local int which[CONNECTIONS_MAX];

	while (!peer->stop) {
		down_step(peer);
		int64_t next = INT64_MAX, now = clock_mono_ms();
		nfds_t count = 2;
		fds[0] = (struct pollfd){.fd = peer->wake, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = peer->listener, .events = POLLIN};
		for (int i = 0; i < CONNECTIONS_MAX; i++) {
			struct connection *connection = &peer->connection[i];
			if (connection->fd != 0 && connection->pending && connection->due <= now)
				reply_send(peer, connection);
			if (connection->fd == 0)
				continue;
			if (connection->pending && connection->due < next)
				next = connection->due;
			which[count - 2] = i;
			fds[count++] = (struct pollfd){.fd = connection->fd, .events = POLLIN};
		}
		poll(fds, count, next == INT64_MAX ? -1 : clock_left_ms(next));
		for (nfds_t i = 2; i < count; i++)
			if (fds[i].revents)
				connection_read(peer, &peer->connection[which[i - 2]]);
		if (fds[1].revents)
			accept_all(peer);
		if (fds[0].revents) {
			uint64_t told;
			if (read(peer->wake, &told, sizeof told) < 0)
				fail("http_peer: wake");
		}
	}
	return NULL;
}

/* ---- the test's side --------------------------------------------------------------------------------------------- */

static void peer_wake(const struct http_peer *peer)
{
	uint64_t one = 1;

	if (write(peer->wake, &one, sizeof one) != sizeof one)
		fail("http_peer: wake");
}

struct http_peer *http_peer_start(http_script *script, void *context)
{
	struct http_peer *peer = calloc(1, sizeof *peer);

	peer->script = script;
	peer->context = context;
	peer->wake = eventfd(0, EFD_CLOEXEC);
	listen_open(peer);
	snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%u", (unsigned)peer->port);
	if (pthread_create(&peer->thread, NULL, peer_main, peer) != 0)
		fail("http_peer: thread");
	return peer;
}

void http_peer_stop(struct http_peer *peer)
{
	peer->stop = true;
	peer_wake(peer);
	pthread_join(peer->thread, NULL);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		connection_close(peer, &peer->connection[i], true);
	if (peer->listener >= 0)
		close(peer->listener);
	close(peer->wake);
	free(peer);
}

const char *http_peer_url(const struct http_peer *peer)
{
	return peer->url;
}

int http_peer_requests(struct http_peer *peer)
{
	return peer->requests;
}

int http_peer_most(struct http_peer *peer)
{
	return peer->most;
}

int http_peer_connections(struct http_peer *peer)
{
	return peer->connections;
}

static bool await(_Atomic int *value, int least, int timeout_ms)
{
	int64_t deadline = clock_mono_ms() + timeout_ms;

	while (*value < least && clock_left_ms(deadline) > 0)
		poll(NULL, 0, AWAIT_STEP_MS);
	return *value >= least;
}

bool http_peer_await(struct http_peer *peer, int requests, int timeout_ms)
{
	return await(&peer->requests, requests, timeout_ms);
}

static void down_set(struct http_peer *peer, bool down)
{
	peer->want_down = down;
	peer_wake(peer);
	while (peer->is_down != down)
		poll(NULL, 0, AWAIT_STEP_MS);
}

void http_peer_down(struct http_peer *peer)
{
	down_set(peer, true);
}

void http_peer_up(struct http_peer *peer)
{
	down_set(peer, false);
}
