/* The listener. Whatever is wrong is refused as early as it can be known: by the headers before the body is read, by the
 * route's fields before it is handled. */
#include "config/clock.h"
#include "firmware-host/console/assets.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/console/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	CONNECTION_OCTETS = 24 * 1024, /* the longest request line and headers, and what MHD needs beside them */
	BODY_FIRST = 4096,
	STREAM_BLOCK = 4096,
	STREAM_MS = 16 * 60 * 1000, /* longer than any stream lives */
	NOT_MODIFIED = 304,
};

const struct door_limits door_limits_default = {
	.connections = 64,
	.request_ms = 20 * 1000,
	.idle_ms = 60 * 1000,
	.told_ms = 120 * 1000,
	.bodies = 2 * ROUTE_CSV_MAX,
};

enum state { RECEIVING, WAITING, DECIDED };

/* One request, from its headers to its answer. */
struct request {
	struct call call; /* first: door_resume is given this */
	const struct asset *asset;
	bool fresh; /* the browser has the asset as it is */
	enum state state;
	char *body;
	size_t length, room; /* octets */
};

struct door {
	struct microhttpd_library mhd;
	struct MHD_Daemon *daemon;
	struct console *console;
	struct door_limits limits;
	struct http_guests guests;
	int epoll_fd;
	size_t bodies; /* octets in memory */
};

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Nothing but what this box serves, nothing inline, no frames; data: is for bootstrap-italia's own small pictures. */
static const char *const headers[][2] = {
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Embedder-Policy", "require-corp"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

static void header_add(struct door *door, struct MHD_Response *response, const char *name, const char *value)
{
	(void)door->mhd.add_response_header(response, name, value);
}

static enum MHD_Result response_queue(
	struct door *door, struct request *request, unsigned status, struct MHD_Response *response)
{
	struct http_guest *guest = http_guests_of(&door->guests, request->call.connection);

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		header_add(door, response, headers[i][0], headers[i][1]);
	enum MHD_Result result = door->mhd.queue_response(request->call.connection, status, response);
	door->mhd.destroy_response(response);
	request->state = DECIDED;
	if (guest)
		http_guest_is_told(
			&door->guests, guest, request->call.answer.stream ? STREAM_MS : door->limits.told_ms);
	return result;
}

/* Takes octets, file or stream of the answer over. */
static struct MHD_Response *response_of(struct door *door, struct call *call)
{
	struct call_answer *answer = &call->answer;
	struct MHD_Response *response;

	if (answer->stream) {
		events_bind(answer->stream, door, call->connection);
		response = door->mhd.create_response_from_callback(
			MHD_SIZE_UNKNOWN, STREAM_BLOCK, events_read, answer->stream, events_gone);
		if (!response) {
			events_gone(answer->stream);
			answer->stream = NULL;
		}
	} else if (answer->fd >= 0) {
		response = door->mhd.create_response_from_fd(answer->length, answer->fd);
		if (response)
			answer->fd = -1;
	} else {
		response = door->mhd.create_response_from_buffer(
			answer->octets ? answer->length : 0, answer->octets, MHD_RESPMEM_MUST_FREE);
		if (response)
			answer->octets = NULL;
	}
	return response;
}

static enum MHD_Result answer_queue(struct door *door, struct request *request)
{
	struct call *call = &request->call;
	const struct call_answer *answer = &call->answer;
	char text[CALL_FILE_MAX + 32];
	struct MHD_Response *response = response_of(door, call);

	if (!response)
		return MHD_NO;
	header_add(door, response, "Content-Type", answer->type);
	header_add(door, response, "Cache-Control", "no-store");
	if (answer->file[0]) {
		(void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", answer->file);
		header_add(door, response, "Content-Disposition", text);
	}
	if (answer->cookie[0])
		header_add(door, response, "Set-Cookie", answer->cookie);
	if (answer->allow[0])
		header_add(door, response, "Allow", answer->allow);
	if (answer->retry_after_s > 0) {
		(void)snprintf(text, sizeof text, "%d", answer->retry_after_s);
		header_add(door, response, "Retry-After", text);
	}
	return response_queue(door, request, answer->status, response);
}

static enum MHD_Result asset_queue(struct door *door, struct request *request)
{
	const struct asset *asset = request->asset;
	size_t length = request->fresh ? 0 : asset->length;
	struct MHD_Response *response =
		door->mhd.create_response_from_buffer(length, (void *)(uintptr_t)asset->octets, MHD_RESPMEM_PERSISTENT);

	if (!response)
		return MHD_NO;
	header_add(door, response, "Content-Type", asset->type);
	header_add(door, response, "ETag", asset->tag);
	header_add(door, response, "Cache-Control", "no-cache");
	if (asset->zipped && !request->fresh)
		header_add(door, response, "Content-Encoding", "gzip");
	return response_queue(door, request, request->fresh ? NOT_MODIFIED : MHD_HTTP_OK, response);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static void body_free(struct door *door, struct request *request)
{
	if (request->body)
		explicit_bzero(request->body, request->room); /* it may hold a password */
	free(request->body);
	door->bodies -= request->room;
	request->body = NULL;
	request->room = request->length = 0;
}

static bool body_grow(struct door *door, struct request *request, size_t needed)
{
	size_t room = request->room ? 2 * request->room : BODY_FIRST;

	if (needed < request->room)
		return true;
	room = room <= needed ? needed + 1 : room;
	if (door->bodies - request->room + room > door->limits.bodies)
		return false;
	char *body = malloc(room);
	if (!body)
		return false;
	if (request->length > 0)
		memcpy(body, request->body, request->length);
	size_t length = request->length;
	body_free(door, request);
	door->bodies += room;
	request->body = body;
	request->room = room;
	request->length = length;
	return true;
}

/* False: hang up. Chunked bodies show their length only here. */
static bool body_take(struct door *door, struct request *request, const char *data, size_t length)
{
	if (request->asset || request->call.answer.status != 0)
		return true; /* nobody wants it any more */
	if (request->length + length > route_body_max(request->call.match.route))
		return false;
	if (!body_grow(door, request, request->length + length)) {
		body_free(door, request);
		request->call.answer.retry_after_s = 2;
		call_fail(&request->call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "too much at once; try again");
		return true;
	}
	memcpy(request->body + request->length, data, length);
	request->length += length;
	return true;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static const char *header_of(struct door *door, struct request *request, const char *name)
{
	return door->mhd.lookup_connection_value(request->call.connection, MHD_HEADER_KIND, name);
}

static bool asset_take(struct door *door, struct request *request, const char *path, const char *method)
{
	const char *tag = header_of(door, request, "If-None-Match");

	request->asset = guard_is_safe(method) ? asset_find(path) : NULL;
	request->fresh = request->asset && tag && strstr(tag, request->asset->tag);
	return request->asset != NULL;
}

static enum MHD_Result request_begin(
	struct door *door, struct MHD_Connection *connection, const char *path, const char *method, void **of_request)
{
	struct http_guest *guest = http_guests_of(&door->guests, connection);
	struct request *request = guest ? calloc(1, sizeof *request) : NULL;

	if (!request)
		return MHD_NO;
	*of_request = request;
	request->call.console = door->console;
	request->call.connection = connection;
	request->call.answer.fd = -1;
	http_guest_begins(&door->guests, guest);
	if (asset_take(door, request, path, method))
		return MHD_YES;
	guard_call(&request->call, &door->mhd, method, path);
	return request->call.answer.status != 0 ? answer_queue(door, request) : MHD_YES;
}

/* The body as the route's fields want it; else the call has its refusal. */
static void body_read(struct request *request)
{
	struct call *call = &request->call;
	const struct route *route = call->match.route;
	char why[FIELDS_WHY_MAX];
	json_error_t error;

	call->octets = request->body ? request->body : "";
	call->length = request->length;
	if (route_takes_csv(route) || guard_is_safe(route->method))
		return;
	call->body = request->length > 0 ? json_loadb(request->body, request->length, JSON_REJECT_DUPLICATES, &error)
					 : json_object();
	if (!json_is_object(call->body))
		call_fail(call, MHD_HTTP_BAD_REQUEST, "json", "the body is no JSON object%s%s", call->body ? "" : ": ",
			call->body ? "" : error.text);
	else if (!fields_check(route->body, call->body, why))
		call_fail(call, HTTP_UNFIT, "invalid", "%s", why);
}

/* All of it is here. */
static enum MHD_Result request_whole(struct door *door, struct request *request)
{
	struct call *call = &request->call;

	if (request->asset)
		return asset_queue(door, request);
	if (call->answer.status == 0)
		body_read(request);
	if (call->answer.status == 0)
		call->match.route->run(call);
	if (call->token == 0)
		return answer_queue(door, request);
	request->state = WAITING;
	http_guest_waits(http_guests_of(&door->guests, call->connection));
	door->mhd.suspend_connection(call->connection);
	return MHD_YES;
}

static enum MHD_Result handle(void *of, struct MHD_Connection *connection, const char *path, const char *method,
	const char *version, const char *data, size_t *length, void **of_request)
{
	struct door *door = of;
	struct request *request = *of_request;

	(void)version;
	if (!request)
		return request_begin(door, connection, path, method, of_request);
	if (*length > 0) {
		bool taken = body_take(door, request, data, *length);
		*length = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	if (request->state == RECEIVING)
		return request_whole(door, request);
	if (request->state == WAITING && request->call.answer.status != 0)
		return answer_queue(door, request);
	return MHD_YES;
}

static void completed(
	void *of, struct MHD_Connection *connection, void **of_request, enum MHD_RequestTerminationCode how)
{
	struct door *door = of;
	struct request *request = *of_request;
	struct http_guest *guest = http_guests_of(&door->guests, connection);

	(void)how;
	if (request) {
		for (int i = 0; i < HASHER_JOBS_MAX; i++)
			if (door->console->hashing[i] == &request->call)
				door->console->hashing[i] = NULL;
		body_free(door, request);
		json_decref(request->call.body);
		free(request->call.kept);
		free(request->call.answer.octets);
		if (request->call.answer.fd >= 0)
			close(request->call.answer.fd);
		explicit_bzero(request, sizeof *request);
		free(request);
		*of_request = NULL;
	}
	if (guest)
		http_guest_ends(&door->guests, guest);
}

void door_resume(struct door *door, struct call *call)
{
	call->token = 0;
	door->mhd.resume_connection(call->connection);
	door->guests.again = true;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static int hex_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* "%41" becomes "A" in place; what is no such thing stays, and so does "%00", which would end the text. */
static size_t unescape(void *of, struct MHD_Connection *connection, char *text)
{
	char *out = text;

	(void)of;
	(void)connection;
	for (const char *at = text; *at; at++) {
		int high = *at == '%' ? hex_of(at[1]) : -1, low = high >= 0 ? hex_of(at[2]) : -1;
		if (low >= 0 && high + low > 0) {
			*out++ = (char)(high << 4 | low);
			at += 2;
		} else {
			*out++ = *at;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

static int daemon_start(struct door *door, int fd, const char *pem, struct err *err)
{
	const struct MHD_OptionItem tls[] = {
		{pem ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, (void *)(uintptr_t)pem},
		{pem ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)pem},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (pem ? MHD_USE_TLS : 0);

	door->daemon = door->mhd.start_daemon(flags, 0, NULL, NULL, handle, door, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_NOTIFY_COMPLETED, completed, door, MHD_OPTION_NOTIFY_CONNECTION, http_guests_changed,
		&door->guests, MHD_OPTION_CONNECTION_LIMIT, door->limits.connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_OCTETS, MHD_OPTION_UNESCAPE_CALLBACK, unescape,
		NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (!door->daemon) {
		close(fd);
		return err_set(err, EX_CONFIG,
			"cannot start the console's listener; is console.tls a certificate with its key?");
	}
	door->epoll_fd = door->mhd.get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return 0;
}

int door_open(struct console *console, const struct door_limits *limits, int fd, const char *pem,
	struct door **ret_door, struct err *err)
{
	struct door *door = calloc(1, sizeof *door);
	const char *missing = door ? microhttpd_library_load(&door->mhd) : NULL;

	if (!door || missing ||
		http_guests_init(&door->guests, &door->mhd, limits->connections, limits->request_ms, limits->idle_ms) !=
			0) {
		free(door);
		close(fd);
		return err_set(err, missing ? EX_UNAVAILABLE : EX_OSERR, "%s", missing ? missing : "out of memory");
	}
	door->console = console;
	door->limits = *limits;
	if (daemon_start(door, fd, pem, err) != 0) {
		door_close(door);
		return -1;
	}
	*ret_door = door;
	return 0;
}

void door_close(struct door *door)
{
	if (!door)
		return;
	if (door->daemon)
		door->mhd.stop_daemon(door->daemon);
	http_guests_free(&door->guests);
	free(door);
}

int door_fd(const struct door *door)
{
	return door->epoll_fd;
}

int door_timeout(const struct door *door)
{
	return http_guests_timeout(&door->guests, door->daemon);
}

void door_step(struct door *door)
{
	http_guests_sweep(&door->guests, clock_mono_ms());
	door->guests.again = false;
	(void)door->mhd.run(door->daemon);
}

const struct microhttpd_library *door_library(const struct door *door)
{
	return &door->mhd;
}

void door_stir(struct door *door)
{
	door->guests.again = true;
}
