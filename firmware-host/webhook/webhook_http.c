/* The listener. Whatever is wrong is refused as early as it can be known: by the path and the method, by the headers before
 * the body is read, by the signature before anything is parsed. */
#include "config/clock.h"
#include "firmware-host/http_guests.h"
#include "firmware-host/http_listen.h"
#include "firmware-host/microhttpd_load.h"
#include "firmware-host/webhook/webhook_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
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

struct webhook_http {
	struct microhttpd_library mhd;
	struct MHD_Daemon *daemon;
	struct webhook_limits limits;
	int epoll_fd;
	char app_secret[sizeof((struct webhook_config *)NULL)->app_secret];
	char verify_token[sizeof((struct webhook_config *)NULL)->verify_token];
	struct MHD_Response *answers[ANSWERS];
	struct http_guests guests;
	size_t bodies; /* octets in memory */
	struct webhook_post *posts, **last_post;
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
	struct http_guest *guest = http_guests_of(&http->guests, connection);
	struct request *request = guest ? calloc(1, sizeof *request) : NULL;

	if (!request)
		return MHD_NO;
	*of_request = request;
	request->connection = connection;
	http_guest_begins(&http->guests, guest);
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
	http_guest_waits(http_guests_of(&http->guests, request->connection));
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
	struct http_guest *guest = http_guests_of(&http->guests, connection);

	(void)how;
	if (request) {
		body_free(http, request);
		free(request);
		*of_request = NULL;
	}
	if (guest)
		http_guest_ends(&http->guests, guest);
}

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

static int daemon_start(struct webhook_http *http, int fd, struct err *err)
{
	http->daemon = http->mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, http,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, completed, http,
		MHD_OPTION_NOTIFY_CONNECTION, http_guests_changed, &http->guests, MHD_OPTION_CONNECTION_LIMIT,
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
	http->last_post = &http->posts;
	if (http_guests_init(&http->guests, &http->mhd, http->limits.connections, http->limits.request_ms,
		    http->limits.idle_ms) != 0 ||
		answers_make(http) != 0)
		return err_set(err, EX_OSERR, "out of memory");
	if (http_listen("whatsapp.webhook", config->listen, &fd, ret_port, err) != 0)
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
	http_guests_free(&http->guests);
	explicit_bzero(http, sizeof *http);
	free(http);
}

int webhook_http_fd(const struct webhook_http *http)
{
	return http->epoll_fd;
}

int webhook_http_timeout(const struct webhook_http *http)
{
	return http_guests_timeout(&http->guests, http->daemon);
}

struct webhook_post *webhook_http_step(struct webhook_http *http)
{
	http_guests_sweep(&http->guests, clock_mono_ms());
	http->guests.again = false;
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
		http->guests.again = true;
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
