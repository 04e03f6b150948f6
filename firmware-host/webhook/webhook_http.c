/* The listener. Whatever is wrong is refused as early as it can be known: by the path and the method, by the headers before
 * the body is read, by the signature before anything is parsed. */
#include "config/clock.h"
#include "firmware-host/microhttpd_load.h"
#include "firmware-host/webhook/webhook_private.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 256,
	CONNECTION_OCTETS = 16 * 1024, /* the longest request line and headers; a tunnel adds some of its own */
	BODY_FIRST = 4096,
	TOO_LONG = 413, /* named otherwise in each version of libmicrohttpd */
	CHALLENGE_MAX = 256,
	ANSWERS = 8,
	SIGNATURE_DIGITS = 2 * crypto_auth_hmacsha256_BYTES,
};

static const char signature_start[] = "sha256=";

enum request_state { REQUEST_RECEIVING, REQUEST_WHOLE, REQUEST_DECIDED };

/* One request, from its headers to its answer. */
struct request {
	struct webhook_post post; /* once it is whole and good */
	struct MHD_Connection *connection;
	enum request_state state;
	unsigned status; /* 0: not known yet; else the body does not matter */
	char *body;
	size_t length, room, declared; /* octets; declared: 0 where the headers do not tell */
};

/* One connection. */
struct peer {
	bool there;
	int fd;
	bool again;	  /* it had an answer before */
	uint64_t since;	  /* its start's or its last answer's place among all */
	int64_t deadline; /* then it is closed; INT64_MAX: it waits for us */
};

struct webhook_http {
	struct microhttpd_library mhd;
	struct MHD_Daemon *daemon;
	struct webhook_limits limits;
	int epoll_fd;
	char app_secret[sizeof((struct webhook_config *)NULL)->app_secret];
	char verify_token[sizeof((struct webhook_config *)NULL)->verify_token];
	struct MHD_Response *answers[ANSWERS];
	struct peer *peers;  /* limits.connections places */
	unsigned peer_count; /* of those there */
	uint64_t starts_and_answers;
	int64_t sweep; /* no deadline is before this */
	size_t bodies; /* octets in memory */
	struct webhook_post *posts, **last_post;
	bool again; /* libmicrohttpd is to run at once, which its own time-out does not know */
	unsigned refused;
};

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static const struct {
	unsigned status;
	const char *text;
} words[ANSWERS] = {
	{MHD_HTTP_OK, ""},
	{MHD_HTTP_BAD_REQUEST, "no challenge, or too long a one\n"},
	{MHD_HTTP_UNAUTHORIZED, "signature missing or wrong\n"},
	{MHD_HTTP_FORBIDDEN, "verify token missing or wrong\n"},
	{MHD_HTTP_NOT_FOUND, "only /webhook is here\n"},
	{MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and POST\n"},
	{TOO_LONG, "body too long\n"},
	{MHD_HTTP_SERVICE_UNAVAILABLE, "try again later\n"},
};

static int answers_make(struct webhook_http *http)
{
	for (size_t i = 0; i < ANSWERS; i++) {
		http->answers[i] = http->mhd.create_response_from_buffer(
			strlen(words[i].text), (void *)(uintptr_t)words[i].text, MHD_RESPMEM_PERSISTENT);
		if (!http->answers[i])
			return -1;
		if (words[i].text[0])
			(void)http->mhd.add_response_header(http->answers[i], "Content-Type", "text/plain");
		if (words[i].status == MHD_HTTP_METHOD_NOT_ALLOWED)
			(void)http->mhd.add_response_header(http->answers[i], "Allow", "GET, POST");
	}
	return 0;
}

static enum MHD_Result answer(struct webhook_http *http, struct request *request, unsigned status)
{
	size_t i = 0;

	while (words[i].status != status)
		i++;
	request->state = REQUEST_DECIDED;
	return http->mhd.queue_response(request->connection, status, http->answers[i]);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static struct peer *peer_of(struct webhook_http *http, struct MHD_Connection *connection)
{
	return http->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void peer_deadline(struct webhook_http *http, struct peer *peer, int64_t deadline)
{
	peer->deadline = deadline;
	if (deadline < http->sweep)
		http->sweep = deadline;
}

/* libmicrohttpd sees the end of it and closes. */
static void peer_shut(struct peer *peer)
{
	(void)shutdown(peer->fd, SHUT_RDWR);
	peer->deadline = INT64_MAX;
}

/* So that those who come always find room, and who dawdles holds nobody up. */
static void peer_oldest_shut(struct webhook_http *http)
{
	struct peer *oldest = NULL;

	for (unsigned i = 0; i < http->limits.connections; i++) {
		struct peer *peer = &http->peers[i];
		if (peer->there && peer->deadline != INT64_MAX && (!oldest || peer->since < oldest->since))
			oldest = peer;
	}
	if (oldest)
		peer_shut(oldest);
}

static void peers_sweep(struct webhook_http *http, int64_t now)
{
	if (now < http->sweep)
		return;
	http->sweep = INT64_MAX;
	for (unsigned i = 0; i < http->limits.connections; i++) {
		struct peer *peer = &http->peers[i];
		if (peer->there && peer->deadline <= now)
			peer_shut(peer);
		else if (peer->there && peer->deadline < http->sweep)
			http->sweep = peer->deadline;
	}
}

/* NULL: there is no place, and its requests are refused; libmicrohttpd does not let it come to that. */
static struct peer *peer_add(struct webhook_http *http, struct MHD_Connection *connection)
{
	struct peer *peer = http->peers, *end = http->peers + http->limits.connections;

	while (peer < end && peer->there)
		peer++;
	if (peer == end)
		return NULL;
	*peer = (struct peer){.there = true, .since = ++http->starts_and_answers};
	peer->fd = http->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	peer_deadline(http, peer, clock_mono_ms() + http->limits.request_ms);
	http->peer_count++;
	return peer;
}

static void connection_changed(
	void *of, struct MHD_Connection *connection, void **of_connection, enum MHD_ConnectionNotificationCode what)
{
	struct webhook_http *http = of;
	struct peer *peer = *of_connection;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*of_connection = peer_add(http, connection);
		if (http->peer_count == http->limits.connections)
			peer_oldest_shut(http);
	} else if (peer) {
		/* There is room again: it listens again when it runs again. */
		http->again = http->again || http->peer_count == http->limits.connections;
		http->peer_count--;
		peer->there = false;
		*of_connection = NULL;
	}
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static void body_free(struct webhook_http *http, struct request *request)
{
	free(request->body);
	http->bodies -= request->room;
	request->body = NULL;
	request->room = request->length = 0;
}

static bool body_grow(struct webhook_http *http, struct request *request, size_t needed)
{
	size_t room = request->room ? 2 * request->room : BODY_FIRST;

	if (needed <= request->room)
		return true;
	room = room < needed ? needed : room;
	room = request->declared && room > request->declared ? request->declared : room;
	if (http->bodies - request->room + room > http->limits.bodies)
		return false;
	char *body = realloc(request->body, room);
	if (!body)
		return false;
	http->bodies += room - request->room;
	request->body = body;
	request->room = room;
	return true;
}

/* False: hang up. */
static bool body_take(struct webhook_http *http, struct request *request, const char *data, size_t length)
{
	if (request->status || request->state == REQUEST_DECIDED)
		return true; /* nobody wants it any more */
	if (request->length + length > WEBHOOK_BODY_MAX)
		return false;
	if (!body_grow(http, request, request->length + length)) {
		body_free(http, request);
		request->status = MHD_HTTP_SERVICE_UNAVAILABLE;
		return true;
	}
	memcpy(request->body + request->length, data, length);
	request->length += length;
	return true;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* Both are hashed first, so that neither where they differ nor how long ours is can be measured. */
static bool token_is_good(const char *told, const char *ours)
{
	uint8_t one[crypto_generichash_BYTES], other[crypto_generichash_BYTES];

	if (!told || !*ours)
		return false;
	crypto_generichash(one, sizeof one, (const uint8_t *)told, strlen(told), NULL, 0);
	crypto_generichash(other, sizeof other, (const uint8_t *)ours, strlen(ours), NULL, 0);
	return sodium_memcmp(one, other, sizeof one) == 0;
}

static enum MHD_Result handshake(struct webhook_http *http, struct request *request)
{
	struct microhttpd_library *mhd = &http->mhd;
	struct MHD_Connection *connection = request->connection;
	const char *mode = mhd->lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.mode");
	const char *token = mhd->lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.verify_token");
	const char *challenge = mhd->lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.challenge");

	if (!token_is_good(token, http->verify_token) || !mode || strcmp(mode, "subscribe") != 0)
		return answer(http, request, MHD_HTTP_FORBIDDEN);
	if (!challenge || !*challenge || strlen(challenge) > CHALLENGE_MAX)
		return answer(http, request, MHD_HTTP_BAD_REQUEST);
	struct MHD_Response *response = mhd->create_response_from_buffer(
		strlen(challenge), (void *)(uintptr_t)challenge, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	(void)mhd->add_response_header(response, "Content-Type", "text/plain");
	(void)mhd->add_response_header(response, "X-Content-Type-Options", "nosniff");
	enum MHD_Result result = mhd->queue_response(connection, MHD_HTTP_OK, response);
	mhd->destroy_response(response);
	request->state = REQUEST_DECIDED;
	return result;
}

static const char *signature_of(struct webhook_http *http, struct MHD_Connection *connection)
{
	const char *header = http->mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "X-Hub-Signature-256");

	return header && strncmp(header, signature_start, sizeof signature_start - 1) == 0 &&
			       strlen(header) == sizeof signature_start - 1 + SIGNATURE_DIGITS
		       ? header
		       : NULL;
}

bool webhook_signature_is_good(const char *header, const char *secret, const void *body, size_t length)
{
	const size_t start = sizeof signature_start - 1;
	uint8_t told[crypto_auth_hmacsha256_BYTES], ours[sizeof told];
	crypto_auth_hmacsha256_state state;
	size_t octets;

	if (!header || !*secret || strncmp(header, signature_start, start) != 0 ||
		strlen(header + start) != SIGNATURE_DIGITS)
		return false;
	if (sodium_hex2bin(told, sizeof told, header + start, SIGNATURE_DIGITS, NULL, &octets, NULL) != 0 ||
		octets != sizeof told)
		return false;
	crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, body, length);
	crypto_auth_hmacsha256_final(&state, ours);
	return sodium_memcmp(told, ours, sizeof told) == 0;
}

/* What the headers alone tell. 0: go on. */
static unsigned headers_refuse(struct webhook_http *http, struct request *request, const char *path, const char *method)
{
	const char *declared;

	if (strcmp(path, "/webhook") != 0)
		return MHD_HTTP_NOT_FOUND;
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
		request->status = MHD_HTTP_OK;
		return 0;
	}
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	if (!signature_of(http, request->connection)) {
		http->refused++;
		return MHD_HTTP_UNAUTHORIZED;
	}
	declared = http->mhd.lookup_connection_value(request->connection, MHD_HEADER_KIND, "Content-Length");
	request->declared = declared ? strtoull(declared, NULL, 10) : 0;
	if (request->declared > WEBHOOK_BODY_MAX)
		return TOO_LONG;
	if (http->bodies + request->declared > http->limits.bodies)
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	return 0;
}

static enum MHD_Result request_begin(struct webhook_http *http, struct MHD_Connection *connection, const char *path,
	const char *method, void **of_request)
{
	struct peer *peer = peer_of(http, connection);
	struct request *request = peer ? calloc(1, sizeof *request) : NULL;

	if (!request)
		return MHD_NO;
	*of_request = request;
	request->connection = connection;
	if (peer->again && peer->deadline != INT64_MAX)
		peer_deadline(http, peer, clock_mono_ms() + http->limits.request_ms);
	unsigned status = headers_refuse(http, request, path, method);
	return status ? answer(http, request, status) : MHD_YES;
}

/* All of it is here. */
static enum MHD_Result request_whole(struct webhook_http *http, struct request *request, const char *method)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0)
		return handshake(http, request);
	if (request->status)
		return answer(http, request, request->status);
	if (!webhook_signature_is_good(signature_of(http, request->connection), http->app_secret,
		    request->body ? request->body : "", request->length)) {
		http->refused++;
		return answer(http, request, MHD_HTTP_UNAUTHORIZED);
	}
	request->state = REQUEST_WHOLE;
	request->post = (struct webhook_post){.body = request->body ? request->body : "", .length = request->length};
	*http->last_post = &request->post;
	http->last_post = &request->post.next;
	peer_of(http, request->connection)->deadline = INT64_MAX;
	http->mhd.suspend_connection(request->connection);
	return MHD_YES;
}

static enum MHD_Result handle(void *of, struct MHD_Connection *connection, const char *path, const char *method,
	const char *version, const char *data, size_t *length, void **of_request)
{
	struct webhook_http *http = of;
	struct request *request = *of_request;

	(void)version;
	if (!request)
		return request_begin(http, connection, path, method, of_request);
	if (*length > 0) {
		bool taken = body_take(http, request, data, *length);
		*length = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	if (request->state == REQUEST_RECEIVING)
		return request_whole(http, request, method);
	if (request->state == REQUEST_WHOLE)
		return answer(http, request, request->status);
	return MHD_YES;
}

static void completed(
	void *of, struct MHD_Connection *connection, void **of_request, enum MHD_RequestTerminationCode how)
{
	struct webhook_http *http = of;
	struct request *request = *of_request;
	struct peer *peer = peer_of(http, connection);

	(void)how;
	if (request) {
		body_free(http, request);
		free(request);
		*of_request = NULL;
	}
	if (!peer)
		return;
	peer->again = true;
	peer->since = ++http->starts_and_answers;
	peer_deadline(http, peer, clock_mono_ms() + http->limits.idle_ms);
}

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

/* "127.0.0.1:8081", "[::1]:8081". */
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

static int socket_listen(const char *listen_at, int *ret_fd, uint16_t *ret_port, struct err *err)
{
	struct addrinfo *address = address_of(listen_at);
	struct sockaddr_in6 bound = {.sin6_port = 0}; /* its port is where an IPv4 address has it too */
	socklen_t size = sizeof bound;
	const int on = 1;

	if (!address)
		return err_set(err, EX_CONFIG,
			"whatsapp.webhook \"%.60s\" is not an address with a port; write it as \"127.0.0.1:8081\"",
			listen_at);
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		       bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
		       getsockname(fd, (struct sockaddr *)&bound, &size) == 0;
	int why = errno;
	freeaddrinfo(address);
	if (!listens) {
		if (fd >= 0)
			close(fd);
		return err_set(err, EX_CONFIG, "cannot listen on whatsapp.webhook %.60s: %s; choose another", listen_at,
			strerror(why));
	}
	*ret_fd = fd;
	*ret_port = ntohs(bound.sin6_port);
	return 0;
}

static int daemon_start(struct webhook_http *http, int fd, struct err *err)
{
	http->daemon = http->mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, http,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, completed, http,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http, MHD_OPTION_CONNECTION_LIMIT,
		http->limits.connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_OCTETS,
		MHD_OPTION_END);
	if (!http->daemon) {
		close(fd);
		return err_set(err, EX_OSERR, "cannot start the webhook's listener: %s", strerror(errno));
	}
	http->epoll_fd = http->mhd.get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return 0;
}

static int http_init(
	struct webhook_http *http, const struct webhook_config *config, uint16_t *ret_port, struct err *err)
{
	const char *missing = microhttpd_library_load(&http->mhd);
	int fd;

	if (missing)
		return err_set(err, EX_UNAVAILABLE, "%s", missing);
	memcpy(http->app_secret, config->app_secret, sizeof http->app_secret);
	memcpy(http->verify_token, config->verify_token, sizeof http->verify_token);
	http->sweep = INT64_MAX;
	http->last_post = &http->posts;
	http->peers = calloc(http->limits.connections, sizeof(struct peer));
	if (!http->peers || answers_make(http) != 0)
		return err_set(err, EX_OSERR, "out of memory");
	if (socket_listen(config->listen, &fd, ret_port, err) != 0)
		return -1;
	return daemon_start(http, fd, err);
}

int webhook_http_open(const struct webhook_config *config, const struct webhook_limits *limits,
	struct webhook_http **ret_http, uint16_t *ret_port, struct err *err)
{
	struct webhook_http *http = calloc(1, sizeof *http);

	if (!http)
		return err_set(err, EX_OSERR, "out of memory");
	http->limits = *limits;
	if (http_init(http, config, ret_port, err) != 0) {
		webhook_http_close(http);
		return -1;
	}
	*ret_http = http;
	return 0;
}

void webhook_http_close(struct webhook_http *http)
{
	if (!http)
		return;
	webhook_http_answer(http);
	if (http->daemon)
		http->mhd.stop_daemon(http->daemon);
	for (size_t i = 0; i < ANSWERS; i++)
		if (http->answers[i])
			http->mhd.destroy_response(http->answers[i]);
	free(http->peers);
	explicit_bzero(http, sizeof *http);
	free(http);
}

int webhook_http_fd(const struct webhook_http *http)
{
	return http->epoll_fd;
}

int webhook_http_timeout(const struct webhook_http *http)
{
	MHD_UNSIGNED_LONG_LONG theirs;
	int ours = http->sweep == INT64_MAX ? -1 : clock_left_ms(http->sweep);

	if (http->again)
		return 0;
	if (http->mhd.get_timeout(http->daemon, &theirs) != MHD_YES)
		return ours;
	return ours < 0 || theirs < (unsigned)ours ? (int)theirs : ours;
}

struct webhook_post *webhook_http_step(struct webhook_http *http)
{
	peers_sweep(http, clock_mono_ms());
	http->again = false;
	(void)http->mhd.run(http->daemon);
	return http->posts;
}

void webhook_http_answer(struct webhook_http *http)
{
	struct webhook_post *post = http->posts;

	while (post) {
		struct request *request = (struct request *)post; /* its first member */
		post = post->next;
		body_free(http, request);
		request->status = request->post.kept ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
		http->mhd.resume_connection(request->connection);
		http->again = true;
	}
	http->posts = NULL;
	http->last_post = &http->posts;
}

unsigned webhook_http_refused(struct webhook_http *http)
{
	unsigned refused = http->refused;

	http->refused = 0;
	return refused;
}
